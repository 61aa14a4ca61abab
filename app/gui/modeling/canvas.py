"""The view of the canvas: dotted ground, pan, zoom to the pointer, fit, and dropping components on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QCursor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsView, QWidget

from app.gui.modeling.coarse import Coarse
from app.gui.modeling.marks import CommentItem, FoldedItem, FrameItem
from app.gui.modeling.scene import GraphScene

COMPONENT_MIME = "application/x-lineside-component"
MIN_SCALE, MAX_SCALE = 0.12, 3.0
READABLE = 0.6  # the zoom from which the text of a card can be read
GRID, TILE = 24, 16  # px between the dots of the ground, and how many of them a tile has on a side


class GraphCanvas(QGraphicsView):
    """Shows a scene; wheel zooms, middle button or space + drag pans, Tab walks the cards."""

    dropped = Signal(str, QPointF)
    menu_wanted = Signal(QPoint)
    view_changed = Signal()
    edit_wanted = Signal(object)  # the item of a comment or a group
    add_wanted = Signal(QPointF, str)  # where, and what was typed

    def __init__(self, scene: GraphScene, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._graph, self._colors = scene, colors
        self._panning: QPoint | None = None
        self._space = False
        self._fit_pending = True
        self.coarse = Coarse(self, scene, colors)
        self._ground: tuple[tuple[float, float, int], QBrush] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setDragMode(QGraphicsView.DragMode.RubberBandDrag)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        scene.changed.connect(self._grow)
        scene.document.reset.connect(self.fit_soon)

    @property
    def scale_factor(self) -> float:
        """The zoom: 1 is one px of the document to one px of the screen."""
        return self.transform().m11()

    def zoom(self, factor: float) -> None:
        """Zoom by a factor, within sensible bounds."""
        target = min(MAX_SCALE, max(MIN_SCALE, self.scale_factor * factor))
        self.coarse.begin()
        self.scale(target / self.scale_factor, target / self.scale_factor)
        self.view_changed.emit()

    def fit(self) -> None:
        """Show the whole graph, never larger than life."""
        self._show_rect(self._graph.content_rect())
        self._fit_pending = False

    def fit_selection(self) -> None:
        """Show what is chosen, never larger than life; everything when nothing is."""
        rect = QRectF()
        for item in self._graph.selectedItems():
            rect = rect.united(item.sceneBoundingRect())
        self._show_rect(rect if not rect.isEmpty() else self._graph.content_rect())

    def life_size(self) -> None:
        """Show 1 px of the drawing as 1 px of the screen."""
        self.zoom(1 / self.scale_factor)

    def bring(self, item: QGraphicsItem) -> None:
        """Bring an item into sight, large enough to be read."""
        if self.scale_factor < READABLE:
            self.zoom(READABLE / self.scale_factor)
        self.ensureVisible(item, 60, 60)

    def seen(self) -> QRectF:
        """What is in sight, in px of the drawing."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.coarse.scrolled(dx, dy)
        self.view_changed.emit()

    def _show_rect(self, rect: QRectF) -> None:
        if rect.isEmpty():
            self.resetTransform()
            return
        self._grow()
        self.fitInView(rect.adjusted(-32, -32, 32, 48), Qt.AspectRatioMode.KeepAspectRatio)
        if self.scale_factor > 1:
            self.resetTransform()
            self.centerOn(rect.center())
        self.view_changed.emit()

    def fit_soon(self) -> None:
        """Fit when the view next has its size."""
        self._fit_pending = True
        if self.isVisible():
            self.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        dull = self.coarse.dull.intersected(event.region())
        if not dull.isEmpty():
            self.coarse.paint(dull)
        if not (fine := event.region().subtracted(dull)).isEmpty():
            super().paintEvent(QPaintEvent(fine))

    def drawBackground(self, painter: QPainter, rect: QRectF | QPointF) -> None:
        painter.fillRect(rect, self._colors("ground"))
        if self.scale_factor < 0.4:
            return
        painter.fillRect(rect, self._dots())

    def _dots(self) -> QBrush:
        """The dotted ground: a tile of the present zoom, laid at the places of the grid."""
        key = (self.scale_factor, self.devicePixelRatioF(), self._colors("line").rgba())
        if self._ground is None or self._ground[0] != key:
            side = GRID * TILE
            scale = key[0] * key[1]
            tile = QPixmap(round(side * scale), round(side * scale))
            tile.fill(Qt.GlobalColor.transparent)
            painter = QPainter(tile)
            painter.setPen(QPen(self._colors("line"), 1.4 * key[1]))
            places = [(number + 0.5) * GRID * scale for number in range(TILE)]
            painter.drawPoints([QPointF(x, y) for x in places for y in places])
            painter.end()
            brush = QBrush(tile)
            middle = GRID / 2  # half a step aside, so that no dot is cut at the edge of the tile
            brush.setTransform(QTransform(side / tile.width(), 0, 0, side / tile.height(), -middle, -middle))
            self._ground = (key, brush)
        return self._ground[1]

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - event.angleDelta().y() - event.angleDelta().x())
        else:
            self.zoom(1.0015 ** event.angleDelta().y())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.coarse.end()
        if event.button() == Qt.MouseButton.MiddleButton or (
            self._space and event.button() == Qt.MouseButton.LeftButton
        ):
            self._panning = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._panning is None:
            super().mouseMoveEvent(event)
            return
        delta = event.position().toPoint() - self._panning
        self._panning = event.position().toPoint()
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - delta.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - delta.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._panning is not None:
            self._panning = None
            self.viewport().unsetCursor()
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: object) -> None:
        position = event.pos()  # type: ignore[attr-defined]
        item = self.itemAt(position)
        if item is not None and not item.isSelected():
            self._graph.clearSelection()
            item.setSelected(True)
        self.menu_wanted.emit(self.viewport().mapToGlobal(position))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key == Qt.Key.Key_Tab and not event.modifiers() and not self._typing and self._graph.in_reading_order():
                if self._is_last_selected():
                    self._graph.clearSelection()
                    return super().event(event)
                self._graph.select_next(1)
                self._show_selected()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._typing:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.2)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(1 / 1.2)
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_0):
            self.fit()
        elif event.key() == Qt.Key.Key_1 and not event.modifiers():
            self.life_size()
        elif event.key() == Qt.Key.Key_2 and not event.modifiers():
            self.fit_selection()
        elif event.text().isalpha() and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            self.add_wanted.emit(self.pointed_at(), event.text())
        else:
            super().keyPressEvent(event)

    def pointed_at(self) -> QPointF:
        """The place under the pointer; the middle of the view when it is elsewhere."""
        at = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().rect().contains(at)
        return self.mapToScene(at if inside else self.viewport().rect().center())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.itemAt(event.position().toPoint()) is None:
            self.add_wanted.emit(self.mapToScene(event.position().toPoint()), "")
            event.accept()
            return
        if isinstance(self.itemAt(event.position().toPoint()), CommentItem | FrameItem | FoldedItem):
            self.edit_wanted.emit(self.itemAt(event.position().toPoint()))
            event.accept()
            return
        super().mouseDoubleClickEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().unsetCursor()
        super().keyReleaseEvent(event)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._fit_pending:
            self.fit()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        if self._fit_pending and self.isVisible():
            self.fit()
            self._fit_pending = True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(COMPONENT_MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasFormat(COMPONENT_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if event.mimeData().hasFormat(COMPONENT_MIME):
            name = bytes(event.mimeData().data(COMPONENT_MIME).data()).decode()
            self.dropped.emit(name, self.mapToScene(event.position().toPoint()))
            event.acceptProposedAction()

    def _grow(self) -> None:
        """Keep room around the content so that panning never hits a wall."""
        rect = self._graph.content_rect().adjusted(-2000, -2000, 2000, 2000)
        if rect != self.sceneRect():
            self.setSceneRect(rect)

    @property
    def _typing(self) -> bool:
        """Whether a comment or a title is being written."""
        return self._graph.focusItem() is not None

    def _is_last_selected(self) -> bool:
        return self._graph.in_reading_order()[-1].isSelected()

    def _show_selected(self) -> None:
        for item in self._graph.selectedItems():
            self.ensureVisible(item, 24, 24)
