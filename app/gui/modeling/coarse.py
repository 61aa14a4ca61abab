"""A cheap picture of a large drawing while the zoom changes: the last fine one, scaled, and plain shapes around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QRegion

if TYPE_CHECKING:
    from app.gui.modeling.canvas import GraphCanvas
    from app.gui.modeling.scene import GraphScene

LARGE = 60  # cards from which on it is worth it
REST_MS = 120
TURN_MS = 5  # of drawing finely before the window gets a turn
ACROSS, DOWN = 4, 3  # pieces of the view that are drawn finely one by one
EVERYWHERE = QRect(-1_000_000, -1_000_000, 2_000_000, 2_000_000)


class Coarse(QObject):
    """Stands in for the drawing from the first step of a zoom until it has rested; then gives way piece by piece.

    Attributes:
        dull: where on the viewport it still does, in px; empty when it does not.
    """

    def __init__(self, canvas: GraphCanvas, scene: GraphScene, colors: Callable[[str], QColor]) -> None:
        super().__init__(canvas)
        self._canvas, self._scene, self._colors = canvas, scene, colors
        self.dull = QRegion()
        self._picture, self._place = QPixmap(), QRectF()
        self._rest = QTimer(self, singleShot=True, interval=REST_MS, timeout=self.sharpen)
        self._turns = QTimer(self, interval=0, timeout=self._turn)

    @property
    def active(self) -> bool:
        """Whether some of what is seen is not drawn finely."""
        return not self.dull.isEmpty()

    def begin(self) -> None:
        """The zoom is about to change: keep what is seen now."""
        if not self._canvas.isVisible() or len(self._scene.cards) < LARGE:
            return
        if not self.active:
            self._picture, self._place = self._canvas.viewport().grab(), self._canvas.seen()
            self._cards, self._wires = self._shapes()
        self.dull = QRegion(EVERYWHERE)
        self._turns.stop()
        self._rest.start()

    def sharpen(self) -> None:
        """Draw finely again, in as many turns of the window as it takes."""
        self._rest.stop()
        self.dull &= self._canvas.viewport().rect()
        self._turns.start()

    def end(self) -> None:
        """Draw finely again, all at once."""
        self._rest.stop()
        self._turns.stop()
        if self.active:
            self._canvas.viewport().update(self.dull)
            self.dull = QRegion()
        self._picture = QPixmap()

    def scrolled(self, dx: int, dy: int) -> None:
        """What is drawn was moved on the viewport."""
        self.dull.translate(dx, dy)

    def paint(self, region: QRegion) -> None:
        """Draw a part of the viewport."""
        painter = QPainter(self._canvas.viewport())
        painter.setClipRegion(region)
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
        painter.end()

    def _turn(self) -> None:
        end = time.perf_counter() + TURN_MS / 1000
        while self.active:
            piece = next(filter(self.dull.intersects, self._pieces()), self.dull.boundingRect())
            self.dull -= piece
            self._canvas.viewport().repaint(piece)
            if time.perf_counter() > end:
                return
        self.end()

    def _pieces(self) -> Iterator[QRect]:
        width, height = -(-self._canvas.viewport().width() // ACROSS), -(-self._canvas.viewport().height() // DOWN)
        for number in range(ACROSS * DOWN):
            yield QRect(number % ACROSS * width, number // ACROSS * height, width, height)

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
