"""Going back in the history, merging, choosing between versions, branches: one function per action."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.changes import Changes

if TYPE_CHECKING:
    from engine.data.records import Annotation
    from engine.labeling.branches import Branch
    from engine.labeling.merging.merge import MergeReport
    from engine.workspace import Workspace

Operation = Callable[["Workspace"], Changes]


def restore(item_id: int, states: Sequence[Annotation], only: Collection[int] | None = None) -> Operation:
    """Bring an item, or some of its shapes, back to an earlier state."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import timeline

        return timeline.restore(ws, item_id, states, only)

    return operation


def settle(annotation_id: int, choice: int | str) -> Operation:
    """Choose a version of a conflict."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import conflicts

        return conflicts.settle(ws, annotation_id, choice)

    return operation


def merge(other: Path) -> Callable[[Workspace], tuple[Changes, MergeReport]]:
    """Take in another workspace's folder, or a bundle."""

    def operation(ws: Workspace) -> tuple[Changes, MergeReport]:
        from engine.labeling.merging.merge import merge as run

        report = run(ws, other)
        return report.changes, report

    return operation


def create_branch(name: str) -> Callable[[Workspace], tuple[Changes, Branch]]:
    """A branch of what is here now."""

    def operation(ws: Workspace) -> tuple[Changes, Branch]:
        from engine.labeling import branches

        return Changes(), branches.create(ws, name)

    return operation


def remove_branch(name: str, *, unmerged: bool) -> Operation:
    """Remove a branch."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import branches

        branches.remove(ws, name, unmerged=unmerged)
        return Changes()

    return operation
