"""One line that follows a job: what it does, how far it is, how it ended; with a button that stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from app.gui.widgets.controls import button, label
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.jobs import JobStatus
    from engine.workspace import Workspace

LOOK_EVERY_MS = 400


class JobStrip(QFrame):
    """Hidden until `follow`; `ended` tells the job's id and its last state."""

    ended = Signal(str, str)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._shell, self.job, self._title = shell, "", ""
        self.text, self.eta = label(), label("", "quiet")
        self.stop = button("", self._cancel)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.error = ErrorLine()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.text, 1)
        row.addWidget(self.eta)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.bar)
        column.addWidget(self.error)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS, timeout=self._look)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.stop.setText(self.tr("Stop"))

    def follow(self, job_id: str, title: str) -> None:
        """Show a job until it ends."""
        self.job, self._title = job_id, title
        self.text.setText(title)
        self.eta.setText("")
        self.bar.setValue(0)
        self.error.clear()
        for part in (self.bar, self.stop):
            part.show()
        self.show()
        self._timer.start()

    def clear(self) -> None:
        """Follow nothing."""
        self._timer.stop()
        self.job = ""
        self.hide()

    def _look(self) -> None:
        job_id = self.job

        def read(workspace: Workspace) -> JobStatus:
            from engine.jobs import get_job

            return get_job(workspace, job_id).status()

        if self._shell.workspace is None:
            self.clear()
        elif job_id:
            self._shell.read(read, lambda status: self._show(job_id, status), key=f"strip.{id(self)}")

    def _show(self, job_id: str, status: JobStatus) -> None:
        if job_id != self.job:
            return
        self.text.setText(" · ".join(part for part in (self._title, status.message) if part))
        self.eta.setText(f"{status.fraction:.0%}")
        self.bar.setValue(round(status.fraction * 1000))
        if status.active:
            return
        self._timer.stop()
        if status.state == "done":
            self._shell.run(_collect, self._title, on_done=lambda _: self._end(job_id, "done"))
            return
        for part in (self.bar, self.stop):
            part.hide()
        self.eta.setText("")
        if status.error:
            self.error.show_error(status.error, status.fix, details=status.details)
        else:
            self.hide()
        self.ended.emit(job_id, status.state)

    def _end(self, job_id: str, state: str) -> None:
        if job_id == self.job:
            self.clear()
            self.ended.emit(job_id, state)

    def _cancel(self) -> None:
        self._shell.run(_cancel(self.job), self._title)


def _collect(workspace: Workspace) -> Changes:
    from engine.jobs import collect

    return collect(workspace)


def _cancel(job_id: str) -> Callable[[Workspace], Changes]:
    def operation(workspace: Workspace) -> Changes:
        from engine.changes import changed
        from engine.jobs import get_job

        get_job(workspace, job_id).cancel()
        return changed(jobs=job_id)

    return operation
