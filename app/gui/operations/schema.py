"""Changing the label schema, as operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.labeling.migration import Draft
    from engine.workspace import Workspace


def change_schema(draft: Draft, choices: Mapping[str, str]) -> Callable[[Workspace], Changes]:
    """Another schema, and the annotations carried over to it."""

    def operation(ws: Workspace) -> Changes:
        from engine.labeling import migration

        return migration.apply(ws, draft, choices)

    return operation
