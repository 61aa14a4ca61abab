"""The small map in a corner: where on the image one is; a drag in it moves the view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPixmap

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.labeling.tiled import TiledPicture

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem

SIDE = 180.0  # px of the longer side
GAP = 12.0


class MiniMap(Part):
    """Shown while a part of the image is out of sight."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.canvas = page.canvas
        self.on = str(page.shell.settings.value("labeling/map")).lower() != "false"
        self._map = QPixmap()
        self._key: tuple[object, ...] = ()
        self._held = False
        self.canvas.installEventFilter(self)

    def entries(self) -> Sequence[Entry]:
        return [Entry("minimap", self.tr("Small map"), ("Ctrl+F7",), checkable=True, group="view")]

    def do(self, name: str) -> None:
        self.on = self.page.acts["minimap"].isChecked()
        self.page.shell.settings.set_value("labeling/map", self.on)
        self.canvas.update()

    def item_shown(self, found: OpenItem) -> None:
        self._key = ()  # another picture may lie where the former one was in memory

    def retranslate(self) -> None:
        self.page.acts["minimap"].setChecked(self.on)

    def area(self) -> QRectF:
        """Where the map lies on the canvas; empty while it is not shown."""
        canvas = self.canvas
        width, height = canvas.picture.width, canvas.picture.height
        if not self.on or not width or not height or min(canvas.width(), canvas.height()) < 2 * SIDE:
            return QRectF()
        seen = QRectF(canvas.rect()).intersected(canvas.view.rect((0, 0, width, height)))
        if seen.width() * seen.height() >= 0.98 * width * height * canvas.view.scale**2:
            return QRectF()
        unit = SIDE / max(width, height)
        across, down = max(width * unit, 8.0), max(height * unit, 8.0)
        return QRectF(canvas.width() - across - GAP, canvas.height() - down - 48, across, down)

    def paint(self, painter: QPainter) -> None:
        area = self.area()
        if area.isEmpty():
            return
        canvas = self.canvas
        painter.fillRect(area.adjusted(-3, -3, 3, 3), canvas.chip_ground)
        painter.drawPixmap(area.topLeft(), self._picture(area))
        frame = QColor(canvas.chip_text)
        frame.setAlpha(110)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(frame, 1))
        painter.drawRect(area.adjusted(-3.5, -3.5, 3.5, 3.5))
        unit = area.width() / canvas.picture.width
        x, y, w, h = canvas.view.region(QRectF(canvas.rect()))
        seen = QRectF(area.x() + x * unit, area.y() + y * unit, w * unit, h * unit).intersected(area)
        if seen.width() < 6 or seen.height() < 6:
            seen = QRectF(seen.center().x() - 3, seen.center().y() - 3, 6, 6)
        tint = QColor(canvas.look.accent)
        tint.setAlpha(45)
        painter.setBrush(tint)
        painter.setPen(QPen(canvas.look.accent, 1.5))
        painter.drawRect(seen)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent):
            return False
        left = Qt.MouseButton.LeftButton
        kind = event.type()
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick) and event.button() == left:
            self._held = self.area().contains(event.position()) and not self.canvas.tool.busy
            return self._held and self._go(event.position())
        if kind == QEvent.Type.MouseMove and self._held:
            return self._go(event.position())
        if kind == QEvent.Type.MouseButtonRelease and self._held and event.button() == left:
            self._held = False
            return True
        return False

    def _go(self, at: QPointF) -> bool:
        """Bring a place of the map to the middle of the canvas."""
        area, canvas = self.area(), self.canvas
        if not area.isEmpty():
            unit = area.width() / canvas.picture.width
            place = canvas.view.point((at.x() - area.x()) / unit, (at.y() - area.y()) / unit)
            canvas.pan(round(canvas.width() / 2 - place.x()), round(canvas.height() / 2 - place.y()))
        return True

    def _picture(self, area: QRectF) -> QPixmap:
        picture, ratio = self.canvas.picture, self.canvas.devicePixelRatioF()
        done = picture.store.progress if isinstance(picture, TiledPicture) else 1.0
        key = (id(picture), picture.adjustment, picture.baked, done, area.size().toTuple(), ratio)
        if key != self._key:
            self._key = key
            self._map = QPixmap(area.size().toSize() * ratio)
            self._map.setDevicePixelRatio(ratio)
            self._map.fill(self.canvas.ground)
            painter = QPainter(self._map)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
            picture.draw(painter, QRectF(QPointF(), area.size()), area.width() / picture.width, 0, 0)
            painter.end()
        return self._map
