"""The code view: the module that the drawing compiles to, highlighted; lines can be marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from app.gui.shell.theme import mono_font

DARK_FROM = 128
OF_LIST = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape)


class CodeView(QPlainTextEdit):
    """Python code to read, select and copy, and to edit where that is allowed.

    Attributes:
        offered: the list of names that could stand here; while it is up, it gets the keys that choose and leave.
    """

    taken = Signal()  # Ctrl+Return while editing

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.offered: QWidget | None = None
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setStyleSheet("QPlainTextEdit { border: none; border-radius: 0; padding: 0 10px; font-size: 12px; }")
        self.setFont(mono_font())
        self._highlighter = PythonHighlighter(self.document(), colors)

    def show_code(self, text: str) -> None:
        """Show other code and stay at the same place."""
        if text != self.toPlainText():
            place = self.verticalScrollBar().value()
            self.setPlainText(text)
            self.verticalScrollBar().setValue(place)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._takes(event):
            event.accept()  # the window has the same keys for something else
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.offered is not None and self.offered.isVisible() and event.key() in OF_LIST:
            event.ignore()
        elif self._takes(event):
            self.taken.emit()
        elif event.key() == Qt.Key.Key_Tab and not self.isReadOnly():
            self.insertPlainText("    ")
        else:
            super().keyPressEvent(event)

    def _takes(self, event: QEvent) -> bool:
        return (
            not self.isReadOnly()
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        )

    def mark(self, lines: Iterable[int], color: QColor | None = None) -> None:
        """Underline lines, counted from 1, in place of those marked before."""
        marks = []
        for line in lines:
            block = self.document().findBlockByNumber(line - 1)
            if line < 1 or not block.isValid():
                continue
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(block)
            mark.cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            mark.format.setUnderlineColor(color or QColor("red"))
            marks.append(mark)
        self.setExtraSelections(marks)

    def recolor(self) -> None:
        """Highlight again in the colours of another theme."""
        self._highlighter.rehighlight()


class PythonHighlighter(QSyntaxHighlighter):
    """Colours Python by pygments' tokens; without pygments the text stays plain."""

    def __init__(self, document: QTextDocument, colors: Callable[[str], QColor]) -> None:
        super().__init__(document)
        self._colors = colors

    def highlightBlock(self, text: str) -> None:
        inside = self.previousBlockState() == 1
        quotes = text.count('"""')
        self.setCurrentBlockState(1 if inside != bool(quotes % 2) else 0)
        if inside or (quotes and text.lstrip().startswith('"""')):
            self.setFormat(0, len(text), self._format("string"))
            return
        for start, kind, value in _tokens(text):
            self.setFormat(start, len(value), self._format(kind))

    def _format(self, kind: str) -> QTextCharFormat:
        light = self._colors("panel").lightness() > DARK_FROM
        shades = {
            "keyword": "#6941c6" if light else "#b692f6",
            "string": "#067647" if light else "#75e0a7",
            "number": "#b54708" if light else "#fdb022",
            "comment": "#667085" if light else "#98a2b3",
            "name": "#175cd3" if light else "#84caff",
        }
        style = QTextCharFormat()
        style.setForeground(QColor(shades[kind]))
        if kind == "name":
            style.setFontWeight(600)
        return style


def _tokens(text: str) -> list[tuple[int, str, str]]:
    lexer, families = _pygments()
    if lexer is None:
        return []
    found = []
    for start, token, value in lexer.get_tokens_unprocessed(text):
        kind = next((kind for family, kind in families if token in family), None)
        if kind is not None:
            found.append((start, kind, value))
    return found


@cache
def _pygments() -> tuple:  # type: ignore[type-arg]
    try:
        from pygments.lexers.python import PythonLexer
        from pygments.token import Comment, Keyword, Name, Number, Operator, String
    except ImportError:
        return None, ()
    families = (
        (Comment, "comment"),
        (Keyword, "keyword"),
        (Operator.Word, "keyword"),
        (String, "string"),
        (Number, "number"),
        (Name.Class, "name"),
        (Name.Function, "name"),
    )
    return PythonLexer(ensurenl=False), families
