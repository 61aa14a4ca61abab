"""Shapes between two others: boxes, turned boxes, ellipses, points, lines, polygons, keypoints."""

from __future__ import annotations

import math

import numpy as np

from engine.data.records import Annotation, Rings
from engine.labeling.geometry import bounds


def between(a: Annotation, b: Annotation, share: float) -> Annotation | None:
    """The shape at `share` of the way from `a` (0) to `b` (1), with what is said of `a`; None where there is none.

    Corners and points go in straight lines; turned boxes and ellipses turn the shorter way round; keypoints keep the
    visibility of `a`, and one that is not labelled on both sides stays where it is. Masks, and lines or polygons with
    different numbers of points, have nothing between them.
    """
    if a.kind != b.kind or a.x is None or b.x is None or a.kind in ("mask", "class"):
        return None
    if a.kind == "box":
        box = [_mixed(float(getattr(a, name) or 0), float(getattr(b, name) or 0), share) for name in "xywh"]
        return a.with_(x=box[0], y=box[1], w=box[2], h=box[3])
    if [len(ring) for ring in a.points] != [len(ring) for ring in b.points]:
        return None
    if a.kind == "ellipse":
        return _ellipse(a, b, share)
    if a.kind == "rotated_box":
        return _turned_box(a, b, share)
    step = 3 if a.kind == "keypoints" else 2
    rings = tuple(_ring(one, other, share, step) for one, other in zip(a.points, b.points, strict=True))
    return _with(a, rings, step)


def _ring(a: tuple[float, ...], b: tuple[float, ...], share: float, step: int) -> tuple[float, ...]:
    if step == 2:
        return tuple(_mixed(one, other, share) for one, other in zip(a, b, strict=True))
    found: list[float] = []
    for i in range(0, len(a), 3):
        known = a[i + 2] > 0 and b[i + 2] > 0
        found += [_mixed(a[i], b[i], share), _mixed(a[i + 1], b[i + 1], share)] if known else [a[i], a[i + 1]]
        found.append(a[i + 2])
    return tuple(found)


def _turned_box(a: Annotation, b: Annotation, share: float) -> Annotation:
    """By centre, sides and angle: corners that went straight would make the box smaller while it turns."""
    one, other = _as_turned(a.points[0]), _as_turned(b.points[0])
    cx, cy, w, h = (_mixed(x, y, share) for x, y in zip(one[:4], other[:4], strict=True))
    angle = one[4] + share * _way_round(one[4], other[4], 360.0)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    corners = ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
    ring = tuple(round(v, 3) for dx, dy in corners for v in (cx + dx * c - dy * s, cy + dx * s + dy * c))
    return _with(a, (ring,), 2)


def _as_turned(ring: tuple[float, ...]) -> tuple[float, float, float, float, float]:
    p = np.array(ring, np.float64).reshape(4, 2)
    centre, across, down = p.mean(axis=0), p[1] - p[0], p[3] - p[0]
    angle = math.degrees(math.atan2(across[1], across[0]))
    return float(centre[0]), float(centre[1]), math.hypot(*across), math.hypot(*down), angle


def _ellipse(a: Annotation, b: Annotation, share: float) -> Annotation:
    one, other = a.points[0], b.points[0]
    cx, cy, rx, ry = (_mixed(x, y, share) for x, y in zip(one[:4], other[:4], strict=True))
    angle = one[4] + share * _way_round(one[4], other[4], 180.0)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    w, h = math.hypot(rx * c, ry * s), math.hypot(rx * s, ry * c)
    return a.with_(points=((cx, cy, rx, ry, angle),), x=cx - w, y=cy - h, w=2 * w, h=2 * h)


def _way_round(a: float, b: float, whole: float) -> float:
    """The shorter turn from one angle to another, for what looks the same after `whole` degrees."""
    return (b - a + whole / 2) % whole - whole / 2


def _with(a: Annotation, rings: Rings, step: int) -> Annotation:
    known = [
        (ring[i], ring[i + 1]) for ring in rings for i in range(0, len(ring), step) if step == 2 or ring[i + 2] > 0
    ]
    if not known:
        return a.with_(points=rings)
    x, y, w, h = bounds(known)
    return a.with_(points=rings, x=x, y=y, w=w, h=h)


def _mixed(a: float, b: float, share: float) -> float:
    return round(a + (b - a) * share, 3)
