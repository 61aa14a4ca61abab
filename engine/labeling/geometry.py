"""Geometry of shapes: bounds, areas, hits, clipping. Points are (N, 2) float64 px, boxes (N, 4) float64 x, y, w, h."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from engine.data.records import Annotation

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

Box = tuple[float, float, float, float]


def ring_points(ring: Sequence[float]) -> Floats:
    """(x0, y0, x1, y1, …) as (N, 2)."""
    return np.asarray(ring, np.float64).reshape(-1, 2)


def bounds(points: ArrayLike) -> Box:
    """The bounding box of points."""
    array = np.asarray(points, np.float64).reshape(-1, 2)
    left, top = array.min(axis=0)
    right, bottom = array.max(axis=0)
    return float(left), float(top), float(right - left), float(bottom - top)


def area(ring: ArrayLike) -> float:
    """The area of a simple polygon in px² (shoelace formula)."""
    x, y = np.asarray(ring, np.float64).reshape(-1, 2).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def boxes_at(boxes: Floats, x: float, y: float, margin: float = 0.0) -> NDArray[np.intp]:
    """Indices of the boxes that contain a point, in their order.

    One pass over the array takes 0.1 ms for 20,000 boxes: less than a tree needs to be kept up to date while drawing.
    """
    left, top, width, height = boxes.T
    inside = (left - margin <= x) & (x <= left + width + margin) & (top - margin <= y) & (y <= top + height + margin)
    return np.flatnonzero(inside)


def boxes_in(boxes: Floats, region: Box) -> NDArray[np.intp]:
    """Indices of the boxes that touch a region."""
    left, top, width, height = boxes.T
    x, y, w, h = region
    return np.flatnonzero((left <= x + w) & (left + width >= x) & (top <= y + h) & (top + height >= y))


def polygon_contains(rings: Sequence[Floats], x: float, y: float) -> bool:
    """Whether a point is inside, by the even-odd rule: rings inside rings are holes."""
    crossings = 0
    for ring in rings:
        ax, ay = ring.T
        bx, by = np.roll(ax, -1), np.roll(ay, -1)
        spans = (ay > y) != (by > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = ax + (y - ay) / (by - ay) * (bx - ax)
        crossings += int(np.count_nonzero(spans & (x < at)))
    return crossings % 2 == 1


def nearest_vertex(ring: Floats, x: float, y: float) -> tuple[int, float]:
    """The index of the nearest vertex and its distance in px."""
    distances = np.hypot(ring[:, 0] - x, ring[:, 1] - y)
    index = int(distances.argmin())
    return index, float(distances[index])


def nearest_edge(ring: Floats, x: float, y: float, *, closed: bool = True) -> tuple[int, float]:
    """The index of the vertex at which the nearest edge starts, and the distance to that edge in px."""
    start, end = ring, np.roll(ring, -1, axis=0)
    if not closed:
        start, end = start[:-1], end[:-1]
    along = end - start
    lengths = np.maximum((along**2).sum(axis=1), 1e-12)
    point = np.array([x, y])
    share = np.clip(((point - start) * along).sum(axis=1) / lengths, 0.0, 1.0)[:, None]
    distances = np.linalg.norm(start + share * along - point, axis=1)
    index = int(distances.argmin())
    return index, float(distances[index])


def clip_box(box: Box, width: float, height: float) -> Box:
    """The part of a box that is inside the image; with no size when it is outside."""
    x, y, w, h = box
    left, top = min(max(x, 0.0), width), min(max(y, 0.0), height)
    right, bottom = min(max(x + w, 0.0), width), min(max(y + h, 0.0), height)
    return left, top, right - left, bottom - top


def clip_polygon(ring: Floats, width: float, height: float) -> Floats:
    """The part of a polygon that is inside the image (Sutherland and Hodgman, Reentrant polygon clipping, 1974)."""
    points = ring
    for axis, limit, keep_below in ((0, 0.0, False), (0, width, True), (1, 0.0, False), (1, height, True)):
        if len(points) == 0:
            break
        points = _clip_half(points, axis, limit, keep_below)
    return points


def moved_within(box: Box, dx: float, dy: float, width: float, height: float) -> tuple[float, float]:
    """The part of a move that keeps a box inside the image; a box that sticks out already may move inwards."""
    x, y, w, h = box
    low_x, high_x = min(-x, 0.0), max(width - x - w, 0.0)
    low_y, high_y = min(-y, 0.0), max(height - y - h, 0.0)
    return min(max(dx, low_x), high_x), min(max(dy, low_y), high_y)


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    across = max(0.0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    down = max(0.0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    union = a[2] * a[3] + b[2] * b[3] - across * down
    return across * down / union if union > 0 else 0.0


def moved(shape: Annotation, dx: float, dy: float) -> Annotation:
    """A shape shifted by px. A mask's pixels stay where they are: masks are not moved."""
    if shape.x is None or shape.y is None or shape.kind == "mask":
        return shape
    step = 3 if shape.kind == "keypoints" else 2
    shift = (dx, dy, 0.0)
    points = tuple(tuple(value + shift[i % step] for i, value in enumerate(ring)) for ring in shape.points)
    return shape.with_(x=shape.x + dx, y=shape.y + dy, points=points)


def with_rings(shape: Annotation, rings: Sequence[Floats]) -> Annotation:
    """A polygon or line with other points, and the bounding box that belongs to them."""
    x, y, w, h = bounds(np.concatenate(list(rings)))
    points = tuple(tuple(float(value) for value in ring.ravel()) for ring in rings)
    return shape.with_(points=points, x=x, y=y, w=w, h=h)


def stretched(shape: Annotation, box: Box) -> Annotation:
    """A shape scaled so that its bounding box becomes `box`; its points go along."""
    if shape.x is None or shape.y is None or shape.kind == "mask":
        return shape
    x, y, w, h = box
    scale_x, scale_y = w / shape.w if shape.w else 1.0, h / shape.h if shape.h else 1.0
    step = 3 if shape.kind == "keypoints" else 2
    old = (shape.x, shape.y)

    def value(index: int, number: float) -> float:
        axis = index % step
        return number if axis == 2 else (x, y)[axis] + (number - old[axis]) * (scale_x, scale_y)[axis]

    points = tuple(tuple(value(i, number) for i, number in enumerate(ring)) for ring in shape.points)
    return shape.with_(x=x, y=y, w=w, h=h, points=points)


def _clip_half(points: Floats, axis: int, limit: float, keep_below: bool) -> Floats:
    kept: list[Floats] = []
    inside = points[:, axis] <= limit if keep_below else points[:, axis] >= limit
    for index in range(len(points)):
        before, point = points[index - 1], points[index]
        if inside[index] != inside[index - 1]:
            share = (limit - before[axis]) / (point[axis] - before[axis])
            kept.append(before + share * (point - before))
        if inside[index]:
            kept.append(point)
    return np.array(kept).reshape(-1, 2)
