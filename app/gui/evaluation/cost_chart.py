"""The cost of mistakes over the threshold: a curve, the cheapest place on it, and why it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget


def cost_curve(
    points: Sequence[tuple[float, float, float]], miss_cost: float, reject_cost: float
) -> list[tuple[float, float]]:
    """(threshold, cost) from (threshold, missed, false rejects)."""
    return [(threshold, missed * miss_cost + rejects * reject_cost) for threshold, missed, rejects in points]


class CostChart(QWidget):
    """Draws the cost curve with its minimum marked."""

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._curve: list[tuple[float, float]] = []
        self._unit = ""
        self.setMinimumHeight(140)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_curve(self, curve: Sequence[tuple[float, float]], unit: str) -> None:
        """Show (threshold, cost) pairs, ordered by threshold; `unit` follows the figure."""
        self._curve = list(curve)
        self._unit = unit
        self.update()

    @property
    def best(self) -> tuple[float, float] | None:
        """The cheapest threshold and its cost; of a flat stretch the middle."""
        if not self._curve:
            return None
        lowest = min(cost for _, cost in self._curve)
        flat = [threshold for threshold, cost in self._curve if cost <= lowest]
        return flat[len(flat) // 2], lowest

    def sizeHint(self) -> QSize:
        return QSize(360, 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        area = QRectF(8, 22, self.width() - 16, self.height() - 44)
        painter.setPen(QPen(self._colors("line"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(self._colors("quiet"))
        for value in (0.0, 0.25, 0.5, 0.75, 1.0):
            x = area.left() + value * area.width()
            place = QRectF(x - 24, area.bottom() + 4, 48, 16)
            place.moveLeft(min(max(0.0, place.left()), self.width() - 48.0))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, QLocale().toString(value, "f", 2))
        best = self.best
        if best is None:
            return
        top = max(cost for _, cost in self._curve)
        low = best[1]
        span = (top - low) or 1.0

        def at(threshold: float, cost: float) -> QPointF:
            height = (cost - low) / span * 0.9 + 0.06
            return QPointF(area.left() + threshold * area.width(), area.bottom() - height * area.height())

        path = QPainterPath(at(*self._curve[0]))
        for point in self._curve[1:]:
            path.lineTo(at(*point))
        painter.setPen(QPen(self._colors("accent"), 2))
        painter.drawPath(path)
        self._paint_best(painter, area, best)

    def _paint_best(self, painter: QPainter, area: QRectF, best: tuple[float, float]) -> None:
        x = area.left() + best[0] * area.width()
        painter.setPen(QPen(self._colors("warning"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, area.top() - 14), QPointF(x, area.bottom()))
        locale = QLocale()
        text = f"{locale.toString(best[0], 'f', 2)} · {locale.toString(best[1], 'f', 0)} {self._unit}".strip()
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        left = x + 6 if x + 6 + width < self.width() else x - 6 - width
        painter.setPen(self._colors("warning"))
        painter.drawText(QRectF(left, area.top() - 18, width, 18), Qt.AlignmentFlag.AlignVCenter, text)
