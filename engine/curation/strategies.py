"""Which items are worth a person's time next: pure functions over predictions and embeddings, each with its reasons.

`choose` is the one entry: it names a strategy and gives the order with a reason for each item. Nothing here reads files
or the store, so that a simulation and the queue of a workspace rank alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.curation.disagreement import disagreement
from engine.curation.predicted import NOTICED, SAME, Floats, Ints, Predicted, Reason, where
from engine.errors import UsageError
from engine.serving.alike import overlaps

STRATEGIES = ("uncertainty", "margin", "entropy", "diversity", "disagreement", "mix", "random")
EVEN = 1e-9


@dataclass(frozen=True)
class Ranking:
    """An order of items.

    Attributes:
        order: (K,) indices into the items that were given, the most useful first.
        scores: (N,) of every item; what it means depends on the strategy, more is more useful.
        reasons: one for each of the N items: {"kind": …} and what the words need; empty when there is nothing to say.
    """

    order: npt.NDArray[np.intp]
    scores: Floats
    reasons: list[Reason]

    def first(self, count: int) -> list[int]:
        """The indices of the `count` most useful items."""
        return [int(index) for index in self.order[:count]]


def choose(
    strategy: str,
    count: int,
    *,
    predicted: Sequence[Predicted] = (),
    other: Sequence[Predicted] = (),
    embeddings: Floats | None = None,
    known: Floats | None = None,
    threshold: float = 0.5,
    seed: int = 0,
) -> Ranking:
    """Rank unlabelled items and take the first ones.

    Args:
        strategy: one of STRATEGIES. "uncertainty" adds up the doubt of all detections, "margin" and "entropy" are those of
            the most doubtful one (for classification: of the probabilities); "mix" weighs doubt (and disagreement, when
            `other` is given) against distance to what is labelled or chosen already.
        count: how many to order; the rest is left out of `order`.
        predicted: for each item what the model says.
        other: for each item what a second model says; for "disagreement".
        embeddings: (N, D) of the items, L2-normalised; for "diversity" and "mix".
        known: (M, D) of the items that are labelled already.
        threshold: from which score the model counts a detection as found.
        seed: of "random" and of ties.

    Raises:
        UsageError: no such strategy, or what it needs is missing.
    """
    _check(strategy, predicted, other, embeddings)
    if strategy == "diversity":
        assert embeddings is not None
        return diversity(embeddings, count, known)
    if strategy == "random":
        items = len(predicted) or (0 if embeddings is None else len(embeddings))
        drawn = np.random.default_rng(seed).permutation(items)
        return Ranking(drawn[:count], np.zeros(items), [{"kind": "random"}] * items)
    if strategy == "disagreement":
        scores, reasons = disagreement(predicted, other)
    else:
        scores, reasons = uncertainty(predicted, "sum" if strategy == "mix" else strategy, threshold)
    if strategy == "mix":
        assert embeddings is not None
        if other:
            scores, reasons = _join(scores, reasons, *disagreement(predicted, other))
        return mix(scores, reasons, embeddings, count, known)
    return _ranked(scores, reasons, count, seed)


def uncertainty(
    predicted: Sequence[Predicted], how: str = "sum", threshold: float = 0.5
) -> tuple[Floats, list[Reason]]:
    """How unsure a model is of each item: (N,) scores and reasons.

    Args:
        how: "sum" (or "uncertainty") of the doubts of all detections, which Brust, Käding and Denzler (Active learning for
            deep object detection, 2019) found best; "margin": of the two best answers of the most doubtful detection;
            "entropy": of its score in bits. For classification, "sum" is the margin.
        threshold: from which score the model counts a detection as found: there it is in doubt most.
    """
    found = [_doubt(one, how, min(max(threshold, 0.01), 0.99)) for one in predicted]
    return np.array([score for score, _ in found]), [reason for _, reason in found]


def diversity(embeddings: Floats, count: int, known: Floats | None = None) -> Ranking:
    """Items that lie farthest from everything labelled or chosen before, one after the other.

    k-centre greedy: Sener and Savarese, Active learning for convolutional neural networks: a core-set approach (2018),
    algorithm 1. Distances are Euclidean between L2-normalised vectors, 0 to 2.
    """
    vectors = np.asarray(embeddings, np.float32)
    nearest, _ = _distances(vectors, known)
    order: list[int] = []
    scores, reasons = np.zeros(len(vectors)), [_far(2.0) for _ in range(len(vectors))]
    for _ in range(min(count, len(vectors))):
        index = int(nearest.argmax())
        order.append(index)
        scores[index] = float(min(nearest[index], 2.0))
        reasons[index] = _far(float(nearest[index]))
        nearest = np.minimum(nearest, _distance(vectors, vectors[index]))
        nearest[order] = -1.0
    return Ranking(np.array(order, np.intp), scores, reasons)


def mix(
    scores: Floats, reasons: Sequence[Reason], embeddings: Floats, count: int, known: Floats | None = None
) -> Ranking:
    """Doubtful items that are unlike each other: greedily the largest product of doubt and distance to the nearest one.

    Doubt is taken by rank, so that its unit does not matter; the nearest one is among the labelled and the chosen.
    """
    vectors = np.asarray(embeddings, np.float32)
    doubt = _by_rank(scores)
    nearest, away = _distances(vectors, known)
    order: list[int] = []
    told = [dict(reason) for reason in reasons]
    gained = np.zeros(len(vectors))
    for _ in range(min(count, len(vectors))):
        value = doubt * np.minimum(nearest, 2.0)
        value[order] = -1.0
        index = int(value.argmax())
        order.append(index)
        gained[index] = value[index]
        if nearest[index] > away and doubt[index] < 0.75:
            told[index] = _far(float(nearest[index]))
        nearest = np.minimum(nearest, _distance(vectors, vectors[index]))
    return Ranking(np.array(order, np.intp), gained, told)


def _doubt(one: Predicted, how: str, threshold: float) -> tuple[float, Reason]:
    if one.several and len(one.probabilities):
        return _tag_doubt(one.probabilities, how, threshold)
    if len(one.probabilities):
        return _class_doubt(one.probabilities, how)
    keep = one.scores >= NOTICED
    boxes, labels, scores = one.boxes[keep], one.labels[keep], one.scores[keep]
    if not len(scores):
        return 0.0, {"kind": "nothing found"}
    rival = _rivals(boxes, labels, scores)
    doubts = _entropy(scores) if how == "entropy" else np.maximum(_near(scores, threshold), _tied(scores, rival))
    worst = int(doubts.argmax())
    total = float(doubts.sum()) if how in ("sum", "uncertainty") else float(doubts[worst])
    reason: Reason = {
        "kind": "unsure", "label": int(labels[worst]), "score": round(float(scores[worst]), 3),
        "box": [round(float(edge), 1) for edge in boxes[worst]], "where": where(boxes[worst], one.width, one.height),
        "doubtful": int((doubts > SAME).sum()),
    }  # fmt: skip
    if rival[worst].max() > 0:
        reason |= {"other": int(rival[worst].argmax())}
    return total, reason


def _near(scores: Floats, threshold: float) -> Floats:
    """1 at the threshold, 0 at the scores 0 and 1."""
    below: Floats = np.where(scores < threshold, scores / threshold, (1 - scores) / (1 - threshold))
    return below


def _tied(scores: Floats, rival: Floats) -> Floats:
    """1 where another label gets the same score at the same place, 0 where none gets any."""
    second = rival.max(axis=1)
    tied: Floats = np.minimum(scores, second) / np.maximum(np.maximum(scores, second), EVEN)
    return tied


def _rivals(boxes: Floats, labels: Ints, scores: Floats) -> Floats:
    """(N, C) the best score that another label gets at the place of each detection."""
    same_place = (overlaps(boxes, boxes) >= SAME) & (labels[:, None] != labels[None, :])
    best = np.zeros((len(boxes), int(labels.max()) + 1))
    for row, column in zip(*np.nonzero(same_place), strict=True):
        best[row, labels[column]] = max(best[row, labels[column]], scores[column])
    return best


def _class_doubt(probabilities: Floats, how: str) -> tuple[float, Reason]:
    order = np.argsort(-probabilities, kind="stable")
    first, second = int(order[0]), int(order[min(1, len(order) - 1)])
    if how == "entropy":
        shares = np.clip(probabilities, EVEN, 1)
        score = float(-(shares * np.log2(shares)).sum())
    else:
        score = float(1 - (probabilities[first] - probabilities[second])) if first != second else 0.0
    reason = {"kind": "unsure", "label": first, "other": second, "score": round(float(probabilities[first]), 3)}
    return score, reason


def _tag_doubt(probabilities: Floats, how: str, threshold: float) -> tuple[float, Reason]:
    """Of labels that are each by themselves: how near each is to the threshold, added up, or the most doubtful one."""
    doubts = _entropy(probabilities) if how == "entropy" else _near(probabilities, threshold)
    worst = int(doubts.argmax())
    total = float(doubts.sum()) if how in ("sum", "uncertainty") else float(doubts[worst])
    return total, {"kind": "unsure", "label": worst, "score": round(float(probabilities[worst]), 3)}


def _entropy(scores: Floats) -> Floats:
    p = np.clip(scores, EVEN, 1 - EVEN)
    result: Floats = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return result


def _join(a: Floats, why_a: list[Reason], b: Floats, why_b: list[Reason]) -> tuple[Floats, list[Reason]]:
    """Add the ranks of two scores; each item keeps the reason that weighs more."""
    one, two = _by_rank(a), _by_rank(b)
    return one + two, [first if x >= y else second for x, y, first, second in zip(one, two, why_a, why_b, strict=True)]


def _by_rank(scores: Floats) -> Floats:
    """Ranks in (0, 1]; equal scores have equal ranks."""
    values, place, counts = np.unique(np.asarray(scores), return_inverse=True, return_counts=True)
    del values
    below = np.cumsum(counts) / max(1, len(scores))
    ranks: Floats = below[place]
    return ranks


def _far(distance: float) -> Reason:
    """Unlike all others; without anything to compare to, the most typical one."""
    return {"kind": "different", "distance": round(distance, 3)} if distance <= 2 else {"kind": "typical"}


def _distances(vectors: Any, known: Floats | None) -> tuple[Any, float]:
    """To the nearest known vector (4, more than any, without one), and the distance that counts as far: the 90th percentile."""
    if known is None or not len(known):
        if not len(vectors):
            return np.empty(0, np.float32), 0.0
        centre = vectors.mean(axis=0)
        # Without anything labelled the first one is the most typical item, not a freak.
        return 4.0 - _distance(vectors, centre), 5.0
    nearest = np.full(len(vectors), 4.0, np.float32)
    others = np.asarray(known, np.float32)
    for start in range(0, len(others), 1024):
        part = others[start : start + 1024]
        squared = np.maximum(2 - 2 * (vectors @ part.T).max(axis=1), 0)
        nearest = np.minimum(nearest, np.sqrt(squared))
    return nearest, float(np.percentile(nearest, 90)) if len(nearest) else 0.0


def _distance(vectors: Any, to: Any) -> Any:
    return np.linalg.norm(vectors - to, axis=1)


def _ranked(scores: Floats, reasons: list[Reason], count: int, seed: int) -> Ranking:
    """Highest first; equal ones in a drawn order, so that a dull model does not favour the first files."""
    tie = np.random.default_rng(seed).random(len(scores))
    order = np.lexsort((tie, -np.asarray(scores)))
    return Ranking(order[:count], np.asarray(scores, np.float64), reasons)


def _check(strategy: str, predicted: Any, other: Any, embeddings: Any) -> None:
    if strategy not in STRATEGIES:
        raise UsageError(f"There is no strategy “{strategy}”; choose one of {', '.join(STRATEGIES)}.")
    if strategy in ("uncertainty", "margin", "entropy", "disagreement", "mix") and not len(predicted):
        raise UsageError(f"The strategy “{strategy}” needs a model's predictions.")
    if strategy == "disagreement" and len(other) != len(predicted):
        raise UsageError("The strategy “disagreement” needs the predictions of a second model for the same items.")
    if strategy in ("diversity", "mix") and embeddings is None:
        raise UsageError(f"The strategy “{strategy}” needs embeddings of the items.")
