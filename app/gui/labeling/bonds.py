"""What joins shapes: arrows for relations, a frame around the group of what is selected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas
    from engine.data.records import Annotation

MOST = 200  # arrows drawn at once
ARROW = 9.0  # px


def draw(painter: QPainter, canvas: Canvas) -> None:
    """Draw arrows and frames over the resting shapes."""
    document = canvas.document
    if not document.related and not document.grouped:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if document.related:
        _draw_relations(painter, canvas)
    if document.grouped:
        _draw_groups(painter, canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _draw_relations(painter: QPainter, canvas: Canvas) -> None:
    chosen, drawn = set(canvas.selection), 0
    for shape_id in sorted(canvas.document.related, key=lambda one: one not in chosen):
        shape = _current(canvas, shape_id)
        for other_id, name in shape.relations if shape is not None else ():
            other = _current(canvas, other_id)
            if shape is None or other is None or drawn >= MOST:
                continue
            drawn += 1
            strong = shape_id in chosen or other_id in chosen
            _arrow(painter, canvas, _frame(canvas, shape), _frame(canvas, other), name if strong else "", strong)


def _draw_groups(painter: QPainter, canvas: Canvas) -> None:
    """A dashed frame around the members of each group of which one is selected."""
    shapes = [_current(canvas, shape_id) for shape_id in canvas.selection[:MOST]]
    groups = {shape.group for shape in shapes if shape is not None and shape.group}
    for group in groups:
        rect = QRectF()
        for member in canvas.document.grouped.get(group, ()):
            shape = _current(canvas, member)
            if shape is not None:
                rect = rect.united(_frame(canvas, shape))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, style in (
            (QColor(255, 255, 255, 200), Qt.PenStyle.SolidLine),
            (canvas.look.accent, Qt.PenStyle.DashLine),
        ):
            painter.setPen(QPen(color, 1.2, style))
            painter.drawRoundedRect(rect.adjusted(-8, -8, 8, 8), 6, 6)


def _arrow(painter: QPainter, canvas: Canvas, a: QRectF, b: QRectF, name: str, strong: bool) -> None:
    start, end = _towards(a, b.center()), _towards(b, a.center())
    turn = math.atan2(end.y() - start.y(), end.x() - start.x())
    color = QColor(canvas.look.accent)
    color.setAlpha(255 if strong else 150)
    head = [end - ARROW * QPointF(math.cos(turn + side), math.sin(turn + side)) for side in (-0.42, 0.42)]
    painter.setPen(QPen(QColor(255, 255, 255, 170), 3.2 if strong else 2.4))
    painter.drawLine(start, end)
    painter.setPen(QPen(color, 1.8 if strong else 1.2))
    painter.drawLine(start, end)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF([end, *head]))
    if name:
        width = QFontMetrics(canvas.look.font).horizontalAdvance(name) + 20
        middle = (start + end) / 2
        canvas.draw_chip(painter, name, QPointF(middle.x() - width / 2, middle.y() - 12))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def _towards(rect: QRectF, to: QPointF) -> QPointF:
    """Where the line from the middle of a rectangle to a point leaves the rectangle."""
    middle = rect.center()
    step = to - middle
    share = max(abs(step.x()) / max(rect.width() / 2, 1e-6), abs(step.y()) / max(rect.height() / 2, 1e-6))
    return middle if share <= 1 else middle + step / share


def _current(canvas: Canvas, shape_id: int) -> Annotation | None:
    shape = canvas.live.get(shape_id) or canvas.document.get(shape_id)
    return None if shape is None or shape.x is None or "hidden" in shape.flags else shape


def _frame(canvas: Canvas, shape: Annotation) -> QRectF:
    return canvas.view.rect((shape.x or 0.0, shape.y or 0.0, shape.w or 0.0, shape.h or 0.0))
