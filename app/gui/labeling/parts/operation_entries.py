"""Names, keys and words of the editing operations."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.gui.labeling.actions import Entry

CONVERTS = (
    "convert_box",
    "convert_rotated_box",
    "convert_polygon",
    "convert_ellipse",
    "convert_mask",
    "convert_polyline",
)
ALIGNS = (
    "align_left", "align_right", "align_top", "align_bottom", "align_centre_x", "align_centre_y",
    "align_distribute_x", "align_distribute_y", "align_same_width", "align_same_height", "align_same_size",
)  # fmt: skip
FLAG_ACTIONS = {
    "flag_occluded": "occluded",
    "flag_truncated": "truncated",
    "flag_ignore": "ignore",
    "flag_locked": "locked",
    "flag_hidden": "hidden",
}


def entries() -> list[Entry]:
    """All of them in the language of the window."""

    def act(name: str, text: str, *keys: str) -> Entry:
        return Entry(name, text, keys, canvas=True)

    translate = QCoreApplication.translate
    return [
        Entry(
            "cut_line",
            translate("LabelingOperations", "Cut shapes along a line"),
            ("K",),
            "cut",
            checkable=True,
            group="tool",
        ),
        Entry(
            "relate",
            translate("LabelingOperations", "Relate to another shape"),
            ("Ctrl+R",),
            checkable=True,
            group="tool",
        ),
        act("unite", translate("LabelingOperations", "Unite; join lines"), "Ctrl+U"),
        act("intersect", translate("LabelingOperations", "Keep what they have in common"), "Ctrl+I"),
        act("subtract", translate("LabelingOperations", "Subtract the others from the first one"), "Ctrl+M"),
        act("take_apart", translate("LabelingOperations", "Take apart"), "Ctrl+Shift+U"),
        act("simplify", translate("LabelingOperations", "Simplify…"), "Ctrl+Shift+M"),
        act("convert_box", translate("LabelingOperations", "Convert to a box"), "Alt+1"),
        act("convert_rotated_box", translate("LabelingOperations", "Convert to a rotated box"), "Alt+2"),
        act("convert_polygon", translate("LabelingOperations", "Convert to a polygon"), "Alt+3"),
        act("convert_ellipse", translate("LabelingOperations", "Convert to an ellipse"), "Alt+4"),
        act("convert_mask", translate("LabelingOperations", "Convert to a mask"), "Alt+5"),
        act("convert_polyline", translate("LabelingOperations", "Convert to a line"), "Alt+6"),
        act("align_left", translate("LabelingOperations", "Align left"), "Ctrl+Shift+A, L"),
        act("align_right", translate("LabelingOperations", "Align right"), "Ctrl+Shift+A, R"),
        act("align_top", translate("LabelingOperations", "Align top"), "Ctrl+Shift+A, T"),
        act("align_bottom", translate("LabelingOperations", "Align bottom"), "Ctrl+Shift+A, B"),
        act("align_centre_x", translate("LabelingOperations", "Align middles on a vertical line"), "Ctrl+Shift+A, C"),
        act("align_centre_y", translate("LabelingOperations", "Align middles on a horizontal line"), "Ctrl+Shift+A, M"),
        act("align_distribute_x", translate("LabelingOperations", "Equal gaps from left to right"), "Ctrl+Shift+A, H"),
        act("align_distribute_y", translate("LabelingOperations", "Equal gaps from top to bottom"), "Ctrl+Shift+A, V"),
        act("align_same_width", translate("LabelingOperations", "Same width as the first one"), "Ctrl+Shift+A, X"),
        act("align_same_height", translate("LabelingOperations", "Same height as the first one"), "Ctrl+Shift+A, Y"),
        act("align_same_size", translate("LabelingOperations", "Same size as the first one"), "Ctrl+Shift+A, S"),
        act("to_front", translate("LabelingOperations", "Bring to front"), "Ctrl+]"),
        act("to_back", translate("LabelingOperations", "Send to back"), "Ctrl+["),
        act("group", translate("LabelingOperations", "Group"), "Ctrl+G"),
        act("ungroup", translate("LabelingOperations", "Ungroup"), "Ctrl+Shift+G"),
        Entry(
            "group_single",
            translate("LabelingOperations", "Select single shapes of a group"),
            ("Alt+G",),
            checkable=True,
        ),
        act("flag_occluded", translate("LabelingOperations", "Mark as occluded"), "Alt+O"),
        act("flag_truncated", translate("LabelingOperations", "Mark as truncated"), "Alt+T"),
        act("flag_ignore", translate("LabelingOperations", "Mark as a region to ignore"), "Alt+I"),
        act("flag_locked", translate("LabelingOperations", "Lock"), "Ctrl+Shift+L"),
        act("flag_hidden", translate("LabelingOperations", "Hide"), "Ctrl+H"),
        Entry("show_all", translate("LabelingOperations", "Show all hidden shapes"), ("Ctrl+Shift+H",)),
        act("copy_next", translate("LabelingOperations", "Copy to the next image"), "Ctrl+Shift+Right"),
        act("copy_previous", translate("LabelingOperations", "Copy to the previous image"), "Ctrl+Shift+Left"),
        act("copy_similar", translate("LabelingOperations", "Copy to the most similar image"), "Ctrl+Shift+Down"),
        Entry("edit_labels", translate("LabelingOperations", "Edit the label schema"), ("Ctrl+E",)),
        Entry("shortcuts", translate("LabelingOperations", "Change the keys…"), ("Ctrl+Shift+K",)),
    ]
