"""Connected regions of a mask: where each lies, how large it is, and its run lengths as COCO counts them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.serving.answers import Region
from engine.serving.preprocess import Geometry

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Runs = npt.NDArray[np.int64]


def regions(mask: Mask, scores: Floats, label: str) -> list[Region]:
    """The 8-connected regions of a mask (H, W), the surest first; a region's score is the mean over its pixels.

    Args:
        scores: (H, W) in [0, 1].
    """
    height, width = mask.shape
    column, start, end = runs_of(mask)
    if not len(start):
        return []
    group = _groups(column, start, end)
    sums = np.concatenate([[0.0], np.cumsum(scores.ravel(order="F"), dtype=np.float64)])
    first, last = column * height + start, column * height + end
    found = []
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        area = int((end[rows] - start[rows]).sum())
        left, right = float(column[rows].min()), float(column[rows].max() + 1)
        top, bottom = float(start[rows].min()), float(end[rows].max())
        score = float((sums[last[rows]] - sums[first[rows]]).sum() / area)
        counts = counts_of(first[rows], last[rows], height * width)
        found.append(Region(label, score, (left, top, right, bottom), area, (height, width), counts))
    return sorted(found, key=lambda region: -region.score)


def on_image(values: Floats, geometry: Geometry, input_size: tuple[int, int]) -> Floats:
    """A map (h, w) over the network's input, brought to the pixels of the image (H, W); bilinear.

    Args:
        input_size: (width, height) of the input in px; the map may be coarser.
    """
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    inside = _inside(geometry, values.shape, input_size)
    size = (geometry.width, geometry.height)
    return np.array(picture.resize(size, Image.Resampling.BILINEAR, box=inside), np.float32)


def inner(values: Floats, geometry: Geometry, input_size: tuple[int, int]) -> Floats:
    """The part of a map (h, w) over the network's input that shows the image, at the map's own resolution."""
    left, top, right, bottom = (round(edge) for edge in _inside(geometry, values.shape, input_size))
    return values[top : max(bottom, top + 1), left : max(right, left + 1)]


def _inside(
    geometry: Geometry, shape: tuple[int, ...], input_size: tuple[int, int]
) -> tuple[float, float, float, float]:
    across, down = shape[1] / input_size[0], shape[0] / input_size[1]
    right = min(geometry.pad_x + geometry.width * geometry.scale_x, input_size[0])
    bottom = min(geometry.pad_y + geometry.height * geometry.scale_y, input_size[1])
    return geometry.pad_x * across, geometry.pad_y * down, right * across, bottom * down


def runs_of(mask: Mask) -> tuple[Runs, Runs, Runs]:
    """Column, first row and row after the last of each vertical run, column by column."""
    edges = np.diff(np.pad(mask.T.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    column, start = np.nonzero(edges == 1)
    return column.astype(np.int64), start.astype(np.int64), np.nonzero(edges == -1)[1].astype(np.int64)


def _groups(column: Runs, start: Runs, end: Runs) -> Runs:
    """For each run the number of the region that it belongs to; runs touch across a corner, too."""
    parent = list(range(len(column)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    tall = int(end.max()) + 2  # rows of a column on one number line that all columns share
    low = np.searchsorted((column * tall + end), (column + 1) * tall + start, side="left")
    high = np.searchsorted((column * tall + start), (column + 1) * tall + end, side="right")
    for one, (begin, stop) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        for other in range(begin, stop):
            parent[root(other)] = root(one)
    return np.array([root(one) for one in range(len(parent))], np.int64)


def counts_of(first: Runs, last: Runs, pixels: int) -> tuple[int, ...]:
    """Run lengths of the whole image of so many pixels from the runs of one region, in order; what touches becomes one run."""
    if not len(first):
        return (pixels,)
    apart = first[1:] > last[:-1]
    begins, ends = first[np.concatenate([[True], apart])], last[np.concatenate([apart, [True]])]
    edges = np.stack([begins, ends], 1).ravel()
    lengths = np.diff(np.concatenate([[0], edges, [pixels]]))
    return tuple((lengths if lengths[-1] else lengths[:-1]).tolist())
