"""Drawing polygons on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.gui.labeling import painting
from app.gui.labeling.tools import GRAB, Pointer, SelectTool, Tool
from engine.labeling import geometry

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas


class PolygonTool(Tool):
    """Draw a polygon point by point; it closes at its first point, by a double click or by Enter."""

    name = "polygon"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.points: list[tuple[float, float]] = []
        self._at: Pointer | None = None
        self._other: SelectTool | None = None

    @property
    def busy(self) -> bool:
        return bool(self.points) or self._other is not None

    def press(self, pointer: Pointer) -> None:
        self._at = pointer
        if not self.points:
            selecting = pointer.has(Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier)
            if selecting:
                self._other = self.canvas.select_tool
                self._other.press(pointer)
                return
            if self.canvas.select_tool.grab(pointer):
                self._other = self.canvas.select_tool
                return
            if not self.canvas.may_draw():
                return
            self.canvas.select([])
        elif len(self.points) >= 3 and self._on_first(pointer):
            self.finish()
            return
        point = self._clamped(pointer)
        if not self.points or point != self.points[-1]:
            self.points.append(point)
        self.canvas.update()

    def move(self, pointer: Pointer, down: bool) -> None:
        self._at = pointer
        if self._other is not None or not self.points:
            self.canvas.select_tool.move(pointer, down)
        else:
            self.canvas.update()

    def release(self, pointer: Pointer) -> None:
        if self._other is not None:
            self._other.release(pointer)
            self._other = None

    def double_click(self, pointer: Pointer) -> None:
        if self.points:
            self.finish()
        else:
            self.canvas.select_tool.double_click(pointer)

    def finish(self) -> bool:
        if not self.points:
            return False
        points, self.points = self.points, []
        ring = np.array(points)
        if len(points) >= 3 and geometry.area(ring) > 0:
            self.canvas.draw_new("polygon", ring=ring)
        self.canvas.update()
        return True

    def back(self) -> bool:
        if self.points:
            self.points.pop()
            self.canvas.update()
            return True
        return self.canvas.select_tool.back()

    def cancel(self) -> bool:
        if self.points:
            self.points = []
            self.canvas.update()
            return True
        return self.canvas.select_tool.cancel()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        if not self.points:
            return
        color = self.canvas.look.color(self.canvas.label_id)
        placed = [self.canvas.view.point(x, y) for x, y in self.points]
        line = [*placed, self._at.view] if self._at is not None else placed
        tint = QColor(color)
        tint.setAlpha(40)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawPolygon(QPolygonF(line))
        painter.setPen(QPen(color, 2))
        painter.drawPolyline(QPolygonF(line))
        first = 0 if len(placed) >= 3 and self._at is not None and self._on_first(self._at) else None
        painting.draw_handles(painter, placed, color, active=first)

    def _on_first(self, pointer: Pointer) -> bool:
        first = self.canvas.view.point(*self.points[0])
        return (first - pointer.view).manhattanLength() <= GRAB * 1.5

    def _clamped(self, pointer: Pointer) -> tuple[float, float]:
        width, height = self.canvas.document.width, self.canvas.document.height
        return round(min(max(pointer.x, 0.0), width), 1), round(min(max(pointer.y, 0.0), height), 1)
