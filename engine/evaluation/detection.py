"""How well found boxes fit the true ones: average precision, 漏检 and 过杀, confusion, thresholds, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.evaluation.boxes import NOTHING, Boxes, Floats, Ints, Matches, match
from engine.evaluation.precision import (
    IOUS,
    AveragePrecision,
    Curve,
    average_precision,
    curves,
    interval_of_map,
    interval_of_ratio,
)
from engine.evaluation.rows import told
from engine.evaluation.scores import NONE, Choice, Row, Scores, ratio, tidy, tidy_intervals
from engine.evaluation.thresholds import GRID, chosen_threshold, middle_of_best
from engine.evaluation.truth import Truth

CURVE_POINTS = 200


@dataclass(frozen=True)
class _Counts:
    """At one threshold: each array by item, or by label."""

    found: Floats  # true boxes of the item that something stands for
    mislabelled: Floats
    false: Floats  # found boxes that stand for nothing
    all: Floats  # found boxes


def measure(truth: Truth, found: Boxes, choice: Choice, served: float) -> Scores:
    """All figures of a model that finds objects, which are right where they are alike by their task.

    Args:
        found: all boxes down to a low score.
        served: the score above which the model reports a box where it is served.
    """
    found, true = found.best_first(), truth.boxes
    count, labels = len(truth.items), len(truth.labels)
    areas = average_precision(true, found, [(item.width, item.height) for item in truth.items], labels)
    lines = curves(true, found, match(true, found), count, labels)
    matches = match(true, found, across_labels=True)
    sweep = _Sweep(truth, found, matches, lines)
    thresholds = {"f1": sweep.best_f1()}
    threshold = chosen_threshold(choice, {"model": served, **thresholds})
    kept = (found.score >= threshold) & ~matches.ignored
    now = _counts(truth, found, matches, kept)
    objects = np.bincount(true.item[~true.crowd], minlength=count)
    return Scores(
        task=true.task,
        main="map50",
        metrics=tidy(_metrics(truth, areas, sweep, now, threshold, objects)),
        per_class={
            name: tidy(_label_metrics(label, areas, lines[label], threshold)) for label, name in enumerate(truth.labels)
        },
        confusion=_confusion(truth, found, matches, kept),
        threshold=round(threshold, 6),
        thresholds={name: round(value, 6) for name, value in thresholds.items()},
        intervals=tidy_intervals(
            {
                "map50": interval_of_map(lines, count),
                "missed": interval_of_ratio(objects - now.found, objects),
                "false_reject": interval_of_ratio(now.false, now.all),
            }
        ),
        curves={"iou": 0.5, "labels": _curve_points(truth, lines, areas), "sweep": sweep.to_json()},
        items=_item_rows(truth, found, matches, kept, now, objects),
        predictions=_prediction_rows(truth, found, matches),
        matches=_match_rows(truth, found, matches, kept),
    )


def _metrics(
    truth: Truth, areas: AveragePrecision, sweep: _Sweep, now: _Counts, threshold: float, objects: Ints
) -> dict[str, float]:
    right = float(now.found.sum() - now.mislabelled.sum())
    precision, recall = ratio(right, now.all.sum()), ratio(right, objects.sum())
    missed_images, false_images = sweep.images(threshold)
    return {
        "map50": areas.mean(0.5),
        "map": areas.mean(*IOUS[1:]),
        "map33": areas.mean(0.33),
        "precision": precision,
        "recall": recall,
        "f1": _f1(precision, recall),
        "missed": ratio(objects.sum() - now.found.sum(), objects.sum()),
        "mislabelled": ratio(now.mislabelled.sum(), objects.sum()),
        "false_reject": ratio(now.false.sum(), now.all.sum()),
        "false_per_image": ratio(now.false.sum(), len(truth.items)),
        "missed_images": missed_images,
        "false_reject_images": false_images,
        "items": len(truth.items),
        "objects": int(objects.sum()),
    }


def _label_metrics(label: int, areas: AveragePrecision, line: Curve, threshold: float) -> dict[str, float]:
    kept = line.score >= threshold
    right, positives = int(line.right[kept].sum()), int(line.positives.sum())
    precision, recall = ratio(right, int(kept.sum())), ratio(right, positives)
    return {
        "ap50": areas.of(label, 0.5),
        "ap": areas.of(label, *IOUS[1:]),
        "ap33": areas.of(label, 0.33),
        "precision": precision,
        "recall": recall,
        "f1": _f1(precision, recall),
        "objects": positives,
    }


class _Sweep:
    """What each threshold would miss and reject."""

    def __init__(self, truth: Truth, found: Boxes, matches: Matches, lines: Sequence[Curve]) -> None:
        count = len(truth.items)
        self.thresholds = GRID
        live = ~matches.ignored
        taken = matches.truth != NOTHING
        self.objects = int((~truth.boxes.crowd).sum())
        self._matched = _above(found.score[live & taken], self.thresholds)
        self._false = _above(found.score[live & ~taken], self.thresholds)
        self._right = _above(
            np.concatenate([line.score[line.right > 0] for line in lines] or [np.empty(0)]), self.thresholds
        )
        self._all = self._matched + self._false
        self._highest = np.zeros(count)
        np.maximum.at(self._highest, found.item[live], found.score[live])
        self._bad = np.bincount(truth.boxes.item[~truth.boxes.crowd], minlength=count) > 0

    def best_f1(self) -> float:
        """Where F1 of all objects is highest."""
        return middle_of_best(self._f1())

    def images(self, threshold: float) -> tuple[float, float]:
        """Bad images in which nothing is found, of the bad; good ones in which something is, of the good."""
        rejected = (self._highest >= threshold) & (self._highest > 0)
        good = ~self._bad
        return ratio((self._bad & ~rejected).sum(), self._bad.sum()), ratio((good & rejected).sum(), good.sum())

    def to_json(self) -> dict[str, Any]:
        """Columns by threshold."""
        images = np.array([self.images(threshold) for threshold in self.thresholds])
        columns = {
            "threshold": self.thresholds,
            "f1": self._f1(),
            "missed": (self.objects - self._matched) / max(1, self.objects),
            "false_reject": self._false / np.maximum(1, self._all),
            "missed_images": images[:, 0],
            "false_reject_images": images[:, 1],
        }
        return {**{name: _numbers(values) for name, values in columns.items()}, "missed_of": self.objects}

    def _f1(self) -> Floats:
        result: Floats = 2 * self._right / np.maximum(1, self._all + self.objects)
        return result


def _counts(truth: Truth, found: Boxes, matches: Matches, kept: npt.NDArray[np.bool_]) -> _Counts:
    count = len(truth.items)
    taken = kept & (matches.truth != NOTHING)
    wrong = taken & (found.label != truth.boxes.label[matches.truth] if len(truth.boxes) else False)
    return _Counts(
        *(
            np.bincount(found.item[rows], minlength=count).astype(np.float64)
            for rows in (taken, wrong, kept & ~taken, kept)
        )
    )


def _confusion(truth: Truth, found: Boxes, matches: Matches, kept: npt.NDArray[np.bool_]) -> dict[str, Any]:
    none = len(truth.labels)
    matrix = np.zeros((none + 1, none + 1), np.int64)
    for true, predicted in _pairs(truth, matches, kept):
        row = none if true == NOTHING else int(truth.boxes.label[true])
        column = none if predicted == NOTHING else int(found.label[predicted])
        matrix[row, column] += 1
    return {"labels": [*truth.labels, NONE], "matrix": matrix.tolist()}


def _pairs(truth: Truth, matches: Matches, kept: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """True and found box, either of them NOTHING: each kept box once, and each true one that none of them stands for."""
    pairs = [(int(matches.truth[row]), int(row)) for row in np.flatnonzero(kept)]
    taken = {true for true, _ in pairs}
    alone = [int(row) for row in np.flatnonzero(~truth.boxes.crowd) if int(row) not in taken]
    return pairs + [(row, NOTHING) for row in alone]


def _match_rows(truth: Truth, found: Boxes, matches: Matches, kept: npt.NDArray[np.bool_]) -> list[Row]:
    rows = []
    for true, predicted in _pairs(truth, matches, kept):
        item = truth.boxes.item[true] if true != NOTHING else found.item[predicted]
        rows.append(
            {
                "item_key": truth.items[int(item)].key,
                "truth": NONE if true == NOTHING else truth.labels[int(truth.boxes.label[true])],
                "predicted": NONE if predicted == NOTHING else truth.labels[int(found.label[predicted])],
                "score": None if predicted == NOTHING else float(found.score[predicted]),
                "iou": None if NOTHING in (true, predicted) else float(matches.iou[predicted]),
                "true_box": None if true == NOTHING else truth.boxes.box[true].tolist(),
                "box": None if predicted == NOTHING else found.box[predicted].tolist(),
                **({} if true == NOTHING else told(truth.boxes, true, "true_")),
                **({} if predicted == NOTHING else told(found, predicted)),
            }
        )
    return rows


def _prediction_rows(truth: Truth, found: Boxes, matches: Matches) -> list[Row]:
    return [
        {
            "item_key": truth.items[int(found.item[row])].key,
            "label": truth.labels[int(found.label[row])],
            "score": float(found.score[row]),
            "x": float(found.box[row, 0]),
            "y": float(found.box[row, 1]),
            "w": float(found.box[row, 2] - found.box[row, 0]),
            "h": float(found.box[row, 3] - found.box[row, 1]),
            "iou": float(matches.iou[row]),
            "ignored": bool(matches.ignored[row]),
            **told(found, row),
        }
        for row in range(len(found))
    ]


def _item_rows(
    truth: Truth, found: Boxes, matches: Matches, kept: npt.NDArray[np.bool_], now: _Counts, objects: Ints
) -> list[Row]:
    """`error` sorts the worst first: one for each missed or mislabelled object, the score for each false box."""
    false = kept & (matches.truth == NOTHING)
    error = objects - now.found + now.mislabelled
    error = error + np.bincount(found.item[false], found.score[false], minlength=len(objects))
    highest = np.zeros(len(objects))
    np.maximum.at(highest, found.item, found.score)
    true_labels, found_labels = _labels_by_item(truth, truth.boxes), _labels_by_item(truth, found[kept])
    return [
        {
            "item_key": item.key, "name": item.name, "page": item.page, "digest": item.digest,
            "width": item.width, "height": item.height, "truth": true_labels[index], "predicted": found_labels[index],
            "score": float(highest[index]), "error": float(error[index]), "objects": int(objects[index]),
            "found": int(now.found[index]), "missed": int(objects[index] - now.found[index]),
            "mislabelled": int(now.mislabelled[index]), "false": int(now.false[index]),
        }
        for index, item in enumerate(truth.items)
    ]  # fmt: skip


def _labels_by_item(truth: Truth, boxes: Boxes) -> list[list[str]]:
    answer: list[list[str]] = [[] for _ in truth.items]
    for item, label in zip(boxes.item.tolist(), boxes.label.tolist(), strict=True):
        answer[item].append(truth.labels[label])
    return answer


def _curve_points(truth: Truth, lines: Sequence[Curve], areas: AveragePrecision) -> dict[str, Any]:
    answer = {}
    for label, (name, line) in enumerate(zip(truth.labels, lines, strict=True)):
        places = np.unique(np.linspace(0, max(0, len(line.score) - 1), CURVE_POINTS).astype(np.int64))
        columns = {"recall": line.recall, "precision": line.precision, "score": line.score}
        points = {column: _numbers(values[places]) if len(values) else [] for column, values in columns.items()}
        area = areas.of(label, 0.5)
        answer[name] = {**points, "ap50": None if np.isnan(area) else round(area, 5)}
    return answer


def _above(scores: Floats, thresholds: Floats) -> Floats:
    """How many scores reach each threshold."""
    result: Floats = (len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")).astype(np.float64)
    return result


def _f1(precision: float, recall: float) -> float:
    if np.isnan(recall):
        return float("nan")
    if np.isnan(precision) or precision + recall == 0:
        return 0.0
    return 2 * precision * recall / (precision + recall)


def _numbers(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 5) for value in values]
