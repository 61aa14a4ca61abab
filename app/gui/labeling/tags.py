"""The names beside shapes: small pictures, made once for each text, colour and mark."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap

WIDEST = 240  # px that a name takes at most
LOCK = 12  # px for the lock
CHIP = 24  # px: the height of a figure


def draw(painter: QPainter, text: str, color: QColor, corner: QPointF, font: QFont, *, locked: bool = False) -> None:
    """Draw a name above a corner of a shape."""
    pixmap = _tag(text, color.rgb(), font.toString(), painter.device().devicePixelRatioF(), locked)
    height = pixmap.deviceIndependentSize().height()
    painter.drawPixmap(QPointF(round(corner.x()), round(corner.y() - height)), pixmap)


def draw_chip(
    painter: QPainter, text: str, at: QPointF, ground: QColor, color: QColor, font: QFont, *, bold: bool = False
) -> QRectF:
    """Draw a small figure on a round ground; returns where it lies.

    Only the ground is kept as a picture: many figures are others at each move of the mouse.
    """
    shown = _chip_font(font.toString(), bold)
    metrics = QFontMetrics(shown)
    width = metrics.horizontalAdvance(text) + 20
    painter.drawPixmap(at, _chip_ground(width, ground.rgb(), painter.device().devicePixelRatioF()))
    pen, own = painter.pen(), painter.font()
    painter.setPen(color)
    painter.setFont(shown)
    painter.drawText(at + QPointF(10, (CHIP + metrics.ascent() - metrics.descent()) / 2), text)
    painter.setPen(pen)
    painter.setFont(own)
    return QRectF(at.x(), at.y(), width, CHIP)


def chip_size(text: str, font: QFont, *, bold: bool = False) -> QSize:
    """How much room a figure takes."""
    return QSize(QFontMetrics(_chip_font(font.toString(), bold)).horizontalAdvance(text) + 20, CHIP)


def readable_on(color: QColor) -> QColor:
    """Black or white: what has more contrast on a colour (relative luminance of WCAG 2.2)."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    luminance = 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())
    return QColor("#ffffff") if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.0567 else QColor("#10151c")


@lru_cache(maxsize=512)
def _tag(text: str, rgb: int, font_name: str, ratio: float, locked: bool) -> QPixmap:
    font = QFont()
    font.fromString(font_name)
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, WIDEST - 20 - LOCK)
    room = LOCK if locked else 0
    size = QSize(metrics.horizontalAdvance(shown) + 10 + room, metrics.height() + 2)
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(rgb))
    painter.drawRoundedRect(QRectF(0, 0, size.width(), size.height()), 3, 3)
    painter.setFont(font)
    painter.setPen(readable_on(QColor(rgb)))
    painter.drawText(QRectF(room, 0, size.width() - room, size.height()), Qt.AlignmentFlag.AlignCenter, shown)
    if locked:
        _draw_lock(painter, size.height() / 2, readable_on(QColor(rgb)))
    painter.end()
    return pixmap


@lru_cache(maxsize=128)
def _chip_ground(width: int, ground: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(QSize(width, CHIP) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    below = QColor(ground)
    below.setAlpha(225)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(below)
    painter.drawRoundedRect(QRectF(0, 0, width, CHIP), CHIP / 2, CHIP / 2)
    painter.end()
    return pixmap


@lru_cache(maxsize=8)
def _chip_font(name: str, bold: bool) -> QFont:
    font = QFont()
    font.fromString(name)
    font.setPixelSize(12)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def _draw_lock(painter: QPainter, middle: float, color: QColor) -> None:
    painter.setPen(QPen(color, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(6, middle - 5, 5, 7), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRect(QRectF(4.5, middle - 1.5, 8, 6))
