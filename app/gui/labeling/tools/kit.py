"""The tools of one canvas and what they share: options, snapping, drawing by keys, which label allows what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QWheelEvent

from app.gui.labeling.tools.base import Pointer, Tool
from app.gui.labeling.tools.drag import BoxTool, EllipseTool
from app.gui.labeling.tools.fill import FillTool, LassoTool, WandTool
from app.gui.labeling.tools.keys import KeyCursor
from app.gui.labeling.tools.mask import BrushTool, EraserTool
from app.gui.labeling.tools.path import HoleTool, PolygonTool, PolylineTool
from app.gui.labeling.tools.points import KeypointsTool, PointTool
from app.gui.labeling.tools.rotated import RotatedBoxTool
from app.gui.labeling.tools.select import SelectTool
from app.gui.labeling.tools.snapping import Snapper
from engine.data.records import Annotation, Label
from engine.labeling.edits import Add

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

TOOLS: tuple[type[Tool], ...] = (
    BoxTool,
    RotatedBoxTool,
    EllipseTool,
    PolygonTool,
    HoleTool,
    PolylineTool,
    PointTool,
    KeypointsTool,
    BrushTool,
    EraserTool,
    LassoTool,
    FillTool,
    WandTool,
)
ACTIONS = {
    "box": "Draw box",
    "rotated_box": "Draw rotated box",
    "ellipse": "Draw ellipse",
    "polygon": "Draw polygon",
    "polyline": "Draw line",
    "point": "Draw point",
    "keypoints": "Draw keypoints",
    "mask": "Draw mask",
}


class Kit(QObject):
    """Makes the tools, and gives them what they need beside the canvas.

    Attributes:
        labels: by id; what may be drawn, and which keypoints there are.
        options: sizes and tolerances of the tools by name.
        note: a hint that stands instead of the tool's.

    Signals:
        option_changed: its name.
        hint_changed: the hint to be shown.
    """

    option_changed = Signal(str)
    hint_changed = Signal(str)

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.canvas = canvas
        self.labels: Mapping[int, Label] = {}
        self.options: dict[str, float] = {"brush": 24.0, "tolerance": 16.0}
        self.note = ""
        self.snapper = Snapper(canvas)
        self.keys = KeyCursor(canvas)
        self.select = SelectTool(canvas)
        self.tools: dict[str, Tool] = {"select": self.select}
        for tool in TOOLS:
            self.tools[tool.name] = tool(canvas)

    def set_option(self, name: str, value: float) -> None:
        """Give a tool another size or tolerance."""
        if self.options[name] != value:
            self.options[name] = value
            self.option_changed.emit(name)
            self.say()
            self.canvas.update()

    def say(self) -> None:
        """Show the hint that fits now."""
        hint = self.note or self.canvas.tool.hint()
        if hint != self.canvas.hint:
            self.canvas.hint = hint
            self.canvas.update()
            self.hint_changed.emit(hint)

    def unfit(self, kind: str) -> str:
        """Why a shape of this kind cannot get the chosen label; "" when it can."""
        label = self.labels.get(self.canvas.label_id)
        if label is None or not kind or not label.shapes or kind in label.shapes:
            return ""
        names = kind_names()
        allowed = ", ".join(names.get(shape, shape) for shape in label.shapes)
        return QCoreApplication.translate(
            "Tools", "“{0}” is drawn as: {1}. Choose such a tool, or another label."
        ).format(label.name, allowed)

    def fitting(self) -> str:
        """The tool that draws what the chosen label allows: the one in use, else one that fits, or "class"; "" for none."""
        label = self.labels.get(self.canvas.label_id)
        tool = self.canvas.tool
        if label is None or not label.shapes or not tool.kind or tool.kind in label.shapes:
            return tool.name
        drawn = {tool.kind: tool.name for tool in reversed(self.tools.values()) if tool.kind}
        return next((drawn.get(kind, kind) for kind in label.shapes if kind in drawn or kind == "class"), "")

    def may_draw(self, kind: str) -> bool:
        """Whether such a shape can be drawn now; without a label one is asked for."""
        return self.canvas.may_draw() and not self.unfit(kind)

    def add(self, shape: Annotation) -> Annotation:
        """Put a drawn shape into the document and select it."""
        shape = shape.with_(id=self.canvas.next_id(), item_id=self.canvas.document.item_id)
        self.canvas.commit([Add(shape)], ACTIONS[shape.kind])
        self.canvas.select([shape.id])
        return shape

    # events of the canvas

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is the tool's now, whatever it means elsewhere."""
        return self.keys.wants(event) or self.canvas.tool.wants(event)

    def key(self, event: QKeyEvent) -> bool:
        """A key; whether it was used."""
        if self.keys.wants(event):
            self.keys.press(event)
            return True
        if self.canvas.tool.wants(event):
            self.canvas.tool.key(event)
            return True
        return False

    def wheel(self, event: QWheelEvent, pointer: Pointer) -> bool:
        """The wheel with Ctrl; whether the tool used it."""
        return self.canvas.tool.wheel(event.angleDelta().y() / 120, pointer)

    def paint(self, painter: QPainter) -> None:
        """What lies over the shapes and the tool."""
        if self.canvas.tool is not self.select:
            self.snapper.paint(painter)
        self.keys.paint(painter)


def _history_words() -> None:
    """The actions of the log, for the translators; never called."""
    translate = QCoreApplication.translate
    for word in (
        translate("history", "Draw rotated box"),
        translate("history", "Draw ellipse"),
        translate("history", "Draw line"),
        translate("history", "Draw point"),
        translate("history", "Draw keypoints"),
        translate("history", "Draw mask"),
        translate("history", "Paint"),
        translate("history", "Erase"),
        translate("history", "Lasso"),
        translate("history", "Fill"),
        translate("history", "Magic wand"),
        translate("history", "Add hole"),
        translate("history", "Rotate"),
        translate("history", "Delete keypoint"),
        translate("history", "Change visibility"),
    ):
        assert word


def kind_names() -> dict[str, str]:
    """What the kinds of shapes are called in the language of the window."""
    translate = QCoreApplication.translate
    return {
        "class": translate("Tools", "image label"),
        "box": translate("Tools", "box"),
        "rotated_box": translate("Tools", "rotated box"),
        "ellipse": translate("Tools", "ellipse"),
        "polygon": translate("Tools", "polygon"),
        "polyline": translate("Tools", "line"),
        "point": translate("Tools", "point"),
        "keypoints": translate("Tools", "keypoints"),
        "mask": translate("Tools", "mask"),
    }
