"""Snapping on the canvas: neighbours and picture around the pointer, and the mark that shows where a point will lie."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.gui.labeling.tools import pixels
from engine.labeling import geometry, snap

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

REACH = 9.0  # px of the widget
NEIGHBOURS = 300  # more shapes around a point than these are not looked at
WIDEST = 48  # px of the image that are searched for edges to each side


class Snapper:
    """Finds what points snap to while it is on; `found` is where the last one did, `lines` what a moved box lies on."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.on = False
        self.found: snap.Snap | None = None
        self.lines: tuple[float | None, float | None] = (None, None)

    def clear(self) -> None:
        """Show no mark any more."""
        self.found, self.lines = None, (None, None)

    def at(self, x: float, y: float, leave: Collection[int] = ()) -> tuple[float, float]:
        """Where a point goes that is put at (x, y); `leave` are shapes that it does not snap to."""
        self.clear()
        if not self.on:
            return x, y
        reach = REACH / self.canvas.view.scale
        document = self.canvas.document
        ids = document.touching((x - reach, y - reach, 2 * reach, 2 * reach))[:NEIGHBOURS]
        shapes = [shape for i in ids if i not in leave and (shape := document.get(i)) is not None]
        half = min(int(reach) + 2, WIDEST)
        grey = pixels.grey_around(self.canvas.picture, round(x), round(y), half)
        size = (document.width, document.height)
        self.found = snap.nearest(x, y, reach, size, shapes, grey)
        return (self.found.x, self.found.y) if self.found is not None else (x, y)

    def box(self, box: geometry.Box, leave: Collection[int]) -> tuple[float, float]:
        """How much further a box in hand moves to lie on borders and on the sides of its neighbours."""
        self.clear()
        if not self.on:
            return 0.0, 0.0
        x, y, w, h = box
        reach = REACH / self.canvas.view.scale
        near = self.canvas.document.touching(
            (x - 4 * reach - w, y - 4 * reach - h, 3 * w + 8 * reach, 3 * h + 8 * reach)
        )
        others = [geometry.box_of(s) for i in near if i not in leave and (s := self.canvas.document.get(i)) is not None]
        size = (self.canvas.document.width, self.canvas.document.height)
        dx, dy, *lines = snap.aligned(box, reach, size, others[:NEIGHBOURS])
        self.lines = (lines[0], lines[1])
        return dx, dy

    def paint(self, painter: QPainter) -> None:
        """Draw the mark."""
        view, accent = self.canvas.view, self.canvas.look.accent
        at_x, at_y = self.lines
        painter.setPen(QPen(accent, 1, Qt.PenStyle.DashLine))
        if at_x is not None:
            x = view.point(at_x, 0).x()
            painter.drawLine(QPointF(x, 0), QPointF(x, self.canvas.height()))
        if at_y is not None:
            y = view.point(0, at_y).y()
            painter.drawLine(QPointF(0, y), QPointF(self.canvas.width(), y))
        if self.found is None:
            return
        at = view.point(self.found.x, self.found.y)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 170), 4.0), (accent, 2.0)):
            painter.setPen(QPen(color, width))
            if self.found.kind == "vertex":
                painter.drawRect(QRectF(at.x() - 6, at.y() - 6, 12, 12))
            elif self.found.kind == "image":
                painter.drawEllipse(at, 6, 6)
            else:
                painter.drawLine(at + QPointF(-6, -6), at + QPointF(6, 6))
                painter.drawLine(at + QPointF(-6, 6), at + QPointF(6, -6))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
