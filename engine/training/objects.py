"""What a network answers of objects, and what is true of them, on the canvas that it sees: by task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from engine.data import rle
from engine.serving import rotated
from engine.serving.instances import instances
from engine.serving.manifest import PostprocessSpec
from engine.serving.postprocess import chosen, select, select_rotated
from engine.serving.preprocess import Geometry
from engine.serving.regions import on_image as map_on_image
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


def on_image(task: str, value: Any, geometry: Geometry, canvas: tuple[int, int]) -> Any:
    """The same in px of the image; the canvas has (width, height) px."""
    return _ON_IMAGE[task](value, geometry, canvas)


def _boxes(output: Any, place: int, scores: Any, limits: Any) -> Found:
    return Found(*select(output.boxes[place].detach().float().cpu().numpy(), scores, *limits), [])


def _turned(output: Any, place: int, scores: Any, limits: Any) -> Found:
    boxes, sure, labels = select_rotated(output.more[place].detach().float().cpu().numpy(), scores, *limits)
    return Found(rotated.hulls(boxes).astype(np.float32), sure, labels, boxes.tolist())


def _masked(output: Any, place: int, scores: Any, limits: Any) -> Found:
    names = ("boxes", "coefficients", "prototypes")
    arrays = {name: getattr(output, name)[place].detach().float().cpu().numpy() for name in names}
    size = _canvas(output)
    rows, labels = chosen(arrays["boxes"], scores, *limits)
    numbers = [str(label) for label in labels]
    found = instances(arrays, rows, numbers, scores[rows, labels].tolist(), Geometry(*size, 1, 1, 0, 0), size)
    return Found(
        np.array([one.box for one in found], np.float32).reshape(-1, 4),
        np.array([one.score for one in found], np.float32),
        np.array([int(one.label) for one in found], np.int64),
        [rle.compress(one.counts) for one in found],
    )


def _canvas(output: Any) -> tuple[int, int]:
    """Width and height in px of what positions lie on, which is a multiple of all strides."""
    width, height = (output.centers + output.strides[:, None] / 2).amax(0).tolist()
    return round(width), round(height)


def _mask_on_image(text: str, geometry: Geometry, canvas: tuple[int, int]) -> str:
    mask = rle.decode(text, canvas[1], canvas[0]).astype(np.float32)
    return rle.encode(map_on_image(mask, geometry, canvas) > 0.5)


_FOUND: dict[str, Callable[..., Found]] = {"rotated": _turned, "instances": _masked}
_TRUE: dict[str, Callable[[Any], list[Any]]] = {
    "rotated": lambda view: rotated.enclosing(view.corners).tolist(),
    "instances": lambda view: [rle.encode(mask) for mask in view.masks],
}
_ON_IMAGE: dict[str, Callable[[Any, Geometry, tuple[int, int]], Any]] = {
    "rotated": lambda box, geometry, _: geometry.rotated_to_image(np.array([box], np.float64))[0].tolist(),
    "instances": _mask_on_image,
}
