"""What a network answers of objects, and what is true of them, on the canvas that it sees: by task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from engine.serving import rotated
from engine.serving.manifest import ModelManifest, PostprocessSpec
from engine.serving.postprocess import chosen, select, select_rotated
from engine.serving.preprocess import Geometry
from engine.training import keypoints
from engine.training.samples import View

Limits = tuple[float, float, int]  # score, overlap, how many


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


def found_in(manifest: ModelManifest, output: Any, place: int, spec: PostprocessSpec | None = None) -> Found:
    """What the answer (`Positions`) says of image `place` of a batch, as it is reported in service.

    Args:
        spec: limits other than the manifest's.
    """
    spec = spec or manifest.postprocess
    scores = np.nan_to_num(output.logits[place].detach().float().sigmoid().cpu().numpy())
    limits = (spec.score_threshold, spec.iou_threshold, spec.max_detections)
    return KINDS[manifest.task].found(manifest, output, place, scores, limits)


def true_of(manifest: ModelManifest, view: View) -> list[Any]:
    """What each object of a view carries beside its box, as it is held against answers; empty for detection."""
    return KINDS[manifest.task].true(manifest, view)


def on_image(manifest: ModelManifest, value: Any, geometry: Geometry) -> Any:
    """What an object carries in px of the image instead of the canvas."""
    return KINDS[manifest.task].on_image(value, geometry)


def as_truth(manifest: ModelManifest, label: str, value: Any) -> Any:
    """What a true object carries, as it is held against answers, from what files keep of it."""
    if manifest.task == "keypoints":
        return keypoints.with_sigmas(value, manifest.skeletons[manifest.labels.index(label)])
    return value


def _array(tensor: Any) -> Any:
    return tensor.detach().float().cpu().numpy()


def _boxes(manifest: ModelManifest, output: Any, place: int, scores: Any, limits: Limits) -> Found:
    del manifest
    return Found(*select(_array(output.boxes[place]), scores, *limits), [])


def _turned(manifest: ModelManifest, output: Any, place: int, scores: Any, limits: Limits) -> Found:
    del manifest
    boxes, sure, labels = select_rotated(_array(output.more[place]), scores, *limits)
    return Found(rotated.hulls(boxes).astype(np.float32), sure, labels, boxes.tolist())


def _skeletons(manifest: ModelManifest, output: Any, place: int, scores: Any, limits: Limits) -> Found:
    boxes = _array(output.boxes[place])
    rows, labels = chosen(boxes, scores, *limits)
    said = keypoints.said(_array(output.more[place])[rows], labels, manifest)
    return Found(boxes[rows], scores[rows, labels], labels, said)


def _turned_of(_manifest: ModelManifest, view: View) -> list[Any]:
    assert view.corners is not None
    found: list[Any] = rotated.enclosing(view.corners).tolist()
    return found


class Kind(NamedTuple):
    """How the objects of a task are taken from answers and views, and put on the image."""

    found: Callable[[ModelManifest, Any, int, Any, Limits], Found]
    true: Callable[[ModelManifest, View], list[Any]]
    on_image: Callable[[Any, Geometry], Any]


KINDS = {
    "detection": Kind(_boxes, lambda _manifest, _view: [], lambda value, _geometry: value),
    "rotated": Kind(
        _turned,
        _turned_of,
        lambda box, geometry: geometry.rotated_to_image(np.array([box], np.float64))[0].tolist(),
    ),
    "keypoints": Kind(_skeletons, keypoints.true_of, keypoints.on_image),
}
