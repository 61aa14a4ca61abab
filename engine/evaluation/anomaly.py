"""How well an anomaly model tells good images from bad ones, and where it points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.evaluation import classification
from engine.evaluation.boxes import Floats, Ints
from engine.evaluation.precision import REPLICATES, percentiles
from engine.evaluation.scores import Choice, Scores
from engine.evaluation.truth import Truth
from engine.serving.answers import Floats as Map
from engine.serving.preprocess import Geometry
from engine.training.marks import Marks, painted

LEVELS = 1000  # of the heat that are told apart in the measure of pixels


def measure(
    truth: Truth, marks: Mapping[int, Marks], scores: Floats, heats: Sequence[Map], choice: Choice, served: float
) -> Scores:
    """All figures of an anomaly model; an image is rejected from the threshold on.

    AUROC is the chance that a bad image, or a defect's pixel, scores higher than a good one.

    Args:
        truth: its labels are normal and anomaly.
        marks: by item key; areas of bad images.
        scores: (items,) in [0, 1].
        heats: how unusual each place of each item is, (h, w) over the image.
        served: the score from which an image is abnormal where the model is served.
    """
    base = classification.measure(truth, np.stack([1 - scores, scores], 1), choice, served)
    known = truth.classes >= 0
    bad = truth.classes[known] == 1
    metrics: dict[str, float | None] = {**base.metrics, "auroc": None, "pixel_auroc": None}
    intervals = dict(base.intervals)
    if bad.any() and not bad.all():
        metrics["auroc"] = round(auroc(bad, scores[known]), 6)
        low, high = interval_of_auroc(bad, scores[known])
        intervals["auroc"] = (round(low, 5), round(high, 5))
    metrics["pixel_auroc"] = _pixels(truth, marks, heats)
    main = "auroc" if metrics["auroc"] is not None else "accuracy"
    return replace(base, task="anomaly", main=main, metrics=metrics, intervals=intervals)


def auroc(bad: Any, scores: Floats) -> float:
    """The share of pairs of a bad and a good one in which the bad one scores higher; equals count half."""
    from scipy.stats import rankdata

    count = int(bad.sum())
    return float((rankdata(scores)[bad].sum() - count * (count + 1) / 2) / (count * (len(bad) - count)))


def interval_of_auroc(bad: Any, scores: Floats, seed: int = 0) -> tuple[float, float]:
    """95 % interval by drawing other bad and other good images (stratified bootstrap)."""
    random = np.random.default_rng(seed)
    above, below = scores[bad], scores[~bad]
    pairs = (above[:, None] > below[None]) + 0.5 * (above[:, None] == below[None])
    values = [
        pairs[random.integers(len(above), size=len(above))][:, random.integers(len(below), size=len(below))].mean()
        for _ in range(REPLICATES)
    ]
    return percentiles(np.array(values))


def _pixels(truth: Truth, marks: Mapping[int, Marks], heats: Sequence[Map]) -> float | None:
    """AUROC of pixels, of images that are good and of bad ones with outlines; None where no outline is known."""
    counts: Ints = np.zeros((2, LEVELS), np.int64)
    for item, heat in zip(truth.items, heats, strict=True):
        mine = marks.get(item.key)
        if mine is None or (mine.labels[0] == 1 and not mine.areas):
            continue
        scale = Geometry(item.width, item.height, heat.shape[1] / item.width, heat.shape[0] / item.height, 0, 0)
        true = painted(mine.areas, scale, heat.shape[1], heat.shape[0]) > 0
        level = np.minimum((heat * LEVELS).astype(np.int64), LEVELS - 1)
        for row, pixels in enumerate((level[~true], level[true])):
            counts[row] += np.bincount(pixels, minlength=LEVELS)
    good, bad = counts
    if not bad.sum() or not good.sum():
        return None
    below = np.cumsum(good) - good
    return round(float((bad * (below + good / 2)).sum() / (bad.sum() * good.sum())), 6)
