"""A list of components that comes up on the canvas, to be narrowed by typing: for adding, and for the end of a loose wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.gui.modeling.palette import PaletteEntry, bar_icon
from app.gui.modeling.views import category_color

ROWS = 9
MOVES = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class QuickAdd(QFrame):
    """Type, arrows, Enter; Escape or a click elsewhere leaves it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("quick_add")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.search, self.list = QLineEdit(), QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self._take: Callable[[str], object] = lambda _: None
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)
        self.setFixedWidth(280)

    def offer(
        self, entries: Iterable[PaletteEntry], place: QPoint, take: Callable[[str], object], text: str = ""
    ) -> None:
        """Come up at a place of the screen; `take` gets the type of the chosen component."""
        self._take = take
        self.search.setPlaceholderText(self.tr("Find a component…"))
        self.search.setAccessibleName(self.tr("Find a component"))
        self.list.setAccessibleName(self.tr("Components"))
        self.list.clear()
        for entry in entries:
            item = QListWidgetItem(bar_icon(category_color(entry.section or entry.category)), entry.title, self.list)
            item.setData(Qt.ItemDataRole.UserRole, entry)
            item.setToolTip(entry.help)
        row = max(24, self.list.sizeHintForRow(0))
        self.list.setFixedHeight(min(ROWS, max(1, self.list.count())) * row + 4)
        self.search.setText(text)
        self._filter(text)
        self.adjustSize()
        self.move(place)
        self.show()
        self.search.setFocus()
        self.search.end(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in MOVES:
                self.list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.currentItem() is not None:
                self._choose(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _choose(self, item: QListWidgetItem) -> None:
        self.hide()
        self._take(item.data(Qt.ItemDataRole.UserRole).type)

    def _filter(self, text: str) -> None:
        """What begins so first; else what has it anywhere."""
        wanted, first, found = text.casefold().strip(), None, None
        for row in range(self.list.count()):
            item = self.list.item(row)
            entry: PaletteEntry = item.data(Qt.ItemDataRole.UserRole)
            item.setHidden(not entry.has(text))
            if not item.isHidden():
                found = found or item
                if first is None and entry.title.casefold().startswith(wanted):
                    first = item
        self.list.setCurrentItem(first or found)
