"""Whether a new release may go on, by what both releases tell of themselves: sequential tests with their reasons in words.

See `engine.deployment.sequential` for the tests. Their capitals are averaged, so that the whole is one test: it takes a
release back when the mean reaches 1 / alpha, which one that keeps to the limits of the policy does with a chance of at
most alpha, however often one looks. What must hold for that: requests are answered independently of each other, and
which release gets one does not depend on what is in it. Where traffic is split by header or key, leave out the tests that
compare images.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from engine.deployment import counts, reasons
from engine.deployment.counts import Counts
from engine.deployment.policy import Policy
from engine.deployment.reasons import Reason
from engine.deployment.sequential import ANY, OneShare, TwoShares, mean_log

Decision = Literal["go on", "promote", "take back"]
WEIGHTS = {"errors": 3.0, "latency": 2.0, "rejects": 2.0}  # of the tests in the mean of their capitals; 1 for any other
LATENCIES = 20  # requests from which on the old release's times are known
HISTORY = 100  # images from which on the old release's share of rejects is a history
DOUBT = math.log(5)  # evidence from which on a step is looked at for longer


@dataclass(frozen=True)
class Verdict:
    """What is to be done with the new release, and why, as sentences."""

    decision: Decision
    why: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"decision": self.decision, "why": list(self.why)}


@dataclass
class Watch:
    """One test of the judge: kinds of answer, and the bet on their shares.

    Attributes:
        kinds: what each is: ("failed",), ("slow", limit of the new, limit of the old), ("score", likewise), ("objects", at
            most), ("label", name), ("rejected",).
    """

    kinds: list[tuple[Any, ...]]
    shares: TwoShares

    def update(self, new: Counts, old: Counts) -> None:
        """One stretch of time."""
        many, many_old = asked(new, self.kinds[0]), asked(old, self.kinds[0])
        found = [(given(new, kind, 1), given(old, kind, -1)) for kind in self.kinds]
        comparable = not any(math.isnan(one + other) for one, other in found)  # a release may have other limits
        if comparable and many > 0 and many_old > 0:
            self.shares.update([one for one, _ in found], many, [other for _, other in found], many_old)

    @property
    def evidence(self) -> float:
        """Logarithm of the capital."""
        return float(mean_log(self.shares.evidence))

    def said(self) -> str:
        """The kind with the most evidence, in words."""
        at = int(self.shares.evidence.argmax())
        new, old = _whole(self.shares.new[at]), _whole(self.shares.old[at])
        many, many_old = (_whole(value) for value in self.shares.requests)
        return reasons.compared(self.kinds[at], new, many, old, many_old)


class Judge:
    """Looks at both releases again and again and says what is to be done; can be put aside as JSON and taken up again."""

    def __init__(self, policy: Policy | None = None, clock: Callable[[], float] = time.time) -> None:
        self.policy = policy or Policy()
        self._clock = clock
        self._state = _State()

    def look(self, old: str, new: str) -> Verdict:
        """Take in both releases' `/metrics` as they are now; "" for one that does not answer."""
        return self.weigh(counts.read(old), counts.read(new))

    def weigh(self, before: Counts | None, now: Counts | None) -> Verdict:
        """`look` for what was read already, of the old and of the new release."""
        state = self._state
        state.begun = state.begun or self._clock()
        if now is None:
            state.silent += 1
            silent = state.silent >= self.policy.silent
            return Verdict("take back", (Reason("silent", state.silent),)) if silent else self.decide()
        state.silent = 0
        if state.new is not None and not now.follows(state.new):
            return Verdict("take back", (Reason("restarted"),))
        if before is None:
            return Verdict("go on", (Reason("old silent"),))
        self._take_in(before, now)
        return self.decide()

    def compared(self, agreements: Iterable[float]) -> None:
        """Take in how far both releases agree, in [0, 1], on further images that both looked at."""
        told = [1 - agreement for agreement in agreements]
        self._state.disagreement = self._state.disagreement or self._about_disagreement()
        self._state.disagreement.update(sum(told), len(told))

    def next_step(self) -> None:
        """A step was passed: requests and time are counted anew, the evidence stays."""
        self._state.begun, self._state.step = self._clock(), self._state.answered

    @property
    def evidence(self) -> dict[str, float]:
        """Logarithm of the capital of each test of the policy."""
        state = self._state
        found = {name: watch.evidence for name, watch in state.watches.items()}
        if state.band is not None:
            found["rejects"] = float(mean_log([found.get("rejects", 0.0), state.band.evidence]))
        if state.disagreement is not None:
            found["disagreement"] = state.disagreement.evidence
        return {name: found.get(name, 0.0) for name in self.policy.tests}

    @property
    def whole(self) -> float:
        """Logarithm of the mean capital: a release is taken back from −log(alpha) on."""
        evidence = self.evidence
        weights = [WEIGHTS.get(name, 1.0) for name in evidence]
        return float(mean_log(list(evidence.values()), weights=weights)) if evidence else 0.0

    def to_json(self) -> dict[str, Any]:
        """What it knows, with its policy, as plain JSON values."""
        return {"policy": self.policy.model_dump(mode="json"), **self._state.to_json()}

    @staticmethod
    def from_json(values: dict[str, Any], clock: Callable[[], float] = time.time) -> Judge:
        """Go on from what `to_json` gave."""
        judge = Judge(Policy.of(values["policy"]), clock)
        judge._state = _State.from_json(values)
        return judge

    def _take_in(self, old: Counts, new: Counts) -> None:
        state = self._state
        if state.new is None:
            state.new, state.old = new, old
            return
        assert state.old is not None
        self._begin(state.old, state.new)
        if not old.follows(state.old):
            state.new, state.old = new, old
            return
        fresh, usual = new.since(state.new), old.since(state.old)
        if fresh.requests <= 0 or (usual.requests <= 0 and not fresh.compared + usual.compared):
            return  # shares are compared in stretches in which both were asked
        state.new, state.old = new, old
        state.answered += fresh.requests
        state.answered_old += usual.requests
        for watch in state.watches.values():
            watch.update(fresh, usual)
        if state.band is not None and fresh.rejected is not None:
            state.band.update(fresh.rejected, fresh.images)
        if together := fresh.compared + usual.compared:
            state.disagreement = state.disagreement or self._about_disagreement()
            state.disagreement.update(min(together, fresh.disagreement + usual.disagreement), together)

    def _begin(self, old: Counts, new: Counts) -> None:
        """Choose what is compared that is not yet, by earlier looks alone."""
        missing = [name for name in self.policy.tests if name not in self._state.watches]
        kinds: dict[str, list[tuple[Any, ...]]] = {
            "errors": [("failed",)],
            "latency": _slow(old, self.policy.slower) if asked(old, ("slow",)) >= LATENCIES else [],
            "scores": _scores(old, new, self.policy.score_shift),
            "answers": [("objects", edge) for edge in sorted(old.objects)[:-1]]
            + [("label", label) for label in old.labels if label in new.labels and old.images],
            "rejects": [("rejected",)] if None not in (old.rejected, new.rejected) else [],
        }
        for name in missing:
            if kinds.get(name):
                self._state.watches[name] = Watch(kinds[name], _bets(name, kinds[name], self.policy, old))
        usual = self.policy.rejects_before or _usual_rejects(old)
        if (
            "rejects" in self.policy.tests
            and self._state.band is None
            and new.rejected is not None
            and usual is not None
        ):
            self._state.band = OneShare(usual[0] - fewer_rejects(usual[0], self.policy), usual[1] + self.policy.rejects)

    def _about_disagreement(self) -> OneShare:
        return OneShare(0.0, self.policy.disagreement)

    def decide(self) -> Verdict:
        """What is to be done by what was seen so far."""
        state, policy, evidence = self._state, self.policy, self.evidence
        if (whole := self.whole) >= -math.log(policy.alpha):
            return Verdict("take back", (*self._reasons(evidence), reasons.chance(whole)))
        seen, now = _whole(state.answered - state.step), self._clock()
        late = now - (state.begun or now) >= policy.seconds
        doubtful = max(evidence.values(), default=0.0) >= DOUBT
        if seen < policy.least:
            if late:
                return Verdict("take back", (Reason("too few", seen, policy.least, f"{policy.seconds:g}"),))
            return Verdict("go on", (Reason("looks", seen, policy.least),))
        if not doubtful:
            return Verdict("promote", (Reason("nothing", seen, _whole(state.answered_old)),))
        if seen >= policy.most or late:
            return Verdict("promote", (Reason("unproven", seen), *self._reasons(evidence)))
        return Verdict("go on", (*self._reasons(evidence), Reason("doubtful", policy.most)))

    def _reasons(self, evidence: dict[str, float]) -> tuple[str, ...]:
        """The tests that speak against the release, the strongest first."""
        strong = [name for name in evidence if evidence[name] >= max(DOUBT, max(evidence.values()) - math.log(100))]
        return tuple(self._said(name) for name in sorted(strong, key=lambda name: -evidence[name]))

    def _said(self, name: str) -> str:
        state = self._state
        if name == "disagreement" and (found := state.disagreement):
            return Reason(
                "disagree", _whole(found.count), reasons.percent(found.sum / found.count), reasons.percent(found.high)
            )
        watch, band = state.watches.get(name), state.band
        if name == "rejects" and band and band.evidence > (watch.evidence if watch else 0.0):
            return Reason(
                "rejected before",
                _whole(band.sum),
                _whole(band.count),
                reasons.percent(band.low),
                reasons.percent(band.high),
            )
        assert watch is not None
        return watch.said()


@dataclass
class _State:
    """What a judge knows.

    Attributes:
        begun: when this step did, epoch seconds; step: requests of the new release before it.
        new, old: both as they were when they were last compared.
    """

    begun: float = 0.0
    step: float = 0.0
    answered: float = 0.0
    answered_old: float = 0.0
    silent: int = 0
    new: Counts | None = None
    old: Counts | None = None
    watches: dict[str, Watch] = field(default_factory=dict)
    band: OneShare | None = None
    disagreement: OneShare | None = None

    def to_json(self) -> dict[str, Any]:
        numbers = {name: getattr(self, name) for name in ("begun", "step", "answered", "answered_old", "silent")}
        return {
            **numbers,
            **{name: _kept(getattr(self, name)) for name in ("new", "old")},
            "watches": {
                name: {"kinds": [list(kind) for kind in watch.kinds], "shares": watch.shares.to_json()}
                for name, watch in self.watches.items()
            },
            **{name: one.to_json() if (one := getattr(self, name)) else None for name in ("band", "disagreement")},
        }

    @staticmethod
    def from_json(values: dict[str, Any]) -> _State:
        state = _State(**{name: values[name] for name in ("begun", "step", "answered", "answered_old", "silent")})
        state.new, state.old = (_taken_up(values[name]) for name in ("new", "old"))
        for name, watch in values["watches"].items():
            state.watches[name] = Watch([tuple(kind) for kind in watch["kinds"]], TwoShares.from_json(watch["shares"]))
        state.band = OneShare.from_json(values["band"]) if values["band"] else None
        state.disagreement = OneShare.from_json(values["disagreement"]) if values["disagreement"] else None
        return state


def asked(told: Counts, kind: tuple[Any, ...]) -> float:
    """Of how many requests or images a kind of answer is a share."""
    if kind[0] == "failed":
        return told.requests
    histogram = {"slow": told.seconds, "score": told.scores, "objects": told.objects}.get(kind[0])
    return told.images if histogram is None else histogram.get(math.inf, 0.0)


def given(told: Counts, kind: tuple[Any, ...], side: int) -> float:
    """How many answers are of a kind, of the new release (`side` 1) or the old (−1); not a number where it tells no such thing."""
    match kind:
        case ("failed",):
            return told.failed
        case ("slow", limit, usual):
            return counts.above(told.seconds, limit if side > 0 else usual)
        case ("score", limit, usual):
            return told.scores.get(limit if side > 0 else usual, math.nan)
        case ("objects", most):
            return told.objects.get(most, math.nan)
        case ("label", label):
            return told.labels.get(label, 0.0)
        case _:
            return told.rejected or 0.0


def _slow(old: Counts, slower: float) -> list[tuple[Any, ...]]:
    """Limits for the old release at its median, 90th and 99th percentile, and for the new one as many times that."""
    edges = sorted(old.seconds)[:-1]
    found = []
    for usual in dict.fromkeys(counts.quantile(old.seconds, share) for share in (0.5, 0.9, 0.99)):
        limit = next((edge for edge in edges if edge >= slower * usual * (1 - 1e-3)), None)
        if limit is not None:
            found.append(("slow", limit, usual))
    return found


def _scores(old: Counts, new: Counts, shift: float) -> list[tuple[Any, ...]]:
    """Each limit of the old release's scores with that of the new one which lies `shift` below, and above."""
    edges = [edge for edge in sorted(old.scores) if edge in new.scores or not new.scores][:-1]
    found = []
    for usual in edges:
        lower = [edge for edge in edges if edge <= usual - shift + 1e-9]
        higher = [edge for edge in edges if edge >= usual + shift - 1e-9]
        found += [("score", lower[-1], usual)] if lower else []
        found += [("score", higher[0], usual)] if higher else []
    return found


def _bets(name: str, kinds: Sequence[tuple[Any, ...]], policy: Policy, old: Counts) -> TwoShares:
    before = [given(old, kind, -1) for kind in kinds], asked(old, kinds[0])
    if name in ("errors", "latency"):
        return TwoShares(ANY, policy.errors if name == "errors" else [policy.slow_share] * len(kinds), before)
    if name == "rejects":
        usual = (old.rejected or 0.0) / old.images if old.images else 0.0
        return TwoShares(fewer_rejects(usual, policy), policy.rejects, before)
    if name == "scores":
        more = [policy.drift if limit < usual else ANY for _, limit, usual in kinds]
        fewer = [policy.drift if limit > usual else ANY for _, limit, usual in kinds]
        return TwoShares(fewer, more, before)
    return TwoShares([policy.drift] * len(kinds), [policy.drift] * len(kinds), before)


def _usual_rejects(old: Counts) -> tuple[float, float] | None:
    """The old release's share of rejects so far, give or take two standard errors."""
    if old.rejected is None or old.images < HISTORY:
        return None
    share = old.rejected / old.images
    apart = 2 * math.sqrt(max(share * (1 - share), 1 / old.images) / old.images)
    return max(0.0, share - apart), min(1.0, share + apart)


def fewer_rejects(share: float, policy: Policy) -> float:
    """How many fewer parts may be called bad: never all, or a model that calls everything good would pass."""
    return min(policy.rejects, share / 2)


def _whole(value: float) -> int:
    return round(float(value))


def _kept(found: Counts | None) -> dict[str, Any] | None:
    if found is None:
        return None
    histograms = {name: list(getattr(found, name).items()) for name in ("seconds", "scores", "objects")}
    # JSON has no infinity; the last limit is written as a word
    return asdict(found) | {
        name: [["+Inf" if edge == math.inf else edge, count] for edge, count in pairs]
        for name, pairs in histograms.items()
    }


def _taken_up(values: dict[str, Any] | None) -> Counts | None:
    if values is None:
        return None
    histograms = {
        name: {float(edge): count for edge, count in values[name]} for name in ("seconds", "scores", "objects")
    }
    return Counts(**values | histograms)
