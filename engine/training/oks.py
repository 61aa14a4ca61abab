"""How alike two skeletons are: the object keypoint similarity that COCO judges poses by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from engine.training.similarity import Objects

Floats = npt.NDArray[np.float64]


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


def alike(found: Objects, true: Objects, overlap: Floats) -> Floats:
    """OKS of skeletons (N, M); where two have other numbers of points, so other labels, `overlap` (N, M) of their boxes.

    Args:
        true: its objects carry (K, 4) x, y, v, σ, see `engine.training.keypoints.with_sigmas`; found ones x, y, v flat.
    """
    result = overlap.copy()
    area = np.clip(true.box[:, 2:] - true.box[:, :2], 0, None).prod(1)
    said = [np.reshape(value, (-1, 3)) for value in found.more]
    columns = {len(value): [] for value in said}  # type: dict[int, list[int]]
    for place, value in enumerate(said):
        columns[len(value)].append(place)
    for at, points in enumerate(true.more):
        rows = columns.get(len(points), [])
        if rows:
            given = np.stack([said[row] for row in rows])
            result[rows, at] = oks(given, points[None, :, :3], area[at : at + 1], points[:, 3])[:, 0]
    return result
