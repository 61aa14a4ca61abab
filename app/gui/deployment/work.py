"""Work on a target in a thread of its own: progress, questions for a person, cancel; nothing of it blocks the window."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from app.gui.operations.deployment import Work
    from engine.workspace import Workspace


class Stopped(Exception):
    """A person cancelled the work."""


class Question:
    """A secret that the work needs; answer it with `give` in the window's thread."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._answer: str | None = None
        self._given = threading.Event()

    def give(self, answer: str | None) -> None:
        """Answer; None: nobody knows."""
        self._answer = answer
        self._given.set()

    def wait(self) -> str | None:
        """Block until it is answered."""
        self._given.wait()
        return self._answer


class TargetWork(QObject):
    """One piece of work; exactly one of `done`, `failed`, `stopped` is sent at the end."""

    progressed = Signal(str, object, object, str)  # byte counts pass 2³¹
    asked = Signal(object)
    done = Signal(object, object)
    failed = Signal(object)
    stopped = Signal()
    _raised = Signal(str, object)

    def __init__(self, workspace: Workspace, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._work = workspace, work
        self._cancel = threading.Event()
        self._question: Question | None = None
        self._raised.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="target", daemon=True)

    def start(self) -> TargetWork:
        """Begin."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Stop at the next word of progress; what was pushed stays."""
        self._cancel.set()
        if self._question is not None:
            self._question.give(None)

    def wait(self, seconds: float) -> None:
        """Wait for the thread."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            changes, result = self._work(self._workspace, self._progress, self._ask)
        except Stopped:
            self._emit("stopped")
        except Exception as error:
            self._emit("stopped" if self._cancel.is_set() else "failed", *([] if self._cancel.is_set() else [error]))
        else:
            self._emit("done", changes, result)

    def _progress(self, stage: str, done: int, total: int, digest: str) -> None:
        if self._cancel.is_set():
            raise Stopped
        self._emit("progressed", stage, done, total, digest)

    def _ask(self, text: str) -> str | None:
        if self._cancel.is_set():
            return None
        self._question = Question(text)
        self._emit("asked", self._question)
        return self._question.wait()

    def _emit(self, name: str, *values: Any) -> None:
        """From the thread: the signal is sent in the window's."""
        if shiboken6.isValid(self):
            self._raised.emit(name, values)

    def _pass_on(self, name: str, values: tuple[Any, ...]) -> None:
        getattr(self, name).emit(*values)
