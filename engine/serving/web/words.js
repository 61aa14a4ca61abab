"use strict";
// The page in the browser's language: Chinese or English.
const WORDS = {
  en: {
    drop: "Drop an image here, or click to choose one", docs: "API", threshold: "Score from", opacity: "Map",
    other: "Another image", nothing: "Nothing found", judge: "Is the model right?", right: "Right", wrong: "Wrong",
    instead: "What is it?", send: "Send", thanks: "Kept. Thank you.", predict: "Predict", model: "Model",
    unreadable: "The browser cannot show this image; what the model says of it is on the right.",
    unreachable: "The server did not answer.", choose: "Choose an image file.", unknown: "not known", ms: "ms",
    key: "API key: ls_…", use: "Use it",
    how: "Draw a box around what is missing; change a label or remove an object in the list.", next: "Label of new boxes",
    objects: "Objects", remove: "Remove", cancel: "Cancel", by: "Your name (may be empty)",
    decode: "read", prepare: "prepare", infer: "network", finish: "finish",
  },
  zh: {
    drop: "把图片拖到这里，或点击选择", docs: "接口说明", threshold: "最低置信度", opacity: "热力图",
    other: "换一张图片", nothing: "没有发现目标", judge: "模型判断对吗？", right: "正确", wrong: "错误",
    instead: "应该是什么？", send: "提交", thanks: "已保存，谢谢。", predict: "预测", model: "模型",
    unreadable: "浏览器无法显示此图片；模型的结果见右侧。",
    unreachable: "服务器没有响应。", choose: "请选择图片文件。", unknown: "未知", ms: "毫秒",
    key: "API 密钥：ls_…", use: "使用",
    how: "漏检的目标：用鼠标画框；在列表中修改标签或删除目标。", next: "新框的标签",
    objects: "目标数", remove: "删除", cancel: "取消", by: "您的姓名（可不填）",
    decode: "读取", prepare: "预处理", infer: "推理", finish: "后处理",
  },
};
const language = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
const word = (name) => WORDS[language][name] ?? name;
document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = word(element.dataset.placeholder);
