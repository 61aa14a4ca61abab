"""The list of labels: colour, name, key; choose, add, rename, recolour, reorder, remove."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QDropEvent, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.gui.shell.theme import theme
from engine.data.records import Label
from engine.labeling import schema

ID, COLOR, KEY, DEPTH = (Qt.ItemDataRole.UserRole + n for n in range(4))
ROW, INDENT = 30, 14


class LabelList(QWidget):
    """Shows the labels and lets a person change them.

    Signals:
        chosen: the id of the label that new shapes get.
        added, renamed, recolored, key_wanted, reordered, remove_wanted: what a person asks for; it is done elsewhere.
    """

    chosen = Signal(int)
    added = Signal(str)
    renamed = Signal(int, str)
    recolored = Signal(int, str)
    key_wanted = Signal(int, str)
    reordered = Signal(list)
    remove_wanted = Signal(int)
    schema_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = _Rows(self)
        self.list.setObjectName("label_list")
        self.list.setItemDelegate(_LabelDelegate(self.list))
        self.list.currentItemChanged.connect(self._chosen)
        self.list.itemChanged.connect(self._renamed)
        self.list.moved.connect(lambda: self.reordered.emit(self._order()))
        self.list.removed.connect(lambda: self._ask_remove(self.list.currentItem()))
        self.list.customContextMenuRequested.connect(self._menu)
        self.new_name = QLineEdit()
        self.new_name.setObjectName("new_label")
        self.new_name.returnPressed.connect(self._add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.list)
        layout.addWidget(self.new_name)
        self._labels: list[Label] = []
        self._rows = 9
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.new_name.setPlaceholderText(self.tr("New label: type its name, then Enter"))
        self.new_name.setToolTip(self.tr("Add a label (Ctrl+L)"))
        self.list.setToolTip(self.tr("Click or press its key: the label for new and selected shapes. F2 renames."))

    def set_labels(self, labels: Sequence[Label], current: int) -> None:
        """Show these labels."""
        self._labels = list(labels)
        keys = schema.keys(self._labels)
        self.list.blockSignals(True)
        self.list.clear()
        for label in self._labels:
            item = QListWidgetItem(label.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setData(ID, label.id)
            item.setData(COLOR, label.color)
            item.setData(KEY, keys.get(label.id, ""))
            item.setData(DEPTH, schema.depth(label, self._labels))
            self.list.addItem(item)
            if label.id == current:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self.list.setVisible(bool(self._labels))
        self.set_rows(self._rows)

    def set_rows(self, rows: int) -> None:
        """How many labels are seen without scrolling."""
        self._rows = rows
        self.list.setFixedHeight(min(max(len(self._labels), 1), rows) * (ROW + 2) + 2)

    def set_current(self, label_id: int) -> None:
        """Mark the label that new shapes get."""
        for row in range(self.list.count()):
            if self.list.item(row).data(ID) == label_id:
                self.list.blockSignals(True)
                self.list.setCurrentRow(row)
                self.list.blockSignals(False)
                self.list.viewport().update()

    def focus_new(self) -> None:
        """Put the cursor where a new label is typed."""
        self.new_name.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def menu_for(self, item: QListWidgetItem) -> QMenu:
        """What can be done with a label."""
        menu = QMenu(self)
        label_id = int(item.data(ID))
        self._action(menu, self.tr("Rename"), lambda: self.list.editItem(item), "F2")
        self._action(menu, self.tr("Colour…"), lambda: self._pick_color(item))
        keys = menu.addMenu(self.tr("Key"))
        for key in schema.KEYS:
            self._action(keys, key, lambda _=False, key=key: self.key_wanted.emit(label_id, key))
        self._action(keys, self.tr("By its place in the list"), lambda: self.key_wanted.emit(label_id, ""))
        menu.addSeparator()
        self._action(menu, self.tr("Move up"), lambda: self._move(item, -1), "Alt+Up")
        self._action(menu, self.tr("Move down"), lambda: self._move(item, 1), "Alt+Down")
        menu.addSeparator()
        self._action(menu, self.tr("Remove…"), lambda: self._ask_remove(item), "Del")
        menu.addSeparator()
        self._action(menu, self.tr("Attributes, skeleton, hierarchy…"), self.schema_wanted.emit, "Ctrl+E")
        return menu

    def _action(self, menu: QMenu, text: str, do: object, key: str = "") -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(do)
        if key:
            action.setText(f"{text}\t{key}")
        return action

    def _menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at) or self.list.currentItem()
        if item is not None:
            self.menu_for(item).popup(self.list.viewport().mapToGlobal(at))

    def _add(self) -> None:
        name = self.new_name.text().strip()
        if name:
            self.new_name.clear()
            self.added.emit(name)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(int(item.data(ID)))

    def _renamed(self, item: QListWidgetItem) -> None:
        label = next((label for label in self._labels if label.id == item.data(ID)), None)
        name = item.text().strip()
        if label is None or name == label.name:
            return
        self.list.blockSignals(True)
        item.setText(name or label.name)
        self.list.blockSignals(False)
        if name:
            self.renamed.emit(label.id, name)

    def _pick_color(self, item: QListWidgetItem) -> None:
        color = QColorDialog.getColor(QColor(item.data(COLOR)), self, self.tr("Colour of {0}").format(item.text()))
        if color.isValid():
            self.recolored.emit(int(item.data(ID)), color.name())

    def _move(self, item: QListWidgetItem, step: int) -> None:
        order = self._order()
        place = self.list.row(item)
        other = place + step
        if 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
            self.reordered.emit(order)

    def _ask_remove(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.remove_wanted.emit(int(item.data(ID)))

    def _order(self) -> list[int]:
        return [int(self.list.item(row).data(ID)) for row in range(self.list.count())]


class _Rows(QListWidget):
    """A list that tells when a row was dragged to another place, or Delete was pressed."""

    moved = Signal()
    removed = Signal()

    def __init__(self, owner: LabelList) -> None:
        super().__init__(owner)
        self._owner = owner
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(self.Shape.NoFrame)
        self.setSpacing(1)

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.currentItem() is not None:
            self.removed.emit()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._owner._move(self.currentItem(), -1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)


class _LabelDelegate(QStyledItemDelegate):
    """Draws a row: the colour, the name, the key."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect, palette = option.rect, option.palette
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("accent_ground" if chosen else "hover"))
            painter.drawRoundedRect(rect, 6, 6)
        if option.state & QStyle.StateFlag.State_HasFocus and chosen:
            painter.setPen(QPen(theme().color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(0, 0, -1, -1), 6, 6)
        swatch = QRect(rect.left() + 8 + INDENT * int(index.data(DEPTH) or 0), rect.center().y() - 5, 12, 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(index.data(COLOR)))
        painter.drawRoundedRect(swatch, 3, 3)
        key = str(index.data(KEY) or "")
        badge = QRect(rect.right() - 26, rect.center().y() - 10, 20, 20)
        painter.setPen(palette.text().color())
        painter.setFont(option.font)
        room = QRect(swatch.right() + 10, rect.top(), badge.left() - swatch.right() - 16, rect.height())
        name = option.fontMetrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        if key:
            painter.setPen(QPen(theme().color("field_line"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(badge, 4, 4)
            small = QFont(option.font)
            small.setPixelSize(11)
            painter.setFont(small)
            painter.setPen(theme().color("quiet"))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, key)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, ROW)
