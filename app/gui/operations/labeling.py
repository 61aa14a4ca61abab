"""What a person does while labelling: one function per action, answering with what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.changes import Changes

if TYPE_CHECKING:
    from engine.labeling.edits import Edit
    from engine.workspace import Workspace

Operation = Callable[["Workspace"], Changes]


def apply_edits(item_id: int, edits: Sequence[Edit], action: str) -> Operation:
    """Add, change and remove annotations of one item."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling.edits import apply

        return apply(ws, item_id, edits, action)

    return operation


def undo(ws: Workspace) -> Changes:
    """Take the last action back."""
    from engine.labeling import edits

    return edits.undo(ws) or Changes()


def redo(ws: Workspace) -> Changes:
    """Do again what was undone."""
    from engine.labeling import edits

    return edits.redo(ws) or Changes()


def add_label(name: str) -> Operation:
    """A new label with the next colour."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import schema

        return schema.add_label(ws, name)

    return operation


def rename_label(label_id: int, name: str) -> Operation:
    """Another name for a label."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import schema

        return schema.rename_label(ws, label_id, name)

    return operation


def recolor_label(label_id: int, color: str) -> Operation:
    """Another colour for a label."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import schema

        return schema.recolor_label(ws, label_id, color)

    return operation


def set_shortcut(label_id: int, key: str) -> Operation:
    """Another key for a label."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import schema

        return schema.set_shortcut(ws, label_id, key)

    return operation


def reorder_labels(order: Sequence[int]) -> Operation:
    """Another order of the labels."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import schema

        return schema.reorder_labels(ws, order)

    return operation


def remove_label(label_id: int, move_to: int | None) -> Operation:
    """Remove a label, with its annotations or after moving them to another one."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import schema

        return schema.remove_label(ws, label_id, move_to=move_to)

    return operation
