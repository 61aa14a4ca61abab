"""Average precision: by faster-coco-eval over all overlaps, and a plain one whose uncertainty can be told."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.evaluation.boxes import Boxes, Floats, Ints, Matches
from engine.training.ranking import RECALLS, area
from engine.training.similarity import judge

IOUS = (0.33, *np.arange(0.5, 1.0, 0.05).round(2).tolist())
MAX_DETECTIONS = 100  # an image, as COCO counts
REPLICATES = 200


@dataclass(frozen=True)
class AveragePrecision:
    """Areas under the precision-recall curve in [0, 1]; NaN for a label without true boxes.

    Attributes:
        by_iou: (len(IOUS), C).
    """

    by_iou: Floats

    def mean(self, *ious: float) -> float:
        """Over the labels that have true boxes, and over these overlaps."""
        return _mean(self.by_iou[[IOUS.index(iou) for iou in ious]])

    def of(self, label: int, *ious: float) -> float:
        """Of one label, over these overlaps."""
        return _mean(self.by_iou[[IOUS.index(iou) for iou in ious], label])


def average_precision(truth: Boxes, found: Boxes, sizes: Sequence[tuple[int, int]], labels: int) -> AveragePrecision:
    """COCO's average precision (Lin et al. 2014, 101 recall points, area "all") by what is alike in the task.

    Args:
        sizes: width and height of each item in px.
        labels: how many there are.
    """
    from faster_coco_eval import COCO

    areas = np.clip(truth.box[:, 2:] - truth.box[:, :2], 0, None).prod(axis=1)
    annotations = [
        {"id": row + 1, "image_id": int(truth.item[row]) + 1, "category_id": int(truth.label[row]) + 1,
         "bbox": _xywh(truth.box[row]), "area": float(areas[row]), "iscrowd": int(truth.crowd[row]), "ignore": 0}
        for row in range(len(truth))
    ]  # fmt: skip
    images = [{"id": index + 1, "width": width, "height": height} for index, (width, height) in enumerate(sizes)]
    categories = [{"id": label + 1, "name": str(label)} for label in range(labels)]
    results = [
        {"image_id": int(found.item[row]) + 1, "category_id": int(found.label[row]) + 1, "bbox": _xywh(found.box[row]),
         "score": float(found.score[row])}
        for row in range(len(found))
    ]  # fmt: skip
    real = np.bincount(truth.label[~truth.crowd], minlength=labels) > 0
    if not results or not real.any():
        return AveragePrecision(np.where(real, 0.0, np.nan)[None].repeat(len(IOUS), 0))
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO({"images": images, "annotations": annotations, "categories": categories})
        kind = judge(truth.task, found.objects, truth.objects)
        judged = kind(reference, reference.loadRes(results), "bbox", print_function=_silent)
        parameters: Any = judged.params
        parameters.iouThrs, parameters.maxDets = np.asarray(IOUS), [MAX_DETECTIONS]
        parameters.areaRng, parameters.areaRngLbl = [[0, 1e10]], ["all"]
        judged.evaluate()
        judged.accumulate()
    precision = np.asarray(judged.eval["precision"], np.float64).reshape(len(IOUS), len(RECALLS), labels)
    return AveragePrecision(np.where(real, np.maximum(precision, 0).mean(axis=1), np.nan))


@dataclass(frozen=True)
class Curve:
    """Precision and recall of one label from the strictest threshold to the most lenient.

    Attributes:
        item: (N,) item of each found box, best score first.
        right: (N,) whether it stands for a true box of its label.
        positives: (I,) true boxes of the label by item.
    """

    item: Ints
    right: Ints
    score: Floats
    positives: Ints

    @property
    def recall(self) -> Floats:
        """(N,)."""
        result: Floats = np.cumsum(self.right) / max(1, int(self.positives.sum()))
        return result

    @property
    def precision(self) -> Floats:
        """(N,)."""
        result: Floats = np.cumsum(self.right) / np.arange(1, len(self.right) + 1)
        return result


def curves(truth: Boxes, found: Boxes, matches: Matches, items: int, labels: int) -> list[Curve]:
    """One curve a label, from boxes sorted best first and matched within their labels."""
    answer = []
    for label in range(labels):
        mine = (found.label == label) & ~matches.ignored
        positives = np.bincount(truth.item[(truth.label == label) & ~truth.crowd], minlength=items)
        right = (matches.truth[mine] >= 0).astype(np.int64)
        answer.append(Curve(found.item[mine], right, found.score[mine], positives))
    return answer


def interval_of_map(found: Sequence[Curve], items: int, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the mean average precision over what other items of the same kind would have given.

    Bootstrap over items (Efron 1979), percentiles of `REPLICATES` draws.
    """
    return percentiles(mean_average_precision(found, draws(items, seed)))


def mean_average_precision(found: Sequence[Curve], weights: Ints) -> Floats:
    """Of each draw of the items, (R, I) how often each is in it: (R,), NaN where no label has a true box."""
    by_label = np.stack([_weighted(curve, weights) for curve in found], axis=1)
    usable = ~np.isnan(by_label)
    means = np.where(usable, by_label, 0).sum(axis=1) / np.maximum(usable.sum(axis=1), 1)
    result: Floats = np.where(usable.any(axis=1), means, np.nan)
    return result


def interval_of_ratio(numerators: Any, denominators: Any, seed: int = 0) -> tuple[float, float]:
    """95 % interval of sum(numerators) / sum(denominators), both by item."""
    weights = draws(len(numerators), seed)
    above, below = weights @ np.asarray(numerators, np.float64), weights @ np.asarray(denominators, np.float64)
    return percentiles(above[below > 0] / below[below > 0])


def draws(items: int, seed: int) -> Ints:
    """How often each item is drawn in each replicate: (REPLICATES, items)."""
    random = np.random.default_rng(seed)
    result: Ints = random.multinomial(items, np.full(items, 1 / items), size=REPLICATES)
    return result


def percentiles(values: Floats) -> tuple[float, float]:
    """The middle 95 % of those that are numbers; NaN without any."""
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _weighted(curve: Curve, weights: Ints) -> Floats:
    """Average precision of each replicate; NaN where the label has no true box."""
    answer = np.full(len(weights), np.nan)
    positives = weights @ curve.positives
    for row in np.flatnonzero(positives):
        times = weights[row][curve.item]
        right, all_ = np.cumsum(times * curve.right), np.cumsum(times)
        precision = np.divide(right, all_, out=np.zeros(len(right)), where=all_ > 0)
        answer[row] = area(right / positives[row], precision)
    return answer


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _xywh(box: Floats) -> list[float]:
    return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]


_silent: Callable[..., None] = lambda *_, **__: None  # noqa: E731
