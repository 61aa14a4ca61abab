"""Rotated boxes: their corners, exact overlaps, suppression, and how they leave the network.

A rotated box is middle x and y, width, height in px and degrees clockwise, as the last axis of an array. It is the same box
when it is turned by 180°, and by 90° with width and height exchanged; `tidy` has the width the longer side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
EPS = 1e-9


def corners(boxes: npt.ArrayLike) -> Floats:
    """(…, 5) → (…, 4, 2) xy, clockwise from what is the upper left one before it is turned."""
    values = np.asarray(boxes, np.float64)
    turn = np.deg2rad(values[..., 4])
    across = np.stack([np.cos(turn), np.sin(turn)], -1) * values[..., 2:3] / 2
    down = np.stack([-np.sin(turn), np.cos(turn)], -1) * values[..., 3:4] / 2
    middle = values[..., :2]
    return np.stack(
        [middle - across - down, middle + across - down, middle + across + down, middle - across + down], -2
    )


def tidy(boxes: npt.ArrayLike) -> Floats:
    """The same boxes (…, 5), each with its longer side as the width and degrees in [−90, 90)."""
    values = np.array(boxes, np.float64)
    upright = values[..., 3] > values[..., 2]
    sides = np.where(upright[..., None], values[..., [3, 2]], values[..., 2:4])
    degrees = (values[..., 4] + 90 * upright + 90) % 180 - 90
    return np.concatenate([values[..., :2], sides, degrees[..., None]], -1)


def enclosing(quads: npt.ArrayLike) -> Floats:
    """The smallest rotated boxes (N, 5) around convex quadrangles (N, 4, 2); one side lies along one of theirs.

    Of edges that are equally good the first one counts (Freeman and Shapira 1975 for the claim).
    """
    points = np.asarray(quads, np.float64)
    edges = np.roll(points, -1, 1) - points
    along = edges / np.maximum(np.linalg.norm(edges, axis=-1, keepdims=True), EPS)
    across = np.stack([-along[..., 1], along[..., 0]], -1)
    spans = [np.einsum("nei,npi->nep", axis, points) for axis in (along, across)]
    low, high = np.stack([span.min(-1) for span in spans], -1), np.stack([span.max(-1) for span in spans], -1)
    sides = high - low  # (N, edges, 2)
    area = sides.prod(-1)
    best = (area <= area.min(1, keepdims=True) * (1 + 1e-6) + EPS).argmax(1)
    row = np.arange(len(points))
    axes = np.stack([along[row, best], across[row, best]], 1)
    middle = np.einsum("na,nai->ni", ((low + high) / 2)[row, best], axes)
    degrees = np.rad2deg(np.arctan2(axes[:, 0, 1], axes[:, 0, 0]))
    return tidy(np.concatenate([middle, sides[row, best], degrees[:, None]], -1))


def hulls(boxes: npt.ArrayLike) -> Floats:
    """The upright boxes (…, 4) xyxy around rotated ones (…, 5)."""
    found = corners(boxes)
    return np.concatenate([found.min(-2), found.max(-2)], -1)


def overlaps(a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """Exact IoU of rotated boxes (N, 5) and (M, 5): (N, M)."""
    one, other = np.asarray(a, np.float64).reshape(-1, 5), np.asarray(b, np.float64).reshape(-1, 5)
    result = np.zeros((len(one), len(other)))
    near = _touch(hulls(one)[:, None], hulls(other)[None])
    rows, columns = np.nonzero(near)
    result[rows, columns] = _ious(one[rows], other[columns])
    return result


def among(boxes: npt.ArrayLike, least: float = 0.0) -> Callable[[int, npt.NDArray[Any]], Floats]:
    """For many questions about the same boxes (N, 5): the IoU of one row with other rows; told as 0 where it is below `least`."""
    values = np.asarray(boxes, np.float64)
    around, areas = hulls(values), values[:, 2] * values[:, 3]

    def overlap(one: int, others: npt.NDArray[Any]) -> Floats:
        low = np.maximum(around[one, :2], around[others, :2])
        high = np.minimum(around[one, 2:], around[others, 2:])
        # no more is shared than by the upright boxes, nor than the smaller one has
        most = np.minimum(np.clip(high - low, 0, None).prod(1), np.minimum(areas[one], areas[others]))
        near = np.flatnonzero((most > 0) & (most >= least * (areas[one] + areas[others] - most)))
        result = np.zeros(len(others))
        result[near] = _ious(np.broadcast_to(values[one], (len(near), 5)), values[others[near]])
        return result

    return overlap


def _touch(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    meets: npt.NDArray[np.bool_] = np.all((one[..., :2] < other[..., 2:]) & (one[..., 2:] > other[..., :2]), -1)
    return meets


def _ious(one: Floats, other: Floats) -> Floats:
    """Of pairs (K, 5): (K,)."""
    shared = shared_areas(corners(one), corners(other))
    union = one[:, 2] * one[:, 3] + other[:, 2] * other[:, 3] - shared
    result: Floats = np.clip(shared / np.maximum(union, EPS), 0.0, 1.0)
    return result


def shared_areas(one: Floats, other: Floats) -> Floats:
    """The area that pairs of convex quadrangles (K, 4, 2), clockwise, have in common: (K,).

    What they share is convex; its corners are corners of one that lie in the other, and places where edges cross.
    """
    points = np.concatenate([one, other, _crossings(one, other)], 1)  # (K, 24, 2)
    valid = np.concatenate([_inside(one, other), _inside(other, one), np.isfinite(points[:, 8:, 0])], 1)
    count = valid.sum(1)
    points = np.where(valid[..., None], points, 0.0)
    middle = points.sum(1) / np.maximum(count, 1)[:, None]
    away = np.where(valid[..., None], points - middle[:, None], 0.0)
    order = np.where(valid, np.arctan2(away[..., 1], away[..., 0]), np.inf).argsort(1)
    ring = np.take_along_axis(away, order[..., None], 1)
    # What is not valid comes last; the first corner in its place adds nothing to the area.
    ring = np.where((np.arange(points.shape[1]) < count[:, None])[..., None], ring, ring[:, :1])
    after = np.roll(ring, -1, 1)
    area: Floats = np.abs((ring[..., 0] * after[..., 1] - ring[..., 1] * after[..., 0]).sum(1)) / 2
    return np.where(count >= 3, area, 0.0)


def _inside(points: Floats, quads: Floats) -> npt.NDArray[np.bool_]:
    """Which points (K, P, 2) lie in their quadrangle (K, 4, 2), or on its border: (K, P)."""
    edges = np.roll(quads, -1, 1) - quads
    away = points[:, :, None] - quads[:, None]
    side = edges[:, None, :, 0] * away[..., 1] - edges[:, None, :, 1] * away[..., 0]
    result: npt.NDArray[np.bool_] = (side >= -1e-7 * np.linalg.norm(edges, axis=-1)[:, None]).all(-1)
    return result


def _crossings(one: Floats, other: Floats) -> Floats:
    """Where edges cross, (K, 16, 2); NaN where they do not, or lie along each other."""
    p, q = one[:, :, None], other[:, None]
    r, s = np.roll(one, -1, 1)[:, :, None] - p, np.roll(other, -1, 1)[:, None] - q
    cross = r[..., 0] * s[..., 1] - r[..., 1] * s[..., 0]
    away = q - p
    parallel = np.abs(cross) < EPS
    below = np.where(parallel, 1.0, cross)
    t = (away[..., 0] * s[..., 1] - away[..., 1] * s[..., 0]) / below
    u = (away[..., 0] * r[..., 1] - away[..., 1] * r[..., 0]) / below
    meets = ~parallel & (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
    places: Floats = np.where(meets[..., None], p + t[..., None] * r, np.nan)
    return places.reshape(len(one), 16, 2)


def decoded(outputs: npt.ArrayLike) -> Floats:
    """Rotated boxes (…, 5) from the network's (…, 6): middle, width, height, and cosine and sine of the doubled angle."""
    values = np.asarray(outputs, np.float64)
    degrees = np.rad2deg(np.arctan2(values[..., 5], values[..., 4])) / 2
    return tidy(np.concatenate([values[..., :4], degrees[..., None]], -1))
