"""The figures of a classification model, worked out by hand and by torchmetrics."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BadInput
from engine.evaluation.costs import Costs
from engine.evaluation.predictor import evaluate_predictor
from engine.evaluation.scores import Choice

from .conftest import make_version


def test_accuracy_confusion_and_what_was_missed(classifier) -> None:
    version = make_version(
        {f"{n}.png": [(label, None)] for n, label in enumerate(["ok", "ok", "crack", "crack", "stain"])}
    )
    model = classifier(
        {"0.png": [0.8, 0.1, 0.1], "1.png": [0.4, 0.6, 0], "2.png": [0.7, 0.2, 0.1], "3.png": [0.1, 0.8, 0.1],
         "4.png": [0.2, 0.5, 0.3]},
        ("ok", "crack", "stain"),
    )  # fmt: skip
    scores = evaluate_predictor(model, version)
    assert scores.accuracy == pytest.approx(2 / 5)
    assert scores.confusion["matrix"][:3] == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0]]
    assert scores.per_class["crack"]["precision"] == pytest.approx(1 / 3)
    assert scores.per_class["crack"]["recall"] == pytest.approx(1 / 2)
    assert scores.metrics["missed"] == pytest.approx(1 / 3)
    assert scores.metrics["false_reject"] == pytest.approx(1 / 2)
    careful = evaluate_predictor(model, version, choice=Choice("cost", Costs(miss=100)))
    assert careful.metrics["missed"] == 0
    assert max(scores.items, key=lambda row: row["error"])["name"] == "2.png"


def test_the_figures_agree_with_torchmetrics(classifier) -> None:
    import torch
    from torchmetrics.functional.classification import multiclass_accuracy, multiclass_f1_score

    random = np.random.default_rng(1)
    labels, count = ("a", "b", "c"), 60
    truth = random.integers(0, 3, count)
    probabilities = random.dirichlet([1, 1, 1], count)
    probabilities[np.arange(count), truth] += 0.3
    version = make_version({f"{n}.png": [(labels[value], None)] for n, value in enumerate(truth)})
    scores = evaluate_predictor(
        classifier({f"{n}.png": list(row) for n, row in enumerate(probabilities)}, labels), version
    )
    guess, true = torch.tensor(probabilities), torch.tensor(truth)
    assert scores.accuracy == pytest.approx(float(multiclass_accuracy(guess, true, 3, average="micro")), abs=1e-6)
    assert scores.metrics["macro_f1"] == pytest.approx(
        float(multiclass_f1_score(guess, true, 3, average="macro")), abs=1e-6
    )
    low, high = scores.intervals["accuracy"]
    assert low < scores.accuracy < high


def test_items_without_a_label_are_left_out(classifier) -> None:
    version = make_version({"a.png": [("x", None)], "b.png": []})
    scores = evaluate_predictor(classifier({"a.png": [0.9, 0.1], "b.png": [0.9, 0.1]}, ("x", "y")), version)
    assert scores.metrics["items"] == 1
    assert scores.accuracy == 1


def test_a_split_without_image_labels_is_refused(classifier) -> None:
    version = make_version({"a.png": [("x", (0, 0, 9, 9))]})
    with pytest.raises(BadInput, match="image label"):
        evaluate_predictor(classifier({"a.png": [0.9, 0.1]}, ("x", "y")), version)
