"""What the canvas says over the picture: image labels, the scale, the place under the mouse, the name; the crosshair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from app.gui.labeling import painting, tags
from app.gui.labeling.tools import hints

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

GAP = 12
ROW = 28  # px from one row of chips to the next


def draw(painter: QPainter, canvas: Canvas, mouse: QPointF) -> None:
    """Draw all of it; without a picture only why there is none."""
    _draw_image_labels(painter, canvas)
    if not canvas.picture.levels:
        if canvas.message:
            painter.setPen(canvas.chip_text)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(canvas.rect().adjusted(24, 24, -24, -24), flags, canvas.message)
        return
    bottom = canvas.height() - 36.0
    end = _draw_title(painter, canvas, bottom) if canvas.title else canvas.width() - float(GAP)
    if canvas.hint:
        metrics = QFontMetrics(canvas.look.font)
        for row, text in enumerate(hints.fold(canvas.hint, metrics, canvas.width() - 60)):
            left = (canvas.width() - metrics.horizontalAdvance(text) - 20) / 2
            canvas.draw_chip(painter, text, QPointF(left, canvas.edge + GAP + 26 * row))
    at, rows = QPointF(canvas.edge + GAP, bottom), 1
    for place, text in enumerate(_texts(canvas, mouse)):
        size = tags.chip_size(text, canvas.font(), bold=place == 0)
        if at.x() + size.width() > end - 8 and at.x() > canvas.edge + GAP:  # no room beside the name: a row above it
            at, rows, end = QPointF(canvas.edge + GAP, at.y() - ROW), rows + 1, canvas.width() - float(GAP)
        at.setX(canvas.draw_chip(painter, text, at, bold=place == 0).right() + 8)
    canvas.said = ROW * rows + 12


def draw_crosshair(painter: QPainter, canvas: Canvas, mouse: QPointF) -> None:
    """Lines through the mouse, seen on dark and on bright pictures."""
    for color, style in (
        (QColor(255, 255, 255, 150), Qt.PenStyle.SolidLine),
        (QColor(0, 0, 0, 170), Qt.PenStyle.DotLine),
    ):
        painter.setPen(QPen(color, 1, style))
        painter.drawLine(QPointF(0, mouse.y()), QPointF(canvas.width(), mouse.y()))
        painter.drawLine(QPointF(mouse.x(), 0), QPointF(mouse.x(), canvas.height()))


def _texts(canvas: Canvas, mouse: QPointF) -> list[str]:
    """Scale, what parts of the page say, place and values under the mouse."""
    texts = [f"{canvas.view.scale * 100:.0f} %", *(text for _, text in sorted(canvas.chips.items()))]
    x, y = canvas.view.to_image(mouse)
    if mouse.x() >= 0 and 0 <= x < canvas.document.width and 0 <= y < canvas.document.height:
        values = " ".join(f"{value:g}" for value in canvas.picture.value(int(x), int(y)))
        texts.append(f"x {int(x)}  y {int(y)}" + (f"  ·  {values}" if values else ""))
    return texts


def _draw_image_labels(painter: QPainter, canvas: Canvas) -> None:
    top = canvas.edge + float(GAP)
    for shape in canvas.document.class_labels() if canvas.look.shapes else []:
        painting.draw_tag(painter, shape.with_(x=0.0), QPointF(canvas.edge + GAP, top + 20), canvas.look)
        top += 26


def _draw_title(painter: QPainter, canvas: Canvas, bottom: float) -> float:
    """Where it begins."""
    metrics = QFontMetrics(canvas.look.font)
    room = max(80, min(canvas.width() - 330, canvas.width() // 2))
    text = metrics.elidedText(canvas.title, Qt.TextElideMode.ElideMiddle, room)
    left = canvas.width() - tags.chip_size(text, canvas.font()).width() - GAP
    canvas.draw_chip(painter, text, QPointF(left, bottom))
    return left
