"""What a person does with models while labelling, as operations for `shell.run` and the labelling page's writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.changes import Changes

if TYPE_CHECKING:
    from engine.workspace import Workspace

Operation = Callable[["Workspace"], Changes]
Started = Callable[["Workspace"], tuple[Changes, str]]


def prelabel(model: str, items: Sequence[int] | None) -> Started:
    """Have a model suggest annotations; None: on all items that nobody has labelled."""

    def operation(ws: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.curation.prelabel import prelabel as start

        job = start(ws, model, items)
        return changed(jobs=job.id), job.id

    return operation


def suggest(model_id: int, item_id: int, found: Any) -> Operation:
    """Put a model's answer on the open image."""

    def operation(ws: Workspace) -> Changes:
        from engine.curation.prelabel import suggest as put
        from engine.training.models import get_model

        return put(ws, get_model(ws, model_id), item_id, found)

    return operation


def refuse_below(score: float, item_id: int) -> Operation:
    """Remove the suggestions of one image below a score."""

    def operation(ws: Workspace) -> Changes:
        from engine.curation.suggestions import refuse_below as refuse

        return refuse(ws, score, [item_id])

    return operation


def build_queue(strategy: str, model: str | None, other: str | None, count: int) -> Started:
    """Choose which items to look at next."""

    def operation(ws: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.curation.queue import build

        job = build(ws, strategy, model, other, count)
        return changed(jobs=job.id), job.id

    return operation


def mark_queued(item_id: int, state: str) -> Operation:
    """Say that a queued item is done, skipped or waiting."""

    def operation(ws: Workspace) -> Changes:
        from engine.curation.queue import mark

        return mark(ws, item_id, state)

    return operation


def clear_queue(ws: Workspace) -> Changes:
    """Empty the queue."""
    from engine.curation.queue import clear

    return clear(ws)


def compare(shapes: bool) -> Started:
    """Compare all items, or all shapes, with each other; the job's id is "" when that is done already."""

    def operation(ws: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.curation.embedder import embed

        job = embed(ws, shapes=shapes)
        return (Changes(), "") if job is None else (changed(jobs=job.id), job.id)

    return operation


def keep_forecast(ws: Workspace) -> Changes:
    """Remember what an hour is expected to bring now."""
    from engine.curation.minute import keep, next_best

    return keep(ws, next_best(ws))
