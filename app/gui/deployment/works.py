"""The pieces of work of the page: they run beside the window, ask it for secrets, and tell what they changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.gui.deployment.dialogs import PasswordDialog
from app.gui.deployment.work import Question, TargetWork
from app.gui.shell.errands import Errand, Errands
from app.gui.widgets.errors import ErrorLine, sentence

if TYPE_CHECKING:
    from app.gui.operations.deployment import Work
    from engine.changes import Changes
    from engine.workspace import Workspace

    Words = Callable[[str, int, int, str], tuple[float, str, float | None]]  # share, sentence, seconds left


class Works(QObject):
    """Starts work and keeps it until it ends; errors that no card takes are shown in the page's line."""

    changed = Signal(object)

    def __init__(self, page: QWidget, error: ErrorLine, errands: Errands) -> None:
        super().__init__(page)
        self._page, self.error, self._errands = page, error, errands
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
        shown: Errand | None = None,
        words: Words | None = None,
    ) -> TargetWork | None:
        """Begin; None without a workspace. What is `shown` stands among the jobs, with `words` for its progress."""
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
        if shown is not None:
            self._show(running, shown, words)
        return running.start()

    def _show(self, running: TargetWork, shown: Errand, words: Words | None) -> None:
        name = self._errands.begin(shown)
        running.done.connect(lambda *_: self._errands.end(name, "done"))
        running.failed.connect(lambda error: self._end(name, shown.title, sentence(error)))
        running.stopped.connect(lambda: self._errands.end(name, "cancelled"))
        if words is not None:
            running.progressed.connect(lambda *told: self._errands.tell(name, *words(*told)))

    def _end(self, name: str, title: str, why: str) -> None:
        """Who looks at another page is told there."""
        self._errands.end(name, "failed", why)
        if not self._page.isVisible():
            shell = self._page.shell
            shell.notice(f"{title}: {why}", self.tr("Show the job"), lambda: shell.go("jobs", job=name), "error")

    def _answer(self, question: Question) -> None:
        dialog = PasswordDialog(self._page, question.text)
        dialog.accepted.connect(lambda: question.give(dialog.secret.text()))
        dialog.rejected.connect(lambda: question.give(None))
        dialog.open()
