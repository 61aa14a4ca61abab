"""Intelligent scissors as a tool: the line follows edges from click to click and closes to a polygon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.gui.labeling import painting
from app.gui.labeling.parts import assist_results as results
from app.gui.labeling.tools.base import ALT, GRAB, DrawTool, Pointer
from engine.labeling import geometry
from engine.labeling.assist.scissors import LiveWire

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.parts.assist import Assist


class Stop:
    """A click, the way from the one before, and what lays the ways onwards."""

    def __init__(self, x: float, y: float) -> None:
        self.at = (x, y)
        self.way = np.empty((0, 2))  # from the stop before up to here, both ends in it
        self.straight = False  # Alt: no edges
        self.wire: LiveWire | None = None


class ScissorsTool(DrawTool):
    """Click along an edge; Enter or the first point closes, Backspace takes the last stretch back, Alt goes straight."""

    name = "scissors"
    kind = "polygon"

    def __init__(self, canvas: Canvas, part: Assist) -> None:
        super().__init__(canvas)
        self.part = part
        self.stops: list[Stop] = []
        self._picture: tuple[Any, int, int] | None = None
        self._at: Pointer | None = None

    @property
    def drawing(self) -> bool:
        return bool(self.stops)

    def usage(self) -> str:
        if not self.stops:
            return QCoreApplication.translate("Assist", "Click on an edge, then further along it: the line follows")
        return QCoreApplication.translate(
            "Assist", "Enter or the first point closes · Backspace takes a stretch back · Alt: straight"
        )

    def begin(self, pointer: Pointer) -> None:
        self._picture = results.look(self.canvas.picture, pointer.x, pointer.y)
        if self._picture is not None:
            self.canvas.select([])
            self._stop(pointer)

    def step(self, pointer: Pointer) -> None:
        if len(self.stops) >= 2 and self._on_first(pointer):
            self.finish()
        else:
            self._stop(pointer)

    def drag(self, pointer: Pointer, down: bool) -> None:
        self._at = pointer

    def double_click(self, pointer: Pointer) -> None:
        if self.stops:
            self.finish()
        else:
            self.canvas.select_tool.double_click(pointer)

    def finish(self) -> bool:
        if not self.stops:
            return False
        ring = self.ring()
        self.leave()
        if len(ring) >= 3 and geometry.area(ring) > 0:
            self.kit.add(geometry.with_rings(self.new_shape(), [np.round(ring, 1)]))
        self.say()
        self.canvas.update()
        return True

    def ring(self) -> np.ndarray:
        """The closed line so far: (N, 2), without the first point at its end."""
        ways = [stop.way[1:] for stop in self.stops[1:]]
        closing = self._way(self.stops[-1], *self.stops[0].at)[1:-1]
        width, height = self.size
        return np.clip(np.concatenate([[self.stops[0].at], *ways, closing]), 0, [width, height])

    def back(self) -> bool:
        if not self.stops:
            return super().back()
        self.stops.pop()
        self.say()
        self.canvas.update()
        return True

    def leave(self) -> None:
        self.stops, self._picture = [], None

    def left(self) -> None:
        super().left()
        self.leave()

    def forget_picture(self) -> None:
        """Another picture is shown."""
        self.leave()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        if not self.stops:
            return
        color = self.canvas.look.color(self.canvas.label_id)
        ways = [stop.way for stop in self.stops[1:]]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for way in ways:
            self._line(painter, way, QPen(color, 2))
        if self._at is not None:
            pen = QPen(color, 2)
            pen.setDashPattern([3, 2])
            at = self._placed(self._at)
            straight = np.array([self.stops[-1].at, at])
            self._line(painter, straight if self._at.has(ALT) else self._way(self.stops[-1], *at), pen)
        handles = [self.canvas.view.point(*stop.at) for stop in self.stops]
        closes = self._at is not None and len(self.stops) >= 3 and self._on_first(self._at)
        painting.draw_handles(painter, handles, color, active=0 if closes else None)

    def _stop(self, pointer: Pointer) -> None:
        x, y = self._placed(pointer)
        if self.stops and self.stops[-1].at == (x, y):
            return
        stop = Stop(x, y)
        if self.stops:
            stop.straight = pointer.has(ALT)
            stop.way = np.array([self.stops[-1].at, (x, y)]) if stop.straight else self._way(self.stops[-1], x, y)
        self.stops.append(stop)
        self._lay(stop)

    def _lay(self, stop: Stop) -> None:
        """Lay the ways from a stop, off the UI thread; a line that went on from it meanwhile is drawn along them."""
        assert self._picture is not None
        image, left, top = self._picture

        def work(_: Any) -> LiveWire:
            wire = LiveWire(image)
            wire.anchor(stop.at[0] - left, stop.at[1] - top)
            return wire

        def laid(wire: LiveWire) -> None:
            stop.wire = wire
            if stop in self.stops[:-1]:
                following = self.stops[self.stops.index(stop) + 1]
                if not following.straight:
                    following.way = self._way(stop, *following.at)
            self.canvas.update()

        self.part.answer(work, laid, self._failed, key="")

    def _way(self, stop: Stop, x: float, y: float) -> np.ndarray:
        if stop.wire is None or self._picture is None:
            return np.array([stop.at, (x, y)])
        corner = np.array(self._picture[1:], np.float64)
        return stop.wire.path(x - corner[0], y - corner[1]) + corner

    def _placed(self, pointer: Pointer) -> tuple[float, float]:
        """On the strongest edge near the mouse; with Alt where the mouse is."""
        width, height = self.size
        x, y = min(max(pointer.x, 0.0), width - 0.01), min(max(pointer.y, 0.0), height - 0.01)
        if pointer.has(ALT) or self._picture is None:
            return x, y
        image, left, top = self._picture
        if self.stops and self._on_first(pointer):
            return self.stops[0].at
        found = LiveWire(image).nearest_edge(x - left, y - top)
        return found[0] + left, found[1] + top

    def _on_first(self, pointer: Pointer) -> bool:
        first = self.canvas.view.point(*self.stops[0].at)
        return (first - pointer.view).manhattanLength() <= GRAB * 1.5

    def _line(self, painter: QPainter, way: np.ndarray, pen: QPen) -> None:
        line = QPolygonF([self.canvas.view.point(x, y) for x, y in way.tolist()])
        painter.setPen(QPen(QColor(255, 255, 255, 150), pen.widthF() + 2))
        painter.drawPolyline(line)
        painter.setPen(pen)
        painter.drawPolyline(line)

    def _failed(self, error: Exception) -> None:
        self.part.page.shell.notice(str(error), kind="error")
