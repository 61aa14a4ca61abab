"""The demo: the whole job by one command, made short, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import demo
from engine.workspace import Workspace


def test_a_demo_does_not_touch_another_workspace(run, parts: Path) -> None:
    told = run("demo", parts)
    assert told.code == 2
    assert "none that the demo made" in told.err


def test_a_demo_of_other_data_asks_for_another_folder(run, tmp_path: Path, shared_data: Path) -> None:
    folder = tmp_path / "demo"
    demo.open_demo(folder, None).close()
    told = run("demo", folder, "--data", shared_data / "deeppcb" / "test.coco.json")
    assert told.code == 2
    assert "synthetic sample" in told.err


def test_data_that_are_not_there_are_named(run, tmp_path: Path) -> None:
    told = run("demo", tmp_path / "demo", "--data", tmp_path / "missing.json")
    assert told.code == 3
    assert not (tmp_path / "demo").exists()


@pytest.mark.slow
def test_the_whole_job_runs_by_one_command(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SAMPLE_COUNT", 24)
    monkeypatch.setattr(demo, "QUICK", {**demo.QUICK, "train.steps": 8, "train.batch": 4})
    told = run("demo", tmp_path / "demo", "--json")
    assert told.code == 0, told.err
    summary = told.document
    assert summary["items"] == 24
    assert summary["synthetic"] is True
    assert "synthetic" in summary["data"]
    assert {row["precision"] for row in summary["precisions"]} >= {"fp32"}
    assert summary["artifact"]["digest"].startswith("sha256:")
    assert "detections" in summary["prediction"]["answer"]
    steps = ("import", "version", "train", "evaluate", "export", "package", "deploy", "predict")
    assert all(step in summary["seconds"] for step in steps)
    with Workspace.open(tmp_path / "demo") as workspace:
        assert workspace.query("SELECT count(*) FROM model") == [(1,)]
    again = run("demo", tmp_path / "demo")
    assert again.code == 0, again.err
    assert "synthetic" in again.out
    assert run("-w", tmp_path / "demo", "target", "remove", "here").code == 0
    json.dumps(summary)
