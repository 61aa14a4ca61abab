"""Select, move, resize, turn; vertices one by one or many; a frame around several shapes or vertices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.gui.labeling.tools import handles
from app.gui.labeling.tools.base import ALT, CTRL, GRAB, SHIFT, THRESHOLD, Pointer, Tool, movable, reshaped
from app.gui.labeling.tools.handles import Handle
from engine.data.records import Annotation
from engine.labeling import geometry, hits

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

EDGED = ("polygon", "polyline")  # kinds whose vertices come and go
MARKED = 200  # no more selected masks than these are marked
LEAST = {"polygon": 3, "polyline": 2}  # vertices that a ring must keep


class SelectTool(Tool):
    """Select and change what is there.

    Attributes:
        chosen: (ring, index) of the vertices of the one selected shape that keys move and delete.
    """

    name = "select"

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.chosen: set[tuple[int, int]] = set()
        self._start: Pointer | None = None
        self._mode = ""  # "", move, handle, radius, turn, vertex, frame, vertices
        self._held: Handle | None = None
        self._frame: QRectF | None = None
        self._origin: dict[int, Annotation] = {}
        self._toggle: int | None = None
        self._dragging = False
        self._last: Pointer | None = None

    @property
    def busy(self) -> bool:
        return self._start is not None

    @property
    def vertex(self) -> tuple[int, int, int] | None:
        """The chosen vertex when it is one: shape, ring, index."""
        chosen = self._chosen_there()
        return (self.canvas.selection[0], *next(iter(chosen))) if len(chosen) == 1 else None

    def forget(self) -> None:
        """Choose no vertices any more."""
        self.chosen = set()

    def hint(self) -> str:
        shape = self.canvas.one_selected()
        if len(self.chosen) > 1:
            return QCoreApplication.translate(
                "Tools", "{0} vertices chosen · drag or Alt+arrows move them · Del deletes them"
            ).format(len(self.chosen))
        if self.chosen and shape is not None and shape.kind == "keypoints":
            return QCoreApplication.translate(
                "Tools", "Drag moves the keypoint · Shift+V: visible or hidden · Del: not there"
            )
        return ""

    # the mouse

    def press(self, pointer: Pointer) -> None:
        self._start, self._dragging, self._toggle = pointer, False, None
        if self.grab(pointer):
            return
        if pointer.has(ALT) and self._edged() is not None:
            self._mode = "vertices"
            return
        self.forget()
        found = self._at(pointer)
        selection = self.canvas.selection
        adding = pointer.has(SHIFT, CTRL)
        if not found:
            self._mode = "frame"
            if not adding:
                self.canvas.select([])
            return
        held = next((hit for hit in found if hit in selection), None)
        if adding:
            self.canvas.select([*selection, found[0]] if held is None else [s for s in selection if s != held])
            self._mode = "move" if held is None else ""
        elif held is None:
            self.canvas.select([found[0]])
            self._mode = "move"
        else:
            self._mode, self._toggle = "move", found[(found.index(held) + 1) % len(found)]
        self._take()

    def grab(self, pointer: Pointer) -> bool:
        """Take a handle or a vertex of the one selected shape, when the pointer is on one."""
        shape = self.canvas.one_selected()
        held = self._under(pointer)
        if shape is None:
            return False
        inserting = held is None and pointer.has(ALT) and self._edge(shape, pointer) is not None
        if held is None and not inserting:
            return False
        self._start, self._dragging, self._toggle = pointer, False, None
        if held is None:
            held = self._insert(shape, pointer)
        self._held, self._mode = held, held.mode
        if held.mode == "vertex":
            self._choose((held.ring, held.index), adding=pointer.has(SHIFT, CTRL))
        self._take()
        self.say()
        self.canvas.update()
        return True

    def move(self, pointer: Pointer, down: bool) -> None:
        if not down or self._start is None:
            self.canvas.setCursor(self._cursor(pointer))
            return
        if not self._dragging:
            if pointer.far_from(self._start) < THRESHOLD:
                return
            self._dragging = True
        self._last = pointer
        if self._mode in ("frame", "vertices"):
            self._frame = QRectF(self._start.view, pointer.view).normalized()
            self.canvas.update()
        elif self._mode:
            self.canvas.set_live(self._dragged(pointer, final=False))
            if self._mode == "turn" or self.kit.snapper.on:  # what is drawn lies farther off
                self.canvas.update()

    def release(self, pointer: Pointer) -> None:
        if self._start is None:
            return
        if self._frame is not None and self._mode == "frame":
            self._select_framed(pointer)
        elif self._frame is not None and self._mode == "vertices":
            self._choose_framed(adding=pointer.has(SHIFT, CTRL))
        elif self._dragging and self._mode:
            self.move(pointer, True)
            self._commit(self._dragged(pointer, final=True))
        elif self._toggle is not None and self._toggle not in self.canvas.selection:
            self.canvas.select([self._toggle])  # a second click reaches what lies below
        self._reset()

    def double_click(self, pointer: Pointer) -> None:
        shape = self._edged()
        if shape is not None and movable(shape) and self._edge(shape, pointer) is not None:
            held = self._insert(shape, pointer)
            self._commit({shape.id: self.canvas.live[shape.id]}, "Add vertex")
            self._choose((held.ring, held.index), adding=False)
        self._reset()

    # the keys

    def back(self) -> bool:
        """Take away the chosen vertices, as long as a shape remains."""
        shape = self.canvas.one_selected()
        chosen, self.chosen = self._chosen_there(), set()
        if not chosen or shape is None or not movable(shape):
            return False
        if shape.kind == "keypoints":
            self.canvas.commit([reshaped(_without_keypoints(shape, chosen))], "Delete keypoint")
            return True
        least = LEAST.get(shape.kind)
        if least is None:
            return False
        rings = handles.vertices(shape)
        kept = [
            np.delete(ring, [index for r, index in chosen if r == place], axis=0) for place, ring in enumerate(rings)
        ]
        holes = [ring for ring in kept[1:] if len(ring) >= least]  # a hole without an area is none
        if len(kept[0]) < least:
            return False
        self.canvas.commit([reshaped(geometry.with_rings(shape, [kept[0], *holes]))], "Delete vertex")
        return True

    def cancel(self) -> bool:
        if self._start is not None and self._dragging:
            self.canvas.set_live({})
            self._reset()
            return True
        if self.chosen:
            self.forget()
            self.say()
            self.canvas.update()
            return True
        if self.canvas.selection:
            self.canvas.select([])
            return True
        return False

    def let_go(self) -> None:
        self.canvas.set_live({})
        self._reset()

    def step_vertex(self, by: int, *, adding: bool) -> None:
        """Choose the next or previous vertex of the selected shape."""
        shape = self.canvas.one_selected()
        places = (
            [(h.ring, h.index) for h in handles.handles(shape, self.canvas.view) if h.mode == "vertex"] if shape else []
        )
        if not places:
            return
        ends = sorted(self.chosen & set(places))
        at = places.index(ends[-1] if by > 0 else ends[0]) + by if ends else min(by, 0)
        self._choose(places[at % len(places)], adding=adding)
        self.say()
        self.canvas.update()

    def nudge(self, dx: float, dy: float) -> bool:
        """Move the chosen vertices by px. Whether there are any."""
        shape = self.canvas.one_selected()
        if not self.chosen or shape is None or not movable(shape):
            return False
        self.canvas.commit([reshaped(self._with_shifted(shape, dx, dy))], "Move vertex")
        return True

    def insert_vertex(self) -> bool:
        """Add a vertex half-way behind the chosen one. Whether one could be added."""
        shape, vertex = self._edged(), self.vertex
        if shape is None or vertex is None or not movable(shape):
            return False
        rings = handles.vertices(shape)
        ring, index = vertex[1:]
        points = rings[ring]
        if shape.kind == "polyline" and index == len(points) - 1:
            index -= 1
        place = (points[index] + points[(index + 1) % len(points)]) / 2
        rings[ring] = np.insert(points, index + 1, place, axis=0)
        self.canvas.commit([reshaped(geometry.with_rings(shape, rings))], "Add vertex")
        self._choose((ring, index + 1), adding=False)
        self.canvas.update()
        return True

    def cycle_visibility(self) -> None:
        """The chosen keypoints, or all, become hidden, then visible again."""
        shape = self.canvas.one_selected()
        if shape is None or shape.kind != "keypoints" or not movable(shape):
            return
        (points,) = handles.vertices(shape)
        rows = [index for _, index in self._chosen_there()] or np.flatnonzero(points[:, 2]).tolist()
        if rows:
            value = 1.0 if points[rows[0], 2] == 2 else 2.0
            points[rows, 2] = value
            self.canvas.commit([reshaped(geometry.with_points(shape, [points.ravel()]))], "Change visibility")

    def paint(self, painter: QPainter) -> None:
        if self._frame is not None:
            painter.setPen(QPen(self.canvas.look.accent, 1, Qt.PenStyle.DashLine))
            tint = QColor(self.canvas.look.accent)
            tint.setAlpha(30)
            painter.setBrush(tint)
            painter.drawRect(self._frame)
        if self._dragging:
            self._paint_masks(painter)
            self._paint_angle(painter)
            self.kit.snapper.paint(painter)

    def paint_handles(self, painter: QPainter) -> None:
        """The handles of the one selected shape."""
        shape, tool = self.canvas.one_selected(), self.canvas.tool
        if shape is not None and shape.x is not None and tool.grabs and shape.id not in self._masks():
            handles.paint(painter, shape, self.canvas.view, self.canvas.look.color(shape.label_id), self.chosen)
        if len(self.canvas.selection) > 1 or not tool.grabs:
            self._mark_masks(painter)

    # helpers

    def _reset(self) -> None:
        self._start, self._mode, self._frame, self._dragging = None, "", None, False
        self._origin, self._held, self._last = {}, None, None
        self.kit.snapper.clear()
        self.say()
        self.canvas.update()

    def _take(self) -> None:
        shapes = (self.canvas.document.get(shape_id) for shape_id in self.canvas.selection)
        held = (self.canvas.live.get(shape.id, shape) for shape in shapes if shape is not None)
        self._origin = {shape.id: shape for shape in held if movable(shape)}

    def _choose(self, vertex: tuple[int, int], *, adding: bool) -> None:
        if adding:
            self.chosen = self.chosen ^ {vertex}
        elif vertex not in self.chosen:
            self.chosen = {vertex}

    def _chosen_there(self) -> set[tuple[int, int]]:
        """The chosen vertices that the selected shape still has: undo, a conversion and other people take some away."""
        shape = self._edged()
        return _there(self.chosen, shape) if shape is not None else set()

    def _edged(self) -> Annotation | None:
        shape = self.canvas.one_selected()
        return shape if shape is not None and shape.kind in (*EDGED, "keypoints") else None

    def _at(self, pointer: Pointer) -> list[int]:
        """The shapes under the pointer; inside a selected skeleton that is the skeleton, where nothing else lies."""
        found = self.canvas.document.at(pointer.x, pointer.y, GRAB / 2 / self.canvas.view.scale)
        shape = self.canvas.one_selected()
        if not found and shape is not None and shape.kind == "keypoints" and shape.x is not None:
            place = np.array([[pointer.x, pointer.y]])
            found = [shape.id] if geometry.inside(place, geometry.box_of(shape)).any() else []
        return found

    def _under(self, pointer: Pointer) -> Handle | None:
        """The handle of the one selected shape under the pointer."""
        shape = self.canvas.one_selected()
        if shape is None or shape.x is None or not self.canvas.look.shapes:
            return None
        return handles.nearest(shape, self.canvas.view, pointer.view, GRAB * 1.5)

    def _edge(self, shape: Annotation, pointer: Pointer) -> tuple[int, int] | None:
        """The ring and the place in it at which a new vertex under the pointer would stand."""
        if shape.kind not in EDGED or "locked" in shape.flags:
            return None
        reach = GRAB / self.canvas.view.scale
        for ring, points in enumerate(handles.vertices(shape)):
            index, distance = geometry.nearest_edge(points, pointer.x, pointer.y, closed=shape.kind == "polygon")
            if distance <= reach:
                return ring, index + 1
        return None

    def _insert(self, shape: Annotation, pointer: Pointer) -> Handle:
        place = self._edge(shape, pointer)
        assert place is not None
        rings = handles.vertices(shape)
        rings[place[0]] = np.insert(rings[place[0]], place[1], [pointer.x, pointer.y], axis=0)
        self.canvas.set_live({shape.id: geometry.with_rings(shape, rings)})
        self._dragging = True
        self.chosen = set()
        return Handle("vertex", *place, pointer.view)

    def _cursor(self, pointer: Pointer) -> Qt.CursorShape:
        held = self._under(pointer)
        if held is not None:
            return handles.cursor(held)
        if self.canvas.tool is self:
            found = self._at(pointer)
            if found:
                shape = self.canvas.document.get(found[0])
                return Qt.CursorShape.SizeAllCursor if shape and movable(shape) else Qt.CursorShape.ArrowCursor
        return self.canvas.tool.cursor

    def _dragged(self, pointer: Pointer, *, final: bool) -> dict[int, Annotation]:
        """What the shapes in hand become. Masks get their pixels at the end only; until then they are shown moved."""
        assert self._start is not None
        if not self._origin:
            return {}
        if self._mode == "move":
            dx, dy = self._shift(pointer)
            return {i: _moved(shape, dx, dy, self.size, final) for i, shape in self._origin.items()}
        assert self._held is not None
        (shape,) = self._origin.values()
        changed = self._changed(shape, self._held, pointer, final)
        return {shape.id: changed}

    def _changed(self, shape: Annotation, held: Handle, pointer: Pointer, final: bool) -> Annotation:
        assert self._start is not None
        if held.mode == "turn":
            start = (self._start.x, self._start.y)
            by = handles.turned_by(shape, start, pointer.x, pointer.y, steps=pointer.has(SHIFT, CTRL))
            return geometry.rotated(shape, by, size=self.size)
        if held.mode == "vertex":
            anchor = self._anchor(shape, held)
            x, y = self.placed(pointer, anchor, leave=[shape.id])
            old = handles.vertices(shape)[held.ring][held.index]
            return self._with_shifted(shape, x - old[0], y - old[1])
        x, y = self.placed(pointer, leave=[shape.id])
        if held.mode == "radius":
            return handles.with_radius(shape, held.index, x, y, circle=pointer.has(SHIFT))
        if shape.kind == "rotated_box":
            return handles.resized_askew(shape, held.index, x, y)
        box = handles.resized_box(geometry.box_of(shape), held.index, x, y)
        if shape.kind == "mask" and not final:
            return shape.with_(rle=None, x=box[0], y=box[1], w=box[2], h=box[3])
        return geometry.stretched(shape, box, self.size)

    def _anchor(self, shape: Annotation, held: Handle) -> tuple[float, float] | None:
        """The vertex before, to which angles are measured."""
        if shape.kind not in EDGED:
            return None
        points = handles.vertices(shape)[held.ring]
        before = held.index - 1 if held.index or shape.kind == "polygon" else held.index + 1
        return float(points[before][0]), float(points[before][1])

    def _with_shifted(self, shape: Annotation, dx: float, dy: float) -> Annotation:
        """The shape with its chosen vertices moved together, inside the image."""
        rings = handles.vertices(shape)
        places = sorted(_there(self.chosen, shape))
        moving = np.array([rings[ring][index][:2] for ring, index in places]).reshape(-1, 2)
        if not len(moving):
            return shape
        dx, dy = geometry.moved_within(geometry.bounds(moving), dx, dy, *self.size)
        for ring, index in places:
            rings[ring][index][:2] += (dx, dy)
        return geometry.with_points(shape, [ring.ravel() for ring in rings])

    def _shift(self, pointer: Pointer) -> tuple[float, float]:
        """How far the shapes in hand move: whole px, snapped, and not out of the image."""
        assert self._start is not None
        dx, dy = pointer.x - self._start.x, pointer.y - self._start.y
        if pointer.has(SHIFT):  # along one direction
            dx, dy = geometry.constrained(dx, dy, 0.0, 0.0)
        corners = np.concatenate([geometry.box_corners(geometry.box_of(shape)) for shape in self._origin.values()])
        around = geometry.bounds(corners)
        if not pointer.has(ALT):
            dx, dy = round(dx), round(dy)
        x, y, w, h = around
        by = self.kit.snapper.box((x + dx, y + dy, w, h), list(self._origin))
        return geometry.moved_within(around, dx + by[0], dy + by[1], *self.size)

    def _commit(self, shapes: dict[int, Annotation], action: str = "") -> None:
        words = {"move": "Move", "handle": "Resize", "radius": "Resize", "turn": "Rotate", "vertex": "Move vertex"}
        changed = [
            reshaped(s) for i, s in shapes.items() if s != self.canvas.document.get(i) and i in self.canvas.document
        ]
        if changed:
            self.canvas.commit(changed, action or words.get(self._mode, "Change shape"))
        self.canvas.set_live({})

    def _select_framed(self, pointer: Pointer) -> None:
        region = self._framed()
        document = self.canvas.document
        ids = [i for i in document.touching(region) if (s := document.get(i)) is not None and hits.touches(s, region)]
        keep = self.canvas.selection if pointer.has(SHIFT, CTRL) else []
        self.canvas.select(list(dict.fromkeys([*keep, *ids])))

    def _choose_framed(self, *, adding: bool) -> None:
        shape = self.canvas.one_selected()
        assert self._frame is not None
        held = handles.handles(shape, self.canvas.view) if shape is not None else []
        found = {(h.ring, h.index) for h in held if h.mode == "vertex" and self._frame.contains(h.at)}
        self.chosen = self.chosen | found if adding else found

    def _framed(self) -> geometry.Box:
        assert self._frame is not None
        left, top = self.canvas.view.to_image(self._frame.topLeft())
        scale = self.canvas.view.scale
        return left, top, self._frame.width() / scale, self._frame.height() / scale

    def _masks(self) -> dict[int, Annotation]:
        """Masks whose pixels are in hand."""
        if not self._dragging:
            return {}
        return {i: shape for i, shape in self._origin.items() if shape.kind == "mask"}

    def _mark_masks(self, painter: QPainter) -> None:
        """Show which masks are selected where they have no handles."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for shape_id in self.canvas.selection[:MARKED]:
            shape = self.canvas.document.get(shape_id)
            if shape is not None and shape.kind == "mask":
                painter.setPen(QPen(self.canvas.look.color(shape.label_id), 1, Qt.PenStyle.DashLine))
                painter.drawRect(self.canvas.view.rect(geometry.box_of(shape)))

    def _paint_masks(self, painter: QPainter) -> None:
        for shape_id, shape in self._masks().items():
            found, live = (
                self.canvas.look.mask(shape, self.canvas.look.color(shape.label_id)),
                self.canvas.live.get(shape_id),
            )
            if found is not None and live is not None:
                painter.drawImage(self.canvas.view.rect(geometry.box_of(live)), found[0])

    def _paint_angle(self, painter: QPainter) -> None:
        shape = self.canvas.one_selected()
        if self._mode == "turn" and shape is not None and self._last is not None:
            degrees = handles.frame(shape)[4]
            self.canvas.draw_chip(painter, f"{degrees:.1f}°", self._last.view + QPointF(14, 14))


def _moved(shape: Annotation, dx: float, dy: float, size: tuple[int, int], final: bool) -> Annotation:
    if shape.kind == "mask" and not final:
        return replace(shape, rle=None, x=(shape.x or 0.0) + round(dx), y=(shape.y or 0.0) + round(dy))
    return geometry.moved(shape, dx, dy, size)


def _there(chosen: set[tuple[int, int]], shape: Annotation) -> set[tuple[int, int]]:
    counts = [len(ring) for ring in handles.vertices(shape)]
    return {(ring, index) for ring, index in chosen if ring < len(counts) and index < counts[ring]}


def _without_keypoints(shape: Annotation, chosen: set[tuple[int, int]]) -> Annotation:
    (points,) = handles.vertices(shape)
    points[[index for _, index in chosen]] = 0.0
    return geometry.with_points(shape, [points.ravel()])
