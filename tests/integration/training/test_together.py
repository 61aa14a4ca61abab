"""Two processes that share each batch learn what one does, and end together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.data.imports import import_data
from engine.data.versions import create_version
from engine.jobs import Job, wait
from engine.modeling.graphs import new_graph
from engine.training.runs import read_metrics, run_of_job, start_run
from engine.workspace import Workspace

pytestmark = pytest.mark.slow
SETTINGS = {
    "data.width": 64, "data.height": 64, "train.batch": 4, "train.steps": 6, "train.checks": 1, "head.dropout": 0.0, "optimiser.rate": 0.0005,
    "train.precision": "32",
}  # fmt: skip


@pytest.fixture
def sorted_parts(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Twelve small images of two labels, and a classifier with batch normalisation."""
    random = np.random.default_rng(0)
    for number in range(12):
        path = tmp_path / "sorted" / ("good", "spot")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), random.integers(0, 128 + 127 * (number % 2), (64, 64, 3), np.uint8))
    import_data(workspace, tmp_path / "sorted", format="folder_per_class")
    create_version(workspace, "v1", split="70/30/0")
    new_graph(workspace, "sort", "classification-small")
    return workspace


def others(job: Job) -> list[int]:
    """Processes that the job's worker has started."""
    worker = json.loads((job.folder / "worker.json").read_text())["worker"]
    found = subprocess.run(
        ["pgrep", "-P", str(worker), "-f", "together_process"], capture_output=True, text=True, check=False
    )
    return [int(line) for line in found.stdout.split()]


def test_two_processes_learn_what_one_does(sorted_parts: Workspace) -> None:
    """Within 1e-5 of the loss: sums of floats in another order. At a high rate each step would make more of the difference."""
    jobs = [start_run(sorted_parts, "sort", "v1", SETTINGS | {"train.processes": count}) for count in (1, 2)]
    curves = []
    for job in jobs:
        status = wait(sorted_parts, job)
        assert status.state == "done", (status.error, status.details)
        curves.append([line["loss"] for line in read_metrics(run_of_job(sorted_parts, job).folder) if "loss" in line])
    assert len(curves[0]) == 6
    assert curves[1] == pytest.approx(curves[0], rel=1e-5)


def test_a_process_that_dies_ends_the_training_and_a_cancel_ends_all(sorted_parts: Workspace) -> None:
    settings = SETTINGS | {"train.processes": 2, "train.steps": 5000}
    job = start_run(sorted_parts, "sort", "v1", settings)
    until_it_learns(job)
    (other,) = others(job)
    os.kill(other, signal.SIGKILL)
    status = wait(sorted_parts, job)
    assert (status.state, status.error) == (
        "failed", "Process 1 of the training ended with code -9; its output tells more."
    )  # fmt: skip
    job.resume()
    until_it_learns(job)
    (other,) = others(job)
    job.cancel()
    assert wait(sorted_parts, job).state == "cancelled"
    assert not Path(f"/proc/{other}").exists()


def until_it_learns(job: Job) -> None:
    """Wait until a step of this attempt was told."""
    offset = job.events()[1]
    while not any(event["event"] == "metric" for event in job.events(offset)[0]):
        assert job.status().active, job.status()
        time.sleep(0.05)
