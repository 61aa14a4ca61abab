"""Likely label errors: where a model that has not learned from an item contradicts, with reason, what people said of it.

Classification follows confident learning (Northcutt, Jiang and Chuang, Confident learning: estimating uncertainty in dataset
labels, 2021). For boxes the same idea is applied to matches: a label's own mean confidence decides what counts as sure, as
ObjectLab does for overlooked, swapped and badly located boxes (Tkachenko, Thyagarajan and Mueller, 2023).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.curation.predicted import Floats, Ints, Predicted, Reason, where
from engine.serving.alike import overlaps

Flags = npt.NDArray[np.bool_]

SAME = 0.5  # IoU from which a prediction means a given box
NEAR = 0.1  # below it there is nothing at a place
EVEN = 0.5  # probability at which a label is as likely as not
GUESS = 0.3  # sureness of a label of which the model has found nothing


def class_errors(given: Ints, probabilities: Floats) -> tuple[Floats, list[Reason]]:
    """Image labels that are probably wrong.

    A label's threshold is the mean probability that its own items get. An item is suspicious when another label reaches
    its threshold and is the likeliest of those that do; its score is by how much that label is more probable than the one
    given (the normalised margin).

    Args:
        given: (N,) label of each item.
        probabilities: (N, C), out of sample.
    """
    thresholds = class_thresholds(given, probabilities)
    confident = np.where(probabilities >= thresholds[None, :], probabilities, -1.0)
    guess = confident.argmax(axis=1)
    mine = probabilities[np.arange(len(given)), given]
    margin = probabilities[np.arange(len(given)), guess] - mine
    wrong = (confident.max(axis=1) >= 0) & (guess != given) & (margin > 0)
    scores = np.where(wrong, margin, 0.0)
    reasons: list[Reason] = [
        {"kind": "label error", "what": "class", "label": int(label), "other": int(other), "score": round(float(p), 3)}
        if bad else {"kind": "agree"}
        for label, other, p, bad in zip(given, guess, probabilities.max(axis=1), wrong, strict=True)
    ]  # fmt: skip
    return scores, reasons


def tag_errors(given: Flags, probabilities: Floats) -> tuple[Floats, list[Reason]]:
    """Labels that items probably have besides those given, or are given without having them; each label by itself.

    A label is suspicious where the model is surer of the opposite than it is on average of the items of that opposite; an
    item's score is by how much surer it is than even, of its worst label.

    Args:
        given: (N, C) which labels people gave each item.
        probabilities: (N, C), out of sample.
    """
    has, without = ((mask * chance).sum(axis=0) / np.maximum(1, mask.sum(axis=0))
                    for mask, chance in ((given, probabilities), (~given, 1 - probabilities)))  # fmt: skip
    overlooked = ~given & (probabilities >= np.where(given.any(axis=0), has, 1.0)) & (probabilities > EVEN)
    unfounded = given & (1 - probabilities >= np.where((~given).any(axis=0), without, 1.0)) & (probabilities < EVEN)
    margins = np.where(overlooked | unfounded, np.abs(probabilities - EVEN) / EVEN, 0.0)
    worst = margins.argmax(axis=1)
    rows = np.arange(len(given))
    reasons: list[Reason] = [
        {"kind": "label error", "what": "missing" if overlooked[row, label] else "unfounded", "label": int(label),
         "score": round(float(probabilities[row, label]), 3), "errors": int((margins[row] > 0).sum())}
        if margins[row, label] > 0 else {"kind": "agree"}
        for row, label in zip(rows.tolist(), worst.tolist(), strict=True)
    ]  # fmt: skip
    return margins[rows, worst], reasons


def class_thresholds(given: Ints, probabilities: Floats) -> Floats:
    """(C,) for each label the mean probability that items of this label get for it; 1 for a label without items."""
    own = [probabilities[given == label, label] for label in range(probabilities.shape[1])]
    return np.array([values.mean() if len(values) else 1.0 for values in own])


def box_errors(given: Sequence[Predicted], predicted: Sequence[Predicted]) -> tuple[Floats, list[list[Reason]]]:
    """Boxes that are probably missing, labelled wrongly, placed badly or without anything in them.

    Args:
        given: for each item what people drew, with scores of 1.
        predicted: for each item what the model says, out of sample, down to low scores.

    Returns:
        (N,) the score of each item, 1 − Π (1 − score) over its errors, and its errors, the likeliest first.
    """
    sure, recall = thresholds(given, predicted)
    found = [_errors(one, two, sure, recall) for one, two in zip(given, predicted, strict=True)]
    scores = [1 - float(np.prod([1 - score for score, _ in errors])) for errors in found]
    told = [[reason for _, reason in sorted(errors, key=lambda entry: -entry[0])] for errors in found]
    return np.array(scores), told


def thresholds(given: Sequence[Predicted], predicted: Sequence[Predicted]) -> tuple[Floats, Floats]:
    """For each label the mean score of the predictions that match a given box of it, and the share of its boxes matched."""
    count = 1 + max((int(one.labels.max()) for one in (*given, *predicted) if len(one.labels)), default=0)
    scores: list[list[float]] = [[] for _ in range(count)]
    boxes = np.zeros(count)
    for one, two in zip(given, predicted, strict=True):
        overlap = overlaps(one.boxes, two.boxes)
        for row, label in enumerate(one.labels):
            boxes[label] += 1
            own = (two.labels == label) & (overlap[row] >= SAME)
            if own.any():
                scores[label].append(float(two.scores[own].max()))
    sure = np.array([np.mean(values) if values else max(GUESS, 0.5) for values in scores])
    recall = np.array([len(values) / number if number else 0.0 for values, number in zip(scores, boxes, strict=True)])
    return sure, recall


def _errors(given: Predicted, predicted: Predicted, sure: Floats, recall: Floats) -> list[tuple[float, Reason]]:
    overlap = overlaps(given.boxes, predicted.boxes)
    found = []
    for row, (box, label) in enumerate(zip(given.boxes, given.labels, strict=True)):
        found += _of_given(given, box, int(label), predicted, overlap[row], sure, recall)
    for row, (label, score) in enumerate(zip(predicted.labels, predicted.scores, strict=True)):
        nearest = overlap[:, row].max() if len(given.boxes) else 0.0
        if score >= sure[label] and nearest < NEAR:
            found.append((float(score), _told(predicted, predicted.boxes[row], "missing", int(label), float(score))))
    return found


def _of_given(
    given: Predicted, box: Floats, label: int, predicted: Predicted, overlap: Floats, sure: Floats, recall: Floats
) -> list[tuple[float, Reason]]:  # fmt: skip
    """What is wrong with one given box: another label, another place, or nothing there."""
    there, own = overlap >= SAME, predicted.labels == label
    mine = float(predicted.scores[there & own].max(initial=0.0))
    others = np.flatnonzero(there & ~own & (predicted.scores >= sure[predicted.labels]))
    if len(others):
        best = int(others[predicted.scores[others].argmax()])
        other, score = int(predicted.labels[best]), float(predicted.scores[best])
        if score > mine:
            return [(score - mine, _told(given, box, "swapped", label, score, other=other))]
    if mine > 0:
        return []
    close = np.flatnonzero(own & (overlap >= NEAR) & (predicted.scores >= sure[label]))
    if len(close):
        best = int(close[predicted.scores[close].argmax()])
        score = float(predicted.scores[best]) * (1 - float(overlap[best]))
        return [(score, _told(given, box, "misplaced", label, score, better=_plain(predicted.boxes[best])))]
    seen = float(predicted.scores[overlap >= NEAR].max(initial=0.0))
    # A label that the model mostly misses says nothing by missing it here.
    doubt = (1 - seen) * recall[label] ** 2
    return [(doubt, _told(given, box, "unfounded", label, seen))] if recall[label] >= SAME and seen < NEAR else []


def _told(one: Predicted, box: Floats, what: str, label: int, score: float, **more: object) -> Reason:
    place = where(box, one.width, one.height)
    return {
        "kind": "label error", "what": what, "label": label, "score": round(score, 3), "box": _plain(box), "where": place,
        **more,
    }  # fmt: skip


def _plain(box: Floats) -> list[float]:
    return [round(float(edge), 1) for edge in box]
