"""Orders to fleets of real processes on this machine."""

from __future__ import annotations

import os

import pytest

from engine.deployment import predict, releases, targets
from engine.deployment.fleet import driving, fleets, looking
from engine.deployment.fleet.plan import Plan, waves_of
from engine.deployment.receipts import Receipt
from engine.errors import UsageError
from tests.integration.deployment.program import add_artifact

AT_ONCE = Plan(soak_s=0, parallel=3, tries=2, pause_s=0.1)


@pytest.fixture
def line(workspace, process_target):
    """A fleet of three targets in two groups; without a gateway, which is not what is tested."""
    for name in ("alpha", "beta"):
        add_artifact(workspace, name)
    fleets.create(workspace, "line", ("front", "back"))
    for number in range(3):
        process_target(f"box{number}", mode="interpreter", gateway="no")
    fleets.add(workspace, "line", ["box0", "box1"], "front")
    fleets.add(workspace, "line", ["box2"], "back")
    return "line"


def boxes(workspace):
    return {box.target: box for box in looking.table(workspace, "line")}


def test_an_order_goes_through_pilot_and_groups_and_each_wave_begins_when_the_one_before_is_done(
    workspace, line, image_file
):
    seen = []
    order = driving.start(
        workspace, "alpha", line, AT_ONCE, lambda now: seen.append({s.target: s.state for s in now.steps.values()})
    )
    assert order.state == "done"
    assert [[step.target for step in wave] for wave in order.waves] == [["box0"], ["box1"], ["box2"]]
    for state in seen:
        for earlier, later in (("box0", "box1"), ("box1", "box2")):
            assert state[earlier] == "done" or state[later] == "waiting"
    assert [entry["what"] for entry in order.history] == ["begun", "wave", "passed", "wave", "passed", "wave", "done"]
    assert {predict.predict(workspace, f"box{number}", image_file)["model"] for number in range(3)} == {"alpha"}
    assert {box.state for box in boxes(workspace).values()} == {"right"}
    again = driving.start(workspace, "alpha", line, AT_ONCE)
    assert again.state == "done"
    assert len(releases.list_releases(workspace)) == 3, "targets that have it are left as they are"
    some = driving.start(workspace, "beta", line, AT_ONCE, groups=["back"])
    assert list(some.steps) == ["box2"]
    assert {box.state for box in boxes(workspace).values()} == {"right"}, "the others should run what they run"
    assert fleets.get(workspace, line).should == ["alpha", "beta"]


def test_an_order_stops_where_more_of_a_wave_fails_than_may_and_goes_on_without_them_when_told(workspace, line):
    add_artifact(workspace, "broken", "crash")
    driving.start(workspace, "alpha", line, AT_ONCE)
    stopped = driving.start(workspace, "broken", line, AT_ONCE)
    assert stopped.state == "stopped"
    assert stopped.why == "1 of 1 targets of wave 1 failed; 0 are let through."
    assert [step.state for step in stopped.steps.values()] == ["failed", "waiting", "waiting"]
    failed = boxes(workspace)["box0"]
    assert (failed.state, failed.runs) == ("failed", "alpha")
    assert "the weights cannot be read" in failed.message
    with pytest.raises(UsageError, match="is stopped; continue or abort it first"):
        driving.start(workspace, "beta", line, AT_ONCE)
    assert driving.proceed(workspace, line).steps["box0"].state == "failed", "it was tried again"
    further = driving.proceed(workspace, line, leave=True)
    assert [step.state for step in further.steps.values()] == ["left", "failed", "waiting"]
    assert driving.abort(workspace, line).state == "aborted"
    assert {box.state for box in boxes(workspace).values()} == {"right"}, "what should run is what did before"


def test_a_target_that_does_not_answer_is_tried_again_and_counts_as_failed_within_the_share_that_may(
    workspace, line, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    targets.add_target(workspace, "cut", f"ssh://root@127.0.0.1:9{os.getpid() % 10}")
    fleets.add(workspace, line, ["cut"], "back")
    plan = Plan(soak_s=0, parallel=8, tries=2, pause_s=0.1, allowed=0.5)
    order = driving.start(workspace, "alpha", line, plan)
    assert (order.state, order.count("done"), order.why) == ("done", 3, "It is through: 3 have it, 1 failed.")
    assert (order.steps["cut"].state, order.steps["cut"].tries) == ("failed", 2)
    assert boxes(workspace)["cut"].state == "silent"
    assert boxes(workspace)["cut"].answered is None


def test_an_order_that_is_paused_finishes_what_it_does_and_goes_on_where_it_was(workspace, line):
    def pause(order):
        if order.count("done") == 1 and order.state == "running":
            driving.pause(workspace, line)

    paused = driving.start(workspace, "alpha", line, AT_ONCE, pause)
    assert paused.state == "paused"
    assert paused.count("updating") == 0
    assert 0 < paused.count("waiting") < 3
    assert not paused.driven
    done = driving.proceed(workspace, line)
    assert done.state == "done"
    assert len(releases.list_releases(workspace)) == 3


def test_the_table_tells_what_runs_where_and_how_it_differs(workspace, line):
    driving.start(workspace, "alpha", line, AT_ONCE)
    releases.deploy(workspace, "beta", "box1")
    releases.remove_release(workspace, "box2")
    with targets.open_target(workspace, "box0") as target:
        target.stop(releases.current_release(workspace, "box0").details["key"], 0)
    looking.look(workspace, line)
    found = boxes(workspace)
    assert {name: box.state for name, box in found.items()} == {
        "box0": "sick", "box1": "other", "box2": "nothing",
    }  # fmt: skip
    assert (found["box1"].should, found["box1"].runs) == ("alpha", "beta")
    mended = driving.start(workspace, "alpha", line, AT_ONCE)
    assert mended.state == "done"
    assert {box.state for box in boxes(workspace).values()} == {"right"}


def test_a_stick_holds_up_no_wave_and_its_receipt_tells_what_runs(workspace, tmp_path):
    digest = add_artifact(workspace, "alpha")
    stick = tmp_path / "stick"
    stick.mkdir()
    targets.add_target(workspace, "carried", f"bundle://{stick}/line", agent="no")
    fleets.create(workspace, "line")
    fleets.add(workspace, "line", ["carried"])
    order = driving.start(workspace, "alpha", "line", AT_ONCE)
    assert (order.state, order.steps["carried"].state) == ("done", "sent")
    stick.rename(tmp_path / "away")
    looking.look(workspace, "line")
    assert (boxes(workspace)["carried"].state, boxes(workspace)["carried"].runs) == ("carried", "")
    release = releases.list_releases(workspace)[0]
    receipt = {
        "key": release.details["key"],
        "digest": release.details["image"],
        "box": "b1",
        "result": "running",
        "at": 1,
    }
    releases.take_receipts(workspace, [Receipt({**receipt, "digest": digest})])
    looking.look(workspace, "line")
    assert (boxes(workspace)["carried"].state, boxes(workspace)["carried"].runs) == ("right", "alpha")


def test_a_target_belongs_to_one_fleet_and_leaves_it_when_it_is_removed(workspace, process_target):
    process_target("box0")
    process_target("box1")
    fleets.create(workspace, "line", ("front",))
    fleets.create(workspace, "other")
    fleets.add(workspace, "line", ["box0"])
    with pytest.raises(UsageError, match="belongs to the fleet “line”"):
        fleets.add(workspace, "other", ["box1", "box0"])
    assert fleets.get(workspace, "other").members == ()
    targets.remove_target(workspace, "box0")
    assert fleets.get(workspace, "line").members == ()
    with pytest.raises(UsageError, match="No target belongs to the fleet"):
        waves_of(fleets.get(workspace, "line"), 1)
    fleets.remove(workspace, "line")
    assert [fleet.name for fleet in fleets.list_fleets(workspace)] == ["other"]
