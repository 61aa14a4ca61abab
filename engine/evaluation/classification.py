"""How well a classifier's labels fit the true ones: accuracy, precision and recall by label, confusion, 漏检 and 过杀."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.evaluation.boxes import Floats, Ints
from engine.evaluation.precision import interval_of_ratio
from engine.evaluation.scores import NONE, Choice, Row, Scores, ratio, tidy, tidy_intervals
from engine.evaluation.thresholds import chosen_threshold, sweep_of
from engine.evaluation.truth import Truth
from engine.training.marks import is_normal


def measure(truth: Truth, probabilities: Floats, choice: Choice, served: float = 0.5) -> Scores:
    """All figures of a classification model.

    Where one of the labels means "sound" (`NORMAL`), an item counts as rejected when the other labels together reach the
    threshold. Items without a label are left out.

    Args:
        probabilities: (items, C) in the order of the first C labels.
        served: the threshold where the model is served.
    """
    known = truth.classes >= 0
    true = truth.classes[known]
    certainty = np.zeros((len(probabilities), len(truth.labels)))
    certainty[:, : probabilities.shape[1]] = probabilities
    predicted = certainty.argmax(axis=1)
    right = (predicted[known] == true).astype(np.float64)
    matrix = np.zeros((len(truth.labels), len(truth.labels)), np.int64)
    np.add.at(matrix, (true, predicted[known]), 1)
    per_class = {name: _label_metrics(matrix, label) for label, name in enumerate(truth.labels)}
    f1 = [values["f1"] for values in per_class.values() if values["objects"]]
    metrics: dict[str, float] = {
        "accuracy": ratio(right.sum(), len(right)),
        "macro_f1": float(np.mean(f1)) if f1 else float("nan"),
    }
    intervals = {"accuracy": interval_of_ratio(right, np.ones(len(right)))} if len(right) else {}
    threshold = served
    thresholds: dict[str, float] = {}
    sweep: dict[str, Any] = {}
    good = good_label(truth.labels, choice.good)
    if good is not None and known.any():
        bad, doubt = true != good, 1 - certainty[known, good]
        thresholds, sweep = sweep_of(bad, doubt)
        threshold = chosen_threshold(choice, {"model": served, **thresholds})
        missed, rejected = bad & (doubt < threshold), ~bad & (doubt >= threshold)
        metrics |= {"missed": ratio(missed.sum(), bad.sum()), "false_reject": ratio(rejected.sum(), (~bad).sum())}
        intervals |= {"missed": interval_of_ratio(missed, bad), "false_reject": interval_of_ratio(rejected, ~bad)}
    metrics["items"] = len(right)
    return Scores(
        task="classification",
        main="accuracy",
        good=truth.labels[good] if good is not None else "",
        metrics=tidy(metrics),
        per_class={name: tidy(values) for name, values in per_class.items()},
        confusion={"labels": [*truth.labels, NONE], "matrix": np.pad(matrix, (0, 1)).tolist()},
        threshold=round(threshold, 6),
        thresholds=thresholds,
        intervals=tidy_intervals(intervals),
        curves={"labels": _curve_points(truth, certainty[known], true), "sweep": sweep},
        items=_item_rows(truth, certainty, predicted),
        predictions=_prediction_rows(truth, certainty),
        matches=_match_rows(truth, certainty, predicted),
    )


def good_label(labels: Sequence[str], named: str = "") -> int | None:
    """The index of the label that means "sound", if there is one: the one that a person named, else told by its name."""
    if named in labels:
        return list(labels).index(named)
    return next((index for index, name in enumerate(labels) if is_normal(name)), None)


def _label_metrics(matrix: Any, label: int) -> dict[str, float]:
    right, found, real = int(matrix[label, label]), int(matrix[:, label].sum()), int(matrix[label].sum())
    precision, recall = ratio(right, found), ratio(right, real)
    f1 = ratio(2 * right, found + real)
    return {"precision": precision, "recall": recall, "f1": f1, "objects": real}


def _curve_points(truth: Truth, certainty: Floats, true: Ints) -> dict[str, Any]:
    """Precision and recall of each label against all others, by its probability."""
    answer = {}
    for label, name in enumerate(truth.labels):
        order = np.argsort(-certainty[:, label], kind="stable")
        right = np.cumsum(true[order] == label)
        recall, precision = right / max(1, int((true == label).sum())), right / np.arange(1, len(order) + 1)
        places = np.unique(np.linspace(0, len(order) - 1, 200).astype(int)) if len(order) else np.empty(0, int)
        columns = {"recall": recall, "precision": precision, "score": certainty[order, label]}
        answer[name] = {column: np.round(values[places], 5).tolist() for column, values in columns.items()}
    return answer


def _item_rows(truth: Truth, certainty: Floats, predicted: Ints) -> list[Row]:
    """`error` sorts the worst first: how far the true label's probability is from 1."""
    rows = []
    for index, item in enumerate(truth.items):
        true = int(truth.classes[index])
        wrong = true >= 0 and true != int(predicted[index])
        rows.append(
            {
                "item_key": item.key, "name": item.name, "page": item.page, "digest": item.digest,
                "width": item.width, "height": item.height, "truth": [truth.labels[true]] if true >= 0 else [],
                "predicted": [truth.labels[int(predicted[index])]], "score": float(certainty[index].max()),
                "error": float(1 - certainty[index, true] + wrong) if true >= 0 else 0.0, "objects": int(true >= 0),
                "found": int(true >= 0 and not wrong), "missed": 0, "mislabelled": int(wrong), "false": 0,
            }
        )  # fmt: skip
    return rows


def _prediction_rows(truth: Truth, certainty: Floats) -> list[Row]:
    return [
        {"item_key": item.key, "label": label, "score": float(certainty[index, number]),
         "x": None, "y": None, "w": None, "h": None, "iou": None}
        for index, item in enumerate(truth.items)
        for number, label in enumerate(truth.labels)
    ]  # fmt: skip


def _match_rows(truth: Truth, certainty: Floats, predicted: Ints) -> list[Row]:
    return [
        {"item_key": item.key, "truth": truth.labels[int(true)], "predicted": truth.labels[int(guess)],
         "score": float(certainty[index, guess]), "iou": None, "true_box": None, "box": None}
        for index, (item, true, guess) in enumerate(zip(truth.items, truth.classes, predicted, strict=True))
        if true >= 0
    ]  # fmt: skip
