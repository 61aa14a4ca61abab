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
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    canvas: bool = False
    checkable: bool = False
    group: str = ""


def entries() -> list[Entry]:
    """All actions in the language of the window."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("LabelingActions", text)

    return [
        Entry("select", tr("Select and move"), ("V",), "pointer", checkable=True, group="tool"),
        Entry("box", tr("Draw boxes"), ("B",), "box", checkable=True, group="tool"),
        Entry("polygon", tr("Draw polygons"), ("P",), "polygon", checkable=True, group="tool"),
        Entry("class", tr("Label the whole image"), ("C",), "tag", checkable=True, group="tool"),
        Entry("undo", tr("Undo"), ("Ctrl+Z",), "undo", group="edit"),
        Entry("redo", tr("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", group="edit"),
        Entry("delete", tr("Delete; refuse a suggestion"), ("Del", "Backspace"), "trash", canvas=True, group="edit"),
        Entry("crosshair", tr("Crosshair"), ("X",), "crosshair", checkable=True, group="view"),
        Entry("hide_names", tr("Hide names"), ("L",), "tag-off", checkable=True, group="view"),
        Entry("hide_shapes", tr("Hide shapes"), ("H",), "eye-off", checkable=True, group="view"),
        Entry("zoom_in", tr("Zoom in"), ("+", "="), "zoom-in", group="zoom"),
        Entry("zoom_out", tr("Zoom out"), ("-",), "zoom-out", group="zoom"),
        Entry("fit", tr("Whole image"), ("0",), "zoom-fit", group="zoom"),
        Entry("next", tr("Next image"), ("D", "PgDown")),
        Entry("previous", tr("Previous image"), ("A", "PgUp")),
        Entry("right", tr("Next image"), ("Right",), canvas=True),
        Entry("left", tr("Previous image"), ("Left",), canvas=True),
        Entry("enter", tr("Finish; accept a suggestion; next image"), ("Return", "Enter"), canvas=True),
        Entry("accept_all", tr("Accept all suggestions"), ("Shift+Return", "Shift+Enter")),
        Entry("escape", tr("Leave what is half done; select nothing"), ("Esc",), canvas=True),
        Entry("next_shape", tr("Next shape"), ("]", "N")),
        Entry("previous_shape", tr("Previous shape"), ("[", "Shift+N")),
        Entry("select_all", tr("Select all shapes"), ("Ctrl+A",), canvas=True),
        Entry("duplicate", tr("Duplicate"), ("Ctrl+D",)),
        Entry("copy", tr("Copy"), ("Ctrl+C",), canvas=True),
        Entry("cut", tr("Cut"), ("Ctrl+X",), canvas=True),
        Entry("paste", tr("Paste"), ("Ctrl+V",), canvas=True),
        Entry("insert", tr("Box in the middle of the view"), ("Ins",)),
        Entry("new_label", tr("New label"), ("Ctrl+L",)),
        Entry("nudge_left", tr("Move 1 px left"), ("Alt+Left",), canvas=True),
        Entry("nudge_right", tr("Move 1 px right"), ("Alt+Right",), canvas=True),
        Entry("nudge_up", tr("Move 1 px up"), ("Alt+Up",), canvas=True),
        Entry("nudge_down", tr("Move 1 px down"), ("Alt+Down",), canvas=True),
        Entry("nudge_left_10", tr("Move 10 px left"), ("Alt+Shift+Left",), canvas=True),
        Entry("nudge_right_10", tr("Move 10 px right"), ("Alt+Shift+Right",), canvas=True),
        Entry("nudge_up_10", tr("Move 10 px up"), ("Alt+Shift+Up",), canvas=True),
        Entry("nudge_down_10", tr("Move 10 px down"), ("Alt+Shift+Down",), canvas=True),
        Entry("narrower", tr("1 px narrower"), ("Ctrl+Alt+Left",), canvas=True),
        Entry("wider", tr("1 px wider"), ("Ctrl+Alt+Right",), canvas=True),
        Entry("lower", tr("1 px lower in height"), ("Ctrl+Alt+Up",), canvas=True),
        Entry("higher", tr("1 px higher"), ("Ctrl+Alt+Down",), canvas=True),
    ]


NUDGES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
STRETCHES = {"narrower": (-1, 0), "wider": (1, 0), "lower": (0, -1), "higher": (0, 1)}
