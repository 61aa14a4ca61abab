"""Boxes that lie askew: one side by two clicks and the depth by a third, or dragged straight and turned by a handle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QPainter, QPen

from app.gui.labeling import painting
from app.gui.labeling.tools.base import CTRL, SHIFT, SMALLEST, THRESHOLD, DrawTool, Pointer
from engine.data.records import Annotation
from engine.labeling import geometry

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas


class RotatedBoxTool(DrawTool):
    """Three clicks draw a box at any angle; a drag draws a straight one."""

    name = kind = "rotated_box"

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._points: list[tuple[float, float]] = []
        self._pressed: Pointer | None = None
        self._at: tuple[float, float] = (0.0, 0.0)
        self._dragged = False

    @property
    def drawing(self) -> bool:
        return bool(self._points)

    def usage(self) -> str:
        if len(self._points) == 1:
            return QCoreApplication.translate("Tools", "Click the other end of this side · Shift: at 15° steps")
        if len(self._points) == 2:
            return QCoreApplication.translate("Tools", "Click how deep the box is · Backspace takes a point back")
        return QCoreApplication.translate("Tools", "Click both ends of a side, then the depth · or drag, then turn it")

    def begin(self, pointer: Pointer) -> None:
        self._at = self.placed(pointer)
        self._points, self._pressed, self._dragged = [self._at], pointer, False
        self.canvas.select([])

    def step(self, pointer: Pointer) -> None:
        self._follow(pointer)
        if len(self._points) == 1:
            if np.hypot(self._at[0] - self._points[0][0], self._at[1] - self._points[0][1]) >= SMALLEST:
                self._points.append(self._at)
        else:
            self._add(self._askew())

    def drag(self, pointer: Pointer, down: bool) -> None:
        if self._pressed is not None and down and pointer.far_from(self._pressed) >= THRESHOLD * 2:
            self._dragged = True
        self._follow(pointer)

    def end(self, pointer: Pointer) -> None:
        if self._dragged:
            self._follow(pointer)
            self._add(self._straight())
        self._pressed = None

    def finish(self) -> bool:
        if not self.drawing:
            return False
        if len(self._points) == 2:
            self._add(self._askew())
        return True

    def back(self) -> bool:
        if not self._points:
            return super().back()
        self._points.pop()
        self.say()
        self.canvas.update()
        return True

    def undo(self) -> bool:
        return self.back() if self.drawing else super().undo()

    def leave(self) -> None:
        self._points, self._pressed, self._dragged = [], None, False
        self.kit.snapper.clear()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        if not self._points:
            return
        color = self.canvas.look.color(self.canvas.label_id)
        shape = self._straight() if self._dragged else self._askew() if len(self._points) == 2 else None
        if shape is not None:
            painting.draw_shape(painter, shape, self.canvas.view, self.canvas.look)
            _, _, w, h, degrees = geometry.rotated_box(shape.points[0])
            at = self.canvas.view.point(*self._at) + QPointF(14, 14)
            self.canvas.draw_chip(painter, f"{w:.0f} × {h:.0f} px  {degrees:.0f}°", at)
        else:
            a, b = self._points[0], self._at
            painter.setPen(QPen(color, 2))
            painter.drawLine(self.canvas.view.point(*a), self.canvas.view.point(*b))
            degrees = np.rad2deg(np.arctan2(b[1] - a[1], b[0] - a[0]))
            self.canvas.draw_chip(painter, f"{degrees:.0f}°", self.canvas.view.point(*b) + QPointF(14, 14))
        painting.draw_handles(painter, [self.canvas.view.point(*point) for point in self._points], color)

    def _follow(self, pointer: Pointer) -> None:
        anchor = self._points[0] if len(self._points) == 1 and not self._dragged else None
        if len(self._points) == 2 and pointer.has(SHIFT, CTRL):
            anchor = None
        self._at = self.placed(pointer, anchor)

    def _askew(self) -> Annotation:
        """The box on the side that was clicked, as deep as the pointer is away from it."""
        a, b = np.array(self._points[0]), np.array(self._points[1])
        along = (b - a) / max(float(np.hypot(*(b - a))), 1e-9)
        across = np.array([-along[1], along[0]])
        depth = float((np.array(self._at) - a) @ across)
        corners = [a, b, b + across * depth, a + across * depth]
        if depth < 0:  # clockwise, as all rotated boxes
            corners = [corners[3], corners[2], corners[1], corners[0]]
        return geometry.with_rings(self.new_shape(), [np.array(corners)])

    def _straight(self) -> Annotation:
        box = geometry.bounds([self._points[0], self._at])
        return geometry.with_rings(self.new_shape(), [geometry.box_corners(box)])

    def _add(self, shape: Annotation) -> None:
        self.leave()
        _, _, w, h, _ = geometry.rotated_box(shape.points[0])
        if min(w, h) >= SMALLEST:
            self.kit.add(shape)
