"""Which answer of a model is asked about, and how sure the model is of it: before the softmax for gradients, and as a score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import UsageError
from engine.serving.answers import Answer
from engine.serving.manifest import OBJECTS, ModelManifest
from engine.serving.preprocess import Geometry

if TYPE_CHECKING:
    from torch import Tensor, nn

Box = tuple[float, float, float, float]
HOTTEST = 0.8  # of the largest value of an anomaly map: the places that decide


@dataclass(frozen=True)
class Subject:
    """A label, of the whole image or of what lies in a box, xyxy in px of the item."""

    label: str
    box: Box | None = None


@dataclass(frozen=True)
class Focus:
    """How sure a network is of a subject, for a batch of prepared images (N, channels, H, W).

    Attributes:
        evidence: (N,), unbounded; gradients of it do not vanish where the model is sure.
        scores: (N,) from 0 on.
    """

    evidence: Callable[[Tensor], Tensor]
    scores: Callable[[Tensor], Tensor]


def surest(answer: Answer, manifest: ModelManifest, label: str = "") -> Subject | None:
    """What a model says of an image most surely, or most surely of a label; None: it says nothing.

    Raises:
        UsageError: the model does not know the label.
    """
    if label and label not in manifest.labels:
        raise UsageError(f"{manifest.name} knows no label “{label}”; it knows: {', '.join(manifest.labels)}.")
    if manifest.task == "anomaly":
        return Subject(manifest.labels[1])
    if answer.classification is not None:
        return Subject(label or answer.classification.label)
    found = [one for one in answer.detections if label in ("", one.label)]
    best = max(found, key=lambda one: one.score, default=None)
    if best is None:
        return None
    left, top, right, bottom = (round(edge, 1) for edge in best.box)
    return Subject(best.label, (left, top, right, bottom))


def focus_on(model: nn.Module, manifest: ModelManifest, subject: Subject, geometry: Geometry, image: Tensor) -> Focus:
    """How to ask a model about a subject of one image.

    Args:
        model: as `load_network` gives it.
        geometry: how the image lies in the input.
        image: (1, channels, H, W), prepared.
    """
    if manifest.task == "anomaly":
        return _unusual(model, subject, geometry, image)
    network, number = model.network, manifest.labels.index(subject.label)
    make = {
        "classification": _label, "multilabel": _tag, **dict.fromkeys(OBJECTS, _object), "segmentation": _region,
    }[manifest.task]  # fmt: skip
    return make(network, number, subject, geometry, image)


def _label(network: Any, number: int, *_: Any) -> Focus:
    return Focus(lambda images: network(images)[:, number], lambda images: network(images).softmax(1)[:, number])


def _tag(network: Any, number: int, *_: Any) -> Focus:
    return Focus(lambda images: network(images)[:, number], lambda images: network(images).sigmoid()[:, number])


def _object(network: Any, number: int, subject: Subject, geometry: Geometry, _image: Tensor) -> Focus:
    """The position whose box fits best and that is surest: the highest IoU × score (Petsiuk et al. 2021, D-RISE, eq. 4)."""
    import torch

    from engine.modeling.nets.overlaps import pairwise_iou

    wanted = torch.from_numpy(geometry.to_input(np.array([subject.box], np.float32)))[None]

    def similar(images: Tensor) -> tuple[Tensor, Tensor]:
        positions = network(images)
        fit = pairwise_iou(wanted.to(images.device).expand(len(images), -1, -1), positions.boxes)[:, 0]
        logits = positions.logits[..., number]
        return fit * logits.sigmoid(), logits

    def evidence(images: Tensor) -> Tensor:
        product, logits = similar(images)
        return logits.gather(1, product.argmax(1, keepdim=True))[:, 0]

    return Focus(evidence, lambda images: similar(images)[0].amax(1))


def _region(network: Any, number: int, subject: Subject, geometry: Geometry, image: Tensor) -> Focus:
    """The mean over the pixels that have the label now in the box (Vinogradova et al. 2020), or over the box without any."""
    import torch

    with torch.no_grad():
        now = network(image)[0]
    inside = in_box(subject.box, geometry, image.shape[2:], now.shape[1:]).to(image.device)
    mine = inside & (now.argmax(0) == number + 1)
    pixels = mine if mine.any() else inside
    return Focus(
        lambda images: network(images)[:, number + 1][:, pixels].mean(1),
        lambda images: network(images).softmax(1)[:, number + 1][:, pixels].mean(1),
    )


def _unusual(model: Any, subject: Subject, geometry: Geometry, image: Tensor) -> Focus:
    """The mean over the places that are the most unusual now: what is unusual elsewhere must not stand in for them."""
    import torch

    with torch.no_grad():
        now = model.network(image).maps[0]
    inside = in_box(subject.box, geometry, image.shape[2:], now.shape).to(image.device)
    pixels = inside & (now >= HOTTEST * now[inside].max())

    def scores(images: Tensor) -> Tensor:
        maps: Tensor = model.network(images).maps / (2 * model.head.limit)
        return maps[:, pixels].mean(1)

    return Focus(scores, scores)


def in_box(wanted: Box | None, geometry: Geometry, whole: Any, size: Any) -> Tensor:
    """The places of a map (h, w) over an input (H, W) that lie in a box of the image, at least one; all without a box."""
    import torch

    inside = torch.zeros(tuple(size), dtype=torch.bool)
    height, width = size
    box = geometry.to_input(np.array([wanted or (0, 0, geometry.width, geometry.height)], np.float32))[0]
    across, down = width / whole[1], height / whole[0]
    left, top = min(int(box[0] * across), width - 1), min(int(box[1] * down), height - 1)
    right, bottom = max(round(box[2] * across), left + 1), max(round(box[3] * down), top + 1)
    inside[max(top, 0) : bottom, max(left, 0) : right] = True
    return inside
