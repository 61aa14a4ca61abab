"""Copying shapes to other images, as operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.changes import Changes

if TYPE_CHECKING:
    from engine.data.records import Annotation
    from engine.workspace import Workspace


def copy_to(shapes: Sequence[Annotation], item_id: int) -> Callable[[Workspace], tuple[Changes, list[int]]]:
    """Add copies of shapes to another item; answers with the ids of what stands for them there."""

    def operation(ws: Workspace) -> tuple[Changes, list[int]]:
        from engine.labeling.copying import copies, known_labels
        from engine.labeling.edits import Add, annotations_of, apply

        rows = ws.query("SELECT id, width, height FROM item WHERE id IN (?, ?)", [shapes[0].item_id, item_id])
        sizes = {item: (width, height) for item, width, height in rows}
        known = known_labels(shapes, annotations_of(ws, item_id))
        new = [shape for shape in shapes if shape.id not in known]
        made = copies(new, item_id, (sizes[shapes[0].item_id], sizes[item_id]), lambda: ws.new_ids("annotation", 1))
        changes = apply(ws, item_id, [Add(shape) for shape in made], "Copy to image")
        return changes, [*known.values(), *(shape.id for shape in made)]

    return operation
