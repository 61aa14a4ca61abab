"""Shapes that two sides changed differently: both versions on the picture in two colours, and a key for each choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.labeling import tags
from app.gui.labeling.actions import Entry
from app.gui.labeling.painting import draw_shape
from app.gui.labeling.parts.history_panel import moment
from app.gui.labeling.parts.part import Part
from app.gui.operations import history as operations
from app.gui.widgets.controls import button, label, row
from engine.labeling.conflicts import BOTH

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from engine.changes import Changes
    from engine.labeling.conflicts import Conflict, Version
    from engine.workspace import Workspace

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")  # Okabe and Ito: told apart by colour-blind people too


class ConflictsPart(Part):
    """Above the buttons of the panel while the open image, or any other, has conflicts.

    Attributes:
        waiting: those of the open image; the first one is being asked about.
        places: how many each image of the workspace has.
    """

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.waiting: list[Conflict] = []
        self.places: dict[int, int] = {}
        self.panel = QWidget()
        self.panel.setObjectName("conflicts_panel")
        self.title, self.text = label("", "heading"), label("", "quiet", wrap=True)
        self.first = button("", lambda: self.do("conflict_first"))
        self.second = button("", lambda: self.do("conflict_second"))
        self.both = button("", lambda: self.do("conflict_both"))
        self.following = button("", lambda: self.do("conflict_next"), "link")
        for name, made in (
            ("first", self.first),
            ("second", self.second),
            ("both", self.both),
            ("next", self.following),
        ):
            made.setObjectName(f"conflict_{name}_button")
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(row(self.title, 1, self.following))
        layout.addWidget(self.text)
        layout.addWidget(row(self.first, self.second, self.both, 1))
        self.panel.hide()

    def entries(self) -> Sequence[Entry]:
        return [
            Entry("conflict_first", self.tr("Conflict: take the version of here"), ("Ctrl+Alt+1",)),
            Entry("conflict_second", self.tr("Conflict: take the other version"), ("Ctrl+Alt+2",)),
            Entry("conflict_both", self.tr("Conflict: keep both versions"), ("Ctrl+Alt+3",)),
            Entry("conflict_next", self.tr("Next conflict"), ("Alt+C",)),
        ]

    def do(self, name: str) -> None:
        if name == "conflict_next":
            self._next()
        elif self.waiting and self.page.canvas.document.item_id:
            conflict = self.waiting[0]
            sides = self._sides(conflict)
            place = {"conflict_first": 0, "conflict_second": 1}.get(name)
            choice = BOTH if place is None else sides[min(place, len(sides) - 1)].edit
            self.page.canvas.tool.cancel()
            self.page.writer.write(operations.settle(conflict.annotation_id, choice), self.tr("Settle conflict"))

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("foot", self.panel)]

    def opened(self, workspace: Workspace) -> None:
        self._read()

    def closed(self) -> None:
        self.waiting, self.places = [], {}
        self._show()

    def item_shown(self, found: OpenItem) -> None:
        if any(conflict.item_id != found.id for conflict in self.waiting):
            self.waiting = []
        self._read()

    def refresh(self, changes: Changes) -> None:
        if changes.touches("annotations") and (self.places or changes.everything):
            self._read()

    def retranslate(self) -> None:
        self.both.setText(self.tr("Both"))
        self.both.setToolTip(self.tr("Keep both, as two shapes (Ctrl+Alt+3)"))
        self.following.setText(self.tr("Next"))
        self.following.setToolTip(self.tr("Next conflict, on this image or another (Alt+C)"))
        self._show()

    def paint(self, painter: QPainter) -> None:
        canvas = self.page.canvas
        if not canvas.document.item_id:
            return
        for place, conflict in enumerate(self.waiting):
            if conflict.item_id == canvas.document.item_id:
                for side, version in enumerate(self._sides(conflict)):
                    self._draw(painter, version, QColor(COLORS[side % len(COLORS)]), side, strong=place == 0)

    def _draw(self, painter: QPainter, version: Version, color: QColor, side: int, *, strong: bool) -> None:
        canvas, shape = self.page.canvas, version.state
        if shape is None or shape.x is None or shape.y is None:
            return
        from dataclasses import replace

        style = replace(canvas.look, colors={shape.label_id: color}, tags=False)
        draw_shape(painter, shape.with_(origin="person"), canvas.view, style, 3.5 if strong else 1.5, tag=False)
        if strong:
            painter.setPen(QPen(color, 1))
            corner = canvas.view.point(shape.x, shape.y + (shape.h or 0.0) * (side % 2))
            name = canvas.look.names.get(shape.label_id, "?")
            text = f"{side + 1}: {name} · {self._who(version)}"
            tags.draw(painter, text, color, corner + QPointF(0, 22 * (side % 2)), canvas.look.font)

    def _read(self) -> None:
        item = self.page.item_id
        if self.page.shell.workspace is None:
            return
        if self.page.blind:  # both versions are what others say
            self._take((item, [], {}))
            return

        def question(ws: Workspace) -> tuple[int, list[Conflict], dict[int, int]]:
            from engine.labeling.conflicts import conflicts, counts

            places = counts(ws)
            return item, conflicts(ws, item) if item in places else [], places

        self.page._ask(question, self._take)

    def _take(self, found: tuple[int, list[Conflict], dict[int, int]]) -> None:
        item, waiting, self.places = found
        if item == self.page.item_id:
            first = self.waiting[0].annotation_id if self.waiting else 0
            self.waiting = sorted(waiting, key=lambda conflict: conflict.annotation_id != first)
        self._show()

    def _next(self) -> None:
        """The next one of this image, then the next image that has one."""
        if len(self.waiting) > 1:
            self.waiting = [*self.waiting[1:], self.waiting[0]]
            self._show()
            return
        others = [item for item in self.page.ids if item in self.places and item != self.page.item_id]
        if others:
            at = self.page.index
            self.page.go_to_item(next((item for item in others if self.page.ids.index(item) > at), others[0]))

    def _sides(self, conflict: Conflict) -> list[Version]:
        """What was made here first, whichever is shown for now."""
        return sorted(conflict.versions, key=lambda version: (not version.mine, version.edit))

    def _who(self, version: Version) -> str:
        return f"{version.author} {moment(version.at)}"

    def _show(self) -> None:
        total = sum(self.places.values())
        self.panel.setVisible(total > 0)
        here = bool(self.waiting)
        for made in (self.first, self.second, self.both):
            made.setVisible(here)
        self.following.setVisible(total > 1 or not here)
        self.title.setText(self.tr("Conflicts {0}").format(total))
        if not here:
            self.text.setText(self.tr("Other images have shapes that two people changed differently."))
            return
        conflict = self.waiting[0]
        sides = self._sides(conflict)
        told = [self.tr("{0}: {1}").format(number, self._what(version)) for number, version in enumerate(sides, 1)]
        self.text.setText(
            self.tr("Two people changed this shape differently. Which one is right?") + "\n" + "\n".join(told)
        )
        for made, place in ((self.first, 0), (self.second, 1)):
            version = sides[min(place, len(sides) - 1)]
            made.setText(self.tr("{0}: mine").format(place + 1) if version.mine else f"{place + 1}: {version.author}")
            made.setToolTip(self.tr("Take this version (Ctrl+Alt+{0})").format(place + 1))
        self._reveal(conflict)

    def _what(self, version: Version) -> str:
        if version.state is None:
            return self.tr("removed by {0}").format(self._who(version))
        name = self.page.canvas.look.names.get(version.state.label_id, "?")
        return f"{name} · {self._who(version)}"

    def _reveal(self, conflict: Conflict) -> None:
        canvas = self.page.canvas
        if conflict.annotation_id in canvas.document and not canvas.tool.busy:
            canvas.reveal(conflict.annotation_id)
        canvas.update()

    def take_theme(self) -> None:
        self.page.canvas.update()
