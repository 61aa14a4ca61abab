"""Bets that may be looked at at any time: their mean under the null is never above one, exactly and not by simulation."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from engine.deployment.sequential import ANY, OneShare, TwoShares, mean_log

MANY, MANY_OLD = 3, 8


def gains(test):
    """For each outcome (new, old) of a further stretch, the factor by which the mean capital changes."""
    before, start = test.to_json(), np.exp(mean_log(test.evidence))
    found = np.zeros((MANY + 1, MANY_OLD + 1))
    for new, old in product(range(MANY + 1), range(MANY_OLD + 1)):
        after = TwoShares.from_json(before)
        after.update([new], MANY, [old], MANY_OLD)
        found[new, old] = np.exp(mean_log(after.evidence)) / start
    return found


def expected(gained, share: float, share_old: float) -> float:
    """The mean of them over all outcomes."""
    new, old = binom.pmf(range(MANY + 1), MANY, share), binom.pmf(range(MANY_OLD + 1), MANY_OLD, share_old)
    return float(new @ gained @ old)


@pytest.mark.parametrize("limits", [(ANY, 0.0), (ANY, 0.1), (0.1, 0.1), (0.05, ANY)])
@pytest.mark.parametrize("seen", [(0, 0), (3, 1), (0, 8), (1, 0)])
def test_no_release_within_the_limits_gains_capital_on_average(limits, seen):
    test = TwoShares(*limits)
    test.update([seen[0]], MANY, [seen[1]], MANY_OLD)
    gained = gains(test)
    for share, share_old in product(np.linspace(0, 1, 21), repeat=2):
        if -limits[0] - 1e-9 <= share - share_old <= limits[1] + 1e-9:
            assert expected(gained, share, share_old) <= 1 + 1e-6, (share, share_old)


def test_a_release_beyond_the_limits_does():
    test = TwoShares(ANY, 0.05)
    test.update([1], MANY, [0], MANY_OLD)
    assert expected(gains(test), 0.5, 0.02) > 1.2


@pytest.mark.parametrize("band", [(0.0, 0.2), (0.1, 0.3)])
def test_a_mean_within_its_band_gains_nothing_whatever_the_values_are_spread_like(band):
    for mean in np.linspace(*band, 5):
        for low, high in ((0.0, 1.0), (mean / 2, 1.0), (0.0, (1 + mean) / 2)):
            at_high = (mean - low) / (high - low)
            total = 0.0
            for times in range(5):
                test = OneShare(*band)
                test.update(times * high + (4 - times) * low, 4)
                total += binom.pmf(times, 4, at_high) * np.exp(test.evidence)
            assert total <= 1 + 1e-6, (mean, low, high)


def test_a_mean_outside_its_band_is_found():
    test = OneShare(0.0, 0.2)
    for _ in range(40):
        test.update(0.7, 1)
    assert test.evidence > np.log(1000)


def test_both_go_on_from_their_json_as_if_they_had_never_been_put_aside():
    rng = np.random.default_rng(5)
    two, one = TwoShares([0.1, ANY], 0.1, ([40, 3], 100)), OneShare(0.1, 0.3)
    for _ in range(10):
        two = TwoShares.from_json(json.loads(json.dumps(two.to_json())))
        one = OneShare.from_json(json.loads(json.dumps(one.to_json())))
    twin = TwoShares([0.1, ANY], 0.1, ([40, 3], 100))
    for _ in range(10):
        stretch = rng.integers(0, 5, 2), 5, rng.integers(0, 20, 2), 20
        two = TwoShares.from_json(json.loads(json.dumps(two.to_json())))
        two.update(*stretch)
        twin.update(*stretch)
        one.update(2.5, 5)
    assert two.evidence == pytest.approx(twin.evidence)
    assert OneShare.from_json(json.loads(json.dumps(one.to_json()))).evidence == one.evidence
