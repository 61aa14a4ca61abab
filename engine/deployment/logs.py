"""What a release writes, piece by piece: the end of it, what came since, what stands above; and what a line says."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.deployment.held import Held

if TYPE_CHECKING:
    from engine.deployment.target import Ask, ReleaseStatus
    from engine.workspace import Workspace

PIECE = 256 * 1024  # bytes that are read at once of what came since
LINE = 400  # bytes that a line is taken to have, where so many lines are wanted
LEVELS = ("debug", "info", "warning", "error", "critical")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?(.*)", re.DOTALL)


@dataclass(frozen=True)
class LogPart:
    """Whole lines of a log, oldest first.

    Attributes:
        start: what to give as `before` for the lines above these; "": there are none.
        end: what to give as `after` for those that come below.
        more: there is more below already.
    """

    lines: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    more: bool = False


@dataclass(frozen=True)
class LogLine:
    """A line as a person reads it.

    Attributes:
        level: one of LEVELS; "" where the line does not say (what other programs print).
        time: "2026-01-31T08:15:02.123+00:00"; "" where it is not told.
        fields: what else the line carries.
    """

    raw: str
    level: str = ""
    time: str = ""
    message: str = ""
    fields: tuple[tuple[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """In one line: time of day here, level, message, and what else it carries."""
        if not self.level:
            return self.raw
        with contextlib.suppress(ValueError):
            clock = datetime.fromisoformat(self.time).astimezone().strftime("%H:%M:%S.%f")[:-3]
            more = (f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in self.fields)
            return "  ".join([clock, f"{self.level.upper():7}", " ".join([self.message, *more])])
        return self.raw

    def reaches(self, level: str) -> bool:
        """Whether it is at least of this level; a line that does not say its own always is."""
        return not self.level or LEVELS.index(self.level) >= LEVELS.index(level)


def read_line(raw: str) -> LogLine:
    """A line of a log; what is no structured line of the serving runtime is only its text."""
    if raw.startswith("{"):
        with contextlib.suppress(ValueError, AttributeError):
            said = json.loads(raw)
            level = str(said.pop("level", "")).lower()
            if level in LEVELS:
                time, message = str(said.pop("time", "")), str(said.pop("message", ""))
                return LogLine(raw, level, time, message, tuple(said.items()))
    return LogLine(raw)


def of_file(read: Callable[[int, int], tuple[int, int, bytes]], lines: int, after: str, before: str) -> LogPart:
    """A part of a log that is a file; marks are places in it.

    `read(begin, count)` gives the file's size, where it began to read, and so many bytes. A negative `begin` is
    counted from the end, and one beyond the end means that the file was begun anew: it is read from 0.
    """
    if after:
        _, begin, content = read(int(after), PIECE)
        full = len(content) == PIECE
        whole = content.rfind(b"\n") + 1 or len(content)
        content = content[:whole]
        end = begin + len(content)
        return LogPart(_lines(content), str(begin) if begin else "", str(end), full)
    if before:
        upper = int(before)
        lower = max(0, upper - LINE * lines)
        _, begin, content = read(lower, upper - lower)
    else:
        _, begin, content = read(-LINE * lines, LINE * lines)
        upper = begin + len(content)
    if begin > 0 and (cut := content.find(b"\n") + 1) < len(content):
        begin, content = begin + cut, content[cut:]
    found = content.splitlines(keepends=True)
    for dropped in found[:-lines]:
        begin += len(dropped)
    return LogPart(_lines(b"".join(found[-lines:])), str(begin) if begin else "", str(upper))


def of_stamps(text: str, lines: int, after: str, before: str) -> LogPart:
    """A part of a log whose lines begin with their times (RFC 3339), as engines tell them; marks are times in ns."""
    return _of_moments([_stamped(raw) for raw in text.splitlines()], lines, after, before)


def of_pods(texts: Mapping[str, str], lines: int, after: str, before: str) -> LogPart:
    """As `of_stamps`, of several programs at once: their lines by time, each with whose it is."""
    found = [(moment, f"{name}  {line}" if len(texts) > 1 else line)
             for name, text in texts.items() for moment, line in map(_stamped, text.splitlines())]  # fmt: skip
    return _of_moments(sorted(found, key=lambda one: one[0]), lines, after, before)


def _of_moments(found: list[tuple[int, str]], lines: int, after: str, before: str) -> LogPart:
    if after:
        kept = [one for one in found if one[0] > int(after)]
        start = str(kept[0][0]) if kept else ""
        return LogPart(tuple(line for _, line in kept), start, str(kept[-1][0]) if kept else after)
    if before:
        found = [one for one in found if one[0] < int(before)]
    kept = found[-lines:]
    start = str(kept[0][0]) if len(found) > lines else ""
    return LogPart(tuple(line for _, line in kept), start, str(kept[-1][0]) if kept else "1")


class LogReader:
    """Reads the log of what runs on a target over one connection, from one thread; it follows from release to release."""

    def __init__(self, workspace: Workspace, target: str, ask: Ask | None = None) -> None:
        self._held = Held(workspace, target, ask)
        self.release: ReleaseStatus | None = None  # whose log it is
        self._end = ""

    def read(self, lines: int = 200) -> tuple[LogPart, bool]:
        """What came since, and whether it is the log of another release than before; at first the end of the log.

        Raises:
            TargetError, OSError: the target cannot be reached; the next call goes on where this one would have.
        """
        with self._held.use() as opened:
            found = opened.status()
            now = next((one for one in found if one.current), found[-1] if found else None)
            if now is None:
                return LogPart(), False
            other = self.release is None or self.release.key != now.key
            begun = other and self.release is not None
            part = opened.log(now.key, lines, after="0" if begun else "" if other else self._end)
            self.release, self._end = now, part.end
        return part, other

    def earlier(self, start: str, lines: int = 500) -> LogPart:
        """The lines above a part; see `read`."""
        if self.release is None or not start:
            return LogPart()
        with self._held.use() as opened:
            return opened.log(self.release.key, lines, before=start)

    def close(self) -> None:
        """Let go of the connection; where it was is kept."""
        self._held.close()


def _lines(content: bytes) -> tuple[str, ...]:
    return tuple(line.decode("utf-8", "replace") for line in content.splitlines())


def _stamped(raw: str) -> tuple[int, str]:
    """The time of a line in ns, and the line without it; 0 where it tells none."""
    if (found := _STAMP.match(raw)) is None:
        return 0, raw
    base, fraction, zone, line = found.groups()
    seconds = round(datetime.fromisoformat(base + zone.replace("Z", "+00:00")).timestamp())
    return seconds * 10**9 + int((fraction or "").ljust(9, "0")), line
