"""A training that is killed at random moments, again and again, ends with the curve of an unbroken one."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.jobs import Job, wait
from engine.modeling.graphs import new_graph
from engine.training.models import list_models
from engine.training.runs import read_metrics, run_of_job, start_run
from engine.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
KILLS = 20
SETTINGS = {
    "data.width": 96, "data.height": 96, "augment.crop": 64, "backbone.width": 8, "neck.width": 16, "train.batch": 2,
    "train.steps": 400, "train.checks": 4,
}  # fmt: skip


def curve(ws: Workspace, job: Job) -> list[dict[str, float]]:
    return read_metrics(run_of_job(ws, job).folder)


def test_twenty_kills_at_random_moments_change_nothing(
    workspace: Workspace, tmp_path: Path, warm_jobs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINESIDE_CHECKPOINT_EVERY_S", "0.1")
    import_data(workspace, make_sample(tmp_path / "sample", count=16))
    create_version(workspace, "v1", split="70/30/0")
    new_graph(workspace, "parts", "detection")
    unbroken = start_run(workspace, "parts", "v1", SETTINGS)
    assert wait(workspace, unbroken).state == "done"
    chance = random.Random(20)
    job = start_run(workspace, "parts", "v1", SETTINGS)
    kills = 0
    while kills < KILLS:
        offset, moving, until = job.events()[1] if kills else 0, chance.random() < 0.8, None
        while job.status().active:
            events, offset = job.events(offset)
            if until is None and any(event["event"] == ("metric" if moving else "started") for event in events):
                until = time.monotonic() + chance.uniform(0, 0.4)
            if until is not None and time.monotonic() > until:
                pids = [event["pid"] for event in job.events()[0] if event["event"] == "started"]
                os.kill(pids[-1], signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.01)
        status = wait(workspace, job)
        if status.state == "done":
            break
        assert status.state == "killed"
        job.resume()
    assert wait(workspace, job).state == "done"
    assert kills >= 8  # a fast machine may come to the end before the twentieth
    assert curve(workspace, job) == curve(workspace, unbroken)
    one, other = (run_of_job(workspace, each).folder / "weights.safetensors" for each in (unbroken, job))
    assert one.read_bytes() == other.read_bytes()
    assert len(list_models(workspace)) == 2
