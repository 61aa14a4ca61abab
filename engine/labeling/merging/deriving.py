"""The current rows after a merge: what the edits of each touched thing come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from engine.data.records import Annotation, Label, annotation_from_json, annotation_table
from engine.labeling import log
from engine.labeling.merging import label_keys, tracking
from engine.labeling.merging.incoming import write_label
from engine.labeling.merging.resolve import Node, Outcome, annotation, latest

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.labeling.log import Kept
    from engine.workspace import Transaction

T = TypeVar("T")
_NODES = (
    "SELECT coalesce(a.annotation_id, e.annotation_id) AS subject, e.id, e.parent, e.merges, e.before, e.after, t.created,"
    " t.author FROM edit e JOIN tx t ON t.id = e.tx LEFT JOIN alias a ON a.id = e.annotation_id"
)


def shapes(tx: Transaction, touched: Iterable[int]) -> tuple[int, int]:
    """Write the state of the touched annotations; returns how many went together by themselves, and how many did not."""
    names = dict(tx.execute("SELECT id, annotation_id FROM alias").fetchall())
    subjects = {names.get(ident, ident) for ident in touched}
    if not subjects:
        return 0, 0
    followed, of_tracks = tracking.whole(tx, subjects, names)
    new, subjects = subjects, subjects | of_tracks
    _register(tx, "touched", subjects)
    try:
        found = _single(tx)
        several = _several(tx)
        single = [_renamed(annotation_from_json(text), subject, names) for subject, _, text in found if text]
        edits = {subject: edit for subject, edit, _ in found}
        outcomes = {subject: annotation(nodes) for subject, nodes in several.items()}
        merged = [
            _renamed(outcome.state, subject, names)
            for subject, outcome in outcomes.items()
            if outcome.state is not None
        ]
        edits |= {subject: outcome.heads[0] for subject, outcome in outcomes.items()}
        _write(tx, [*single, *merged], edits)
        _note_conflicts(tx, outcomes, {subject: nodes[0] for subject, nodes in several.items()})
    finally:
        tx.cursor.unregister("touched")
    if followed:
        tracking.interpolate(tx, followed)
    told = [outcome.open for subject, outcome in outcomes.items() if subject in new]
    return len(told) - sum(told), sum(told)


def labels(tx: Transaction) -> list[str]:
    """Write the labels that have edits; returns in words what two sides changed differently."""
    rows = tx.execute(
        "SELECT e.id, e.parent, e.merges, e.before, e.after, t.created, t.author FROM edit e JOIN tx t ON t.id = e.tx"
        " WHERE e.op = 'label'"
    ).fetchall()
    nodes: dict[int, list[Node[Label]]] = {}
    for row in rows:
        node = _node(row, log.label_from_json)
        record = node.after or node.before
        assert record is not None
        nodes.setdefault(record.id, []).append(node)
    now = {label.id: label for label in log_labels(tx)}
    used = {ident for (ident,) in tx.execute("SELECT DISTINCT label_id FROM annotation").fetchall()}
    keys = {entry["id"]: entry["key"] for entry in label_keys.described(tx.cursor)}
    wanted = {ident: label for ident, label in now.items() if ident not in nodes}
    told: list[str] = []
    for ident, graph in nodes.items():
        outcome = latest(graph)
        told += _contradiction(graph, outcome)
        state = outcome.state or (_last_state(graph) if ident in used else None)
        if state is not None:
            wanted[ident] = state
    _write_labels(tx, now, _distinct(wanted, keys))
    return told


def records(tx: Transaction, kept: Kept, op: str, touched: Iterable[int]) -> None:
    """Write the touched reviews or comments as they were last left."""
    field = "item_id" if op == "review" else "id"
    names = dict(tx.execute("SELECT id, annotation_id FROM alias").fetchall()) if op == "comment" else {}
    rows = tx.execute(
        "SELECT e.id, e.parent, e.merges, e.before, e.after, t.created, t.author FROM edit e JOIN tx t ON t.id = e.tx"
        f" WHERE e.op = '{op}' AND (coalesce(e.after, e.before)::JSON ->> '{field}')::BIGINT IN (SELECT unnest(?::BIGINT[]))",
        [sorted(touched)],
    ).fetchall()
    nodes: dict[int, list[Node[Any]]] = {}
    for row in rows:
        node = _node(row, lambda text: log.record_from_json(op, text))
        nodes.setdefault(int(getattr(node.after or node.before, field)), []).append(node)
    for ident, graph in nodes.items():
        state = latest(graph).state
        tx.execute(f"DELETE FROM {kept.table} WHERE {kept.key} = ?", [ident])
        if state is not None:
            row_ = kept.to_row(state) | {"tx": tx.id}
            if row_.get("annotation_id") in names:
                row_["annotation_id"] = names[row_["annotation_id"]]
            marks = ", ".join("?" * len(row_))
            tx.execute(f"INSERT INTO {kept.table} ({', '.join(row_)}) VALUES ({marks})", list(row_.values()))


def nodes_of(tx: Transaction, where: str, parameters: list[Any]) -> dict[int, list[Node[Annotation]]]:
    """The edits of annotations, by annotation."""
    found: dict[int, list[Node[Annotation]]] = {}
    for subject, *row in tx.execute(f"{_NODES} WHERE {where}", parameters).fetchall():
        found.setdefault(subject, []).append(_node(tuple(row), annotation_from_json))
    return found


def _single(tx: Transaction) -> list[tuple[int, int, str | None]]:
    """The touched annotations with one newest edit: (id, edit, state as JSON)."""
    return tx.execute(
        "WITH own AS (SELECT e.id, e.parent, e.merges, e.after, coalesce(a.annotation_id, e.annotation_id) AS subject FROM edit e"
        " LEFT JOIN alias a ON a.id = e.annotation_id WHERE subject IN (SELECT id FROM touched)),"
        " tips AS (SELECT own.* FROM own ANTI JOIN (SELECT parent AS id FROM own UNION ALL SELECT unnest(merges) FROM own) f"
        " ON f.id = own.id)"
        " SELECT subject, any_value(id), any_value(after) FROM tips GROUP BY subject HAVING count(*) = 1"
    ).fetchall()


def _several(tx: Transaction) -> dict[int, list[Node[Annotation]]]:
    """All edits of the touched annotations that have more than one newest edit."""
    where = (
        "coalesce(a.annotation_id, e.annotation_id) IN (SELECT subject FROM (SELECT coalesce(s.annotation_id, o.annotation_id)"
        " AS subject FROM edit o LEFT JOIN alias s ON s.id = o.annotation_id WHERE subject IN (SELECT id FROM touched)"
        " AND o.id NOT IN (SELECT parent FROM edit WHERE parent IS NOT NULL)"
        " AND o.id NOT IN (SELECT unnest(merges) FROM edit WHERE merges IS NOT NULL)) GROUP BY subject HAVING count(*) > 1)"
    )
    return nodes_of(tx, where, [])


def _node(row: tuple[Any, ...], read: Callable[[str], T]) -> Node[T]:
    edit, parent, merges, before, after, created, author = row
    parents = (*([parent] if parent is not None else []), *(merges or ()))
    return Node(edit, parents, read(before) if before else None, read(after) if after else None, created, author or "")


def _renamed(shape: Annotation, subject: int, names: Mapping[int, int]) -> Annotation:
    """The annotation under the id that it goes by, and pointing at the ids that others go by."""
    if not names:
        return shape
    return shape.with_(
        id=subject,
        group=names.get(shape.group, shape.group),
        track=names.get(shape.track, shape.track),
        relations=tuple((names.get(other, other), name) for other, name in shape.relations),
    )


def _write(tx: Transaction, states: list[Annotation], edits: Mapping[int, int]) -> None:
    import pyarrow as pa

    tx.execute("DELETE FROM annotation WHERE id IN (SELECT id FROM alias)")
    tx.execute(
        "DELETE FROM annotation WHERE id IN (SELECT id FROM touched) AND id IN (SELECT unnest(?::BIGINT[]))",
        [list(edits)],
    )
    there = {item for (item,) in tx.execute("SELECT id FROM item").fetchall()}
    kept_ = sorted((shape for shape in states if shape.item_id in there), key=lambda shape: (shape.item_id, shape.id))
    table = annotation_table(kept_, tx.id)
    tx.insert("annotation", table.append_column("edit", pa.array([edits[shape.id] for shape in kept_], pa.int64())))


def _note_conflicts(
    tx: Transaction, outcomes: Mapping[int, Outcome[Annotation]], first: Mapping[int, Node[Annotation]]
) -> None:
    tx.execute(
        "DELETE FROM conflict WHERE op = 'annotation' AND (subject IN (SELECT id FROM touched) OR subject IN (SELECT id FROM alias))"
    )
    for subject, outcome in outcomes.items():
        record = first[subject].after or first[subject].before
        assert record is not None
        tx.execute(
            "INSERT INTO conflict VALUES ('annotation', ?, ?, ?, ?, ?)",
            [subject, record.item_id, list(outcome.heads), outcome.open, tx.id],
        )


def log_labels(tx: Transaction) -> list[Label]:
    """The rows of the table."""
    from engine.data.records import LABEL_COLUMNS, label_from_row

    return [label_from_row(row) for row in tx.execute(f"SELECT {LABEL_COLUMNS} FROM label").fetchall()]


def _contradiction(nodes: list[Node[Label]], outcome: Outcome[Label]) -> list[str]:
    heads = [node for node in nodes if node.id in outcome.heads]
    names = {node.after.name for node in heads if node.after is not None}
    if len(names) < 2 or outcome.state is None:
        return []
    others = ", ".join(f"“{name}”" for name in sorted(names - {outcome.state.name}))
    return [f"The label “{outcome.state.name}” was also renamed {others}; the later name is kept."]


def _last_state(nodes: list[Node[Label]]) -> Label | None:
    """A removed label that annotations of the other side still have stays as it was."""
    tip = next(node for node in nodes if node.id == latest(nodes).heads[0])
    return tip.before


def _distinct(wanted: Mapping[int, Label], keys: Mapping[int, str]) -> dict[int, Label]:
    """Two labels that came to the same name are told apart by a number; which one is the same everywhere."""
    taken: set[tuple[int | None, str]] = set()
    found: dict[int, Label] = {}
    for ident in sorted(wanted, key=lambda ident: keys.get(ident, "")):
        label = wanted[ident]
        parent = label.parent if label.parent in wanted else None
        name, number = label.name, 2
        while (parent, name) in taken:
            name, number = f"{label.name} ({number})", number + 1
        taken.add((parent, name))
        found[ident] = replace(label, name=name, parent=parent)
    return found


def _write_labels(tx: Transaction, now: Mapping[int, Label], wanted: Mapping[int, Label]) -> None:
    for ident in now.keys() - wanted.keys():
        tx.execute("DELETE FROM label WHERE id = ?", [ident])
    place = max((label.position for label in now.values()), default=-1) + 1
    shortcuts = {label.shortcut for label in now.values() if label.shortcut}
    for ident, label in sorted(wanted.items()):
        old = now.get(ident)
        shortcut = old.shortcut if old else label.shortcut if label.shortcut not in shortcuts else ""
        shortcuts.add(shortcut)
        position = old.position if old else place
        place += old is None
        if old != replace(label, shortcut=shortcut, position=position):
            write_label(tx, label, position=position, shortcut=shortcut)


def _register(tx: Transaction, name: str, ids: Iterable[int]) -> None:
    import pyarrow as pa

    table: pa.Table = pa.table({"id": pa.array(sorted(ids), pa.int64())})
    tx.cursor.register(name, table)
