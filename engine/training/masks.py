"""The pixels of each object: from what people drew to what a training sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.data import raster, rle
from engine.serving.images import Pixels
from engine.serving.preprocess import Geometry
from engine.serving.regions import counts_of, runs_of
from engine.training.marks import Area, painted, shape_of

Floats = npt.NDArray[np.float32]


class Cut(NamedTuple):
    """The part of a mask that holds its pixels, and where on the canvas its upper left pixel lies."""

    left: int
    top: int
    pixels: Pixels


def mask_of(row: dict[str, Any]) -> str:
    """COCO's compressed run lengths of a shape with an area over its item, whose (height, width) is row["size"]."""
    if row["kind"] == "mask" and row["rle"]:
        return str(row["rle"])
    height, width = row["size"]
    rings = raster.outline(shape_of(row))
    points = np.concatenate([np.reshape(ring, (-1, 2)) for ring in rings]) if rings else np.zeros((1, 2))
    left, top = (max(0, math.floor(value)) for value in points.min(0))
    right, bottom = (min(limit, math.ceil(value)) for limit, value in zip((width, height), points.max(0), strict=True))
    moved = [(np.reshape(ring, (-1, 2)) - (left, top)).ravel().tolist() for ring in rings]
    column, start, end = runs_of(raster.fill(moved, max(0, right - left), max(0, bottom - top)))
    if not len(column):
        return rle.compress([height * width])
    base = (column + left) * height + top
    return rle.compress(counts_of(base + start, base + end, height * width))


def cut_of(text: str, place: Geometry, width: int, height: int) -> Cut:
    """A mask on a canvas of width × height px on which its item lies at `place`."""
    mask = painted([Area(1, (), text)], place, width, height)
    left, top, right, bottom = (int(edge) for edge in hulls(mask[None])[0])
    return Cut(left, top, mask[top:bottom, left:right].copy())


def planes(cuts: Sequence[Cut], width: int, height: int) -> Pixels:
    """Each mask on the canvas, (G, height, width)."""
    found = np.zeros((len(cuts), height, width), np.uint8)
    for plane, (left, top, pixels) in zip(found, cuts, strict=True):
        plane[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return found


def hulls(masks: Pixels) -> Floats:
    """The boxes (G, 4) xyxy around masks (G, H, W); zeros around nothing."""
    found = np.zeros((len(masks), 4), np.float32)
    for side, lengths in enumerate((masks.any(1), masks.any(2))):  # columns, then rows, in which something is
        found[:, side] = lengths.argmax(1)
        found[:, side + 2] = (lengths.shape[1] - lengths[:, ::-1].argmax(1)) * lengths.any(1)
    return found
