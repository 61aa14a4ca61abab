"""The pieces of work of the page: they run beside the window, ask it for secrets, and tell what they changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.gui.deployment.dialogs import PasswordDialog
from app.gui.deployment.work import Question, TargetWork
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.operations.deployment import Work
    from engine.changes import Changes
    from engine.workspace import Workspace


class Works(QObject):
    """Starts work and keeps it until it ends; errors that no card takes are shown in the page's line."""

    changed = Signal(object)

    def __init__(self, page: QWidget, error: ErrorLine) -> None:
        super().__init__(page)
        self._page, self.error = page, error
        self._workspace: Workspace | None = None
        self._running: set[TargetWork] = set()

    def use(self, workspace: Workspace) -> None:
        """Work in this workspace from now on."""
        self._workspace = workspace

    def close(self) -> None:
        """Stop what is under way; what was pushed stays on the targets."""
        self._workspace = None
        running = list(self._running)
        for work in running:
            work.cancel()
        for work in running:
            work.wait(2)

    def start(
        self,
        work: Work,
        on_done: Callable[[Any], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
    ) -> TargetWork | None:
        """Begin; None without a workspace."""
        if self._workspace is None:
            return None
        self.error.clear()
        running = TargetWork(self._workspace, work, self)
        self._running.add(running)

        def ended() -> None:
            self._running.discard(running)
            running.deleteLater()

        def done(changes: Changes, result: Any) -> None:
            ended()
            if changes:
                self.changed.emit(changes)
            if on_done is not None:
                on_done(result)

        def failed(error: Exception) -> None:
            ended()
            (on_error or self.error.show_error)(error)

        running.done.connect(done)
        running.failed.connect(failed)
        running.stopped.connect(ended)
        running.asked.connect(self._answer)
        return running.start()

    def _answer(self, question: Question) -> None:
        dialog = PasswordDialog(self._page, question.text)
        dialog.accepted.connect(lambda: question.give(dialog.secret.text()))
        dialog.rejected.connect(lambda: question.give(None))
        dialog.open()
