"""A dataset version of one item, in a folder of its own: what is drawn reads it as it reads any version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.data import chunks
from engine.training.marks import KINDS, NORMAL, is_normal

STAND_IN = 1  # key of an item that nobody looks at: it has every label, so that the model has all of its labels
GOOD = NORMAL[0]
ITEM = ("digest", "name", "page", "width", "height")


def write_version(
    root: Path, item: Mapping[str, Any], others: Sequence[Mapping[str, Any]], labels: Sequence[str], task: str
) -> Path:
    """Write a version whose first item of the split “train” is `item`; returns its folder, root/versions/1.

    For anomaly, which trains on good images alone, it is the first one of “val”. An item that does not say what is to be
    learnt gets a label all the same: what comes of it is not shown.

    Args:
        item: name, path, page, digest, width, height, and shapes as `engine.training.flow.SHAPE` names them.
        others: items that augmentation may mix into it.
        labels: all that the model knows, in order.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = root / "versions" / "1"
    folder.mkdir(parents=True)
    there = {0: item, **dict(enumerate(others, STAND_IN + 1))}
    rows = [{name: one[name] for name in ITEM} | {"key": key} for key, one in there.items()]
    rows.append({name: item[name] for name in ITEM} | {"key": STAND_IN})
    judged = task == "anomaly"
    splits = {0: "val" if judged else "train", STAND_IN: "train" if judged else "test"}
    kinds = KINDS[task]
    corners = {"x": 0.0, "y": 0.0, "w": 1.0, "h": 1.0, "points": [[0.0, 0.0, 1.0, 0.0, 1.0, 1.0]]}
    shapes = [{"item_key": key, "origin": "person", **shape} for key, one in there.items() for shape in one["shapes"]]
    if judged:
        shapes.append({"item_key": STAND_IN, "label": GOOD, "kind": "class"})
    else:
        shapes += [{"item_key": STAND_IN, "label": label, "kind": kinds[0], **corners} for label in labels]
    if "class" in kinds and not _is_marked(item, labels, task):
        shapes.append({"item_key": 0, "label": GOOD if judged else labels[0], "kind": "class"})
    tables = {
        "items": pa.Table.from_pylist(rows, chunks.item_schema()),
        "annotations": pa.Table.from_pylist(shapes, chunks.annotation_schema()),
        "1/splits": pa.table(
            {"key": [row["key"] for row in rows], "split": [splits.get(row["key"], "train") for row in rows]}
        ),
        "1/links": pa.table(
            {"key": [row["key"] for row in rows], "path": [there.get(row["key"], item)["path"] for row in rows]}
        ),
    }
    for name, table in tables.items():
        pq.write_table(table, root / "versions" / f"{name}.parquet")
    known = [{"id": number, "name": name, "position": number} for number, name in enumerate(labels, 1)]
    entry = {"items": "items.parquet", "annotations": "annotations.parquet"}
    manifest = {"schema": 1, "id": 1, "name": "1", "digest": "0", "labels": known, "chunks": [entry]}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def is_known(item: Mapping[str, Any], labels: Sequence[str], task: str) -> bool:
    """Whether the item says what is to be learnt.

    An image without shapes does; one without its label does not, nor, for anomaly, one without any mark where others are
    labelled as good (`item["sorted"]`).
    """
    if "class" not in KINDS[task] or _is_marked(item, labels, task):
        return True
    return task == "anomaly" and not item["sorted"]


def _is_marked(item: Mapping[str, Any], labels: Sequence[str], task: str) -> bool:
    return any(
        shape["kind"] in KINDS[task]
        and (task == "anomaly" or shape["label"] in labels or (task == "multilabel" and is_normal(shape["label"])))
        for shape in item["shapes"]
    )
