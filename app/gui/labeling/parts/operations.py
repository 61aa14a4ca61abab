"""The part with the editing operations: combine, convert, align, order, group, relate, copy to other images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.cut_tool import CutTool
from app.gui.labeling.parts.operation_entries import ALIGNS, CONVERTS, FLAG_ACTIONS, entries
from app.gui.labeling.parts.part import Part
from app.gui.labeling.parts.relate_tool import RelateTool
from app.gui.labeling.tools.kit import kind_names
from app.gui.operations import labeling_copy
from engine.data.records import Annotation
from engine.errors import LinesideError
from engine.labeling import align, combine, convert, geometry, groups

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.tools.base import Tool
    from engine.labeling.edits import Edit
    from engine.workspace import Workspace

Shapes = Sequence[Annotation]
FEW = 40  # up to so many shapes are combined or converted at once, without leaving the thread of the window


class Operations(Part):
    """Turns the operations of `engine.labeling` into actions on the selected shapes."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.relation = ""  # the name that the next relation gets
        self.cut_tool = CutTool(page.canvas, self._cut)
        self.relate_tool = RelateTool(page.canvas, self._relate)
        self._expanding = False
        self._last: list[int] = []
        page.side.labels.schema_wanted.connect(lambda: page.shell.go("labels"))

    def entries(self) -> Sequence[Entry]:
        return entries()

    def tools(self) -> Sequence[Tool]:
        return [self.cut_tool, self.relate_tool]

    def opened(self, workspace: Workspace) -> None:
        self.page._ask(lambda _ws: __import__("shapely"), lambda _module: None)  # the first cut need not wait for it

    def do(self, name: str) -> None:
        """Carry out an operation; what cannot be done is said in the status bar's place for it."""
        if name in ("shortcuts", "edit_labels"):
            self._open(name)
            return
        try:
            self._do(name)
        except LinesideError as error:
            self.page.shell.notice(str(error), kind="warning")

    def menu(self, menu: QMenu, shapes: Shapes) -> None:
        """Everything that fits the selection, the rest in grey; keys beside it."""
        acts, kinds = self.page.acts, {shape.kind for shape in shapes}
        can = {**dict.fromkeys(acts, True), **self._possible(shapes, kinds)}

        def add(target: QMenu, *names: str) -> None:
            for name in names:
                if name == "-":
                    target.addSeparator()
                elif name in acts:
                    acts[name].setVisible(True)
                    item = target.addAction(acts[name].text())
                    item.setShortcut(acts[name].shortcut())
                    item.setShortcutVisibleInContextMenu(True)
                    item.setCheckable(acts[name].isCheckable())
                    item.setChecked(acts[name].isChecked() or self._flagged(name, shapes))
                    item.setEnabled(can[name])
                    item.triggered.connect(lambda _=False, name=name: acts[name].trigger())

        if not shapes:
            add(menu, "paste", "select_all", "-", "show_all", "-", "shortcuts")
            return
        self._label_menu(menu, shapes)
        add(menu, "-", "cut", "copy", "paste", "duplicate", "delete", "-")
        combining = menu.addMenu(self.tr("Combine and cut"))
        add(combining, "unite", "intersect", "subtract", "-", "cut_line", "take_apart", "simplify")
        self._submenu(menu, self.tr("Convert to"), add, *CONVERTS)
        self._submenu(menu, self.tr("Align"), add, *ALIGNS)
        self._submenu(menu, self.tr("Order and groups"), add, "to_front", "to_back", "-", "group", "ungroup", "group_single", "-", "relate")  # fmt: skip
        self._submenu(menu, self.tr("Marks"), add, *FLAG_ACTIONS, "-", "show_all")
        self._submenu(menu, self.tr("Copy to"), add, "copy_next", "copy_previous", "copy_similar")

    def selection_changed(self) -> None:
        """One of a group stands for all, unless single ones are wanted."""
        canvas, last = self.page.canvas, self._last
        self._last = list(canvas.selection)
        single = self.page.acts.get("group_single")
        if self._expanding or single is None or single.isChecked() or not canvas.document.grouped:
            return
        shapes = canvas.document.shapes
        if canvas.selection and set(canvas.selection) < set(last):  # some were taken away: their groups go
            gone = set(groups.members(shapes, [one for one in last if one not in canvas.selection]))
            whole = [one for one in canvas.selection if one not in gone]
            whole = whole or groups.members(shapes, canvas.selection)
        else:
            whole = groups.members(shapes, canvas.selection)
        if whole != canvas.selection:
            self._expanding = True
            canvas.select(whole)
            self._expanding = False
            self._last = whole

    # what is done

    def _do(self, name: str) -> None:
        shapes, page = self.page.editing.selected(), self.page
        document = page.canvas.document
        combining: dict[str, tuple[Callable[[Shapes, tuple[int, int]], list[Annotation]], str]] = {
            "unite": (combine.unite, "Unite"),
            "intersect": (combine.intersect, "Intersect"),
            "subtract": (combine.subtract, "Subtract"),
        }
        if name in combining:
            function, action = combining[name]
            size, others = self._size, [shape.id for shape in shapes[1:]]
            after = (lambda: page.canvas.select(others)) if name == "subtract" else None
            self._compute(shapes, lambda: function(shapes, size), action, after)
        elif name == "take_apart":
            self._take_apart(shapes)
        elif name == "simplify":
            self._simplify(shapes)
        elif name in CONVERTS:
            kind = name.removeprefix("convert_")
            self._need_allowed(shapes, kind)
            size = self._size
            self._compute(shapes, lambda: [convert.convert(shape, kind, size) for shape in shapes], "Convert")
        elif name in ALIGNS:
            self._replace(shapes, align.align(shapes, name.removeprefix("align_"), self._size), "Align")
        elif name in FLAG_ACTIONS:
            self._flag(shapes, FLAG_ACTIONS[name])
        elif name == "show_all":
            hidden = [shape for shape in document.shapes if "hidden" in shape.flags]
            self._edit(groups.set_flag(hidden, "hidden", False), "Change mark")
        elif name in ("to_front", "to_back"):
            move = groups.to_front if name == "to_front" else groups.to_back
            action = "Bring to front" if name == "to_front" else "Send to back"
            self._edit(move(document.shapes, page.canvas.selection), action)
        elif name == "group":
            self._edit(groups.group(shapes), "Group")
        elif name == "ungroup":
            self._edit(groups.ungroup(shapes), "Ungroup")
        elif name == "group_single":
            self.selection_changed()
        elif name.startswith("copy_"):
            self._copy(shapes, name.removeprefix("copy_"))

    def _compute(
        self,
        shapes: Shapes,
        work: Callable[[], list[Annotation]],
        action: str,
        after: Callable[[], object] | None = None,
    ) -> None:
        """Put what `work` makes where the shapes are; for many shapes it is made in the background."""

        def done(made: list[Annotation]) -> None:
            document = self.page.canvas.document
            if any(document.get(shape.id) != shape for shape in shapes):
                self.page.shell.notice(self.tr("The shapes were changed meanwhile; choose them again."), kind="warning")
                return
            self._replace(shapes, made, action)
            if after is not None:
                after()

        if len(shapes) <= FEW:
            done(work())
        else:
            self.page._ask(lambda _ws: work(), done)

    def _need_allowed(self, shapes: Shapes, kind: str) -> None:
        labels = {label.id: label for label in self.page.labels}
        for shape in shapes:
            label = labels.get(shape.label_id)
            if label is not None and label.shapes and kind not in label.shapes:
                names = kind_names()
                allowed = ", ".join(names.get(one, one) for one in label.shapes)
                text = self.tr("“{0}” may only be: {1}. Allow more on the page of the label schema (Ctrl+E).")
                raise LinesideError(text.format(label.name, allowed))

    def _replace(self, before: Shapes, after: Shapes, action: str) -> None:
        """Put shapes where others were, and select them."""
        locked = [shape for shape in before if "locked" in shape.flags]
        if locked:
            raise LinesideError(self.tr("A locked shape is among them; unlock it first (Ctrl+Shift+L)."))
        ids: list[int] = []

        def next_id() -> int:
            ids.append(self.page.editing.next_id())
            return ids[-1]

        document = self.page.canvas.document
        others = [shape for one in document.related if (shape := document.get(one)) is not None]
        edits = combine.as_edits(before, after, next_id, others)
        self._edit(edits, action)
        self.page.canvas.select([*(shape.id for shape in after if shape.id), *ids])

    def _edit(self, edits: Sequence[Edit], action: str) -> None:
        self.page.editing.edit(list(edits), action)

    def _take_apart(self, shapes: Shapes) -> None:
        if not shapes:
            raise LinesideError(self.tr("Choose a shape with several parts."))
        made: list[Annotation] = []
        for shape in shapes:
            made += combine.take_apart(shape, self._size)
        self._replace(shapes, made, "Take apart")

    def _simplify(self, shapes: Shapes) -> None:
        from app.gui.labeling.parts.simplify_dialog import SimplifyDialog

        shapes = [shape for shape in shapes if shape.kind in ("polygon", "polyline") and "locked" not in shape.flags]
        if not shapes:
            raise LinesideError(self.tr("Only polygons and lines have points to leave out; choose one."))
        dialog = SimplifyDialog(self.page, shapes, self._size)
        dialog.on_accept = lambda: self._edit(combine.as_edits(shapes, dialog.made, lambda: 0), "Simplify")
        dialog.open()

    def _cut(self, line: list[tuple[float, float]]) -> bool:
        """Cut what the line crosses, of the selected shapes when it crosses any; whether something was cut."""
        chosen = set(self.page.canvas.selection)
        reason = self.tr("The line crosses no shape from side to side; draw it right across.")
        cut: list[tuple[Annotation, list[Annotation]]] = []
        document = self.page.canvas.document
        for shape in map(document.get, document.touching(geometry.bounds(line))):
            if shape is None or shape.kind in ("class", "point", "keypoints"):
                continue
            if {"locked", "hidden"} & set(shape.flags):
                continue
            try:
                cut.append((shape, combine.cut(shape, line, self._size)))
            except LinesideError as error:
                reason = str(error) if shape.id in chosen else reason
        cut = [entry for entry in cut if entry[0].id in chosen] or cut
        if not cut:
            self.page.shell.notice(reason, kind="warning")
            return False
        self._replace([shape for shape, _ in cut], [part for _, parts in cut for part in parts], "Cut")
        return True

    def _relate(self, start: int, end: int) -> None:
        document = self.page.canvas.document
        a, b = document.get(start), document.get(end)
        if a is None or b is None:
            return
        label = next((label for label in self.page.labels if label.id == a.label_id), None)
        names = list(label.details.get("relations", ())) if label is not None else []
        name = self.relation or (names[0] if names else self.tr("belongs to"))
        try:
            self._edit(groups.relate(a, b, name), "Relate")
        except LinesideError as error:
            self.page.shell.notice(str(error), kind="warning")
        self.page.canvas.select([start])
        self.page.editing.do("select")

    def _flag(self, shapes: Shapes, flag: str) -> None:
        """All get it, or lose it when all have it."""
        placed = [shape for shape in shapes if shape.x is not None]
        on = not all(flag in shape.flags for shape in placed)
        self._edit(groups.set_flag(placed, flag, on), "Change mark")

    def _copy(self, shapes: Shapes, where: str) -> None:
        page = self.page
        if not shapes:
            raise LinesideError(self.tr("Choose the shapes to copy first (Ctrl+A: all)."))
        if where == "similar":
            ids, item = list(page.ids), page.item_id
            page.shell.set_status(self.tr("Looking for the most similar image…"))
            page._ask(lambda ws: most_similar(ws, item, ids), lambda found: self._copy_to(shapes, found))
            return
        place = page.index + (1 if where == "next" else -1)
        self._copy_to(shapes, page.ids[place] if 0 <= place < len(page.ids) else None)

    def _copy_to(self, shapes: Shapes, item: int | None) -> None:
        page = self.page
        if item is None:
            page.shell.notice(self.tr("There is no such image to copy to."), kind="warning")
            return

        def done(ids: object) -> None:
            if isinstance(ids, list):
                page._select_next = frozenset(ids)
                page.go_to_item(item)
                if len(ids) < len(shapes):
                    text = self.tr("{0} of {1} shapes were copied; the others are larger than that image.")
                    page.shell.notice(text.format(len(ids), len(shapes)), kind="warning")

        copy_to = page.editing.store.copy_to if page.blind else labeling_copy.copy_to
        page.writer.write(copy_to(shapes, item), self.tr("Copy to image"), done)

    # the menu

    def _possible(self, shapes: Shapes, kinds: set[str]) -> dict[str, bool]:
        several = len(shapes) > 1
        areas = kinds <= {"box", "rotated_box", "polygon", "ellipse", "mask"}
        targets = convert.common_targets(kinds)
        return {
            "unite": several and (areas or kinds == {"polyline"}),
            "intersect": several and areas,
            "subtract": several and areas,
            "cut_line": bool(kinds - {"class", "point", "keypoints"}),
            "take_apart": any(len(shape.points) > 1 or shape.kind == "mask" for shape in shapes),
            "simplify": bool(kinds & {"polygon", "polyline"}),
            "group": several,
            "ungroup": any(shape.group for shape in shapes),
            "relate": bool(shapes),
            **{name: name.removeprefix("convert_") in targets for name in CONVERTS},
            **dict.fromkeys(ALIGNS, several),
        }

    def _label_menu(self, menu: QMenu, shapes: Shapes) -> None:
        labels = menu.addMenu(self.tr("Change label"))
        own = {shape.label_id for shape in shapes}
        for label in self.page.labels:
            key = self.page._keys.get(label.id, "")
            item = labels.addAction(f"{label.name}\t{key}" if key else label.name)
            item.setCheckable(True)
            item.setChecked(own == {label.id})
            item.triggered.connect(lambda _=False, label_id=label.id: self.page.editing.choose_label(label_id))

    def _submenu(self, menu: QMenu, title: str, add: Callable[..., None], *names: str) -> None:
        below = menu.addMenu(title)
        add(below, *names)
        below.setEnabled(any(action.isEnabled() and not action.isSeparator() for action in below.actions()))

    def _flagged(self, name: str, shapes: Shapes) -> bool:
        flag = FLAG_ACTIONS.get(name)
        return flag is not None and bool(shapes) and all(flag in shape.flags for shape in shapes)

    def _open(self, name: str) -> None:
        if name == "edit_labels":
            self.page.shell.go("labels")
            return
        from app.gui.labeling.keys_dialog import KeysDialog

        KeysDialog(self.page, self.page).open()

    @property
    def _size(self) -> tuple[int, int]:
        document = self.page.canvas.document
        return document.width, document.height


def most_similar(ws: Workspace, item: int, ids: Sequence[int]) -> int | None:
    """The item that looks most like another one: by its embedding where there is one, else by its thumbnail."""
    from engine.curation import similar
    from engine.labeling import copying

    there = set(ids)
    try:
        alike = [one.item_id for one in similar.like_item(ws, item) if one.item_id in there]
    except similar.NotCompared:
        alike = []
    return alike[0] if alike else copying.most_similar(ws, item, ids)


def _history_words() -> None:
    """The actions of the log, for the translators; never called."""
    for word in (
        QCoreApplication.translate("history", "Unite"),
        QCoreApplication.translate("history", "Intersect"),
        QCoreApplication.translate("history", "Subtract"),
        QCoreApplication.translate("history", "Cut"),
        QCoreApplication.translate("history", "Take apart"),
        QCoreApplication.translate("history", "Simplify"),
        QCoreApplication.translate("history", "Convert"),
        QCoreApplication.translate("history", "Align"),
        QCoreApplication.translate("history", "Change mark"),
        QCoreApplication.translate("history", "Change attribute"),
        QCoreApplication.translate("history", "Bring to front"),
        QCoreApplication.translate("history", "Send to back"),
        QCoreApplication.translate("history", "Group"),
        QCoreApplication.translate("history", "Ungroup"),
        QCoreApplication.translate("history", "Relate"),
        QCoreApplication.translate("history", "Remove relation"),
        QCoreApplication.translate("history", "Copy to image"),
        QCoreApplication.translate("history", "Change schema"),
        QCoreApplication.translate("history", "Import schema"),
        QCoreApplication.translate("history", "Change shapes"),
    ):
        assert word
