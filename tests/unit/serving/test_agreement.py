"""How far two answers to one image agree, for each task."""

from __future__ import annotations

import numpy as np
import pytest

from engine.serving.agreement import agreed, agreement, is_reject, pairs_of


def found(label, box, score=0.9, **more):
    return {"label": label, "score": score, "box": list(box), **more}


def objects(*detections, task="detection"):
    return {"task": task, "detections": list(detections)}


def mask(rows, columns, size=(20, 20)):
    whole = np.zeros(size, bool)
    whole[rows, columns] = True
    flat = whole.T.ravel()
    edges = np.flatnonzero(np.diff(flat.astype(int))) + 1
    counts = np.diff([0, *edges, flat.size]).tolist()
    return {"size": list(size), "counts": [0, *counts] if flat[0] else counts}


A, B, NEAR_A = (0, 0, 10, 10), (50, 50, 60, 60), (1, 0, 11, 10)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [], 1.0),
        ([found("dent", A)], [found("dent", NEAR_A)], 1.0),
        ([found("dent", A)], [found("crack", A)], 0.0),
        ([found("dent", A)], [], 0.0),
        ([found("dent", A), found("dent", B)], [found("dent", A)], 2 / 3),
        ([found("dent", A)], [found("dent", B), found("dent", NEAR_A, 0.4)], 2 / 3),
        ([found("dent", A)], [found("dent", A), found("dent", NEAR_A)], 2 / 3),
    ],
)
def test_objects_agree_by_how_many_are_found_by_both(old, new, expected):
    assert agreement(objects(*old), objects(*new)) == pytest.approx(expected)
    assert agreement(objects(*new), objects(*old)) == pytest.approx(expected)


def test_pairs_name_the_rows_of_both_answers():
    assert pairs_of("detection", [found("a", B), found("a", A)], [found("a", A, 0.3), found("a", B, 0.2)]) == [
        (1, 0),
        (0, 1),
    ]


def test_rotated_boxes_masks_and_skeletons_are_held_against_each_other_as_their_task_does():
    long = [30, 30, 40, 4, 0]
    turned = [30, 30, 40, 4, 90]
    one, other = ([found("a", (10, 10, 50, 50), rotated=box)] for box in (long, turned))
    assert agreement(objects(*one, task="rotated"), objects(*one, task="rotated")) == 1
    assert agreement(objects(*one, task="rotated"), objects(*other, task="rotated")) == 0
    one, other = ([found("a", (0, 0, 20, 20), mask=mask(slice(rows), slice(20)))] for rows in (10, 4))
    assert agreement(objects(*one, task="instances"), objects(*one, task="instances")) == 1
    assert agreement(objects(*one, task="instances"), objects(*other, task="instances")) == 0
    one, other = ([found("a", (0, 0, 20, 20), points=[[x, 5, 1], [15, 15, 1]])] for x in (5, 19))
    assert agreement(objects(*one, task="keypoints"), objects(*one, task="keypoints")) == 1
    assert agreement(objects(*one, task="keypoints"), objects(*other, task="keypoints")) == 1, (
        "half of the points agree"
    )
    far = [found("a", (0, 0, 20, 20), points=[[19, 19, 1], [1, 1, 1]])]
    assert agreement(objects(*one, task="keypoints"), objects(*far, task="keypoints")) == 0


def test_regions_agree_by_their_pixels_by_label():
    old = objects(found("a", A, mask=mask(slice(10), slice(20))), task="segmentation")
    new = objects(
        found("a", A, mask=mask(slice(5), slice(20))),
        found("a", A, mask=mask(slice(5, 10), slice(20))),
        task="segmentation",
    )
    half = objects(found("a", A, mask=mask(slice(5), slice(20))), task="segmentation")
    assert agreement(old, new) == 1, "in pieces or whole"
    assert agreement(old, half) == pytest.approx(2 / 3)
    assert agreement(old, objects(task="segmentation")) == 0
    assert agreement(objects(task="segmentation"), objects(task="segmentation")) == 1


def test_labels_verdicts_and_rows():
    def said(label, task="classification", **more):
        return {"task": task, "label": label, **more}

    assert agreement(said("a"), said("a")) == 1
    assert agreement(said("a"), said("b")) == 0
    many = [{"task": "multilabel", "labels": [{"label": name} for name in names]} for names in ("ab", "bc", "")]
    assert agreement(many[0], many[1]) == pytest.approx(1 / 3)
    assert agreement(many[2], many[2]) == 1
    good, unsure, bad = (
        said(label, "anomaly", scores=[1 - score, score], detections=[])
        for label, score in (("good", 0.1), ("good", 0.4), ("bad", 0.9))
    )
    assert agreement(good, unsure) == pytest.approx(0.7)
    assert agreement(good, bad) == 0
    rows = {"predictions": [said("a", "tabular"), said("b", "tabular")]}
    assert agreement(rows, {"predictions": [said("a", "tabular"), said("a", "tabular")]}) == 0.5
    assert agreement(rows, {"predictions": []}) == 0
    two = [said("x", "tabular", targets={"x": {"label": one}, "y": {"label": "q"}}) for one in ("p", "r")]
    assert agreement(*two) == 0.5


def test_answers_of_another_task_agree_in_nothing_and_no_answers_are_refused():
    assert agreement(objects(), {"task": "anomaly", "label": "good", "scores": [1, 0]}) == 0
    with pytest.raises(KeyError):
        agreement({"model": "x"}, objects())


def test_what_calls_a_part_bad():
    assert is_reject(objects(found("dent", A)), ["dent"]) is True
    assert is_reject(objects(), ["dent"]) is False
    assert is_reject({"task": "anomaly", "label": "ng"}, ["ok", "ng"]) is True
    assert is_reject({"task": "classification", "label": "ok"}, ["ok", "ng"]) is None


def test_what_is_no_answer_of_predict_agrees_where_its_tensors_are_equal():
    one, same, other = ({"id": name, "outputs": [{"name": "y", "shape": [1], "data": [value]}]} for name, value in (("1", 3), ("2", 3), ("3", 4)))  # fmt: skip
    assert (agreed(one, same), agreed(one, other)) == (1, 0)
    assert (agreed({"error": "x"}, objects()), agreed(objects(), [1]), agreed(3, 3)) == (0, 0, 1)
    assert agreed({"task": "detection", "detections": [{"label": 1}]}, objects(found("dent", A))) == 0
