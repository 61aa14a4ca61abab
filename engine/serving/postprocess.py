"""From the network's outputs to labels and boxes in image pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.manifest import ModelManifest
from engine.serving.preprocess import Floats, Geometry

CANDIDATES = 2000  # before suppression; more cannot all be real in one image


@dataclass(frozen=True)
class Detection:
    """One found object; the box is xyxy in px of the image."""

    label: str
    score: float
    box: tuple[float, float, float, float]

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire."""
        return {"label": self.label, "score": round(self.score, 5), "box": [round(edge, 2) for edge in self.box]}


@dataclass(frozen=True)
class Classification:
    """The label with the highest score, and the score of each label in the order of the manifest."""

    label: str
    score: float
    scores: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """As it goes over the wire."""
        return {
            "label": self.label,
            "score": round(self.score, 5),
            "scores": [round(score, 5) for score in self.scores],
        }


def finish(
    outputs: Mapping[str, npt.NDArray[Any]],
    manifest: ModelManifest,
    geometry: Geometry,
    *,
    index: int = 0,
    score_threshold: float | None = None,
) -> list[Detection] | Classification:
    """Read the answer for one image of the batch.

    Args:
        outputs: detection: boxes (N, K, 4) xyxy in input px and scores (N, K, C) in [0, 1];
            classification: probabilities (N, C).
        manifest: gives labels and thresholds.
        geometry: what `prepare` returned for this image.
        index: which of the N images.
        score_threshold: instead of the manifest's (evaluation needs the whole curve).
    """
    if manifest.task == "classification":
        scores = np.asarray(outputs["probabilities"], np.float32)[index]
        best = int(scores.argmax())
        return Classification(manifest.labels[best], float(scores[best]), tuple(float(score) for score in scores))
    spec = manifest.postprocess
    boxes, scores, classes = select(
        np.asarray(outputs["boxes"], np.float32)[index],
        np.asarray(outputs["scores"], np.float32)[index],
        spec.score_threshold if score_threshold is None else score_threshold,
        spec.iou_threshold,
        spec.max_detections,
    )
    boxes = geometry.to_image(boxes)
    return [
        Detection(manifest.labels[label], float(score), (box[0], box[1], box[2], box[3]))
        for box, score, label in zip(boxes.tolist(), scores.tolist(), classes.tolist(), strict=True)
    ]


def select(
    boxes: Floats, scores: Floats, score_threshold: float, iou_threshold: float, max_detections: int
) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
    """Threshold and suppress by class: boxes (K, 4), scores (K, C) → boxes (D, 4), scores (D,), classes (D,), best first."""
    flat = scores.ravel()
    keep = np.flatnonzero(flat >= score_threshold)
    if len(keep) > CANDIDATES:
        keep = keep[np.argpartition(flat[keep], -CANDIDATES)[-CANDIDATES:]]
    keep = keep[np.argsort(-flat[keep], kind="stable")]
    rows, classes = np.divmod(keep, scores.shape[1])
    chosen = nms(boxes[rows], classes, iou_threshold)[:max_detections]
    return boxes[rows[chosen]], flat[keep[chosen]], classes[chosen]


def nms(boxes: Floats, classes: npt.NDArray[np.intp], iou_threshold: float) -> npt.NDArray[np.intp]:
    """Greedy non-maximum suppression within each class; boxes (K, 4) xyxy sorted by score, best first → kept indices."""
    if len(boxes) == 0:
        return np.empty(0, np.intp)
    # Boxes of different classes are moved apart so that one pass serves all classes.
    low = boxes.min()
    apart = (boxes - low) + (classes * (boxes.max() - low + 1))[:, None].astype(np.float32)
    x0, y0, x1, y1 = apart.T
    area = np.maximum(x1 - x0, 0) * np.maximum(y1 - y0, 0)
    remaining = np.arange(len(boxes))
    kept = []
    while len(remaining):
        first, rest = remaining[0], remaining[1:]
        kept.append(first)
        width = np.minimum(x1[first], x1[rest]) - np.maximum(x0[first], x0[rest])
        height = np.minimum(y1[first], y1[rest]) - np.maximum(y0[first], y0[rest])
        overlap = np.maximum(width, 0) * np.maximum(height, 0)
        union = area[first] + area[rest] - overlap
        remaining = rest[overlap <= iou_threshold * np.maximum(union, 1e-9)]
    return np.asarray(kept, np.intp)
