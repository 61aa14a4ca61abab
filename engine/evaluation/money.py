"""Money over the threshold: what a line would pay for missed and falsely rejected parts, and where it pays least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from engine.errors import BadInput
from engine.evaluation.boxes import Floats, Ints
from engine.evaluation.costs import Costs
from engine.evaluation.parts import Flags, Parts, read_parts
from engine.evaluation.precision import draws, percentiles
from engine.evaluation.results import Evaluation, unwritten
from engine.evaluation.scores import Choice, Scores
from engine.evaluation.thresholds import GRID, middle_of_best

ROUNDS = 8  # over all labels; it has always settled before


@dataclass(frozen=True)
class Point:
    """What one threshold, or one for each label, does.

    Attributes:
        threshold: None where each label has its own.
        missed: share of the bad parts that pass.
        false_reject: share of the good parts that are rejected.
        money: expected in a shift, with the middle 95 % of a bootstrap over the parts from `low` to `high`.
    """

    threshold: float | None
    missed: float
    false_reject: float
    money: float
    low: float
    high: float


@dataclass(frozen=True)
class Day:
    """What a point means on the line in a day, in parts and in money."""

    missed: float
    false_reject: float
    money: float
    low: float
    high: float


@dataclass(frozen=True)
class LabelThreshold:
    """The threshold of one label, and how many bad parts of the split have it."""

    label: str
    threshold: float
    parts: int


@dataclass(frozen=True)
class Money:
    """The answer.

    Attributes:
        bad, good: parts of the split.
        bad_share: of the line's parts, as given or as in the split.
        curve: over the grid of thresholds.
        now: at the threshold of the evaluation.
        best: the cheapest of the curve, in the middle of its flat stretch.
        labels: thresholds by label; empty where there is one label of defects only.
        labelled: what those cost; None without them.
    """

    costs: Costs
    bad: int
    good: int
    bad_share: float
    curve: Sequence[Point]
    now: Point
    best: Point
    labels: Sequence[LabelThreshold]
    labelled: Point | None
    parts: Parts = field(repr=False, compare=False)

    def day(self, point: Point) -> Day:
        """A point in parts and money a day."""
        shifts = self.costs.shifts_per_day
        parts = self.costs.parts_per_shift * shifts
        return Day(
            parts * self.bad_share * point.missed, parts * (1 - self.bad_share) * point.false_reject,
            *(shifts * value for value in (point.money, point.low, point.high)),
        )  # fmt: skip

    def near(self, threshold: float) -> Point:
        """The point of the curve that is nearest to a threshold."""
        return min(self.curve, key=lambda point: abs((point.threshold or 0.0) - threshold))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, without the parts."""
        points = {"now": self.now, "best": self.best, "by_label": self.labelled}
        told = {name: {**asdict(one), "day": asdict(self.day(one))} for name, one in points.items() if one is not None}
        return {
            "costs": self.costs.model_dump(), "bad": self.bad, "good": self.good, "bad_share": self.bad_share,
            "unseen": {"bad": unseen(self.bad), "good": unseen(self.good)}, "by_label": None, **told, "labels": [asdict(one) for one in self.labels],
            "curve": [asdict(one) for one in self.curve],
        }  # fmt: skip


def money(evaluation: Evaluation, costs: Costs) -> Money:
    """What each threshold would cost in a shift of N parts of which a share π is bad.

    The split's own share of bad parts is not the line's: test sets are full of defects. What carries over is how often a
    bad part passes and how often a good one is rejected, P(pass | bad) and P(reject | good), so that with the prior of the
    line put in (Elkan, The foundations of cost-sensitive learning, IJCAI 2001, section 2)

        money(t) = N · (π · E[cost · passes at t | bad] + (1 − π) · E[cost · rejected at t | good])

    where both means are over the split's parts. It holds as far as its bad parts are bad like the line's.
    Thresholds by label are found one label after another, the others held, until none changes; a part is rejected when one
    of its labels reaches that label's threshold. They never cost more on these parts than one threshold for all, except
    with a classifier, whose single threshold is held against the sum of its labels' probabilities.

    Raises:
        BadInput: the split has no bad or no good parts, or a cost is of a label that there is not.
    """
    line = _line(evaluation, costs)
    parts, threshold = line.parts, line.cheapest()
    curve = line.curve()
    best = curve[int(np.argmin(np.abs(GRID - threshold)))]
    chosen = line.by_label(threshold) if len(parts.labels) > 1 else None
    labels = [] if chosen is None else [
        LabelThreshold(label, round(float(one), 6), int(there))
        for label, one, there in zip(parts.labels, chosen, (parts.has & parts.bad[:, None]).sum(axis=0), strict=True)
    ]  # fmt: skip
    return Money(
        costs, int(parts.bad.sum()), int((~parts.bad).sum()), line.share, curve, _now(line, evaluation), best, labels,
        None if chosen is None else line.at_labels(chosen), parts,
    )  # fmt: skip


def decided(measure: Callable[[Choice], Scores], choice: Choice) -> Scores:
    """What a measure finds at the threshold that is asked for; the one by cost is the cheapest of `money`.

    Of several labels at once, each has the one that is the cheapest with the others held.

    Raises:
        BadInput: the threshold by cost is asked for where `money` cannot tell it.
    """
    by_cost = choice.threshold == "cost"
    scores = measure(replace(choice, threshold="model") if by_cost else choice)
    try:
        line = _line(unwritten(scores), choice.costs)
    except BadInput:
        if by_cost:
            raise
        return scores
    cheapest = line.cheapest()
    if by_cost:
        own = tuple(line.by_label(cheapest).tolist()) if scores.task == "multilabel" else cheapest
        scores = measure(replace(choice, threshold=own))
    sweep = {**scores.curves["sweep"], "cost": line.money().tolist()}
    return replace(scores, thresholds={**scores.thresholds, "cost": cheapest}, curves={**scores.curves, "sweep": sweep})


def _line(evaluation: Evaluation, costs: Costs) -> _Line:
    parts = read_parts(evaluation)
    unknown = set(costs.labels) - set(parts.labels)
    if unknown:
        raise BadInput(f"There is no label “{min(unknown)}” to cost; there are: {', '.join(parts.labels)}.")
    bad, good = int(parts.bad.sum()), int((~parts.bad).sum())
    if not bad or not good:
        lacks, told = ("bad", "misses") if not bad else ("good", "rejects falsely")
        raise BadInput(
            f"This split has no {lacks} parts, so what a threshold {told} cannot be told; evaluate one that has."
        )
    return _Line(parts, costs)


def _now(line: _Line, evaluation: Evaluation) -> Point:
    """What is in use: one threshold, or of a multilabel model one for each label."""
    own = [evaluation.summary["per_class"][label].get("threshold") for label in line.parts.labels]
    if evaluation.summary["task"] != "multilabel" or len(set(own)) == 1:
        return line.at(evaluation.summary["threshold"])
    return line.at_labels(np.array(own))


def unseen(parts: int) -> float:
    """The share of mistakes that may be there, at 95 %, although none was seen in so many parts.

    1 − 0.05^(1/n), about 3/n (Hanley and Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 1983).
    """
    return round(float(1 - 0.05 ** (1 / parts)), 6)


class _Line:
    """The line's parts: each of the split's parts stands for as many as its weight says."""

    def __init__(self, parts: Parts, costs: Costs) -> None:
        self.parts, self.count = parts, costs.parts_per_shift
        self.share = float(parts.bad.mean()) if costs.bad_share is None else costs.bad_share
        miss = np.array([costs.miss_of(label) for label in parts.labels])
        own = np.where(parts.has, miss[None, :], 0.0)
        self.miss = np.where(parts.has.any(axis=1), own.max(axis=1, initial=0.0), costs.miss)
        self.false = np.array([costs.false_of(label) for label in parts.labels])
        self._weights = self._weighted(np.ones((1, len(parts.keys))))[0]

    @cached_property
    def _draws(self) -> Floats:
        return draws(len(self.parts.keys), 0).astype(np.float64)

    def money(self) -> Floats:
        """(T,) what is expected in a shift at each threshold of the grid."""
        order, sums = self._in_order
        every = sums((self._weights * self._cost_of_mistake())[order][None, :]).sum(0)[0] * self.count
        result: Floats = np.maximum(0.0, every).round(6)
        return result

    def cheapest(self) -> float:
        """The threshold of the least money, in the middle of its flat stretch."""
        return middle_of_best(-self.money())

    def at(self, threshold: float) -> Point:
        """One threshold for all labels."""
        return self._point(threshold, self.parts.rejected(threshold), self._surest_false)

    def at_labels(self, thresholds: Floats) -> Point:
        """One threshold for each label."""
        reached = self.parts.scores >= thresholds[None, :] - 1e-9
        false = self.false[np.where(reached, self.parts.scores, -2.0).argmax(axis=1)]
        return self._point(None, np.asarray(reached.any(axis=1)), false)

    @cached_property
    def _in_order(self) -> tuple[Ints, Callable[[Floats], Floats]]:
        """The parts sorted by doubt, and sums over them so sorted."""
        order = np.argsort(self.parts.doubt, kind="stable")
        below = np.searchsorted(self.parts.doubt[order], GRID - 1e-9, side="left")
        bad = self.parts.bad[order]

        def sums(weights: Floats) -> Floats:
            """(R, T): weights of bad parts below each threshold and of good ones from it on."""
            passing, rejecting = np.where(bad, weights, 0.0), np.where(bad, 0.0, weights)
            lost = np.pad(np.cumsum(passing, axis=1), ((0, 0), (1, 0)))[:, below]
            kept = np.pad(np.cumsum(rejecting, axis=1), ((0, 0), (1, 0)))
            result: Floats = np.stack([lost, kept[:, -1:] - kept[:, below]])
            return result

        return order, sums

    def curve(self) -> list[Point]:
        """At each threshold of the grid."""
        order, sums = self._in_order
        bad, cost = self.parts.bad[order], self._cost_of_mistake()[order]
        money, spread = self.money(), sums(self._weighted(self._draws)[:, order] * cost).sum(0) * self.count
        shares = sums(np.where(bad, 1 / bad.sum(), 1 / (~bad).sum())[None, :])[:, 0]
        return [
            Point(round(float(one), 6), *_rounded(*shares[:, at], money[at], *percentiles(spread[:, at])))
            for at, one in enumerate(GRID)
        ]

    def by_label(self, start: float) -> Floats:
        """The threshold of each label, each found with the others held."""
        thresholds = np.full(len(self.parts.labels), start)
        for _ in range(ROUNDS):
            before = thresholds.copy()
            for label in np.flatnonzero(self.parts.has[self.parts.bad].any(axis=0)):
                costs = self._over_label(int(label), thresholds)
                held = costs[int(np.argmin(np.abs(GRID - thresholds[label])))]
                if costs.min() < held - 1e-9:
                    thresholds[label] = middle_of_best(-costs)
            if (before == thresholds).all():
                break
        return thresholds

    def _over_label(self, label: int, thresholds: Floats) -> Floats:
        """(T,) money in a shift at each threshold of one label."""
        scores, mine = self.parts.scores, self.parts.scores[:, label]
        others = np.where(scores >= thresholds[None, :] - 1e-9, scores, -2.0)
        others[:, label] = -2.0
        best, rejected = others.max(axis=1), (others > -2.0).any(axis=1)
        theirs = np.where(rejected, self.false[others.argmax(axis=1)], 0.0)
        blamed = np.where(mine > best, self.false[label], theirs)  # for a good part that this label rejects too
        if_kept = self._weights * np.where(self.parts.bad, np.where(rejected, 0.0, self.miss), theirs)
        if_reached = self._weights * np.where(self.parts.bad, 0.0, blamed)
        reached = mine[None, :] >= GRID[:, None] - 1e-9
        result: Floats = np.where(reached, if_reached[None, :], if_kept[None, :]).sum(axis=1) * self.count
        return result

    @property
    def _surest_false(self) -> Floats:
        result: Floats = self.false[self.parts.scores.argmax(axis=1)]
        return result

    def _cost_of_mistake(self) -> Floats:
        return np.where(self.parts.bad, self.miss, self._surest_false)

    def _point(self, threshold: float | None, rejected: Flags, false: Floats) -> Point:
        bad = self.parts.bad
        cost = np.where(bad, np.where(rejected, 0.0, self.miss), np.where(rejected, false, 0.0)) * self.count
        spread = percentiles(self._weighted(self._draws) @ cost)
        missed, wrong = float((~rejected)[bad].mean()), float(rejected[~bad].mean())
        return Point(threshold, *_rounded(missed, wrong, float(self._weights @ cost), *spread))

    def _weighted(self, drawn: Floats) -> Floats:
        """(R, I) how many of the line's parts each part stands for, as a share; NaN in draws without bad or good ones."""
        bad = self.parts.bad
        with np.errstate(invalid="ignore", divide="ignore"):
            result: Floats = np.where(
                bad, drawn * self.share / drawn[:, bad].sum(axis=1, keepdims=True),
                drawn * (1 - self.share) / drawn[:, ~bad].sum(axis=1, keepdims=True),
            )  # fmt: skip
        return result


def _rounded(*values: float) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)
