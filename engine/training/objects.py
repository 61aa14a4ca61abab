"""What a network answers of objects, and what is true of them, on the canvas that it sees: by task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from engine.serving import rotated
from engine.serving.manifest import PostprocessSpec
from engine.serving.postprocess import select, select_rotated
from engine.serving.preprocess import Geometry
from engine.training.samples import View


class Found(NamedTuple):
    """D objects, the surest first.

    Attributes:
        boxes: (D, 4) xyxy in px of the canvas; scores (D,), labels (D,).
        more: what each carries beside its box (see `engine.training.similarity.Objects`), in px of the canvas; empty for
            detection.
    """

    boxes: Any
    scores: Any
    labels: Any
    more: list[Any]


def found_in(task: str, output: Any, place: int, spec: PostprocessSpec) -> Found:
    """What the answer (`Positions`) says of image `place` of a batch, as it is reported in service."""
    scores = np.nan_to_num(output.logits[place].detach().float().sigmoid().cpu().numpy())
    limits = (spec.score_threshold, spec.iou_threshold, spec.max_detections)
    found: Found = (
        _FOUND[task](output, place, scores, limits) if task in _FOUND else _boxes(output, place, scores, limits)
    )
    return found


def true_of(task: str, view: View) -> list[Any]:
    """What each object of a view carries beside its box; empty for detection."""
    return _TRUE[task](view) if task in _TRUE else []


def on_image(task: str, value: Any, geometry: Geometry) -> Any:
    """The same in px of the image."""
    return _ON_IMAGE[task](value, geometry)


def _boxes(output: Any, place: int, scores: Any, limits: Any) -> Found:
    return Found(*select(output.boxes[place].detach().float().cpu().numpy(), scores, *limits), [])


def _turned(output: Any, place: int, scores: Any, limits: Any) -> Found:
    boxes, sure, labels = select_rotated(output.more[place].detach().float().cpu().numpy(), scores, *limits)
    return Found(rotated.hulls(boxes).astype(np.float32), sure, labels, boxes.tolist())


_FOUND: dict[str, Callable[..., Found]] = {"rotated": _turned}
_TRUE: dict[str, Callable[[Any], list[Any]]] = {"rotated": lambda view: rotated.enclosing(view.corners).tolist()}
_ON_IMAGE: dict[str, Callable[[Any, Geometry], Any]] = {
    "rotated": lambda box, geometry: geometry.rotated_to_image(np.array([box], np.float64))[0].tolist()
}
