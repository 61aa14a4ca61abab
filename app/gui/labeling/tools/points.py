"""Points, and skeletons of keypoints that are placed one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app.gui.labeling import painting
from app.gui.labeling.tools.base import ALT, DrawTool, Pointer
from engine.data.records import Annotation
from engine.labeling import geometry

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

MISSING, HIDDEN, VISIBLE = 0.0, 1.0, 2.0


class PointTool(DrawTool):
    """A click sets a point; dragging moves it until the button is let go."""

    name = kind = "point"
    drags = False

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._shape: Annotation | None = None

    @property
    def drawing(self) -> bool:
        return self._shape is not None

    def usage(self) -> str:
        return QCoreApplication.translate("Tools", "Click where the point is")

    def begin(self, pointer: Pointer) -> None:
        self.canvas.select([])
        self._shape = geometry.with_points(self.new_shape(), [self.placed(pointer)])

    def drag(self, pointer: Pointer, down: bool) -> None:
        if self._shape is not None:
            self._shape = geometry.with_points(self._shape, [self.placed(pointer)])

    def end(self, pointer: Pointer) -> None:
        shape = self._shape
        self.leave()
        if shape is not None:
            self.kit.add(shape)

    def leave(self) -> None:
        self._shape = None
        self.kit.snapper.clear()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        if self._shape is not None:
            painting.draw_shape(painter, self._shape, self.canvas.view, self.canvas.look)


class KeypointsTool(DrawTool):
    """Places the keypoints of the label in their order; what is not there is skipped, what is hidden gets Alt."""

    name = kind = "keypoints"

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.values: list[tuple[float, float, float]] = []
        self._label = 0  # of the skeleton that is half drawn: another one has other points
        self._at: Pointer | None = None

    @property
    def drawing(self) -> bool:
        return bool(self.values)

    @property
    def names(self) -> list[str]:
        """The label's keypoints; none: as many as are placed."""
        label = self.kit.labels.get(self._label if self.values else self.canvas.label_id)
        return list(label.details.get("keypoints", ())) if label is not None else []

    def new_shape(self, kind: str = "") -> Annotation:
        return super().new_shape(kind).with_(label_id=self._label or self.canvas.label_id)

    def usage(self) -> str:
        names, place = self.names, len(self.values)
        if not names:
            return QCoreApplication.translate(
                "Tools", "This label has no keypoints of its own: click as many as there are · Enter ends"
            )
        if place >= len(names):
            return ""
        return QCoreApplication.translate("Tools", "{0} ({1} of {2}) · Alt: hidden · S: not there · Enter ends").format(
            names[place], place + 1, len(names)
        )

    def begin(self, pointer: Pointer) -> None:
        self.canvas.select([])
        self.step(pointer)

    def step(self, pointer: Pointer) -> None:
        self._at = pointer
        self._place((*self.placed(pointer), HIDDEN if pointer.has(ALT) else VISIBLE))

    def drag(self, pointer: Pointer, down: bool) -> None:
        self._at = pointer
        self.placed(pointer)

    def hover(self, pointer: Pointer) -> None:
        super().hover(pointer)
        self._at = pointer
        if self.names:
            self.canvas.update()  # the name beside the mouse

    def wants(self, event: QKeyEvent) -> bool:
        return event.key() == Qt.Key.Key_S and not event.modifiers()

    def key(self, event: QKeyEvent) -> None:
        """Leave the next keypoint out."""
        if self.names and self.kit.may_draw(self.kind):
            self._place((0.0, 0.0, MISSING))
            self.say()
            self.canvas.update()

    def finish(self) -> bool:
        if not self.values:
            return False
        values = self.values + [(0.0, 0.0, MISSING)] * max(0, len(self.names) - len(self.values))
        shape = geometry.with_points(self.new_shape(), [np.array(values).ravel()])
        self.leave()
        if any(value[2] for value in values):
            self.kit.add(shape)
        self.say()
        self.canvas.update()
        return True

    def double_click(self, pointer: Pointer) -> None:
        if not self.names:
            self.finish()

    def back(self) -> bool:
        if not self.values:
            return super().back()
        self.values.pop()
        self.say()
        self.canvas.update()
        return True

    def undo(self) -> bool:
        return self.back() if self.drawing else super().undo()

    def let_go(self) -> None:
        if not self.finish():
            self.cancel()

    def leave(self) -> None:
        self.values, self._label = [], 0
        self.kit.snapper.clear()

    def left(self) -> None:
        super().left()
        self._at = None

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        if any(value[2] for value in self.values):
            points = np.array(self.values).ravel()
            shape = geometry.with_points(self.new_shape(), [points])
            painting.draw_shape(painter, shape, self.canvas.view, self.canvas.look, tag=False)
        names, place = self.names, len(self.values)
        if self._at is not None and place < len(names) and self.canvas.underMouse():
            self.canvas.draw_chip(painter, names[place], self._at.view + QPointF(14, 14))

    def _place(self, value: tuple[float, float, float]) -> None:
        if not self.values:
            self._label = self.canvas.label_id
        self.values.append(value)
        if self.names and len(self.values) >= len(self.names):
            self.finish()
