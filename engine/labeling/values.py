"""Values of attributes: what they are as another type, within a range, and whether they fit their definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TYPES = ("choice", "number", "text", "flag")
YES, NO = ("true", "yes", "1", "是"), ("false", "no", "0", "", "否")


def as_type(value: Any, kind: str) -> Any:
    """The value as another type: a number out of a text, a text out of a flag, …; None: there is none."""
    if kind == "flag":
        word = str(value).strip().lower()
        return True if word in YES else False if word in NO else None
    if kind == "number":
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None
        return None if number != number or number in (float("inf"), float("-inf")) else _whole(number)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def in_range(value: Any, limits: Sequence[float | None] | None) -> Any:
    """The number as near as its range allows; what is no number stays."""
    if not limits or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    low, high = limits
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value


def problem(entry: Mapping[str, Any], value: Any) -> str:
    """What is wrong with a value under its definition, in English; "": nothing."""
    kind = entry.get("type", "text")
    if value is None:
        return "is missing" if entry.get("required") else ""
    if kind == "choice" and value not in entry.get("values", ()):
        return f"is none of {', '.join(map(str, entry.get('values', ())))}"
    if kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        return "is no number"
    if kind == "number" and in_range(value, entry.get("range")) != value:
        return "is out of range"
    if kind == "flag" and not isinstance(value, bool):
        return "is neither yes nor no"
    return ""


def _whole(number: float) -> float | int:
    return int(number) if number == int(number) else number
