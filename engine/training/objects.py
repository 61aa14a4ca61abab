"""What a network answers of objects, and what is true of them, on the canvas that it sees: by task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from engine.data import rle
from engine.serving import rotated
from engine.serving.instances import instances
from engine.serving.manifest import ModelManifest, PostprocessSpec
from engine.serving.postprocess import chosen, select, select_rotated
from engine.serving.preprocess import Geometry
from engine.serving.regions import on_image as map_on_image
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
    return KINDS[manifest.task].on_image(value, geometry, (manifest.input.width, manifest.input.height))


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


def _masked(manifest: ModelManifest, output: Any, place: int, scores: Any, limits: Limits) -> Found:
    del manifest
    arrays = {name: _array(getattr(output, name)[place]) for name in ("boxes", "coefficients", "prototypes")}
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


def _turned_of(_manifest: ModelManifest, view: View) -> list[Any]:
    assert view.corners is not None
    found: list[Any] = rotated.enclosing(view.corners).tolist()
    return found


def _masks_of(_manifest: ModelManifest, view: View) -> list[Any]:
    assert view.masks is not None
    return [rle.encode(mask) for mask in view.masks]


class Kind(NamedTuple):
    """How the objects of a task are taken from answers and views, and put on the image (from the canvas' width, height)."""

    found: Callable[[ModelManifest, Any, int, Any, Limits], Found]
    true: Callable[[ModelManifest, View], list[Any]]
    on_image: Callable[[Any, Geometry, tuple[int, int]], Any]


KINDS = {
    "detection": Kind(_boxes, lambda _manifest, _view: [], lambda value, _geometry, _canvas: value),
    "rotated": Kind(
        _turned,
        _turned_of,
        lambda box, geometry, _canvas: geometry.rotated_to_image(np.array([box], np.float64))[0].tolist(),
    ),
    "keypoints": Kind(
        _skeletons, keypoints.true_of, lambda flat, geometry, _canvas: keypoints.on_image(flat, geometry)
    ),
    "instances": Kind(_masked, _masks_of, _mask_on_image),
}
