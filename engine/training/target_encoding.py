"""Categories as how often the target occurs with them (Micci-Barreca 2001), without a row's own answer in its own value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.tables import Column

FOLDS = 5  # of train rows: each gets what the others tell
PRIOR = 10.0  # rows of the mean that a category is drawn to

Floats = npt.NDArray[np.float64]


def with_rates(column: Column, values: list[Any], second: npt.NDArray[np.bool_]) -> Column:
    """A category that is encoded by the logarithm of the odds of the second label among its train rows.

    Args:
        values: of the train rows of which the target is known.
        second: (N,) which of them have the second label.
    """
    slots = _slots(column, values)
    rates = _rates(slots, second, column.slots, _mean(second))
    seen = rates[slots]
    spread = float(seen.std())
    return replace(column, rates=tuple(rates.tolist()), mean=float(seen.mean()), std=spread if spread > 0 else 1.0)


def held_out(column: Column, values: list[Any], labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """What train rows get, (N,): the rates of the other folds, so that no row's own answer is in it.

    What they are drawn to is the mean of all rows: that of the other folds would tell what its own fold has less of.

    Args:
        labels: (N,) of the target; −1 where it is not known.
    """
    plain = replace(column, rates=())
    slots, fold = _slots(plain, values), np.random.default_rng(0).integers(0, FOLDS, len(values))
    found, mean = np.zeros(len(values)), _mean(labels[labels >= 0] == 1)
    for number in range(FOLDS):
        others = (fold != number) & (labels >= 0)
        found[fold == number] = _rates(slots[others], labels[others] == 1, plain.slots, mean)[slots[fold == number]]
    return ((found - column.mean) / column.std).astype(np.float32)


def _slots(column: Column, values: list[Any]) -> npt.NDArray[np.int64]:
    return column.encode(values)[0].astype(np.int64)


def _mean(second: npt.NDArray[np.bool_]) -> float:
    return float(np.clip(second.mean() if len(second) else 0.5, 1e-3, 1 - 1e-3))


def _rates(slots: npt.NDArray[np.int64], second: npt.NDArray[np.bool_], count: int, mean: float) -> Floats:
    """Of each slot; one that has no rows has that of all."""
    rows, hits = np.bincount(slots, minlength=count), np.bincount(slots, second, count)
    share = np.clip((hits + PRIOR * mean) / (rows + PRIOR), 1e-4, 1 - 1e-4)
    result: Floats = np.log(share / (1 - share))
    return result
