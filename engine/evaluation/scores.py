"""What an evaluation found: figures, curves, and a result for each item, object and prediction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import UsageError
from engine.evaluation.costs import Costs

NONE = "(none)"  # the row and the column of the confusion matrix for what has no counterpart
Row = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """How the threshold is chosen.

    Attributes:
        threshold: a score, or "model" (what the model serves with), "f1" (best F1), "cost" (the cheapest on the line, see
            `engine.evaluation.money`); of several labels at once also a score of each.
        costs: of mistakes on the line.
        good: the label that means a sound image or row; empty: told by its name.
    """

    threshold: float | str | tuple[float, ...] = "model"
    costs: Costs = field(default_factory=Costs)
    good: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.threshold, str) and self.threshold not in ("model", "f1", "cost"):
            try:
                object.__setattr__(self, "threshold", float(self.threshold))
            except ValueError:
                raise UsageError(
                    f"“{self.threshold}” is no threshold; give a score between 0 and 1, or model, f1 or cost."
                ) from None
        if isinstance(self.threshold, float | int) and not 0 <= self.threshold <= 1:
            raise UsageError(f"The threshold {self.threshold} is not between 0 and 1.")

    def to_json(self) -> dict[str, Any]:
        """As in a job's arguments and in summary.json."""
        return {"threshold": self.threshold, "costs": self.costs.model_dump(), "good": self.good}

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Choice:
        """What `to_json` wrote; a job that waited since the costs had another form takes the usual ones."""
        return Choice(document["threshold"], Costs.model_validate(document.get("costs", {})), document["good"])


@dataclass(frozen=True)
class Scores:
    """Figures are fractions in [0, 1]; None where the split cannot tell (no good images, no true boxes).

    Attributes:
        main: name of the metric by which models of this task are compared: map50 or accuracy.
        metrics: by name.
        intervals: 95 % intervals of some metrics.
        confusion: {"labels": […, "(none)"], "matrix": rows are true, columns are predicted}.
        threshold: at which everything but the average precisions is counted.
        thresholds: the suggested ones: by f1 and by cost.
        good: the label that means a sound item, where there is one.
        curves: of curves.json.
        skeletons: of models of keypoints, by label: `engine.serving.skeleton.Skeleton` as JSON.
        items, predictions, matches: rows of the Parquet files.
    """

    task: str
    main: str
    metrics: dict[str, float | None]
    per_class: dict[str, dict[str, float | None]]
    confusion: dict[str, Any]
    threshold: float
    thresholds: dict[str, float]
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    good: str = ""
    curves: dict[str, Any] = field(default_factory=dict)
    skeletons: dict[str, Any] = field(default_factory=dict)
    items: Sequence[Row] = ()
    predictions: Sequence[Row] = ()
    matches: Sequence[Row] = ()

    @property
    def accuracy(self) -> float:
        """The main metric; 0 where the split cannot tell."""
        return self.metrics[self.main] or 0.0

    def summary(self) -> dict[str, Any]:
        """What summary.json says of them."""
        return {
            "task": self.task, "main": self.main, "metrics": self.metrics, "intervals": self.intervals,
            "per_class": self.per_class, "confusion": self.confusion, "threshold": self.threshold,
            "thresholds": self.thresholds, "good": self.good, **({"skeletons": self.skeletons} if self.skeletons else {}),
        }  # fmt: skip


def tidy(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Plain rounded numbers; NaN becomes None."""
    return {name: _plain(value) for name, value in values.items()}


def tidy_intervals(values: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Only those that could be told."""
    return {name: (round(low, 5), round(high, 5)) for name, (low, high) in values.items() if not math.isnan(low)}


def ratio(above: float, below: float) -> float:
    """Above / below; NaN without anything below."""
    return float(above) / float(below) if below else float("nan")


def _plain(value: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    return int(value) if isinstance(value, int) else round(float(value), 6)
