"""The lanes of a timeline: one for each track of a sequence, with its key frames; a click or drag goes to a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from app.gui.shell.theme import theme
from engine.labeling.tracks import Frame, Track, is_key

LANE = 16  # px
RULER = 18
SIDE = 10  # px left and right of the lanes
MOST_LANES = 40


class Lanes(QWidget):
    """Draws the tracks over the frames.

    Signals:
        frame_wanted: the index of a frame.
        track_chosen: the number of a track.
    """

    frame_wanted = Signal(int)
    track_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeline_lanes")
        self.setMouseTracking(True)
        self.frames: Sequence[Frame] = ()
        self.tracks: Sequence[Track] = ()
        self.colors: Mapping[int, QColor] = {}
        self.names: Mapping[int, str] = {}
        self.current = 0
        self.track = 0
        self._places: dict[int, int] = {}

    def show_sequence(self, frames: Sequence[Frame], tracks: Sequence[Track]) -> None:
        """Show these frames and tracks."""
        self.frames, self.tracks = frames, tracks[:MOST_LANES]
        self._places = {frame.item_id: index for index, frame in enumerate(frames)}
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, RULER + LANE * max(len(self.tracks), 1) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        color = theme().color
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.fillRect(self.rect(), color("panel"))
        self._draw_ruler(painter)
        for row, track in enumerate(self.tracks):
            self._draw_track(painter, row, track)
        if self.frames:
            x = self._x(self.current)
            painter.setPen(QPen(color("accent"), 2))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = int((event.position().y() - RULER) // LANE)
        if 0 <= row < len(self.tracks):
            self.track_chosen.emit(self.tracks[row].id)
        self._go(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position().x())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            row = int((event.pos().y() - RULER) // LANE)
            if 0 <= row < len(self.tracks):
                track = self.tracks[row]
                QToolTip.showText(event.globalPos(), self._told(track), self)
                return True
        return super().event(event)

    def _told(self, track: Track) -> str:
        name = self.names.get(track.label_id, "?")
        return self.tr("{0}: {1} key frames, on {2} of {3} frames").format(
            name, len(track.keys), len(track.shapes), len(self.frames)
        )

    def _go(self, x: float) -> None:
        if self.frames:
            room = max(self.width() - 2 * SIDE, 1)
            index = round((x - SIDE) / room * (len(self.frames) - 1))
            self.frame_wanted.emit(min(max(index, 0), len(self.frames) - 1))

    def _x(self, index: float) -> float:
        return SIDE + (self.width() - 2 * SIDE) * index / max(len(self.frames) - 1, 1)

    def _draw_ruler(self, painter: QPainter) -> None:
        color = theme().color
        count = len(self.frames)
        if not count:
            return
        step = next((s for s in (1, 5, 10, 25, 50, 100, 250, 500, 1000, 5000) if count / s * 48 <= self.width()), 10000)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        for index in range(0, count, step):
            x = self._x(index)
            painter.setPen(QPen(color("line"), 1))
            painter.drawLine(QPointF(x, RULER - 5), QPointF(x, self.height()))
            painter.setPen(color("quiet"))
            painter.drawText(
                QRectF(x + 3, 0, 46, RULER - 3), Qt.AlignmentFlag.AlignVCenter, str(self.frames[index].number)
            )

    def _draw_track(self, painter: QPainter, row: int, track: Track) -> None:
        color = self.colors.get(track.label_id, QColor("#98a2b3"))
        y = RULER + LANE * row + LANE / 2
        if track.id == self.track:
            painter.fillRect(QRectF(0, y - LANE / 2, self.width(), LANE), theme().color("accent_ground"))
        places = [(self._places[item], shape) for item, shape in track.shapes.items() if item in self._places]
        painter.setPen(QPen(color, 2))
        for (a, _), (b, _) in pairwise(places):
            if b == a + 1:
                painter.drawLine(QPointF(self._x(a), y), QPointF(self._x(b), y))
        for place, shape in places:
            if is_key(shape):
                self._diamond(painter, self._x(place), y, color, filled=True)
            elif shape.origin == "model":
                self._diamond(painter, self._x(place), y, color, filled=False)

    @staticmethod
    def _diamond(painter: QPainter, x: float, y: float, color: QColor, *, filled: bool) -> None:
        painter.setPen(QPen(color, 1.4))
        painter.setBrush(color if filled else theme().color("panel"))
        r = 4.5 if filled else 3.5
        painter.drawPolygon(QPolygonF([QPointF(x, y - r), QPointF(x + r, y), QPointF(x, y + r), QPointF(x - r, y)]))
