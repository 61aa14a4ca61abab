"""Files of expectations: what they may ask, and what is met."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.errors import BadInput, UsageError
from engine.evaluation.compare import Comparison, Difference, ItemChange, McNemar
from engine.evaluation.expectations import Expectations, Found, Verdict, judge, read_expectations, values_of
from engine.evaluation.robustness import Level, Robustness, judged
from engine.evaluation.slices import Group

ROOT = Path(__file__).resolve().parents[3]


def value(number: float | None, low: float | None = None, high: float | None = None):
    return {"value": number, "low": low, "high": high}


def verdicts(document: dict, **found) -> list[Verdict]:
    known = {"figures": {"map50": value(0.9, 0.85, 0.95), "missed": value(0.04, 0.01, 0.08), "empty": value(None)},
             "labels": {"scratch": {"recall": 0.8}}}  # fmt: skip
    return judge(Expectations.model_validate(document), Found(**(known | found)))


@pytest.mark.parametrize(
    ("document", "passed"),
    [
        ({"at_least": {"map50": 0.9}}, True),
        ({"at_least": {"map50": 0.91}}, False),
        ({"at_most": {"missed": 0.04}}, True),
        ({"at_most": {"missed": 0.03}}, False),
        ({"certain": True, "at_least": {"map50": 0.86}}, False),
        ({"certain": True, "at_least": {"map50": 0.85}}, True),
        ({"certain": True, "at_most": {"missed": 0.07}}, False),
        ({"at_least": {"empty": 0.0}}, False),
        ({"label": {"scratch": {"at_least": {"recall": 0.8}}}}, True),
        ({"label": {"scratch": {"at_least": {"recall": 0.81}}}}, False),
    ],
)
def test_bounds_are_met_or_not(document, passed) -> None:
    (verdict,) = verdicts(document)
    assert verdict.passed is passed


@pytest.mark.parametrize(
    ("bad", "more", "passed"),
    [(frozenset(), {}, False), (frozenset({7}), {}, True), (None, {}, True), (frozenset(), {"good_alone": True}, True)],
)
def test_accuracy_of_good_items_alone_is_met_only_where_that_is_allowed(bad, more, passed) -> None:
    figures = {"accuracy": value(1.0), "false_reject": value(0.0)}
    limits = {"at_least": {"accuracy": 0.95}, "at_most": {"false_reject": 0.05}}
    share, rejects = verdicts({**limits, **more}, figures=figures, bad=bad)
    assert (share.passed, rejects.passed) == (passed, True)
    assert ("no bad item" in share.note) is not passed


def test_a_group_of_good_items_alone_is_not_met_by_accuracy() -> None:
    groups = [Group("A", [1, 2], 2, {"accuracy": value(1.0)}), Group("B", [3], 1, {"accuracy": value(1.0)})]
    limits = {"slice": [{"by": "lot", "at_least": {"accuracy": 0.9}}]}
    found = verdicts(limits, slices=[groups], bad=frozenset({3}))
    assert [(one.passed, one.reason) for one in found] == [(False, "nothing_bad"), (True, "")]
    assert all(one.passed for one in verdicts(limits | {"good_alone": True}, slices=[groups], bad=frozenset({3})))


def test_each_group_that_is_large_enough_is_judged() -> None:
    groups = [Group("A", [1, 2], 2, {"missed": value(0.1)}), Group("B", [3], 1, {"missed": value(0.9)})]
    limits = {"by": "lot", "at_most": {"missed": 0.2}}
    both = verdicts({"slice": [limits]}, slices=[groups])
    assert [(one.what, one.passed, one.items) for one in both] == [
        ("lot = A: missed", True, ()), ("lot = B: missed", False, (3,)),
    ]  # fmt: skip
    assert [one.passed for one in verdicts({"slice": [limits | {"min_items": 2}]}, slices=[groups])] == [True]
    assert [one.passed for one in verdicts({"slice": [limits | {"group": "B"}]}, slices=[groups])] == [False]
    with pytest.raises(BadInput, match="gives no group “C”; there are: A, B"):
        verdicts({"slice": [limits | {"group": "C"}]}, slices=[groups])


def test_latency_is_met_only_where_it_was_measured() -> None:
    asked = {"latency": {"at_most_ms": 10}}
    assert [verdicts(asked, latency_ms=ms)[0].passed for ms in (9.9, 10.0, 10.1, None)] == [True, True, False, False]
    assert "lineside export" in verdicts(asked)[0].note


@pytest.fixture
def robustness() -> Robustness:
    def levels(*pairs):
        return [Level(level, score, [7] if score < 0.85 else []) for level, score in pairs]

    darker = judged("darker", "×", levels((0.85, 0.9), (0.7, 0.88), (0.55, 0.5)), 0.9)
    blur = judged("blur", "px", levels((0.5, 0.9), (1.0, 0.9), (2.0, 0.9)), 0.9)
    return Robustness("m:1", 1, "v", 1, "test", "torch", "map50", 60, 0.9, [darker, blur])


@pytest.mark.parametrize(
    ("name", "level", "passed"),
    [("darker", 0.85, True), ("darker", 0.7, True), ("darker", 0.6, False), ("darker", 0.55, False), ("blur", 1.5, True),
     ("blur", 2.0, True), ("noise", 5.0, False)],
)  # fmt: skip
def test_a_model_holds_to_a_level_or_not(robustness, name, level, passed) -> None:
    (verdict,) = verdicts({"holds": {name: level}}, robustness=robustness)
    assert verdict.passed is passed
    assert verdict.items == ((7,) if name == "darker" and not passed else ())


def test_a_level_beyond_what_is_measured_is_refused(robustness) -> None:
    with pytest.raises(BadInput, match="measured to 2 px only, not to 9"):
        verdicts({"holds": {"blur": 9.0}}, robustness=robustness)


def test_a_model_may_be_so_much_worse_than_another_and_no_more() -> None:
    figures = [Difference("map50", 0.9, 0.88, -0.02, -0.05, 0.01), Difference("missed", 0.1, 0.12, 0.02, 0, 0.1)]
    comparison = Comparison(
        "detection", {}, {}, 9, 0, 0, 0, figures, McNemar(1, 0, 8, 0, 1.0), [ItemChange(5, "a", 0, 2)]
    )

    def passed(**against) -> list[bool]:
        found = verdicts({"against": {"model": "m:1", **against}}, comparison=comparison)
        return [one.passed for one in found]

    assert passed(worse_by={"map50": 0.02, "missed": 0.01}) == [True, False]
    assert passed(worse_by={"map50": 0.01, "missed": 0.02}) == [False, True]
    assert passed(items=1) == [True]
    assert passed(items=0) == [False]
    assert verdicts({"against": {"model": "m:1", "items": 0}})[0].passed is False


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"at_least": {"mapp": 1}}, "no figure “mapp” here; there are: map50, missed, empty"),
        ({"label": {"crack": {"at_least": {"recall": 1}}}}, "no label “crack”; there are: scratch"),
    ],
)
def test_what_there_is_not_is_never_passed_over(document, sentence) -> None:
    with pytest.raises(BadInput, match=re.escape(sentence)):
        verdicts(document)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("at_least = 3", "at_least: Input should be a valid dictionary"),
        ("[at_leest]\nmap50 = 1", "at_leest: there is no such key"),
        ("[at_least]\nmap50 = 'much'", "at_least.map50"),
        ("[[slice]]\nat_least = {map50 = 1}", "slice.0.by: Field required"),
        ("[latency]\nat_most_ms = -1", "latency.at_most_ms"),
        ("split = 'all'\n[at_least]\nmap50 = 1", "split"),
        ("[at_least", "is not TOML"),
        ("", "expects nothing"),
        ("[at_least]\n[against]\nmodel = 'm:1'", "expects nothing"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, text, sentence) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=re.escape(sentence)) as told:
        read_expectations(path)
    assert "wrong.toml" in str(told.value)


def test_files_that_cannot_be_read_and_unknown_disturbances_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read_expectations(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="not text"):
        read_expectations(tmp_path / "bytes.toml")
    (tmp_path / "rain.toml").write_text("[holds]\nrain = 1")
    with pytest.raises(UsageError, match="rain"):
        read_expectations(tmp_path / "rain.toml")


def test_the_file_in_the_documentation_is_a_right_one(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "expectations.md").read_text("utf-8")
    (tmp_path / "documented.toml").write_text(text.split("```toml\n")[1].split("```")[0], "utf-8")
    found = read_expectations(tmp_path / "documented.toml")
    assert found.slice[1].group == "true"
    assert found.against is not None
    assert found.against.items == 3


def test_figures_keep_the_value_of_the_evaluation_and_take_the_interval_told_by_item() -> None:
    told = values_of({"metrics": {"map50": 0.9, "map": 0.5}}, {"map50": value(0.8, 0.7, 0.95)})
    assert told == {"map50": value(0.9, 0.7, 0.95), "map": value(0.5)}
