"""What people said of the items of one split of a version: the truth that predictions are held against."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.data.versions import VersionData
from engine.errors import BadInput
from engine.evaluation.boxes import Boxes, Ints
from engine.serving.manifest import OBJECTS
from engine.training.marks import KINDS, MORE, VERDICTS, Marks, sizes_of


@dataclass(frozen=True)
class Item:
    """One item of the split; `path` is its image file, width and height are in px."""

    key: int
    name: str
    digest: str
    path: str
    page: int
    width: int
    height: int


@dataclass(frozen=True)
class Truth:
    """A split.

    Attributes:
        labels: those of the model in its order, then those that only the version has.
        boxes: all shapes as boxes, for detection.
        classes: (items,) the label of each whole item, or -1; for classification, and for anomaly (see `judged`).
    """

    items: list[Item]
    labels: tuple[str, ...]
    boxes: Boxes
    classes: Ints


def read_truth(version: VersionData, split: str, labels: Sequence[str], task: str = "detection") -> Truth:
    """Take one split out of a version.

    Args:
        labels: the model's labels in class order.
        task: what of the shapes is told beside their boxes, and by which of them two are alike.

    Raises:
        BadInput: the split has no items.
    """
    chosen = [row for row in version.items.to_pylist() if row["split"] == split]
    if not chosen:
        name, there = version.manifest.get("name", ""), ", ".join(version.manifest.get("splits", {})) or "none"
        raise BadInput(f"The version “{name}” has no items in the split {split}; it has: {there}.")
    items = [
        Item(row["key"], row["name"], row["digest"], row["path"], row["page"] or 0, row["width"], row["height"])
        for row in chosen
    ]
    place = {item.key: index for index, item in enumerate(items)}
    rows = [row for row in version.annotations.to_pylist() if row["item_key"] in place]
    known = list(dict.fromkeys([*labels, *(row["label"] for row in rows if row["label"] is not None)]))
    number = {label: index for index, label in enumerate(known)}
    task = task if task in OBJECTS else "detection"
    kinds = KINDS[task] if OBJECTS[task] else ()
    shapes = [
        row
        for row in rows
        if row["kind"] != "class"
        and row["x"] is not None
        and row["label"] in number
        and (not kinds or row["kind"] in kinds)
    ]
    sizes = sizes_of(version)
    boxes = Boxes.of(
        [place[row["item_key"]] for row in shapes],
        [number[row["label"]] for row in shapes],
        [[row["x"], row["y"], row["x"] + row["w"], row["y"] + row["h"]] for row in shapes],
        crowd=[_crowd(row) for row in shapes],
        more=[MORE[task](row | sizes[row["item_key"]]) for row in shapes] if OBJECTS[task] else None,
        task=task,
    )
    classes = np.full(len(items), -1, np.int64)
    for row in rows:
        if row["kind"] == "class" and row["label"] in number:
            classes[place[row["item_key"]]] = number[row["label"]]
    return Truth(items, tuple(known), boxes, classes)


def _crowd(row: Mapping[str, Any]) -> bool:
    """A region to ignore, or COCO's mark of a box that stands for a group."""
    if row.get("flags") and "ignore" in json.loads(row["flags"]):
        return True
    return bool(row["attributes"]) and bool(json.loads(row["attributes"]).get("iscrowd"))


def judged(truth: Truth, marks: Mapping[int, Marks]) -> Truth:
    """The same split for an anomaly model: items are normal (0), not (1), or unknown (-1)."""
    classes = np.array([marks[item.key].labels[0] if item.key in marks else -1 for item in truth.items], np.int64)
    return Truth(truth.items, VERDICTS, truth.boxes[:0], classes)
