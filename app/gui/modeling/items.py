"""The graphics items of the canvas: cards for nodes, curves for edges, notes for problems. They draw, nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsObject,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)
from shiboken6 import isValid

from app.gui.modeling.views import EdgeView, NodeView, PortView, ProblemView, category_color, type_color

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.gui.modeling.scene import GraphScene

    Colors = Callable[[str], QColor]

MIN_WIDTH, MAX_WIDTH = 208.0, 232.0
HEADER, ROW, PADDING, RADIUS, DOT = 36.0, 26.0, 12.0, 8.0, 4.5
PORT_REACH = 12.0
TEXT_FROM_SCALE, PORTS_FROM_SCALE = 0.35, 0.5  # the zoom from which titles, and then ports, can be read


def canvas_font(bold: bool = False, small: bool = False) -> QFont:
    """The font of the cards, in px so that it zooms with them."""
    font = QFont()
    font.setPixelSize(12 if small else 13)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


@lru_cache(4096)
def _fitted(text: str, room: float, bold: bool = False, small: bool = False) -> tuple[str, float]:
    """The text as far as there is room for it, and its width in px; each paint of a large drawing asks for hundreds."""
    metrics = QFontMetricsF(canvas_font(bold, small))
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    return shown, metrics.horizontalAdvance(shown)


class CardItem(QGraphicsObject):
    """A card with a coloured left edge, a title, and a dot with name and shape for each port."""

    def __init__(self, view: NodeView, colors: Colors) -> None:
        super().__init__()
        self.view = view
        self.problems: tuple[ProblemView, ...] = ()
        self._colors = colors
        self._hot: tuple[str, str] | None = None
        self._rect = QRectF()
        self.setFlags(
            QGraphicsItem.GraphicsItemFlag.ItemIsMovable
            | QGraphicsItem.GraphicsItemFlag.ItemIsSelectable
            | QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges
        )
        self.setAcceptHoverEvents(True)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setZValue(1)
        self.show_view(view)

    def show_view(self, view: NodeView) -> None:
        """Draw other values; moves the card where they say."""
        self.prepareGeometryChange()
        self.view = view
        self._rect = QRectF(0, 0, self._width(), HEADER + ROW * max(len(view.inputs), len(view.outputs)) + 6)
        self._outline, self._edge = QPainterPath(), QPainterPath()
        self._outline.addRoundedRect(self._rect, RADIUS, RADIUS)
        self._edge.addRect(0, 0, 5, HEADER)
        self._edge &= self._outline  # once: a clip for each paint costs more than all else
        self.setPos(view.x, view.y)
        self.update()

    def set_problems(self, problems: tuple[ProblemView, ...]) -> None:
        """Mark the ports that have something wrong."""
        if problems != self.problems:
            self.problems = problems
            self.setToolTip("\n".join(problem.message for problem in problems))
            self.update()

    def highlight(self, port: tuple[str, str] | None) -> None:
        """Ring one port, as (side, name), while a wire hovers over it."""
        if port != self._hot:
            self._hot = port
            self.update()

    @property
    def rect(self) -> QRectF:
        """The card, in its own coordinates."""
        return self._rect

    def port_point(self, side: str, name: str) -> QPointF:
        """The middle of a port's dot in scene coordinates; `side` is "in" or "out"."""
        ports = self.view.inputs if side == "in" else self.view.outputs
        index = next((i for i, port in enumerate(ports) if port.name == name), 0)
        return self.mapToScene(QPointF(0 if side == "in" else self._rect.width(), HEADER + ROW * (index + 0.5)))

    def port_at(self, point: QPointF) -> tuple[str, PortView] | None:
        """The port at a place in scene coordinates, within a finger's reach."""
        for side, ports in (("in", self.view.inputs), ("out", self.view.outputs)):
            for port in ports:
                distance = self.port_point(side, port.name) - point
                if abs(distance.x()) <= PORT_REACH and abs(distance.y()) <= PORT_REACH:
                    return side, port
        return None

    def boundingRect(self) -> QRectF:
        margin = DOT + 4
        return self._rect.adjusted(-margin, -margin, margin, margin + 2)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self._rect.adjusted(-DOT, 0, DOT, 0))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        detail = option.levelOfDetailFromTransform(painter.worldTransform())
        if detail < TEXT_FROM_SCALE:
            self._paint_plain(painter)
            return
        self._paint_card(painter)
        self._paint_header(painter)
        if detail < PORTS_FROM_SCALE:
            return
        self._paint_ports(painter, "in", self.view.inputs)
        self._paint_ports(painter, "out", self.view.outputs)

    def _border(self) -> QPen:
        wrong = any(problem.severity == "error" for problem in self.problems)
        color = self._colors("accent" if self.isSelected() else "bad" if wrong else "line")
        style = Qt.PenStyle.SolidLine if self.view.known else Qt.PenStyle.DashLine
        return QPen(color, 2 if self.isSelected() else 1, style)

    def _paint_plain(self, painter: QPainter) -> None:
        """The card from afar: no text could be read, and corners and shadow are less than a px."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = self._border()
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(self._colors("panel"))
        painter.drawRect(self._rect)
        painter.fillRect(QRectF(0, 0, 8, HEADER), QColor(category_color(self.view.category)))
        painter.fillRect(QRectF(PADDING + 4, 14, self._rect.width() * 0.55, 8), self._colors("line"))

    def _paint_card(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 18), 2))
        bottom = self._rect.height() + 1
        painter.drawLine(QPointF(RADIUS, bottom), QPointF(self._rect.width() - RADIUS, bottom))
        painter.setPen(self._border())
        painter.setBrush(self._colors("panel"))
        painter.drawPath(self._outline)
        painter.fillPath(self._edge, QColor(category_color(self.view.category)))
        if self.view.inputs or self.view.outputs:
            painter.setPen(QPen(self._colors("line"), 1))
            painter.drawLine(QPointF(0.5, HEADER), QPointF(self._rect.width() - 0.5, HEADER))

    def _paint_header(self, painter: QPainter) -> None:
        room = self._rect.width() - PADDING * 2 - 2
        title, width = _fitted(self.view.title, room, bold=True)
        painter.setFont(canvas_font(bold=True))
        painter.setPen(self._colors("text"))
        place = QRectF(PADDING + 2, 0, room, HEADER)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, title)
        used = width + 6
        if self.view.subtitle and room - used > 24:
            painter.setFont(canvas_font())
            painter.setPen(self._colors("quiet"))
            subtitle, _ = _fitted(self.view.subtitle, room - used)
            painter.drawText(place.adjusted(used, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, subtitle)

    def _paint_ports(self, painter: QPainter, side: str, ports: tuple[PortView, ...]) -> None:
        left_room = self._room_left()
        for index, port in enumerate(ports):
            y = HEADER + ROW * (index + 0.5)
            wrong = any(problem.port == port.name and problem.severity == "error" for problem in self.problems)
            color = self._colors("bad") if wrong else QColor(type_color(port.kind))
            x = 0.0 if side == "in" else self._rect.width()
            painter.setPen(QPen(self._colors("panel"), 1.5))
            painter.setBrush(color)
            radius = DOT + (2 if self._hot == (side, port.name) else 0)
            painter.drawEllipse(QPointF(x, y), radius, radius)
            painter.setFont(canvas_font(small=True))
            painter.setPen(self._colors("bad") if wrong else self._colors("quiet"))
            if side == "in":
                place = QRectF(PADDING, y - ROW / 2, left_room, ROW)
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, port.text)
            else:
                room = self._rect.width() - PADDING * 2 - (left_room + 8 if self.view.inputs else 0)
                text, _ = _fitted(port.text, room, small=True)
                place = QRectF(self._rect.width() - PADDING - room, y - ROW / 2, room, ROW)
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)

    def _room_left(self) -> float:
        texts = (port.text for port in self.view.inputs)
        return max((_fitted(text, MAX_WIDTH, small=True)[1] for text in texts), default=0.0)

    def _width(self) -> float:
        metrics = QFontMetricsF(canvas_font(small=True))
        right = max((metrics.horizontalAdvance(port.text) for port in self.view.outputs), default=0.0)
        left = self._room_left()
        title = QFontMetricsF(canvas_font(bold=True)).horizontalAdvance(self.view.title)
        title += QFontMetricsF(canvas_font()).horizontalAdvance(self.view.subtitle) + 10
        needed = max(left + right + (16 if left and right else 0), title) + PADDING * 2 + 4
        return min(MAX_WIDTH, max(MIN_WIDTH, needed))

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: object) -> object:
        scene: GraphScene | None = self.scene()  # type: ignore[assignment]
        if change == QGraphicsItem.GraphicsItemChange.ItemPositionHasChanged and scene is not None:
            scene.follow(self)
        return super().itemChange(change, value)


class NodeItem(CardItem):
    """The card of one component."""


class Halo(QGraphicsRectItem):
    """A ring around another item, that goes where it goes."""

    def __init__(self, owner: QGraphicsItem, color: QColor, width: float) -> None:
        rect: QRectF = getattr(owner, "rect", None) or owner.boundingRect()
        super().__init__(rect.adjusted(-5, -5, 5, 5), owner)
        self.setPen(QPen(color, width))
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemStacksBehindParent)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.pen())
        painter.drawRoundedRect(self.rect(), RADIUS + 4, RADIUS + 4)

    def take_away(self) -> None:
        """Remove it, if what it was around is still there."""
        if isValid(self) and self.scene() is not None:
            self.scene().removeItem(self)


class EdgeItem(QGraphicsPathItem):
    """A wire from an output to an input, in the colour of what flows."""

    def __init__(self, edge: EdgeView, kind: str, colors: Colors) -> None:
        super().__init__()
        self.edge = edge
        self.color = QColor(type_color(kind))
        self._colors = colors
        self.wrong = False
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setZValue(0)

    def run(self, start: QPointF, end: QPointF, lane: float | None = None) -> None:
        """Lay the wire between two points; `lane` is the height at which one that goes back does so."""
        self.setPath(wire(start, end, lane))

    def shape(self) -> QPainterPath:
        stroker = QPainterPathStroker()
        stroker.setWidth(10)
        return stroker.createStroke(self.path())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._colors("bad") if self.wrong else self.color
        style = Qt.PenStyle.DashLine if self.wrong else Qt.PenStyle.SolidLine
        painter.setPen(QPen(color, 3 if self.isSelected() else 1.8, style))
        painter.drawPath(self.path())


class NoteItem(QGraphicsItem):
    """The sentence that stands below a card when something there is wrong, with what mends it to be clicked."""

    WIDTH = 240.0
    LINE = 18.0

    def __init__(self, owner: CardItem, problems: tuple[ProblemView, ...], colors: Colors) -> None:
        super().__init__(owner)
        self.owner, self.problems = owner, problems
        self._colors = colors
        self._severity = "error" if any(problem.severity == "error" for problem in problems) else "warning"
        shown = problems[:3]
        self.text = "\n".join(f"{p.message} {'' if p.fixes else p.suggestion}".strip() for p in shown)
        self.fixes = [fix for problem in shown for fix in problem.fixes][:4]
        self._width = max(self.WIDTH, owner.rect.width())
        bounds = QFontMetricsF(canvas_font(small=True)).boundingRect(
            QRectF(0, 0, self._width - 20, 400), Qt.TextFlag.TextWordWrap, self.text
        )
        height = bounds.height() + 14 + self.LINE * len(self.fixes)
        self._rect = QRectF(0, owner.rect.height() + 6, self._width, height)
        self.setZValue(3)
        if self.fixes:
            self.setToolTip("\n".join(fix.title for fix in self.fixes))

    def fix_place(self, number: int) -> QRectF:
        """Where a fix stands, in the coordinates of the note."""
        top = self._rect.bottom() - 6 - self.LINE * (len(self.fixes) - number)
        return QRectF(10, top, self._width - 20, self.LINE)

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-1, -1, 1, 1)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        at = next((n for n in range(len(self.fixes)) if self.fix_place(n).contains(event.pos())), None)
        if at is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        scene: GraphScene = self.scene()  # type: ignore[assignment]
        fix = self.fixes[at]
        QTimer.singleShot(0, scene, lambda: scene.fix_wanted.emit(fix))  # later: the note itself goes with the fix
        event.accept()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if option.levelOfDetailFromTransform(painter.worldTransform()) < TEXT_FROM_SCALE:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._colors("bad" if self._severity == "error" else "warning")
        ground = QColor(color)
        ground.setAlpha(24)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors("panel"))
        painter.drawRoundedRect(self._rect, 6, 6)
        edge = QColor(color)
        edge.setAlpha(90)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(self._rect, 6, 6)
        painter.setPen(color)
        font = canvas_font(small=True)
        painter.setFont(font)
        painter.drawText(self._rect.adjusted(10, 6, -10, -6), Qt.TextFlag.TextWordWrap, self.text)
        font.setUnderline(True)
        painter.setFont(font)
        painter.setPen(self._colors("accent"))
        for number, fix in enumerate(self.fixes):
            place = self.fix_place(number)
            title = QFontMetricsF(font).elidedText(fix.title, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, title)


def wire(start: QPointF, end: QPointF, lane: float | None = None) -> QPainterPath:
    """A curve that leaves to the right and arrives from the left; one that has to go back runs between the rows.

    Args:
        lane: the height at which it goes back, when there is a better one than half-way.
    """
    path = QPainterPath(start)
    if end.x() >= start.x() + 16:
        reach = max(24.0, min((end.x() - start.x()) * 0.5, 160.0))
        path.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end)
        return path
    middle = (start.y() + end.y()) / 2 if lane is None else lane
    if lane is None and abs(end.y() - start.y()) < 40:
        middle = max(start.y(), end.y()) + 72
    right = min(56.0, abs(middle - start.y()) * 0.6 + 12)
    left = min(56.0, abs(middle - end.y()) * 0.6 + 12)
    path.cubicTo(start + QPointF(right, 0), QPointF(start.x() + right, middle), QPointF(start.x() - 8, middle))
    path.lineTo(end.x() + 8, middle)
    path.cubicTo(QPointF(end.x() - left, middle), end - QPointF(left, 0), end)
    return path
