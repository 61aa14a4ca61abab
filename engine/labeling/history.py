"""Who did what to an item or a shape, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.data.records import Annotation, annotation_from_json

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass(frozen=True)
class ItemEntry:
    """One action on an item.

    Attributes:
        at: in the local time zone.
        action: English, as named in its transaction ("Undo: Move box" for what was taken back).
        shapes: how many annotations of the item it touched.
    """

    tx: int
    at: datetime
    author: str
    action: str
    shapes: int


@dataclass(frozen=True)
class ShapeEntry:
    """One change of a shape, from what to what."""

    edit: int
    parent: int | None
    at: datetime
    author: str
    action: str
    before: Annotation | None
    after: Annotation | None


def item_history(ws: Workspace, item_id: int, limit: int = 100) -> list[ItemEntry]:
    """The latest actions on an item, newest first, down to its import. What came by a merge stands at its own time."""
    rows = ws.query(
        """
        WITH touched AS (
            SELECT tx, count(*) AS shapes FROM edit WHERE item_id = $item GROUP BY tx
            UNION ALL
            SELECT tx, count(*) FROM annotation WHERE item_id = $item AND edit IS NULL GROUP BY tx
            UNION ALL
            SELECT tx, 0 FROM item WHERE id = $item
        )
        SELECT t.id, t.created, t.author, t.action, sum(touched.shapes)::BIGINT
        FROM touched JOIN tx t ON t.id = touched.tx GROUP BY ALL ORDER BY t.created DESC, t.id DESC LIMIT $limit
        """,
        {"item": item_id, "limit": limit},  # type: ignore[arg-type]  # named parameters
    )
    return [ItemEntry(tx, _local(at), author, action, shapes) for tx, at, author, action, shapes in rows]


def shape_history(ws: Workspace, annotation_id: int) -> list[ShapeEntry]:
    """All changes of one shape, newest first."""
    rows = ws.query(
        "SELECT e.id, e.parent, t.created, t.author, t.action, e.before, e.after FROM edit e JOIN tx t ON t.id = e.tx"
        " WHERE e.annotation_id IN (SELECT ?::BIGINT UNION SELECT id FROM alias WHERE annotation_id = ?)"
        " ORDER BY t.created DESC, e.id DESC",
        [annotation_id, annotation_id],
    )
    return [
        ShapeEntry(edit, parent, _local(at), author, action, _annotation(before), _annotation(after))
        for edit, parent, at, author, action, before, after in rows
    ]


def _annotation(text: str | None) -> Annotation | None:
    return annotation_from_json(text) if text else None


def _local(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC).astimezone()
