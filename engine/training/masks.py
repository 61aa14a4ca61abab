"""The pixels of each object: from what people drew to what a training sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.serving.images import Pixels
from engine.serving.preprocess import Geometry
from engine.training.marks import Area, painted

Floats = npt.NDArray[np.float32]


class Cut(NamedTuple):
    """The part of a mask that holds its pixels, and where on the canvas its upper left pixel lies."""

    left: int
    top: int
    pixels: Pixels


def cut_of(text: str, place: Geometry, width: int, height: int) -> Cut:
    """A mask on a canvas of width × height px on which its item lies at `place`."""
    mask = painted([Area(1, (), text)], place, width, height)
    left, top, right, bottom = (int(edge) for edge in hulls(mask[None])[0])
    return Cut(left, top, mask[top:bottom, left:right].copy())


def planes_of(cuts: Sequence[Cut], width: int, height: int) -> Pixels:
    """Each mask on the canvas, (G, height, width)."""
    found = np.zeros((len(cuts), height, width), np.uint8)
    for plane, (left, top, pixels) in zip(found, cuts, strict=True):
        plane[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return found


def hulls(masks: Pixels) -> Floats:
    """The boxes (G, 4) xyxy around masks (G, H, W); zeros around nothing."""
    found = np.zeros((len(masks), 4), np.float32)
    for side, lengths in enumerate((masks.max(1), masks.max(2))):  # columns, then rows, in which something is
        found[:, side] = (lengths > 0).argmax(1)
        found[:, side + 2] = (lengths.shape[1] - lengths[:, ::-1].argmax(1)) * (lengths.max(1) > 0)
    return found
