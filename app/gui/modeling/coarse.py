"""A cheap picture of a large drawing while the zoom changes: the last fine one, scaled, and plain shapes around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

if TYPE_CHECKING:
    from app.gui.modeling.canvas import GraphCanvas
    from app.gui.modeling.scene import GraphScene

LARGE = 60  # cards from which on it is worth it
REST_MS = 120


class Coarse(QObject):
    """Stands in for the drawing from the first step of a zoom until it has rested."""

    def __init__(self, canvas: GraphCanvas, scene: GraphScene, colors: Callable[[str], QColor]) -> None:
        super().__init__(canvas)
        self._canvas, self._scene, self._colors = canvas, scene, colors
        self.active = False
        self._picture, self._place = QPixmap(), QRectF()
        self._rest = QTimer(self, singleShot=True, interval=REST_MS, timeout=self.end)

    def begin(self) -> None:
        """The zoom is about to change: keep what is seen now."""
        if not self._canvas.isVisible() or len(self._scene.cards) < LARGE:
            return
        if not self.active:
            self._picture, self._place = self._canvas.viewport().grab(), self._canvas.seen()
            self._cards, self._wires = self._shapes()
            self.active = True
        self._rest.start()

    def end(self) -> None:
        """Draw finely again."""
        if self.active:
            self.active, self._picture = False, QPixmap()
            self._rest.stop()
            self._canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        """Draw on the viewport."""
        painter.fillRect(self._canvas.viewport().rect(), self._colors("ground"))
        painter.setTransform(self._canvas.viewportTransform())
        if not self._place.contains(self._canvas.seen()):
            for color, path in self._wires.items():
                painter.setPen(_hairline(QColor(color)))
                painter.drawPath(path)
            painter.setPen(_hairline(self._colors("line")))
            painter.setBrush(self._colors("panel"))
            painter.drawRects(self._cards)
        painter.drawPixmap(self._place, self._picture, QRectF(self._picture.rect()))

    def _shapes(self) -> tuple[list[QRectF], dict[str, QPainterPath]]:
        cards = [*self._scene.cards.values(), *self._scene.marks.folded.values(), *self._scene.marks.comments.values()]
        wires: dict[str, QPainterPath] = {}
        for item in self._scene.wires:
            if item.isVisible():
                wires.setdefault(item.color.name(), QPainterPath()).addPath(item.path())
        return [card.rect.translated(card.pos()) for card in cards if card.isVisible()], wires


def _hairline(color: QColor) -> QPen:
    pen = QPen(color, 1)
    pen.setCosmetic(True)
    return pen
