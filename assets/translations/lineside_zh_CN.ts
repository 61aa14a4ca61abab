<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
 <context>
  <name>AddTargetDialog</name>
  <message>
   <source>A box reached by SSH</source>
   <translation>通过 SSH 连接的工控机</translation>
  </message>
  <message>
   <source>A path, or tcp://host:2375</source>
   <translation>路径，或 tcp://主机:2375</translation>
  </message>
  <message>
   <source>A place where artifacts run. The same artifact runs on each of them.</source>
   <translation>制品运行的地方。每一处运行的都是同一个制品。</translation>
  </message>
  <message>
   <source>Add</source>
   <translation>添加</translation>
  </message>
  <message>
   <source>Add target</source>
   <translation>添加目标</translation>
  </message>
  <message>
   <source>Docker or podman on this machine</source>
   <translation>本机的 Docker 或 podman</translation>
  </message>
  <message>
   <source>Empty: the agent's keys and the usual ones; else a password is asked for and kept in the keyring</source>
   <translation>留空：使用 ssh-agent 与常用密钥；否则询问密码并保存到系统钥匙串</translation>
  </message>
  <message>
   <source>Give it a name.</source>
   <translation>请填写名称。</translation>
  </message>
  <message>
   <source>Host</source>
   <translation>主机</translation>
  </message>
  <message>
   <source>Key file (may be empty)</source>
   <translation>密钥文件（可留空）</translation>
  </message>
  <message>
   <source>Kind</source>
   <translation>类型</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>Name or address of the box</source>
   <translation>工控机的名称或地址</translation>
  </message>
  <message>
   <source>Port</source>
   <translation>端口</translation>
  </message>
  <message>
   <source>Short, for example line-3</source>
   <translation>简短，例如 line-3</translation>
  </message>
  <message>
   <source>Socket or address</source>
   <translation>套接字或地址</translation>
  </message>
  <message>
   <source>There is a target “{}” already.</source>
   <translation>已有名为“{}”的目标。</translation>
  </message>
  <message>
   <source>This machine</source>
   <translation>本机</translation>
  </message>
  <message>
   <source>User</source>
   <translation>用户</translation>
  </message>
  <message>
   <source>Which box?</source>
   <translation>哪台机器？</translation>
  </message>
 </context>
 <context>
  <name>AnswerTable</name>
  <message>
   <source>Answer</source>
   <translation>查询结果</translation>
  </message>
  <message>
   <source>Copy as table</source>
   <translation>复制为表格</translation>
  </message>
  <message>
   <source>{count} rows</source>
   <translation>{count} 行</translation>
  </message>
 </context>
 <context>
  <name>ArtifactsCard</name>
  <message>
   <source>Artifacts</source>
   <translation>制品</translation>
  </message>
  <message>
   <source>Computes in</source>
   <translation>计算精度</translation>
  </message>
  <message>
   <source>Copy digest</source>
   <translation>复制摘要</translation>
  </message>
  <message>
   <source>Digest</source>
   <translation>摘要</translation>
  </message>
  <message>
   <source>Made</source>
   <translation>生成时间</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>One file that Docker and podman load, for a USB stick</source>
   <translation>保存为一个文件，可用 U 盘携带，由 Docker 或 podman 载入</translation>
  </message>
  <message>
   <source>Platform</source>
   <translation>平台</translation>
  </message>
  <message>
   <source>Save as file…</source>
   <translation>写入文件…</translation>
  </message>
  <message>
   <source>Size</source>
   <translation>大小</translation>
  </message>
  <message>
   <source>the same image runs on every target</source>
   <translation>同一个镜像，运行在每一处</translation>
  </message>
 </context>
 <context>
  <name>BrokenPage</name>
  <message>
   <source>The other pages work. The details tell a developer why.</source>
   <translation>其他页面不受影响。详细信息可供开发人员查明原因。</translation>
  </message>
  <message>
   <source>The page “{name}” could not be opened</source>
   <translation>无法打开“{name}”页面</translation>
  </message>
 </context>
 <context>
  <name>CommandPalette</name>
  <message>
   <source>Close the workspace</source>
   <translation>关闭工作区</translation>
  </message>
  <message>
   <source>Command palette</source>
   <translation>命令面板</translation>
  </message>
  <message>
   <source>Dark theme</source>
   <translation>深色主题</translation>
  </message>
  <message>
   <source>Fold the navigation</source>
   <translation>折叠导航栏</translation>
  </message>
  <message>
   <source>Light theme</source>
   <translation>浅色主题</translation>
  </message>
  <message>
   <source>Open workspace {name}</source>
   <translation>打开工作区 {name}</translation>
  </message>
  <message>
   <source>Type a command, an item, a model, a setting…</source>
   <translation>输入命令、样本、模型或设置…</translation>
  </message>
  <message>
   <source>Your name</source>
   <translation>你的姓名</translation>
  </message>
  <message>
   <source>command</source>
   <translation>命令</translation>
  </message>
  <message>
   <source>item</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>model graph</source>
   <translation>模型图</translation>
  </message>
  <message>
   <source>page</source>
   <translation>页面</translation>
  </message>
  <message>
   <source>setting</source>
   <translation>设置</translation>
  </message>
 </context>
 <context>
  <name>ConfusionMatrix</name>
  <message>
   <source>(none)</source>
   <translation>（无）</translation>
  </message>
  <message>
   <source>Confusion matrix</source>
   <translation>混淆矩阵</translation>
  </message>
  <message>
   <source>Copy as data</source>
   <translation>复制为数据</translation>
  </message>
  <message>
   <source>Copy as picture</source>
   <translation>复制为图片</translation>
  </message>
  <message>
   <source>{}: found {} times</source>
   <translation>{}：找到 {} 次</translation>
  </message>
  <message>
   <source>{}: not found {} times (missed)</source>
   <translation>{}：未找到 {} 次（漏检）</translation>
  </message>
  <message>
   <source>{}: reported {} times where nothing is (false reject)</source>
   <translation>{}：无目标处误报 {} 次（过杀）</translation>
  </message>
  <message>
   <source>{}: taken for {} {} times</source>
   <translation>{}：误判为 {} 共 {} 次</translation>
  </message>
 </context>
 <context>
  <name>CostCard</name>
  <message>
   <source>A defect that is not found (missed)</source>
   <translation>没有找到的缺陷（漏检）</translation>
  </message>
  <message>
   <source>A miss costs</source>
   <translation>一次漏检成本</translation>
  </message>
  <message>
   <source>Cheapest at {0}: below it too much that is sound is rejected, above it defects get through. In use: {1}.</source>
   <translation>阈值 {0} 时成本最低：更低会过多误杀良品，更高则缺陷流出。当前使用：{1}。</translation>
  </message>
  <message>
   <source>Cost over the threshold</source>
   <translation>成本随阈值的变化</translation>
  </message>
  <message>
   <source>Something sound that is reported as a defect</source>
   <translation>把良品报告为缺陷（过杀）</translation>
  </message>
  <message>
   <source>This evaluation cannot tell: it has nothing to find or nothing sound.</source>
   <translation>本次评估无法判断：其中没有目标或没有良品。</translation>
  </message>
  <message>
   <source>Threshold by cost</source>
   <translation>按成本选阈值</translation>
  </message>
  <message>
   <source>a false reject</source>
   <translation>一次过杀成本</translation>
  </message>
  <message>
   <source>on these items</source>
   <translation>（这些样本）</translation>
  </message>
 </context>
 <context>
  <name>Curves</name>
  <message>
   <source>Copy as data</source>
   <translation>复制为数据</translation>
  </message>
  <message>
   <source>Copy as picture</source>
   <translation>复制为图片</translation>
  </message>
 </context>
 <context>
  <name>DataPage</name>
  <message>
   <source>Ask with SQL</source>
   <translation>用 SQL 查询</translation>
  </message>
  <message>
   <source>Bring in a folder of images, with or without labels (COCO, VOC, YOLO, LabelMe, Label Studio, CSV, masks), or drop it here.</source>
   <translation>导入一个图像文件夹,带不带标注都可以(COCO、VOC、YOLO、LabelMe、Label Studio、CSV、掩膜),也可以直接拖到这里。</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
  <message>
   <source>Cancelled; nothing was kept.</source>
   <translation>已取消,没有保留任何内容。</translation>
  </message>
  <message>
   <source>Create a data version…</source>
   <translation>创建数据版本…</translation>
  </message>
  <message>
   <source>Create version</source>
   <translation>创建版本</translation>
  </message>
  <message>
   <source>Create version…</source>
   <translation>创建版本…</translation>
  </message>
  <message>
   <source>Creating version {name}</source>
   <translation>正在创建版本 {name}</translation>
  </message>
  <message>
   <source>Data</source>
   <translation>数据</translation>
  </message>
  <message>
   <source>Draw a model</source>
   <translation>去画模型</translation>
  </message>
  <message>
   <source>Everything else was imported. These were left out or mended, for the reason given.</source>
   <translation>其余内容均已导入。以下内容按所列原因被略过或修正。</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>导出</translation>
  </message>
  <message>
   <source>Export data…</source>
   <translation>导出数据…</translation>
  </message>
  <message>
   <source>Exporting to {name}</source>
   <translation>正在导出到 {name}</translation>
  </message>
  <message>
   <source>Export…</source>
   <translation>导出…</translation>
  </message>
  <message>
   <source>Figures</source>
   <translation>统计</translation>
  </message>
  <message>
   <source>Import</source>
   <translation>导入</translation>
  </message>
  <message>
   <source>Import data…</source>
   <translation>导入数据…</translation>
  </message>
  <message>
   <source>Importing {name}</source>
   <translation>正在导入 {name}</translation>
  </message>
  <message>
   <source>Import…</source>
   <translation>导入…</translation>
  </message>
  <message>
   <source>Items</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>No images yet</source>
   <translation>还没有图像</translation>
  </message>
  <message>
   <source>No item fits the filter.</source>
   <translation>没有符合筛选条件的样本。</translation>
  </message>
  <message>
   <source>Show items that are not labelled</source>
   <translation>显示未标注的样本</translation>
  </message>
  <message>
   <source>Show items with a problem</source>
   <translation>显示有问题的样本</translation>
  </message>
  <message>
   <source>Show them</source>
   <translation>查看</translation>
  </message>
  <message>
   <source>Show what</source>
   <translation>查看详情</translation>
  </message>
  <message>
   <source>Start labelling</source>
   <translation>开始标注</translation>
  </message>
  <message>
   <source>The format could not say everything.</source>
   <translation>有些内容该格式无法表达。</translation>
  </message>
  <message>
   <source>The rest was written. A data version keeps everything.</source>
   <translation>其余内容已写出。数据版本会保留全部内容。</translation>
  </message>
  <message>
   <source>Version {name} holds {count} items.</source>
   <translation>版本 {name} 含 {count} 个样本。</translation>
  </message>
  <message>
   <source>Versions</source>
   <translation>版本</translation>
  </message>
  <message>
   <source>What the format cannot say</source>
   <translation>该格式无法表达的内容</translation>
  </message>
  <message>
   <source>What the import found</source>
   <translation>导入时发现的问题</translation>
  </message>
  <message>
   <source>{count} chosen</source>
   <translation>已选 {count} 个</translation>
  </message>
  <message>
   <source>{count} files or entries have a problem.</source>
   <translation>{count} 个文件或条目有问题。</translation>
  </message>
  <message>
   <source>{count} items</source>
   <translation>{count} 个样本</translation>
  </message>
  <message>
   <source>{count} items written to {path}.</source>
   <translation>{count} 个样本已写入 {path}。</translation>
  </message>
  <message>
   <source>{imported} items imported, {skipped} were there already.</source>
   <translation>已导入 {imported} 个样本,{skipped} 个原已存在。</translation>
  </message>
  <message>
   <source>{shown} of {count} items</source>
   <translation>{count} 个样本中的 {shown} 个</translation>
  </message>
 </context>
 <context>
  <name>DemoRun</name>
  <message>
   <source>The demo could not be started: {reason}.</source>
   <translation>演示无法启动:{reason}。</translation>
  </message>
  <message>
   <source>The demo ended without a word.</source>
   <translation>演示意外结束,没有给出原因。</translation>
  </message>
 </context>
 <context>
  <name>DeploymentPage</name>
  <message>
   <source>1 target</source>
   <translation>1 个目标</translation>
  </message>
  <message>
   <source>Add target</source>
   <translation>添加目标</translation>
  </message>
  <message>
   <source>An artifact is a container image that serves one model. Package a model on the evaluation page.</source>
   <translation>制品是提供一个模型服务的容器镜像。请在评估页打包模型。</translation>
  </message>
  <message>
   <source>Back to the release before on {}</source>
   <translation>在 {} 上回滚到上一个发布</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Deploy</source>
   <translation>部署</translation>
  </message>
  <message>
   <source>Deploy the chosen artifact</source>
   <translation>部署所选制品</translation>
  </message>
  <message>
   <source>Deploy {}</source>
   <translation>部署 {}</translation>
  </message>
  <message>
   <source>Forget it all the same</source>
   <translation>仍然移除记录</translation>
  </message>
  <message>
   <source>Go to Evaluate</source>
   <translation>前往评估</translation>
  </message>
  <message>
   <source>It has written nothing yet.</source>
   <translation>尚无日志。</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>日志</translation>
  </message>
  <message>
   <source>Log of {}</source>
   <translation>{} 的日志</translation>
  </message>
  <message>
   <source>No artifact yet; package a model on the evaluation page.</source>
   <translation>还没有制品；请在评估页打包模型。</translation>
  </message>
  <message>
   <source>No target yet. Add this machine, a Docker engine, or a box that is reached by SSH: {}</source>
   <translation>还没有目标。可添加本机、Docker 引擎，或通过 SSH 连接的工控机：{}</translation>
  </message>
  <message>
   <source>Nothing to deploy yet</source>
   <translation>还没有可部署的制品</translation>
  </message>
  <message>
   <source>Read again</source>
   <translation>重新读取</translation>
  </message>
  <message>
   <source>Save the artifact</source>
   <translation>保存制品</translation>
  </message>
  <message>
   <source>Saved as {}; load it with: docker load -i {}</source>
   <translation>已保存为 {}；载入命令：docker load -i {}</translation>
  </message>
  <message>
   <source>Stopped. What ran before still runs; what was sent stays for the next time.</source>
   <translation>已停止。原来的发布仍在运行；已传输的内容保留，下次接着传。</translation>
  </message>
  <message>
   <source>Targets</source>
   <translation>目标</translation>
  </message>
  <message>
   <source>The same artifact, everywhere.</source>
   <translation>同一个制品，发到每一处。</translation>
  </message>
  <message>
   <source>The same artifact, everywhere. Digest {0} · {1}</source>
   <translation>同一个制品，发到每一处。摘要 {0} · {1}</translation>
  </message>
  <message>
   <source>Try an image</source>
   <translation>试一张</translation>
  </message>
  <message>
   <source>{0} runs on {1}, {3}, at {4}; {2} were sent.</source>
   <translation>{0} 已在 {1} 上运行（{3}），地址 {4}；传输 {2}。</translation>
  </message>
  <message>
   <source>{0} runs on {1}.</source>
   <translation>{0} 已在 {1} 上运行。</translation>
  </message>
  <message>
   <source>{0} to {1}</source>
   <translation>推送 {0} 到 {1}</translation>
  </message>
  <message>
   <source>{0} · {1} healthy</source>
   <translation>{0} · {1} 个健康</translation>
  </message>
  <message>
   <source>{} targets</source>
   <translation>{} 个目标</translation>
  </message>
 </context>
 <context>
  <name>Dialog</name>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
 </context>
 <context>
  <name>Duration</name>
  <message>
   <source>{count} h</source>
   <translation>{count} 小时</translation>
  </message>
  <message>
   <source>{count} min</source>
   <translation>{count} 分</translation>
  </message>
  <message>
   <source>{count} s</source>
   <translation>{count} 秒</translation>
  </message>
  <message>
   <source>{time} left</source>
   <translation>剩 {time}</translation>
  </message>
 </context>
 <context>
  <name>Editing</name>
  <message>
   <source>Add label</source>
   <translation>添加标签</translation>
  </message>
  <message>
   <source>Click point by point · Enter closes · Backspace takes a point back</source>
   <translation>逐点单击 · 回车闭合 · 退格撤回一点</translation>
  </message>
  <message>
   <source>Name a label first, on the right; then draw.</source>
   <translation>请先在右侧写下标签名，再开始绘制。</translation>
  </message>
  <message>
   <source>Number keys give the whole image a label, or take it away</source>
   <translation>按数字键给整张图像加上或去掉标签</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>重做</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>撤销</translation>
  </message>
 </context>
 <context>
  <name>ErrorLine</name>
  <message>
   <source>Copy</source>
   <translation>复制</translation>
  </message>
  <message>
   <source>Copy this command</source>
   <translation>复制此命令</translation>
  </message>
  <message>
   <source>Details</source>
   <translation>详细信息</translation>
  </message>
  <message>
   <source>Something went wrong in the program itself: {error}</source>
   <translation>程序自身出错:{error}</translation>
  </message>
 </context>
 <context>
  <name>EvaluationPage</name>
  <message>
   <source>Computed as</source>
   <translation>计算方式</translation>
  </message>
  <message>
   <source>Confusion</source>
   <translation>混淆矩阵</translation>
  </message>
  <message>
   <source>Data version</source>
   <translation>数据版本</translation>
  </message>
  <message>
   <source>Deploy</source>
   <translation>部署</translation>
  </message>
  <message>
   <source>Evaluate</source>
   <translation>评估</translation>
  </message>
  <message>
   <source>Evaluate the model</source>
   <translation>评估模型</translation>
  </message>
  <message>
   <source>Evaluate {}</source>
   <translation>评估 {}</translation>
  </message>
  <message>
   <source>Every item of the split is looked at; it takes from seconds to a few minutes.</source>
   <translation>将逐一查看该划分中的样本；需要几秒到几分钟。</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>导出</translation>
  </message>
  <message>
   <source>Export {}</source>
   <translation>导出 {}</translation>
  </message>
  <message>
   <source>Go to the model</source>
   <translation>前往建模</translation>
  </message>
  <message>
   <source>Items</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Look at every item of this choice and measure</source>
   <translation>逐一查看所选样本并计算指标</translation>
  </message>
  <message>
   <source>Make the container artifact that runs on every target</source>
   <translation>生成可在每个目标上运行的容器制品</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>Model {} · run {}</source>
   <translation>模型 {} · 训练 {}</translation>
  </message>
  <message>
   <source>No model to look at yet</source>
   <translation>还没有可评估的模型</translation>
  </message>
  <message>
   <source>None.</source>
   <translation>无。</translation>
  </message>
  <message>
   <source>Not evaluated on this choice yet</source>
   <translation>尚未在此选择上评估</translation>
  </message>
  <message>
   <source>Open in Data</source>
   <translation>在数据页打开</translation>
  </message>
  <message>
   <source>Package the model</source>
   <translation>打包模型</translation>
  </message>
  <message>
   <source>Package {}</source>
   <translation>打包 {}</translation>
  </message>
  <message>
   <source>Precision over recall</source>
   <translation>精确率–召回率曲线</translation>
  </message>
  <message>
   <source>Test</source>
   <translation>测试</translation>
  </message>
  <message>
   <source>The artifact of {} is ready.</source>
   <translation>{} 的制品已生成。</translation>
  </message>
  <message>
   <source>Train a model first; here stands what it finds, misses and rejects falsely on unseen images.</source>
   <translation>请先训练模型；这里显示它在未见过的图像上找到、漏检和过杀了什么。</translation>
  </message>
  <message>
   <source>Training</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>Validation</source>
   <translation>验证</translation>
  </message>
  <message>
   <source>Worst items</source>
   <translation>最差样本</translation>
  </message>
  <message>
   <source>Write the model as ONNX and OpenVINO in FP32, BF16 and INT8, and measure each</source>
   <translation>把模型写为 ONNX 与 OpenVINO（FP32、BF16、INT8），并逐一测量</translation>
  </message>
  <message>
   <source>against {0} on {1}, {2}, {3} items</source>
   <translation>对比 {0}，数据 {1}，{2}，{3} 个样本</translation>
  </message>
  <message>
   <source>as trained</source>
   <translation>训练原样</translation>
  </message>
  <message>
   <source>by label; up and right is better</source>
   <translation>按标签；越靠右上越好</translation>
  </message>
  <message>
   <source>double click opens the item in Label; dashed: true, solid: predicted</source>
   <translation>双击在标注页打开；虚线：真实，实线：预测</translation>
  </message>
  <message>
   <source>on {1}, {2}, {3} items</source>
   <translation>数据 {1}，{2}，{3} 个样本</translation>
  </message>
  <message>
   <source>torch: as trained; the others: as exported for the line</source>
   <translation>训练原样；其余为导出到产线的形式</translation>
  </message>
  <message>
   <source>true ↓ predicted →, click a cell to see its items</source>
   <translation>真实 ↓ 预测 →，点击格子查看样本</translation>
  </message>
  <message>
   <source>{}, found</source>
   <translation>{}，已找到</translation>
  </message>
  <message>
   <source>{}, not found</source>
   <translation>{}，漏检</translation>
  </message>
  <message>
   <source>{}, reported where nothing is</source>
   <translation>{}，过杀（无目标处误报）</translation>
  </message>
  <message>
   <source>{}, taken for {}</source>
   <translation>{}，误判为 {}</translation>
  </message>
 </context>
 <context>
  <name>ExportDialog</name>
  <message>
   <source>Choose…</source>
   <translation>选择…</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>导出</translation>
  </message>
  <message>
   <source>Export data</source>
   <translation>导出数据</translation>
  </message>
  <message>
   <source>Export to</source>
   <translation>导出到</translation>
  </message>
  <message>
   <source>Format</source>
   <translation>格式</translation>
  </message>
  <message>
   <source>Say where to.</source>
   <translation>请填写导出位置。</translation>
  </message>
  <message>
   <source>Something is there already; choose a new name.</source>
   <translation>该位置已有内容,请换一个名称。</translation>
  </message>
  <message>
   <source>The workspace as it is now</source>
   <translation>工作区当前内容</translation>
  </message>
  <message>
   <source>To a new folder, or a name ending in .zip</source>
   <translation>导出到新文件夹,或以 .zip 结尾的文件</translation>
  </message>
  <message>
   <source>What</source>
   <translation>内容</translation>
  </message>
  <message>
   <source>Write the images too</source>
   <translation>同时写出图像</translation>
  </message>
  <message>
   <source>Writes a new folder, or a zip archive, that other programs read.</source>
   <translation>写成其他程序可读的新文件夹或 zip 压缩包。</translation>
  </message>
 </context>
 <context>
  <name>FigureRow</name>
  <message>
   <source>95 %: {0} to {1}</source>
   <translation>95 % 区间：{0} 至 {1}</translation>
  </message>
  <message>
   <source>Accuracy</source>
   <translation>准确率</translation>
  </message>
  <message>
   <source>Cost of errors</source>
   <translation>错误成本</translation>
  </message>
  <message>
   <source>Export measures it</source>
   <translation>导出后即可测得</translation>
  </message>
  <message>
   <source>False rejects</source>
   <translation>过杀</translation>
  </message>
  <message>
   <source>Missed</source>
   <translation>漏检</translation>
  </message>
  <message>
   <source>Share of the reported objects that are none (1 − precision)</source>
   <translation>报告的目标中并不存在的比例（1 − 精确率）</translation>
  </message>
  <message>
   <source>Share of the true objects that were not found (1 − recall)</source>
   <translation>真实目标中未找到的比例（1 − 召回率）</translation>
  </message>
  <message>
   <source>this split cannot tell</source>
   <translation>该划分无法给出</translation>
  </message>
  <message>
   <source>{0} at threshold {1}</source>
   <translation>阈值 {1} 时为 {0}</translation>
  </message>
  <message>
   <source>{0}{1} against {2}</source>
   <translation>{0}{1}，对比 {2}</translation>
  </message>
  <message>
   <source>{} here</source>
   <translation>{} 本机延迟</translation>
  </message>
  <message>
   <source>{} pt</source>
   <translation>{} 个百分点</translation>
  </message>
  <message>
   <source>{} × FP32</source>
   <translation>{} × FP32</translation>
  </message>
 </context>
 <context>
  <name>FilterBar</name>
  <message>
   <source>All labels</source>
   <translation>全部标签</translation>
  </message>
  <message>
   <source>All splits</source>
   <translation>全部划分</translation>
  </message>
  <message>
   <source>Any state</source>
   <translation>任意状态</translation>
  </message>
  <message>
   <source>Ask with SQL; nothing can be changed by it</source>
   <translation>用 SQL 查询,只读,不会改动数据</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Labelled</source>
   <translation>已标注</translation>
  </message>
  <message>
   <source>Not labelled</source>
   <translation>未标注</translation>
  </message>
  <message>
   <source>Search by name</source>
   <translation>按名称搜索</translation>
  </message>
  <message>
   <source>Show all</source>
   <translation>显示全部</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>划分</translation>
  </message>
  <message>
   <source>State</source>
   <translation>状态</translation>
  </message>
  <message>
   <source>With a problem</source>
   <translation>有问题</translation>
  </message>
 </context>
 <context>
  <name>Format</name>
  <message>
   <source>Mask pictures</source>
   <translation>掩膜图</translation>
  </message>
  <message>
   <source>One folder per class</source>
   <translation>每类一个文件夹</translation>
  </message>
  <message>
   <source>Plain folder of images</source>
   <translation>普通图像文件夹</translation>
  </message>
  <message>
   <source>Recognise by itself</source>
   <translation>自动识别</translation>
  </message>
 </context>
 <context>
  <name>Gallery</name>
  <message>
   <source>Back</source>
   <translation>返回</translation>
  </message>
  <message>
   <source>Choose where to begin. Everything in a template can be changed later.</source>
   <translation>选择从哪里开始。模板中的一切之后都可修改。</translation>
  </message>
  <message>
   <source>Give the model a name.</source>
   <translation>请填写模型名称。</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>Needs: {}</source>
   <translation>需要：{}</translation>
  </message>
  <message>
   <source>New model</source>
   <translation>新建模型</translation>
  </message>
  <message>
   <source>On the command line: {}</source>
   <translation>命令行：{}</translation>
  </message>
  <message>
   <source>Start with this</source>
   <translation>从此开始</translation>
  </message>
  <message>
   <source>There is a model “{}” already.</source>
   <translation>已有名为“{}”的模型。</translation>
  </message>
 </context>
 <context>
  <name>GraphEditor</name>
  <message>
   <source>Code</source>
   <translation>代码</translation>
  </message>
  <message>
   <source>Connect with…</source>
   <translation>连接到…</translation>
  </message>
  <message>
   <source>Connect “{}” with</source>
   <translation>将“{}”连接到</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>复制</translation>
  </message>
  <message>
   <source>Find a component</source>
   <translation>查找组件</translation>
  </message>
  <message>
   <source>Hide</source>
   <translation>隐藏</translation>
  </message>
  <message>
   <source>Model graph</source>
   <translation>模型图</translation>
  </message>
  <message>
   <source>No other component takes what this one gives.</source>
   <translation>没有其他组件接受它的输出。</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>重做</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>移除</translation>
  </message>
  <message>
   <source>Select one component first, then choose what it goes to.</source>
   <translation>请先选中一个组件，再选择连接到哪里。</translation>
  </message>
  <message>
   <source>Show</source>
   <translation>显示</translation>
  </message>
  <message>
   <source>Show everything</source>
   <translation>显示全部</translation>
  </message>
  <message>
   <source>This program does not know “{}”. It is kept as it is; install the plug-in that brings it.</source>
   <translation>本程序不认识“{}”。它会原样保留；请安装提供它的插件。</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>撤销</translation>
  </message>
  <message>
   <source>Zoom in</source>
   <translation>放大</translation>
  </message>
  <message>
   <source>Zoom out</source>
   <translation>缩小</translation>
  </message>
  <message>
   <source>is what runs: written from the drawing</source>
   <translation>即实际运行的内容：由图生成</translation>
  </message>
  <message>
   <source>of the last drawing without errors</source>
   <translation>来自上一次无错误的图</translation>
  </message>
 </context>
 <context>
  <name>GraphScene</name>
  <message>
   <source>A component cannot be connected to itself.</source>
   <translation>组件不能连接到自身。</translation>
  </message>
  <message>
   <source>Connect an output (right side) with an input (left side).</source>
   <translation>请把输出（右侧）连接到输入（左侧）。</translation>
  </message>
  <message>
   <source>This port is not there any more.</source>
   <translation>该端口已不存在。</translation>
  </message>
  <message>
   <source>This would close a circle; data can flow in one direction only.</source>
   <translation>这会形成环路；数据只能单向流动。</translation>
  </message>
 </context>
 <context>
  <name>HostKeyDialog</name>
  <message>
   <source>Is this your box?</source>
   <translation>这是您的机器吗？</translation>
  </message>
  <message>
   <source>It is the same: accept</source>
   <translation>一致，接受</translation>
  </message>
  <message>
   <source>On the box: {}</source>
   <translation>在该机器上执行：{}</translation>
  </message>
  <message>
   <source>Unknown host</source>
   <translation>未知主机</translation>
  </message>
  <message>
   <source>{} shows a key that nobody has accepted yet. Compare the fingerprint with the one that the box itself prints; if they differ, somebody may stand in between.</source>
   <translation>{} 出示了一个尚未被接受的密钥。请与机器自身显示的指纹比对；若不一致，可能有人在中间冒充。</translation>
  </message>
 </context>
 <context>
  <name>ImportDialog</name>
  <message>
   <source>A folder, an annotation file or a zip archive. Importing the same twice adds nothing.</source>
   <translation>文件夹、标注文件或 zip 压缩包。重复导入同一内容不会新增样本。</translation>
  </message>
  <message>
   <source>Annotations and archives</source>
   <translation>标注与压缩包</translation>
  </message>
  <message>
   <source>As the source says</source>
   <translation>按来源</translation>
  </message>
  <message>
   <source>Choose a file</source>
   <translation>选择文件</translation>
  </message>
  <message>
   <source>Choose a folder</source>
   <translation>选择文件夹</translation>
  </message>
  <message>
   <source>File…</source>
   <translation>文件…</translation>
  </message>
  <message>
   <source>Folder…</source>
   <translation>文件夹…</translation>
  </message>
  <message>
   <source>Format</source>
   <translation>格式</translation>
  </message>
  <message>
   <source>From</source>
   <translation>来源</translation>
  </message>
  <message>
   <source>Import</source>
   <translation>导入</translation>
  </message>
  <message>
   <source>Import data</source>
   <translation>导入数据</translation>
  </message>
  <message>
   <source>Leave the images where they are (link instead of copy)</source>
   <translation>图像留在原处(链接,不复制)</translation>
  </message>
  <message>
   <source>Nothing is there; choose a folder or a file.</source>
   <translation>该位置没有内容,请选择文件夹或文件。</translation>
  </message>
  <message>
   <source>Saves space; you will be told when a linked file changes or is gone.</source>
   <translation>节省空间;链接的文件有变动或丢失时会提示你。</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>划分</translation>
  </message>
 </context>
 <context>
  <name>Inspector</name>
  <message>
   <source>Check</source>
   <translation>检查</translation>
  </message>
  <message>
   <source>Choose a data version and start training</source>
   <translation>选择数据版本并开始训练</translation>
  </message>
  <message>
   <source>Click a component to see its parameters. Drag from a port to connect it with another.</source>
   <translation>点击组件查看参数。从端口拖出可与其他端口连接。</translation>
  </message>
  <message>
   <source>Look for errors, count parameters, measure shapes (Ctrl+Return)</source>
   <translation>检查错误、统计参数量、测量张量形状（Ctrl+Return）</translation>
  </message>
  <message>
   <source>No component selected</source>
   <translation>未选中组件</translation>
  </message>
  <message>
   <source>Nothing; it can be trained.</source>
   <translation>没有问题，可以训练。</translation>
  </message>
  <message>
   <source>To mend</source>
   <translation>待修正</translation>
  </message>
  <message>
   <source>Train ▸</source>
   <translation>训练 ▸</translation>
  </message>
  <message>
   <source>Whole model</source>
   <translation>整个模型</translation>
  </message>
 </context>
 <context>
  <name>JobKind</name>
  <message>
   <source>Deployment</source>
   <translation>部署</translation>
  </message>
  <message>
   <source>Evaluation</source>
   <translation>评估</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>导出</translation>
  </message>
  <message>
   <source>Import</source>
   <translation>导入</translation>
  </message>
  <message>
   <source>Packaging</source>
   <translation>打包</translation>
  </message>
  <message>
   <source>Quantisation</source>
   <translation>量化</translation>
  </message>
  <message>
   <source>Training</source>
   <translation>训练</translation>
  </message>
 </context>
 <context>
  <name>JobNext</name>
  <message>
   <source>Deploy the artifact</source>
   <translation>部署制品</translation>
  </message>
  <message>
   <source>Evaluate the model</source>
   <translation>评估模型</translation>
  </message>
  <message>
   <source>Package the model</source>
   <translation>打包模型</translation>
  </message>
  <message>
   <source>Show the data</source>
   <translation>查看数据</translation>
  </message>
  <message>
   <source>Show the evaluation</source>
   <translation>查看评估</translation>
  </message>
  <message>
   <source>Show the job</source>
   <translation>查看任务</translation>
  </message>
 </context>
 <context>
  <name>JobState</name>
  <message>
   <source>cancelled</source>
   <translation>已取消</translation>
  </message>
  <message>
   <source>done</source>
   <translation>已完成</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>killed</source>
   <translation>被终止</translation>
  </message>
  <message>
   <source>out of memory</source>
   <translation>内存不足</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>已暂停</translation>
  </message>
  <message>
   <source>running</source>
   <translation>运行中</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>等待中</translation>
  </message>
 </context>
 <context>
  <name>JobStrip</name>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
 </context>
 <context>
  <name>JobWatch</name>
  <message>
   <source>Show the job</source>
   <translation>查看任务</translation>
  </message>
  <message>
   <source>{title} is done.</source>
   <translation>{title} 已完成。</translation>
  </message>
 </context>
 <context>
  <name>JobsPage</name>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
  <message>
   <source>Copy the log</source>
   <translation>复制日志</translation>
  </message>
  <message>
   <source>Each runs in a process of its own and goes on when the window is closed.</source>
   <translation>每个任务在独立进程中运行,关闭窗口后仍会继续。</translation>
  </message>
  <message>
   <source>Jobs</source>
   <translation>任务</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>日志</translation>
  </message>
  <message>
   <source>No jobs yet</source>
   <translation>还没有任务</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>Resume</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Train a model</source>
   <translation>训练模型</translation>
  </message>
  <message>
   <source>Training, evaluation, export and packaging run as jobs and appear here with progress and log.</source>
   <translation>训练、评估、导出和打包都作为任务运行,进度和日志显示在这里。</translation>
  </message>
 </context>
 <context>
  <name>LabelList</name>
  <message>
   <source>Add a label (Ctrl+L)</source>
   <translation>添加标签 (Ctrl+L)</translation>
  </message>
  <message>
   <source>By its place in the list</source>
   <translation>按列表中的位置</translation>
  </message>
  <message>
   <source>Click or press its key: the label for new and selected shapes. F2 renames.</source>
   <translation>单击或按其快捷键：用于新绘制和已选中的形状。F2 重命名。</translation>
  </message>
  <message>
   <source>Colour of {0}</source>
   <translation>{0} 的颜色</translation>
  </message>
  <message>
   <source>Colour…</source>
   <translation>颜色…</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>快捷键</translation>
  </message>
  <message>
   <source>Move down</source>
   <translation>下移</translation>
  </message>
  <message>
   <source>Move up</source>
   <translation>上移</translation>
  </message>
  <message>
   <source>New label: type its name, then Enter</source>
   <translation>新标签：输入名称后按回车</translation>
  </message>
  <message>
   <source>Remove…</source>
   <translation>移除…</translation>
  </message>
  <message>
   <source>Rename</source>
   <translation>重命名</translation>
  </message>
 </context>
 <context>
  <name>LabelingActions</name>
  <message>
   <source>1 px narrower</source>
   <translation>缩窄 1 px</translation>
  </message>
  <message>
   <source>1 px shorter</source>
   <translation>减低 1 px</translation>
  </message>
  <message>
   <source>1 px taller</source>
   <translation>增高 1 px</translation>
  </message>
  <message>
   <source>1 px wider</source>
   <translation>加宽 1 px</translation>
  </message>
  <message>
   <source>Accept all suggestions</source>
   <translation>接受全部建议</translation>
  </message>
  <message>
   <source>Box in the middle of the view</source>
   <translation>在视图中央放一个框</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>复制</translation>
  </message>
  <message>
   <source>Crosshair</source>
   <translation>十字线</translation>
  </message>
  <message>
   <source>Cut</source>
   <translation>剪切</translation>
  </message>
  <message>
   <source>Delete; refuse a suggestion</source>
   <translation>删除；拒绝建议</translation>
  </message>
  <message>
   <source>Draw boxes</source>
   <translation>画矩形框</translation>
  </message>
  <message>
   <source>Draw polygons</source>
   <translation>画多边形</translation>
  </message>
  <message>
   <source>Duplicate</source>
   <translation>创建副本</translation>
  </message>
  <message>
   <source>Finish; accept a suggestion; next image</source>
   <translation>完成；接受建议；下一张</translation>
  </message>
  <message>
   <source>Hide names</source>
   <translation>隐藏名称</translation>
  </message>
  <message>
   <source>Hide shapes</source>
   <translation>隐藏形状</translation>
  </message>
  <message>
   <source>Label the whole image</source>
   <translation>整图标签</translation>
  </message>
  <message>
   <source>Leave what is half done; select nothing</source>
   <translation>放弃未完成的操作；取消选择</translation>
  </message>
  <message>
   <source>Move 1 px down</source>
   <translation>下移 1 px</translation>
  </message>
  <message>
   <source>Move 1 px left</source>
   <translation>左移 1 px</translation>
  </message>
  <message>
   <source>Move 1 px right</source>
   <translation>右移 1 px</translation>
  </message>
  <message>
   <source>Move 1 px up</source>
   <translation>上移 1 px</translation>
  </message>
  <message>
   <source>Move 10 px down</source>
   <translation>下移 10 px</translation>
  </message>
  <message>
   <source>Move 10 px left</source>
   <translation>左移 10 px</translation>
  </message>
  <message>
   <source>Move 10 px right</source>
   <translation>右移 10 px</translation>
  </message>
  <message>
   <source>Move 10 px up</source>
   <translation>上移 10 px</translation>
  </message>
  <message>
   <source>New label</source>
   <translation>新标签</translation>
  </message>
  <message>
   <source>Next image</source>
   <translation>下一张</translation>
  </message>
  <message>
   <source>Next shape</source>
   <translation>下一个形状</translation>
  </message>
  <message>
   <source>Paste</source>
   <translation>粘贴</translation>
  </message>
  <message>
   <source>Previous image</source>
   <translation>上一张</translation>
  </message>
  <message>
   <source>Previous shape</source>
   <translation>上一个形状</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>重做</translation>
  </message>
  <message>
   <source>Select all shapes</source>
   <translation>全选形状</translation>
  </message>
  <message>
   <source>Select and move</source>
   <translation>选择与移动</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>撤销</translation>
  </message>
  <message>
   <source>Whole image</source>
   <translation>显示整张图</translation>
  </message>
  <message>
   <source>Zoom in</source>
   <translation>放大</translation>
  </message>
  <message>
   <source>Zoom out</source>
   <translation>缩小</translation>
  </message>
 </context>
 <context>
  <name>LabelingPage</name>
  <message>
   <source>Change colour</source>
   <translation>更改颜色</translation>
  </message>
  <message>
   <source>Change key</source>
   <translation>更改快捷键</translation>
  </message>
  <message>
   <source>Ctrl+Z brings the label and its shapes back.</source>
   <translation>按 Ctrl+Z 可恢复该标签及其形状。</translation>
  </message>
  <message>
   <source>Image with its shapes</source>
   <translation>图像及其形状</translation>
  </message>
  <message>
   <source>Image {0} / {1}</source>
   <translation>样本 {0} / {1}</translation>
  </message>
  <message>
   <source>Images</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Import a folder of images; labels they already have come along.</source>
   <translation>导入一个图像文件夹；已有的标注会一并导入。</translation>
  </message>
  <message>
   <source>Import images</source>
   <translation>导入图像</translation>
  </message>
  <message>
   <source>Loading…</source>
   <translation>正在加载…</translation>
  </message>
  <message>
   <source>Make them “{0}”</source>
   <translation>改为“{0}”</translation>
  </message>
  <message>
   <source>Model: {0} {1} ↵ accept</source>
   <translation>模型：{0} {1} ↵ 接受</translation>
  </message>
  <message>
   <source>No images to label yet</source>
   <translation>还没有可标注的图像</translation>
  </message>
  <message>
   <source>Remove label</source>
   <translation>移除标签</translation>
  </message>
  <message>
   <source>Remove the shapes too</source>
   <translation>形状一并移除</translation>
  </message>
  <message>
   <source>Rename label</source>
   <translation>重命名标签</translation>
  </message>
  <message>
   <source>Reorder labels</source>
   <translation>调整标签顺序</translation>
  </message>
  <message>
   <source>Selected: {0}</source>
   <translation>已选：{0}</translation>
  </message>
  <message>
   <source>This image cannot be shown: {0}</source>
   <translation>无法显示此图像：{0}</translation>
  </message>
  <message>
   <source>This is the first image.</source>
   <translation>已是第一张。</translation>
  </message>
  <message>
   <source>This is the last image.</source>
   <translation>已是最后一张。</translation>
  </message>
  <message>
   <source>labelled {0}</source>
   <translation>已标 {0}</translation>
  </message>
  <message>
   <source>{0} shapes have the label “{1}”.</source>
   <translation>有 {0} 个形状使用标签“{1}”。</translation>
  </message>
  <message>
   <source>{0} shapes selected</source>
   <translation>已选 {0} 个形状</translation>
  </message>
 </context>
 <context>
  <name>ModelCanvas</name>
  <message>
   <source>not installed here</source>
   <translation>本机未安装</translation>
  </message>
  <message>
   <source>“{0}” gives {1}, but “{2}” takes {3}.</source>
   <translation>“{0}”给出{1}，而“{2}”需要{3}。</translation>
  </message>
 </context>
 <context>
  <name>ModelCommands</name>
  <message>
   <source>Add component</source>
   <translation>添加组件</translation>
  </message>
  <message>
   <source>Change parameter</source>
   <translation>修改参数</translation>
  </message>
  <message>
   <source>Connect</source>
   <translation>连接</translation>
  </message>
  <message>
   <source>Move</source>
   <translation>移动</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>移除</translation>
  </message>
 </context>
 <context>
  <name>ModelingPage</name>
  <message>
   <source>1 error</source>
   <translation>1 个错误</translation>
  </message>
  <message>
   <source>A model is drawn here: data, augmentation, network, loss, training. Begin with a template.</source>
   <translation>在这里画模型：数据、增强、网络、损失、训练。从模板开始。</translation>
  </message>
  <message>
   <source>Begin another model from a template</source>
   <translation>从模板新建另一个模型</translation>
  </message>
  <message>
   <source>Check the model</source>
   <translation>检查模型</translation>
  </message>
  <message>
   <source>Choose a template</source>
   <translation>选择模板</translation>
  </message>
  <message>
   <source>Classification</source>
   <translation>分类</translation>
  </message>
  <message>
   <source>Components</source>
   <translation>组件</translation>
  </message>
  <message>
   <source>Connections</source>
   <translation>连线</translation>
  </message>
  <message>
   <source>Detection</source>
   <translation>检测</translation>
  </message>
  <message>
   <source>Graph {} · {} components · {} · undo {}</source>
   <translation>模型图 {} · {} 个组件 · {} · 可撤销 {}</translation>
  </message>
  <message>
   <source>Model graph</source>
   <translation>模型图</translation>
  </message>
  <message>
   <source>New</source>
   <translation>新建</translation>
  </message>
  <message>
   <source>New model</source>
   <translation>新建模型</translation>
  </message>
  <message>
   <source>New model from a template</source>
   <translation>从模板新建模型</translation>
  </message>
  <message>
   <source>No models yet</source>
   <translation>还没有模型</translation>
  </message>
  <message>
   <source>Parameters</source>
   <translation>参数量</translation>
  </message>
  <message>
   <source>Save again</source>
   <translation>重新保存</translation>
  </message>
  <message>
   <source>Save model graph</source>
   <translation>保存模型图</translation>
  </message>
  <message>
   <source>Show the whole model</source>
   <translation>显示整个模型</translation>
  </message>
  <message>
   <source>Start training</source>
   <translation>开始训练</translation>
  </message>
  <message>
   <source>Task</source>
   <translation>任务</translation>
  </message>
  <message>
   <source>The model graphs of this workspace</source>
   <translation>本工作区的模型图</translation>
  </message>
  <message>
   <source>Train the model</source>
   <translation>训练模型</translation>
  </message>
  <message>
   <source>Weights that are learnt, counted by PyTorch</source>
   <translation>可学习的权重数，由 PyTorch 统计</translation>
  </message>
  <message>
   <source>measuring…</source>
   <translation>正在测量…</translation>
  </message>
  <message>
   <source>no errors</source>
   <translation>无错误</translation>
  </message>
  <message>
   <source>press Check</source>
   <translation>点击“检查”</translation>
  </message>
  <message>
   <source>{} errors</source>
   <translation>{} 个错误</translation>
  </message>
 </context>
 <context>
  <name>MonitoringPage</name>
  <message>
   <source>Later versions will show here how the images of the line drift from the ones the model learned, which predictions are doubtful, and why the reject rate changed. Until then the Deploy page shows the state, the latency and the log of each target.</source>
   <translation>以后的版本将在这里显示:产线图像与训练图像的偏移、哪些预测存疑、判不良率为何变化。在此之前,可在“部署”页查看各目标的状态、延迟和日志。</translation>
  </message>
  <message>
   <source>Monitoring is not there yet</source>
   <translation>监控功能尚未提供</translation>
  </message>
  <message>
   <source>Show the targets</source>
   <translation>查看目标</translation>
  </message>
 </context>
 <context>
  <name>Notice</name>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Details</source>
   <translation>详细信息</translation>
  </message>
 </context>
 <context>
  <name>Palette</name>
  <message>
   <source>Components</source>
   <translation>组件</translation>
  </message>
  <message>
   <source>Find a component</source>
   <translation>查找组件</translation>
  </message>
  <message>
   <source>Find a component…</source>
   <translation>查找组件…</translation>
  </message>
 </context>
 <context>
  <name>ParameterForm</name>
  <message>
   <source>At least {limit}.</source>
   <translation>不得小于 {limit}。</translation>
  </message>
  <message>
   <source>At most {limit}.</source>
   <translation>不得大于 {limit}。</translation>
  </message>
  <message>
   <source>Fewer settings</source>
   <translation>收起设置</translation>
  </message>
  <message>
   <source>Less than {limit}.</source>
   <translation>须小于 {limit}。</translation>
  </message>
  <message>
   <source>More settings</source>
   <translation>更多设置</translation>
  </message>
  <message>
   <source>More than {limit}.</source>
   <translation>须大于 {limit}。</translation>
  </message>
  <message>
   <source>This is not JSON: {error}</source>
   <translation>不是有效的 JSON:{error}</translation>
  </message>
  <message>
   <source>Write a number, for example {example}.</source>
   <translation>请填写数字,例如 {example}。</translation>
  </message>
  <message>
   <source>Write values with commas between, as in 1, 2, 3.</source>
   <translation>请用逗号分隔各值,例如 1, 2, 3。</translation>
  </message>
 </context>
 <context>
  <name>PasswordDialog</name>
  <message>
   <source>Continue</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>It is kept in the keyring of this machine, where there is one; never in the workspace.</source>
   <translation>保存在本机的系统钥匙串中（如有）；绝不写入工作区。</translation>
  </message>
  <message>
   <source>Password</source>
   <translation>密码</translation>
  </message>
 </context>
 <context>
  <name>Ports</name>
  <message>
   <source>features</source>
   <translation>特征</translation>
  </message>
  <message>
   <source>images</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>logits</source>
   <translation>分数</translation>
  </message>
  <message>
   <source>loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>optimiser</source>
   <translation>优化器</translation>
  </message>
  <message>
   <source>positions</source>
   <translation>位置</translation>
  </message>
  <message>
   <source>pyramid</source>
   <translation>金字塔</translation>
  </message>
  <message>
   <source>samples</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>targets</source>
   <translation>目标</translation>
  </message>
 </context>
 <context>
  <name>PushCard</name>
  <message>
   <source>Checking digests</source>
   <translation>校验摘要</translation>
  </message>
  <message>
   <source>Letting the old one finish</source>
   <translation>等待旧发布处理完毕</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>Runs</source>
   <translation>运行中</translation>
  </message>
  <message>
   <source>Runtime</source>
   <translation>运行时</translation>
  </message>
  <message>
   <source>Sending what is missing</source>
   <translation>传输缺少的部分</translation>
  </message>
  <message>
   <source>Serving code</source>
   <translation>服务代码</translation>
  </message>
  <message>
   <source>Starting the new release beside the old one</source>
   <translation>在旧发布旁启动新发布</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
  <message>
   <source>Switching requests to it</source>
   <translation>切换请求</translation>
  </message>
  <message>
   <source>System</source>
   <translation>系统层</translation>
  </message>
  <message>
   <source>Unpacking</source>
   <translation>解包</translation>
  </message>
  <message>
   <source>Waiting until it is ready</source>
   <translation>等待就绪</translation>
  </message>
  <message>
   <source>What was sent stays; the next push goes on from there</source>
   <translation>已传输的内容保留；下次从中断处继续</translation>
  </message>
  <message>
   <source>already there, skipped</source>
   <translation>已有，跳过</translation>
  </message>
  <message>
   <source>{0}/s · {1} s left · goes on by itself after a break</source>
   <translation>{0}/秒 · 剩 {1} 秒 · 断开会自动续传</translation>
  </message>
  <message>
   <source>{}, unpacked</source>
   <translation>{}，已解包</translation>
  </message>
 </context>
 <context>
  <name>QueryBox</name>
  <message>
   <source>Ask (Ctrl ↵)</source>
   <translation>查询 (Ctrl ↵)</translation>
  </message>
  <message>
   <source>SQL question</source>
   <translation>SQL 查询</translation>
  </message>
  <message>
   <source>Views: items, annotations, labels, history, versions, models, evaluations</source>
   <translation>视图:items、annotations、labels、history、versions、models、evaluations</translation>
  </message>
 </context>
 <context>
  <name>Rail</name>
  <message>
   <source>Data</source>
   <translation>数据</translation>
  </message>
  <message>
   <source>Deploy</source>
   <translation>部署</translation>
  </message>
  <message>
   <source>Evaluate</source>
   <translation>评估</translation>
  </message>
  <message>
   <source>Fold or unfold the navigation</source>
   <translation>折叠或展开导航栏</translation>
  </message>
  <message>
   <source>Fold the navigation</source>
   <translation>折叠导航栏</translation>
  </message>
  <message>
   <source>Jobs</source>
   <translation>任务</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标注</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>建模</translation>
  </message>
  <message>
   <source>Monitor</source>
   <translation>监控</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>设置</translation>
  </message>
  <message>
   <source>Start</source>
   <translation>开始</translation>
  </message>
  <message>
   <source>Train</source>
   <translation>训练</translation>
  </message>
 </context>
 <context>
  <name>RemoveTargetDialog</name>
  <message>
   <source>Everything of Lineside is taken off it.</source>
   <translation>将从中移除 Lineside 的全部内容。</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>移除</translation>
  </message>
  <message>
   <source>Remove target</source>
   <translation>移除目标</translation>
  </message>
  <message>
   <source>Remove “{}”?</source>
   <translation>移除“{}”？</translation>
  </message>
  <message>
   <source>Type its name to confirm</source>
   <translation>输入名称以确认</translation>
  </message>
  <message>
   <source>{} runs there and will be ended. Everything of Lineside is taken off it.</source>
   <translation>{} 正在其上运行，将被停止。将从中移除 Lineside 的全部内容。</translation>
  </message>
 </context>
 <context>
  <name>ReportDialog</name>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Copy the list</source>
   <translation>复制列表</translation>
  </message>
  <message>
   <source>File</source>
   <translation>文件</translation>
  </message>
  <message>
   <source>Reason</source>
   <translation>原因</translation>
  </message>
 </context>
 <context>
  <name>Runs</name>
  <message>
   <source>Accuracy</source>
   <translation>准确率</translation>
  </message>
  <message>
   <source>Cancelled</source>
   <translation>已取消</translation>
  </message>
  <message>
   <source>Ended from outside</source>
   <translation>被外部结束</translation>
  </message>
  <message>
   <source>Failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>Finished</source>
   <translation>已完成</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>Out of memory</source>
   <translation>内存不足</translation>
  </message>
  <message>
   <source>Paused</source>
   <translation>已暂停</translation>
  </message>
  <message>
   <source>Running</source>
   <translation>运行中</translation>
  </message>
  <message>
   <source>Waiting</source>
   <translation>等待中</translation>
  </message>
  <message>
   <source>{} h {} min</source>
   <translation>{} 小时 {} 分</translation>
  </message>
  <message>
   <source>{} min</source>
   <translation>{} 分</translation>
  </message>
  <message>
   <source>{} s</source>
   <translation>{} 秒</translation>
  </message>
 </context>
 <context>
  <name>Sections</name>
  <message>
   <source>Augmentation</source>
   <translation>数据增强</translation>
  </message>
  <message>
   <source>Data</source>
   <translation>数据</translation>
  </message>
  <message>
   <source>Evaluation</source>
   <translation>评估</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>Network</source>
   <translation>网络</translation>
  </message>
  <message>
   <source>Optimiser</source>
   <translation>优化器</translation>
  </message>
  <message>
   <source>Training</source>
   <translation>训练</translation>
  </message>
 </context>
 <context>
  <name>SettingsPage</name>
  <message>
   <source>Appearance</source>
   <translation>外观</translation>
  </message>
  <message>
   <source>As the system</source>
   <translation>跟随系统</translation>
  </message>
  <message>
   <source>Author</source>
   <translation>作者</translation>
  </message>
  <message>
   <source>Dark</source>
   <translation>深色</translation>
  </message>
  <message>
   <source>Keys</source>
   <translation>快捷键</translation>
  </message>
  <message>
   <source>Language</source>
   <translation>语言</translation>
  </message>
  <message>
   <source>Light</source>
   <translation>浅色</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>设置</translation>
  </message>
  <message>
   <source>Stands in the history of every annotation you make. Empty: the account's name.</source>
   <translation>记入你所做每个标注的历史。留空则用系统账户名。</translation>
  </message>
  <message>
   <source>Theme</source>
   <translation>主题</translation>
  </message>
  <message>
   <source>These settings</source>
   <translation>本设置文件</translation>
  </message>
  <message>
   <source>Where things are</source>
   <translation>存放位置</translation>
  </message>
  <message>
   <source>Workspace</source>
   <translation>工作区</translation>
  </message>
  <message>
   <source>Your name</source>
   <translation>你的姓名</translation>
  </message>
  <message>
   <source>fold the navigation</source>
   <translation>折叠导航栏</translation>
  </message>
  <message>
   <source>jobs</source>
   <translation>任务</translation>
  </message>
  <message>
   <source>redo</source>
   <translation>重做</translation>
  </message>
  <message>
   <source>search commands, items, models</source>
   <translation>搜索命令、样本、模型</translation>
  </message>
  <message>
   <source>search in the page</source>
   <translation>在页面内搜索</translation>
  </message>
  <message>
   <source>settings</source>
   <translation>设置</translation>
  </message>
  <message>
   <source>step back</source>
   <translation>返回上一步</translation>
  </message>
  <message>
   <source>the steps of the job</source>
   <translation>工作步骤</translation>
  </message>
  <message>
   <source>undo</source>
   <translation>撤销</translation>
  </message>
  <message>
   <source>workspaces</source>
   <translation>工作区</translation>
  </message>
 </context>
 <context>
  <name>ShapeDelegate</name>
  <message>
   <source>whole image</source>
   <translation>整图</translation>
  </message>
 </context>
 <context>
  <name>SidePanel</name>
  <message>
   <source>Accept {0} suggested</source>
   <translation>接受 {0} 个建议</translation>
  </message>
  <message>
   <source>Edit</source>
   <translation>编辑</translation>
  </message>
  <message>
   <source>History</source>
   <translation>历史</translation>
  </message>
  <message>
   <source>Labels</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Make all suggestions of the model on this image your own (Shift+Enter)</source>
   <translation>接受模型对这张图像的全部建议 (Shift+Enter)</translation>
  </message>
  <message>
   <source>Next image</source>
   <translation>下一张</translation>
  </message>
  <message>
   <source>Next image (D, Right, Enter)</source>
   <translation>下一张 (D、→、回车)</translation>
  </message>
  <message>
   <source>No labels yet. What should be found in the images: scratch, dent, missing hole? Name it here.</source>
   <translation>还没有标签。要在图像中找什么：划痕、凹坑、缺孔？在这里写下名称。</translation>
  </message>
  <message>
   <source>Nothing on this image yet. Press B and drag a box around a defect.</source>
   <translation>这张图像还没有标注。按 B，然后拖动框住缺陷。</translation>
  </message>
  <message>
   <source>Previous</source>
   <translation>上一张</translation>
  </message>
  <message>
   <source>Previous image (A, Left)</source>
   <translation>上一张 (A、←)</translation>
  </message>
  <message>
   <source>Rename, recolour, move or remove the chosen label</source>
   <translation>对所选标签重命名、换色、移动或移除</translation>
  </message>
  <message>
   <source>Shapes {0}</source>
   <translation>形状 {0}</translation>
  </message>
 </context>
 <context>
  <name>Split</name>
  <message>
   <source>no split</source>
   <translation>未划分</translation>
  </message>
  <message>
   <source>test</source>
   <translation>测试</translation>
  </message>
  <message>
   <source>training</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>validation</source>
   <translation>验证</translation>
  </message>
 </context>
 <context>
  <name>StartPage</name>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
  <message>
   <source>Choose a folder of images</source>
   <translation>选择图像文件夹</translation>
  </message>
  <message>
   <source>Choose a folder of images, with or without labels (COCO, VOC, YOLO, LabelMe …), or drop it here.</source>
   <translation>选择一个图像文件夹,带不带标注都可以(COCO、VOC、YOLO、LabelMe 等),也可以直接拖到这里。</translation>
  </message>
  <message>
   <source>Choose an empty folder for the workspace</source>
   <translation>为工作区选择一个空文件夹</translation>
  </message>
  <message>
   <source>Choose images…</source>
   <translation>选择图像…</translation>
  </message>
  <message>
   <source>Close the workspace in the other program first; then try again.</source>
   <translation>请先在另一个程序中关闭该工作区,然后重试。</translation>
  </message>
  <message>
   <source>Empty workspace…</source>
   <translation>空白工作区…</translation>
  </message>
  <message>
   <source>Everything stays on this machine, in one folder: the workspace. No network is needed.</source>
   <translation>所有内容都保存在本机的一个文件夹里,即工作区。无需网络。</translation>
  </message>
  <message>
   <source>From images to a model beside the line</source>
   <translation>从图像到线边的模型</translation>
  </message>
  <message>
   <source>Its images are untouched. The damaged files were kept beside the store for repair.</source>
   <translation>图像未受影响。损坏的文件保留在数据库旁,以便修复。</translation>
  </message>
  <message>
   <source>None yet. A workspace is a folder with all data of one project.</source>
   <translation>还没有。工作区是存放一个项目全部数据的文件夹。</translation>
  </message>
  <message>
   <source>Open a workspace</source>
   <translation>打开工作区</translation>
  </message>
  <message>
   <source>Open another…</source>
   <translation>打开其他…</translation>
  </message>
  <message>
   <source>Opening {path} …</source>
   <translation>正在打开 {path} …</translation>
  </message>
  <message>
   <source>Recent workspaces</source>
   <translation>最近的工作区</translation>
  </message>
  <message>
   <source>Run the demo</source>
   <translation>运行演示</translation>
  </message>
  <message>
   <source>See the whole job first</source>
   <translation>先看完整流程</translation>
  </message>
  <message>
   <source>Start with your own images</source>
   <translation>从你自己的图像开始</translation>
  </message>
  <message>
   <source>Synthetic pictures of machined parts are labelled, learned, evaluated, packaged and served, in about four minutes. You then look around in the result.</source>
   <translation>用合成的机加工件图片走完标注、训练、评估、打包和部署,约四分钟。之后可随意查看结果。</translation>
  </message>
  <message>
   <source>The demo starts …</source>
   <translation>演示正在启动 …</translation>
  </message>
  <message>
   <source>Where shall the workspace be made?</source>
   <translation>工作区建在哪里?</translation>
  </message>
 </context>
 <context>
  <name>StatsPanel</name>
  <message>
   <source>Annotations</source>
   <translation>标注</translation>
  </message>
  <message>
   <source>Annotations by label</source>
   <translation>各标签的标注数</translation>
  </message>
  <message>
   <source>Items</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Items by split</source>
   <translation>各划分的样本数</translation>
  </message>
  <message>
   <source>Labelled</source>
   <translation>已标注</translation>
  </message>
  <message>
   <source>No items yet.</source>
   <translation>还没有样本。</translation>
  </message>
  <message>
   <source>No labels yet.</source>
   <translation>还没有标签。</translation>
  </message>
  <message>
   <source>Size on disk</source>
   <translation>占用空间</translation>
  </message>
  <message>
   <source>Whole workspace</source>
   <translation>整个工作区</translation>
  </message>
  <message>
   <source>With a problem</source>
   <translation>有问题</translation>
  </message>
 </context>
 <context>
  <name>StatusBar</name>
  <message>
   <source>CPU {cpu} % · memory {used} / {total} GB</source>
   <translation>CPU {cpu} % · 内存 {used} / {total} GB</translation>
  </message>
  <message>
   <source>Not saved: {action}</source>
   <translation>未保存:{action}</translation>
  </message>
  <message>
   <source>Saving…</source>
   <translation>正在保存…</translation>
  </message>
  <message>
   <source>Undo {count}</source>
   <translation>撤销 {count} 步</translation>
  </message>
  <message>
   <source>✓ Saved {time}</source>
   <translation>✓ 已保存 {time}</translation>
  </message>
 </context>
 <context>
  <name>Targets</name>
  <message>
   <source>Healthy</source>
   <translation>健康</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>正在查看…</translation>
  </message>
  <message>
   <source>Not ready</source>
   <translation>未就绪</translation>
  </message>
  <message>
   <source>Nothing runs</source>
   <translation>无运行</translation>
  </message>
  <message>
   <source>Starting</source>
   <translation>启动中</translation>
  </message>
  <message>
   <source>Starting again</source>
   <translation>正在重启</translation>
  </message>
  <message>
   <source>Stopped</source>
   <translation>已停止</translation>
  </message>
  <message>
   <source>Unreachable</source>
   <translation>无法连接</translation>
  </message>
  <message>
   <source>in the program's own Python, not isolated</source>
   <translation>使用程序自带 Python，未隔离</translation>
  </message>
  <message>
   <source>isolated on this machine</source>
   <translation>本机隔离运行</translation>
  </message>
 </context>
 <context>
  <name>TargetsCard</name>
  <message>
   <source>Bring the chosen artifact here and let it take over</source>
   <translation>把所选制品推送到这里并接管请求</translation>
  </message>
  <message>
   <source>Deploy</source>
   <translation>部署</translation>
  </message>
  <message>
   <source>End what runs there</source>
   <translation>停止其上的运行</translation>
  </message>
  <message>
   <source>Kind</source>
   <translation>类型</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>日志</translation>
  </message>
  <message>
   <source>Look at the machine again</source>
   <translation>重新探测机器</translation>
  </message>
  <message>
   <source>More for {}</source>
   <translation>{} 的更多操作</translation>
  </message>
  <message>
   <source>Put the release before this one back</source>
   <translation>恢复上一个发布</translation>
  </message>
  <message>
   <source>Remove the target…</source>
   <translation>移除目标…</translation>
  </message>
  <message>
   <source>Roll back</source>
   <translation>回滚</translation>
  </message>
  <message>
   <source>Runs</source>
   <translation>运行</translation>
  </message>
  <message>
   <source>State</source>
   <translation>状态</translation>
  </message>
  <message>
   <source>Target</source>
   <translation>目标</translation>
  </message>
  <message>
   <source>Try an image</source>
   <translation>试一张</translation>
  </message>
 </context>
 <context>
  <name>TopBar</name>
  <message>
   <source>All workspaces…</source>
   <translation>全部工作区…</translation>
  </message>
  <message>
   <source>Close the workspace</source>
   <translation>关闭工作区</translation>
  </message>
  <message>
   <source>Command palette</source>
   <translation>命令面板</translation>
  </message>
  <message>
   <source>No network. Everything here works without one.</source>
   <translation>没有网络。这里的一切都不需要网络。</translation>
  </message>
  <message>
   <source>Offline</source>
   <translation>离线</translation>
  </message>
  <message>
   <source>Online</source>
   <translation>在线</translation>
  </message>
  <message>
   <source>Search commands, items, models…</source>
   <translation>搜索命令、样本、模型…</translation>
  </message>
  <message>
   <source>Show the folder</source>
   <translation>打开所在文件夹</translation>
  </message>
  <message>
   <source>There is a network. Nothing uses it unless you ask for it.</source>
   <translation>有网络。除非你要求,否则不会使用网络。</translation>
  </message>
  <message>
   <source>Workspace</source>
   <translation>工作区</translation>
  </message>
  <message>
   <source>version {name} · {items}</source>
   <translation>数据版本 {name} · {items}</translation>
  </message>
 </context>
 <context>
  <name>TrainDialog</name>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
  <message>
   <source>Data version</source>
   <translation>数据版本</translation>
  </message>
  <message>
   <source>How often the weights are changed</source>
   <translation>权重更新的次数</translation>
  </message>
  <message>
   <source>Images a step</source>
   <translation>每步图像数</translation>
  </message>
  <message>
   <source>Name of the version</source>
   <translation>版本名称</translation>
  </message>
  <message>
   <source>New version of everything labelled now</source>
   <translation>用当前全部标注新建版本</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>随机种子</translation>
  </message>
  <message>
   <source>Split training / validation / test, %</source>
   <translation>训练 / 验证 / 测试划分，%</translation>
  </message>
  <message>
   <source>Start training</source>
   <translation>开始训练</translation>
  </message>
  <message>
   <source>Steps</source>
   <translation>步数</translation>
  </message>
  <message>
   <source>The batch size</source>
   <translation>批大小</translation>
  </message>
  <message>
   <source>The same seed on the same machine gives the same curve</source>
   <translation>同一台机器上相同种子得到相同曲线</translation>
  </message>
  <message>
   <source>Train “{}”</source>
   <translation>训练“{}”</translation>
  </message>
  <message>
   <source>Training runs beside the window: it goes on when you close it, and can be paused and resumed.</source>
   <translation>训练在窗口之外进行：关闭窗口后仍会继续，也可暂停与恢复。</translation>
  </message>
  <message>
   <source>Versions never change once made</source>
   <translation>版本一旦建立就不再改变</translation>
  </message>
  <message>
   <source>{} · {} items, {} annotations</source>
   <translation>{} · {} 个样本，{} 个标注</translation>
  </message>
 </context>
 <context>
  <name>TrainingPage</name>
  <message>
   <source>Evaluate</source>
   <translation>评估</translation>
  </message>
  <message>
   <source>Go to the model</source>
   <translation>前往建模</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>日志</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>No training yet</source>
   <translation>还没有训练</translation>
  </message>
  <message>
   <source>Not measured yet</source>
   <translation>尚未测量</translation>
  </message>
  <message>
   <source>Nothing has been written yet.</source>
   <translation>尚无内容。</translation>
  </message>
  <message>
   <source>On the validation images</source>
   <translation>验证图像上</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>Pause run</source>
   <translation>暂停训练</translation>
  </message>
  <message>
   <source>Resume</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Resume run</source>
   <translation>继续训练</translation>
  </message>
  <message>
   <source>Runs</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>Runs and their curves stand here. Draw a model first, then press Train.</source>
   <translation>这里显示训练及其曲线。请先画模型，再点击训练。</translation>
  </message>
  <message>
   <source>See on unseen images what this model finds and misses</source>
   <translation>在未见过的图像上看它找到与漏检了什么</translation>
  </message>
  <message>
   <source>Step</source>
   <translation>步</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
  <message>
   <source>Stop run</source>
   <translation>停止训练</translation>
  </message>
  <message>
   <source>Stop the run; its last checkpoint stays, so it can be resumed</source>
   <translation>停止训练；最近的检查点保留，之后可继续</translation>
  </message>
  <message>
   <source>This version has no validation images</source>
   <translation>此版本没有验证图像</translation>
  </message>
  <message>
   <source>Time</source>
   <translation>用时</translation>
  </message>
  <message>
   <source>began at {}</source>
   <translation>起始 {}</translation>
  </message>
  <message>
   <source>best; last {}</source>
   <translation>最佳；最近 {}</translation>
  </message>
  <message>
   <source>higher is better</source>
   <translation>越高越好</translation>
  </message>
  <message>
   <source>lower is better</source>
   <translation>越低越好</translation>
  </message>
  <message>
   <source>not looked at yet</source>
   <translation>尚未验证</translation>
  </message>
  <message>
   <source>not measured</source>
   <translation>未测量</translation>
  </message>
  <message>
   <source>{} left</source>
   <translation>剩 {}</translation>
  </message>
 </context>
 <context>
  <name>TryCard</name>
  <message>
   <source>%n found</source>
   <translation>找到 %n 个</translation>
  </message>
  <message>
   <source>Choose an image</source>
   <translation>选择图像</translation>
  </message>
  <message>
   <source>Choose an image…</source>
   <translation>选择图像…</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Drop an image here, or choose one</source>
   <translation>把图像拖到这里，或点击选择</translation>
  </message>
  <message>
   <source>Image with what was found</source>
   <translation>带检测结果的图像</translation>
  </message>
  <message>
   <source>Images</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Try an image on {}</source>
   <translation>在 {} 上试一张</translation>
  </message>
  <message>
   <source>What was found</source>
   <translation>检测结果</translation>
  </message>
  <message>
   <source>on the target; {0} ms there and back</source>
   <translation>目标上用时；往返 {0} 毫秒</translation>
  </message>
 </context>
 <context>
  <name>VersionDialog</name>
  <message>
   <source>A version needs a name.</source>
   <translation>版本需要一个名称。</translation>
  </message>
  <message>
   <source>Create</source>
   <translation>创建</translation>
  </message>
  <message>
   <source>Create a data version</source>
   <translation>创建数据版本</translation>
  </message>
  <message>
   <source>Deal anew: training / validation / test</source>
   <translation>重新划分:训练 / 验证 / 测试</translation>
  </message>
  <message>
   <source>Freezes {count} items with their annotations and splits. A version never changes again.</source>
   <translation>冻结 {count} 个样本及其标注和划分。版本创建后不再改变。</translation>
  </message>
  <message>
   <source>Keep the imported splits; deal 70/15/15 where there are none</source>
   <translation>保留导入的划分;没有时按 70/15/15 划分</translation>
  </message>
  <message>
   <source>Keep together by (optional)</source>
   <translation>同组依据(可选)</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>Only items where (optional)</source>
   <translation>仅限样本(可选)</translation>
  </message>
  <message>
   <source>SQL condition over the view items.</source>
   <translation>视图 items 上的 SQL 条件。</translation>
  </message>
  <message>
   <source>SQL over the view items. Items of one part, lot or camera then stay in one split.</source>
   <translation>视图 items 上的 SQL。同一零件、批次或相机的样本会留在同一划分中。</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>随机种子</translation>
  </message>
  <message>
   <source>Splits</source>
   <translation>划分</translation>
  </message>
  <message>
   <source>The shares add up to {sum} %; make it 100.</source>
   <translation>比例合计为 {sum} %,应为 100。</translation>
  </message>
 </context>
 <context>
  <name>VersionsPanel</name>
  <message>
   <source>Annotations</source>
   <translation>标注</translation>
  </message>
  <message>
   <source>Compare</source>
   <translation>比较</translation>
  </message>
  <message>
   <source>Create…</source>
   <translation>创建…</translation>
  </message>
  <message>
   <source>Data versions</source>
   <translation>数据版本</translation>
  </message>
  <message>
   <source>Items</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Moved to another split: {moved}</source>
   <translation>换到其他划分:{moved}</translation>
  </message>
  <message>
   <source>Newer version</source>
   <translation>较新版本</translation>
  </message>
  <message>
   <source>None yet. Training needs one: it freezes items, annotations and splits.</source>
   <translation>还没有。训练需要数据版本,它冻结样本、标注和划分。</translation>
  </message>
  <message>
   <source>Nothing differs.</source>
   <translation>没有差异。</translation>
  </message>
  <message>
   <source>Older version</source>
   <translation>较旧版本</translation>
  </message>
  <message>
   <source>What differs</source>
   <translation>差异</translation>
  </message>
  <message>
   <source>changed</source>
   <translation>改动</translation>
  </message>
  <message>
   <source>gone</source>
   <translation>移除</translation>
  </message>
  <message>
   <source>new</source>
   <translation>新增</translation>
  </message>
  <message>
   <source>{items} items · {annotations} annotations</source>
   <translation>{items} 个样本 · {annotations} 个标注</translation>
  </message>
 </context>
 <context>
  <name>history</name>
  <message>
   <source>Accept prediction</source>
   <translation>接受建议</translation>
  </message>
  <message>
   <source>Add label</source>
   <translation>添加标签</translation>
  </message>
  <message>
   <source>Add vertex</source>
   <translation>添加顶点</translation>
  </message>
  <message>
   <source>Change colour</source>
   <translation>更改颜色</translation>
  </message>
  <message>
   <source>Change key</source>
   <translation>更改快捷键</translation>
  </message>
  <message>
   <source>Change label</source>
   <translation>更改标签</translation>
  </message>
  <message>
   <source>Change shape</source>
   <translation>修改形状</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Delete vertex</source>
   <translation>删除顶点</translation>
  </message>
  <message>
   <source>Draw box</source>
   <translation>画框</translation>
  </message>
  <message>
   <source>Draw polygon</source>
   <translation>画多边形</translation>
  </message>
  <message>
   <source>Duplicate</source>
   <translation>创建副本</translation>
  </message>
  <message>
   <source>Edit annotations</source>
   <translation>编辑标注</translation>
  </message>
  <message>
   <source>Import images</source>
   <translation>导入图像</translation>
  </message>
  <message>
   <source>Import {0}</source>
   <translation>导入 {0}</translation>
  </message>
  <message>
   <source>Label image</source>
   <translation>整图标签</translation>
  </message>
  <message>
   <source>Merge labels</source>
   <translation>合并标签</translation>
  </message>
  <message>
   <source>Move</source>
   <translation>移动</translation>
  </message>
  <message>
   <source>Move vertex</source>
   <translation>移动顶点</translation>
  </message>
  <message>
   <source>Paste</source>
   <translation>粘贴</translation>
  </message>
  <message>
   <source>Predict</source>
   <translation>模型建议</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>重做</translation>
  </message>
  <message>
   <source>Refuse prediction</source>
   <translation>拒绝建议</translation>
  </message>
  <message>
   <source>Remove label</source>
   <translation>移除标签</translation>
  </message>
  <message>
   <source>Rename label</source>
   <translation>重命名标签</translation>
  </message>
  <message>
   <source>Reorder labels</source>
   <translation>调整标签顺序</translation>
  </message>
  <message>
   <source>Resize</source>
   <translation>调整大小</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>撤销</translation>
  </message>
 </context>
</TS>
