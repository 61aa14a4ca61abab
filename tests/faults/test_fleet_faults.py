"""Faults of an order to a fleet, made for real: the workbench killed at each step, and what the next one makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from engine.deployment import releases, targets
from engine.deployment.fleet import driving, fleets, looking, orders
from engine.errors import WorkspaceBusy
from engine.workspace import Workspace
from tests.integration.deployment.program import add_artifact

DRIVE = """
import os, signal, sys
from engine.deployment.fleet import driving
from engine.deployment.fleet.plan import Plan
from engine.workspace import Workspace

moment, name = sys.argv[2:]


def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def watch(order):
    wave = order.waves[1]
    if moment == "written before" and any(step.state == "updating" for step in wave):
        end()
    if moment == "written after" and any(step.state == "done" for step in wave):
        end()
    print("moved", flush=True)


def progress(self, stage, *_):
    if stage == moment and self.order.wave == 1:
        end()


driving._Drive._progress = progress
with Workspace.open(sys.argv[1]) as workspace:
    driving.start(workspace, name, "line", Plan(soak_s=0, parallel=2), watch)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A closed workspace with a fleet of three targets on this machine; all that it started is ended with the tests."""
    names = [f"box{number}" for number in range(3)]
    with Workspace.create(tmp_path_factory.mktemp("fleet") / "line") as workspace:
        for name in ("alpha", "beta"):
            add_artifact(workspace, name)
        fleets.create(workspace, "line")
        for name in names:
            targets.add_target(workspace, name, "process://local", port_base=20000 + os.getpid() % 400 * 20, gateway="no",
                               mode="interpreter")  # fmt: skip
        fleets.add(workspace, "line", names)
    yield workspace.path
    with Workspace.open(workspace.path) as workspace:
        for name in names:
            with targets.open_target(workspace, name) as target:
                target.remove()


@pytest.mark.parametrize(
    ("moment", "name"),
    [("written before", "alpha"), ("done", "beta"), ("written after", "alpha")],
)  # fmt: skip
def test_an_order_whose_workbench_is_killed_goes_on_where_it_was(folder, moment, name):
    killed = subprocess.run([sys.executable, "-c", DRIVE, str(folder), moment, name], stdout=subprocess.DEVNULL)
    assert killed.returncode == -signal.SIGKILL
    with Workspace.open(folder) as again:
        before = orders.pending(again, "line")
        assert (before.state, before.driven, before.steps["box0"].state) == ("running", False, "done")
        first = releases.current_release(again, "box0").id
        done = driving.proceed(again, "line")
        assert (done.state, done.count("done")) == ("done", 3)
        assert releases.current_release(again, "box0").id == first, "what was done is not done again"
        looking.look(again, "line")
        assert {(box.state, box.runs) for box in looking.table(again, "line")} == {("right", name)}
        running = [one.state for box in ("box1", "box2") for one in releases.status(again, box).releases]
        assert running.count("running") == 2, "no release of a killed update is left over"


def test_another_program_pauses_an_order_and_the_one_that_carries_it_out_obeys(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVE, str(folder), "never", "beta"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "moved\n"
    with pytest.raises(WorkspaceBusy):
        Workspace.open(folder)
    driving.tell(folder, "line", "pause", "Ada")
    assert process.wait(60) == 0
    with Workspace.open(folder) as workspace:
        paused = orders.pending(workspace, "line")
        assert (paused.state, paused.history[-1]["by"]) == ("paused", "Ada")
        assert driving.proceed(workspace, "line").state == "done"
