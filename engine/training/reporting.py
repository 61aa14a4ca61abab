"""Whom a training tells how it goes: the job it runs in, or the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Protocol


class Reporter(Protocol):
    """The part of `engine.jobs.JobContext` that a training uses."""

    def progress(self, fraction: float, message: str = "", eta_s: float | None = None) -> None:
        """Say how far it is, 0 to 1."""

    def metric(self, step: int, **values: float) -> None:
        """Record figures of a step."""

    def log(self, text: str) -> None:
        """Add a line to the log."""

    def emit(self, event: str, **fields: Any) -> None:
        """Write an event of another kind."""

    def artifact(self, path: Path, kind: str) -> None:
        """Name a file that was made."""

    def should_stop(self) -> None:
        """Raise `Cancelled` when a person asked for it."""

    def wait_if_paused(self) -> float:
        """Block while paused; the seconds waited."""

    def give_way(self, worked_s: float) -> float:
        """Rest as long as a step took, where others shall come first; the seconds rested."""


class Terminal:
    """Tells everything on stderr."""

    def progress(self, fraction: float, message: str = "", eta_s: float | None = None) -> None:
        """One line that is written over."""
        left = f", {eta_s:.0f} s left" if eta_s is not None else ""
        print(f"\r{fraction:6.1%}  {message}{left}   ", end="\n" if fraction >= 1 else "", file=sys.stderr, flush=True)

    def metric(self, step: int, **values: float) -> None:
        """Only what is seldom: figures on the val images."""
        if any(name.startswith("val_") for name in values):
            self.log(f"step {step}: " + ", ".join(f"{name} {value:.4f}" for name, value in values.items()))

    def log(self, text: str) -> None:
        """A line."""
        print(f"\r{text}", file=sys.stderr, flush=True)

    def emit(self, event: str, **fields: Any) -> None:
        """A line."""
        self.log(f"{event}: {fields.get('why') or fields}")

    def artifact(self, path: Path, kind: str) -> None:
        """A line."""
        self.log(f"{kind}: {path}")

    def should_stop(self) -> None:
        """Ctrl+C is enough."""

    def wait_if_paused(self) -> float:
        """Never paused."""
        return 0.0

    def give_way(self, worked_s: float) -> float:
        """Never: nobody tells it to."""
        del worked_s
        return 0.0
