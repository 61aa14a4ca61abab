"""The history of the open item: a slider shows it as it was, and one key brings that state back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.document import Document
from app.gui.labeling.parts.history_panel import HistoryPanel, moment
from app.gui.labeling.parts.part import Part
from app.gui.operations import history as operations
from app.gui.operations import labeling

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from engine.data.records import Annotation
    from engine.labeling.timeline import Timeline
    from engine.workspace import Workspace

REACH = 6.0  # px of the widget within which a click means a shape


class HistoryPart(Part):
    """While the past is shown the canvas holds a document of no item: nothing can be changed in it.

    Attributes:
        place: which state is shown; None: the present.
    """

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.place: int | None = None
        self.story: Timeline | None = None
        self._present: Document | None = None
        self._wanted: int | None = None  # a state asked for before the history was read
        self.panel = HistoryPanel()
        self.panel.moved.connect(self.show_state)
        self.panel.restore.connect(lambda: self.do("history_restore"))
        self.panel.restore_shape.connect(self._restore_shape)
        self.panel.now.connect(self.leave)
        page.canvas.installEventFilter(self)
        page.side.tabs.currentChanged.connect(lambda _: self._read_if_seen())
        page.side.history.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        page.side.history.itemActivated.connect(lambda item: self._listed(page.side.history.row(item)))
        page.side.history.itemClicked.connect(lambda item: self._listed(page.side.history.row(item)))

    def entries(self) -> Sequence[Entry]:
        return [
            Entry("history_earlier", self.tr("Show an earlier state"), ("Alt+Z",)),
            Entry("history_later", self.tr("Show a later state"), ("Alt+Shift+Z",)),
            Entry("history_restore", self.tr("Restore the state that is shown"), ("Alt+Return", "Alt+Enter")),
            Entry("history_now", self.tr("Back from an earlier state to now")),
        ]

    def do(self, name: str) -> None:
        if name == "history_now":
            self.leave()
        elif name == "history_restore" and self.place is not None and self.story is not None:
            self._restore(self.story.at(self.place))
        elif name in ("history_earlier", "history_later"):
            self.page.side.show_tab("history")
            self._step(-1 if name == "history_earlier" else 1)

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("history", self.panel)]

    def closed(self) -> None:
        self.story, self.place, self._present, self._wanted = None, None, None, None

    def item_shown(self, found: OpenItem) -> None:
        self.place, self._present, self.story = None, None, None
        self.panel.show_place(0, [], 0)
        self.panel.show_shape([], past=False)
        self._read_if_seen()

    def document_changed(self) -> None:
        if self.place is None and self.page.canvas.document.item_id:
            self.panel.show_shape([], past=False)  # told anew when it is stored

    def selection_shown(self) -> None:
        self._show_blame()

    def retranslate(self) -> None:
        self.panel.retranslate()
        self._say()

    def menu(self, menu: QMenu, shapes: Sequence[Annotation]) -> None:
        if len(shapes) == 1 and self.place is None:
            menu.addAction(self.tr("Who made it so"), lambda: self.page.side.show_tab("history"))

    # the past

    def show_state(self, place: int) -> None:
        """Show the item as it was after an action; the last one is the present."""
        story, canvas, found = self.story, self.page.canvas, self.page._open
        if story is None or found is None:
            self._wanted = place
            self._read()
            return
        if place >= len(story.entries) - 1:
            self.leave()
            return
        if self.place is None:
            if canvas.document.item_id != story.item_id:
                return
            canvas.tool.cancel()
            self._present = canvas.document
        self.place = max(place, 0)
        present = self._present
        assert present is not None
        chosen = list(canvas.selection)
        self._put(Document(0, present.width, present.height, story.at(self.place)))
        canvas.select([ident for ident in chosen if ident in canvas.document])
        self._say()

    def leave(self) -> None:
        """Show the present again."""
        if self.place is None:
            self._say()
            return
        present, self.place, self._present = self._present, None, None
        if present is not None:
            chosen = list(self.page.canvas.selection)
            self._put(present)
            self.page.canvas.select([ident for ident in chosen if ident in present])
        self._say()
        self.page._reread()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """In the past a click selects and Escape goes back; nothing else reaches the document."""
        if self.place is None:
            return False
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
            elif event.type() == QEvent.Type.KeyPress:
                self.leave()
            return True
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            self._click(event.position())
        return False

    def paint(self, painter: QPainter) -> None:
        """Say over the picture that this is the past."""
        if self.place is None or self.story is None:
            return
        canvas = self.page.canvas
        color = QColor(self.page.shell.theme.color("warning"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 4))
        painter.drawRect(canvas.rect().adjusted(2, 2, -2, -2))
        entry = self.story.entries[self.place]
        text = self.tr("As it was at {0} · only to look at · Alt+Enter restores it · Esc goes back")
        canvas.draw_chip(painter, text.format(moment(entry.at)), QPointF(14, 14), bold=True)

    def _put(self, document: Document) -> None:
        """Show a document of the open item without moving the view."""
        page = self.page
        found = page._open
        if found is None or found.image is None:
            return
        picture = page.loader.get((str(found.image.path), found.image.page)) or page.canvas.picture
        page.canvas.show_item(document, picture, keep_view=True)
        page._show_document()

    def _click(self, at: QPointF) -> None:
        canvas = self.page.canvas
        x, y = canvas.view.to_image(at)
        canvas.select(canvas.document.at(x, y, REACH / canvas.view.scale)[:1])

    def _listed(self, row: int) -> None:
        """A line of the list was chosen: the newest stands first."""
        if self.story is None:
            self._wanted = -1 - row
            self._read()
            return
        self.show_state(len(self.story.entries) - 1 - row)

    def _step(self, by: int) -> None:
        if self.story is None:
            self._wanted = by - 1
            self._read()
            return
        now = self.place if self.place is not None else len(self.story.entries) - 1
        self.show_state(min(max(now + by, 0), len(self.story.entries) - 1))

    # reading and writing

    def _read_if_seen(self) -> None:
        if self.page.side.tabs.currentIndex() == 1 and self.story is None:
            self._read()

    def _read(self) -> None:
        item = self.page.item_id
        blind = self.page.editing.store is not labeling  # in a blind round nobody sees what others did
        if item and not blind:

            def question(ws: Workspace) -> Timeline:
                from engine.labeling.timeline import timeline

                return timeline(ws, item)

            self.page._ask(question, self._take)

    def _take(self, story: Timeline) -> None:
        if story.item_id != self.page.item_id or self.place is not None:
            return
        self.story = story
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self.show_state(max(wanted if wanted >= 0 else len(story.entries) + wanted, 0))
        else:
            self._say()

    def _restore(self, states: Sequence[Annotation], only: Sequence[int] | None = None) -> None:
        item = self.story.item_id if self.story is not None else 0
        self.leave()
        self.page.writer.write(operations.restore(item, states, only), self.tr("Restore earlier state"))

    def _restore_shape(self) -> None:
        chosen = list(self.page.canvas.selection)
        if self.place is not None and self.story is not None and chosen:
            self._restore(self.story.at(self.place), chosen)

    def _say(self) -> None:
        entries = self.story.entries if self.story is not None else []
        place = self.place if self.place is not None else max(len(entries) - 1, 0)
        self.panel.show_place(place, entries, len(self.page.canvas.document))
        self.page.side.history.setCurrentRow(len(entries) - 1 - place if self.place is not None else -1)
        self._show_blame()

    def _show_blame(self) -> None:
        from engine.labeling.blame import of_shape

        canvas, story = self.page.canvas, self.story
        shape = canvas.document.get(canvas.selection[0]) if len(canvas.selection) == 1 else None
        past = self.place is not None
        if shape is None or story is None:
            self.panel.show_shape([], past=past)
            return
        until = story.entries[self.place].at if self.place is not None else None
        self.panel.show_shape(of_shape(story, shape, until), past=past)
