"""How well a model names all that an image has: average precision by label, F1, a threshold and a 2 × 2 table of each label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.evaluation.boxes import Floats, Ints
from engine.evaluation.precision import Curve, draws, interval_of_ratio, mean_average_precision, percentiles
from engine.evaluation.scores import NONE, Choice, Row, Scores, ratio, tidy, tidy_intervals
from engine.evaluation.thresholds import sweep_of
from engine.evaluation.truth import Truth
from engine.training.marks import Marks, is_normal
from engine.training.ranking import area

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Tagged:
    """The items of which people said what they have.

    Attributes:
        has: (I, L) which labels each has.
        scores: (I, L) what the model gives each.
        said: (I, L) which labels reach their threshold.
    """

    labels: tuple[str, ...]
    has: Flags
    scores: Floats
    said: Flags


def tagged_labels(truth: Truth) -> Truth:
    """The same split without the labels that mean "sound": an image without defects has no label."""
    return replace(truth, labels=tuple(label for label in truth.labels if not is_normal(label)))


def known_items(truth: Truth, marks: Mapping[int, Marks]) -> Truth:
    """Only the items of which something is said."""
    kept = [at for at, item in enumerate(truth.items) if item.key in marks]
    return replace(truth, items=[truth.items[at] for at in kept], boxes=truth.boxes[:0], classes=truth.classes[kept])


def measure(
    truth: Truth, marks: Mapping[int, Marks], scores: Floats, choice: Choice, served: float, own: Sequence[float] = ()
) -> Scores:
    """All figures of a multilabel model.

    An image is bad when it has a label, and rejected when one is said of it. Each label has its own threshold: the served one,
    the one by F1 on this split, or the one that is asked for.

    Args:
        marks: by item key.
        scores: (items, C) in the order of the first C labels.
        served: the threshold of labels without their own.
        own: thresholds of the first C labels where the model is served; empty: `served` for all.
    """
    certainty = np.zeros((len(truth.items), len(truth.labels)))
    certainty[:, : scores.shape[1]] = scores
    has = np.zeros(certainty.shape, np.bool_)
    for row, item in enumerate(truth.items):
        has[row, marks[item.key].labels] = True
    limits = _limits(has, certainty, choice, [*own, *[served] * (has.shape[1] - len(own))])
    found = Tagged(truth.labels, has, certainty, certainty >= limits[None, :])
    thresholds, sweep = sweep_of(has.any(axis=1), certainty.max(axis=1))
    lines = curves_of(found.has, found.scores)
    per_class = {name: _label_metrics(found, lines[at], at, limits[at]) for at, name in enumerate(truth.labels)}
    return Scores(
        task="multilabel",
        main="mean_ap",
        metrics=tidy(_metrics(found, per_class)),
        per_class={name: tidy(values) for name, values in per_class.items()},
        confusion={"labels": [*truth.labels, NONE], "matrix": _confusion(found).tolist()},
        threshold=round(float(np.median(limits)), 6),
        thresholds=thresholds,
        intervals=tidy_intervals(_intervals(found, lines)),
        curves={
            "labels": {name: _points(line) for name, line in zip(truth.labels, lines, strict=True)},
            "sweep": sweep,
        },
        items=_item_rows(truth, found),
        predictions=_prediction_rows(truth, found),
        matches=_match_rows(truth, found),
    )


def curves_of(has: Flags, scores: Floats) -> list[Curve]:
    """Of each label the items by their score, the surest first; both are (I, L)."""
    orders = np.argsort(-scores, axis=0, kind="stable").T
    return [
        Curve(order, has[order, label].astype(np.int64), scores[order, label], has[:, label].astype(np.int64))
        for label, order in enumerate(orders)
    ]


def _limits(has: Flags, scores: Floats, choice: Choice, served: Sequence[float]) -> Floats:
    if not isinstance(choice.threshold, str):
        return np.full(has.shape[1], choice.threshold)
    if choice.threshold == "model":
        return np.array(served)
    best = [sweep_of(has[:, label], scores[:, label])[0][choice.threshold] for label in range(has.shape[1])]
    return np.where(has.any(axis=0), best, served)


def _metrics(found: Tagged, per_class: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    has, said = found.has, found.said
    there = [values for values in per_class.values() if values["objects"]]
    bad, rejected = has.any(axis=1), said.any(axis=1)
    right = (has & said).sum()
    return {
        "mean_ap": float(np.mean([values["ap"] for values in there])) if there else float("nan"),
        "micro_f1": ratio(2 * right, has.sum() + said.sum()),
        "macro_f1": float(np.mean([values["f1"] for values in there])) if there else float("nan"),
        "exact": ratio((has == said).all(axis=1).sum(), len(has)),
        "missed": ratio((has & ~said).sum(), has.sum()),
        "false_reject": ratio((said & ~has).sum(), said.sum()),
        "missed_images": ratio((bad & ~rejected).sum(), bad.sum()),
        "false_reject_images": ratio((~bad & rejected).sum(), (~bad).sum()),
        "items": len(has),
        "objects": int(has.sum()),
    }


def _label_metrics(found: Tagged, line: Curve, label: int, limit: float) -> dict[str, float]:
    has, said = found.has[:, label], found.said[:, label]
    right = int((has & said).sum())
    return {
        "ap": area(line.recall, line.precision) if has.any() else float("nan"),
        "precision": ratio(right, said.sum()), "recall": ratio(right, has.sum()),
        "f1": ratio(2 * right, said.sum() + has.sum()), "threshold": float(limit), "objects": int(has.sum()),
        "right": right, "missed": int((has & ~said).sum()), "false": int((said & ~has).sum()),
        "without": int((~has & ~said).sum()),
    }  # fmt: skip


def _intervals(found: Tagged, lines: Sequence[Curve]) -> dict[str, tuple[float, float]]:
    has, said = found.has, found.said
    return {
        "mean_ap": percentiles(mean_average_precision(lines, draws(len(has), 0))),
        "exact": interval_of_ratio((has == said).all(axis=1), np.ones(len(has))),
        "missed": interval_of_ratio((has & ~said).sum(axis=1), has.sum(axis=1)),
        "false_reject": interval_of_ratio((said & ~has).sum(axis=1), said.sum(axis=1)),
    }


def _confusion(found: Tagged) -> Ints:
    """Labels are not taken for each other: right on the diagonal, missed in the last column, false in the last row."""
    count = len(found.labels)
    matrix = np.zeros((count + 1, count + 1), np.int64)
    np.fill_diagonal(matrix[:-1, :-1], (found.has & found.said).sum(axis=0))
    matrix[:-1, -1], matrix[-1, :-1] = (found.has & ~found.said).sum(axis=0), (found.said & ~found.has).sum(axis=0)
    return matrix


def _points(line: Curve) -> dict[str, list[float]]:
    places = np.unique(np.linspace(0, len(line.score) - 1, 200).astype(int)) if len(line.score) else np.empty(0, int)
    columns = {"recall": line.recall, "precision": line.precision, "score": line.score}
    return {name: np.round(values[places], 5).tolist() for name, values in columns.items()}


def _item_rows(truth: Truth, found: Tagged) -> list[Row]:
    """`error` sorts the worst first: mistakes, then how far the scores are from what is so."""
    rows = []
    for item, has, said, scores in zip(truth.items, found.has, found.said, found.scores, strict=True):
        missed, false = int((has & ~said).sum()), int((said & ~has).sum())
        rows.append(
            {
                "item_key": item.key, "name": item.name, "page": item.page, "digest": item.digest, "width": item.width,
                "height": item.height, "truth": _names(truth, has), "predicted": _names(truth, said),
                "score": float(scores.max()), "error": missed + false + float(np.abs(has - scores).mean()) * bool(missed + false),
                "objects": int(has.sum()), "found": int((has & said).sum()), "missed": missed, "mislabelled": 0, "false": false,
            }
        )  # fmt: skip
    return rows


def _names(truth: Truth, which: Flags) -> list[str]:
    return [truth.labels[label] for label in np.flatnonzero(which).tolist()]


def _prediction_rows(truth: Truth, found: Tagged) -> list[Row]:
    return [
        {"item_key": item.key, "label": label, "score": float(score), "x": None, "y": None, "w": None, "h": None, "iou": None}
        for item, scores in zip(truth.items, found.scores, strict=True)
        for label, score in zip(truth.labels, scores, strict=True)
    ]  # fmt: skip


def _match_rows(truth: Truth, found: Tagged) -> list[Row]:
    rows: list[dict[str, Any]] = []
    for at, label in np.argwhere(found.has | found.said).tolist():
        name = truth.labels[label]
        rows.append(
            {"item_key": truth.items[at].key, "truth": name if found.has[at, label] else NONE,
             "predicted": name if found.said[at, label] else NONE, "score": float(found.scores[at, label]), "iou": None,
             "true_box": None, "box": None}
        )  # fmt: skip
    return rows
