"""Long work that belongs to this window and stops with it (a push, a rollout), shown among the jobs as they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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


@dataclass
class _Kept:
    line: JobLine
    cancel: Callable[[], object]
    log: list[str] = field(default_factory=list)


class Errands(QObject):
    """Those of the open workspace, newest first; `changed` is sent a few times a second at most."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._count = 0
        self._kept: dict[str, _Kept] = {}
        self._soon = QTimer(self, singleShot=True, interval=TOLD_EVERY_MS, timeout=self.changed.emit)

    def begin(self, errand: Errand) -> str:
        """Show work that begins; its id."""
        from app.gui.shell.jobs import JobLine

        self._count += 1
        name, now = f"{PREFIX}{self._count}", time.time()
        line = JobLine(name, errand.kind, errand.title, "running", 0.0, "", None, "", "", "", now, now, None, {})
        self._kept = {name: _Kept(line, errand.cancel), **self._kept}
        for old in [one for one, kept in self._kept.items() if not kept.line.active][KEPT:]:
            del self._kept[old]
        self.changed.emit()
        return name

    def tell(self, name: str, fraction: float, message: str, eta_s: float | None = None) -> None:
        """How far it is (0 to 1), and what it does."""
        if (kept := self._kept.get(name)) is None or not kept.line.active:
            return
        if message and message != kept.line.message:
            kept.log.append(f"{time.strftime('%H:%M:%S')}  {round(fraction * 100):3d} %  {message}")
        kept.line = replace(kept.line, fraction=fraction, message=message or kept.line.message, eta_s=eta_s)
        if not self._soon.isActive():
            self._soon.start()

    def end(self, name: str, state: str, error: str = "") -> None:
        """It is done, failed or cancelled."""
        if (kept := self._kept.get(name)) is not None:
            done = 1.0 if state == "done" else kept.line.fraction
            kept.line = replace(kept.line, state=state, fraction=done, error=error, eta_s=None, ended=time.time())
            self.changed.emit()

    def cancel(self, name: str) -> None:
        """As its own place in the window does it."""
        if (kept := self._kept.get(name)) is not None and kept.line.active:
            kept.cancel()

    def log(self, name: str) -> str:
        """What it told."""
        return "\n".join(self._kept[name].log) if name in self._kept else ""

    def forget(self) -> None:
        """The workspace is closed."""
        self._kept.clear()

    def among(self, jobs: Sequence[JobLine]) -> list[JobLine]:
        """Jobs and these, newest first."""
        return sorted([*(kept.line for kept in self._kept.values()), *jobs], key=lambda line: -line.created)
