"""Ties one shape to another: the selected one is the start, a click picks the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from app.gui.labeling.tools.base import GRAB, Pointer, Tool

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas


class RelateTool(Tool):
    """Click the start (unless a shape is selected), then the end; Tab and ] choose by keys, Enter takes."""

    name = "relate"
    cursor = Qt.CursorShape.PointingHandCursor

    def __init__(self, canvas: Canvas, relate: Callable[[int, int], None]) -> None:
        super().__init__(canvas)
        self._relate = relate
        self.start: int | None = None
        self._mouse: QPointF | None = None

    @property
    def busy(self) -> bool:
        return False  # the selection may change while the end is looked for

    def hint(self) -> str:
        if self.start is None:
            return QCoreApplication.translate("LabelingOperations", "Click the shape that the relation begins at")
        return QCoreApplication.translate(
            "LabelingOperations", "Click the shape that it points to · or choose it with ] and press Enter · Esc leaves"
        )

    def taken(self) -> None:
        self.start = self.canvas.selection[0] if len(self.canvas.selection) == 1 else None
        self._mouse = None
        self.say()

    def left(self) -> None:
        self.start = None

    def press(self, pointer: Pointer) -> None:
        hits = self.canvas.document.at(pointer.x, pointer.y, GRAB / 2 / self.canvas.view.scale)
        hits = [hit for hit in hits if hit != self.start]
        if hits and self.start is None:
            self.start = hits[0]
            self.canvas.select([hits[0]])
        elif hits:
            self._take(hits[0])
        self.say()

    def move(self, pointer: Pointer, down: bool) -> None:
        self._mouse = pointer.view
        self.canvas.update()

    def finish(self) -> bool:
        chosen = [one for one in self.canvas.selection if one != self.start]
        if self.start is None or not chosen:
            return False
        self._take(chosen[0])
        return True

    def cancel(self) -> bool:
        there, self.start = self.start is not None, None
        self.say()
        self.canvas.update()
        return there

    def paint(self, painter: QPainter) -> None:
        shape = self.canvas.document.get(self.start) if self.start is not None else None
        if shape is None or shape.x is None or shape.y is None or self._mouse is None:
            return
        middle = self.canvas.view.point(shape.x + (shape.w or 0) / 2, shape.y + (shape.h or 0) / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(self.canvas.look.accent, 2, Qt.PenStyle.DashLine))
        painter.drawLine(middle, self._mouse)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _take(self, end: int) -> None:
        start, self.start = self.start, None
        if start is not None:
            self._relate(start, end)
        self.say()
        self.canvas.update()
