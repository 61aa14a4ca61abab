"""Tells trainings that a person uses the window, so that they give way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

from app.gui.shell.work import Task

if TYPE_CHECKING:
    from app.gui.shell.jobs import JobWatch
    from app.gui.shell.shell import Shell

EVERY_S = 5.0
INPUT = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel})


class AtWork(QObject):
    """Sees keys and mouse where the system gives them to the window, once for all widgets in it."""

    def __init__(self, shell: Shell, jobs: JobWatch) -> None:
        super().__init__(shell)
        self._shell, self._jobs = shell, jobs
        self._noted = -EVERY_S

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in INPUT and time.monotonic() - self._noted > EVERY_S:
            self._noted = time.monotonic()
            self._note()
        return False

    def _note(self) -> None:
        workspace = self._shell.workspace
        if workspace is None or not any(line.active for line in self._jobs.lines):
            return
        jobs = workspace.path / "jobs"

        def work() -> None:
            from engine.jobs.working import note_work

            note_work(jobs)

        self._shell.work.read(Task(work, None, None))
