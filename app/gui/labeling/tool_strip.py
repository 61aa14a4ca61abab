"""The strip of buttons at the left of the canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.gui.labeling.actions import Entry
from app.gui.widgets.controls import line

WIDTH = 52


class FamilyButton(QToolButton):
    """One button for several tools: it shows the one used last; a long press, a right click or Down folds all out."""

    def __init__(self, actions: Sequence[QAction]) -> None:
        super().__init__()
        menu = QMenu(self)
        for action in actions:
            menu.addAction(action)
            action.toggled.connect(lambda on, action=action: self.setDefaultAction(action) if on else None)
        self.setMenu(menu)
        self.setDefaultAction(actions[0])
        self.setPopupMode(QToolButton.ToolButtonPopupMode.DelayedPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.showMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self.showMenu()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().placeholderText())
        corner = QPointF(self.width() - 4.0, self.height() - 4.0)
        painter.drawPolygon(QPolygonF([corner, corner - QPointF(5, 0), corner - QPointF(0, 5)]))
        painter.end()


class ToolStrip(QFrame):
    """One button for each action that has a picture, those of one group together; a family shares one."""

    def __init__(self, entries: Sequence[Entry], actions: Mapping[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("kind", "rail")
        self.setFixedWidth(WIDTH)
        self.buttons: dict[str, QToolButton] = {}
        scroll = QScrollArea(self)
        inside = QWidget(scroll)
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
                if entry.icon and entry.group == group and not entry.family:
                    names = [entry.name, *(other.name for other in entries if other.family == entry.name)]
                    column.addWidget(self._button(names, actions))
        column.addStretch(1)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _button(self, names: Sequence[str], actions: Mapping[str, QAction]) -> QToolButton:
        family = [actions[name] for name in names]
        button = FamilyButton(family) if len(family) > 1 else QToolButton()
        button.setDefaultAction(family[0])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setIconSize(QSize(20, 20))
        button.setFixedSize(35, 32)
        self.buttons |= dict.fromkeys(names, button)
        return button
