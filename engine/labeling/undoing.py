"""Taking a transaction back: its opposite, made on what is there now. What others did since stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from engine.data.records import LABEL_COLUMNS, Annotation, Label, label_from_row
from engine.labeling import heads, log, tracks
from engine.labeling.log import Record, Step
from engine.labeling.merging.resolve import made_on

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.workspace import Transaction, Workspace

Taken = Mapping[int, tuple[Annotation, int | None]]


def take_back(ws: Workspace, of: int, word: str) -> Changes:
    """Write the opposite of a transaction. What others changed or removed since stays as they left it.

    The transaction is noted as taken back even where nothing of it is left to be undone, so that the one before it is next.
    """
    action = ws.query("SELECT action FROM tx WHERE id = ?", [of])[0][0].split(": ")[-1]
    with ws.transaction(f"{word}: {action}", undoes=of) as tx:
        steps = heads.with_present_ids(tx, log.read(tx, of))
        shapes, others = _of_shapes(steps), [step for step in steps if not isinstance(step.record, Annotation)]
        items = {step.record.item_id for step in shapes.values()}  # type: ignore[union-attr]  # all are annotations
        taken = log.take(tx, list(shapes), next(iter(items)) if len(items) == 1 else None)
        elsewhere = [i for i, step in shapes.items() if taken.get(i, (None, None)) != (step.after, step.parent)]
        newest = heads.newest(tx, elsewhere)
        there = _existing_items(tx, items)
        turned = [_turned(step, taken.get(i, (None, None)), newest.get(i, ())) for i, step in shapes.items()]
        turned += [_turned_record(tx, step) for step in reversed(others)]
        done = [step for step in turned if step is not None and _possible(step, there)]
        changes = log.put(ws, tx, done)
        return changes | tracks.follow_steps(ws, tx, done, gaps=False)


def _of_shapes(steps: Sequence[Step]) -> dict[int, Step]:
    """The steps of annotations, the last one first; several on one annotation count as one."""
    found: dict[int, Step] = {}
    for step in steps:
        if isinstance(step.record, Annotation):
            first = found.pop(step.record.id, step)
            found[step.record.id] = replace(step, before=first.before)
    return dict(reversed(found.items()))


def _turned(step: Step, found: tuple[Annotation | None, int | None], tips: tuple[int, ...]) -> Step | None:
    start, goal, (now, parent) = step.after, step.before, found
    if now is None:
        if start is not None:
            return None  # others have removed it
        return Step(None, goal, next(iter(tips), step.parent), tips[1:])
    assert start is None or isinstance(start, Annotation)
    if start is None:  # others had kept it: it is there already, and their side is chosen
        return Step(None, now, parent, tuple(tip for tip in tips if tip != parent))
    if now == start or not isinstance(goal, Annotation):
        return Step(now, goal, parent)
    return Step(now, made_on(now, start, goal), parent)


def _turned_record(tx: Transaction, step: Step) -> Step | None:
    """The same for a label, review or comment."""
    start, goal, now = step.after, step.before, _present(tx, step)
    if (now is None) != (start is None):
        return None
    if now is None or goal is None or start is None or _told(now) == _told(start):
        return Step(start, goal, step.parent)
    was, will = _told(start), _told(goal)
    values = {name: will[name] for name, value in _told(now).items() if value == was[name]}
    return Step(now, replace(now, **values), step.parent)


def _present(tx: Transaction, step: Step) -> Record | None:
    kept, ident = log.KEPT[step.op], getattr(step.record, log.KEPT[step.op].key)
    names = [entry.name for entry in fields(kept.type)]
    columns = LABEL_COLUMNS if kept.type is Label else ", ".join(names)
    row = tx.execute(f"SELECT {columns} FROM {kept.table} WHERE {kept.key} = ?", [ident]).fetchone()
    if row is None or kept.type is Label:
        return label_from_row(row) if row else None
    values = dict(zip(names, row, strict=True))
    found: Record = kept.type(**values | {"created": values["created"].isoformat() if values["created"] else ""})
    return found


def _told(record: Record) -> dict[str, Any]:
    """What can be taken back of a record: all but when it was said."""
    return {entry.name: getattr(record, entry.name) for entry in fields(record) if entry.name != "created"}


def _existing_items(tx: Transaction, items: set[int]) -> set[int]:
    listed = ", ".join(map(str, items)) or "NULL"
    return {row[0] for row in tx.execute(f"SELECT id FROM item WHERE id IN ({listed})").fetchall()}


def _possible(step: Step, items: set[int]) -> bool:
    return not isinstance(step.after, Annotation) or step.after.item_id in items
