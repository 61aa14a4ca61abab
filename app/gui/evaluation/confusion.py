"""The confusion matrix: painted cells, true labels down, predicted labels across; a click or Enter opens a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

NONE = "(none)"
ROW, TOP = 28, 30
MIN_COLUMN, MAX_COLUMN = 44, 96


class ConfusionMatrix(QWidget):
    """Cells shaded by count: the diagonal in the accent, mistakes in red."""

    cell_chosen = Signal(str, str)

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._labels: list[str] = []
        self._matrix: list[list[int]] = []
        self._cell: tuple[int, int] | None = None
        self._hover: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._picture = QAction(self, triggered=lambda: QGuiApplication.clipboard().setPixmap(self.grab()))
        self._table = QAction(self, triggered=lambda: QGuiApplication.clipboard().setText(self.as_text()))
        self.addActions([self._picture, self._table])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.retranslate()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.setAccessibleName(self.tr("Confusion matrix"))
        self._picture.setText(self.tr("Copy as picture"))
        self._table.setText(self.tr("Copy as data"))
        self.update()

    def show_matrix(self, labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> None:
        """Show counts; row: true label, column: predicted; the last of each may be "(none)"."""
        self._labels = list(labels)
        self._matrix = [[int(count) for count in row] for row in matrix]
        self._cell = None
        self.updateGeometry()
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    @property
    def cell(self) -> tuple[str, str] | None:
        """The chosen cell as (true, predicted)."""
        return None if self._cell is None else (self._labels[self._cell[0]], self._labels[self._cell[1]])

    def as_text(self) -> str:
        """Tab-separated, for a spreadsheet."""
        lines = ["\t".join(["", *self._labels])]
        lines += ["\t".join([label, *map(str, row)]) for label, row in zip(self._labels, self._matrix, strict=False)]
        return "\n".join(lines)

    def choose(self, row: int, column: int) -> None:
        """Choose a cell as a click does."""
        self._cell = (row, column)
        self.update()
        self.cell_chosen.emit(self._labels[row], self._labels[column])

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is drawn."""
        left, width = self._measures()
        return QRectF(left + column * width, TOP + row * ROW, width, ROW)

    def sizeHint(self) -> QSize:
        return QSize(420, TOP + ROW * max(1, len(self._labels)) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._left() + MIN_COLUMN * max(1, len(self._labels)), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = self._font(12)
        left, width = self._measures()
        painter.setFont(small)
        painter.setPen(self._colors("quiet"))
        metrics = QFontMetrics(small)
        for index, label in enumerate(self._labels):
            text = metrics.elidedText(self._shown(label), Qt.TextElideMode.ElideRight, int(width) - 2)
            painter.drawText(QRectF(left + index * width, 0, width, TOP - 4), Qt.AlignmentFlag.AlignCenter, text)
        for row, label in enumerate(self._labels):
            painter.setFont(self._font(13))
            painter.setPen(self._colors("quiet"))
            text = QFontMetrics(painter.font()).elidedText(self._shown(label), Qt.TextElideMode.ElideRight, left - 14)
            painter.drawText(QRectF(8, TOP + row * ROW, left - 12, ROW), Qt.AlignmentFlag.AlignVCenter, text)
            self._paint_row(painter, row)
        painter.setPen(QPen(self._colors("line"), 1))
        for row in range(len(self._labels) + 1):
            y = TOP + row * ROW
            painter.drawLine(QPointF(0, y), QPointF(left + width * len(self._labels), y))
        self._paint_frames(painter)

    def _paint_row(self, painter: QPainter, row: int) -> None:
        right = max((self._matrix[i][i] for i in range(len(self._matrix))), default=1) or 1
        wrong = max((n for i, line in enumerate(self._matrix) for j, n in enumerate(line) if i != j), default=1) or 1
        for column, count in enumerate(self._matrix[row]):
            if not count:
                continue
            rect = self.cell_rect(row, column)
            good = row == column
            color = QColor(self._colors("accent" if good else "bad"))
            strength = sqrt(count / (right if good else wrong))
            color.setAlphaF(0.20 + 0.65 * strength if good else 0.08 + 0.52 * strength)
            painter.fillRect(rect.adjusted(0, 0.5, 0, 0), color)
            painter.setFont(self._font(13))
            painter.setPen(self._text_on(color))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(count))

    def _paint_frames(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._hover is not None and self._hover != self._cell:
            painter.setPen(QPen(self._colors("quiet"), 1))
            painter.drawRect(self.cell_rect(*self._hover).adjusted(0.5, 0.5, -0.5, -0.5))
        if self._cell is not None:
            painter.setPen(QPen(self._colors("accent" if self.hasFocus() else "text"), 2))
            painter.drawRect(self.cell_rect(*self._cell).adjusted(1, 1, -1, -1))

    def _text_on(self, color: QColor) -> QColor:
        """White or the theme's text, whichever reads better on a shaded cell."""
        ground, alpha = self._colors("panel"), color.alphaF()
        mixed = [
            channel * alpha + base * (1 - alpha)
            for channel, base in zip(color.getRgb()[:3], ground.getRgb()[:3], strict=True)
        ]
        luminance = (0.299 * mixed[0] + 0.587 * mixed[1] + 0.114 * mixed[2]) / 255
        return QColor("#ffffff") if luminance < 0.52 else QColor("#10151c")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            found = self._at(event.pos())
            if found is not None and self._matrix:
                true, predicted = (self._shown(self._labels[index]) for index in found)
                count = self._matrix[found[0]][found[1]]
                QToolTip.showText(event.globalPos(), self._sentence(true, predicted, count, found), self)
                return True
        return super().event(event)

    def _sentence(self, true: str, predicted: str, count: int, cell: tuple[int, int]) -> str:
        labels = self._labels
        if labels[cell[0]] == NONE:
            return self.tr("{}: reported {} times where nothing is (false reject)").format(predicted, count)
        if labels[cell[1]] == NONE:
            return self.tr("{}: not found {} times (missed)").format(true, count)
        if cell[0] == cell[1]:
            return self.tr("{}: found {} times").format(true, count)
        return self.tr("{}: taken for {} {} times").format(true, predicted, count)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hover = self._at(event.position().toPoint())
        if hover != self._hover:
            self._hover = hover
            self.setCursor(Qt.CursorShape.PointingHandCursor if hover else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position().toPoint())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.choose(*found)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if event.key() not in steps or not self._labels:
            super().keyPressEvent(event)
            return
        down, right = steps[Qt.Key(event.key())]
        row, column = self._cell or (0, 0)
        last = len(self._labels) - 1
        self.choose(min(last, max(0, row + down)), min(last, max(0, column + right)))

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.update()

    def _at(self, point: QPoint) -> tuple[int, int] | None:
        left, width = self._measures()
        row, column = int((point.y() - TOP) // ROW), int((point.x() - left) // width)
        inside = 0 <= row < len(self._labels) and 0 <= column < len(self._labels)
        return (row, column) if inside and point.x() >= left else None

    def _measures(self) -> tuple[int, float]:
        left = self._left()
        width = (self.width() - left) / max(1, len(self._labels))
        return left, max(MIN_COLUMN, min(MAX_COLUMN, width))

    def _left(self) -> int:
        metrics = QFontMetrics(self._font(13))
        widest = max((metrics.horizontalAdvance(self._shown(label)) for label in self._labels), default=60)
        return min(140, widest + 22)

    def _shown(self, label: str) -> str:
        return self.tr("(none)") if label == NONE else label

    def _font(self, size: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(size)
        return font
