"""What tests of the quality tools share: items without files, shapes of all kinds."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from engine.data.records import Annotation
from engine.labeling import schema
from engine.workspace import Workspace

SIZE = (200, 100)


def with_items(ws: Workspace, count: int = 4, labels: tuple[str, ...] = ("scratch", "dent")) -> Workspace:
    ids = list(range(1, count + 1))
    with ws.transaction("Import images") as tx:
        tx.insert(
            "item",
            pa.table(
                {"id": ids, "key": ids, "name": [f"part{n}.png" for n in ids], "page": [0] * count,
                 "width": [SIZE[0]] * count, "height": [SIZE[1]] * count, "tx": [tx.id] * count}
            ),
        )  # fmt: skip
    for name in labels:
        schema.add_label(ws, name)
    return ws


def box(x: float = 10, y: float = 10, w: float = 20, h: float = 20, label: int = 1, **values: Any) -> Annotation:
    return Annotation(
        **({"id": 0, "item_id": 1, "label_id": label, "kind": "box", "x": x, "y": y, "w": w, "h": h} | values)
    )


def polygon(*points: float, label: int = 1, **values: Any) -> Annotation:
    xs, ys = points[::2], points[1::2]
    place = {"x": min(xs), "y": min(ys), "w": max(xs) - min(xs), "h": max(ys) - min(ys)}
    return Annotation(0, 1, label, "polygon", points=(tuple(map(float, points)),), **(place | values))


def whole(label: int = 1) -> Annotation:
    return Annotation(0, 1, label, "class")
