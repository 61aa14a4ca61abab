"""Objects that a model answers, drawn on a picture: a box, or what the object carries beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QTransform

from engine.serving.manifest import OBJECTS

# By what an object carries: draw it with the painter's pen; the transform leads from px of the item to the picture
DRAWN: dict[str, Callable[[QPainter, Any, QTransform], None]] = {}


def carried(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """What an object of a row carries, by name; "true_" is the prefix of true ones."""
    return {name: value for name in OBJECTS.values() if name and (value := row.get(prefix + name))}


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
