"""Bringing another workspace's rows into this store: its ids become ours, what is here already is left."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.data.records import ANNOTATION_COLUMNS, LABEL_COLUMNS, Label, label_to_row
from engine.errors import BadInput
from engine.labeling.log import label_from_json
from engine.labeling.merging import label_keys
from engine.labeling.merging.snapshot import ITEM_COLUMNS, Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.workspace import Transaction, Workspace

NO_FILE = "the image file has not come along"
_PREFIX = re.compile(r'\{"id": (\d+), "item_id": (\d+), "label_id": (\d+)')


@dataclass
class Brought:
    """What came: numbers for the report, and what has to be looked at again.

    Attributes:
        shapes: annotations whose edits, or whose other ids, are new.
        left_out: edits of items that both sides have removed: they are kept in the log only.
        back: items that were removed here and are there again.
    """

    items: int = 0
    labels: int = 0
    edits: int = 0
    annotations: int = 0
    left_out: int = 0
    item_map: dict[int, int] = field(default_factory=dict)
    label_map: dict[int, int] = field(default_factory=dict)
    shapes: set[int] = field(default_factory=set)
    reviews: set[int] = field(default_factory=set)
    comments: set[int] = field(default_factory=set)
    back: set[int] = field(default_factory=set)


def bring(ws: Workspace, tx: Transaction, other: Snapshot, missing: set[str]) -> Brought:
    """Add the other side's rows; `missing` are digests of media that did not come along."""
    brought = Brought()
    for name, table in other.tables.items():
        tx.cursor.register(f"their_{name}", table)
    try:
        _check_numbers(tx, other)
        if other.partial:
            _check_beginning(tx, other)
        _items(ws, tx, brought, missing)
        _labels(tx, other, brought)
        _register(tx, "item_of", brought.item_map)
        _register(tx, "label_of", brought.label_map)
        edits = _new_edits(tx)
        fresh = _new_annotations(tx)
        tx.cursor.register("fresh_annotation", fresh)
        _transactions(ws, tx, edits)
        _write_edits(tx, edits, brought)
        _work_on_returned_items(tx, brought)
        brought.annotations = _write_annotations(tx, fresh)
        _aliases(tx, brought, fresh, edits)
    finally:
        for name in (*(f"their_{table}" for table in other.tables), "item_of", "label_of", "tx_of", "fresh_annotation"):
            tx.cursor.unregister(name)
    return brought


def _check_numbers(tx: Transaction, other: Snapshot) -> None:
    """Edits of one id must be the same edit.

    Raises:
        BadInput: two machines gave the same ids, as after cloning a disk.
    """
    rows = tx.execute(
        "SELECT o.id FROM their_edit o JOIN edit e ON e.id = o.id JOIN their_tx ot ON ot.id = o.tx JOIN tx t ON t.id = e.tx"
        " WHERE o.op <> e.op OR o.annotation_id IS DISTINCT FROM e.annotation_id OR ot.created <> t.created"
        " UNION ALL SELECT o.id FROM their_annotation o JOIN annotation a ON a.id = o.id WHERE a.edit IS NULL AND"
        " (o.kind <> a.kind OR (o.x, o.y, o.w, o.h) IS DISTINCT FROM (a.x, a.y, a.w, a.h)) LIMIT 1"
    ).fetchall()
    if rows:
        raise BadInput(
            f"“{other.name}” and this workspace gave the same number ({rows[0][0]}) to different things, as copies of a whole disk"
            " do; delete writer.json in one of the two folders before more is labelled there. Nothing was merged."
        )


def _check_beginning(tx: Transaction, other: Snapshot) -> None:
    """A bundle of the latest work fits only where the work before it is known.

    Raises:
        BadInput: edits that it goes on from are not here.
    """
    rows = tx.execute(
        "SELECT count(*) FROM (SELECT parent AS id FROM their_edit UNION SELECT unnest(merges) FROM their_edit) p"
        " WHERE p.id IS NOT NULL AND p.id NOT IN (SELECT id FROM edit UNION ALL SELECT id FROM their_edit)"
    ).fetchall()
    if rows[0][0]:
        raise BadInput(
            f"The bundle of “{other.name}” goes on from {rows[0][0]:,} edits that are not here; ask for one that begins"
            " earlier, or for a whole one (without --since). Nothing was merged."
        )


def _items(ws: Workspace, tx: Transaction, brought: Brought, missing: set[str]) -> None:
    """Items match by their content. A split that only one side gave counts; of two the one further from training."""
    pairs = tx.execute(
        "SELECT o.id, i.id FROM their_item o LEFT JOIN item i ON i.key = o.key AND i.digest = o.digest AND i.page = o.page"
        " ORDER BY o.id"
    ).fetchall()
    brought.item_map = {theirs: ours for theirs, ours in pairs if ours is not None}
    new = [theirs for theirs, ours in pairs if ours is None]
    first = ws.new_ids("item", len(new))
    added = dict(zip(new, range(first, first + len(new)), strict=True))
    _register(tx, "item_of", added)
    names = ITEM_COLUMNS.removesuffix(", link").split(", ")[1:]  # a path of the other machine means nothing here
    tx.execute(
        f"INSERT INTO item (id, {', '.join(names)}, tx) SELECT m.ours, {', '.join(f'o.{name}' for name in names)}, ?"
        " FROM their_item o JOIN item_of m ON m.theirs = o.id ORDER BY m.ours",
        [tx.id],
    )
    tx.execute(
        "UPDATE item SET split = s.split, tx = ? FROM (SELECT i.id, o.split FROM their_item o JOIN item i ON i.key = o.key"
        " AND i.digest = o.digest AND i.page = o.page WHERE coalesce(list_position(['train', 'val', 'test'], o.split), 0)"
        " > coalesce(list_position(['train', 'val', 'test'], i.split), 0)) s WHERE s.id = item.id",
        [tx.id],
    )
    absent = sorted(missing)
    tx.execute(
        "UPDATE item SET problem = ? WHERE id IN (SELECT unnest(?::BIGINT[])) AND digest IN (SELECT unnest(?::VARCHAR[]))",
        [NO_FILE, sorted(added.values()), absent],
    )
    tx.execute(
        "UPDATE item SET problem = NULL WHERE problem = ? AND digest IN (SELECT digest FROM their_item)"
        " AND digest NOT IN (SELECT unnest(?::VARCHAR[]))",
        [NO_FILE, absent],
    )
    brought.items = len(added)
    brought.item_map |= added
    brought.item_map |= _items_removed_there(ws, tx, brought)
    brought.back = {*added.values(), *_renumbered_items(tx, brought)}


def _items_removed_there(ws: Workspace, tx: Transaction, brought: Brought) -> dict[int, int]:
    """The numbers that items have, or had, here which the other side has removed: known from the work that both have.

    What is known from nothing gets a number of its own: its edits are kept, should a third one still have the item.
    """
    rows = tx.execute(
        "SELECT o.item_id, min(coalesce(e.item_id, a.item_id, s.item_id)), count(*) FILTER (e.id IS NULL) FROM their_edit o"
        " LEFT JOIN edit e ON e.id = o.id LEFT JOIN annotation a ON a.id = o.annotation_id LEFT JOIN (SELECT annotation_id,"
        " min(item_id) AS item_id FROM edit WHERE annotation_id IS NOT NULL GROUP BY 1) s ON s.annotation_id = o.annotation_id"
        " WHERE o.item_id IS NOT NULL AND o.item_id NOT IN (SELECT id FROM their_item) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    there = {item for (item,) in tx.execute("SELECT id FROM item").fetchall()}
    found = {theirs: ours if ours is not None else ws.new_ids("item", 1) for theirs, ours, _ in rows}
    brought.left_out = sum(fresh for theirs, _, fresh in rows if found[theirs] not in there)
    return found


def _renumbered_items(tx: Transaction, brought: Brought) -> set[int]:
    """What was removed here and is there again has another number now: its earlier edits go on under that one."""
    _register(tx, "item_of", brought.item_map)
    renamed = tx.execute(
        "SELECT DISTINCT e.item_id, m.ours FROM their_edit o JOIN edit e ON e.id = o.id JOIN item_of m ON m.theirs = o.item_id"
        " WHERE e.item_id <> m.ours AND e.item_id NOT IN (SELECT id FROM item)"
    ).fetchall()
    for old, now in renamed:
        rows = tx.execute(
            "SELECT id, op, before, after FROM edit WHERE item_id = ? AND op <> 'import'", [old]
        ).fetchall()
        for edit, op, *texts in rows:
            told = [_slowly(text, op, {old: now}, {}) if text else None for text in texts]
            tx.execute("UPDATE edit SET item_id = ?, before = ?, after = ? WHERE id = ?", [now, *told, edit])
        for table in ("review", "comment"):  # derived anew from their edits
            tx.execute(f"DELETE FROM {table} WHERE item_id = ?", [old])
    return {now for _, now in renamed}


def _work_on_returned_items(tx: Transaction, brought: Brought) -> None:
    """What was done on an item before it was removed here counts again."""
    rows = tx.execute(
        "SELECT op, annotation_id, item_id, coalesce(after, before) FROM edit WHERE item_id IN (SELECT unnest(?::BIGINT[]))",
        [sorted(brought.back)],
    ).fetchall()
    for row in rows:
        _touch(brought, *row)


def _labels(tx: Transaction, other: Snapshot, brought: Brought) -> None:
    """Labels match by their key; a new one that has no edits goes in as it is, the others follow from their edits."""
    ours = {entry["key"]: entry["id"] for entry in label_keys.described(tx.cursor)}
    edited = _edited_labels(other)
    ((top, place),) = tx.execute(
        "SELECT greatest((SELECT max(id) FROM label), (SELECT max(label_id) FROM annotation), (SELECT max(label_id) FROM"
        " label_key), (SELECT max((coalesce(after, before)::JSON ->> 'id')::INTEGER) FROM edit WHERE op = 'label')),"
        " (SELECT max(position) FROM label)"
    ).fetchall()
    fresh: list[Label] = []
    for entry in other.labels:
        if entry["key"] not in ours:
            top = (top or 0) + 1
            ours[entry["key"]] = top
            if entry["id"] not in edited:
                fresh.append(label_from_json(entry["record"]))
        brought.label_map[entry["id"]] = ours[entry["key"]]
    free = set("123456789") - {key for (key,) in tx.execute("SELECT shortcut FROM label").fetchall()}
    for number, label in enumerate(fresh, (place if place is not None else -1) + 1):
        shortcut = label.shortcut if label.shortcut in free else ""
        free.discard(shortcut)
        write_label(tx, renumbered(label, brought.label_map), position=number, shortcut=shortcut)
    tx.execute(
        "INSERT INTO label_key SELECT * FROM (SELECT unnest(?::INTEGER[]) AS id, unnest(?::VARCHAR[]) AS key)"
        " WHERE id NOT IN (SELECT label_id FROM label_key)",
        [list(ours.values()), list(ours)],
    )
    brought.labels = len(fresh)


def _edited_labels(other: Snapshot) -> set[int]:
    import pyarrow.compute as pc

    edits = other.tables["edit"]
    rows = edits.filter(pc.equal(edits["op"], "label")).select(["before", "after"]).to_pylist()
    return {label_from_json(row["after"] or row["before"]).id for row in rows}


def renumbered(label: Label, ids: Mapping[int, int]) -> Label:
    """A label with the ids of this workspace."""
    from dataclasses import replace

    return replace(label, id=ids[label.id], parent=ids.get(label.parent) if label.parent is not None else None)


def write_label(tx: Transaction, label: Label, *, position: int, shortcut: str) -> None:
    """Replace a label's row; its place and key are this workspace's own."""
    from dataclasses import replace

    row = [*label_to_row(replace(label, position=position, shortcut=shortcut)), tx.id]
    tx.execute("DELETE FROM label WHERE id = ?", [label.id])
    tx.execute(f"INSERT INTO label ({LABEL_COLUMNS}, tx) VALUES ({', '.join('?' * len(row))})", row)


def _new_edits(tx: Transaction) -> pa.Table:
    """Edits that are not here yet, with the item's id of here."""
    return tx.cursor.sql(
        "SELECT o.id, o.tx, o.parent, o.merges, o.annotation_id, o.op, o.before, o.after, o.item_id AS their_item,"
        " m.ours AS item_id, s.annotation_id IS NOT NULL OR a.id IS NOT NULL AS known"
        " FROM their_edit o ANTI JOIN edit e ON e.id = o.id LEFT JOIN item_of m ON m.theirs = o.item_id"
        " LEFT JOIN (SELECT DISTINCT annotation_id FROM edit) s ON s.annotation_id = o.annotation_id"
        " LEFT JOIN annotation a ON a.id = o.annotation_id ORDER BY o.id"
    ).to_arrow_table()


def _new_annotations(tx: Transaction) -> pa.Table:
    """Annotations as imported or predicted that are not here yet, under this id or another."""
    return tx.cursor.sql(
        "SELECT o.id, m.ours AS item_id, o.tx FROM their_annotation o JOIN item_of m ON m.theirs = o.item_id"
        " ANTI JOIN annotation a ON a.id = o.id"
        " ANTI JOIN (SELECT id FROM alias UNION ALL SELECT annotation_id FROM alias) s ON s.id = o.id"
        " ANTI JOIN (SELECT annotation_id FROM edit WHERE annotation_id IS NOT NULL) e ON e.annotation_id = o.id"
    ).to_arrow_table()


def _transactions(ws: Workspace, tx: Transaction, edits: pa.Table) -> None:
    """Who did it and when comes along, under transaction numbers of this workspace."""
    tx.cursor.register("new_edit", edits.select(["id", "tx"]))
    try:
        wanted = [
            row[0]
            for row in tx.execute(
                "SELECT id FROM their_tx WHERE id IN (SELECT tx FROM new_edit UNION ALL SELECT tx FROM fresh_annotation)"
                " ORDER BY created, id"
            ).fetchall()
        ]
        first = ws.new_ids("tx", len(wanted))
        _register(tx, "tx_of", {ident: first + place for place, ident in enumerate(wanted)})
        tx.execute(
            "INSERT INTO tx (id, action, author, created, undoes, merged) SELECT m.ours, o.action, o.author, o.created,"
            " coalesce(u.ours, k.tx), ? FROM their_tx o JOIN tx_of m ON m.theirs = o.id LEFT JOIN tx_of u ON u.theirs ="
            " o.undoes LEFT JOIN (SELECT o.tx AS theirs, min(e.tx) AS tx FROM their_edit o JOIN edit e ON e.id = o.id"
            " GROUP BY o.tx) k ON k.theirs = o.undoes ORDER BY m.ours",
            [tx.id],
        )
    finally:
        tx.cursor.unregister("new_edit")


def _write_edits(tx: Transaction, edits: pa.Table, brought: Brought) -> None:
    import pyarrow as pa

    if not len(edits):
        return
    ops = edits["op"].to_pylist()
    translate = _translation(brought, edits)
    columns = {name: edits[name] for name in ("id", "parent", "merges", "item_id", "annotation_id", "op")}
    for name in ("before", "after"):
        texts = edits[name].to_pylist() if translate else []
        columns[name] = (
            pa.array([translate(op, text) for op, text in zip(ops, texts, strict=True)], pa.string())
            if translate
            else edits[name]
        )
    tx.cursor.register("new_edit", pa.table({**columns, "their_tx": edits["tx"]}))
    names = ", ".join(columns)
    tx.execute(
        f"INSERT INTO edit ({names}, tx) SELECT {names}, m.ours FROM new_edit n JOIN tx_of m ON m.theirs = n.their_tx ORDER BY id"
    )
    tx.cursor.unregister("new_edit")
    brought.edits = len(edits)
    about = ("op", "annotation_id", "item_id", "after", "before")
    for op, shape, item, after, before in zip(*(columns[name].to_pylist() for name in about), strict=True):
        _touch(brought, op, shape, item, after or before)


def _touch(brought: Brought, op: str, shape: int | None, item: int, text: str) -> None:
    if shape is not None:
        brought.shapes.add(shape)
    elif op == "review":
        brought.reviews.add(item)
    elif op == "comment":
        brought.comments.add(int(json.loads(text)["id"]))


def _translation(brought: Brought, edits: pa.Table) -> Callable[[str, str | None], str | None] | None:
    """How the texts of edits change: only ids of items and labels do; None when these are the same on both sides."""
    items = dict(zip(edits["their_item"].to_pylist(), edits["item_id"].to_pylist(), strict=True))
    items |= brought.item_map
    labels = brought.label_map
    if all(a == b for a, b in items.items()) and all(a == b for a, b in labels.items()):
        return None

    def renamed(op: str, text: str | None) -> str | None:
        if text is None or op == "import":
            return text
        found = _PREFIX.match(text) if op in ("add", "change", "remove") else None
        if found is None:
            return _slowly(text, op, items, labels)
        item, label = int(found[2]), int(found[3])
        return (
            f'{{"id": {found[1]}, "item_id": {items.get(item, item)}, "label_id": {labels.get(label, label)}'
            + text[found.end() :]
        )

    return renamed


def _slowly(text: str, op: str, items: Mapping[Any, Any], labels: Mapping[int, int]) -> str:
    values = json.loads(text)
    if op == "label":
        values["id"] = labels[values["id"]]
        values["parent"] = labels.get(values.get("parent"))
    else:
        values["item_id"] = items.get(values["item_id"], values["item_id"])
        if "label_id" in values:
            values["label_id"] = labels.get(values["label_id"], values["label_id"])
    return json.dumps(values, ensure_ascii=False)


def _write_annotations(tx: Transaction, fresh: pa.Table) -> int:
    names = [name for name in ANNOTATION_COLUMNS.split(", ") if name not in ("item_id", "label_id")]
    tx.execute(
        f"INSERT INTO annotation (item_id, label_id, {', '.join(names)}, tx) SELECT f.item_id, coalesce(l.ours, o.label_id),"
        f" {', '.join(f'o.{name}' for name in names)}, t.ours FROM their_annotation o JOIN fresh_annotation f ON f.id = o.id"
        " JOIN tx_of t ON t.theirs = o.tx LEFT JOIN label_of l ON l.theirs = o.label_id ORDER BY f.item_id, o.id"
    )
    return len(fresh)


def _aliases(tx: Transaction, brought: Brought, fresh: pa.Table, edits: pa.Table) -> None:
    """The same import on two machines made each annotation twice: they become one, under the smallest of its ids.

    The n-th of several equal ones of one writer is the n-th of the other's; so what an import really held twice stays twice.
    """
    items = _items_with_new_imports(fresh, edits)
    known: dict[int, int] = dict(tx.execute("SELECT id, annotation_id FROM alias").fetchall())
    theirs: dict[int, int] = dict(tx.execute("SELECT id, annotation_id FROM their_alias").fetchall())
    groups = _groups([*known.items(), *theirs.items()])
    if theirs.items() - known.items():
        named = list(groups)
        items |= {i for (i,) in tx.execute(_ITEMS_OF, [named, named]).fetchall() if i is not None}
    if not items:
        return
    found = _equal_imports(tx, items, groups)
    changed = {name for ident, name in found.items() if known.get(ident, ident) != name}
    if not changed:
        return
    others = {ident: name for ident, name in known.items() if ident not in found}
    now = others | {ident: name for ident, name in found.items() if ident != name}
    brought.annotations -= sum(ident in now for ident in fresh["id"].to_pylist())
    brought.shapes |= changed
    tx.execute("DELETE FROM alias")
    _register(tx, "alias_of", now)
    tx.execute("INSERT INTO alias SELECT theirs, ours FROM alias_of ORDER BY theirs")
    tx.cursor.unregister("alias_of")


_ITEMS_OF = (
    "SELECT DISTINCT item_id FROM edit WHERE annotation_id IN (SELECT unnest(?::BIGINT[]))"
    " UNION SELECT DISTINCT item_id FROM annotation WHERE id IN (SELECT unnest(?::BIGINT[]))"
)
_CONTENT = "id, hash(item_id, label_id, kind, x, y, w, h, points, rle, attributes, score, origin) AS content"


def _items_with_new_imports(fresh: pa.Table, edits: pa.Table) -> set[int]:
    """Items that got imported annotations now, as they were imported or edited since."""
    import pyarrow as pa
    import pyarrow.compute as pc

    changes = pc.is_in(edits["op"], pa.array(["change", "remove"]))
    first = edits.filter(pc.and_(pc.and_(pc.is_null(edits["parent"]), changes), pc.invert(edits["known"])))
    return set(fresh["item_id"].to_pylist()) | set(first["item_id"].to_pylist())


def _groups(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Ids that are said to be the same, each with the smallest of them."""
    names: dict[int, int] = {}

    def root(ident: int) -> int:
        while (name := names.setdefault(ident, ident)) != ident:
            names[ident] = names.setdefault(name, name)
            ident = name
        return ident

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        names[high] = low
    return {ident: root(ident) for ident in list(names)}


def _equal_imports(tx: Transaction, items: set[int], groups: Mapping[int, int]) -> dict[int, int]:
    """Every imported annotation of the items, with the smallest id among those that are equal to it."""
    _register(tx, "looked_at", dict.fromkeys(items, 0))
    _register(tx, "alias_of", groups)
    tx.cursor.register("first_state", _first_states(tx))
    try:
        return dict(
            tx.execute(
                f"""
                WITH base AS (
                    SELECT {_CONTENT} FROM annotation WHERE edit IS NULL AND item_id IN (SELECT theirs FROM looked_at)
                    UNION SELECT {_CONTENT} FROM first_state
                ), shared AS (
                    SELECT m.ours AS name, min(base.content) AS content FROM alias_of m JOIN base ON base.id = m.theirs GROUP BY 1
                ), member AS (
                    SELECT id, content FROM base
                    UNION SELECT m.theirs, shared.content FROM alias_of m JOIN shared ON shared.name = m.ours
                ), numbered AS (
                    SELECT id, content, row_number() OVER (PARTITION BY content, id >> 40 ORDER BY id) AS n FROM member
                )
                SELECT id, min(id) OVER (PARTITION BY content, n) FROM numbered
                """
            ).fetchall()
        )
    finally:
        for name in ("first_state", "alias_of", "looked_at"):
            tx.cursor.unregister(name)


def _first_states(tx: Transaction) -> pa.Table:
    """Imported annotations that were edited since, as they were imported."""
    from engine.data.records import annotation_from_json, annotation_table

    rows = tx.execute(
        "SELECT DISTINCT before FROM edit WHERE parent IS NULL AND op IN ('change', 'remove') AND before IS NOT NULL"
        " AND item_id IN (SELECT theirs FROM looked_at)"
    ).fetchall()
    return annotation_table((annotation_from_json(text) for (text,) in rows), 0)


def _register(tx: Transaction, name: str, pairs: Mapping[int, Any]) -> None:
    import pyarrow as pa

    table = pa.table({"theirs": pa.array(pairs.keys(), pa.int64()), "ours": pa.array(pairs.values(), pa.int64())})
    tx.cursor.register(name, table)
