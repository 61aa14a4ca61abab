"""A button that acts once it was held for a moment: nothing is asked, and a slip of the hand does nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton

HOLD_MS = 600
KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class HoldButton(QPushButton):
    """Fills while it is held by mouse, Space or Return; `held` is sent when it is full, `slipped` when it was let go before."""

    held = Signal()
    slipped = Signal()

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self.setProperty("kind", "danger")
        self.setAutoDefault(False)
        self._filling = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=HOLD_MS)
        self._filling.setEasingCurve(QEasingCurve.Type.Linear)
        self._filling.valueChanged.connect(lambda _: self.update())
        self._filling.finished.connect(self._full)
        self.pressed.connect(self._filling.start)
        self.released.connect(self._let_go)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in KEYS and not event.isAutoRepeat():
            self.setDown(True)
            self.pressed.emit()
        elif event.key() not in KEYS:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in KEYS and not event.isAutoRepeat():
            self._end()
        elif event.key() not in KEYS:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What is not seen any more is not held any more."""
        self._end()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._filling.state() != QVariantAnimation.State.Running:
            return
        painter = QPainter(self)
        color = self._colors("bad")
        color.setAlpha(70)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(0, 0, self.width() * float(self._filling.currentValue()), self.height()), 6, 6)

    def _end(self) -> None:
        if self.isDown():
            self.setDown(False)
            self.released.emit()

    def _let_go(self) -> None:
        if self._filling.state() == QVariantAnimation.State.Running:
            self._filling.stop()
            self.update()
            self.slipped.emit()

    def _full(self) -> None:
        self.setDown(False)
        self.held.emit()
