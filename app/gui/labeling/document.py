"""The open item's annotations in memory: what the canvas draws and the panels list, one step ahead of the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.gui.labeling.outlines import Outlines, Skeleton, lines_of
from engine.data.records import KINDS, Annotation
from engine.labeling import geometry, hits
from engine.labeling.edits import Add, Change, Edit, Remove

if TYPE_CHECKING:
    from numpy.typing import NDArray


_KINDS = {kind: place for place, kind in enumerate(KINDS)}


class Document:
    """Annotations of one item in drawing order, with arrays beside them that drawing and hit tests work on.

    Attributes:
        revision: rises with every change; caches compare it.
        boxes: (N, 4) px; rows of shapes without a place (image labels) lie far outside, hidden ones too.
        kinds: (N,) places in `records.KINDS`.
        related: ids of the shapes that have relations to others.
        grouped: ids by group.
        order: (N,) rows from the lowest to the highest, or None when that is their own order.
    """

    def __init__(self, item_id: int = 0, width: int = 0, height: int = 0, shapes: Iterable[Annotation] = ()) -> None:
        self.item_id = item_id
        self.width = width
        self.height = height
        self.revision = 0
        self._touched: deque[tuple[int, list[geometry.Box] | None]] = deque(maxlen=64)
        self._skeleton: Callable[[int], Skeleton] = lambda _label: ()
        self._outlines = Outlines()
        self.replace_all(shapes)

    def replace_all(self, shapes: Iterable[Annotation]) -> None:
        """Take over another list of annotations."""
        self._outlines.forget()
        self._take(shapes)
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
        return [self.shapes[row] for row in np.flatnonzero(self.kinds == _KINDS["class"]).tolist()]

    def set_skeletons(self, skeleton: Callable[[int], Skeleton]) -> None:
        """Which keypoints of a label are joined."""
        self._skeleton, self._outlines = skeleton, Outlines(skeleton)

    def lines(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The outlines of rows as lines: (K, 4) x0, y0, x1, y1 in px; boxes and points have none."""
        return self._outlines.of(self.shapes, rows)

    def apply(self, edits: Sequence[Edit]) -> None:
        """Make edits here; the store follows."""
        ids = {edit.annotation.id if isinstance(edit, Add) else edit.id for edit in edits}
        before = self._boxes_of(ids)
        removed = {edit.id for edit in edits if isinstance(edit, Remove)}
        added = [edit.annotation for edit in edits if isinstance(edit, Add)]
        self._outlines.forget(list(ids))
        if removed or added:
            self._take([*(shape for shape in self.shapes if shape.id not in removed), *added])
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
        rows = geometry.boxes_at(self.boxes, x, y, margin * hits.POINT)
        found = [row for row in rows.tolist() if self._hit(self.shapes[row], x, y, margin)]
        boxes, shapes = self.boxes, self.shapes
        found.sort(key=lambda row: (boxes[row, 2] * boxes[row, 3], -shapes[row].z, -row))
        return [shapes[row].id for row in found]

    def _hit(self, shape: Annotation, x: float, y: float, margin: float) -> bool:
        bones = lines_of(shape, self._skeleton(shape.label_id)) if shape.kind == "keypoints" else None
        return hits.hit(shape, x, y, margin, self.height, bones)

    def touching(self, region: geometry.Box) -> list[int]:
        """Ids of the shapes whose bounds touch a region."""
        return [self.shapes[row].id for row in geometry.boxes_in(self.boxes, region).tolist()]

    def _note(self, boxes: list[geometry.Box] | None) -> None:
        self.revision += 1
        self._touched.append((self.revision, boxes))

    def _boxes_of(self, ids: Iterable[int]) -> list[geometry.Box]:
        return [_box(self.shapes[self._rows[shape_id]]) for shape_id in ids if shape_id in self._rows]

    def _take(self, shapes: Iterable[Annotation]) -> None:
        self.shapes = list(shapes)
        self._rows = {shape.id: row for row, shape in enumerate(self.shapes)}
        self.boxes = np.array([_box(shape) for shape in self.shapes], np.float64).reshape(-1, 4)
        self.label_ids = np.array([shape.label_id for shape in self.shapes], np.int64)
        self.kinds = np.array([_KINDS.get(shape.kind, -1) for shape in self.shapes], np.int8)
        self.suggested = np.array([shape.origin == "model" for shape in self.shapes], bool)
        self._join_anew()

    def _join_anew(self) -> None:
        heights = [shape.z for shape in self.shapes]
        self.order = np.lexsort(([s.id for s in self.shapes], heights)) if any(heights) else None
        self.related = [shape.id for shape in self.shapes if shape.relations]
        self.grouped: dict[int, list[int]] = {}
        for shape in self.shapes:
            if shape.group:
                self.grouped.setdefault(shape.group, []).append(shape.id)

    def _set(self, row: int, edit: Change) -> None:
        old = self.shapes[row]
        shape = old.with_(**{"origin": "person", **edit.values})
        self.shapes[row] = shape
        self.boxes[row] = _box(shape)
        self.label_ids[row] = shape.label_id
        self.kinds[row] = _KINDS.get(shape.kind, -1)
        self.suggested[row] = shape.origin == "model"
        if (shape.z, shape.group, bool(shape.relations)) != (old.z, old.group, bool(old.relations)):
            self._join_anew()


def _box(shape: Annotation) -> tuple[float, float, float, float]:
    if shape.x is None or shape.y is None or "hidden" in shape.flags:
        return (-1e9, -1e9, 0.0, 0.0)
    return (shape.x, shape.y, shape.w or 0.0, shape.h or 0.0)
