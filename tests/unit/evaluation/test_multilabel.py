"""The figures of a model that says several labels of an image, worked out by hand and by torchmetrics."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BadInput
from engine.evaluation.certainty import calibration
from engine.evaluation.costs import Costs
from engine.evaluation.money import money
from engine.evaluation.outcomes import read_outcomes
from engine.evaluation.predictor import evaluate_predictor
from engine.evaluation.scores import Choice

from .conftest import make_version

LABELS = ("crack", "stain")
TRUTH = {
    "both.png": [("crack", None), ("stain", (1.0, 1.0, 9.0, 9.0))],
    "crack.png": [("crack", None)],
    "good.png": [("OK", None)],
    "unknown.png": [],
}
ANSWERS = {"both.png": [0.9, 0.4], "crack.png": [0.8, 0.7], "good.png": [0.1, 0.2], "unknown.png": [0.9, 0.9]}


def test_each_label_is_held_against_what_people_said_with_its_own_threshold(tagger) -> None:
    scores = evaluate_predictor(tagger(ANSWERS, LABELS), make_version(TRUTH))
    assert [row["name"] for row in scores.items] == ["both.png", "crack.png", "good.png"]  # of the last nothing is said
    assert [row["truth"] for row in scores.items] == [["crack", "stain"], ["crack"], []]
    assert {name: scores.per_class["stain"][name] for name in ("right", "missed", "false", "without")} == {
        "right": 0, "missed": 1, "false": 1, "without": 1,
    }  # fmt: skip
    assert scores.metrics["micro_f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert scores.metrics["exact"] == pytest.approx(1 / 3)
    own = evaluate_predictor(tagger(ANSWERS, LABELS, (0.5, 0.3)), make_version(TRUTH))
    assert own.per_class["stain"]["threshold"] == pytest.approx(0.3)
    assert own.per_class["stain"]["missed"] == 0
    best = evaluate_predictor(tagger(ANSWERS, LABELS), make_version(TRUTH), choice=Choice("f1"))
    assert best.per_class["crack"]["f1"] == 1
    assert evaluate_predictor(tagger(ANSWERS, LABELS), make_version(TRUTH), choice=Choice(0.95)).metrics["missed"] == 1


def test_the_figures_agree_with_torchmetrics(tagger) -> None:
    import torch
    from torchmetrics.functional.classification import multilabel_average_precision, multilabel_f1_score

    random = np.random.default_rng(0)
    labels, has = ("a", "b", "c"), random.random((80, 3)) < (0.5, 0.3, 0.2)
    chance = np.clip(random.random((80, 3)) * 0.7 + has * 0.3, 0.01, 0.99)
    version = make_version(
        {f"{n}.png": [(labels[at], None) for at in np.flatnonzero(row)] or [("ok", None)] for n, row in enumerate(has)}
    )
    scores = evaluate_predictor(tagger({f"{n}.png": list(row) for n, row in enumerate(chance)}, labels), version)
    given, true = torch.tensor(chance), torch.tensor(has.astype(int))
    for name, average in (("micro_f1", "micro"), ("macro_f1", "macro")):
        assert scores.metrics[name] == pytest.approx(
            float(multilabel_f1_score(given, true, 3, average=average)), abs=1e-5
        )
    # read at 101 recalls with falling precision, which is a little more than the sum of steps
    assert scores.accuracy == pytest.approx(float(multilabel_average_precision(given, true, 3)), abs=0.03)
    low, high = scores.intervals["mean_ap"]
    assert low < scores.accuracy < high


def test_every_figure_leads_to_its_items_and_is_told_again_from_the_files(tagger, written) -> None:
    evaluation = written(tagger(ANSWERS, LABELS), make_version(TRUTH))
    assert evaluation.items_of_label("stain", True, False) == [1]
    assert evaluation.items_of_label("stain", False, True) == [2]
    assert evaluation.items_of_label("stain", False, False) == [3]
    assert evaluation.items_of_cell("crack", "crack") == [1, 2]
    told = {name: values[0] for name, values in read_outcomes(evaluation).figures(np.ones((1, 3), np.int64)).items()}
    wanted = {name: value for name, value in evaluation.summary["metrics"].items() if name not in ("items", "objects")}
    assert told == pytest.approx(wanted, abs=1e-5)
    assert sum(one.count for one in calibration(evaluation).bins) == 3 * 2


def test_money_is_told_at_the_thresholds_of_the_labels(tagger, written) -> None:
    version = make_version({**TRUTH, "stain.png": [("stain", None)]})
    answers = {**ANSWERS, "stain.png": [0.1, 0.4]}
    low = money(written(tagger(answers, LABELS, (0.5, 0.3)), version, "low:1"), Costs())
    high = money(written(tagger(answers, LABELS), version, "high:1"), Costs())
    assert low.now.threshold is None
    assert low.now.missed == 0
    assert high.now.missed == pytest.approx(1 / 3)


def test_a_split_of_which_nothing_is_said_is_refused_in_words(tagger) -> None:
    with pytest.raises(BadInput, match="Of no item of the split test is said what it has"):
        evaluate_predictor(tagger({"a.png": [0.5, 0.5]}, LABELS), make_version({"a.png": []}))
