"""Shapes that are drawn by dragging from corner to corner: boxes, ellipses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRect
from PySide6.QtGui import QPainter

from app.gui.labeling import painting, tags
from app.gui.labeling.tools.base import ALT, CTRL, SHIFT, SMALLEST, THRESHOLD, DrawTool, Pointer
from engine.data.records import Annotation
from engine.labeling import geometry

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

ROOM = 180  # px around a half-drawn shape that its figure may take


class DragTool(DrawTool):
    """From a press to where the button is let go; a plain click selects."""

    drags = True

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._start: Pointer | None = None
        self._from = (0.0, 0.0)
        self._shape: Annotation | None = None

    @property
    def drawing(self) -> bool:
        return self._start is not None

    def formed(self, a: tuple[float, float], b: tuple[float, float], pointer: Pointer) -> Annotation:
        """The shape between two points."""
        raise NotImplementedError

    def begin(self, pointer: Pointer) -> None:
        self._start, self._from, self._shape = pointer, self.placed(pointer), None

    def drag(self, pointer: Pointer, down: bool) -> None:
        if self._start is not None and down:
            self._shape = self.formed(self._from, self.placed(pointer), pointer)

    def end(self, pointer: Pointer) -> None:
        start = self._start
        assert start is not None
        self.drag(pointer, True)
        shape = self._shape
        self.leave()
        far = pointer.far_from(start) >= THRESHOLD * 2
        if far and shape is not None and min(shape.w or 0, shape.h or 0) >= SMALLEST:
            self.kit.add(shape)
        else:
            self.select_under(pointer)

    def leave(self) -> None:
        self._start, self._shape = None, None
        self.kit.snapper.clear()

    def seen(self) -> QRect:
        """The shape with its name, and the figure beside its lower right corner, or moved back into the canvas."""
        if self._shape is None:
            return QRect()
        rect = self.canvas.view.rect(geometry.box_of(self._shape))
        rect = rect.adjusted(-ROOM, -ROOM, max(ROOM, tags.WIDEST - rect.width()), ROOM)
        return rect.toAlignedRect()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        if self._shape is not None:
            painting.draw_shape(painter, self._shape, self.canvas.view, self.canvas.look)
            around = self.canvas.view.rect(geometry.box_of(self._shape))
            self.canvas.draw_chip(painter, self.measure(self._shape), around.bottomRight() + QPointF(6, 6))

    def measure(self, shape: Annotation) -> str:
        """What is said beside the shape while it is drawn."""
        return f"{shape.w:.0f} × {shape.h:.0f} px"


class BoxTool(DragTool):
    """Draw a box; Shift makes it square."""

    name = kind = "box"

    def formed(self, a: tuple[float, float], b: tuple[float, float], pointer: Pointer) -> Annotation:
        b = _square(a, b) if pointer.has(SHIFT) else b
        left, right = sorted((round(a[0]), round(b[0])))  # whole px: a box is made of pixels
        top, bottom = sorted((round(a[1]), round(b[1])))
        box = (float(left), float(top), float(right - left), float(bottom - top))
        x, y, w, h = geometry.clip_box(box, *self.size)
        return self.new_shape().with_(x=x, y=y, w=w, h=h)


class EllipseTool(DragTool):
    """Draw an ellipse between two corners; Shift makes it a circle, Alt draws it around the first point."""

    name = kind = "ellipse"
    selecting = (CTRL,)

    def usage(self) -> str:
        return QCoreApplication.translate("Tools", "Drag from corner to corner · Shift: circle · Alt: from the middle")

    def formed(self, a: tuple[float, float], b: tuple[float, float], pointer: Pointer) -> Annotation:
        b = _square(a, b) if pointer.has(SHIFT) else b
        if pointer.has(ALT):
            a = (2 * a[0] - b[0], 2 * a[1] - b[1])
        rx, ry = abs(b[0] - a[0]) / 2, abs(b[1] - a[1]) / 2
        return geometry.with_points(self.new_shape(), [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, rx, ry, 0.0)])

    def measure(self, shape: Annotation) -> str:
        return f"⌀ {shape.w:.0f} px" if abs((shape.w or 0) - (shape.h or 0)) < 0.5 else super().measure(shape)


def _square(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """The second corner moved so that both sides are the shorter one."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    side = min(abs(dx), abs(dy))
    return a[0] + (side if dx >= 0 else -side), a[1] + (side if dy >= 0 else -side)
