"""Comments on items: pinned to a place or a shape, answered, resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.records import Comment
from engine.errors import BadInput, UsageError
from engine.labeling import log
from engine.labeling.log import Step

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

COLUMNS = "id, item_id, text, x, y, annotation_id, author, created, resolved, answers"


@dataclass(frozen=True)
class Thread:
    """A comment with its answers; `number` is what its pin shows, from 1 in the order of time."""

    number: int
    first: Comment
    answers: tuple[Comment, ...] = ()

    @property
    def open(self) -> bool:
        """Whether there is something to do yet."""
        return not self.first.resolved


def threads(ws: Workspace, item_id: int) -> list[Thread]:
    """The threads of an item, oldest first. An answer to what is gone (removed elsewhere, then merged) begins its own."""
    rows = ws.query(f"SELECT {COLUMNS} FROM comment WHERE item_id = ? ORDER BY created, id", [item_id])
    found = [_comment(row) for row in rows]
    there = {comment.id for comment in found}
    first = [comment for comment in found if comment.answers not in there]
    return [
        Thread(number, comment, tuple(answer for answer in found if answer.answers == comment.id))
        for number, comment in enumerate(first, 1)
    ]


def add(
    ws: Workspace,
    item_id: int,
    text: str,
    x: float | None = None,
    y: float | None = None,
    annotation_id: int | None = None,
    answers: int | None = None,
) -> Changes:
    """Say something of an item: at a place (px), of a shape, or of the whole; or answer another comment."""
    with ws.transaction("Comment" if answers is None else "Answer comment") as tx:
        comment = new_comment(ws, tx, item_id, text, x=x, y=y, annotation_id=annotation_id, answers=answers)
        return log.put(ws, tx, [Step(None, comment)])


def resolve(ws: Workspace, comment_id: int, resolved: bool = True) -> Changes:
    """Say that a thread is done with, or that it is not."""
    comment = comment_of(ws, comment_id)
    if comment.resolved == resolved:
        return Changes()
    with ws.transaction("Resolve comment" if resolved else "Reopen comment") as tx:
        return log.put(ws, tx, [Step(comment, replace(comment, resolved=resolved))])


def change(ws: Workspace, comment_id: int, text: str) -> Changes:
    """Write a comment anew."""
    comment = comment_of(ws, comment_id)
    with ws.transaction("Change comment") as tx:
        return log.put(ws, tx, [Step(comment, replace(comment, text=_checked(text)))])


def remove(ws: Workspace, comment_id: int) -> Changes:
    """Remove a comment; with the first one its whole thread."""
    comment = comment_of(ws, comment_id)
    rows = ws.query(f"SELECT {COLUMNS} FROM comment WHERE answers = ?", [comment_id])
    with ws.transaction("Remove comment") as tx:
        return log.put(ws, tx, [Step(found, None) for found in [*map(_comment, rows), comment]])


def open_counts(ws: Workspace, items: Sequence[int]) -> dict[int, int]:
    """How many open threads items have; those without are left out."""
    rows = ws.query(
        "SELECT item_id, count(*) FROM comment WHERE (answers IS NULL OR answers NOT IN (SELECT id FROM comment))"
        " AND NOT coalesce(resolved, false)"
        " AND item_id IN (SELECT unnest(?::BIGINT[])) GROUP BY 1",
        [list(items)],
    )
    return dict(rows)


def comment_of(ws: Workspace, comment_id: int) -> Comment:
    """A comment by its id.

    Raises:
        UsageError: there is none.
    """
    rows = ws.query(f"SELECT {COLUMNS} FROM comment WHERE id = ?", [comment_id])
    if not rows:
        raise UsageError(f"The comment {comment_id} is not there any more.")
    return _comment(rows[0])


def new_comment(ws: Workspace, tx: Transaction, item_id: int, text: str, **values: Any) -> Comment:
    """A comment of the transaction's author with a fresh id."""
    return Comment(
        ws.new_ids("comment", 1), item_id, _checked(text), author=tx.author, created=tx.at.isoformat(), **values
    )


def _checked(text: str) -> str:
    if not text.strip():
        raise BadInput("A comment needs some words.")
    return text.strip()


def _comment(row: Sequence[Any]) -> Comment:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    values["created"] = values["created"].isoformat() if values["created"] else ""
    return Comment(**(values | {"resolved": bool(values["resolved"])}))
