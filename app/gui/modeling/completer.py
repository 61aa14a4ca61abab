"""Names that come up while one types code: arrows choose, Enter or Tab takes, Escape leaves; the call's form stands above."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QCompleter, QToolTip

from app.gui.modeling.code import CodeView

AFTER_MS = 120
LETTERS = 2  # typed before names come up by themselves
WIDTH_PX = 280
LONGEST_CALL = 160


class CodeCompleter(QObject):
    """Asks what fits where the cursor stands in a view of code, and offers it."""

    wanted = Signal(str, int, int)  # the text, line from 1, column from 0

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self.view = view
        self._names = QStringListModel(self)
        self.list = QCompleter(self._names, self)
        self.list.setWidget(view)
        self.list.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.list.popup().setFont(view.font())
        self.list.activated[str].connect(self._take)
        view.offered = self.list.popup()
        self._asked: tuple[str, int, int] | None = None
        self._timer = QTimer(self, singleShot=True, interval=AFTER_MS, timeout=self.ask)
        view.installEventFilter(self)
        view.textChanged.connect(self._typed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.view or not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        asks = event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if asks and not self.view.isReadOnly():
            self.ask()
            return True
        return False

    def ask(self) -> None:
        """Want to know what fits here."""
        cursor = self.view.textCursor()
        self._asked = (self.view.toPlainText(), cursor.blockNumber() + 1, cursor.positionInBlock())
        self.wanted.emit(*self._asked)

    def show(self, text: str, names: Sequence[str], call: str) -> None:
        """Offer what was found for a text; nothing when something else stands there by now."""
        cursor = self.view.textCursor()
        if self._asked is None or text != self.view.toPlainText() or cursor.blockNumber() + 1 != self._asked[1]:
            return
        self._names.setStringList(list(dict.fromkeys(names)))
        self._offer()
        if call and not self.list.popup().isVisible():
            place = self.view.cursorRect().topLeft()
            place.setY(place.y() - 3 * self.view.fontMetrics().height())
            shown = call if len(call) <= LONGEST_CALL else call[: LONGEST_CALL - 1] + "…"
            QToolTip.showText(self.view.viewport().mapToGlobal(place), shown, self.view)

    def _typed(self) -> None:
        """Narrow what is offered, or ask anew."""
        if self.view.isReadOnly():
            return
        word, popup = self._word(), self.list.popup()
        if popup.isVisible():
            self._offer()
        if not popup.isVisible() and (len(word) >= LETTERS or self._before()[-1:] in (".", "(")):
            self._timer.start()

    def _offer(self) -> None:
        word = self._word()
        self.list.setCompletionPrefix(word)
        only = self.list.completionCount() == 1 and self.list.currentCompletion() == word
        if not self.list.completionCount() or only or not (word or self._behind_dot()):
            self.list.popup().hide()
            return
        self.list.popup().setCurrentIndex(self.list.completionModel().index(0, 0))
        place = self.view.cursorRect()
        place.setWidth(WIDTH_PX)
        self.list.complete(place)

    def _take(self, name: str) -> None:
        self.list.popup().hide()
        cursor = self.view.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(self._word()))
        cursor.insertText(name)
        self.view.setTextCursor(cursor)

    def _before(self) -> str:
        cursor = self.view.textCursor()
        return cursor.block().text()[: cursor.positionInBlock()]

    def _behind_dot(self) -> bool:
        return self._before().endswith(".")

    def _word(self) -> str:
        """The beginning of the name that the cursor stands behind."""
        before = self._before()
        start = len(before)
        while start and (before[start - 1].isalnum() or before[start - 1] == "_"):
            start -= 1
        return before[start:]
