"""How alike two objects are: overlap of boxes and of masks, and the object keypoint similarity of skeletons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Runs = npt.NDArray[np.int64]


def overlaps(a: Floats, b: Floats) -> Floats:
    """IoU of boxes (N, 4) and (M, 4) xyxy: (N, M)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1) for boxes in (a, b)]
    union = areas[0][:, None] + areas[1][None, :] - inner
    result: Floats = inner / np.maximum(union, 1e-12)
    return result


def oks(found: Floats, truth: Floats, areas: Floats, sigmas: Floats) -> Floats:
    """OKS of found and true skeletons of one label, (N, M), over the true points that are labelled.

    Mean of exp(−d² / 2 s² (2σ)²), with the distance d of a point and s² the object's area (Lin et al., COCO keypoint
    evaluation, and Ronchi & Perona 2017, eq. 1). A true skeleton of which no point is labelled is like none.

    Args:
        found: (N, K, 2 or more) x, y in px.
        truth: (M, K, 3) x, y, v; v = 0: not labelled.
        areas: (M,) px², of the boxes where nothing better is known.
        sigmas: (K,) see `engine.serving.skeleton`.
    """
    squares = np.square(found[:, None, :, :2] - truth[None, :, :, :2]).sum(-1)  # (N, M, K)
    scale = 2 * np.maximum(areas, 1e-9)[None, :, None] * np.square(2 * sigmas)[None, None, :]
    known = truth[None, :, :, 2] > 0
    result: Floats = (np.exp(-squares / scale) * known).sum(-1) / np.maximum(known.sum(-1), 1)
    return result


def ious(one: Sequence[Runs], other: Sequence[Runs]) -> Floats:
    """How much masks of one image have in common, (N, M), from their run lengths; no pixel is unpacked.

    0 where neither has a pixel.
    """
    inner, mine, theirs = shared(one, other)
    union = mine[:, None] + theirs[None] - inner
    result: Floats = inner / np.maximum(union, 1)
    return result


def shared(one: Sequence[Runs], other: Sequence[Runs]) -> tuple[Floats, Floats, Floats]:
    """Pixels that masks of one image have in common (N, M), and how many each has: (N,), (M,)."""
    spans = [_spans(counts) for counts in other]
    owner = np.repeat(np.arange(len(other)), [len(start) for start, _ in spans])
    starts, ends = (np.concatenate([np.empty(0, np.int64), *(span[side] for span in spans)]) for side in (0, 1))
    inner, areas = np.zeros((len(one), len(other))), np.zeros(len(one))
    for row, counts in enumerate(one):
        start, end = _spans(counts)
        before = np.concatenate([[0], np.cumsum(end - start)])  # pixels of the spans before each
        last = np.concatenate([[0], end])

        def covered(place: Runs) -> Runs:
            number = np.searchsorted(start, place, "right")  # noqa: B023 (used up within this turn)
            return before[number] - np.maximum(last[number] - place, 0)  # noqa: B023 (as above)

        inner[row] = np.bincount(owner, covered(ends) - covered(starts), len(other))
        areas[row] = before[-1]
    return inner, areas, np.bincount(owner, ends - starts, len(other)).astype(np.float64)


def _spans(counts: Runs) -> tuple[Runs, Runs]:
    """First pixel and pixel after the last of each run of the mask."""
    ends = np.cumsum(counts)
    return ends[:-1:2], ends[1::2]
