"""Bringing the results of finished jobs into the store, each once and in one transaction."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.familiar import is_familiar
from engine.jobs.job import Job, JobStatus, list_jobs, start_again
from engine.jobs.kinds import kind_of, load

if TYPE_CHECKING:
    from engine.workspace import Workspace

POLL_S = 0.1


def collect(workspace: Workspace) -> Changes:
    """Ingest every finished job that is not in the store yet.

    Jobs that were lost from the queue are put back into it, unless the workspace comes from elsewhere.
    """
    if is_familiar(workspace):
        start_again(workspace)
    known = {row[0] for row in workspace.query("SELECT id FROM job WHERE collected IS NOT NULL")}
    changes = Changes()
    for job in reversed(list_jobs(workspace)):
        if job.id not in known and (result := job.result()) is not None:
            changes |= _ingest(workspace, job, result)
    return changes


def wait(workspace: Workspace, job: Job, on_event: Callable[[dict[str, Any]], None] | None = None) -> JobStatus:
    """Block until the job ends, pass its events on, and collect its result."""
    offset = 0
    while True:
        status = job.status()
        events, offset = job.events(offset)
        if on_event is not None:
            for event in events:
                on_event(event)
        if not status.active:
            break
        time.sleep(POLL_S)
    if status.state == "done":
        collect(workspace)
    return status


def _ingest(workspace: Workspace, job: Job, result: dict[str, Any]) -> Changes:
    ingest = load(kind_of(job.kind).ingest)
    now = datetime.now(UTC).replace(tzinfo=None)
    with workspace.transaction(job.title) as tx:
        changes: Changes = ingest(workspace, tx, job.spec, result)
        tx.execute(
            "INSERT INTO job VALUES (?, ?, ?, ?, ?, 'done', ?)",
            [job.id, job.kind, job.title, job.created.astimezone(UTC).replace(tzinfo=None), now, json.dumps(result)],
        )
    return changes | changed(jobs=job.id)
