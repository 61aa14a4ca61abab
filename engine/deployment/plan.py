"""How a new release comes to its requests: the plan of a rollout."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from engine.agent.gateway import header_rule, key_name
from engine.deployment.reasons import Reason
from engine.errors import UsageError

Kind = Literal["canary", "mirror", "header", "key"]
STEPS = (5, 25, 50, 100)
LEAST = 50


@dataclass(frozen=True)
class Plan:
    """What a rollout does.

    Attributes:
        steps: of a canary, the share of the requests in percent that the new release gets, one after another.
        requests, seconds: what has to pass before a step does; both.
        header: NAME=VALUE of the requests that the new release gets.
        key: id or hash of the API key whose requests the new release gets.
    """

    kind: Kind
    steps: tuple[int, ...] = ()
    requests: int = LEAST
    seconds: float = 0.0
    header: str = ""
    key: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(values: dict[str, Any]) -> Plan:
        """Read what `to_json` gave."""
        return Plan(**{**values, "steps": tuple(values["steps"])})

    def said(self, step: int) -> Reason:
        """What happens at a step."""
        match self.kind:
            case "mirror":
                return Reason("copies")
            case "header":
                return Reason("header", self.header)
            case "key":
                return Reason("key", self.key[:12])
            case _:
                return Reason("share", self.steps[step], step + 1, len(self.steps))


def plan_of(*, canary: str = "", mirror: bool = False, header: str = "", key: str = "", pace: str = "") -> Plan | None:
    """The plan that a person's words mean; None: all requests at once.

    Args:
        canary: "5,25,50,100": percent, rising.
        header: NAME=VALUE.
        key: an API key, or its id.
        pace: "50" requests, "30s", or "50,30s" for a step.

    Raises:
        UsageError: it names the word that cannot be used.
    """
    given = [
        name for name, value in (("canary", canary), ("mirror", mirror), ("header", header), ("key", key)) if value
    ]
    if not given:
        if pace:
            raise UsageError("A pace needs steps: give --canary, --mirror, --header or --key with it.")
        return None
    if len(given) > 1:
        raise UsageError(f"One way at a time: choose one of {' and '.join('--' + name for name in given)}.")
    requests, seconds = _pace(pace)
    if canary:
        return Plan("canary", _steps(canary), requests, seconds)
    if header:
        return Plan("header", (), requests, seconds, header="=".join(header_rule(header)))
    return Plan("key", (), requests, seconds, key=key_name(key)) if key else Plan("mirror", (), requests, seconds)


def _steps(text: str) -> tuple[int, ...]:
    words = [word.strip().removesuffix("%") for word in text.split(",")]
    steps = tuple(int(word) if re.fullmatch(r"\d{1,3}", word) else -1 for word in words)
    if not all(0 < step <= 100 for step in steps) or list(steps) != sorted(set(steps)):
        raise UsageError(f"“{text}” are no steps; give rising percentages of 1 to 100, as 5,25,50,100.")
    return steps if steps[-1] == 100 else (*steps, 100)


def _pace(text: str) -> tuple[int, float]:
    requests, seconds = LEAST, 0.0
    for word in filter(None, text.split(",")):
        found = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)(s|min|h)?", word.strip())
        if not found or (not found[2] and "." in found[1]):
            raise UsageError(f"“{word}” is no pace; give requests as 50, or a time as 30s, 5min or 1h.")
        if found[2]:
            seconds = float(found[1]) * {"s": 1, "min": 60, "h": 3600}[found[2]]
        else:
            requests = int(found[1])
    return requests, seconds
