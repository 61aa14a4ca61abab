"""The figures of a detection model, against values worked out by hand and against pycocotools."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest

from engine.errors import BadInput, UsageError
from engine.evaluation.boxes import NOTHING, Boxes, match
from engine.evaluation.costs import Costs
from engine.evaluation.errors import error_types
from engine.evaluation.outcomes import read_outcomes
from engine.evaluation.precision import IOUS, average_precision, curves, interval_of_map
from engine.evaluation.predictor import evaluate_predictor
from engine.evaluation.scores import NONE, Choice
from engine.evaluation.slices import by_size
from engine.serving.answers import Detection
from engine.serving.manifest import ModelManifest
from engine.serving.predictor import Prediction
from engine.training.ranking import area
from engine.training.similarity import SIMILARITIES, Objects

from .conftest import make_version

A, B, C = (10, 10, 30, 30), (50, 50, 70, 70), (0, 80, 15, 95)


@pytest.fixture
def version():
    return make_version({"a.png": [("scratch", A), ("dent", B)], "b.png": [("scratch", A)], "c.png": [], "d.png": []})


def test_a_perfect_model_has_full_marks(detector, version) -> None:
    model = detector({"a.png": [("scratch", 0.9, A), ("dent", 0.8, B)], "b.png": [("scratch", 0.7, A)]})
    scores = evaluate_predictor(model, version)
    for name in ("map50", "map", "map33", "precision", "recall", "f1"):
        assert scores.metrics[name] == 1, name
    for name in ("missed", "false_reject", "mislabelled", "missed_images", "false_reject_images"):
        assert scores.metrics[name] == 0, name
    assert scores.confusion == {"labels": ["scratch", "dent", "(none)"], "matrix": [[2, 0, 0], [0, 1, 0], [0, 0, 0]]}
    assert scores.accuracy == 1


def test_misses_false_rejects_and_wrong_labels_are_told_apart(detector, version) -> None:
    model = detector(
        {
            "a.png": [("scratch", 0.9, A), ("scratch", 0.8, B)],
            "b.png": [],
            "c.png": [("dent", 0.6, C), ("dent", 0.2, A)],
        }
    )
    scores = evaluate_predictor(model, version, choice=Choice(threshold=0.5))
    assert scores.confusion["matrix"] == [[1, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert scores.metrics["missed"] == pytest.approx(1 / 3)
    assert scores.metrics["mislabelled"] == pytest.approx(1 / 3)
    assert scores.metrics["false_reject"] == pytest.approx(1 / 3)
    assert scores.metrics["missed_images"] == pytest.approx(1 / 2)
    assert scores.metrics["false_reject_images"] == pytest.approx(1 / 2)
    assert scores.metrics["precision"] == pytest.approx(1 / 3)
    assert scores.per_class["dent"]["recall"] == 0
    by_name = {row["name"]: row for row in scores.items}
    assert (by_name["b.png"]["missed"], by_name["c.png"]["false"], by_name["a.png"]["mislabelled"]) == (1, 1, 1)
    assert by_name["d.png"]["error"] == 0


def test_average_precision_is_the_area_worked_out_by_hand(detector) -> None:
    # Three true boxes; found: right 0.9, wrong 0.8, right 0.7. Precision 1 up to recall 1/3, then 2/3 up to 2/3, then 0.
    version = make_version({"a.png": [("x", A), ("x", B), ("x", (80, 10, 95, 25))]})
    model = detector({"a.png": [("x", 0.9, A), ("x", 0.8, C), ("x", 0.7, B)]}, ("x",))
    expected = (34 * 1 + 33 * 2 / 3) / 101
    assert evaluate_predictor(model, version).metrics["map50"] == pytest.approx(expected, abs=1e-6)


def test_a_looser_overlap_counts_more(detector) -> None:
    version = make_version({"a.png": [("x", (0, 0, 40, 40))]})
    model = detector({"a.png": [("x", 0.9, (0, 0, 40, 17))]}, ("x",))  # IoU 0.425
    metrics = evaluate_predictor(model, version).metrics
    assert (metrics["map33"], metrics["map50"]) == (1, 0)


def test_labels_that_the_model_does_not_know_count_as_missed(detector) -> None:
    version = make_version({"a.png": [("scratch", A), ("crack", B)]})
    scores = evaluate_predictor(detector({"a.png": [("scratch", 0.9, A)]}), version)
    assert scores.metrics["missed"] == 0.5
    assert scores.per_class["crack"]["recall"] == 0
    assert scores.per_class["dent"]["ap50"] is None


def test_what_the_split_cannot_tell_is_none(detector) -> None:
    scores = evaluate_predictor(detector({}), make_version({"a.png": [("scratch", A)]}))
    assert scores.metrics["false_reject"] is None
    assert scores.metrics["false_reject_images"] is None
    assert scores.metrics["map50"] == 0


def test_thresholds_by_f1_and_by_cost(detector, version) -> None:
    good = [("dent", 0.5, A), ("dent", 0.45, B), ("dent", 0.42, C)]
    model = detector({"a.png": [("scratch", 0.9, A), ("dent", 0.3, B)], "b.png": [("scratch", 0.8, A)], "c.png": good})
    assert evaluate_predictor(model, version, choice=Choice("f1")).threshold == pytest.approx(0.66)
    model = detector({"a.png": [("scratch", 0.9, A), ("dent", 0.3, B)], "b.png": [("scratch", 0.4, A)], "c.png": good})
    dear = evaluate_predictor(model, version, choice=Choice("cost", Costs(miss=100, false_reject=1)))
    cheap = evaluate_predictor(model, version, choice=Choice("cost", Costs(miss=1, false_reject=100)))
    assert dear.threshold == dear.thresholds["cost"] == pytest.approx(0.2)
    assert dear.metrics["missed_images"] == 0
    assert cheap.threshold == pytest.approx(0.71)
    assert cheap.metrics["false_reject_images"] == 0
    few = evaluate_predictor(model, version, choice=Choice("cost", Costs(miss=100, false_reject=1, bad_share=0.001)))
    assert few.threshold == pytest.approx(
        0.71
    )  # of so few bad parts a miss costs less than good ones that are rejected
    bad = make_version({"a.png": [("scratch", A)], "b.png": [("scratch", A)]})
    with pytest.raises(BadInput, match="no good parts"):
        evaluate_predictor(model, bad, choice=Choice("cost"))
    assert set(evaluate_predictor(model, bad).thresholds) == {"f1"}


@pytest.mark.parametrize("wrong", ["best", "1.5", -1.0])
def test_a_wrong_threshold_is_refused(wrong) -> None:
    with pytest.raises(UsageError, match="threshold"):
        Choice(wrong)


def test_an_empty_split_is_named(detector, version) -> None:
    with pytest.raises(BadInput, match="no items in the split val; it has: test"):
        evaluate_predictor(detector({}), version, "val")


def _random_boxes(random: np.random.Generator, items: int, labels: int, count: int) -> Boxes:
    corner = random.uniform(0, 80, (count, 2)).round(1)
    return Boxes.of(
        random.integers(0, items, count), random.integers(0, labels, count),
        np.concatenate([corner, corner + random.uniform(5, 40, (count, 2)).round(1)], axis=1),
    )  # fmt: skip


def _found(random: np.random.Generator, truth: Boxes, items: int, labels: int) -> Boxes:
    """Most true boxes a little moved, some twice, some not, and some out of nothing."""
    near = truth[random.choice(len(truth), len(truth))]
    extra = _random_boxes(random, items, labels, len(truth) // 2)
    return Boxes.of(
        np.concatenate([near.item, extra.item]), np.concatenate([near.label, extra.label]),
        np.concatenate([near.box + random.normal(0, 2, near.box.shape), extra.box]),
        random.permutation(len(near) + len(extra)) / (len(near) + len(extra)),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_agrees_with_pycocotools(seed: int) -> None:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    random = np.random.default_rng(seed)
    truth = _random_boxes(random, 20, 3, 120)
    found = _found(random, truth, 20, 3).best_first()
    mine = average_precision(truth, found, [(120, 120)] * 20, 3)

    def boxes(many: Boxes, with_score: bool) -> list[dict]:
        return [
            {"id": n + 1, "image_id": int(many.item[n]) + 1, "category_id": int(many.label[n]) + 1, "iscrowd": 0,
             "bbox": [*many.box[n, :2], *(many.box[n, 2:] - many.box[n, :2])], "area": 100.0,
             **({"score": float(many.score[n])} if with_score else {})}
            for n in range(len(many))
        ]  # fmt: skip

    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO()
        reference.dataset = {
            "images": [{"id": n + 1} for n in range(20)], "annotations": boxes(truth, False),
            "categories": [{"id": n + 1} for n in range(3)],
        }  # fmt: skip
        reference.createIndex()
        judge = COCOeval(reference, reference.loadRes(boxes(found, True)), "bbox")
        judge.params.iouThrs = np.array(IOUS)
        judge.evaluate()
        judge.accumulate()
    theirs = judge.eval["precision"][:, :, :, 0, -1].mean(axis=1)
    np.testing.assert_allclose(mine.by_iou, theirs, atol=1e-9)

    # The plain area behind the interval is the same figure.
    lines = curves(truth, found, match(truth, found), 20, 3)
    whole = [area(line.recall, line.precision) for line in lines]
    np.testing.assert_allclose(whole, theirs[1], atol=1e-9)
    low, high = interval_of_map(lines, 20)
    assert low < theirs[1].mean() < high


def test_a_found_box_within_a_crowd_is_neither_right_nor_wrong() -> None:
    truth = Boxes.of([0, 0], [0, 0], [A, (40, 40, 100, 100)], crowd=[False, True])
    found = Boxes.of([0, 0, 0], [0, 0, 0], [A, (50, 50, 60, 60), C], [0.9, 0.8, 0.7])
    matches = match(truth, found)
    assert matches.truth.tolist() == [0, -1, -1]
    assert matches.ignored.tolist() == [False, True, False]
    areas = average_precision(truth, found, [(100, 100)], 1)
    assert areas.mean(0.5) == 1


def test_a_higher_score_keeps_its_box_whatever_comes_below_it() -> None:
    truth = Boxes.of([0], [0], [A])
    found = Boxes.of([0, 0], [1, 0], [A, A], [0.9, 0.8])
    assert match(truth, found, across_labels=True).truth.tolist() == [0, -1]
    assert match(truth, found).truth.tolist() == [-1, 0]


def test_objects_of_another_task_are_right_where_they_are_alike_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def same(found: Objects, true: Objects) -> np.ndarray:
        return np.array([[float(one == other) for other in true.more] for one in found.more])

    monkeypatch.setitem(SIMILARITIES, "rotated", same)
    place = [[0.0, 0.0, 10.0, 10.0]] * 2
    truth = Boxes.of([0, 0], [0, 0], place, more=[[1.0], [2.0]], task="rotated")
    found = Boxes.of([0, 0], [0, 0], place, [0.9, 0.8], more=[[2.0], [3.0]], task="rotated")
    assert match(truth, found).truth.tolist() == [1, NOTHING]
    assert match(truth[:1], found).truth.tolist() == [NOTHING, NOTHING]
    area = average_precision(truth, found, [(10, 10)], 1)
    assert area.mean(0.5) == area.mean(0.95) == pytest.approx(51 / 101)


def test_a_rotated_box_is_found_where_it_lies_as_the_true_one_does(written) -> None:
    """A bar that is answered 2° off is found, one that is answered 30° off is not, although the middles are the same."""
    long = (10, 40, 70, 48)
    said = {
        "a.png": [Detection("scratch", 0.9, (9, 38, 71, 50), rotated=(40, 44, 60, 8, 2))],
        "b.png": [Detection("scratch", 0.8, (9, 20, 71, 68), rotated=(40, 44, 60, 8, 30))],
    }

    class Turned:
        manifest = ModelManifest("turned", "rotated", ("scratch",))

        def predict(self, image: Path, *, page: int = 0, score_threshold: float | None = None) -> Prediction:
            return Prediction("turned", 1, "rotated", 100, 100, tuple(said[image.name]))

    evaluation = written(Turned(), make_version({name: [("scratch", long)] for name in said}))
    summary = evaluation.summary
    assert (summary["task"], summary["main"]) == ("rotated", "map50")
    assert summary["metrics"]["map50"] == pytest.approx(51 / 101, abs=1e-4)
    assert summary["metrics"]["missed"] == 0.5
    found = next(row for row in evaluation.matches if row["truth"] == row["predicted"])
    assert found["true_rotated"] == [40, 44, 60, 8, 0] and found["rotated"] == [40, 44, 60, 8, 2]
    assert 0.7 < found["iou"] < 0.95
    lost = next(row for row in evaluation.matches if row["predicted"] == NONE)
    assert lost["true_rotated"] and lost["rotated"] is None
    # read back from the files it is the same: the kinds of mistake, and the figures of any part of the items
    assert {kind.name: kind.count for kind in error_types(evaluation) if kind.count} == {"localisation": 1}
    assert {group.name: group.count for group in by_size(evaluation)} == {
        "small": 2,
        "medium": 0,
        "large": 0,
    }  # 60 × 8 px
    told = read_outcomes(evaluation)
    assert told.task == "rotated" and told.mistakes.tolist() == [0, 2]
    assert told.figures_of(np.arange(2))["map50"]["value"] == pytest.approx(51 / 101, abs=1e-4)
