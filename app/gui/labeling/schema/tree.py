"""The labels as a tree: drag to re-parent and to reorder, rename in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QDropEvent, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from engine.data.records import Label

ID = Qt.ItemDataRole.UserRole


class LabelTree(QTreeWidget):
    """Shows the labels with key and number of shapes.

    Signals:
        arranged: [(label, parent or None), …] in their new order.
        renamed: label and name.
        remove_wanted: Delete was pressed.
        picked: the label that is chosen now; 0 for none.
    """

    arranged = Signal(list)
    renamed = Signal(int, str)
    remove_wanted = Signal()
    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("label_tree")
        self.setColumnCount(3)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            self.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setUniformRowHeights(True)
        self.setIndentation(18)
        self.itemChanged.connect(self._renamed)
        self.currentItemChanged.connect(lambda item, _old: self.picked.emit(item.data(0, ID) if item else 0))

    def show_labels(
        self, labels: Sequence[Label], keys: Mapping[int, str], counts: Mapping[int, int], current: int
    ) -> None:
        """Show the labels in the order of the tree."""
        self.blockSignals(True)
        self.clear()
        items: dict[int, QTreeWidgetItem] = {}
        for label in labels:
            count = counts.get(label.id, 0)
            item = QTreeWidgetItem([label.name, keys.get(label.id, ""), f"{count:,}" if count else ""])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setIcon(0, swatch(label.color))
            item.setData(0, ID, label.id)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            above = items.get(label.parent) if label.parent is not None else None
            if above is None:
                self.addTopLevelItem(item)
            else:
                above.addChild(item)
            items[label.id] = item
        self.expandAll()
        if current in items:
            self.setCurrentItem(items[current])
        self.blockSignals(False)

    def edit(self, index: QModelIndex, *how: Any) -> bool:  # type: ignore[override]
        """Names are typed here; keys and counts are only shown."""
        return index.column() == 0 and bool(super().edit(index, *how))

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        QTimer.singleShot(0, self, self.tell_order)  # the tree is filled anew: not while Qt is still moving rows

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with arrows moves a label: up, down, below the one above it, and out again."""
        item = self.currentItem()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.key() == Qt.Key.Key_Delete and item is not None:
            self.remove_wanted.emit()
        elif (
            alt
            and item is not None
            and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)
        ):
            self._move(item, Qt.Key(event.key()))
        else:
            super().keyPressEvent(event)

    def tell_order(self) -> None:
        """Emit the labels with their parents as the tree shows them."""
        found: list[tuple[int, int | None]] = []

        def walk(item: QTreeWidgetItem, parent: int | None) -> None:
            for place in range(item.childCount()):
                child = item.child(place)
                found.append((child.data(0, ID), parent))
                walk(child, child.data(0, ID))

        walk(self.invisibleRootItem(), None)
        self.arranged.emit(found)

    def _move(self, item: QTreeWidgetItem, key: Qt.Key) -> None:
        above = item.parent() or self.invisibleRootItem()
        place = above.indexOfChild(item)
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            to, target = place + (-1 if key == Qt.Key.Key_Up else 1), above
            if not 0 <= to < above.childCount():
                return
        elif key == Qt.Key.Key_Right:
            if not place:
                return
            target = above.child(place - 1)
            to = target.childCount()
        else:
            if item.parent() is None:
                return
            target = above.parent() or self.invisibleRootItem()
            to = target.indexOfChild(above) + 1
        self.blockSignals(True)
        above.takeChild(place)
        target.insertChild(to, item)
        self.expandAll()
        self.setCurrentItem(item)
        self.blockSignals(False)
        self.tell_order()

    def _renamed(self, item: QTreeWidgetItem) -> None:
        self.renamed.emit(item.data(0, ID), item.text(0))


def swatch(color: str) -> QIcon:
    """A small square of a colour."""
    pixmap = QPixmap(14, 14)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(1, 1, 12, 12, 3, 3)
    painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # a selected row does not tint it
    return icon
