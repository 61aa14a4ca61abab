"""Small pictures below the cards of the canvas: what really flows out of each port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QGraphicsObject,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.gui.modeling.flow_words import figures_of, name_of, number
from app.gui.modeling.items import NodeItem, NoteItem, canvas_font
from app.gui.modeling.views import PortView, ProblemView, type_color

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.gui.modeling.scene import GraphScene
    from engine.training.flow import Flow, Shown

SIDE, GAP, BELOW, MOST = 47.0, 5.0, 8.0, 4
SHOWN_FROM_SCALE = 0.45
STALE = 0.45

Place = tuple[str, str, int]  # node, port, and which of what it gives


@dataclass(frozen=True)
class Tile:
    """One small picture: pixels, or bars from 0 to 1, or a number."""

    port: str
    place: int
    color: QColor
    picture: QPixmap | None = None
    bars: tuple[tuple[float, bool], ...] = ()
    text: str = ""
    tip: str = ""
    broken: bool = False


class TileRow(QGraphicsObject):
    """The tiles of one card, below it."""

    chosen = Signal(str, int)
    pointed = Signal(str, int)
    left = Signal()

    def __init__(self, owner: NodeItem, tiles: Sequence[Tile], colors: Callable[[str], QColor]) -> None:
        super().__init__(owner)
        self.tiles = list(tiles)
        self.marked: tuple[str, int] | None = None
        self._colors, self._under = colors, -1
        self.setAcceptHoverEvents(True)
        self.setZValue(2)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def rects(self) -> list[QRectF]:
        """Where each tile is, in the card's coordinates: the last one ends where the card does."""
        card: QRectF = self.parentItem().rect  # type: ignore[attr-defined]
        left = card.width() - len(self.tiles) * (SIDE + GAP) + GAP
        return [QRectF(left + n * (SIDE + GAP), card.height() + BELOW, SIDE, SIDE) for n in range(len(self.tiles))]

    def mark(self, port: tuple[str, int] | None) -> None:
        """Ring the one that the panel shows."""
        if port != self.marked:
            self.marked = port
            self.update()

    def boundingRect(self) -> QRectF:
        rects = self.rects()
        return rects[0].united(rects[-1]).adjusted(-3, -3, 3, 3) if rects else QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if option.levelOfDetailFromTransform(painter.worldTransform()) < SHOWN_FROM_SCALE:
            return
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        for number_, (tile, rect) in enumerate(zip(self.tiles, self.rects(), strict=True)):
            self._paint_tile(painter, tile, rect, number_ == self._under)

    def _paint_tile(self, painter: QPainter, tile: Tile, rect: QRectF, is_under: bool) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(rect, 4, 4)
        painter.fillPath(shape, self._colors("panel"))
        if tile.picture is not None:
            painter.save()
            painter.setClipPath(shape)
            painter.drawPixmap(rect, tile.picture, QRectF(tile.picture.rect()))
            painter.restore()
        elif tile.bars:
            self._paint_bars(painter, tile, rect.adjusted(5, 5, -5, -5))
        else:
            painter.setFont(canvas_font(bold=True))
            painter.setPen(self._colors("bad" if tile.broken else "text"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, tile.text)
        is_marked = self.marked == (tile.port, tile.place)
        color = self._colors("accent") if is_marked else self._colors("bad") if tile.broken else tile.color
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 2.6 if is_marked else 2 if is_under else 1.3))
        painter.drawPath(shape)

    def _paint_bars(self, painter: QPainter, tile: Tile, room: QRectF) -> None:
        height = min(8.0, room.height() / len(tile.bars))
        painter.setPen(Qt.PenStyle.NoPen)
        for row, (length, is_truth) in enumerate(tile.bars):
            painter.setBrush(self._colors("good") if is_truth else tile.color)
            bar = QRectF(
                room.left(), room.top() + row * height, max(1.5, room.width() * length), max(1.0, height - 1.5)
            )
            painter.drawRoundedRect(bar, 1, 1)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        under = self._at(event.pos())
        if under != self._under:
            self._under = under
            self.update()
            if under >= 0:
                self.setToolTip(self.tiles[under].tip)
                self.pointed.emit(self.tiles[under].port, self.tiles[under].place)

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._under = -1
        self.update()
        self.left.emit()

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        under = self._at(event.pos())
        if under < 0 or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.chosen.emit(self.tiles[under].port, self.tiles[under].place)
        event.accept()

    def _at(self, point: QPointF) -> int:
        return next((n for n, rect in enumerate(self.rects()) if rect.contains(point)), -1)


class FlowOnCanvas(QObject):
    """Puts the tiles of a flow on a scene, and the sentence where it stopped."""

    chosen = Signal(str, str, int)
    pointed = Signal(str, str, int)
    left = Signal()

    def __init__(self, scene: GraphScene, colors: Callable[[str], QColor]) -> None:
        super().__init__(scene)
        self._scene, self._colors = scene, colors
        self.rows: dict[str, TileRow] = {}
        self.note: NoteItem | None = None
        self._noted = ""
        scene.document.node_removed.connect(self._forget)
        scene.document.reset.connect(self._forget_all)

    def show_flow(self, flow: Flow) -> None:
        """Take the place of what was shown."""
        self.clear()
        for node in {node for node, _ in flow.ports} & set(self._scene.document.nodes):
            owner = self._scene.node_item(node)
            row = TileRow(owner, self._tiles(flow, owner), self._colors)
            row.chosen.connect(lambda port, place, node=node: self.chosen.emit(node, port, place))
            row.pointed.connect(lambda port, place, node=node: self.pointed.emit(node, port, place))
            row.left.connect(self.left)
            self.rows[node] = row
        failure = flow.failure
        if failure is not None and failure.node in self._scene.document.nodes:
            self._noted = failure.node
            problem = ProblemView(failure.node, failure.message)
            self.note = NoteItem(self._scene.node_item(failure.node), (problem,), self._colors)

    def mark(self, place: Place | None) -> None:
        """Ring the tile that the panel shows."""
        for node, row in self.rows.items():
            row.mark((place[1], place[2]) if place is not None and place[0] == node else None)

    def set_stale(self, stale: bool) -> None:
        """Fade what belongs to the drawing as it was."""
        for row in self.rows.values():
            row.setOpacity(STALE if stale else 1.0)

    def clear(self) -> None:
        """Take everything away."""
        for item in [*self.rows.values(), self.note]:
            if item is not None and item.scene() is self._scene:
                self._scene.removeItem(item)
        self._forget_all()

    def _tiles(self, flow: Flow, owner: NodeItem) -> list[Tile]:
        tiles: list[Tile] = []
        ports = [port for port in owner.view.outputs if (owner.view.id, port.name) in flow.ports]
        for number_, port in enumerate(ports):
            room = MOST - len(tiles) - (len(ports) - number_ - 1)
            shown = flow.ports[owner.view.id, port.name]
            tiles += [_tile(port, place, one, len(shown)) for place, one in enumerate(shown[:room])]
        return tiles

    def _forget(self, node: str) -> None:
        self.rows.pop(node, None)  # went with its card
        if node == self._noted:
            self.note, self._noted = None, ""

    def _forget_all(self) -> None:
        self.rows, self.note, self._noted = {}, None, ""


def pixmap(pixels: NDArray[np.uint8]) -> QPixmap:
    """A picture (H, W, 3) uint8 for the screen."""
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)


def _tile(port: PortView, place: int, shown: Shown, count: int) -> Tile:
    color = QColor(type_color(port.kind))
    tip = f"{name_of(shown, place, count)}\n{figures_of(shown)}".strip()
    small = shown.overview if shown.overview is not None else shown.picture
    picture = None if small is None else _square(pixmap(small))
    if shown.what == "loss" and shown.bars:
        return Tile(port.name, place, color, None, (), number(shown.bars[0].value), tip, shown.bars[0].value * 0 != 0)
    most = max((abs(bar.value) for bar in shown.bars), default=0.0) or 1.0
    lengths = [bar.share if bar.share is not None else abs(bar.value) / most for bar in shown.bars]
    bars = tuple((length, bar.truth) for length, bar in zip(lengths, shown.bars, strict=True))
    text = "" if shown.minimum is None else number(shown.minimum)
    return Tile(port.name, place, color, picture, bars[:12], text, tip, bool(shown.wrong))


def _square(picture: QPixmap) -> QPixmap:
    """The middle of a picture, small and sharp on dense screens."""
    side = min(picture.width(), picture.height())
    part = picture.copy((picture.width() - side) // 2, (picture.height() - side) // 2, side, side)
    size = round(SIDE * 3)
    way = Qt.TransformationMode.SmoothTransformation if side > size else Qt.TransformationMode.FastTransformation
    return part.scaled(size, size, Qt.AspectRatioMode.KeepAspectRatio, way)
