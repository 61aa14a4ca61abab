"""The waves of an order as one strip: each as wide as it has targets, filled as far as they have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

if TYPE_CHECKING:
    from engine.deployment.fleet.orders import Order, Step

BAR_PX, TEXT_PX, GAP_PX, LEAST_PX = 20, 20, 4, 110
PARTS = (("done", "good"), ("sent", "quiet"), ("updating", "accent"), ("failed", "bad"), ("left", "bad"))


class WavesBar(QWidget):
    """Green: they have it; accent: being updated; red: failed; grey: still to come."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self.order: Order | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_order(self, order: Order) -> None:
        """Draw an order as it is now."""
        self.order = order
        self.setAccessibleName("; ".join(wave_text(number, steps) for number, steps in enumerate(order.waves)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, BAR_PX + TEXT_PX)

    def areas(self) -> list[QRectF]:
        """Where each wave is drawn."""
        sizes = [len(steps) for steps in self.order.waves] if self.order else []
        room = self.width() - GAP_PX * max(0, len(sizes) - 1)
        least = min(LEAST_PX, room / max(len(sizes), 1))
        spare, total, left, found = room - least * len(sizes), sum(sizes), 0.0, []
        for size in sizes:
            width = least + spare * size / total
            found.append(QRectF(left, 0, width, BAR_PX))
            left += width + GAP_PX
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.order is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        for number, (area, steps) in enumerate(zip(self.areas(), self.order.waves, strict=True)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colors("line"))
            painter.drawRoundedRect(area, 4, 4)
            left = area.left()
            for state, color in PARTS:
                width = area.width() * sum(step.state == state for step in steps) / len(steps)
                if width:
                    painter.setBrush(self._colors(color))
                    painter.drawRoundedRect(QRectF(left, area.top(), width, area.height()), 4, 4)
                    left += width
            now = number == self.order.wave and self.order.ended is None
            painter.setPen(self._colors("text" if now else "quiet"))
            text = QFontMetrics(font).elidedText(_short(number, steps), Qt.TextElideMode.ElideRight, int(area.width()))
            painter.drawText(
                QRectF(area.left(), BAR_PX + 2, area.width(), TEXT_PX - 2), Qt.AlignmentFlag.AlignLeft, text
            )

    def event(self, event: QEvent) -> bool:
        """A tool tip for the wave below the pointer."""
        if isinstance(event, QHelpEvent) and self.order is not None:
            at = next((number for number, area in enumerate(self.areas())
                       if area.left() <= event.pos().x() <= area.right()), None)  # fmt: skip
            if at is not None:
                QToolTip.showText(event.globalPos(), wave_text(at, self.order.waves[at]), self)
                return True
        return super().event(event)


def wave_text(number: int, steps: list[Step]) -> str:
    """A wave in words."""
    done, failed = (sum(step.state in states for step in steps) for states in (("done", "sent"), ("failed", "left")))
    groups = ", ".join(dict.fromkeys(step.group for step in steps))
    text = QCoreApplication.translate("Fleet", "Wave {0} ({1}): {2} of {3} have it, {4} failed")
    return text.format(number + 1, groups, done, len(steps), failed)


def _short(number: int, steps: list[Step]) -> str:
    done = sum(step.state in ("done", "sent") for step in steps)
    groups = ", ".join(dict.fromkeys(step.group for step in steps))
    return f"{number + 1} · {groups} · {done} / {len(steps)}"
