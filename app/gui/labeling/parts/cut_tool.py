"""The knife: a line across shapes, drawn by dragging or point by point."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.gui.labeling.tools.base import THRESHOLD, Pointer, Tool

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas


class CutTool(Tool):
    """A drag cuts along a straight line; clicks add points, a double click or Enter cuts along them."""

    name = "cut_line"
    drags = True
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas, cut: Callable[[list[tuple[float, float]]], bool]) -> None:
        super().__init__(canvas)
        self._cut = cut
        self._points: list[tuple[float, float]] = []
        self._start: Pointer | None = None
        self._end: tuple[float, float] | None = None

    @property
    def busy(self) -> bool:
        return bool(self._points) or self._start is not None

    def hint(self) -> str:
        return QCoreApplication.translate(
            "LabelingOperations", "Drag across a shape to cut it · click point by point, Enter cuts"
        )

    def left(self) -> None:
        self.cancel()

    def press(self, pointer: Pointer) -> None:
        self._start = pointer

    def move(self, pointer: Pointer, down: bool) -> None:
        self._end = (pointer.x, pointer.y)
        self.canvas.update()

    def release(self, pointer: Pointer) -> None:
        if self._start is None:
            return
        start, self._start = self._start, None
        if pointer.far_from(start) > 2 * THRESHOLD and not self._points:
            self._points = [(start.x, start.y), (pointer.x, pointer.y)]
            self.finish()
        else:
            self._points.append((pointer.x, pointer.y))
        self.canvas.update()

    def double_click(self, pointer: Pointer) -> None:
        self.finish()

    def finish(self) -> bool:
        if len(self._points) < 2:
            return False
        points, self._points = self._points, []
        self._cut(points)
        self.canvas.update()
        return True

    def back(self) -> bool:
        if not self._points:
            return False
        self._points.pop()
        self.canvas.update()
        return True

    def cancel(self) -> bool:
        there = self.busy
        self._points, self._start, self._end = [], None, None
        self.canvas.update()
        return there

    def paint(self, painter: QPainter) -> None:
        points = list(self._points)
        if self._start is not None:
            points.append((self._start.x, self._start.y))
        if not points or self._end is None:
            return
        line = QPolygonF([self.canvas.view.point(x, y) for x, y in [*points, self._end]])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255, 220), 3))
        painter.drawPolyline(line)
        painter.setPen(QPen(QColor("#b42318"), 1.5, Qt.PenStyle.DashLine))
        painter.drawPolyline(line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
