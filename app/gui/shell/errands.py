"""Long work that belongs to this window and stops with it (a push, a rollout), shown among the jobs as they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from app.gui.shell.jobs import JobLine

KEPT = 20
TOLD_EVERY_MS = 250
PREFIX = "window-"


@dataclass(frozen=True)
class Errand:
    """How work is shown.

    Attributes:
        kind: as of a job; see `kind_text`.
        cancel: what *Cancel* does.
    """

    kind: str
    title: str
    cancel: Callable[[], object]


class Errands(QObject):
    """Those of the open workspace, newest first; `changed` is sent a few times a second at most."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._count = 0
        self._lines: dict[str, JobLine] = {}
        self._cancels: dict[str, Callable[[], object]] = {}
        self._logs: dict[str, list[str]] = {}
        self._soon = QTimer(self, singleShot=True, interval=TOLD_EVERY_MS, timeout=self.changed.emit)

    def begin(self, errand: Errand) -> str:
        """Show work that begins; its id."""
        from app.gui.shell.jobs import JobLine

        self._count += 1
        name, now = f"{PREFIX}{self._count}", time.time()
        line = JobLine(name, errand.kind, errand.title, "running", 0.0, "", None, "", "", "", now, now, None, {})
        self._lines = {name: line, **self._lines}
        self._cancels[name], self._logs[name] = errand.cancel, []
        for old in [one for one, line in self._lines.items() if not line.active][KEPT:]:
            self._drop(old)
        self.changed.emit()
        return name

    def tell(self, name: str, fraction: float, message: str, eta_s: float | None = None) -> None:
        """How far it is (0 to 1), and what it does."""
        if (line := self._lines.get(name)) is None or not line.active:
            return
        if message and message != line.message:
            self._logs[name].append(f"{time.strftime('%H:%M:%S')}  {round(fraction * 100):3d} %  {message}")
        self._lines[name] = replace(line, fraction=fraction, message=message or line.message, eta_s=eta_s)
        if not self._soon.isActive():
            self._soon.start()

    def end(self, name: str, state: str, error: str = "") -> None:
        """It is done, failed or cancelled."""
        if (line := self._lines.get(name)) is not None:
            done = 1.0 if state == "done" else line.fraction
            self._lines[name] = replace(line, state=state, fraction=done, error=error, eta_s=None, ended=time.time())
            self.changed.emit()

    def cancel(self, name: str) -> None:
        """As its own place in the window does it."""
        if (line := self._lines.get(name)) is not None and line.active:
            self._cancels[name]()

    def log(self, name: str) -> str:
        """What it told."""
        return "\n".join(self._logs.get(name, ()))

    def forget(self) -> None:
        """The workspace is closed."""
        for name in list(self._lines):
            self._drop(name)

    def among(self, jobs: Sequence[JobLine]) -> list[JobLine]:
        """Jobs and these, newest first."""
        return sorted([*self._lines.values(), *jobs], key=lambda line: -line.created)

    def _drop(self, name: str) -> None:
        for kept in (self._lines, self._cancels, self._logs):
            kept.pop(name, None)  # type: ignore[attr-defined]  # dictionaries of different values
