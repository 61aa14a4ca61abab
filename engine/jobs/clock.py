"""A clock that stands still while this process does: the lid was closed, or somebody stopped it."""

from __future__ import annotations

import os
import threading
import time

TICK_S = 0.25
LEAST_S = 3.0  # a tick that comes so late was not only waiting for a core


class WorkClock:
    """Seconds as `time.monotonic`, without those in which the process could not run. A thread ticks; a late tick tells.

    It never goes back.

    Linux's monotonic clock leaves out a suspend by itself, others count it, and none leaves out a process that was stopped.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left_out, self._suspended_at_first = 0.0, _suspended()
        self._tick, self._of, self._told = time.monotonic(), 0, 0.0

    def __call__(self) -> float:
        """The time now."""
        if self._of != os.getpid():  # at first, and in a process that was forked: threads stay behind
            self._lock, self._of, self._tick = threading.Lock(), os.getpid(), time.monotonic()
            threading.Thread(target=self._go, daemon=True).start()
        with self._lock:
            now = time.monotonic()
            if now - self._tick > LEAST_S:
                self._left_out += now - self._tick
                self._tick = now
            told = max(now - self._left_out, self._told)  # what was before the last tick may be asked for after it
            self._left_out, self._told = now - told, told
            return told

    @property
    def slept(self) -> float:
        """All seconds in which the process could not run, suspends among them."""
        return self._left_out + _suspended() - self._suspended_at_first

    def _go(self) -> None:
        while True:
            time.sleep(TICK_S)
            self()
            with self._lock:
                self._tick = time.monotonic()


def _suspended() -> float:
    """Seconds of suspend since the machine started, where the system tells (Linux)."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


clock = WorkClock()
