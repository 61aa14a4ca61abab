"""Whether a model is right as often as it says, and how well its score tells bad images from good ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import BadInput
from engine.evaluation.boxes import Floats
from engine.evaluation.outcomes import Value, bounded
from engine.evaluation.parts import read_parts
from engine.evaluation.precision import draws
from engine.evaluation.results import Evaluation
from engine.training.ranking import auroc

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers with scores from `low` to `high`.

    Attributes:
        said: their mean score.
        right: the share of them that is right.
        wrong_items: keys of the items with a wrong one, the surest first.
    """

    low: float
    high: float
    count: int
    said: float | None
    right: float | None
    wrong_items: list[int]


@dataclass(frozen=True)
class Calibration:
    """Reliability over bins of equal width; `error` is the expected calibration error (Guo et al. 2017, section 2)."""

    bins: list[Bin]
    error: float | None


@dataclass(frozen=True)
class Roc:
    """Bad images (with a defect) against good ones, by the highest score that an image gets.

    Attributes:
        points: (share of the good that is rejected, share of the bad that is rejected, threshold), the strictest first.
        auc: the area below, with its 95 % interval (bootstrap over images).
    """

    points: list[tuple[float, float, float]]
    auc: Value


def calibration(evaluation: Evaluation) -> Calibration:
    """Of a detector: of the boxes that it reports at its threshold; of a classifier: of the likeliest label; of a multilabel
    model: of each label of each item.

    Of an anomaly model there is none: its score says how far an image is from the limit, not how often that is right.
    """
    if evaluation.summary["task"] == "anomaly":
        return Calibration([], None)
    rows = _answers(evaluation)
    score = np.array([row["score"] for row in rows])
    right = np.array([row["right"] for row in rows], np.float64)
    place = np.minimum((score * BINS).astype(int), BINS - 1) if len(rows) else np.empty(0, int)
    bins, error = [], 0.0
    for at in range(BINS):
        mine = np.flatnonzero(place == at)
        said, share = (float(values[mine].mean()) if len(mine) else None for values in (score, right))
        if said is not None and share is not None:
            error += len(mine) / len(rows) * abs(said - share)
        wrong = dict.fromkeys(rows[row]["item_key"] for row in mine if not right[row])
        bins.append(Bin(at / BINS, (at + 1) / BINS, len(mine), _rounded(said), _rounded(share), list(wrong)))
    return Calibration(bins, _rounded(error) if len(rows) else None)


def _answers(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Item, score and whether it is right, of each answer, the surest first."""
    if evaluation.summary["task"] == "multilabel":
        has = {row["item_key"]: set(row["truth"]) for row in evaluation.items}
        rows = [{**row, "right": row["label"] in has[row["item_key"]]} for row in evaluation.predictions]
    else:
        there = (row for row in evaluation.matches if row["score"] is not None)
        rows = [{**row, "right": row["truth"] == row["predicted"]} for row in there]
    return sorted(rows, key=lambda row: -row["score"])


def roc(evaluation: Evaluation) -> Roc | None:
    """None where the split has not both bad and good images, or no label of a classifier means "good"."""
    judged = _doubts(evaluation)
    if judged is None or judged[0].all() or not judged[0].any():
        return None
    bad, doubt = judged
    levels = np.unique(doubt)[::-1]
    rejected = doubt[None, :] >= levels[:, None]
    false, found = rejected[:, ~bad].mean(axis=1), rejected[:, bad].mean(axis=1)
    points = [
        (0.0, 0.0, 1.0),
        *zip(false.round(5).tolist(), found.round(5).tolist(), levels.round(5).tolist(), strict=True),
    ]
    return Roc(points, bounded(auroc(bad, doubt)[0], auroc(bad, doubt, draws(len(bad), 0))))


def _doubts(evaluation: Evaluation) -> tuple[Any, Floats] | None:
    """Of each image with a truth: whether it is bad, and how much the model rejects it."""
    try:
        parts = read_parts(evaluation)
    except BadInput:
        return None
    return parts.bad, np.maximum(parts.doubt, 0.0)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
