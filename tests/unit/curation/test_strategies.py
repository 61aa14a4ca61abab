"""What is worth labelling next: each strategy prefers what it is named after, and says why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.curation.disagreement import disagreement, matched
from engine.curation.predicted import Predicted, where
from engine.curation.strategies import STRATEGIES, choose, diversity, uncertainty
from engine.errors import UsageError


def seen(*found: tuple[float, float, float, float, int, float]) -> Predicted:
    rows = np.array(found, float).reshape(-1, 6)
    return Predicted(rows[:, :4], rows[:, 4].astype(np.int64), rows[:, 5], width=90, height=90)


def units(*vectors: tuple[float, ...]) -> np.ndarray:
    array = np.array(vectors, float)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


SURE = seen((0, 0, 10, 10, 0, 0.98))
UNSURE = seen((70, 0, 80, 10, 1, 0.5))
TORN = seen((0, 70, 10, 80, 0, 0.9), (0, 70, 10, 80, 2, 0.85))


def test_a_detection_at_the_threshold_is_the_most_uncertain() -> None:
    ranking = choose("uncertainty", 3, predicted=[SURE, UNSURE, seen()])
    assert ranking.first(3) == [1, 0, 2]
    assert ranking.reasons[1] == {
        "kind": "unsure", "label": 1, "score": 0.5, "box": [70, 0, 80, 10], "where": "upper right", "doubtful": 1,
    }  # fmt: skip
    assert ranking.reasons[2] == {"kind": "nothing found"}


def test_two_labels_for_one_place_are_uncertain_even_when_both_are_sure() -> None:
    ranking = choose("margin", 2, predicted=[SURE, TORN])
    assert ranking.first(1) == [1]
    assert (ranking.reasons[1]["label"], ranking.reasons[1]["other"]) == (0, 2)


def test_the_threshold_of_the_model_is_where_doubt_peaks() -> None:
    low, high = seen((0, 0, 9, 9, 0, 0.2)), seen((0, 0, 9, 9, 0, 0.5))
    assert choose("uncertainty", 1, predicted=[low, high], threshold=0.2).first(1) == [0]


def test_classes_with_even_probabilities_are_the_most_uncertain() -> None:
    items = [Predicted(probabilities=np.array(p)) for p in ([0.9, 0.05, 0.05], [0.4, 0.35, 0.25], [0.5, 0.5, 0])]
    assert choose("margin", 1, predicted=items).first(1) == [2]
    assert choose("entropy", 1, predicted=items).first(1) == [1]


def test_models_disagree_where_only_one_sees_something() -> None:
    scores, reasons = disagreement([SURE, UNSURE, SURE], [SURE, seen(), seen((0, 0, 10, 10, 2, 0.9))])
    assert scores[0] == 0
    assert reasons[1]["what"] == "seen by one"
    assert (reasons[2]["what"], reasons[2]["label"], reasons[2]["other"]) == ("label", 0, 2)
    assert scores[2] > scores[1] > 0


def test_k_centre_takes_the_farthest_from_what_is_labelled_then_from_what_is_chosen() -> None:
    items = units((1, 0, 0), (0.9, 0.1, 0), (0, 1, 0), (0, 0.9, 0.1), (0, 0, 1))
    ranking = diversity(items, 2, known=units((1, 0.05, 0)))
    assert set(ranking.first(2)) <= {2, 3, 4}
    assert 4 in ranking.first(2)
    assert ranking.reasons[4]["kind"] == "different"


def test_a_mix_does_not_ask_twice_for_the_same_picture() -> None:
    items = units((1, 0), (1, 0), (0, 1))
    doubts = [seen((0, 0, 9, 9, 0, 0.5)), seen((0, 0, 9, 9, 0, 0.51)), seen((0, 0, 9, 9, 0, 0.7))]
    assert set(choose("mix", 2, predicted=doubts, embeddings=items, known=units((-1, -1))).first(2)) in ({0, 2}, {1, 2})


def test_the_same_seed_draws_the_same() -> None:
    items = [SURE] * 30
    assert choose("random", 9, predicted=items, seed=3).first(9) == choose("random", 9, predicted=items, seed=3).first(
        9
    )
    assert choose("random", 9, predicted=items, seed=3).first(9) != choose("random", 9, predicted=items, seed=4).first(
        9
    )


def test_what_a_strategy_needs_is_asked_for_in_words() -> None:
    with pytest.raises(UsageError, match="second model"):
        choose("disagreement", 1, predicted=[SURE])
    with pytest.raises(UsageError, match="needs embeddings"):
        choose("mix", 1, predicted=[SURE])
    with pytest.raises(UsageError, match="choose one of"):
        choose("guess", 1, predicted=[SURE])


def test_places_have_names() -> None:
    assert where([80, 0, 90, 10], 90, 90) == "upper right"
    assert where([40, 40, 50, 50], 90, 90) == "middle"
    assert where([0, 0, 1, 1], 0, 0) == ""


BOX = st.tuples(
    st.integers(0, 60), st.integers(0, 60), st.integers(1, 30), st.integers(1, 30), st.integers(0, 3), st.floats(0, 1)
).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3], b[4], b[5]))
ITEMS = st.lists(st.lists(BOX, max_size=6).map(lambda rows: seen(*rows)), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # other work on the machine
@given(ITEMS, st.sampled_from(STRATEGIES), st.integers(0, 12), st.integers(0, 9))
def test_every_strategy_orders_different_items_and_gives_each_a_reason(items, strategy, count, seed) -> None:
    vectors = np.random.default_rng(seed).normal(size=(len(items), 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    other = list(reversed(items)) if strategy == "disagreement" else ()
    ranking = choose(strategy, count, predicted=items, other=other, embeddings=vectors, seed=seed)
    assert len(ranking.order) == min(count, len(items)) == len(set(ranking.order.tolist()))
    assert len(ranking.reasons) == len(ranking.scores) == len(items)
    assert np.isfinite(ranking.scores).all()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # other work on the machine
@given(ITEMS)
def test_a_model_agrees_with_itself(items) -> None:
    scores, _ = disagreement(items, items)
    assert np.allclose(scores, 0)
    for one in items:
        assert all(one.labels[a] == one.labels[b] for a, b, _ in matched(one, one))


def test_of_several_labels_each_doubt_counts_by_itself() -> None:
    sure = Predicted(probabilities=np.array([0.95, 0.97, 0.02]), several=True)  # two labels at once are no doubt
    unsure = Predicted(probabilities=np.array([0.95, 0.52, 0.02]), several=True)
    scores, reasons = uncertainty([sure, unsure])
    assert scores[1] > 2 * scores[0]
    assert reasons[1]["label"] == 1
    assert uncertainty([unsure], "entropy")[0][0] > 0.99
