"""Drawing without a mouse: a cursor on the image that arrows move, and keys that press and let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from app.gui.labeling.tools.base import Pointer

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
STEP, LEAP = 10, 50  # px with Shift and with Ctrl
EDGE = 40  # px of the widget at which the view follows the cursor


class KeyCursor:
    """Stands in for the mouse while a drawing tool is chosen: Space sets a point, Enter finishes, Esc ends it.

    For tools that draw by dragging, Space holds the button down and lets it go again.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.active = False
        self.down = False
        self.x = self.y = 0.0

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is for the cursor."""
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if not self.active:
            return False
        if key in ARROWS:
            return not modifiers & Qt.KeyboardModifier.AltModifier
        return key in (Qt.Key.Key_Space, Qt.Key.Key_Escape, *ENTER)

    def press(self, event: QKeyEvent) -> None:
        """A key that it wants."""
        key, modifiers = event.key(), event.modifiers()
        if key in ARROWS:
            dx, dy = ARROWS[Qt.Key(key)]
            self._go(dx * self._step(modifiers), dy * self._step(modifiers))
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif not event.isAutoRepeat():
            self._set(modifiers, finish=key in ENTER)
        self.canvas.update()

    def toggle(self) -> None:
        """Appear in the middle of the view, or disappear."""
        canvas = self.canvas
        if self.active:
            self.leave()
            return
        x, y = canvas.view.to_image(QPointF(canvas.width() / 2, canvas.height() / 2))
        self.x = float(round(min(max(x, 0), canvas.document.width)))
        self.y = float(round(min(max(y, 0), canvas.document.height)))
        self.active, self.down = True, False
        canvas.tool.move(self.pointer(), False)
        canvas.update()

    def leave(self) -> None:
        """Disappear; what was held is let go of."""
        if self.active and self.down:
            self.canvas.tool.cancel()
        self.active = self.down = False
        self.canvas.update()

    def pointer(self, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> Pointer:
        """What the mouse would say here."""
        return Pointer(self.canvas.view.point(self.x, self.y), self.x, self.y, modifiers)

    def paint(self, painter: QPainter) -> None:
        """Draw the cursor."""
        if not self.active:
            return
        at = self.canvas.view.point(self.x, self.y)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 190), 3.5), (self.canvas.look.accent, 1.5)):
            painter.setPen(QPen(color, width))
            for way in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
                painter.drawLine(at + way * 4, at + way * 16)
            if self.down:
                painter.drawEllipse(at, 7, 7)
        self.canvas.draw_chip(painter, f"x {self.x:.0f}  y {self.y:.0f}", at + QPointF(18, -42))

    def _step(self, modifiers: Qt.KeyboardModifier) -> float:
        step = max(1, round(0.5 / self.canvas.view.scale))  # far out, one px of the image would not be seen
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            return step * LEAP
        return step * STEP if modifiers & Qt.KeyboardModifier.ShiftModifier else step

    def _go(self, dx: float, dy: float) -> None:
        canvas = self.canvas
        self.x = min(max(self.x + dx, 0.0), canvas.document.width)
        self.y = min(max(self.y + dy, 0.0), canvas.document.height)
        at = canvas.view.point(self.x, self.y)
        over_x = min(at.x() - EDGE, 0) + max(at.x() - (canvas.width() - EDGE), 0)
        over_y = min(at.y() - EDGE, 0) + max(at.y() - (canvas.height() - EDGE), 0)
        if over_x or over_y:
            canvas.pan(-round(over_x), -round(over_y))
        canvas.tool.move(self.pointer(), self.down)

    def _set(self, modifiers: Qt.KeyboardModifier, *, finish: bool) -> None:
        tool = self.canvas.tool
        if self.down:
            self.down = False
            tool.release(self.pointer())
        elif finish and tool.finish():
            pass
        elif tool.drags:
            tool.press(self.pointer(modifiers))
            self.down = tool.busy
        else:
            tool.press(self.pointer(modifiers))
            tool.release(self.pointer(modifiers))

    def _escape(self) -> None:
        if self.down or self.canvas.tool.busy:
            self.down = False
            self.canvas.tool.cancel()
        else:
            self.leave()
