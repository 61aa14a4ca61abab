"""A small picture of a graph for the gallery: boxes in the colours of the canvas, lines between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui.modeling.views import category_color, type_color

BOX_WIDTH, BOX_HEIGHT = 34.0, 20.0
Box = tuple[str, str, float, float]


class GraphThumbnail(QWidget):
    """Draws boxes (id, category, x, y) and lines (id, id, kind) fitted into its size."""

    def __init__(
        self,
        boxes: Sequence[Box],
        lines: Sequence[tuple[str, str, str]],
        colors: Callable[[str], QColor],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._boxes, self._lines, self._colors = list(boxes), list(lines), colors
        self.setFixedHeight(104)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(260, 104)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors("ground"))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        places = self._places()
        for source, target, kind in self._lines:
            if source in places and target in places:
                start, end = places[source], places[target]
                painter.setPen(QPen(QColor(type_color(kind)), 1.3))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                half = QPointF(BOX_WIDTH / 2, 0)
                painter.drawPath(_line(start + half, end - half))
        for name, category, _, _ in self._boxes:
            rect = QRectF(0, 0, BOX_WIDTH, BOX_HEIGHT)
            rect.moveCenter(places[name])
            painter.setPen(QPen(self._colors("line"), 1))
            painter.setBrush(self._colors("panel"))
            painter.drawRoundedRect(rect, 3, 3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(category_color(category)))
            painter.drawRoundedRect(QRectF(rect.left(), rect.top(), 4, rect.height()), 2, 2)
            painter.setBrush(self._colors("line"))
            painter.drawRoundedRect(QRectF(rect.left() + 9, rect.center().y() - 2, BOX_WIDTH - 16, 4), 2, 2)

    def _places(self) -> dict[str, QPointF]:
        xs, ys = [box[2] for box in self._boxes], [box[3] for box in self._boxes]
        wide, high = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
        room_x, room_y = self.width() - BOX_WIDTH - 24, self.height() - BOX_HEIGHT - 24
        left, top = 12 + BOX_WIDTH / 2, 12 + BOX_HEIGHT / 2
        return {
            name: QPointF(left + (x - min(xs)) / wide * room_x, top + (y - min(ys)) / high * room_y)
            for name, _, x, y in self._boxes
        }


def _line(start: QPointF, end: QPointF) -> QPainterPath:
    """As on the canvas, but small: going back runs between the rows."""
    path = QPainterPath(start)
    if end.x() > start.x():
        reach = QPointF((end.x() - start.x()) / 2, 0)
        path.cubicTo(start + reach, end - reach, end)
        return path
    middle, turn = (start.y() + end.y()) / 2, 12.0
    path.cubicTo(start + QPointF(turn, 0), QPointF(start.x() + turn, middle), QPointF(start.x(), middle))
    path.lineTo(end.x(), middle)
    path.cubicTo(QPointF(end.x() - turn, middle), end - QPointF(turn, 0), end)
    return path
