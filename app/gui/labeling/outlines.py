"""Outlines of shapes as lines, many at once: what is drawn in one call when there is no room for detail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from engine.data.records import Annotation
from engine.labeling import geometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Skeleton = Sequence[Sequence[int]]
RINGED = frozenset({"polygon", "rotated_box", "polyline"})  # their points are rings or lines as they stand


class Outlines:
    """The lines of each shape, kept until the shape changes, and all of them in one array.

    Args:
        skeleton: which keypoints of a label are joined.
    """

    def __init__(self, skeleton: Callable[[int], Skeleton] = lambda _label: ()) -> None:
        self._skeleton = skeleton
        self._each: dict[int, Floats] = {}
        self._flat: tuple[Floats, NDArray[np.int64]] | None = None

    def forget(self, shape_ids: Sequence[int] | None = None) -> None:
        """These shapes (or all) have changed."""
        self._flat = None
        if shape_ids is None:
            self._each.clear()
        for shape_id in shape_ids or ():
            self._each.pop(shape_id, None)

    def of(self, shapes: Sequence[Annotation], rows: NDArray[np.intp]) -> Floats:
        """The lines of some rows of all `shapes`: (K, 4) x0, y0, x1, y1 in px of the item."""
        if self._flat is None:
            self._gather(shapes)
        assert self._flat is not None
        lines, begins = self._flat
        counts = begins[rows + 1] - begins[rows]
        shift = np.repeat(begins[rows] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        found: Floats = lines[np.arange(len(shift)) + shift]
        return found

    def _gather(self, shapes: Sequence[Annotation]) -> None:
        new = [shape for shape in shapes if shape.id not in self._each]
        self._each |= _ringed([shape for shape in new if shape.kind in RINGED])
        for shape in new:
            if shape.kind not in RINGED:
                self._each[shape.id] = lines_of(shape, self._skeleton(shape.label_id))
        each = [self._each[shape.id] for shape in shapes]
        begins = np.concatenate([[0], np.cumsum([len(lines) for lines in each])]).astype(np.int64)
        self._flat = (np.concatenate(each) if each else np.empty((0, 4)), begins)


def lines_of(shape: Annotation, skeleton: Skeleton = ()) -> Floats:
    """The lines of one shape; boxes and points have none."""
    if shape.kind in RINGED:
        return _ringed([shape])[shape.id]
    if shape.kind == "ellipse" and shape.points:
        return _closed(geometry.ellipse_outline(shape.points[0], 40))
    if shape.kind == "keypoints" and shape.points:
        points = np.asarray(shape.points[0], np.float64).reshape(-1, 3)
        joined = [(a, b) for a, b in skeleton if max(a, b) < len(points) and points[a, 2] and points[b, 2]]
        return np.array([[*points[a, :2], *points[b, :2]] for a, b in joined]).reshape(-1, 4)
    if shape.kind == "mask" and shape.x is not None:
        return _closed(geometry.box_corners(geometry.box_of(shape)))
    return np.empty((0, 4))


def _closed(ring: Floats) -> Floats:
    return np.hstack([ring, np.roll(ring, -1, axis=0)])


def _ringed(shapes: Sequence[Annotation]) -> dict[int, Floats]:
    """The lines of many shapes with rings, by id; one pass over all points."""
    rings = [ring for shape in shapes for ring in shape.points]
    if not rings:
        return {shape.id: np.empty((0, 4)) for shape in shapes}
    counts = np.array([len(ring) // 2 for ring in rings])
    points = np.fromiter(chain.from_iterable(rings), np.float64, int(counts.sum()) * 2).reshape(-1, 2)
    ends = np.cumsum(counts)
    following = np.arange(1, len(points) + 1)
    following[ends[counts > 0] - 1] = (ends - counts)[counts > 0]
    lines = np.hstack([points, points[following]])
    kept = np.ones(len(points), bool)
    is_open = np.repeat([shape.kind == "polyline" for shape in shapes], [len(shape.points) for shape in shapes])
    kept[ends[is_open & (counts > 0)] - 1] = False
    of_shape = np.repeat(np.arange(len(shapes)), [sum(len(ring) // 2 for ring in shape.points) for shape in shapes])
    lines, per_shape = lines[kept], np.bincount(of_shape[kept], minlength=len(shapes))
    stops = np.cumsum(per_shape)
    return {
        shape.id: lines[stop - count : stop]
        for shape, stop, count in zip(shapes, stops.tolist(), per_shape.tolist(), strict=True)
    }
