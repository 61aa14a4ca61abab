"""One kind of shape from another; label, attributes, flags, group and relations stay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.labeling import geometry, regions
from engine.labeling.regions import CannotCombine, Size

if TYPE_CHECKING:
    from engine.data.records import Annotation

TOLERANCE = 0.75  # px by which the polygon of a mask may differ from its pixels: without it, it is all steps

# What each kind can become; the first ones keep most
TARGETS = {
    "box": ("polygon", "rotated_box", "ellipse", "mask"),
    "rotated_box": ("polygon", "box", "ellipse", "mask"),
    "polygon": ("mask", "box", "rotated_box", "ellipse", "polyline"),
    "ellipse": ("polygon", "mask", "box", "rotated_box"),
    "mask": ("polygon", "box", "rotated_box", "ellipse"),
    "polyline": ("polygon", "box", "rotated_box"),
    "keypoints": ("box", "polyline"),
    "point": (),
    "class": (),
}


class CannotConvert(CannotCombine):
    """A shape has no form of the wanted kind."""


def convert(shape: Annotation, kind: str, size: Size, tolerance: float = TOLERANCE) -> Annotation:
    """The shape as another kind.

    Boxes are the bounds; a rotated box is the smallest one around it; the ellipse of a box is the one inside it, that of
    a polygon or a mask has the same area and second moments; a mask has the pixels whose middle is covered.

    Args:
        tolerance: how far the polygon of a mask may lie from its pixels, in px; 0: exactly along them.

    Raises:
        CannotConvert: that kind cannot become the other; the message says which ones it can.
    """
    if kind == shape.kind:
        return shape
    possible = TARGETS.get(shape.kind, ())
    if kind not in possible:
        can = f"it can become: {', '.join(possible)}" if possible else "it has neither an outline nor a size"
        raise CannotConvert(f"A shape of kind {shape.kind} cannot become {kind}; {can}.")
    if shape.kind not in ("box", "mask") and not any(shape.points):
        raise CannotConvert("The shape has no points; delete it, or draw it anew.")
    if kind == "box":
        return _bounds(shape, size)
    if kind == "mask":
        return _found(regions.as_mask(shape, *regions.pixels_of(shape, size), size))
    if kind == "polyline":
        return _line(shape)
    if kind == "polygon":
        return _polygon(shape, size, tolerance)
    if kind == "rotated_box":
        return _rotated_box(shape, size)
    return _ellipse(shape, size)


def common_targets(kinds: set[str]) -> list[str]:
    """The kinds that all of these can become; a kind itself counts as one of its own."""
    possible = [set(TARGETS.get(kind, ())) | {kind} for kind in kinds if TARGETS.get(kind)]
    shared = set.intersection(*possible) if possible and len(possible) == len(kinds) else set()
    order = ["box", "rotated_box", "polygon", "ellipse", "mask", "polyline"]
    return [kind for kind in order if kind in shared and kinds != {kind}]


def _bounds(shape: Annotation, size: Size) -> Annotation:
    """The bounds, at least a pixel wide and high; what has no width at the far border goes to its near side."""
    x, y, w, h = geometry.bounds(_labelled(shape)) if shape.kind == "keypoints" else geometry.box_of(shape)
    x, y = x if w >= 1 else min(x, size[0] - 1.0), y if h >= 1 else min(y, size[1] - 1.0)
    return shape.with_(kind="box", points=(), rle=None, x=x, y=y, w=max(w, 1.0), h=max(h, 1.0))


def _labelled(shape: Annotation) -> Any:
    """The keypoints that have a place: (N, 2)."""
    rows = np.asarray(shape.points[0], np.float64).reshape(-1, 3) if shape.points else np.zeros((0, 3))
    seen = rows[rows[:, 2] > 0, :2]
    if not len(seen):
        raise CannotConvert("None of the skeleton's points has a place yet; set one first.")
    return seen


def _line(shape: Annotation) -> Annotation:
    if shape.kind == "keypoints":
        points = _labelled(shape)
        if len(points) < 2:
            raise CannotConvert("The skeleton has one point only; a line needs two.")
        return geometry.with_rings(shape.with_(kind="polyline"), [points])
    rings = [np.vstack([ring, ring[:1]]) for ring in regions.outline(shape)]
    return geometry.with_rings(shape.with_(kind="polyline"), rings)


def _polygon(shape: Annotation, size: Size, tolerance: float) -> Annotation:
    if shape.kind == "mask":
        return _found(regions.as_polygon(shape, regions.smoothed(regions.region(shape, size), tolerance)))
    rings = regions.outline(shape)
    if not rings:
        raise CannotConvert("A line needs three points or more to become a polygon; add one.")
    if shape.kind == "polyline":
        rings = [ring[:-1] if len(ring) > 3 and np.allclose(ring[0], ring[-1]) else ring for ring in rings]
    return geometry.with_rings(shape.with_(kind="polygon"), rings)


def _rotated_box(shape: Annotation, size: Size) -> Annotation:
    import shapely

    if shape.kind == "ellipse":
        cx, cy, rx, ry, degrees = shape.points[0][:5]
        ring = geometry.rotated_corners(cx, cy, 2 * rx, 2 * ry, degrees)
    elif shape.kind == "box":
        ring = regions.outline(shape)[0]
    else:
        whole = regions.region(shape, size) if shape.kind != "polyline" else shapely.MultiPoint(
            np.concatenate([geometry.ring_points(ring) for ring in shape.points])
        )  # fmt: skip
        if whole.is_empty:
            return _found(None)
        around = shapely.oriented_envelope(whole)
        if around.geom_type != "Polygon":
            raise CannotConvert("The line is straight and has no width; a rotated box needs one.")
        ring = _clockwise(shapely.get_coordinates(around)[:4])
    return geometry.with_rings(shape.with_(kind="rotated_box", rle=None), [np.round(ring, regions.DIGITS)])


def _clockwise(ring: Any) -> Any:
    """Corners clockwise as seen (y down), beginning at the one nearest to the upper left."""
    x, y = ring.T
    if np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) < 0:
        ring = ring[::-1]
    return np.roll(ring, -int(ring.sum(axis=1).argmin()), axis=0)


def _ellipse(shape: Annotation, size: Size) -> Annotation:
    if shape.kind in ("box", "rotated_box"):
        ring = regions.outline(shape)[0]
        side, other = ring[1] - ring[0], ring[2] - ring[1]
        centre = ring.mean(axis=0)
        values = [*centre, np.hypot(*side) / 2, np.hypot(*other) / 2, math.degrees(math.atan2(side[1], side[0]))]
    else:
        values = _same_moments(regions.rings_of(regions.region(shape, size)))
    return ellipse_shape(shape, *(round(float(value), regions.DIGITS) for value in values))


def ellipse_shape(shape: Annotation, cx: float, cy: float, rx: float, ry: float, degrees: float) -> Annotation:
    """The shape as an ellipse, with the bounds that belong to it."""
    values = (cx, cy, rx, ry, degrees)
    x, y, w, h = geometry.ellipse_bounds(values)
    return shape.with_(kind="ellipse", points=(values,), rle=None, x=x, y=y, w=w, h=h)


def _same_moments(rings: Any) -> list[float]:
    """Centre, radii and angle of the ellipse with the area's moments (Steger, On the calculation of moments, 1996)."""
    if not rings:
        raise CannotConvert("The shape covers nothing; there is no ellipse of it.")
    middle = np.concatenate(rings).mean(axis=0)  # sums around a near point lose no digits
    m = np.zeros(6)
    for outline in rings:
        a, b = outline - middle, np.roll(outline - middle, -1, axis=0)
        cross = a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1]
        (ax, ay), (bx, by) = a.T, b.T
        m += [
            cross.sum() / 2,
            (cross * (ax + bx)).sum() / 6,
            (cross * (ay + by)).sum() / 6,
            (cross * (ax * ax + ax * bx + bx * bx)).sum() / 12,
            (cross * (ay * ay + ay * by + by * by)).sum() / 12,
            (cross * (2 * ax * ay + ax * by + bx * ay + 2 * bx * by)).sum() / 24,
        ]
    area, cx, cy = m[0], m[1] / m[0], m[2] / m[0]
    xx, yy, xy = m[3] / area - cx * cx, m[4] / area - cy * cy, m[5] / area - cx * cy
    values, vectors = np.linalg.eigh([[xx, xy], [xy, yy]])
    rx, ry = 2 * math.sqrt(max(values[1], 1e-6)), 2 * math.sqrt(max(values[0], 1e-6))
    along = vectors[:, 1] if vectors[0, 1] >= 0 else -vectors[:, 1]
    grow = math.sqrt(abs(area) / (math.pi * rx * ry))
    return [cx + middle[0], cy + middle[1], rx * grow, ry * grow, math.degrees(math.atan2(along[1], along[0]))]


def _found(made: Annotation | None) -> Annotation:
    if made is None:
        raise CannotConvert("The shape lies outside the image or is smaller than a pixel; nothing would be left of it.")
    return made
