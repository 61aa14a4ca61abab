"""The parts that the labelling page is put together from, in the order in which they are shown.

Each is named as module:class; one that cannot be made is told to the person and left out.
"""

PARTS: tuple[str, ...] = (
    "app.gui.labeling.parts.drawing:Drawing",
    "app.gui.labeling.parts.view:View",
    "app.gui.labeling.parts.large:LargeImages",
    "app.gui.labeling.parts.view_scale:Scale",
    "app.gui.labeling.parts.view_map:MiniMap",
    "app.gui.labeling.parts.operations:Operations",
    "app.gui.labeling.parts.properties:Properties",
    "app.gui.labeling.parts.assist:Assist",
    "app.gui.labeling.parts.history:HistoryPart",
    "app.gui.labeling.parts.conflicts:ConflictsPart",
    "app.gui.labeling.parts.merging:MergingPart",
    "app.gui.labeling.parts.suggestions:Suggestions",
    "app.gui.labeling.parts.timeline:Timeline",
    "app.gui.labeling.parts.review:ReviewPart",
    "app.gui.labeling.parts.findings:FindingsPart",
    "app.gui.labeling.parts.blind:BlindPart",
    "app.gui.labeling.parts.queue:QueuePart",
    "app.gui.labeling.parts.minute:Minute",
    "app.gui.labeling.parts.similar:Similar",
)
