"""How much two models differ on an item, and where most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.curation.predicted import NOTICED, SAME, Floats, Predicted, Reason, where
from engine.serving.alike import overlaps


def disagreement(a: Sequence[Predicted], b: Sequence[Predicted]) -> tuple[Floats, list[Reason]]:
    """How much two models differ on each item: (N,) scores and reasons.

    Detection: what one is sure of and the other does not see counts with the difference of their scores; what both see
    counts with how little the boxes overlap, or fully when they give it different labels. Classification: the total
    variation distance of the probabilities.
    """
    found = [_differ(one, two) for one, two in zip(a, b, strict=True)]
    return np.array([score for score, _ in found]), [reason for _, reason in found]


def matched(a: Predicted, b: Predicted, iou: float = SAME) -> list[tuple[int, int, float]]:
    """Pairs of detections that mean the same thing, whatever label they give it: (row of a, row of b, IoU), best first."""
    if not len(a.boxes) or not len(b.boxes):
        return []
    overlap = overlaps(a.boxes, b.boxes)
    # Equal labels go before better places: a box may stand twice, once for each of two labels.
    rank = np.where(overlap >= iou, overlap + (a.labels[:, None] == b.labels[None, :]), 0.0)
    pairs = []
    while rank.size and rank.max() > 0:
        row, column = np.unravel_index(int(rank.argmax()), rank.shape)
        pairs.append((int(row), int(column), float(overlap[row, column])))
        rank[row, :] = 0.0
        rank[:, column] = 0.0
    return pairs


def _differ(a: Predicted, b: Predicted) -> tuple[float, Reason]:
    if len(a.probabilities):
        score = float(np.abs(a.probabilities - b.probabilities).sum() / 2)
        one, two = int(a.probabilities.argmax()), int(b.probabilities.argmax())
        return score, {"kind": "disagree", "what": "label", "label": one, "other": two}
    pairs = matched(a, b)
    amounts: list[tuple[float, Reason]] = [_pair(a, b, *pair) for pair in pairs]
    for by, (mine, taken) in enumerate([(a, {pair[0] for pair in pairs}), (b, {pair[1] for pair in pairs})]):
        amounts += [
            (float(mine.scores[row]), _told(mine, row, "seen by one", by=by))
            for row in range(len(mine.scores))
            if row not in taken and mine.scores[row] >= NOTICED
        ]
    if not amounts:
        return 0.0, {"kind": "agree"}
    return sum(amount for amount, _ in amounts), max(amounts, key=lambda entry: entry[0])[1]


def _pair(a: Predicted, b: Predicted, row: int, column: int, iou: float) -> tuple[float, Reason]:
    sure = float(min(a.scores[row], b.scores[column]))
    apart = float(abs(a.scores[row] - b.scores[column]))
    if a.labels[row] != b.labels[column]:
        return max(sure, apart), _told(a, row, "label", other=int(b.labels[column]))
    place = sure * (1 - iou)
    return (apart, _told(a, row, "score", other_score=round(float(b.scores[column]), 3))) if apart > place else (
        place, _told(a, row, "place", iou=round(iou, 3)))  # fmt: skip


def _told(one: Predicted, row: int, what: str, **more: Any) -> Reason:
    box = one.boxes[row]
    return {
        "kind": "disagree", "what": what, "label": int(one.labels[row]), "score": round(float(one.scores[row]), 3),
        "box": [round(float(edge), 1) for edge in box], "where": where(box, one.width, one.height), **more,
    }  # fmt: skip
