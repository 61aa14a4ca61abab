"""A real training that gives way, stands still, is killed, and goes on by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.jobs import Job, resume_lost, wait
from engine.jobs.working import GENTLY
from engine.modeling.graphs import new_graph
from engine.training.runs import read_metrics, run_of_job, start_run
from engine.workspace import Workspace

pytestmark = pytest.mark.slow
SETTINGS = {
    "data.width": 96, "data.height": 96, "augment.crop": 64, "backbone.width": 8, "neck.width": 16, "train.batch": 2,
    "train.steps": 60, "train.checks": 1,
}  # fmt: skip


@pytest.fixture
def parts(workspace: Workspace, tmp_path: Path, warm_jobs: None, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("LINESIDE_CHECKPOINT_EVERY_S", "0.1")
    monkeypatch.setenv("LINESIDE_DEVICE", "cpu")
    import_data(workspace, make_sample(tmp_path / "sample", count=8))
    create_version(workspace, "v1", split="70/30/0")
    new_graph(workspace, "parts", "detection")
    return workspace


def at_step(job: Job) -> int:
    """Wait for the first figures, and give the worker."""
    while not any(event["event"] == "metric" for event in job.events()[0]):
        assert job.status().active, job.status()
        time.sleep(0.01)
    return int(next(event["pid"] for event in reversed(job.events()[0]) if event["event"] == "started"))


def losses(ws: Workspace, job: Job) -> list[float]:
    return [line["loss"] for line in read_metrics(run_of_job(ws, job).folder) if "loss" in line]


def test_a_training_that_rests_stands_still_and_is_killed_learns_the_same_and_counts_only_its_work(
    parts: Workspace,
) -> None:
    plain = start_run(parts, "parts", "v1", SETTINGS)
    assert wait(parts, plain).state == "done"
    job = start_run(parts, "parts", "v1", SETTINGS)
    worker = at_step(job)
    (parts.path / "jobs" / "at-work").touch()  # as the window does
    begun = time.monotonic()
    os.kill(worker, signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(["tail", "-f", "/dev/null"], timeout=5.0)
    assert (job.folder / GENTLY).exists()
    os.kill(worker, signal.SIGCONT)
    while not any("Stood still" in event.get("text", "") for event in job.events()[0]):
        assert job.status().active, job.status()
        time.sleep(0.01)
    os.kill(worker, signal.SIGKILL)
    assert wait(parts, job).state == "killed"
    assert [found.id for found in resume_lost(parts)] == [job.id]
    assert wait(parts, job).state == "done"
    result = job.result()
    assert result is not None
    assert result["seconds"] < time.monotonic() - begun - 4
    assert losses(parts, job) == losses(parts, plain)
