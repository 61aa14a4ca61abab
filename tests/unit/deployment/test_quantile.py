"""What can be said of a 99th percentile, and how often it is right."""

from __future__ import annotations

import math
import random

import pytest

from engine.deployment.quantile import allowed, p99


@pytest.mark.parametrize(("count", "slow"), [(0, None), (100, None), (298, None), (299, 0), (472, 0), (473, 1), (500, 1), (1000, 4)])  # fmt: skip
def test_so_many_may_be_slow_as_95_percent_certainty_leaves(count, slow):
    assert allowed(count) == slow


def test_the_limits_are_right_in_95_of_100_cases():
    drawn, true = random.Random(0), -math.log(0.01)
    found = [p99([drawn.expovariate(1) for _ in range(500)]) for _ in range(1000)]
    assert sum(least <= true for _, least, _ in found) >= 950
    assert sum(most >= true for _, _, most in found) >= 950


def test_few_times_have_no_upper_limit():
    assert p99([7.0]) == (7.0, 7.0, None)
    assert p99(range(100)) == (98, 96, None)
