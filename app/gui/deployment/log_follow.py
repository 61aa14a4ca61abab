"""Follows the log of what runs on a target, in a thread of its own; nothing of it happens in the window's."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.deployment.logs import LogLine
    from engine.deployment.target import Ask, Progress
    from engine.workspace import Workspace

EVERY_S = 1.0
EARLIER = 500


@dataclass(frozen=True)
class Piece:
    """Lines for the view.

    Attributes:
        start: where they begin, to ask for those above; "": nothing stands above.
        release: its name, where this is the log of another release than before.
        above: they stand above those that are there.
    """

    lines: Sequence[LogLine]
    start: str
    release: str = ""
    above: bool = False


class Follower(QObject):
    """Follows one target until it is stopped; `work` is what `Works.start` runs."""

    read = Signal(object)
    lost = Signal(object)
    _found = Signal(object)

    def __init__(self, target: str, parent: QObject) -> None:
        super().__init__(parent)
        self._target = target
        self._over, self._paused, self._wanted = False, False, ""
        self._now, self._taken = threading.Event(), threading.Event()
        self._taken.set()
        self._found.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        """Follow no more."""
        self._over = True
        self._now.set()
        self._taken.set()

    def pause(self, paused: bool) -> None:
        """Read nothing new for now; what is written meanwhile comes when this is over."""
        self._paused = paused
        self._now.set()

    def want_above(self, start: str) -> None:
        """Bring the lines above these."""
        self._wanted = start
        self._now.set()

    def work(self, workspace: Workspace, progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        """Read until it is stopped."""
        from engine.changes import Changes
        from engine.deployment.logs import LogReader

        reader = LogReader(workspace, self._target, ask)
        try:
            while not self._over:
                progress("log", 0, 0, "")  # raises where the window closes
                self._now.clear()
                try:
                    more = self._look(reader)
                except Exception as error:
                    self._send(error)
                    more = False
                if not more:
                    self._now.wait(EVERY_S)
        finally:
            reader.close()
        return Changes(), None

    def _look(self, reader: Any) -> bool:
        """Read once, and give it away; whether there is more already."""
        from engine.deployment.logs import read_line

        if wanted := self._wanted:
            part = reader.earlier(wanted, EARLIER)
            self._wanted = ""
            self._send(Piece([read_line(line) for line in part.lines], part.start, above=True))
        if self._paused:
            return False
        part, other = reader.read()
        name = (reader.release.name or reader.release.key) if other and reader.release else ""
        self._send(Piece([read_line(line) for line in part.lines], part.start, name))
        return bool(part.more)

    def _send(self, found: object) -> None:
        """Give it away once the window has taken what came before."""
        self._taken.wait()
        if not self._over and shiboken6.isValid(self):
            self._taken.clear()
            self._found.emit(found)

    def _pass_on(self, found: object) -> None:
        if not self._over:
            (self.read if isinstance(found, Piece) else self.lost).emit(found)
        self._taken.set()
