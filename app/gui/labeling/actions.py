"""The labelling page's actions: name, keys, picture, and where the keys count."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication


@dataclass(frozen=True)
class Entry:
    """One action.

    Attributes:
        keys: shortcuts, the first one is shown.
        canvas: whether the keys count only while the canvas has the focus (they mean something else in lists and fields).
        icon: the name of a picture; with one it has a button in the tool strip.
        checkable: whether it stays pressed.
        group: buttons of one group stand together.
        family: the action whose button this one shares; it folds out from there.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    canvas: bool = False
    checkable: bool = False
    group: str = ""
    family: str = ""


def entries() -> list[Entry]:
    """All actions in the language of the window."""

    translate = QCoreApplication.translate
    return [
        Entry(
            "select", translate("LabelingActions", "Select and move"), ("V",), "pointer", checkable=True, group="tool"
        ),
        Entry("box", translate("LabelingActions", "Draw boxes"), ("B",), "box", checkable=True, group="tool"),
        Entry(
            "polygon", translate("LabelingActions", "Draw polygons"), ("P",), "polygon", checkable=True, group="tool"
        ),
        Entry("undo", translate("LabelingActions", "Undo"), ("Ctrl+Z",), "undo", group="edit"),
        Entry("redo", translate("LabelingActions", "Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", group="edit"),
        Entry(
            "delete",
            translate("LabelingActions", "Delete; refuse a suggestion"),
            ("Del", "Backspace"),
            "trash",
            canvas=True,
            group="edit",
        ),
        Entry(
            "crosshair", translate("LabelingActions", "Crosshair"), ("X",), "crosshair", checkable=True, group="view"
        ),
        Entry(
            "hide_names", translate("LabelingActions", "Hide names"), ("L",), "tag-off", checkable=True, group="view"
        ),
        Entry(
            "hide_shapes", translate("LabelingActions", "Hide shapes"), ("H",), "eye-off", checkable=True, group="view"
        ),
        Entry("zoom_in", translate("LabelingActions", "Zoom in"), ("+", "="), "zoom-in", group="zoom", family="fit"),
        Entry("zoom_out", translate("LabelingActions", "Zoom out"), ("-",), "zoom-out", group="zoom", family="fit"),
        Entry("fit", translate("LabelingActions", "Whole image"), ("0",), "zoom-fit", group="zoom"),
        Entry("next", translate("LabelingActions", "Next image"), ("D", "PgDown")),
        Entry("previous", translate("LabelingActions", "Previous image"), ("A", "PgUp")),
        Entry("right", translate("LabelingActions", "Next image"), ("Right",), canvas=True),
        Entry("left", translate("LabelingActions", "Previous image"), ("Left",), canvas=True),
        Entry(
            "enter",
            translate("LabelingActions", "Finish; accept a suggestion; next image"),
            ("Return", "Enter"),
            canvas=True,
        ),
        Entry("accept_all", translate("LabelingActions", "Accept all suggestions"), ("Shift+Return", "Shift+Enter")),
        Entry("escape", translate("LabelingActions", "Leave what is half done; select nothing"), ("Esc",), canvas=True),
        Entry("next_shape", translate("LabelingActions", "Next shape"), ("]", "N")),
        Entry("previous_shape", translate("LabelingActions", "Previous shape"), ("[", "Shift+N")),
        Entry("select_all", translate("LabelingActions", "Select all shapes"), ("Ctrl+A",), canvas=True),
        Entry("duplicate", translate("LabelingActions", "Duplicate"), ("Ctrl+D",)),
        Entry("copy", translate("LabelingActions", "Copy"), ("Ctrl+C",), canvas=True),
        Entry("cut", translate("LabelingActions", "Cut"), ("Ctrl+X",), canvas=True),
        Entry("paste", translate("LabelingActions", "Paste"), ("Ctrl+V",), canvas=True),
        Entry("insert", translate("LabelingActions", "Draw by keys; box in the middle of the view"), ("Ins",)),
        Entry("new_label", translate("LabelingActions", "New label"), ("Ctrl+L",)),
        Entry("nudge_left", translate("LabelingActions", "Move 1 px left"), ("Alt+Left",), canvas=True),
        Entry("nudge_right", translate("LabelingActions", "Move 1 px right"), ("Alt+Right",), canvas=True),
        Entry("nudge_up", translate("LabelingActions", "Move 1 px up"), ("Alt+Up",), canvas=True),
        Entry("nudge_down", translate("LabelingActions", "Move 1 px down"), ("Alt+Down",), canvas=True),
        Entry("nudge_left_10", translate("LabelingActions", "Move 10 px left"), ("Alt+Shift+Left",), canvas=True),
        Entry("nudge_right_10", translate("LabelingActions", "Move 10 px right"), ("Alt+Shift+Right",), canvas=True),
        Entry("nudge_up_10", translate("LabelingActions", "Move 10 px up"), ("Alt+Shift+Up",), canvas=True),
        Entry("nudge_down_10", translate("LabelingActions", "Move 10 px down"), ("Alt+Shift+Down",), canvas=True),
        Entry("narrower", translate("LabelingActions", "1 px narrower"), ("Ctrl+Alt+Left",), canvas=True),
        Entry("wider", translate("LabelingActions", "1 px wider"), ("Ctrl+Alt+Right",), canvas=True),
        Entry("lower", translate("LabelingActions", "1 px shorter"), ("Ctrl+Alt+Up",), canvas=True),
        Entry("higher", translate("LabelingActions", "1 px taller"), ("Ctrl+Alt+Down",), canvas=True),
    ]


NUDGES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
STRETCHES = {"narrower": (-1, 0), "wider": (1, 0), "lower": (0, -1), "higher": (0, 1)}
