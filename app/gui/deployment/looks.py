"""Looks at the targets again and again while the page is seen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.gui.deployment.work import TargetWork
from app.gui.operations import deployment as operations

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.deployment.releases import TargetStatus
    from engine.workspace import Workspace

LOOK_EVERY_MS = 4000


class Looks(QObject):
    """Asks each target how it does; one that is still being asked is left alone."""

    seen = Signal(str, object)  # name, TargetStatus

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace: Workspace | None = None
        self._names: list[str] = []
        self._asked: dict[str, TargetWork] = {}
        self._timer = QTimer(self, interval=LOOK_EVERY_MS, timeout=self.look)

    def use(self, workspace: Workspace) -> None:
        """Look at the targets of this workspace."""
        self._workspace, self._names = workspace, []

    def watch(self, names: Iterable[str]) -> None:
        """These are the targets; new ones are looked at now."""
        before, self._names = self._names, list(names)
        if set(self._names) - set(before):
            self.look()

    def begin(self) -> None:
        """The page is seen."""
        self._timer.start()
        self.look()

    def rest(self) -> None:
        """Nobody sees the page."""
        self._timer.stop()

    def close(self) -> None:
        """Look no more."""
        self.rest()
        self._workspace = None
        asked = list(self._asked.values())
        for work in asked:
            work.cancel()
        for work in asked:
            work.wait(2)

    def look(self) -> None:
        """Ask now."""
        if self._workspace is None or not self._timer.isActive():
            return
        for name in self._names:
            if name not in self._asked:
                work = TargetWork(self._workspace, operations.read_status(name), self)
                self._asked[name] = work
                work.done.connect(partial(self._answered, name))
                work.failed.connect(partial(self._failed, name))
                work.stopped.connect(partial(self._ended, name))
                work.start()

    def _ended(self, name: str) -> None:
        work = self._asked.pop(name, None)
        if work is not None:
            work.deleteLater()

    def _answered(self, name: str, _changes: Changes, status: TargetStatus) -> None:
        self._ended(name)
        self.seen.emit(name, status)

    def _failed(self, name: str, error: Exception) -> None:
        from engine.deployment.releases import TargetStatus

        self._ended(name)
        self.seen.emit(name, TargetStatus(name, False, message=str(error)))
