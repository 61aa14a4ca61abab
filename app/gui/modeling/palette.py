"""The palette: every component by category, found by typing, added by double click, Enter or drag."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.gui.modeling.canvas import COMPONENT_MIME
from app.gui.modeling.views import category_color

ENTRY_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class PaletteEntry:
    """One component on offer."""

    type: str
    title: str
    category: str
    category_title: str
    help: str = ""
    section: str = ""  # whose colour it has; of most the category itself

    def has(self, text: str) -> bool:
        """Whether what a person types is found in it."""
        return text.casefold().strip() in f"{self.title} {self.type} {self.category_title} {self.help}".casefold()


class Palette(QWidget):
    """Search field over a tree of components."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.tree = _Tree()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, 1)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.tree.itemActivated.connect(lambda item: self._choose(item))
        self.retranslate()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.search.setPlaceholderText(self.tr("Find a component…"))
        self.search.setAccessibleName(self.tr("Find a component"))
        self.tree.setAccessibleName(self.tr("Components"))

    def show_entries(self, entries: Iterable[PaletteEntry]) -> None:
        """Offer these components."""
        self.tree.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for entry in entries:
            group = groups.get(entry.category)
            if group is None:
                group = groups[entry.category] = QTreeWidgetItem(self.tree, [entry.category_title, ""])
                group.setFlags(Qt.ItemFlag.ItemIsEnabled)
                font = group.font(0)
                font.setWeight(font.Weight.DemiBold)
                group.setFont(0, font)
            item = QTreeWidgetItem(group, [entry.title])
            item.setData(0, ENTRY_ROLE, entry)
            item.setToolTip(0, entry.help)
            item.setIcon(0, bar_icon(category_color(entry.section or entry.category)))
            item.setFirstColumnSpanned(True)
            item.setDisabled(not entry.type)
        for group in groups.values():
            group.setText(1, str(group.childCount()))
            group.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.tree.expandAll()
        self._filter(self.search.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            first = self._first_visible()
            if event.key() == Qt.Key.Key_Down and first is not None:
                self.tree.setFocus()
                self.tree.setCurrentItem(first)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and first is not None:
                self._choose(first)
                return True
        return super().eventFilter(watched, event)

    def _choose(self, item: QTreeWidgetItem) -> None:
        entry = item.data(0, ENTRY_ROLE)
        if entry is not None and entry.type:
            self.chosen.emit(entry.type)

    def _filter(self, text: str) -> None:
        for index in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(index)
            shown = 0
            for row in range(group.childCount()):
                item = group.child(row)
                item.setHidden(not item.data(0, ENTRY_ROLE).has(text))
                shown += not item.isHidden()
            group.setHidden(not shown)

    def _first_visible(self) -> QTreeWidgetItem | None:
        for index in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(index)
            for row in range(group.childCount()):
                if not group.child(row).isHidden():
                    return group.child(row)
        return None


class _Tree(QTreeWidget):
    """A tree whose leaves can be dragged onto the canvas."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(8)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setFrameShape(self.Shape.NoFrame)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(20)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)

    def mimeData(self, items: list[QTreeWidgetItem]) -> QMimeData:  # type: ignore[override]
        data = QMimeData()
        entry = items[0].data(0, ENTRY_ROLE) if items else None
        if entry is not None:
            data.setData(COMPONENT_MIME, entry.type.encode())
        return data


@cache
def bar_icon(color: str) -> QIcon:
    """The bar in the colour of a category."""
    pixmap = QPixmap(10, 16)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.fillRect(3, 1, 3, 14, QColor(color))
    painter.end()
    return QIcon(pixmap)
