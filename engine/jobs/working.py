"""Giving way: whether a person works on this machine now, so that trainings rest between their steps.

A rest changes nothing in what is learnt. Fewer threads would: sums come out otherwise in their last digits, and the curve
of a training would depend on who used the machine meanwhile.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

AT_WORK = "at-work"  # touched by the window while a person uses it
GENTLY = "gently"  # in a job's folder: rest between the steps
WORKS_S = 60.0
BUSY, CALM = 0.5, 0.3  # share of the cores that others use: from where on to rest, and below which to go on
LONGEST_REST_S = 1.0


def note_work(jobs: Path) -> None:
    """A person uses the window; jobs that run heed it within seconds."""
    with contextlib.suppress(OSError):
        (jobs / AT_WORK).touch()


def works(jobs: Path) -> bool:
    """Whether a person has used the window within the last minute."""
    try:
        return time.time() - (jobs / AT_WORK).stat().st_mtime < WORKS_S
    except OSError:
        return False


class Others:
    """Whether other programs want the cores: the time of processes that stand back for nobody, since the last look.

    Only for a process that itself stands back (nice > 0), on systems that count such time apart; elsewhere never.
    """

    def __init__(self) -> None:
        self._last = _times()
        self.busy = False

    def look(self) -> bool:
        """Look again; between the two limits it stays as it was."""
        now = _times()
        if now is None or self._last is None:
            return False
        used, whole = now[0] - self._last[0], now[1] - self._last[1]
        if whole > 0:
            self._last = now
            self.busy = used / whole > (CALM if self.busy else BUSY)
        return self.busy


def heed_work(folder: Path, gives_way: bool) -> None:
    """Tell a job to rest between its steps, or to go on as fast as it can."""
    mark = folder / GENTLY
    if gives_way and not mark.exists():
        mark.touch()
    elif not gives_way:
        mark.unlink(missing_ok=True)


def _times() -> tuple[float, float] | None:
    """Seconds of all cores since the machine started: of others, and in all."""
    import os

    import psutil

    found = psutil.cpu_times()
    if not hasattr(found, "nice") or not hasattr(os, "nice") or os.nice(0) <= 0:
        return None
    return found.user + found.system, sum(found[:8])
