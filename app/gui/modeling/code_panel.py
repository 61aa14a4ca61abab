"""The code beside the drawing: to read, and to edit, so that the drawing follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.gui.modeling.code import CodeView
from app.gui.modeling.completer import CodeCompleter

LOOK_AFTER_MS = 350
FOLDED_HEIGHT = 40
ANY_HEIGHT = 16777215

Lost = Sequence[tuple[int, str]]  # line and statement that the drawing cannot say


class CodePanel(QFrame):
    """Shows code; while it is edited it says what of it can be drawn."""

    look_wanted = Signal(str)  # the text, some moments after a key
    take_wanted = Signal(str)

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "panel")
        self._colors = colors
        self.view = CodeView(colors)
        self.completer = CodeCompleter(self.view)
        self.editing = False
        self.view.setTabChangesFocus(True)
        self._sound, self._begun_with, self._newest = True, "", ""
        self.title, self.note = QLabel(), QLabel()
        self.title.setProperty("kind", "heading")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # a long one moves nothing
        self.edit, self.take, self.discard = QPushButton(), QPushButton(), QPushButton()
        self.copy, self.fold = QPushButton(), QPushButton()
        for button in (self.edit, self.discard, self.copy, self.fold):
            button.setProperty("kind", "flat")
        head = QHBoxLayout()
        head.setContentsMargins(16, 6, 10, 0)
        head.setSpacing(6)
        head.addWidget(self.title)
        head.addWidget(self.note, 1)
        for button in (self.take, self.discard, self.edit, self.copy, self.fold):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        self._look_timer = QTimer(self, singleShot=True, interval=LOOK_AFTER_MS)
        self._look_timer.timeout.connect(lambda: self.look_wanted.emit(self.text))
        self.view.textChanged.connect(self._typed)
        self.edit.clicked.connect(self.begin)
        self.take.clicked.connect(lambda: self.take_wanted.emit(self.text))
        self.discard.clicked.connect(self.end)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        self.fold.clicked.connect(self._fold)
        self.view.taken.connect(self.take.click)
        self.retranslate()

    @property
    def text(self) -> str:
        """What stands there now."""
        return self.view.toPlainText()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.title.setText(self.tr("Code"))
        self.edit.setText(self.tr("Edit"))
        self.edit.setToolTip(self.tr("Change the code here; the drawing follows"))
        self.take.setText(self.tr("Take over"))
        self.take.setToolTip(self.tr("Draw what the code says (Ctrl+Return)"))
        self.discard.setText(self.tr("Discard"))
        self.discard.setToolTip(self.tr("Back to the code of the drawing"))
        self.copy.setText(self.tr("Copy"))
        self.fold.setText(self.tr("Show") if self.view.isHidden() else self.tr("Hide"))
        self.view.setAccessibleName(self.tr("Code of the model"))
        self._show()

    def recolor(self) -> None:
        """Draw in the colours of another theme."""
        self.view.recolor()
        self._show()

    def show_code(self, code: str) -> None:
        """The drawing's code; empty while the drawing has errors. What is being edited stays."""
        self._sound = bool(code)
        self._newest = code or self._newest
        if not self.editing:
            self.view.show_code(self._newest)
        self._show()

    def begin(self) -> None:
        """Let the person type."""
        self.editing, self._begun_with = True, self._newest
        self.view.setReadOnly(False)
        self.view.setTabChangesFocus(False)
        self.view.setFocus()
        self._show()

    def end(self) -> None:
        """Back to the code of the drawing."""
        self.editing = False
        self._look_timer.stop()
        self.view.setReadOnly(True)
        self.view.setTabChangesFocus(True)
        self.view.mark(())
        self.view.show_code(self._newest)
        self._show()

    def show_look(self, text: str, lost: Lost) -> None:
        """What the drawing would not say of the text that was looked at."""
        if not self.editing or text != self.text:
            return
        self.view.mark([line for line, _ in lost], self._colors("warning"))
        self.take.setEnabled(True)
        if not lost:
            changed = self._newest != self._begun_with
            meanwhile = self.tr("The drawing was changed meanwhile; taking over puts the code in its place.")
            self._say(meanwhile if changed else self.tr("all of it can be drawn"), "warning" if changed else "good")
            return
        line, statement = lost[0]
        where = self.tr("line {0}: {1}").format(line, statement) if line else statement
        more = self.tr(" (and {0} more)").format(len(lost) - 1) if len(lost) > 1 else ""
        self._say(self.tr("The drawing cannot say {0}{1}").format(where, more), "warning")

    def show_error(self, text: str, message: str, line: int) -> None:
        """The text cannot be read at all."""
        if self.editing and text == self.text:
            self.view.mark([line], self._colors("bad"))
            self.take.setEnabled(False)
            self._say(message, "bad")

    def _typed(self) -> None:
        if self.editing:
            self._look_timer.start()

    def _show(self) -> None:
        self.edit.setVisible(not self.editing and not self.view.isHidden())
        self.copy.setVisible(not self.editing and not self.view.isHidden())
        self.edit.setEnabled(bool(self._newest))
        for button in (self.take, self.discard):
            button.setVisible(self.editing)
        self.fold.setVisible(not self.editing)
        if self.editing:
            self._look_timer.start()
        elif self._sound:
            self._say(self.tr("is what runs: written from the drawing"), "quiet")
        else:
            self._say(self.tr("of the last drawing without errors"), "quiet")

    def _say(self, text: str, color: str) -> None:
        self.note.setText(text)
        self.note.setToolTip(text)
        self.note.setStyleSheet(f"color: {self._colors(color).name()}")

    def _fold(self) -> None:
        shown = self.view.isHidden()
        self.view.setVisible(shown)
        self.setMaximumHeight(ANY_HEIGHT if shown else FOLDED_HEIGHT)
        self.retranslate()
