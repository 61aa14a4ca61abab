"""A dataset version of one item, in a folder of its own: what is drawn reads it as it reads any version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.data import chunks

STAND_IN = 1  # key of an item that nobody looks at: it has every label, so that the model has all of its labels


def write_version(root: Path, item: Mapping[str, Any], labels: Sequence[str], kinds: Sequence[str]) -> Path:
    """Write a version with one item to learn from; returns its folder, root/versions/1.

    Args:
        item: name, path, page, digest, width, height, and shapes as `engine.training.flow.SHAPE` names them.
        labels: all that the model knows, in order.
        kinds: of annotation that the task learns from; an item without its one label gets the first one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = root / "versions" / "1"
    folder.mkdir(parents=True)
    stand_in = {"key": STAND_IN, "digest": "0", "name": "", "page": 0, "width": item["width"], "height": item["height"]}
    real = {name: item[name] for name in ("digest", "name", "page", "width", "height")} | {"key": 0}
    corners = {"x": 0.0, "y": 0.0, "w": 1.0, "h": 1.0, "points": [[0.0, 0.0, 1.0, 0.0, 1.0, 1.0]]}
    shapes = [{"item_key": 0, "origin": "person", **shape} for shape in item["shapes"]]
    shapes += [{"item_key": STAND_IN, "label": label, "kind": kinds[0], **corners} for label in labels]
    if not is_known(item, labels, kinds):
        shapes.append({"item_key": 0, "label": labels[0], "kind": kinds[0]})
    tables = {
        "items": pa.Table.from_pylist([real, stand_in], chunks.item_schema()),
        "annotations": pa.Table.from_pylist(shapes, chunks.annotation_schema()),
        "1/splits": pa.table({"key": [0, STAND_IN], "split": ["train", "test"]}),
        "1/links": pa.table({"key": [0], "path": [item["path"]]}),
    }
    for name, table in tables.items():
        pq.write_table(table, root / "versions" / f"{name}.parquet")
    rows = [{"id": number, "name": name, "position": number} for number, name in enumerate(labels, 1)]
    entry = {"items": "items.parquet", "annotations": "annotations.parquet"}
    manifest = {"schema": 1, "id": 1, "name": "1", "digest": "0", "labels": rows, "chunks": [entry]}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def is_known(item: Mapping[str, Any], labels: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether the item says what is to be learnt; an image without shapes does, one without its label does not."""
    return "class" not in kinds or any(shape["kind"] in kinds and shape["label"] in labels for shape in item["shapes"])
