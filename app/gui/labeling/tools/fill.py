"""Masks by areas: what a lasso encloses, holes that are filled, regions of like colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPolygonF

from app.gui.labeling.tools import pixels
from app.gui.labeling.tools.base import ALT, SHIFT, Pointer
from app.gui.labeling.tools.mask import MaskTool, Overlay
from engine.labeling import masks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.gui.labeling.canvas import Canvas
    from engine.data.records import Annotation

MOST = 6_000_000  # px that are searched for a region at once
CALM = 3.0  # px of the widget that one grey level of tolerance takes


class LassoTool(MaskTool):
    """Adds what a line around it encloses; Alt takes it away."""

    name = "lasso"
    drags = True

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._line: list[tuple[float, float]] = []
        self._value = 1

    @property
    def drawing(self) -> bool:
        return bool(self._line)

    def usage(self) -> str:
        return QCoreApplication.translate("Tools", "Drag around what belongs to the mask · Alt: take it away")

    def begin(self, pointer: Pointer) -> None:
        self._value = 0 if pointer.has(ALT) else 1
        if not self._value:
            self.choose_under(pointer)
            if self.target() is None:
                return
        self.settle()
        self._line = [self.placed(pointer)]

    def drag(self, pointer: Pointer, down: bool) -> None:
        point = self.placed(pointer)
        if down and point != self._line[-1]:
            self._line.append(point)
        self.canvas.update()

    def end(self, pointer: Pointer) -> None:
        line, self._line = self._line, []
        if len(line) >= 3:
            self.open().fill([np.array(line)], self._value)
            self.store("Lasso")
        self.canvas.update()

    def leave(self) -> None:
        self._line = []
        super().leave()

    def paint(self, painter: QPainter) -> None:
        super().paint(painter)
        if not self._line:
            return
        color = self.canvas.look.color(self.canvas.label_id)
        tint = QColor(color)
        tint.setAlpha(60 if self._value else 0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(tint)
        line = QPolygonF([self.canvas.view.point(*point) for point in self._line])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 2, Qt.PenStyle.SolidLine if self._value else Qt.PenStyle.DashLine))
        painter.drawPolyline(line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class RegionTool(MaskTool):
    """Finds a region around a px of the picture."""

    option = "tolerance"

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._picture: tuple[object, NDArray[np.uint8], int, int] | None = None

    def part(self, pointer: Pointer) -> tuple[NDArray[np.uint8], int, int] | None:
        """The picture around a point, as much as is searched, and where it begins."""
        picture = self.canvas.picture
        width, height = picture.width, picture.height
        x, y = int(pointer.x), int(pointer.y)
        if not (0 <= x < width and 0 <= y < height):
            return None
        if width * height <= MOST:
            if self._picture is None or self._picture[0] is not picture:
                whole = pixels.region(picture, 0, 0, width, height)
                self._picture = (picture, whole, 0, 0) if whole is not None else None
            return self._picture[1:] if self._picture is not None else None
        half = int(MOST**0.5) // 2
        left, top = min(max(x - half, 0), max(width - 2 * half, 0)), min(max(y - half, 0), max(height - 2 * half, 0))
        found = pixels.region(picture, left, top, min(2 * half, width), min(2 * half, height))
        return (found, left, top) if found is not None else None

    def wants(self, event: QKeyEvent) -> bool:
        return event.key() in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight) and not event.modifiers()

    def key(self, event: QKeyEvent) -> None:
        """Less or more tolerance."""
        self.tolerate(2 if event.key() == Qt.Key.Key_BracketRight else -2)

    def wheel(self, turns: float, pointer: Pointer) -> bool:
        self.tolerate(2 * turns)
        return True

    def tolerate(self, by: float) -> None:
        """More or less tolerance, in grey levels."""
        self.kit.set_option("tolerance", float(min(max(round(self.kit.options["tolerance"] + by), 0), 255)))

    def left(self) -> None:
        super().left()
        self._picture = None


class FillTool(RegionTool):
    """Fills the hole of the selected mask that is clicked; elsewhere the region of like colour, with Shift all of them."""

    name = "fill"

    def usage(self) -> str:
        return QCoreApplication.translate(
            "Tools",
            "Click a hole of the mask, or a region of one colour · Shift: everywhere · Alt: take away · tolerance {0}: [ ]",
        ).format(f"{self.kit.options['tolerance']:.0f}")

    def begin(self, pointer: Pointer) -> None:
        value = 0 if pointer.has(ALT) else 1
        if not value:
            self.choose_under(pointer)
        found = None
        target = self.target()
        if value and target is not None:
            found = self._hole(target, pointer)
        if found is None and (value or target is not None):
            found = self._region(pointer)
        if found is not None:
            self.open().put(*found, value)
            self.store("Fill")

    def _hole(self, target: Annotation, pointer: Pointer) -> tuple[NDArray[np.uint8], int, int] | None:
        try:
            return masks.hole_at(masks.Patch.of(target, self.size), pointer.x, pointer.y)
        except ValueError:  # a damaged mask has no holes
            return None

    def _region(self, pointer: Pointer) -> tuple[NDArray[np.uint8], int, int] | None:
        part = self.part(pointer)
        if part is None:
            return None
        image, left, top = part
        x, y = int(pointer.x) - left, int(pointer.y) - top
        find = masks.like if pointer.has(SHIFT) else masks.wand
        return find(image, x, y, self.kit.options["tolerance"]), left, top


class WandTool(RegionTool):
    """Takes the region of like colour around a px; dragging away from it takes in more. Alt takes away."""

    name = "wand"
    drags = True

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._start: Pointer | None = None
        self._found: tuple[NDArray[np.uint8], int, int] | None = None
        self._part: tuple[NDArray[np.uint8], int, int] | None = None
        self._preview: Overlay | None = None
        self._tolerance = 0.0
        self._value = 1

    @property
    def drawing(self) -> bool:
        return self._start is not None

    def usage(self) -> str:
        tolerance = self._tolerance if self.drawing else self.kit.options["tolerance"]
        return QCoreApplication.translate(
            "Tools", "Click a region; drag right for more, left for less · Alt: take away · tolerance {0}: [ ]"
        ).format(f"{tolerance:.0f}")

    def begin(self, pointer: Pointer) -> None:
        self._value = 0 if pointer.has(ALT) else 1
        if not self._value:
            self.choose_under(pointer)
        self.settle()
        part = self.part(pointer)
        if part is None or (not self._value and self.target() is None):
            return
        self._start, self._part = pointer, part
        self._search(self.kit.options["tolerance"])

    def drag(self, pointer: Pointer, down: bool) -> None:
        if self._start is None or not down:
            return
        away = (pointer.view.x() - self._start.view.x() + self._start.view.y() - pointer.view.y()) / CALM
        wanted = float(min(max(round(self.kit.options["tolerance"] + away), 0), 255))
        if wanted != self._tolerance:
            self._search(wanted)
            self.say()

    def end(self, pointer: Pointer) -> None:
        self.drag(pointer, True)
        found, tolerance = self._found, self._tolerance
        self._start, self._found, self._preview, self._part = None, None, None, None
        self.kit.set_option("tolerance", tolerance)
        if found is not None:
            self.open().put(*found, self._value)
            self.store("Magic wand")

    def leave(self) -> None:
        self._start, self._found, self._preview, self._part = None, None, None, None
        super().leave()

    def paint(self, painter: QPainter) -> None:
        super().paint(painter)
        if self._preview is not None and self._start is not None:
            self._preview.paint(painter, self.canvas)
            chip = f"{self._tolerance:.0f}"
            self.canvas.draw_chip(painter, chip, self._start.view + QPointF(14, 14))

    def _search(self, tolerance: float) -> None:
        assert self._start is not None
        assert self._part is not None
        image, left, top = self._part
        found = masks.wand(image, int(self._start.x) - left, int(self._start.y) - top, tolerance)
        x, y, w, h = masks.bounds(found)
        self._tolerance, self._found = tolerance, (np.ascontiguousarray(found[y : y + h, x : x + w]), left + x, top + y)
        color = self.canvas.look.color(self.canvas.label_id) if self._value else QColor("#ffffff")
        self._preview = Overlay(self._found[0], left, top, color)
        self.canvas.update()
