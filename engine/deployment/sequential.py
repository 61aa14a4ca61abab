"""Tests of shares that may be looked at after every request: their false-alarm rate holds at all looks together.

Each is a bet against “the new release does as well as the old one, give or take what does not matter”. Where that is true
the capital of the bet is a non-negative supermartingale that begins with 1, so it ever reaches c with a chance of at most
1 / c (Ville 1939), however often and whenever one looks; the mean of several such bets is one again, whatever hangs
together with what. See Ramdas, Grünwald, Vovk & Shafer, Game-theoretic statistics and safe anytime-valid inference (2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
AWAY = (0.05, 0.15, 0.4, 0.8)  # how far beyond what does not matter the bets lie, as shares
Test = TypeVar("Test", "TwoShares", "OneShare")
TINY = 1e-6
PRIOR = 1000.0  # requests that an older history counts for at most
ANY = 2.0  # a tolerance that no difference of shares reaches


class TwoShares:
    """Shares of E kinds of answer in the requests of a new release against those of the old one in the same stretch of time.

    Null hypothesis, in each stretch by itself, for each kind: −low ≤ share(new) − share(old) ≤ high; shares may change from
    stretch to stretch. The bet on a stretch is the likelihood ratio of an alternative, chosen from earlier stretches alone,
    to the nearest point of the null in Kullback-Leibler divergence: an e-variable for any convex null and any numbers of
    requests (Turner & Grünwald, Exact anytime-valid confidence intervals for contingency tables and beyond, 2023; Turner,
    Ly & Grünwald, Generic e-variables for exact sequential k-sample tests, 2024). Several alternatives and one learnt from
    what was seen are mixed.

    Args:
        low, high: (E,) tolerances as shares; `ANY` where a difference on that side is none.
        before: (E,) and a number: answers of each kind and requests in the old release's history; only guides the bets.
    """

    def __init__(self, low: Any, high: Any, before: tuple[Any, float] = (0.0, 0.0)) -> None:
        self.low, self.high = np.broadcast_arrays(np.atleast_1d(np.asarray(low, float)), np.asarray(high, float))
        self.sides = (self.high.min() < ANY, self.low.min() < ANY)  # on which of them bets lie
        self.log = np.zeros((len(self.low), sum(self.sides) * len(AWAY) + 1))
        self.new, self.old = np.zeros(len(self.low)), np.zeros(len(self.low))  # answers of each kind so far
        self.requests = np.zeros(2)  # new, old
        weight = min(1.0, PRIOR / max(1.0, before[1]))
        self.before = np.broadcast_to(np.asarray(before[0], float) * weight, self.low.shape).copy()
        self.before_requests = before[1] * weight

    def update(self, new: Any, many: float, old: Any, many_old: float) -> None:
        """What was seen in one stretch: answers of each kind (E,) and requests, of the new and the old release."""
        new, old = np.asarray(new, float), np.asarray(old, float)
        usual = (self.old + self.before + 0.5) / (self.requests[1] + self.before_requests + 1)
        usual = np.clip(usual, 1e-3, 1 - 1e-3)
        learnt = (self.new + usual) / (self.requests[0] + 1)
        away = np.array(AWAY)
        above, below = (usual + self.high)[:, None] + away, (usual - self.low)[:, None] - away
        fixed = [bets for bets, wanted in zip((above, below), self.sides, strict=True) if wanted]
        bet = np.clip(np.column_stack([*fixed, learnt]), 1e-3, 1 - 1e-3)
        usual = np.broadcast_to(usual[:, None], bet.shape)
        null, null_old = self._nearest(bet, usual, many, many_old)
        self.log += _ratio(new[:, None], many, bet, null) + _ratio(old[:, None], many_old, usual, null_old)
        self.new, self.old = self.new + new, self.old + old
        self.requests = self.requests + np.array([many, many_old])

    @property
    def evidence(self) -> Floats:
        """(E,) logarithm of the capital of each kind."""
        found: Floats = mean_log(self.log, 1)
        return found

    def _nearest(self, bet: Floats, usual: Floats, many: float, many_old: float) -> tuple[Floats, Floats]:
        gap = bet - usual
        low, high = np.broadcast_to(self.low[:, None], bet.shape), np.broadcast_to(self.high[:, None], bet.shape)
        offset = np.where(gap > high, high, np.where(gap < -low, -low, gap))
        outside = offset != gap
        null, null_old = bet.copy(), usual.copy()
        null_old[outside] = _on_the_edge(bet[outside], usual[outside], many, many_old, offset[outside])
        null[outside] = null_old[outside] + offset[outside]
        return null, null_old

    def to_json(self) -> dict[str, Any]:
        """Its state as plain JSON values."""
        return {name: np.asarray(value).tolist() for name, value in vars(self).items()}

    @staticmethod
    def from_json(values: dict[str, Any]) -> TwoShares:
        """Go on from what `to_json` gave."""
        return _restored(TwoShares(values["low"], values["high"]), values)


class OneShare:
    """The mean of values in [0, 1] of one release, such as the share of rejects, against a band.

    Null hypothesis: low ≤ mean ≤ high, whatever the past. The bets are those of Waudby-Smith & Ramdas, Estimating means of
    bounded random variables by betting (2023), in the form of a Bernoulli likelihood ratio, which values between 0 and 1
    only make smaller; so sums are all that is needed.
    """

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = max(low, TINY), min(high, 1 - TINY)
        self.log = np.zeros(2 * len(AWAY) + 1)
        self.sum, self.count = 0.0, 0.0

    def update(self, total: float, many: float) -> None:
        """The sum of `many` further values."""
        away = np.array(AWAY)
        learnt = (self.sum + (self.low + self.high) / 2) / (self.count + 1)
        bet = np.clip(np.concatenate([self.high + away, self.low - away, [learnt]]), TINY, 1 - TINY)
        self.log = self.log + _ratio(np.float64(total), many, bet, np.clip(bet, self.low, self.high))
        self.sum, self.count = self.sum + total, self.count + many

    @property
    def evidence(self) -> float:
        """Logarithm of the capital."""
        return float(mean_log(self.log, 0))

    def to_json(self) -> dict[str, Any]:
        """Its state as plain JSON values."""
        return {name: np.asarray(value).tolist() for name, value in vars(self).items()}

    @staticmethod
    def from_json(values: dict[str, Any]) -> OneShare:
        """Go on from what `to_json` gave."""
        return _restored(OneShare(values["low"], values["high"]), values)


def mean_log(logs: Any, axis: int = 0, weights: Sequence[float] | None = None) -> Any:
    """Logarithm of the (weighted) mean of numbers that are given as logarithms."""
    logs = np.asarray(logs, float)
    top = logs.max(axis=axis, keepdims=True)
    mean = np.average(np.exp(logs - top), axis=axis, weights=weights)
    return np.log(mean) + top.squeeze(axis)


def _on_the_edge(bet: Floats, usual: Floats, many: float, many_old: float, offset: Floats) -> Floats:
    """The old release's share of the pair (old + offset, old) that is nearest to (bet, usual); by bisection."""
    left, right = np.maximum(0, -offset) + TINY, np.minimum(1, 1 - offset) - TINY
    for _ in range(40):
        middle = (left + right) / 2
        new = middle + offset
        slope = many * (bet - new) / (new * (1 - new)) + many_old * (usual - middle) / (middle * (1 - middle))
        left, right = np.where(slope > 0, middle, left), np.where(slope > 0, right, middle)
    found: Floats = np.clip((left + right) / 2, np.maximum(0, -offset) + TINY, np.minimum(1, 1 - offset) - TINY)
    return found


def _ratio(yes: Any, many: float, bet: Floats, null: Floats) -> Any:
    """Logarithm of the ratio of two Bernoulli likelihoods."""
    return yes * np.log(bet / null) + (many - yes) * np.log((1 - bet) / (1 - null))


def _restored(test: Test, values: dict[str, Any]) -> Test:
    for name, value in values.items():
        setattr(test, name, np.array(value) if isinstance(value, list) else value)
    return test
