"""The list of the item's shapes: colour, name, group, size, an eye and a lock; searched when it is long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.gui.labeling.document import Document
from app.gui.labeling.painting import Style
from app.gui.shell.theme import theme
from engine.data.records import Annotation

LONG = 12  # from so many shapes on there is a field to search them
FEW = 4  # so many shapes are seen without scrolling
ROW, ICON, FIELD = 28, 16, 34
SIGNS = {"hidden": ("eye-off", "eye"), "locked": ("lock", "lock")}  # picture when set, and when not


class ShapeModel(QAbstractListModel):
    """The document's shapes as rows, as they were when it was last shown: edits of the document follow a moment later."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = Document()
        self.look = Style()
        self.shapes: list[Annotation] = []  # the document's own list: it gets another one with other rows
        self.rows: list[int] | None = None  # rows of the document that are shown; None: all
        self.words: list[str] = []
        self._places: dict[int, int] = {}

    def show(self, document: Document, look: Style, words: Sequence[str] = ()) -> None:
        """Show another document, or the same one after a change; with words only the shapes that have them all."""
        self.beginResetModel()
        self.document, self.look, self.words = document, look, list(words)
        self.shapes = document.shapes
        self.rows = [row for row, shape in enumerate(document.shapes) if self._has_words(shape)] if words else None
        self._places = {row: place for place, row in enumerate(self.rows or ())}
        self.endResetModel()

    def shape(self, row: int) -> Annotation | None:
        """The shape in a row."""
        place = row if self.rows is None else self.rows[row] if 0 <= row < len(self.rows) else -1
        return self.shapes[place] if 0 <= place < len(self.shapes) else None

    def row(self, shape_id: int) -> int:
        """The row of a shape; -1 when it is not shown."""
        if shape_id not in self.document:
            return -1
        place = self.document.row(shape_id)
        if self.rows is None:
            return place if place < len(self.shapes) else -1
        return self._places.get(place, -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        if parent is not None and parent.isValid():
            return 0
        return len(self.shapes) if self.rows is None else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shape = self.shape(index.row()) if index.isValid() else None
        if shape is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.look.names.get(shape.label_id, "?")
        return None

    def _has_words(self, shape: Annotation) -> bool:
        values = (f"{name}={value}" for name, value in shape.attributes.items())
        text = " ".join(
            (self.look.names.get(shape.label_id, "?"), shape.kind, shape.author, *shape.flags, *values)
        ).lower()
        return all(word in text for word in self.words)


class ShapeList(QListView):
    """Lists the shapes; its selection is the canvas's.

    Signals:
        picked: ids that a person selected in the list.
        toggled: id and flag ("hidden" or "locked") of a pressed sign.
    """

    picked = Signal(list)
    toggled = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shape_list")
        self.setFrameShape(self.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        self.setLayoutMode(self.LayoutMode.Batched)  # thousands of rows are laid out by and by
        self.setBatchSize(300)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.shapes = ShapeModel(self)
        self.setModel(self.shapes)
        self.setItemDelegate(ShapeDelegate(self))
        self.field = QLineEdit(self)
        self.field.setObjectName("shape_filter")
        self.field.setClearButtonEnabled(True)
        self.field.hide()
        self.field.textChanged.connect(lambda: self._refill())
        self._selection: list[int] = []
        self._own = False
        self.selectionModel().selectionChanged.connect(self._picked)

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.field.setPlaceholderText(self.tr("Search: label, kind, value, mark"))
        self.field.setAccessibleName(self.tr("Search in the list of shapes"))
        self.setToolTip(self.tr("Click selects, Ctrl+click adds. The eye hides a shape, the lock protects it."))

    def show_document(self, document: Document, look: Style, selection: Sequence[int]) -> None:
        """Show the shapes as they are now."""
        self._show_field(len(document) > LONG or bool(self.field.text()))
        self.setMinimumHeight(max(60, min(len(document), FEW) * ROW + (0 if self.field.isHidden() else FIELD)))
        place = self.verticalScrollBar().value()
        self._own = True
        self.shapes.show(document, look, self.field.text().lower().split())
        self._own = False
        self.select_shapes(selection)
        self.verticalScrollBar().setValue(place)

    def select_shapes(self, selection: Sequence[int]) -> None:
        """Take over the canvas's selection."""
        self._selection = list(selection)
        rows = [row for shape_id in selection if (row := self.shapes.row(shape_id)) >= 0]
        chosen = QItemSelection()
        for first, last in _spans(sorted(rows)):
            chosen.select(self.shapes.index(first), self.shapes.index(last))
        index = self.shapes.index(rows[-1]) if rows else QModelIndex()
        self._own = True
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(index)
        self._own = False

    def search(self) -> None:
        """Put the keys into the field that searches the list."""
        self._show_field(True)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        sign = sign_at(self.visualRect(index), event.position().toPoint()) if index.isValid() else ""
        shape = self.shapes.shape(index.row()) if sign else None
        if shape is not None and shape.x is not None and event.button() == Qt.MouseButton.LeftButton:
            self.toggled.emit(shape.id, sign)
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.field.text():
            self.field.clear()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_field()

    def _show_field(self, on: bool) -> None:
        if self.field.isHidden() == on:
            self.setViewportMargins(0, FIELD if on else 0, 0, 0)
            self._place_field()
            self.field.setVisible(on)

    def _place_field(self) -> None:
        self.field.setGeometry(0, 0, self.viewport().width(), FIELD - 4)  # beside the scroll bar

    def _refill(self) -> None:
        self.show_document(self.shapes.document, self.shapes.look, self._selection)

    def _picked(self) -> None:
        if not self._own:
            rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
            self.picked.emit([shape.id for row in rows if (shape := self.shapes.shape(row)) is not None])


def sign_at(row: QRect, at: QPoint) -> str:
    """The flag whose sign is under the mouse."""
    return next((flag for flag in SIGNS if _sign_rect(row, flag).adjusted(-4, -6, 4, 6).contains(at)), "")


def _sign_rect(row: QRect, flag: str) -> QRect:
    place = list(SIGNS).index(flag)
    return QRect(row.right() - 6 - ICON - place * (ICON + 8), row.center().y() - ICON // 2, ICON, ICON)


class ShapeDelegate(QStyledItemDelegate):
    """Draws a row; suggestions have a dashed mark, groups a letter."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view = self.parent()
        assert isinstance(view, ShapeList)
        shape = view.shapes.shape(index.row())
        if shape is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("accent_ground"))
            painter.drawRoundedRect(rect, 5, 5)
        self._mark(painter, rect, shape, view)
        right = self._signs(painter, option, shape) if shape.x is not None else rect.right() - 8
        size = self.tr("whole image") if shape.w is None else f"{shape.w:.0f} × {shape.h or 0:.0f}"
        if shape.origin == "model" and shape.score is not None:
            size = f"{shape.score:.2f}  {size}"
        width = option.fontMetrics.horizontalAdvance(size)
        painter.setPen(theme().color("quiet"))
        align = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(
            QRect(right - width, rect.top(), width, rect.height()), align | Qt.AlignmentFlag.AlignRight, size
        )
        right -= width + 8
        if shape.group:
            right = self._group(painter, option, rect, right, _letter(shape.group, view.shapes.document))
        painter.setPen(theme().color("quiet") if "hidden" in shape.flags else option.palette.text().color())
        room = QRect(rect.left() + 28, rect.top(), right - rect.left() - 28, rect.height())
        name = option.fontMetrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, align | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, ROW)

    @staticmethod
    def _mark(painter: QPainter, rect: QRect, shape: Annotation, view: ShapeList) -> None:
        color, suggested = view.shapes.look.color(shape.label_id), shape.origin == "model"
        painter.setPen(QPen(color, 1.5, Qt.PenStyle.DotLine if suggested else Qt.PenStyle.SolidLine))
        painter.setBrush(Qt.BrushStyle.NoBrush if suggested else color)
        painter.drawRoundedRect(QRect(rect.left() + 8, rect.center().y() - 4, 10, 10), 2, 2)

    @staticmethod
    def _signs(painter: QPainter, option: QStyleOptionViewItem, shape: Annotation) -> int:
        """Eye and lock: what is set always, what could be set under the mouse; returns where they begin."""
        near = bool(option.state & QStyle.StateFlag.State_MouseOver)
        for flag, (icon, other) in SIGNS.items():
            on = flag in shape.flags
            if on or near:
                place = _sign_rect(option.rect, flag)
                painter.setOpacity(1.0 if on else 0.45)
                theme().icon(icon if on else other, "text" if on else "quiet").paint(painter, place)
        painter.setOpacity(1.0)
        return _sign_rect(option.rect, "locked").left() - 8

    @staticmethod
    def _group(painter: QPainter, option: QStyleOptionViewItem, rect: QRect, right: int, letter: str) -> int:
        small = QFont(option.font)
        small.setPixelSize(11)
        badge = QRect(right - 18, rect.center().y() - 8, 18, 17)
        painter.setPen(QPen(theme().color("field_line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(badge, 4, 4)
        painter.setFont(small)
        painter.setPen(theme().color("quiet"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, letter)
        painter.setFont(option.font)
        return badge.left() - 6


def _spans(rows: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of rows that follow each other."""
    spans: list[tuple[int, int]] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1] = (spans[-1][0], row)
        else:
            spans.append((row, row))
    return spans


def _letter(group: int, document: Document) -> str:
    """A, B, … by the order in which the groups were made."""
    place = sorted(document.grouped).index(group) if group in document.grouped else 0
    return chr(ord("A") + place) if place < 26 else str(place + 1)
