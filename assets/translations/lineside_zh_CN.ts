<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
 <context>
  <name>AddTargetDialog</name>
  <message>
   <source>A PEM file of who signed the registry's certificate, besides those this machine trusts</source>
   <translation>签发镜像仓库证书的机构的 PEM 文件；本机已信任的机构无需填写</translation>
  </message>
  <message>
   <source>A box reached by SSH</source>
   <translation>通过 SSH 连接的工控机</translation>
  </message>
  <message>
   <source>A path, or docker://host:2375</source>
   <translation>路径，或 docker://主机:2375</translation>
  </message>
  <message>
   <source>A place where artifacts run. The same artifact runs on each of them.</source>
   <translation>制品运行的地方。每一处运行的都是同一个制品。</translation>
  </message>
  <message>
   <source>A registry, from which others fetch</source>
   <translation>镜像仓库，供他人拉取</translation>
  </message>
  <message>
   <source>A stick, for a box without a network</source>
   <translation>U 盘，用于没有网络的设备</translation>
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
   <source>Address</source>
   <translation>地址</translation>
  </message>
  <message>
   <source>Certificate (may be empty)</source>
   <translation>证书（可留空）</translation>
  </message>
  <message>
   <source>Change</source>
   <translation>修改</translation>
  </message>
  <message>
   <source>Change target</source>
   <translation>修改目标</translation>
  </message>
  <message>
   <source>Change “{}”</source>
   <translation>修改“{}”</translation>
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
   <source>Folder on the stick</source>
   <translation>U 盘上的文件夹</translation>
  </message>
  <message>
   <source>Give it a name.</source>
   <translation>请取一个名称。</translation>
  </message>
  <message>
   <source>Give the whole path.</source>
   <translation>请填写完整路径。</translation>
  </message>
  <message>
   <source>Host</source>
   <translation>主机</translation>
  </message>
  <message>
   <source>Host, and what the names of artifacts begin with there</source>
   <translation>主机，以及制品名称在那里的前缀</translation>
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
   <source>The whole path, on this machine</source>
   <translation>本机上的完整路径</translation>
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
  <message>
   <source>Which registry?</source>
   <translation>哪个镜像仓库？</translation>
  </message>
 </context>
 <context>
  <name>Adding</name>
  <message>
   <source>No component fits “{0}”.</source>
   <translation>没有组件适合“{0}”。</translation>
  </message>
  <message>
   <source>Replace by</source>
   <translation>替换为</translation>
  </message>
  <message>
   <source>The clipboard has no components; copy some with Ctrl+C first.</source>
   <translation>剪贴板中没有组件；请先用 Ctrl+C 复制。</translation>
  </message>
 </context>
 <context>
  <name>AdjustPanel</name>
  <message>
   <source>All</source>
   <translation>全部</translation>
  </message>
  <message>
   <source>All but the darkest and brightest thousandth of this image</source>
   <translation>除去本图像最暗与最亮的千分之一</translation>
  </message>
  <message>
   <source>Auto</source>
   <translation>自动</translation>
  </message>
  <message>
   <source>Blue</source>
   <translation>蓝</translation>
  </message>
  <message>
   <source>Brightness</source>
   <translation>亮度</translation>
  </message>
  <message>
   <source>CLAHE: evens out brightness in 8 × 8 fields; of the view alone</source>
   <translation>CLAHE：在 8 × 8 个区域内均衡亮度；仅影响显示</translation>
  </message>
  <message>
   <source>Channel</source>
   <translation>通道</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Contrast</source>
   <translation>对比度</translation>
  </message>
  <message>
   <source>Drag the handles: values shown black and white. Keys: ← →, with Shift the white one</source>
   <translation>拖动手柄：显示为黑与白的数值。按键：← →，按住 Shift 调白色手柄</translation>
  </message>
  <message>
   <source>Full range</source>
   <translation>全范围</translation>
  </message>
  <message>
   <source>Gamma</source>
   <translation>伽马</translation>
  </message>
  <message>
   <source>Green</source>
   <translation>绿</translation>
  </message>
  <message>
   <source>Histogram with the values shown black and white</source>
   <translation>直方图，含显示为黑与白的数值</translation>
  </message>
  <message>
   <source>Local contrast</source>
   <translation>局部对比度</translation>
  </message>
  <message>
   <source>Red</source>
   <translation>红</translation>
  </message>
  <message>
   <source>Reset</source>
   <translation>重置</translation>
  </message>
  <message>
   <source>Value shown black</source>
   <translation>显示为黑的数值</translation>
  </message>
  <message>
   <source>Value shown white</source>
   <translation>显示为白的数值</translation>
  </message>
  <message>
   <source>View</source>
   <translation>显示</translation>
  </message>
 </context>
 <context>
  <name>AgreementTab</name>
  <message>
   <source>, {0} times each</source>
   <translation>，每张 {0} 次</translation>
  </message>
  <message>
   <source>95 %</source>
   <translation>95 %</translation>
  </message>
  <message>
   <source>Agreement of each pair</source>
   <translation>两两一致性</translation>
  </message>
  <message>
   <source>Agrees with itself</source>
   <translation>自身一致</translation>
  </message>
  <message>
   <source>All agree on {0} of {1} images.</source>
   <translation>{1} 张图像中有 {0} 张全部一致。</translation>
  </message>
  <message>
   <source>All are right on {0}. κ above 0.75 is good, below 0.40 poor.</source>
   <translation>{0} 张全部正确。κ 大于 0.75 为好，小于 0.40 为差。</translation>
  </message>
  <message>
   <source>Attribute gauge study</source>
   <translation>计数型量具研究</translation>
  </message>
  <message>
   <source>Begin a round</source>
   <translation>开始一轮</translation>
  </message>
  <message>
   <source>Close: no more answers</source>
   <translation>关闭：不再接受答案</translation>
  </message>
  <message>
   <source>Cohen’s κ</source>
   <translation>Cohen κ</translation>
  </message>
  <message>
   <source>Consensus…</source>
   <translation>共识…</translation>
  </message>
  <message>
   <source>F1 at IoU 0.5</source>
   <translation>IoU 0.5 下的 F1</translation>
  </message>
  <message>
   <source>False alarms</source>
   <translation>过杀</translation>
  </message>
  <message>
   <source>Image</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Images with least agreement</source>
   <translation>一致性最低的图像</translation>
  </message>
  <message>
   <source>In a blind round several people label the same images without seeing each other’s shapes. Then you see how far they agree, and whether your inspection can be trusted (gauge study after AIAG MSA).</source>
   <translation>盲标轮次中，几个人互不可见地标注相同的图像。随后可看到他们的一致程度，以及检验是否可信（按 AIAG MSA 的量具研究）。</translation>
  </message>
  <message>
   <source>IoU</source>
   <translation>IoU</translation>
  </message>
  <message>
   <source>Items</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Label as</source>
   <translation>以此人标注</translation>
  </message>
  <message>
   <source>Label the images of the round as this person, unseen by the others</source>
   <translation>以此人的身份标注本轮图像，互不可见</translation>
  </message>
  <message>
   <source>Make annotations of what the people agree on</source>
   <translation>把大家一致的结果变为标注</translation>
  </message>
  <message>
   <source>Missed</source>
   <translation>漏检</translation>
  </message>
  <message>
   <source>More</source>
   <translation>更多</translation>
  </message>
  <message>
   <source>No reference: accept or label all images of the round to compare with them.</source>
   <translation>没有基准：请通过或标注本轮的全部图像以便比较。</translation>
  </message>
  <message>
   <source>Nobody has labelled unseen by others yet</source>
   <translation>还没有人独立盲标</translation>
  </message>
  <message>
   <source>Open again</source>
   <translation>重新打开</translation>
  </message>
  <message>
   <source>Pair</source>
   <translation>配对</translation>
  </message>
  <message>
   <source>Pairs</source>
   <translation>配对</translation>
  </message>
  <message>
   <source>Person</source>
   <translation>人员</translation>
  </message>
  <message>
   <source>Remove with all answers…</source>
   <translation>连同所有答案一起删除…</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>报告</translation>
  </message>
  <message>
   <source>Right</source>
   <translation>正确</translation>
  </message>
  <message>
   <source>after AIAG MSA, 4th edition</source>
   <translation>依据 AIAG MSA 第 4 版</translation>
  </message>
  <message>
   <source>closed</source>
   <translation>已关闭</translation>
  </message>
  <message>
   <source>double click opens one</source>
   <translation>双击打开</translation>
  </message>
  <message>
   <source>reference</source>
   <translation>基准</translation>
  </message>
  <message>
   <source>{0} images{1}. Done: {2}</source>
   <translation>{0} 张图像{1}。已完成：{2}</translation>
  </message>
  <message>
   <source>κ items</source>
   <translation>样本 κ</translation>
  </message>
  <message>
   <source>κ shapes</source>
   <translation>形状 κ</translation>
  </message>
 </context>
 <context>
  <name>AnswerTable</name>
  <message>
   <source>Answer</source>
   <translation>回复</translation>
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
  <name>Arranging</name>
  <message>
   <source>Choose two or more components to align.</source>
   <translation>请选择两个以上的组件再对齐。</translation>
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
   <source>It is signed when it is first released, if this machine has a keyring.</source>
   <translation>首次发布时自动签名，前提是本机有密钥环（keyring）。</translation>
  </message>
  <message>
   <source>Made</source>
   <translation>创建</translation>
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
   <source>Signed</source>
   <translation>签名</translation>
  </message>
  <message>
   <source>Size</source>
   <translation>大小</translation>
  </message>
  <message>
   <source>not yet</source>
   <translation>尚未</translation>
  </message>
  <message>
   <source>release {number}</source>
   <translation>第 {number} 次发布</translation>
  </message>
  <message>
   <source>the same image runs on every target; drag one onto a target to deploy it</source>
   <translation>同一个镜像可在每个目标上运行；拖到目标上即可部署</translation>
  </message>
 </context>
 <context>
  <name>AssignDialog</name>
  <message>
   <source>Assign</source>
   <translation>分配</translation>
  </message>
  <message>
   <source>Assign {0} images</source>
   <translation>分配 {0} 张图像</translation>
  </message>
  <message>
   <source>Li, Wang, Zhang</source>
   <translation>李, 王, 张</translation>
  </message>
  <message>
   <source>Persons, with commas</source>
   <translation>人员，用逗号分隔</translation>
  </message>
  <message>
   <source>Several people get them in turn; nobody named takes the assignment back.</source>
   <translation>多人时依次分配；不填姓名则取消分配。</translation>
  </message>
 </context>
 <context>
  <name>Assist</name>
  <message>
   <source>Apply scribbles</source>
   <translation>应用涂画</translation>
  </message>
  <message>
   <source>Apply the scribbles to all unlabelled images</source>
   <translation>将涂画应用到所有未标注图像</translation>
  </message>
  <message>
   <source>Click on an edge, then further along it: the line follows</source>
   <translation>在边缘上点击,再沿边缘继续点击:线会跟随边缘</translation>
  </message>
  <message>
   <source>Click the middle of an object: it is outlined</source>
   <translation>点击物体中央:自动描出轮廓</translation>
  </message>
  <message>
   <source>Drag over a few pixels of the label and, with Alt, of the background.</source>
   <translation>在标签的少量像素上拖动;按住 Alt 在背景上拖动。</translation>
  </message>
  <message>
   <source>Drag over something of the label, and with Alt over background</source>
   <translation>在属于标签的地方拖动,按住 Alt 在背景上拖动</translation>
  </message>
  <message>
   <source>Enter accepts · click what is missing, right click or Alt what is too much · Backspace takes back</source>
   <translation>回车接受 · 点击缺少的部分,右键或 Alt 点击多余的部分 · 退格撤回一次点击</translation>
  </message>
  <message>
   <source>Enter or the first point closes · Backspace takes a stretch back · Alt: straight</source>
   <translation>回车或点击首点闭合 · 退格撤回一段 · Alt:直线</translation>
  </message>
  <message>
   <source>Intelligent scissors</source>
   <translation>智能剪刀</translation>
  </message>
  <message>
   <source>Keep scribbles</source>
   <translation>保存涂画</translation>
  </message>
  <message>
   <source>Learning…</source>
   <translation>正在学习…</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>正在查看…</translation>
  </message>
  <message>
   <source>Nothing found here · click on the object</source>
   <translation>这里没有找到 · 请点击物体</translation>
  </message>
  <message>
   <source>Nothing found yet · add strokes · Alt: background</source>
   <translation>尚未找到 · 请再涂几笔 · Alt:背景</translation>
  </message>
  <message>
   <source>Now the other side: Alt drags background</source>
   <translation>再涂另一类:按住 Alt 拖动涂背景</translation>
  </message>
  <message>
   <source>Regions found: {0} · Enter accepts · more strokes where it is wrong</source>
   <translation>找到区域 {0} 个 · 回车接受 · 错的地方再涂几笔</translation>
  </message>
  <message>
   <source>Scribble and find the rest</source>
   <translation>涂画并找出其余部分</translation>
  </message>
  <message>
   <source>Scribble background or label</source>
   <translation>涂画背景或标签</translation>
  </message>
  <message>
   <source>Scribbles: {0} · on images: {1}</source>
   <translation>涂画 {0} 笔 · 图像 {1} 张</translation>
  </message>
  <message>
   <source>Segment by clicks</source>
   <translation>点击分割</translation>
  </message>
  <message>
   <source>Smart tools make masks or polygons</source>
   <translation>智能工具生成掩膜或多边形</translation>
  </message>
  <message>
   <source>This image is too large to look at while you draw</source>
   <translation>图像太大,无法边画边看</translation>
  </message>
 </context>
 <context>
  <name>AssistPanel</name>
  <message>
   <source> px²</source>
   <translation> px²</translation>
  </message>
  <message>
   <source>A line that follows edges (G)</source>
   <translation>跟随边缘的线 (G)</translation>
  </message>
  <message>
   <source>Accept regions</source>
   <translation>接受区域</translation>
  </message>
  <message>
   <source>Accept regions: {0} (Enter)</source>
   <translation>接受区域 {0} 个(回车)</translation>
  </message>
  <message>
   <source>Apply to all unlabelled…</source>
   <translation>应用到所有未标注图像…</translation>
  </message>
  <message>
   <source>Brush</source>
   <translation>画笔</translation>
  </message>
  <message>
   <source>Built in</source>
   <translation>内置</translation>
  </message>
  <message>
   <source>Clear this image</source>
   <translation>清除此图像的涂画</translation>
  </message>
  <message>
   <source>Click</source>
   <translation>点击</translation>
  </message>
  <message>
   <source>Forget all</source>
   <translation>全部清除</translation>
  </message>
  <message>
   <source>How wide a scribble is (Ctrl and the wheel)</source>
   <translation>涂画的宽度(Ctrl 加滚轮)</translation>
  </message>
  <message>
   <source>Mask</source>
   <translation>掩膜</translation>
  </message>
  <message>
   <source>Method</source>
   <translation>方法</translation>
  </message>
  <message>
   <source>Networks of your own are added with: lineside label assist add NAME --encoder E.onnx --decoder D.onnx</source>
   <translation>用此命令添加自己的网络：lineside label assist add NAME --encoder E.onnx --decoder D.onnx</translation>
  </message>
  <message>
   <source>Outline what is clicked (S)</source>
   <translation>描出所点物体的轮廓 (S)</translation>
  </message>
  <message>
   <source>Polygon</source>
   <translation>多边形</translation>
  </message>
  <message>
   <source>Preview where the mouse rests</source>
   <translation>鼠标停留处预览</translation>
  </message>
  <message>
   <source>Remove the scribbles of all images; what was accepted stays</source>
   <translation>清除所有图像的涂画;已接受的保留</translation>
  </message>
  <message>
   <source>Result</source>
   <translation>结果</translation>
  </message>
  <message>
   <source>Scissors</source>
   <translation>剪刀</translation>
  </message>
  <message>
   <source>Scribble</source>
   <translation>涂画</translation>
  </message>
  <message>
   <source>Scribble background (Alt)</source>
   <translation>涂画背景 (Alt)</translation>
  </message>
  <message>
   <source>Scribble on a few pixels, find the rest (U)</source>
   <translation>涂少量像素,找出其余部分 (U)</translation>
  </message>
  <message>
   <source>Scribbles</source>
   <translation>涂画</translation>
  </message>
  <message>
   <source>Smaller regions are left out</source>
   <translation>更小的区域将被忽略</translation>
  </message>
  <message>
   <source>Smallest region</source>
   <translation>最小区域</translation>
  </message>
  <message>
   <source>Smart tools</source>
   <translation>智能工具</translation>
  </message>
  <message>
   <source>Smoothing</source>
   <translation>平滑</translation>
  </message>
  <message>
   <source>Suggest regions on every image that nobody has labelled, in the background</source>
   <translation>在后台为所有未标注的图像建议区域</translation>
  </message>
  <message>
   <source>Takes corners and specks away that are finer than this</source>
   <translation>去掉比此更细的尖角和小点</translation>
  </message>
 </context>
 <context>
  <name>AttributeForm</name>
  <message>
   <source>required</source>
   <translation>必填</translation>
  </message>
  <message>
   <source>several values</source>
   <translation>多个值</translation>
  </message>
 </context>
 <context>
  <name>AttributeTable</name>
  <message>
   <source>Default</source>
   <translation>默认值</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>Required</source>
   <translation>必填</translation>
  </message>
  <message>
   <source>Type</source>
   <translation>类型</translation>
  </message>
  <message>
   <source>Values or range</source>
   <translation>值或范围</translation>
  </message>
  <message>
   <source>Values with commas between them; a range as 0..100. Delete removes the chosen one.</source>
   <translation>值以逗号分隔；范围写作 0..100。Delete 删除所选属性。</translation>
  </message>
  <message>
   <source>choice</source>
   <translation>选项</translation>
  </message>
  <message>
   <source>number</source>
   <translation>数字</translation>
  </message>
  <message>
   <source>text</source>
   <translation>文本</translation>
  </message>
  <message>
   <source>yes / no</source>
   <translation>是 / 否</translation>
  </message>
 </context>
 <context>
  <name>Bars</name>
  <message>
   <source>Copy as data</source>
   <translation>复制为数据</translation>
  </message>
 </context>
 <context>
  <name>BlindPart</name>
  <message>
   <source>, turn {0} of {1}</source>
   <translation>，第 {0} / {1} 次</translation>
  </message>
  <message>
   <source>All images of this turn are done. Thank you.</source>
   <translation>本次的图像已全部完成，谢谢。</translation>
  </message>
  <message>
   <source>Blind round</source>
   <translation>盲标轮次</translation>
  </message>
  <message>
   <source>Blind round “{0}”</source>
   <translation>盲标轮次“{0}”</translation>
  </message>
  <message>
   <source>Leave the round</source>
   <translation>离开轮次</translation>
  </message>
  <message>
   <source>{0}{1}: {2} of {3} done. “Next image” hands an image in, also one with nothing on it.</source>
   <translation>{0}{1}：已完成 {2} / {3}。“下一张”即提交，空白图像也算提交。</translation>
  </message>
 </context>
 <context>
  <name>BoxesModel</name>
  <message>
   <source>Answered</source>
   <translation>最近应答</translation>
  </message>
  <message>
   <source>Group</source>
   <translation>分组</translation>
  </message>
  <message>
   <source>Runs now</source>
   <translation>正在运行</translation>
  </message>
  <message>
   <source>Should run</source>
   <translation>应当运行</translation>
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
   <source>Wave</source>
   <translation>波次</translation>
  </message>
  <message>
   <source>Why</source>
   <translation>原因</translation>
  </message>
 </context>
 <context>
  <name>BranchesDialog</name>
  <message>
   <source>A branch is a copy of the labels to try something or to have a second opinion. It uses the same image files, and is compared and merged when you like.</source>
   <translation>分支是标注的副本,用来试验或征求第二意见。它使用相同的图像文件,随时可以比较和合并。</translation>
  </message>
  <message>
   <source>Branches of labels</source>
   <translation>标注分支</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Compare</source>
   <translation>对比</translation>
  </message>
  <message>
   <source>Create</source>
   <translation>新建</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>合并</translation>
  </message>
  <message>
   <source>Name of a new branch</source>
   <translation>新分支的名称</translation>
  </message>
  <message>
   <source>No branches yet. Give one a name above.</source>
   <translation>还没有分支。请在上方输入名称。</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>打开</translation>
  </message>
  <message>
   <source>Open the workspace that this branch belongs to</source>
   <translation>打开此分支所属的工作区</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>{0}    changed {1}, only here {2}, only there {3}</source>
   <translation>{0}    改动 {1},只在本处 {2},只在分支 {3}</translation>
  </message>
  <message>
   <source>“{0}”: nothing differs, {1} shapes are the same.</source>
   <translation>“{0}”:没有差异,{1} 个形状相同。</translation>
  </message>
  <message>
   <source>“{0}”: {1} shapes the same, {2} changed, {3} only here, {4} only there, on {5} images:</source>
   <translation>“{0}”:{1} 个形状相同,{2} 个有改动,{3} 个只在本处,{4} 个只在分支,涉及 {5} 个样本:</translation>
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
  <name>BudgetDialog</name>
  <message>
   <source>Begin</source>
   <translation>开始</translation>
  </message>
  <message>
   <source>Data version</source>
   <translation>数据版本</translation>
  </message>
  <message>
   <source>Minutes</source>
   <translation>分钟</translation>
  </message>
  <message>
   <source>Recipes, resolutions, networks and learning rates compete; what a step takes is measured on this machine. Half of the time trains the winner whole.</source>
   <translation>让不同模板、分辨率、网络与学习率竞争；每步用时在本机实测。约一半时间用于完整训练胜者。</translation>
  </message>
  <message>
   <source>Task</source>
   <translation>任务</translation>
  </message>
  <message>
   <source>The best model within some minutes</source>
   <translation>限时内的最佳模型</translation>
  </message>
  <message>
   <source>What the best model shall do</source>
   <translation>最佳模型要完成的任务</translation>
  </message>
  <message>
   <source>as labelled</source>
   <translation>按标注类型</translation>
  </message>
 </context>
 <context>
  <name>CalibrateDialog</name>
  <message>
   <source>For this image only</source>
   <translation>仅用于本图像</translation>
  </message>
  <message>
   <source>Forget</source>
   <translation>忘记</translation>
  </message>
  <message>
   <source>Its true length</source>
   <translation>实际长度</translation>
  </message>
  <message>
   <source>Lengths are given in pixels again</source>
   <translation>长度重新以像素表示</translation>
  </message>
  <message>
   <source>Size of a pixel</source>
   <translation>像素尺寸</translation>
  </message>
  <message>
   <source>The measured line is {0} px long.</source>
   <translation>测得的线长 {0} px。</translation>
  </message>
  <message>
   <source>To calibrate by a known length, measure it first (F9); or type the size of a pixel.</source>
   <translation>要按已知长度标定，请先测量 (F9)；或直接输入像素尺寸。</translation>
  </message>
 </context>
 <context>
  <name>CardDialog</name>
  <message>
   <source>Choose…</source>
   <translation>选择…</translation>
  </message>
  <message>
   <source>Figures of groups</source>
   <translation>分组指标</translation>
  </message>
  <message>
   <source>File of expectations</source>
   <translation>验收要求文件</translation>
  </message>
  <message>
   <source>Held against a file of expectations</source>
   <translation>对照期望文件检查</translation>
  </message>
  <message>
   <source>Intended use</source>
   <translation>预期用途</translation>
  </message>
  <message>
   <source>Limits</source>
   <translation>限制</translation>
  </message>
  <message>
   <source>Model card of {}</source>
   <translation>{} 的模型卡</translation>
  </message>
  <message>
   <source>None</source>
   <translation>无</translation>
  </message>
  <message>
   <source>One SQL expression a line, such as width &gt; 600 or metadata-&gt;&gt;'lot'</source>
   <translation>每行一个 SQL 表达式，如 width &gt; 600 或 metadata-&gt;&gt;'lot'</translation>
  </message>
  <message>
   <source>One file with all that was measured of this model, and what was not. What you say here is kept with the model.</source>
   <translation>一个文件，包含该模型已测量的全部内容以及尚未测量的内容。此处填写的内容随模型保存。</translation>
  </message>
  <message>
   <source>Where it must not be used, and when it must be measured again</source>
   <translation>哪些场合不得使用，何时必须重新测量</translation>
  </message>
  <message>
   <source>Which parts, which station, which camera and light</source>
   <translation>哪些零件、哪个工位、何种相机与光源</translation>
  </message>
  <message>
   <source>Write the card…</source>
   <translation>生成模型卡…</translation>
  </message>
 </context>
 <context>
  <name>CertaintyTab</name>
  <message>
   <source>A bad item gets a higher score than a good one in {0} of all pairs (AUROC; 95 %: {1} … {2}).</source>
   <translation>不良样本得分高于良品样本的比例为 {0}（AUROC；95 %：{1} … {2}）。</translation>
  </message>
  <message>
   <source>Nothing was reported, so there is nothing to believe.</source>
   <translation>模型没有报告任何结果，无法判断置信度是否可信。</translation>
  </message>
  <message>
   <source>On average the score is {} off the share that is right (expected calibration error).</source>
   <translation>置信度与实际正确率平均相差 {}（期望校准误差）。</translation>
  </message>
  <message>
   <source>To tell bad items from good ones the split needs both (for classification and tables: a label “good”).</source>
   <translation>要区分不良与良品，数据中需要两者都有（分类与表格任务需要“良品”标签）。</translation>
  </message>
  <message>
   <source>Wrong answers by score</source>
   <translation>各置信度下的错误</translation>
  </message>
  <message>
   <source>Wrong answers by the score that the model gave them; a click shows their items.</source>
   <translation>按模型给出的置信度统计错误；点击查看样本。</translation>
  </message>
  <message>
   <source>Wrong at scores from {}</source>
   <translation>置信度 {} 起的错误</translation>
  </message>
  <message>
   <source>as often as it says</source>
   <translation>与置信度一致</translation>
  </message>
  <message>
   <source>bad found over good rejected</source>
   <translation>不良检出率 / 良品误拒率</translation>
  </message>
  <message>
   <source>by chance</source>
   <translation>随机水平</translation>
  </message>
  <message>
   <source>is right</source>
   <translation>实际正确率</translation>
  </message>
  <message>
   <source>{0} of {1}</source>
   <translation>{0} 个错误，共 {1} 个</translation>
  </message>
 </context>
 <context>
  <name>ChecksTab</name>
  <message>
   <source>A TOML file of expectations: least figures, latency, disturbances, no regressions</source>
   <translation>TOML 格式的验收要求：指标下限、延迟、抗干扰、不得退步</translation>
  </message>
  <message>
   <source>Asked</source>
   <translation>要求</translation>
  </message>
  <message>
   <source>Check against a file…</source>
   <translation>按文件检查…</translation>
  </message>
  <message>
   <source>Evaluation</source>
   <translation>评估</translation>
  </message>
  <message>
   <source>Expectations</source>
   <translation>验收要求</translation>
  </message>
  <message>
   <source>File of expectations</source>
   <translation>验收要求文件</translation>
  </message>
  <message>
   <source>Found</source>
   <translation>实测</translation>
  </message>
  <message>
   <source>Items with more mistakes</source>
   <translation>错误变多的样本</translation>
  </message>
  <message>
   <source>Latency, ms</source>
   <translation>延迟（毫秒）</translation>
  </message>
  <message>
   <source>Only what was measured already counts here; lineside check measures the rest, and ends with 1 on a failure.</source>
   <translation>这里只看已经测过的结果；lineside check 会补测其余部分，不达标时以 1 结束。</translation>
  </message>
  <message>
   <source>What</source>
   <translation>项目</translation>
  </message>
  <message>
   <source>Why</source>
   <translation>原因</translation>
  </message>
  <message>
   <source>Write down what a model must do before it is released, and check it by one click.</source>
   <translation>把模型发布前必须达到的要求写成文件，一键检查。</translation>
  </message>
  <message>
   <source>at least {}</source>
   <translation>至少 {}</translation>
  </message>
  <message>
   <source>at most {}</source>
   <translation>至多 {}</translation>
  </message>
  <message>
   <source>breaks at {}</source>
   <translation>在 {} 处失效</translation>
  </message>
  <message>
   <source>holds to {}</source>
   <translation>可承受至 {}</translation>
  </message>
  <message>
   <source>met</source>
   <translation>达标</translation>
  </message>
  <message>
   <source>no bad item to judge by; allow it with good_alone = true</source>
   <translation>没有不良样本可供判断；可用 good_alone = true 允许</translation>
  </message>
  <message>
   <source>not measured yet</source>
   <translation>尚未测量</translation>
  </message>
  <message>
   <source>not met</source>
   <translation>不达标</translation>
  </message>
  <message>
   <source>this split cannot tell</source>
   <translation>该部分数据无法判断</translation>
  </message>
  <message>
   <source>worse by at most {}</source>
   <translation>退步至多 {}</translation>
  </message>
  <message>
   <source>{0}: all {2} expectations met.</source>
   <translation>{0}：全部 {2} 项要求达标。</translation>
  </message>
  <message>
   <source>{0}: {1} of {2} expectations not met.</source>
   <translation>{0}：{2} 项要求中有 {1} 项不达标。</translation>
  </message>
 </context>
 <context>
  <name>CodePanel</name>
  <message>
   <source> (and {0} more)</source>
   <translation>（另有 {0} 处）</translation>
  </message>
  <message>
   <source>Back to the code of the drawing</source>
   <translation>恢复为图所对应的代码</translation>
  </message>
  <message>
   <source>Change the code here; the drawing follows</source>
   <translation>在此修改代码，图随之改变</translation>
  </message>
  <message>
   <source>Code</source>
   <translation>代码</translation>
  </message>
  <message>
   <source>Code of the model</source>
   <translation>模型代码</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>复制</translation>
  </message>
  <message>
   <source>Discard</source>
   <translation>放弃</translation>
  </message>
  <message>
   <source>Draw what the code says (Ctrl+Return)</source>
   <translation>按代码重画（Ctrl+Return）</translation>
  </message>
  <message>
   <source>Edit</source>
   <translation>编辑</translation>
  </message>
  <message>
   <source>Hide</source>
   <translation>隐藏</translation>
  </message>
  <message>
   <source>Show</source>
   <translation>显示</translation>
  </message>
  <message>
   <source>Take over</source>
   <translation>应用</translation>
  </message>
  <message>
   <source>The drawing cannot say {0}{1}</source>
   <translation>图无法表达 {0}{1}</translation>
  </message>
  <message>
   <source>The drawing was changed meanwhile; taking over puts the code in its place.</source>
   <translation>图在此期间已被修改；应用后将以代码为准。</translation>
  </message>
  <message>
   <source>all of it can be drawn</source>
   <translation>全部可以画出</translation>
  </message>
  <message>
   <source>is what runs: written from the drawing</source>
   <translation>即实际运行的内容：由图生成</translation>
  </message>
  <message>
   <source>line {0}: {1}</source>
   <translation>第 {0} 行：{1}</translation>
  </message>
  <message>
   <source>of the last drawing without errors</source>
   <translation>来自最近一次无错误的图</translation>
  </message>
 </context>
 <context>
  <name>CollectCard</name>
  <message>
   <source>Asking the target what it has</source>
   <translation>正在查看目标上已有的内容</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Collect from {}</source>
   <translation>从 {} 取回</translation>
  </message>
  <message>
   <source>It kept nothing new.</source>
   <translation>没有保留新的内容。</translation>
  </message>
  <message>
   <source>Open the labelling queue</source>
   <translation>打开标注队列</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>进度</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
  <message>
   <source>Stopped. What came stays; the next collect goes on from there.</source>
   <translation>已停止。已取回的会保留，下次从那里继续。</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>重试</translation>
  </message>
  <message>
   <source>What came stays; the next collect goes on from there</source>
   <translation>已取回的会保留，下次从那里继续</translation>
  </message>
  <message>
   <source>corrected, for review: {}</source>
   <translation>已纠正、待审核 {} 张</translation>
  </message>
  <message>
   <source>in the queue: {}</source>
   <translation>进入队列 {} 张</translation>
  </message>
  <message>
   <source>known already: {}</source>
   <translation>已有 {} 张</translation>
  </message>
  <message>
   <source>new images: {}</source>
   <translation>新图像 {} 张</translation>
  </message>
  <message>
   <source>suggestions: {}</source>
   <translation>建议 {} 条</translation>
  </message>
  <message>
   <source>without an image: {}</source>
   <translation>没有图像 {} 条</translation>
  </message>
  <message>
   <source>… and {} more</source>
   <translation>……还有 {} 条</translation>
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
   <source>Python console</source>
   <translation>Python 控制台</translation>
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
  <name>CommentPanel</name>
  <message>
   <source>Answer</source>
   <translation>回复</translation>
  </message>
  <message>
   <source>Comment</source>
   <translation>评论</translation>
  </message>
  <message>
   <source>Comment at this place</source>
   <translation>评论此处</translation>
  </message>
  <message>
   <source>Comment on the whole image</source>
   <translation>评论整张图像</translation>
  </message>
  <message>
   <source>Comments</source>
   <translation>评论</translation>
  </message>
  <message>
   <source>Done with</source>
   <translation>已处理</translation>
  </message>
  <message>
   <source>Enter; Shift+Enter begins a new line</source>
   <translation>Enter 发送；Shift+Enter 换行</translation>
  </message>
  <message>
   <source>No comments yet. Press {0} over a place to pin one there.</source>
   <translation>还没有评论。把指针移到某处按 {0} 即可钉上评论。</translation>
  </message>
  <message>
   <source>Open again</source>
   <translation>重新打开</translation>
  </message>
  <message>
   <source>Reject</source>
   <translation>退回</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>What is wrong? Needed to reject the image.</source>
   <translation>哪里不对？退回图像必须说明。</translation>
  </message>
  <message>
   <source>done</source>
   <translation>已处理</translation>
  </message>
 </context>
 <context>
  <name>CompareTab</name>
  <message>
   <source>95 % of it</source>
   <translation>差异的 95 % 区间</translation>
  </message>
  <message>
   <source>A real difference (p = {0}): {1} items are right with {2} only, {3} with {4} only.</source>
   <translation>差异真实存在（p = {0}）：{1} 个样本只有 {2} 判断正确，{3} 个只有 {4} 判断正确。</translation>
  </message>
  <message>
   <source>Against</source>
   <translation>对比</translation>
  </message>
  <message>
   <source>Better than with {}</source>
   <translation>比 {} 好的样本</translation>
  </message>
  <message>
   <source>Difference</source>
   <translation>差异</translation>
  </message>
  <message>
   <source>Figure</source>
   <translation>指标</translation>
  </message>
  <message>
   <source>Figures of both models</source>
   <translation>两个模型的指标</translation>
  </message>
  <message>
   <source>Model to compare with</source>
   <translation>用来对比的模型</translation>
  </message>
  <message>
   <source>No other model was evaluated on these items yet; evaluate one, and choose it here to compare.</source>
   <translation>还没有其他模型在这些样本上评估过；先评估一个，再在这里选择它进行对比。</translation>
  </message>
  <message>
   <source>Right: the item {}. McNemar’s exact test; intervals by drawing the same items for both.</source>
   <translation>判断正确指：样本{}。McNemar 精确检验；区间由对两个模型抽取相同样本得出。</translation>
  </message>
  <message>
   <source>The difference may be chance (p = {0}): {1} items are right with {2} only, {3} with {4} only.</source>
   <translation>差异可能是偶然（p = {0}）：{1} 个样本只有 {2} 判断正确，{3} 个只有 {4} 判断正确。</translation>
  </message>
  <message>
   <source>Worse than with {}</source>
   <translation>比 {} 差的样本</translation>
  </message>
  <message>
   <source>better</source>
   <translation>变好</translation>
  </message>
  <message>
   <source>has all its labels right</source>
   <translation>的标签全部正确</translation>
  </message>
  <message>
   <source>has its true label</source>
   <translation>得到真实标签</translation>
  </message>
  <message>
   <source>has nothing missed, mislabelled or falsely reported</source>
   <translation>没有漏检、错标或误报</translation>
  </message>
  <message>
   <source>is judged good or bad as it is</source>
   <translation>的好坏判定正确</translation>
  </message>
  <message>
   <source>may be chance</source>
   <translation>可能是偶然</translation>
  </message>
  <message>
   <source>worse</source>
   <translation>变差</translation>
  </message>
  <message>
   <source>{0} items had other labels when {1} was evaluated.</source>
   <translation>评估 {1} 时，有 {0} 个样本的标注与现在不同。</translation>
  </message>
  <message>
   <source>{} items got better</source>
   <translation>{} 个样本变好</translation>
  </message>
  <message>
   <source>{} items got worse</source>
   <translation>{} 个样本变差</translation>
  </message>
  <message>
   <source>{} items that only one of them saw are left out.</source>
   <translation>只有其中一个模型看过的 {} 个样本未计入。</translation>
  </message>
 </context>
 <context>
  <name>Comparison</name>
  <message>
   <source>Both say the same model.</source>
   <translation>两者描述的是同一个模型。</translation>
  </message>
  <message>
   <source>Compared with “{}”</source>
   <translation>与“{}”比较</translation>
  </message>
  <message>
   <source>Differences</source>
   <translation>差异</translation>
  </message>
  <message>
   <source>End the comparison</source>
   <translation>结束比较</translation>
  </message>
  <message>
   <source>Only in “{}”</source>
   <translation>仅存在于“{}”</translation>
  </message>
  <message>
   <source>Task: {0} → {1}</source>
   <translation>任务：{0} → {1}</translation>
  </message>
  <message>
   <source>{} changed</source>
   <translation>{} 处更改</translation>
  </message>
  <message>
   <source>{} connections differ</source>
   <translation>{} 条连线不同</translation>
  </message>
  <message>
   <source>{} only here</source>
   <translation>{} 个仅在此图</translation>
  </message>
  <message>
   <source>{} only there</source>
   <translation>{} 个仅在对方</translation>
  </message>
 </context>
 <context>
  <name>ConflictsPart</name>
  <message>
   <source>Both</source>
   <translation>都保留</translation>
  </message>
  <message>
   <source>Conflict: keep both versions</source>
   <translation>冲突:两个版本都保留</translation>
  </message>
  <message>
   <source>Conflict: take the other version</source>
   <translation>冲突:采用对方的版本</translation>
  </message>
  <message>
   <source>Conflict: take the version of here</source>
   <translation>冲突:采用本机的版本</translation>
  </message>
  <message>
   <source>Conflicts {0}</source>
   <translation>冲突 {0}</translation>
  </message>
  <message>
   <source>Keep both, as two shapes (Ctrl+Alt+3)</source>
   <translation>两个都保留,成为两个形状(Ctrl+Alt+3)</translation>
  </message>
  <message>
   <source>Next</source>
   <translation>下一个</translation>
  </message>
  <message>
   <source>Next conflict</source>
   <translation>下一个冲突</translation>
  </message>
  <message>
   <source>Next conflict, on this image or another (Alt+C)</source>
   <translation>下一个冲突,在本样本或其他样本上(Alt+C)</translation>
  </message>
  <message>
   <source>Other images have shapes that two people changed differently.</source>
   <translation>其他样本上有两人改得不一样的形状。</translation>
  </message>
  <message>
   <source>Settle conflict</source>
   <translation>解决冲突</translation>
  </message>
  <message>
   <source>Take this version (Ctrl+Alt+{0})</source>
   <translation>采用此版本(Ctrl+Alt+{0})</translation>
  </message>
  <message>
   <source>Two people changed this shape differently. Which one is right?</source>
   <translation>两个人对这个形状做了不同的修改。哪个是对的?</translation>
  </message>
  <message>
   <source>removed by {0}</source>
   <translation>已被 {0} 删除</translation>
  </message>
  <message>
   <source>{0}: mine</source>
   <translation>{0}:我的</translation>
  </message>
  <message>
   <source>{0}: {1}</source>
   <translation>{0}:{1}</translation>
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
  <name>ConsensusDialog</name>
  <message>
   <source>A shape counts when</source>
   <translation>形状有效的条件</translation>
  </message>
  <message>
   <source>Consensus</source>
   <translation>共识</translation>
  </message>
  <message>
   <source>Leave the annotations that the images have</source>
   <translation>保留图像已有的标注</translation>
  </message>
  <message>
   <source>Make annotations</source>
   <translation>生成标注</translation>
  </message>
  <message>
   <source>Same thing from this IoU on</source>
   <translation>IoU 达到多少视为同一处</translation>
  </message>
  <message>
   <source>Shapes of different people that overlap are taken as one thing. One undo takes all back.</source>
   <translation>不同人的重叠形状视为同一处。撤销一次即可全部恢复。</translation>
  </message>
  <message>
   <source>Votes</source>
   <translation>票数</translation>
  </message>
  <message>
   <source>all drew it</source>
   <translation>所有人都画了它</translation>
  </message>
  <message>
   <source>at least so many drew it:</source>
   <translation>至少这么多人画了它：</translation>
  </message>
  <message>
   <source>more than half drew it</source>
   <translation>超过半数画了它</translation>
  </message>
  <message>
   <source>more than half, weighted by how far each agrees with the others</source>
   <translation>超过半数，按各人与他人的一致程度加权</translation>
  </message>
  <message>
   <source>one drew it</source>
   <translation>有一人画了它</translation>
  </message>
 </context>
 <context>
  <name>ConsolePanel</name>
  <message>
   <source>Begin with a new process; names that were given are gone</source>
   <translation>用新进程重新开始；已定义的名称会丢失</translation>
  </message>
  <message>
   <source>Close the console</source>
   <translation>关闭控制台</translation>
  </message>
  <message>
   <source>Close the console; its process goes on (Ctrl+`)</source>
   <translation>关闭控制台；其进程继续运行（Ctrl+`）</translation>
  </message>
  <message>
   <source>Console</source>
   <translation>控制台</translation>
  </message>
  <message>
   <source>Interrupt</source>
   <translation>中断</translation>
  </message>
  <message>
   <source>Python console</source>
   <translation>Python 控制台</translation>
  </message>
  <message>
   <source>Restart</source>
   <translation>重启</translation>
  </message>
  <message>
   <source>Restarted: names that were given are gone.</source>
   <translation>已重启：之前定义的名称已丢失。</translation>
  </message>
  <message>
   <source>Stop what is being computed (Ctrl+C in the console)</source>
   <translation>停止正在进行的计算（控制台中按 Ctrl+C）</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>重试</translation>
  </message>
  <message>
   <source>does not answer for {seconds} s; interrupt it, or restart it</source>
   <translation>已 {seconds} 秒无响应；请中断或重启</translation>
  </message>
  <message>
   <source>its process has ended ({how}); names that were given are gone, the workspace is as it was</source>
   <translation>其进程已结束（{how}）；已定义的名称已丢失，工作区未受影响</translation>
  </message>
  <message>
   <source>ready: reads the workspace, changes nothing</source>
   <translation>就绪：只读取工作区，不做任何更改</translation>
  </message>
  <message>
   <source>starts…</source>
   <translation>正在启动…</translation>
  </message>
  <message>
   <source>works</source>
   <translation>运行中</translation>
  </message>
  <message>
   <source>works for {seconds} s</source>
   <translation>已运行 {seconds} 秒</translation>
  </message>
  <message>
   <source>ws reads this workspace: ws.versions(), ws.items(), ws.annotations(), ws.runs(), ws.metrics(run), ws.models(),
ws.answers(model), ws.sql(…), ws.image(key); nothing is changed by it. train(graph, version) and %%train give
trainings to the queue. Tab completes, name? explains. Plots: import matplotlib.pyplot as plt</source>
   <translation>ws 读取本工作区：ws.versions()、ws.items()、ws.annotations()、ws.runs()、ws.metrics(run)、ws.models()、
ws.answers(model)、ws.sql(…)、ws.image(key)，不会更改任何内容。train(graph, version) 和 %%train 把训练
提交到队列。Tab 补全，名称加 ? 查看说明。绘图：import matplotlib.pyplot as plt</translation>
  </message>
 </context>
 <context>
  <name>ConsoleWords</name>
  <message>
   <source>%%train does not know {}; write %%train VERSION --name NAME --seed 0.</source>
   <translation>%%train 不认识 {}；请写 %%train VERSION --name NAME --seed 0。</translation>
  </message>
  <message>
   <source>%%train: {}; write %%train VERSION --name NAME --seed 0.</source>
   <translation>%%train：{}；请写 %%train VERSION --name NAME --seed 0。</translation>
  </message>
  <message>
   <source>A file of the workspace has {} in the place of a {}.</source>
   <translation>工作区的一个文件中写着 {}，此处应为 {}。</translation>
  </message>
  <message>
   <source>Other values are for a drawn graph; change the numbers in the file instead.</source>
   <translation>只有绘制的图才能另给参数值；请直接修改文件中的数值。</translation>
  </message>
  <message>
   <source>The console needs “{}”, which is not installed.</source>
   <translation>控制台需要“{}”，但尚未安装。</translation>
  </message>
  <message>
   <source>The graph has schema {}; this program reads schema {}. Update the program.</source>
   <translation>该图的格式版本为 {}；本程序读取版本 {}。请更新程序。</translation>
  </message>
  <message>
   <source>The graph “{}” cannot be used yet: {}</source>
   <translation>图“{}”还不能使用：{}</translation>
  </message>
  <message>
   <source>The graph “{}” has no node “{}”; it has {}.</source>
   <translation>图“{}”没有节点“{}”；现有：{}。</translation>
  </message>
  <message>
   <source>The model graph cannot be read: {}.</source>
   <translation>无法读取模型图：{}。</translation>
  </message>
  <message>
   <source>The model graph is not valid JSON: {}.</source>
   <translation>模型图不是有效的 JSON：{}。</translation>
  </message>
  <message>
   <source>The version has no item whose {} is {}; ws.items() lists them.</source>
   <translation>该版本中没有 {} 为 {} 的图像；可用 ws.items() 列出。</translation>
  </message>
  <message>
   <source>The version “{}” holds images and is no table; ask ws.items(…) for it.</source>
   <translation>版本“{}”包含图像，不是表格；请用 ws.items(…) 读取。</translation>
  </message>
  <message>
   <source>The version “{}” is a table and has no images; ask ws.rows(…) for it.</source>
   <translation>版本“{}”是表格，没有图像；请用 ws.rows(…) 读取。</translation>
  </message>
  <message>
   <source>There are no “{}” of an evaluation; choose one of {}.</source>
   <translation>评估中没有“{}”；请选择：{}。</translation>
  </message>
  <message>
   <source>There is a model graph “{}” already; choose another name.</source>
   <translation>已有模型图“{}”；请换一个名称。</translation>
  </message>
  <message>
   <source>There is more than one {} “{}”; ws.{}s() lists them.</source>
   <translation>有多个 {} “{}”；可用 ws.{}s() 列出。</translation>
  </message>
  <message>
   <source>There is no file {}.</source>
   <translation>没有文件 {}。</translation>
  </message>
  <message>
   <source>There is no model graph “{}”; there are: none yet.</source>
   <translation>没有模型图“{}”；还没有任何模型图。</translation>
  </message>
  <message>
   <source>There is no model graph “{}”; there are: {}.</source>
   <translation>没有模型图“{}”；现有：{}。</translation>
  </message>
  <message>
   <source>There is no version “{}”; there are: none yet.</source>
   <translation>没有数据版本“{}”；还没有任何版本。</translation>
  </message>
  <message>
   <source>There is no version “{}”; there are: {}.</source>
   <translation>没有数据版本“{}”；现有：{}。</translation>
  </message>
  <message>
   <source>There is no version “{}”; ws.versions() lists them.</source>
   <translation>没有数据版本“{}”；可用 ws.versions() 列出。</translation>
  </message>
  <message>
   <source>There is no {} yet; ws.{}s() lists them.</source>
   <translation>还没有 {}；可用 ws.{}s() 列出。</translation>
  </message>
  <message>
   <source>There is no {} “{}”; ws.{}s() lists them.</source>
   <translation>没有 {} “{}”；可用 ws.{}s() 列出。</translation>
  </message>
  <message>
   <source>This is not a model graph: it has no list “nodes”.</source>
   <translation>这不是模型图：缺少列表“nodes”。</translation>
  </message>
  <message>
   <source>the cell does not say what it learns; write TASK = one of {}.</source>
   <translation>单元格没有说明要学习什么；请写 TASK = 以下之一：{}。</translation>
  </message>
  <message>
   <source>the cell, line {}: this is not Python: {}.</source>
   <translation>单元格第 {} 行：这不是 Python：{}。</translation>
  </message>
  <message>
   <source>{} does not say what it learns; write TASK = one of {}.</source>
   <translation>{} 没有说明要学习什么；请写 TASK = 以下之一：{}。</translation>
  </message>
  <message>
   <source>{} is not text in UTF-8.</source>
   <translation>{} 不是 UTF-8 文本。</translation>
  </message>
  <message>
   <source>{} is not text in UTF-8: {}.</source>
   <translation>{} 不是 UTF-8 文本：{}。</translation>
  </message>
  <message>
   <source>{}, line {}: this is not Python: {}.</source>
   <translation>{} 第 {} 行：这不是 Python：{}。</translation>
  </message>
  <message>
   <source>{}={}: input should be a valid integer, unable to parse string as an integer.</source>
   <translation>{}={}：应为整数。</translation>
  </message>
  <message>
   <source>{}={}: input should be a valid number, unable to parse string as a number.</source>
   <translation>{}={}：应为数字。</translation>
  </message>
  <message>
   <source>{}={}: input should be greater than or equal to {}.</source>
   <translation>{}={}：应不小于 {}。</translation>
  </message>
  <message>
   <source>{}={}: input should be greater than {}.</source>
   <translation>{}={}：应大于 {}。</translation>
  </message>
  <message>
   <source>{}={}: input should be less than or equal to {}.</source>
   <translation>{}={}：应不大于 {}。</translation>
  </message>
  <message>
   <source>{}={}: input should be less than {}.</source>
   <translation>{}={}：应小于 {}。</translation>
  </message>
  <message>
   <source>{}={}: input should be {}.</source>
   <translation>{}={}：应为 {}。</translation>
  </message>
  <message>
   <source>“{}” cannot be the name of a graph; use letters, digits, spaces, - and _.</source>
   <translation>“{}”不能作为图的名称；请使用字母、数字、空格、- 和 _。</translation>
  </message>
  <message>
   <source>“{}” does not name a parameter; write node.parameter=value, as in train.steps=500.</source>
   <translation>“{}”没有指明参数；请写 节点.参数=值，如 train.steps=500。</translation>
  </message>
  <message>
   <source>“{}” has no parameter “{}”; it has {}.</source>
   <translation>“{}”没有参数“{}”；现有：{}。</translation>
  </message>
 </context>
 <context>
  <name>CostCard</name>
  <message>
   <source>A bad part that passes as good (missed)</source>
   <translation>不良件被当作良品放过（漏检）</translation>
  </message>
  <message>
   <source>A good part that is rejected</source>
   <translation>良品被拒收（过杀）</translation>
  </message>
  <message>
   <source>A miss costs</source>
   <translation>一次漏检成本</translation>
  </message>
  <message>
   <source>At the cheapest no good one was rejected: of so few up to {} may still be (95 %).</source>
   <translation>最省阈值下未见过杀：良品如此之少，实际仍可能过杀至多 {}（95 %）。</translation>
  </message>
  <message>
   <source>At the cheapest none was missed: of so few up to {} may still be (95 %).</source>
   <translation>最省阈值下未见漏检：样本如此之少，实际仍可能漏掉至多 {}（95 %）。</translation>
  </message>
  <message>
   <source>At {0}: {1} missed, {2} falsely rejected</source>
   <translation>阈值 {0}：漏检 {1}，过杀 {2}</translation>
  </message>
  <message>
   <source>Bad parts seen</source>
   <translation>所见不良件</translation>
  </message>
  <message>
   <source>By label</source>
   <translation>按标签</translation>
  </message>
  <message>
   <source>Cheapest</source>
   <translation>最省</translation>
  </message>
  <message>
   <source>Cost over the threshold</source>
   <translation>成本随阈值的变化</translation>
  </message>
  <message>
   <source>Costs of mistakes</source>
   <translation>错误成本</translation>
  </message>
  <message>
   <source>Costs of one label can be changed here; empty: as of all</source>
   <translation>可在此修改单个标签的成本；留空：与整体相同</translation>
  </message>
  <message>
   <source>Currency</source>
   <translation>货币</translation>
  </message>
  <message>
   <source>In evaluations, exports and artifacts made from now on; what is there keeps its own</source>
   <translation>用于此后的评估、导出与制品；已有的保持原样</translation>
  </message>
  <message>
   <source>In use</source>
   <translation>当前</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Looked at</source>
   <translation>所看</translation>
  </message>
  <message>
   <source>Parts a shift</source>
   <translation>每班件数</translation>
  </message>
  <message>
   <source>Serve with {}</source>
   <translation>按 {} 提供服务</translation>
  </message>
  <message>
   <source>Share of bad parts that the line really makes; test images hold far more of them</source>
   <translation>产线实际的不良率；测试图像中的不良比例远高于此</translation>
  </message>
  <message>
   <source>Threshold</source>
   <translation>阈值</translation>
  </message>
  <message>
   <source>Threshold by cost</source>
   <translation>按成本选阈值</translation>
  </message>
  <message>
   <source>Threshold of a model</source>
   <translation>模型阈值</translation>
  </message>
  <message>
   <source>Thresholds by label</source>
   <translation>各标签的阈值</translation>
  </message>
  <message>
   <source>a click looks at a threshold and its items</source>
   <translation>点击查看某阈值及其样本</translation>
  </message>
  <message>
   <source>a false reject</source>
   <translation>一次过杀成本</translation>
  </message>
  <message>
   <source>as here</source>
   <translation>同测试集</translation>
  </message>
  <message>
   <source>of them bad</source>
   <translation>其中不良</translation>
  </message>
  <message>
   <source>shifts a day</source>
   <translation>每天班数</translation>
  </message>
  <message>
   <source>{0} of the parts bad; seen: {1} bad and {2} good.</source>
   <translation>不良率 {0}；所见不良 {1} 件、良品 {2} 件。</translation>
  </message>
  <message>
   <source>{0} reports from {1} on; evaluate and package it again.</source>
   <translation>{0} 今后从 {1} 起报告；请重新评估并打包。</translation>
  </message>
  <message>
   <source>{0} {1}: {2} a day ({3} to {4}); {5} bad parts pass, {6} good ones are rejected.</source>
   <translation>{0} {1}：每天 {2}（{3} 至 {4}）；漏检 {5} 件，过杀 {6} 件。</translation>
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
   <source>A table as a data version…</source>
   <translation>将表格建为数据版本…</translation>
  </message>
  <message>
   <source>All images on a map: what looks alike lies together</source>
   <translation>图谱中的所有图像：相似的聚在一起</translation>
  </message>
  <message>
   <source>Ask with SQL</source>
   <translation>用 SQL 查询</translation>
  </message>
  <message>
   <source>Assign the chosen images to people</source>
   <translation>把所选图像分配给人员</translation>
  </message>
  <message>
   <source>Blind round on the chosen images</source>
   <translation>对所选图像进行盲标</translation>
  </message>
  <message>
   <source>Bring in a folder of images, with or without labels (COCO, VOC, YOLO, LabelMe, Label Studio, CSV, masks), or a table (CSV, TSV, Parquet), or drop it here.</source>
   <translation>导入带或不带标注的图像文件夹（COCO、VOC、YOLO、LabelMe、Label Studio、CSV、掩码），或表格（CSV、TSV、Parquet），也可直接拖到此处。</translation>
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
   <source>Label it</source>
   <translation>标注</translation>
  </message>
  <message>
   <source>Map</source>
   <translation>图谱</translation>
  </message>
  <message>
   <source>Map of the images</source>
   <translation>图像图谱</translation>
  </message>
  <message>
   <source>More images like this one</source>
   <translation>查找相似图像</translation>
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
   <source>Progress, suspicious labels, agreement of people, report of the data</source>
   <translation>进度、可疑标注、人员一致性、数据报告</translation>
  </message>
  <message>
   <source>Quality</source>
   <translation>质量</translation>
  </message>
  <message>
   <source>Quality: progress, suspicious labels, agreement</source>
   <translation>质量：进度、可疑标注、一致性</translation>
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
   <source>Version {name} holds {count} rows.</source>
   <translation>版本 {name} 含 {count} 行。</translation>
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
  <name>DeployDialog</name>
  <message>
   <source>99 of 100 images: precisions and threads are measured on the target first, and the most accurate that is in time is deployed</source>
   <translation>100 张中的 99 张：先在目标上测量各种精度和线程数，再部署来得及的之中最准确的一个</translation>
  </message>
  <message>
   <source>A folder, a version, or “recorded”: what releases there kept</source>
   <translation>文件夹、数据版本，或 recorded：那里的发布保留的图像</translation>
  </message>
  <message>
   <source>Artifact</source>
   <translation>制品</translation>
  </message>
  <message>
   <source>Choose a file…</source>
   <translation>选择文件…</translation>
  </message>
  <message>
   <source>Choose a pipeline</source>
   <translation>选择流水线</translation>
  </message>
  <message>
   <source>Deploy</source>
   <translation>部署</translation>
  </message>
  <message>
   <source>Images to measure with</source>
   <translation>用于测量的图像</translation>
  </message>
  <message>
   <source>It fits.</source>
   <translation>适合。</translation>
  </message>
  <message>
   <source>It starts beside what runs there, and takes over once it is ready.</source>
   <translation>新版本先与现有版本并行启动，就绪后再接管。</translation>
  </message>
  <message>
   <source>Must answer within (p99)</source>
   <translation>须在此时间内应答（p99）</translation>
  </message>
  <message>
   <source>None</source>
   <translation>无</translation>
  </message>
  <message>
   <source>Pipeline</source>
   <translation>流水线</translation>
  </message>
  <message>
   <source>Pipelines</source>
   <translation>流水线</translation>
  </message>
  <message>
   <source>Target</source>
   <translation>目标</translation>
  </message>
  <message>
   <source>The release takes pictures itself, judges them, and tells the line’s machines; see docs/pipelines.md</source>
   <translation>发布自行取图、判定，并通知产线上的设备；见 docs/pipelines.md</translation>
  </message>
  <message>
   <source>any time</source>
   <translation>不限</translation>
  </message>
  <message>
   <source>those of the model's version</source>
   <translation>模型所用数据版本的图像</translation>
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
   <source>Go to Evaluate</source>
   <translation>前往评估</translation>
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
   <source>Save the artifact</source>
   <translation>保存制品</translation>
  </message>
  <message>
   <source>Saved as {}; load it with: docker load -i {}</source>
   <translation>已保存为 {}；载入命令：docker load -i {}</translation>
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
   <source>Locked shapes stay as they are; Ctrl+Shift+L unlocks them.</source>
   <translation>锁定的形状保持不变；Ctrl+Shift+L 解锁。</translation>
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
  <name>ErrorsTab</name>
  <message>
   <source>A box on sound background: a false reject</source>
   <translation>框在完好的背景上：过杀</translation>
  </message>
  <message>
   <source>A box that fits badly, with another label</source>
   <translation>框不准，且标签错误</translation>
  </message>
  <message>
   <source>A second box for what a surer one stands for (duplicate)</source>
   <translation>同一缺陷被再次报告（重复）</translation>
  </message>
  <message>
   <source>A true object that no box is about</source>
   <translation>没有任何框对应的真实缺陷</translation>
  </message>
  <message>
   <source>How much mAP@.5 would gain if one kind of mistake were mended; a click shows its images. After TIDE.</source>
   <translation>如果消除某一类错误，mAP@.5 能提高多少；点击查看图像。方法见 TIDE。</translation>
  </message>
  <message>
   <source>In the right place, with another label (classification)</source>
   <translation>位置正确，标签错误（分类）</translation>
  </message>
  <message>
   <source>Kinds of mistake</source>
   <translation>错误类型</translation>
  </message>
  <message>
   <source>Missed</source>
   <translation>漏检</translation>
  </message>
  <message>
   <source>Off the place</source>
   <translation>框不准</translation>
  </message>
  <message>
   <source>Off, and wrong label</source>
   <translation>框不准且标签错误</translation>
  </message>
  <message>
   <source>Reported twice</source>
   <translation>重复报告</translation>
  </message>
  <message>
   <source>The right label, and a box that fits badly (localisation)</source>
   <translation>标签正确，但框不准（定位）</translation>
  </message>
  <message>
   <source>Where nothing is</source>
   <translation>无缺陷处误报</translation>
  </message>
  <message>
   <source>Wrong label</source>
   <translation>标签错误</translation>
  </message>
  <message>
   <source>{0} × · +{1} mAP</source>
   <translation>{0} 次 · +{1} mAP</translation>
  </message>
 </context>
 <context>
  <name>EvaluationPage</name>
  <message>
   <source>Certainty</source>
   <translation>置信度</translation>
  </message>
  <message>
   <source>Checks</source>
   <translation>验收</translation>
  </message>
  <message>
   <source>Compare</source>
   <translation>对比</translation>
  </message>
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
   <source>Groups</source>
   <translation>分组</translation>
  </message>
  <message>
   <source>Items</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Kinds of mistake</source>
   <translation>错误类型</translation>
  </message>
  <message>
   <source>Labels, each by itself</source>
   <translation>各标签分别统计</translation>
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
   <source>Model card of {}</source>
   <translation>{} 的模型卡</translation>
  </message>
  <message>
   <source>Model card…</source>
   <translation>模型卡…</translation>
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
   <source>Open</source>
   <translation>打开</translation>
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
   <source>Points</source>
   <translation>关键点</translation>
  </message>
  <message>
   <source>Precision over recall</source>
   <translation>精确率–召回率曲线</translation>
  </message>
  <message>
   <source>Robustness</source>
   <translation>稳健性</translation>
  </message>
  <message>
   <source>Robustness of {}</source>
   <translation>{} 的稳健性</translation>
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
   <source>Write all that is known of the model as one page or PDF, for an auditor</source>
   <translation>把该模型的全部已知信息写成一页网页或 PDF，供审核</translation>
  </message>
  <message>
   <source>Write the model as ONNX and OpenVINO in FP32, BF16 and INT8, and measure each</source>
   <translation>把模型写为 ONNX 与 OpenVINO（FP32、BF16、INT8），并逐一测量</translation>
  </message>
  <message>
   <source>Wrote {}.</source>
   <translation>已写入 {}。</translation>
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
   <source>click a number to see its items</source>
   <translation>点击数字查看对应样本</translation>
  </message>
  <message>
   <source>click: why; double click opens the item in Label; dashed: true, solid: predicted</source>
   <translation>单击：看原因；双击：在“标注”中打开样本；虚线：真实，实线：预测</translation>
  </message>
  <message>
   <source>on {1}, {2}, {3} items</source>
   <translation>数据 {1}，{2}，{3} 个样本</translation>
  </message>
  <message>
   <source>rows of a table have no pictures; each row's result is in items.parquet of the evaluation</source>
   <translation>表格的行没有图像；每一行的结果保存在评估的 items.parquet 中</translation>
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
   <source>{}, rightly not said</source>
   <translation>{}：正确地未报告</translation>
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
   <translation>项目</translation>
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
   <source>Calibration error</source>
   <translation>校准误差</translation>
  </message>
  <message>
   <source>Cost of errors a day</source>
   <translation>每天的错误成本</translation>
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
   <source>How far the probabilities are off the share that came true, on average</source>
   <translation>给出的概率与实际发生比例之间的平均偏差</translation>
  </message>
  <message>
   <source>How surprised the model is by what came, on average; 0.69: no better than a coin</source>
   <translation>模型对实际结果的平均意外程度；0.69 相当于抛硬币</translation>
  </message>
  <message>
   <source>Log loss</source>
   <translation>对数损失</translation>
  </message>
  <message>
   <source>Missed</source>
   <translation>漏检</translation>
  </message>
  <message>
   <source>PCK@5 %: {0} · mean error of points: {1} px</source>
   <translation>PCK@5 %：{0} · 关键点平均偏差：{1} px</translation>
  </message>
  <message>
   <source>Share of the bad items that pass as good</source>
   <translation>被当作良品放行的不良样本比例</translation>
  </message>
  <message>
   <source>Share of the good items that are rejected</source>
   <translation>被误判为不良的良品样本比例</translation>
  </message>
  <message>
   <source>Share of the reported objects that are none (1 − precision)</source>
   <translation>报告的目标中并不存在的比例（1 − 精确率）</translation>
  </message>
  <message>
   <source>Share of the said labels that are wrong (1 − precision)</source>
   <translation>所报标签中错误的比例（1 − 精确率）</translation>
  </message>
  <message>
   <source>Share of the true labels that were not said (1 − recall)</source>
   <translation>真实标签中未报告的比例（1 − 召回率）</translation>
  </message>
  <message>
   <source>Share of the true objects that were not found (1 − recall)</source>
   <translation>真实目标中未找到的比例（1 − 召回率）</translation>
  </message>
  <message>
   <source>of pixels: {0}</source>
   <translation>像素级：{0}</translation>
  </message>
  <message>
   <source>this split cannot tell</source>
   <translation>该部分数据无法判断</translation>
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
   <source>Review: {0}</source>
   <translation>审核：{0}</translation>
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
  <name>FindBar</name>
  <message>
   <source>Close (Escape)</source>
   <translation>关闭 (Escape)</translation>
  </message>
  <message>
   <source>Find in the drawing</source>
   <translation>在图中查找</translation>
  </message>
  <message>
   <source>Name, parameter, value, comment…</source>
   <translation>名称、参数、数值、注释…</translation>
  </message>
  <message>
   <source>Next (Return)</source>
   <translation>下一处 (Return)</translation>
  </message>
  <message>
   <source>Previous (Shift+Return)</source>
   <translation>上一处 (Shift+Return)</translation>
  </message>
  <message>
   <source>nothing</source>
   <translation>未找到</translation>
  </message>
  <message>
   <source>{} of {}</source>
   <translation>{}/{}</translation>
  </message>
 </context>
 <context>
  <name>Findings</name>
  <message>
   <source>Another label covers the same place (IoU {0}).</source>
   <translation>另一标签覆盖同一处（IoU {0}）。</translation>
  </message>
  <message>
   <source>Another shape of the label covers much of this one (IoU {0}).</source>
   <translation>同标签的另一形状与它大部分重叠（IoU {0}）。</translation>
  </message>
  <message>
   <source>Attribute missing or wrong</source>
   <translation>属性缺失或错误</translation>
  </message>
  <message>
   <source>Crosses itself</source>
   <translation>自相交</translation>
  </message>
  <message>
   <source>Cut to the image</source>
   <translation>裁到图像内</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Double</source>
   <translation>重复</translation>
  </message>
  <message>
   <source>Empty</source>
   <translation>空形状</translation>
  </message>
  <message>
   <source>Fill in the default</source>
   <translation>填入默认值</translation>
  </message>
  <message>
   <source>Kind not allowed</source>
   <translation>类型不允许</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>合并</translation>
  </message>
  <message>
   <source>Much larger or smaller than other shapes of the label ({0} deviations).</source>
   <translation>比该标签的其他形状大得多或小得多（{0} 倍偏差）。</translation>
  </message>
  <message>
   <source>Much longer or wider than other shapes of the label ({0} deviations).</source>
   <translation>比该标签的其他形状长得多或宽得多（{0} 倍偏差）。</translation>
  </message>
  <message>
   <source>Nothing is on it</source>
   <translation>确认无缺陷</translation>
  </message>
  <message>
   <source>Nothing on this image, though its neighbours nearly all have labels.</source>
   <translation>此图像上没有标注，而相邻图像几乎都有。</translation>
  </message>
  <message>
   <source>Out of proportion</source>
   <translation>比例异常</translation>
  </message>
  <message>
   <source>Outside the image</source>
   <translation>超出图像</translation>
  </message>
  <message>
   <source>Overlapping</source>
   <translation>重叠</translation>
  </message>
  <message>
   <source>The attribute “{1}” is missing or has a value that is no choice.</source>
   <translation>属性“{1}”缺失，或取值不在选项中。</translation>
  </message>
  <message>
   <source>The label does not allow this kind of shape ({1}).</source>
   <translation>该标签不允许这种形状（{1}）。</translation>
  </message>
  <message>
   <source>The model disagrees</source>
   <translation>模型不认同</translation>
  </message>
  <message>
   <source>The outline of the polygon crosses itself.</source>
   <translation>多边形轮廓自相交。</translation>
  </message>
  <message>
   <source>The same label is here twice (IoU {0}).</source>
   <translation>同一标签在此重复（IoU {0}）。</translation>
  </message>
  <message>
   <source>The shape has no extent or too few points.</source>
   <translation>形状没有面积或点数太少。</translation>
  </message>
  <message>
   <source>The shape is only {0} px wide or high.</source>
   <translation>形状的宽或高只有 {0} px。</translation>
  </message>
  <message>
   <source>The shape stands {0} px over the edge of the image.</source>
   <translation>形状超出图像边缘 {0} px。</translation>
  </message>
  <message>
   <source>The training kept contradicting this label ({1}).</source>
   <translation>训练过程一直与此标注相矛盾（{1}）。</translation>
  </message>
  <message>
   <source>Tiny</source>
   <translation>过小</translation>
  </message>
  <message>
   <source>Two labels at one place</source>
   <translation>同一处两个标签</translation>
  </message>
  <message>
   <source>Unlabelled among labelled</source>
   <translation>周围已标而它未标</translation>
  </message>
  <message>
   <source>Untangle</source>
   <translation>理顺轮廓</translation>
  </message>
  <message>
   <source>Unusual size</source>
   <translation>尺寸异常</translation>
  </message>
 </context>
 <context>
  <name>FindingsPart</name>
  <message>
   <source>All suspicious labels of the list are looked at.</source>
   <translation>列表中的可疑标注已全部查看。</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>F7</source>
   <translation>F7</translation>
  </message>
  <message>
   <source>F8</source>
   <translation>F8</translation>
  </message>
  <message>
   <source>Ignore finding</source>
   <translation>忽略发现</translation>
  </message>
  <message>
   <source>Let be</source>
   <translation>保留</translation>
  </message>
  <message>
   <source>Mend label</source>
   <translation>修正标注</translation>
  </message>
  <message>
   <source>Next</source>
   <translation>下一个</translation>
  </message>
  <message>
   <source>Open suspicious labels from the page Quality first.</source>
   <translation>请先从“质量”页打开可疑标注。</translation>
  </message>
  <message>
   <source>Shift+F8: not listed again</source>
   <translation>Shift+F8：不再列出</translation>
  </message>
  <message>
   <source>This label cannot be mended so; change it by hand.</source>
   <translation>此标注无法这样修正；请手动修改。</translation>
  </message>
  <message>
   <source>{0} · {1} of {2}</source>
   <translation>{0} · {1} / {2}</translation>
  </message>
 </context>
 <context>
  <name>FindingsTab</name>
  <message>
   <source>Go through them</source>
   <translation>逐个查看</translation>
  </message>
  <message>
   <source>Let be</source>
   <translation>保留</translation>
  </message>
  <message>
   <source>Look again</source>
   <translation>重新检查</translation>
  </message>
  <message>
   <source>No label is tiny, outside, double, crossed or out of proportion.</source>
   <translation>没有过小、超出、重复、自相交或比例异常的标注。</translation>
  </message>
  <message>
   <source>Not listed again</source>
   <translation>不再列出</translation>
  </message>
  <message>
   <source>Nothing suspicious</source>
   <translation>没有可疑标注</translation>
  </message>
  <message>
   <source>Open on the labelling page; F8 mends, Shift+F8 lets be, F7 goes on</source>
   <translation>在标注页打开；F8 修正，Shift+F8 保留，F7 下一个</translation>
  </message>
  <message>
   <source>The first {0} are shown.</source>
   <translation>仅显示前 {0} 个。</translation>
  </message>
  <message>
   <source>{0} found; the buttons take all of them unless some are selected.</source>
   <translation>找到 {0} 个；未选中时按钮作用于全部。</translation>
  </message>
  <message>
   <source>{0} of {1} selected; the buttons take these.</source>
   <translation>已选 {1} 个中的 {0} 个；按钮作用于所选。</translation>
  </message>
 </context>
 <context>
  <name>Fit</name>
  <message>
   <source>It is for {0}, this machine is {1}. Package the model for it.</source>
   <translation>制品用于 {0}，而这台机器是 {1}。请为它重新打包模型。</translation>
  </message>
  <message>
   <source>It needs {0}, only {1} are free there. Free some space.</source>
   <translation>需要 {0}，目标上只剩 {1}。请先腾出空间。</translation>
  </message>
  <message>
   <source>It was not made here and is not signed. If you trust it: lineside trust sign {}</source>
   <translation>它不是在这里制作的，也没有签名。如果信任它：lineside trust sign {}</translation>
  </message>
  <message>
   <source>{} runs here, but this CPU has nothing that makes it faster than FP32.</source>
   <translation>{} 可以运行，但这颗 CPU 没有相应指令，不会比 FP32 快。</translation>
  </message>
 </context>
 <context>
  <name>Fleet</name>
  <message>
   <source>Aborted</source>
   <translation>已中止</translation>
  </message>
  <message>
   <source>As it should be</source>
   <translation>符合要求</translation>
  </message>
  <message>
   <source>Being updated</source>
   <translation>正在更新</translation>
  </message>
  <message>
   <source>Does not answer</source>
   <translation>无应答</translation>
  </message>
  <message>
   <source>Failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>Going on</source>
   <translation>进行中</translation>
  </message>
  <message>
   <source>Interrupted</source>
   <translation>已中断</translation>
  </message>
  <message>
   <source>Not looked at</source>
   <translation>尚未查看</translation>
  </message>
  <message>
   <source>Not well</source>
   <translation>不健康</translation>
  </message>
  <message>
   <source>Nothing assigned</source>
   <translation>未指定</translation>
  </message>
  <message>
   <source>Nothing runs</source>
   <translation>无运行</translation>
  </message>
  <message>
   <source>On the stick</source>
   <translation>在 U 盘上</translation>
  </message>
  <message>
   <source>Other release</source>
   <translation>其他发布</translation>
  </message>
  <message>
   <source>Paused</source>
   <translation>已暂停</translation>
  </message>
  <message>
   <source>Stopped</source>
   <translation>已停止</translation>
  </message>
  <message>
   <source>Through</source>
   <translation>已完成</translation>
  </message>
  <message>
   <source>Waits</source>
   <translation>等待</translation>
  </message>
  <message>
   <source>Wave {0} ({1}): {2} of {3} have it, {4} failed</source>
   <translation>第 {0} 波（{1}）：{3} 个中 {2} 个已有，{4} 个失败</translation>
  </message>
  <message>
   <source>just now</source>
   <translation>刚刚</translation>
  </message>
  <message>
   <source>never</source>
   <translation>从不停止</translation>
  </message>
  <message>
   <source>{} d ago</source>
   <translation>{} 天前</translation>
  </message>
  <message>
   <source>{} h ago</source>
   <translation>{} 小时前</translation>
  </message>
  <message>
   <source>{} min ago</source>
   <translation>{} 分钟前</translation>
  </message>
  <message>
   <source>{} s ago</source>
   <translation>{} 秒前</translation>
  </message>
 </context>
 <context>
  <name>FleetPage</name>
  <message>
   <source>Abort</source>
   <translation>中止</translation>
  </message>
  <message>
   <source>Add targets…</source>
   <translation>添加目标…</translation>
  </message>
  <message>
   <source>All targets</source>
   <translation>全部目标</translation>
  </message>
  <message>
   <source>Ask all targets what runs there</source>
   <translation>询问所有目标正在运行什么</translation>
  </message>
  <message>
   <source>Begin with no further target; those that are being updated are finished</source>
   <translation>不再开始新的目标，正在更新的会做完</translation>
  </message>
  <message>
   <source>Bring an artifact to the fleet</source>
   <translation>把制品发布到设备群</translation>
  </message>
  <message>
   <source>Bring an artifact…</source>
   <translation>发布制品…</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Find a target, a group, a release</source>
   <translation>查找目标、分组或发布</translation>
  </message>
  <message>
   <source>Go on without those that failed</source>
   <translation>略过失败的，继续</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>日志</translation>
  </message>
  <message>
   <source>Look at the fleet now</source>
   <translation>立即查看设备群</translation>
  </message>
  <message>
   <source>Look now</source>
   <translation>立即查看</translation>
  </message>
  <message>
   <source>No target belongs to this fleet yet.</source>
   <translation>这个设备群还没有目标。</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>Release page</source>
   <translation>发布页面</translation>
  </message>
  <message>
   <source>Remove the fleet</source>
   <translation>删除设备群</translation>
  </message>
  <message>
   <source>Take out of the fleet</source>
   <translation>移出设备群</translation>
  </message>
  <message>
   <source>Targets of the fleet</source>
   <translation>设备群的目标</translation>
  </message>
  <message>
   <source>Targets that failed are tried again</source>
   <translation>失败的目标会重试</translation>
  </message>
  <message>
   <source>Targets that have it keep it; what should run is again what did before</source>
   <translation>已更新的目标保持不变，应当运行的恢复为之前的制品</translation>
  </message>
  <message>
   <source>wave {0} of {1}</source>
   <translation>第 {0} 波，共 {1} 波</translation>
  </message>
  <message>
   <source>{0} of {1} as they should be</source>
   <translation>{1} 个中 {0} 个符合要求</translation>
  </message>
  <message>
   <source>{0} of {1} targets</source>
   <translation>{1} 个目标中的 {0} 个</translation>
  </message>
 </context>
 <context>
  <name>FleetsCard</name>
  <message>
   <source>1 target</source>
   <translation>1 个目标</translation>
  </message>
  <message>
   <source>Fleets</source>
   <translation>设备群</translation>
  </message>
  <message>
   <source>New fleet…</source>
   <translation>新建设备群…</translation>
  </message>
  <message>
   <source>No fleet yet. A fleet is many targets that run the same artifact: it comes to a few of them first, then to group after group, and stops by itself where too many fail. {}</source>
   <translation>还没有设备群。设备群是运行同一制品的许多目标：制品先发到其中几个，再一组接一组，失败过多时自动停止。{}</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>打开</translation>
  </message>
  <message>
   <source>Open the fleet {}</source>
   <translation>打开设备群 {}</translation>
  </message>
  <message>
   <source>many targets, updated in waves</source>
   <translation>许多目标，分波更新</translation>
  </message>
  <message>
   <source>{0}: {1}</source>
   <translation>{0}：{1}</translation>
  </message>
  <message>
   <source>{} targets</source>
   <translation>{} 个目标</translation>
  </message>
 </context>
 <context>
  <name>Flow</name>
  <message>
   <source>As the file holds it</source>
   <translation>文件中的原图</translation>
  </message>
  <message>
   <source>Best score at each place</source>
   <translation>各位置的最高分数</translation>
  </message>
  <message>
   <source>Gradient of each part</source>
   <translation>各部分的梯度</translation>
  </message>
  <message>
   <source>How far from normal</source>
   <translation>偏离正常的程度</translation>
  </message>
  <message>
   <source>Loss and its parts</source>
   <translation>损失及其组成</translation>
  </message>
  <message>
   <source>On the model's canvas</source>
   <translation>模型画布上的图像</translation>
  </message>
  <message>
   <source>Strongest channels</source>
   <translation>最强的通道</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>数值</translation>
  </message>
  <message>
   <source>Values</source>
   <translation>数值</translation>
  </message>
  <message>
   <source>What each pixel would be</source>
   <translation>每个像素的判定</translation>
  </message>
  <message>
   <source>What is to be learnt</source>
   <translation>学习目标</translation>
  </message>
  <message>
   <source>What the network sees</source>
   <translation>网络看到的图像</translation>
  </message>
  <message>
   <source>What would be reported</source>
   <translation>将报告的结果</translation>
  </message>
  <message>
   <source>anomaly</source>
   <translation>异常</translation>
  </message>
  <message>
   <source>gradient {}</source>
   <translation>梯度 {}</translation>
  </message>
  <message>
   <source>normal</source>
   <translation>正常</translation>
  </message>
  <message>
   <source>score {0}; not normal from {1}</source>
   <translation>分数 {0}；自 {1} 起为异常</translation>
  </message>
  <message>
   <source>{0} with a score from {1}</source>
   <translation>{0} 个，分数不低于 {1}</translation>
  </message>
  <message>
   <source>{0} … {1}, mean {2}</source>
   <translation>{0} … {1}，均值 {2}</translation>
  </message>
  <message>
   <source>{} values are no numbers</source>
   <translation>{} 个数值无效（NaN 或无穷）</translation>
  </message>
 </context>
 <context>
  <name>FlowPanel</name>
  <message>
   <source>Another roll of the dice for the augmentation (F6)</source>
   <translation>再随机增强一次 (F6)</translation>
  </message>
  <message>
   <source>Augment</source>
   <translation>增强</translation>
  </message>
  <message>
   <source>Back to the code</source>
   <translation>返回代码</translation>
  </message>
  <message>
   <source>Bring in images</source>
   <translation>导入图像</translation>
  </message>
  <message>
   <source>Compare with</source>
   <translation>对比</translation>
  </message>
  <message>
   <source>Fresh weights</source>
   <translation>未训练的权重</translation>
  </message>
  <message>
   <source>It went no further than “{0}”: {1}</source>
   <translation>运行到“{0}”为止：{1}</translation>
  </message>
  <message>
   <source>Item</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Item before</source>
   <translation>上一个样本</translation>
  </message>
  <message>
   <source>Next item</source>
   <translation>下一个样本</translation>
  </message>
  <message>
   <source>Nothing flows here for one image. Point at a picture below a component, or select one.</source>
   <translation>单幅图像在此处没有数据流过。请指向组件下方的小图，或选中一个组件。</translation>
  </message>
  <message>
   <source>Off: the image as the served model sees it</source>
   <translation>关闭：与部署后模型看到的图像相同</translation>
  </message>
  <message>
   <source>Roll again</source>
   <translation>再随机</translation>
  </message>
  <message>
   <source>Run to here</source>
   <translation>运行到此</translation>
  </message>
  <message>
   <source>This image has no label yet, so there is nothing to learn from it, and no loss.</source>
   <translation>该图像尚无标签，无法学习，因此没有损失。</translation>
  </message>
  <message>
   <source>This part judges by the good images that it remembers, and has seen none yet: train the model, then choose its weights here. Until then the image, its augmentation and the feature maps are shown.</source>
   <translation>该组件依据记住的良品图像作判断，但尚未见过任何良品：请先训练模型，再在此选择其权重。在此之前显示图像、增强结果与特征图。</translation>
  </message>
  <message>
   <source>Whose weights the network has; fresh ones are always the same</source>
   <translation>网络所用的权重；未训练的权重每次相同</translation>
  </message>
  <message>
   <source>part of a name</source>
   <translation>名称的一部分</translation>
  </message>
 </context>
 <context>
  <name>Format</name>
  <message>
   <source>CVAT 1.1, video with tracks</source>
   <translation>CVAT 1.1，带轨迹的视频</translation>
  </message>
  <message>
   <source>Label Studio server…</source>
   <translation>Label Studio 服务器…</translation>
  </message>
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
  <message>
   <source>YOLO: boxes</source>
   <translation>YOLO：矩形框</translation>
  </message>
  <message>
   <source>YOLO: classes</source>
   <translation>YOLO：分类</translation>
  </message>
  <message>
   <source>YOLO: key points</source>
   <translation>YOLO：关键点</translation>
  </message>
  <message>
   <source>YOLO: outlines</source>
   <translation>YOLO：轮廓</translation>
  </message>
  <message>
   <source>YOLO: rotated boxes</source>
   <translation>YOLO：旋转框</translation>
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
   <source>Few of: {}</source>
   <translation>数量不足：{}</translation>
  </message>
  <message>
   <source>For {} good images.</source>
   <translation>按 {} 幅良品图像计。</translation>
  </message>
  <message>
   <source>Give the model a name.</source>
   <translation>请填写模型名称。</translation>
  </message>
  <message>
   <source>Here: {0} good images, {1} that are not good.</source>
   <translation>本工作区：{0} 幅良品图像，{1} 幅非良品图像。</translation>
  </message>
  <message>
   <source>Here: {0} images, {1} annotations of {2} labels.</source>
   <translation>本工作区：{0} 幅图像，{2} 个标签共 {1} 处标注。</translation>
  </message>
  <message>
   <source>Here: {0} rows in {1} tables.</source>
   <translation>本工作区：{1} 个表格，共 {0} 行。</translation>
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
  <message>
   <source>This workspace has no such data yet.</source>
   <translation>本工作区还没有此类数据。</translation>
  </message>
  <message>
   <source>Time on this machine: being measured…</source>
   <translation>本机所需时间：正在测量…</translation>
  </message>
  <message>
   <source>Time on this machine: not known</source>
   <translation>本机所需时间：未知</translation>
  </message>
  <message>
   <source>Training here: about {0} ({1}), by {2} earlier runs.</source>
   <translation>在本机训练：约 {0}（{1}），依据此前 {2} 次训练。</translation>
  </message>
  <message>
   <source>Training here: {0}; an estimate by a short measurement, no run yet.</source>
   <translation>在本机训练：{0}；由短时测量估计，尚无训练记录。</translation>
  </message>
  <message>
   <source>{} h</source>
   <translation>{} 小时</translation>
  </message>
  <message>
   <source>{} min</source>
   <translation>{} 分钟</translation>
  </message>
  <message>
   <source>{} s</source>
   <translation>{} 秒</translation>
  </message>
 </context>
 <context>
  <name>GraphEditor</name>
  <message>
   <source>100 %</source>
   <translation>100 %</translation>
  </message>
  <message>
   <source>Add a component…</source>
   <translation>添加组件…</translation>
  </message>
  <message>
   <source>Align</source>
   <translation>对齐</translation>
  </message>
  <message>
   <source>Compare with another drawing or a run…</source>
   <translation>与其他图或训练记录比较…</translation>
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
   <source>Cut</source>
   <translation>剪切</translation>
  </message>
  <message>
   <source>Duplicate</source>
   <translation>创建副本</translation>
  </message>
  <message>
   <source>Find a component</source>
   <translation>查找组件</translation>
  </message>
  <message>
   <source>Find in the drawing</source>
   <translation>在图中查找</translation>
  </message>
  <message>
   <source>Lay out along the flow</source>
   <translation>按流向自动布局</translation>
  </message>
  <message>
   <source>Left edges</source>
   <translation>左边缘</translation>
  </message>
  <message>
   <source>Middles, one above the other</source>
   <translation>水平居中（上下排列）</translation>
  </message>
  <message>
   <source>Middles, side by side</source>
   <translation>垂直居中（左右排列）</translation>
  </message>
  <message>
   <source>Minimap</source>
   <translation>缩略图</translation>
  </message>
  <message>
   <source>Model graph</source>
   <translation>模型图</translation>
  </message>
  <message>
   <source>Next place</source>
   <translation>下一处</translation>
  </message>
  <message>
   <source>No other component takes what this one gives.</source>
   <translation>没有其他组件接受它的输出。</translation>
  </message>
  <message>
   <source>Paste</source>
   <translation>粘贴</translation>
  </message>
  <message>
   <source>Previous place</source>
   <translation>上一处</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>重做</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Roll the augmentation again</source>
   <translation>再随机增强一次</translation>
  </message>
  <message>
   <source>Run to here</source>
   <translation>运行到此</translation>
  </message>
  <message>
   <source>Save as picture</source>
   <translation>另存为图片</translation>
  </message>
  <message>
   <source>Save as picture…</source>
   <translation>另存为图片…</translation>
  </message>
  <message>
   <source>Select all</source>
   <translation>全选</translation>
  </message>
  <message>
   <source>Select one component first, then choose what it goes to.</source>
   <translation>请先选中一个组件，再选择连接到哪里。</translation>
  </message>
  <message>
   <source>Show everything</source>
   <translation>显示全部</translation>
  </message>
  <message>
   <source>Show what is chosen</source>
   <translation>显示所选内容</translation>
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
   <source>Upper edges</source>
   <translation>上边缘</translation>
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
  <name>GroupsTab</name>
  <message>
   <source>(none)</source>
   <translation>（无）</translation>
  </message>
  <message>
   <source>A click shows the images with a missed object of this size.</source>
   <translation>点击查看该尺寸有漏检的图像。</translation>
  </message>
  <message>
   <source>A click shows the items of a group. What the items are like now counts.</source>
   <translation>点击查看组内样本。按样本现在的属性分组。</translation>
  </message>
  <message>
   <source>Any SQL expression over items, such as width &gt; 600 or metadata-&gt;&gt;'lot'; Enter groups</source>
   <translation>对样本的任意 SQL 表达式，例如 width &gt; 600 或 metadata-&gt;&gt;'lot'；按回车分组</translation>
  </message>
  <message>
   <source>Figures by group</source>
   <translation>各组指标</translation>
  </message>
  <message>
   <source>Group</source>
   <translation>组</translation>
  </message>
  <message>
   <source>Group by</source>
   <translation>分组依据</translation>
  </message>
  <message>
   <source>Items</source>
   <translation>样本数</translation>
  </message>
  <message>
   <source>Missed: {}</source>
   <translation>漏检：{}</translation>
  </message>
  <message>
   <source>Objects</source>
   <translation>目标数</translation>
  </message>
  <message>
   <source>Size: small, medium, large</source>
   <translation>尺寸：小、中、大</translation>
  </message>
  <message>
   <source>Size: thirds</source>
   <translation>尺寸：三等分</translation>
  </message>
  <message>
   <source>large (from 96² px)</source>
   <translation>大（96² px 起）</translation>
  </message>
  <message>
   <source>medium (to 96² px)</source>
   <translation>中（96² px 以下）</translation>
  </message>
  <message>
   <source>no</source>
   <translation>否</translation>
  </message>
  <message>
   <source>small (below 32² px)</source>
   <translation>小（32² px 以下）</translation>
  </message>
  <message>
   <source>yes</source>
   <translation>是</translation>
  </message>
 </context>
 <context>
  <name>HistoryCard</name>
  <message>
   <source>History</source>
   <translation>历史</translation>
  </message>
  <message>
   <source>all that was decided here, and why</source>
   <translation>此处的每一次决定及其理由</translation>
  </message>
 </context>
 <context>
  <name>HistoryPanel</name>
  <message>
   <source>As it was at {0}, after “{1}” by {2}. Shapes: {3}. Only to look at.</source>
   <translation>{0} 时的状态,在 {2} 执行“{1}”之后。形状:{3}。仅供查看。</translation>
  </message>
  <message>
   <source>Attribute {0}</source>
   <translation>属性 {0}</translation>
  </message>
  <message>
   <source>Back to now</source>
   <translation>返回现在</translation>
  </message>
  <message>
   <source>Drawing order</source>
   <translation>绘制顺序</translation>
  </message>
  <message>
   <source>Flag {0}</source>
   <translation>标记 {0}</translation>
  </message>
  <message>
   <source>Group</source>
   <translation>编组</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Made</source>
   <translation>创建</translation>
  </message>
  <message>
   <source>Make the image as it was then; one step to undo (Alt+Return)</source>
   <translation>把样本恢复成当时的样子;一步即可撤销(Alt+Return)</translation>
  </message>
  <message>
   <source>Now. Move the slider to see earlier states.</source>
   <translation>现在。拖动滑块查看较早的状态。</translation>
  </message>
  <message>
   <source>Place and form</source>
   <translation>位置与形状</translation>
  </message>
  <message>
   <source>Relation {0}</source>
   <translation>关系 {0}</translation>
  </message>
  <message>
   <source>Restore only the selected shape</source>
   <translation>只恢复所选形状</translation>
  </message>
  <message>
   <source>Restore this state</source>
   <translation>恢复此状态</translation>
  </message>
  <message>
   <source>Show the image as it was (Alt+Z earlier, Alt+Shift+Z later)</source>
   <translation>查看样本当时的状态(Alt+Z 更早,Alt+Shift+Z 更晚)</translation>
  </message>
  <message>
   <source>Show the present again; nothing was changed (Esc)</source>
   <translation>重新显示现在的状态;没有任何改动(Esc)</translation>
  </message>
  <message>
   <source>State of the image over time</source>
   <translation>样本随时间的状态</translation>
  </message>
  <message>
   <source>Track</source>
   <translation>轨迹</translation>
  </message>
  <message>
   <source>Who made it so</source>
   <translation>由谁修改</translation>
  </message>
 </context>
 <context>
  <name>HistoryPart</name>
  <message>
   <source>As it was at {0} · only to look at · Alt+Enter restores it · Esc goes back</source>
   <translation>{0} 时的状态 · 仅供查看 · Alt+Enter 恢复 · Esc 返回</translation>
  </message>
  <message>
   <source>Back from an earlier state to now</source>
   <translation>从较早的状态返回现在</translation>
  </message>
  <message>
   <source>Restore earlier state</source>
   <translation>恢复到较早的状态</translation>
  </message>
  <message>
   <source>Restore the state that is shown</source>
   <translation>恢复当前查看的状态</translation>
  </message>
  <message>
   <source>Show a later state</source>
   <translation>查看较晚的状态</translation>
  </message>
  <message>
   <source>Show an earlier state</source>
   <translation>查看较早的状态</translation>
  </message>
  <message>
   <source>Who made it so</source>
   <translation>由谁修改</translation>
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
   <source>Each N-th frame</source>
   <translation>每隔 N 帧</translation>
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
   <source>For following things over time; the frames of a folder stay in one split.</source>
   <translation>用于随时间跟踪目标；同一文件夹的帧不会分到不同的划分。</translation>
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
   <source>Of a video or a sequence take each N-th frame.</source>
   <translation>视频或序列中每 N 帧取一帧。</translation>
  </message>
  <message>
   <source>Rows of measurements or settings (CSV, TSV, Parquet) with a column to foretell</source>
   <translation>含有待预测列的测量值或设备参数表格（CSV、TSV、Parquet）</translation>
  </message>
  <message>
   <source>Saves space; you will be told when a linked file changes or is gone.</source>
   <translation>节省空间;链接的文件有变动或丢失时会提示你。</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>划分</translation>
  </message>
  <message>
   <source>Table to learn from…</source>
   <translation>用于学习的表格…</translation>
  </message>
  <message>
   <source>The images of a folder are frames, in the order of their names</source>
   <translation>文件夹中的图像是按名称排序的帧</translation>
  </message>
  <message>
   <source>Videos</source>
   <translation>视频</translation>
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
   <source>Collecting</source>
   <translation>取回</translation>
  </message>
  <message>
   <source>Comparison</source>
   <translation>比较</translation>
  </message>
  <message>
   <source>Cross-validation</source>
   <translation>交叉验证</translation>
  </message>
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
   <source>Large image</source>
   <translation>大图</translation>
  </message>
  <message>
   <source>Learning rate</source>
   <translation>寻找学习率</translation>
  </message>
  <message>
   <source>Measuring</source>
   <translation>测速</translation>
  </message>
  <message>
   <source>Packaging</source>
   <translation>打包</translation>
  </message>
  <message>
   <source>Pre-labelling</source>
   <translation>预标注</translation>
  </message>
  <message>
   <source>Quantisation</source>
   <translation>量化</translation>
  </message>
  <message>
   <source>Queue</source>
   <translation>队列</translation>
  </message>
  <message>
   <source>Rollout</source>
   <translation>逐步发布</translation>
  </message>
  <message>
   <source>Sweep</source>
   <translation>参数扫描</translation>
  </message>
  <message>
   <source>Takt</source>
   <translation>节拍</translation>
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
   <source>Look at the suggestions</source>
   <translation>查看建议</translation>
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
  <message>
   <source>Show the runs</source>
   <translation>查看训练</translation>
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
   <translation>已处理</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>in the queue</source>
   <translation>排队中</translation>
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
   <translation>等待</translation>
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
   <source>Allow it</source>
   <translation>允许</translation>
  </message>
  <message>
   <source>Goes on where it was broken off: {titles}</source>
   <translation>从中断处继续：{titles}</translation>
  </message>
  <message>
   <source>Show the job</source>
   <translation>查看任务</translation>
  </message>
  <message>
   <source>This workspace was made elsewhere. What waits in it goes on once you allow it, and can then do what you can: {titles}</source>
   <translation>此工作区是在别处创建的。其中等待的任务在您允许后才会继续，届时可执行您有权执行的任何操作：{titles}</translation>
  </message>
  <message>
   <source>{title} is done.</source>
   <translation>{title} 已完成。</translation>
  </message>
 </context>
 <context>
  <name>JobWords</name>
  <message>
   <source>Apply scribbles to {} images</source>
   <translation>将涂鸦应用到 {} 张图像</translation>
  </message>
  <message>
   <source>Asking what counts</source>
   <translation>正在查找关键部位</translation>
  </message>
  <message>
   <source>Backing up</source>
   <translation>正在备份</translation>
  </message>
  <message>
   <source>Best model within {} min on {}</source>
   <translation>{} 分钟内在 {} 上找最佳模型</translation>
  </message>
  <message>
   <source>Bringing the run home from {}</source>
   <translation>正在从 {} 取回训练结果</translation>
  </message>
  <message>
   <source>Choosing images to calibrate with</source>
   <translation>正在选择校准图像</translation>
  </message>
  <message>
   <source>Collecting what changed</source>
   <translation>正在收集变更</translation>
  </message>
  <message>
   <source>Compare {}</source>
   <translation>比较 {}</translation>
  </message>
  <message>
   <source>Comparing with PyTorch</source>
   <translation>正在与 PyTorch 对比</translation>
  </message>
  <message>
   <source>Comparing {}</source>
   <translation>正在比较 {}</translation>
  </message>
  <message>
   <source>Converting to ONNX and OpenVINO</source>
   <translation>正在转换为 ONNX 和 OpenVINO</translation>
  </message>
  <message>
   <source>Counting</source>
   <translation>正在计数</translation>
  </message>
  <message>
   <source>Cutting the image into tiles</source>
   <translation>正在切分大图</translation>
  </message>
  <message>
   <source>Dataset report</source>
   <translation>数据集报告</translation>
  </message>
  <message>
   <source>Done</source>
   <translation>完成</translation>
  </message>
  <message>
   <source>Drawing</source>
   <translation>正在绘制</translation>
  </message>
  <message>
   <source>Drawing synthetic parts</source>
   <translation>正在绘制合成零件</translation>
  </message>
  <message>
   <source>Evaluate {} on {} ({})</source>
   <translation>评估 {}：{}（{}）</translation>
  </message>
  <message>
   <source>Export {}</source>
   <translation>导出 {}</translation>
  </message>
  <message>
   <source>Exporting the model</source>
   <translation>正在导出模型</translation>
  </message>
  <message>
   <source>Fetching Debian packages for {}</source>
   <translation>正在获取 {} 的 Debian 软件包</translation>
  </message>
  <message>
   <source>Fetching the inference runtime for {}</source>
   <translation>正在获取 {} 的推理运行时</translation>
  </message>
  <message>
   <source>Fold {} of {}</source>
   <translation>第 {} 折（共 {} 折）</translation>
  </message>
  <message>
   <source>Frame {} of {}</source>
   <translation>第 {} 帧：{}</translation>
  </message>
  <message>
   <source>Gives way while you work</source>
   <translation>您工作时让出算力</translation>
  </message>
  <message>
   <source>Import {}</source>
   <translation>导入 {}</translation>
  </message>
  <message>
   <source>Learning rate of {} on {}</source>
   <translation>查找 {} 在 {} 上的学习率</translation>
  </message>
  <message>
   <source>Loading the model</source>
   <translation>正在加载模型</translation>
  </message>
  <message>
   <source>Loading the network</source>
   <translation>正在加载网络</translation>
  </message>
  <message>
   <source>Looked at {} of {} batches</source>
   <translation>已看 {} / {} 批</translation>
  </message>
  <message>
   <source>Looking at this machine</source>
   <translation>正在检查本机</translation>
  </message>
  <message>
   <source>Looking at what {} has</source>
   <translation>正在查看 {} 上已有的内容</translation>
  </message>
  <message>
   <source>Looking at {}</source>
   <translation>正在查看 {}</translation>
  </message>
  <message>
   <source>Measure {} recipes</source>
   <translation>实测 {} 个模板</translation>
  </message>
  <message>
   <source>Measuring {} of {}</source>
   <translation>正在实测 {} / {}</translation>
  </message>
  <message>
   <source>No link to {}; the training goes on there</source>
   <translation>与 {} 的连接中断；训练仍在那里继续</translation>
  </message>
  <message>
   <source>On battery; goes on with power</source>
   <translation>正使用电池；接通电源后继续</translation>
  </message>
  <message>
   <source>On {}: Waits for its turn, {} before it</source>
   <translation>{}：排队等待，前面还有 {} 个</translation>
  </message>
  <message>
   <source>On {}: Waits until another training ends</source>
   <translation>{}：等待另一训练结束</translation>
  </message>
  <message>
   <source>On {}: starts</source>
   <translation>{}：正在启动</translation>
  </message>
  <message>
   <source>Package {}</source>
   <translation>打包 {}</translation>
  </message>
  <message>
   <source>Packages for {}</source>
   <translation>{} 的软件包</translation>
  </message>
  <message>
   <source>Packing</source>
   <translation>正在打包</translation>
  </message>
  <message>
   <source>Packing the base layer</source>
   <translation>正在打包基础层</translation>
  </message>
  <message>
   <source>Packing the runtime layer</source>
   <translation>正在打包运行时层</translation>
  </message>
  <message>
   <source>Pre-label {} images with {}</source>
   <translation>预标注 {} 张图像：{}</translation>
  </message>
  <message>
   <source>Putting together</source>
   <translation>正在合并</translation>
  </message>
  <message>
   <source>Quantise {}</source>
   <translation>量化 {}</translation>
  </message>
  <message>
   <source>Quantising ({})</source>
   <translation>正在量化（{}）</translation>
  </message>
  <message>
   <source>Queue of {} out of {} images</source>
   <translation>队列：{} 张（共 {} 张图像）</translation>
  </message>
  <message>
   <source>Rate {}, loss {}</source>
   <translation>学习率 {}，损失 {}</translation>
  </message>
  <message>
   <source>Reading</source>
   <translation>正在读取</translation>
  </message>
  <message>
   <source>Reading image {} of {}</source>
   <translation>正在读取图像 {} / {}</translation>
  </message>
  <message>
   <source>Reading the {} annotations</source>
   <translation>正在读取 {} 标注</translation>
  </message>
  <message>
   <source>Reading {}</source>
   <translation>正在读取 {}</translation>
  </message>
  <message>
   <source>Robustness of {} on {} ({})</source>
   <translation>鲁棒性 {}：{}（{}）</translation>
  </message>
  <message>
   <source>Saving</source>
   <translation>正在保存</translation>
  </message>
  <message>
   <source>Sending {} of {} MB to {}</source>
   <translation>正在发送 {} / {} MB 到 {}</translation>
  </message>
  <message>
   <source>Starting PyTorch</source>
   <translation>正在启动 PyTorch</translation>
  </message>
  <message>
   <source>Step {} of {}, loss {}</source>
   <translation>第 {} / {} 步，损失 {}</translation>
  </message>
  <message>
   <source>Sweep {} on {}</source>
   <translation>参数搜索 {}：{}</translation>
  </message>
  <message>
   <source>The kit is ready</source>
   <translation>基础包已就绪</translation>
  </message>
  <message>
   <source>Train {}</source>
   <translation>训练 {}</translation>
  </message>
  <message>
   <source>Train {} on {}</source>
   <translation>训练 {}：{}</translation>
  </message>
  <message>
   <source>Train {} on {} in {} folds</source>
   <translation>训练 {}：{}，{} 折交叉验证</translation>
  </message>
  <message>
   <source>Tree {}, loss {}</source>
   <translation>第 {} 棵树，损失 {}</translation>
  </message>
  <message>
   <source>Trial {} of {}</source>
   <translation>第 {} 次试验：{}</translation>
  </message>
  <message>
   <source>Unpacking {}</source>
   <translation>正在解压 {}</translation>
  </message>
  <message>
   <source>Waits for its turn, {} before it</source>
   <translation>排队等待，前面还有 {} 个</translation>
  </message>
  <message>
   <source>Waits until another training ends</source>
   <translation>等待另一训练结束</translation>
  </message>
  <message>
   <source>Why {} says so of {}</source>
   <translation>解释 {}：{}</translation>
  </message>
  <message>
   <source>Writing</source>
   <translation>正在写入</translation>
  </message>
  <message>
   <source>Writing the results</source>
   <translation>正在写入结果</translation>
  </message>
  <message>
   <source>{} fetched</source>
   <translation>已取回 {} 个</translation>
  </message>
  <message>
   <source>{} images</source>
   <translation>{} 张图像</translation>
  </message>
  <message>
   <source>{} of {} images</source>
   <translation>{} / {} 张图像</translation>
  </message>
  <message>
   <source>{} of {} trials</source>
   <translation>{} / {} 次试验</translation>
  </message>
  <message>
   <source>{} of {} trials, best {} by trial {}</source>
   <translation>{} / {} 次试验，最佳 {}，第 {} 次</translation>
  </message>
  <message>
   <source>{} rows to learn from</source>
   <translation>{} 行训练数据</translation>
  </message>
  <message>
   <source>{} trials</source>
   <translation>{} 次试验</translation>
  </message>
  <message>
   <source>{} trials, best {} by trial {}</source>
   <translation>{} 次试验，最佳 {}，第 {} 次</translation>
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
  <message>
   <source>belongs to this window and stops with it</source>
   <translation>属于本窗口，随窗口关闭而停止</translation>
  </message>
 </context>
 <context>
  <name>JudgeCard</name>
  <message>
   <source>All together</source>
   <translation>综合</translation>
  </message>
  <message>
   <source>Judgement</source>
   <translation>判断</translation>
  </message>
  <message>
   <source>e-value {0}; all together, the release is taken back from {1} on</source>
   <translation>e 值 {0}；综合达到 {1} 即收回新发布</translation>
  </message>
  <message>
   <source>what speaks against the new release</source>
   <translation>对新发布不利的证据</translation>
  </message>
  <message>
   <source>{0} of {1} requests seen</source>
   <translation>已看 {0} / {1} 个请求</translation>
  </message>
 </context>
 <context>
  <name>KeepDialog</name>
  <message>
   <source> days</source>
   <translation> 天</translation>
  </message>
  <message>
   <source>Agreement with a mirrored release below</source>
   <translation>与镜像发布的一致程度低于</translation>
  </message>
  <message>
   <source>An object between these, or the label of a whole image below the second</source>
   <translation>目标的分数在两者之间，或整图标签的分数低于后者</translation>
  </message>
  <message>
   <source>As a sample; the same image is always drawn or never</source>
   <translation>作为抽样；同一张图像要么总是抽中，要么从不</translation>
  </message>
  <message>
   <source>At most</source>
   <translation>最多</translation>
  </message>
  <message>
   <source>Below this score</source>
   <translation>低于此分数</translation>
  </message>
  <message>
   <source>From this score</source>
   <translation>从此分数起</translation>
  </message>
  <message>
   <source>Images that are worth a look lie on the target until they are collected. It holds at once, and for later releases.</source>
   <translation>值得一看的图像留在目标上，直到被取回。立即生效，对以后的发布同样有效。</translation>
  </message>
  <message>
   <source>Keep images that are worth a look</source>
   <translation>保留值得一看的图像</translation>
  </message>
  <message>
   <source>No image, only the answer</source>
   <translation>不留图像，只留结果</translation>
  </message>
  <message>
   <source>Only the part with what was found</source>
   <translation>只留检出目标的部分</translation>
  </message>
  <message>
   <source>Parts of each image that are painted over: {}</source>
   <translation>每张图像中被涂盖的区域：{} 处</translation>
  </message>
  <message>
   <source>Scores of doubt</source>
   <translation>存疑的分数</translation>
  </message>
  <message>
   <source>Share of all other images</source>
   <translation>其他图像的抽样比例</translation>
  </message>
  <message>
   <source>The image without its EXIF, GPS and comments</source>
   <translation>图像（去除 EXIF、GPS 和注释）</translation>
  </message>
  <message>
   <source>The whole file</source>
   <translation>整个文件</translation>
  </message>
  <message>
   <source>Use these rules</source>
   <translation>采用这些规则</translation>
  </message>
  <message>
   <source>What is worth least goes first; what is older is removed, collected or not</source>
   <translation>价值最低的先删；过期的无论是否取回都会删除</translation>
  </message>
  <message>
   <source>What it keeps</source>
   <translation>保留内容</translation>
  </message>
  <message>
   <source>What of an image</source>
   <translation>图像保留哪些</translation>
  </message>
  <message>
   <source>What {} keeps</source>
   <translation>{} 保留哪些内容</translation>
  </message>
 </context>
 <context>
  <name>KeysDialog</name>
  <message>
   <source>Action</source>
   <translation>操作</translation>
  </message>
  <message>
   <source>Also has this key</source>
   <translation>同用此键的</translation>
  </message>
  <message>
   <source>As it was</source>
   <translation>恢复原样</translation>
  </message>
  <message>
   <source>Change key</source>
   <translation>更改快捷键</translation>
  </message>
  <message>
   <source>Choose an action, then press the keys it shall have. Labels have keys too.</source>
   <translation>选择一个操作，再按下要给它的按键。标签也有按键。</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Keys</source>
   <translation>快捷键</translation>
  </message>
  <message>
   <source>Keys of the labelling page</source>
   <translation>标注页的按键</translation>
  </message>
  <message>
   <source>Label “{0}”</source>
   <translation>标签“{0}”</translation>
  </message>
  <message>
   <source>No key</source>
   <translation>无按键</translation>
  </message>
  <message>
   <source>Press the keys</source>
   <translation>请按下按键</translation>
  </message>
  <message>
   <source>Reset all</source>
   <translation>全部重置</translation>
  </message>
  <message>
   <source>Search actions or keys</source>
   <translation>搜索操作或按键</translation>
  </message>
  <message>
   <source>the window</source>
   <translation>窗口</translation>
  </message>
  <message>
   <source>{0} actions share a key; a label answers before an action, two actions do not answer.</source>
   <translation>{0} 个操作共用按键；标签优先于操作，两个操作则都不响应。</translation>
  </message>
 </context>
 <context>
  <name>LabelEditor</name>
  <message>
   <source>A label below this one for each value of the chosen attribute; shapes follow</source>
   <translation>为所选属性的每个值建立一个下级标签；形状随之归入</translation>
  </message>
  <message>
   <source>Add attribute</source>
   <translation>添加属性</translation>
  </message>
  <message>
   <source>Allowed shapes</source>
   <translation>允许的形状</translation>
  </message>
  <message>
   <source>Attributes</source>
   <translation>属性</translation>
  </message>
  <message>
   <source>Click adds a point, drag moves it, Ctrl+click connects two. Keys: N, arrows, Space, 1–9, Delete.</source>
   <translation>单击添加点，拖动移动，Ctrl+单击连接两点。按键：N、方向键、空格、1–9、Delete。</translation>
  </message>
  <message>
   <source>Colour</source>
   <translation>颜色</translation>
  </message>
  <message>
   <source>Colour of {0}</source>
   <translation>{0} 的颜色</translation>
  </message>
  <message>
   <source>F2 renames, drag changes the order</source>
   <translation>F2 改名，拖动改变顺序</translation>
  </message>
  <message>
   <source>General</source>
   <translation>基本</translation>
  </message>
  <message>
   <source>How exactly people place the chosen point, as a share of the object's size; smaller: judged more strictly</source>
   <translation>所选点标注的精确程度，以目标尺寸的比例表示；越小评判越严格</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>快捷键</translation>
  </message>
  <message>
   <source>Make its values labels</source>
   <translation>把各值变为标签</translation>
  </message>
  <message>
   <source>Mirrored with</source>
   <translation>镜像对应点</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>Names of the keypoints</source>
   <translation>关键点名称</translation>
  </message>
  <message>
   <source>None chosen: all are allowed.</source>
   <translation>不选：全部允许。</translation>
  </message>
  <message>
   <source>Relations</source>
   <translation>关系</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Skeleton</source>
   <translation>骨架</translation>
  </message>
  <message>
   <source>The key that chooses this label; empty: the first free digit</source>
   <translation>选择此标签的按键；留空：第一个空闲数字</translation>
  </message>
  <message>
   <source>The point that the chosen one changes places with when an image is mirrored, as left and right do</source>
   <translation>图像镜像时与所选点互换位置的点，如左与右</translation>
  </message>
  <message>
   <source>Tolerance σ</source>
   <translation>容差 σ</translation>
  </message>
  <message>
   <source>as its name says</source>
   <translation>按名称判断</translation>
  </message>
  <message>
   <source>as usual</source>
   <translation>默认</translation>
  </message>
  <message>
   <source>attribute</source>
   <translation>属性</translation>
  </message>
  <message>
   <source>auto</source>
   <translation>自动</translation>
  </message>
  <message>
   <source>names with commas between them, such as: causes, belongs to</source>
   <translation>名称以逗号分隔，例如：导致, 属于</translation>
  </message>
  <message>
   <source>none</source>
   <translation>无</translation>
  </message>
 </context>
 <context>
  <name>LabelList</name>
  <message>
   <source>Add a label (Ctrl+L)</source>
   <translation>添加标签 (Ctrl+L)</translation>
  </message>
  <message>
   <source>Attributes, skeleton, hierarchy…</source>
   <translation>属性、骨架、层级…</translation>
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
  <name>LabelStudioDialog</name>
  <message>
   <source>A project that is there, by its number</source>
   <translation>服务器上已有的项目（按编号）</translation>
  </message>
  <message>
   <source>Both sides changed it; here: {ours}, there: {theirs}</source>
   <translation>双方都改过；这里：{ours}，那里：{theirs}</translation>
  </message>
  <message>
   <source>Both sides changed {count} pictures.</source>
   <translation>双方都改过 {count} 张图片。</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Comparing both sides</source>
   <translation>正在比较双方</translation>
  </message>
  <message>
   <source>Connect</source>
   <translation>连接</translation>
  </message>
  <message>
   <source>Connect another project…</source>
   <translation>连接另一个项目…</translation>
  </message>
  <message>
   <source>Connecting to {url}</source>
   <translation>正在连接 {url}</translation>
  </message>
  <message>
   <source>Everything else was exchanged.</source>
   <translation>其余均已交换。</translation>
  </message>
  <message>
   <source>Exchange pictures and annotations with a project of a Label Studio server. Nothing is overwritten where both sides changed a picture: it is listed, and you decide.</source>
   <translation>与 Label Studio 服务器上的一个项目交换图片和标注。双方都改过的图片不会被覆盖：会列出来，由您决定。</translation>
  </message>
  <message>
   <source>Exchanging with {name}</source>
   <translation>正在与 {name} 交换</translation>
  </message>
  <message>
   <source>Forget</source>
   <translation>忘记</translation>
  </message>
  <message>
   <source>Forgets the connection; what is on the server stays there.</source>
   <translation>忘记此连接；服务器上的内容保留不变。</translation>
  </message>
  <message>
   <source>Give it a name.</source>
   <translation>请取一个名称。</translation>
  </message>
  <message>
   <source>In Label Studio: Account &amp; Settings → Access token. It is kept in the system's keyring only.</source>
   <translation>在 Label Studio 中：Account &amp; Settings → Access token。只保存在系统的密钥环中。</translation>
  </message>
  <message>
   <source>Keep the shapes of both</source>
   <translation>保留双方的形状</translation>
  </message>
  <message>
   <source>Label Studio</source>
   <translation>Label Studio</translation>
  </message>
  <message>
   <source>List it and leave both as they are</source>
   <translation>列出，双方保持不变</translation>
  </message>
  <message>
   <source>Make a new project from the labels of this workspace</source>
   <translation>用本工作区的标签新建项目</translation>
  </message>
  <message>
   <source>Mine counts</source>
   <translation>以我方为准</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>Only bring</source>
   <translation>仅拉取</translation>
  </message>
  <message>
   <source>Only send</source>
   <translation>仅推送</translation>
  </message>
  <message>
   <source>Pictures</source>
   <translation>图片</translation>
  </message>
  <message>
   <source>Project</source>
   <translation>项目</translation>
  </message>
  <message>
   <source>Put them into a folder that the server shows as local files</source>
   <translation>放入服务器作为本地文件提供的文件夹</translation>
  </message>
  <message>
   <source>See what differs</source>
   <translation>查看差异</translation>
  </message>
  <message>
   <source>Send the pictures to the server</source>
   <translation>把图片上传到服务器</translation>
  </message>
  <message>
   <source>Sent {added} new and {pushed} changed, brought {imported} new and {pulled} changed; {same} the same.</source>
   <translation>已推送：新增 {added}，改动 {pushed}；已拉取：新增 {imported}，改动 {pulled}；相同 {same}。</translation>
  </message>
  <message>
   <source>Server</source>
   <translation>服务器</translation>
  </message>
  <message>
   <source>Show them</source>
   <translation>查看</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
  <message>
   <source>Sync both ways</source>
   <translation>双向同步</translation>
  </message>
  <message>
   <source>Theirs counts</source>
   <translation>以对方为准</translation>
  </message>
  <message>
   <source>To send: {added} new and {pushed} changed. To bring: {imported} new and {pulled} changed. The same: {same}.</source>
   <translation>待推送：新增 {added}，改动 {pushed}。待拉取：新增 {imported}，改动 {pulled}。相同：{same}。</translation>
  </message>
  <message>
   <source>Token</source>
   <translation>令牌</translation>
  </message>
  <message>
   <source>What the exchange found</source>
   <translation>交换结果</translation>
  </message>
  <message>
   <source>Where both sides changed a picture</source>
   <translation>双方都改过同一张图片时</translation>
  </message>
  <message>
   <source>Which</source>
   <translation>哪个项目</translation>
  </message>
  <message>
   <source>Write the address as http://host:8080.</source>
   <translation>地址请写成 http://host:8080。</translation>
  </message>
  <message>
   <source>as it shall be called here</source>
   <translation>在这里使用的名称</translation>
  </message>
  <message>
   <source>{count} things could not be exchanged.</source>
   <translation>{count} 项未能交换。</translation>
  </message>
 </context>
 <context>
  <name>LabelTables</name>
  <message>
   <source>Images that have it, of which it is not said</source>
   <translation>有该标签但未报告的图像</translation>
  </message>
  <message>
   <source>Images that have it, of which it is said</source>
   <translation>有该标签且已报告的图像</translation>
  </message>
  <message>
   <source>Images without it, of which it is not said</source>
   <translation>无该标签且未报告的图像</translation>
  </message>
  <message>
   <source>Images without it, of which it is said</source>
   <translation>无该标签却被报告的图像</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标注</translation>
  </message>
  <message>
   <source>Labels, each by itself</source>
   <translation>各标签分别统计</translation>
  </message>
  <message>
   <source>false</source>
   <translation>过杀</translation>
  </message>
  <message>
   <source>found</source>
   <translation>检出</translation>
  </message>
  <message>
   <source>missed</source>
   <translation>漏检</translation>
  </message>
  <message>
   <source>neither</source>
   <translation>均无</translation>
  </message>
  <message>
   <source>said from</source>
   <translation>报告阈值</translation>
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
   <source>Choose the next vertex too</source>
   <translation>加选下一个顶点</translation>
  </message>
  <message>
   <source>Choose the previous vertex too</source>
   <translation>加选上一个顶点</translation>
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
   <source>Cut holes into a polygon</source>
   <translation>在多边形上开孔</translation>
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
   <source>Draw by keys; box in the middle of the view</source>
   <translation>用键盘绘制;在视图中央画框</translation>
  </message>
  <message>
   <source>Draw ellipses and circles</source>
   <translation>画椭圆和圆</translation>
  </message>
  <message>
   <source>Draw lines</source>
   <translation>画折线</translation>
  </message>
  <message>
   <source>Draw polygons</source>
   <translation>画多边形</translation>
  </message>
  <message>
   <source>Draw rotated boxes</source>
   <translation>画旋转框</translation>
  </message>
  <message>
   <source>Duplicate</source>
   <translation>创建副本</translation>
  </message>
  <message>
   <source>Erase from a mask</source>
   <translation>擦除掩膜</translation>
  </message>
  <message>
   <source>Fill holes and regions of a mask</source>
   <translation>填充掩膜的孔和区域</translation>
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
   <source>Keypoint visible or hidden</source>
   <translation>关键点可见或遮挡</translation>
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
   <source>Mask by lasso</source>
   <translation>套索掩膜</translation>
  </message>
  <message>
   <source>Mask by magic wand</source>
   <translation>魔棒掩膜</translation>
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
   <source>New vertex after the chosen one</source>
   <translation>在所选顶点后插入顶点</translation>
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
   <source>Next vertex</source>
   <translation>下一个顶点</translation>
  </message>
  <message>
   <source>Paint a mask</source>
   <translation>涂画掩膜</translation>
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
   <source>Previous vertex</source>
   <translation>上一个顶点</translation>
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
   <source>Set points</source>
   <translation>标点</translation>
  </message>
  <message>
   <source>Set the keypoints of a skeleton</source>
   <translation>标骨架关键点</translation>
  </message>
  <message>
   <source>Snap to borders, shapes and edges</source>
   <translation>吸附到边界、形状和边缘</translation>
  </message>
  <message>
   <source>Turn 15° left</source>
   <translation>左转 15°</translation>
  </message>
  <message>
   <source>Turn 15° right</source>
   <translation>右转 15°</translation>
  </message>
  <message>
   <source>Turn 1° left</source>
   <translation>左转 1°</translation>
  </message>
  <message>
   <source>Turn 1° right</source>
   <translation>右转 1°</translation>
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
  <name>LabelingFindings</name>
  <message>
   <source>Let the suspicious label be</source>
   <translation>保留可疑标注</translation>
  </message>
  <message>
   <source>Mend the suspicious label as proposed</source>
   <translation>按建议修正可疑标注</translation>
  </message>
  <message>
   <source>Next suspicious label</source>
   <translation>下一个可疑标注</translation>
  </message>
  <message>
   <source>Previous suspicious label</source>
   <translation>上一个可疑标注</translation>
  </message>
 </context>
 <context>
  <name>LabelingMinute</name>
  <message>
   <source>Keep the forecast to compare with later</source>
   <translation>保存预测，供以后比较</translation>
  </message>
  <message>
   <source>What would an hour bring?</source>
   <translation>一小时会带来什么？</translation>
  </message>
 </context>
 <context>
  <name>LabelingOperations</name>
  <message>
   <source>Align bottom</source>
   <translation>下对齐</translation>
  </message>
  <message>
   <source>Align left</source>
   <translation>左对齐</translation>
  </message>
  <message>
   <source>Align middles on a horizontal line</source>
   <translation>中心对齐到横线</translation>
  </message>
  <message>
   <source>Align middles on a vertical line</source>
   <translation>中心对齐到竖线</translation>
  </message>
  <message>
   <source>Align right</source>
   <translation>右对齐</translation>
  </message>
  <message>
   <source>Align top</source>
   <translation>上对齐</translation>
  </message>
  <message>
   <source>Attributes of the selected shapes</source>
   <translation>所选形状的属性</translation>
  </message>
  <message>
   <source>Bring to front</source>
   <translation>移到最前</translation>
  </message>
  <message>
   <source>Change the keys…</source>
   <translation>更改按键…</translation>
  </message>
  <message>
   <source>Click the shape that it points to · or choose it with ] and press Enter · Esc leaves</source>
   <translation>单击关系指向的形状 · 或用 ] 选择后按 Enter · Esc 退出</translation>
  </message>
  <message>
   <source>Click the shape that the relation begins at</source>
   <translation>单击关系的起点形状</translation>
  </message>
  <message>
   <source>Convert to a box</source>
   <translation>转换为矩形框</translation>
  </message>
  <message>
   <source>Convert to a line</source>
   <translation>转换为折线</translation>
  </message>
  <message>
   <source>Convert to a mask</source>
   <translation>转换为掩膜</translation>
  </message>
  <message>
   <source>Convert to a polygon</source>
   <translation>转换为多边形</translation>
  </message>
  <message>
   <source>Convert to a rotated box</source>
   <translation>转换为旋转框</translation>
  </message>
  <message>
   <source>Convert to an ellipse</source>
   <translation>转换为椭圆</translation>
  </message>
  <message>
   <source>Copy to the most similar image</source>
   <translation>复制到最相似的图像</translation>
  </message>
  <message>
   <source>Copy to the next image</source>
   <translation>复制到下一张图像</translation>
  </message>
  <message>
   <source>Copy to the previous image</source>
   <translation>复制到上一张图像</translation>
  </message>
  <message>
   <source>Cut shapes along a line</source>
   <translation>沿线切割形状</translation>
  </message>
  <message>
   <source>Drag across a shape to cut it · click point by point, Enter cuts</source>
   <translation>拖过形状即可切割 · 或逐点单击，按 Enter 切割</translation>
  </message>
  <message>
   <source>Edit the label schema</source>
   <translation>编辑标签体系</translation>
  </message>
  <message>
   <source>Equal gaps from left to right</source>
   <translation>左右等距</translation>
  </message>
  <message>
   <source>Equal gaps from top to bottom</source>
   <translation>上下等距</translation>
  </message>
  <message>
   <source>Group</source>
   <translation>编组</translation>
  </message>
  <message>
   <source>Hide</source>
   <translation>隐藏</translation>
  </message>
  <message>
   <source>Keep what they have in common</source>
   <translation>只留公共部分</translation>
  </message>
  <message>
   <source>Lock</source>
   <translation>锁定</translation>
  </message>
  <message>
   <source>Mark as a region to ignore</source>
   <translation>标记为忽略区域</translation>
  </message>
  <message>
   <source>Mark as occluded</source>
   <translation>标记为遮挡</translation>
  </message>
  <message>
   <source>Mark as truncated</source>
   <translation>标记为截断</translation>
  </message>
  <message>
   <source>Relate to another shape</source>
   <translation>与另一形状建立关系</translation>
  </message>
  <message>
   <source>Same height as the first one</source>
   <translation>与第一个同高</translation>
  </message>
  <message>
   <source>Same size as the first one</source>
   <translation>与第一个同大小</translation>
  </message>
  <message>
   <source>Same width as the first one</source>
   <translation>与第一个同宽</translation>
  </message>
  <message>
   <source>Search in the list of shapes</source>
   <translation>在形状列表中搜索</translation>
  </message>
  <message>
   <source>Select single shapes of a group</source>
   <translation>单独选择组内形状</translation>
  </message>
  <message>
   <source>Send to back</source>
   <translation>移到最后</translation>
  </message>
  <message>
   <source>Show all hidden shapes</source>
   <translation>显示所有隐藏的形状</translation>
  </message>
  <message>
   <source>Simplify…</source>
   <translation>简化…</translation>
  </message>
  <message>
   <source>Subtract the others from the first one</source>
   <translation>从第一个中减去其他</translation>
  </message>
  <message>
   <source>Take apart</source>
   <translation>拆分</translation>
  </message>
  <message>
   <source>Ungroup</source>
   <translation>取消编组</translation>
  </message>
  <message>
   <source>Unite; join lines</source>
   <translation>合并；连接折线</translation>
  </message>
 </context>
 <context>
  <name>LabelingPage</name>
  <message>
   <source>A part of this page could not be made ({0}): {1}</source>
   <translation>此页面的一部分无法创建（{0}）：{1}</translation>
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
  <name>LabelingQueue</name>
  <message>
   <source>Choose what to label next…</source>
   <translation>选择接下来标注什么…</translation>
  </message>
  <message>
   <source>Go through the queue</source>
   <translation>处理队列</translation>
  </message>
  <message>
   <source>Skip this image of the queue</source>
   <translation>跳过队列中的这张图像</translation>
  </message>
 </context>
 <context>
  <name>LabelingReview</name>
  <message>
   <source>Accept the image; next to review</source>
   <translation>通过此图像；下一张待审核</translation>
  </message>
  <message>
   <source>Comment at the pointer</source>
   <translation>在指针处评论</translation>
  </message>
  <message>
   <source>Labelled; next image to label</source>
   <translation>已标注；下一张待标注</translation>
  </message>
  <message>
   <source>Next image to review</source>
   <translation>下一张待审核图像</translation>
  </message>
  <message>
   <source>Quality: progress, suspicious labels, agreement</source>
   <translation>质量：进度、可疑标注、一致性</translation>
  </message>
  <message>
   <source>Reject the image, with a reason</source>
   <translation>退回此图像，并说明原因</translation>
  </message>
 </context>
 <context>
  <name>LabelingSimilar</name>
  <message>
   <source>More images like this one</source>
   <translation>查找相似图像</translation>
  </message>
  <message>
   <source>More shapes like this one</source>
   <translation>查找相似形状</translation>
  </message>
  <message>
   <source>Select one shape of your own first; then ask for more like it.</source>
   <translation>请先选中一个自己标注的形状，再查找相似的。</translation>
  </message>
 </context>
 <context>
  <name>LabelingSuggestions</name>
  <message>
   <source>Next suggestion</source>
   <translation>下一个建议</translation>
  </message>
  <message>
   <source>Pre-label all unlabelled images</source>
   <translation>预标注所有未标注图像</translation>
  </message>
  <message>
   <source>Refuse the suggestions that the score hides</source>
   <translation>拒绝因置信度低而隐藏的建议</translation>
  </message>
  <message>
   <source>Suggestions of the model on this image</source>
   <translation>模型对当前图像的建议</translation>
  </message>
 </context>
 <context>
  <name>LabelingView</name>
  <message>
   <source>Drag to measure a length · three clicks measure an angle · Shift: straight</source>
   <translation>拖动测量长度 · 点击三次测量角度 · Shift：保持直线</translation>
  </message>
 </context>
 <context>
  <name>Lanes</name>
  <message>
   <source>{0}: {1} key frames, on {2} of {3} frames</source>
   <translation>{0}：{1} 个关键帧，出现在 {3} 帧中的 {2} 帧</translation>
  </message>
 </context>
 <context>
  <name>LargeImages</name>
  <message>
   <source>Prepare the large image {0}</source>
   <translation>准备大图 {0}</translation>
  </message>
  <message>
   <source>Preparing {0} %</source>
   <translation>准备中 {0} %</translation>
  </message>
  <message>
   <source>The image could not be prepared: {0}</source>
   <translation>无法准备该图像：{0}</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>重试</translation>
  </message>
  <message>
   <source>the job was cancelled</source>
   <translation>任务已取消</translation>
  </message>
 </context>
 <context>
  <name>LogCard</name>
  <message>
   <source>All levels</source>
   <translation>所有级别</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>复制</translation>
  </message>
  <message>
   <source>Errors only</source>
   <translation>仅错误</translation>
  </message>
  <message>
   <source>From information on</source>
   <translation>信息及以上</translation>
  </message>
  <message>
   <source>From warnings on</source>
   <translation>警告及以上</translation>
  </message>
  <message>
   <source>It has written nothing yet.</source>
   <translation>尚无日志。</translation>
  </message>
  <message>
   <source>Let the lines stand still; what is written meanwhile comes afterwards</source>
   <translation>让日志停住；其间写入的内容稍后补上</translation>
  </message>
  <message>
   <source>Level</source>
   <translation>级别</translation>
  </message>
  <message>
   <source>Live.</source>
   <translation>实时。</translation>
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
   <source>Of structured lines; what other programs print has no level and is always shown</source>
   <translation>针对结构化日志行；其他程序打印的内容没有级别，始终显示</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>Paused.</source>
   <translation>已暂停。</translation>
  </message>
  <message>
   <source>Reading…</source>
   <translation>正在读取…</translation>
  </message>
  <message>
   <source>Return or F3: the next one. Shift+F3: the one before</source>
   <translation>回车或 F3：下一处。Shift+F3：上一处</translation>
  </message>
  <message>
   <source>Search</source>
   <translation>搜索</translation>
  </message>
  <message>
   <source>Search in the log</source>
   <translation>在日志中搜索</translation>
  </message>
  <message>
   <source>The chosen lines as they were written, else all that are shown</source>
   <translation>按原文复制选中的行，未选则复制所有显示的行</translation>
  </message>
  <message>
   <source>The last {0} lines are kept here; earlier ones: {1}</source>
   <translation>此处保留最近 {0} 行；更早的请用：{1}</translation>
  </message>
  <message>
   <source>The link is cut; trying again. {}</source>
   <translation>连接已断开，正在重试。{}</translation>
  </message>
  <message>
   <source>{} found</source>
   <translation>找到 {} 处</translation>
  </message>
 </context>
 <context>
  <name>Machine</name>
  <message>
   <source>Computes BF16: faster than FP32 and nearly as exact</source>
   <translation>支持 BF16：比 FP32 快，精度几乎相同</translation>
  </message>
  <message>
   <source>Computes INT8 models several times faster than FP32</source>
   <translation>INT8 模型比 FP32 快几倍</translation>
  </message>
  <message>
   <source>Computes several numbers at once</source>
   <translation>一次可算多个数</translation>
  </message>
  <message>
   <source>Computes several numbers at once (ARM)</source>
   <translation>一次可算多个数（ARM）</translation>
  </message>
  <message>
   <source>Dot products of ARM: INT8 models are fast</source>
   <translation>ARM 点积指令：INT8 模型很快</translation>
  </message>
  <message>
   <source>Multiplies whole tiles: INT8 and BF16 at their fastest</source>
   <translation>整块矩阵相乘：INT8 和 BF16 最快</translation>
  </message>
  <message>
   <source>clock is right</source>
   <translation>时钟准确</translation>
  </message>
  <message>
   <source>clock is {} ahead</source>
   <translation>时钟快 {}</translation>
  </message>
  <message>
   <source>clock is {} behind</source>
   <translation>时钟慢 {}</translation>
  </message>
 </context>
 <context>
  <name>MachinePicture</name>
  <message>
   <source>1 core</source>
   <translation>1 核</translation>
  </message>
  <message>
   <source>CPU unknown</source>
   <translation>CPU 未知</translation>
  </message>
  <message>
   <source>Disk</source>
   <translation>磁盘</translation>
  </message>
  <message>
   <source>Looked at</source>
   <translation>查看于</translation>
  </message>
  <message>
   <source>Memory</source>
   <translation>内存</translation>
  </message>
  <message>
   <source>Nobody has looked at this machine yet.</source>
   <translation>还没有查看过这台机器。</translation>
  </message>
  <message>
   <source>System</source>
   <translation>系统</translation>
  </message>
  <message>
   <source>as {}</source>
   <translation>用户 {}</translation>
  </message>
  <message>
   <source>as {} (administrator)</source>
   <translation>用户 {}（管理员）</translation>
  </message>
  <message>
   <source>cores unknown</source>
   <translation>核数未知</translation>
  </message>
  <message>
   <source>no container runtime; runs without</source>
   <translation>无容器运行时，可直接运行</translation>
  </message>
  <message>
   <source>no graphics card seen</source>
   <translation>未发现显卡</translation>
  </message>
  <message>
   <source>system unknown</source>
   <translation>系统未知</translation>
  </message>
  <message>
   <source>the artifact takes {}</source>
   <translation>制品需要 {}</translation>
  </message>
  <message>
   <source>unknown</source>
   <translation>未知</translation>
  </message>
  <message>
   <source>{0} of {1} free</source>
   <translation>共 {1}，空闲 {0}</translation>
  </message>
  <message>
   <source>{0}, {1} threads</source>
   <translation>{0}，{1} 线程</translation>
  </message>
  <message>
   <source>{} cores</source>
   <translation>{} 核</translation>
  </message>
  <message>
   <source>{} free</source>
   <translation>空闲 {}</translation>
  </message>
  <message>
   <source>{}, free part unknown</source>
   <translation>{}，空闲未知</translation>
  </message>
 </context>
 <context>
  <name>MainWindow</name>
  <message>
   <source>Open a workspace first: the console reads it.</source>
   <translation>请先打开工作区：控制台读取其内容。</translation>
  </message>
 </context>
 <context>
  <name>MapView</name>
  <message>
   <source>Choose all but one of each group of images that look nearly the same</source>
   <translation>在每组几乎相同的图像中，选中除一张以外的所有图像</translation>
  </message>
  <message>
   <source>Choose the images that are most unlike all others</source>
   <translation>选中与其他图像最不相似的图像</translation>
  </message>
  <message>
   <source>Colours</source>
   <translation>颜色</translation>
  </message>
  <message>
   <source>Compare the images</source>
   <translation>比较图像</translation>
  </message>
  <message>
   <source>Compare the new images</source>
   <translation>比较新图像</translation>
  </message>
  <message>
   <source>Comparing…</source>
   <translation>正在比较…</translation>
  </message>
  <message>
   <source>Drag a line around points to choose them.</source>
   <translation>拖动圈选图中的点。</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Label these</source>
   <translation>标注这些</translation>
  </message>
  <message>
   <source>Labelled or not</source>
   <translation>是否已标注</translation>
  </message>
  <message>
   <source>Map of the images</source>
   <translation>图像图谱</translation>
  </message>
  <message>
   <source>Near-duplicates</source>
   <translation>近似重复</translation>
  </message>
  <message>
   <source>No images look nearly the same.</source>
   <translation>没有几乎相同的图像。</translation>
  </message>
  <message>
   <source>No map yet</source>
   <translation>还没有图谱</translation>
  </message>
  <message>
   <source>Outliers</source>
   <translation>离群</translation>
  </message>
  <message>
   <source>Queue</source>
   <translation>队列</translation>
  </message>
  <message>
   <source>Show these</source>
   <translation>显示这些</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>划分</translation>
  </message>
  <message>
   <source>The images are compared once, in the background; then what looks alike lies together here.</source>
   <translation>图像在后台比较一次，之后相似的图像会聚在一起。</translation>
  </message>
  <message>
   <source>There are too few images to tell.</source>
   <translation>图像太少，无法判断。</translation>
  </message>
  <message>
   <source>done</source>
   <translation>已处理</translation>
  </message>
  <message>
   <source>labelled</source>
   <translation>已标注</translation>
  </message>
  <message>
   <source>none</source>
   <translation>无</translation>
  </message>
  <message>
   <source>several labels</source>
   <translation>多个标签</translation>
  </message>
  <message>
   <source>skipped</source>
   <translation>跳过</translation>
  </message>
  <message>
   <source>suggested by a model</source>
   <translation>模型建议</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>等待</translation>
  </message>
  <message>
   <source>{0} chosen</source>
   <translation>已选 {0}</translation>
  </message>
  <message>
   <source>{0} images; two principal components, {1} % of the differences</source>
   <translation>{0} 张图像；两个主成分，占差异的 {1} %</translation>
  </message>
 </context>
 <context>
  <name>Marks</name>
  <message>
   <source>Add a comment</source>
   <translation>添加注释</translation>
  </message>
  <message>
   <source>Blue</source>
   <translation>蓝</translation>
  </message>
  <message>
   <source>Choose a group, or a component that is in one.</source>
   <translation>请先选择一个分组，或分组中的组件。</translation>
  </message>
  <message>
   <source>Choose the components that belong together first.</source>
   <translation>请先选择要放在一起的组件。</translation>
  </message>
  <message>
   <source>Colour</source>
   <translation>颜色</translation>
  </message>
  <message>
   <source>Comment</source>
   <translation>评论</translation>
  </message>
  <message>
   <source>Double click or F2 to write; drag the corner to change the size</source>
   <translation>双击或按 F2 书写；拖动右下角改变大小</translation>
  </message>
  <message>
   <source>Drag the title to move the group; double click or F2 to rename</source>
   <translation>拖动标题可移动分组；双击或按 F2 重命名</translation>
  </message>
  <message>
   <source>Fold or unfold the group</source>
   <translation>折叠或展开分组</translation>
  </message>
  <message>
   <source>Green</source>
   <translation>绿</translation>
  </message>
  <message>
   <source>Grey</source>
   <translation>灰色</translation>
  </message>
  <message>
   <source>Group</source>
   <translation>编组</translation>
  </message>
  <message>
   <source>Group {}</source>
   <translation>分组 {}</translation>
  </message>
  <message>
   <source>Purple</source>
   <translation>紫色</translation>
  </message>
  <message>
   <source>Red</source>
   <translation>红</translation>
  </message>
  <message>
   <source>Take out of the group</source>
   <translation>移出分组</translation>
  </message>
  <message>
   <source>Ungroup</source>
   <translation>取消编组</translation>
  </message>
  <message>
   <source>Write or rename</source>
   <translation>书写或重命名</translation>
  </message>
  <message>
   <source>Yellow</source>
   <translation>黄色</translation>
  </message>
  <message>
   <source>{} components</source>
   <translation>{} 个组件</translation>
  </message>
 </context>
 <context>
  <name>MembersDialog</name>
  <message>
   <source>A fleet is many targets that run the same artifact. It comes to them group after group, in waves.</source>
   <translation>设备群是运行同一制品的许多目标。制品一组接一组、分波发布。</translation>
  </message>
  <message>
   <source>A line, a hall, a site; groups are updated one after another</source>
   <translation>一条产线、一个车间或一个厂区，各组依次更新</translation>
  </message>
  <message>
   <source>Add</source>
   <translation>添加</translation>
  </message>
  <message>
   <source>Add targets to {}</source>
   <translation>向 {} 添加目标</translation>
  </message>
  <message>
   <source>All</source>
   <translation>全部</translation>
  </message>
  <message>
   <source>Choose a target.</source>
   <translation>请选择一个目标。</translation>
  </message>
  <message>
   <source>Every target belongs to a fleet already; add further targets first.</source>
   <translation>所有目标都已属于某个设备群，请先添加新的目标。</translation>
  </message>
  <message>
   <source>Give it a name.</source>
   <translation>请取一个名称。</translation>
  </message>
  <message>
   <source>Group</source>
   <translation>编组</translation>
  </message>
  <message>
   <source>Make fleet</source>
   <translation>建立设备群</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>New fleet</source>
   <translation>新建设备群</translation>
  </message>
  <message>
   <source>Targets</source>
   <translation>目标</translation>
  </message>
 </context>
 <context>
  <name>Mending</name>
  <message>
   <source>Fix: {}</source>
   <translation>修正：{}</translation>
  </message>
  <message>
   <source>Mend what is wrong here</source>
   <translation>修正此处的问题</translation>
  </message>
  <message>
   <source>There is nothing here that can be mended at once.</source>
   <translation>此处没有可以直接修正的问题。</translation>
  </message>
 </context>
 <context>
  <name>MergeDialog</name>
  <message>
   <source>Bundles (*.zip)</source>
   <translation>标注包 (*.zip)</translation>
  </message>
  <message>
   <source>Bundle…</source>
   <translation>标注包…</translation>
  </message>
  <message>
   <source>Edits of both sides are kept. What does not contradict goes together by itself; of the rest both versions are shown, and you choose. The store is backed up before. A merge cannot be undone by Ctrl+Z.</source>
   <translation>双方的修改都会保留。互不矛盾的自动合并;其余的显示两个版本,由您选择。合并前会备份数据库。合并不能用 Ctrl+Z 撤销。</translation>
  </message>
  <message>
   <source>Folder of a workspace, or a bundle (.zip)</source>
   <translation>工作区文件夹,或标注包(.zip)</translation>
  </message>
  <message>
   <source>Folder…</source>
   <translation>文件夹…</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>合并</translation>
  </message>
  <message>
   <source>Merge what was labelled elsewhere</source>
   <translation>合并其他地方的标注</translation>
  </message>
  <message>
   <source>There is nothing at this path; choose a folder or a file.</source>
   <translation>该路径下什么也没有;请选择文件夹或文件。</translation>
  </message>
 </context>
 <context>
  <name>MergingPart</name>
  <message>
   <source>Branches of labels…</source>
   <translation>标注分支…</translation>
  </message>
  <message>
   <source>Branches…</source>
   <translation>分支…</translation>
  </message>
  <message>
   <source>Bundles (*.zip)</source>
   <translation>标注包 (*.zip)</translation>
  </message>
  <message>
   <source>Bundle…</source>
   <translation>标注包…</translation>
  </message>
  <message>
   <source>Create branch</source>
   <translation>新建分支</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>合并</translation>
  </message>
  <message>
   <source>Merge what was labelled elsewhere…</source>
   <translation>合并其他地方的标注…</translation>
  </message>
  <message>
   <source>Merged “{0}”: {1} edits, {2} images, {3} imported shapes; {4} went together, {5} conflicts.</source>
   <translation>已合并“{0}”:{1} 次修改,{2} 个样本,{3} 个导入的形状;{4} 个自动合并,{5} 个冲突。</translation>
  </message>
  <message>
   <source>Merge…</source>
   <translation>合并…</translation>
  </message>
  <message>
   <source>Merging {0} …</source>
   <translation>正在合并 {0} …</translation>
  </message>
  <message>
   <source>Remove branch</source>
   <translation>删除分支</translation>
  </message>
  <message>
   <source>Show</source>
   <translation>查看</translation>
  </message>
  <message>
   <source>The store as it was before: {0}</source>
   <translation>合并前的数据库备份:{0}</translation>
  </message>
  <message>
   <source>Write a bundle for another laptop…</source>
   <translation>为另一台电脑写出标注包…</translation>
  </message>
  <message>
   <source>Wrote {0}: {1} edits of {2} images, {3} image files.</source>
   <translation>已写出 {0}:{2} 个样本的 {1} 次修改,{3} 个图像文件。</translation>
  </message>
  <message>
   <source>“{0}” has edits that were never merged. Remove it with them?</source>
   <translation>“{0}”里有从未合并的修改。连同它们一起删除吗?</translation>
  </message>
 </context>
 <context>
  <name>Migration</name>
  <message>
   <source>Shapes of kind {0} are no longer allowed for “{1}”.</source>
   <translation>“{1}”不再允许{0}类形状。</translation>
  </message>
  <message>
   <source>Skeletons of “{0}” get points without a place: {1}.</source>
   <translation>“{0}”的骨架增加尚无位置的点：{1}。</translation>
  </message>
  <message>
   <source>Skeletons of “{0}” lose points: {1}.</source>
   <translation>“{0}”的骨架失去点：{1}。</translation>
  </message>
  <message>
   <source>The attribute “{0}” of “{1}” is now called “{2}”.</source>
   <translation>“{1}”的属性“{0}”改名为“{2}”。</translation>
  </message>
  <message>
   <source>The attribute “{0}” of “{1}” is removed.</source>
   <translation>“{1}”的属性“{0}”被删除。</translation>
  </message>
  <message>
   <source>The label “{0}” is removed.</source>
   <translation>标签“{0}”被删除。</translation>
  </message>
  <message>
   <source>The points of the skeletons of “{0}” get another order.</source>
   <translation>“{0}”骨架的点改变顺序。</translation>
  </message>
  <message>
   <source>The value {0} of “{1}” is no longer offered for “{2}”.</source>
   <translation>“{2}”的“{1}”不再提供值 {0}。</translation>
  </message>
  <message>
   <source>The value {0} of “{1}” is now {2}.</source>
   <translation>“{1}”的值 {0} 改为 {2}。</translation>
  </message>
  <message>
   <source>Values of “{0}” of “{1}” are outside {2} – {3}.</source>
   <translation>“{1}”的“{0}”有值超出 {2} – {3}。</translation>
  </message>
  <message>
   <source>“{0}” becomes “{1}”.</source>
   <translation>“{0}”变为“{1}”。</translation>
  </message>
  <message>
   <source>“{0}” of “{1}” is a {2} now; the value {3} is none.</source>
   <translation>“{1}”的“{0}”现为{2}；值 {3} 不符合。</translation>
  </message>
  <message>
   <source>“{0}” of “{1}” is a {2} now; values are converted.</source>
   <translation>“{1}”的“{0}”现为{2}；值已换算。</translation>
  </message>
  <message>
   <source>“{0}” of “{1}” is required now; {2} is its default.</source>
   <translation>“{1}”的“{0}”现为必填；默认值为 {2}。</translation>
  </message>
  <message>
   <source>“{0}” with {1} = {2} becomes “{3}”.</source>
   <translation>{1} = {2} 的“{0}”变为“{3}”。</translation>
  </message>
 </context>
 <context>
  <name>MiniMap</name>
  <message>
   <source>Small map</source>
   <translation>缩略导航</translation>
  </message>
 </context>
 <context>
  <name>Minimap</name>
  <message>
   <source>Minimap</source>
   <translation>缩略图</translation>
  </message>
  <message>
   <source>The whole drawing; click or drag to move there</source>
   <translation>整张图；点击或拖动可移到该处</translation>
  </message>
 </context>
 <context>
  <name>Minute</name>
  <message>
   <source>+{0} points ({1} to {2})</source>
   <translation>+{0} 个百分点 ({1} 至 {2})</translation>
  </message>
  <message>
   <source>An hour of collecting {0}</source>
   <translation>收集 {0} 一小时</translation>
  </message>
  <message>
   <source>An hour of labelling</source>
   <translation>标注一小时</translation>
  </message>
  <message>
   <source>An hour of review</source>
   <translation>审核一小时</translation>
  </message>
  <message>
   <source>Forecast</source>
   <translation>预测</translation>
  </message>
  <message>
   <source>Keep this forecast</source>
   <translation>保存此预测</translation>
  </message>
  <message>
   <source>Later it is held against what the work did bring</source>
   <translation>以后与实际收获作比较</translation>
  </message>
  <message>
   <source>Points of {0}, measured on {1} by images learned from: {2}. 80 % intervals.</source>
   <translation>{0} 的百分点，在 {1} 上测得，按学习的图像数：{2}。区间为 80 %。</translation>
  </message>
  <message>
   <source>Since {0}: {1} images brought {2} points; expected were {3} ({4} to {5}).</source>
   <translation>自 {0} 起：{1} 张图像带来 {2} 个百分点；预期为 {3} ({4} 至 {5})。</translation>
  </message>
  <message>
   <source>The next hour</source>
   <translation>下一个小时</translation>
  </message>
  <message>
   <source>Train a model</source>
   <translation>训练模型</translation>
  </message>
  <message>
   <source>accuracy</source>
   <translation>准确率</translation>
  </message>
  <message>
   <source>{0} images</source>
   <translation>{0} 张图像</translation>
  </message>
  <message>
   <source>{0} shapes</source>
   <translation>{0} 个形状</translation>
  </message>
 </context>
 <context>
  <name>MinuteNote</name>
  <message>
   <source>Go through at least {count} likely label errors ({found} so far).</source>
   <translation>请至少处理 {count} 处可能的标注错误 (目前 {found} 处)。</translation>
  </message>
  <message>
   <source>If the images are like those labelled so far.</source>
   <translation>前提：图像与至今标注的相似。</translation>
  </message>
  <message>
   <source>If {label} learns as all labels do together, and finding such images takes no time.</source>
   <translation>前提：{label} 的学习规律与所有标签整体相同，且找到这样的图像不花时间。</translation>
  </message>
  <message>
   <source>Label at least {count} images here, so that the speed is known ({found} so far).</source>
   <translation>请在此至少标注 {count} 张图像，以便得知速度 (目前 {found} 张)。</translation>
  </message>
  <message>
   <source>On {share} % of the images gone through so far something was mended.</source>
   <translation>至今处理的图像中有 {share} % 得到修正。</translation>
  </message>
  <message>
   <source>Train and evaluate models on at least {count} versions of growing size, on the same images ({found} so far).</source>
   <translation>请用至少 {count} 个逐渐增大的数据版本训练模型，并在同样的图像上评估 (目前 {found} 个)。</translation>
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
   <source>Colour comment</source>
   <translation>更改注释颜色</translation>
  </message>
  <message>
   <source>Connect</source>
   <translation>连接</translation>
  </message>
  <message>
   <source>Edit code</source>
   <translation>编辑代码</translation>
  </message>
  <message>
   <source>Fold group</source>
   <translation>折叠分组</translation>
  </message>
  <message>
   <source>Move</source>
   <translation>移动</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Rename group</source>
   <translation>重命名分组</translation>
  </message>
  <message>
   <source>Replace component</source>
   <translation>替换组件</translation>
  </message>
  <message>
   <source>Resize comment</source>
   <translation>调整注释大小</translation>
  </message>
  <message>
   <source>Unfold group</source>
   <translation>展开分组</translation>
  </message>
  <message>
   <source>Write comment</source>
   <translation>书写注释</translation>
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
   <source>Allow it</source>
   <translation>允许</translation>
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
   <source>Compare the model with another or with a run</source>
   <translation>将模型与其他图或训练记录比较</translation>
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
   <source>Find in the model</source>
   <translation>在模型图中查找</translation>
  </message>
  <message>
   <source>For one whole image, as the served model sees it; FLOPs are twice as many</source>
   <translation>每张完整图像（与部署后的模型所见相同）；FLOPs 为其两倍</translation>
  </message>
  <message>
   <source>Graph {} · {} components · {} · undo {}</source>
   <translation>模型图 {} · {} 个组件 · {} · 可撤销 {}</translation>
  </message>
  <message>
   <source>How much of the image one place of the answer depends on: the receptive field</source>
   <translation>答案中一个位置所依赖的图像范围：感受野</translation>
  </message>
  <message>
   <source>Memory</source>
   <translation>内存</translation>
  </message>
  <message>
   <source>Model graph</source>
   <translation>模型图</translation>
  </message>
  <message>
   <source>Multiplications</source>
   <translation>乘法次数</translation>
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
   <source>Other drawings</source>
   <translation>其他图</translation>
  </message>
  <message>
   <source>Parameters</source>
   <translation>参数量</translation>
  </message>
  <message>
   <source>Run to here: what really flows</source>
   <translation>运行到此：查看真实数据流</translation>
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
   <source>Sees</source>
   <translation>感受范围</translation>
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
   <source>There is no other drawing and no run yet</source>
   <translation>还没有其他图或训练记录</translation>
  </message>
  <message>
   <source>This workspace was made elsewhere. The code of its drawing is measured once you allow it, and can then do what you can.</source>
   <translation>此工作区是在别处创建的。模型图中的代码在您允许后才会运行测量，届时可执行您有权执行的任何操作。</translation>
  </message>
  <message>
   <source>Train the model</source>
   <translation>训练模型</translation>
  </message>
  <message>
   <source>Try values</source>
   <translation>尝试参数</translation>
  </message>
  <message>
   <source>Use values of a trial</source>
   <translation>采用某次试验的参数</translation>
  </message>
  <message>
   <source>Values on the way of one whole image, as 32-bit numbers</source>
   <translation>一张完整图像途经的所有数值（32 位）</translation>
  </message>
  <message>
   <source>Weights that are learnt, counted by PyTorch</source>
   <translation>可学习的权重数，由 PyTorch 统计</translation>
  </message>
  <message>
   <source>What a run was trained with</source>
   <translation>训练时使用的图</translation>
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
   <source>the whole image</source>
   <translation>整张图像</translation>
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
  <name>Operations</name>
  <message>
   <source>A locked shape is among them; unlock it first (Ctrl+Shift+L).</source>
   <translation>其中有锁定的形状；请先解锁（Ctrl+Shift+L）。</translation>
  </message>
  <message>
   <source>Align</source>
   <translation>对齐</translation>
  </message>
  <message>
   <source>Change label</source>
   <translation>更改标签</translation>
  </message>
  <message>
   <source>Choose a shape with several parts.</source>
   <translation>请选择由多个部分组成的形状。</translation>
  </message>
  <message>
   <source>Choose the shapes to copy first (Ctrl+A: all).</source>
   <translation>请先选择要复制的形状（Ctrl+A：全部）。</translation>
  </message>
  <message>
   <source>Combine and cut</source>
   <translation>组合与切割</translation>
  </message>
  <message>
   <source>Convert to</source>
   <translation>转换为</translation>
  </message>
  <message>
   <source>Copy to</source>
   <translation>复制到</translation>
  </message>
  <message>
   <source>Copy to image</source>
   <translation>复制到图像</translation>
  </message>
  <message>
   <source>Looking for the most similar image…</source>
   <translation>正在查找最相似的图像…</translation>
  </message>
  <message>
   <source>Marks</source>
   <translation>标记</translation>
  </message>
  <message>
   <source>Only polygons and lines have points to leave out; choose one.</source>
   <translation>只有多边形和折线有可省略的点；请选择一个。</translation>
  </message>
  <message>
   <source>Order and groups</source>
   <translation>次序与编组</translation>
  </message>
  <message>
   <source>The line crosses no shape from side to side; draw it right across.</source>
   <translation>这条线没有横穿任何形状；请从一侧画到另一侧。</translation>
  </message>
  <message>
   <source>The shapes were changed meanwhile; choose them again.</source>
   <translation>形状其间已更改；请重新选择。</translation>
  </message>
  <message>
   <source>There is no such image to copy to.</source>
   <translation>没有可复制到的图像。</translation>
  </message>
  <message>
   <source>belongs to</source>
   <translation>属于</translation>
  </message>
  <message>
   <source>{0} of {1} shapes were copied; the others are larger than that image.</source>
   <translation>已复制 {1} 个形状中的 {0} 个；其余的比该图像大。</translation>
  </message>
  <message>
   <source>“{0}” may only be: {1}. Allow more on the page of the label schema (Ctrl+E).</source>
   <translation>“{0}”只能是：{1}。可在标签体系页放宽（Ctrl+E）。</translation>
  </message>
 </context>
 <context>
  <name>OrderDialog</name>
  <message>
   <source>Artifact</source>
   <translation>制品</translation>
  </message>
  <message>
   <source>At once</source>
   <translation>同时更新</translation>
  </message>
  <message>
   <source>Begin</source>
   <translation>开始</translation>
  </message>
  <message>
   <source>Bring an artifact to {}</source>
   <translation>把制品发布到 {}</translation>
  </message>
  <message>
   <source>Choose a group.</source>
   <translation>请选择一个分组。</translation>
  </message>
  <message>
   <source>Groups</source>
   <translation>分组</translation>
  </message>
  <message>
   <source>It comes in waves; each begins when the one before is healthy.</source>
   <translation>制品分波发布，前一波健康后才开始下一波。</translation>
  </message>
  <message>
   <source>May fail, %</source>
   <translation>允许失败，%</translation>
  </message>
  <message>
   <source>Of a target that does not answer</source>
   <translation>针对无应答的目标</translation>
  </message>
  <message>
   <source>Of each wave; with more, the order stops</source>
   <translation>每一波中的比例，超过则停止</translation>
  </message>
  <message>
   <source>Pilot targets</source>
   <translation>试点目标</translation>
  </message>
  <message>
   <source>So long a wave has to run well before the next</source>
   <translation>一波须健康运行这么久才开始下一波</translation>
  </message>
  <message>
   <source>So many of the first group get it first</source>
   <translation>第一组中先更新这么多个</translation>
  </message>
  <message>
   <source>So many targets are updated at the same time</source>
   <translation>同时更新这么多个目标</translation>
  </message>
  <message>
   <source>Soak, s</source>
   <translation>观察，秒</translation>
  </message>
  <message>
   <source>Tries</source>
   <translation>尝试次数</translation>
  </message>
  <message>
   <source>Wave {0} ({1}): targets: {2}, of which {3} may fail</source>
   <translation>第 {0} 波（{1}）：{2} 个目标，允许 {3} 个失败</translation>
  </message>
 </context>
 <context>
  <name>PagesModel</name>
  <message>
   <source>Split</source>
   <translation>划分</translation>
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
  <name>PipelineCard</name>
  <message>
   <source>Pipeline {}</source>
   <translation>流水线 {}</translation>
  </message>
  <message>
   <source>has ended</source>
   <translation>已结束</translation>
  </message>
  <message>
   <source>takes pictures</source>
   <translation>正在取图</translation>
  </message>
  <message>
   <source>waits</source>
   <translation>等待中</translation>
  </message>
  <message>
   <source>{} delivered</source>
   <translation>已送达 {}</translation>
  </message>
  <message>
   <source>{} left out, as they came too fast</source>
   <translation>来得太快，略过 {} 张</translation>
  </message>
  <message>
   <source>{} lost</source>
   <translation>丢失 {}</translation>
  </message>
  <message>
   <source>{} ok</source>
   <translation>合格 {}</translation>
  </message>
  <message>
   <source>{} pictures</source>
   <translation>共 {} 张图像</translation>
  </message>
  <message>
   <source>{} rejected</source>
   <translation>不合格 {}</translation>
  </message>
  <message>
   <source>{} unreadable</source>
   <translation>无法读取 {}</translation>
  </message>
  <message>
   <source>{} unsure</source>
   <translation>不确定 {}</translation>
  </message>
  <message>
   <source>{} waiting</source>
   <translation>待送 {}</translation>
  </message>
 </context>
 <context>
  <name>Places</name>
  <message>
   <source>Forget it all the same</source>
   <translation>仍然移除记录</translation>
  </message>
  <message>
   <source>{} is of a kind that cannot be changed here. Remove it and add it again.</source>
   <translation>{} 这类目标不能在这里修改。请移除后重新添加。</translation>
  </message>
 </context>
 <context>
  <name>PointsTab</name>
  <message>
   <source>Figures by point</source>
   <translation>各关键点的指标</translation>
  </message>
  <message>
   <source>How far each point lies from where a person put it. PCK: the share of points that are off by no more than 5 % of their object's longer side; those of missed objects are not. A click shows the images in which one is wrong.</source>
   <translation>各关键点与人工标注位置的距离。PCK：偏差不超过目标长边 5 % 的关键点比例；漏检目标的关键点不算正确。点击可查看该点有误的图像。</translation>
  </message>
  <message>
   <source>Marked</source>
   <translation>已标注</translation>
  </message>
  <message>
   <source>Mean error, px</source>
   <translation>平均偏差（px）</translation>
  </message>
  <message>
   <source>Object missed</source>
   <translation>目标漏检</translation>
  </message>
  <message>
   <source>Point</source>
   <translation>关键点</translation>
  </message>
  <message>
   <source>Visibility right</source>
   <translation>可见性正确</translation>
  </message>
 </context>
 <context>
  <name>Ports</name>
  <message>
   <source>(optional)</source>
   <translation>（可选）</translation>
  </message>
  <message>
   <source>anomaly</source>
   <translation>异常程度</translation>
  </message>
  <message>
   <source>answers</source>
   <translation>各目标分数</translation>
  </message>
  <message>
   <source>best</source>
   <translation>最佳</translation>
  </message>
  <message>
   <source>callbacks</source>
   <translation>回调</translation>
  </message>
  <message>
   <source>classes</source>
   <translation>像素类别</translation>
  </message>
  <message>
   <source>features</source>
   <translation>特征</translation>
  </message>
  <message>
   <source>first</source>
   <translation>前一部分</translation>
  </message>
  <message>
   <source>images</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>in</source>
   <translation>输入</translation>
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
   <source>metric</source>
   <translation>指标</translation>
  </message>
  <message>
   <source>metrics</source>
   <translation>指标</translation>
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
   <source>out</source>
   <translation>输出</translation>
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
   <source>rest</source>
   <translation>其余</translation>
  </message>
  <message>
   <source>rows</source>
   <translation>行</translation>
  </message>
  <message>
   <source>samples</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>targets</source>
   <translation>目标</translation>
  </message>
  <message>
   <source>trees</source>
   <translation>树</translation>
  </message>
 </context>
 <context>
  <name>PreviewDialog</name>
  <message>
   <source>Apply</source>
   <translation>应用</translation>
  </message>
  <message>
   <source>No annotation is affected.</source>
   <translation>没有标注受影响。</translation>
  </message>
  <message>
   <source>This is what happens to annotations; Ctrl+Z on the labelling page takes all of it back.</source>
   <translation>标注将这样变化；在标注页按 Ctrl+Z 可全部撤销。</translation>
  </message>
  <message>
   <source>What the new schema does</source>
   <translation>新标签体系的影响</translation>
  </message>
  <message>
   <source>annotations</source>
   <translation>标注</translation>
  </message>
  <message>
   <source>choose…</source>
   <translation>请选择…</translation>
  </message>
  <message>
   <source>convert to: {0}</source>
   <translation>转换为：{0}</translation>
  </message>
  <message>
   <source>fill in the default</source>
   <translation>填入默认值</translation>
  </message>
  <message>
   <source>leave as it is</source>
   <translation>保持不变</translation>
  </message>
  <message>
   <source>make it {0}</source>
   <translation>改为 {0}</translation>
  </message>
  <message>
   <source>make them “{0}”</source>
   <translation>改为“{0}”</translation>
  </message>
  <message>
   <source>move to the nearest limit</source>
   <translation>移到最近的界限</translation>
  </message>
  <message>
   <source>remove the shapes</source>
   <translation>删除这些形状</translation>
  </message>
  <message>
   <source>take the value away</source>
   <translation>去掉该值</translation>
  </message>
  <message>
   <source>{0} labels added, {1} changed, {2} removed.</source>
   <translation>新增 {0} 个标签，更改 {1} 个，删除 {2} 个。</translation>
  </message>
 </context>
 <context>
  <name>ProgressTab</name>
  <message>
   <source>Day</source>
   <translation>日期</translation>
  </message>
  <message>
   <source>Items</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Items / h</source>
   <translation>样本/小时</translation>
  </message>
  <message>
   <source>Items labelled per day</source>
   <translation>每日标注样本数</translation>
  </message>
  <message>
   <source>Minutes</source>
   <translation>分钟</translation>
  </message>
  <message>
   <source>Per person and day</source>
   <translation>按人按日</translation>
  </message>
  <message>
   <source>Person</source>
   <translation>人员</translation>
  </message>
  <message>
   <source>Reviewed</source>
   <translation>已审核</translation>
  </message>
  <message>
   <source>Shapes</source>
   <translation>形状</translation>
  </message>
  <message>
   <source>Show these on the data page</source>
   <translation>在数据页显示</translation>
  </message>
  <message>
   <source>Who has what</source>
   <translation>任务分配</translation>
  </message>
  <message>
   <source>Who may accept what they labelled themselves</source>
   <translation>谁可以通过自己标注的样本</translation>
  </message>
  <message>
   <source>everyone</source>
   <translation>所有人</translation>
  </message>
  <message>
   <source>everyone, nobody, or names with commas</source>
   <translation>所有人、无人，或用逗号分隔的姓名</translation>
  </message>
  <message>
   <source>nobody</source>
   <translation>无人</translation>
  </message>
  <message>
   <source>pauses over 2 minutes left out</source>
   <translation>不计超过 2 分钟的停顿</translation>
  </message>
 </context>
 <context>
  <name>Properties</name>
  <message>
   <source>Add…</source>
   <translation>添加…</translation>
  </message>
  <message>
   <source>Combine, convert, align, order, group, copy: all that can be done with them</source>
   <translation>组合、转换、对齐、次序、编组、复制：可对它们做的一切</translation>
  </message>
  <message>
   <source>Hidden</source>
   <translation>隐藏</translation>
  </message>
  <message>
   <source>Ignore</source>
   <translation>忽略</translation>
  </message>
  <message>
   <source>It cannot be moved or changed by the mouse</source>
   <translation>不能用鼠标移动或更改</translation>
  </message>
  <message>
   <source>It is not drawn</source>
   <translation>不绘制</translation>
  </message>
  <message>
   <source>Locked</source>
   <translation>锁定</translation>
  </message>
  <message>
   <source>More…</source>
   <translation>更多…</translation>
  </message>
  <message>
   <source>Name of the relation</source>
   <translation>关系名称</translation>
  </message>
  <message>
   <source>Occluded</source>
   <translation>遮挡</translation>
  </message>
  <message>
   <source>Pick the shape that it points to</source>
   <translation>选取关系指向的形状</translation>
  </message>
  <message>
   <source>Relations</source>
   <translation>关系</translation>
  </message>
  <message>
   <source>Remove this relation</source>
   <translation>删除此关系</translation>
  </message>
  <message>
   <source>Show this shape</source>
   <translation>显示此形状</translation>
  </message>
  <message>
   <source>Something lies in front of it</source>
   <translation>前面有物体遮挡</translation>
  </message>
  <message>
   <source>The edge of the image cuts it off</source>
   <translation>被图像边缘截断</translation>
  </message>
  <message>
   <source>The labels of these shapes have no attributes in common.</source>
   <translation>这些形状的标签没有共同的属性。</translation>
  </message>
  <message>
   <source>This region is neither trained on nor evaluated</source>
   <translation>此区域不参与训练和评估</translation>
  </message>
  <message>
   <source>Truncated</source>
   <translation>截断</translation>
  </message>
  <message>
   <source>name, such as: causes</source>
   <translation>名称，例如：导致</translation>
  </message>
 </context>
 <context>
  <name>PushCard</name>
  <message>
   <source>Asking the target what it has</source>
   <translation>正在查看目标上已有的内容</translation>
  </message>
  <message>
   <source>Bringing the gateway</source>
   <translation>正在部署网关</translation>
  </message>
  <message>
   <source>Checking digests</source>
   <translation>校验摘要</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Go on</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Layer {}</source>
   <translation>第 {} 层</translation>
  </message>
  <message>
   <source>Letting the old one finish</source>
   <translation>等待旧发布处理完毕</translation>
  </message>
  <message>
   <source>Measuring {0}: {1}</source>
   <translation>正在测量 {0}：{1}</translation>
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
   <source>Send only what is still missing</source>
   <translation>只发送还缺少的部分</translation>
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
   <source>Stopped at {0}; {1} are still missing. What ran there before still runs.</source>
   <translation>停在 {0}，还差 {1}。目标上原来的版本仍在运行。</translation>
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
   <source>The link is cut; waiting for it to come back</source>
   <translation>连接已断开，正在等待恢复</translation>
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
   <source>goes on from {}</source>
   <translation>从 {} 处继续</translation>
  </message>
  <message>
   <source>{0} of {1} are there</source>
   <translation>已有 {0} / {1}</translation>
  </message>
  <message>
   <source>{0} of {1} changes; whole: {2}</source>
   <translation>差分 {0} / {1}，全量 {2}</translation>
  </message>
  <message>
   <source>{0} of {1} · {2}/s · {3} · goes on by itself after a break</source>
   <translation>{0}(共 {1})· {2}/s · {3} · 断开后自动续传</translation>
  </message>
  <message>
   <source>{}, unpacked</source>
   <translation>{}，已解包</translation>
  </message>
 </context>
 <context>
  <name>Pushing</name>
  <message>
   <source>Back to the release before on {}</source>
   <translation>在 {} 上回滚到上一个发布</translation>
  </message>
  <message>
   <source>Stopped. What ran before still runs; what was sent stays for the next time.</source>
   <translation>已停止。原来的发布仍在运行；已传输的内容保留，下次接着传。</translation>
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
 </context>
 <context>
  <name>QualityPage</name>
  <message>
   <source>Agreement</source>
   <translation>一致性</translation>
  </message>
  <message>
   <source>Assign items</source>
   <translation>分配样本</translation>
  </message>
  <message>
   <source>Begin a blind round</source>
   <translation>开始盲标轮次</translation>
  </message>
  <message>
   <source>Begin a round</source>
   <translation>开始一轮</translation>
  </message>
  <message>
   <source>Blind round</source>
   <translation>盲标轮次</translation>
  </message>
  <message>
   <source>Consensus</source>
   <translation>共识</translation>
  </message>
  <message>
   <source>Counts, sizes, places, picture quality and drift as one page to read and print</source>
   <translation>数量、尺寸、位置、图像质量与漂移，汇成一页供阅读和打印</translation>
  </message>
  <message>
   <source>Dataset report</source>
   <translation>数据集报告</translation>
  </message>
  <message>
   <source>Ignore findings</source>
   <translation>忽略发现</translation>
  </message>
  <message>
   <source>Label</source>
   <translation>去标注</translation>
  </message>
  <message>
   <source>Look for suspicious labels</source>
   <translation>查找可疑标注</translation>
  </message>
  <message>
   <source>Mend labels</source>
   <translation>修正标注</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>打开</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>进度</translation>
  </message>
  <message>
   <source>Quality</source>
   <translation>质量</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Remove the round</source>
   <translation>删除轮次</translation>
  </message>
  <message>
   <source>Remove this round with all its answers? They cannot be brought back.</source>
   <translation>删除本轮及其所有答案？删除后无法恢复。</translation>
  </message>
  <message>
   <source>Review rule</source>
   <translation>审核规则</translation>
  </message>
  <message>
   <source>Suspicious labels</source>
   <translation>可疑标注</translation>
  </message>
  <message>
   <source>The dataset report is ready.</source>
   <translation>数据集报告已完成。</translation>
  </message>
  <message>
   <source>{0} annotations agreed on, {1} replaced; {2} drawn shapes had too few votes.</source>
   <translation>达成一致的标注 {0} 个，替换 {1} 个；{2} 个形状票数不足。</translation>
  </message>
  <message>
   <source>{0} labels could not be mended so; open them and change them by hand.</source>
   <translation>{0} 个标注无法这样修正；请打开后手动修改。</translation>
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
  <name>QueueCard</name>
  <message>
   <source>Also while other programs compute</source>
   <translation>其他程序占用处理器时也让路</translation>
  </message>
  <message>
   <source>At once on the CPU</source>
   <translation>CPU 上同时训练数</translation>
  </message>
  <message>
   <source>Further trainings wait in the queue, also when the window is closed. Each GPU takes one of its own.</source>
   <translation>其余训练排队等候，关闭窗口后依然有效。每块 GPU 另可运行一个训练。</translation>
  </message>
  <message>
   <source>Go on by themselves after a restart of the computer or a kill</source>
   <translation>电脑重启或进程被终止后自动继续</translation>
  </message>
  <message>
   <source>Never</source>
   <translation>从不</translation>
  </message>
  <message>
   <source>Rest between steps</source>
   <translation>步间让路</translation>
  </message>
  <message>
   <source>Stand back behind other programs</source>
   <translation>让其他程序优先</translation>
  </message>
  <message>
   <source>Trainings</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>Wait while the computer runs on its battery</source>
   <translation>使用电池供电时暂停</translation>
  </message>
  <message>
   <source>While I work in this window</source>
   <translation>我在使用本窗口时</translation>
  </message>
 </context>
 <context>
  <name>QueueDialog</name>
  <message>
   <source>Choose</source>
   <translation>选择</translation>
  </message>
  <message>
   <source>Choose another model than the first one.</source>
   <translation>请选择与第一个不同的模型。</translation>
  </message>
  <message>
   <source>Choose by</source>
   <translation>选择依据</translation>
  </message>
  <message>
   <source>Choose what to label next</source>
   <translation>选择接下来标注什么</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>Number of images</source>
   <translation>图像数量</translation>
  </message>
  <message>
   <source>Second model</source>
   <translation>第二个模型</translation>
  </message>
  <message>
   <source>The images are put into an order, each with the reason why it is worth your time.</source>
   <translation>把图像排好顺序，并说明每张为什么值得您花时间。</translation>
  </message>
 </context>
 <context>
  <name>QueuePart</name>
  <message>
   <source>A model and the look of the images tell which ones are worth labelling first.</source>
   <translation>由模型和图像外观来判断哪些图像最值得先标注。</translation>
  </message>
  <message>
   <source>Choose what to label next</source>
   <translation>选择接下来标注什么</translation>
  </message>
  <message>
   <source>Choose what to label next…</source>
   <translation>选择接下来标注什么…</translation>
  </message>
  <message>
   <source>Empty it</source>
   <translation>清空</translation>
  </message>
  <message>
   <source>Empty the queue</source>
   <translation>清空队列</translation>
  </message>
  <message>
   <source>Go through it</source>
   <translation>开始处理</translation>
  </message>
  <message>
   <source>Label the images</source>
   <translation>标注图像</translation>
  </message>
  <message>
   <source>Leave the queue</source>
   <translation>离开队列</translation>
  </message>
  <message>
   <source>Leave this image for later and go on (Shift+X)</source>
   <translation>这张以后再看，继续下一张 (Shift+X)</translation>
  </message>
  <message>
   <source>Nothing was found that is worth a second look.</source>
   <translation>没有发现值得再看一遍的图像。</translation>
  </message>
  <message>
   <source>Queue</source>
   <translation>队列</translation>
  </message>
  <message>
   <source>Show all images again, in their own order</source>
   <translation>重新按原来的顺序显示所有图像</translation>
  </message>
  <message>
   <source>Skip</source>
   <translation>跳过</translation>
  </message>
  <message>
   <source>The queue is ready.</source>
   <translation>队列已准备好。</translation>
  </message>
  <message>
   <source>This is the end of the queue.</source>
   <translation>队列到此结束。</translation>
  </message>
  <message>
   <source>Why this one?</source>
   <translation>为什么是这张？</translation>
  </message>
  <message>
   <source>{0} of {1}</source>
   <translation>第 {0} 张，共 {1} 张</translation>
  </message>
  <message>
   <source>{0} to look at · {1} done · {2} skipped</source>
   <translation>待看 {0} · 完成 {1} · 跳过 {2}</translation>
  </message>
  <message>
   <source>{0} · done</source>
   <translation>{0} · 已完成</translation>
  </message>
  <message>
   <source>{0} · skipped</source>
   <translation>{0} · 已跳过</translation>
  </message>
 </context>
 <context>
  <name>QueueReason</name>
  <message>
   <source>It is the most typical of all images: a good one to begin with.</source>
   <translation>它是所有图像中最典型的一张，适合作为开始。</translation>
  </message>
  <message>
   <source>It is {times} × as doubtful as an average image.</source>
   <translation>它的不确定程度是平均图像的 {times} 倍。</translation>
  </message>
  <message>
   <source>It looks unlike everything labelled so far.</source>
   <translation>它与至今标注过的图像都不像。</translation>
  </message>
  <message>
   <source>It was drawn by chance.</source>
   <translation>随机抽取。</translation>
  </message>
  <message>
   <source>It was drawn from what {model} was asked at {target}.</source>
   <translation>从 {target} 上 {model} 处理过的图像中抽取。</translation>
  </message>
  <message>
   <source>Labelled {label}, but {model} says {other} ({score}).</source>
   <translation>标注为 {label}，但 {model} 认为是 {other} ({score})。</translation>
  </message>
  <message>
   <source>Models {model} and {second} disagree about the place of {label} {where}.</source>
   <translation>模型 {model} 和 {second} 对{where}的 {label} 的位置意见不一。</translation>
  </message>
  <message>
   <source>Models {model} and {second} disagree {where}: {label} or {other}.</source>
   <translation>模型 {model} 和 {second} 对{where}意见不一：{label} 还是 {other}。</translation>
  </message>
  <message>
   <source>Models {model} and {second} disagree {where}: {label} with {score} or {other_score}.</source>
   <translation>模型 {model} 和 {second} 对{where}意见不一：{label} 的置信度为 {score} 或 {other_score}。</translation>
  </message>
  <message>
   <source>Models {model} and {second} disagree: only {by} sees {label} {where} ({score}).</source>
   <translation>模型 {model} 和 {second} 意见不一：只有 {by} 看到{where}的 {label} ({score})。</translation>
  </message>
  <message>
   <source>Nothing speaks against what is here.</source>
   <translation>没有与现有标注相矛盾之处。</translation>
  </message>
  <message>
   <source>Somebody at {target} says that {model} is wrong here.</source>
   <translation>{target} 现场有人指出 {model} 在此判断错误。</translation>
  </message>
  <message>
   <source>The box of {label} {where} may not fit: {model} puts it elsewhere.</source>
   <translation>{where}的 {label} 的框可能不准：{model} 给出的位置不同。</translation>
  </message>
  <message>
   <source>Two releases at {target} answered it differently.</source>
   <translation>{target} 上的两个发布对它给出不同的回答。</translation>
  </message>
  <message>
   <source>at the bottom</source>
   <translation>下方</translation>
  </message>
  <message>
   <source>at the top</source>
   <translation>上方</translation>
  </message>
  <message>
   <source>in the lower left corner</source>
   <translation>左下角</translation>
  </message>
  <message>
   <source>in the lower right corner</source>
   <translation>右下角</translation>
  </message>
  <message>
   <source>in the middle</source>
   <translation>中间</translation>
  </message>
  <message>
   <source>in the upper left corner</source>
   <translation>左上角</translation>
  </message>
  <message>
   <source>in the upper right corner</source>
   <translation>右上角</translation>
  </message>
  <message>
   <source>on the left</source>
   <translation>左侧</translation>
  </message>
  <message>
   <source>on the right</source>
   <translation>右侧</translation>
  </message>
  <message>
   <source>{count} places on it are in doubt.</source>
   <translation>图上有 {count} 处存疑。</translation>
  </message>
  <message>
   <source>{count} places on it are suspicious.</source>
   <translation>图上有 {count} 处可疑。</translation>
  </message>
  <message>
   <source>{label} {where} may be nothing: {model} sees nothing there.</source>
   <translation>{where}的 {label} 可能并不存在：{model} 在那里什么也没看到。</translation>
  </message>
  <message>
   <source>{label} {where} may be {other}: {model} is sure of it ({score}).</source>
   <translation>{where}的 {label} 可能是 {other}：{model} 很有把握 ({score})。</translation>
  </message>
  <message>
   <source>{label} {where} may have been overlooked: {model} is sure of it ({score}).</source>
   <translation>{where}可能漏标了 {label}：{model} 很有把握 ({score})。</translation>
  </message>
  <message>
   <source>{model} finds nothing here.</source>
   <translation>{model} 在这里没有发现任何东西。</translation>
  </message>
  <message>
   <source>{model} is unsure about {label} {where} ({score}).</source>
   <translation>{model} 对{where}的 {label} 没有把握 ({score})。</translation>
  </message>
  <message>
   <source>{model} was unsure about it at {target}.</source>
   <translation>{model} 在 {target} 上对它没有把握。</translation>
  </message>
  <message>
   <source>{model} wavers between {label} and {other} {where}.</source>
   <translation>{model} 对{where}拿不准是 {label} 还是 {other}。</translation>
  </message>
 </context>
 <context>
  <name>QueueWords</name>
  <message>
   <source>A mix (recommended)</source>
   <translation>综合 (推荐)</translation>
  </message>
  <message>
   <source>An honest sample, to compare with.</source>
   <translation>无偏的样本，用于比较。</translation>
  </message>
  <message>
   <source>By chance</source>
   <translation>随机</translation>
  </message>
  <message>
   <source>Images that the model is unsure of, and unlike each other and what is labelled.</source>
   <translation>模型没有把握、彼此不同且与已标注图像不同的图像。</translation>
  </message>
  <message>
   <source>Labelled images whose labels a model contradicts that has not learned from them.</source>
   <translation>已标注，但没有学过它们的模型与其标注相矛盾的图像。</translation>
  </message>
  <message>
   <source>Likely label errors</source>
   <translation>可能的标注错误</translation>
  </message>
  <message>
   <source>Needs no model: good for the first images.</source>
   <translation>不需要模型，适合最初的图像。</translation>
  </message>
  <message>
   <source>The sum of the doubts of all detections.</source>
   <translation>所有检测结果的不确定程度之和。</translation>
  </message>
  <message>
   <source>What is unlike all that is labelled</source>
   <translation>与已标注图像都不像的</translation>
  </message>
  <message>
   <source>What only one of them sees, or labels or places otherwise.</source>
   <translation>只有其中一个看到，或标签、位置不同的。</translation>
  </message>
  <message>
   <source>What the model is unsure of</source>
   <translation>模型没有把握的</translation>
  </message>
  <message>
   <source>Where two models disagree</source>
   <translation>两个模型意见不一的</translation>
  </message>
 </context>
 <context>
  <name>QuickAdd</name>
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
   <source>Label schema</source>
   <translation>标签体系</translation>
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
   <source>Quality</source>
   <translation>质量</translation>
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
  <name>Reasons</name>
  <message>
   <source>After {} requests of the new release nothing is proven against it.</source>
   <translation>新发布回答 {} 个请求后，仍无对它不利的证据。</translation>
  </message>
  <message>
   <source>All requests go to the old release.</source>
   <translation>全部请求回到旧发布。</translation>
  </message>
  <message>
   <source>All steps before were passed.</source>
   <translation>之前各步均已通过。</translation>
  </message>
  <message>
   <source>At most {} objects are found on {} of {} images by the new release, on {} of {} by the old.</source>
   <translation>检出不超过 {} 个目标的图像：新发布 {} / {} 张，旧发布 {} / {} 张。</translation>
  </message>
  <message>
   <source>Half of the answers take longer than {} ms on the new release, {} ms on the old; {} times as long is let through.</source>
   <translation>新发布有一半的回答超过 {} 毫秒，旧发布为 {} 毫秒；最多允许 {} 倍。</translation>
  </message>
  <message>
   <source>It did not stay well: {}.</source>
   <translation>它没有保持健康：{}。</translation>
  </message>
  <message>
   <source>It gets a copy of the requests; its answers are compared and given to nobody.</source>
   <translation>它得到请求的副本；其回答只用于比较，不返回给任何人。</translation>
  </message>
  <message>
   <source>It gets all requests.</source>
   <translation>它接管全部请求。</translation>
  </message>
  <message>
   <source>It gets the requests with the API key {}, and no others.</source>
   <translation>它只处理带 API 密钥 {} 的请求。</translation>
  </message>
  <message>
   <source>It gets the requests with the header {}, and no others.</source>
   <translation>它只处理带请求头 {} 的请求。</translation>
  </message>
  <message>
   <source>It gets {} % of the requests (step {} of {}).</source>
   <translation>它得到 {} % 的请求（第 {} 步，共 {} 步）。</translation>
  </message>
  <message>
   <source>It goes on.</source>
   <translation>它继续进行。</translation>
  </message>
  <message>
   <source>It is rolled out beside the running release.</source>
   <translation>它与正在运行的发布并行，逐步发布。</translation>
  </message>
  <message>
   <source>It is through: {} have it, {} failed.</source>
   <translation>已完成：{} 个目标已有它，{} 个失败。</translation>
  </message>
  <message>
   <source>It takes all requests once it is ready.</source>
   <translation>就绪后接管全部请求。</translation>
  </message>
  <message>
   <source>It waits for a person: promote it or take it back.</source>
   <translation>等待人工决定：全量发布，或收回。</translation>
  </message>
  <message>
   <source>It was cut off.</source>
   <translation>中途被打断。</translation>
  </message>
  <message>
   <source>Its program was ended; it can be continued.</source>
   <translation>执行它的程序已结束，可以继续。</translation>
  </message>
  <message>
   <source>On {} images that both releases looked at they disagree by {} % on average; up to {} % is let through.</source>
   <translation>两个发布都看过的 {} 张图像上，平均不一致率为 {} %；最多允许 {} %。</translation>
  </message>
  <message>
   <source>One in a hundred answers takes longer than {} ms on the new release, {} ms on the old; {} times as long is let through.</source>
   <translation>新发布有百分之一的回答超过 {} 毫秒，旧发布为 {} 毫秒；最多允许 {} 倍。</translation>
  </message>
  <message>
   <source>Only {} of at least {} requests reached the new release within {} s; that is too few to judge it.</source>
   <translation>新发布只收到 {} 个请求（至少需要 {} 个），已过 {} 秒；不足以判断。</translation>
  </message>
  <message>
   <source>Release {} was put back in the place of release {}.</source>
   <translation>发布 {} 被恢复，取代发布 {}。</translation>
  </message>
  <message>
   <source>Something may be wrong, but this could still be an accident; at most {} requests of the new release are waited for.</source>
   <translation>可能有问题，但也可能是偶然；最多再等到新发布回答 {} 个请求。</translation>
  </message>
  <message>
   <source>Step {} was passed.</source>
   <translation>第 {} 步通过。</translation>
  </message>
  <message>
   <source>Takt {} ms: {} with threads: {} answers within {} ms (p99 of {} requests, at most {} ms with 95 % certainty), measured on {} at {} UTC.</source>
   <translation>节拍 {} 毫秒：{}，线程数 {}，回答用时在 {} 毫秒以内（{} 个请求的 p99，95 % 把握下最多 {} 毫秒），在 {} 上测得，时间 {} UTC。</translation>
  </message>
  <message>
   <source>The chance of this by accident is below 1 in {}.</source>
   <translation>偶然出现这种情况的概率低于 1/{}。</translation>
  </message>
  <message>
   <source>The new release answered {} of at least {} requests; nothing is decided yet.</source>
   <translation>新发布已回答 {} 个请求，至少需要 {} 个；尚未下结论。</translation>
  </message>
  <message>
   <source>The new release answered {} requests, the old one {}; nothing speaks against it.</source>
   <translation>新发布回答了 {} 个请求，旧发布 {} 个；未见变差。</translation>
  </message>
  <message>
   <source>The new release calls {} of {} parts bad, the old one {}; from {} to {} is let through.</source>
   <translation>新发布把 {} / {} 个零件判为不良，旧发布 {} 个；允许 {} 至 {} 个。</translation>
  </message>
  <message>
   <source>The new release did not tell how it does when it was asked {} times in a row.</source>
   <translation>连续询问 {} 次，新发布都没有报告自身状态。</translation>
  </message>
  <message>
   <source>The new release ended and was started again since it was given requests.</source>
   <translation>新发布在接到请求后曾退出并重新启动。</translation>
  </message>
  <message>
   <source>The new release is ready; nobody asks it yet.</source>
   <translation>新发布已就绪，尚未接到请求。</translation>
  </message>
  <message>
   <source>The old release does not tell how it does; nothing was compared.</source>
   <translation>旧发布没有报告自身状态，无法比较。</translation>
  </message>
  <message>
   <source>The releases agree by {} % on average; at least {} % is asked for.</source>
   <translation>两个发布平均一致率为 {} %；要求至少 {} %。</translation>
  </message>
  <message>
   <source>The rollout goes on.</source>
   <translation>继续逐步发布。</translation>
  </message>
  <message>
   <source>The surest score is at most {} on {} of {} images of the new release; on the old one it is at most {} on {} of {}.</source>
   <translation>最高得分不超过 {} 的图像，新发布有 {} / {} 张；不超过 {} 的，旧发布有 {} / {} 张。</translation>
  </message>
  <message>
   <source>Wave {} is healthy: {} of {} targets run it.</source>
   <translation>第 {} 波健康：{} / {} 个目标已运行。</translation>
  </message>
  <message>
   <source>Wave {} of {} begins: {} targets of {}.</source>
   <translation>第 {} 波（共 {} 波）开始：{} 个目标，属于 {}。</translation>
  </message>
  <message>
   <source>{} aborted it; {} targets were not updated.</source>
   <translation>{} 中止了它，{} 个目标没有更新。</translation>
  </message>
  <message>
   <source>{} gave it {} % of the requests; the steps are paused.</source>
   <translation>{} 把份额设为 {} %；后续步骤暂停。</translation>
  </message>
  <message>
   <source>{} is brought to {} targets in {} waves.</source>
   <translation>{} 将发到 {} 个目标，共 {} 波。</translation>
  </message>
  <message>
   <source>{} of {} images fail on the new release, {} on the old; {} more are let through.</source>
   <translation>新发布失败 {} / {} 张图像，旧发布 {} 张；最多允许多 {} 张。</translation>
  </message>
  <message>
   <source>{} of {} parts are called bad by the new release, {} of {} by the old.</source>
   <translation>判为不良的零件：新发布 {} / {} 个，旧发布 {} / {} 个。</translation>
  </message>
  <message>
   <source>{} of {} parts are called bad by the new release; between {} % and {} % are usual here.</source>
   <translation>新发布判为不良的零件为 {} / {} 个；此处通常为 {} % 至 {} %。</translation>
  </message>
  <message>
   <source>{} of {} requests failed on the new release, {} of {} on the old.</source>
   <translation>失败的请求：新发布 {} / {}，旧发布 {} / {}。</translation>
  </message>
  <message>
   <source>{} of {} requests took longer than {} ms on the new release; on the old one {} of {} took longer than {} ms.</source>
   <translation>新发布有 {} / {} 个请求超过 {} 毫秒；旧发布有 {} / {} 个超过 {} 毫秒。</translation>
  </message>
  <message>
   <source>{} of {} targets of wave {} failed; {} are let through.</source>
   <translation>失败 {} 个（共 {} 个目标，第 {} 波），允许 {} 个。</translation>
  </message>
  <message>
   <source>{} paused it; targets that are being updated are finished.</source>
   <translation>{} 暂停了它，正在更新的目标会做完。</translation>
  </message>
  <message>
   <source>{} paused it; the traffic stays.</source>
   <translation>{} 暂停了发布；流量保持不变。</translation>
  </message>
  <message>
   <source>{} promoted it.</source>
   <translation>{} 将其全量发布。</translation>
  </message>
  <message>
   <source>{} took it back.</source>
   <translation>{} 收回了它。</translation>
  </message>
  <message>
   <source>“{}” is said of {} of {} images by the new release, of {} of {} by the old.</source>
   <translation>判为“{}”的图像：新发布 {} / {} 张，旧发布 {} / {} 张。</translation>
  </message>
 </context>
 <context>
  <name>RehearsalCard</name>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
  <message>
   <source>Image before</source>
   <translation>上一张</translation>
  </message>
  <message>
   <source>New</source>
   <translation>新建</translation>
  </message>
  <message>
   <source>Next image</source>
   <translation>下一张</translation>
  </message>
  <message>
   <source>Old</source>
   <translation>旧</translation>
  </message>
  <message>
   <source>Open the page</source>
   <translation>打开报告</translation>
  </message>
  <message>
   <source>Rehearsal</source>
   <translation>预演</translation>
  </message>
  <message>
   <source>Rehearse…</source>
   <translation>预演…</translation>
  </message>
  <message>
   <source>The recorded image is on the page</source>
   <translation>录下的图像见报告</translation>
  </message>
  <message>
   <source>Within the limits: it may be released.</source>
   <translation>在限值以内：可以发布。</translation>
  </message>
  <message>
   <source>the same images to both releases</source>
   <translation>同样的图像交给两个发布</translation>
  </message>
  <message>
   <source>{0} images, {1} answered otherwise, {2} % agreement</source>
   <translation>{0} 张图像，{1} 张回答不同，一致率 {2} %</translation>
  </message>
  <message>
   <source>{0} of {1}: {2}, {3} % agreement</source>
   <translation>第 {0} / {1} 张：{2}，一致率 {3} %</translation>
  </message>
 </context>
 <context>
  <name>RehearseDialog</name>
  <message>
   <source>Artifact</source>
   <translation>制品</translation>
  </message>
  <message>
   <source>Folder of images</source>
   <translation>图像文件夹</translation>
  </message>
  <message>
   <source>Folder…</source>
   <translation>文件夹…</translation>
  </message>
  <message>
   <source>Images</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>Recorded images, a folder, or a data version</source>
   <translation>录下的图像、文件夹或数据版本</translation>
  </message>
  <message>
   <source>Rehearse</source>
   <translation>预演</translation>
  </message>
  <message>
   <source>Rehearse on {}</source>
   <translation>在 {} 上预演</translation>
  </message>
  <message>
   <source>The artifact is started beside the running release, both answer the same images, and it is ended again. Nobody else gets its answers.</source>
   <translation>制品在正在运行的发布旁启动，两者回答同样的图像，随后结束。其他人不会得到它的回答。</translation>
  </message>
  <message>
   <source>what releases recorded there</source>
   <translation>该处发布录下的图像</translation>
  </message>
 </context>
 <context>
  <name>ReleasePage</name>
  <message>
   <source>All requests to the new release, whatever steps are left</source>
   <translation>不论还剩几步，全部请求交给新发布</translation>
  </message>
  <message>
   <source>All targets</source>
   <translation>全部目标</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Give the new release this share by hand; the steps are paused</source>
   <translation>手动设定新发布的份额；后续步骤暂停</translation>
  </message>
  <message>
   <source>Hold the button, or the space bar, for half a second; it acts at once</source>
   <translation>按住按钮或空格键半秒，立即执行</translation>
  </message>
  <message>
   <source>Keep it pressed until it is full.</source>
   <translation>请按住，直到填满。</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>日志</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>正在查看…</translation>
  </message>
  <message>
   <source>Nobody drives this rollout: the traffic stays as it is, and nothing is judged until you continue.</source>
   <translation>当前没有程序推进此次发布：流量保持不变，在您继续之前不作判断。</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>Promote now</source>
   <translation>立即全量</translation>
  </message>
  <message>
   <source>Resume</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Roll out…</source>
   <translation>逐步发布…</translation>
  </message>
  <message>
   <source>Rollout on {}</source>
   <translation>{} 上的逐步发布</translation>
  </message>
  <message>
   <source>Set share</source>
   <translation>设定份额</translation>
  </message>
  <message>
   <source>Share of the new release</source>
   <translation>新发布的份额</translation>
  </message>
  <message>
   <source>Take it back</source>
   <translation>立即收回</translation>
  </message>
  <message>
   <source>Take the release back</source>
   <translation>收回新发布</translation>
  </message>
  <message>
   <source>Taken back in {} s: all requests go to the old release, and the new one is ended.</source>
   <translation>{} 秒内已收回：全部请求回到旧发布，新发布已结束。</translation>
  </message>
  <message>
   <source>Taking it back…</source>
   <translation>正在收回…</translation>
  </message>
  <message>
   <source>The link is lost; these figures are {0} s old. {1}</source>
   <translation>连接已断开；以下数据是 {0} 秒前的。{1}</translation>
  </message>
  <message>
   <source>The new release is being brought to the target…</source>
   <translation>正在把新发布送到目标…</translation>
  </message>
  <message>
   <source>The traffic stays as it is</source>
   <translation>流量保持不变</translation>
  </message>
  <message>
   <source>Traffic</source>
   <translation>流量</translation>
  </message>
  <message>
   <source>without a gateway: one release has all requests</source>
   <translation>没有网关：一个发布处理全部请求</translation>
  </message>
  <message>
   <source>{0} of {1} requests of this step are seen, {2} of all go to the new release</source>
   <translation>本步已观察 {0} / {1} 次请求，新发布占全部请求的 {2}</translation>
  </message>
  <message>
   <source>{0} · {1} → {2}</source>
   <translation>{0} · {1} → {2}</translation>
  </message>
  <message>
   <source>{} does not tell how it does.</source>
   <translation>{} 没有报告自身状态。</translation>
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
   <translation>删除</translation>
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
  <name>Review</name>
  <message>
   <source>Accepted</source>
   <translation>已通过</translation>
  </message>
  <message>
   <source>In review</source>
   <translation>审核中</translation>
  </message>
  <message>
   <source>Labelled</source>
   <translation>已标注</translation>
  </message>
  <message>
   <source>Rejected</source>
   <translation>已退回</translation>
  </message>
  <message>
   <source>To label</source>
   <translation>待标注</translation>
  </message>
 </context>
 <context>
  <name>ReviewPart</name>
  <message>
   <source>Review</source>
   <translation>审核</translation>
  </message>
  <message>
   <source>There is nothing left for you to do here.</source>
   <translation>这里没有需要你做的了。</translation>
  </message>
 </context>
 <context>
  <name>RobustnessTab</name>
  <message>
   <source>Goes wrong with {0} {1}</source>
   <translation>{0} {1} 时出错</translation>
  </message>
  <message>
   <source>How strong each disturbance may get before more than 5 points are lost; a click shows what goes wrong.</source>
   <translation>每种干扰到多强时会损失超过 5 个百分点；点击查看出错的样本。</translation>
  </message>
  <message>
   <source>Light, contrast, blur, noise, rotation, JPEG and dirt on the lens: how much of each does the model stand?</source>
   <translation>光照、对比度、模糊、噪声、旋转、JPEG 压缩、镜头脏污：模型各能承受多少？</translation>
  </message>
  <message>
   <source>Look at up to 60 items in 41 states; it takes some minutes</source>
   <translation>在 41 种状态下检查最多 60 个样本；需要几分钟</translation>
  </message>
  <message>
   <source>Measure robustness</source>
   <translation>测量稳健性</translation>
  </message>
  <message>
   <source>Where the model breaks</source>
   <translation>模型失效的位置</translation>
  </message>
  <message>
   <source>breaks at {}</source>
   <translation>在 {} 处失效</translation>
  </message>
  <message>
   <source>holds to {}</source>
   <translation>可承受至 {}</translation>
  </message>
  <message>
   <source>{0} undisturbed: {1} on {2} items. {3} of {4} disturbances break it.</source>
   <translation>无干扰时 {0}：{1}（{2} 个样本）。{4} 种干扰中有 {3} 种使其失效。</translation>
  </message>
 </context>
 <context>
  <name>Rollout</name>
  <message>
   <source>99 of 100 answers of the last 30 s took at most this long, inside the release</source>
   <translation>最近 30 秒内 99 % 的回答在发布内部用时不超过此值</translation>
  </message>
  <message>
   <source>A copy of each request goes to the new model {}; nobody gets its answers, you decide.</source>
   <translation>每个请求复制一份给新模型，{}；其回答不返回给任何人，由您决定。</translation>
  </message>
  <message>
   <source>API key {}</source>
   <translation>API 密钥 {}</translation>
  </message>
  <message>
   <source>Answers with a status from 400 on, of all since the release started</source>
   <translation>自发布启动以来，状态码 400 及以上的回答</translation>
  </message>
  <message>
   <source>Begun</source>
   <translation>开始</translation>
  </message>
  <message>
   <source>Disagreement</source>
   <translation>不一致</translation>
  </message>
  <message>
   <source>Errors</source>
   <translation>错误</translation>
  </message>
  <message>
   <source>Failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>Half of the answers of the last 30 s took at most this long, inside the release</source>
   <translation>最近 30 秒内一半的回答在发布内部用时不超过此值</translation>
  </message>
  <message>
   <source>How far the surest scores of both releases lie apart (Kolmogorov-Smirnov distance)</source>
   <translation>两个发布的最高得分相差多远（Kolmogorov-Smirnov 距离）</translation>
  </message>
  <message>
   <source>In the last 30 s</source>
   <translation>最近 30 秒</translation>
  </message>
  <message>
   <source>It waits for you: promote it or take it back.</source>
   <translation>等待您决定：全量发布，或收回。</translation>
  </message>
  <message>
   <source>Mean difference of the answers to the same images</source>
   <translation>对同样图像的回答的平均差异</translation>
  </message>
  <message>
   <source>Next: {0}, {1}.</source>
   <translation>下一步：{1}，{0}。</translation>
  </message>
  <message>
   <source>Parts called bad, of all since the release started</source>
   <translation>自发布启动以来判为不良的零件</translation>
  </message>
  <message>
   <source>Passed</source>
   <translation>通过</translation>
  </message>
  <message>
   <source>Paused</source>
   <translation>已暂停</translation>
  </message>
  <message>
   <source>Paused: the traffic stays as it is, and nothing is judged.</source>
   <translation>已暂停：流量保持不变，不作判断。</translation>
  </message>
  <message>
   <source>Promoted</source>
   <translation>已全量</translation>
  </message>
  <message>
   <source>Ready</source>
   <translation>就绪</translation>
  </message>
  <message>
   <source>Reject rate</source>
   <translation>判不良率</translation>
  </message>
  <message>
   <source>Requests a second</source>
   <translation>每秒请求数</translation>
  </message>
  <message>
   <source>Requests with the API key {0} go to the new model {1}; then you decide.</source>
   <translation>带 API 密钥 {0} 的请求交给新模型，{1}；之后由您决定。</translation>
  </message>
  <message>
   <source>Requests with the header {0} go to the new model {1}; then you decide.</source>
   <translation>带请求头 {0} 的请求交给新模型，{1}；之后由您决定。</translation>
  </message>
  <message>
   <source>Resumed</source>
   <translation>已继续</translation>
  </message>
  <message>
   <source>Score drift</source>
   <translation>得分漂移</translation>
  </message>
  <message>
   <source>Scores</source>
   <translation>得分</translation>
  </message>
  <message>
   <source>Share set</source>
   <translation>设定份额</translation>
  </message>
  <message>
   <source>Step</source>
   <translation>步</translation>
  </message>
  <message>
   <source>Taken back</source>
   <translation>已收回</translation>
  </message>
  <message>
   <source>Then all requests go to it.</source>
   <translation>之后全部请求都交给它。</translation>
  </message>
  <message>
   <source>Time of an answer</source>
   <translation>回答用时</translation>
  </message>
  <message>
   <source>Waits</source>
   <translation>等待</translation>
  </message>
  <message>
   <source>What is found</source>
   <translation>检出内容</translation>
  </message>
  <message>
   <source>after {} more requests</source>
   <translation>再看 {} 个请求后</translation>
  </message>
  <message>
   <source>as soon as the judge lets it</source>
   <translation>判断通过后</translation>
  </message>
  <message>
   <source>by accident in at most 1 of {} cases</source>
   <translation>偶然出现的概率不超过 1/{}</translation>
  </message>
  <message>
   <source>copies, nobody gets its answers</source>
   <translation>只得到副本，回答不返回</translation>
  </message>
  <message>
   <source>for at least {} requests</source>
   <translation>至少 {} 个请求</translation>
  </message>
  <message>
   <source>header {}</source>
   <translation>请求头 {}</translation>
  </message>
  <message>
   <source>it gets all requests</source>
   <translation>它得到全部请求</translation>
  </message>
  <message>
   <source>it gets {} % of the requests</source>
   <translation>它得到 {} % 的请求</translation>
  </message>
  <message>
   <source>no sign of it</source>
   <translation>未见迹象</translation>
  </message>
  <message>
   <source>p50 time</source>
   <translation>p50 延迟</translation>
  </message>
  <message>
   <source>p99 time</source>
   <translation>p99 延迟</translation>
  </message>
  <message>
   <source>the judge</source>
   <translation>自动判断</translation>
  </message>
  <message>
   <source>the plan</source>
   <translation>计划</translation>
  </message>
  <message>
   <source>you decide</source>
   <translation>由您决定</translation>
  </message>
  <message>
   <source>{0} (about {1})</source>
   <translation>{0}（约 {1}）</translation>
  </message>
  <message>
   <source>{0} and {1}</source>
   <translation>{0}且 {1}</translation>
  </message>
  <message>
   <source>{0} go to the new model {1}.</source>
   <translation>{0}交给新模型，{1}。</translation>
  </message>
  <message>
   <source>{0} of {1} requests</source>
   <translation>每 {1} 个请求中有 {0} 个</translation>
  </message>
  <message>
   <source>{} % of the requests</source>
   <translation>{} % 的请求</translation>
  </message>
  <message>
   <source>{} gets all requests.</source>
   <translation>{} 得到全部请求。</translation>
  </message>
 </context>
 <context>
  <name>RolloutDialog</name>
  <message>
   <source>A rising share of the requests</source>
   <translation>逐步提高的请求份额</translation>
  </message>
  <message>
   <source>API key or its id</source>
   <translation>API 密钥或其编号</translation>
  </message>
  <message>
   <source>Artifact</source>
   <translation>制品</translation>
  </message>
  <message>
   <source>At least so long</source>
   <translation>至少这么久</translation>
  </message>
  <message>
   <source>At least so many are judged</source>
   <translation>至少判断这么多</translation>
  </message>
  <message>
   <source>Copies; nobody gets its answers</source>
   <translation>副本；回答不返回给任何人</translation>
  </message>
  <message>
   <source>Header</source>
   <translation>请求头</translation>
  </message>
  <message>
   <source>It is taken back when {0} points more of its requests fail, they take {1} times as long, or {2} points more or fewer parts are called bad; a good one by mistake in at most {3} % of the rollouts.</source>
   <translation>若失败率高出 {0} 个百分点、用时达到 {1} 倍，或判不良率增减 {2} 个百分点，就会收回；好的发布被误收回的概率不超过 {3} %。</translation>
  </message>
  <message>
   <source>Longer answers are worse</source>
   <translation>更长即为变差</translation>
  </message>
  <message>
   <source>Minutes of each step</source>
   <translation>每步分钟数</translation>
  </message>
  <message>
   <source>Mistakes, %</source>
   <translation>误判，%</translation>
  </message>
  <message>
   <source>More errors</source>
   <translation>错误增加</translation>
  </message>
  <message>
   <source>More or fewer rejects</source>
   <translation>判不良增减</translation>
  </message>
  <message>
   <source>NAME=VALUE, as the line sends it</source>
   <translation>NAME=VALUE，与产线发送的一致</translation>
  </message>
  <message>
   <source>Only its id, or its hash, is kept</source>
   <translation>只保存其编号或哈希</translation>
  </message>
  <message>
   <source>Requests of each step</source>
   <translation>每步请求数</translation>
  </message>
  <message>
   <source>Rising, one after another</source>
   <translation>依次递增</translation>
  </message>
  <message>
   <source>Roll out</source>
   <translation>开始发布</translation>
  </message>
  <message>
   <source>Roll out on {}</source>
   <translation>在 {} 上逐步发布</translation>
  </message>
  <message>
   <source>Say which requests first.</source>
   <translation>请先指定哪些请求。</translation>
  </message>
  <message>
   <source>Shares in percent</source>
   <translation>份额（百分比）</translation>
  </message>
  <message>
   <source>So often a good model may be taken back</source>
   <translation>好模型被误收回的概率上限</translation>
  </message>
  <message>
   <source>The new model runs beside {} and is judged; a worse one is taken back by itself.</source>
   <translation>新模型与 {} 并行运行并接受判断；变差时自动收回。</translation>
  </message>
  <message>
   <source>The requests with a header</source>
   <translation>带某请求头的请求</translation>
  </message>
  <message>
   <source>The requests with an API key</source>
   <translation>带某 API 密钥的请求</translation>
  </message>
  <message>
   <source>Times as slow</source>
   <translation>变慢倍数</translation>
  </message>
  <message>
   <source>Who gets it</source>
   <translation>交给谁</translation>
  </message>
  <message>
   <source>points; beyond that it is worse</source>
   <translation>百分点；超过即为变差</translation>
  </message>
 </context>
 <context>
  <name>RoundDialog</name>
  <message>
   <source>2 or 3 for a gauge study, so that one sees whether people agree with themselves</source>
   <translation>量具研究取 2 或 3 次，以便看出各人自身是否一致</translation>
  </message>
  <message>
   <source>A gauge study takes 50 parts, a third of them hard to tell</source>
   <translation>量具研究取 50 个零件，其中三分之一难以判断</translation>
  </message>
  <message>
   <source>Begin</source>
   <translation>开始</translation>
  </message>
  <message>
   <source>Begin a blind round</source>
   <translation>开始盲标轮次</translation>
  </message>
  <message>
   <source>How many images</source>
   <translation>图像数量</translation>
  </message>
  <message>
   <source>How often each person labels each image</source>
   <translation>每人标注每张图像的次数</translation>
  </message>
  <message>
   <source>Li, Wang, Zhang</source>
   <translation>李, 王, 张</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>Name two persons, or let one label twice.</source>
   <translation>请填写两个人，或让一人标注两次。</translation>
  </message>
  <message>
   <source>Persons, with commas</source>
   <translation>人员，用逗号分隔</translation>
  </message>
  <message>
   <source>Round</source>
   <translation>轮次</translation>
  </message>
  <message>
   <source>Which images</source>
   <translation>哪些图像</translation>
  </message>
  <message>
   <source>a random sample</source>
   <translation>随机抽样</translation>
  </message>
  <message>
   <source>labelled images only, at random</source>
   <translation>仅已标注的图像，随机抽取</translation>
  </message>
  <message>
   <source>the {0} images chosen</source>
   <translation>所选的 {0} 张图像</translation>
  </message>
 </context>
 <context>
  <name>Running</name>
  <message>
   <source>It went no further than “{0}”: {1}</source>
   <translation>运行到“{0}”为止：{1}</translation>
  </message>
  <message>
   <source>Mend the errors of the drawing first.</source>
   <translation>请先修正模型图中的错误。</translation>
  </message>
  <message>
   <source>This workspace has no images yet, so nothing can flow.</source>
   <translation>此工作区还没有图像，没有数据可以流过。</translation>
  </message>
  <message>
   <source>loss {}</source>
   <translation>损失 {}</translation>
  </message>
  <message>
   <source>pretrained backbone</source>
   <translation>预训练主干</translation>
  </message>
  <message>
   <source>remembers no good images yet</source>
   <translation>尚未记住良品图像</translation>
  </message>
  <message>
   <source>running…</source>
   <translation>正在运行…</translation>
  </message>
  <message>
   <source>{} ms</source>
   <translation>{} ms</translation>
  </message>
 </context>
 <context>
  <name>Runs</name>
  <message>
   <source>, without the GPU</source>
   <translation>，不含 GPU</translation>
  </message>
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
   <source>Found at {} % false rejects</source>
   <translation>过杀率 {} % 时的检出率</translation>
  </message>
  <message>
   <source>Gradient: {}</source>
   <translation>梯度：{}</translation>
  </message>
  <message>
   <source>In the queue</source>
   <translation>排队中</translation>
  </message>
  <message>
   <source>Log loss</source>
   <translation>对数损失</translation>
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
   <source>Pixels right</source>
   <translation>像素准确率</translation>
  </message>
  <message>
   <source>Running</source>
   <translation>运行中</translation>
  </message>
  <message>
   <source>Step {} · {}: {}</source>
   <translation>第 {} 步 · {}：{}</translation>
  </message>
  <message>
   <source>Waiting</source>
   <translation>等待中</translation>
  </message>
  <message>
   <source>estimated: CPU time × 10 W a core</source>
   <translation>估算：CPU 时间 × 每核 10 W</translation>
  </message>
  <message>
   <source>gradient</source>
   <translation>梯度</translation>
  </message>
  <message>
   <source>measured</source>
   <translation>实测</translation>
  </message>
  <message>
   <source>speed</source>
   <translation>速度</translation>
  </message>
  <message>
   <source>{} MB memory</source>
   <translation>内存 {} MB</translation>
  </message>
  <message>
   <source>{} MB on the GPU</source>
   <translation>显存 {} MB</translation>
  </message>
  <message>
   <source>{} h {} min</source>
   <translation>{} 小时 {} 分</translation>
  </message>
  <message>
   <source>{} images/s</source>
   <translation>{} 张/秒</translation>
  </message>
  <message>
   <source>{} left</source>
   <translation>剩 {}</translation>
  </message>
  <message>
   <source>{} min</source>
   <translation>{} 分</translation>
  </message>
  <message>
   <source>{} of the time waits for images</source>
   <translation>{} 的时间在等待图像</translation>
  </message>
  <message>
   <source>{} of the time waits for rows</source>
   <translation>{} 的时间在等待数据行</translation>
  </message>
  <message>
   <source>{} rows/s</source>
   <translation>{} 行/秒</translation>
  </message>
  <message>
   <source>{} s</source>
   <translation>{} 秒</translation>
  </message>
  <message>
   <source>{} to {} left</source>
   <translation>剩余 {} 至 {}</translation>
  </message>
 </context>
 <context>
  <name>Scale</name>
  <message>
   <source>Calibrate</source>
   <translation>标定</translation>
  </message>
  <message>
   <source>Measure lengths and angles</source>
   <translation>测量长度与角度</translation>
  </message>
  <message>
   <source>Rulers</source>
   <translation>标尺</translation>
  </message>
  <message>
   <source>Size of a pixel…</source>
   <translation>像素尺寸…</translation>
  </message>
 </context>
 <context>
  <name>SchemaPage</name>
  <message>
   <source>Add</source>
   <translation>添加</translation>
  </message>
  <message>
   <source>Add the labels of a schema file, or the categories of a COCO file</source>
   <translation>添加标签体系文件中的标签，或 COCO 文件中的类别</translation>
  </message>
  <message>
   <source>Apply the new label schema</source>
   <translation>应用新的标签体系</translation>
  </message>
  <message>
   <source>Apply…</source>
   <translation>应用…</translation>
  </message>
  <message>
   <source>Back to labelling</source>
   <translation>返回标注</translation>
  </message>
  <message>
   <source>Change schema</source>
   <translation>更改标签体系</translation>
  </message>
  <message>
   <source>Choose a label, or add one. What should be found in the images?</source>
   <translation>请选择或添加一个标签。要在图像中找什么？</translation>
  </message>
  <message>
   <source>Discard</source>
   <translation>放弃更改</translation>
  </message>
  <message>
   <source>Discard the changes of the schema</source>
   <translation>放弃对标签体系的更改</translation>
  </message>
  <message>
   <source>Drag a label onto another one to put it below. Keys: F2, Alt with arrows, Delete.</source>
   <translation>把标签拖到另一个标签上即成为其下级。按键：F2、Alt 加方向键、Delete。</translation>
  </message>
  <message>
   <source>Export the label schema</source>
   <translation>导出标签体系</translation>
  </message>
  <message>
   <source>Export…</source>
   <translation>导出…</translation>
  </message>
  <message>
   <source>Import a label schema</source>
   <translation>导入标签体系</translation>
  </message>
  <message>
   <source>Import…</source>
   <translation>导入…</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>快捷键</translation>
  </message>
  <message>
   <source>Label schema</source>
   <translation>标签体系</translation>
  </message>
  <message>
   <source>Labels</source>
   <translation>标签</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>New label</source>
   <translation>新标签</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Shapes</source>
   <translation>形状</translation>
  </message>
  <message>
   <source>Show what the changes do to the annotations, then make them (Ctrl+Return)</source>
   <translation>先显示更改对标注的影响，再执行（Ctrl+Return）</translation>
  </message>
  <message>
   <source>The schema is changed; Ctrl+Z on the labelling page takes it back.</source>
   <translation>标签体系已更改；在标注页按 Ctrl+Z 可撤销。</translation>
  </message>
  <message>
   <source>changed elsewhere meanwhile; Discard reads the schema anew</source>
   <translation>其间已在别处更改；“放弃更改”可重新读取</translation>
  </message>
  <message>
   <source>changed, not applied yet</source>
   <translation>已更改，尚未应用</translation>
  </message>
  <message>
   <source>{0} could not be written: {1}</source>
   <translation>无法写入 {0}：{1}</translation>
  </message>
  <message>
   <source>{0} labels</source>
   <translation>{0} 个标签</translation>
  </message>
 </context>
 <context>
  <name>Sections</name>
  <message>
   <source>Activation</source>
   <translation>层 · 激活</translation>
  </message>
  <message>
   <source>Adapters</source>
   <translation>层 · 衔接</translation>
  </message>
  <message>
   <source>Attention</source>
   <translation>层 · 注意力</translation>
  </message>
  <message>
   <source>Augmentation</source>
   <translation>数据增强</translation>
  </message>
  <message>
   <source>Blocks</source>
   <translation>层 · 组合块</translation>
  </message>
  <message>
   <source>Callbacks</source>
   <translation>回调</translation>
  </message>
  <message>
   <source>Convolution</source>
   <translation>层 · 卷积</translation>
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
   <source>Export</source>
   <translation>导出</translation>
  </message>
  <message>
   <source>Joining</source>
   <translation>层 · 合并与拆分</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>Metrics</source>
   <translation>指标</translation>
  </message>
  <message>
   <source>Network</source>
   <translation>网络</translation>
  </message>
  <message>
   <source>Norm, dropout</source>
   <translation>层 · 归一化与失活</translation>
  </message>
  <message>
   <source>Optimiser</source>
   <translation>优化器</translation>
  </message>
  <message>
   <source>Own code</source>
   <translation>自定义代码</translation>
  </message>
  <message>
   <source>Resizing</source>
   <translation>层 · 缩放</translation>
  </message>
  <message>
   <source>This workspace</source>
   <translation>本工作区</translation>
  </message>
  <message>
   <source>Training</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>Vectors</source>
   <translation>层 · 向量</translation>
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
   <source>Change the keys of the labelling page…</source>
   <translation>更改标注页的按键…</translation>
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
   <source>Python console</source>
   <translation>Python 控制台</translation>
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
  <name>ShapeList</name>
  <message>
   <source>Click selects, Ctrl+click adds. The eye hides a shape, the lock protects it.</source>
   <translation>单击选择，Ctrl+单击添加。眼睛隐藏形状，锁保护形状。</translation>
  </message>
  <message>
   <source>Search in the list of shapes</source>
   <translation>在形状列表中搜索</translation>
  </message>
  <message>
   <source>Search: label, kind, value, mark</source>
   <translation>搜索：标签、类型、值、标记</translation>
  </message>
 </context>
 <context>
  <name>SidePanel</name>
  <message>
   <source>Accept {0} suggested</source>
   <translation>接受 {0} 个建议</translation>
  </message>
  <message>
   <source>Assist</source>
   <translation>助手</translation>
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
   <source>Review</source>
   <translation>审核</translation>
  </message>
  <message>
   <source>Shapes</source>
   <translation>形状</translation>
  </message>
  <message>
   <source>Shapes {0}</source>
   <translation>形状 {0}</translation>
  </message>
 </context>
 <context>
  <name>SimilarDialog</name>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Comparing…</source>
   <translation>正在比较…</translation>
  </message>
  <message>
   <source>Images like this one</source>
   <translation>相似的图像</translation>
  </message>
  <message>
   <source>Label these</source>
   <translation>标注这些</translation>
  </message>
  <message>
   <source>Shapes like this one</source>
   <translation>相似的形状</translation>
  </message>
  <message>
   <source>Show as data</source>
   <translation>在数据页显示</translation>
  </message>
  <message>
   <source>The {0} most alike, first the nearest. Double-click opens one.</source>
   <translation>最相似的 {0} 个，由近到远。双击打开。</translation>
  </message>
  <message>
   <source>There is nothing to compare it with.</source>
   <translation>没有可以比较的对象。</translation>
  </message>
  <message>
   <source>{0} % alike</source>
   <translation>相似 {0} %</translation>
  </message>
 </context>
 <context>
  <name>SimplifyDialog</name>
  <message>
   <source>Simplify</source>
   <translation>简化</translation>
  </message>
  <message>
   <source>The outline moves by at most this many pixels. The picture shows the result.</source>
   <translation>轮廓最多移动这么多像素。图上显示结果。</translation>
  </message>
  <message>
   <source>Tolerance</source>
   <translation>容差</translation>
  </message>
  <message>
   <source>{0} points instead of {1}</source>
   <translation>{0} 个点，原为 {1} 个</translation>
  </message>
 </context>
 <context>
  <name>SkeletonCanvas</name>
  <message>
   <source>Click to place the first point.
The next ones are connected to it; Ctrl+click connects two.</source>
   <translation>单击放置第一个点。
后续的点与其相连；Ctrl+单击连接两点。</translation>
  </message>
  <message>
   <source>point {0}</source>
   <translation>点 {0}</translation>
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
  <name>StatePanel</name>
  <message>
   <source>Alt+A: accept, and on to the next to review</source>
   <translation>Alt+A：通过，并转到下一张待审核</translation>
  </message>
  <message>
   <source>Alt+R: say in a comment what is wrong</source>
   <translation>Alt+R：在评论中说明问题</translation>
  </message>
  <message>
   <source>Assigned to</source>
   <translation>分配给</translation>
  </message>
  <message>
   <source>Ctrl+Enter: labelled, and on to the next to label</source>
   <translation>Ctrl+Enter：已标注，并转到下一张待标注</translation>
  </message>
  <message>
   <source>Review</source>
   <translation>审核</translation>
  </message>
  <message>
   <source>nobody</source>
   <translation>无人</translation>
  </message>
  <message>
   <source>{0}, by {1}, {2}</source>
   <translation>{0}，{1}，{2}</translation>
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
   <source>Console</source>
   <translation>控制台</translation>
  </message>
  <message>
   <source>Not saved: {action}</source>
   <translation>未保存:{action}</translation>
  </message>
  <message>
   <source>Python with this workspace to read (Ctrl+`)</source>
   <translation>可读取本工作区的 Python（Ctrl+`）</translation>
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
  <name>SuggestionPanel</name>
  <message>
   <source>Accept {0}</source>
   <translation>接受 {0} 个</translation>
  </message>
  <message>
   <source>Have the model suggest shapes on the open image (I)</source>
   <translation>让模型对打开的图像给出建议 (I)</translation>
  </message>
  <message>
   <source>Make all suggestions that are shown your own (Shift+Enter)</source>
   <translation>接受当前显示的所有建议 (Shift+Enter)</translation>
  </message>
  <message>
   <source>Next suggestion</source>
   <translation>下一个建议</translation>
  </message>
  <message>
   <source>Next suggestion (J); Enter accepts it, Del refuses it</source>
   <translation>下一个建议 (J)；回车接受，Del 拒绝</translation>
  </message>
  <message>
   <source>On all unlabelled</source>
   <translation>所有未标注图像</translation>
  </message>
  <message>
   <source>On each image that I open</source>
   <translation>每打开一张图像就给出建议</translation>
  </message>
  <message>
   <source>On this image</source>
   <translation>当前图像</translation>
  </message>
  <message>
   <source>Pre-label in the background every image that nobody has labelled</source>
   <translation>在后台对所有无人标注的图像做预标注</translation>
  </message>
  <message>
   <source>Refuse {0} hidden</source>
   <translation>拒绝隐藏的 {0} 个</translation>
  </message>
  <message>
   <source>Remove all suggestions that the score hides (Shift+Del)</source>
   <translation>删除所有因置信度低而隐藏的建议 (Shift+Del)</translation>
  </message>
  <message>
   <source>Show from score</source>
   <translation>显示的最低置信度</translation>
  </message>
  <message>
   <source>Suggestions below this score are hidden</source>
   <translation>低于此置信度的建议不显示</translation>
  </message>
  <message>
   <source>Suggestions of a model</source>
   <translation>模型建议</translation>
  </message>
  <message>
   <source>There is no trained model yet. Label some images, train one, and it labels the rest ahead of you.</source>
   <translation>还没有训练好的模型。先标注一些图像并训练一个，它就能替您预先标注其余的。</translation>
  </message>
  <message>
   <source>{0} so far: {1} accepted, {2} corrected, {3} refused, {4} waiting</source>
   <translation>{0} 至今：接受 {1}，修正 {2}，拒绝 {3}，待定 {4}</translation>
  </message>
 </context>
 <context>
  <name>Suggestions</name>
  <message>
   <source>In a blind round no model helps: leave the round first.</source>
   <translation>盲标轮次中没有模型辅助：请先离开轮次。</translation>
  </message>
  <message>
   <source>Pre-label with {0}</source>
   <translation>用 {0} 预标注</translation>
  </message>
  <message>
   <source>Predict</source>
   <translation>预测</translation>
  </message>
  <message>
   <source>Refuse suggestions</source>
   <translation>拒绝建议</translation>
  </message>
  <message>
   <source>The model finds nothing on this image.</source>
   <translation>模型在这张图像上没有发现任何东西。</translation>
  </message>
  <message>
   <source>{0} looks at the image…</source>
   <translation>{0} 正在查看图像…</translation>
  </message>
 </context>
 <context>
  <name>SweepDialog</name>
  <message>
   <source>A range as 0.001..0.1 log, or a list as 16,32,64</source>
   <translation>范围如 0.001..0.1 log，列表如 16,32,64</translation>
  </message>
  <message>
   <source>A range: 0.001..0.1 log. A list: 16,32,64. Double-click to change.</source>
   <translation>范围：0.001..0.1 log。列表：16,32,64。双击修改。</translation>
  </message>
  <message>
   <source>At a time</source>
   <translation>同时进行</translation>
  </message>
  <message>
   <source>At most so many</source>
   <translation>最多次数</translation>
  </message>
  <message>
   <source>Data version</source>
   <translation>数据版本</translation>
  </message>
  <message>
   <source>Each trial is a training of its own. What turns out hopeless is stopped early, and the best becomes a model.</source>
   <translation>每次试验都是一次独立的训练。没有希望的会提前停止，最好的成为模型。</translation>
  </message>
  <message>
   <source>Find a parameter</source>
   <translation>查找参数</translation>
  </message>
  <message>
   <source>Minutes</source>
   <translation>分钟</translation>
  </message>
  <message>
   <source>No trial begins that would not end in this time</source>
   <translation>预计无法在此时间内结束的试验不会开始</translation>
  </message>
  <message>
   <source>Parameter</source>
   <translation>参数</translation>
  </message>
  <message>
   <source>Start trying</source>
   <translation>开始尝试</translation>
  </message>
  <message>
   <source>Stop a trial early when it is</source>
   <translation>提前停止的条件</translation>
  </message>
  <message>
   <source>Trials</source>
   <translation>试验</translation>
  </message>
  <message>
   <source>Trials that run together share the cores</source>
   <translation>同时进行的试验共用处理器核心</translation>
  </message>
  <message>
   <source>Try values of “{}”</source>
   <translation>尝试“{}”的参数</translation>
  </message>
  <message>
   <source>Values to try</source>
   <translation>要尝试的值</translation>
  </message>
  <message>
   <source>never</source>
   <translation>从不停止</translation>
  </message>
  <message>
   <source>no limit</source>
   <translation>不限</translation>
  </message>
  <message>
   <source>not in the better half (halving)</source>
   <translation>未进入较好的一半（逐次减半）</translation>
  </message>
  <message>
   <source>worse than half of the others</source>
   <translation>差于其他试验的一半</translation>
  </message>
 </context>
 <context>
  <name>SweepsPanel</name>
  <message>
   <source>A sweep trains a model many times with other values and finds the best ones. Press Train on the model page, then “Try values…”.</source>
   <translation>参数扫描用不同的值多次训练同一模型，找出最好的值。请在模型页点“训练”，再点“尝试参数…”。</translation>
  </message>
  <message>
   <source>All values</source>
   <translation>全部取值</translation>
  </message>
  <message>
   <source>Best within some minutes</source>
   <translation>限时内的最佳模型</translation>
  </message>
  <message>
   <source>Best within…</source>
   <translation>限时最佳…</translation>
  </message>
  <message>
   <source>Go to the model</source>
   <translation>前往建模</translation>
  </message>
  <message>
   <source>Keep its model</source>
   <translation>保留其模型</translation>
  </message>
  <message>
   <source>Keep model</source>
   <translation>保留模型</translation>
  </message>
  <message>
   <source>Known after four trials that ended with different results.</source>
   <translation>需要至少四次结果不同且已完成的试验。</translation>
  </message>
  <message>
   <source>Let recipes compete for the best model within some minutes</source>
   <translation>在限定的分钟数内让模板竞争，得到最佳模型</translation>
  </message>
  <message>
   <source>No values tried yet</source>
   <translation>尚未尝试参数</translation>
  </message>
  <message>
   <source>Open the model</source>
   <translation>打开模型</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>Pause sweep</source>
   <translation>暂停扫描</translation>
  </message>
  <message>
   <source>Resume</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Resume sweep</source>
   <translation>继续扫描</translation>
  </message>
  <message>
   <source>Runs</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>Show its run</source>
   <translation>查看该训练</translation>
  </message>
  <message>
   <source>State</source>
   <translation>状态</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
  <message>
   <source>Stop sweep</source>
   <translation>停止扫描</translation>
  </message>
  <message>
   <source>Stop the trials; what they have found stays, and the sweep can be resumed</source>
   <translation>停止试验；已得到的结果保留，之后可以继续</translation>
  </message>
  <message>
   <source>Sweep</source>
   <translation>参数扫描</translation>
  </message>
  <message>
   <source>The best trial becomes a model by itself; another one when you ask for it</source>
   <translation>最好的试验会自动成为模型；其他的可在此保留</translation>
  </message>
  <message>
   <source>Time</source>
   <translation>用时</translation>
  </message>
  <message>
   <source>Trial</source>
   <translation>试验</translation>
  </message>
  <message>
   <source>Trial {} is a model now.</source>
   <translation>试验 {} 已成为模型。</translation>
  </message>
  <message>
   <source>Trial {}: {}</source>
   <translation>试验 {}：{}</translation>
  </message>
  <message>
   <source>Trials</source>
   <translation>试验</translation>
  </message>
  <message>
   <source>Trials: {}, stopped early: {}</source>
   <translation>试验 {} 次，提前停止 {} 次</translation>
  </message>
  <message>
   <source>Use these values</source>
   <translation>采用这些值</translation>
  </message>
  <message>
   <source>What decides</source>
   <translation>影响程度</translation>
  </message>
  <message>
   <source>What was done, and why</source>
   <translation>做了什么，为什么</translation>
  </message>
  <message>
   <source>Why</source>
   <translation>原因</translation>
  </message>
  <message>
   <source>a line is a trial; click one</source>
   <translation>一条线是一次试验；点击可选中</translation>
  </message>
  <message>
   <source>best {} {} by trial {}</source>
   <translation>最好 {} {}（试验 {}）</translation>
  </message>
  <message>
   <source>ended</source>
   <translation>已完成</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>running</source>
   <translation>运行中</translation>
  </message>
  <message>
   <source>stopped early</source>
   <translation>提前停止</translation>
  </message>
  <message>
   <source>{} left</source>
   <translation>剩 {}</translation>
  </message>
 </context>
 <context>
  <name>TableDialog</name>
  <message>
   <source>A table as a data version</source>
   <translation>将表格建为数据版本</translation>
  </message>
  <message>
   <source>A version needs a name.</source>
   <translation>版本需要一个名称。</translation>
  </message>
  <message>
   <source>By a column that says train, val or test</source>
   <translation>按某列给出的 train、val 或 test</translation>
  </message>
  <message>
   <source>By chance</source>
   <translation>随机</translation>
  </message>
  <message>
   <source>By groups: equal values stay together</source>
   <translation>按分组：相同取值不分开</translation>
  </message>
  <message>
   <source>By time: the earliest rows train, the latest test</source>
   <translation>按时间：最早的行训练，最晚的行测试</translation>
  </message>
  <message>
   <source>Choose a table</source>
   <translation>选择表格</translation>
  </message>
  <message>
   <source>Column</source>
   <translation>列</translation>
  </message>
  <message>
   <source>Columns</source>
   <translation>列</translation>
  </message>
  <message>
   <source>Create</source>
   <translation>新建</translation>
  </message>
  <message>
   <source>Different values</source>
   <translation>不同取值</translation>
  </message>
  <message>
   <source>First rows</source>
   <translation>前几行</translation>
  </message>
  <message>
   <source>Kind</source>
   <translation>方式</translation>
  </message>
  <message>
   <source>Leave out {0}</source>
   <translation>忽略 {0}</translation>
  </message>
  <message>
   <source>Looking whether a column gives the answer away …</source>
   <translation>正在检查是否有列泄露答案…</translation>
  </message>
  <message>
   <source>Missing</source>
   <translation>缺失</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>No column gives the answer away.</source>
   <translation>没有列泄露答案。</translation>
  </message>
  <message>
   <source>Reading {0} …</source>
   <translation>正在读取 {0}…</translation>
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
   <source>Tables</source>
   <translation>表格</translation>
  </message>
  <message>
   <source>There is a version of that name; choose another.</source>
   <translation>已有同名版本，请换一个名称。</translation>
  </message>
  <message>
   <source>This file cannot be taken.</source>
   <translation>无法使用此文件。</translation>
  </message>
  <message>
   <source>Type</source>
   <translation>类型</translation>
  </message>
  <message>
   <source>Use</source>
   <translation>用途</translation>
  </message>
  <message>
   <source>Value of a good part</source>
   <translation>良品的取值</translation>
  </message>
  <message>
   <source>With it, missed and false rejects are counted, and mistakes have a price.</source>
   <translation>指定后可统计漏检与过杀，并计算错误的成本。</translation>
  </message>
  <message>
   <source>category</source>
   <translation>类别</translation>
  </message>
  <message>
   <source>foretell</source>
   <translation>预测目标</translation>
  </message>
  <message>
   <source>learn from</source>
   <translation>用于学习</translation>
  </message>
  <message>
   <source>leave out</source>
   <translation>忽略</translation>
  </message>
  <message>
   <source>not learnt from</source>
   <translation>不用于学习</translation>
  </message>
  <message>
   <source>number</source>
   <translation>数字</translation>
  </message>
  <message>
   <source>told by its name (OK, good, normal …)</source>
   <translation>按名称判断（OK、good、正常…）</translation>
  </message>
  <message>
   <source>{count} of {all} rows of validation and test are in training as well: figures may be too good.</source>
   <translation>验证与测试的 {all} 行中有 {count} 行也出现在训练集：指标可能偏高。</translation>
  </message>
  <message>
   <source>{rows} rows, {columns} columns. Choose what is to be foretold; a version never changes again.</source>
   <translation>{rows} 行，{columns} 列。请选择预测目标；版本创建后不再改变。</translation>
  </message>
  <message>
   <source>“{column}” alone foretells “{target}” (AUC {value}). Is it known before? If not, leave it out.</source>
   <translation>仅凭“{column}”就能预测“{target}”（AUC {value}）。它是否事先可知？若否，请忽略该列。</translation>
  </message>
  <message>
   <source>“{column}” says the same as “{target}” in every row. Is it known before? If not, leave it out.</source>
   <translation>“{column}”在每一行都与“{target}”一致。它是否事先可知？若否，请忽略该列。</translation>
  </message>
 </context>
 <context>
  <name>TableView</name>
  <message>
   <source>Close table</source>
   <translation>关闭表格</translation>
  </message>
  <message>
   <source>Rows of the table</source>
   <translation>表格的行</translation>
  </message>
  <message>
   <source>foretells {0}</source>
   <translation>预测 {0}</translation>
  </message>
  <message>
   <source>leaves out {0}</source>
   <translation>忽略 {0}</translation>
  </message>
  <message>
   <source>{count} rows of {file}</source>
   <translation>{file} 的 {count} 行</translation>
  </message>
 </context>
 <context>
  <name>TaktCard</name>
  <message>
   <source>Accuracy</source>
   <translation>准确率</translation>
  </message>
  <message>
   <source>As this machine saw it, the way included</source>
   <translation>从本机看到的时间，含往返路程</translation>
  </message>
  <message>
   <source>Between</source>
   <translation>区间</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>From here</source>
   <translation>从本机</translation>
  </message>
  <message>
   <source>Measured for the takt</source>
   <translation>节拍测量结果</translation>
  </message>
  <message>
   <source>Nothing answers in time; nothing was deployed. Give it more time, a smaller model, or a faster machine.</source>
   <translation>没有一种来得及应答；未作部署。请放宽时间、换更小的模型或更快的机器。</translation>
  </message>
  <message>
   <source>Precision</source>
   <translation>计算精度</translation>
  </message>
  <message>
   <source>The limits of the 99th percentile, each with 95 % certainty; the upper one must be within the takt</source>
   <translation>第 99 百分位的上下限，各有 95 % 的把握；上限须在节拍之内</translation>
  </message>
  <message>
   <source>Threads</source>
   <translation>线程</translation>
  </message>
  <message>
   <source>as packaged</source>
   <translation>打包时的精度</translation>
  </message>
  <message>
   <source>beside {}</source>
   <translation>同时运行 {}</translation>
  </message>
  <message>
   <source>chosen</source>
   <translation>已选用</translation>
  </message>
  <message>
   <source>in time</source>
   <translation>来得及</translation>
  </message>
  <message>
   <source>p50 ms</source>
   <translation>p50 毫秒</translation>
  </message>
  <message>
   <source>p99 ms</source>
   <translation>p99 毫秒</translation>
  </message>
  <message>
   <source>too slow</source>
   <translation>太慢</translation>
  </message>
  <message>
   <source>{0} is left out: {1}</source>
   <translation>{0} 未测量：{1}</translation>
  </message>
  <message>
   <source>{0} within {1} ms on {2}</source>
   <translation>{0} 在 {2} 上 {1} 毫秒以内</translation>
  </message>
  <message>
   <source>{0}, threads: {1} – the most accurate that answers in time.</source>
   <translation>{0}，线程数 {1}：来得及应答的之中最准确。</translation>
  </message>
  <message>
   <source>{} requests</source>
   <translation>{} 次请求</translation>
  </message>
 </context>
 <context>
  <name>TargetRow</name>
  <message>
   <source>Another release is on its way; wait for it, or stop it.</source>
   <translation>另一个版本正在部署；请等待或停止它。</translation>
  </message>
  <message>
   <source>Bring home what it kept, into the labelling queue</source>
   <translation>把它保留的内容取回，放入标注队列</translation>
  </message>
  <message>
   <source>Bring the chosen artifact here and let it take over</source>
   <translation>把所选制品推送到这里并接管请求</translation>
  </message>
  <message>
   <source>Change the address…</source>
   <translation>修改地址…</translation>
  </message>
  <message>
   <source>Collect</source>
   <translation>取回</translation>
  </message>
  <message>
   <source>Collect what it kept</source>
   <translation>取回它保留的内容</translation>
  </message>
  <message>
   <source>Deploy</source>
   <translation>部署</translation>
  </message>
  <message>
   <source>Deploy…</source>
   <translation>部署…</translation>
  </message>
  <message>
   <source>Drop it here to deploy</source>
   <translation>拖放到这里即可部署</translation>
  </message>
  <message>
   <source>End what runs there</source>
   <translation>停止其上的运行</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>日志</translation>
  </message>
  <message>
   <source>Look again</source>
   <translation>重新检查</translation>
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
   <source>Move down</source>
   <translation>下移</translation>
  </message>
  <message>
   <source>Move up</source>
   <translation>上移</translation>
  </message>
  <message>
   <source>Put the release before this one back</source>
   <translation>恢复上一个发布</translation>
  </message>
  <message>
   <source>Release {} of the workspace's keys</source>
   <translation>由工作区密钥签名的第 {} 个版本</translation>
  </message>
  <message>
   <source>Remove the target…</source>
   <translation>移除目标…</translation>
  </message>
  <message>
   <source>Return: deploy. Alt and an arrow: move. Menu key: more.</source>
   <translation>回车：部署。Alt 加方向键：移动。菜单键：更多。</translation>
  </message>
  <message>
   <source>Roll back</source>
   <translation>回滚</translation>
  </message>
  <message>
   <source>Send it a picture and see what it finds</source>
   <translation>发送一张图片，看它识别出什么</translation>
  </message>
  <message>
   <source>Show or hide the machine</source>
   <translation>显示或隐藏机器</translation>
  </message>
  <message>
   <source>Show or hide the machine {}</source>
   <translation>显示或隐藏机器 {}</translation>
  </message>
  <message>
   <source>Traffic, figures, history</source>
   <translation>流量、数据与历史</translation>
  </message>
  <message>
   <source>Try an image</source>
   <translation>试一张</translation>
  </message>
  <message>
   <source>What it keeps…</source>
   <translation>保留内容…</translation>
  </message>
  <message>
   <source>What it writes, as it goes on</source>
   <translation>它正在写入的日志</translation>
  </message>
  <message>
   <source>not signed</source>
   <translation>未签名</translation>
  </message>
  <message>
   <source>signed</source>
   <translation>已签名</translation>
  </message>
 </context>
 <context>
  <name>TargetWords</name>
  <message>
   <source>All ports from {} are taken on this machine; choose another “port_base”.</source>
   <translation>本机上从 {} 起的端口都已占用；请另选 port_base。</translation>
  </message>
  <message>
   <source>All ports from {} are taken on {}; choose another “port_base”.</source>
   <translation>从 {} 起的端口在 {} 上都已占用；请另选 port_base。</translation>
  </message>
  <message>
   <source>Connection refused</source>
   <translation>连接被拒绝</translation>
  </message>
  <message>
   <source>Connection reset by peer</source>
   <translation>连接被对方重置</translation>
  </message>
  <message>
   <source>For a training, {} on {} lacks {}; install there: {} -m pip install {}. {}</source>
   <translation>要训练，{}（位于 {}）缺少 {}；请在那里安装：{} -m pip install {}。{}</translation>
  </message>
  <message>
   <source>Is it in another Python of {}? Name that with the target's option python=/path/to/python.</source>
   <translation>是否装在 {} 的另一个 Python 中？请用目标的选项 python=/path/to/python 指定。</translation>
  </message>
  <message>
   <source>It ended while it was measured.</source>
   <translation>测量期间它退出了。</translation>
  </message>
  <message>
   <source>It is not packaged: lineside package {} --precision {}</source>
   <translation>尚未打包：lineside package {} --precision {}</translation>
  </message>
  <message>
   <source>It was not exported: lineside {} {}</source>
   <translation>尚未导出：lineside {} {}</translation>
  </message>
  <message>
   <source>Network is unreachable</source>
   <translation>网络不可达</translation>
  </message>
  <message>
   <source>No release was deployed to {} yet; deploy one first.</source>
   <translation>还没有向 {} 部署过发布；请先部署一个。</translation>
  </message>
  <message>
   <source>No route to host</source>
   <translation>没有到主机的路由</translation>
  </message>
  <message>
   <source>Nothing runs on {}.</source>
   <translation>{} 上没有运行任何发布。</translation>
  </message>
  <message>
   <source>Nothing runs on “{}” yet, so that there is nothing to compare with; the first release takes all requests.</source>
   <translation>“{}”上还没有发布在运行，无从比较；第一个发布承担全部请求。</translation>
  </message>
  <message>
   <source>Nothing was released to “{}” yet; there is nothing to go back to.</source>
   <translation>还没有向“{}”发布过；无可退回。</translation>
  </message>
  <message>
   <source>Release {} ({}) is being rolled out on “{}”; promote it or take it back first.</source>
   <translation>发布 {}（{}）正在“{}”上逐步发布；请先提升或撤回。</translation>
  </message>
  <message>
   <source>Release {} should run on “{}”, but nothing does.</source>
   <translation>发布 {} 应在“{}”上运行，但那里没有任何发布在运行。</translation>
  </message>
  <message>
   <source>The CPU has neither AMX nor AVX-512 BF16 nor ARM BF16; BF16 would be computed as FP32.</source>
   <translation>该 CPU 没有 AMX、AVX-512 BF16 或 ARM BF16；BF16 会按 FP32 计算。</translation>
  </message>
  <message>
   <source>The CPU has no instructions for INT8 (VNNI, AMX, AVX2, ARM dot products); FP32 is as fast.</source>
   <translation>该 CPU 没有 INT8 指令（VNNI、AMX、AVX2、ARM 点积）；FP32 同样快。</translation>
  </message>
  <message>
   <source>The SSH server of {} forbids forwarding, so that predictions cannot pass; set “AllowTcpForwarding local” there.</source>
   <translation>{} 的 SSH 服务器禁止转发，预测无法通过；请在那里设置 AllowTcpForwarding local。</translation>
  </message>
  <message>
   <source>The artifact {} is for {}, but {} is {}; package the model for it: lineside package MODEL --platform {}</source>
   <translation>制品 {} 适用于 {}，而 {} 是 {}；请为它打包模型：lineside package MODEL --platform {}</translation>
  </message>
  <message>
   <source>The blob {} in {} is not what its digest says: damaged or swapped; fetch it again.</source>
   <translation>{}（位于 {}）与其摘要不符：已损坏或被替换；请重新获取。</translation>
  </message>
  <message>
   <source>The certificate of {} is not trusted here ({}); give the certificate of who signed it: --option ca=FILE.pem</source>
   <translation>此处不信任 {} 的证书（{}）；请提供签发者的证书：--option ca=FILE.pem</translation>
  </message>
  <message>
   <source>The disk of {} is full in {} ({}): {}; free some space there or choose another folder with the option “root”. What ran before still runs.</source>
   <translation>{} 的磁盘已满：{}（{}）：{}；请在那里腾出空间，或用选项 root 另选文件夹。之前运行的仍在运行。</translation>
  </message>
  <message>
   <source>The disk of {} is full: {}; run `docker system prune` there.</source>
   <translation>{} 的磁盘已满：{}；请在那里运行 `docker system prune`。</translation>
  </message>
  <message>
   <source>The disk of {} is full; make room there, then push again: it goes on from there.</source>
   <translation>{} 的磁盘已满；请在那里腾出空间后重新推送：会从中断处继续。</translation>
  </message>
  <message>
   <source>The engine of {} does not answer when it is {} ({}); is it running, and may this user use it?</source>
   <translation>{} 的容器引擎没有应答（{}，{}）；它在运行吗？当前用户有权使用吗？</translation>
  </message>
  <message>
   <source>The key that signs this workspace's artifacts is not in the keyring of this machine. Sign and deploy where it is; or let this machine sign, too: lineside trust export --key FILE here, lineside trust rotate --add FILE there.</source>
   <translation>为本工作区制品签名的密钥不在本机的密钥环中。请在有密钥的机器上签名并部署；或让本机也能签名：在此运行 lineside trust export --key FILE，在那里运行 lineside trust rotate --add FILE。</translation>
  </message>
  <message>
   <source>The key {} of the target is not on this machine.</source>
   <translation>目标的密钥 {} 不在本机上。</translation>
  </message>
  <message>
   <source>The layer {} does not arrive whole on {}; check its disk.</source>
   <translation>层 {} 未能完整到达 {}；请检查它的磁盘。</translation>
  </message>
  <message>
   <source>The release on {} did not answer ({}); look at its log.</source>
   <translation>{} 上的发布没有应答（{}）；请查看它的日志。</translation>
  </message>
  <message>
   <source>The release {} on “{}” is the first; there is none before it to go back to.</source>
   <translation>发布 {} 是“{}”上的第一个；之前没有可退回的。</translation>
  </message>
  <message>
   <source>The stick is full in {}; free some space there and write the bundle again. What it held before is as it was.</source>
   <translation>U 盘 {} 已满；请腾出空间后重新写入。原有内容未变。</translation>
  </message>
  <message>
   <source>There is a target “{}” already; choose another name, or remove that one first.</source>
   <translation>已有目标“{}”；请换个名称，或先移除它。</translation>
  </message>
  <message>
   <source>What answers at {} shows another certificate than the one that was given.</source>
   <translation>{} 处的应答者出示的证书与给定的不同。</translation>
  </message>
  <message>
   <source>ended with code {}</source>
   <translation>以代码 {} 退出</translation>
  </message>
  <message>
   <source>it is cut off or too large</source>
   <translation>不完整或过大</translation>
  </message>
  <message>
   <source>killed by signal {}</source>
   <translation>被信号 {} 终止</translation>
  </message>
  <message>
   <source>nothing came for {} s</source>
   <translation>{} 秒内没有收到任何内容</translation>
  </message>
  <message>
   <source>the link was cut</source>
   <translation>连接被切断</translation>
  </message>
  <message>
   <source>timed out</source>
   <translation>超时</translation>
  </message>
  <message>
   <source>{} accepted no key, agent or password; add your key to its authorized_keys, name one with the option “identity”, or set {}.</source>
   <translation>{} 不接受任何密钥、代理或密码；请把您的密钥加入它的 authorized_keys，用选项 identity 指定密钥，或设置 {}。</translation>
  </message>
  <message>
   <source>{} broke off while it was asked for {} ({}).</source>
   <translation>向 {} 请求 {} 时连接中断（{}）。</translation>
  </message>
  <message>
   <source>{} cannot be written ({}); is the stick in? Write it again.</source>
   <translation>无法写入 {}（{}）；U 盘插好了吗？请重新写入。</translation>
  </message>
  <message>
   <source>{} does not answer ({}); check its address, its power and the network.</source>
   <translation>{} 没有应答（{}）；请检查地址、电源和网络。</translation>
  </message>
  <message>
   <source>{} does not answer{} ({}); is its address right, and is it up?</source>
   <translation>{} 没有应答{}（{}）；地址是否正确？它在运行吗？</translation>
  </message>
  <message>
   <source>{} from {} is left out: {}.</source>
   <translation>{}（来自 {}）未采用：{}。</translation>
  </message>
  <message>
   <source>{} has no folder that outlives releases; {} cannot be kept there.</source>
   <translation>{} 没有能在发布之间保留的文件夹；无法在那里保存 {}。</translation>
  </message>
  <message>
   <source>{} has no “{}”; install Python 3.11 or later there, or name one with the target's option python=/path/to/python.</source>
   <translation>{} 没有“{}”；请在那里安装 Python 3.11 或更高版本，或用目标的选项 python=/path/to/python 指定。</translation>
  </message>
  <message>
   <source>{} has only {} MB free; the artifact could not be unpacked.</source>
   <translation>{} 只有 {} MB 空闲，无法解开制品。</translation>
  </message>
  <message>
   <source>{} has {} MB free in {}, the artifact needs {} MB more; free some space there or choose another folder with the option “root”.</source>
   <translation>{} 还有 {} MB 空闲（{}），制品还需要 {} MB；请在那里腾出空间，或用选项 root 另选文件夹。</translation>
  </message>
  <message>
   <source>{} is not there; is the stick in?</source>
   <translation>找不到 {}；U 盘插好了吗？</translation>
  </message>
  <message>
   <source>{} on {} ended as it started: {}; what ran before still runs.</source>
   <translation>{} 在 {} 上启动时即退出：{}；之前运行的仍在运行。</translation>
  </message>
  <message>
   <source>{} on {} ended as it started; what ran before still runs.</source>
   <translation>{} 在 {} 上启动时即退出；之前运行的仍在运行。</translation>
  </message>
  <message>
   <source>{} on {} was not ready within {} s; what ran before still runs.</source>
   <translation>{} 在 {} 上 {} 秒内未就绪；之前运行的仍在运行。</translation>
  </message>
  <message>
   <source>{} refuses: {}</source>
   <translation>{} 拒绝：{}</translation>
  </message>
  <message>
   <source>{} shows another host key ({}) than the one accepted before ({}). If the machine was set up anew, remove its line from {} (or ~/.ssh/known_hosts) and accept the new key; if not, somebody is in between.</source>
   <translation>{} 出示的主机密钥（{}）与之前接受的（{}）不同。如果这台机器重新安装过，请从 {}（或 ~/.ssh/known_hosts）中删除它那一行并接受新密钥；否则可能有人在中间截取。</translation>
  </message>
  <message>
   <source>{} speaks TLS, but this workspace does not know its certificate.</source>
   <translation>{} 使用 TLS，但本工作区没有它的证书。</translation>
  </message>
  <message>
   <source>{} was changed after it was signed: the signature of key {} is wrong.</source>
   <translation>{} 在签名后被改动：密钥 {} 的签名不符。</translation>
  </message>
  <message>
   <source>{} was not made in this workspace and not signed by its keys. If you trust where it comes from, sign it: lineside trust sign {}</source>
   <translation>{} 不是在本工作区制作的，也没有用其密钥签名。如果您信任它的来源，请签名：lineside trust sign {}</translation>
  </message>
  <message>
   <source>{} {} is release {}, older than release {} that this machine has accepted. To go back, order it on the workbench: lineside release rollback, or deploy it again.</source>
   <translation>{} {} 是第 {} 次发布，早于本机已接受的第 {} 次。要退回，请在工作台上下令：lineside release rollback，或重新部署。</translation>
  </message>
  <message>
   <source>“{}” cannot name a target; use letters, digits, - _ and . only.</source>
   <translation>“{}”不能作为目标名称；只能用字母、数字、- _ 和 .。</translation>
  </message>
  <message>
   <source>“{}” names no host; write ssh://user@host or ssh://user@host:port.</source>
   <translation>“{}”没有指明主机；请写成 ssh://user@host 或 ssh://user@host:port。</translation>
  </message>
  <message>
   <source>“{}” runs another release than this workspace put there ({}).</source>
   <translation>“{}”上运行的不是本工作区放置的发布（{}）。</translation>
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
   <source>On the stick, not applied yet</source>
   <translation>已写入 U 盘，尚未应用</translation>
  </message>
  <message>
   <source>Process</source>
   <translation>本机进程</translation>
  </message>
  <message>
   <source>Published</source>
   <translation>已发布</translation>
  </message>
  <message>
   <source>Registry</source>
   <translation>镜像仓库</translation>
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
   <source>Stick</source>
   <translation>U 盘</translation>
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
  <message>
   <source>kept for others to fetch</source>
   <translation>存放在此，供他人拉取</translation>
  </message>
 </context>
 <context>
  <name>Tasks</name>
  <message>
   <source>Anomaly detection</source>
   <translation>异常检测</translation>
  </message>
  <message>
   <source>Classification</source>
   <translation>分类</translation>
  </message>
  <message>
   <source>Detection</source>
   <translation>检测</translation>
  </message>
  <message>
   <source>Instances</source>
   <translation>实例分割</translation>
  </message>
  <message>
   <source>Keypoints</source>
   <translation>关键点检测</translation>
  </message>
  <message>
   <source>Rotated detection</source>
   <translation>旋转框检测</translation>
  </message>
  <message>
   <source>Segmentation</source>
   <translation>分割</translation>
  </message>
  <message>
   <source>Several labels</source>
   <translation>多标签</translation>
  </message>
  <message>
   <source>Table</source>
   <translation>表格</translation>
  </message>
 </context>
 <context>
  <name>Timeline</name>
  <message>
   <source> frames</source>
   <translation> 帧</translation>
  </message>
  <message>
   <source>Add key frame</source>
   <translation>添加关键帧</translation>
  </message>
  <message>
   <source>Begin track</source>
   <translation>开始轨迹</translation>
  </message>
  <message>
   <source>Carried over {0} frames, as suggestions: Enter accepts, Del refuses.</source>
   <translation>已向前跟踪 {0} 帧，结果为建议：回车接受，Del 拒绝。</translation>
  </message>
  <message>
   <source>Carried over {0} frames; lost at {1}. Check the suggestions there.</source>
   <translation>已向前跟踪 {0} 帧；在 {1} 处丢失。请检查那里的建议。</translation>
  </message>
  <message>
   <source>Carry forward</source>
   <translation>向前跟踪</translation>
  </message>
  <message>
   <source>Carry shape forward</source>
   <translation>向前跟踪形状</translation>
  </message>
  <message>
   <source>Carry the shape forward over the next frames</source>
   <translation>把形状向前跟踪到后续帧</translation>
  </message>
  <message>
   <source>End track</source>
   <translation>结束轨迹</translation>
  </message>
  <message>
   <source>Frame {0} / {1}</source>
   <translation>第 {0} / {1} 帧</translation>
  </message>
  <message>
   <source>How many frames a shape is carried forward</source>
   <translation>形状向前跟踪多少帧</translation>
  </message>
  <message>
   <source>Key frame</source>
   <translation>关键帧</translation>
  </message>
  <message>
   <source>Key frame here; begins a track with the selected shape</source>
   <translation>此处设关键帧；以所选形状开始轨迹</translation>
  </message>
  <message>
   <source>Next key frame</source>
   <translation>下一个关键帧</translation>
  </message>
  <message>
   <source>Play</source>
   <translation>播放</translation>
  </message>
  <message>
   <source>Play the frames, or stop</source>
   <translation>播放或停止</translation>
  </message>
  <message>
   <source>Previous key frame</source>
   <translation>上一个关键帧</translation>
  </message>
  <message>
   <source>Remove the track with all its shapes</source>
   <translation>移除轨迹及其全部形状</translation>
  </message>
  <message>
   <source>Remove track</source>
   <translation>移除轨迹</translation>
  </message>
  <message>
   <source>Select a shape first; it becomes the first key frame of a track.</source>
   <translation>请先选择一个形状，它将成为轨迹的第一个关键帧。</translation>
  </message>
  <message>
   <source>Select the shape to carry forward first.</source>
   <translation>请先选择要向前跟踪的形状。</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
  <message>
   <source>The track ends after this frame, or goes on</source>
   <translation>轨迹在此帧后结束，或继续</translation>
  </message>
  <message>
   <source>There is no shape of a track selected here.</source>
   <translation>这里没有选中属于轨迹的形状。</translation>
  </message>
  <message>
   <source>This image is no frame of a sequence. Import a video, or a folder as a sequence.</source>
   <translation>此图像不是序列的帧。请导入视频，或把文件夹作为序列导入。</translation>
  </message>
  <message>
   <source>Timeline of the sequence</source>
   <translation>序列时间轴</translation>
  </message>
  <message>
   <source>Track</source>
   <translation>轨迹</translation>
  </message>
 </context>
 <context>
  <name>Tools</name>
  <message>
   <source> · Esc: new mask</source>
   <translation> · Esc:新掩膜</translation>
  </message>
  <message>
   <source>Brush {0} px · [ ] or Ctrl+wheel: size · Alt: erase · Shift: straight</source>
   <translation>画笔 {0} px · [ ] 或 Ctrl+滚轮:大小 · Alt:擦除 · Shift:直线</translation>
  </message>
  <message>
   <source>Click a hole of the mask, or a region of one colour · Shift: everywhere · Alt: take away · tolerance {0}: [ ]</source>
   <translation>单击掩膜的孔或同色区域 · Shift:全图 · Alt:减去 · 容差 {0}:[ ]</translation>
  </message>
  <message>
   <source>Click a region; drag right for more, left for less · Alt: take away · tolerance {0}: [ ]</source>
   <translation>单击区域;向右拖扩大,向左拖缩小 · Alt:减去 · 容差 {0}:[ ]</translation>
  </message>
  <message>
   <source>Click both ends of a side, then the depth · or drag, then turn it</source>
   <translation>单击一条边的两端,再单击深度 · 或直接拖动后旋转</translation>
  </message>
  <message>
   <source>Click how deep the box is · Backspace takes a point back</source>
   <translation>单击以确定框的深度 · 退格撤回一点</translation>
  </message>
  <message>
   <source>Click point by point or drag · Alt in the polygon: a hole</source>
   <translation>逐点单击或拖动 · 在多边形内按 Alt:画孔</translation>
  </message>
  <message>
   <source>Click point by point or drag · Enter closes · Backspace takes a point back</source>
   <translation>逐点单击或拖动 · 回车闭合 · 退格撤回一点</translation>
  </message>
  <message>
   <source>Click point by point or drag · Enter or a double click ends</source>
   <translation>逐点单击或拖动 · 回车或双击结束</translation>
  </message>
  <message>
   <source>Click the other end of this side · Shift: at 15° steps</source>
   <translation>单击这条边的另一端 · Shift:按 15° 取角</translation>
  </message>
  <message>
   <source>Click the polygon that gets a hole</source>
   <translation>单击要开孔的多边形</translation>
  </message>
  <message>
   <source>Click where the point is</source>
   <translation>单击点的位置</translation>
  </message>
  <message>
   <source>Drag around what belongs to the mask · Alt: take it away</source>
   <translation>沿掩膜区域拖动一圈 · Alt:减去</translation>
  </message>
  <message>
   <source>Drag from corner to corner · Shift: circle · Alt: from the middle</source>
   <translation>从一角拖到对角 · Shift:圆 · Alt:从中心画起</translation>
  </message>
  <message>
   <source>Drag moves the keypoint · Shift+V: visible or hidden · Del: not there</source>
   <translation>拖动移动关键点 · Shift+V:可见或遮挡 · Del:不存在</translation>
  </message>
  <message>
   <source>Enter or a double click ends the line · Backspace takes a point back · Shift: at 15° steps</source>
   <translation>回车或双击结束折线 · 退格撤回一点 · Shift:按 15° 取角</translation>
  </message>
  <message>
   <source>Enter or the first point closes · Backspace takes a point back · Shift: at 15° steps</source>
   <translation>回车或点击首点闭合 · 退格撤回一点 · Shift:按 15° 取角</translation>
  </message>
  <message>
   <source>Eraser {0} px · [ ] or Ctrl+wheel: size · Alt: paint · Shift: straight</source>
   <translation>橡皮 {0} px · [ ] 或 Ctrl+滚轮:大小 · Alt:涂画 · Shift:直线</translation>
  </message>
  <message>
   <source>Hole: point by point or drag · Enter closes</source>
   <translation>孔:逐点单击或拖动 · 回车闭合</translation>
  </message>
  <message>
   <source>Press on the mask to erase from · Eraser {0} px · [ ] or Ctrl+wheel: size</source>
   <translation>在要擦除的掩膜上按下 · 橡皮 {0} px · [ ] 或 Ctrl+滚轮:大小</translation>
  </message>
  <message>
   <source>Size</source>
   <translation>大小</translation>
  </message>
  <message>
   <source>This label has no keypoints of its own: click as many as there are · Enter ends</source>
   <translation>此标签未定义关键点:有几个就点几个 · 回车结束</translation>
  </message>
  <message>
   <source>Tolerance</source>
   <translation>容差</translation>
  </message>
  <message>
   <source>box</source>
   <translation>矩形框</translation>
  </message>
  <message>
   <source>ellipse</source>
   <translation>椭圆</translation>
  </message>
  <message>
   <source>image label</source>
   <translation>整图标签</translation>
  </message>
  <message>
   <source>keypoints</source>
   <translation>关键点</translation>
  </message>
  <message>
   <source>line</source>
   <translation>折线</translation>
  </message>
  <message>
   <source>mask</source>
   <translation>掩膜</translation>
  </message>
  <message>
   <source>point</source>
   <translation>点</translation>
  </message>
  <message>
   <source>polygon</source>
   <translation>多边形</translation>
  </message>
  <message>
   <source>rotated box</source>
   <translation>旋转框</translation>
  </message>
  <message>
   <source>{0} ({1} of {2}) · Alt: hidden · S: not there · Enter ends</source>
   <translation>{0}({1}/{2})· Alt:遮挡 · S:不存在 · 回车结束</translation>
  </message>
  <message>
   <source>{0} vertices chosen · drag or Alt+arrows move them · Del deletes them</source>
   <translation>已选 {0} 个顶点 · 拖动或 Alt+方向键移动 · Del 删除</translation>
  </message>
  <message>
   <source>“{0}” is drawn as: {1}. Choose such a tool, or another label.</source>
   <translation>“{0}”只能画成:{1}。请换用相应的工具,或选另一个标签。</translation>
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
   <source>A safetensors file …</source>
   <translation>safetensors 文件…</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
  <message>
   <source>Choose a version that is there already</source>
   <translation>请选择已有的数据版本</translation>
  </message>
  <message>
   <source>Cross-validation in {} folds</source>
   <translation>{} 折交叉验证</translation>
  </message>
  <message>
   <source>Data version</source>
   <translation>数据版本</translation>
  </message>
  <message>
   <source>Find a learning rate</source>
   <translation>寻找学习率</translation>
  </message>
  <message>
   <source>Find rate</source>
   <translation>寻找学习率</translation>
  </message>
  <message>
   <source>How far each step goes; “Find rate” tries a hundred of them on this version</source>
   <translation>每步更新的幅度；“寻找学习率”会在此数据版本上试一百个值</translation>
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
   <source>Kind</source>
   <translation>方式</translation>
  </message>
  <message>
   <source>Learning rate</source>
   <translation>学习率</translation>
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
   <source>On this machine only</source>
   <translation>仅限本机</translation>
  </message>
  <message>
   <source>One training, which makes a model</source>
   <translation>训练一次并生成模型</translation>
  </message>
  <message>
   <source>Rows a step</source>
   <translation>每步行数</translation>
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
   <source>Start from</source>
   <translation>起始权重</translation>
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
   <source>The loss fell at no rate; look at the labels and the images.</source>
   <translation>任何学习率下损失都没有下降；请检查标签和图像。</translation>
  </message>
  <message>
   <source>The same seed on the same machine gives the same curve</source>
   <translation>同一台机器上相同种子得到相同曲线</translation>
  </message>
  <message>
   <source>The weights of the drawing</source>
   <translation>按模型图的初始权重</translation>
  </message>
  <message>
   <source>There is no table yet; make a version of one with: lineside table create NAME FILE</source>
   <translation>还没有表格；请用以下命令创建表格版本：lineside table create NAME FILE</translation>
  </message>
  <message>
   <source>Train with many values and find the best ones</source>
   <translation>用多组值训练并找出最好的</translation>
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
   <source>Trains once for each fold of training and validation, and tells mean and spread</source>
   <translation>对训练集与验证集轮换的每一折各训练一次，给出均值与波动</translation>
  </message>
  <message>
   <source>Try values…</source>
   <translation>尝试参数…</translation>
  </message>
  <message>
   <source>Versions never change once made</source>
   <translation>版本一旦建立就不再改变</translation>
  </message>
  <message>
   <source>Weights (*.safetensors)</source>
   <translation>权重 (*.safetensors)</translation>
  </message>
  <message>
   <source>Weights to start from</source>
   <translation>选择起始权重</translation>
  </message>
  <message>
   <source>What fits by name and shape is taken over; the log names the rest</source>
   <translation>名称与形状相符的权重会被沿用，其余列在日志中</translation>
  </message>
  <message>
   <source>loss over log₁₀ of the rate</source>
   <translation>损失（横轴：学习率的 log₁₀）</translation>
  </message>
  <message>
   <source>{} suggested: the loss falls fastest there. It is lowest at {}; above, learning breaks down.</source>
   <translation>建议 {}：此处损失下降最快。损失在 {} 处最低，再高则训练失稳。</translation>
  </message>
  <message>
   <source>{} · {} items, {} annotations</source>
   <translation>{} · {} 个样本，{} 个标注</translation>
  </message>
  <message>
   <source>{} · {} rows</source>
   <translation>{} · {} 行</translation>
  </message>
 </context>
 <context>
  <name>TrainingPage</name>
  <message>
   <source>Answers at step {}</source>
   <translation>第 {} 步的预测</translation>
  </message>
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
   <source>On the validation split</source>
   <translation>验证集上</translation>
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
   <source>Show the sweeps</source>
   <translation>查看参数扫描</translation>
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
   <source>Sweeps: the same model trained with many values</source>
   <translation>参数扫描：同一模型用多组值训练</translation>
  </message>
  <message>
   <source>This version has no validation split</source>
   <translation>此版本没有验证集</translation>
  </message>
  <message>
   <source>Time</source>
   <translation>用时</translation>
  </message>
  <message>
   <source>Values tried…</source>
   <translation>已尝试的参数…</translation>
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
   <source>dashed: true, solid: answered; right of all objects below</source>
   <translation>虚线：标注，实线：预测；下方为正确数 / 目标数</translation>
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
   <translation>新建</translation>
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
   <translation>对比</translation>
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
   <source>Labels</source>
   <translation>标签</translation>
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
   <source>Show its rows</source>
   <translation>查看各行</translation>
  </message>
  <message>
   <source>Table · {rows} rows</source>
   <translation>表格 · {rows} 行</translation>
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
  <name>View</name>
  <message>
   <source>Blue</source>
   <translation>蓝</translation>
  </message>
  <message>
   <source>Brightness {0} · contrast {1}</source>
   <translation>亮度 {0} · 对比 {1}</translation>
  </message>
  <message>
   <source>Brightness, contrast, window</source>
   <translation>亮度、对比度、窗口</translation>
  </message>
  <message>
   <source>Green</source>
   <translation>绿</translation>
  </message>
  <message>
   <source>Red</source>
   <translation>红</translation>
  </message>
  <message>
   <source>Show the image unadjusted</source>
   <translation>显示未调整的图像</translation>
  </message>
  <message>
   <source>Window {0} – {1}</source>
   <translation>窗口 {0} – {1}</translation>
  </message>
 </context>
 <context>
  <name>Where</name>
  <message>
   <source>Looking at {}…</source>
   <translation>正在查看 {}…</translation>
  </message>
  <message>
   <source>Only what is missing is sent; the training goes on there when the link is cut or the window is closed</source>
   <translation>只发送缺少的内容；连接断开或窗口关闭后，训练在那里继续</translation>
  </message>
  <message>
   <source>This machine</source>
   <translation>本机</translation>
  </message>
  <message>
   <source>Where</source>
   <translation>在哪里训练</translation>
  </message>
  <message>
   <source>no GPU</source>
   <translation>没有 GPU</translation>
  </message>
  <message>
   <source>{} GB of memory free</source>
   <translation>空闲内存 {} GB</translation>
  </message>
  <message>
   <source>{} cores</source>
   <translation>{} 个核心</translation>
  </message>
 </context>
 <context>
  <name>WhyCard</name>
  <message>
   <source>About</source>
   <translation>询问</translation>
  </message>
  <message>
   <source>Ask why</source>
   <translation>询问原因</translation>
  </message>
  <message>
   <source>By</source>
   <translation>方法</translation>
  </message>
  <message>
   <source>Find where the model looks and which training images are alike; takes seconds</source>
   <translation>找出模型看哪里，以及哪些训练图像相似；需要几秒</translation>
  </message>
  <message>
   <source>How unusual the most unusual place is: {0} (from 0.5 on it is abnormal).</source>
   <translation>最异常处的异常程度：{0}（0.5 及以上为异常）。</translation>
  </message>
  <message>
   <source>Not asked yet: press “Ask why” to see which pixels the answer hangs on and which training images are alike.</source>
   <translation>尚未询问：点击“询问原因”，查看判断依据哪些像素，以及哪些训练图像与它相似。</translation>
  </message>
  <message>
   <source>Strength of the map</source>
   <translation>热图浓度</translation>
  </message>
  <message>
   <source>The image with the map of what counts</source>
   <translation>带依据热图的图像</translation>
  </message>
  <message>
   <source>The map can be trusted</source>
   <translation>热图可信</translation>
  </message>
  <message>
   <source>The map is a hint only</source>
   <translation>热图仅供参考</translation>
  </message>
  <message>
   <source>The map says no more than chance; do not rely on it</source>
   <translation>热图不比随机更有说服力，请勿依赖</translation>
  </message>
  <message>
   <source>The model says “{0}” with {1}.</source>
   <translation>模型判断为“{0}”，得分 {1}。</translation>
  </message>
  <message>
   <source>The score is 0, so nothing can be taken from it: the map cannot be tested.</source>
   <translation>得分为 0，没有可以失去的，因此无法检验这张热图。</translation>
  </message>
  <message>
   <source>There are no training images to compare with.</source>
   <translation>没有可供比较的训练图像。</translation>
  </message>
  <message>
   <source>This model learns without gradients: its heat map is the explanation.</source>
   <translation>这个模型不靠梯度学习：它的热图就是解释。</translation>
  </message>
  <message>
   <source>Training images most like this one</source>
   <translation>与此图最相似的训练图像</translation>
  </message>
  <message>
   <source>Training images that look most alike to the model; double click opens one:</source>
   <translation>在模型看来最相似的训练图像；双击打开：</translation>
  </message>
  <message>
   <source>Whatever stands in for pixels is unusual itself, so this map cannot be tested by taking pixels away.</source>
   <translation>用任何内容替换像素本身就是异常，因此无法用去除像素的办法检验这张热图。</translation>
  </message>
  <message>
   <source>Why</source>
   <translation>原因</translation>
  </message>
  <message>
   <source>Why {0} says so</source>
   <translation>{0} 为什么这样判断</translation>
  </message>
  <message>
   <source>Why · {}</source>
   <translation>原因 · {}</translation>
  </message>
  <message>
   <source>gradients</source>
   <translation>梯度</translation>
  </message>
  <message>
   <source>hiding parts</source>
   <translation>局部遮挡</translation>
  </message>
  <message>
   <source>the model’s own heat map</source>
   <translation>模型自身的热图</translation>
  </message>
  <message>
   <source>what it says most surely</source>
   <translation>模型最有把握的判断</translation>
  </message>
  <message>
   <source>without labels</source>
   <translation>无标签</translation>
  </message>
  <message>
   <source>{0} % alike · {1}</source>
   <translation>相似 {0} % · {1}</translation>
  </message>
  <message>
   <source>{0} by {1} on {2}</source>
   <translation>{0}（{1}，{2}）</translation>
  </message>
  <message>
   <source>{0}, missed</source>
   <translation>{0}，漏检</translation>
  </message>
  <message>
   <source>{0}: without the 20 % of the pixels that it marks most, {1} of the score is lost; without 20 % at random places, {2}.</source>
   <translation>{0}：去掉它标记最强的 20 % 像素，得分损失 {1}；去掉随机位置的 20 %，损失 {2}。</translation>
  </message>
 </context>
 <context>
  <name>Works</name>
  <message>
   <source>Show the job</source>
   <translation>查看任务</translation>
  </message>
 </context>
 <context>
  <name>figures</name>
  <message>
   <source>Accuracy</source>
   <translation>准确率</translation>
  </message>
  <message>
   <source>Bad images passed</source>
   <translation>不良图像被放行</translation>
  </message>
  <message>
   <source>Blur</source>
   <translation>模糊</translation>
  </message>
  <message>
   <source>Brighter</source>
   <translation>变亮</translation>
  </message>
  <message>
   <source>Calibration error</source>
   <translation>校准误差</translation>
  </message>
  <message>
   <source>Darker</source>
   <translation>变暗</translation>
  </message>
  <message>
   <source>Dirt on the lens</source>
   <translation>镜头脏污</translation>
  </message>
  <message>
   <source>F1, all labels together</source>
   <translation>F1（全部标签合计）</translation>
  </message>
  <message>
   <source>F1, mean of labels</source>
   <translation>各标签平均 F1</translation>
  </message>
  <message>
   <source>False rejects</source>
   <translation>过杀</translation>
  </message>
  <message>
   <source>Good images rejected</source>
   <translation>良品图像被拒</translation>
  </message>
  <message>
   <source>Images with all labels right</source>
   <translation>标签全部正确的图像</translation>
  </message>
  <message>
   <source>IoU, mean of images</source>
   <translation>IoU（各图平均）</translation>
  </message>
  <message>
   <source>Less contrast</source>
   <translation>对比度降低</translation>
  </message>
  <message>
   <source>Log loss</source>
   <translation>对数损失</translation>
  </message>
  <message>
   <source>Mean error of points, px</source>
   <translation>关键点平均偏差（px）</translation>
  </message>
  <message>
   <source>Missed</source>
   <translation>漏检</translation>
  </message>
  <message>
   <source>Noise</source>
   <translation>噪声</translation>
  </message>
  <message>
   <source>Pixels that are right</source>
   <translation>正确像素</translation>
  </message>
  <message>
   <source>Precision</source>
   <translation>精确率</translation>
  </message>
  <message>
   <source>Recall</source>
   <translation>召回率</translation>
  </message>
  <message>
   <source>Rotation</source>
   <translation>旋转</translation>
  </message>
  <message>
   <source>Wrong label</source>
   <translation>标签错误</translation>
  </message>
 </context>
 <context>
  <name>history</name>
  <message>
   <source>Accept prediction</source>
   <translation>接受建议</translation>
  </message>
  <message>
   <source>Add hole</source>
   <translation>添加孔</translation>
  </message>
  <message>
   <source>Add key frame</source>
   <translation>添加关键帧</translation>
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
   <source>Align</source>
   <translation>对齐</translation>
  </message>
  <message>
   <source>Answer comment</source>
   <translation>回复评论</translation>
  </message>
  <message>
   <source>Assign items</source>
   <translation>分配样本</translation>
  </message>
  <message>
   <source>Begin track</source>
   <translation>开始轨迹</translation>
  </message>
  <message>
   <source>Bring to front</source>
   <translation>移到最前</translation>
  </message>
  <message>
   <source>Calibrate</source>
   <translation>标定</translation>
  </message>
  <message>
   <source>Carry shape forward</source>
   <translation>向前跟踪形状</translation>
  </message>
  <message>
   <source>Change attribute</source>
   <translation>更改属性</translation>
  </message>
  <message>
   <source>Change colour</source>
   <translation>更改颜色</translation>
  </message>
  <message>
   <source>Change comment</source>
   <translation>修改评论</translation>
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
   <source>Change mark</source>
   <translation>更改标记</translation>
  </message>
  <message>
   <source>Change schema</source>
   <translation>更改标签体系</translation>
  </message>
  <message>
   <source>Change shape</source>
   <translation>修改形状</translation>
  </message>
  <message>
   <source>Change shapes</source>
   <translation>更改允许的形状</translation>
  </message>
  <message>
   <source>Change visibility</source>
   <translation>更改可见性</translation>
  </message>
  <message>
   <source>Comment</source>
   <translation>评论</translation>
  </message>
  <message>
   <source>Consensus</source>
   <translation>共识</translation>
  </message>
  <message>
   <source>Convert</source>
   <translation>转换</translation>
  </message>
  <message>
   <source>Copy to image</source>
   <translation>复制到图像</translation>
  </message>
  <message>
   <source>Cut</source>
   <translation>剪切</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Delete keypoint</source>
   <translation>删除关键点</translation>
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
   <source>Draw ellipse</source>
   <translation>画椭圆</translation>
  </message>
  <message>
   <source>Draw keypoints</source>
   <translation>画关键点</translation>
  </message>
  <message>
   <source>Draw line</source>
   <translation>画折线</translation>
  </message>
  <message>
   <source>Draw mask</source>
   <translation>画掩膜</translation>
  </message>
  <message>
   <source>Draw point</source>
   <translation>画点</translation>
  </message>
  <message>
   <source>Draw polygon</source>
   <translation>画多边形</translation>
  </message>
  <message>
   <source>Draw rotated box</source>
   <translation>画旋转框</translation>
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
   <source>End track</source>
   <translation>结束轨迹</translation>
  </message>
  <message>
   <source>Erase</source>
   <translation>擦除</translation>
  </message>
  <message>
   <source>Fill</source>
   <translation>填充</translation>
  </message>
  <message>
   <source>Go on with track</source>
   <translation>继续轨迹</translation>
  </message>
  <message>
   <source>Group</source>
   <translation>编组</translation>
  </message>
  <message>
   <source>Import blind round</source>
   <translation>导入盲标轮次</translation>
  </message>
  <message>
   <source>Import images</source>
   <translation>导入图像</translation>
  </message>
  <message>
   <source>Import schema</source>
   <translation>导入标签体系</translation>
  </message>
  <message>
   <source>Import {0}</source>
   <translation>导入 {0}</translation>
  </message>
  <message>
   <source>Intersect</source>
   <translation>求交</translation>
  </message>
  <message>
   <source>Label image</source>
   <translation>整图标签</translation>
  </message>
  <message>
   <source>Lasso</source>
   <translation>套索</translation>
  </message>
  <message>
   <source>Magic wand</source>
   <translation>魔棒</translation>
  </message>
  <message>
   <source>Mend labels</source>
   <translation>修正标注</translation>
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
   <source>Paint</source>
   <translation>涂画</translation>
  </message>
  <message>
   <source>Paste</source>
   <translation>粘贴</translation>
  </message>
  <message>
   <source>Predict</source>
   <translation>预测</translation>
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
   <source>Relate</source>
   <translation>建立关系</translation>
  </message>
  <message>
   <source>Remove comment</source>
   <translation>删除评论</translation>
  </message>
  <message>
   <source>Remove label</source>
   <translation>移除标签</translation>
  </message>
  <message>
   <source>Remove relation</source>
   <translation>删除关系</translation>
  </message>
  <message>
   <source>Remove track</source>
   <translation>移除轨迹</translation>
  </message>
  <message>
   <source>Rename label</source>
   <translation>重命名标签</translation>
  </message>
  <message>
   <source>Reopen comment</source>
   <translation>重开评论</translation>
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
   <source>Resolve comment</source>
   <translation>处理评论</translation>
  </message>
  <message>
   <source>Restore earlier state</source>
   <translation>恢复到较早的状态</translation>
  </message>
  <message>
   <source>Review</source>
   <translation>审核</translation>
  </message>
  <message>
   <source>Rotate</source>
   <translation>旋转</translation>
  </message>
  <message>
   <source>Send to back</source>
   <translation>移到最后</translation>
  </message>
  <message>
   <source>Settle conflict</source>
   <translation>解决冲突</translation>
  </message>
  <message>
   <source>Simplify</source>
   <translation>简化</translation>
  </message>
  <message>
   <source>Subtract</source>
   <translation>相减</translation>
  </message>
  <message>
   <source>Take apart</source>
   <translation>拆分</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>撤销</translation>
  </message>
  <message>
   <source>Ungroup</source>
   <translation>取消编组</translation>
  </message>
  <message>
   <source>Unite</source>
   <translation>合并</translation>
  </message>
  <message>
   <source>accepted</source>
   <translation>已通过</translation>
  </message>
  <message>
   <source>in review</source>
   <translation>审核中</translation>
  </message>
  <message>
   <source>labelled</source>
   <translation>已标注</translation>
  </message>
  <message>
   <source>rejected</source>
   <translation>已退回</translation>
  </message>
  <message>
   <source>to label</source>
   <translation>待标注</translation>
  </message>
 </context>
 <context>
  <name>operations</name>
  <message>
   <source>Allow the workspace</source>
   <translation>允许工作区</translation>
  </message>
 </context>
</TS>
