"""What `/metrics` tells of answers, so that a release can be judged without labels: scores, objects, labels, rejects."""

from __future__ import annotations

from collections.abc import Callable

from engine.serving.answers import Tags
from engine.serving.manifest import OBJECTS, ModelManifest
from engine.serving.metrics import Metrics
from engine.serving.predictor import Prediction

MOST_LABELS = 50  # further ones are counted as OTHER
OTHER = "(other)"


def listener(metrics: Metrics, manifest: ModelManifest) -> Callable[[Prediction], None]:
    """Counts each answer that it is given. All labels stand there from the start: one that is never said is known, too."""
    for label in manifest.labels[:MOST_LABELS]:
        metrics.count("lineside_images_with_label_total", 0, label=label)
    metrics.count("lineside_images_total", 0)
    if rejects(manifest.task):
        metrics.count("lineside_images_rejected_total", 0)
    return lambda prediction: tell(metrics, manifest, prediction)


def tell(metrics: Metrics, manifest: ModelManifest, prediction: Prediction) -> None:
    """Count one answer."""
    known = manifest.labels[:MOST_LABELS]
    said = labels_of(prediction)
    metrics.count("lineside_images_total")
    metrics.observe("lineside_top_score", top_score(prediction))
    for label in {label if label in known else OTHER for label in said}:
        metrics.count("lineside_images_with_label_total", label=label)
    if prediction.classification is None:
        metrics.observe("lineside_objects", len(prediction.detections))
    if rejects(manifest.task) and is_rejected(manifest, prediction):
        metrics.count("lineside_images_rejected_total")


def rejects(task: str) -> bool:
    """Whether answers of a task say that a part is bad: an unusual image, or something found on it."""
    return task in ("anomaly", "segmentation", *OBJECTS)


def is_rejected(manifest: ModelManifest, prediction: Prediction) -> bool:
    """Whether the answer calls the part bad."""
    if prediction.classification is not None:
        return prediction.classification.label == manifest.labels[1]
    return bool(prediction.detections)


def top_score(prediction: Prediction) -> float:
    """How unusual an image is, or the highest score of an answer; 0 where nothing was found."""
    whole = prediction.classification
    if whole is not None:
        return whole.scores[1] if prediction.task == "anomaly" else whole.score
    return max((found.score for found in prediction.detections), default=0.0)


def labels_of(prediction: Prediction) -> set[str]:
    """All labels that an answer says."""
    whole = prediction.classification
    if isinstance(whole, Tags):
        return {label for label, _ in whole.said}
    return {whole.label} if whole is not None else {found.label for found in prediction.detections}
