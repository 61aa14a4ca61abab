"""How much each key may ask and has asked: a token bucket for the second, a count for the day, kept over restarts."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.serving.errors import Refused
from engine.serving.keys import Key
from engine.serving.state import locked, replace_file

KEPT_DAYS = 62
SAVE_EVERY_S = 5.0
DAY_S = 86400
FIELDS = ("requests", "bytes", "ms", "refused")
Counts = dict[str, dict[str, dict[str, float]]]  # day, key id, field

log = logging.getLogger("lineside.serving")


class Quotas:
    """Refuses what a key may not ask any more, and counts what it asked.

    During a switch two releases add to the same file: each writes only what it counted since its last write, in a thread
    of its own, so that no request waits for the disk. The bucket of a second is of this process alone.
    """

    def __init__(self, file: Path | None, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, when
        self._saved = _load(file)
        self._new: Counts = {}
        self._leaving: Counts = {}  # what is being written
        self._written = time.monotonic()
        self._lock, self._saving = threading.Lock(), threading.Lock()

    def take(self, key: Key) -> None:
        """Count one request before it is answered.

        Raises:
            Refused: a quota is used up; it says until when.
        """
        with self._lock:
            if key.per_day and self._today(key.id) >= key.per_day:
                self._add(key.id, refused=1)
                wait = DAY_S - self._clock() % DAY_S
                raise _used_up(f"The key’s {key.per_day:,} requests of this day (UTC) are used up", wait)
            if key.per_second and (wait := self._wait(key)):
                self._add(key.id, refused=1)
                raise _used_up(f"The key may ask {key.per_second:g} times a second", wait)
            self._add(key.id, requests=1)

    def add(self, identity: str, size: float, milliseconds: float) -> None:
        """Count what an answered request took."""
        with self._lock:
            self._add(identity, bytes=size, ms=milliseconds)
            due = time.monotonic() - self._written > SAVE_EVERY_S
            if due:
                self._written = time.monotonic()
        if due:
            threading.Thread(target=self.save, name="usage", daemon=True).start()

    def usage(self, identity: str | None = None) -> list[dict[str, Any]]:
        """Day by day what keys (or one) asked, newest first."""
        self.save()
        with self._lock:
            whole = _sum(_sum(self._saved, self._leaving), self._new)
        return [
            {"day": day, "key": key, **{name: round(value) for name, value in counts.items()}}
            for day in sorted(whole, reverse=True)
            for key, counts in sorted(whole[day].items())
            if identity in (None, key)
        ]

    def save(self) -> None:
        """Write the counts; a full disk is told once in the log and tried again later."""
        with self._saving:
            with self._lock:
                self._leaving, self._new = self._new, {}
                self._written = time.monotonic()
            whole = self._write(self._leaving)
            with self._lock:
                if whole is None:
                    self._new = _sum(self._leaving, self._new)
                else:
                    self._saved = whole
                self._leaving = {}

    def _write(self, new: Counts) -> Counts | None:
        """What all releases counted, `new` with it, as it is kept now; None where it could not be."""
        if self.file is None:
            return _sum(self._saved, new)
        if not new:
            return _load(self.file)
        try:
            with locked(self.file.with_suffix(".lock")):
                whole = _sum(_load(self.file), new)
                for day in sorted(whole)[:-KEPT_DAYS]:
                    del whole[day]
                replace_file(self.file, json.dumps(whole).encode())
        except OSError as error:
            log.error("The usage of keys cannot be kept (%s).", error.strerror or error)
            return None
        return whole

    def _today(self, identity: str) -> float:
        day = self._day()
        return sum(
            part.get(day, {}).get(identity, {}).get("requests", 0) for part in (self._saved, self._leaving, self._new)
        )

    def _wait(self, key: Key) -> float:
        """Take a token; else the seconds until there is one."""
        size, now = max(1.0, key.per_second), time.monotonic()
        tokens, when = self._buckets.get(key.id, (size, now))
        tokens = min(size, tokens + (now - when) * key.per_second)
        if tokens < 1:
            return (1 - tokens) / key.per_second
        self._buckets[key.id] = (tokens - 1, now)
        return 0

    def _add(self, identity: str, **amounts: float) -> None:
        counts = self._new.setdefault(self._day(), {}).setdefault(identity, dict.fromkeys(FIELDS, 0.0))
        for name, amount in amounts.items():
            counts[name] += amount

    def _day(self) -> str:
        return time.strftime("%Y-%m-%d", time.gmtime(self._clock()))


def _used_up(sentence: str, seconds: float) -> Refused:
    wait = max(1, math.ceil(seconds))
    return Refused(429, f"{sentence}; ask again in {wait} s.", (b"retry-after", b"%d" % wait))


def _sum(one: Counts, other: Counts) -> Counts:
    whole = {day: {key: dict(counts) for key, counts in keys.items()} for day, keys in one.items()}
    for day, keys in other.items():
        for key, counts in keys.items():
            mine = whole.setdefault(day, {}).setdefault(key, dict.fromkeys(FIELDS, 0.0))
            for name, value in counts.items():
                mine[name] = mine.get(name, 0) + value
    return whole


def _load(file: Path | None) -> Counts:
    if file is None or not file.exists():
        return {}
    try:
        counts = json.loads(file.read_text("utf-8"))
        return _sum({}, counts)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        log.error("The usage kept in %s cannot be read (%s); counting starts anew.", file.name, error)
        return {}
