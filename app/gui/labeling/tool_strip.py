"""The strip of buttons at the left of the canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.gui.labeling.actions import Entry
from app.gui.widgets.controls import line

WIDTH = 52


class ToolStrip(QFrame):
    """One button for each action that has a picture, those of one group together."""

    def __init__(self, entries: Sequence[Entry], actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setProperty("kind", "rail")
        self.setFixedWidth(WIDTH)
        self.buttons: dict[str, QToolButton] = {}
        inside = QWidget()
        inside.setProperty("kind", "rail")
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        groups = dict.fromkeys(entry.group for entry in entries if entry.icon)
        for place, group in enumerate(groups):
            if place:
                column.addSpacing(4)
                column.addWidget(line())
                column.addSpacing(4)
            for entry in entries:
                if entry.icon and entry.group == group:
                    column.addWidget(self._button(entry, actions[entry.name]))
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _button(self, entry: Entry, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setIconSize(QSize(20, 20))
        button.setFixedSize(35, 32)
        self.buttons[entry.name] = button
        return button
