"""Trainings on a real box over SSH: the same run as here, whatever happens to the link, the workbench and the worker."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.deployment.elsewhere import elsewhere
from engine.errors import TargetError
from engine.jobs import Job, start_again, wait
from engine.modeling.graphs import new_graph
from engine.training.models import list_models
from engine.training.runs import read_metrics, run_of_job, start_run
from engine.workspace import Workspace
from tests.integration.deployment.conftest import add_box  # noqa: F401  a fixture

pytestmark = [pytest.mark.slow]
PYTHON = Path(sys.prefix).resolve() / "bin" / "python"
LENT = (Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve())
SETTINGS = {
    "data.width": 64, "data.height": 64, "augment.crop": 64, "backbone.width": 8, "neck.width": 16, "train.batch": 2,
    "train.steps": 12, "train.checks": 2,
}  # fmt: skip


@pytest.fixture
def parts(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with a version and a drawing."""
    import_data(workspace, make_sample(tmp_path / "sample", count=12))
    create_version(workspace, "v1", split="70/30/0")
    new_graph(workspace, "parts", "detection")
    return workspace


@pytest.fixture
def gpu_box(add_box):  # noqa: F811  # the fixture, not the import
    """A box with this machine's Python."""
    return lambda **more: add_box(lent=LENT, python=str(PYTHON), **more)


def told(job: Job, wanted: Callable[[dict], object]) -> dict:
    """The first event that is wanted, when it comes."""
    offset, events = 0, []
    while not (found := [event for event in events if wanted(event)]):
        assert job.status().active, job.status()
        events, offset = job.events(offset)
        time.sleep(0.02)
    return found[0]


def metric(event: dict) -> bool:
    return event["event"] == "metric"


def figures(job: Job) -> list[tuple[int, dict]]:
    """All that was told of steps, in the order in which it was."""
    return [(event["step"], event["values"]) for event in job.events()[0] if metric(event)]


def curve(ws: Workspace, job: Job) -> list[dict[str, float]]:
    return read_metrics(run_of_job(ws, job).folder)


def test_a_training_on_a_box_is_the_training_here(parts, gpu_box, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)  # sums depend on the threads; the box takes all
    _box, name = gpu_box()
    repeatable = SETTINGS | {"train.deterministic": True}
    here = start_run(parts, "parts", "v1", repeatable)
    there = start_run(parts, "parts", "v1", repeatable, elsewhere=elsewhere(parts, name))
    assert wait(parts, here).state == "done"
    status = wait(parts, there)
    assert status.state == "done", (status.error, status.details)
    assert curve(parts, here) == curve(parts, there)
    one, other = (run_of_job(parts, job).folder / "weights.safetensors" for job in (here, there))
    assert one.read_bytes() == other.read_bytes()
    assert len(list_models(parts)) == 2


def test_a_cut_link_and_a_killed_workbench_lose_nothing_and_double_nothing(parts, gpu_box):
    box, name = gpu_box()
    job = start_run(parts, "parts", "v1", SETTINGS | {"train.steps": 150}, elsewhere=elsewhere(parts, name))
    told(job, metric)
    box.link("down")
    told(job, lambda event: "its link is tried again" in event.get("text", ""))
    for process in ("supervisor", "worker"):
        os.kill(json.loads((job.folder / "worker.json").read_text())[process], signal.SIGKILL)
    assert wait(parts, job).state == "killed"
    box.link("up")
    assert [again.id for again in start_again(parts)] == [job.id]
    assert wait(parts, job).state == "done"
    assert figures(job) == figures(Job(box.root / "var/lib/lineside/work/jobs" / job.id))
    assert [line["step"] for line in curve(parts, job) if "loss" in line] == list(range(1, 151))


def test_what_ends_on_the_box_is_told_and_goes_on_when_asked(parts, gpu_box):
    box, name = gpu_box()
    job = start_run(parts, "parts", "v1", SETTINGS | {"train.steps": 150}, elsewhere=elsewhere(parts, name))
    second = start_run(parts, "parts", "v1", SETTINGS, elsewhere=elsewhere(parts, name))
    told(job, metric)
    job.pause()
    told(second, lambda event: event.get("message", "").startswith("On box1: Waits"))
    second.cancel()
    assert wait(parts, second).state == "cancelled"
    box.run("kill -9 $(pgrep -P $(pgrep -o -f engine.jobs.worker))")
    status = wait(parts, job)
    assert (status.state, status.error) == ("failed", "On box1: The job was ended from outside (SIGKILL); resume it.")
    job.resume()
    before = len(figures(job))
    told(job, lambda _: len(figures(job)) > before)
    job.cancel()
    assert wait(parts, job).state == "cancelled"
    assert "engine.jobs.worker" not in box.run("ps ax -o args")
    job.resume()
    assert wait(parts, job).state == "done"
    assert {line["step"] for line in curve(parts, job) if "loss" in line} == set(range(1, 151))


def test_what_a_box_lacks_for_a_training_is_told_with_how_to_get_it(parts, add_box):  # noqa: F811  # the fixture, not the import
    _box, name = add_box()
    with pytest.raises(TargetError, match=r"has no “python3”; install Python 3\.11 or later"):
        elsewhere(parts, name)
    base = Path(sys.base_prefix).resolve()
    _box, name = add_box(lent=(base,), python=str(base / "bin" / "python3"))
    with pytest.raises(TargetError, match=r"lacks torch, .*install there: .*python3.* -m pip install torch==2"):
        elsewhere(parts, name)


def test_a_full_disk_of_the_box_is_told(parts, gpu_box):
    _box, name = gpu_box(root="/data/lineside", data_size="1m")
    job = start_run(parts, "parts", "v1", SETTINGS, elsewhere=elsewhere(parts, name))
    status = wait(parts, job)
    assert status.state == "failed"
    assert "MB free in /data/lineside" in status.error
