"""A training of a few steps in this process, and whom it tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.jobs.context import Cancelled
from engine.training.runs import read_metrics

TINY: dict[str, Any] = {
    "data.width": 64, "data.height": 64, "augment.crop": 64, "backbone.width": 8, "neck.width": 16,
    "optimiser.rate": 0.003, "train.batch": 2, "train.steps": 6, "train.checks": 0,
}  # fmt: skip


class Told:
    """A reporter that remembers; `stop_at` cancels behind that step."""

    def __init__(self, stop_at: int = 0) -> None:
        self.lines: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.stop_at, self.folder = stop_at, Path()

    def log(self, text: str) -> None:
        self.lines.append(text)

    def emit(self, event: str, **fields: Any) -> None:
        self.events.append({"event": event, **fields})

    def should_stop(self) -> None:
        if self.stop_at:
            self.stop_at -= 1
            if not self.stop_at:
                raise Cancelled

    def wait_if_paused(self) -> float:
        return 0.0

    def give_way(self, worked_s: float) -> float:
        return 0.0

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_words: None


Train = Callable[..., tuple[Path, dict[str, Any], Told]]


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in read_metrics(folder) if "loss" in line]
