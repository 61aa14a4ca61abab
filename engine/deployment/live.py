"""How the releases of a target do just now: who gets which share, how fast, how well, and what the judge thinks of it."""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.agent.gateway import Gateway
from engine.deployment import counts
from engine.deployment.counts import Counts
from engine.deployment.gateways import gateway_of
from engine.deployment.held import Held
from engine.deployment.judge import Verdict
from engine.deployment.pipelines import status_of
from engine.deployment.plan import Plan
from engine.deployment.releases import Release, current_release, get_release
from engine.deployment.rollout import going_on, judge_of, metrics
from engine.deployment.target import Target
from engine.errors import TargetError
from engine.workspace import Workspace

STRETCH_S = 30.0  # what is said of speed is said of the requests of so long


@dataclass(frozen=True)
class Side:
    """How one release does.

    Attributes:
        weight: percent of the requests that its target's gateway gives it; None without a gateway.
        answers: whether it tells how it does; the figures below are None where it does not, or was not asked enough.
        requests, failed: since it started.
        rate: requests a second, and p50_ms, p99_ms: at most so long took that share, both of the last `STRETCH_S`.
        rejects: the share of parts called bad since it started; None for tasks that know no such thing.
    """

    release: Release
    weight: int | None = None
    answers: bool = False
    requests: int = 0
    failed: int = 0
    rate: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    rejects: float | None = None


@dataclass(frozen=True)
class Going:
    """How far a rollout is.

    Attributes:
        step: place in the plan; asked: requests of the new release in it, of how many `needed` at least.
        since: when the step began, epoch seconds; None: it has not begun.
        verdict: of the judge as it was last written down; None where it has not looked yet.
        evidence: of each test, as 1 in how many cases it comes by accident (its e-value); taken back at `limit` of `whole`.
    """

    plan: Plan
    step: int
    asked: int
    needed: int
    since: float | None
    paused: bool
    waits: bool
    verdict: Verdict | None = None
    evidence: Mapping[str, float] = field(default_factory=dict)
    whole: float = 1.0
    limit: float = 100.0


@dataclass(frozen=True)
class Look:
    """A target at one moment.

    Attributes:
        at: epoch seconds.
        old, new: the release that runs and the one that is rolled out beside it, where there are.
        drift: the largest distance between the cumulative shares of both releases' surest scores (Kolmogorov-Smirnov).
        disagreement: mean of 1 − agreement on images that both looked at.
        pipeline: how the one does that the running release carries, as `engine.deployment.pipelines.status`; None without.
    """

    at: float
    gateway: Gateway | None = None
    old: Side | None = None
    new: Side | None = None
    going: Going | None = None
    drift: float | None = None
    disagreement: float | None = None
    pipeline: Mapping[str, Any] | None = None


class Live:
    """Looks at a target again and again, over one connection; is used from one thread."""

    def __init__(self, workspace: Workspace, target: str, clock: Callable[[], float] = time.time) -> None:
        self._workspace, self._name, self._clock = workspace, target, clock
        self._held = Held(workspace, target)
        self._seen: dict[str, deque[tuple[float, Counts]]] = {}

    def look(self) -> Look:
        """The target as it is now.

        Raises:
            TargetError, OSError: it cannot be reached; the next look tries anew.
        """
        with self._held.use() as target:
            return self._look(target)

    def close(self) -> None:
        """Let go of the connection."""
        self._held.close()

    def _look(self, target: Target) -> Look:
        old, new = releases_of(self._workspace, self._name)
        control = gateway_of(target)
        gateway = control.model() if control else None
        if gateway is None:
            target.status()  # the only word that a target without a gateway gives of its link
        now = self._clock()
        told = [self._counts(target, gateway, release, now) for release in (old, new)]
        sides = [self._side(release, gateway, found, now) for release, found in zip((old, new), told, strict=True)]
        going = going_of(new, told[1]) if new else None
        pipeline = None
        if old and "pipeline" in old.details:
            with contextlib.suppress(TargetError):  # it is being replaced, or its key is another
                pipeline = status_of(target)
        return Look(now, gateway, sides[0], sides[1], going, _drift(*told), _disagreement(*told), pipeline)

    def _counts(self, target: Target, gateway: Gateway | None, release: Release | None, now: float) -> Counts | None:
        if release is None or not target.runs:
            return None
        found = counts.read(metrics(target, gateway.slots.values() if gateway else (), release.details["key"]))
        seen = self._seen.setdefault(release.details["key"], deque())
        if found is None or (seen and not found.follows(seen[-1][1])):
            seen.clear()
        if found is not None:
            seen.append((now, found))
        while len(seen) > 2 and seen[1][0] < now - STRETCH_S:
            seen.popleft()
        return found

    def _side(self, release: Release | None, gateway: Gateway | None, told: Counts | None, now: float) -> Side | None:
        if release is None:
            return None
        slot = (
            next((one for one in gateway.slots.values() if one.release == release.details["key"]), None)
            if gateway
            else None
        )
        weight = (slot.weight if slot else 0) if gateway else None
        if told is None:
            return Side(release, weight)
        before, first = self._seen[release.details["key"]][0]
        recent = told.since(first)
        return Side(
            release, weight, True, round(told.requests), round(told.failed),
            recent.requests / (now - before) if now > before else None,
            _milliseconds(recent, 0.5), _milliseconds(recent, 0.99),
            told.rejected / told.images if told.rejected is not None and told.images else None,
        )  # fmt: skip


def releases_of(workspace: Workspace, target: str) -> tuple[Release | None, Release | None]:
    """The release that runs on a target, and the one that is rolled out beside it."""
    new = going_on(workspace, target)
    return (get_release(workspace, new.details["previous"]) if new else current_release(workspace, target)), new


def going_of(release: Release, told: Counts | None) -> Going:
    """How far the rollout of a release is; `told`: what it says of itself now."""
    state = release.details["rollout"]
    judge, plan = judge_of(state), Plan.from_json(state["plan"])
    asked = max(0, round(told.requests - state["base"])) if told and "base" in state else 0
    return Going(
        plan, state["step"], asked, max(judge.policy.least, plan.requests), state.get("since"), bool(state.get("paused")),
        bool(state.get("waits")), judge.decide() if "judge" in state else None,
        {name: _e_value(log) for name, log in judge.evidence.items()}, _e_value(judge.whole), 1 / judge.policy.alpha,
    )  # fmt: skip


def _e_value(log: float) -> float:
    return math.exp(min(log, 700.0))


def _milliseconds(recent: Counts, share: float) -> float | None:
    found = counts.quantile(recent.seconds, share)
    return 1e3 * found if math.isfinite(found) else None


def _drift(old: Counts | None, new: Counts | None) -> float | None:
    both = [told.scores for told in (old, new) if told and told.scores.get(math.inf)]
    if len(both) < 2:
        return None
    shares = [{edge: count / scores[math.inf] for edge, count in scores.items()} for scores in both]
    return max((abs(shares[0][edge] - shares[1][edge]) for edge in shares[0] if edge in shares[1]), default=None)


def _disagreement(old: Counts | None, new: Counts | None) -> float | None:
    both = [told for told in (old, new) if told and told.compared]
    compared = sum(told.compared for told in both)
    return sum(told.disagreement for told in both) / compared if compared else None
