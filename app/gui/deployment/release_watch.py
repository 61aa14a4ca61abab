"""Looks at a target again and again in a thread of its own, slower while nobody sees it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from engine.workspace import Workspace

SEEN_S, UNSEEN_S = 1.0, 10.0


class Watcher(QObject):
    """Sends what it sees, or why it sees nothing; one target for as long as it lives."""

    looked = Signal(object)
    lost = Signal(object)
    _found = Signal(object)

    def __init__(self, workspace: Workspace, target: str, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._target = workspace, target
        self._pause = SEEN_S
        self._over, self._now = threading.Event(), threading.Event()
        self._found.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="release", daemon=True)
        self._thread.start()

    def seen(self, seen: bool) -> None:
        """Look each second while somebody does; at once when somebody begins to."""
        if (pause := SEEN_S if seen else UNSEEN_S) != self._pause:
            self._pause = pause
            self.hurry()

    def hurry(self) -> None:
        """Look now."""
        self._now.set()

    def stop(self, seconds: float) -> None:
        """Look no more; wait so long for the look that is under way."""
        self._over.set()
        self._now.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        from engine.deployment.live import Live

        live = Live(self._workspace, self._target)
        while not self._over.is_set():
            self._now.clear()
            try:
                found: object = live.look()
            except Exception as error:
                found = error
            if self._over.is_set() or not shiboken6.isValid(self):
                break
            self._found.emit(found)
            self._now.wait(self._pause)
        live.close()

    def _pass_on(self, found: object) -> None:
        if not self._over.is_set():
            (self.lost if isinstance(found, Exception) else self.looked).emit(found)
