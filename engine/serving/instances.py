"""The mask of each found object: prototypes mixed by its coefficients, within its box, as run lengths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.serving.answers import Region
from engine.serving.preprocess import Floats, Geometry
from engine.serving.regions import Runs, counts_of, runs_of

STRIP = (
    1 << 20
)  # px of a box that are worked out at a time, so that a large image takes no more memory than a small one
MARGIN = 2  # cells around a strip that its rim is interpolated from


def instances(
    arrays: Mapping[str, Floats],
    rows: npt.NDArray[np.intp],
    labels: Sequence[str],
    scores: Sequence[float],
    geometry: Geometry,
    input_size: tuple[int, int],
) -> list[Region]:
    """Found objects with their pixels; one of which no pixel is left is none.

    Args:
        arrays: boxes (K, 4) xyxy in input px, coefficients (K, M) and prototypes (M, h, w) of one image.
        rows: (D,) which of the K are found, with their labels and scores.
        input_size: (width, height) of the input in px.
    """
    boxes = geometry.to_image(arrays["boxes"][rows])
    found = (
        instance(label, score, box, arrays["coefficients"][row], arrays["prototypes"], geometry, input_size)
        for row, label, score, box in zip(rows, labels, scores, boxes, strict=True)
    )
    return [one for one in found if one is not None]


def instance(
    label: str,
    score: float,
    box: Floats,
    coefficients: Floats,
    prototypes: Floats,
    geometry: Geometry,
    input_size: tuple[int, int],
) -> Region | None:
    """One found object with its pixels: where the mixed prototypes are above 0 in its box; None where nowhere.

    Args:
        box: xyxy in px of the image.
        coefficients: (K,).
        prototypes: (K, h, w) over the input.
        input_size: (width, height) of the input in px.
    """
    firsts, lasts = [], []
    for first, last in _strips(box, coefficients, prototypes, geometry, input_size):
        firsts.append(first)
        lasts.append(last)
    first, last = (np.concatenate(parts) if parts else np.empty(0, np.int64) for parts in (firsts, lasts))
    if not len(first):
        return None
    height = geometry.height
    top, bottom = (first % height).min(), ((last - 1) % height).max() + 1
    edges = (float(first[0] // height), float(top), float(first[-1] // height + 1), float(bottom))
    counts = counts_of(first, last, height * geometry.width)
    return Region(label, score, edges, int((last - first).sum()), (height, geometry.width), counts)


def _strips(
    box: Floats, coefficients: Floats, prototypes: Floats, geometry: Geometry, input_size: tuple[int, int]
) -> Iterator[tuple[Runs, Runs]]:
    """First pixel and pixel after the last of each vertical run, counted column by column, for a few columns at a time."""
    left, top, right, bottom = (math.ceil(edge - 0.5) for edge in box.tolist())  # a pixel is in it if its centre is
    rows = bottom - top
    if rows < 1:
        return
    across, down = prototypes.shape[2] / input_size[0], prototypes.shape[1] / input_size[1]
    y = [(geometry.pad_y + row * geometry.scale_y) * down for row in (top, bottom)]
    step = max(1, STRIP // rows)
    for begin in range(left, right, step):
        end = min(begin + step, right)
        x = [(geometry.pad_x + column * geometry.scale_x) * across for column in (begin, end)]
        logits = _mixed(coefficients, prototypes, (x[0], y[0], x[1], y[1]), (end - begin, rows))
        column, start, stop = runs_of(logits > 0)
        base = (column + begin) * geometry.height + top
        yield base + start, base + stop


def _mixed(
    coefficients: Floats, prototypes: Floats, place: tuple[float, float, float, float], size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Σ coefficient × prototype at the cells of `place` (xyxy), brought to a size (width, height); bilinear."""
    height, width = prototypes.shape[1:]
    left, top = max(0, math.floor(place[0]) - MARGIN), max(0, math.floor(place[1]) - MARGIN)
    right, bottom = min(width, math.ceil(place[2]) + MARGIN), min(height, math.ceil(place[3]) + MARGIN)
    cells = np.tensordot(coefficients, prototypes[:, top:bottom, left:right], 1)
    inside = (place[0] - left, place[1] - top, min(place[2], width) - left, min(place[3], height) - top)
    picture = Image.fromarray(np.ascontiguousarray(cells, np.float32))
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR, box=inside), np.float32)
