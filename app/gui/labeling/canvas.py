"""The canvas: one picture and its shapes, drawn in layers, changed with tools.

Picture and resting shapes are drawn once into a layer (`layer.py`); moving the view copies it. Only the shapes in hand
(selected, or being drawn) are drawn anew at each paint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.gui.labeling import bonds, chips, painting, tags, tools
from app.gui.labeling.document import Document
from app.gui.labeling.layer import Layer
from app.gui.labeling.mask_images import MaskImages
from app.gui.labeling.painting import Detail, Style, View
from app.gui.labeling.picture import Picture
from engine.data.records import Annotation
from engine.labeling import geometry
from engine.labeling.edits import Add, Edit

IN_HAND = 200  # more selected shapes than these are marked in the layer below only
REST_MS = 90  # after the last turn of the wheel a layer that takes long is drawn sharp
QUICK_MS = 8.0  # a layer that takes less is drawn sharp at once
SLICE_MS = 4.0  # what one turn of the event loop spends on the layer
PATIENCE_MS = 80.0  # what the first frame of an item may take
REACH = 48  # px of the widget around a shape that its handles, name and figures may take
FAR = -1e8  # px: what has no place in the picture lies farther off
MENDED = 60  # up to so many changed places are drawn anew one by one
LARGEST, SMALLEST = 64.0, 0.01


class Canvas(QWidget):
    """Shows one item and lets a person change its annotations.

    Signals:
        edited: (list of edits, action); they are not made here, whoever listens makes them.
        selection_changed, live_changed: what is selected, or what the shape in hand looks like now.
        zoomed: the scale.
        label_needed: something was to be drawn, but there is no label.
        tool_changed: the name of the tool.
    """

    edited = Signal(list, str)
    selection_changed = Signal()
    live_changed = Signal()
    zoomed = Signal(float)
    label_needed = Signal()
    tool_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(240, 180)
        self.document = Document()
        self.picture = Picture()
        self.view = View()
        self.look = Style()
        self.selection: list[int] = []
        self.live: dict[int, Annotation] = {}
        self.label_id = 0
        self.crosshair = False
        self.ground = QColor("#101317")
        self.chip_ground, self.chip_text = QColor("#1c2027"), QColor("#e6e9ee")
        self.message = ""
        self.title = ""
        self.hint = ""
        self.next_id = lambda: 0
        self.kit = tools.Kit(self)
        self.select_tool = self.kit.select
        self.tools: dict[str, tools.Tool] = self.kit.tools
        self.tool: tools.Tool = self.select_tool
        self.overlays: list[Callable[[QPainter], None]] = []
        self.chips: dict[str, str] = {}
        self.said = 40  # px at the lower end where scale, place and name are said
        self.edge = 0  # px at the left and the top that are not for chips: rulers lie there
        self.develop: Callable[[Picture], Picture] = lambda picture: picture
        self.masks = MaskImages(self)
        self.masks.ready.connect(self._mask_ready)
        self._layer = Layer(self._draw_layer, self._draw_quick)
        self._revision = 0
        self._hidden: frozenset[int] = frozenset()
        self._detail: Detail | None = None
        self._counted: tuple[float, ...] = ()
        self._pan_from: QPointF | None = None
        self._pan_button = Qt.MouseButton.NoButton
        self._space = False
        self._fitted = True
        self._mouse = QPointF(-1, -1)
        self._zooming = QTimer(self, singleShot=True, interval=REST_MS)
        self._zooming.timeout.connect(self.update)
        self._slices = QTimer(self, singleShot=True, interval=0)
        self._slices.timeout.connect(self._draw_slice)

    def show_item(self, document: Document, picture: Picture, *, keep_view: bool = False) -> None:
        """Show another item; selection and what was half drawn are left."""
        self.tool.cancel()
        self.document, self.live = document, {}
        self._take_picture(self.develop(picture))
        self.masks.height = document.height
        self._take_skeletons()
        self._revision, self._hidden, self._detail = document.revision, frozenset(), None
        self._layer.clear()
        self.selection = []
        self.select_tool.forget()
        self.kit.keys.leave()
        self.message = ""
        if not keep_view:
            self.fit()
        self.refresh()
        self.selection_changed.emit()

    def set_look(self, look: Style) -> None:
        """Other labels, colours or visibility."""
        self.look = look
        look.mask = self.masks.get
        self._take_skeletons()
        self.redraw()

    def set_picture(self, picture: Picture) -> None:
        """The same image, shown in another way."""
        self._take_picture(picture)
        self.redraw()

    def redraw(self, area: QRectF | None = None) -> None:
        """What is below the shapes in hand looks different: all of it, or a part in px of the image."""
        if area is None:
            self._layer.soil()
            self.update()
            return
        part = self.view.rect((area.x(), area.y(), area.width(), area.height())).adjusted(-2, -2, 2, 2)
        self._layer.soil(part)
        self.update(part.toAlignedRect())

    @property
    def sharp(self) -> bool:
        """Whether all that is in sight is drawn as it should be."""
        return self._layer.todo(visible=True).isEmpty()

    def finish(self) -> None:
        """Wait for the threads; for the end of the page."""
        self._slices.stop()
        self.masks.finish()

    def refresh(self) -> None:
        """The document was changed: drop what is gone and draw anew."""
        kept = [shape_id for shape_id in self.selection if shape_id in self.document]
        self.live = {shape_id: shape for shape_id, shape in self.live.items() if shape_id in self.document}
        if kept != self.selection:
            self.selection = kept
            self.selection_changed.emit()
        self._update_changed()

    def select(self, shape_ids: Iterable[int]) -> None:
        """Select these shapes and no others."""
        wanted = [shape_id for shape_id in shape_ids if shape_id in self.document]
        if wanted == self.selection:
            return
        before = [*self.selection, *self.live]
        shapes = [*self.live.values(), *filter(None, map(self.document.get, dict.fromkeys([*before, *wanted])))]
        self.selection, self.live = wanted, {}
        self.select_tool.forget()
        self.update_around(shapes)
        self.selection_changed.emit()

    def one_selected(self) -> Annotation | None:
        """The selected shape when it is one, as it looks in hand."""
        if len(self.selection) != 1:
            return None
        shape_id = self.selection[0]
        return self.live.get(shape_id) or self.document.get(shape_id)

    def set_live(self, shapes: dict[int, Annotation]) -> None:
        """Show shapes in hand as they are being changed.

        Only their surroundings are painted anew; a tool that draws farther off calls `update` itself.
        """
        before, self.live = self.live, shapes
        self.update_around([*before.values(), *shapes.values()])
        self.live_changed.emit()

    def update_around(self, shapes: Sequence[Annotation]) -> None:
        """Paint anew where these shapes of the document are seen with names and handles."""
        area = self._surroundings(shapes)
        if area is None:
            self.update()
        else:
            self.update(area)

    def commit(self, edits: Sequence[Edit], action: str) -> None:
        """Hand edits to whoever makes them."""
        self.edited.emit(list(edits), action)

    def may_draw(self) -> bool:
        """Whether something can be drawn now; without a label one is asked for."""
        if not self.document.item_id or not self.document.width:
            return False
        if not self.label_id:
            self.label_needed.emit()
        return bool(self.label_id)

    def draw_new(self, kind: str, *, box: geometry.Box | None = None, ring: np.ndarray | None = None) -> None:
        """Add a drawn shape with the current label, and select it."""
        shape = Annotation(self.next_id(), self.document.item_id, self.label_id, kind)
        if ring is not None:
            shape = geometry.with_rings(shape, [ring])
        elif box is not None:
            shape = shape.with_(x=float(box[0]), y=float(box[1]), w=float(box[2]), h=float(box[3]))
        self.commit([Add(shape)], "Draw polygon" if kind == "polygon" else "Draw box")
        self.select([shape.id])

    def set_tool(self, name: str) -> None:
        """Take another tool; what was half drawn is left."""
        if self.tool.name == name:
            return
        if self.tool.busy:
            self.tool.let_go()
        self.tool.left()
        self.tool = self.tools[name]
        self.tool.taken()
        self.kit.keys.leave()
        self.setCursor(self.tool.cursor)
        self.update()
        self.tool_changed.emit(name)

    def fit(self) -> None:
        """Show the whole picture."""
        width, height = self.document.width or self.picture.width, self.document.height or self.picture.height
        if not width or not height:
            return
        scale = min((self.width() - 48) / width, (self.height() - 48) / height)
        self.view.scale = min(max(scale, SMALLEST), 8.0)
        self.view.x = round((self.width() - width * self.view.scale) / 2)
        self.view.y = round((self.height() - height * self.view.scale) / 2)
        self._fitted = True
        self.update()
        self.zoomed.emit(self.view.scale)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom so that what is under `at` (default: the middle) stays there."""
        at = at or QPointF(self.width() / 2, self.height() / 2)
        x, y = self.view.to_image(at)
        scale = min(max(self.view.scale * factor, SMALLEST), LARGEST)
        self.view = View(scale, round(at.x() - x * scale), round(at.y() - y * scale))
        self._keep_in_sight()
        self._fitted = False
        self._zooming.start()
        self.update()
        self.zoomed.emit(scale)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by px of the widget."""
        self.view = View(self.view.scale, self.view.x + dx, self.view.y + dy)
        self._keep_in_sight()
        self._fitted = False
        self.update()

    def reveal(self, shape_id: int) -> None:
        """Bring a shape into view when it is outside."""
        shape = self.document.get(shape_id)
        if shape is None or shape.x is None or shape.y is None:
            return
        rect = self.view.rect((shape.x, shape.y, shape.w or 0, shape.h or 0))
        if not QRectF(self.rect()).intersects(rect):
            self.pan(round(self.width() / 2 - rect.center().x()), round(self.height() / 2 - rect.center().y()))

    def view_box(self, share: float = 0.25) -> geometry.Box:
        """A box in the middle of what is seen, for drawing without a mouse."""
        x, y = self.view.to_image(QPointF(self.width() / 2, self.height() / 2))
        side = min(self.width(), self.height()) * share / self.view.scale
        box = geometry.clip_box((x - side / 2, y - side / 2, side, side), self.document.width, self.document.height)
        left, top, width, height = (float(round(value)) for value in box)
        return left, top, max(width, 1.0), max(height, 1.0)

    def set_chip(self, name: str, text: str) -> None:
        """What a part of the page says beside the scale; "" for nothing."""
        if self.chips.get(name, "") != text:
            self.chips = {key: value for key, value in (self.chips | {name: text}).items() if value}
            self.update()

    def draw_chip(self, painter: QPainter, text: str, at: QPointF, *, bold: bool = False) -> QRectF:
        """Draw a small figure over the picture, moved to where all of it is seen; returns where it lies."""
        size = tags.chip_size(text, self.font(), bold=bold)
        at = QPointF(min(at.x(), self.width() - size.width() - 4.0), min(at.y(), self.height() - size.height() - 4.0))
        at = QPointF(max(at.x(), self.edge + 4.0), max(at.y(), self.edge + 4.0))
        return tags.draw_chip(painter, text, at, self.chip_ground, self.chip_text, self.font(), bold=bold)

    # events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._draw_base(painter, event.region())
        if self.look.shapes:
            bonds.draw(painter, self)
            self._draw_in_hand(painter)
        self.tool.paint(painter)
        self.kit.paint(painter)
        for overlay in self.overlays:
            overlay(painter)
        if self.crosshair and self.underMouse() and self.picture.levels:
            chips.draw_crosshair(painter, self, self._mouse)
        chips.draw(painter, self, self._mouse)
        if self.hasFocus() and self.window().property("by_keys"):
            painter.setPen(QPen(self.look.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fitted:
            self.fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._mouse = event.position()
        middle = event.button() == Qt.MouseButton.MiddleButton
        if self._pan_from is not None:
            pass  # one thing at a time: what is pressed while the view is moved means nothing
        elif middle or (self._space and event.button() == Qt.MouseButton.LeftButton):
            self._pan_from, self._pan_button = event.position(), event.button()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton and self.document.item_id:
            self.kit.keys.leave()
            self.tool.press(self._pointer(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        if self._pan_from is not None:
            step = event.position() - self._pan_from
            self._pan_from = event.position()
            self.pan(round(step.x()), round(step.y()))
            return
        if not self._space:
            self.tool.move(self._pointer(event), bool(event.buttons() & Qt.MouseButton.LeftButton))
        busy = self.tool is not self.select_tool or (self.tool.busy and not self.live)
        if self.crosshair or (busy and not self.tool.frugal):
            self.update()
        else:
            self.update(QRect(0, self.height() - self.said, self.width(), self.said))  # where the place is said

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None and event.button() == self._pan_button:
            self._pan_from = None
            self.setCursor(Qt.CursorShape.OpenHandCursor if self._space else self.tool.cursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.tool.release(self._pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.tool.double_click(self._pointer(event))

    def leaveEvent(self, event: object) -> None:
        self._mouse = QPointF(-1, -1)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.kit.wheel(event, self._pointer(event)):
            pass
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan(turn.y() or turn.x(), 0)
        elif turn.y():
            self.zoom(math.pow(1.2, turn.y() / 120), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.kit.wants(event):
            event.accept()  # the tool gets the key, not an action of the page
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.kit.key(event):
            return
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space = True
                self.setCursor(Qt.CursorShape.OpenHandCursor)
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.setCursor(self.tool.cursor)
            return
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: object) -> None:
        self._space = False
        self.update()

    def focusInEvent(self, event: object) -> None:
        self.update()

    # drawing

    def _draw_base(self, painter: QPainter, exposed: QRegion) -> None:
        """Copy the layer; draw it anew as far as it has changed, by and by when that would make the hand wait."""
        layer = self._layer
        layer.follow(self.view, self.size(), self.devicePixelRatioF())
        self._soil_changes()
        drawn = QRegion()
        if layer.nothing:
            drawn = layer.work(PATIENCE_MS, visible=True)
        elif not self._zooming.isActive() or layer.expected_ms() <= QUICK_MS:
            drawn = layer.work(QUICK_MS if layer.expected_ms() <= QUICK_MS else SLICE_MS, visible=True)
        layer.paint(painter, exposed)
        others = drawn.intersected(self.rect()).subtracted(exposed)
        if not others.isEmpty():
            self.update(others)
        if not layer.todo().isEmpty() and not self._zooming.isActive():
            self._slices.start()

    def _draw_slice(self) -> None:
        """Some of what is left to draw, then the turn of whatever else waits."""
        if self._zooming.isActive() or not self.isVisible():
            return
        self.update(self._layer.work(SLICE_MS))
        if not self._layer.todo().isEmpty():
            self._slices.start()

    def _soil_changes(self) -> None:
        """Mark those parts of the layer where shapes have changed or were taken into the hand, or all."""
        detail = self._detail_now()
        hidden = frozenset(self.live)
        touched = self.document.touched_since(self._revision)
        moved = hidden ^ self._hidden
        everything = touched is None or detail is not self._detail or len(touched) + len(moved) > MENDED
        self._revision, self._hidden, self._detail = self.document.revision, hidden, detail
        if everything or touched is None:
            self._layer.soil()
            return
        shapes = [self.document.get(shape_id) for shape_id in moved]
        touched += [
            (s.x, s.y, s.w or 0.0, s.h or 0.0) for s in shapes if s is not None and s.x is not None and s.y is not None
        ]
        for box in touched:
            part = self.view.rect(box).adjusted(-8, -30, 8, 8)
            if detail is Detail.FULL:
                part.setWidth(max(part.width(), tags.WIDEST + 8))
            self._layer.soil(part)

    def _update_changed(self) -> None:
        """Paint anew where the document has changed; all of it when that says something about the rest."""
        touched = self.document.touched_since(self._revision)
        related = self.document.related or self.document.grouped
        if touched is None or related or len(touched) > MENDED or any(box[0] < FAR for box in touched):
            self.update()
            return
        for box in touched:
            rect = self.view.rect(box)
            self.update(rect.adjusted(-REACH, -REACH, max(REACH, tags.WIDEST - rect.width()), REACH).toAlignedRect())

    def _detail_now(self) -> Detail:
        """How much there is room for; counted when the view or the document is another one."""
        key = (self.document.revision, self.view.scale, self.view.x, self.view.y, self.width(), self.height())
        if self._detail is None or key != self._counted:
            self._counted = key
            count = painting.count_in(self.document, self.view.region(QRectF(self.rect())))
            return painting.detail_for(count, self._detail)
        return self._detail

    def _draw_layer(self, painter: QPainter, area: QRectF, view: View) -> None:
        painter.fillRect(area, self.ground)
        self.picture.draw(painter, area, view.scale, view.x, view.y)
        painting.draw_static(painter, self.document, view, area, self.look, self._hidden, self._detail or Detail.LINES)

    def _draw_quick(self, painter: QPainter, area: QRectF, view: View) -> None:
        painter.fillRect(area, self.ground)
        self.picture.draw(painter, area, view.scale, view.x, view.y, smooth=False)

    def _mask_ready(self, bounds: QRectF) -> None:
        self.redraw(bounds)

    def _take_picture(self, picture: Picture) -> None:
        self.picture.leave(self.redraw)
        self.picture = picture
        picture.listen(self.redraw)

    def _take_skeletons(self) -> None:
        if any(details.get("skeleton") for details in self.look.details.values()):
            self.document.set_skeletons(self.look.skeleton)

    def _surroundings(self, shapes: Sequence[Annotation]) -> QRect | None:
        """Where these shapes are seen with names and handles; None: anywhere."""
        joined = self.document.related or self.document.grouped
        if joined or not shapes or len(shapes) > IN_HAND or any(shape.id not in self.document for shape in shapes):
            return None
        area = QRectF()
        for shape in [*shapes, *filter(None, map(self.document.get, {shape.id for shape in shapes}))]:
            rect = self.view.rect(geometry.box_of(shape))
            area = area.united(rect.adjusted(-REACH, -REACH, max(REACH, tags.WIDEST - rect.width()), REACH))
        return area.toAlignedRect()

    def _draw_in_hand(self, painter: QPainter) -> None:
        chosen = self.selection if len(self.selection) <= IN_HAND else []
        for shape_id in dict.fromkeys([*chosen, *self.live]):
            shape = self.live.get(shape_id) or self.document.get(shape_id)
            if shape is not None and (shape.kind != "mask" or shape_id in self.live):  # its pixels are below already
                painting.draw_shape(painter, shape, self.view, self.look, 2.0 if len(chosen) == 1 else 3.0)
        self.select_tool.paint_handles(painter)

    def _pointer(self, event: QMouseEvent | QWheelEvent) -> tools.Pointer:
        x, y = self.view.to_image(event.position())
        return tools.Pointer(event.position(), x, y, event.modifiers())

    def _keep_in_sight(self) -> None:
        """Leave at least a part of the picture in view."""
        width, height = self.document.width * self.view.scale, self.document.height * self.view.scale
        self.view.x = min(max(self.view.x, 64 - width), self.width() - 64)
        self.view.y = min(max(self.view.y, 64 - height), self.height() - 64)
