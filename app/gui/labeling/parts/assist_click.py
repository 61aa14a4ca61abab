"""The tool that segments by clicks: each click on the object or beside it is answered with a mask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen

from app.gui.labeling.parts import assist_results as results
from app.gui.labeling.tools.base import ALT, CTRL, DrawTool, Pointer
from engine.labeling.assist.clicks import Click, Segmenter, warm_up

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas
    from app.gui.labeling.parts.assist import Assist

REST_MS = 120  # how long the mouse rests before a preview is made
DOT = 6.0
GOOD, BAD = QColor("#009E73"), QColor("#D55E00")  # told apart by colour-blind people; + and − stand in them too


class ClickTool(DrawTool):
    """Left is on the object, right or Alt beside it; Enter takes the mask, Backspace the last click back."""

    name = "click_segment"
    grabs = False
    selecting = (CTRL,)

    def __init__(self, canvas: Canvas, part: Assist) -> None:
        super().__init__(canvas)
        self.part = part
        self.clicks: list[Click] = []
        self.mask: Any = None  # (H, W) bool of the part that is looked at
        self.waiting = False
        self._corner = (0, 0)
        self._segmenter: Segmenter | None = None
        self._lock = threading.Lock()  # a segmenter serves one question at a time
        self._overlay: results.Found | None = None
        self._preview: results.Found | None = None
        self._at: Pointer | None = None
        self._rest = QTimer(canvas, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look_ahead)

    @property
    def kind(self) -> str:  # type: ignore[override]  # what comes out is a setting
        return self.part.output

    @property
    def drawing(self) -> bool:
        return bool(self.clicks)

    def usage(self) -> str:
        if not self.clicks:
            return QCoreApplication.translate("Assist", "Click the middle of an object: it is outlined")
        if self.waiting:
            return QCoreApplication.translate("Assist", "Looking…")
        if self.mask is None or not self.mask.any():
            return QCoreApplication.translate("Assist", "Nothing found here · click on the object")
        return QCoreApplication.translate(
            "Assist",
            "Enter accepts · click what is missing, right click or Alt what is too much · Backspace takes back",
        )

    def begin(self, pointer: Pointer) -> None:
        self.canvas.select([])
        self.step(pointer)

    def step(self, pointer: Pointer) -> None:
        self.add(pointer, positive=not pointer.has(ALT))

    def add(self, pointer: Pointer, *, positive: bool) -> None:
        """Another click; the first one is on the object."""
        width, height = self.size
        if not (0 <= pointer.x < width and 0 <= pointer.y < height) or (not self.clicks and not positive):
            return
        if not self.clicks:
            found = results.look(self.canvas.picture, pointer.x, pointer.y)
            if found is None:
                return
            self._open(*found)
        self.clicks.append(Click(pointer.x - self._corner[0], pointer.y - self._corner[1], positive))
        self._preview = None
        self._ask()

    def hover(self, pointer: Pointer) -> None:
        if self.part.hover:
            self._at, self._preview = pointer, None
            self._rest.start()

    def finish(self) -> bool:
        if not self.clicks:
            return False
        if self.waiting:
            return True  # what is on its way is not known yet
        found = results.tight(results.smoothed(self.mask, self.part.smoothing), *self._corner)
        shape = results.as_shape(self.new_shape(), *found, self.size, self.part.output) if found else None
        self.leave()
        if shape is not None:
            self.kit.add(shape)
        self.say()
        self.canvas.update()
        return True

    def back(self) -> bool:
        if not self.clicks:
            return super().back()
        self.clicks.pop()
        if self.clicks:
            self._ask()
        else:
            self.leave()
        self.say()
        self.canvas.update()
        return True

    def leave(self) -> None:
        self.clicks, self.mask, self.waiting = [], None, False
        self._overlay = self._preview = None
        self.part.forget("assist_click")

    def taken(self) -> None:
        super().taken()
        if self.part.page.shell.workspace is not None:
            self.part.answer(lambda _: warm_up(), lambda _: None, lambda _: None, key="assist_warm_up")

    def left(self) -> None:
        super().left()
        self.leave()
        self._segmenter = None
        self._rest.stop()

    def forget_picture(self) -> None:
        """Another picture is shown."""
        self.leave()
        self._segmenter = None

    def again(self) -> None:
        """Another method or smoothing: answer the same clicks anew."""
        if self.clicks:
            self._ask()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        for overlay in (self._preview, self._overlay):
            if overlay is not None:
                overlay.paint(painter, self.canvas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for click in self.clicks:
            self._dot(
                painter, self.canvas.view.point(click.x + self._corner[0], click.y + self._corner[1]), click.positive
            )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _open(self, image: Any, left: int, top: int) -> None:
        if self._segmenter is None or self._corner != (left, top) or self._segmenter.pixels.shape != image.shape:
            self._segmenter, self._corner = Segmenter(image), (left, top)

    def _ask(self) -> None:
        segmenter, clicks = self._segmenter, tuple(self.clicks)
        assert segmenter is not None
        self.waiting = True
        self.part.answer(self._method(segmenter, clicks), lambda mask: self._take(clicks, mask), self._failed)
        self.say()

    def _method(self, segmenter: Segmenter, clicks: tuple[Click, ...]) -> Callable[[Any], Any]:
        pair = self.part.pair_question(segmenter.pixels, clicks, self._corner, whole=self._whole)
        if pair is not None:
            return pair

        def classical(_: Any) -> Any:
            with self._lock:
                return segmenter.mask(clicks)

        return classical

    @property
    def _whole(self) -> bool:
        """Whether all of the picture is looked at, so that what is known of it can be kept."""
        return self._segmenter is not None and self._segmenter.pixels.shape[1::-1] == self.size

    def _take(self, clicks: tuple[Click, ...], mask: Any) -> None:
        if clicks != tuple(self.clicks):
            return
        self.waiting, self.mask = False, mask
        self._overlay = self._shown(mask)
        self.say()
        self.canvas.update()

    def _failed(self, error: Exception) -> None:
        self.waiting = False
        if self.clicks:
            self.clicks.pop()
        if not self.clicks:
            self.leave()
        self.part.page.shell.notice(str(error), kind="error")
        self.say()
        self.canvas.update()

    def _look_ahead(self) -> None:
        """Show what a click here would give."""
        at = self._at
        if at is None or self.clicks or self.canvas.tool is not self or self.part.pair:
            return
        width, height = self.size
        found = results.look(self.canvas.picture, at.x, at.y) if 0 <= at.x < width and 0 <= at.y < height else None
        if found is None:
            return
        self._open(*found)
        segmenter = self._segmenter
        assert segmenter is not None
        click = Click(at.x - self._corner[0], at.y - self._corner[1])

        def show(mask: Any) -> None:
            if self._at is at and not self.clicks:
                self._preview = self._shown(mask)
                self.canvas.update()

        self.part.answer(self._method(segmenter, (click,)), show, lambda _: None)

    def _shown(self, mask: Any) -> results.Found | None:
        found = results.tight(results.smoothed(mask, self.part.smoothing), *self._corner)
        return results.Found(*found, self.canvas.look.color(self.canvas.label_id)) if found else None

    @staticmethod
    def _dot(painter: QPainter, at: QPointF, positive: bool) -> None:
        painter.setPen(QPen(QColor("white"), 1.5))
        painter.setBrush(GOOD if positive else BAD)
        painter.drawEllipse(at, DOT, DOT)
        painter.drawLine(at - QPointF(3, 0), at + QPointF(3, 0))
        if positive:
            painter.drawLine(at - QPointF(0, 3), at + QPointF(0, 3))


def is_right(button: Qt.MouseButton) -> bool:
    """Whether it is the button that means: beside the object."""
    return button == Qt.MouseButton.RightButton
