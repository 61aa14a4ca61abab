"""What a person does with tracks over the frames of a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.changes import Changes

if TYPE_CHECKING:
    from app.gui.operations.data import Progress
    from engine.workspace import Workspace

Operation = Callable[["Workspace"], Changes]


def begin(item_id: int, annotation_id: int) -> Operation:
    """Make a shape the first key frame of a new track."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import tracks

        return tracks.begin(ws, item_id, annotation_id)

    return operation


def go_on(item_id: int, track: int) -> Operation:
    """Add a key frame of a track to an item."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import tracks

        return tracks.go_on(ws, item_id, track)

    return operation


def end(item_id: int, annotation_id: int, *, ends: bool) -> Operation:
    """Say that a track has a gap after this frame, or that it goes on."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import tracks

        return tracks.end(ws, item_id, annotation_id, ends=ends)

    return operation


def remove(item_id: int, track: int) -> Operation:
    """Remove a track with all its shapes."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import tracks

        return tracks.remove(ws, item_id, track)

    return operation


def carry(
    item_id: int, annotation_id: int, count: int, progress: Progress
) -> Callable[[Workspace], tuple[Changes, Any]]:
    """Carry a shape forward over the next frames; gives how far it went."""

    def operation(ws: Workspace) -> tuple[Changes, Any]:
        from engine.labeling.carry import carry as run

        done = run(ws, item_id, annotation_id, count, "flow", progress.tell, progress.cancelled)
        return done.changes, done

    return operation
