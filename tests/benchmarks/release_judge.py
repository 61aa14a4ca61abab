"""How soon the judge of releases catches a bad one, and how often it takes back a good one.

Simulated: an old release with 1,000 requests of history, a new one with a share of the traffic, both looked at after every
few requests; scores, objects, times and failures are drawn anew for each. `release.false_alarm_rate` is the share of
releases taken back within 2,000 requests of their own although they keep to the limits, the worst of several kinds of good
release; beside it that of Fisher's exact test at 1 % for errors alone, done at every look as one might without further
thought. `release.canary_requests_to_catch` is the 90th percentile over all kinds of bad release.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.deployment.counts import Counts
from engine.deployment.judge import Judge
from engine.deployment.policy import Policy
from engine.serving.metrics import _FINER

SECONDS, SCORES, OBJECTS = (
    np.array(_FINER[f"lineside_{name}"]) for name in ("request_seconds", "top_score", "objects")
)
LIMIT_PT = 400


@dataclass(frozen=True)
class Kind:
    """A release: how it answers.

    Attributes:
        failing: share of failed requests; slow: its times against the usual ones.
        defects: share of parts called bad; score: where the scores of defects lie, as the mean of a beta distribution.
    """

    failing: float = 0.002
    slow: float = 1.0
    defects: float = 0.3
    score: float = 0.8


USUAL = Kind()
GOOD = {
    "the same": USUAL,
    "as bad as is let through": replace(USUAL, failing=0.012, slow=1.5, defects=0.35, score=0.75),
    "other scores": replace(USUAL, score=0.87, slow=1.2),
    "fewer rejects": replace(USUAL, defects=0.26, slow=0.5),
}
BAD = {
    "errors_20": replace(USUAL, failing=0.2),
    "p99_3x": replace(USUAL, slow=3.0),
    "all_good": replace(USUAL, defects=0.0),
    "all_bad": replace(USUAL, defects=1.0),
    "errors_10": replace(USUAL, failing=0.1),
}


class Release:
    """Counts that grow as its kind says."""

    def __init__(self, kind: Kind, rng: np.random.Generator) -> None:
        self.kind, self._rng = kind, rng
        self.requests = self.failed = self.rejected = 0
        self.hist = [np.zeros(len(edges) + 1) for edges in (SECONDS, SCORES, OBJECTS)]

    def answer(self, many: int) -> None:
        """That many more requests."""
        kind, rng = self.kind, self._rng
        failed = int(rng.binomial(many, kind.failing))
        images = many - failed
        bad = rng.random(images) < kind.defects
        sure = 0.3 + 0.7 * rng.beta(12 * kind.score, 12 * (1 - kind.score), images)
        objects = np.where(bad, 1 + rng.poisson(0.5, images), 0)
        seconds = kind.slow * 0.02 * rng.lognormal(0, 0.25, many)
        for hist, edges, values in zip(
            self.hist, (SECONDS, SCORES, OBJECTS), (seconds, np.where(bad, sure, 0.0), objects), strict=True
        ):
            hist += np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
        self.requests, self.failed, self.rejected = (
            self.requests + many,
            self.failed + failed,
            self.rejected + int(bad.sum()),
        )

    def told(self) -> Counts:
        """As `/metrics` says it."""
        found = [
            dict(zip([*edges.tolist(), math.inf], np.cumsum(hist).tolist(), strict=True))
            for hist, edges in zip(self.hist, (SECONDS, SCORES, OBJECTS), strict=True)
        ]
        images = float(self.requests - self.failed)
        rejected = float(self.rejected)
        return Counts(1.0, self.requests, self.failed, *found, images, rejected, {"defect": rejected})


def watched(
    kind: Kind,
    seed: int,
    most: int,
    share: float = 0.05,
    stretch: int = 40,
    policy: Policy | None = None,
    old: Kind = USUAL,
) -> tuple[int | None, tuple[str, ...], Release, Release]:
    """One release judged until it is taken back: after how many requests of its own, or None after `most`."""
    rng = np.random.default_rng(seed)
    before, new = Release(old, rng), Release(kind, rng)
    before.answer(1000)
    judge = Judge(policy or Policy(least=most + 1, most=most + 1), clock=lambda: 1.0)
    judge.weigh(before.told(), new.told())
    while new.requests < most:
        mine = int(rng.binomial(stretch, share))
        new.answer(mine)
        before.answer(stretch - mine)
        verdict = judge.weigh(before.told(), new.told())
        if verdict.decision == "take back":
            return new.requests, verdict.why, before, new
    return None, (), before, new


def catch(times: int = 300) -> dict[str, float]:
    """Requests until each kind of bad release is taken back."""
    figures: dict[str, float] = {}
    for name, kind in BAD.items():
        found = [watched(kind, seed, 2000)[0] or 2000 for seed in range(times)]
        middle, most = np.percentile(found, [50, 90])
        print(f"  {name}: median {middle:.0f}, 90 % within {most:.0f}", file=sys.stderr)
        figures[f"release.catch_{name}_p90"] = float(most)
    named = [figures[f"release.catch_{name}_p90"] for name in ("errors_20", "p99_3x", "all_good")]
    return {**figures, "release.canary_requests_to_catch": max(named)}


def false_alarms(times: int = 1000) -> dict[str, float]:
    """Good releases that were taken back within 2,000 requests of their own."""
    rates = {}
    for name, kind in GOOD.items():
        alarms = sum(watched(kind, seed, 2000, share=0.25)[0] is not None for seed in range(times))
        rates[name] = alarms / times
        print(f"  {name}: {alarms} of {times} taken back", file=sys.stderr)
    return {
        "release.false_alarm_rate": max(rates.values()),
        "release.false_alarm_rate_fisher_each_look": _fisher(times),
    }


def _fisher(times: int) -> float:
    from scipy.stats import fisher_exact

    alarms = 0
    for seed in range(times):
        rng = np.random.default_rng(seed)
        new = old = bad = worse = 0
        while new < 2000:
            new, old = new + 10, old + 30
            worse, bad = worse + rng.binomial(10, 0.02), bad + rng.binomial(30, 0.02)
            table: Any = [[worse, new - worse], [bad, old - bad]]
            if fisher_exact(table, alternative="greater").pvalue < 0.01:
                alarms += 1
                break
    return alarms / times


MEASURES = [catch, false_alarms]
