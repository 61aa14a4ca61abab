"""What the window offers to its pages: the workspace, background work, one signal for changes, navigation, notices."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon

from app.gui.shell.errands import Errands
from app.gui.shell.settings import Settings
from app.gui.shell.theme import Theme, theme
from app.gui.shell.work import Task, Work

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from engine.changes import Changes
    from engine.workspace import Workspace

T = TypeVar("T")


class Shell(QObject):
    """The services of the window; every page gets this one object."""

    changed = Signal(object, object)  # Changes, initiator
    workspace_opened = Signal(object)
    workspace_closing = Signal()
    opening = Signal(str)  # path, "" when over
    save_state_changed = Signal(str, str)
    status_changed = Signal(str)
    noticed = Signal(str, object, object, str, object)  # text, action text, action, kind, details
    asked_to_go = Signal(str, object)
    jobs_changed = Signal(object)  # list[JobLine]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = Settings()
        self.theme: Theme = theme()
        self.work = Work(self)
        self.errands = Errands(self)
        self.room: QWidget | None = None  # what the pages stand in
        self.workspace: Workspace | None = None
        self._unclaimed: list[Workspace] = []
        self._wishes = 0  # how often a workspace was asked for
        self._writing = 0

    def icon(self, name: str, color: str = "text") -> QIcon:
        """An icon of the own set in a colour of the theme."""
        return self.theme.icon(name, color)

    def go(self, page: str, **arguments: Any) -> None:
        """Show a page: start, data, labeling, modeling, training, evaluation, deployment, monitoring, jobs, settings."""
        self.asked_to_go.emit(page, arguments)

    def notice(
        self,
        text: str,
        action_text: str | None = None,
        action: Callable[[], object] | None = None,
        kind: str = "info",
        details: str = "",
    ) -> None:
        """Tell something for a while, with the next step as a button; kinds: info, good, warning, error."""
        self.noticed.emit(text, action_text, action, kind, details)

    def set_status(self, text: str) -> None:
        """What stands in the status bar about the page that is shown."""
        self.status_changed.emit(text)

    def save_state(self, state: str, text: str = "") -> None:
        """Say truthfully whether all is saved: saving, saved or error."""
        self.save_state_changed.emit(state, text)

    def run(
        self,
        operation: Callable[[Workspace], Changes],
        title: str,
        on_done: Callable[[Changes], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        initiator: object = None,
    ) -> None:
        """Change the workspace in the background; `changed` is sent once when it is committed.

        An operation may also return a pair (Changes, result); then `on_done` gets the result.
        """
        workspace = self._need()
        self._writing += 1
        self.save_state("saving", title)

        def done(outcome: Any) -> None:
            changes, result = outcome if isinstance(outcome, tuple) else (outcome, outcome)
            self._writing -= 1
            if not self._writing:  # else there is still something on its way to the disk
                self.save_state("saved", time.strftime("%H:%M:%S"))
            if changes:
                self.changed.emit(changes, initiator)
            if on_done is not None and _alive(on_done):
                on_done(result)

        def failed(error: Exception) -> None:
            self._writing -= 1
            self.save_state("error", title)
            if on_error is None:
                self.show_error(error)
            elif _alive(on_error):
                on_error(error)

        self.work.write(Task(lambda: operation(workspace), done, failed))

    def read(
        self,
        function: Callable[[Workspace], T],
        on_done: Callable[[T], object],
        key: str | None = None,
        on_error: Callable[[Exception], object] | None = None,
    ) -> None:
        """Ask the workspace in the background; the answer comes in the UI thread, unless a newer question has its key."""
        workspace = self._need()
        task = Task(
            lambda: function(workspace), on_done, on_error or self.show_error, lambda: self.workspace is workspace
        )
        self.work.read(task, key)

    def show_error(self, error: Exception) -> None:
        """Tell an error that no place on the page takes."""
        from app.gui.widgets.errors import sentence

        self.notice(sentence(error), kind="error", details="".join(traceback.format_exception(error)))

    def open_workspace(
        self,
        path: Path | str,
        create: bool = False,
        on_done: Callable[[Workspace], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
    ) -> None:
        """Close the workspace that is open and open another, in the background."""
        self.close_workspace()
        self.opening.emit(str(path))
        self._wishes += 1
        wish = self._wishes

        def work() -> Workspace:
            from engine.workspace import Workspace

            while self._unclaimed:  # another was asked for before this one was shown
                self._unclaimed.pop().close()
            opened = Workspace.create(path) if create else Workspace.open(path)
            if author := self.settings.author:
                opened.author = author
            self._unclaimed.append(opened)
            return opened

        def done(workspace: Workspace) -> None:
            if wish != self._wishes or not self._claim(workspace):
                return  # the newer wish closes it
            self.opening.emit("")
            self.use(workspace)
            if on_done is not None and _alive(on_done):
                on_done(workspace)

        def failed(error: Exception) -> None:
            self.opening.emit("")
            if on_error is not None and _alive(on_error):
                on_error(error)
            else:
                self.show_error(error)

        self.work.write(Task(work, done, failed))

    def use(self, workspace: Workspace) -> None:
        """Show a workspace that is open already."""
        self.workspace = workspace
        self.settings.remember(workspace.path, workspace.name)
        self.workspace_opened.emit(workspace)

    def _claim(self, workspace: Workspace) -> bool:
        """Take an opened workspace; False when a newer wish has closed it already."""
        try:
            self._unclaimed.remove(workspace)
        except ValueError:
            return False
        return True

    def close_workspace(self) -> None:
        """Tell the pages, then close in the background."""
        workspace, self.workspace = self.workspace, None
        if workspace is not None:
            self.workspace_closing.emit()
            self.work.write(Task(workspace.close, None, self.show_error))

    def stop(self) -> None:
        """Close everything at the end of the program."""
        workspace, self.workspace = self.workspace, None
        self.work.stop()
        for left in filter(None, (workspace, *self._unclaimed)):
            with contextlib.suppress(Exception):
                left.close()

    def _need(self) -> Workspace:
        if self.workspace is None:
            raise RuntimeError("no workspace is open")
        return self.workspace


def _alive(call: Callable[..., Any]) -> bool:
    from app.gui.shell.work import alive

    return alive(call)
