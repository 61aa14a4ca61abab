"""The tools for shapes beyond boxes and polygons, vertices by keys, turning, snapping; what of them is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.labeling.tools.option_bar import OptionBar

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage

TURNS = {"turn_left": -1.0, "turn_right": 1.0, "turn_left_15": -15.0, "turn_right_15": 15.0}


class Drawing(Part):
    """Gives the canvas's kit its actions, labels and remembered options."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.kit = page.canvas.kit
        settings = page.shell.settings
        for name in self.kit.options:
            value = settings.value(f"labeling/{name}")
            if isinstance(value, int | float | str) and _number(value) is not None:
                self.kit.options[name] = _number(value) or self.kit.options[name]
        self.kit.snapper.on = str(settings.value("labeling/snap")).lower() == "true"
        self.kit.option_changed.connect(self._remember)
        self.bar = OptionBar(page.canvas)

    def entries(self) -> Sequence[Entry]:
        return [*_tools(), *_changes()]

    def do(self, name: str) -> None:
        page, select = self.page, self.kit.select
        if name == "class":
            page.editing.do(name)
        elif name == "snap":
            self._snap(page.acts["snap"].isChecked())
        elif name in TURNS:
            page.editing.rotate(TURNS[name])
        elif name in ("next_vertex", "previous_vertex", "more_vertices", "more_vertices_back"):
            by = 1 if name in ("next_vertex", "more_vertices") else -1
            select.step_vertex(by, adding=name.startswith("more"))
        elif name == "insert_vertex":
            select.insert_vertex()
        elif name == "visibility":
            select.cycle_visibility()

    def retranslate(self) -> None:
        self.page.acts["snap"].setChecked(self.kit.snapper.on)
        self.bar.follow()
        self.kit.say()

    def document_changed(self) -> None:
        self.kit.labels = {label.id: label for label in self.page.labels}
        self.kit.say()

    def selection_changed(self) -> None:
        self.kit.say()

    def _snap(self, on: bool) -> None:
        self.kit.snapper.on = on
        self.kit.snapper.clear()
        self.page.shell.settings.set_value("labeling/snap", on)
        self.page.canvas.update()

    def _remember(self, name: str) -> None:
        self.page.shell.settings.set_value(f"labeling/{name}", self.kit.options[name])


def _number(value: float | str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number <= 10_000 else None


def _tools() -> list[Entry]:
    translate = QCoreApplication.translate

    def tool(name: str, text: str, key: str, icon: str, family: str = "") -> Entry:
        return Entry(name, text, (key,), icon, checkable=True, group="tool", family=family)

    return [
        tool("rotated_box", translate("LabelingActions", "Draw rotated boxes"), "R", "rotated-box", "box"),
        tool("ellipse", translate("LabelingActions", "Draw ellipses and circles"), "E", "ellipse", "box"),
        tool("hole", translate("LabelingActions", "Cut holes into a polygon"), "Shift+P", "hole", "polygon"),
        tool("polyline", translate("LabelingActions", "Draw lines"), "Shift+L", "polyline", "polygon"),
        tool("point", translate("LabelingActions", "Set points"), "O", "point"),
        tool(
            "keypoints",
            translate("LabelingActions", "Set the keypoints of a skeleton"),
            "Shift+K",
            "keypoints",
            "point",
        ),
        tool("brush", translate("LabelingActions", "Paint a mask"), "M", "brush"),
        tool("eraser", translate("LabelingActions", "Erase from a mask"), "Shift+M", "eraser", "brush"),
        tool("lasso", translate("LabelingActions", "Mask by lasso"), "Q", "lasso", "brush"),
        tool("fill", translate("LabelingActions", "Fill holes and regions of a mask"), "F", "fill", "brush"),
        tool("wand", translate("LabelingActions", "Mask by magic wand"), "W", "wand", "brush"),
        tool("class", translate("LabelingActions", "Label the whole image"), "C", "tag"),
    ]


def _changes() -> list[Entry]:
    translate = QCoreApplication.translate
    return [
        Entry(
            "snap",
            translate("LabelingActions", "Snap to borders, shapes and edges"),
            ("Shift+S",),
            "magnet",
            checkable=True,
            group="view",
        ),
        Entry("turn_left", translate("LabelingActions", "Turn 1° left"), ("Shift+Left",), canvas=True),
        Entry("turn_right", translate("LabelingActions", "Turn 1° right"), ("Shift+Right",), canvas=True),
        Entry("turn_left_15", translate("LabelingActions", "Turn 15° left"), ("Shift+Up",), canvas=True),
        Entry("turn_right_15", translate("LabelingActions", "Turn 15° right"), ("Shift+Down",), canvas=True),
        Entry("next_vertex", translate("LabelingActions", "Next vertex"), ("Alt+]",), canvas=True),
        Entry("previous_vertex", translate("LabelingActions", "Previous vertex"), ("Alt+[",), canvas=True),
        Entry(
            "more_vertices", translate("LabelingActions", "Choose the next vertex too"), ("Alt+Shift+]",), canvas=True
        ),
        Entry(
            "more_vertices_back",
            translate("LabelingActions", "Choose the previous vertex too"),
            ("Alt+Shift+[",),
            canvas=True,
        ),
        Entry(
            "insert_vertex",
            translate("LabelingActions", "New vertex after the chosen one"),
            ("Shift+Ins",),
            canvas=True,
        ),
        Entry(
            "visibility",
            translate("LabelingActions", "Keypoint visible or hidden"),
            ("Shift+V",),
            canvas=True,
        ),
    ]
