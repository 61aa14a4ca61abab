"""How well scores rank bad images above good ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def auroc(bad: Any, scores: Any, weights: Any = None) -> Values:
    """The share of pairs of a bad and a good one in which the bad one scores higher (Mann & Whitney 1947); ties are half.

    Args:
        bad: (I,) which are.
        scores: (I,).
        weights: (R, I) how often each is in each of R draws; None: one draw with each once.

    Returns:
        (R,), the area under the ROC curve; NaN where a draw has not both.
    """
    bad, scores = np.asarray(bad, np.bool_), np.asarray(scores, np.float64)
    weights = np.ones((1, len(bad)), np.int64) if weights is None else np.asarray(weights)
    if not len(bad):
        return np.full(len(weights), np.nan)
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf) > 0)
    above = np.add.reduceat(np.where(bad, weights, 0)[:, order], starts, axis=1)
    below = np.add.reduceat(np.where(bad, 0, weights)[:, order], starts, axis=1)
    pairs = above * (np.cumsum(below, axis=1) - below / 2)
    total = above.sum(axis=1) * below.sum(axis=1)
    result: Values = np.divide(pairs.sum(axis=1), total, out=np.full(len(weights), np.nan), where=total > 0)
    return result
