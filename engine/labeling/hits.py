"""Which shape is under a point, and what a frame encloses, for every kind of shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.labeling import geometry, masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.data.records import Annotation
    from engine.labeling.geometry import Box

    Floats = NDArray[np.float64]

POINT = 2.5  # a point is hit from as many times the margin away


def hit(shape: Annotation, x: float, y: float, margin: float, height: int, bones: Floats | None = None) -> bool:
    """Whether a shape lies under a point: boxes and regions by what they cover, lines and points by nearness.

    `margin` is in px of the item, whose height masks need; `bones` are the lines (K, 4) that join keypoints.
    """
    if shape.x is None:
        return False
    if shape.kind == "mask":
        return masks.contains(shape.rle or "", height, x, y)
    if shape.kind in ("point", "keypoints"):
        near = _near_points(geometry.vertices(shape), x, y, margin * POINT)
        return near or (bones is not None and _near_bones(bones, x, y, margin))
    if shape.kind == "ellipse" and shape.points:
        return _in_ellipse(shape.points[0], x, y, margin)
    if shape.kind in ("polygon", "rotated_box") and shape.points:
        inside = sum(_crossings(ring, x, y) for ring in shape.points) % 2 == 1
        return inside or any(_near_line(ring, x, y, margin, closed=True) for ring in shape.points)
    if shape.kind == "polyline" and shape.points:
        return any(_near_line(line, x, y, margin, closed=False) for line in shape.points if len(line) > 2)
    left, top, width, tall = geometry.box_of(shape)
    return left - margin <= x <= left + width + margin and top - margin <= y <= top + tall + margin


def touches(shape: Annotation, frame: Box) -> bool:
    """Whether a shape whose bounds touch a frame does so itself; masks are taken by their bounds."""
    x, y, w, h = frame
    places = geometry.vertices(shape)
    if shape.kind in ("point", "keypoints"):
        return bool(geometry.inside(places, frame).any())
    if shape.kind in ("rotated_box", "polygon", "polyline", "ellipse"):
        closed = shape.kind != "polyline"
        return any(_line_touches(line, frame, closed=closed) for line in geometry.outlines(shape)) or (
            closed and geometry.polygon_contains(geometry.outlines(shape), x + w / 2, y + h / 2)
        )
    return True


def _crossings(ring: Sequence[float], x: float, y: float) -> int:
    """How many edges of a ring a ray from a point to the right crosses.

    A plain loop over the numbers as they are kept: making an array of them would take longer than all of this.
    """
    if not ring:
        return 0
    found, (ax, ay) = 0, ring[-2:]
    above, numbers = ay > y, iter(ring)
    for bx, by in zip(numbers, numbers, strict=True):
        if (by > y) is not above:
            found += x < ax + (y - ay) / (by - ay) * (bx - ax)
            above = not above
        ax, ay = bx, by
    return found


def _near_line(line: Sequence[float], x: float, y: float, margin: float, *, closed: bool) -> bool:
    """Whether an edge of a line is within `margin`; only edges whose bounds are so near are looked at closely."""
    if not line:
        return False
    left, right, top, bottom = x - margin, x + margin, y - margin, y + margin
    (ax, ay), numbers = line[-2:] if closed else line[:2], iter(line)
    for bx, by in zip(numbers, numbers, strict=True):
        across = (ax >= left or bx >= left) and (ax <= right or bx <= right)
        if across and (ay >= top or by >= top) and (ay <= bottom or by <= bottom):
            along_x, along_y, dx, dy = bx - ax, by - ay, x - ax, y - ay
            square = along_x * along_x + along_y * along_y
            share = min(max((dx * along_x + dy * along_y) / square, 0.0), 1.0) if square else 0.0
            if math.hypot(dx - share * along_x, dy - share * along_y) <= margin:
                return True
        ax, ay = bx, by
    return False


def _near_points(points: np.ndarray, x: float, y: float, margin: float) -> bool:
    return bool(len(points)) and geometry.nearest_vertex(points, x, y)[1] <= margin


def _near_bones(bones: Floats, x: float, y: float, margin: float) -> bool:
    return any(np.hypot(*np.subtract(geometry.foot(bone[:2], bone[2:], x, y), (x, y))) <= margin for bone in bones)


def _in_ellipse(values: tuple[float, ...], x: float, y: float, margin: float) -> bool:
    cx, cy, rx, ry, degrees = values
    u, v = geometry.turned([[x, y]], -degrees, cx, cy)[0] - [cx, cy]
    return bool((u / max(rx + margin, 1e-9)) ** 2 + (v / max(ry + margin, 1e-9)) ** 2 <= 1.0)


def _line_touches(line: np.ndarray, frame: Box, *, closed: bool) -> bool:
    """Whether a line has a point in a frame, or crosses it (each edge cut at the frame, Liang and Barsky, 1984)."""
    start, end = line, np.roll(line, -1, axis=0)
    if not closed:
        start, end = start[:-1], end[:-1]
    low, high = np.array(frame[:2]), np.array(frame[:2]) + frame[2:]
    along = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (low - start) / along, (high - start) / along
    first, last = np.minimum(one, two), np.maximum(one, two)
    still = along == 0
    between = (start >= low) & (start <= high)
    first, last = np.where(still, np.where(between, 0.0, 2.0), first), np.where(still, 1.0, last)
    return bool((np.maximum(first.max(axis=1), 0.0) <= np.minimum(last.min(axis=1), 1.0)).any())
