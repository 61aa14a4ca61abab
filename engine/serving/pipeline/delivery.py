"""One sink's way through the journal: at its own pace, again and again where it fails, from where it was after a kill."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.serving.logs import log
from engine.serving.pipeline.journal import Journal, Record
from engine.serving.pipeline.sinks import Sink, Undeliverable
from engine.serving.state import replace_file

SHORTEST_S, LONGEST_S = 0.2, 30.0
SAVED_S = 0.5
COUNTS = ("sent", "dropped", "refused")


class Delivery:
    """A thread that gives records to a sink. `place.json` in its folder says how far it came."""

    def __init__(self, settings: Any, journal: Journal, folder: Path, secret: Callable[[str], str]) -> None:
        """`secret`: of a name; raises OSError where there is none."""
        self.settings, self._journal, self._secret = settings, journal, secret
        self._file = folder / "sinks" / f"{settings.name}.json"
        place = self._saved_place()
        self.next = min(int(place.get("next", journal.next)), journal.next)
        self.counts = {name: int(place.get(name, 0)) for name in COUNTS}
        self.trouble = ""
        self._sink: Sink | None = None
        self._ending, self._deadline = threading.Event(), 0.0
        self._saved = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"sink {settings.name}", daemon=True)

    def start(self) -> Delivery:
        """Begin; returns at once."""
        self._save()
        self._thread.start()
        return self

    def end(self, drain_s: float) -> None:
        """Deliver what is there for so long at most, or until something fails."""
        self._deadline = time.monotonic() + drain_s
        self._ending.set()
        self._journal.wake()

    def join(self) -> None:
        """Wait for that."""
        self._thread.join(max(0.0, self._deadline - time.monotonic()) + 10)

    def status(self) -> dict[str, Any]:
        """How it does."""
        lost = max(0, self._journal.first - self.next)
        waiting = self._journal.next - self.next - lost
        counts = {**self.counts, "dropped": self.counts["dropped"] + lost}
        return {**idle(self.settings), **counts, "waiting": waiting, "trouble": self.trouble}

    def _run(self) -> None:
        pause = SHORTEST_S
        while not (self._ending.is_set() and (time.monotonic() > self._deadline or self.next >= self._journal.next)):
            if not self._journal.wait(self.next, 0.2):
                self._save_sometimes()
                continue
            try:
                self._deliver()
                pause = SHORTEST_S
            except Exception as error:
                self._fail(error)
                if self._ending.is_set():
                    break
                self._ending.wait(pause)
                pause = min(2 * pause, LONGEST_S)
        self._close()
        with contextlib.suppress(OSError):
            self._save()

    def _deliver(self) -> None:
        if self.next < self._journal.first:
            lost = self._journal.first - self.next
            self.counts["dropped"] += lost
            self.next = self._journal.first
            log.warning("Sink %s: %d records were dropped, as more waited than may.", self.settings.name, lost)
        if self._sink is None:
            self._sink = self.settings.open(self._secret(self.settings.secret) if self.settings.secret else "")
        found: list[Record] = []
        after = self._journal.next
        for record in itertools.islice(self._journal.read(self.next, after), 500):
            found.append(record)
            if sum(one.verdict in self.settings.only for one in found) >= self._sink.batch:
                after = record.n + 1
                break
        else:
            after = found[-1].n + 1 if len(found) == 500 else after
        wanted = [one for one in found if one.verdict in self.settings.only]
        try:
            late = self._sink.deliver(wanted, self._journal.image) if wanted else 0
            self.counts["sent"] += len(wanted) - late
            self.counts["dropped"] += late
            self.trouble = f"{late} came too late" if late else ""
        except Undeliverable as error:
            self.counts["refused"] += len(wanted)
            self._say(str(error))
        self.counts["dropped"] += after - self.next - len(found)  # damaged on the disk
        self.next = after
        self._save_sometimes()

    def _fail(self, error: Exception) -> None:
        self._say(in_words(error))
        self._close()

    def _say(self, sentence: str) -> None:
        if sentence != self.trouble:
            log.warning("Sink %s: %s", self.settings.name, sentence)
        self.trouble = sentence

    def _close(self) -> None:
        if self._sink is not None:
            with contextlib.suppress(Exception):
                self._sink.close()
            self._sink = None

    def _saved_place(self) -> dict[str, Any]:
        try:
            found = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) and found.get("journal") == self._journal.id else {}

    def _save_sometimes(self) -> None:
        if time.monotonic() - self._saved > SAVED_S:
            with contextlib.suppress(OSError):
                self._save()

    def _save(self) -> None:
        self._saved = time.monotonic()
        place = {"journal": self._journal.id, "next": self.next, **self.counts}
        replace_file(self._file, json.dumps(place).encode())


def in_words(error: Exception) -> str:
    """What to tell a person about a failure of the machine, the network, or the program."""
    if not isinstance(error, OSError):
        return f"{type(error).__name__}: {error}"
    where = f": {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else ""
    return f"{error.strerror}{where}" if error.strerror else str(error)


def idle(settings: Any) -> dict[str, Any]:
    """The status of a sink that nothing was delivered to."""
    return {"name": settings.name, **dict.fromkeys(COUNTS, 0), "waiting": 0, "trouble": ""}
