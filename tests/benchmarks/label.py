"""Labelling at a million annotations: how long an edit takes until it is safe on the disk."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from engine.data.records import Annotation
from engine.labeling import edits, log
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.log import Step
from engine.labeling.merging.merge import merge
from engine.workspace import Workspace

ITEMS, PER_ITEM, EDITS = 100_000, 10, 1_000


def edit_commit_p95() -> dict[str, float]:
    """p95 of one commit (three of four change a box, the others add or remove one) at 1 M annotations."""
    with tempfile.TemporaryDirectory() as folder, filled(Path(folder) / "workspace") as ws:
        first = ws.query("SELECT min(id) FROM annotation")[0][0]
        choose = random.Random(0)
        times = []
        for number in range(EDITS + 50):
            item = choose.randrange(ITEMS) + 1
            batch = _batch(choose, item, first + (item - 1) * PER_ITEM)
            start = time.perf_counter()
            try:
                edits.apply(ws, item, batch, "Move")
            except edits.AnnotationGone:  # an earlier round removed it
                continue
            if number >= 50:
                times.append((time.perf_counter() - start) * 1000)
        return {
            "store.edit_commit_p95_ms": float(np.percentile(times, 95)),
            "store.edit_commit_p50_ms": float(np.median(times)),
        }


def merge_time() -> dict[str, float]:
    """Merging another laptop's 100,000 edits (of 100,000 annotations) into a workspace with 1 M, and the same again."""
    with tempfile.TemporaryDirectory() as folder:
        filled(Path(folder) / "ours").close()
        shutil.copytree(Path(folder) / "ours", Path(folder) / "theirs")
        with Workspace.open(Path(folder) / "theirs") as theirs:
            first = theirs.query("SELECT min(id) FROM annotation")[0][0]
            for batch in range(100):
                shapes = range(batch * 1000, (batch + 1) * 1000)
                with theirs.transaction("Move") as tx:
                    taken = log.take(tx, [first + shape for shape in shapes], None)
                    log.put(theirs, tx, [Step(old, old.with_(x=1.0), parent) for old, parent in taken.values()])
        with Workspace.open(Path(folder) / "ours") as ws:
            start = time.perf_counter()
            report = merge(ws, Path(folder) / "theirs")
            once = time.perf_counter() - start
            assert (report.edits, report.conflicts) == (100_000, 0)
            start = time.perf_counter()
            merge(ws, Path(folder) / "theirs")
            return {"label.merge_s": once, "label.merge_again_s": time.perf_counter() - start}


def _batch(choose: random.Random, item: int, first: int) -> list[edits.Edit]:
    kind = choose.randrange(8)
    if kind == 0:
        return [Add(Annotation(0, item, 1, "box", 5.0, 6.0, 7.0, 8.0))]
    if kind == 1:
        return [Remove(first + choose.randrange(PER_ITEM))]
    x, y = choose.random() * 600, choose.random() * 600
    return [Change(first + choose.randrange(PER_ITEM), {"x": x, "y": y, "w": 20.0, "h": 30.0})]


def filled(path: Path) -> Workspace:
    """A workspace with 100,000 items of ten boxes each, closed and opened again as a person would find it."""
    ws = Workspace.create(path)
    count = ITEMS * PER_ITEM
    first = ws.new_ids("annotation", count)
    random_px = np.random.default_rng(0).random((count, 4)) * 300
    with ws.transaction("Import") as tx:
        tx.insert(
            "label", pa.table({"id": pa.array([1], pa.int32()), "name": ["dent"], "color": ["#0072B2"], "tx": [tx.id]})
        )
        names = [f"part-{number:06}.png" for number in range(ITEMS)]
        tx.insert("item", pa.table({"id": np.arange(1, ITEMS + 1), "name": names, "tx": np.full(ITEMS, tx.id)}))
        boxes = {
            "id": np.arange(first, first + count),
            "item_id": np.repeat(np.arange(1, ITEMS + 1), PER_ITEM),
            "label_id": np.ones(count, np.int32),
            "kind": np.repeat("box", count),
            **{name: random_px[:, place] for place, name in enumerate("xywh")},
            "origin": np.repeat("import", count),
            "tx": np.full(count, tx.id),
        }
        tx.insert("annotation", pa.table(boxes))
    ws.close()
    return Workspace.open(path)


MEASURES = [edit_commit_p95, merge_time]
