"""What some hundred times say of the slowest hundredth of all: an interval without a guess at how they are spread."""

from __future__ import annotations

import math
from collections.abc import Sequence

SLOWEST = 0.01  # the share beyond the 99th percentile
DOUBT = 0.05  # the chance that a limit is wrong, on either side


def p99(times: Sequence[float]) -> tuple[float, float, float | None]:
    """The 99th percentile, and between which limits it lies; the upper one is None where there are too few times.

    How many of n independent times lie beyond the true percentile is binomial, whatever their distribution; so an order
    statistic is a limit (David & Nagaraja, Order Statistics, 2003, section 7.1), each with 95 % certainty.
    """
    ordered = sorted(times)
    count = len(ordered)
    most = allowed(count)
    lowest = next(
        beyond for beyond in range(1, count + 1) if 1 - _at_most(beyond - 1, count) <= DOUBT or beyond == count
    )
    found = ordered[min(count - 1, math.ceil((1 - SLOWEST) * count) - 1)]
    return found, ordered[count - lowest], None if most is None else ordered[count - 1 - most]


def allowed(count: int) -> int | None:
    """How many of so many times may be too slow, and the 99th percentile still is not; None: nothing can show it (below 299)."""
    fitting = [beyond for beyond in range(count // 50 + 1) if _at_most(beyond, count) <= DOUBT]
    return fitting[-1] if fitting else None


def _at_most(beyond: int, count: int) -> float:
    """The chance that at most so many of the times lie beyond the true percentile."""
    return sum(
        math.comb(count, one) * SLOWEST**one * (1 - SLOWEST) ** (count - one) for one in range(min(beyond, count) + 1)
    )
