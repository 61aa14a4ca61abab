"""What the workspace remembers of each project and task: the tables `studio` and `studio_task`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.data.exchange import Link
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

LINK = "name, url, project, title, images, own, config, seen"
TASK = "item_id, task, annotation, digest, predictions, regions, theirs"


@dataclass(frozen=True)
class Task:
    """An item and its task as they were when both were last the same.

    Attributes:
        regions: ids of regions by annotation, where the region was not made by us.
    """

    item_id: int
    task: int
    annotation: int | None = None
    digest: str = ""
    predictions: str = ""
    regions: dict[int, str] = field(default_factory=dict)
    theirs: str | None = None

    def with_(self, **values: object) -> Task:
        """A copy with some fields replaced."""
        return replace(self, **values)  # type: ignore[arg-type]


def links(ws: Workspace) -> list[Link]:
    """All remembered projects."""
    return [Link(*row) for row in ws.query(f"SELECT {LINK} FROM studio ORDER BY name")]


def link(ws: Workspace, name: str) -> Link:
    """One remembered project.

    Raises:
        UsageError: there is none of that name.
    """
    found = {each.name: each for each in links(ws)}
    if name not in found:
        known = ", ".join(found) or "none yet; add one with: lineside label-studio add NAME URL"
        raise UsageError(f"There is no Label Studio project “{name}”; known: {known}.")
    return found[name]


def save_link(tx: Transaction, link: Link) -> None:
    """Write or replace a project."""
    tx.execute("DELETE FROM studio WHERE name = ?", [link.name])
    tx.execute(
        f"INSERT INTO studio ({LINK}, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [link.name, link.url, link.project, link.title, link.images, link.own, link.config, link.seen, tx.at],
    )


def tasks(ws: Workspace, name: str) -> dict[int, Task]:
    """The tasks of a project by item; those whose item is gone are left out."""
    rows = ws.query(
        f"SELECT {TASK} FROM studio_task WHERE studio = ? AND item_id IN (SELECT id FROM item) ORDER BY item_id", [name]
    )
    return {
        item: Task(item, task, annotation, digest or "", predictions or "",
                   {int(key): ref for key, ref in json.loads(regions or "{}").items()}, theirs)
        for item, task, annotation, digest, predictions, regions, theirs in rows
    }  # fmt: skip


def save_tasks(tx: Transaction, name: str, entries: Iterable[Task]) -> None:
    """Write or replace tasks."""
    import pyarrow as pa

    rows = list(entries)
    if not rows:
        return
    table = pa.table(
        {
            "studio": [name] * len(rows),
            "item_id": pa.array([row.item_id for row in rows], pa.int64()),
            "task": pa.array([row.task for row in rows], pa.int64()),
            "annotation": pa.array([row.annotation for row in rows], pa.int64()),
            "digest": [row.digest for row in rows],
            "predictions": [row.predictions for row in rows],
            "regions": pa.array([json.dumps(row.regions) if row.regions else None for row in rows], pa.string()),
            "theirs": pa.array([row.theirs for row in rows], pa.string()),
        }
    )
    tx.cursor.register("new_tasks", table)
    try:
        tx.execute("DELETE FROM studio_task WHERE studio = ? AND item_id IN (SELECT item_id FROM new_tasks)", [name])
    finally:
        tx.cursor.unregister("new_tasks")
    tx.insert("studio_task", table)
