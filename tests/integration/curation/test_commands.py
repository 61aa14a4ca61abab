"""The commands for pre-labels, the queue, what looks alike and the next hour, on a workspace with a trained model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import main

pytestmark = pytest.mark.slow


@pytest.fixture
def lineside(trained: Path, tmp_path: Path, at_once: None, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command on a copy of the trained workspace and read its JSON."""
    folder = tmp_path / "workspace"
    shutil.copytree(trained, folder)

    def call(*arguments: str, code: int = 0) -> Any:
        assert main(["-w", str(folder), "--json", *arguments]) == code
        return json.loads(capsys.readouterr().out)

    return call


def test_a_model_pre_labels_and_its_suggestions_are_accepted_or_refused_by_score(lineside: Any) -> None:
    answer = lineside("label", "assist", "prelabel", "parts:1", "--threshold", "0.06", "--accept-above", "0.1")
    assert answer["suggested"] >= answer["accepted"] > 0
    fates = lineside("label", "assist", "list")["parts v1"]
    assert fates["accepted"] == answer["accepted"]
    taken = lineside("label", "assist", "accept", "0.09")["accepted"]
    assert lineside("label", "assist", "refuse", "1.0")["refused"] == fates["waiting"] - taken
    assert "no model" in lineside("label", "assist", "prelabel", "nobody", code=2)["error"]


def test_a_queue_is_built_and_gone_through(lineside: Any) -> None:
    items = "SELECT id FROM items ORDER BY id DESC LIMIT 3"
    queue = lineside("label", "queue", "build", "--strategy", "disagreement", "--items", items, "-n", "2")["queue"]
    assert len(queue) == 2
    first = lineside("label", "queue", "next")
    assert (first["item"], bool(first["reason"])) == (queue[0]["item"], True)
    assert lineside("label", "queue", "next", "--done")["item"] == queue[1]["item"]
    assert [entry["state"] for entry in lineside("label", "queue", "list")] == ["done", "waiting"]
    assert lineside("label", "queue", "next", "--skip") is None
    assert lineside("label", "queue", "clear")["removed"] == 2
    assert "choose one of" in lineside("label", "queue", "build", "--strategy", "guess", code=2)["error"]


def test_images_are_compared_and_the_next_hour_says_what_is_missing(lineside: Any) -> None:
    alike = lineside("data", "similar", "1", "-n", "3")
    assert len(alike) == 3
    assert all(len(group) > 1 for group in lineside("data", "duplicates"))
    assert len(lineside("data", "outliers", "-n", "2")) == 2
    assert lineside("label", "minute", "--keep")["options"][0]["missing"]
