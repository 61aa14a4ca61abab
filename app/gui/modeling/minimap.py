"""The whole drawing in a corner of the canvas, with a frame around what is seen; a click or a drag moves the view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from app.gui.modeling.canvas import GraphCanvas
from app.gui.modeling.items import CardItem
from app.gui.modeling.marks import NOTE_COLORS, CommentItem
from app.gui.modeling.scene import GraphScene
from app.gui.modeling.views import category_color

SIZE = QSize(184, 124)
MARGIN, FROM_EDGE = 6.0, 12
DRAWN_AFTER_MS = 150


class Minimap(QWidget):
    """Seen while it is wanted and part of the drawing is out of sight."""

    def __init__(self, canvas: GraphCanvas, scene: GraphScene, colors: Callable[[str], QColor]) -> None:
        super().__init__(canvas)
        self._canvas, self._scene, self._colors = canvas, scene, colors
        self.wanted = True
        self._picture: QPixmap | None = None
        self._to_map = QTransform()
        self._content: QRectF | None = None  # looked up again when the drawing changes, not when the view moves
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._late = QTimer(self, singleShot=True, interval=DRAWN_AFTER_MS)
        self._late.timeout.connect(self.draw_anew)
        scene.changed.connect(self._changed)
        canvas.view_changed.connect(self.follow)
        scene.document.reset.connect(self.draw_anew)
        canvas.installEventFilter(self)
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.setToolTip(self.tr("The whole drawing; click or drag to move there"))
        self.setAccessibleName(self.tr("Minimap"))

    def want(self, wanted: bool) -> None:
        """Show it from now on, or not."""
        self.wanted = wanted
        self.draw_anew()

    def draw_anew(self) -> None:
        """The drawing changed."""
        self._picture = self._content = None
        self.follow()

    def _changed(self) -> None:
        self._content = None
        if not self._late.isActive():
            self._late.start()

    def follow(self) -> None:
        """The view moved."""
        if self._content is None:
            self._content = self._scene.content_rect()
        self.setVisible(self.wanted and not self._canvas.seen().contains(self._content))
        if self.isVisible():
            self.move(
                self._canvas.width() - self.width() - FROM_EDGE, self._canvas.height() - self.height() - FROM_EDGE
            )
            self.update()

    def place_of(self, point: QPointF) -> QPointF:
        """Where a place of the drawing lies in the map."""
        return self._to_map.map(point)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.follow()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        back, possible = self._to_map.inverted()
        if possible:
            self._canvas.centerOn(back.map(event.position()))
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            self._picture = self._draw()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = self._to_map.mapRect(self._canvas.seen()).intersected(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        ground = QColor(self._colors("accent"))
        ground.setAlpha(28)
        painter.setPen(QPen(self._colors("accent"), 1.5))
        painter.setBrush(ground)
        painter.drawRoundedRect(seen, 3, 3)

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colors("line"), 1))
        painter.setBrush(self._colors("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        content = self._content or self._scene.content_rect()
        if content.isEmpty():
            return picture
        scale = min((self.width() - 2 * MARGIN) / content.width(), (self.height() - 2 * MARGIN) / content.height())
        self._to_map = QTransform().translate(self.width() / 2, self.height() / 2).scale(scale, scale)
        self._to_map.translate(-content.center().x(), -content.center().y())
        painter.setPen(Qt.PenStyle.NoPen)
        frame = QColor(self._colors("quiet"))
        frame.setAlpha(50)
        for one in self._scene.marks.frames.values():
            painter.fillRect(self._to_map.mapRect(one.mapRectToScene(one.rect)), frame)
        for item in self._scene.in_reading_order():
            painter.fillRect(self._to_map.mapRect(item.sceneBoundingRect()), _color(item))
        painter.end()
        return picture


def _color(item: object) -> QColor:
    if isinstance(item, CommentItem):
        return QColor(NOTE_COLORS.get(item.comment.color, NOTE_COLORS["yellow"]))
    return QColor(category_color(item.view.category if isinstance(item, CardItem) else ""))
