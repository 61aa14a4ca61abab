"""Two models on the same items: differences, the test, and what got worse."""

from __future__ import annotations

import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from engine.data import rle
from engine.errors import BadInput
from engine.evaluation.compare import compare, mcnemar
from engine.evaluation.outcomes import read_outcomes
from engine.serving.answers import Region
from engine.serving.regions import regions

from .conftest import make_version

A, B, C = (10, 10, 30, 30), (50, 50, 70, 70), (0, 80, 15, 95)


def test_the_figures_told_again_from_the_files_are_those_of_the_evaluation(detector, written) -> None:
    version = make_version(
        {"a.png": [("scratch", A), ("dent", B)], "b.png": [("scratch", A)], "c.png": [], "d.png": []}
    )
    model = detector(
        {"a.png": [("scratch", 0.9, A), ("scratch", 0.8, B)], "c.png": [("dent", 0.6, C), ("dent", 0.2, A)]}
    )
    evaluation = written(model, version, threshold=0.5)
    outcomes, metrics = read_outcomes(evaluation), evaluation.summary["metrics"]
    told = outcomes.figures_of(np.arange(4))
    for name in ("map50", "precision", "recall", "missed", "false_reject", "mislabelled", "missed_images",
                 "false_reject_images"):  # fmt: skip
        assert told[name]["value"] == pytest.approx(metrics[name], abs=1e-5), name
        assert told[name]["low"] <= told[name]["value"] <= told[name]["high"], name
    assert outcomes.mistakes.tolist() == [1, 1, 1, 0]


def test_those_of_a_classifier_too(classifier, written) -> None:
    random = np.random.default_rng(3)
    labels = ("ok", "crack", "stain")
    said = {f"{n}.png": list(random.dirichlet([1, 1, 1])) for n in range(30)}
    version = make_version({name: [(labels[n % 3], None)] for n, name in enumerate(said)} | {"none.png": []})
    evaluation = written(classifier(said | {"none.png": [0.2, 0.7, 0.1]}, labels), version, threshold=0.4)
    outcomes, metrics = read_outcomes(evaluation), evaluation.summary["metrics"]
    told = outcomes.figures_of(np.arange(31))
    for name in ("accuracy", "macro_f1", "missed", "false_reject"):
        assert told[name]["value"] == pytest.approx(metrics[name], abs=1e-5), name


def test_items_that_got_worse_and_better_are_named(detector, written) -> None:
    version = make_version({"a.png": [("scratch", A), ("dent", B)], "b.png": [("scratch", A)], "c.png": []})
    before = written(detector({"a.png": [("scratch", 0.9, A), ("dent", 0.9, B)]}), version, "m:1")
    after = written(detector({"b.png": [("scratch", 0.9, A)], "c.png": [("dent", 0.9, C)]}), version, "m:2")
    found = compare(before, after)
    assert [(change.name, change.a, change.b) for change in found.worse] == [("a.png", 0, 2), ("c.png", 0, 1)]
    assert [(change.name, change.a, change.b) for change in found.better] == [("b.png", 1, 0)]
    assert (found.test.only_a, found.test.only_b, found.relabelled) == (2, 1, 0)


def test_a_model_against_itself_has_no_difference(detector, written) -> None:
    version = make_version({f"{n}.png": [("scratch", A)] for n in range(8)})
    one = written(detector({f"{n}.png": [("scratch", 0.9, A)] for n in range(5)}), version)
    found = compare(one, one)
    assert all(figure.change == figure.low == figure.high == 0 for figure in found.figures if figure.a is not None)
    assert {figure.kind for figure in found.figures} == {"open"}
    assert found.test.p == 1
    assert not found.worse


def test_pairing_sees_a_difference_that_two_intervals_alone_would_hide(classifier, written) -> None:
    version = make_version({f"{n}.png": [("x" if n % 2 else "y", None)] for n in range(60)})

    def model(right: int):
        return classifier(
            {f"{n}.png": [0.9, 0.1] if (n % 2 == 1) == (n < right) else [0.1, 0.9] for n in range(60)}, ("x", "y")
        )

    before, after = written(model(30), version, "m:1"), written(model(40), version, "m:2")
    found = compare(before, after)
    accuracy = found.figures[0]
    assert accuracy.name == "accuracy"
    assert accuracy.change == pytest.approx(10 / 60, abs=1e-5)
    assert accuracy.kind == "better"
    intervals = [one.summary["intervals"]["accuracy"] for one in (before, after)]
    assert intervals[0][1] > intervals[1][0]
    assert found.test.significant


def test_mcnemar_is_the_exact_binomial_test() -> None:
    a, b = np.array([True] * 9 + [False] * 11), np.array([True] * 8 + [False] + [True] * 9 + [False] * 2)
    found = mcnemar(a, b)
    assert (found.only_a, found.only_b, found.both_right, found.both_wrong) == (1, 9, 8, 2)
    assert found.p == pytest.approx(2 * (1 + 10) / 2**10)


def test_only_common_items_count_and_other_labels_are_told(detector, written) -> None:
    first = make_version({"a.png": [("scratch", A)], "b.png": [("scratch", A)], "c.png": []})
    second = make_version({"a.png": [("scratch", A)], "b.png": [("dent", A)]})
    said = {"a.png": [("scratch", 0.9, A)], "b.png": [("scratch", 0.9, A)]}
    found = compare(written(detector(said), first, "m:1"), written(detector(said), second, "m:2"))
    assert (found.items, found.only_a, found.only_b, found.relabelled) == (2, 1, 0, 1)


def test_models_of_different_tasks_are_not_compared(detector, classifier, written) -> None:
    boxes = written(detector({}), make_version({"a.png": [("scratch", A)]}), "m:1")
    classes = written(classifier({"a.png": [0.9, 0.1]}, ("x", "y")), make_version({"a.png": [("x", None)]}), "m:2")
    with pytest.raises(BadInput, match="detection model and a classification model"):
        compare(boxes, classes)


def test_what_has_no_item_in_common_is_not_compared(detector, written) -> None:
    one = written(detector({}), make_version({"a.png": [("scratch", A)]}), "m:1")
    version = make_version({"a.png": [("scratch", A)]})
    other = version.items.set_column(0, "key", [[77]])
    two = written(detector({}), type(version)(version.manifest, other, version.annotations.slice(0, 0)), "m:2")
    with pytest.raises(BadInput, match="no item in common"):
        compare(one, two)


def area(label: str, score: float, x0: int, y0: int, x1: int, y1: int) -> Region:
    mask = np.zeros((100, 100), bool)
    mask[y0:y1, x0:x1] = True
    (found,) = regions(mask, np.full(mask.shape, score, np.float32), label)
    return found


def test_those_of_a_segmentation_too_and_models_are_compared_by_the_overlap_of_each_image(segmenter, written) -> None:
    version = make_version(
        {"a.png": [("scratch", A), ("dent", B)], "b.png": [("scratch", A)], "c.png": [("dent", B)], "good.png": []}
    )
    answers = {
        "a.png": [area("scratch", 0.9, *A), area("scratch", 0.8, *B)], "b.png": [area("scratch", 0.7, 10, 10, 30, 22)],
        "good.png": [area("dent", 0.6, *C)],
    }  # fmt: skip
    before = written(segmenter(answers), version, "m:1")
    outcomes, metrics = read_outcomes(before), before.summary["metrics"]
    told = outcomes.figures_of(np.arange(4))
    for name in ("miou", "pixel_accuracy", "missed", "false_reject", "mislabelled", "missed_images",
                 "false_reject_images"):  # fmt: skip
        assert told[name]["value"] == pytest.approx(metrics[name], abs=1e-5), name
    assert told["image_iou"]["value"] == pytest.approx((0.25 + 0.6 + 0.0) / 3, abs=1e-5)
    after = written(segmenter(answers | {"b.png": [area("scratch", 0.7, *A)], "good.png": []}), version, "m:2")
    found = compare(before, after)
    (overlap,) = [one for one in found.figures if one.name == "image_iou"]
    assert overlap.change == pytest.approx(0.4 / 3, abs=1e-5)
    assert overlap.low == 0
    assert [(change.name, change.a, change.b) for change in found.better] == [("good.png", 1, 0)]
    assert (found.test.only_a, found.test.only_b) == (0, 1)
    masks = [row["mask"] for row in before.predictions]
    assert rle.decode(masks[0], 100, 100)[10:30, 10:30].all()


def test_those_of_an_anomaly_model_too_and_models_are_compared_by_their_verdicts(judge, written) -> None:
    version = make_version({f"{n}.png": [("dent", A)] if n % 2 else [] for n in range(8)})
    heat = np.full((10, 10), 0.2, np.float32)
    heat[2, 3] = 1
    weak = written(judge({f"{n}.png": (0.3 + 0.05 * n, heat) for n in range(8)}), version, "m:1")
    strong = written(judge({f"{n}.png": (0.8 if n % 2 else 0.1, heat) for n in range(8)}), version, "m:2")
    told = read_outcomes(weak).figures_of(np.arange(8))
    for name in ("auroc", "missed", "false_reject", "accuracy"):
        assert told[name]["value"] == pytest.approx(weak.summary["metrics"][name], abs=1e-5), name
    found = compare(weak, strong)
    assert found.figures[0].name == "auroc"
    assert found.figures[0].b == 1
    assert [change.name for change in found.better] == ["1.png", "3.png", "4.png", "6.png"]
    assert found.test.only_b == 4
    assert found.to_json()["test"]["right_is"] == "the right verdict"
    with Image.open(io.BytesIO(weak.items[0]["heat"])) as picture:
        assert np.asarray(picture)[2, 3] == 255


def test_an_evaluation_of_before_that_knows_no_pixels_says_what_to_do(segmenter, written) -> None:
    evaluation = written(segmenter({}), make_version({"a.png": [("scratch", A)]}))
    table = pq.read_table(evaluation.folder / "items.parquet").drop(["pixels"])
    pq.write_table(table, evaluation.folder / "items.parquet")
    with pytest.raises(BadInput, match="evaluate the model again"):
        read_outcomes(type(evaluation)(evaluation.folder))
