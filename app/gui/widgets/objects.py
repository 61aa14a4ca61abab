"""Objects that a model answers, drawn on a picture: a box, or what the object carries beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPolygonF, QTransform

from engine.serving.manifest import OBJECTS

POINT = 3.5  # radius of a drawn point at least


def _rotated(painter: QPainter, values: Sequence[float], to_picture: QTransform) -> None:
    x, y, width, height, degrees = values
    turned = QTransform.fromTranslate(x, y).rotate(degrees) * to_picture
    painter.drawPolygon(turned.map(QPolygonF(QRectF(-width / 2, -height / 2, width, height))))


def _skeleton(painter: QPainter, value: Any, to_picture: QTransform) -> None:
    """Points x, y, v after each other, which are joined, and from which v on one is there and seen; else it is hollow."""
    flat, edges, there_from, seen_from = value
    points = [to_picture.map(QPointF(x, y)) for x, y in zip(flat[::3], flat[1::3], strict=True)]
    there = [v >= there_from for v in flat[2::3]]
    for a, b in edges:
        if there[a] and there[b]:
            painter.drawLine(points[a], points[b])
    pen, brush = painter.pen(), painter.brush()
    painter.setPen(QPen(pen.color(), max(1.0, pen.widthF() * 0.6)))
    for point, v, known in zip(points, flat[2::3], there, strict=True):
        if known:
            painter.setBrush(QBrush(pen.color()) if v >= seen_from else Qt.BrushStyle.NoBrush)
            radius = max(POINT, 1.7 * pen.widthF())
            painter.drawEllipse(point, radius, radius)
    painter.setPen(pen)
    painter.setBrush(brush)


PEOPLE = (1, 2)  # a point is there from 1 on, hidden, and seen with 2; 0: not labelled
MODELS = (0, 0.5)  # they tell all points, and how visible each is
# By what an object carries: draw it with the painter's pen; the transform leads from px of the item to the picture
DRAWN: dict[str, Callable[[QPainter, Any, QTransform], None]] = {"rotated": _rotated, "points": _skeleton}


def carried(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """What an object of a row carries, by name; "true_" is the prefix of true ones. Points come with what joins them."""
    found = {name: value for name in OBJECTS.values() if name and (value := row.get(prefix + name))}
    if "points" in found:
        limits = PEOPLE if prefix else MODELS
        found["points"] = (found["points"], row.get(f"{prefix}edges") or (), *limits)
    return found


def draw_object(painter: QPainter, box: Sequence[float], more: Mapping[str, Any], to_picture: QTransform) -> None:
    """Draw what an object carries, or its box (xyxy in px of the item) where that cannot be drawn."""
    drawn = [name for name in more if name in DRAWN]
    for name in drawn:
        DRAWN[name](painter, more[name], to_picture)
    if not drawn:
        painter.drawRect(to_picture.mapRect(rect_of(box)))


def rect_of(box: Sequence[float]) -> QRectF:
    """Of a box xyxy."""
    return QRectF(QPointF(box[0], box[1]), QPointF(box[2], box[3]))
