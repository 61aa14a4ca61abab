"""The figures of an anomaly model, worked out by hand and by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.precision import draws, percentiles
from engine.evaluation.predictor import evaluate_predictor
from engine.training.ranking import auroc

from .conftest import make_version

BOX = (20, 20, 60, 60)


def heat(inside: float, outside: float = 0.1) -> np.ndarray:
    values = np.full((50, 50), outside, np.float32)
    values[10:30, 10:30] = inside
    return values


def test_images_and_pixels_are_ranked(judge) -> None:
    version = make_version({"bad.png": [("dent", BOX)], "worse.png": [("dent", BOX)], "good.png": [], "odd.png": []})
    model = judge(
        {
            "bad.png": (0.4, heat(0.4)),
            "worse.png": (0.9, heat(0.9)),
            "good.png": (0.2, heat(0.1)),
            "odd.png": (0.6, heat(0.6)),
        }
    )
    scores = evaluate_predictor(model, version)
    assert scores.main == "auroc"
    assert scores.accuracy == pytest.approx(3 / 4)  # the odd one scores higher than one of the two bad ones
    assert scores.metrics["missed"] == scores.metrics["false_reject"] == pytest.approx(1 / 2)
    assert 0.9 < scores.metrics["pixel_auroc"] < 1
    assert scores.confusion["labels"][:2] == ["normal", "anomaly"]
    assert [row["name"] for row in scores.matches and scores.items if row["error"] > 0.5] == ["bad.png", "odd.png"]


def test_without_bad_images_the_share_of_good_ones_is_the_figure(judge) -> None:
    version = make_version({"a.png": [], "b.png": []})
    scores = evaluate_predictor(judge({"a.png": (0.1, heat(0.1)), "b.png": (0.7, heat(0.7))}), version)
    assert (scores.main, scores.accuracy, scores.metrics["auroc"]) == ("accuracy", 0.5, None)


def test_auroc_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(0)
    bad, scores = random.random(80) < 0.4, random.integers(0, 20, 80) / 20
    (value,) = auroc(bad, scores)
    assert value == pytest.approx(roc_auc_score(bad, scores))
    weights = draws(80, 0)
    each = auroc(bad, scores, weights)
    assert each[:20].tolist() == pytest.approx([roc_auc_score(bad, scores, sample_weight=one) for one in weights[:20]])
    low, high = percentiles(each)
    assert low < value < high
    assert np.isnan(auroc([True, True], [0.1, 0.2])).all()
