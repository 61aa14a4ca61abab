"""Money over the threshold, on splits that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BadInput
from engine.evaluation.costs import Costs, LabelCosts, checked_costs, read_costs, save_costs
from engine.evaluation.money import money, unseen
from engine.evaluation.scores import Choice
from engine.training.models import get_model
from engine.workspace import Workspace
from tests.evaluated import make_evaluated

from .conftest import make_version

BOX = (10.0, 10.0, 30.0, 30.0)


@pytest.fixture
def four(detector, written):
    """Two bad parts, found at 0.8 and 0.4, and two good ones, of which one is reported at 0.6."""
    version = make_version({"a": [("scratch", BOX)], "b": [("scratch", BOX)], "c": [], "d": []})
    model = detector({"a": [("scratch", 0.8, BOX)], "b": [("scratch", 0.4, BOX)], "c": [("dent", 0.6, BOX)]})
    return written(model, version, threshold=0.5)


def test_money_is_that_of_the_line_not_of_the_split(four) -> None:
    costs = Costs(miss=100, false_reject=2, parts_per_shift=1000, shifts_per_day=3, bad_share=0.01)
    found = money(four, costs)
    # at 0.5: half of the 10 bad parts pass, half of the 990 good ones are rejected
    assert (found.now.missed, found.now.false_reject, found.now.money) == (0.5, 0.5, 5 * 100 + 495 * 2)
    day = found.day(found.now)
    assert (day.missed, day.false_reject, day.money) == (15, 1485, 3 * 1490)
    # between 0.6 and 0.8 nothing good is rejected, and that is the cheapest; its middle is taken
    assert 0.6 < found.best.threshold <= 0.8
    assert found.best.money == 500
    dear = money(four, Costs(miss=100_000, false_reject=2, bad_share=0.01))
    assert dear.best.threshold <= 0.4
    assert dear.best.money == 990


def test_without_a_share_of_bad_parts_that_of_the_split_is_taken(four) -> None:
    found = money(four, Costs(miss=1, false_reject=1, parts_per_shift=100))
    assert (found.bad, found.good, found.bad_share) == (2, 2, 0.5)
    assert found.now.money == 25 + 25


def test_the_curve_agrees_with_each_of_its_points_and_lies_within_its_band(four) -> None:
    found = money(four, Costs(bad_share=0.2))
    assert len(found.curve) == 101
    assert found.near(0.5) == found.now
    assert all(point.low <= point.money <= point.high for point in found.curve)
    assert found.curve[0].missed == 0
    assert found.curve[100].missed == 1
    assert found.curve[0].false_reject == 0.5  # on one of the good parts nothing at all is reported


def test_the_parts_behind_a_threshold_are_named(four) -> None:
    assert money(four, Costs()).parts.mistakes(0.5) == ([2], [3])


def test_each_label_gets_the_threshold_that_its_own_costs_ask_for(detector, written) -> None:
    truth = {"a": [("scratch", BOX)], "b": [("dent", BOX)], "c": [], "d": []}
    says = {"a": [("scratch", 0.3, BOX)], "b": [("dent", 0.9, BOX)], "c": [("dent", 0.5, BOX)], "d": []}
    evaluation = written(detector(says), make_version(truth))
    found = money(evaluation, Costs(miss=10, false_reject=10, parts_per_shift=100))
    assert found.best.money == 250  # one threshold for both passes the scratch or rejects a good part
    scratch, dent = found.labels
    assert scratch.threshold <= 0.3
    assert dent.threshold > 0.5
    assert (scratch.parts, dent.parts) == (1, 1)
    assert found.labelled is not None
    assert (found.labelled.money, found.labelled.threshold) == (0, None)
    own = Costs(miss=10, false_reject=10, parts_per_shift=100, labels={"scratch": LabelCosts(miss=400)})
    assert money(evaluation, own).now.money == money(evaluation, own).near(0.3).money
    assert money(evaluation, own).near(0.4).money == 100 * (400 + 10) / 4


def test_each_label_of_several_at_once_is_said_from_its_cheapest_score_on(tagger, written) -> None:
    version = make_version({"a": [("scratch", None)], "b": [("dent", None)], "c": [("OK", None)]})
    says = {"a": [0.3, 0.0], "b": [0.0, 0.9], "c": [0.0, 0.5]}
    found = written(tagger(says, ("scratch", "dent")), version, threshold="cost", costs=Costs(miss=10, false_reject=10))
    own = {label: values["threshold"] for label, values in found.summary["per_class"].items()}
    assert own["scratch"] <= 0.3
    assert own["dent"] > 0.5
    assert (found.summary["metrics"]["missed"], found.summary["metrics"]["false_reject"]) == (0, 0)


@pytest.mark.parametrize("task", ["segmentation", "classification", "anomaly"])
def test_all_tasks_have_a_price(task, segmenter, classifier, judge, written) -> None:
    if task == "segmentation":
        version = make_version({"a": [("scratch", BOX)], "b": []})
        evaluation = written(segmenter({"a": [], "b": []}), version)
    elif task == "classification":
        version = make_version({"a": [("NG", None)], "b": [("OK", None)]})
        evaluation = written(classifier({"a": [0.6, 0.4], "b": [0.9, 0.1]}, ("OK", "NG")), version)
    else:
        version = make_version({"a": [("scratch", BOX)], "b": [("OK", None)]})
        heat = np.zeros((4, 4), np.float32)
        evaluation = written(judge({"a": (0.4, heat), "b": (0.1, heat)}), version)
    found = money(evaluation, Costs(miss=10, false_reject=1, parts_per_shift=100, bad_share=0.1))
    assert (found.now.missed, found.now.money) == (1, 100)
    assert found.best.money == (10 * 10 if task == "segmentation" else 0)


def test_a_split_that_cannot_tell_says_why(detector, classifier, written) -> None:
    with pytest.raises(BadInput, match="no bad parts"):
        money(written(detector({}), make_version({"a": [], "b": []})), Costs())
    with pytest.raises(BadInput, match="no good parts"):
        money(written(detector({}), make_version({"a": [("dent", BOX)]})), Costs())
    version = make_version({"a": [("one", None)], "b": [("two", None)]})
    with pytest.raises(BadInput, match="means “good”"):
        money(written(classifier({"a": [1, 0], "b": [0, 1]}, ("one", "two")), version), Costs())
    both = written(detector({}), make_version({"a": [("dent", BOX)], "b": []}))
    with pytest.raises(BadInput, match="no label “crack” to cost; there are: scratch, dent"):
        money(both, Costs(labels={"crack": LabelCosts(miss=1)}))


def test_nothing_seen_in_few_parts_says_little() -> None:
    assert [round(unseen(n), 3) for n in (1, 30, 300)] == [0.95, 0.095, 0.01]


def test_costs_are_remembered_for_the_model_and_offered_to_the_next(tmp_path) -> None:
    with Workspace.open(make_evaluated(tmp_path)) as ws:
        first, second = get_model(ws, 1), get_model(ws, 2)
        assert read_costs(ws, first) == Costs()
        save_costs(ws, first, Costs(miss=250, currency="€"))
        assert read_costs(ws, second).currency == "€"
        save_costs(ws, second, Costs(miss=80))
        assert [read_costs(ws, model).miss for model in (first, second)] == [250, 80]
        (first.folder / "costs.json").write_text("{")
        with pytest.raises(BadInput, match="delete it"):
            read_costs(ws, first)


@pytest.mark.parametrize("values", [{"miss": -1}, {"bad_share": 2}, {"parts_per_shift": 0}, {"miss": float("nan")}])
def test_costs_that_cannot_be_are_refused_by_name(values) -> None:
    with pytest.raises(BadInput, match=next(iter(values))):
        checked_costs(**values)


def test_a_choice_from_before_costs_had_their_form_is_read_with_the_usual_costs() -> None:
    before = {"threshold": "cost", "cost_miss": 10.0, "cost_false": 1.0, "good": "OK"}
    assert Choice.from_json(before) == Choice("cost", Costs(), "OK")
    assert Choice.from_json(Choice("f1", Costs(miss=3)).to_json()) == Choice("f1", Costs(miss=3))
