"""How far people agree who labelled the same items unseen by each other: shapes matched by IoU, κ of what they decided."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from engine.data.records import Annotation
from engine.labeling.kappa import Kappa, cohen, counts_of, crosstab, fleiss
from engine.labeling.overlap import iou_matrix, match, same_labels

THRESHOLDS = (0.5, 0.75)
NOTHING = ""  # what stands for "no shape here" among the labels, and for "no label" of an item
OK, DEFECT = "ok", "defect"

Answers = Mapping[str, Mapping[int, Sequence[Annotation]]]  # person → item → shapes


@dataclass(frozen=True)
class PairAgreement:
    """Two people over all items that both have done.

    Attributes:
        f1: per IoU threshold, 2 × matched / (shapes of both); a match needs the same label. NaN without items.
        mean_iou: of the pairs matched at the lowest threshold, whatever their labels.
        matched, only_first, only_second: at the lowest threshold, whatever the labels.
        same_label: share of the matched pairs with the same label.
        shape_kappa: Cohen's κ over the labels of matched shapes and "nothing" for unmatched ones.
        item_kappa: Cohen's κ over what each item was rated (see `rating`).
    """

    first: str
    second: str
    items: int
    f1: Mapping[float, float]
    mean_iou: float
    matched: int
    only_first: int
    only_second: int
    same_label: float
    shape_kappa: Kappa
    item_kappa: Kappa


@dataclass(frozen=True)
class Agreement:
    """All pairs, and everybody together.

    Attributes:
        fleiss: κ over the ratings of the items that everybody has done.
        labels: Fleiss' κ of the presence of each label (by id) on an item.
        by_item: mean F1 over the pairs at the lowest threshold; low: look at it.
        weights: mean F1 of each person with the others: what a vote may weigh in a consensus.
    """

    persons: tuple[str, ...]
    items: tuple[int, ...]
    pairs: tuple[PairAgreement, ...]
    fleiss: Kappa
    labels: Mapping[int, Kappa]
    by_item: Mapping[int, float]
    weights: Mapping[str, float]
    thresholds: tuple[float, ...] = THRESHOLDS

    def to_json(self, names: Mapping[int, str] | None = None) -> dict[str, Any]:
        """For the command line; `names` of the labels by id."""
        names = names or {}
        return {
            "persons": list(self.persons), "items": len(self.items), "fleiss": self.fleiss.to_json(),
            "labels": {names.get(label, str(label)): kappa.to_json() for label, kappa in self.labels.items()},
            "pairs": [
                {"first": p.first, "second": p.second, "items": p.items,
                 "f1": {f"{t:g}": _number(v) for t, v in p.f1.items()}, "mean_iou": _number(p.mean_iou),
                 "matched": p.matched, "only_first": p.only_first, "only_second": p.only_second,
                 "same_label": _number(p.same_label), "shape_kappa": p.shape_kappa.to_json(),
                 "item_kappa": p.item_kappa.to_json()}
                for p in self.pairs
            ],
            "by_item": {str(item): _number(value) for item, value in self.by_item.items()},
            "weights": {who: _number(value) for who, value in self.weights.items()},
        }  # fmt: skip


@dataclass
class _Tally:
    matched: dict[float, int] = field(default_factory=dict)
    shapes: int = 0
    ious: list[float] = field(default_factory=list)
    labels: list[tuple[str, str]] = field(default_factory=list)
    ratings: list[tuple[str, str]] = field(default_factory=list)
    items: int = 0


def agreement(
    answers: Answers, heights: Mapping[int, int] | None = None, thresholds: Sequence[float] = THRESHOLDS
) -> Agreement:
    """Compare what several people say of the same items.

    Args:
        answers: person → item → shapes; an item that a person has looked at and found nothing on has no shapes.
        heights: px of the items; needed where there are masks.
    """
    persons, thresholds = tuple(sorted(answers)), sorted(thresholds)
    items = tuple(sorted({item for said in answers.values() for item in said}))
    tallies = {pair: _Tally() for pair in combinations(persons, 2)}
    by_item: dict[int, list[float]] = {}
    for item in items:
        for (a, b), tally in tallies.items():
            if item in answers[a] and item in answers[b]:
                f1 = _compare(tally, answers[a][item], answers[b][item], (heights or {}).get(item, 0), thresholds)
                by_item.setdefault(item, []).append(f1)
    pairs = tuple(_pair(a, b, tally, thresholds) for (a, b), tally in tallies.items())
    done = [item for item in items if all(item in answers[who] for who in persons)]
    everyone = [[answers[who][item] for who in persons] for item in done]
    return Agreement(
        persons, items, pairs, _rated(everyone), _by_label(everyone),
        {item: float(np.mean(values)) for item, values in by_item.items()},
        _weights(persons, pairs, thresholds[0]), tuple(thresholds),
    )  # fmt: skip


def rating(shapes: Sequence[Annotation], names: Mapping[int, str] | None = None) -> str:
    """What a person decided of an item: its labels for the whole image, else whether there is a defect on it."""
    said = sorted({(names or {}).get(s.label_id, str(s.label_id)) for s in shapes if s.kind == "class"})
    return " + ".join(said) if said else DEFECT if shapes else OK


def _compare(
    tally: _Tally, a: Sequence[Annotation], b: Sequence[Annotation], height: int, thresholds: Sequence[float]
) -> float:
    """Count one item of a pair; returns its F1 at the lowest threshold."""
    iou, same = iou_matrix(a, b, height), same_labels(a, b)
    found = {threshold: len(match(iou, threshold, same)) for threshold in thresholds}
    for threshold, count in found.items():
        tally.matched[threshold] = tally.matched.get(threshold, 0) + count
    tally.shapes += len(a) + len(b)
    tally.items += 1
    # places first: what two people drew at the same place belongs together even when they name it differently
    pairs = match(iou + 1e-6 * same, thresholds[0])
    tally.ious += [float(iou[row, column]) for row, column in pairs]
    tally.labels += [(str(a[row].label_id), str(b[column].label_id)) for row, column in pairs]
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    tally.labels += [(str(s.label_id), NOTHING) for i, s in enumerate(a) if i not in rows]
    tally.labels += [(NOTHING, str(s.label_id)) for i, s in enumerate(b) if i not in columns]
    tally.ratings.append((rating(a), rating(b)))
    return _f1(found[thresholds[0]], len(a) + len(b))


def _pair(a: str, b: str, tally: _Tally, thresholds: Sequence[float]) -> PairAgreement:
    matched = [labels for labels in tally.labels if NOTHING not in labels]
    same = sum(x == y for x, y in matched)
    return PairAgreement(
        a, b, tally.items,
        {at: _f1(tally.matched.get(at, 0), tally.shapes) if tally.items else math.nan for at in thresholds},
        float(np.mean(tally.ious)) if tally.ious else math.nan, len(matched),
        sum(y == NOTHING for _, y in tally.labels), sum(x == NOTHING for x, _ in tally.labels),
        same / len(matched) if matched else math.nan, _kappa(tally.labels), _kappa(tally.ratings),
    )  # fmt: skip


def _f1(matched: int, shapes: int) -> float:
    """2 × matched / all shapes; where nobody drew anything they agree."""
    return 2 * matched / shapes if shapes else 1.0


def _kappa(pairs: Sequence[tuple[str, str]]) -> Kappa:
    categories = sorted({value for pair in pairs for value in pair})
    return cohen(crosstab([a for a, _ in pairs], [b for _, b in pairs], categories)) if pairs else Kappa(math.nan)


def _rated(everyone: Sequence[Sequence[Sequence[Annotation]]]) -> Kappa:
    ratings = [[rating(shapes) for shapes in answers] for answers in everyone]
    return fleiss(counts_of(ratings, sorted({value for row in ratings for value in row})))


def _by_label(everyone: Sequence[Sequence[Sequence[Annotation]]]) -> dict[int, Kappa]:
    labels = sorted({shape.label_id for answers in everyone for shapes in answers for shape in shapes})
    return {
        label: fleiss(
            counts_of([[any(s.label_id == label for s in shapes) for shapes in row] for row in everyone], [False, True])
        )
        for label in labels
    }


def _weights(persons: Sequence[str], pairs: Sequence[PairAgreement], threshold: float) -> dict[str, float]:
    found = {}
    for who in persons:
        own = [pair.f1[threshold] for pair in pairs if who in (pair.first, pair.second) and pair.items]
        found[who] = float(np.mean(own)) if own else 1.0
    return found


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)
