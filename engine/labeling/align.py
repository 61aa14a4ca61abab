"""Shapes in line: edges and middles together, equal gaps, equal sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.labeling import geometry
from engine.labeling.regions import CannotCombine, Size

if TYPE_CHECKING:
    from engine.data.records import Annotation

EDGES = ("left", "right", "top", "bottom", "centre_x", "centre_y")
GAPS = ("distribute_x", "distribute_y")
SIZES = ("same_width", "same_height", "same_size")
WAYS = (*EDGES, *GAPS, *SIZES)


def align(shapes: Sequence[Annotation], way: str, size: Size) -> list[Annotation]:
    """The shapes moved or resized, in their order; locked ones, image labels and those inside the image stay so.

    Edges and middles are those of the bounds of all; sizes are the first one's; equal gaps leave the outermost two where
    they are.

    Raises:
        CannotCombine: fewer than two shapes with a place, three for equal gaps.
    """
    placed = [shape for shape in shapes if shape.x is not None]
    needed = 3 if way in GAPS else 2
    if len(placed) < needed:
        raise CannotCombine(f"Choose at least {needed} shapes; image labels have no place.")
    if way in SIZES:
        made = [placed[0], *(_sized(shape, placed[0], way, size) for shape in placed[1:])]
    elif way in GAPS:
        made = _spread(placed, 0 if way == "distribute_x" else 1, size)
    else:
        around = geometry.bounds([corner for shape in placed for corner in _corners(shape)])
        made = [_to_edge(shape, way, around, size) for shape in placed]
    there = iter(made)
    return [shape if shape.x is None else next(there) for shape in shapes]


def moved(shape: Annotation, dx: float, dy: float, size: Size) -> Annotation:
    """A shape of any kind shifted by px; a mask by whole ones, a locked one not at all."""
    if "locked" in shape.flags or not (dx or dy):
        return shape
    return geometry.moved(shape, dx, dy, size)


def inward(box: geometry.Box, size: Size) -> tuple[float, float]:
    """The move that brings a box into the image, as far as it fits."""
    x, y, w, h = box
    return max(min(0.0, size[0] - x - w), -x), max(min(0.0, size[1] - y - h), -y)


def _corners(shape: Annotation) -> list[tuple[float, float]]:
    x, y, w, h = geometry.box_of(shape)
    return [(x, y), (x + w, y + h)]


def _to_edge(shape: Annotation, way: str, around: geometry.Box, size: Size) -> Annotation:
    x, y, w, h = geometry.box_of(shape)
    left, top, width, height = around
    to = {
        "left": (left, y),
        "right": (left + width - w, y),
        "top": (x, top),
        "bottom": (x, top + height - h),
        "centre_x": (left + (width - w) / 2, y),
        "centre_y": (x, top + (height - h) / 2),
    }[way]
    return moved(shape, to[0] - x, to[1] - y, size)


def _spread(shapes: Sequence[Annotation], axis: int, size: Size) -> list[Annotation]:
    """Equal gaps between neighbours along an axis; negative ones where they overlap."""
    order = sorted(shapes, key=lambda shape: geometry.box_of(shape)[axis] + geometry.box_of(shape)[axis + 2] / 2)
    first, last = geometry.box_of(order[0]), geometry.box_of(order[-1])
    room = last[axis] + last[axis + 2] - first[axis] - sum(geometry.box_of(shape)[axis + 2] for shape in order)
    gap = room / (len(order) - 1)
    at, places = first[axis], {}
    for shape in order:
        places[shape.id] = at
        at += geometry.box_of(shape)[axis + 2] + gap
    shifts = {shape.id: places[shape.id] - geometry.box_of(shape)[axis] for shape in order}
    return [moved(s, *((shifts[s.id], 0.0) if axis == 0 else (0.0, shifts[s.id])), size) for s in shapes]


def _sized(shape: Annotation, like: Annotation, way: str, size: Size) -> Annotation:
    if "locked" in shape.flags or shape.kind == "point":
        return shape
    x, y, w, h = geometry.box_of(shape)
    new_w = w if way == "same_height" else like.w or 1.0
    new_h = h if way == "same_width" else like.h or 1.0
    left, top = x + (w - new_w) / 2, y + (h - new_h) / 2
    dx, dy = inward((left, top, new_w, new_h), size)
    return geometry.stretched(shape, (left + dx, top + dy, new_w, new_h), size)
