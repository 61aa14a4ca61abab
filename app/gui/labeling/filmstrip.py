"""The film strip: the items in their order, with a small picture and a dot for how far each one is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.gui.labeling.background import Background
from engine.data.items import ItemImage
from engine.labeling.states import ItemState

CELL, GAP, HEIGHT, EDGE = 102, 10, 64, 12
FRAME = 3  # px around a picture that its frame takes
KEPT = 800
REVIEWED = {"rejected": "bad", "in review": "accent", "accepted": "good"}


class FilmStrip(QAbstractScrollArea):
    """Shows any number of items; only those in sight are loaded.

    Signals:
        chosen: the place of the item that was clicked.
        wanted: ids of items in sight of which nothing is known yet.
    """

    chosen = Signal(int)
    wanted = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("film_strip")
        self.setFixedHeight(HEIGHT + 2 * EDGE + 6)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.ids: list[int] = []
        self.current = -1
        self.states: dict[int, ItemState] = {}
        self.own: set[int] | None = None  # in a blind round: what is handed in, and nothing of the items' states
        self._thumbs: OrderedDict[int, QPixmap] = OrderedDict()
        self._known: set[int] = set()
        self._loader = Background(1, self)
        self._loader.done.connect(self._take)
        self._asked = 0
        self._cache = Path()
        self.colors = {
            name: QColor("gray") for name in ("ground", "line", "accent", "good", "warning", "bad", "quiet", "image")
        }
        self.horizontalScrollBar().valueChanged.connect(lambda _: self._soon.start())
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._soon = QTimer(self, singleShot=True, interval=30)
        self._soon.timeout.connect(self._ask)

    def set_items(self, ids: Sequence[int], cache: Path) -> None:
        """Show other items; another cache belongs to another workspace, whose ids mean other pictures."""
        if cache != self._cache:
            self._thumbs.clear()
            self._loader.keep_only(())
        self.ids, self._cache = list(ids), cache
        self._known.clear()
        self.states.clear()
        self._layout()
        self._soon.start()

    def set_current(self, index: int) -> None:
        """Mark an item and bring it into sight, with its neighbours."""
        before, self.current = self.current, index
        bar, left = self.horizontalScrollBar(), index * (CELL + GAP)
        room = 2 * (CELL + GAP)
        if left - room < bar.value():
            bar.setValue(max(0, left - room))
        elif left + CELL + room > bar.value() + self.viewport().width():
            bar.setValue(left + CELL + room - self.viewport().width())
        for place in (before, index):
            self.viewport().update(self._cell(place).toAlignedRect())
        self._soon.start()

    def take_part(self, images: dict[int, ItemImage], states: dict[int, ItemState]) -> None:
        """Here is what was wanted."""
        for item in [item for item, state in states.items() if self.states.get(item) != state]:
            self.states[item] = states[item]
            self._update(item)
        for item, image in images.items():
            if item not in self._thumbs:
                self._asked += 1  # the last asked for are the ones in sight now
                self._loader.ask((self._cache, item), partial(_small_picture, image, self._cache), -self._asked)

    def set_state(self, item: int, state: ItemState) -> None:
        """One item's labelling has gone on."""
        known = self.states.get(item)
        new = state if state.review or known is None else replace(state, review=known.review)
        if new != known:
            self.states[item] = new
            self._update(item)

    def forget(self, items: Sequence[int]) -> None:
        """These items' states have changed elsewhere; ask again when they are in sight."""
        self._known.difference_update(items)
        self._soon.start()

    def finish(self) -> None:
        """Wait for the threads; for the end of the page."""
        self._loader.finish()

    def visible_range(self) -> range:
        """Places in sight, and some on both sides."""
        first = max(0, self.horizontalScrollBar().value() // (CELL + GAP) - 3)
        count = self.viewport().width() // (CELL + GAP) + 8
        return range(first, min(len(self.ids), first + count))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.colors["ground"])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        for index in self.visible_range():
            if event.region().intersects(self._cell(index).toAlignedRect()):
                self._draw(painter, index)
        if self.hasFocus() and self.window().property("by_keys"):
            painter.setPen(QPen(self.colors["accent"], 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().x() + self.horizontalScrollBar().value() - EDGE)
        index = place // (CELL + GAP)
        if 0 <= index < len(self.ids) and place % (CELL + GAP) <= CELL:
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self.ids) - 1}
        key = Qt.Key(event.key())
        if key in steps or key in ends:
            index = ends.get(key, self.current + steps.get(key, 0))
            self.chosen.emit(min(max(index, 0), len(self.ids) - 1))
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y() or event.angleDelta().x()
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - turn)
        event.accept()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """What is seen already is moved; the frame of the focus stays where it is, so then all is drawn anew."""
        if self.hasFocus():
            self.viewport().update()
        else:
            self.viewport().scroll(dx, dy)

    def resizeEvent(self, event: object) -> None:
        self._layout()
        if self.current >= 0:
            self.set_current(self.current)

    def sizeHint(self) -> QSize:
        return QSize(640, HEIGHT + 2 * EDGE + 6)

    def _draw(self, painter: QPainter, index: int) -> None:
        item = self.ids[index]
        rect = self._cell(index).adjusted(FRAME, FRAME, -FRAME, -FRAME)
        shape = QPainterPath()
        shape.addRoundedRect(rect, 4, 4)
        painter.fillPath(shape, self.colors["image"])
        thumb = self._thumbs.get(item)
        if thumb is not None:
            painter.save()
            painter.setClipPath(shape)
            painter.drawPixmap(rect, thumb, _middle(thumb, rect.size().toSize()))
            painter.restore()
        selected = index == self.current
        painter.setPen(QPen(self.colors["accent" if selected else "line"], 2 if selected else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1) if selected else rect, 5, 5)
        painter.setPen(QPen(self.colors["ground"], 1.5))
        painter.setBrush(self.colors[self._dot(item)])
        dot = QPointF(rect.right() - 9, rect.bottom() - 9)
        painter.drawEllipse(dot, 5, 5)
        if self.own is None and item in self.states and self.states[item].review == "accepted":
            painter.drawPolyline([dot + QPointF(-2.4, 0.1), dot + QPointF(-0.6, 2), dot + QPointF(2.6, -1.8)])

    def _cell(self, index: int) -> QRectF:
        """Where an item is drawn, with its frame."""
        left = EDGE + index * (CELL + GAP) - self.horizontalScrollBar().value()
        return QRectF(left - FRAME, EDGE - FRAME, CELL + 2 * FRAME, HEIGHT + 2 * FRAME)

    def _update(self, item: int) -> None:
        """An item looks different, when it is in sight."""
        for index in self.visible_range():
            if self.ids[index] == item:
                self.viewport().update(self._cell(index).toAlignedRect())

    def _dot(self, item: int) -> str:
        if self.own is not None:
            return "good" if item in self.own else "quiet"
        state = self.states.get(item)
        if state is None:
            return "quiet"
        if state.review in REVIEWED:
            return REVIEWED[state.review]
        return "warning" if state.suggested else "good" if state.labelled else "quiet"

    def _layout(self) -> None:
        width = 2 * EDGE + len(self.ids) * (CELL + GAP) - GAP
        self.horizontalScrollBar().setRange(0, max(0, width - self.viewport().width()))
        self.horizontalScrollBar().setPageStep(self.viewport().width())
        self.viewport().update()

    def _ask(self) -> None:
        missing = [self.ids[index] for index in self.visible_range() if self.ids[index] not in self._known]
        if missing:
            self._known.update(missing)
            self.wanted.emit(missing)

    def _take(self, key: tuple[Path, int], image: QImage) -> None:
        cache, item = key
        if image.isNull() or cache != self._cache:
            return
        self._thumbs[item] = QPixmap.fromImage(image)
        while len(self._thumbs) > KEPT:
            old, _ = self._thumbs.popitem(last=False)
            self._known.discard(old)
        self._update(item)


def _small_picture(image: ItemImage, cache: Path) -> QImage:
    from engine.data.images import thumbnail
    from engine.errors import LinesideError

    try:
        return QImage.fromData(thumbnail(image.path, image.page, 192, cache, image.digest))
    except LinesideError:
        return QImage()


def _middle(pixmap: QPixmap, size: QSize) -> QRectF:
    """The largest middle part of a pixmap with the shape of `size`."""
    scale = min(pixmap.width() / size.width(), pixmap.height() / size.height())
    width, height = size.width() * scale, size.height() * scale
    return QRectF((pixmap.width() - width) / 2, (pixmap.height() - height) / 2, width, height)
