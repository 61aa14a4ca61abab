"""How the minutes of a budget are spent: successive halving with step times measured on this machine.

Jamieson & Talwalkar 2016, “Non-stochastic best arm identification”; each candidate of a round has the same time, not the
same steps, because time is what is scarce.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import UsageError

ROUNDS = (0.2, 0.15)  # of the budget
RATES = 0.15
MEASURING = 0.15  # at most
SAFETY = 0.93  # of the time that is left, for the last training: a step may take longer than it did
FEWEST_STEPS = 30  # fewer tell nothing about a recipe
MOST_STEPS = 20_000
MOST_CHECKS, CHECKING = 8, 0.1  # of the last training: how often, and the share of its time
SHORTEST_S = 10.0
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)?")


@dataclass(frozen=True)
class Speed:
    """What a recipe takes on this machine, in seconds: a step, a look at the val images, the way to the first step."""

    step_s: float
    check_s: float
    start_s: float

    def steps_in(self, seconds: float, checks: int = 1) -> int:
        """So many steps, with checks, end within the time."""
        return int((seconds - self.start_s - checks * self.check_s) / self.step_s)


@dataclass(frozen=True)
class Round:
    """What is trained in a round.

    Attributes:
        seconds: for each of them.
        steps: by candidate.
        left_out: seconds of a step, by candidate that is too slow to be judged in this time.
    """

    seconds: float
    steps: Mapping[str, int]
    left_out: Mapping[str, float]


def budget_seconds(text: str) -> float:
    """Seconds of a text like "30m", "90s", "1.5h"; a number alone means minutes.

    Raises:
        UsageError: it is none, or shorter than anything could be learnt in.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"“{text}” is no length of time; write 30m, 90s or 1.5h.")
    seconds = float(found[1]) * {"s": 1, "h": 3600}.get(found[2] or "m", 60)
    if seconds < SHORTEST_S:
        raise UsageError(f"{seconds:g} s are too short to learn anything; give at least {SHORTEST_S:g} s.")
    return seconds


def plan_round(speeds: Mapping[str, Speed], seconds: float) -> Round:
    """The same time for each; while one would make too few steps, the slowest is left out and the others get its time."""
    rest = dict(speeds)
    left_out: dict[str, float] = {}
    while rest:
        share = seconds / len(rest)
        steps = {name: min(speed.steps_in(share), MOST_STEPS) for name, speed in rest.items()}
        slow = min(steps, key=lambda name: steps[name])
        if steps[slow] >= FEWEST_STEPS:
            return Round(share, steps, left_out)
        left_out[slow] = rest.pop(slow).step_s
    return Round(0.0, {}, left_out)


def better_half(values: Mapping[str, float], speeds: Mapping[str, Speed], margin: float) -> list[str]:
    """The better half, the best first; of figures as good as equal the quicker one is better."""
    order = sorted(values, key=lambda name: (-round(values[name] / margin), speeds[name].step_s))
    return order[: max(1, (len(order) + 1) // 2)]


def plan_last(speed: Speed, seconds: float) -> tuple[int, int]:
    """Steps and checks of the last training in the time that is left."""
    room = max(0.0, seconds * SAFETY)
    checks = max(1, min(MOST_CHECKS, int(room * CHECKING / speed.check_s) if speed.check_s > 0 else MOST_CHECKS))
    return max(1, min(speed.steps_in(room, checks), MOST_STEPS)), checks
