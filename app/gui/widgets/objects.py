"""Objects that a model answers, drawn on a picture: a box, or what the object carries beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPen, QPolygonF, QTransform

from engine.serving.manifest import OBJECTS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SIDE = 256  # px of the longer side of a mask's picture, at most
INSIDE, RIM = 90, 255  # how opaque a mask and its rim are
POINT = 3.5  # radius of a drawn point at least


def carried(row: Mapping[str, Any], prefix: str = "", size: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    """What an object of a row carries, by name; masks as COCO writes them: {"size": [height, width], "counts"}; points with what joins them.

    Args:
        prefix: "true_" for true ones.
        size: width and height of the item in px, where the row has run lengths alone.
    """
    found = {name: value for name in OBJECTS.values() if name and (value := row.get(prefix + name))}
    if isinstance(found.get("mask"), str):
        found["mask"] = {"size": [size[1], size[0]], "counts": found["mask"]}
    if "points" in found:
        limits = PEOPLE if prefix else MODELS
        found["points"] = (found["points"], row.get(f"{prefix}edges") or (), *limits)
    return found


def draw_mask(painter: QPainter, mask: Mapping[str, Any], to_picture: QTransform) -> None:
    """The pixels of a mask with their rim, in the colour of the pen; what is drawn with a broken line has its rim alone."""
    from engine.data import rle

    height, width = mask["size"]
    counts = mask["counts"]
    left, top, step, pixels = _pixels(counts if isinstance(counts, str) else rle.compress(counts), height, width)
    color = painter.pen().color().toTuple()[:3]
    inside = INSIDE if painter.pen().style() == Qt.PenStyle.SolidLine else 0
    place = QRectF(left, top, pixels.shape[1] * step, pixels.shape[0] * step)
    painter.drawImage(to_picture.mapRect(place), image_of(inked(pixels, color, inside)))


@lru_cache(maxsize=512)
def _pixels(text: str, height: int, width: int) -> tuple[int, int, int, npt.NDArray[np.bool_]]:
    """Of a mask the part where it is, every so manieth pixel, with a rim of one: its left, top and step in px."""
    import numpy as np

    from engine.data import rle

    left, top, wide, high = (int(value) for value in rle.bounds(text, height))
    pixels = rle.decode(text, height, width)[top : top + high, left : left + wide]
    step = max(1, max(pixels.shape) // SIDE)
    return left - step, top - step, step, np.pad(pixels[::step, ::step], 1)


def inked(mask: npt.NDArray[np.bool_], color: tuple[int, ...], inside: int = INSIDE) -> npt.NDArray[np.uint8]:
    """A mask (H, W) and its rim in a colour: RGBA (H, W, 4)."""
    import numpy as np

    pixels = np.zeros((*mask.shape, 4), np.uint8)
    pixels[mask] = (*color, inside)
    pixels[rim(mask)] = (*color, RIM)
    return pixels


def rim(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The pixels of a mask that have a neighbour outside."""
    import numpy as np

    near = np.pad(mask, 1)
    inner = near[:-2, 1:-1] & near[2:, 1:-1] & near[1:-1, :-2] & near[1:-1, 2:]
    return mask & ~inner


def image_of(pixels: npt.NDArray[np.uint8]) -> QImage:
    """RGBA (H, W, 4) as a picture."""
    height, width = pixels.shape[:2]
    held = pixels.tobytes()  # a QImage only points at what it is made from
    return QImage(held, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


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
DRAWN: dict[str, Callable[[QPainter, Any, QTransform], None]] = {
    "rotated": _rotated,
    "points": _skeleton,
    "mask": draw_mask,
}


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
