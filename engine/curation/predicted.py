"""What a model says of an item, as arrays, and where on the item something lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Reason = dict[str, Any]

SAME = 0.5  # IoU from which two boxes mean the same thing
NOTICED = 0.05  # a detection below this score says nothing


@dataclass(frozen=True)
class Predicted:
    """What one model says of one item.

    Attributes:
        boxes: (N, 4) xyxy in px of the item, down to low scores (0.05 or less), after suppression.
        labels: (N,) index of the label.
        scores: (N,) in [0, 1].
        more: what each carries beside its box, see `engine.evaluation.rows.carried`; empty where no object does.
        probabilities: (C,) of the whole item, for classification and anomaly; else empty.
        several: whether the item may have several labels, so that probabilities do not add up to one.
        width, height: of the item in px; 0 when nobody knows, then no reason says where.
    """

    boxes: Floats = field(default_factory=lambda: np.empty((0, 4)))
    labels: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    scores: Floats = field(default_factory=lambda: np.empty(0))
    probabilities: Floats = field(default_factory=lambda: np.empty(0))
    width: int = 0
    height: int = 0
    more: tuple[Mapping[str, Any], ...] = ()
    several: bool = False


def where(box: Sequence[float] | Floats, width: int, height: int) -> str:
    """In which of nine parts of the item a box lies: "upper left", "top" … "middle" …; "" when the size is unknown."""
    if not width or not height:
        return ""
    column = min(2, max(0, int(3 * (float(box[0]) + float(box[2])) / 2 / width)))
    row = min(2, max(0, int(3 * (float(box[1]) + float(box[3])) / 2 / height)))
    names = ("upper left", "top", "upper right", "left", "middle", "right", "lower left", "bottom", "lower right")
    return names[3 * row + column]
