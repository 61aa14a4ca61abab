"""What is seen of a rollout while it goes on, at a real gateway under load."""

from __future__ import annotations

import threading

import pytest

from engine.deployment import releases, rollout
from engine.deployment.judge import Verdict
from engine.deployment.live import Live
from engine.deployment.plan import Plan
from engine.errors import BadInput
from tests.integration.deployment.load import Load
from tests.integration.deployment.program import add_artifact
from tests.integration.deployment.test_process_target import until


def test_both_releases_are_seen_with_share_speed_and_errors_and_how_far_the_judge_is(workspace, process_target):
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "broken", "errors")
    process_target()
    first = releases.deploy(workspace, "alpha", "local")
    live = Live(workspace, "local")
    seen = live.look()
    assert (seen.old.release.id, seen.old.weight, seen.new, seen.going) == (first.id, 100, None, None)
    plan = Plan("canary", (40, 100), requests=10_000)  # errors of 100 % are let through, so that it goes on
    args = (workspace, "broken", "local", plan)
    with pytest.raises(BadInput, match="alpha"):
        rollout.start(*args, limits={"alpha": 2})
    assert len(releases.list_releases(workspace)) == 1, "nothing was begun"
    over = threading.Event()

    def progress(stage, *_):
        if over.is_set():
            raise InterruptedError

    def drive():
        with pytest.raises(InterruptedError):
            rollout.start(*args, progress, limits={"errors": 0.99}, interval=0.05)

    driver = threading.Thread(target=drive)
    with Load(first.endpoint) as load:
        driver.start()
        until(lambda: len(load.failed) > 20, 30)
        seen = live.look()
        over.set()
        driver.join()
        until(lambda: len(load.failed) > 40, 30)
        seen = live.look()
    assert (seen.old.weight, seen.new.weight) == (60, 40)
    assert seen.old.failed == 0 and seen.new.failed == seen.new.requests > 40
    assert seen.old.rate > 0 and 20 <= seen.old.p50_ms <= seen.old.p99_ms
    going = seen.going
    assert (going.step, going.needed, going.limit) == (0, 10_000, pytest.approx(100))
    assert 40 < going.asked <= seen.new.requests
    assert going.evidence["errors"] < 5, "no more fail than is let through"
    assert going.verdict is None or isinstance(going.verdict, Verdict)
    rollout.take_back(workspace, "local")
    assert live.look().new is None
    live.close()
