"""What a found region becomes: a mask or a polygon of a label; and the picture as the methods look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.gui.labeling.tools import pixels
from app.gui.labeling.tools.mask import Overlay
from engine.data.records import Annotation
from engine.labeling import regions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.picture import Picture

MOST = 4_000_000  # px of the picture that are looked at; of a larger one the part around the first click
OUTLINE = 0.8  # px by which a polygon's outline may differ from the mask's


class Found(Overlay):
    """Found pixels over the picture, with their outline in the label's colour on white: seen on any picture."""

    def __init__(self, part: NDArray[np.uint8], x: int, y: int, color: QColor) -> None:
        super().__init__(part, x, y, color)
        self._color = color
        rings = regions.rings_of(regions.traced(part, x, y)) if int(part.any()) else []
        self._rings = [QPolygonF([QPointF(*point) for point in [*ring, ring[0]]]) for ring in rings]

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """Draw pixels and outline."""
        super().paint(painter, canvas)
        view = canvas.view
        painter.save()
        painter.translate(view.x, view.y)
        painter.scale(view.scale, view.scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(255, 255, 255, 200), 3.0), (self._color, 1.5)):
            pen = QPen(color, width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            for ring in self._rings:
                painter.drawPolyline(ring)
        painter.restore()


def look(picture: Picture, x: float, y: float) -> tuple[NDArray[np.uint8], int, int] | None:
    """The picture (H, W, 3), or the part of a large one around a place, and where that begins."""
    width, height = picture.width, picture.height
    if not picture.levels:
        return None
    if width * height <= MOST:
        found = pixels.region(picture, 0, 0, width, height)
        return (found, 0, 0) if found is not None else None
    half = int(MOST**0.5) // 2
    left = min(max(int(x) - half, 0), max(width - 2 * half, 0))
    top = min(max(int(y) - half, 0), max(height - 2 * half, 0))
    found = pixels.region(picture, left, top, min(2 * half, width), min(2 * half, height))
    return (found, left, top) if found is not None else None


def tight(mask: NDArray[Any], left: int = 0, top: int = 0) -> tuple[NDArray[np.uint8], int, int] | None:
    """The part of a mask in which it is not empty, and where that lies on the item."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return np.ascontiguousarray(mask[y0:y1, x0:x1]).astype(np.uint8), x0 + left, y0 + top


def smoothed(mask: NDArray[np.bool_], by: float) -> NDArray[np.bool_]:
    """A mask without corners and specks finer than `by` px."""
    import cv2

    if by <= 0 or not mask.any():
        return mask
    soft: NDArray[np.bool_] = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), by) > 0.5
    return soft if soft.any() else mask


def as_shape(
    empty: Annotation, part: NDArray[np.uint8], x: int, y: int, size: tuple[int, int], output: str
) -> Annotation | None:
    """The shape, of the kind "mask" or "polygon", of pixels that lie at x, y; None when nothing is left of it."""
    if output == "mask":
        return regions.as_mask(empty, part, x, y, size)
    return regions.as_polygon(empty, regions.smoothed(regions.traced(part, x, y), OUTLINE))
