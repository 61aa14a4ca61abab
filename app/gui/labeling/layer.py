"""The layer below the shapes in hand: picture and resting shapes in one pixmap, larger than the widget, drawn by pieces.

Moving the view scrolls the pixmap and leaves strips to draw; zooming keeps the former pixmap behind, scaled, until the
new one is drawn. `work` draws pieces until its time is up, so no frame waits for all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap, QRegion

from app.gui.labeling.painting import View

MARGIN = 160  # px around the widget that are drawn ahead
CELL = 320  # px: the side of a piece
FIRST = 1280  # px: the same while there is nothing to be seen yet

Draw = Callable[[QPainter, QRectF, View], None]


class Layer:
    """A pixmap that follows a view.

    Args:
        draw: draws a part of the layer: (painter, area in px of the widget, the view).
        quick: the same for what is not drawn yet and has nothing behind it: must take next to no time.
    """

    def __init__(self, draw: Draw, quick: Draw) -> None:
        self._draw, self._quick = draw, quick
        self._pixmap = QPixmap()
        self._spare = QPixmap()
        self._behind: View | None = None  # what the spare pixmap shows, when it stands in
        self._at = View()  # what the pixmap shows
        self._view = View()  # what is to be shown
        self._blank = QRegion()  # nothing of this is drawn; in px of the layer
        self._stale = QRegion()  # drawn, but looks different by now
        self._size = QSize()
        self._ratio = 1.0
        self.cost = 0.0  # ms per px, of late

    def clear(self) -> None:
        """Nothing of what was drawn is of use."""
        self._behind = None
        self._blank, self._stale = QRegion(self._whole()), QRegion()

    def soil(self, area: QRectF | None = None) -> None:
        """A part (in px of the widget), or all, looks different now."""
        part = self._whole() if area is None else area.toAlignedRect().translated(-self._offset())
        self._stale = self._stale.united(part.intersected(self._whole()))

    def follow(self, view: View, size: QSize, ratio: float) -> None:
        """Take over where the view is now."""
        self._view = View(view.scale, view.x, view.y)
        if size != self._size or ratio != self._ratio:
            self._size, self._ratio = QSize(size), ratio
            self._pixmap, self._spare = self._new_pixmap(), QPixmap()
            self._at = self._view
            self.clear()
        elif view.scale != self._at.scale:
            self._swap()
            self._at = self._view
        else:
            self._scroll(QPoint(round(view.x - self._at.x), round(view.y - self._at.y)))

    def todo(self, *, visible: bool = False) -> QRegion:
        """What is still to be drawn, in px of the layer."""
        region = self._blank.united(self._stale)
        window = QRect(QPoint(), self._size).translated(-self._offset())
        return region.intersected(window) if visible else region

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to be seen yet, sharp or not."""
        window = QRegion(QRect(QPoint(), self._size).translated(-self._offset()))
        return self._behind is None and window.subtracted(self._blank).isEmpty()

    def expected_ms(self) -> float:
        """How long drawing what is in sight would take."""
        return self.cost * sum(rect.width() * rect.height() for rect in self.todo(visible=True))

    def work(self, budget_ms: float, *, visible: bool = False) -> QRegion:
        """Draw pieces, those in sight first, until the time is up; returns what changed, in px of the widget."""
        begun, side = time.perf_counter(), FIRST if self.nothing else CELL
        changed = QRegion()
        while (time.perf_counter() - begun) * 1000 < budget_ms:
            region = self.todo(visible=True)
            if region.isEmpty() and not visible:
                region = self.todo()
            if region.isEmpty():
                break
            changed = changed.united(self._draw_piece(_first_piece(region, side)))
        if self._blank.isEmpty():
            self._behind = None
        return changed.translated(self._offset())

    def paint(self, painter: QPainter, exposed: QRegion) -> None:
        """Copy what there is to the widget.

        One rectangle after the other: within several at once Qt copies by short lines, in threads that it waits for.
        """
        offset = self._offset()
        blank = self._blank.translated(offset).intersected(exposed)
        painter.save()
        for rect in exposed.subtracted(blank):
            painter.setClipRect(rect)
            painter.drawPixmap(offset, self._pixmap)
        if blank.isEmpty():
            painter.restore()
            return
        painter.setClipRegion(blank)
        self._paint_behind(painter, QRectF(blank.boundingRect()))
        painter.restore()

    def _paint_behind(self, painter: QPainter, area: QRectF) -> None:
        behind, view = self._behind, self._view
        if behind is None:
            self._quick(painter, area, view)
            return
        grown = view.scale / behind.scale
        left, top = view.x - (behind.x + MARGIN) * grown, view.y - (behind.y + MARGIN) * grown
        size = self._spare.deviceIndependentSize() * grown
        target = QRectF(left, top, size.width(), size.height())
        if not target.contains(area):
            self._quick(painter, area, view)
        painter.drawPixmap(target, self._spare, QRectF(self._spare.rect()))

    def _draw_piece(self, piece: QRect) -> QRegion:
        begun = time.perf_counter()
        painter = QPainter(self._pixmap)
        painter.translate(MARGIN, MARGIN)
        area = QRectF(piece.translated(-MARGIN, -MARGIN))
        painter.setClipRect(area)
        self._draw(painter, area, self._at)
        painter.end()
        drawn = QRegion(piece)
        self._blank, self._stale = self._blank.subtracted(drawn), self._stale.subtracted(drawn)
        pixels = piece.width() * piece.height()
        if pixels > 10_000:
            cost = (time.perf_counter() - begun) * 1000 / pixels
            self.cost = cost if not self.cost else 0.8 * self.cost + 0.2 * cost
        return drawn

    def _swap(self) -> None:
        """The scale is another one: what was drawn whole stands behind."""
        if self._blank != QRegion(self._whole()) and (self._blank.isEmpty() or self._behind is None):
            if self._spare.isNull():
                self._spare = self._new_pixmap()
            self._pixmap, self._spare = self._spare, self._pixmap
            self._behind = View(self._at.scale, self._at.x, self._at.y)
        self._blank, self._stale = QRegion(self._whole()), QRegion()

    def _scroll(self, moved: QPoint) -> None:
        """Shift what is drawn when the view nears its end."""
        if max(abs(moved.x()), abs(moved.y())) <= MARGIN // 2:
            return
        whole = self._whole()
        kept = whole.intersected(whole.translated(moved))
        exact = (moved.x() * self._ratio).is_integer() and (moved.y() * self._ratio).is_integer()
        if kept.isEmpty() or not exact:
            if self._behind is None:
                self._swap()
            self._blank, self._stale = QRegion(whole), QRegion()
        else:
            self._pixmap.scroll(round(moved.x() * self._ratio), round(moved.y() * self._ratio), self._pixmap.rect())
            self._blank = self._blank.translated(moved).intersected(whole).united(QRegion(whole).subtracted(kept))
            self._stale = self._stale.translated(moved).intersected(kept)
        self._at = View(self._at.scale, self._at.x + moved.x(), self._at.y + moved.y())

    def _offset(self) -> QPoint:
        """Where the layer's corner lies on the widget."""
        return QPoint(round(self._view.x - self._at.x) - MARGIN, round(self._view.y - self._at.y) - MARGIN)

    def _whole(self) -> QRect:
        return QRect(0, 0, self._size.width() + 2 * MARGIN, self._size.height() + 2 * MARGIN)

    def _new_pixmap(self) -> QPixmap:
        pixmap = QPixmap(self._whole().size() * self._ratio)
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(0)
        return pixmap


def _first_piece(region: QRegion, side: int) -> QRect:
    """A part of the region within one cell of a fixed grid."""
    corner = next(iter(region)).topLeft()
    cell = QRect(corner.x() // side * side, corner.y() // side * side, side, side)
    return region.intersected(cell).boundingRect()
