"""The newest edits of a thing: which ones a new edit follows.

An edit names the one before it as its parent. After a merge several edits can be the newest ones ("heads"). Either they went
together by themselves, and the next edit follows all of them; or they contradict each other, and all stay until a person
chooses (engine/labeling/merging).
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.data.records import Annotation, Label

if TYPE_CHECKING:
    from engine.labeling.log import Step
    from engine.workspace import Transaction, Workspace

_none_open: weakref.WeakSet[Workspace] = weakref.WeakSet()  # workspaces whose table `conflict` is known to be empty


def forget(ws: Workspace) -> None:
    """A merge has written the table `conflict`: look at it again."""
    _none_open.discard(ws)


def followed(ws: Workspace, tx: Transaction, steps: Sequence[Step], ids: Sequence[int]) -> list[Step]:
    """The steps with the edits that they follow; what they settle is no conflict any more."""
    steps = [step if isinstance(step.record, Annotation) else _after_all(tx, step) for step in steps]
    if ws in _none_open:
        return steps
    waiting = {(op, subject): (heads, is_open) for op, subject, heads, is_open in tx.execute(
        "SELECT op, subject, heads, open FROM conflict"
    ).fetchall()}  # fmt: skip
    if not waiting:
        _none_open.add(ws)
        return steps
    return [_settled(tx, step, edit, waiting) for step, edit in zip(steps, ids, strict=True)]


def newest(tx: Transaction, ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The heads of annotations, the newest first."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = tx.execute(
        "SELECT coalesce(a.annotation_id, e.annotation_id), e.id, e.parent, e.merges FROM edit e"
        " LEFT JOIN alias a ON a.id = e.annotation_id"
        " WHERE coalesce(a.annotation_id, e.annotation_id) IN (SELECT unnest(?::BIGINT[]))",
        [wanted],
    ).fetchall()
    found: dict[int, list[tuple[int, int | None, list[int] | None]]] = {}
    for subject, *edit in rows:
        found.setdefault(subject, []).append((edit[0], edit[1], edit[2]))
    return {subject: tips(edits) for subject, edits in found.items()}


def tips(edits: Iterable[tuple[int, int | None, Sequence[int] | None]]) -> tuple[int, ...]:
    """The ids of (id, parent, merges) that no other one follows, the newest first."""
    listed = list(edits)
    followed = {parent for _, parent, _ in listed} | {edit for _, _, merges in listed for edit in merges or ()}
    return tuple(sorted((edit for edit, _, _ in listed if edit not in followed), reverse=True))


def with_present_ids(tx: Transaction, steps: list[Step]) -> list[Step]:
    """Steps whose annotations have the ids that they go by now: see table `alias`."""
    names = dict(tx.execute("SELECT id, annotation_id FROM alias").fetchall())
    if not names:
        return steps

    def present(record: Any) -> Any:
        return record.with_(id=names.get(record.id, record.id)) if isinstance(record, Annotation) else record

    return [replace(step, before=present(step.before), after=present(step.after)) for step in steps]


def subject(record: Any) -> tuple[str, int]:
    """What an edit is about, as the table `conflict` names it."""
    if isinstance(record, Annotation):
        return "annotation", record.id
    if isinstance(record, Label):
        return "label", record.id
    return ("comment", record.id) if hasattr(record, "id") else ("review", record.item_id)


def _after_all(tx: Transaction, step: Step) -> Step:
    """A step on a label, review or comment follows whatever was the newest of it: there the newest simply holds."""
    op, ident = subject(step.record)
    own = "item_id = ?" if op == "review" else "(coalesce(after, before)::JSON ->> 'id')::BIGINT = ?"
    where = f"op = '{op}' AND {own}"
    found = tips(tx.execute(f"SELECT id, parent, merges FROM edit WHERE {where}", [ident]).fetchall())
    return replace(step, parent=next(iter(found), None), merges=found[1:])


def _settled(tx: Transaction, step: Step, edit: int, waiting: dict[tuple[str, int], tuple[list[int], bool]]) -> Step:
    """The step with all that it follows. Work on one side of a conflict leaves it open; removing the shape settles it."""
    key = subject(step.record)
    heads, is_open = waiting.get(key, ([], False))
    if not heads:
        return step
    if is_open and not step.merges and step.parent in heads and step.after is not None and _goes_on(tx, step, edit):
        waiting[key] = ([edit, *(head for head in heads if head != step.parent)], True)
        tx.execute("UPDATE conflict SET heads = ? WHERE op = ? AND subject = ?", [waiting[key][0], *key])
        return step
    del waiting[key]
    tx.execute("DELETE FROM conflict WHERE op = ? AND subject = ?", list(key))
    return replace(step, merges=step.merges or tuple(head for head in heads if head != step.parent))


def _goes_on(tx: Transaction, step: Step, edit: int) -> bool:
    """Whether the conflict is one still with this edit in place of the shown side, and this edit is what is shown."""
    from engine.labeling.merging.deriving import nodes_of
    from engine.labeling.merging.resolve import Node, annotation

    record = step.record
    if not isinstance(record, Annotation) or step.parent is None:
        return False
    where = "coalesce(a.annotation_id, e.annotation_id) = ?"
    nodes = nodes_of(tx, where, [record.id]).get(record.id, [])
    before, after = (state if isinstance(state, Annotation) else None for state in (step.before, step.after))
    outcome = annotation([*nodes, Node(edit, (step.parent,), before, after, tx.at, tx.author)])
    return outcome.open and outcome.heads[0] == edit
