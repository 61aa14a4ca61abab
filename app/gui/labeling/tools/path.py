"""Shapes that are drawn point by point or in one sweep: polygons, holes in them, lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.gui.labeling import painting
from app.gui.labeling.tools.base import ALT, GRAB, THRESHOLD, DrawTool, Pointer, movable, reshaped
from engine.data.records import Annotation
from engine.labeling import geometry

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

SWEEP = 14.0  # px of the widget from which on a drag is a sweep
STRIDE = 3.0  # px of the widget between points of a sweep
PRECISE = 1.2  # px of the widget by which a simplified sweep may differ from the hand's


class PathTool(DrawTool):
    """Point by point with clicks; a drag adds points along its way, which are made fewer in the end."""

    least = 3
    closed = True

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.points: list[tuple[float, float]] = []
        self._at: Pointer | None = None
        self._sweep: int | None = None  # index of the point at which the drag under way began
        self._swept: list[tuple[int, int]] = []

    @property
    def drawing(self) -> bool:
        return bool(self.points)

    def begin(self, pointer: Pointer) -> None:
        self._at = pointer
        self.points, self._swept = [self.placed(pointer)], []
        self._sweep = 0
        self.deselect(pointer)

    def deselect(self, pointer: Pointer) -> None:
        """What is selected is left when a new shape begins."""
        self.canvas.select([])

    def step(self, pointer: Pointer) -> None:
        self._at = pointer
        if self.closed and len(self.points) >= self.least and self._on_first(pointer):
            self.finish()
            return
        point = self._placed(pointer)
        if point != self.points[-1]:
            self.points.append(point)
        self._sweep = len(self.points) - 1

    def drag(self, pointer: Pointer, down: bool) -> None:
        before, self._at = self._at, pointer
        if not down or self._sweep is None:
            self._placed(pointer)  # shows what it would snap to
            return
        last = self.canvas.view.point(*self.points[-1])
        if (pointer.view - last).manhattanLength() >= max(STRIDE, THRESHOLD) and before is not None:
            self.points.append(self.placed(pointer))

    def end(self, pointer: Pointer) -> None:
        start, self._sweep = self._sweep, None
        if start is None or len(self.points) - 1 == start:
            return
        begun = self.canvas.view.point(*self.points[start])
        reached = max((self.canvas.view.point(*p) - begun).manhattanLength() for p in self.points[start + 1 :])
        if reached < SWEEP:  # the hand trembled on a click
            del self.points[start + 1 :]
            return
        self._swept.append((start, len(self.points) - 1))
        if self.closed and len(self.points) > 8 and self._on_first(pointer):
            self.finish()

    def double_click(self, pointer: Pointer) -> None:
        if self.points:
            self.finish()
        else:
            self.canvas.select_tool.double_click(pointer)

    def finish(self) -> bool:
        if not self.points:
            return False
        line = self._simple()
        self.leave()
        if len(line) >= self.least and (not self.closed or geometry.area(line) > 0):
            self.add(line)
        self.say()
        self.canvas.update()
        return True

    def add(self, line: np.ndarray) -> None:
        """Make a shape of the points."""
        self.kit.add(geometry.with_rings(self.new_shape(), [line]))

    def back(self) -> bool:
        if not self.points:
            return super().back()
        start = self._swept[-1] if self._swept else None
        if start is not None and len(self.points) - 1 == start[1]:  # a sweep goes as a whole
            del self.points[start[0] + 1 :]
            self._swept.pop()
        else:
            self.points.pop()
        self.say()
        self.canvas.update()
        return True

    def undo(self) -> bool:
        return self.back() if self.drawing else super().undo()

    def let_go(self) -> None:
        if not self.finish():
            self.cancel()

    def leave(self) -> None:
        self.points, self._sweep, self._swept = [], None, []
        self.kit.snapper.clear()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        if not self.points:
            return
        color = self.canvas.look.color(self.canvas.label_id)
        placed = [self.canvas.view.point(x, y) for x, y in self.points]
        line = [*placed, self.canvas.view.point(*self._placed(self._at))] if self._at is not None else placed
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if self.closed:
            tint = QColor(color)
            tint.setAlpha(40)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawPolygon(QPolygonF(line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 2))
        painter.drawPolyline(QPolygonF(line))
        closes = self.closed and len(placed) >= self.least and self._at is not None and self._on_first(self._at)
        hidden = {i for a, b in self._swept for i in range(a + 1, b)}
        hidden |= set(range(self._sweep + 1, len(placed))) if self._sweep is not None else set()
        shown = [point for i, point in enumerate(placed) if i not in hidden]
        painting.draw_handles(painter, shown, color, active=0 if closes else None)

    def _placed(self, pointer: Pointer) -> tuple[float, float]:
        return self.placed(pointer, self.points[-1] if self.points else None)

    def _on_first(self, pointer: Pointer) -> bool:
        first = self.canvas.view.point(*self.points[0])
        return (first - pointer.view).manhattanLength() <= GRAB * 1.5

    def _simple(self) -> np.ndarray:
        """The points, with those of each sweep as few as show its way."""
        points = np.array(self.points)
        keep = np.ones(len(points), bool)
        for a, b in self._swept:
            run = points[a : b + 1]
            few = geometry.simplified(run, PRECISE / self.canvas.view.scale)
            kept = {tuple(point) for point in few.tolist()}
            keep[a : b + 1] = [tuple(point) in kept for point in run.tolist()]
        return points[keep]


class PolygonTool(PathTool):
    """Draw a polygon; it closes at its first point, by a double click or by Enter. Alt inside one cuts a hole."""

    name = kind = "polygon"

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._into: int | None = None  # the polygon that gets a hole

    def usage(self) -> str:
        if self.points and self._into is not None:
            return QCoreApplication.translate("Tools", "Hole: point by point or drag · Enter closes")
        if self.points:
            return QCoreApplication.translate(
                "Tools", "Enter or the first point closes · Backspace takes a point back · Shift: at 15° steps"
            )
        if self.target() is not None:
            return QCoreApplication.translate("Tools", "Click point by point or drag · Alt in the polygon: a hole")
        return QCoreApplication.translate(
            "Tools", "Click point by point or drag · Enter closes · Backspace takes a point back"
        )

    def target(self) -> Annotation | None:
        """The polygon that a hole would be cut into."""
        shape = self.canvas.one_selected()
        return shape if shape is not None and shape.kind == "polygon" and movable(shape) else None

    def deselect(self, pointer: Pointer) -> None:
        target = self.target()
        if target is not None and self.holes(pointer):
            self._into = target.id
        else:
            self._into = None
            super().deselect(pointer)

    def holes(self, pointer: Pointer) -> bool:
        """Whether what begins here is a hole of the selected polygon."""
        target = self.target()
        return pointer.has(ALT) and target is not None and _covers(target, pointer.x, pointer.y)

    def add(self, line: np.ndarray) -> None:
        shape = self.canvas.document.get(self._into) if self._into is not None else None
        if shape is None:
            super().add(line)
            return
        rings = [*(geometry.ring_points(ring) for ring in shape.points), line]
        self.canvas.commit([reshaped(geometry.with_rings(shape, rings))], "Add hole")


class HoleTool(PolygonTool):
    """Cut holes into the selected polygon."""

    name = "hole"

    def hint(self) -> str:
        return self.usage()

    def usage(self) -> str:
        if self.target() is None:
            return QCoreApplication.translate("Tools", "Click the polygon that gets a hole")
        return QCoreApplication.translate("Tools", "Hole: point by point or drag · Enter closes")

    def holes(self, pointer: Pointer) -> bool:
        return self.target() is not None

    def begin(self, pointer: Pointer) -> None:
        if self.target() is None:
            self.select_under(pointer)
        else:
            super().begin(pointer)


class PolylineTool(PathTool):
    """Draw a line; a double click or Enter ends it."""

    name = kind = "polyline"
    least = 2
    closed = False

    def usage(self) -> str:
        if self.points:
            return QCoreApplication.translate(
                "Tools", "Enter or a double click ends the line · Backspace takes a point back · Shift: at 15° steps"
            )
        return QCoreApplication.translate("Tools", "Click point by point or drag · Enter or a double click ends")


def _covers(shape: Annotation, x: float, y: float) -> bool:
    return geometry.polygon_contains([geometry.ring_points(ring) for ring in shape.points], x, y)
