"""Shapes as regions of the plane, and back: polygons with holes for exact sums and cuts, pixels for masks.

A region is a shapely geometry in px of the item; a mask's region is the outline of its pixels, each one a unit square.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import UsageError
from engine.labeling import geometry, masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.data.records import Annotation

    Pixels = NDArray[np.uint8]
    Rings = list[NDArray[np.float64]]

Size = tuple[int, int]  # width and height of the item in px

AREAS = ("box", "rotated_box", "polygon", "ellipse", "mask")  # the kinds that enclose something
SAGITTA = 0.2  # px by which the polygon of an ellipse may differ from it
SLIVER = 0.01  # px²: smaller parts come from rounding
DIGITS = 3


class CannotCombine(UsageError):
    """The chosen shapes do not allow what was asked for; the message says why and what does."""


def outline(shape: Annotation) -> Rings:
    """The rings of a shape that encloses something, but of a mask."""
    x, y, w, h = shape.x or 0.0, shape.y or 0.0, shape.w or 0.0, shape.h or 0.0
    if shape.kind == "box":
        return [np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])]
    if shape.kind == "ellipse":
        return [ellipse_ring(*values[:5]) for values in shape.points[:1]]
    return [geometry.ring_points(ring) for ring in shape.points if len(ring) >= 6]


def ellipse_ring(cx: float, cy: float, rx: float, ry: float, degrees: float) -> NDArray[np.float64]:
    """An ellipse as a ring of as many points as it needs."""
    reach = max(rx, ry, 0.5)
    count = min(max(12, math.ceil(math.pi / math.acos(max(0.0, 1 - SAGITTA / reach)))), 180)
    turn = np.arange(count) * (2 * math.pi / count)
    angle = math.radians(degrees)
    u, v = rx * np.cos(turn), ry * np.sin(turn)
    return np.stack([cx + u * math.cos(angle) - v * math.sin(angle), cy + u * math.sin(angle) + v * math.cos(angle)], 1)


def region(shape: Annotation, size: Size) -> Any:
    """The region that a shape covers, by the even-odd rule.

    Raises:
        CannotCombine: a point, a line or an image label covers nothing; a mask is damaged.
    """
    import shapely

    need_area([shape])
    if shape.kind == "mask":
        return traced(*pixels_of(shape, size))
    whole = shapely.Polygon()
    for ring in outline(shape):
        if len(np.unique(ring, axis=0)) >= 3:
            whole = shapely.symmetric_difference(whole, shapely.make_valid(shapely.Polygon(ring)))
    return areas_only(whole)


def need_area(shapes: Iterable[Annotation]) -> None:
    """Say which of the shapes covers nothing.

    Raises:
        CannotCombine: one of them.
    """
    words = {"class": "A label of the whole image", "point": "A point", "polyline": "A line", "keypoints": "A skeleton"}
    for shape in shapes:
        if shape.kind not in AREAS:
            raise CannotCombine(
                f"{words.get(shape.kind, 'This shape')} covers no area; choose boxes, polygons, ellipses or masks only."
            )


def areas_only(found: Any) -> Any:
    """The polygons of a geometry, without slivers, lines and points."""
    import shapely

    polygons = [part for part in shapely.get_parts(shapely.get_parts(found)) if part.geom_type == "Polygon"]
    kept = [polygon for polygon in polygons if polygon.area > SLIVER]
    return shapely.MultiPolygon(kept) if len(kept) != 1 else kept[0]


def rings_of(found: Any) -> Rings:
    """Outer rings and holes of a region, each without the repeated last point."""
    import shapely

    rings = []
    for polygon in shapely.get_parts(shapely.orient_polygons(found)):
        for ring in (polygon.exterior, *polygon.interiors):
            rings.append(np.round(shapely.get_coordinates(ring)[:-1], DIGITS))  # noqa: PERF401
    return rings


def as_polygon(shape: Annotation, found: Any) -> Annotation | None:
    """The shape as the polygon of a region; None when nothing is left of it."""
    rings = rings_of(found)
    if not rings:
        return None
    return geometry.with_rings(shape.with_(kind="polygon", rle=None), rings)


def as_mask(shape: Annotation, pixels: Pixels, x: int, y: int, size: Size) -> Annotation | None:
    """The shape as the mask of pixels whose corner lies at x, y; None when none is set inside the item."""
    patch = masks.Patch(size)
    patch.put(pixels, x, y)
    return patch.placed(shape)


def pixels_of(shape: Annotation, size: Size) -> tuple[Pixels, int, int]:
    """The pixels whose middle a shape covers, within the item: (h, w) 0 or 1 and the corner x, y.

    Raises:
        CannotCombine: the mask is damaged.
    """
    if shape.kind == "mask":
        try:
            patch = masks.Patch.of(shape, size)
        except ValueError as error:
            raise CannotCombine(
                "The mask is damaged or belongs to another image; paint it anew or delete it."
            ) from error
        return patch.pixels, patch.x, patch.y
    return filled(outline(shape), size)


def filled(rings: Sequence[NDArray[np.float64]], size: Size) -> tuple[Pixels, int, int]:
    """The pixels whose middle lies inside rings (even-odd), within the item: (h, w) 0 or 1 and the corner x, y.

    Every pixel of the plane belongs to one of two regions that share an edge, so that areas that meet stay apart.
    """
    if not rings:
        return np.zeros((0, 0), np.uint8), 0, 0
    everything = np.concatenate(list(rings))
    low = np.maximum(np.floor(everything.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(everything.max(axis=0)).astype(int), size)
    width, height = (int(value) for value in np.maximum(high - low, 0))
    x, y = int(low[0]), int(low[1])
    if not width or not height:
        return np.zeros((0, 0), np.uint8), x, y
    start = np.concatenate(list(rings))
    end = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    down = start[:, 1] <= end[:, 1]
    upper, lower = np.where(down[:, None], start, end), np.where(down[:, None], end, start)
    first = np.clip(np.ceil(upper[:, 1] - 0.5).astype(int) - y, 0, height)
    last = np.clip(np.ceil(lower[:, 1] - 0.5).astype(int) - y, 0, height)
    count = np.maximum(last - first, 0)
    edge = np.repeat(np.arange(len(start)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    rise = np.where(lower[:, 1] > upper[:, 1], lower[:, 1] - upper[:, 1], 1.0)
    share = (row + y + 0.5 - upper[edge, 1]) / rise[edge]
    at = upper[edge, 0] + share * (lower[edge, 0] - upper[edge, 0])
    column = np.clip(np.ceil(at - 0.5).astype(int) - x, 0, width)
    crossings = np.bincount(row * (width + 1) + column, minlength=height * (width + 1)).reshape(height, width + 1)
    return (np.cumsum(crossings[:, :-1], axis=1) % 2).astype(np.uint8), x, y


def traced(pixels: Pixels, x: int = 0, y: int = 0) -> Any:
    """The region of pixels, each one a unit square; its area is their number."""
    import shapely

    edged = np.zeros((pixels.shape[0], pixels.shape[1] + 2), np.int8)
    edged[:, 1:-1] = pixels != 0
    row, column = np.nonzero(np.diff(edged, axis=1))
    runs = shapely.box(column[::2] + x, row[::2] + y, column[1::2] + x, row[::2] + y + 1)
    return areas_only(shapely.simplify(shapely.union_all(runs), 0.0)) if len(runs) else shapely.MultiPolygon()


def smoothed(found: Any, tolerance: float) -> Any:
    """A region with fewer points: none of its outline moves by more than `tolerance` px (Douglas and Peucker, 1973)."""
    import shapely

    if tolerance <= 0:
        return found
    simple = areas_only(shapely.simplify(found, tolerance, preserve_topology=True))
    return found if simple.is_empty else simple
