"""The table of a fleet: what runs on each target and what should, filtered and sorted; made for hundreds of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.gui.deployment.fleet_words import KINDS, SEVERITY, ago_text, state_text

if TYPE_CHECKING:
    from engine.deployment.fleet.looking import Box

Index = QModelIndex | QPersistentModelIndex
TARGET, GROUP, WAVE, STATE, RUNS, SHOULD, SEEN, WHY = range(8)
WIDTHS = (170, 120, 60, 160, 130, 130, 110, 300)
DOT_PX = 10
SORT = Qt.ItemDataRole.UserRole


class BoxesModel(QAbstractTableModel):
    """A row for each target; rows stay as long as their targets do."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self.boxes: list[Box] = []
        self._headers = [""] * len(WIDTHS)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.boxes)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(WIDTHS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        box, column = self.boxes[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(box, column)
        if role == SORT:
            return self._order(box, column)
        if column == STATE and role == Qt.ItemDataRole.DecorationRole:
            return _dot(self._colors(KINDS.get(box.state, "quiet")).name())
        if column == STATE and role == Qt.ItemDataRole.ForegroundRole:
            return self._colors(KINDS.get(box.state, "text"))
        if column == WHY and role == Qt.ItemDataRole.ToolTipRole:
            return box.message
        if column in (RUNS, SHOULD) and role == Qt.ItemDataRole.ToolTipRole:
            return box.digest if column == RUNS else ""
        return None

    def show_boxes(self, boxes: Sequence[Box]) -> None:
        """Show these; only rows that changed are drawn again."""
        before, self.boxes = self.boxes, list(boxes)
        if [box.target for box in before] != [box.target for box in boxes]:
            self.beginResetModel()
            self.endResetModel()
            return
        changed = [row for row, (old, new) in enumerate(zip(before, boxes, strict=True)) if old != new]
        for row in changed:
            self.dataChanged.emit(self.index(row, 0), self.index(row, WHY))
        if boxes:  # time passes for all
            self.dataChanged.emit(self.index(0, SEEN), self.index(len(boxes) - 1, SEEN), [Qt.ItemDataRole.DisplayRole])

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self._headers = [
            self.tr("Target"), self.tr("Group"), self.tr("Wave"), self.tr("State"), self.tr("Runs now"),
            self.tr("Should run"), self.tr("Answered"), self.tr("Why"),
        ]  # fmt: skip
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, WHY)
        self.recolor()

    def recolor(self) -> None:
        """Draw all again."""
        if self.boxes:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.boxes) - 1, WHY))

    def _text(self, box: Box, column: int) -> str:
        match column:
            case 0:
                return box.target
            case 1:
                return box.group
            case 2:
                return "" if box.wave is None else str(box.wave + 1)
            case 3:
                return state_text(box.state)
            case 4:
                return box.runs or box.digest[7:19]
            case 5:
                return box.should
            case 6:
                return ago_text(box.answered)
            case _:
                return box.message.partition("\n")[0]

    def _order(self, box: Box, column: int) -> Any:
        match column:
            case 2:
                return -1 if box.wave is None else box.wave
            case 3:
                return SEVERITY.index(box.state) if box.state in SEVERITY else len(SEVERITY)
            case 6:
                return box.answered.timestamp() if box.answered else 0.0
            case _:
                return self._text(box, column)


class Filter(QSortFilterProxyModel):
    """Rows that hold a text and are in one of some states."""

    def __init__(self, model: BoxesModel) -> None:
        super().__init__()
        self.boxes = model
        self.text = ""
        self.states: frozenset[str] = frozenset()  # none: all
        self.setSourceModel(model)
        self.setSortRole(SORT)
        self.setDynamicSortFilter(True)

    def show_only(self, text: str, states: frozenset[str]) -> None:
        """Leave other rows out."""
        if (text, states) != (self.text, self.states):
            self.text, self.states = text.casefold().strip(), states
            self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        box = self.boxes.boxes[row]
        if self.states and box.state not in self.states:
            return False
        return self.text in " ".join((box.target, box.group, box.runs, box.should, box.message)).casefold()


class FleetTable(QTableView):
    """Sorted by a click on a heading; Enter or a double click opens a target's release page."""

    opened = Signal(str)

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self.boxes = BoxesModel(colors)
        self.filter = Filter(self.boxes)
        self.setModel(self.filter)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(30)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        for column, width in enumerate(WIDTHS):
            self.setColumnWidth(column, width)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.target_at(index)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.target_at(self.currentIndex()))
            return
        super().keyPressEvent(event)

    def target_at(self, index: Index) -> str:
        """The target of a row."""
        return self.boxes.boxes[self.filter.mapToSource(index).row()].target  # type: ignore[arg-type]  # an index of this model

    def chosen(self) -> list[str]:
        """Targets of the selected rows."""
        return [self.target_at(index) for index in self.selectionModel().selectedRows()]


@cache
def _dot(color: str) -> QPixmap:
    """A filled circle."""
    made = QPixmap(DOT_PX * 2, DOT_PX * 2)
    made.setDevicePixelRatio(2)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(1, 1, DOT_PX - 2, DOT_PX - 2)
    painter.end()
    return made
