"""The places at which a shape is taken: corners and sides, radii, vertices, the handle that turns it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.gui.labeling import painting
from app.gui.labeling.tools.base import SMALLEST
from engine.data.records import Annotation
from engine.labeling import geometry

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from app.gui.labeling.painting import View

# Where the eight handles of a box are, as shares of it, and the sides that each one moves
PLACES = ((0, 0), (0.5, 0), (1, 0), (1, 0.5), (1, 1), (0.5, 1), (0, 1), (0, 0.5))
RADII = ((1, 0), (0, 1), (-1, 0), (0, -1))  # the ends of an ellipse's axes
CURSORS = (
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeBDiagCursor,
    Qt.CursorShape.SizeHorCursor,
)
HALF = 6.0  # px of the widget: half a handle, and its line
DENSE = 200  # more vertices in sight than these are drawn small
ARM = 26.0  # px of the widget between a shape and the handle that turns it


@dataclass(frozen=True)
class Handle:
    """One handle: "handle" (a side or corner), "radius", "vertex" or "turn"; where it is on the widget."""

    mode: str
    ring: int
    index: int
    at: QPointF


def handles(shape: Annotation, view: View) -> list[Handle]:
    """All handles of a shape, those on top first."""
    if shape.x is None or "locked" in shape.flags:
        return []
    if shape.kind in ("box", "mask"):
        return [Handle("handle", 0, i, at) for i, at in enumerate(handle_points(view.rect(geometry.box_of(shape))))]
    if shape.kind in ("rotated_box", "ellipse") and shape.points:
        own, arm = frame_points(shape, view)
        mode = "handle" if shape.kind == "rotated_box" else "radius"
        return [Handle("turn", 0, 0, arm), *(Handle(mode, 0, i, at) for i, at in enumerate(own))]
    if shape.kind in ("polygon", "polyline", "keypoints"):
        return [
            Handle("vertex", ring, index, view.point(*place))
            for ring, points in enumerate(vertices(shape))
            for index, place in enumerate(points[:, :2])
            if shape.kind != "keypoints" or points[index, 2]
        ]
    return []


def nearest(shape: Annotation, view: View, at: QPointF, reach: float) -> Handle | None:
    """The handle nearest to a place on the widget, when it is within reach; shapes may have thousands of vertices."""
    if shape.kind not in ("polygon", "polyline", "keypoints"):
        found = handles(shape, view)
        away = [(handle.at - at).manhattanLength() for handle in found]
        best = int(np.argmin(away)) if away else 0
        return found[best] if found and away[best] <= reach else None
    if "locked" in shape.flags:
        return None
    x, y = view.to_image(at)
    best_away, best_place = reach / view.scale, None
    for ring, points in enumerate(vertices(shape)):
        away = np.abs(points[:, 0] - x) + np.abs(points[:, 1] - y)
        if shape.kind == "keypoints":
            away[points[:, 2] == 0] = np.inf
        index = int(away.argmin()) if len(away) else 0
        if len(away) and away[index] <= best_away:
            best_away, best_place = float(away[index]), (ring, index)
    if best_place is None:
        return None
    ring, index = best_place
    place = vertices(shape)[ring][index]
    return Handle("vertex", ring, index, view.point(float(place[0]), float(place[1])))


def vertices(shape: Annotation) -> list[np.ndarray]:
    """The rings of a shape to be changed: (N, 2) px, for keypoints (N, 3) with visibility."""
    step = 3 if shape.kind == "keypoints" else 2
    return [np.array(ring, np.float64).reshape(-1, step) for ring in shape.points]


def handle_points(rect: QRectF) -> list[QPointF]:
    """The eight places at which a box is resized."""
    return [QPointF(rect.x() + fx * rect.width(), rect.y() + fy * rect.height()) for fx, fy in PLACES]


def frame_points(shape: Annotation, view: View) -> tuple[list[QPointF], QPointF]:
    """The places on a shape that lies askew (eight of a box, four of an ellipse), and the one that turns it."""
    cx, cy, half_w, half_h, degrees = frame(shape)
    if shape.kind == "ellipse":
        offsets = [(half_w * fx, half_h * fy) for fx, fy in RADII]
    else:
        offsets = [((2 * fx - 1) * half_w, (2 * fy - 1) * half_h) for fx, fy in PLACES]
    offsets.append((0.0, -half_h - ARM / view.scale))
    placed = geometry.turned(np.array(offsets) + np.array([cx, cy]), degrees, cx, cy)
    *own, arm = (view.point(x, y) for x, y in placed.tolist())
    return own, arm


def frame(shape: Annotation) -> tuple[float, float, float, float, float]:
    """Middle, half width, half height and degrees of a rotated box or an ellipse."""
    if shape.kind == "ellipse":
        cx, cy, rx, ry, degrees = shape.points[0]
        return cx, cy, rx, ry, degrees
    cx, cy, w, h, degrees = geometry.rotated_box(shape.points[0])
    return cx, cy, w / 2, h / 2, degrees


def cursor(handle: Handle) -> Qt.CursorShape:
    """What the mouse looks like over a handle."""
    if handle.mode == "handle":
        return CURSORS[handle.index % 4]
    if handle.mode == "turn":
        return Qt.CursorShape.OpenHandCursor
    return Qt.CursorShape.PointingHandCursor


def resized_box(box: geometry.Box, index: int, x: float, y: float) -> geometry.Box:
    """A box with one handle moved to (x, y); dragged over its opposite side it turns round."""
    left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
    fx, fy = PLACES[index]
    if fx == 0:
        left = round(x)
    elif fx == 1:
        right = round(x)
    if fy == 0:
        top = round(y)
    elif fy == 1:
        bottom = round(y)
    left, right = sorted((left, right))
    top, bottom = sorted((top, bottom))
    return left, top, max(right - left, SMALLEST), max(bottom - top, SMALLEST)


def resized_askew(shape: Annotation, index: int, x: float, y: float) -> Annotation:
    """A rotated box with one handle moved to (x, y); its angle and the opposite side stay."""
    cx, cy, half_w, half_h, degrees = frame(shape)
    u, v = geometry.turned([[x, y]], -degrees, cx, cy)[0] - [cx, cy]  # in the box's own frame
    sides = [-half_w, -half_h, half_w, half_h]
    fx, fy = PLACES[index]
    if fx != 0.5:
        sides[0 if fx == 0 else 2] = u
    if fy != 0.5:
        sides[1 if fy == 0 else 3] = v
    left, right = sorted((sides[0], sides[2]))
    top, bottom = sorted((sides[1], sides[3]))
    w, h = max(right - left, SMALLEST), max(bottom - top, SMALLEST)
    mx, my = geometry.turned([[cx + (left + right) / 2, cy + (top + bottom) / 2]], degrees, cx, cy)[0]
    return geometry.with_rings(shape, [geometry.rotated_corners(mx, my, w, h, degrees)])


def with_radius(shape: Annotation, index: int, x: float, y: float, *, circle: bool) -> Annotation:
    """An ellipse one of whose radii ends at (x, y)."""
    cx, cy, rx, ry, degrees = shape.points[0]
    u, v = geometry.turned([[x, y]], -degrees, cx, cy)[0] - [cx, cy]
    radius = max(round(abs(float(u if index % 2 == 0 else v)), 1), SMALLEST / 2)
    radii = (radius, radius) if circle else (radius, ry) if index % 2 == 0 else (rx, radius)
    return geometry.with_points(shape, [(cx, cy, *radii, degrees)])


def turned_by(shape: Annotation, start: tuple[float, float], x: float, y: float, *, steps: bool) -> float:
    """By how many degrees a shape turns when the turning handle goes from `start` to (x, y); `steps`: to a 15° angle."""
    cx, cy = geometry.middle(shape)
    before, after = np.arctan2(start[1] - cy, start[0] - cx), np.arctan2(y - cy, x - cx)
    by = float(np.rad2deg(after - before))
    if steps:
        angle = frame(shape)[4] if shape.kind in ("rotated_box", "ellipse") else 0.0
        by = round((angle + by) / 15) * 15 - angle
    return by


def paint(painter: QPainter, shape: Annotation, view: View, color: QColor, chosen: set[tuple[int, int]]) -> None:
    """Draw the handles of the one selected shape; `chosen` vertices are full."""
    if shape.kind in ("point", "keypoints"):
        _paint_rings(painter, shape, view, color, chosen)
        return
    if shape.kind in ("polygon", "polyline"):
        _paint_vertices(painter, shape, view, color, chosen)
        return
    found = handles(shape, view)
    for handle in found:
        if handle.mode == "turn":
            own = frame_points(shape, view)[0]
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(QPen(color, 1.6))
            painter.drawLine(own[1 if shape.kind == "rotated_box" else 3], handle.at)
            painter.setBrush(Qt.GlobalColor.white)
            painter.drawEllipse(handle.at, 5.0, 5.0)
    painting.draw_handles(painter, [handle.at for handle in found if handle.mode != "turn"], color)


def _paint_vertices(
    painter: QPainter, shape: Annotation, view: View, color: QColor, chosen: set[tuple[int, int]]
) -> None:
    """Those in sight, small ones in one call when there are many; chosen ones are full."""
    if "locked" in shape.flags:
        return
    device = painter.device()
    room = np.array([device.width(), device.height()]) / device.devicePixelRatioF()
    plain: list[QPointF] = []
    for ring, points in enumerate(vertices(shape)):
        placed = points[:, :2] * view.scale + np.array([view.x, view.y])
        seen = ((placed > -HALF) & (placed < room + HALF)).all(axis=1)
        seen[[index for r, index in chosen if r == ring and index < len(seen)]] = False
        plain += [QPointF(x, y) for x, y in placed[seen].tolist()]
    full = [
        view.point(*points[index, :2].tolist())
        for ring, points in enumerate(vertices(shape))
        for r, index in chosen
        if r == ring and index < len(points)
    ]
    if len(plain) <= DENSE:
        painting.draw_handles(painter, plain, color)
    else:
        painter.setPen(QPen(color, 1))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRects([QRectF(at.x() - 2, at.y() - 2, 4, 4) for at in plain])
    for at in full:
        painting.draw_handles(painter, [at], color, 0)


def _paint_rings(painter: QPainter, shape: Annotation, view: View, color: QColor, chosen: set[tuple[int, int]]) -> None:
    """Rings around points, so that it is still seen which ones are hidden."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for ring, points in enumerate(vertices(shape)):
        for index, point in enumerate(points):
            if shape.kind == "keypoints" and not point[2]:
                continue
            at, mine = view.point(float(point[0]), float(point[1])), (ring, index) in chosen
            painter.setPen(QPen(Qt.GlobalColor.white, 4.5 if mine else 3.5))
            painter.drawEllipse(at, 8.0, 8.0)
            painter.setPen(QPen(color, 3.0 if mine else 1.5))
            painter.drawEllipse(at, 8.0, 8.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
