"""The figures of a segmentation, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BadInput
from engine.evaluation.predictor import evaluate_predictor
from engine.evaluation.scores import NONE, Choice
from engine.serving.answers import Region
from engine.serving.regions import regions

from .conftest import make_version


def region(label: str, score: float, x0: int, y0: int, x1: int, y1: int) -> Region:
    mask = np.zeros((100, 100), bool)
    mask[y0:y1, x0:x1] = True
    (found,) = regions(mask, np.full(mask.shape, score, np.float32), label)
    return found


@pytest.fixture
def version():
    return make_version(
        {
            "a.png": [("scratch", (0, 0, 20, 10)), ("dent", (50, 50, 70, 70))],
            "b.png": [("dent", (10, 10, 30, 30))],
            "good.png": [],
        }
    )


def test_overlap_defects_found_missed_mislabelled_and_false_regions(segmenter, version) -> None:
    model = segmenter(
        {
            "a.png": [region("scratch", 0.9, 0, 0, 20, 12), region("scratch", 0.8, 50, 50, 70, 64)],
            "b.png": [region("dent", 0.7, 10, 10, 30, 14)],
            "good.png": [region("dent", 0.6, 80, 80, 90, 90)],
        }
    )
    scores = evaluate_predictor(model, version)
    scratch, dent = 200 / (240 + 280), 80 / (400 + 400 + 100)
    assert scores.per_class["scratch"]["iou"] == pytest.approx(scratch, abs=1e-6)
    assert scores.per_class["dent"]["iou"] == pytest.approx(dent, abs=1e-6)
    assert scores.metrics["miou"] == scores.accuracy == pytest.approx((scratch + dent) / 2, abs=1e-6)
    assert scores.confusion["labels"] == ["scratch", "dent", NONE]
    assert scores.confusion["matrix"] == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]
    assert scores.metrics["missed"] == pytest.approx(1 / 3, abs=1e-6)
    assert scores.metrics["mislabelled"] == pytest.approx(1 / 3, abs=1e-6)
    assert scores.metrics["missed_images"] == 0
    assert scores.metrics["false_reject_images"] == 1
    low, high = scores.intervals["miou"]
    assert low <= scores.metrics["miou"] <= high
    (missed,) = [row for row in scores.matches if row["predicted"] == NONE]
    assert missed["true_box"] == [10, 10, 30, 30]
    assert [row["name"] for row in sorted(scores.items, key=lambda row: -row["error"])] == [
        "a.png",
        "b.png",
        "good.png",
    ]


def test_regions_below_the_threshold_are_not_there(segmenter, version) -> None:
    model = segmenter(
        {"a.png": [], "b.png": [region("dent", 0.7, 10, 10, 30, 30)], "good.png": [region("dent", 0.6, 80, 80, 90, 90)]}
    )
    strict = evaluate_predictor(model, version, choice=Choice(0.65))
    assert strict.metrics["false_reject_images"] == 0
    assert strict.metrics["missed_images"] == pytest.approx(0.5)
    best = evaluate_predictor(model, version, choice=Choice("f1"))
    assert 0.6 < best.threshold <= 0.7


def test_a_split_without_areas_is_refused(segmenter) -> None:
    with pytest.raises(BadInput, match="has an area"):
        evaluate_predictor(segmenter({}), make_version({"a.png": [("good", None)]}))
