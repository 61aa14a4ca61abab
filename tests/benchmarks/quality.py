"""Looking for suspicious labels among 100,000 annotations."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from engine.labeling import rules, schema
from engine.workspace import Workspace

ITEMS, ANNOTATIONS = 10_000, 100_000


def check_100k() -> dict[str, float]:
    """All rules over 100,000 boxes and polygons of 10,000 items, from the store to the list; the better of two."""
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder) / "workspace") as ws:
        fill(ws)
        times = []
        for _ in range(2):
            start = time.perf_counter()
            rules.check(ws)
            times.append(time.perf_counter() - start)
        return {"label.check_100k_s": min(times)}


def fill(ws: Workspace) -> None:
    """Items of 1000 × 800 px with boxes and, three in ten, polygons at random places."""
    for number in range(5):
        schema.add_label(ws, f"label {number}")
    rng = np.random.default_rng(0)
    ids = np.arange(1, ITEMS + 1)
    x, y = rng.uniform(0, 900, ANNOTATIONS), rng.uniform(0, 700, ANNOTATIONS)
    w, h = rng.uniform(5, 90, ANNOTATIONS), rng.uniform(5, 90, ANNOTATIONS)
    kinds = np.where(rng.random(ANNOTATIONS) < 0.3, "polygon", "box")
    rings = [
        [[a, b, a + c, b, a + c, b + d, a, b + d]] if kind == "polygon" else None
        for a, b, c, d, kind in zip(x, y, w, h, kinds, strict=True)
    ]
    with ws.transaction("Import images") as tx:
        size = {"width": [1000] * ITEMS, "height": [800] * ITEMS, "page": [0] * ITEMS, "tx": [tx.id] * ITEMS}
        tx.insert("item", pa.table({"id": ids, "key": ids, "name": [f"{n}.png" for n in ids], **size}))
        columns = {
            "id": np.arange(1, ANNOTATIONS + 1), "item_id": np.sort(rng.integers(1, ITEMS + 1, ANNOTATIONS)),
            "label_id": pa.array(rng.integers(1, 6, ANNOTATIONS), pa.int32()), "kind": kinds,
            "x": x, "y": y, "w": w, "h": h, "points": pa.array(rings, pa.list_(pa.list_(pa.float64()))),
            "origin": ["import"] * ANNOTATIONS, "tx": [tx.id] * ANNOTATIONS,
        }  # fmt: skip
        tx.insert("annotation", pa.table(columns))


MEASURES = [check_100k]
