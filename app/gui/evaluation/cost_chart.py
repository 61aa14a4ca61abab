"""Money over the threshold: a curve with its band, the cheapest place on it, the one in use and the one looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from engine.evaluation.money import Money


def money_text(value: float, currency: str) -> str:
    """An amount in the locale's form: few digits behind the point where it is small."""
    return f"{currency} {QLocale().toString(value, 'f', 2 if value < 10 else 0)}".strip()


class CostChart(QWidget):
    """Draws money over the threshold; a click or the arrow keys look at a threshold."""

    chosen = Signal(float)

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._money: Money | None = None
        self._looked: float | None = None
        self.setMinimumHeight(150)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_money(self, money: Money | None, looked: float | None = None) -> None:
        """Show another curve; `looked` is the threshold that a person looks at."""
        self._money, self._looked = money, looked
        self.update()

    @property
    def best(self) -> tuple[float, float] | None:
        """The cheapest threshold and its money in a shift."""
        return None if self._money is None else (float(self._money.best.threshold or 0.0), self._money.best.money)

    def place_of(self, threshold: float) -> QPointF:
        """Where a threshold stands, in the middle of the height."""
        area = self._area()
        return QPointF(area.left() + threshold * area.width(), area.center().y())

    def sizeHint(self) -> QSize:
        return QSize(360, 190)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        area = self._area()
        self._choose((event.position().x() - area.left()) / max(1.0, area.width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -0.01, Qt.Key.Key_Right: 0.01}.get(Qt.Key(event.key()))
        if step is None or self._money is None:
            super().keyPressEvent(event)
            return
        self._choose((self._money.now.threshold or 0.0 if self._looked is None else self._looked) + step)

    def _choose(self, threshold: float) -> None:
        if self._money is not None:
            self._looked = round(min(1.0, max(0.0, threshold)), 2)
            self.update()
            self.chosen.emit(self._looked)

    def _area(self) -> QRectF:
        return QRectF(8, 24, self.width() - 16, self.height() - 46)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        area = self._area()
        painter.setPen(QPen(self._colors("accent" if self.hasFocus() else "line"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(self._colors("quiet"))
        for value in (0.0, 0.25, 0.5, 0.75, 1.0):
            x = area.left() + value * area.width()
            place = QRectF(x - 24, area.bottom() + 4, 48, 16)
            place.moveLeft(min(max(0.0, place.left()), self.width() - 48.0))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, QLocale().toString(value, "f", 2))
        if self._money is not None:
            self._paint_curve(painter, area, self._money)
            self._paint_marks(painter, area, self._money)

    def _paint_curve(self, painter: QPainter, area: QRectF, money: Money) -> None:
        top = max(point.high for point in money.curve) or 1.0

        def line(values: list[float]) -> list[QPointF]:
            height = area.height() * 0.94
            return [QPointF(area.left() + (point.threshold or 0.0) * area.width(), area.bottom() - value / top * height)
                    for point, value in zip(money.curve, values, strict=True)]  # fmt: skip

        band = QPainterPath()
        low, high = line([point.low for point in money.curve]), line([point.high for point in money.curve])
        band.moveTo(low[0])
        for point in [*low[1:], *reversed(high)]:
            band.lineTo(point)
        ink = QColor(self._colors("accent"))
        ink.setAlphaF(0.16)
        painter.fillPath(band, ink)
        painter.setPen(QPen(self._colors("accent"), 2))
        painter.drawPolyline(line([point.money for point in money.curve]))

    def _paint_marks(self, painter: QPainter, area: QRectF, money: Money) -> None:
        marks = [(money.now.threshold, "quiet", Qt.PenStyle.DotLine), (self._looked, "text", Qt.PenStyle.SolidLine),
                 (money.best.threshold, "warning", Qt.PenStyle.DashLine)]  # fmt: skip
        for threshold, ink, style in marks:
            if threshold is not None:
                x = area.left() + threshold * area.width()
                painter.setPen(QPen(self._colors(ink), 1, style))
                painter.drawLine(QPointF(x, area.top() - 14), QPointF(x, area.bottom()))
        best = money.best
        x = area.left() + (best.threshold or 0.0) * area.width()
        text = f"{QLocale().toString(best.threshold or 0.0, 'f', 2)} · {money_text(best.money, money.costs.currency)}"
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        left = x + 6 if x + 6 + width < self.width() else x - 6 - width
        painter.setPen(self._colors("warning"))
        painter.drawText(QRectF(left, area.top() - 20, width, 18), Qt.AlignmentFlag.AlignVCenter, text)
