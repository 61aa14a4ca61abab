"""Running `lineside demo` from the start page: a process of its own, its progress shown, cancellable."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from app.gui.shell.job_words import job_text

PERCENT = re.compile(r"(\d{1,3})\s?%")
KEPT_LINES = 200
LOOK_MS = 700


class DemoRun(QObject):
    """The demo in a process; `ended` carries the folder, or an error with details (both empty: cancelled)."""

    progressed = Signal(float, str)
    ended = Signal(str, str, str)

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self.folder = folder
        self._lines: list[str] = []
        self._output = b""
        self._cancelled = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        self._process.setProcessEnvironment(environment)
        self._process.readyReadStandardError.connect(self._read)
        self._process.readyReadStandardOutput.connect(self._keep)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._broken)

    def start(self) -> None:
        """Start the process."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._process.start(sys.executable, ["-P", "-m", "app", "demo", str(self.folder), "--json"])
        self._timer.start()

    def cancel(self) -> None:
        """Stop it; what it has made stays in its folder."""
        self._cancelled = True
        self._process.terminate()

    def _read(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        for line in re.split(r"[\r\n]+", text):
            if not line.strip():
                continue
            self._lines = [*self._lines[-KEPT_LINES:], line]
            found = PERCENT.search(line)
            self.progressed.emit(int(found[1]) / 100 if found else -1.0, line.strip())

    def _keep(self) -> None:
        self._output += bytes(self._process.readAllStandardOutput().data())

    def _broken(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.ended.emit(
                "", self.tr("The demo could not be started: {reason}.").format(reason=self._process.errorString()), ""
            )

    def _look(self) -> None:
        """Tell of the newest job; its folder can be read while the demo owns the workspace."""
        from engine.jobs.job import Job

        specs = sorted((self.folder / "jobs").glob("*/spec.json"), key=lambda spec: spec.parent.name)
        if not specs:
            return
        try:
            job = Job(specs[-1].parent)
            status = job.status()
        except (OSError, ValueError, KeyError):
            return
        text = " · ".join(part for part in (job_text(job.title), job_text(status.message)) if part)
        self.progressed.emit(status.fraction if status.active else -1.0, text)

    def _finished(self, code: int, _status: QProcess.ExitStatus) -> None:
        self._timer.stop()
        self._keep()
        if self._cancelled:
            self.ended.emit("", "", "")
        elif code == 0:
            self.ended.emit(str(self.folder), "", "")
        else:
            self.ended.emit("", self._reason(), "\n".join(self._lines))

    def _reason(self) -> str:
        try:
            told = json.loads(self._output)
            return str(told["error"]["message"] if isinstance(told["error"], dict) else told["error"])
        except (ValueError, KeyError, TypeError):
            return self._lines[-1] if self._lines else self.tr("The demo ended without a word.")
