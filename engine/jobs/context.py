"""What a job's function is given in the worker: its arguments, and ways to tell how it goes."""

from __future__ import annotations

import contextlib
import json
import math
import time
from pathlib import Path
from typing import Any

from engine.errors import LinesideError
from engine.jobs.working import GENTLY, LONGEST_REST_S

PROGRESS_INTERVAL_S = 0.1


class Cancelled(Exception):
    """A person asked the job to stop."""


class JobFailure(LinesideError):
    """A failure of a known kind.

    Attributes:
        kind: "error", "out_of_memory", "not_a_number" or "bad_data".
    """

    def __init__(self, message: str, *, kind: str = "error", fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.kind = kind


class JobContext:
    """The worker's side of a job.

    Attributes:
        arguments: as given to `submit`.
        folder: the job's own folder.
        workspace: the workspace's folder; its store must not be opened here.
        attempt: 1, and one more at each resume.
    """

    def __init__(self, folder: Path) -> None:
        spec = json.loads((folder / "spec.json").read_text("utf-8"))
        self.spec: dict[str, Any] = spec
        self.arguments: dict[str, Any] = spec["arguments"]
        self.folder = folder
        self.workspace = folder.parent.parent
        self.attempt: int = spec.get("attempt", 1)
        self._events = (folder / "events.jsonl").open("a", encoding="utf-8", buffering=1)
        self._last_progress = -math.inf

    def progress(self, fraction: float, message: str = "", eta_s: float | None = None) -> None:
        """Say how far the job is, 0 to 1; calls within a tenth of a second are dropped, except the last (1)."""
        now = time.monotonic()
        if fraction < 1 and now - self._last_progress < PROGRESS_INTERVAL_S:
            return
        self._last_progress = now
        self.emit("progress", fraction=round(float(fraction), 5), message=message, eta_s=eta_s)

    def metric(self, step: int, **values: float) -> None:
        """Record figures of one step or epoch."""
        self.emit("metric", step=step, values={name: _finite(value) for name, value in values.items()})

    def log(self, text: str) -> None:
        """Add a line to the job's log."""
        self.emit("log", text=text)

    def artifact(self, path: Path, kind: str) -> None:
        """Name a file that the job made."""
        self.emit("artifact", path=str(path), kind=kind)

    def emit(self, event: str, **fields: Any) -> None:
        """Write one event line."""
        line = json.dumps({"event": event, "at": round(time.time(), 3), **fields}, ensure_ascii=False, allow_nan=False)
        self._events.write(line + "\n")

    def cancelled(self) -> bool:
        """Whether a person asked the job to stop."""
        return (self.folder / "cancel").exists()

    def should_stop(self) -> None:
        """Call often.

        Raises:
            Cancelled: a person asked the job to stop.
        """
        if self.cancelled():
            raise Cancelled

    def wait_if_paused(self) -> float:
        """Block while the job is paused; returns the seconds waited.

        Raises:
            Cancelled: a person asked the job to stop while it was paused.
        """
        start = time.monotonic()
        while (self.folder / "pause").exists():
            self.should_stop()
            time.sleep(0.2)
        return time.monotonic() - start

    def give_way(self, worked_s: float) -> float:
        """Call after each step with the seconds it took: rests as long where others shall come first; the seconds rested.

        A part of a job heeds what that job was told.
        """
        marks = [self.folder / GENTLY]
        if self.spec.get("within"):
            marks.append(self.folder.parent / self.spec["within"] / GENTLY)
        if not any(mark.exists() for mark in marks):
            return 0.0
        rest = min(worked_s, LONGEST_REST_S)
        time.sleep(rest)
        return rest

    def close(self) -> None:
        """Flush and close the event file."""
        with contextlib.suppress(OSError):
            self._events.close()


def _finite(value: float) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None
