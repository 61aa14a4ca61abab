"""The judge of a new release: what it decides, and that it says why."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from engine.deployment.judge import Judge
from engine.deployment.policy import Policy
from engine.deployment.reasons import parts, sentence
from engine.errors import BadInput
from engine.serving.metrics import Metrics
from tests.benchmarks.release_judge import BAD, GOOD, USUAL, Release, watched


class Running:
    """A release as its `/metrics` tell of it."""

    def __init__(self) -> None:
        self.metrics = Metrics()

    def answer(self, many: int, *, failed: int = 0, seconds: float = 0.02, rejected: int = 0) -> Running:
        for number in range(many):
            status = "500" if number < failed else "200"
            self.metrics.count("lineside_requests_total", path="predict", status=status)
            self.metrics.observe("lineside_request_seconds", seconds, path="predict")
            if number < many - failed:
                bad = number < rejected
                self.metrics.count("lineside_images_total")
                self.metrics.count("lineside_images_rejected_total", bad)
                self.metrics.count("lineside_images_with_label_total", bad, label="dent")
                self.metrics.observe("lineside_top_score", 0.8 * bad)
                self.metrics.observe("lineside_objects", bad)
        return self

    def text(self) -> str:
        return self.metrics.text()


@pytest.fixture
def old() -> Running:
    return Running().answer(200, rejected=60)


def step(judge: Judge, old: Running, new: Running, times: int = 10, many: int = 5, **how):
    """Several looks, between which both answer; the last verdict."""
    for _ in range(times):
        old.answer(20, rejected=6)
        new.answer(many, **{"rejected": 1 + _ % 2, **how})
        verdict = judge.look(old.text(), new.text())
        if verdict.decision != "go on":
            break
    return verdict


def begun(old: Running, new: Running, **policy) -> Judge:
    judge = Judge(Policy.of(policy), clock=lambda: 100.0)
    judge.look(old.text(), new.text())
    return judge


def test_a_release_that_does_as_well_is_passed_after_the_least_requests(old):
    new = Running()
    judge = begun(old, new)
    assert step(judge, old, new, times=9).decision == "go on"
    verdict = step(judge, old, new)
    assert (verdict.decision, verdict.why) == (
        "promote",
        ("The new release answered 50 requests, the old one 200; nothing speaks against it.",),
    )
    judge.next_step()
    assert step(judge, old, new, times=9).decision == "go on"
    assert step(judge, old, new).decision == "promote"


def test_failing_requests_take_a_release_back_and_the_reason_has_the_numbers(old):
    new = Running()
    judge = begun(old, new)
    verdict = step(judge, old, new, failed=2, times=20)
    assert verdict.decision == "take back"
    failed, asked = map(int, re.match(r"(\d+) of (\d+) requests failed on the new release", verdict.why[0]).groups())
    assert failed == 2 * asked / 5
    assert verdict.why[0].endswith(f", 0 of {4 * asked} on the old.")
    assert re.fullmatch(r"The chance of this by accident is below 1 in [125][0,]+\.", verdict.why[-1])


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"seconds": 0.06}, "took longer than"),
        ({"rejected": 0}, "0 of "),
        ({"rejected": 5}, "parts are called bad by the new release"),
    ],
)
def test_slow_answers_and_other_answers_are_named(old, how, said):
    new = Running()
    verdict = step(begun(old, new), old, new, times=20, **how)
    assert verdict.decision == "take back"
    assert any(said in sentence for sentence in verdict.why)


def test_a_release_that_ended_or_does_not_answer_is_taken_back(old):
    new = Running().answer(5)
    judge = begun(old, new)
    again = Running()
    again.metrics.gauge("lineside_start_time_seconds", 9e9)
    assert judge.look(old.text(), again.text()).decision == "take back"
    judge = begun(old, new, silent=3)
    assert [judge.look(old.text(), "").decision for _ in range(3)] == ["go on", "go on", "take back"]


def test_nothing_is_compared_while_the_old_release_does_not_answer_or_was_started_again(old):
    new = Running()
    judge = begun(old, new)
    assert judge.look("", new.answer(20, failed=20).text()).decision == "go on"
    fresh = Running()
    fresh.metrics.gauge("lineside_start_time_seconds", 9e9)
    assert judge.look(fresh.text(), new.text()).decision == "go on"
    assert judge.evidence["errors"] == 0


def test_too_few_requests_in_the_time_end_a_step():
    now = [0.0]
    judge = Judge(Policy(seconds=60), clock=lambda: now[0])
    now[0] = 1.0
    old, new = Running().answer(10), Running()
    judge.look(old.text(), new.text())
    now[0] = 62.0
    verdict = judge.look(old.answer(5).text(), new.answer(3).text())
    assert verdict.decision == "take back"
    assert verdict.why == (
        "Only 3 of at least 50 requests reached the new release within 60 s; that is too few to judge it.",
    )


def test_disagreement_on_the_same_images_takes_back(old):
    new = Running()
    judge = begun(old, new)
    judge.compared([0.95] * 10)
    assert judge.evidence["disagreement"] < 0
    judge.compared([0.1] * 30)
    verdict = step(judge, old, new, times=1)
    assert verdict.decision == "take back"
    assert "disagree by" in verdict.why[0]


def test_disagreement_is_read_from_the_metrics_of_either_release(old):
    new = Running()
    judge = begun(old, new)
    old.metrics.count("lineside_compared_images_total", 30)
    old.metrics.count("lineside_disagreement_total", 27)
    assert step(judge, old, new, times=1).decision == "take back"


def test_a_judge_goes_on_from_its_json(old):
    new = Running()
    judge = begun(old, new, silent=4)
    for _ in range(4):
        step(judge, old, new, times=1, failed=1)
        judge = Judge.from_json(json.loads(json.dumps(judge.to_json())), clock=lambda: 100.0)
    straight = Judge.from_json(judge.to_json(), clock=lambda: 100.0)
    assert straight.evidence == judge.evidence
    assert judge.evidence["errors"] > 1
    assert judge.policy.silent == 4


def test_every_reason_keeps_its_figures_and_can_be_said_in_another_language(old):
    for how in ({"failed": 3}, {"seconds": 0.3}, {"rejected": 5}, {}):
        new = Running()
        for said in step(begun(old, new), old, new, times=30, **how).why:
            kept = json.loads(json.dumps(parts(said)))
            assert sentence("", kept) == said
            assert sentence("", kept, lambda pattern: f"[{pattern}]") == f"[{said}]"
    assert sentence("It broke.", parts("It broke."), str.upper) == "It broke."


def test_a_release_whose_limits_of_time_are_others_is_judged_by_the_rest(old, monkeypatch):
    from engine.serving import metrics

    old = Running().answer(200, rejected=60)
    text = old.text()
    monkeypatch.setitem(metrics._FINER, "lineside_request_seconds", (0.5, 1.0))
    new = Running()
    judge = Judge(clock=lambda: 1.0)
    judge.look(text, new.text())
    new.answer(20, rejected=6)
    judge.look(text.replace('status="200"} 200', 'status="200"} 260'), new.text())
    assert judge.evidence["latency"] == 0
    assert judge.evidence["errors"] != 0


def test_most_bad_releases_are_caught_within_fifty_requests_and_no_good_one_is_taken_back():
    for name in ("errors_20", "p99_3x", "all_good"):
        caught = [watched(BAD[name], seed, 200)[0] for seed in range(9)]
        assert sorted(one or 999 for one in caught)[5] <= 50, (name, caught)
    for kind in GOOD.values():
        assert [watched(kind, seed, 250, share=0.3)[0] for seed in range(2)] == [None, None]


def test_a_model_that_finds_more_than_before_by_its_history_is_named():
    policy = Policy(tests=("rejects",), rejects_before=(0.1, 0.3), least=400)
    caught, why, *_ = watched(replace(USUAL, defects=0.9), 1, 400, policy=policy)
    assert caught is not None
    assert "called bad by the new release" in why[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [("alpha = 2", "alpha"), ("tests = ['luck']", "tests"), ("colour = 1", "colour"), ("alpha =", "not a policy")],
)
def test_a_policy_that_cannot_be_used_is_refused_by_the_key(tmp_path, text, said):
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        Policy.load(path)


def test_a_policy_is_read_from_toml_and_json(tmp_path):
    (tmp_path / "plan.toml").write_text("alpha = 0.001\ntests = ['errors', 'latency']\n")
    (tmp_path / "plan.json").write_text('{"least": 20}')
    assert Policy.load(tmp_path / "plan.toml").tests == ("errors", "latency")
    assert Policy.load(tmp_path / "plan.json").least == 20
    with pytest.raises(BadInput, match="cannot be read"):
        Policy.load(tmp_path / "none.toml")


def test_releases_of_a_simulation_count_as_the_runtime_does():
    import numpy as np

    release = Release(USUAL, np.random.default_rng(1))
    release.answer(100)
    told = release.told()
    assert told.seconds[float("inf")] == told.requests == 100
    assert told.objects[0] == told.images - told.rejected
