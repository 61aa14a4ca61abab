"""What a model answered for an item, as a picture to lay over it: the masks of a segmentation, the heat of an anomaly model."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QImage

from app.gui.widgets.objects import INSIDE, RIM, image_of, rim

if TYPE_CHECKING:
    from app.gui.evaluation.reading import Seen

SIDE = 512  # px of the longer side of the picture, at most
LIMIT = 0.5  # of the heat, from which on a place is abnormal
WARM = 0.3  # of the heat, below which nothing is shown


def answer_layer(seen: Seen, key: int, inks: Mapping[str, str]) -> QImage | None:
    """The layer of the item with that key, in its proportions; None where the task has none, or nothing was kept.

    Of models that find objects it holds the masks in the colours of their labels; where single objects are told apart, they
    are drawn one by one (`app.gui.widgets.objects`).
    """
    task = seen.evaluation.summary.get("task")
    if task == "anomaly":
        row = next((row for row in seen.evaluation.items if row["item_key"] == key), None)
        return _heat(row["heat"], QColor(inks["bad"])) if row and row.get("heat") else None
    return _masks(seen, key, inks) if task in ("segmentation", "instances") else None


def _heat(png: bytes, ink: QColor) -> QImage:
    import numpy as np
    from PIL import Image

    from engine.evaluation.explanation import colored

    with Image.open(io.BytesIO(png)) as saved:
        scale = max(1.0, SIDE / 2 / max(saved.size))
        size = (round(saved.width * scale), round(saved.height * scale))
        heat = np.asarray(saved.resize(size, Image.Resampling.BILINEAR), np.float32) / 255
    pixels = colored((heat - WARM) / (1 - WARM))
    pixels[rim(heat >= LIMIT)] = (*ink.toTuple()[:3], RIM)
    return image_of(pixels)


def _masks(seen: Seen, key: int, inks: Mapping[str, str]) -> QImage | None:
    import numpy as np

    from engine.data import rle

    item = next((row for row in seen.evaluation.items if row["item_key"] == key), None)
    limit = float(seen.evaluation.summary.get("threshold") or 0)
    rows = [row for row in seen.evaluation.predictions if row["item_key"] == key and row["score"] >= limit]
    masks = [(row["label"], row["mask"]) for row in rows if row.get("mask")]
    if item is None or not masks:
        return None
    step = max(1, max(item["width"], item["height"]) // SIDE)
    pixels = np.zeros((-(-item["height"] // step), -(-item["width"] // step), 4), np.uint8)
    for label, text in masks:
        mask = rle.decode(text, item["height"], item["width"])[::step, ::step]
        color = QColor(seen.colors.get(label, inks["accent"])).toTuple()[:3]
        pixels[mask] = (*color, INSIDE)
        pixels[rim(mask)] = (*color, RIM)
    return image_of(pixels)
