"""The answers that a training model gave to a few val images at its last check, on the images as a person sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.serving.manifest import ModelManifest
from engine.serving.preprocess import fit

if TYPE_CHECKING:
    from engine.workspace import Workspace

FILE = "answers.json"
OVERLAP = 0.5  # IoU from which a box with the right label counts as right


@dataclass(frozen=True)
class Answer:
    """What was answered to one item.

    Attributes:
        rows: {"truth", "predicted", "score", "true_box", "box"}, boxes xyxy in px of the image, and what objects carry
            beside them, as in an evaluation.
    """

    item: int
    name: str
    rows: Sequence[Mapping[str, Any]]


def read_answers(ws: Workspace, folder: Path) -> tuple[int, list[Answer]]:
    """The step of a run's last check, and the answers; (0, []) before the first one. Items that are gone are left out."""
    try:
        kept = json.loads((folder / FILE).read_text("utf-8"))
        manifest = ModelManifest.load(folder)
    except FileNotFoundError:
        return 0, []
    keys = [image["key"] for image in kept["images"]]
    query = "SELECT key, id, width, height FROM item WHERE key IN (SELECT unnest(?::BIGINT[]))"
    items = {key: (item, width, height) for key, item, width, height in ws.query(query, [keys])}
    found = []
    for image in kept["images"]:
        if image["key"] in items:
            item, width, height = items[image["key"]]
            found.append(Answer(item, image["name"], _rows(image, width, height, manifest)))
    return kept["step"], found


def _rows(image: Mapping[str, Any], width: int, height: int, manifest: ModelManifest) -> list[dict[str, Any]]:
    if "label" in image:
        return [_row(image["truth"], image["label"], image["score"])]
    geometry, size = fit(width, height, manifest), [manifest.input.width, manifest.input.height] * 2

    def on_image(shares: Sequence[float]) -> list[float]:
        placed: list[float] = geometry.to_image(np.array([shares], np.float32) * size)[0].tolist()
        return placed

    truth = [(on_image(entry[:4]), entry[4]) for entry in image["truth"]]
    rows = [_row(label, None, None, true_box=box) for box, label in truth]
    rows = [row | {"true_mask": mask} for row, mask in zip_longest(rows, image.get("true_masks", ()))]
    for entry, mask in zip_longest(image["boxes"], image.get("masks", ())):
        box, score, label = on_image(entry[:4]), entry[4], entry[5]
        right = any(label == known and _iou(box, true) >= OVERLAP for true, known in truth)
        rows.append(_row(label if right else None, label, score, box=box, mask=mask))
    return rows


def _row(truth: str | None, predicted: str | None, score: float | None, **boxes: Any) -> dict[str, Any]:
    return {"truth": truth, "predicted": predicted, "score": score, "true_box": None, "box": None} | boxes


def _iou(one: Sequence[float], other: Sequence[float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / max(areas - shared, 1e-9)
