"""Masks drawn with a brush and an eraser; what all tools for masks share.

A stroke works on the part of the mask that it needs and is shown by painting that part alone; the shape changes once,
when the button is let go.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen

from app.gui.labeling.tools.base import ALT, CTRL, GRAB, SHIFT, DrawTool, Pointer, movable, reshaped
from engine.data.records import Annotation
from engine.labeling.edits import Remove
from engine.labeling.masks import Patch, Rect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.gui.labeling.canvas import Canvas

ALPHA = 96  # as resting masks are drawn
LARGEST_BRUSH = 600.0  # px of the image


class Overlay:
    """Pixels (0 or 1) shown over the picture; the image shares their memory, so that what is painted is seen."""

    def __init__(self, pixels: NDArray[np.uint8], x: int, y: int, color: QColor) -> None:
        self.pixels, self.x, self.y = pixels, x, y
        height, width = pixels.shape
        self.image = QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_Indexed8)
        tint = QColor(color)
        tint.setAlpha(ALPHA)
        self.image.setColorTable([0, tint.rgba()])

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """Draw what is in sight."""
        view = canvas.view
        left, top = view.to_image(QPointF(0, 0))
        right, bottom = view.to_image(QPointF(canvas.width(), canvas.height()))
        seen = QRectF(left - self.x, top - self.y, right - left, bottom - top).toAlignedRect().adjusted(-1, -1, 1, 1)
        part = seen.intersected(self.image.rect())
        if not part.isEmpty():
            place = view.rect((part.x() + self.x, part.y() + self.y, part.width(), part.height()))
            painter.drawImage(place, self.image, QRectF(part))


class MaskTool(DrawTool):
    """Changes the pixels of the selected mask, or begins a new one."""

    kind = "mask"
    grabs = False
    selecting = (CTRL,)

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.patch: Patch | None = None
        self.at: Pointer | None = None
        self._target: Annotation | None = None
        self._overlay: Overlay | None = None
        self._settling: tuple[int, str] | None = None  # a mask whose picture is still being made, and its pixels

    @property
    def drawing(self) -> bool:
        return self.patch is not None and self._settling is None

    def target(self) -> Annotation | None:
        """The selected mask, when it may be changed."""
        document, selection = self.canvas.document, self.canvas.selection
        shape = document.get(selection[0]) if len(selection) == 1 else None
        return shape if shape is not None and shape.kind == "mask" and movable(shape) else None

    def choose_under(self, pointer: Pointer) -> None:
        """Select the mask under the pointer, when none is selected."""
        if self.target() is None:
            hits = self.canvas.document.at(pointer.x, pointer.y, GRAB / 2 / self.canvas.view.scale)
            shapes = [shape for hit in hits if (shape := self.canvas.document.get(hit)) is not None]
            self.canvas.select([shape.id for shape in shapes if shape.kind == "mask"][:1])

    def open(self) -> Patch:
        """Take the pixels of the selected mask, or none, into the hand."""
        self.settle()
        self._target, patch = self.target(), Patch(self.size)
        if self._target is not None:
            with suppress(ValueError):  # a damaged one: what is painted takes its place
                patch = Patch.of(self._target, self.size)
        if self._target is None:
            self.canvas.select([])
        else:
            self._hide(self._target)
        self.patch = patch
        return patch

    def store(self, action: str) -> None:
        """Make one edit of what is in hand."""
        patch, target = self.patch, self._target
        if patch is None:
            return
        shape = patch.placed(target or self.new_shape())
        if shape is None or (target is not None and shape == target):
            self.leave()
            if shape is None and target is not None:
                self.canvas.commit([Remove(target.id)], action)
            return
        if target is None:
            shape = self.kit.add(shape)
        else:
            self.canvas.commit([reshaped(shape)], action)
        self._hide(shape)
        self._settling = (shape.id, shape.rle or "")

    def settle(self) -> None:
        """Let go of what was in hand; the canvas draws it from now on."""
        if self._settling is not None:
            self._settling = None
            self.leave()

    def leave(self) -> None:
        hidden = self.canvas.live
        self.patch, self._target, self._overlay, self._settling = None, None, None, None
        if hidden:
            self.canvas.set_live({})
        self.canvas.update()

    def left(self) -> None:
        super().left()
        self.settle()
        self.at = None

    def double_click(self, pointer: Pointer) -> None:
        self.press(pointer)  # two quick strokes at one place

    def move(self, pointer: Pointer, down: bool) -> None:
        self._show_ring(pointer)
        if self._other is not None:
            self._other.move(pointer, down)
        elif self.drawing:
            self.drag(pointer, down)

    def changed(self, rect: Rect) -> None:
        """A region of the pixels in hand looks different."""
        if rect[2] and rect[3]:
            area = self.canvas.view.rect((float(rect[0]), float(rect[1]), float(rect[2]), float(rect[3])))
            self.canvas.update(area.toAlignedRect().adjusted(-3, -3, 3, 3))

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        self._look_settled()
        if self.patch is not None and self.patch.pixels.size:
            if self._overlay is None or self._overlay.pixels is not self.patch.pixels:
                label = self._target.label_id if self._target is not None else self.canvas.label_id
                color = self.canvas.look.color(label)
                self._overlay = Overlay(self.patch.pixels, self.patch.x, self.patch.y, color)
            self._overlay.paint(painter, self.canvas)

    def _hide(self, shape: Annotation) -> None:
        self.canvas.live = {shape.id: shape.with_(x=None)}  # the tool shows its pixels meanwhile
        self.canvas.update()

    def _look_settled(self) -> None:
        if self._settling is None:
            return
        shape_id, text = self._settling
        shape = self.canvas.document.get(shape_id)
        gone = shape is None or shape.rle != text or shape_id not in self.canvas.live
        if gone or (
            shape is not None and self.canvas.look.mask(shape, self.canvas.look.color(shape.label_id)) is not None
        ):
            self.settle()

    def _show_ring(self, pointer: Pointer) -> None:
        for place in (self.at, pointer):
            if place is not None:
                self.canvas.update(self._ring(place))
        self.at = pointer

    def _ring(self, pointer: Pointer) -> QRect:
        return QRect(pointer.view.toPoint().x() - 20, pointer.view.toPoint().y() - 20, 40, 40)


class BrushTool(MaskTool):
    """Paints with a round brush; Alt erases, Shift draws straight from where the last stroke ended."""

    name = "brush"
    option = "brush"
    drags = True
    value = 1

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._last = (0.0, 0.0)
        self._ended: tuple[float, float] | None = None
        self._painting = 1

    @property
    def radius(self) -> float:
        """Half the width of the brush in px of the image."""
        return self.kit.options["brush"] / 2

    def usage(self) -> str:
        size = self.kit.options["brush"]
        text = QCoreApplication.translate(
            "Tools", "Brush {0} px · [ ] or Ctrl+wheel: size · Alt: erase · Shift: straight"
        )
        if self.target() is not None:
            text += QCoreApplication.translate("Tools", " · Esc: new mask")
        return text.format(f"{size:.0f}")

    def begin(self, pointer: Pointer) -> None:
        self._painting = 1 - self.value if pointer.has(ALT) else self.value
        if not self._painting:
            self.choose_under(pointer)
            if self.target() is None:
                return
        patch = self.open()
        start = self._ended if pointer.has(SHIFT) and self._ended is not None else (pointer.x, pointer.y)
        self._last = (pointer.x, pointer.y)
        self.changed(patch.stroke(start, self._last, self.radius, self._painting))

    def drag(self, pointer: Pointer, down: bool) -> None:
        if self.patch is not None and down:
            at = (pointer.x, pointer.y)
            self.changed(self.patch.stroke(self._last, at, self.radius, self._painting))
            self._last = at

    def end(self, pointer: Pointer) -> None:
        self.drag(pointer, True)
        self._ended = self._last
        self.store("Paint" if self._painting else "Erase")

    def wheel(self, turns: float, pointer: Pointer) -> bool:
        self.resize(1.15**turns)
        return True

    def wants(self, event: QKeyEvent) -> bool:
        return event.key() in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight) and not event.modifiers()

    def key(self, event: QKeyEvent) -> None:
        """A smaller or larger brush."""
        self.resize(1.15 if event.key() == Qt.Key.Key_BracketRight else 1 / 1.15)

    def resize(self, factor: float) -> None:
        """Another size of the brush, at least 1 px apart."""
        size = self.kit.options["brush"]
        new = max(size + 1, round(size * factor)) if factor > 1 else min(size - 1, round(size * factor))
        self.kit.set_option("brush", float(min(max(new, 1), LARGEST_BRUSH)))

    def paint(self, painter: QPainter) -> None:
        super().paint(painter)
        if self.at is None or not (self.canvas.underMouse() or self.kit.keys.active):
            return
        radius = self.radius * self.canvas.view.scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 190), 3.0), (QColor(255, 255, 255, 230), 1.2)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(self.at.view, radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _ring(self, pointer: Pointer) -> QRect:
        reach = int(max(self.radius * self.canvas.view.scale, 8)) + 4
        at = pointer.view.toPoint()
        return QRect(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)


class EraserTool(BrushTool):
    """Takes pixels away from the selected mask, or from the one under it; Alt paints."""

    name = "eraser"
    value = 0

    def hint(self) -> str:
        return self.usage()

    def usage(self) -> str:
        size = f"{self.kit.options['brush']:.0f}"
        if self.target() is None:
            return QCoreApplication.translate(
                "Tools", "Press on the mask to erase from · Eraser {0} px · [ ] or Ctrl+wheel: size"
            ).format(size)
        return QCoreApplication.translate(
            "Tools", "Eraser {0} px · [ ] or Ctrl+wheel: size · Alt: paint · Shift: straight"
        ).format(size)
