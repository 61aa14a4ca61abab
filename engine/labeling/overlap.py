"""How much two shapes of any kind cover of each other, and which of two people's shapes belong together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.data.records import Annotation

    Floats = NDArray[np.float64]

RESOLUTION = 256  # px of the longer side of the window in which two shapes are drawn to compare them
POINT_RADIUS = 8.0  # px: a point stands for a disc, a line for a band of this width


def iou_matrix(first: Sequence[Annotation], second: Sequence[Annotation], height: int = 0) -> Floats:
    """IoU of each shape of `first` with each of `second`: (A, B) in [0, 1].

    Boxes are compared exactly, other shapes by drawing both on a grid of at most 256 px (error about 1 %). Points count
    as discs and lines as bands of `POINT_RADIUS`; labels of the whole image have IoU 1 with one another.

    Args:
        height: of the item in px; needed where there are masks.
    """
    a, b = _boxes(first), _boxes(second)
    found = _box_iou(a, b)
    for row, one in enumerate(first):
        for column, other in enumerate(second):
            if one.kind == "class" or other.kind == "class":
                found[row, column] = float(one.kind == other.kind)
            elif (one.kind != "box" or other.kind != "box") and _touch(a[row], b[column]):
                found[row, column] = _drawn_iou(one, other, a[row], b[column], height)
    return found


def match(iou: Floats, threshold: float, allowed: NDArray[np.bool_] | None = None) -> list[tuple[int, int]]:
    """The pairs (row, column) with IoU at or above the threshold that together overlap most (Hungarian method)."""
    from scipy.optimize import linear_sum_assignment

    if not iou.size:
        return []
    # a pair below the threshold must never push out one above it
    worth = np.where((iou >= threshold) & (True if allowed is None else allowed), iou + 1.0, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if worth[r, c] > 0]


def same_labels(first: Sequence[Annotation], second: Sequence[Annotation]) -> NDArray[np.bool_]:
    """Which pairs have the same label: (A, B)."""
    a = np.array([shape.label_id for shape in first], np.int64)
    b = np.array([shape.label_id for shape in second], np.int64)
    same: NDArray[np.bool_] = a[:, None] == b[None, :]
    return same


def _boxes(shapes: Sequence[Annotation]) -> Floats:
    rows = [_bounds(shape) for shape in shapes]
    return np.array(rows, np.float64).reshape(-1, 4)


def _bounds(shape: Annotation) -> tuple[float, float, float, float]:
    if shape.x is None or shape.y is None:
        return 0.0, 0.0, 0.0, 0.0
    grow = POINT_RADIUS if shape.kind in ("point", "keypoints", "polyline") else 0.0
    return shape.x - grow, shape.y - grow, (shape.w or 0.0) + 2 * grow, (shape.h or 0.0) + 2 * grow


def _box_iou(a: Floats, b: Floats) -> Floats:
    if not len(a) or not len(b):
        return np.zeros((len(a), len(b)))
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    union = a[:, 2:].prod(1)[:, None] + b[:, 2:].prod(1)[None, :] - shared
    found: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return found


def _touch(a: Floats, b: Floats) -> bool:
    return bool((a[:2] < b[:2] + b[2:]).all() and (b[:2] < a[:2] + a[2:]).all())


def _drawn_iou(one: Annotation, other: Annotation, a: Floats, b: Floats, height: int) -> float:
    left, top = np.minimum(a[:2], b[:2])
    right, bottom = np.maximum(a[:2] + a[2:], b[:2] + b[2:])
    scale = RESOLUTION / max(right - left, bottom - top, 1e-9)
    size = max(1, math.ceil((right - left) * scale)), max(1, math.ceil((bottom - top) * scale))
    first, second = (_draw(shape, float(left), float(top), float(scale), size, height) for shape in (one, other))
    union = int(np.count_nonzero(first | second))
    return int(np.count_nonzero(first & second)) / union if union else 0.0


def _draw(
    shape: Annotation, left: float, top: float, scale: float, size: tuple[int, int], height: int
) -> NDArray[np.uint8]:
    """The shape on a grid of size (width, height)."""
    import cv2

    grid = np.zeros((size[1], size[0]), np.uint8)
    if shape.kind == "mask":
        return _draw_mask(shape, left, top, scale, size, height)
    place: Callable[[Any], Any] = lambda xy: np.rint(  # noqa: E731
        (np.asarray(xy, np.float64).reshape(-1, 2) - (left, top)) * scale * 16 - 8
    ).astype(np.int32)
    radius = max(1, round(POINT_RADIUS * scale))
    if shape.kind == "box":
        x, y, w, h = shape.x or 0.0, shape.y or 0.0, shape.w or 0.0, shape.h or 0.0
        cv2.fillPoly(grid, [place([x, y, x + w, y, x + w, y + h, x, y + h])], 1, shift=4)
    elif shape.kind in ("polygon", "rotated_box"):
        cv2.fillPoly(grid, [place(ring) for ring in shape.points], 1, shift=4)  # even-odd: rings inside rings are holes
    elif shape.kind == "ellipse" and shape.points:
        cv2.fillPoly(grid, [place(_ellipse(shape.points[0]))], 1, shift=4)
    elif shape.kind == "polyline":
        cv2.polylines(grid, [place(ring) for ring in shape.points], False, 1, 2 * radius, shift=4)
    else:
        step = 3 if shape.kind == "keypoints" else 2
        for ring in shape.points:
            for x, y in np.asarray(ring, np.float64).reshape(-1, step)[:, :2]:
                cv2.circle(grid, (round((x - left) * scale), round((y - top) * scale)), radius, 1, -1)
    return grid


def _ellipse(values: Sequence[float]) -> Floats:
    cx, cy, rx, ry, degrees = values
    at = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    turn = math.radians(degrees)
    x, y = rx * np.cos(at), ry * np.sin(at)
    return np.stack([cx + x * math.cos(turn) - y * math.sin(turn), cy + x * math.sin(turn) + y * math.cos(turn)], 1)


def _draw_mask(
    shape: Annotation, left: float, top: float, scale: float, size: tuple[int, int], height: int
) -> NDArray[np.uint8]:
    """The mask's pixel at the middle of each cell of the grid."""
    pixels, x, y = _pixels(shape.rle or "", height)
    grid = np.zeros((size[1], size[0]), np.uint8)
    columns = np.floor((np.arange(size[0]) + 0.5) / scale + left).astype(np.int64) - x
    rows = np.floor((np.arange(size[1]) + 0.5) / scale + top).astype(np.int64) - y
    across = np.flatnonzero((columns >= 0) & (columns < pixels.shape[1]))
    down = np.flatnonzero((rows >= 0) & (rows < pixels.shape[0]))
    if len(across) and len(down):
        grid[np.ix_(down, across)] = pixels[np.ix_(rows[down], columns[across])]
    return grid


@lru_cache(maxsize=64)
def _pixels(rle: str, height: int) -> tuple[NDArray[np.uint8], int, int]:
    from engine.labeling.masks import cut

    return cut(rle, height)
