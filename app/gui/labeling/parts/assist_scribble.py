"""The tool for scribbles: strokes of labels and of background, from which the pixels of the rest are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.gui.labeling.parts import assist_results as results
from app.gui.labeling.tools.base import ALT, CTRL, DrawTool, Pointer
from engine.labeling.assist.scribbles import BACKGROUND, MOST_POINTS, Stroke

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.parts.assist_pixels import Pixels

GROUND = QColor("#98a2b3")
STRIDE = 2.0  # px of the widget between two places of a stroke


class ScribbleTool(DrawTool):
    """Drag over what belongs to the label, with Alt over what is background; Enter takes what was found."""

    name = "scribble"
    kind = "mask"
    grabs = False
    drags = True
    selecting = (CTRL,)

    def __init__(self, canvas: Canvas, pixels: Pixels) -> None:
        super().__init__(canvas)
        self.pixels = pixels
        self._line: list[tuple[float, float]] = []
        self._label = BACKGROUND
        self._overlays: list[results.Found] = []
        self._masks: dict[int, NDArray[np.bool_]] = {}

    @property
    def drawing(self) -> bool:
        return bool(self._line)

    def hint(self) -> str:
        return self.usage()

    def usage(self) -> str:
        state = self.pixels.state
        if state:
            return state
        translate = QCoreApplication.translate
        if not self.pixels.here:
            return translate("Assist", "Drag over something of the label, and with Alt over background")
        if not self.pixels.scribbles.ready:
            return translate("Assist", "Now the other side: Alt drags background")
        if self._masks:
            return translate("Assist", "Regions found: {0} · Enter accepts · more strokes where it is wrong").format(
                self.pixels.count
            )
        return translate("Assist", "Nothing found yet · add strokes · Alt: background")

    def begin(self, pointer: Pointer) -> None:
        width, height = self.size
        if not (0 <= pointer.x < width and 0 <= pointer.y < height):
            return
        self._label = BACKGROUND if pointer.has(ALT) or self.pixels.background else self.canvas.label_id
        self._line = [(pointer.x, pointer.y)]

    def drag(self, pointer: Pointer, down: bool) -> None:
        last = self.canvas.view.point(*self._line[-1])
        if down and (pointer.view - last).manhattanLength() >= STRIDE:
            self._line.append((pointer.x, pointer.y))

    def end(self, pointer: Pointer) -> None:
        line, self._line = self._line, []
        every = -(-len(line) // (MOST_POINTS - 1))  # a stroke without an end is kept more coarsely
        line = [*line[::every], line[-1]] if every > 1 else line
        flat = tuple(round(value, 1) for place in line for value in place)
        self.pixels.add(Stroke(self._label, self.pixels.width, flat))

    def finish(self) -> bool:
        return self.pixels.accept()

    def back(self) -> bool:
        return self.pixels.take_back() or super().back()

    def cancel(self) -> bool:
        if self._line:
            self._line = []
            self.canvas.update()
            return True
        return super().cancel()

    def taken(self) -> None:
        self.pixels.look()

    def left(self) -> None:
        super().left()
        self._line = []
        self.pixels.stop()
        self.show_masks({})

    def wheel(self, turns: float, pointer: Pointer) -> bool:
        """Ctrl and the wheel: a wider or thinner brush."""
        self.pixels.set_width(self.pixels.width * 1.25**turns)
        return True

    def show_masks(self, masks: dict[int, NDArray[np.bool_]]) -> None:
        """Show what was found for each label."""
        self._masks, self._overlays = masks, []
        for label, mask in masks.items():
            found = results.tight(mask)
            if found is not None:
                self._overlays.append(results.Found(*found, self.canvas.look.color(label)))
        self.canvas.update()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        for overlay in self._overlays:
            overlay.paint(painter, self.canvas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for stroke in self.pixels.here:
            places = np.array(stroke.points).reshape(-1, 2).tolist()
            self._stroke(painter, places, stroke.label, stroke.width)
        if self._line:
            self._stroke(painter, self._line, self._label, self.pixels.width)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _stroke(self, painter: QPainter, places: list[tuple[float, float]], label: int, width: float) -> None:
        color = GROUND if label == BACKGROUND else self.canvas.look.color(label)
        wide = max(2.0, width * self.canvas.view.scale)
        points = [self.canvas.view.point(x, y) for x, y in places]
        line = QPolygonF(points if len(points) > 1 else points * 2)
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(QColor(0, 0, 0, 150), wide + 2, Qt.PenStyle.SolidLine, cap, join))
        painter.drawPolyline(line)
        painter.setPen(QPen(color, wide, Qt.PenStyle.SolidLine, cap, join))
        painter.drawPolyline(line)
        if label == BACKGROUND:  # dashes tell it from a label of a like colour
            painter.setPen(QPen(QColor("white"), max(1.0, wide / 4), Qt.PenStyle.DotLine))
            painter.drawPolyline(line)
