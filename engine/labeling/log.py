"""The edit log: every change of annotations and labels goes through it, and undo and redo are read from it."""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.records import (
    ANNOTATION_COLUMNS,
    LABEL_COLUMNS,
    Annotation,
    Comment,
    Label,
    Review,
    annotation_from_json,
    annotation_from_row,
    annotation_table,
    annotation_to_json,
    annotation_to_row,
    label_to_row,
)
from engine.errors import UsageError
from engine.labeling import heads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.workspace import Transaction, Workspace

EDIT_COLUMNS = "id, tx, parent, item_id, annotation_id, op, before, after, merges"
FEW = 8  # up to here single statements are faster than an Arrow table


class AnnotationGone(UsageError):
    """An annotation that was to be changed is not there any more."""


Record = Annotation | Label | Review | Comment


@dataclass(frozen=True)
class Step:
    """One annotation, label, review or comment from one state to another; None: it did not, or does not, exist.

    Attributes:
        parent: the edit that it follows.
        merges: further edits that it follows, where several were the newest after a merge.
    """

    before: Record | None
    after: Record | None
    parent: int | None = None
    merges: tuple[int, ...] = ()

    @property
    def record(self) -> Record:
        """What it is about, as it is afterwards or was before."""
        record = self.after or self.before
        assert record is not None
        return record

    @property
    def op(self) -> str:
        """The word for it in the log."""
        word = next((word for word, kept in KEPT.items() if isinstance(self.record, kept.type)), None)
        return word or ("add" if self.before is None else "remove" if self.after is None else "change")


@dataclass(frozen=True)
class Kept:
    """How records of one type are kept beside the annotations: one row each, found by a key."""

    type: type[Any]
    table: str
    key: str
    to_row: Callable[[Any], dict[str, Any]]


@dataclass
class Stacks:
    """The transactions that undo and redo would take back next, the last one first to go."""

    undo: list[int] = field(default_factory=list)
    redo: list[int] = field(default_factory=list)
    seen: int = 0

    def add_all(self, ids: NDArray[np.int64], undoes: NDArray[np.int64]) -> None:
        """Replay transactions of the log; `undoes` is 0 where nothing is taken back."""
        start = 0
        for place in (*undoes.nonzero()[0].tolist(), len(ids)):
            plain = ids[start:place].tolist()
            if plain:
                self.undo += plain
                self.redo.clear()
            if place < len(ids):
                self._take_back(int(ids[place]), int(undoes[place]))
            start = place + 1
        if len(ids):
            self.seen = int(ids[-1])

    def _take_back(self, tx: int, undoes: int) -> None:
        if self.redo and self.redo[-1] == undoes:
            self.redo.pop()
            self.undo.append(tx)
        elif self.undo and self.undo[-1] == undoes:
            self.undo.pop()
            self.redo.append(tx)
        else:
            self.undo.append(tx)
            self.redo.clear()


KEPT = {
    "label": Kept(
        Label, "label", "id", lambda label: dict(zip(LABEL_COLUMNS.split(", "), label_to_row(label), strict=True))
    ),
    "review": Kept(Review, "review", "item_id", lambda review: asdict(review) | {"created": review.created or None}),
    "comment": Kept(Comment, "comment", "id", lambda comment: asdict(comment) | {"created": comment.created or None}),
}

_stacks: weakref.WeakKeyDictionary[Workspace, Stacks] = weakref.WeakKeyDictionary()
_stacks_lock = threading.Lock()


def stacks(ws: Workspace) -> Stacks:
    """What can be undone and redone now: all of the log, read once and then kept up to date. Only to be read."""
    with _stacks_lock:
        known = _stacks.setdefault(ws, Stacks())
        found = ws.cursor().execute(
            "SELECT id, coalesce(undoes, 0) AS undoes FROM tx WHERE id > ? AND merged IS NULL"
            " AND (undoes IS NOT NULL OR id IN (SELECT tx FROM edit WHERE tx > ? AND op <> 'import')) ORDER BY id",
            [known.seen, known.seen],
        )
        rows = found.fetchnumpy()  # a million of them are taken in at once
        known.add_all(rows["id"], rows["undoes"])
        return known


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
    insert(tx, [(s.after, edit) for s, edit in zip(steps, ids, strict=True) if isinstance(s.after, Annotation)])
    for step in steps:
        if step.op in KEPT:
            _replace(tx, KEPT[step.op], step)
    _log(tx, list(zip(ids, heads.followed(ws, tx, steps, ids), strict=True)))
    return _changes(step.record for step in steps)


def _changes(records: Iterable[Record]) -> Changes:
    touched = list(records)
    annotations = [record for record in touched if isinstance(record, Annotation)]
    return Changes(
        items=frozenset(record.item_id for record in annotations),
        annotations=frozenset(record.id for record in annotations),
        labels=frozenset(record.id for record in touched if isinstance(record, Label)),
        reviews=frozenset(record.item_id for record in touched if isinstance(record, Review | Comment)),
    )


def read(tx: Transaction, of: int) -> list[Step]:
    """The steps of a transaction in the order in which they were taken; `parent` is each one's own edit."""
    rows = tx.execute("SELECT id, op, before, after FROM edit WHERE tx = ? ORDER BY id", [of]).fetchall()
    return [
        Step(_state(op, before), _state(op, after), parent=edit) for edit, op, before, after in rows if op != "import"
    ]


def label_to_json(label: Label) -> str:
    """The label as the log keeps it."""
    return _to_json(label)


def label_from_json(text: str) -> Label:
    """The label of a line of the log."""
    values = _known(Label, text)
    values["shapes"], values["attributes"] = tuple(values.get("shapes") or ()), tuple(values.get("attributes") or ())
    return Label(**values)


def record_from_json(op: str, text: str) -> Any:
    """What a line of the log with that word is about."""
    if op == "label":
        return label_from_json(text)
    return KEPT[op].type(**_known(KEPT[op].type, text)) if op in KEPT else annotation_from_json(text)


def _state(op: str, text: str | None) -> Record | None:
    record: Record | None = None if text is None else record_from_json(op, text)
    return record


def _known(of: type[Any], text: str) -> dict[str, Any]:
    """Fields of a record; those of later versions are ignored."""
    names = {entry.name for entry in fields(of)}
    return {name: value for name, value in json.loads(text).items() if name in names}


def _to_json(record: Record) -> str:
    return json.dumps({entry.name: getattr(record, entry.name) for entry in fields(record)}, ensure_ascii=False)


def insert(tx: Transaction, rows: Sequence[tuple[Annotation, int | None]]) -> None:
    """Write rows of annotations, each with the edit that led to it, without logging anything."""
    if not rows:
        return
    if len(rows) <= FEW:
        values = [(*annotation_to_row(annotation), tx.id, edit) for annotation, edit in rows]
        tx.append("annotation", f"{ANNOTATION_COLUMNS}, tx, edit", values)
        return
    import pyarrow as pa

    table = annotation_table([annotation for annotation, _ in rows], tx.id)
    tx.insert("annotation", table.append_column("edit", pa.array([edit for _, edit in rows], pa.int64())))


def _log(tx: Transaction, steps: list[tuple[int, Step]]) -> None:
    rows = [_log_row(tx, edit, step) for edit, step in steps]
    if len(rows) <= FEW:
        tx.append("edit", EDIT_COLUMNS, rows)
        return
    import pyarrow as pa

    names = EDIT_COLUMNS.split(", ")
    types = [pa.int64()] * 5 + [pa.string()] * 3 + [pa.list_(pa.int64())]
    columns = [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), types, strict=True)]
    tx.insert("edit", pa.Table.from_arrays(columns, names=names))


def _log_row(tx: Transaction, edit: int, step: Step) -> list[Any]:
    record = step.record
    ids = [None if isinstance(record, Label) else record.item_id, record.id if isinstance(record, Annotation) else None]
    merges = list(step.merges) or None
    return [edit, tx.id, step.parent, *ids, step.op, _text(step.before), _text(step.after), merges]


def _text(record: Record | None) -> str | None:
    if record is None:
        return None
    return annotation_to_json(record) if isinstance(record, Annotation) else _to_json(record)


def _replace(tx: Transaction, kept: Kept, step: Step) -> None:
    tx.execute(f"DELETE FROM {kept.table} WHERE {kept.key} = ?", [getattr(step.record, kept.key)])
    if step.after is not None:
        row = kept.to_row(step.after) | {"tx": tx.id}
        marks = ", ".join("?" * len(row))
        tx.execute(f"INSERT INTO {kept.table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
