"""A blind round on the labelling page: only one's own answer is on the image, and edits go to it, not to the annotations."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.labeling.parts.part import Part
from app.gui.operations import labeling
from app.gui.widgets.controls import button, label, row
from engine.changes import Changes, changed

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from engine.data.records import Annotation
    from engine.labeling.edits import Edit
    from engine.labeling.rounds import Sheet
    from engine.workspace import Workspace

LONGEST_S = 300.0  # a longer look at an item counts as that


class BlindStore:
    """What edits, undo and redo go to in a round; keeps the answers of one sheet in memory."""

    def __init__(self, sheet: Sheet, answers: dict[int, list[Annotation]]) -> None:
        self.sheet, self.answers = sheet, answers
        self.done = set(sheet.done)
        self.edited: Callable[[], object] = lambda: None
        self._undo: list[tuple[int, list[Annotation], list[Annotation]]] = []
        self._redo: list[tuple[int, list[Annotation], list[Annotation]]] = []

    @property
    def depth(self) -> tuple[int, int]:
        """How many edits of this sitting can be undone and redone."""
        return len(self._undo), len(self._redo)

    def apply_edits(self, item_id: int, edits: Sequence[Edit], _action: str) -> Callable[[Workspace], Changes]:
        """Edits of the answer for an item."""
        from engine.labeling.edits import Add, Change

        before = self.answers.get(item_id, [])
        shapes = {shape.id: shape for shape in before}
        for edit in edits:
            if isinstance(edit, Add):
                shapes[edit.annotation.id] = edit.annotation.with_(author=self.sheet.person)
            elif edit.id in shapes and isinstance(edit, Change):
                shapes[edit.id] = shapes[edit.id].with_(**edit.values)
            else:
                shapes.pop(edit.id, None)
        after = list(shapes.values())
        self._undo.append((item_id, before, after))
        self._redo.clear()
        self.answers[item_id] = after
        self.edited()
        return self._save(item_id)

    def copy_to(self, shapes: Sequence[Annotation], item_id: int) -> Callable[[Workspace], tuple[Changes, list[int]]]:
        """Copies of shapes in the answer for another item; gives their ids."""

        def operation(ws: Workspace) -> tuple[Changes, list[int]]:
            from engine.labeling.copying import copies
            from engine.labeling.edits import Add

            rows = ws.query("SELECT id, width, height FROM item WHERE id IN (?, ?)", [shapes[0].item_id, item_id])
            sizes = {item: (width, height) for item, width, height in rows}
            new = copies(
                shapes, item_id, (sizes[shapes[0].item_id], sizes[item_id]), lambda: ws.new_ids("annotation", 1)
            )
            ids = [shape.id for shape in new]
            self.apply_edits(item_id, [Add(shape) for shape in new], "Copy to image")(ws)
            return changed(items=[item_id], annotations=ids or [0]), ids

        return operation

    def undo(self, ws: Workspace) -> Changes:
        """Take the last edit of this sitting back."""
        return self._turn(ws, self._undo, self._redo, 1)

    def redo(self, ws: Workspace) -> Changes:
        """Do it again."""
        return self._turn(ws, self._redo, self._undo, 2)

    def finish(self, item_id: int, seconds: float) -> Callable[[Workspace], Changes]:
        """The answer for an item stands."""
        self.done.add(item_id)
        return self._save(item_id, True, seconds)

    def _turn(self, ws: Workspace, stack: list[Any], other: list[Any], take: int) -> Changes:
        if not stack:
            return Changes()
        entry = stack.pop()
        other.append(entry)
        item = entry[0]
        self.answers[item] = entry[take]
        self._save(item)(ws)
        return changed(items=[item], annotations=[shape.id for shape in (*entry[1], *entry[2])] or [0])

    def _save(self, item_id: int, done: bool = False, seconds: float = 0.0) -> Callable[[Workspace], Changes]:
        shapes = list(self.answers.get(item_id, []))

        def operation(ws: Workspace) -> Changes:
            from engine.labeling.rounds import save_answer

            return save_answer(ws, self.sheet, item_id, shapes, done, seconds)

        return operation


def read_sheet(ws: Workspace, round_id: int, person: str) -> BlindStore:
    """A person's sheet with all answers so far."""
    from engine.labeling.rounds import answer, round_of, sheet

    found = sheet(ws, round_of(ws, round_id), person)
    return BlindStore(found, {item: answer(ws, found, item) for item in found.items})


class BlindPart(Part):
    """Comes in between what was read and what is shown, while a round is done."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.store: BlindStore | None = None
        self._began = time.monotonic()
        self._item = 0
        self.panel = QWidget()
        self.panel.setObjectName("blind_panel")
        self.title, self.text = label("", "heading"), label("", "quiet", wrap=True)
        self.leave_button = button("", self.leave)
        self.leave_button.setObjectName("blind_leave")
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addWidget(row(self.leave_button, 1))
        self.panel.hide()

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("foot", self.panel)]

    def shown(self, item: int | None, blind: BlindStore | None = None, findings: Sequence[Any] = (), **_: Any) -> None:
        if blind is None and self.store is not None and (findings or item not in (None, *self.store.sheet.items)):
            self.closed()  # somebody wants to see something else: what was said stays in the round
            self.page._only, self.page._started = None, False
        if blind is not None:
            self.store = blind
            self.page.editing.store = blind
            blind.edited = self._show_depth
            self.page.strip.own = blind.done
            self._show()

    def closed(self) -> None:
        self.store = None
        self.page.editing.store = labeling
        self.page.strip.own = None
        self.panel.hide()

    def arrange(self, found: OpenItem) -> OpenItem:
        """Only this person's answer; nothing of the item's annotations, history and suggestions."""
        if self.store is None:
            return found
        undo, redo = self.store.depth
        shapes = list(self.store.answers.get(found.id, []))
        return replace(found, annotations=shapes, history=[], undo=undo, redo=redo)

    def going(self, item_id: int, by: int) -> None:
        """Going on hands the answer in."""
        if self.store is not None and by > 0 and item_id in self.store.sheet.items:
            spent = min(LONGEST_S, time.monotonic() - self._began)
            self.page.writer.write(self.store.finish(item_id, spent), self.tr("Blind round"))
            self._show()
            if len(self.store.done) >= len(self.store.sheet.items):
                self.page.shell.notice(
                    self.tr("All images of this turn are done. Thank you."),
                    self.tr("Leave the round"),
                    self.leave,
                    "good",
                )

    def item_shown(self, found: OpenItem) -> None:
        if found.id != self._item:
            self._item, self._began = found.id, time.monotonic()

    def retranslate(self) -> None:
        self.leave_button.setText(self.tr("Leave the round"))
        self._show()

    def _show_depth(self) -> None:
        """Undo is there from the first edit on, not only once it has been read back."""
        if self.store is not None:
            self.page._depth = self.store.depth

    def leave(self) -> None:
        """Back to the annotations; what was said stays in the round."""
        if self.store is None:
            return
        self.closed()
        self.page._only = None
        self.page._start()
        self.page.shell.go("quality", tab="agreement")

    def _show(self) -> None:
        self.panel.setVisible(self.store is not None)
        if self.store is None:
            return
        sheet = self.store.sheet
        self.title.setText(self.tr("Blind round “{0}”").format(sheet.round.name))
        turn = self.tr(", turn {0} of {1}").format(sheet.trial, sheet.round.trials) if sheet.round.trials > 1 else ""
        self.text.setText(
            self.tr("{0}{1}: {2} of {3} done. “Next image” hands an image in, also one with nothing on it.").format(
                sheet.person, turn, len(self.store.done), len(sheet.items)
            )
        )
