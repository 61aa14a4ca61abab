"""Adding, changing and removing annotations, and taking that back as far as the log goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.records import ANNOTATION_COLUMNS, Annotation, annotation_from_row
from engine.labeling import log, tracks, undoing
from engine.labeling.log import AnnotationGone, Step

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace


@dataclass(frozen=True)
class Add:
    """A new annotation; with id 0 it gets a fresh one."""

    annotation: Annotation


@dataclass(frozen=True)
class Change:
    """New values for some fields of an annotation. What a person changes becomes the person's own."""

    id: int
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Remove:
    """An annotation that shall go."""

    id: int


Edit = Add | Change | Remove


def annotations_of(ws: Workspace, item_id: int) -> list[Annotation]:
    """The annotations of an item, oldest first."""
    rows = ws.query(f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE item_id = ?", [item_id])
    return [annotation_from_row(row) for row in sorted(rows, key=itemgetter(0))]  # quicker than ORDER BY


def apply(ws: Workspace, item_id: int, edits: Sequence[Edit], action: str = "Edit annotations") -> Changes:
    """Make edits of one item in one transaction: the current state and the log, or neither.

    Raises:
        AnnotationGone: an annotation to change or remove is not there; nothing is changed.
        CommitFailed: the store could not keep it; the message tells the truth about it.
    """
    if not edits:
        return Changes()
    with ws.transaction(action) as tx:
        taken = log.take(tx, [edit.id for edit in edits if not isinstance(edit, Add)], item_id)
        steps = [_step(ws, tx, item_id, edit, taken) for edit in edits]
        changes = log.put(ws, tx, steps)
        return changes | tracks.follow_steps(ws, tx, steps)


def accept(ws: Workspace, item_id: int, ids: Sequence[int]) -> Changes:
    """Make a model's predictions the person's own, unchanged."""
    return apply(ws, item_id, [Change(id) for id in ids], "Accept prediction")


def undo(ws: Workspace) -> Changes | None:
    """Take back the last action of labelling, on whatever item it was; None when there is none."""
    stack = log.stacks(ws).undo
    return undoing.take_back(ws, stack[-1], "Undo") if stack else None


def redo(ws: Workspace) -> Changes | None:
    """Do again what was last undone; None when there is none."""
    stack = log.stacks(ws).redo
    return undoing.take_back(ws, stack[-1], "Redo") if stack else None


def undo_depth(ws: Workspace) -> tuple[int, int]:
    """How many actions can be undone and redone."""
    stacks = log.stacks(ws)
    return len(stacks.undo), len(stacks.redo)


def _step(
    ws: Workspace, tx: Transaction, item_id: int, edit: Edit, taken: Mapping[int, tuple[Annotation, int | None]]
) -> Step:
    if isinstance(edit, Add):
        annotation = edit.annotation
        added = annotation.with_(
            id=annotation.id or ws.new_ids("annotation", 1), item_id=item_id, author=annotation.author or tx.author
        )
        return Step(None, added)
    if edit.id not in taken:
        raise AnnotationGone(
            f"Annotation {edit.id} of item {item_id} is not there any more; nothing was changed. Open the item again."
        )
    before, parent = taken[edit.id]
    if isinstance(edit, Remove):
        return Step(before, None, parent)
    values = {"origin": "person", "author": tx.author, **edit.values}
    flags = values.get("flags", before.flags)
    if "interpolated" in flags:  # what a person touches is a key frame
        values["flags"] = tuple(flag for flag in flags if flag != "interpolated")
    return Step(before, before.with_(**values), parent)
