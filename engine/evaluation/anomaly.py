"""How well an anomaly model tells good images from bad ones, and where it points."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from engine.evaluation import classification
from engine.evaluation.boxes import Floats, Ints
from engine.evaluation.precision import draws, percentiles
from engine.evaluation.scores import Choice, Scores, tidy_intervals
from engine.evaluation.truth import Truth
from engine.serving.answers import Floats as Map
from engine.serving.preprocess import Geometry
from engine.training.marks import Marks, painted
from engine.training.ranking import auroc

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
    metrics: dict[str, float | None] = {"auroc": None, "pixel_auroc": None, **base.metrics}
    intervals = dict(base.intervals)
    if bad.any() and not bad.all():
        metrics["auroc"] = round(float(auroc(bad, scores[known])[0]), 6)
        intervals |= tidy_intervals({"auroc": percentiles(auroc(bad, scores[known], draws(len(bad), 0)))})
    metrics["pixel_auroc"] = _pixels(truth, marks, heats)
    main = "auroc" if metrics["auroc"] is not None else "accuracy"
    items = [{**row, "heat": _picture(heat)} for row, heat in zip(base.items, heats, strict=True)]
    return replace(base, task="anomaly", main=main, metrics=metrics, intervals=intervals, items=items)


def _picture(heat: Map) -> bytes:
    """A heat map as a grey PNG."""
    picture = io.BytesIO()
    Image.fromarray((heat * 255).round().clip(0, 255).astype(np.uint8)).save(picture, "PNG")
    return picture.getvalue()


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
    value = float(auroc([False] * LEVELS + [True] * LEVELS, [*range(LEVELS)] * 2, counts.reshape(1, -1))[0])
    return None if np.isnan(value) else round(value, 6)
