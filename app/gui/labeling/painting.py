"""Drawing of shapes: many at once in one call per colour, and the few in hand with their handles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import QLine, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from shiboken6 import wrapInstance

from app.gui.labeling import tags
from app.gui.labeling.document import Document
from app.gui.labeling.outlines import Skeleton
from engine.data.records import KINDS, Annotation
from engine.labeling import geometry

HANDLE = 9  # px across
ROOM = HANDLE + 4  # px of its picture: the pen goes half outside
DOT = 4.0  # px: the radius of points and keypoints
# Where the eight handles of a box are, as shares of it
SLATE = QColor("#344054")
BOX, POINT, KEYPOINTS, MASK = map(KINDS.index, ("box", "point", "keypoints", "mask"))
FAR = 30_000  # px beyond which the raster painter must not be asked to draw


class Detail(IntEnum):
    """How much is drawn of each shape, by how many are in sight."""

    FULL = 250  # all, with names
    FILLED = 1500  # batched, no names
    LINES = 1 << 40  # thin outlines


def detail_for(count: int, before: Detail | None = None) -> Detail:
    """How much there is room for; near a limit what was before is kept, so that panning does not flicker."""
    if before is not None and before is not Detail.LINES and before.value < count <= before.value * 1.15:
        return before
    return next(detail for detail in Detail if count <= detail.value)


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

    def region(self, area: QRectF) -> geometry.Box:
        """The part of the image under an area of the widget."""
        x, y = self.to_image(area.topLeft())
        return x, y, area.width() / self.scale, area.height() / self.scale


@dataclass
class Style:
    """What names and colours labels have, and how the theme colours the rest.

    Attributes:
        details: of each label, as `records.Label.details`.
        mask: the picture of a mask and where it lies on the item, once it is decoded.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    colors: Mapping[int, QColor] = field(default_factory=dict)
    accent: QColor = field(default_factory=lambda: QColor("#0b7a75"))
    font: QFont = field(default_factory=QFont)
    suggestion: Callable[[str, float | None], str] = lambda name, score: f"{name} {score or 0:.2f}"
    tags: bool = True
    shapes: bool = True
    details: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    mask: Callable[[Annotation, QColor], tuple[QImage, QRectF] | None] = lambda _shape, _color: None

    def color(self, label_id: int) -> QColor:
        """A label's colour."""
        return self.colors.get(label_id) or QColor("#98a2b3")

    def tag(self, shape: Annotation) -> str:
        """What stands beside a shape."""
        name = self.names.get(shape.label_id, "?")
        return self.suggestion(name, shape.score) if shape.origin == "model" else name

    def skeleton(self, label_id: int) -> Skeleton:
        """Which keypoints of a label are joined."""
        found: Skeleton = self.details.get(label_id, {}).get("skeleton", ())
        return found


def count_in(document: Document, region: geometry.Box) -> int:
    """How many shapes there are in a part of the image."""
    return len(geometry.boxes_in(document.boxes, region)) if len(document) else 0


def draw_static(
    painter: QPainter,
    document: Document,
    view: View,
    area: QRectF,
    style: Style,
    without: Collection[int],
    detail: Detail,
) -> None:
    """Draw all shapes that reach into `area` (of the widget), but not the ones in hand."""
    if not style.shapes or not len(document):
        return
    room = area.adjusted(-tags.WIDEST, -6, 6, 30) if detail is Detail.FULL else area.adjusted(-6, -6, 6, 6)
    rows = geometry.boxes_in(document.boxes, view.region(room))
    if without:
        rows = np.setdiff1d(rows, [document.row(shape_id) for shape_id in without if shape_id in document])
    if document.order is not None:
        rows = document.order[np.isin(document.order, rows)]
    if not len(rows):
        return
    if detail is Detail.FULL:
        shapes = [document.shapes[row] for row in rows.tolist()]
        for shape in shapes:
            draw_shape(painter, shape, view, style, 2.0, tag=False)
        for shape in shapes if style.tags else ():
            draw_tag(painter, shape, view.point(shape.x or 0.0, shape.y or 0.0), style)
        return
    kinds, labels, suggested = document.kinds[rows], document.label_ids[rows], document.suggested[rows]
    filled = detail is Detail.FILLED
    if filled:
        for row in rows[kinds == MASK].tolist():
            _draw_mask(painter, document.shapes[row], view, style)
    for model in (False, True):
        for label_id in np.unique(labels[suggested == model]).tolist():
            mine = (labels == label_id) & (suggested == model)
            color = style.color(label_id)
            _draw_boxes(painter, document.boxes[rows[mine & (kinds == BOX)]], view, color, model, filled)
            _draw_lines(painter, document, rows[mine & (kinds != BOX)], view, color, model and filled)
            _draw_dots(painter, document, rows[mine & ((kinds == POINT) | (kinds == KEYPOINTS))], view, color)


def draw_shape(
    painter: QPainter, shape: Annotation, view: View, style: Style, width: float = 2.0, *, tag: bool = True
) -> None:
    """Draw one shape with all its detail."""
    if shape.x is None or shape.y is None:
        return
    color = style.color(shape.label_id)
    pen = QPen(color, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin if shape.kind == "box" else Qt.PenJoinStyle.RoundJoin)
    _dash(pen, shape)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, shape.kind not in ("box", "mask"))
    path = _path(shape, view, style.skeleton(shape.label_id))
    suggested = shape.origin == "model"
    if suggested:  # dashes on slate are seen on any picture, whatever the label's colour
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(SLATE, width))
        painter.drawPath(path)
    painter.setBrush(_fill(shape, color))
    painter.setPen(pen)
    if shape.kind != "mask" or not _draw_mask(painter, shape, view, style) or suggested:
        painter.drawPath(path)
    if shape.kind in ("point", "keypoints"):
        _draw_joints(painter, shape, view, color)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if tag and style.tags:
        draw_tag(painter, shape, view.point(shape.x, shape.y), style)


def draw_handles(painter: QPainter, points: list[QPointF], color: QColor, active: int | None = None) -> None:
    """Draw the squares by which a shape is taken, on whole px."""
    white, ratio = QColor("white").rgb(), painter.device().devicePixelRatioF()
    for index, point in enumerate(points):
        pixmap = _handle(color.rgb(), color.rgb() if index == active else white, ratio)
        painter.drawPixmap(QPointF(round(point.x() - ROOM / 2), round(point.y() - ROOM / 2)), pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


@lru_cache(maxsize=256)
def _handle(edge: int, inside: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(QSize(ROOM, ROOM) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(edge), 1.6))
    painter.setBrush(QColor(inside))
    rim = (ROOM - HANDLE) / 2
    painter.drawRoundedRect(QRectF(rim, rim, HANDLE, HANDLE), 1.5, 1.5)
    painter.end()
    return pixmap


def draw_tag(painter: QPainter, shape: Annotation, corner: QPointF, style: Style) -> None:
    """Draw the name above a shape's upper left corner."""
    color = SLATE if shape.origin == "model" else style.color(shape.label_id)
    tags.draw(painter, style.tag(shape), color, corner, style.font, locked="locked" in shape.flags)


def _path(shape: Annotation, view: View, skeleton: Skeleton) -> QPainterPath:
    """The outline of a shape on the widget; holes are further rings (even-odd)."""
    path = QPainterPath()
    if shape.kind in ("box", "mask") or not shape.points:
        if shape.kind != "point":
            rect = view.rect((shape.x or 0.0, shape.y or 0.0, shape.w or 0.0, shape.h or 0.0))
            path.addRect(QRectF(rect.toAlignedRect()))
    elif shape.kind == "ellipse":
        size = max(shape.points[0][2:4]) * view.scale
        ring = geometry.ellipse_outline(shape.points[0], int(min(max(24, size / 2), 360)))
        path.addPolygon(QPolygonF([view.point(x, y) for x, y in ring.tolist()]))
        path.closeSubpath()
    elif shape.kind == "keypoints":
        points = list(zip(*[iter(shape.points[0])] * 3, strict=False))
        for a, b in skeleton:
            if max(a, b) < len(points) and points[a][2] and points[b][2]:
                path.moveTo(view.point(*points[a][:2]))
                path.lineTo(view.point(*points[b][:2]))
    elif shape.kind != "point":
        for ring in shape.points:
            path.addPolygon(QPolygonF([view.point(ring[i], ring[i + 1]) for i in range(0, len(ring) - 1, 2)]))
            if shape.kind != "polyline":
                path.closeSubpath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    return path


def _dash(pen: QPen, shape: Annotation) -> None:
    """How a line tells what is special about its shape."""
    if shape.origin == "model":
        pen.setDashPattern([3, 2.5])
    elif "interpolated" in shape.flags:
        pen.setDashPattern([1, 1.5])
    elif "occluded" in shape.flags:
        pen.setDashPattern([5, 2, 1, 2])
    elif "truncated" in shape.flags:
        pen.setDashPattern([7, 2])


def _fill(shape: Annotation, color: QColor) -> QBrush | Qt.BrushStyle:
    if "ignore" in shape.flags and shape.kind not in ("polyline", "point", "keypoints"):
        hatch = QColor(color)
        hatch.setAlpha(150)
        return QBrush(hatch, Qt.BrushStyle.BDiagPattern)
    if shape.origin == "model" or shape.kind in ("polyline", "keypoints", "point", "mask"):
        return Qt.BrushStyle.NoBrush
    tint = QColor(color)
    tint.setAlpha(38 if shape.kind == "box" else 52)
    return QBrush(tint)


def _draw_mask(painter: QPainter, shape: Annotation, view: View, style: Style) -> bool:
    """Whether its picture is there already."""
    found = style.mask(shape, style.color(shape.label_id))
    if found is None:
        return False
    image, place = found
    painter.drawImage(view.rect((place.x(), place.y(), place.width(), place.height())), image)
    return True


def _draw_joints(painter: QPainter, shape: Annotation, view: View, color: QColor) -> None:
    """Points: visible ones are full, hidden ones are rings."""
    for x, y, seen in _joints(shape):
        if not seen:
            continue
        at = view.point(x, y)
        painter.setPen(QPen(QColor("white") if seen == 2 else color, 1.5))
        painter.setBrush(color if seen == 2 else QColor(255, 255, 255, 150))
        painter.drawEllipse(at, DOT, DOT)


def _joints(shape: Annotation) -> list[tuple[float, ...]]:
    if shape.kind == "keypoints":
        return [] if not shape.points else list(zip(*[iter(shape.points[0])] * 3, strict=False))
    if not shape.points:
        return [(shape.x or 0.0, shape.y or 0.0, 2)]
    return [(ring[i], ring[i + 1], 2) for ring in shape.points for i in range(0, len(ring) - 1, 2)]


def _view_rects(boxes: np.ndarray, view: View) -> np.ndarray:
    """(N, 4) int32 left, top, right, bottom on the widget, both inclusive, as QRect holds them."""
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) * view.scale
    corners += [view.x, view.y, view.x, view.y]
    rects = np.clip(np.round(corners), -FAR, FAR).astype(np.int32)
    rects[:, 2:] -= 1
    return rects


def _draw_boxes(painter: QPainter, boxes: np.ndarray, view: View, color: QColor, suggested: bool, filled: bool) -> None:
    if not len(boxes):
        return
    rects = _view_rects(boxes, view)
    pen = QPen(color, 1)
    pen.setCosmetic(True)
    fill: QBrush | Qt.BrushStyle = Qt.BrushStyle.NoBrush
    if suggested and filled:
        painter.setPen(QPen(SLATE, 1))
        painter.setBrush(fill)
        _rects(painter, rects)
        _rects(painter, rects + np.array([1, 1, -1, -1], np.int32))
        pen.setDashPattern([5, 4])
    elif filled:
        tint = QColor(color)
        tint.setAlpha(38)
        fill = QBrush(tint)
    painter.setPen(pen)
    painter.setBrush(fill)
    _rects(painter, rects)
    if filled:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _rects(painter, rects + np.array([1, 1, -1, -1], np.int32))


def _draw_lines(
    painter: QPainter, document: Document, rows: np.ndarray, view: View, color: QColor, dashed: bool
) -> None:
    if not len(rows):
        return
    lines = document.lines(rows)
    if not len(lines):
        return
    pen = QPen(color, 1)
    pen.setCosmetic(True)
    if dashed:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    placed = _within(lines * view.scale + [view.x, view.y, view.x, view.y])
    whole = np.ascontiguousarray(np.round(placed).astype(np.int32))
    painter.drawLines(wrapInstance(whole.ctypes.data, QLine), len(whole))


def _within(lines: np.ndarray) -> np.ndarray:
    """Lines (K, 4) without what is farther off than the painter can draw; the rest stays where it was."""
    far = (np.abs(lines) > FAR).any(axis=1)
    if not far.any():
        return lines
    start, along = lines[far, :2], lines[far, 2:] - lines[far, :2]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (-FAR - start) / along, (FAR - start) / along
    still = along == 0
    outside = np.abs(start) > FAR
    first = np.where(still, np.where(outside, 2.0, 0.0), np.minimum(one, two)).max(axis=1).clip(0.0)
    last = np.where(still, 1.0, np.maximum(one, two)).min(axis=1).clip(max=1.0)
    seen = first <= last
    cut = np.hstack([start + first[:, None] * along, start + last[:, None] * along])[seen]
    return np.concatenate([lines[~far], cut])


def _draw_dots(painter: QPainter, document: Document, rows: np.ndarray, view: View, color: QColor) -> None:
    """Points where there is no room for more: squares."""
    if not len(rows):
        return
    places = [(x, y) for row in rows.tolist() for x, y, seen in _joints(document.shapes[row]) if seen]
    middle = np.round(np.array(places, np.float64).reshape(-1, 2) * view.scale + [view.x, view.y])
    corners = np.clip(np.concatenate([middle - 2, middle + 1], axis=1), -FAR, FAR).astype(np.int32)
    painter.setPen(QPen(color, 1))
    painter.setBrush(color)
    _rects(painter, corners)


def _rects(painter: QPainter, rects: np.ndarray) -> None:
    """One call for all: the array's memory is that of as many QRect."""
    rects = np.ascontiguousarray(rects, np.int32)
    if len(rects):
        painter.drawRects(wrapInstance(rects.ctypes.data, QRect), len(rects))
