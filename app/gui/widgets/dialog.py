"""The frame of a dialog: title, explanation, fields, an error line, buttons at the lower right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.gui.widgets.controls import button, label, primary_button, row
from app.gui.widgets.errors import ErrorLine


class Dialog(QDialog):
    """A dialog; add fields to `body`, set `on_accept` to what the main button does."""

    def __init__(
        self, parent: QWidget, title: str, text: str = "", accept: str = "", cancel: str = "", width: int = 480
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(width)
        self.title, self.text = label(title, "title"), label(text, "quiet", wrap=True)
        self.text.setVisible(bool(text))
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        self.error = ErrorLine()
        self.accept_button = primary_button(accept, self._accept)
        self.accept_button.setDefault(True)
        self.accept_button.setVisible(bool(accept))
        self.cancel_button = button(cancel or self.tr("Cancel"), self.reject)
        self.buttons = row(1, self.cancel_button, self.accept_button)
        self.on_accept: Callable[[], bool | None] = lambda: None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.setSpacing(12)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(self.body, 1)
        layout.addWidget(self.error)
        layout.addWidget(self.buttons)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def _accept(self) -> None:
        if self.on_accept() is not False:
            self.accept()
