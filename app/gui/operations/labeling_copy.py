"""Copying shapes to other images, as operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.changes import Changes

if TYPE_CHECKING:
    from engine.data.records import Annotation
    from engine.workspace import Workspace


def copy_to(shapes: Sequence[Annotation], item_id: int) -> Callable[[Workspace], tuple[Changes, list[int]]]:
    """Add copies of shapes to another item; answers with their ids too."""

    def operation(ws: Workspace) -> tuple[Changes, list[int]]:
        from engine.labeling.copying import copies
        from engine.labeling.edits import Add, apply

        rows = ws.query("SELECT id, width, height FROM item WHERE id IN (?, ?)", [shapes[0].item_id, item_id])
        sizes = {item: (width, height) for item, width, height in rows}
        made = copies(shapes, item_id, (sizes[shapes[0].item_id], sizes[item_id]), lambda: ws.new_ids("annotation", 1))
        return apply(ws, item_id, [Add(shape) for shape in made], "Copy to image"), [shape.id for shape in made]

    return operation
