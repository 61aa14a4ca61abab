"""How alike two skeletons are: the object keypoint similarity that COCO judges poses by."""

from __future__ import annotations

import numpy as np

from engine.evaluation.boxes import Floats


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
