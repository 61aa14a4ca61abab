"""What the mouse does on the canvas: select and change, draw a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.gui.labeling import painting
from engine.data.records import Annotation
from engine.labeling import geometry
from engine.labeling.edits import Change

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

GRAB = 7.0  # px of the widget within which a handle, vertex or edge is taken
THRESHOLD = 3.0  # px of the widget before a press becomes a drag
SMALLEST = 1.0  # px of the image: the smallest side of a drawn box

# Where the eight handles are, as shares of the box, and the sides that each one moves
HANDLES = ((0, 0), (0.5, 0), (1, 0), (1, 0.5), (1, 1), (0.5, 1), (0, 1), (0, 0.5))
CURSORS = (
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeBDiagCursor,
    Qt.CursorShape.SizeHorCursor,
)


@dataclass(frozen=True)
class Pointer:
    """One mouse event: where on the widget, where on the image, with which keys."""

    view: QPointF
    x: float
    y: float
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    def has(self, *keys: Qt.KeyboardModifier) -> bool:
        """Whether one of these keys is held."""
        return any(bool(self.modifiers & key) for key in keys)


class Tool:
    """A tool gets the events of the canvas and answers with edits of it."""

    name = ""
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    @property
    def busy(self) -> bool:
        """Whether something is half done."""
        return False

    def press(self, pointer: Pointer) -> None: ...

    def move(self, pointer: Pointer, down: bool) -> None: ...

    def release(self, pointer: Pointer) -> None: ...

    def double_click(self, pointer: Pointer) -> None: ...

    def finish(self) -> bool:
        """Enter: end what is half done. Whether there was something."""
        return False

    def back(self) -> bool:
        """Backspace or Delete: take the last step back. Whether there was one."""
        return False

    def cancel(self) -> bool:
        """Escape. Whether there was something to leave."""
        return False

    def paint(self, painter: QPainter) -> None: ...


class SelectTool(Tool):
    """Select, move, resize; vertices of polygons; a frame around many."""

    name = "select"

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._start: Pointer | None = None
        self._mode = ""  # "", move, handle, vertex, frame
        self._handle = 0
        self._ring = 0
        self._frame: QRectF | None = None
        self._origin: dict[int, Annotation] = {}
        self._toggle: int | None = None
        self._dragging = False
        self.vertex: tuple[int, int, int] | None = None  # shape, ring, index: what Delete takes away

    @property
    def busy(self) -> bool:
        return self._start is not None

    def press(self, pointer: Pointer) -> None:
        self._start, self._dragging, self._toggle = pointer, False, None
        if self.grab(pointer):
            return
        self.vertex = None
        hits = self.canvas.document.at(pointer.x, pointer.y, GRAB / 2 / self.canvas.view.scale)
        selection = self.canvas.selection
        adding = pointer.has(Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier)
        if not hits:
            self._mode = "frame"
            if not adding:
                self.canvas.select([])
            return
        held = next((hit for hit in hits if hit in selection), None)
        if adding:
            self.canvas.select([*selection, hits[0]] if held is None else [s for s in selection if s != held])
            self._mode = "move" if held is None else ""
        elif held is None:
            self.canvas.select([hits[0]])
            self._mode = "move"
        else:
            self._mode, self._toggle = "move", hits[(hits.index(held) + 1) % len(hits)]
        self._take()

    def grab(self, pointer: Pointer) -> bool:
        """Take a handle or a vertex of the one selected shape, when the pointer is on one."""
        found = self._under(pointer)
        if found is None:
            return False
        self._start, self._dragging, self._toggle = pointer, False, None
        self._mode, self._ring, self._handle = found
        shape = self.canvas.one_selected()
        assert shape is not None
        if self._mode == "edge":
            self._insert(shape, pointer)
        self.vertex = (shape.id, self._ring, self._handle) if self._mode == "vertex" else None
        self._take()
        self.canvas.update()
        return True

    def move(self, pointer: Pointer, down: bool) -> None:
        if not down or self._start is None:
            found = self._under(pointer)
            self.canvas.setCursor(self._cursor(found, pointer))
            return
        if not self._dragging:
            far = (pointer.view - self._start.view).manhattanLength()
            if far < THRESHOLD:
                return
            self._dragging = True
        if self._mode == "frame":
            self._frame = QRectF(self._start.view, pointer.view).normalized()
            self.canvas.update()
        elif self._mode:
            self.canvas.set_live(self._dragged(pointer))

    def release(self, pointer: Pointer) -> None:
        if self._start is None:
            return
        if self._mode == "frame" and self._frame is not None:
            self._select_framed(pointer)
        elif self._dragging and self._mode:
            self.move(pointer, True)
            self._commit()
        elif self._toggle is not None and self._toggle not in self.canvas.selection:
            self.canvas.select([self._toggle])  # a second click reaches what lies below
        self._reset()

    def double_click(self, pointer: Pointer) -> None:
        shape = self.canvas.one_selected()
        if shape is not None and shape.kind in ("polygon", "polyline") and self._near_edge(shape, pointer):
            self._insert(shape, pointer)
            self.vertex = (shape.id, self._ring, self._handle)
            self._commit("Add vertex")
        self._reset()

    def back(self) -> bool:
        """Take away the chosen vertex, as long as a polygon remains."""
        if self.vertex is None:
            return False
        shape_id, ring, index = self.vertex
        shape = self.canvas.document.get(shape_id)
        self.vertex = None
        if shape is None or ring >= len(shape.points):
            return False
        points = geometry.ring_points(shape.points[ring])
        if len(points) <= (3 if shape.kind == "polygon" else 2):
            return False
        rings = _rings(shape)
        rings[ring] = np.delete(points, index, axis=0)
        self.canvas.commit([_change(geometry.with_rings(shape, rings))], "Delete vertex")
        return True

    def cancel(self) -> bool:
        if self._start is not None and self._dragging:
            self.canvas.set_live({})
            self._reset()
            return True
        if self.vertex is not None:
            self.vertex = None
            self.canvas.update()
            return True
        if self.canvas.selection:
            self.canvas.select([])
            return True
        return False

    def paint(self, painter: QPainter) -> None:
        if self._frame is not None:
            painter.setPen(QPen(self.canvas.look.accent, 1, Qt.PenStyle.DashLine))
            tint = QColor(self.canvas.look.accent)
            tint.setAlpha(30)
            painter.setBrush(tint)
            painter.drawRect(self._frame)

    def _reset(self) -> None:
        self._start, self._mode, self._frame, self._dragging = None, "", None, False
        self._origin = {}
        self.canvas.update()

    def _take(self) -> None:
        shapes = (self.canvas.document.get(shape_id) for shape_id in self.canvas.selection)
        self._origin = {shape.id: self.canvas.live.get(shape.id, shape) for shape in shapes if shape is not None}

    def _under(self, pointer: Pointer) -> tuple[str, int, int] | None:
        """What of the one selected shape is under the pointer: (handle|vertex|edge, ring, index)."""
        shape = self.canvas.one_selected()
        if shape is None or shape.x is None or not self.canvas.look.shapes:
            return None
        reach = GRAB / self.canvas.view.scale
        if shape.kind in ("polygon", "polyline"):
            for ring, points in enumerate(_rings(shape)):
                index, distance = geometry.nearest_vertex(points, pointer.x, pointer.y)
                if distance <= reach:
                    return "vertex", ring, index
            if pointer.has(Qt.KeyboardModifier.AltModifier) and self._near_edge(shape, pointer):
                return "edge", self._ring, 0
            return None
        if shape.kind != "box":
            return None
        distances = [
            (point - pointer.view).manhattanLength() for point in handle_points(self.canvas.view.rect(_box(shape)))
        ]
        index = int(np.argmin(distances))
        return ("handle", 0, index) if distances[index] <= GRAB * 1.5 else None

    def _near_edge(self, shape: Annotation, pointer: Pointer) -> bool:
        reach = GRAB / self.canvas.view.scale
        for ring, points in enumerate(_rings(shape)):
            index, distance = geometry.nearest_edge(points, pointer.x, pointer.y, closed=shape.kind == "polygon")
            if distance <= reach:
                self._ring, self._handle = ring, index + 1
                return True
        return False

    def _insert(self, shape: Annotation, pointer: Pointer) -> None:
        self._near_edge(shape, pointer)
        rings = _rings(shape)
        rings[self._ring] = np.insert(rings[self._ring], self._handle, [pointer.x, pointer.y], axis=0)
        self._mode = "vertex"
        self.canvas.set_live({shape.id: geometry.with_rings(shape, rings)})
        self._dragging = True

    def _cursor(self, found: tuple[str, int, int] | None, pointer: Pointer) -> Qt.CursorShape:
        if found is not None:
            return CURSORS[found[2] % 4] if found[0] == "handle" else Qt.CursorShape.PointingHandCursor
        margin = GRAB / 2 / self.canvas.view.scale
        if self.name == "select" and self.canvas.document.at(pointer.x, pointer.y, margin):
            return Qt.CursorShape.SizeAllCursor
        return self.canvas.tool.cursor

    def _dragged(self, pointer: Pointer) -> dict[int, Annotation]:
        assert self._start is not None
        width, height = self.canvas.document.width, self.canvas.document.height
        dx, dy = pointer.x - self._start.x, pointer.y - self._start.y
        if self._mode == "move":
            boxes = [_box(shape) for shape in self._origin.values() if shape.x is not None]
            if not boxes:
                return {}
            corners = [(x, y) for x, y, _, _ in boxes] + [(x + w, y + h) for x, y, w, h in boxes]
            dx, dy = geometry.moved_within(geometry.bounds(corners), dx, dy, width, height)
            if not pointer.has(Qt.KeyboardModifier.AltModifier):
                dx, dy = round(dx), round(dy)
            return {shape_id: geometry.moved(shape, dx, dy) for shape_id, shape in self._origin.items()}
        (shape,) = self._origin.values()
        x, y = min(max(pointer.x, 0.0), width), min(max(pointer.y, 0.0), height)
        if self._mode == "vertex":
            rings = _rings(shape)
            rings[self._ring][self._handle] = (x, y)
            return {shape.id: geometry.with_rings(shape, rings)}
        return {shape.id: geometry.stretched(shape, _resized(_box(shape), self._handle, x, y))}

    def _commit(self, action: str = "") -> None:
        live = dict(self.canvas.live)
        words = {"move": "Move", "handle": "Resize", "vertex": "Move vertex"}
        changed = [_change(shape) for shape_id, shape in live.items() if shape != self.canvas.document.get(shape_id)]
        if changed:
            self.canvas.commit(changed, action or words.get(self._mode, "Change shape"))
        self.canvas.set_live({})

    def _select_framed(self, pointer: Pointer) -> None:
        assert self._frame is not None
        left, top = self.canvas.view.to_image(self._frame.topLeft())
        scale = self.canvas.view.scale
        found = self.canvas.document.touching((left, top, self._frame.width() / scale, self._frame.height() / scale))
        keep = (
            self.canvas.selection
            if pointer.has(Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier)
            else []
        )
        self.canvas.select(list(dict.fromkeys([*keep, *found])))


class BoxTool(Tool):
    """Draw a box by dragging from corner to corner; handles of the selected one stay usable, Ctrl selects."""

    name = "box"
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._start: Pointer | None = None
        self._box: geometry.Box | None = None
        self._other: SelectTool | None = None

    @property
    def busy(self) -> bool:
        return self._start is not None or self._other is not None

    def press(self, pointer: Pointer) -> None:
        select = self.canvas.select_tool
        if pointer.has(Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier):
            self._other = select
            select.press(pointer)
        elif select.grab(pointer):
            self._other = select
        elif self.canvas.may_draw():
            self._start, self._box = pointer, None

    def move(self, pointer: Pointer, down: bool) -> None:
        if self._other is not None or not down:
            self.canvas.select_tool.move(pointer, down)
            return
        if self._start is None:
            return
        x0, y0, x1, y1 = self._start.x, self._start.y, pointer.x, pointer.y
        box = (min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
        x, y, w, h = geometry.clip_box(box, self.canvas.document.width, self.canvas.document.height)
        left, top = round(x), round(y)  # whole px: a box is made of pixels
        self._box = (left, top, round(x + w) - left, round(y + h) - top)
        self.canvas.update()

    def release(self, pointer: Pointer) -> None:
        if self._other is not None:
            self._other.release(pointer)
            self._other = None
            return
        if self._start is None:
            return
        self.move(pointer, True)
        far = (pointer.view - self._start.view).manhattanLength() >= THRESHOLD * 2
        box, self._start, self._box = self._box, None, None
        if far and box is not None and box[2] >= SMALLEST and box[3] >= SMALLEST:
            self.canvas.draw_new("box", box=box)
        else:
            hits = self.canvas.document.at(pointer.x, pointer.y, GRAB / 2 / self.canvas.view.scale)
            self.canvas.select(hits[:1])  # a plain click selects, whatever the tool
        self.canvas.update()

    def back(self) -> bool:
        return self.canvas.select_tool.back()

    def cancel(self) -> bool:
        if self._other is not None:
            return self._other.cancel()
        if self._start is not None:
            self._start, self._box = None, None
            self.canvas.update()
            return True
        return self.canvas.select_tool.cancel()

    def paint(self, painter: QPainter) -> None:
        self.canvas.select_tool.paint(painter)
        if self._box is not None:
            x, y, w, h = self._box
            shape = Annotation(0, 0, self.canvas.label_id, "box", x, y, w, h)
            painting.draw_shape(painter, shape, self.canvas.view, self.canvas.look)
            size = self.canvas.view.rect(self._box)
            painter.setPen(QColor("#101828"))
            self.canvas.draw_chip(painter, f"{w:.0f} × {h:.0f} px", size.bottomRight() + QPointF(6, 6))


def handle_points(rect: QRectF) -> list[QPointF]:
    """The eight places at which a box is resized."""
    return [QPointF(rect.x() + fx * rect.width(), rect.y() + fy * rect.height()) for fx, fy in HANDLES]


def _rings(shape: Annotation) -> list[np.ndarray]:
    return [geometry.ring_points(ring).copy() for ring in shape.points]


def _box(shape: Annotation) -> geometry.Box:
    return (shape.x or 0.0, shape.y or 0.0, shape.w or 0.0, shape.h or 0.0)


def _change(shape: Annotation) -> Change:
    return Change(shape.id, {"x": shape.x, "y": shape.y, "w": shape.w, "h": shape.h, "points": shape.points})


def _resized(box: geometry.Box, handle: int, x: float, y: float) -> geometry.Box:
    """A box with one handle moved to (x, y); dragged over its opposite side it turns round."""
    left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
    fx, fy = HANDLES[handle]
    if fx == 0:
        left = round(x)
    elif fx == 1:
        right = round(x)
    if fy == 0:
        top = round(y)
    elif fy == 1:
        bottom = round(y)
    left, right = sorted((left, right))
    top, bottom = sorted((top, bottom))
    return left, top, max(right - left, SMALLEST), max(bottom - top, SMALLEST)
