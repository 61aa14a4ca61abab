<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
 <context>
  <name>AnswerTable</name>
  <message>
   <source>Answer</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy as table</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{count} rows</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>BrokenPage</name>
  <message>
   <source>The other pages work. The details tell a developer why.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The page “{name}” could not be opened</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>ConfusionMatrix</name>
  <message>
   <source>(none)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Confusion matrix</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy as data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy as picture</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{}: found {} times</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{}: not found {} times (missed)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{}: reported {} times where nothing is (false reject)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{}: taken for {} {} times</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>CostCard</name>
  <message>
   <source>A defect that is not found (missed)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A miss costs</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Cheapest at {0}: below it too much that is sound is rejected, above it defects get through. In use: {1}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Cost over the threshold</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Something sound that is reported as a defect</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This evaluation cannot tell: it has nothing to find or nothing sound.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Threshold by cost</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>a false reject</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>on these items</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Curves</name>
  <message>
   <source>Copy as data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy as picture</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Duration</name>
  <message>
   <source>{count} h</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{count} min</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{count} s</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{time} left</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Editing</name>
  <message>
   <source>Add label</source>
   <translation>添加标签</translation>
  </message>
  <message>
   <source>Name a label first, on the right; then draw.</source>
   <translation>请先在右侧写下标签名，再开始绘制。</translation>
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
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy this command</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Details</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Something went wrong in the program itself: {error}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>EvaluationPage</name>
  <message>
   <source>95 %: {0} to {1}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Accuracy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Computed as</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Confusion</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Cost of errors</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Data version</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Deploy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Evaluate</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Evaluate the model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Evaluate {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Every item of the split is looked at; it takes from seconds to a few minutes.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Export</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Export measures it</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Export {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>False rejects</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Go to the model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Items</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Look at every item of this choice and measure</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Make the container artifact that runs on every target</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Missed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Model {} · run {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No model to look at yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>None.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Not evaluated on this choice yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open in Data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Package the model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Package {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Precision over recall</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Share of the reported objects that are none (1 − precision)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Share of the true objects that were not found (1 − recall)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Test</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The artifact of {} is ready.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Train a model first; here stands what it finds, misses and rejects falsely on unseen images.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Training</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Validation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Worst items</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Write the model as ONNX and OpenVINO in FP32, BF16 and INT8, and measure each</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>against {0} on {1}, {2}, {3} items</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>as trained</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>by label; up and right is better</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>double click opens the item in Label; dashed: true, solid: predicted</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>on {1}, {2}, {3} items</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>this split cannot tell</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>torch: as trained; the others: as exported for the line</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>true ↓ predicted →, click a cell to see its items</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{0} at threshold {1}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{0}{1} against {2}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{} here</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{} pt</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{} × FP32</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{}, found</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{}, not found</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{}, reported where nothing is</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{}, taken for {}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FilterBar</name>
  <message>
   <source>All labels</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>All splits</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Any state</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Ask with SQL; nothing can be changed by it</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Label</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Labelled</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Not labelled</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Search by name</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show all</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Split</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>State</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>With a problem</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Gallery</name>
  <message>
   <source>Back</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose where to begin. Everything in a template can be changed later.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Give the model a name.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Name</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Needs: {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>On the command line: {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Start with this</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>There is a model “{}” already.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>GraphEditor</name>
  <message>
   <source>Code</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Connect with…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Connect “{}” with</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Find a component</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Hide</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Model graph</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No other component takes what this one gives.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Redo</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Remove</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Select one component first, then choose what it goes to.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show everything</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This program does not know “{}”. It is kept as it is; install the plug-in that brings it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Undo</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Zoom in</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Zoom out</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>is what runs: written from the drawing</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>of the last drawing without errors</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>GraphScene</name>
  <message>
   <source>A component cannot be connected to itself.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This port is not there any more.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This would close a circle; data can flow in one direction only.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Inspector</name>
  <message>
   <source>Check</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose a data version and start training</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Click a component to see its parameters. Drag from a port to connect it with another.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Look for errors again (Ctrl+Return)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No component selected</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>To mend</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Train ▸</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Whole model</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>JobKind</name>
  <message>
   <source>Deployment</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Evaluation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Export</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Import</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Packaging</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Quantisation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Training</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>JobNext</name>
  <message>
   <source>Deploy the artifact</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Evaluate the model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Package the model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show the data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show the evaluation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show the job</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>JobState</name>
  <message>
   <source>cancelled</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>done</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>failed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>killed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>out of memory</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>paused</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>running</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>waiting</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>JobStrip</name>
  <message>
   <source>Stop</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>JobWatch</name>
  <message>
   <source>Show the job</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{title} is done.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>JobsPage</name>
  <message>
   <source>Cancel</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Copy the log</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Each runs in a process of its own and goes on when the window is closed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Jobs</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Log</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No jobs yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Pause</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Resume</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Train a model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Training, evaluation, export and packaging run as jobs and appear here with progress and log.</source>
   <translation type="unfinished" />
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
   <translation type="unfinished" />
  </message>
  <message>
   <source>“{0}” gives {1}, but “{2}” takes {3}.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>ModelCommands</name>
  <message>
   <source>Add component</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Change parameter</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Connect</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Move</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Remove</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>ModelingPage</name>
  <message>
   <source>%n error(s)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A model is drawn here: data, augmentation, network, loss, training. Begin with a template.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Begin another model from a template</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Check the model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose a template</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Classification</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Components</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Connections</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Detection</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Graph {} · {} components · {} · undo {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Model graph</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New model from a template</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No models yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Save again</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Save model graph</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show the whole model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Start training</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Task</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The model graphs of this workspace</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Train the model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>no errors</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>MonitoringPage</name>
  <message>
   <source>Later versions will show here how the images of the line drift from the ones the model learned, which predictions are doubtful, and why the reject rate changed. Until then the Deploy page shows the state, the latency and the log of each target.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Monitoring is not there yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show the targets</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Notice</name>
  <message>
   <source>Close</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Details</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Palette</name>
  <message>
   <source>Components</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Find a component</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Find a component…</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>ParameterForm</name>
  <message>
   <source>At least {limit}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>At most {limit}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Fewer settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Less than {limit}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>More settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>More than {limit}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This is not JSON: {error}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Write a number, for example {example}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Write values with commas between, as in 1, 2, 3.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Ports</name>
  <message>
   <source>features</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>images</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>logits</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>loss</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>optimiser</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>positions</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>pyramid</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>samples</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>targets</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>QueryBox</name>
  <message>
   <source>Ask (Ctrl ↵)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>SQL question</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Views: items, annotations, labels, history, versions, models, evaluations</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Rail</name>
  <message>
   <source>Data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Deploy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Evaluate</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Fold or unfold the navigation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Fold the navigation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Jobs</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Label</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Monitor</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Start</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Train</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Runs</name>
  <message>
   <source>Accuracy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Cancelled</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Ended from outside</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Failed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Finished</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Loss</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Out of memory</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Paused</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Running</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Waiting</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{} h {} min</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{} min</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{} s</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>Sections</name>
  <message>
   <source>Augmentation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Data</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Evaluation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Loss</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Network</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Optimiser</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Training</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>SettingsPage</name>
  <message>
   <source>Appearance</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>As the system</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Author</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Dark</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Keys</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Language</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Light</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Stands in the history of every annotation you make. Empty: the account's name.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Theme</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>These settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Where things are</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Workspace</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Your name</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>fold the navigation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>jobs</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>redo</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>search commands, items, models</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>search in the page</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>settings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>step back</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>the steps of the job</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>undo</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>workspaces</source>
   <translation type="unfinished" />
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
   <translation type="unfinished" />
  </message>
  <message>
   <source>test</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>training</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>validation</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>StartPage</name>
  <message>
   <source>Cancel</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose a folder of images</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose a folder of images, with or without labels (COCO, VOC, YOLO, LabelMe …), or drop it here.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose an empty folder for the workspace</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose images…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Close the workspace in the other program first; then try again.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Empty workspace…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Everything stays on this machine, in one folder: the workspace. No network is needed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>From images to a model beside the line</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Its images are untouched. The damaged files were kept beside the store for repair.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>None yet. A workspace is a folder with all data of one project.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open a workspace</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open another…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Opening {path} …</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Recent workspaces</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Run the demo</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>See the whole job first</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Start with your own images</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Synthetic pictures of machined parts are labelled, learned, evaluated, packaged and served, in about four minutes. You then look around in the result.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The demo starts …</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Where shall the workspace be made?</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>StatsPanel</name>
  <message>
   <source>Annotations</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Annotations by label</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Items</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Items by split</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Labelled</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No items yet.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No labels yet.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Size on disk</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Whole workspace</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>With a problem</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>StatusBar</name>
  <message>
   <source>CPU {cpu} % · memory {used} / {total} GB</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Not saved: {action}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Saving…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Undo {count}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>✓ Saved {time}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>TopBar</name>
  <message>
   <source>All workspaces…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Close the workspace</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Command palette</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No network. Everything here works without one.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Offline</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Online</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Search commands, items, models…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show the folder</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>There is a network. Nothing uses it unless you ask for it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Workspace</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>version {name} · {items}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>TrainDialog</name>
  <message>
   <source>Cancel</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Data version</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>How often the weights are changed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Images a step</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Name of the version</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New version of everything labelled now</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Seed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Split train/val/test, %</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Start training</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Steps</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The batch size</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The same seed on the same machine gives the same curve</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Train “{}”</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Training runs beside the window: it goes on when you close it, and can be paused and resumed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Versions never change once made</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{} · {} items, {} annotations</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>TrainingPage</name>
  <message>
   <source>Evaluate</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Go to the model</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Log</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Loss</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No training yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>On the val images</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Pause</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Pause run</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Resume</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Resume run</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Runs</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Runs and their curves stand here. Draw a model first, then press Train.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>See on unseen images what this model finds and misses</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Step</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Stop</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Stop run</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Stop the run; its last checkpoint stays, so it can be resumed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Time</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>began at {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>best; last {}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>higher is better</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>lower is better</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>not looked at yet</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{} left</source>
   <translation type="unfinished" />
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
 <context>
  <name>self._scene</name>
  <message>
   <source>Connect an output (right side) with an input (left side).</source>
   <translation type="unfinished" />
  </message>
 </context>
</TS>
