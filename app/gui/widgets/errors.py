"""An error at the place where it happened: one sentence, the fix as a link, details that fold out and can be copied."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.gui.shell.target_words import target_text
from app.gui.widgets.controls import label, link_button


def sentence(error: Exception) -> str:
    """What to tell a person about an error."""
    from engine.errors import LinesideError

    if isinstance(error, LinesideError):
        return target_text(str(error))
    text = QCoreApplication.translate("ErrorLine", "Something went wrong in the program itself: {error}")
    return text.format(error=f"{type(error).__name__}: {error}".strip(": "))


class ErrorLine(QFrame):
    """Hidden until `show_error`; the text can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "error")
        self.text = label("", "bad", wrap=True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.fix = link_button("")
        self.more = link_button("", self._fold)
        self.copy = link_button("", lambda: QGuiApplication.clipboard().setText(self.whole()))
        self.details = QPlainTextEdit()
        self.details.setProperty("kind", "log")
        self.details.setReadOnly(True)
        self.details.setFixedHeight(140)
        links = QHBoxLayout()
        links.setSpacing(12)
        for part in (self.fix, self.more, self.copy):
            links.addWidget(part)
        links.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addWidget(self.text)
        layout.addLayout(links)
        layout.addWidget(self.details)
        self._action: Callable[[], object] | None = None
        self.fix.clicked.connect(lambda: self._action() if self._action else None)
        self.details.hide()
        self.retranslate()
        self.hide()

    def show_error(
        self,
        error: Exception | str,
        fix_text: str = "",
        fix: Callable[[], object] | None = None,
        details: str = "",
    ) -> None:
        """Show an error, or a plain sentence."""
        given_fix = getattr(error, "fix", "") or ""
        if isinstance(error, Exception):
            details = details or "".join(traceback.format_exception(error))
            self.text.setText(sentence(error))
        else:
            self.text.setText(target_text(error))
        self._action = fix or (lambda: QGuiApplication.clipboard().setText(given_fix))
        self.fix.setText(fix_text or given_fix)
        self.fix.setToolTip("" if fix_text else self.tr("Copy this command"))
        self.fix.setVisible(bool(self.fix.text()))
        self.details.setPlainText(details)
        self.more.setVisible(bool(details))
        self.copy.setVisible(bool(details))
        self.details.hide()
        self.show()

    def clear(self) -> None:
        """Nothing is wrong any more."""
        self.hide()

    def whole(self) -> str:
        """Sentence and details."""
        return f"{self.text.text()}\n{self.details.toPlainText()}"

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.more.setText(self.tr("Details"))
        self.copy.setText(self.tr("Copy"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _fold(self) -> None:
        self.details.setVisible(self.details.isHidden())
