"""Where a point that is being placed snaps to: the image's border, other shapes, strong edges of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.labeling import geometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.data.records import Annotation
    from engine.labeling.geometry import Box, Size

    Floats = NDArray[np.float64]

STRONG = 24.0  # grey levels between both sides of a px corner, from which on it is an edge


@dataclass(frozen=True)
class Snap:
    """A place to snap to, and what is there: "vertex", "border", "edge" or "image"."""

    x: float
    y: float
    kind: str


def nearest(
    x: float, y: float, reach: float, size: Size, shapes: Sequence[Annotation] = (), grey: Floats | None = None
) -> Snap | None:
    """What a point snaps to: a vertex first, else a border or edge of a shape, else an edge in the picture.

    Args:
        reach: px of the item within which is looked.
        shapes: neighbours; the caller leaves out what is being changed and what is far away.
        grey: see `gradient_at`.
    """
    return (
        to_vertices(x, y, reach, size, shapes)
        or to_lines(x, y, reach, size, shapes)
        or (to_gradient(x, y, reach, grey) if grey is not None else None)
    )


def to_vertices(x: float, y: float, reach: float, size: Size, shapes: Sequence[Annotation]) -> Snap | None:
    """The nearest vertex of a neighbour, or corner of the image."""
    places = [geometry.box_corners((0.0, 0.0, *size)), *(geometry.vertices(shape) for shape in shapes)]
    points = np.concatenate(places)
    index, distance = geometry.nearest_vertex(points, x, y)
    if distance > reach:
        return None
    return Snap(float(points[index, 0]), float(points[index, 1]), "border" if index < 4 else "vertex")


def to_lines(x: float, y: float, reach: float, size: Size, shapes: Sequence[Annotation]) -> Snap | None:
    """The nearest point on the image's border or on a neighbour's outline."""
    best, found = reach, None
    lines = [(geometry.box_corners((0.0, 0.0, *size)), True, "border")]
    lines += [(line, shape.kind != "polyline", "edge") for shape in shapes for line in geometry.outlines(shape)]
    for line, closed, kind in lines:
        if len(line) < 2:
            continue
        index, distance = geometry.nearest_edge(line, x, y, closed=closed)
        if distance <= best:
            at = geometry.foot(line[index], line[(index + 1) % len(line)], x, y)
            best, found = distance, Snap(*at, kind)
    return found


def to_gradient(x: float, y: float, reach: float, grey: Floats) -> Snap | None:
    """The px corner nearby where the picture changes most.

    `grey` are the (2R, 2R) grey levels around the px corner nearest to the point, so that its middle corner is that one.
    """
    half = grey.shape[0] // 2
    across = (grey[:-1, 1:] + grey[1:, 1:] - grey[:-1, :-1] - grey[1:, :-1]) / 2
    down = (grey[1:, :-1] + grey[1:, 1:] - grey[:-1, :-1] - grey[:-1, 1:]) / 2
    strength = np.hypot(across, down)  # at px corners 1 … 2R - 1
    corners = np.arange(1 - half, half)
    px, py = round(x) + corners, round(y) + corners
    distance = np.hypot(px[None, :] - x, py[:, None] - y)
    score = np.where(distance <= reach, strength * np.exp(-((distance / reach) ** 2)), 0.0)
    row, column = np.unravel_index(int(score.argmax()), score.shape)
    if strength[row, column] < STRONG or not score[row, column]:
        return None
    return Snap(float(px[column]), float(py[row]), "image")


def aligned(
    box: Box, reach: float, size: Size, others: Sequence[Box]
) -> tuple[float, float, float | None, float | None]:
    """How far a box in hand moves so that a side lies on the border or on a side of another one.

    Returns:
        dx, dy, and the x and y of the lines it then lies on; None where it snaps to nothing.
    """
    edges = np.array([(x, x + w, y, y + h) for x, y, w, h in others], np.float64).reshape(-1, 4)
    x, y, w, h = box
    dx, line_x = _side((x, x + w), np.concatenate([[0.0, size[0]], edges[:, 0], edges[:, 1]]), reach)
    dy, line_y = _side((y, y + h), np.concatenate([[0.0, size[1]], edges[:, 2], edges[:, 3]]), reach)
    return dx, dy, line_x, line_y


def _side(sides: tuple[float, float], lines: Floats, reach: float) -> tuple[float, float | None]:
    away = lines[None, :] - np.array(sides)[:, None]
    nearest_side = np.unravel_index(int(np.abs(away).argmin()), away.shape)
    by = float(away[nearest_side])
    return (by, float(lines[nearest_side[1]])) if abs(by) <= reach else (0.0, None)
