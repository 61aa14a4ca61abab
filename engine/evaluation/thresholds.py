"""The thresholds that an evaluation tries, and the choice among those that do equally well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.evaluation.boxes import Floats
from engine.evaluation.scores import Choice

GRID: Floats = np.linspace(0, 1, 101)


def middle_of_best(values: Floats) -> float:
    """The threshold in the middle of the longest stretch of the grid on which `values` are highest.

    The middle, because a threshold right at a score that was seen would fall on the other side with the next images.
    """
    best = np.flatnonzero(values >= values.max() - 1e-9)
    stretches = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    longest = max(stretches, key=len)
    return round(float(GRID[longest[len(longest) // 2]]), 6)


def sweep_of(bad: Any, doubt: Floats) -> tuple[dict[str, float], dict[str, Any]]:
    """The threshold by F1, and what each threshold of the grid would miss and reject.

    In the answer's second part “missed” is a share of as many as “missed_of” says; the rest are columns by threshold.

    Args:
        bad: (items,) which are.
        doubt: (items,) in [0, 1]; an item is rejected where it reaches the threshold.
    """
    rejected = doubt[None, :] >= GRID[:, None]
    missed, false = (bad & ~rejected).sum(axis=1), (~bad & rejected).sum(axis=1)
    f1 = 2 * (bad & rejected).sum(axis=1) / np.maximum(1, rejected.sum(axis=1) + bad.sum())
    best = {"f1": middle_of_best(f1)}
    columns = {
        "threshold": GRID, "f1": f1, "missed": missed / max(1, bad.sum()),
        "false_reject": false / max(1, (~bad).sum()),
    }  # fmt: skip
    return best, {
        **{name: np.round(values, 5).tolist() for name, values in columns.items()},
        "missed_of": int(bad.sum()),
    }


def chosen_threshold(choice: Choice, named: Mapping[str, float]) -> float:
    """The threshold that is asked for, by its name or as a number."""
    asked = choice.threshold
    assert not isinstance(asked, tuple)  # of several labels at once only
    return named[asked] if isinstance(asked, str) else asked
