"""Likely label errors: what the model contradicts with reason is named, what it merely misses is not."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.curation.label_errors import box_errors, class_errors, class_thresholds, tag_errors
from engine.curation.predicted import Predicted
from engine.curation.reasons import PATTERNS, sentence


def seen(*found: tuple[float, float, float, float, int, float]) -> Predicted:
    rows = np.array(found, float).reshape(-1, 6)
    return Predicted(rows[:, :4], rows[:, 4].astype(np.int64), rows[:, 5], width=90, height=90)


SOUND = [seen((10, 10, 30, 30, label, 1.0)) for label in (0, 1, 0, 1)]
ANSWERS = [seen((10, 10, 30, 30, label, 0.9)) for label in (0, 1, 0, 1)]


def test_the_threshold_of_a_label_is_the_mean_confidence_of_its_items() -> None:
    probabilities = np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]])
    assert np.allclose(class_thresholds(np.array([0, 0, 1]), probabilities), [0.8, 0.6])


def test_a_swapped_image_label_is_found_and_doubtful_ones_are_left_alone() -> None:
    given_labels = np.array([0, 0, 0, 1, 1, 1, 0])
    probabilities = np.array(
        [[0.9, 0.1], [0.8, 0.2], [0.45, 0.55], [0.1, 0.9], [0.2, 0.8], [0.15, 0.85], [0.02, 0.98]], float
    )
    scores, reasons = class_errors(given_labels, probabilities)
    assert np.flatnonzero(scores).tolist() == [6]
    assert (reasons[6]["label"], reasons[6]["other"]) == (0, 1)


def test_nothing_is_suspicious_where_model_and_people_agree() -> None:
    scores, errors = box_errors(SOUND, ANSWERS)
    assert not scores.any()
    assert not any(errors)


def test_swapped_missing_unfounded_and_misplaced_boxes_are_told_apart() -> None:
    truth = [
        *SOUND,
        seen((10, 10, 30, 30, 0, 1.0)),  # the model is sure of label 1
        seen(),  # the model is sure of a box
        seen((10, 10, 30, 30, 0, 1.0), (60, 60, 80, 80, 0, 1.0)),  # the model sees nothing at the second one
        seen((10, 10, 30, 30, 1, 1.0)),  # the model puts it elsewhere
    ]
    answers = [
        *ANSWERS,
        seen((10, 10, 30, 30, 1, 0.95)),
        seen((60, 0, 80, 20, 0, 0.92)),
        seen((10, 10, 30, 30, 0, 0.9)),
        seen((18, 18, 38, 38, 1, 0.95)),
    ]
    scores, errors = box_errors(truth, answers)
    assert [told[0]["what"] for told in errors[4:]] == ["swapped", "missing", "unfounded", "misplaced"]
    assert (scores[4:] > 0).all()
    assert not scores[:4].any()
    assert errors[4][0]["other"] == 1
    assert errors[5][0]["where"] == "upper right"


def test_a_label_that_the_model_never_finds_is_not_called_unfounded() -> None:
    truth = [*SOUND, seen((10, 10, 30, 30, 2, 1.0)), seen((50, 50, 70, 70, 2, 1.0))]
    scores, _ = box_errors(truth, [*ANSWERS, seen(), seen()])
    assert not scores.any()


def test_every_reason_becomes_a_sentence_with_names_and_places() -> None:
    why = {"kind": "disagree", "what": "seen by one", "label": "open", "score": 0.912, "where": "upper right", "by": 1,
           "model": "pcb v4", "second": "pcb v3", "times": 2.62}  # fmt: skip
    assert sentence(why) == (
        "Models pcb v4 and pcb v3 disagree: only pcb v3 sees open in the upper right corner (0.91)."
        " It is 2.6 × as doubtful as an average image."
    )
    unsure = {"kind": "unsure", "label": "spur", "score": 0.5, "where": "", "model": "pcb v4", "doubtful": 3}
    assert sentence(unsure) == "pcb v4 is unsure about spur (0.50). 3 places on it are in doubt."
    assert sentence({"kind": "of a later version"}) == ""
    for name in PATTERNS:
        kind = {"unsure of two": {"kind": "unsure", "other": "b"}}.get(name, {"kind": name, "what": name})
        for each in (kind, {**kind, "kind": "disagree"}, {**kind, "kind": "label error"}):
            assert "{" not in sentence({"label": "a", "other": "b", "score": 0.5, **each})


BOX = st.tuples(
    st.integers(0, 60), st.integers(0, 60), st.integers(1, 30), st.integers(1, 30), st.integers(0, 3), st.floats(0, 1)
).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3], b[4], b[5]))
ITEM = st.lists(BOX, max_size=5).map(lambda rows: seen(*rows))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # other work on the machine
@given(st.lists(st.tuples(ITEM, ITEM), min_size=1, max_size=6))
def test_scores_stay_between_0_and_1_whatever_the_boxes_are(items) -> None:
    scores, errors = box_errors([Predicted(a.boxes, a.labels, np.ones(len(a.labels)), width=90, height=90) for a, _ in items],
                                [b for _, b in items])  # fmt: skip
    assert ((scores >= 0) & (scores <= 1)).all()
    assert [bool(told) for told in errors] >= [score > 0 for score in scores]


def test_of_several_labels_one_that_was_overlooked_and_one_that_is_not_there_are_told_apart() -> None:
    random = np.random.default_rng(0)
    given = random.random((60, 3)) < 0.4
    chance = np.where(given, 0.8, 0.15) + random.uniform(-0.05, 0.05, given.shape)
    given[7, :], chance[7] = [False, True, False], [0.9, 0.8, 0.1]
    given[11, :], chance[11] = [True, False, False], [0.03, 0.1, 0.2]
    scores, reasons = tag_errors(given, chance)
    assert set(np.flatnonzero(scores).tolist()) == {7, 11}
    assert (reasons[7]["what"], reasons[7]["label"]) == ("missing", 0)
    assert (reasons[11]["what"], reasons[11]["label"]) == ("unfounded", 0)
    assert reasons[0] == {"kind": "agree"}
