"""Whether a new release may go on, by what both releases tell of themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Decision = Literal["go on", "promote", "take back"]
Look = Callable[[str, str], "Verdict"]
_COUNT = re.compile(
    r'^lineside_requests_total\{(?=[^}]*path="(?:predict|infer)")[^}]*status="(\d)\d\d"[^}]*\} (\S+)', re.M
)


@dataclass(frozen=True)
class Verdict:
    """What is to be done with the new release: look again, pass the step, or end it; and why, in sentences."""

    decision: Decision
    why: tuple[str, ...] = ()


class Judge:
    """Looks at both releases again and again and says what is to be done."""

    def __init__(self, least: int = 50, errors: float = 0.02, silent: int = 6) -> None:
        self.least, self.errors, self.silent = least, errors, silent
        self._quiet = 0
        self._begun: tuple[float, float] | None = None

    def look(self, old: str, new: str) -> Verdict:
        """Take in both releases' `/metrics` as they are now; "" for one that does not answer."""
        del old
        self._quiet = 0 if new else self._quiet + 1
        if self._quiet >= self.silent:
            return Verdict("take back", (f"The new release did not answer {self._quiet} times in a row.",))
        asked, failed = answered(new)
        self._begun = self._begun or (asked, failed)
        asked, failed = asked - self._begun[0], failed - self._begun[1]
        if failed >= 3 and failed > self.errors * asked:
            return Verdict("take back", (f"{failed:g} of {asked:g} requests failed on the new release.",))
        if asked < self.least:
            return Verdict("go on", (f"The new release answered {asked:g} of at least {self.least} requests.",))
        return Verdict("promote", (f"The new release answered {asked:g} requests, {failed:g} of them with an error.",))

    def next_step(self) -> None:
        """A step was passed: requests are counted anew."""
        self._begun = None

    def to_json(self) -> dict[str, Any]:
        """What it knows as plain JSON values."""
        return {"least": self.least, "errors": self.errors, "silent": self.silent}

    @staticmethod
    def from_json(values: dict[str, Any]) -> Judge:
        """Go on from what `to_json` gave."""
        return Judge(**values)


def answered(metrics: str) -> tuple[float, float]:
    """How many requests a release answered, and how many of them with an error."""
    found = [(kind, float(count)) for kind, count in _COUNT.findall(metrics)]
    return sum(count for _, count in found), sum(count for kind, count in found if kind == "5")
