"""Sends edits to the store one after the other, and knows whether all of them have arrived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.changes import Changes


class Writer(QObject):
    """Counts what is on its way to the store.

    Signals:
        state_changed: something went on its way, or arrived.
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
        self.begun = 0  # how many there have been

    def write(
        self, operation: Callable[[Any], Changes], title: str, done: Callable[[Changes], None] | None = None
    ) -> None:
        """Have an operation done after all earlier ones."""
        self.pending += 1
        self.begun += 1
        self.state_changed.emit()

        def succeeded(changes: Changes) -> None:
            if done is not None:
                done(changes)
            self._ended()

        def went_wrong(error: object) -> None:
            self.failed.emit(str(error))
            self._ended()

        self._shell.run(operation, title, on_done=succeeded, on_error=went_wrong)

    def _ended(self) -> None:
        self.pending -= 1
        self.state_changed.emit()
        if not self.pending:
            self.idle.emit()
