"""How well scores rank bad images above good ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.training.metrics import AveragePrecision, F1Score, Metric, RecallAt

Values = npt.NDArray[np.float64]
RECALLS = np.linspace(0, 1, 101)


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


def area(recall: Values, precision: Values) -> float:
    """COCO's area below the curve (Lin et al. 2014): precision made falling, read at 101 recalls."""
    if not len(recall):
        return 0.0
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, RECALLS, side="left")
    return float(np.append(falling, 0.0)[np.minimum(places, len(falling))].mean())


def mean_average_precision(has: npt.NDArray[np.bool_], scores: Any) -> float:
    """The mean over labels of the `area` of ranking images by their scores; NaN where no image has any label.

    Args:
        has: (I, C) which labels each image has.
        scores: (I, C).
    """
    areas = []
    for label in np.flatnonzero(has.any(axis=0)):
        right = has[np.argsort(-scores[:, label], kind="stable"), label]
        hits = np.cumsum(right)
        areas.append(area(hits / hits[-1], hits / np.arange(1, len(right) + 1)))
    return float(np.mean(areas)) if areas else float("nan")


def best_threshold(has: npt.NDArray[np.bool_], scores: Any) -> float | None:
    """The score in the middle between those around which F1 of one label (I,) changes from its best; None: it has no image.

    The middle, because a threshold right at a score that was seen would fall on the other side with the next images.
    """
    if not has.any():
        return None
    ranked, hits, last = _from_the_top(has, scores)
    at = int(last[np.argmax(_f1(hits, last, has))])
    below = float(ranked[at + 1]) if at + 1 < len(ranked) else 0.0
    return (float(ranked[at]) + below) / 2


def best_f1(bad: npt.NDArray[np.bool_], scores: Any) -> float:
    """F1 of the bad ones (I,) at the threshold at which it is highest; there is at least one."""
    _, hits, last = _from_the_top(bad, scores)
    return float(_f1(hits, last, bad).max())


def recall_at(bad: npt.NDArray[np.bool_], scores: Any, rejected: float) -> float:
    """The largest share of the bad ones (I,) at or above a threshold that at most the share `rejected` of the good reaches."""
    _, hits, last = _from_the_top(bad, scores)
    false = last + 1 - hits[last]
    allowed = hits[last][false <= rejected * (~bad).sum() + 1e-9]
    return float(allowed.max(initial=0) / bad.sum())


def ranked(bad: npt.NDArray[np.bool_], scores: Any, asked: Sequence[Metric]) -> dict[str, float]:
    """How well scores rank bad ones (I,) above good ones: {"val_auroc"}, and what is asked for; {} without both kinds."""
    if len(np.unique(bad)) < 2:
        return {}
    scores = np.asarray(scores, np.float64)
    found = {"val_auroc": float(auroc(bad, scores)[0])}
    for one in asked:
        if isinstance(one, F1Score):
            found[one.name] = best_f1(bad, scores)
        elif isinstance(one, AveragePrecision):
            found[one.name] = mean_average_precision(bad[:, None], scores[:, None])
        elif isinstance(one, RecallAt):
            found[one.name] = recall_at(bad, scores, one.rejected)
    return found


def _from_the_top(has: npt.NDArray[np.bool_], scores: Any) -> tuple[Any, Any, Any]:
    """Scores from the highest on, how many that have it are among the first, and where a threshold can lie behind."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    return ranked, np.cumsum(has[order]), np.flatnonzero(np.append(np.diff(ranked) < 0, True))  # equal ones all or none


def _f1(hits: Any, last: Any, has: npt.NDArray[np.bool_]) -> Any:
    return 2 * hits[last] / (last + 1 + has.sum())
