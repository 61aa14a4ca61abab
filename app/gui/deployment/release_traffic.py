"""Who gets which share of the requests, drawn as one bar: old and new, the steps still to come, copies, header and key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from engine.deployment.live import Look, Side

BAR_PX, STEPS_PX, RADIUS = 26, 20, 5


class TrafficBar(QWidget):
    """Old on the left, new on the right; ticks below say at which shares the steps to come lie."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self._look: Look | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_look(self, look: Look) -> None:
        """Draw a target as it was seen."""
        self._look = look
        text = said(look)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, BAR_PX + (STEPS_PX if self._look and self._look.going else 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        look = self._look
        if look is None or look.old is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        share = look.new.weight or 0 if look.new else 0
        edge = self.width() * (100 - share) / 100
        self._part(painter, 0, edge, self._colors("line"), self._colors("text"), f"{_name(look.old)} · {100 - share} %")
        if share and look.new:
            text = f"{_name(look.new)} · {share} %"
            self._part(painter, edge + 2, self.width(), self._colors("accent"), self._colors("on_accent"), text)
        if look.going and look.new:
            self._aside(painter, look) if look.going.plan.kind != "canary" else self._steps(painter, look)

    def _part(self, painter: QPainter, left: float, right: float, ground: QColor, ink: QColor, text: str) -> None:
        area = QRectF(left, 0, max(0.0, right - left), BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        painter.setPen(ink)
        inner = area.adjusted(10, 0, -4, 0)
        shown = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, int(inner.width()))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _steps(self, painter: QPainter, look: Look) -> None:
        """A tick at each share of the plan, what was passed or is now in the accent."""
        assert look.going is not None
        right = float(self.width())
        for at, percent in enumerate(look.going.plan.steps):
            x = self.width() * (100 - percent) / 100
            color = self._colors("accent" if at <= look.going.step else "quiet")
            painter.setPen(QPen(color, 2 if at == look.going.step else 1))
            painter.drawLine(int(x) + 1, BAR_PX, int(x) + 1, BAR_PX + 5)
            text = f"{percent} %"
            wide = QFontMetrics(painter.font()).horizontalAdvance(text) + 4
            if x + wide <= right:
                painter.drawText(QRectF(x, BAR_PX + 3, wide, STEPS_PX - 3), Qt.AlignmentFlag.AlignLeft, text)
                right = x

    def _aside(self, painter: QPainter, look: Look) -> None:
        """The new release as a shadow of the old one, or beside it, with what leads to it."""
        assert look.going is not None
        assert look.new is not None
        mirrored = look.going.plan.kind == "mirror"
        area = QRectF(0 if mirrored else self.width() * 0.8, BAR_PX + 2, 0, STEPS_PX - 3)
        area.setRight(self.width())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            QBrush(self._colors("accent"), Qt.BrushStyle.BDiagPattern) if mirrored else self._colors("accent_ground")
        )
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        text = f" {_name(look.new)} · {leads(look)} "
        box = QRectF(area.left() + 10, area.top(), QFontMetrics(painter.font()).horizontalAdvance(text), area.height())
        box.moveRight(min(box.right(), self.width()))
        painter.fillRect(box, self._colors("panel"))
        painter.setPen(self._colors("accent"))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)


def leads(look: Look) -> str:
    """What leads requests to the new release, in a few words."""
    assert look.going is not None
    plan, translate = look.going.plan, QCoreApplication.translate
    match plan.kind:
        case "mirror":
            return translate("Rollout", "copies, nobody gets its answers")
        case "header":
            return translate("Rollout", "header {}").format(plan.header)
        case "key":
            return translate("Rollout", "API key {}").format(plan.key[:12])
        case _:
            return translate("Rollout", "{} % of the requests").format(look.new.weight or 0 if look.new else 0)


def said(look: Look) -> str:
    """The bar in words, for those who do not see it."""
    if look.old is None:
        return ""
    if look.going is None or look.new is None:
        return QCoreApplication.translate("Rollout", "{} gets all requests.").format(_name(look.old))
    return f"{_name(look.old)} · {_name(look.new)}: {leads(look)}"


def _name(side: Side) -> str:
    return side.release.name or side.release.artifact[7:19]
