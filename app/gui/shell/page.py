"""What every page of the window is: a widget that is told when to show, to refresh and to speak another language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.workspace import Workspace


class Page(QWidget):
    """Base of all pages. A page asks the engine through `self.shell` and never knows another page.

    Attributes:
        undoes: Ctrl+Z there is a stack of the page's own, and not the edit log of the workspace.
        whole: False while it is being made; it gets its texts once it is whole.
    """

    undoes = False
    whole = True

    def __init__(self, shell: Shell) -> None:
        super().__init__(
            shell.room
        )  # its place from the start: a page that moves is styled anew with all that is in it
        self.shell = shell
        self.setProperty("kind", "page")

    def make(self) -> Iterator[None]:
        """Make what the constructor leaves out, a little at a time: the window answers in between."""
        yield from ()

    def opened(self, workspace: Workspace) -> None:
        """A workspace was opened, or this page was made while one is open."""

    def closed(self) -> None:
        """The workspace is about to be closed."""

    def shown(self, **arguments: Any) -> None:
        """The page came to the front, perhaps with something to show."""

    def refresh(self, changes: Changes) -> None:
        """Something changed; read again what is affected and shown."""

    def retranslate(self) -> None:
        """Set all texts in the language now chosen."""

    def commands(self) -> list[tuple[str, Any]]:
        """Pairs of text and function that the command palette offers while this page is shown."""
        return []

    def changeEvent(self, event: QEvent) -> None:
        """Pass a change of language on."""
        if event.type() == QEvent.Type.LanguageChange and self.whole:
            self.retranslate()
        super().changeEvent(event)
