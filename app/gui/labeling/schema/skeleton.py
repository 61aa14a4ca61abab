"""A small canvas on which the keypoints of a skeleton are placed and connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.gui.shell.theme import theme

RADIUS, REACH = 6.0, 11.0
MARGIN = 18


class SkeletonCanvas(QWidget):
    """Click adds a point, a drag moves one, Ctrl+click on a second one connects or disconnects, Delete removes.

    Signals:
        changed: points or lines are others now.
        chosen: the number of the selected point, -1 for none.
    """

    changed = Signal()
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("skeleton")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 200)
        self.color = QColor("#0072B2")
        self.names: list[str] = []
        self.places: list[list[float]] = []
        self.edges: list[list[int]] = []
        self.sources: list[int | None] = []
        self.twins: list[int] = []  # which point each changes places with in a mirror; −1: none
        self.sigmas: list[float] = []  # how exactly each is placed; 0: as usual
        self.current = -1
        self._dragging = False

    def show_skeleton(
        self, names: Sequence[str], edges: Sequence[Sequence[int]], places: Sequence[Sequence[float]],
        sources: Sequence[int | None], color: QColor, mirrored: Sequence[Sequence[str]] = (),
        sigmas: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        """Show another skeleton; points without a place are put on a circle.

        Args:
            mirrored: pairs of names; sigmas: by name.
        """
        self.names, self.edges = list(names), [list(edge) for edge in edges]
        self.sources = [*sources, *([None] * len(names))][: len(names)]
        self.places = [list(place) for place in places][: len(names)]
        self.places += [_around(i, len(names)) for i in range(len(self.places), len(names))]
        at, known = {name: place for place, name in enumerate(self.names)}, sigmas or {}
        self.twins = [-1] * len(self.names)
        for a, b in ((at[a], at[b]) for a, b in mirrored if a in at and b in at):
            self.twins[a], self.twins[b] = b, a
        self.sigmas = [float(known.get(name, 0.0)) for name in self.names]
        self.color, self.current = color, min(self.current, len(names) - 1)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def add(self, x: float = 0.5, y: float = 0.5) -> None:
        """A new point; a line from the selected one leads to it."""
        number = len(self.names) + 1
        while (name := self.tr("point {0}").format(number)) in self.names:
            number += 1
        self.names.append(name)
        self.places.append([x, y])
        self.sources.append(None)
        self.twins.append(-1)
        self.sigmas.append(0.0)
        if self.current >= 0:
            self.edges.append([self.current, len(self.names) - 1])
        self.choose(len(self.names) - 1)
        self._tell()

    def remove(self, index: int) -> None:
        """Take a point and its lines away."""
        if not 0 <= index < len(self.names):
            return
        self._part(index)
        for values in (self.names, self.places, self.sources, self.twins, self.sigmas):
            values.pop(index)
        self.twins = [twin - (twin > index) for twin in self.twins]
        kept = [edge for edge in self.edges if index not in edge]
        self.edges = [[end - (end > index) for end in edge] for edge in kept]
        self.choose(min(index, len(self.names) - 1))
        self._tell()

    def connect_points(self, a: int, b: int) -> None:
        """Draw the line between two points, or take it away."""
        if a == b or min(a, b) < 0:
            return
        there = [edge for edge in self.edges if set(edge) == {a, b}]
        self.edges = [edge for edge in self.edges if edge not in there] if there else [*self.edges, [a, b]]
        self._tell()

    def pair(self, a: int, b: int) -> None:
        """Let two points change places in a mirror, and no others with them; b −1: the point stays itself."""
        self._part(a)
        if b >= 0:
            self._part(b)
            self.twins[a], self.twins[b] = b, a
        self._tell()

    def set_sigma(self, index: int, sigma: float) -> None:
        """Say how exactly a point is placed; 0: as usual."""
        self.sigmas[index] = sigma
        self._tell()

    def _part(self, index: int) -> None:
        twin = self.twins[index]
        self.twins[index] = -1
        if twin >= 0:
            self.twins[twin] = -1

    def move_point(self, index: int, to: int) -> None:
        """Give a point another number; lines stay with their points."""
        order = list(range(len(self.names)))
        order.insert(to, order.pop(index))
        self.names = [self.names[i] for i in order]
        self.places = [self.places[i] for i in order]
        self.sources = [self.sources[i] for i in order]
        self.sigmas = [self.sigmas[i] for i in order]
        self.twins = [order.index(self.twins[i]) if self.twins[i] >= 0 else -1 for i in order]
        self.edges = [[order.index(end) for end in edge] for edge in self.edges]
        self.choose(to)
        self._tell()

    def choose(self, index: int) -> None:
        """Select a point."""
        if index != self.current:
            self.current = index
            self.chosen.emit(index)
        self.update()

    def point(self, index: int) -> QPointF:
        """Where a point is on the widget."""
        x, y = self.places[index]
        area = self._area()
        return QPointF(area.left() + x * area.width(), area.top() + y * area.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        hit = self._hit(event.position())
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if hit >= 0 and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.connect_points(self.current, hit)
        elif hit >= 0:
            self.choose(hit)
            self._dragging = True
        else:
            self.add(*self._place(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging and self.current >= 0:
            self.places[self.current] = list(self._place(event.position()))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the point, N adds one, Space goes to the next, 1–9 connects to that one."""
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        key = Qt.Key(event.key())
        if key in steps and self.current >= 0:
            dx, dy = steps[key]
            x, y = self.places[self.current]
            self.places[self.current] = [min(max(x + dx * 0.02, 0.0), 1.0), min(max(y + dy * 0.02, 0.0), 1.0)]
            self._tell()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove(self.current)
        elif key == Qt.Key.Key_N:
            self.add()
        elif key == Qt.Key.Key_Space and self.names:
            self.choose((self.current + 1) % len(self.names))
        elif event.text().isdigit() and event.text() != "0" and int(event.text()) <= len(self.names):
            self.connect_points(self.current, int(event.text()) - 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(theme().color("accent" if self.hasFocus() else "line"), 1))
        painter.setBrush(theme().color("image"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(QPen(self.color, 2))
        for a, b in self.edges:
            if max(a, b) < len(self.places):
                painter.drawLine(self.point(a), self.point(b))
        painter.setPen(QPen(theme().color("quiet"), 1, Qt.PenStyle.DashLine))
        for index, twin in enumerate(self.twins):
            if twin > index:
                painter.drawLine(self.point(index), self.point(twin))
        for index, name in enumerate(self.names):
            at = self.point(index)
            painter.setPen(QPen(theme().color("accent" if index == self.current else "panel"), 2))
            painter.setBrush(self.color)
            painter.drawEllipse(at, RADIUS, RADIUS)
            painter.setPen(theme().color("text"))
            text = f"{index + 1} {name}"
            wide = painter.fontMetrics().horizontalAdvance(text)
            left = RADIUS + 3 if at.x() + RADIUS + 3 + wide < self.width() - 4 else -RADIUS - 3 - wide
            painter.drawText(at + QPointF(left, -RADIUS), text)
        if not self.names:
            painter.setPen(theme().color("quiet"))
            text = self.tr(
                "Click to place the first point.\nThe next ones are connected to it; Ctrl+click connects two."
            )
            painter.drawText(
                self.rect().adjusted(16, 16, -16, -16), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text
            )

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)

    def _place(self, at: QPointF) -> tuple[float, float]:
        area = self._area()
        x, y = (at.x() - area.left()) / area.width(), (at.y() - area.top()) / area.height()
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def _hit(self, at: QPointF) -> int:
        distances = [(self.point(i) - at).manhattanLength() for i in range(len(self.names))]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=-1)
        return nearest if nearest >= 0 and distances[nearest] <= REACH * 1.4 else -1

    def _tell(self) -> None:
        self.update()
        self.changed.emit()


def _around(index: int, count: int) -> list[float]:
    from math import cos, pi, sin

    return [0.5 + 0.42 * cos(2 * pi * index / max(count, 1)), 0.5 + 0.42 * sin(2 * pi * index / max(count, 1))]
