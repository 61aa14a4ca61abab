"""A program that is killed while it merges: the workspace is as before or as after, and the next merge completes it."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from engine.labeling import edits
from engine.labeling.edits import Add
from engine.labeling.merging.merge import merge
from engine.workspace import Workspace
from tests.unit.labeling.merging.merging_work import box, knowledge, new

ROOT = Path(__file__).resolve().parents[2]
KILLS = 4
MERGER = """
import sys
from engine.labeling.merging.merge import merge
from engine.workspace import Workspace
with Workspace.open(sys.argv[1]) as ws:
    print("open", flush=True)
    merge(ws, sys.argv[2])
    print("merged", flush=True)
"""


def with_images(ws: Workspace, count: int) -> None:
    """Items whose files are in the media folder."""
    from engine.data.imports import item_key

    rows = []
    noise = np.random.default_rng(1)
    for number in range(count):
        digest = ws.media.add_bytes(noise.bytes(200_000))
        rows.append({"id": ws.new_ids("item", 1), "key": item_key(digest), "digest": digest, "name": f"n{number}.png",
                     "page": 0, "width": 100, "height": 100})  # fmt: skip
    with ws.transaction("Import images") as tx:
        tx.insert("item", pa.Table.from_pylist([row | {"tx": tx.id} for row in rows]))


@pytest.mark.slow
def test_a_killed_merge_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    with new(tmp_path / "ours") as ours:
        before = knowledge(ours)
    with new(tmp_path / "theirs") as theirs:
        with_images(theirs, 40)
        for _ in range(30):
            edits.apply(theirs, 1, [Add(box(1)) for _ in range(40)], "Draw box")
    with new(tmp_path / "whole"):
        pass
    shutil.copytree(tmp_path / "ours", tmp_path / "reference")
    start = time.monotonic()
    with Workspace.open(tmp_path / "reference") as ws:
        merge(ws, tmp_path / "theirs")
        after = knowledge(ws)
    took = time.monotonic() - start
    choose = random.Random(3)
    outcomes = set()
    for round_ in range(KILLS):
        path = shutil.copytree(tmp_path / "ours", tmp_path / f"round{round_}")
        worker = subprocess.Popen(
            [sys.executable, "-P", "-c", MERGER, str(path), str(tmp_path / "theirs")],
            cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stdout is not None
        assert worker.stdout.readline() == "open\n"
        time.sleep(choose.uniform(0.0, took * 1.2))  # the moment of the kill is the subject
        worker.send_signal(signal.SIGKILL)
        told = worker.stdout.read()
        worker.wait()
        with Workspace.open(path) as ws:
            found = knowledge(ws)
            assert found in (before, after), f"round {round_}: something in between"
            assert "merged" not in told or found == after
            assert ws.recovery == ""
            outcomes.add(found == after)
            merge(ws, tmp_path / "theirs")
            assert knowledge(ws) == after
            left = [file.name for file in (ws.path / "media").rglob("*") if file.name.startswith(".")]
            assert left == [], f"round {round_}: {left}"
    assert outcomes
