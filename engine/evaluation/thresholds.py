"""The thresholds that an evaluation tries, and the choice among those that do equally well."""

from __future__ import annotations

import numpy as np

from engine.evaluation.boxes import Floats

GRID: Floats = np.linspace(0, 1, 101)


def middle_of_best(values: Floats) -> float:
    """The threshold in the middle of the longest stretch of the grid on which `values` are highest.

    The middle, because a threshold right at a score that was seen would fall on the other side with the next images.
    """
    best = np.flatnonzero(values >= values.max() - 1e-9)
    stretches = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    longest = max(stretches, key=len)
    return round(float(GRID[longest[len(longest) // 2]]), 6)
