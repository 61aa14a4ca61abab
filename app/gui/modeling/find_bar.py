"""Find in the drawing: a bar over the canvas, rings around what is found, next and previous."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from app.gui.modeling.items import Halo
from app.gui.modeling.library import graph_of, language

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QGraphicsItem

    from app.gui.modeling.editor import GraphEditor
    from engine.modeling.search import Hit

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
FROM_EDGE = 12


class FindBar(QFrame):
    """Lies in the upper right corner of the canvas; Escape closes it."""

    def __init__(self, editor: GraphEditor) -> None:
        super().__init__(editor.canvas)
        self._editor = editor
        self.hits: list[Hit] = []
        self.at = -1
        self._halos: list[Halo] = []
        self.setProperty("kind", "card")
        self.text, self.count = QLineEdit(), QLabel()
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(200)
        self.count.setProperty("kind", "quiet")
        self.previous, self.following, self.leave = QToolButton(), QToolButton(), QToolButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(4)
        for part in (self.text, self.count, self.previous, self.following, self.leave):
            row.addWidget(part)
        self.previous.clicked.connect(lambda: self.step(-1))
        self.following.clicked.connect(lambda: self.step(1))
        self.leave.clicked.connect(self.close_bar)
        self.text.textChanged.connect(self._search)
        self.text.installEventFilter(self)
        editor.canvas.installEventFilter(self)
        self._again = QTimer(self, singleShot=True, interval=120)
        self._again.timeout.connect(self.look_again)
        for changed in (
            editor.document.content_changed,
            editor.document.group_changed,
            editor.document.comment_changed,
        ):
            changed.connect(self._look_soon)
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.text.setPlaceholderText(self.tr("Name, parameter, value, comment…"))
        self.text.setAccessibleName(self.tr("Find in the drawing"))
        for button, words in (
            (self.previous, self.tr("Previous (Shift+Return)")),
            (self.following, self.tr("Next (Return)")),
            (self.leave, self.tr("Close (Escape)")),
        ):
            button.setToolTip(words)
            button.setAccessibleName(words)
        self._tell()

    def set_icons(self, icon: Callable[[str], QIcon]) -> None:
        """Take the icons of the theme."""
        for button, name in ((self.previous, "chevron-left"), (self.following, "chevron-right"), (self.leave, "close")):
            button.setIcon(icon(name))

    def open_bar(self) -> None:
        """Come up and take the keys."""
        self.show()
        self._place()
        self.text.setFocus()
        self.text.selectAll()
        self._search()

    def close_bar(self) -> None:
        """Go, with the rings; the canvas has the keys again."""
        self.hide()
        self._clear()
        self._editor.canvas.setFocus()

    def step(self, by: int) -> None:
        """Go to the next or the previous place."""
        if self.hits:
            self._go(0 if self.at < 0 and by > 0 else (self.at + by) % len(self.hits))

    def _look_soon(self) -> None:
        self._again.start()

    def look_again(self) -> None:
        """The drawing changed: what is found may be other."""
        if self.isVisible():
            here = self.hits[self.at] if 0 <= self.at < len(self.hits) else None
            self._find()
            same = [number for number, hit in enumerate(self.hits) if here is not None and hit.id == here.id]
            self.at = same[0] if same else -1
            self._ring()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._editor.canvas:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if event.key() in ENTER:
                self.step(-1 if back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close_bar()
                return True
        return super().eventFilter(watched, event)

    def _search(self) -> None:
        self._find()
        self.at = -1
        if self.hits:
            self._go(0)
        else:
            self._ring()

    def _find(self) -> None:
        from engine.modeling.search import find

        hits = find(graph_of(self._editor.document), self.text.text(), language())
        places = {hit: self._item(hit).scenePos() for hit in hits}
        self.hits = sorted(hits, key=lambda hit: (places[hit].y(), places[hit].x()))

    def _go(self, number: int) -> None:
        self.at = number
        item = self._item(self.hits[number])
        self._editor.scene.clearSelection()
        item.setSelected(True)
        self._editor.canvas.bring(item)
        self._ring()

    def _item(self, hit: Hit) -> QGraphicsItem:
        """What is seen of a place: the card, the box that hides it, the frame or the note."""
        scene = self._editor.scene
        if hit.kind == "comment":
            return scene.marks.comments[hit.id]
        if hit.kind == "group":
            return scene.marks.folded.get(hit.id) or scene.marks.frames[hit.id]
        return scene.shown_item(hit.id)

    def _ring(self) -> None:
        self._clear()
        for number, hit in enumerate(self.hits):
            color = self._editor.color("accent" if number == self.at else "warning")
            self._halos.append(Halo(self._item(hit), color, 3 if number == self.at else 1.5))
        self._tell()

    def _clear(self) -> None:
        for halo in self._halos:
            halo.take_away()
        self._halos = []

    def _tell(self) -> None:
        text = self.tr("{} of {}").format(self.at + 1, len(self.hits)) if self.hits else self.tr("nothing")
        self.count.setText(text if self.text.text().strip() else "")
        self.count.setToolTip(self.hits[self.at].text if 0 <= self.at < len(self.hits) else "")
        self._place()

    def _place(self) -> None:
        self.adjustSize()
        self.move(self._editor.canvas.width() - self.width() - FROM_EDGE, FROM_EDGE)
        self.raise_()
