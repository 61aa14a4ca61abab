"""What kinds of mistake a detector makes, and what mending each kind would bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import BadInput
from engine.evaluation.boxes import IOU, NOTHING, Boxes, Floats, Ints, alike, match, rows_by_item
from engine.evaluation.outcomes import boxes_of
from engine.evaluation.results import Evaluation
from engine.serving.manifest import OBJECTS
from engine.training.ranking import area

KINDS = ("localisation", "classification", "both", "duplicate", "background", "missed")
LOCALISATION, CLASSIFICATION, BOTH, DUPLICATE, BACKGROUND, MISSED = range(len(KINDS))
RIGHT = -1
BARELY = 0.1  # below this overlap a found box is about nothing
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ErrorKind:
    """One kind of mistake.

    Attributes:
        count: at the threshold of the evaluation.
        gain: what mAP@.5 would gain if this kind alone were mended, over all scores.
        items: keys of the items with such a mistake, the most of them first.
    """

    name: str
    count: int
    gain: float
    items: list[int]


@dataclass(frozen=True)
class _Sorted:
    """What each found box (N,) is: RIGHT or a kind; and the true box that it is about, or NOTHING."""

    truth: Boxes
    found: Boxes
    kind: Ints
    target: Ints

    def hit(self, kept: Flags) -> Flags:
        """Which true boxes have a right box among the kept ones."""
        return self._about(kept & (self.kind == RIGHT))

    def missed(self, kept: Flags) -> Flags:
        """Which true boxes nothing kept is about: neither a right box nor one that is off or has another label."""
        near = np.isin(self.kind, (RIGHT, LOCALISATION, CLASSIFICATION))
        return ~self._about(kept & near)

    def _about(self, chosen: Flags) -> Flags:
        answer = np.zeros(len(self.truth), np.bool_)
        answer[self.target[chosen]] = True
        return answer


def error_types(evaluation: Evaluation) -> list[ErrorKind]:
    """The six kinds of TIDE (Bolya et al. 2020, section 2.2), with overlaps of 0.5 and 0.1.

    Localisation: of the right label, and off. Classification: in the right place, with another label. Both: off, and with
    another label. Duplicate: of what a surer box stands for. Background: about nothing. Missed: true, and no box is about it.
    The gain is what mAP@.5 gains when the boxes of one kind alone are put right, or dropped where another stands for the same
    (section 2.3).

    Raises:
        BadInput: not of a model that finds objects.
    """
    task = evaluation.summary["task"]
    if task not in OBJECTS:
        raise BadInput(
            f"Kinds of mistake are told of models that find objects; this is a {task} model, see its confusion matrix."
        )
    truth, found = boxes_of(evaluation)
    kinds = _sort(truth, found)
    labels = len(evaluation.labels) - 1
    kept = found.score >= evaluation.summary["threshold"] - 1e-9
    before = _precision(kinds, labels)
    keys = np.array([row["item_key"] for row in evaluation.items], np.int64)
    answer = []
    for kind, name in enumerate(KINDS):
        where = truth.item[kinds.missed(kept)] if kind == MISSED else found.item[kept & (kinds.kind == kind)]
        counts = np.bincount(where, minlength=len(keys))
        order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
        gain = max(0.0, _precision(kinds, labels, kind) - before) if labels else 0.0
        answer.append(ErrorKind(name, len(where), round(gain, 6), keys[order].tolist()))
    return answer


def _sort(truth: Boxes, found: Boxes) -> _Sorted:
    matches = match(truth, found)
    kind = np.where(matches.truth == NOTHING, BACKGROUND, RIGHT)
    target = matches.truth.copy()
    theirs = rows_by_item(truth.item)
    for item, mine in rows_by_item(found.item).items():
        wrong = mine[kind[mine] != RIGHT]
        if item not in theirs or not len(wrong):
            continue
        true = theirs[item]
        overlap = alike(found[wrong], truth[true])
        kind[wrong], place = _kinds(overlap, found.label[wrong][:, None] == truth.label[true][None, :])
        target[wrong] = np.where(place == NOTHING, NOTHING, true[place])
    return _Sorted(truth, found, kind, target)


def _kinds(overlap: Floats, same: Any) -> tuple[Ints, Ints]:
    """Kind and column of the true box for each wrong box (N,), from overlaps and equal labels (N, M)."""
    mine, others = np.where(same, overlap, 0.0), np.where(same, 0.0, overlap)
    best, best_other = mine.max(axis=1), others.max(axis=1)
    off = (best >= BARELY) & (best < IOU)
    conditions = [off, best_other >= IOU, best >= IOU, overlap.max(axis=1) <= BARELY]
    kind = np.select(conditions, [LOCALISATION, CLASSIFICATION, DUPLICATE, BACKGROUND], BOTH)
    place = np.select([kind == LOCALISATION, kind == CLASSIFICATION], [mine.argmax(1), others.argmax(1)], NOTHING)
    return kind, place


def _precision(kinds: _Sorted, labels: int, mended: int | None = None) -> float:
    """mAP@.5, perhaps with one kind of mistake mended."""
    found, truth = kinds.found, kinds.truth
    label, right, kept = found.label.copy(), kinds.kind == RIGHT, np.ones(len(found), np.bool_)
    positives = np.bincount(truth.label, minlength=labels)
    real = positives > 0
    if mended == MISSED:
        positives = positives - np.bincount(truth.label[kinds.missed(kept)], minlength=labels)
    elif mended is not None:
        wrong = np.flatnonzero(kinds.kind == mended)
        kept[wrong] = False
        if mended in (LOCALISATION, CLASSIFICATION):
            free = wrong[~kinds.hit(kept)[kinds.target[wrong]]]
            _, first = np.unique(kinds.target[free], return_index=True)  # the surest of each true box
            put_right = free[first]
            kept[put_right] = right[put_right] = True
            label[put_right] = truth.label[kinds.target[put_right]]
    areas = [_area(right[kept & (label == one)], int(positives[one])) for one in np.flatnonzero(real)]
    return float(np.mean(areas)) if areas else 0.0


def _area(right: Any, positives: int) -> float:
    if not positives:  # all that there was is mended away
        return 1.0
    hits = np.cumsum(right)
    return area(hits / positives, hits / np.arange(1, len(hits) + 1))
