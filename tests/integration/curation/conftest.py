"""A workspace with a really trained small detector, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.jobs import wait
from engine.modeling.graphs import new_graph
from engine.training.runs import start_run
from engine.workspace import Workspace

QUICK: dict[str, Any] = {
    "data.width": 96, "data.height": 96, "augment.crop": 64, "backbone.width": 8, "neck.width": 16, "train.batch": 4,
    "train.steps": 60, "train.checks": 1,
}  # fmt: skip


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed workspace: sixteen labelled synthetic parts, version “v1”, models parts:1 and parts:2, four unlabelled parts."""
    folder = tmp_path_factory.mktemp("curation")
    with pytest.MonkeyPatch.context() as patch, Workspace.create(folder / "workspace") as ws:
        patch.setenv("OMP_NUM_THREADS", "1")
        import_data(ws, make_sample(folder / "sample", count=16))
        create_version(ws, "v1", split="70/15/15")
        new_graph(ws, "parts", "detection")
        jobs = [start_run(ws, "parts", "v1", QUICK, seed=seed) for seed in (0, 1)]
        for job in jobs:
            status = wait(ws, job)
            assert status.state == "done", status.details
        plain = folder / "plain"
        more = make_sample(folder / "more", count=4, seed=5)
        shutil.copytree(more.parent / "images", plain)
        import_data(ws, plain)
    return folder / "workspace"


@pytest.fixture
def ws(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The trained workspace, open, to be changed at will."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    shutil.copytree(trained, tmp_path / "trained")
    with Workspace.open(tmp_path / "trained") as opened:
        yield opened


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs run in the test's own process as they are submitted: the same code without loading torch each time."""
    from engine.jobs import job, worker

    monkeypatch.setattr(job, "_start", worker.work)
