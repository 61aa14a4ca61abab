"""The open item's annotations in memory: what the canvas draws and the panels list, one step ahead of the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.data.records import Annotation
from engine.labeling import geometry
from engine.labeling.edits import Add, Change, Edit, Remove

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Document:
    """Annotations of one item in drawing order, with arrays beside them that drawing and hit tests work on.

    Attributes:
        revision: rises with every change; caches compare it.
        boxes: (N, 4) px; rows of shapes without a place (image labels) lie far outside.
    """

    def __init__(self, item_id: int = 0, width: int = 0, height: int = 0, shapes: Iterable[Annotation] = ()) -> None:
        self.item_id = item_id
        self.width = width
        self.height = height
        self.revision = 0
        self._touched: deque[tuple[int, list[geometry.Box] | None]] = deque(maxlen=64)
        self._edges: dict[int, NDArray[np.float64]] = {}
        self.replace_all(shapes)

    def replace_all(self, shapes: Iterable[Annotation]) -> None:
        """Take over another list of annotations."""
        self.shapes = list(shapes)
        self._rows = {shape.id: row for row, shape in enumerate(self.shapes)}
        self.boxes = np.array([_box(shape) for shape in self.shapes], np.float64).reshape(-1, 4)
        self.label_ids = np.array([shape.label_id for shape in self.shapes], np.int64)
        self.suggested = np.array([shape.origin == "model" for shape in self.shapes], bool)
        self._edges.clear()
        self._note(None)

    def __contains__(self, shape_id: int) -> bool:
        return shape_id in self._rows

    def __len__(self) -> int:
        return len(self.shapes)

    def get(self, shape_id: int) -> Annotation | None:
        """The annotation with that id."""
        row = self._rows.get(shape_id)
        return None if row is None else self.shapes[row]

    def row(self, shape_id: int) -> int:
        """Its place in the drawing order."""
        return self._rows[shape_id]

    def class_labels(self) -> list[Annotation]:
        """The labels that the image as a whole has."""
        return [shape for shape in self.shapes if shape.kind == "class"]

    def edges(self, row: int) -> NDArray[np.float64]:
        """The outline of a shape with points as lines: (K, 4) x0, y0, x1, y1 in px."""
        shape = self.shapes[row]
        found = self._edges.get(shape.id)
        if found is None:
            parts = [_ring_edges(ring, closed=shape.kind != "polyline") for ring in shape.points]
            found = self._edges[shape.id] = np.concatenate(parts) if parts else np.empty((0, 4))
        return found

    def apply(self, edits: Sequence[Edit]) -> None:
        """Make edits here; the store follows."""
        ids = {edit.annotation.id if isinstance(edit, Add) else edit.id for edit in edits}
        before = self._boxes_of(ids)
        removed = {edit.id for edit in edits if isinstance(edit, Remove)}
        added = [edit.annotation for edit in edits if isinstance(edit, Add)]
        if removed or added:
            kept = [shape for shape in self.shapes if shape.id not in removed]
            edges, touched = self._edges, deque(self._touched, 64)
            self._edges = {}
            self.replace_all([*kept, *added])
            self._edges = {shape_id: lines for shape_id, lines in edges.items() if shape_id in self._rows}
            self._touched = touched  # the rest of the document is as it was
        for edit in edits:
            if isinstance(edit, Change) and edit.id in self._rows:
                self._set(self._rows[edit.id], edit)
        self._note([*before, *self._boxes_of(ids)])

    def touched_since(self, revision: int) -> list[geometry.Box] | None:
        """Where the document looks different than at an earlier revision; None: anywhere."""
        if revision == self.revision:
            return []
        if not self._touched or self._touched[0][0] > revision + 1:
            return None
        later = [boxes for number, boxes in self._touched if number > revision]
        return None if None in later else [box for boxes in later for box in boxes or ()]

    def at(self, x: float, y: float, margin: float) -> list[int]:
        """Ids of the shapes under a point, the smallest first: what lies inside another one can be reached."""
        rows = geometry.boxes_at(self.boxes, x, y, margin)
        hits = [row for row in rows.tolist() if self._hit(row, x, y, margin)]
        areas = self.boxes[:, 2] * self.boxes[:, 3]
        return [self.shapes[row].id for row in sorted(hits, key=lambda row: (areas[row], -row))]

    def touching(self, region: geometry.Box) -> list[int]:
        """Ids of the shapes whose bounds touch a region."""
        return [self.shapes[row].id for row in geometry.boxes_in(self.boxes, region).tolist()]

    def _note(self, boxes: list[geometry.Box] | None) -> None:
        self.revision += 1
        self._touched.append((self.revision, boxes))

    def _boxes_of(self, ids: Iterable[int]) -> list[geometry.Box]:
        return [_box(self.shapes[self._rows[shape_id]]) for shape_id in ids if shape_id in self._rows]

    def _set(self, row: int, edit: Change) -> None:
        shape = self.shapes[row].with_(**{"origin": "person", **edit.values})
        self.shapes[row] = shape
        self.boxes[row] = _box(shape)
        self.label_ids[row] = shape.label_id
        self.suggested[row] = shape.origin == "model"
        self._edges.pop(shape.id, None)

    def _hit(self, row: int, x: float, y: float, margin: float) -> bool:
        shape = self.shapes[row]
        if shape.kind == "polygon" and shape.points:
            rings = [geometry.ring_points(ring) for ring in shape.points]
            return geometry.polygon_contains(rings, x, y) or self._near_outline(rings, x, y, margin)
        if shape.kind == "polyline" and shape.points:
            rings = [geometry.ring_points(ring) for ring in shape.points if len(ring) >= 4]
            return any(geometry.nearest_edge(ring, x, y, closed=False)[1] <= margin for ring in rings)
        return True

    @staticmethod
    def _near_outline(rings: Sequence[NDArray[np.float64]], x: float, y: float, margin: float) -> bool:
        return any(geometry.nearest_edge(ring, x, y)[1] <= margin for ring in rings)


def _box(shape: Annotation) -> tuple[float, float, float, float]:
    if shape.x is None or shape.y is None:
        return (-1e9, -1e9, 0.0, 0.0)
    return (shape.x, shape.y, shape.w or 0.0, shape.h or 0.0)


def _ring_edges(ring: Sequence[float], *, closed: bool) -> NDArray[np.float64]:
    points = geometry.ring_points(ring)
    lines = np.hstack([points, np.roll(points, -1, axis=0)])
    return lines if closed else lines[:-1]
