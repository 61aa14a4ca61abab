"""What a person does with the smart tools beside drawing, as operations for `shell.run`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.changes import Changes

if TYPE_CHECKING:
    from engine.workspace import Workspace


def apply_scribbles(
    name: str, items: Sequence[int] | None, output: str, least: int
) -> Callable[[Workspace], tuple[Changes, str]]:
    """Have the pixel classifier suggest regions; None: on all items that nobody has labelled."""

    def operation(ws: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.labeling.assist.apply import apply

        job = apply(ws, name, items, output, least)
        return changed(jobs=job.id), job.id

    return operation
