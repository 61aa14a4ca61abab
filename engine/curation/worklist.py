"""The items that a job is to look at, as a file: workers never open the store."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import WorkspaceError

if TYPE_CHECKING:
    from engine.workspace import Workspace

FOLDER = Path("cache") / "worklists"
KEPT_S = 14 * 86_400


@dataclass(frozen=True)
class Target:
    """An item, or a shape in it, to look at.

    Attributes:
        key: the item's content key, the same on every machine.
        annotation_id: of the shape; 0: the whole item.
        x, y, w, h: the shape's bounds in px of the item; 0 for the whole item.
        path: of the image file.
    """

    item_id: int
    key: int
    digest: str
    page: int
    width: int
    height: int
    name: str
    path: str
    annotation_id: int = 0
    x: float = 0.0
    y: float = 0.0
    w: float = 0.0
    h: float = 0.0


def targets(ws: Workspace, item_ids: Sequence[int], *, shapes: bool = False) -> list[Target]:
    """The items of these ids in their order, or with `shapes` the shapes that people gave them."""
    ids = list(item_ids)
    crops = ", a.id, a.x, a.y, a.w, a.h" if shapes else ", 0, 0::DOUBLE, 0::DOUBLE, 0::DOUBLE, 0::DOUBLE"
    joined = "JOIN annotation a ON a.item_id = i.id AND a.x IS NOT NULL AND a.origin <> 'model'" if shapes else ""
    rows = ws.query(
        f"SELECT i.id, i.key, i.digest, i.page, i.width, i.height, i.name, i.link{crops} FROM item i {joined}"
        " WHERE i.id IN (SELECT unnest(?::BIGINT[])) ORDER BY i.id" + (", a.id" if shapes else ""),
        [ids],
    )
    place = {item: number for number, item in enumerate(ids)}
    rows.sort(key=lambda row: place[row[0]])
    return [
        Target(
            row[0],
            row[1],
            row[2],
            row[3] or 0,
            row[4],
            row[5],
            row[6],
            _path(ws, row),
            row[8],
            row[9],
            row[10],
            row[11],
            row[12],
        )
        for row in rows
    ]


def write(workspace: Path, listed: Sequence[Target]) -> str:
    """Keep a list for a job; returns its path below the workspace. Lists of long ago are dropped."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = workspace / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.parquet"):
        if time.time() - old.stat().st_mtime > KEPT_S:
            old.unlink(missing_ok=True)
    names = [entry.name for entry in fields(Target)]
    columns = list(zip(*map(astuple, listed), strict=True)) if listed else [()] * len(names)
    path = folder / f"{uuid.uuid4().hex}.parquet"
    pq.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), path)
    return path.relative_to(workspace).as_posix()


def read(workspace: Path, path: str) -> list[Target]:
    """The targets of a list.

    Raises:
        WorkspaceError: the list is gone or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(workspace / path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise WorkspaceError(f"The list of items {path} cannot be read ({error}); start the job anew.") from error
    return [Target(**row) for row in rows]


def _path(ws: Workspace, row: Sequence[Any]) -> str:
    from engine.data.items import linked_path

    return str(linked_path(row[7]) if row[7] else ws.media.path(row[2]))
