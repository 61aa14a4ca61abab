"""Sends edits to the store one after the other and tells truthfully what is saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Signal

from engine.changes import Changes


class Writer(QObject):
    """Counts what is on its way to the store.

    Signals:
        state_changed: the state or its time has changed; see `text`.
        idle: nothing is on its way any more.
        failed: what was not saved, in words.
    """

    state_changed = Signal()
    idle = Signal()
    failed = Signal(str)

    def __init__(self, shell: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self.pending = 0
        self.saved_at: datetime | None = None
        self.problem = ""

    def write(
        self, operation: Callable[[Any], Changes], title: str, done: Callable[[Changes], None] | None = None
    ) -> None:
        """Have an operation done after all earlier ones."""
        self.pending += 1
        self.state_changed.emit()

        def succeeded(changes: Changes) -> None:
            self.problem = ""
            self.saved_at = datetime.now()
            if done is not None:
                done(changes)
            self._ended()

        def went_wrong(error: object) -> None:
            self.problem = str(error)
            self.failed.emit(self.problem)
            self._ended()

        self._shell.run(operation, title, on_done=succeeded, on_error=went_wrong)

    def text(self) -> str:
        """The state in words for the status bar."""
        if self.pending:
            return QCoreApplication.translate("LabelingPage", "Saving…")
        if self.problem:
            return QCoreApplication.translate("LabelingPage", "Not saved: {0}").format(self.problem)
        if self.saved_at is None:
            return QCoreApplication.translate("LabelingPage", "✓ All saved")
        time = QLocale().toString(self.saved_at.time(), "HH:mm:ss")
        return QCoreApplication.translate("LabelingPage", "✓ Saved {0}").format(time)

    def _ended(self) -> None:
        self.pending -= 1
        self.state_changed.emit()
        if not self.pending:
            self.idle.emit()
