"""What the labelling page's actions do with the open document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject

from app.gui.labeling import reading
from app.gui.labeling.actions import NUDGES, STRETCHES
from app.gui.labeling.tools.base import movable, reshaped
from app.gui.operations import labeling as operations
from engine.changes import Changes
from engine.data.records import Annotation
from engine.labeling import copying, geometry
from engine.labeling.edits import Add, Change, Edit, Remove

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage

OFFSET = 10.0  # px by which a duplicate lies beside its original


class Editing(QObject):
    """Turns actions into edits: made in the document at once, and sent to the store."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.page = page
        self.store: Any = operations  # what edits, undo and redo go to; a blind round has a store of its own
        self.label_to_choose = ""
        self._clipboard: list[Annotation] = []
        self._clipped_from = (0, 0)  # the size of the image that they lay on
        self._ids = (0, 0)  # the next free id of the reserve, and its end
        self._asked = False
        self._class_mode = False

    # ids

    def take_ids(self, first: int) -> None:
        """A fresh reserve of annotation ids."""
        self._ids, self._asked = (first, first + reading.IDS), False

    def next_id(self) -> int:
        """An id for a new annotation, from the reserve."""
        first, end = self._ids
        if first >= end:  # more shapes at once than the reserve holds
            first = reading.more_ids(self.page.shell.workspace)
            end = first + reading.IDS
        self._ids = (first + 1, end)
        if end - first < reading.IDS // 4 and not self._asked:
            self._asked = True
            self.page._ask(reading.more_ids, self.take_ids)
        return first

    # edits

    def edit(self, edits: Sequence[Edit], action: str) -> None:
        """Make edits of the open item: here at once, in the store as soon as it can."""
        page, document = self.page, self.page.canvas.document
        if not edits or not document.item_id:
            return
        author = page.shell.workspace.author
        if action.startswith(("Draw", "Label image")):
            edits = [self._with_defaults(edit) for edit in edits]
        own = [self._signed(edit, author) for edit in edits]
        document.apply(own)
        page.canvas.refresh()
        page.follow_document()
        title = QCoreApplication.translate("history", action)
        page.writer.write(self.store.apply_edits(document.item_id, own, action), title)

    def do(self, name: str) -> None:
        """Carry out an action of the page by its name."""
        page, canvas = self.page, self.page.canvas
        if name in canvas.tools or name == "class":
            self._tool(name)
        elif name.startswith("nudge_"):
            _, way, *ten = name.split("_")
            self.nudge(*(10 * step if ten else step for step in NUDGES[way]))
        elif name in STRETCHES:
            self.stretch(*STRETCHES[name])
        elif name in ("hide_names", "hide_shapes"):
            page._take_look()
        elif name == "crosshair":
            canvas.crosshair = page.acts["crosshair"].isChecked()
            canvas.update()
        elif name in ("next", "right"):
            page.step(1)
        elif name in ("previous", "left"):
            page.step(-1)
        else:
            simple = {
                "undo": self.undo,
                "redo": self.redo,
                "delete": self.delete,
                "zoom_in": lambda: canvas.zoom(1.25),
                "zoom_out": lambda: canvas.zoom(0.8),
                "fit": canvas.fit,
                "enter": self.enter,
                "accept_all": self.accept_all,
                "escape": self.escape,
                "next_shape": lambda: self.cycle(1),
                "previous_shape": lambda: self.cycle(-1),
                "select_all": lambda: canvas.select([s.id for s in canvas.document.shapes if s.x is not None]),
                "duplicate": self.duplicate,
                "copy": self.copy,
                "cut": self.cut,
                "paste": self.paste,
                "insert": self.insert,
                "new_label": page.side.labels.focus_new,
            }
            simple[name]()

    def undo(self) -> None:
        """Take the last action back, on whatever item it was; while a shape is drawn, its last point."""
        if self.page.canvas.tool.undo():
            return
        self.page.writer.write(self.store.undo, self.tr("Undo"), self._show_undone)

    def redo(self) -> None:
        """Do again what was undone."""
        self._leave()
        self.page.writer.write(self.store.redo, self.tr("Redo"), self._show_undone)

    def delete(self) -> None:
        """Delete a chosen vertex, else the selected shapes; of suggestions this is the refusal."""
        canvas = self.page.canvas
        if canvas.tool.back():
            return
        shapes = self._free()
        if shapes:
            refused = all(shape.origin == "model" for shape in shapes)
            following = self._suggestion_after(shapes[-1].id) if refused else None
            self.edit([Remove(shape.id) for shape in shapes], "Refuse prediction" if refused else "Delete")
            if following is not None:
                self._show(following)

    def enter(self) -> None:
        """Finish a polygon, else accept suggestions one by one, else go on."""
        canvas = self.page.canvas
        if canvas.tool.finish():
            return
        suggested = [shape for shape in self.selected() if shape.origin == "model"]
        if suggested:
            following = self._suggestion_after(suggested[-1].id)
            self.edit([Change(shape.id) for shape in suggested], "Accept prediction")
            if following is not None and following in canvas.document:
                self._show(following)
            return
        first = self._suggestion_after(None)
        if first is not None:
            self._show(first)
        else:
            self.page.step(1)

    def accept_all(self) -> None:
        """Make all suggestions of this item the person's own."""
        shapes = [shape for shape in self.page.canvas.document.shapes if shape.origin == "model"]
        self.edit([Change(shape.id) for shape in shapes], "Accept prediction")

    def escape(self) -> None:
        """Leave what is half done, else select nothing, else take the select tool."""
        if not self.page.canvas.tool.cancel():
            self._tool("select")

    def cycle(self, step: int) -> None:
        """Select the next or previous shape of the list."""
        shapes = [shape.id for shape in self.page.canvas.document.shapes if shape.x is not None]
        if shapes:
            selection = self.page.canvas.selection
            at = shapes.index(selection[-1]) + step if selection and selection[-1] in shapes else min(step, 0)
            self._show(shapes[at % len(shapes)])

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selected shapes by px."""
        document = self.page.canvas.document
        if self.page.canvas.select_tool.nudge(dx, dy):
            return
        shapes = [shape for shape in self.selected() if movable(shape)]
        if not shapes:
            return
        boxes = [_box(shape) for shape in shapes]
        around = geometry.bounds([p for x, y, w, h in boxes for p in ((x, y), (x + w, y + h))])
        dx, dy = geometry.moved_within(around, dx, dy, document.width, document.height)
        size = (document.width, document.height)
        self.edit([reshaped(geometry.moved(shape, dx, dy, size)) for shape in shapes if dx or dy], "Move")

    def rotate(self, degrees: float) -> None:
        """Turn the selected shapes clockwise around their common middle."""
        document = self.page.canvas.document
        shapes = [shape for shape in self.selected() if movable(shape) and shape.kind != "point"]
        if not shapes:
            return
        corners = [corner for shape in shapes for corner in geometry.box_corners(_box(shape)).tolist()]
        x, y, w, h = geometry.bounds(corners)
        around = geometry.middle(shapes[0]) if len(shapes) == 1 else (x + w / 2, y + h / 2)
        size = (document.width, document.height)
        self.edit([reshaped(geometry.rotated(shape, degrees, around, size)) for shape in shapes], "Rotate")

    def stretch(self, dw: float, dh: float) -> None:
        """Make the selected shapes wider or higher by px."""
        shapes = [shape for shape in self.selected() if movable(shape) and shape.kind != "point"]
        edits: list[Edit] = []
        for shape in shapes:
            x, y, w, h = _box(shape)
            box = (x, y, max(1.0, w + dw), max(1.0, h + dh))
            edits.append(reshaped(geometry.stretched(shape, self._clipped(box), self._size())))
        self.edit(edits, "Resize")

    def set_numbers(self, x: float, y: float, w: float, h: float) -> None:
        """Put the selected shape where the typed numbers say."""
        shapes = self.selected()
        if len(shapes) == 1 and movable(shapes[0]) and _box(shapes[0]) != (x, y, w, h):
            box = self._clipped((x, y, w, h))
            self.edit([reshaped(geometry.stretched(shapes[0], box, self._size()))], "Resize")

    def duplicate(self) -> None:
        """Add copies of the selected shapes beside them."""
        self._add_copies(self.selected(), "Duplicate", self._size(), apart=True)

    def copy(self) -> None:
        """Keep the selected shapes for pasting."""
        shapes = self.selected()
        if shapes:
            self._clipboard, self._clipped_from = shapes, self._size()

    def forget(self) -> None:
        """Another workspace has other labels and ids: nothing of this one is kept."""
        self._clipboard, self._ids, self._asked = [], (0, 0), False

    def cut(self) -> None:
        """Keep the selected shapes for pasting and delete them."""
        self.copy()
        self.edit([Remove(shape.id) for shape in self._free()], "Delete")

    def paste(self) -> None:
        """Add what was copied, here: at the same place on another image, beside it on the same one."""
        labels = {label.id for label in self.page.labels}
        shapes = [shape for shape in self._clipboard if shape.label_id in labels]
        here = {_box(shape) for shape in self.page.canvas.document.shapes}
        apart = any(_box(shape) in here for shape in shapes if shape.x is not None)
        self._add_copies(shapes, "Paste", self._clipped_from, apart=apart)

    def insert(self) -> None:
        """Draw without a mouse: with a cursor that keys move, or a box in the middle of the view to be moved and stretched."""
        canvas = self.page.canvas
        if canvas.tool.kind and canvas.document.item_id:
            canvas.kit.keys.toggle()
            canvas.setFocus()
            return
        if self.page.canvas.kit.may_draw("box"):
            self.page.canvas.draw_new("box", box=self.page.canvas.view_box())
            self.page.canvas.setFocus()

    # labels

    def choose_label(self, label_id: int) -> None:
        """New shapes get this label, selected ones now; in image mode the image gets or loses it."""
        canvas, before = self.page.canvas, self.page.canvas.label_id
        canvas.label_id = label_id
        reason = canvas.kit.unfit(canvas.tool.kind) if canvas.tool.busy else ""
        if reason:  # what is half drawn keeps a label that allows it
            canvas.label_id = before
            self.page.side.labels.set_current(before)
            self.page.shell.set_status(reason)
            return
        if self._class_mode:
            self._toggle_class(label_id)
            return
        fitting = canvas.kit.fitting()
        if fitting and fitting != canvas.tool.name and not canvas.tool.busy:
            self._tool(fitting)
        canvas.kit.say()
        others = [shape for shape in self.selected() if shape.label_id != label_id]
        shapes = [shape for shape in others if not canvas.kit.unfit(shape.kind)]
        self.edit([Change(shape.id, {"label_id": label_id}) for shape in shapes], "Change label")
        if len(shapes) < len(others):
            unfit = next(shape for shape in others if shape not in shapes)
            self.page.shell.set_status(canvas.kit.unfit(unfit.kind))

    def add_label(self, name: str) -> None:
        """Add a label and choose it."""
        self.label_to_choose = " ".join(name.split())
        self.page.writer.write(operations.add_label(name), self.tr("Add label"))
        self.page.canvas.setFocus()

    def need_label(self) -> None:
        """Something was to be drawn without any label."""
        self.page.side.labels.focus_new()
        self.page.shell.set_status(self.tr("Name a label first, on the right; then draw."))

    # helpers

    def _tool(self, name: str) -> None:
        self._class_mode = name == "class"
        self.page.canvas.set_tool("select" if self._class_mode else name)
        self.page.acts[name].setChecked(True)
        self.say_hint()

    def say_hint(self) -> None:
        """Say over the picture how the tool is used, where that is not plain."""
        kit = self.page.canvas.kit
        kit.note = self.tr("Number keys give the whole image a label, or take it away") if self._class_mode else ""
        kit.say()

    def _toggle_class(self, label_id: int) -> None:
        document = self.page.canvas.document
        there = [shape for shape in document.class_labels() if shape.label_id == label_id]
        if not document.item_id:
            return
        if there:
            self.edit([Remove(shape.id) for shape in there], "Label image")
        else:
            shape = Annotation(self.next_id(), document.item_id, label_id, "class")
            self.edit([Add(shape)], "Label image")

    def selected(self) -> list[Annotation]:
        """The selected shapes, as the document has them."""
        document = self.page.canvas.document
        return [shape for shape_id in self.page.canvas.selection if (shape := document.get(shape_id)) is not None]

    def _suggestion_after(self, shape_id: int | None) -> int | None:
        suggested = [shape.id for shape in self.page.canvas.document.shapes if shape.origin == "model"]
        if shape_id in suggested:
            place = suggested.index(shape_id)
            suggested = suggested[place + 1 :] + suggested[:place]
        return suggested[0] if suggested else None

    def _show(self, shape_id: int) -> None:
        self.page.canvas.select([shape_id])
        self.page.canvas.reveal(shape_id)

    def _add_copies(
        self, shapes: Sequence[Annotation], action: str, old: tuple[int, int], *, apart: bool
    ) -> None:  # fmt: skip
        document, size = self.page.canvas.document, self._size()
        if not document.item_id:
            return
        known = copying.known_labels(shapes, document.class_labels())
        shapes = [shape for shape in shapes if shape.id not in known]
        made = copying.copies(shapes, document.item_id, (old, size), self.next_id)
        corners = [corner for s in made if s.x is not None for corner in geometry.box_corners(_box(s)).tolist()]
        if apart and corners:
            dx, dy = geometry.moved_within(geometry.bounds(corners), OFFSET, OFFSET, *size)
            made = [geometry.moved(shape, dx, dy, size) for shape in made]
        if made:
            self.edit([Add(shape) for shape in made], action)
            self.page.canvas.select([shape.id for shape in made])

    def _free(self) -> list[Annotation]:
        """The selected shapes that may go; says so when all of them are locked."""
        shapes = self.selected()
        free = [shape for shape in shapes if "locked" not in shape.flags]
        if shapes and not free:
            self.page.shell.set_status(self.tr("Locked shapes stay as they are; Ctrl+Shift+L unlocks them."))
        return free

    def _size(self) -> tuple[int, int]:
        document = self.page.canvas.document
        return document.width, document.height

    def _clipped(self, box: geometry.Box) -> geometry.Box:
        document = self.page.canvas.document
        x, y, w, h = geometry.clip_box(box, document.width, document.height)
        return x, y, max(w, 1.0), max(h, 1.0)

    def _show_undone(self, changes: Changes) -> None:
        """Go where it happened, so that nothing changes unseen."""
        page = self.page
        items = [item for item in changes.items if isinstance(item, int)]
        page._select_next = changes.annotations
        if items and page.item_id not in items:
            page.go_to_item(items[0])

    def _leave(self) -> None:
        if self.page.canvas.tool.busy:
            self.page.canvas.tool.cancel()

    def _with_defaults(self, edit: Edit) -> Edit:
        """A drawn shape begins with the defaults of its label's attributes."""
        if not isinstance(edit, Add) or edit.annotation.attributes:
            return edit
        label = next((one for one in self.page.labels if one.id == edit.annotation.label_id), None)
        entries = label.attributes if label is not None else ()
        values = {entry["name"]: entry["default"] for entry in entries if entry.get("default") is not None}
        return Add(edit.annotation.with_(attributes=values)) if values else edit

    @staticmethod
    def _signed(edit: Edit, author: str) -> Edit:
        """The edit as the store will have it, so that reading it back changes nothing on the screen."""
        if isinstance(edit, Add):
            return Add(edit.annotation.with_(author=author))
        if isinstance(edit, Change):
            values: dict[str, Any] = {"origin": "person", "author": author, **edit.values}
            return Change(edit.id, values)
        return edit


def _box(shape: Annotation) -> geometry.Box:
    return (shape.x or 0.0, shape.y or 0.0, shape.w or 0.0, shape.h or 0.0)
