"""What an empty page shows: what belongs there, the button that brings it, the command that does the same."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.gui.shell.theme import theme
from app.gui.widgets.controls import label, primary_button

WIDTH = 460


class EmptyState(QWidget):
    """An icon, a title, a text, at most one button and the command that does the same."""

    def __init__(
        self,
        icon: str = "data",
        title: str = "",
        text: str = "",
        button: str = "",
        action: Callable[[], object] | None = None,
        command: str = "",
    ) -> None:
        super().__init__()
        self._icon = icon
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label("", "title")
        self.text = label("", "quiet", wrap=True)
        self.button = primary_button("", action)
        self.command = label("", "small")
        self.command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(10)
        layout.addStretch(2)
        for part in (self.picture, self.title, self.text, self.button, self.command):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setFixedWidth(WIDTH)
        self.show_text(title, text, button, command)
        theme().theme_changed.connect(self._tint)
        self._tint()

    def show_text(self, title: str, text: str, button: str = "", command: str = "", icon: str = "") -> None:
        """Change all texts, as after a switch of language."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setMinimumHeight(max(0, self.text.heightForWidth(WIDTH)))
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.command.setText(command)
        self.command.setVisible(bool(command))
        if icon:
            self._icon = icon
            self._tint()

    def _tint(self) -> None:
        self.picture.setPixmap(theme().icon(self._icon, "quiet").pixmap(40, 40))
