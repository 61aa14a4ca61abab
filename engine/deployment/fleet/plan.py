"""How an artifact comes to a fleet: the plan of an order, and the waves that it means."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from engine.deployment.fleet.fleets import Fleet
from engine.errors import UsageError

MOST_PARALLEL = 64


@dataclass(frozen=True)
class Plan:
    """What an order does.

    Attributes:
        pilot: how many targets of the first group get it first, in a wave of their own.
        allowed: share of a wave's targets that may fail, 0 … 1; with more, the order stops.
        parallel: how many targets are updated at once.
        soak_s: seconds that a wave has to run before its targets are looked at once more and the next one begins.
        tries: how often a target that does not answer is tried.
        pause_s: seconds before the second try; twice as long before each further one.
    """

    pilot: int = 1
    allowed: float = 0.0
    parallel: int = 8
    soak_s: float = 30.0
    tries: int = 3
    pause_s: float = 5.0

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("The pilot wave has", self.pilot, 0, 10_000),
            ("The share that may fail is", self.allowed, 0, 1),
            ("Updated at once are", self.parallel, 1, MOST_PARALLEL),
            ("The soak time is", self.soak_s, 0, 7 * 86400),
            ("The tries are", self.tries, 1, 20),
            ("The pause is", self.pause_s, 0, 3600),
        ):
            if not least <= value <= most:
                raise UsageError(f"{name} {value:g}; give {least:g} to {most:g}.")

    def may_fail(self, targets: int) -> int:
        """How many of a wave's targets may fail."""
        return math.floor(self.allowed * targets + 1e-9)

    def back_off(self, tries: int) -> float:
        """Seconds before the next try, after so many."""
        return self.pause_s * 2.0 ** (tries - 1)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Plan:
        """Read what `to_json` gave."""
        known = {item.name for item in fields(Plan)}
        return Plan(**{key: value for key, value in values.items() if key in known})


def waves_of(fleet: Fleet, pilot: int, groups: Iterable[str] = ()) -> list[list[str]]:
    """Names of targets, wave by wave: the pilot targets, then each group (all, or those named) in the fleet's order.

    Raises:
        UsageError: a group is not one of the fleet's, or no target is left.
    """
    wanted = list(groups) or list(fleet.groups)
    if unknown := next((group for group in wanted if group not in fleet.groups), ""):
        raise UsageError(f"The fleet “{fleet.name}” has no group “{unknown}”; it has: {', '.join(fleet.groups)}.")
    lines = [[one.target for one in fleet.members if one.group == group] for group in fleet.groups if group in wanted]
    lines = [line for line in lines if line]
    if not lines:
        raise UsageError(
            f"No target belongs to the fleet “{fleet.name}” yet.", fix=f"lineside fleet add {fleet.name} TARGET"
        )
    if 0 < pilot < sum(map(len, lines)) and len(lines[0]) > pilot:
        lines[:1] = [lines[0][:pilot], lines[0][pilot:]]
    return lines
