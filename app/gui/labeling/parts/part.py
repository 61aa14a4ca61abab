"""A part of the labelling page: some actions, tools, a section of the side panel, something drawn over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QMenu, QWidget

    from app.gui.labeling.actions import Entry
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from app.gui.labeling.tools import Tool
    from engine.changes import Changes
    from engine.data.records import Annotation
    from engine.workspace import Workspace


class Part(QObject):
    """Everything has an empty default; a part overrides what it needs.

    `page.editing.edit(edits, action)` is the one way to change the open item's annotations, `page.writer.write(…)` the
    one to change anything else, `page._ask(question, answer)` reads in the background.
    """

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.page = page

    def entries(self) -> Sequence[Entry]:
        """Its actions in the language of the window; `do` is called with the name of one that is triggered."""
        return ()

    def do(self, name: str) -> None:
        """Carry out one of its actions. A tool with the name of an entry is taken without asking here."""

    def tools(self) -> Sequence[Tool]:
        """What the mouse can do on the canvas; each is taken by the (checkable, group "tool") entry of its name."""
        return ()

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        """Widgets for the side panel, with the tab each stands in: shapes, history, assist, review, or foot.

        "foot" is always in sight, above the buttons at the lower end. Asked once.
        """
        return ()

    def bars(self) -> Sequence[QWidget]:
        """Widgets between the canvas and the film strip. Asked once."""
        return ()

    def opened(self, workspace: Workspace) -> None:
        """A workspace was opened."""

    def closed(self) -> None:
        """The workspace was closed: forget all of it."""

    def shown(self, item: int | None, **wishes: Any) -> None:
        """The page comes into sight, with what it was asked to show beside an item and items."""

    def arrange(self, found: OpenItem) -> OpenItem:
        """What is to be shown of an item that was read: all of it, unless a part hides some."""
        return found

    def going(self, item_id: int, by: int) -> None:
        """The person goes on (by 1) or back (by -1) from an item."""

    def item_shown(self, found: OpenItem) -> None:
        """Another item is on the canvas, or the same one was read anew."""

    def document_changed(self) -> None:
        """The shapes of the open item changed."""

    def selection_changed(self) -> None:
        """Other shapes are selected: do what the person's next move needs, and leave the rest to `selection_shown`."""

    def selection_shown(self) -> None:
        """The canvas shows which shapes are selected: the time to fill panels."""

    def refresh(self, changes: Changes) -> None:
        """Something in the workspace changed, here or elsewhere."""

    def retranslate(self) -> None:
        """Take the words of the language."""

    def take_theme(self) -> None:
        """Take the colours of the theme."""

    def paint(self, painter: QPainter) -> None:
        """Draw over the shapes, in px of the widget; `page.canvas.view` says where the image lies. Called often."""

    def menu(self, menu: QMenu, shapes: Sequence[Annotation]) -> None:
        """Add to the canvas's context menu for the selected shapes."""

    def finish(self) -> None:
        """The program ends: stop what runs beside it."""
