"""The objects that a network in training answers for an image, and the true ones, on the model's canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.serving.manifest import ModelManifest
from engine.serving.postprocess import chosen
from engine.training import keypoints
from engine.training.samples import Sample

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]


class Found(NamedTuple):
    """D objects, the surest first: boxes (D, 4) xyxy px, scores (D,), labels (D,), and what each carries beside its box."""

    boxes: Floats
    scores: Floats
    labels: Ints
    more: list[Any]


# By task: from what the head says (D, …) at the positions of found objects, and their labels, to what each carries
SAID: dict[str, Callable[[Floats, Ints, ModelManifest], list[Any]]] = {"keypoints": keypoints.said}
# By task: what each true object of an item carries, as `engine.training.similarity.Objects` takes it
TRUE: dict[str, Callable[[Sample, ModelManifest], list[Any]]] = {"keypoints": keypoints.true_of}


def found(output: Any, place: int, manifest: ModelManifest, score: float, most: int) -> Found:
    """What is answered for one image of a batch, after suppression, down to a score."""
    boxes, scores = _plain(output.boxes[place]), _plain(output.logits[place].float().sigmoid())
    rows, labels = chosen(boxes, scores, score, manifest.postprocess.iou_threshold, most)
    more: list[Any] = [None] * len(rows)
    if manifest.task in SAID:
        more = SAID[manifest.task](_plain(output.more[place])[rows], labels, manifest)
    return Found(boxes[rows], scores[rows, labels], labels, more)


def _plain(tensor: Any) -> Floats:
    values: Floats = tensor.detach().float().cpu().numpy()
    return values


def true_of(sample: Sample, manifest: ModelManifest) -> list[Any]:
    """What each true object of an item carries beside its box."""
    if manifest.task in TRUE:
        return TRUE[manifest.task](sample, manifest)
    return [None] * len(sample.labels)
