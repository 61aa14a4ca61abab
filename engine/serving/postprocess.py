"""From the network's outputs to labels and boxes in image pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving import rotated
from engine.serving.answers import Answer, Classification, Detection, Tags
from engine.serving.instances import instances
from engine.serving.manifest import ModelManifest
from engine.serving.preprocess import Floats, Geometry
from engine.serving.regions import inner, on_image, regions

Arrays = Mapping[str, Floats]
Alike = Callable[[Any, Any], Any]  # a row and others: (others,) in [0, 1]
CANDIDATES = 2000  # before suppression; more cannot all be real in one image


def finish(
    outputs: Mapping[str, npt.NDArray[Any]],
    manifest: ModelManifest,
    geometry: Geometry,
    *,
    index: int = 0,
    score_threshold: float | None = None,
) -> Answer:
    """Read the answer for one image of the batch.

    Args:
        outputs: detection: boxes (N, K, 4) xyxy in input px and scores (N, K, C) in [0, 1]; rotated: also rotated (N, K, 6)
            as `rotated.decoded` reads it; keypoints: also points (N, K, points, 3), x, y in input px and how visible in [0, 1];
            instances: also coefficients (N, K, M) and prototypes (N, M, h, w) of masks; classification, multilabel:
            probabilities (N, C); tabular: (N, 2), or (N, T, 2) of T targets; segmentation: probabilities (N, 1 + C, h, w), background first;
            anomaly: scores (N,) and maps (N, h, w), both in [0, 1].
        manifest: gives labels and thresholds.
        geometry: what `prepare` returned for this image.
        index: which of the N images.
        score_threshold: instead of the manifest's (evaluation needs the whole curve).
    """
    arrays = {name: np.asarray(value, np.float32)[index] for name, value in outputs.items()}
    if manifest.task == "multilabel":
        return Answer(classification=_tags(arrays["probabilities"], manifest, score_threshold))
    threshold = manifest.postprocess.score_threshold if score_threshold is None else score_threshold
    return _FINISH[manifest.task](arrays, manifest, geometry, threshold)


def _objects(arrays: Arrays, manifest: ModelManifest, geometry: Geometry, threshold: float) -> Answer:
    spec = manifest.postprocess
    boxes, scores, classes = select(
        arrays["boxes"], arrays["scores"], threshold, spec.iou_threshold, spec.max_detections
    )
    placed = geometry.to_image(boxes).tolist()
    rows = zip(placed, scores.tolist(), classes.tolist(), strict=True)
    return Answer(
        tuple(Detection(manifest.labels[label], score, (box[0], box[1], box[2], box[3])) for box, score, label in rows)
    )


def _turned(arrays: Arrays, manifest: ModelManifest, geometry: Geometry, threshold: float) -> Answer:
    """Rotated boxes; the upright ones are the hulls of what of them lies in the image."""
    spec = manifest.postprocess
    found, scores, classes = select_rotated(
        arrays["rotated"], arrays["scores"], threshold, spec.iou_threshold, spec.max_detections
    )
    placed = geometry.rotated_to_image(found)
    hulls = np.clip(rotated.hulls(placed), 0, np.array([geometry.width, geometry.height] * 2))
    told = zip(classes.tolist(), scores.tolist(), hulls.tolist(), placed.tolist(), strict=True)
    return Answer(
        tuple(
            Detection(manifest.labels[label], score, (box[0], box[1], box[2], box[3]), rotated=tuple(turned))
            for label, score, box, turned in told
        )
    )


def _skeletons(arrays: Arrays, manifest: ModelManifest, geometry: Geometry, threshold: float) -> Answer:
    """Objects with as many points as their label's skeleton has."""
    spec = manifest.postprocess
    rows, classes = chosen(arrays["boxes"], arrays["scores"], threshold, spec.iou_threshold, spec.max_detections)
    boxes, points = geometry.to_image(arrays["boxes"][rows]).tolist(), arrays["points"][rows]
    points = np.concatenate([geometry.points_to_image(points[..., :2]), points[..., 2:]], -1)
    found = []
    for row, label, box, each in zip(rows.tolist(), classes.tolist(), boxes, points.tolist(), strict=True):
        kept = tuple((x, y, seen) for x, y, seen in each[: len(manifest.skeletons[label].points)])
        score = float(arrays["scores"][row, label])
        found.append(Detection(manifest.labels[label], score, (box[0], box[1], box[2], box[3]), points=kept))
    return Answer(tuple(found))


def _instances(arrays: Arrays, manifest: ModelManifest, geometry: Geometry, threshold: float) -> Answer:
    """Objects with their pixels."""
    spec = manifest.postprocess
    rows, classes = chosen(arrays["boxes"], arrays["scores"], threshold, spec.iou_threshold, spec.max_detections)
    labels = [manifest.labels[label] for label in classes]
    size = (manifest.input.width, manifest.input.height)
    return Answer(tuple(instances(arrays, rows, labels, arrays["scores"][rows, classes].tolist(), geometry, size)))


def _label(arrays: Arrays, manifest: ModelManifest, geometry: Geometry, threshold: float) -> Answer:
    del geometry, threshold
    return Answer(classification=_classification(arrays["probabilities"], manifest.labels))


def _row(arrays: Arrays, manifest: ModelManifest, geometry: Geometry, threshold: float) -> Answer:
    del geometry, threshold
    assert manifest.table is not None
    targets = manifest.table.targets(manifest.labels)
    scores = arrays["probabilities"].reshape(len(targets), -1)
    found = {one.name: _classification(own, one.labels) for one, own in zip(targets, scores, strict=True)}
    first = found[targets[0].name]
    return Answer(classification=first, targets=found) if len(targets) > 1 else Answer(classification=first)


def _classification(scores: Floats, labels: Sequence[str]) -> Classification:
    best = int(scores.argmax())
    return Classification(labels[best], float(scores[best]), tuple(float(score) for score in scores))


def _tags(scores: Floats, manifest: ModelManifest, threshold: float | None) -> Tags:
    spec = manifest.postprocess
    one = spec.score_threshold if threshold is None else threshold
    own = spec.thresholds if threshold is None and spec.thresholds else (one,) * len(scores)
    best = _classification(scores, manifest.labels)
    order = np.argsort(-scores, kind="stable").tolist()
    said = tuple((manifest.labels[label], best.scores[label]) for label in order if best.scores[label] >= own[label])
    return Tags(best.label, best.score, best.scores, said)


def _segments(arrays: Arrays, manifest: ModelManifest, geometry: Geometry, threshold: float) -> Answer:
    """Each pixel belongs to what is likeliest there; what hangs together is one region."""
    coarse = arrays["probabilities"]
    size = (manifest.input.width, manifest.input.height)
    likeliest = on_image(coarse[0], geometry, size)
    winner = np.zeros(likeliest.shape, np.uint8)
    for number in range(1, len(coarse)):
        if coarse[number].max() <= 1 / len(coarse):
            continue  # nowhere the likeliest
        values = on_image(coarse[number], geometry, size)
        wins = values > likeliest
        winner[wins], likeliest[wins] = number, values[wins]
    found = [
        region
        for number in np.unique(winner[winner > 0]).tolist()
        for region in regions(winner == number, likeliest, manifest.labels[number - 1])
        if region.score >= threshold
    ]
    found.sort(key=lambda region: -region.score)
    return Answer(tuple(found[: manifest.postprocess.max_detections]))


def _anomaly(arrays: Arrays, manifest: ModelManifest, geometry: Geometry, threshold: float) -> Answer:
    """How unusual the image is, and the regions that are; each pixel is held against the same limit as the image."""
    score = float(arrays["scores"])
    limit = manifest.postprocess.score_threshold
    whole = Classification(manifest.labels[int(score >= limit)], max(score, 1 - score), (1 - score, score))
    size = (manifest.input.width, manifest.input.height)
    heat = on_image(arrays["maps"], geometry, size)
    found = regions(heat >= max(threshold, limit), heat, manifest.labels[1])[: manifest.postprocess.max_detections]
    return Answer(tuple(found), whole, inner(arrays["maps"], geometry, size))


_FINISH: Mapping[str, Callable[[Arrays, ModelManifest, Geometry, float], Answer]] = {
    "detection": _objects,
    "rotated": _turned,
    "keypoints": _skeletons,
    "instances": _instances,
    "classification": _label,
    "segmentation": _segments,
    "anomaly": _anomaly,
    "tabular": _row,
}


def select(
    boxes: Floats, scores: Floats, score_threshold: float, iou_threshold: float, max_detections: int
) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
    """Threshold and suppress by class: boxes (K, 4), scores (K, C) → boxes (D, 4), scores (D,), classes (D,), best first."""
    rows, classes = chosen(boxes, scores, score_threshold, iou_threshold, max_detections)
    return boxes[rows], scores[rows, classes], classes


def select_rotated(
    outputs: Floats, scores: Floats, score_threshold: float, iou_threshold: float, max_detections: int
) -> tuple[npt.NDArray[np.float64], Floats, npt.NDArray[np.intp]]:
    """As `select`, by the IoU of rotated boxes: outputs (K, 6) as `rotated.decoded` reads them → rotated boxes (D, 5)."""
    found = rotated.decoded(outputs)
    limits = (score_threshold, iou_threshold, max_detections)
    rows, classes = chosen(outputs, scores, *limits, rotated.among(found, iou_threshold))
    return found[rows], scores[rows, classes], classes


def chosen(
    boxes: Floats,
    scores: Floats,
    score_threshold: float,
    iou_threshold: float,
    max_detections: int,
    alike: Alike | None = None,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """As `select`: rows (D,) of the boxes, by which to take what else they carry, and classes (D,).

    Args:
        alike: how alike one row is to others, instead of the IoU of their boxes.
    """
    flat = scores.ravel()
    keep = np.flatnonzero(flat >= score_threshold)
    if len(keep) > CANDIDATES:
        keep = keep[np.argpartition(flat[keep], -CANDIDATES)[-CANDIDATES:]]
    keep = keep[np.argsort(-flat[keep], kind="stable")]
    rows, classes = np.divmod(keep, scores.shape[1])
    if alike is None:
        kept = nms(boxes[rows], classes, iou_threshold)[:max_detections]
    else:

        def same(first: Any, rest: Any) -> Any:
            found = classes[first] == classes[rest]
            found[found] = alike(rows[first], rows[rest[found]]) > iou_threshold
            return found

        kept = suppressed(len(rows), same, max_detections)
    return rows[kept], classes[kept]


def nms(boxes: Floats, classes: npt.NDArray[np.intp], iou_threshold: float) -> npt.NDArray[np.intp]:
    """Greedy non-maximum suppression within each class; boxes (K, 4) xyxy sorted by score, best first → kept indices."""
    if len(boxes) == 0:
        return np.empty(0, np.intp)
    # Boxes of different classes are moved apart so that one pass serves all classes.
    low = boxes.min()
    apart = (boxes - low) + (classes * (boxes.max() - low + 1))[:, None].astype(np.float32)
    x0, y0, x1, y1 = apart.T
    area = np.maximum(x1 - x0, 0) * np.maximum(y1 - y0, 0)

    def same(first: Any, rest: Any) -> Any:
        width = np.minimum(x1[first], x1[rest]) - np.maximum(x0[first], x0[rest])
        height = np.minimum(y1[first], y1[rest]) - np.maximum(y0[first], y0[rest])
        overlap = np.maximum(width, 0) * np.maximum(height, 0)
        union = area[first] + area[rest] - overlap
        return overlap > iou_threshold * np.maximum(union, 1e-9)

    return suppressed(len(boxes), same)


def suppressed(count: int, same: Callable[[Any, Any], Any], most: int | None = None) -> npt.NDArray[np.intp]:
    """Of `count` answers, best first, those that are not the same as a better one that is kept; at most `most`."""
    remaining = np.arange(count)
    kept: list[Any] = []
    while len(remaining) and (most is None or len(kept) < most):
        first, rest = remaining[0], remaining[1:]
        kept.append(first)
        remaining = rest[~same(first, rest)]
    return np.asarray(kept, np.intp)
