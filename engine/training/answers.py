"""The answers that a training model gave to a few val images at its last check, on the images as a person sees them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.serving.manifest import OBJECTS, ModelManifest
from engine.serving.preprocess import fit
from engine.training.objects import on_image as on_the_image
from engine.training.similarity import SIMILARITIES, Objects, column

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
        placed: list[float] = geometry.to_image(np.array([shares[:4]], np.float32) * size)[0].tolist()
        return placed

    task, name = manifest.task, OBJECTS.get(manifest.task, "")
    more, true_more = (
        [on_the_image(task, value, geometry, (size[0], size[1])) for value in image.get(key, ())]
        for key in ("more", "true_more")
    )
    truth = Objects(_boxes(map(on_image, image["truth"])), column(true_more) if true_more else None)
    found = Objects(_boxes(map(on_image, image["boxes"])), column(more) if more else None)
    same = np.array([[entry[5] == known[4] for known in image["truth"]] for entry in image["boxes"]], bool)
    right = (SIMILARITIES[task](found, truth) >= OVERLAP) & same if same.size else np.zeros((len(found.box), 1), bool)
    rows = [
        _row(entry[4], None, None, true_box=box) for entry, box in zip(image["truth"], truth.box.tolist(), strict=True)
    ]
    for entry, box, one in zip(image["boxes"], found.box.tolist(), right, strict=True):
        rows.append(_row(entry[5] if one.any() else None, entry[5], entry[4], box=box))
    for row, value in zip(rows, [*true_more, *more], strict=False):
        row[name if row["box"] else f"true_{name}"] = value
    return rows


def _boxes(rows: Iterable[Sequence[float]]) -> Any:
    return np.array(list(rows), np.float64).reshape(-1, 4)


def _row(truth: str | None, predicted: str | None, score: float | None, **boxes: Any) -> dict[str, Any]:
    return {"truth": truth, "predicted": predicted, "score": score, "true_box": None, "box": None} | boxes
