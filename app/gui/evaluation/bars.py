"""Bars below each other, each with its name and its figures; a click or Enter opens one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

ROW = 30
RIGHT = 150


@dataclass(frozen=True)
class Bar:
    """One bar: what it is called, how long it is, what stands behind it, and what its tooltip explains."""

    name: str
    value: float
    text: str
    help: str = ""


class Bars(QWidget):
    """Signals: chosen, the place of a bar."""

    chosen = Signal(int)

    def __init__(self, colors: Callable[[str], QColor], ink: str = "bad") -> None:
        super().__init__()
        self._colors, self._ink = colors, ink
        self._bars: list[Bar] = []
        self.current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._table = QAction(self, triggered=lambda: QGuiApplication.clipboard().setText(self.as_text()))
        self.addAction(self._table)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show these."""
        self._bars, self.current = list(bars), -1
        self._table.setText(self.tr("Copy as data"))
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def as_text(self) -> str:
        """Tab-separated, for a spreadsheet."""
        return "\n".join(f"{bar.name}\t{bar.value}\t{bar.text}" for bar in self._bars)

    def rect_of(self, at: int) -> QRectF:
        """Where a bar's row lies."""
        return QRectF(0, at * ROW, self.width(), ROW)

    def choose(self, at: int) -> None:
        """Choose a bar as a click does."""
        self.current = at
        self.update()
        self.chosen.emit(at)

    def sizeHint(self) -> QSize:
        return QSize(420, ROW * max(1, len(self._bars)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(13)
        painter.setFont(font)
        left = max((painter.fontMetrics().horizontalAdvance(bar.name) for bar in self._bars), default=60) + 20
        most = max((bar.value for bar in self._bars), default=0) or 1
        for at, bar in enumerate(self._bars):
            self._paint(painter, self.rect_of(at), bar, left, bar.value / most, at == self.current)

    def _paint(self, painter: QPainter, place: QRectF, bar: Bar, left: int, share: float, chosen: bool) -> None:
        if chosen:
            painter.setPen(QPen(self._colors("accent" if self.hasFocus() else "quiet"), 1))
            painter.drawRoundedRect(place.adjusted(0.5, 1.5, -0.5, -1.5), 4, 4)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._colors("text"))
        painter.drawText(QRectF(8, place.top(), left - 8, ROW), middle, bar.name)
        room = max(20.0, place.width() - left - RIGHT)
        color = QColor(self._colors(self._ink))
        color.setAlphaF(0.75)
        painter.fillRect(
            QRectF(QPointF(left, place.top() + 8), QPointF(left + max(1.5, room * share), place.bottom() - 8)), color
        )
        painter.setPen(self._colors("quiet"))
        painter.drawText(QRectF(left + room * share + 8, place.top(), RIGHT - 8, ROW), middle, bar.text)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and (at := self._at(event.pos().y())) is not None:
            QToolTip.showText(event.globalPos(), self._bars[at].help, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._at(int(event.position().y()))
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self.choose(at)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or not self._bars:
            super().keyPressEvent(event)
        else:
            self.choose(min(len(self._bars) - 1, max(0, self.current + step)))

    def _at(self, y: int) -> int | None:
        at = y // ROW
        return at if 0 <= at < len(self._bars) else None
