"""Answers as text: tables whose columns line up in Chinese too, sizes, times."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "") -> str:
    """Rows below headers; numbers stand to the right. Without rows: the sentence `empty`."""
    shown = [[cell(value) for value in row] for row in rows]
    if not shown:
        return empty
    right = [all(_number(row[column]) for row in shown) for column in range(len(headers))]
    widths = [max(map(_width, column)) for column in zip(headers, *shown, strict=True)]
    lines = [headers, *shown]
    return "\n".join("  ".join(map(_pad, line, widths, right)).rstrip() for line in lines)


def facts(entries: Iterable[tuple[str, Any]]) -> str:
    """Names and values below each other."""
    listed = [(name, cell(value)) for name, value in entries]
    width = max((_width(name) for name, _ in listed), default=0)
    return "\n".join(f"{name}{' ' * (width - _width(name))}  {value}".rstrip() for name, value in listed)


def cell(value: Any) -> str:
    """One value as text."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value))
    return str(value).replace("\n", " ")


def moment(value: datetime | str | None) -> str:
    """A time as the clock on the wall shows it; without a zone it is UTC, as the store keeps it."""
    if not value:
        return "–"
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def size(count: float) -> str:
    """Bytes as MB, as disks and container engines count them."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def plural(count: int, one: str, many: str = "") -> str:
    """`3 items`, `1 item`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def to_json(document: Any) -> str:
    """The one JSON document of an answer."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "to_json"):
        return value.to_json()
    if hasattr(value, "item"):  # a numpy number
        return value.item()
    return str(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _number(text: str) -> bool:
    return text == "–" or text.replace(",", "").replace(".", "", 1).replace("-", "", 1).rstrip("%").isdigit()
