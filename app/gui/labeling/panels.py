"""The lower parts of the right panel: the shapes of the item, the numbers of the selected one, its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.gui.labeling.document import Document
from app.gui.labeling.painting import Style
from app.gui.shell.theme import theme
from app.gui.widgets.controls import roomy
from engine.data.records import Annotation


class ShapeModel(QAbstractListModel):
    """The document's shapes as rows; it reads the document and copies nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = Document()
        self.look = Style()

    def show(self, document: Document, look: Style) -> None:
        """Show another document, or the same one after a change."""
        self.beginResetModel()
        self.document, self.look = document, look
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.document)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.document):
            return None
        shape = self.document.shapes[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.look.names.get(shape.label_id, "?")
        return None


class ShapeList(QListView):
    """Lists the shapes; its selection is the canvas's.

    Signals:
        picked: ids that a person selected in the list.
    """

    picked = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shape_list")
        self.setFrameShape(self.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.shapes = ShapeModel(self)
        self.setModel(self.shapes)
        self.setItemDelegate(ShapeDelegate(self))
        self._own = False
        self.selectionModel().selectionChanged.connect(self._picked)

    def show_document(self, document: Document, look: Style, selection: Sequence[int]) -> None:
        """Show the shapes as they are now."""
        place = self.verticalScrollBar().value()
        self._own = True
        self.shapes.show(document, look)
        self._own = False
        self.select_shapes(selection)
        self.verticalScrollBar().setValue(place)

    def select_shapes(self, selection: Sequence[int]) -> None:
        """Take over the canvas's selection."""
        chosen = QItemSelection()
        index = QModelIndex()
        for shape_id in selection:
            if shape_id in self.shapes.document:
                index = self.shapes.index(self.shapes.document.row(shape_id))
                chosen.select(index, index)
        self._own = True
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(index)
        self._own = False

    def _picked(self) -> None:
        if not self._own:
            rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
            self.picked.emit([self.shapes.document.shapes[row].id for row in rows])


class ShapeDelegate(QStyledItemDelegate):
    """Draws a row: the label's colour, its name, the size in px; suggestions with a dashed mark."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view = self.parent()
        assert isinstance(view, ShapeList)
        if index.row() >= len(view.shapes.document):
            return
        shape = view.shapes.document.shapes[index.row()]
        color = view.shapes.look.color(shape.label_id)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("accent_ground"))
            painter.drawRoundedRect(rect, 5, 5)
        mark = QRect(rect.left() + 8, rect.center().y() - 4, 10, 10)
        suggested = shape.origin == "model"
        painter.setPen(QPen(color, 1.5, Qt.PenStyle.DotLine if suggested else Qt.PenStyle.SolidLine))
        painter.setBrush(Qt.BrushStyle.NoBrush if suggested else color)
        painter.drawRoundedRect(mark, 2, 2)
        size = self.tr("whole image") if shape.w is None else f"{shape.w:.0f} × {shape.h or 0:.0f}"
        if suggested and shape.score is not None:
            size = f"{shape.score:.2f}  {size}"
        width = option.fontMetrics.horizontalAdvance(size)
        painter.setPen(theme().color("quiet"))
        painter.drawText(rect.adjusted(0, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, size)
        painter.setPen(option.palette.text().color())
        room = rect.adjusted(28, 0, -width - 16, 0)
        name = option.fontMetrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, 28)


class Numbers(QWidget):
    """The selected shape's place and size in px, to read and to type.

    Signals:
        changed: x, y, w, h that a person typed.
    """

    changed = Signal(float, float, float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setObjectName("selected_title")
        self.fields = {name: self._field(name) for name in "xywh"}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(8)
        layout.addWidget(self.title, 0, 0, 1, 4)
        for place, (name, field) in enumerate(self.fields.items()):
            letter = QLabel(name)
            letter.setBuddy(field)
            letter.setProperty("kind", "quiet")
            layout.addWidget(letter, 1 + place // 2, place % 2 * 2)
            layout.addWidget(field, 1 + place // 2, place % 2 * 2 + 1)
        layout.setColumnStretch(1, 1)
        layout.setColumnStretch(3, 1)

    def show_shape(self, shape: Annotation | None, title: str) -> None:
        """Show a shape's numbers; None empties and disables the fields."""
        self.title.setText(title)
        placed = shape is not None and shape.x is not None
        for name, field in self.fields.items():
            field.setVisible(placed)
            if placed and not (field.hasFocus() and field.lineEdit().isModified()):
                value = float(getattr(shape, name) or 0.0)
                field.blockSignals(True)
                field.setDecimals(0 if value == int(value) else 1)
                field.setValue(value)
                field.blockSignals(False)
            field.setEnabled(placed and shape is not None and shape.kind != "mask")
        for child in self.findChildren(QLabel):
            if child is not self.title:
                child.setVisible(placed)

    def _field(self, name: str) -> QDoubleSpinBox:
        field = QDoubleSpinBox()
        roomy(field)
        field.setObjectName(f"number_{name}")
        field.setAccessibleName(name)
        field.setRange(-100_000 if name in "xy" else 1, 100_000)
        field.setDecimals(0)
        field.setSuffix(" px")
        field.setKeyboardTracking(False)
        field.setMinimumWidth(80)
        field.valueChanged.connect(lambda _: self.changed.emit(*(f.value() for f in self.fields.values())))
        return field
