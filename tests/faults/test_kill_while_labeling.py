"""A program that is killed while someone labels: what was acknowledged is there, and nothing is in between."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa

from engine.data.records import annotation_from_json
from engine.labeling import edits, schema
from engine.workspace import Workspace

KILLS = 20
ROOT = Path(__file__).resolve().parents[2]

LABELLER = """
import random, sys
from engine.data.records import Annotation
from engine.labeling import edits
from engine.labeling.edits import Add, Change, Remove
from engine.workspace import Workspace

choose = random.Random(int(sys.argv[2]))
with Workspace.open(sys.argv[1]) as ws:
    print("open", flush=True)
    while True:
        item = choose.randint(1, 3)
        there = edits.annotations_of(ws, item)
        kind = choose.random()
        if kind < 0.1:
            changes = edits.undo(ws) or edits.redo(ws)
        elif there and kind < 0.3:
            changes = edits.apply(ws, item, [Remove(choose.choice(there).id)])
        elif there and kind < 0.6:
            changes = edits.apply(ws, item, [Change(a.id, {"x": choose.random()}) for a in there[:12]])
        else:
            changes = edits.apply(ws, item, [Add(Annotation(0, item, 1, "box", 1.0, 2.0, 3.0, 4.0))])
        print(ws.query("SELECT max(id) FROM tx")[0][0], flush=True)
"""


def test_a_killed_labeller_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "workspace"
    with Workspace.create(path) as ws:
        schema.add_label(ws, "dent")
        with ws.transaction("Import images") as tx:
            tx.insert("item", pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"], "tx": [tx.id] * 3}))
    choose = random.Random(7)
    for round_ in range(KILLS):
        acknowledged = _label_and_kill(path, round_, choose.uniform(0.0, 0.25))
        with Workspace.open(path) as ws:
            last = ws.query("SELECT max(id) FROM tx")[0][0]
            assert last >= acknowledged, (
                f"round {round_}: transaction {acknowledged} was acknowledged, {last} is the last"
            )
            assert _state(ws) == _replayed(ws), f"round {round_}: the state is not what the log says"
            assert ws.recovery == ""


def _label_and_kill(path: Path, seed: int, after: float) -> int:
    """Let the labeller work for a while, kill it, and return the last transaction that it has told of."""
    command = [sys.executable, "-P", "-c", LABELLER, str(path), str(seed)]
    worker = subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "open\n"
    time.sleep(after)  # the moment of the kill is the subject
    worker.send_signal(signal.SIGKILL)
    lines = worker.stdout.read().split("\n")[:-1]  # a line without its end was not told
    worker.wait()
    return int(lines[-1]) if lines else 0


def _state(ws: Workspace) -> set[str]:
    return {repr(shape) for item in (1, 2, 3) for shape in edits.annotations_of(ws, item)}


def _replayed(ws: Workspace) -> set[str]:
    shapes: dict[int, str] = {}
    for annotation, after in ws.query("SELECT annotation_id, after FROM edit WHERE op <> 'label' ORDER BY id"):
        if after is None:
            shapes.pop(annotation)
        else:
            shapes[annotation] = repr(annotation_from_json(after))
    return set(shapes.values())
