"""A training as a job: what it leaves behind, how it is stopped, and how it ends when things are wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.errors import UsageError
from engine.jobs import Job, wait
from engine.jobs.kinds import load
from engine.modeling.graphs import new_graph
from engine.training.models import get_model, list_models
from engine.training.runs import get_run, list_runs, read_metrics, run_of_job, start_run, typed
from engine.workspace import Workspace

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
QUICK: dict[str, Any] = {
    "data.width": 96, "data.height": 96, "augment.crop": 64, "backbone.width": 8, "neck.width": 16, "train.batch": 2,
    "train.steps": 12, "train.checks": 2,
}  # fmt: skip


@pytest.fixture
def small(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Sixteen synthetic parts, version “v1”, the graph “parts”."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    import_data(workspace, make_sample(tmp_path / "sample", count=16))
    create_version(workspace, "v1", split="70/30/0")
    new_graph(workspace, "parts", "detection")
    return workspace


def losses(ws: Workspace, job: Job) -> list[tuple[int, float]]:
    lines = read_metrics(run_of_job(ws, job).folder)
    return [(int(line["step"]), line["loss"]) for line in lines if "loss" in line]


def watch(ws: Workspace, job: Job, when: Callable[[dict[str, Any]], bool], act: Callable[[], None]) -> Any:
    acted = []

    def on_event(event: dict[str, Any]) -> None:
        if not acted and when(event):
            acted.append(True)
            act()

    return wait(ws, job, on_event)


def at_step(step: int) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["event"] == "metric" and event["step"] >= step


def test_a_run_leaves_code_weights_records_and_a_numbered_model(small: Workspace) -> None:
    job = start_run(small, "parts", "v1", QUICK)
    seen: list[dict[str, Any]] = []
    status = wait(small, job, seen.append)
    assert status.state == "done", status.details
    run = run_of_job(small, job)
    for name in (
        "graph.json",
        "model.py",
        "run.json",
        "metrics.jsonl",
        "checkpoints/last.ckpt",
        "weights.safetensors",
        "model.json",
    ):
        assert (run.folder / name).is_file(), name
    assert [step for step, _ in losses(small, job)] == list(range(1, 13))
    assert {"version_digest", "seed", "environment", "device", "seconds", "job", "skipped"} <= set(run.details)
    device = next(event for event in seen if event["event"] == "device")
    assert device["why"]
    assert device["why_zh"]
    model = get_model(small, "parts")
    assert (model.title, model.run_id, model.task) == ("parts:1", run.id, "detection")
    assert "val_map50" in model.metrics
    manifest = json.loads((run.folder / "model.json").read_text())
    assert manifest["input"] == {"name": "images", "width": 96, "height": 96, "channels": 3, "layout": "NCHW"}
    assert manifest["labels"]
    assert get_run(small, run.id).id == list_runs(small)[0].id
    assert len(list_models(small)) == 1

    import torch

    from engine.training.load import example_input, load_network

    boxes, scores = load_network(run.folder)(example_input(run.folder))
    assert boxes.shape[-1] == 4
    assert scores.shape[-1] == len(manifest["labels"])
    assert boxes.dtype == torch.float32


def test_the_compiled_code_runs_by_itself_with_the_same_curve(small: Workspace, tmp_path: Path) -> None:
    job = start_run(small, "parts", "v1", QUICK, seed=3)
    assert wait(small, job).state == "done"
    run = run_of_job(small, job)
    out = tmp_path / "alone"
    command = [
        sys.executable,
        str(run.folder / "model.py"),
        "--version-dir",
        str(small.path / "versions" / "1"),
        "--out",
        str(out),
        "--seed",
        "3",
    ]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == 12
    alone = [line["loss"] for line in read_metrics(out) if "loss" in line]
    assert alone == [loss for _, loss in losses(small, job)]


def test_a_killed_and_resumed_run_gives_the_losses_of_an_unbroken_one(
    small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINESIDE_CHECKPOINT_EVERY_S", "0.2")
    settings = {**QUICK, "train.steps": 60}
    unbroken = start_run(small, "parts", "v1", settings, seed=1)
    assert wait(small, unbroken).state == "done"
    broken = start_run(small, "parts", "v1", settings, seed=1)
    status = watch(small, broken, at_step(8), lambda: os.kill(broken.events()[0][0]["pid"], signal.SIGKILL))
    assert status.state == "killed"
    broken.resume()
    assert wait(small, broken).state == "done"
    assert any("last checkpoint" in event.get("text", "") for event in broken.events()[0])
    assert losses(small, broken) == losses(small, unbroken)
    one, other = (run_of_job(small, job).folder / "weights.safetensors" for job in (unbroken, broken))
    assert one.read_bytes() == other.read_bytes()


def test_a_cancelled_run_goes_on_where_it_was(small: Workspace) -> None:
    settings = {**QUICK, "train.steps": 400}
    job = start_run(small, "parts", "v1", settings)
    assert watch(small, job, at_step(3), job.cancel).state == "cancelled"
    made = losses(small, job)
    assert 3 <= len(made) < 400
    again = start_run(small, "parts", "v1", resume=run_of_job(small, job).id)
    assert watch(small, again, at_step(len(made) + 1), again.cancel).state == "cancelled"
    assert losses(small, again)[: len(made)] == made


def test_a_loss_that_is_no_number_ends_the_run_in_plain_words(small: Workspace) -> None:
    job = start_run(small, "parts", "v1", {**QUICK, "optimiser.rate": 1.0, "train.clip": 1e30, "train.steps": 300})
    code = run_of_job(small, job).folder / "model.py"
    job.cancel()
    wait(small, job)
    code.write_text(
        code.read_text()
        .replace("return self.loss(", "return explode(self.loss(")
        .replace("*batch.targets)", "*batch.targets))")
        + EXPLODE
    )
    job.resume()
    status = wait(small, job)
    assert status.state == "failed"
    assert "learning rate is too high" in status.error


EXPLODE = """

def explode(losses: dict) -> dict:
    return {"loss": losses["loss"] * float("inf")}
"""


def test_images_that_cannot_be_read_are_named_and_too_many_of_them_end_the_run(small: Workspace) -> None:
    media = sorted(path for path in (small.path / "media").rglob("*") if path.is_file())
    for path in media[:2]:
        path.chmod(0o600)
        path.write_bytes(b"")
    job = start_run(small, "parts", "v1", {**QUICK, "train.steps": 2})
    assert wait(small, job).state == "done"
    assert len(run_of_job(small, job).details["skipped"]) == 2
    for path in media[2:]:
        path.chmod(0o600)
        path.write_bytes(b"")
    status = wait(small, start_run(small, "parts", "v1", QUICK))
    assert status.state == "failed"
    assert "cannot be read" in status.error


def test_edited_code_that_does_not_run_names_its_line(small: Workspace) -> None:
    job = start_run(small, "parts", "v1", QUICK)
    job.cancel()
    wait(small, job)
    code = run_of_job(small, job).folder / "model.py"
    code.write_text(code.read_text() + "\n\nundefined_name\n")
    lines = len(code.read_text().splitlines())
    job.resume()
    status = wait(small, job)
    assert status.state == "failed"
    assert f"line {lines}" in status.error


def test_collecting_twice_makes_one_model(small: Workspace) -> None:
    job = start_run(small, "parts", "v1", {**QUICK, "train.steps": 1})
    assert wait(small, job).state == "done"
    with small.transaction("Again") as tx:
        load("engine.training.runs:ingest")(small, tx, job.spec, job.result())
    assert [model.number for model in list_models(small)] == [1]


def test_overrides_given_as_text_are_checked(small: Workspace) -> None:
    from engine.modeling.graphs import load_graph

    graph = load_graph(small, "parts")
    given = {
        "train.steps": "5",
        "optimiser.rate": "0.1",
        "augment.quarter_turns": "false",
        "neck.finest": "4",
        "data.channels": "1",
    }
    assert typed(graph, given) == {
        "train.steps": 5,
        "optimiser.rate": 0.1,
        "augment.quarter_turns": False,
        "neck.finest": 4,
        "data.channels": "1",
    }
    for wrong in (
        {"train.steps": "many"},
        {"train.steps": "0"},
        {"train.stepps": "3"},
        {"steps": "3"},
        {"neck.finest": "5"},
    ):
        with pytest.raises(UsageError):
            typed(graph, wrong)


def test_a_classifier_learns_two_kinds_of_image(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np
    from PIL import Image

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    random = np.random.default_rng(0)
    for number in range(24):
        picture = random.integers(0, 60, (40, 40), np.uint8)
        label = "spot" if number % 2 else "plain"
        if label == "spot":
            y, x = random.integers(4, 26, 2)
            picture[y : y + 10, x : x + 10] = 230
        folder = tmp_path / "images" / label
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{number}.png")
    import_data(workspace, tmp_path / "images", format="folder_per_class")
    create_version(workspace, "v1", split="70/30/0")
    new_graph(workspace, "spots", "classification-small")
    settings = {
        "data.width": 64,
        "data.height": 64,
        "backbone.width": 8,
        "train.steps": 60,
        "train.batch": 8,
        "train.average": 0.9,
        "train.class_weights": "balanced",
    }
    job = start_run(workspace, "spots", "v1", settings)
    status = wait(workspace, job)
    assert status.state == "done", status.details
    told = [event.get("text", "") for event in job.events()[0]]
    assert any("plain × " in text and "spot × " in text for text in told)
    assert get_model(workspace, "spots").metrics["val_accuracy"] >= 0.75


def test_a_damaged_checkpoint_makes_the_training_begin_anew(small: Workspace) -> None:
    job = start_run(small, "parts", "v1", {**QUICK, "train.steps": 400})
    assert watch(small, job, at_step(3), job.cancel).state == "cancelled"
    run = run_of_job(small, job)
    assert run.details["state"] == "cancelled"
    checkpoint = run.folder / "checkpoints" / "last.ckpt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    again = start_run(small, "parts", "v1", resume=run.id)
    assert watch(small, again, at_step(1), again.cancel).state == "cancelled"
    assert any("damaged" in event.get("text", "") for event in again.events()[0])
    assert losses(small, again)[0][0] == 1


def test_a_paused_run_waits_and_goes_on(small: Workspace) -> None:
    job = start_run(small, "parts", "v1", {**QUICK, "train.steps": 400})

    def pause_and_go_on() -> None:
        job.pause()
        assert job.status().state == "paused"
        job.resume()

    assert watch(small, job, at_step(2), pause_and_go_on).state == "done"
    assert len(losses(small, job)) == 400
