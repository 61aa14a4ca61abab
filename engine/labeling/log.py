"""The edit log: every change of annotations and labels goes through it, and undo and redo are read from it."""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.records import (
    ANNOTATION_COLUMNS,
    LABEL_COLUMNS,
    Annotation,
    Label,
    annotation_from_json,
    annotation_from_row,
    annotation_table,
    annotation_to_json,
    annotation_to_row,
    label_to_row,
)
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

FEW = 8  # up to here single statements are faster than an Arrow table


class AnnotationGone(UsageError):
    """An annotation that was to be changed is not there any more."""


@dataclass(frozen=True)
class Step:
    """One annotation or label from one state to another; None: it did not, or does not, exist."""

    before: Annotation | Label | None
    after: Annotation | Label | None
    parent: int | None = None

    @property
    def op(self) -> str:
        """The word for it in the log."""
        if isinstance(self.before or self.after, Label):
            return "label"
        return "add" if self.before is None else "remove" if self.after is None else "change"


@dataclass
class Stacks:
    """The transactions that undo and redo would take back next, the last one first to go."""

    undo: list[int] = field(default_factory=list)
    redo: list[int] = field(default_factory=list)
    seen: int = 0

    def add(self, tx: int, undoes: int | None) -> None:
        """Replay one transaction of the log."""
        self.seen = tx
        if undoes is not None and self.redo and self.redo[-1] == undoes:
            self.redo.pop()
            self.undo.append(tx)
        elif undoes is not None and self.undo and self.undo[-1] == undoes:
            self.undo.pop()
            self.redo.append(tx)
        else:
            self.undo.append(tx)
            self.redo.clear()


_stacks: weakref.WeakKeyDictionary[Workspace, Stacks] = weakref.WeakKeyDictionary()
_stacks_lock = threading.Lock()


def stacks(ws: Workspace) -> Stacks:
    """What can be undone and redone now: all of the log, read once and then kept up to date."""
    with _stacks_lock:
        known = _stacks.setdefault(ws, Stacks())
        rows = ws.query(
            "SELECT id, undoes FROM tx WHERE id > ? AND id IN (SELECT tx FROM edit WHERE tx > ? AND op <> 'import')"
            " ORDER BY id",
            [known.seen, known.seen],
        )
        for tx, undoes in rows:
            known.add(tx, undoes)
        return Stacks(list(known.undo), list(known.redo), known.seen)


def take(tx: Transaction, ids: Sequence[int], item_id: int | None) -> dict[int, tuple[Annotation, int | None]]:
    """Take annotations out of the current state; returns each by its id with the edit that made it.

    Naming the item lets the store skip all row groups but the item's.
    """
    if not ids:
        return {}
    where, parameters = ("item_id = ? AND ", [item_id]) if item_id is not None else ("", [])
    if len(ids) <= FEW:
        rows = tx.execute(
            f"DELETE FROM annotation WHERE {where}id IN ({', '.join('?' * len(ids))})"
            f" RETURNING {ANNOTATION_COLUMNS}, edit",
            [*parameters, *ids],
        ).fetchall()
    else:
        import pyarrow as pa

        tx.cursor.register("taken", pa.table({"id": pa.array(ids, pa.int64())}))
        try:
            rows = tx.execute(
                f"DELETE FROM annotation WHERE {where}id IN (SELECT id FROM taken) RETURNING {ANNOTATION_COLUMNS}, edit",
                parameters,
            ).fetchall()
        finally:
            tx.cursor.unregister("taken")
    return {row[0]: (annotation_from_row(row[:-1]), row[-1]) for row in rows}


def put(ws: Workspace, tx: Transaction, steps: Sequence[Step]) -> Changes:
    """Write what the steps lead to and log them. What they start from has been taken out (see `take`) already."""
    if not steps:
        return Changes()
    first = ws.new_ids("edit", len(steps))
    ids = range(first, first + len(steps))
    _insert_annotations(
        tx, [(s.after, edit) for s, edit in zip(steps, ids, strict=True) if isinstance(s.after, Annotation)]
    )
    for step in steps:
        if step.op == "label":
            _replace_label(tx, step)
    _log(tx, list(zip(ids, steps, strict=True)))
    states = [state for step in steps for state in (step.before, step.after) if state is not None]
    return Changes(
        items=frozenset(state.item_id for state in states if isinstance(state, Annotation)),
        annotations=frozenset(state.id for state in states if isinstance(state, Annotation)),
        labels=frozenset(state.id for state in states if isinstance(state, Label)),
    )


def read(tx: Transaction, of: int) -> list[Step]:
    """The steps of a transaction in the order in which they were taken; `parent` is each one's own edit."""
    rows = tx.execute("SELECT id, op, before, after FROM edit WHERE tx = ? ORDER BY id", [of]).fetchall()
    return [
        Step(_state(op, before), _state(op, after), parent=edit) for edit, op, before, after in rows if op != "import"
    ]


def label_to_json(label: Label) -> str:
    """The label as the log keeps it."""
    return json.dumps({entry.name: getattr(label, entry.name) for entry in fields(label)}, ensure_ascii=False)


def label_from_json(text: str) -> Label:
    """The label of a line of the log."""
    values = {k: v for k, v in json.loads(text).items() if k in {entry.name for entry in fields(Label)}}
    values["shapes"], values["attributes"] = tuple(values.get("shapes") or ()), tuple(values.get("attributes") or ())
    return Label(**values)


def _state(op: str, text: str | None) -> Annotation | Label | None:
    if text is None:
        return None
    return label_from_json(text) if op == "label" else annotation_from_json(text)


def _insert_annotations(tx: Transaction, rows: list[tuple[Annotation, int]]) -> None:
    if not rows:
        return
    if len(rows) <= FEW:
        columns = f"{ANNOTATION_COLUMNS}, tx, edit"
        marks = f"({', '.join('?' * (columns.count(',') + 1))})"
        values = [value for annotation, edit in rows for value in (*annotation_to_row(annotation), tx.id, edit)]
        tx.execute(f"INSERT INTO annotation ({columns}) VALUES {', '.join([marks] * len(rows))}", values)
        return
    import pyarrow as pa

    table = annotation_table([annotation for annotation, _ in rows], tx.id)
    tx.insert("annotation", table.append_column("edit", pa.array([edit for _, edit in rows], pa.int64())))


def _log(tx: Transaction, steps: list[tuple[int, Step]]) -> None:
    rows = [_log_row(tx, edit, step) for edit, step in steps]
    if len(rows) <= FEW:
        marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * len(rows))
        tx.execute(f"INSERT INTO edit VALUES {marks}", [value for row in rows for value in row])
        return
    import pyarrow as pa

    names = ["id", "tx", "parent", "item_id", "annotation_id", "op", "before", "after"]
    types = [pa.int64()] * 5 + [pa.string()] * 3
    columns = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), types, strict=True)]
    tx.insert("edit", pa.Table.from_arrays(columns, names=names))


def _log_row(tx: Transaction, edit: int, step: Step) -> list[Any]:
    state = step.after or step.before
    texts = [_text(step.before), _text(step.after)]
    ids = [state.item_id, state.id] if isinstance(state, Annotation) else [None, None]
    return [edit, tx.id, step.parent, *ids, step.op, *texts]


def _text(state: Annotation | Label | None) -> str | None:
    if state is None:
        return None
    return annotation_to_json(state) if isinstance(state, Annotation) else label_to_json(state)


def _replace_label(tx: Transaction, step: Step) -> None:
    state = step.before or step.after
    assert isinstance(state, Label)
    tx.execute("DELETE FROM label WHERE id = ?", [state.id])
    if isinstance(step.after, Label):
        marks = ", ".join("?" * (LABEL_COLUMNS.count(",") + 1))
        tx.execute(f"INSERT INTO label ({LABEL_COLUMNS}, tx) VALUES ({marks}, ?)", [*label_to_row(step.after), tx.id])
