"""Shapes as pixels: a pixel belongs to a shape when its centre does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.data import rle

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.data.records import Annotation

AREAS = frozenset({"box", "rotated_box", "polygon", "ellipse", "mask"})
ELLIPSE_POINTS = 64


def pixels(annotation: Annotation, width: int, height: int) -> NDArray[np.bool_]:
    """The mask (height, width) of a shape that has an area (`AREAS`)."""
    if annotation.kind == "mask" and annotation.rle is not None:
        return rle.decode(annotation.rle, height, width)
    return fill(outline(annotation), width, height)


def run_lengths(annotation: Annotation, width: int, height: int) -> str:
    """COCO's compressed run lengths of the mask of a shape that has an area, worked out where the shape lies alone."""
    import numpy as np

    from engine.serving.regions import counts_of, runs_of

    if annotation.kind == "mask" and annotation.rle is not None:
        return annotation.rle
    rings = [np.reshape(ring, (-1, 2)) for ring in outline(annotation)]
    low, high = np.concatenate(rings).min(0), np.concatenate(rings).max(0)
    left, top = np.floor(low).clip(0, (width, height)).astype(int).tolist()
    right, bottom = np.ceil(high).clip((left, top), (width, height)).astype(int).tolist()
    column, start, end = runs_of(
        fill([(ring - (left, top)).ravel().tolist() for ring in rings], right - left, bottom - top)
    )
    base = (column + left) * height + top
    return rle.compress(counts_of(base + start, base + end, width * height))


def outline(annotation: Annotation) -> list[list[float]]:
    """The rings of a box, rotated box, polygon or ellipse."""
    if annotation.kind == "box":
        x, y, w, h = (float(value or 0) for value in (annotation.x, annotation.y, annotation.w, annotation.h))
        return [[x, y, x + w, y, x + w, y + h, x, y + h]]
    if annotation.kind == "ellipse":
        return [ellipse_ring(annotation.points[0])]
    return [list(ring) for ring in annotation.points]


def ellipse_ring(ellipse: Sequence[float], count: int = ELLIPSE_POINTS) -> list[float]:
    """Points on an ellipse (centre x, centre y, radius x, radius y, degrees clockwise)."""
    cx, cy, rx, ry, degrees = ellipse
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turns = [index * math.tau / count for index in range(count)]
    around = [(rx * math.cos(turn), ry * math.sin(turn)) for turn in turns]
    return [round(value, 3) for dx, dy in around for value in (cx + dx * c - dy * s, cy + dx * s + dy * c)]


def fill(rings: Sequence[Sequence[float]], width: int, height: int) -> NDArray[np.bool_]:
    """The mask (height, width) of rings (x0, y0, x1, y1, …), even-odd: a ring within another is a hole."""
    import numpy as np

    toggles = np.zeros((height, width + 1), np.int32)
    for ring in rings:
        points = np.asarray(ring, np.float64).reshape(-1, 2)
        for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, 0), strict=True):
            rows = _rows(min(y0, y1), max(y0, y1), height)
            if not len(rows):
                continue
            crossing = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0)
            columns = np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.int64)
            np.add.at(toggles, (rows, columns), 1)
    inside: NDArray[np.bool_] = np.cumsum(toggles, 1)[:, :width] % 2 == 1
    return inside


def _rows(low: float, high: float, height: int) -> NDArray[Any]:
    """The rows whose centres lie in [low, high)."""
    import numpy as np

    first, last = max(math.ceil(low - 0.5), 0), min(math.ceil(high - 0.5), height)
    return np.arange(first, max(first, last))


def rings_of(mask: NDArray[np.bool_]) -> list[list[float]]:
    """The outer outlines of a mask's parts, in px along the pixels' edges; the largest comes first."""
    import cv2
    import numpy as np

    big = np.kron(mask.astype(np.uint8), np.ones((2, 2), np.uint8))  # so that thin parts have an outline of some width
    found, _ = cv2.findContours(big, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    parts = [contour.reshape(-1, 2) for contour in found if len(contour) >= 3]
    parts.sort(key=lambda part: -abs(cv2.contourArea(part)))
    return [((part + 0.5) / 2).ravel().tolist() for part in parts]
