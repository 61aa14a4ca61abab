"""Faults of a rollout, made for real: the workbench killed at each step, and what the next one makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from engine.deployment import releases, rollout, targets
from engine.deployment.judge import Verdict
from engine.workspace import Workspace
from tests.integration.deployment.load import Load
from tests.integration.deployment.program import add_artifact

DRIVE = """
import os, signal, sys
from engine.deployment import rollout
from engine.deployment.judge import Verdict
from engine.deployment.plan import Plan
from engine.workspace import Workspace

moment, decision = sys.argv[2:]
noted = rollout._Run.note


def note(self, what, *why, **more):
    noted(self, what, *why, **more)
    if what == moment:
        os.kill(os.getpid(), signal.SIGKILL)


rollout._Run.note = note


def progress(stage, *_):
    if stage == moment:
        os.kill(os.getpid(), signal.SIGKILL)


with Workspace.open(sys.argv[1]) as workspace:
    rollout.start(workspace, "beta", "local", Plan("canary", (30, 60, 100), requests=0), progress,
                  look=lambda old, new: Verdict(decision, ("So it was decided.",)), interval=0.01)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace with a target on this machine, closed; all that it started is ended with the tests."""
    with Workspace.create(tmp_path_factory.mktemp("rollout") / "line") as workspace:
        for name in ("alpha", "beta"):
            add_artifact(workspace, name)
        targets.add_target(workspace, "local", "process://local", port_base=20000 + os.getpid() % 400 * 20)
    yield workspace.path
    with Workspace.open(workspace.path) as workspace, targets.open_target(workspace, "local") as target:
        target.remove()


@pytest.mark.parametrize(
    ("moment", "decision", "share"),
    [
        ("start", "promote", 0), ("ready", "promote", 0), ("step", "promote", 30), ("passed", "promote", 30),
        ("promoted", "promote", 60), ("drain", "promote", 100), ("taken back", "take back", 30),
    ],
)  # fmt: skip
def test_a_killed_workbench_leaves_the_traffic_and_the_next_one_goes_on(folder, moment, decision, share):
    with Workspace.open(folder) as workspace:
        first = releases.deploy(workspace, "alpha", "local")
    with Load(first.endpoint, 2) as load:
        load.wait_for("alpha")
        killed = subprocess.run([sys.executable, "-c", DRIVE, str(folder), moment, decision])
        assert killed.returncode == -signal.SIGKILL
        with Workspace.open(folder) as again:
            key = releases.list_releases(again, "local")[0].details["key"]
            now = {one["release"]: one["weight"] for one in rollout.shares(again, "local")}
            assert now.get(key, 0) == share
            load.wait_for("alpha" if share < 100 else "beta")
            if share < 100:
                ended = rollout.proceed(
                    again, "local", look=lambda old, new: Verdict("promote", ("It is good.",)), interval=0.01
                )
            else:
                ended = releases.current_release(again, "local")
            assert ended.name == ("alpha" if decision == "take back" else "beta") and ended.traffic == 100
            assert releases.rolling(again, "local") is None
            load.wait_for(ended.name, 5)
            assert releases.status(again, "local").message == ""
    assert load.failed == []
