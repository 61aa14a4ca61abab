"""The list of runs: two lines each, a coloured dot with the state's word, and a thin bar while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.gui.training.reading import RunLine
from app.gui.training.words import STATE_COLORS, duration_text, metric_text, number_text, state_text

LINE_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class RunListModel(QAbstractListModel):
    """Runs, newest first; an update keeps rows in place so that the selection stays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[RunLine] = []

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{line.title} · {state_text(line.state)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.error or line.title
        return None

    def show_lines(self, lines: Sequence[RunLine]) -> None:
        """Show these runs."""
        if [line.id for line in lines] == [line.id for line in self.lines]:
            self.lines = list(lines)
            if lines:
                self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))
            return
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()

    def row_of(self, run_id: str) -> int:
        """The row of a run, -1 when it is not there."""
        return next((row for row, line in enumerate(self.lines) if line.id == run_id), -1)


class RunDelegate(QStyledItemDelegate):
    """Draws one run."""

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(220, 68)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: RunLine = index.data(LINE_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect).adjusted(4, 2, -4, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            self._ground(painter, rect, "accent_ground", bool(option.state & QStyle.StateFlag.State_HasFocus))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            self._ground(painter, rect, "ground", False)
        inner = rect.adjusted(10, 8, -10, -8)
        best = f"{metric_text(line.best[0])} {number_text(line.best[1])}" if line.best else ""
        left = " · ".join(part for part in (line.graph, line.version) if part) or line.title
        self._row(painter, inner, 0, left, best, bold=True)
        tail = duration_text(line.took_s)
        if line.active:
            percent = f"{line.fraction:.0%}"
            tail = f"{percent} · {duration_text(line.eta_s)}" if line.eta_s is not None else percent
        color = self._colors(STATE_COLORS.get(line.state, "quiet"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(inner.left() + 4, inner.top() + 31), 4, 4)
        self._row(painter, inner.adjusted(14, 0, 0, 0), 22, state_text(line.state), tail, bold=False)
        if line.active:
            bar = QRectF(inner.left(), inner.bottom() - 1, inner.width(), 3)
            painter.setBrush(self._colors("line"))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(bar, 1.5, 1.5)
            painter.setBrush(color)
            bar.setWidth(bar.width() * min(1.0, max(0.0, line.fraction)))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRectF, name: str, focus: bool) -> None:
        painter.setPen(self._colors("accent") if focus else Qt.PenStyle.NoPen)
        painter.setBrush(self._colors(name))
        painter.drawRoundedRect(rect, 6, 6)

    def _row(self, painter: QPainter, rect: QRectF, y: int, left: str, right: str, *, bold: bool) -> None:
        font = QFont(painter.font())
        font.setPixelSize(13 if bold else 12)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        small = QFont(font)
        small.setPixelSize(12)
        small.setWeight(QFont.Weight.Normal)
        place = QRectF(rect.left(), rect.top() + y, rect.width(), 18)
        taken = QFontMetrics(small).horizontalAdvance(right)
        painter.setFont(font)
        painter.setPen(self._colors("text" if bold else "quiet"))
        text = QFontMetrics(font).elidedText(left, Qt.TextElideMode.ElideRight, int(place.width() - taken - 10))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(small)
        painter.setPen(self._colors("quiet"))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, right)
