"""Attribute gauge studies: the figures of the AIAG manual's own example, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.labeling import kappa
from engine.labeling.gauge import Rating, read_study, study
from tests.unit.labeling import aiag


@pytest.fixture(scope="module")
def example():
    ratings, truth = aiag.ratings()
    return study(ratings, truth)


def test_the_manuals_example_gives_the_manuals_kappas(example):
    between = {pair.first + pair.second: round(pair.kappa.value, 2) for pair in example.pairs}
    assert between == {"AB": 0.86, "AC": 0.78, "BC": 0.79}
    assert {pair.first: round(pair.kappa.value, 2) for pair in example.to_reference} == {
        "A": 0.88,
        "B": 0.92,
        "C": 0.77,
    }
    assert example.pairs[0].table == ((44, 6), (3, 97))


def test_the_manuals_example_gives_its_effectiveness_with_intervals(example):
    found = {who: example.versus[who][0] for who in "ABC"}
    assert {who: share.matched for who, share in found.items()} == {"A": 42, "B": 45, "C": 40}
    percents = {who: (round(100 * share.low), round(100 * share.high)) for who, share in found.items()}
    assert percents == {"A": (71, 93), "B": (78, 97), "C": (66, 90)}
    assert (
        example.together[0].matched,
        round(100 * example.together[0].low),
        round(100 * example.together[0].high),
    ) == (39, 64, 88)


def test_the_manuals_example_gives_its_miss_and_false_alarm_rates(example):
    rates = {w: (round(d.miss.value, 3), round(d.false_alarm.value, 3)) for w, d in example.decisions.items()}
    assert rates == {"A": (0.062, 0.049), "B": (0.062, 0.020), "C": (0.125, 0.088)}
    assert example.decisions["A"].verdicts() == {
        "effectiveness": "marginal",
        "miss": "unacceptable",
        "false_alarm": "acceptable",
    }
    assert example.decisions["B"].verdicts()["effectiveness"] == "acceptable"


def test_fleiss_kappa_between_appraisers_is_what_minitab_prints_for_that_study(example):
    share, fleiss = example.between
    assert (share.matched, round(fleiss.value, 6), round(fleiss.null, 7)) == (39, 0.793606, 0.0235702)


def test_parts_that_were_rated_one_way_and_another_are_named(example):
    # A: 29 parts good and 13 bad in all trials, B 32 and 13, C 28 and 12; A rejects 50 times, B 47: as published
    assert example.to_reference[0].table[0][0] + example.to_reference[0].table[0][1] == 50
    assert example.mixed["A"] == ("6", "14", "21", "22", "26", "34", "36", "43")
    assert example.wrong["A"] == ()


def test_cohens_kappa_and_its_error_are_those_of_statsmodels():
    found = kappa.cohen([[44, 5, 1], [7, 20, 3], [9, 5, 6]])
    assert (found.value, found.se, found.z) == pytest.approx((0.4915254237, 0.0721274593, 6.6865731508))


def test_fleiss_kappa_is_that_of_fleiss_worked_example():
    rows = "0 0 0 0 14|0 2 6 4 2|0 0 3 5 6|0 3 9 2 0|2 2 8 1 1|7 7 0 0 0|3 2 6 3 0|2 5 3 2 2|6 5 2 1 0|0 2 2 3 7"
    assert kappa.fleiss([[int(n) for n in row.split()] for row in rows.split("|")]).value == pytest.approx(0.2099307)


TABLES = st.integers(2, 5).flatmap(
    lambda raters: st.lists(st.lists(st.integers(0, 2), min_size=raters, max_size=raters), min_size=12, max_size=40)
)


@settings(deadline=None, max_examples=40)
@given(TABLES)
def test_fleiss_kappa_and_its_error_are_what_leaving_out_one_item_after_another_gives(rows):
    counts = kappa.counts_of(rows, range(3))
    found = kappa.fleiss(counts)
    shares = counts.sum(0) / counts.sum()
    agreeing = np.mean([sum(a == b for i, a in enumerate(r) for b in r[:i]) * 2 / len(r) / (len(r) - 1) for r in rows])
    if (shares == 1).any():
        assert math.isnan(found.value)
        return
    assert found.value == pytest.approx((agreeing - (shares**2).sum()) / (1 - (shares**2).sum()))
    left = [kappa.fleiss(np.delete(counts, at, 0)).value for at in range(len(rows))]
    if not any(map(math.isnan, left)) and np.std(left) > 0.01:
        jackknife = math.sqrt((len(rows) - 1) * np.mean((np.array(left) - np.mean(left)) ** 2))
        assert found.se == pytest.approx(jackknife, rel=0.35)


def test_the_interval_of_a_perfect_kappa_is_narrow_and_that_of_the_example_holds_its_value(example):
    perfect = kappa.fleiss([[3, 0], [0, 3], [3, 0], [0, 3]])
    assert (perfect.low, perfect.value, perfect.high) == (1.0, 1.0, 1.0)
    between = example.between[1]
    assert (round(between.low, 2), round(between.high, 2)) == (0.68, 0.91)  # a bootstrap of the parts: 0.66 … 0.90
    assert example.versus["A"][1].low < example.versus["A"][1].value < example.versus["A"][1].high <= 1


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60))
def test_cohens_kappa_is_agreement_beyond_that_of_pairing_everything_with_everything(pairs):
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    ours = kappa.cohen(kappa.crosstab(first, second, range(4))).value
    chance = sum(a == b for a in first for b in second) / len(pairs) ** 2
    if chance == 1:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx((sum(a == b for a, b in pairs) / len(pairs) - chance) / (1 - chance), abs=1e-9)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 40))
def test_exact_intervals_hold_the_share_and_stay_within_0_and_1(matched, of):
    share = kappa.share(min(matched, of), of)
    assert 0 <= share.low <= share.value + 1e-12 and share.value - 1e-12 <= share.high <= 1


def test_a_share_without_any_is_no_number():
    assert math.isnan(kappa.share(0, 0).value)


def test_a_missing_rating_is_named():
    ratings, _ = aiag.ratings()
    with pytest.raises(BadInput, match="C rated the part “50” 2 of 3 times"):
        study(ratings[:-1])


def test_a_rating_that_is_there_twice_is_no_second_trial():
    with pytest.raises(BadInput, match="A rated the part “1” twice in trial 1"):
        study(
            [
                Rating("1", "A", 1, "ok"),
                Rating("1", "A", 1, "bad"),
                Rating("1", "B", 1, "ok"),
                Rating("1", "B", 2, "ok"),
            ]
        )


def test_a_word_for_good_that_nobody_used_is_refused():
    ratings, truth = aiag.ratings()
    with pytest.raises(BadInput, match="good is one of: 0, 1"):
        study(ratings, truth, good="ok")


def test_one_appraiser_who_rates_once_is_no_study():
    with pytest.raises(BadInput, match="nothing to compare"):
        study([Rating("1", "A", 1, "ok")])


def test_a_study_without_reference_has_no_misses(example):
    ratings, _ = aiag.ratings()
    found = study(ratings)
    assert found.decisions == {} and found.together is None and found.pairs == example.pairs


def test_more_than_two_categories_are_compared_too():
    ratings = [
        Rating(str(p), who, t, "abc"[(p + (who == "B" and p == 4)) % 3])
        for p in range(9)
        for who in "AB"
        for t in (1, 2)
    ]
    found = study(ratings, {str(p): "abc"[p % 3] for p in range(9)}, good="a")
    assert found.versus["A"][0].matched == 9 and found.versus["B"][0].matched == 8


def test_a_study_comes_from_a_csv_file(tmp_path: Path, example):
    ratings, truth = aiag.ratings()
    file = tmp_path / "study.csv"
    lines = [
        "part,appraiser,trial,rating,reference",
        *(f"{r.part},{r.appraiser},{r.trial},{r.value},{truth[r.part]}" for r in ratings),
    ]
    file.write_text("\n".join(lines), "utf-8")
    assert study(*read_study(file)).to_json() == example.to_json()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("part,who\n1,A", "needs rows"),
        ("", "needs rows"),
        ("part,appraiser,trial,rating\n1,A,first,ok", "line 2"),
        ("part,appraiser,trial,rating,reference\n1,A,1,ok,ok\n1,A,2,ok,bad", "line 3"),
        ("part,appraiser,trial,rating\n1,A,1,ok\n\n1,A,2,", "line 4"),
    ],
)
def test_a_bad_csv_file_is_refused_with_its_line(tmp_path: Path, text, reason):
    file = tmp_path / "study.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=reason):
        read_study(file)


def test_crosstab_counts_rows_for_the_first():
    assert np.array_equal(kappa.crosstab("aab", "abb", "ab"), [[1, 1], [0, 1]])
