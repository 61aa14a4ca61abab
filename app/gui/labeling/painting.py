"""Drawing of shapes: many at once in one call per colour, and the few in hand with their handles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLine, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap, QPolygonF
from shiboken6 import wrapInstance

from app.gui.labeling.document import Document
from engine.data.records import Annotation
from engine.labeling import geometry

MANY = 1500  # from here on: thin outlines, no fill
TAGS = 250  # up to here each shape in view has its name beside it
HANDLE = 9  # px across
SLATE = QColor("#344054")


@dataclass
class View:
    """How image px are placed on the widget: view = image × scale + (x, y)."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_image(self, point: QPointF) -> tuple[float, float]:
        """The image px under a point of the widget."""
        return (point.x() - self.x) / self.scale, (point.y() - self.y) / self.scale

    def point(self, x: float, y: float) -> QPointF:
        """Where an image px lies on the widget."""
        return QPointF(x * self.scale + self.x, y * self.scale + self.y)

    def rect(self, box: geometry.Box) -> QRectF:
        """Where a box of the image lies on the widget."""
        x, y, w, h = box
        return QRectF(x * self.scale + self.x, y * self.scale + self.y, w * self.scale, h * self.scale)


@dataclass
class Style:
    """What names and colours labels have, and how the theme colours the rest."""

    names: Mapping[int, str] = field(default_factory=dict)
    colors: Mapping[int, QColor] = field(default_factory=dict)
    accent: QColor = field(default_factory=lambda: QColor("#0b7a75"))
    font: QFont = field(default_factory=QFont)
    suggestion: Callable[[str, float | None], str] = lambda name, score: f"{name} {score or 0:.2f}"
    tags: bool = True
    shapes: bool = True

    def color(self, label_id: int) -> QColor:
        """A label's colour."""
        return self.colors.get(label_id) or QColor("#98a2b3")

    def tag(self, shape: Annotation) -> str:
        """What stands beside a shape."""
        name = self.names.get(shape.label_id, "?")
        return self.suggestion(name, shape.score) if shape.origin == "model" else name


def draw_static(
    painter: QPainter,
    document: Document,
    view: View,
    area: QRectF,
    style: Style,
    without: Collection[int],
    total: int | None = None,
) -> int:
    """Draw all shapes that are in `area` (of the widget), but not the ones in hand; returns how many there are.

    `total` is that number for a whole view when only a part is drawn anew: it decides on how much detail there is room for.
    """
    if not style.shapes or not len(document):
        return 0
    left, top = view.to_image(area.topLeft())
    region = (left, top, area.width() / view.scale, area.height() / view.scale)
    rows = geometry.boxes_in(document.boxes, region)
    if without:
        hidden = [document.row(shape_id) for shape_id in without if shape_id in document]
        rows = np.setdiff1d(rows, hidden)
    total = len(rows) if total is None else total
    if not len(rows):
        return total
    rects = _view_rects(document, rows, view)
    plain = np.array([not document.shapes[row].points for row in rows.tolist()])
    for suggested in (False, True):
        for label_id in np.unique(document.label_ids[rows]).tolist():
            chosen = (document.label_ids[rows] == label_id) & (document.suggested[rows] == suggested)
            _draw_boxes(painter, rects[chosen & plain], style.color(label_id), suggested, total)
            _draw_outlines(painter, document, rows[chosen & ~plain], view, style.color(label_id), suggested, total)
    if style.tags and total <= TAGS:
        for row, rect in zip(rows.tolist(), rects.tolist(), strict=True):
            draw_tag(painter, document.shapes[row], QPointF(rect[0], rect[1]), style)
    return total


def draw_shape(painter: QPainter, shape: Annotation, view: View, style: Style, width: float = 2.0) -> None:
    """Draw one shape in hand."""
    if shape.x is None or shape.y is None:
        return
    color = style.color(shape.label_id)
    fill = QColor(color)
    fill.setAlpha(52)
    pen = QPen(color, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setBrush(fill if shape.kind != "polyline" else Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, bool(shape.points))
    if shape.origin == "model":  # dashes on slate are seen on any picture, whatever the label's colour
        painter.setPen(QPen(SLATE, width))
        _draw_lines(painter, shape, view)
        pen.setDashPattern([3, 2.5])
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    _draw_lines(painter, shape, view)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if style.tags:
        draw_tag(painter, shape, view.point(shape.x, shape.y), style)


def _draw_lines(painter: QPainter, shape: Annotation, view: View) -> None:
    if not shape.points:
        assert shape.x is not None
        assert shape.y is not None
        painter.drawRect(view.rect((shape.x, shape.y, shape.w or 0, shape.h or 0)).toAlignedRect())
    for ring in shape.points:
        polygon = QPolygonF([view.point(ring[i], ring[i + 1]) for i in range(0, len(ring) - 1, 2)])
        if shape.kind == "polyline":
            painter.drawPolyline(polygon)
        else:
            painter.drawPolygon(polygon)


def draw_handles(painter: QPainter, points: list[QPointF], color: QColor, active: int | None = None) -> None:
    """Draw the squares by which a shape is taken."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    half = HANDLE / 2
    for index, point in enumerate(points):
        painter.setPen(QPen(color, 1.6))
        painter.setBrush(color if index == active else QColor("white"))
        painter.drawRoundedRect(QRectF(point.x() - half, point.y() - half, HANDLE, HANDLE), 1.5, 1.5)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_tag(painter: QPainter, shape: Annotation, corner: QPointF, style: Style) -> None:
    """Draw the name above a shape's upper left corner."""
    color = SLATE if shape.origin == "model" else style.color(shape.label_id)
    pixmap = _tag(style.tag(shape), color.rgb(), style.font.toString(), painter.device().devicePixelRatioF())
    height = pixmap.deviceIndependentSize().height()
    painter.drawPixmap(QPointF(round(corner.x()), round(corner.y() - height)), pixmap)


def readable_on(color: QColor) -> QColor:
    """Black or white: what has more contrast on a colour (relative luminance of WCAG 2.2)."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    luminance = 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())
    return QColor("#ffffff") if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.0567 else QColor("#10151c")


def _view_rects(document: Document, rows: np.ndarray, view: View) -> np.ndarray:
    """(N, 4) int32 left, top, right, bottom on the widget, both inclusive, as QRect holds them."""
    boxes = document.boxes[rows]
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) * view.scale
    corners += [view.x, view.y, view.x, view.y]
    rects = np.clip(np.round(corners), -30000, 30000).astype(np.int32)
    rects[:, 2:] -= 1
    return rects


def _draw_boxes(painter: QPainter, rects: np.ndarray, color: QColor, suggested: bool, total: int) -> None:
    if not len(rects):
        return
    pen = QPen(color, 1)
    pen.setCosmetic(True)
    fill: QBrush | Qt.BrushStyle = Qt.BrushStyle.NoBrush
    if suggested and total <= MANY:
        painter.setPen(QPen(SLATE, 1))
        painter.setBrush(fill)
        _rects(painter, rects)
        _rects(painter, rects + np.array([1, 1, -1, -1], np.int32))
        pen.setDashPattern([5, 4])
    elif total <= MANY:
        tint = QColor(color)
        tint.setAlpha(38)
        fill = QBrush(tint)
    painter.setPen(pen)
    painter.setBrush(fill)
    _rects(painter, rects)
    if total <= MANY:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _rects(painter, rects + np.array([1, 1, -1, -1], np.int32))


def _draw_outlines(
    painter: QPainter, document: Document, rows: np.ndarray, view: View, color: QColor, suggested: bool, total: int
) -> None:
    if not len(rows):
        return
    if total <= TAGS:
        style = Style(colors=dict.fromkeys(set(document.label_ids[rows].tolist()), color), tags=False)
        for row in rows.tolist():
            draw_shape(painter, document.shapes[row], view, style)
        return
    pen = QPen(color, 1)
    pen.setCosmetic(True)
    if suggested and total <= MANY:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    edges = np.concatenate([document.edges(row) for row in rows.tolist()]) * view.scale
    edges += [view.x, view.y, view.x, view.y]
    lines = np.ascontiguousarray(np.clip(np.round(edges), -30000, 30000).astype(np.int32))
    painter.drawLines(wrapInstance(lines.ctypes.data, QLine), len(lines))


def _rects(painter: QPainter, rects: np.ndarray) -> None:
    """One call for all: the array's memory is that of as many QRect."""
    rects = np.ascontiguousarray(rects, np.int32)
    painter.drawRects(wrapInstance(rects.ctypes.data, QRect), len(rects))


@lru_cache(maxsize=512)
def _tag(text: str, rgb: int, font_name: str, ratio: float) -> QPixmap:
    font = QFont()
    font.fromString(font_name)
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, 220)
    size = QSize(metrics.horizontalAdvance(shown) + 10, metrics.height() + 2)
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
    painter.drawText(QRectF(0, 0, size.width(), size.height()), Qt.AlignmentFlag.AlignCenter, shown)
    painter.end()
    return pixmap
