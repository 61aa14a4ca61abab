"""People who label in workspaces of their own, and what can be compared afterwards."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa

from engine.data.imports import item_key, remove_items
from engine.data.records import ANNOTATION_COLUMNS, Annotation, Comment, Review, annotation_from_row
from engine.errors import LinesideError
from engine.labeling import edits, log, schema
from engine.labeling.conflicts import settle_all
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.log import Step
from engine.labeling.merging import label_keys
from engine.labeling.timeline import restore, timeline
from engine.workspace import Workspace

ITEMS = 3


def new(path: Path, items: int = ITEMS, labels: tuple[str, ...] = ("scratch", "dent")) -> Workspace:
    """A workspace with some items (the same everywhere) and labels."""
    ws = Workspace.create(path)
    if items:
        add_items(ws, range(items))
    for name in labels:
        schema.add_label(ws, name)
    return ws


def add_items(ws: Workspace, numbers: Any) -> None:
    """Items by number; the same number is the same picture."""
    rows = []
    for number in numbers:
        digest = f"{number:064x}"
        rows.append(
            {"id": ws.new_ids("item", 1), "key": item_key(digest), "digest": digest, "name": f"{number}.png", "page": 0,
             "width": 100, "height": 100}
        )  # fmt: skip
    with ws.transaction("Import images") as tx:
        tx.insert("item", pa.Table.from_pylist([row | {"tx": tx.id} for row in rows]))


def import_boxes(ws: Workspace, boxes: list[tuple[str, float]], label: int = 1) -> None:
    """Boxes as an import brings them, without edits: (item, x) each. What the item has or had is not brought again."""
    items = dict(ws.query("SELECT name, id FROM item"))
    states = [json.loads(t) for (t,) in ws.query("SELECT before FROM edit WHERE op IN ('change', 'remove')")]
    had = {(s["item_id"], s["x"], s["label_id"]) for s in states} | {(s.item_id, s.x, s.label_id) for s in shapes(ws)}
    boxes = [(name, x) for name, x in boxes if (items[name], x, label) not in had]
    if not boxes:
        return
    first = ws.new_ids("annotation", len(boxes))
    with ws.transaction("Import boxes") as tx:
        tx.insert(
            "annotation",
            pa.Table.from_pylist(
                [
                    {"id": first + n, "item_id": items[name], "label_id": label, "kind": "box", "x": x, "y": 1.0, "w": 5.0,
                     "h": 6.0, "origin": "import", "author": tx.author, "tx": tx.id}
                    for n, (name, x) in enumerate(boxes)
                ]
            ),
        )  # fmt: skip


def copy(ws: Workspace, name: str) -> Workspace:
    """Copy the folder as a person would, and open the copy; `ws` stays open."""
    ws.cursor().execute("CHECKPOINT")
    target = ws.path.with_name(name)
    shutil.copytree(ws.path, target, ignore=shutil.ignore_patterns("backups"))
    return Workspace.open(target)


def box(item: int, x: float = 1.0, label: int = 1, **values: Any) -> Annotation:
    return Annotation(0, item, label, "box", x, 2.0, 3.0, 4.0, **values)


def shapes(ws: Workspace) -> list[Annotation]:
    rows = ws.query(f"SELECT {ANNOTATION_COLUMNS} FROM annotation ORDER BY id")
    return [annotation_from_row(row) for row in rows]


def work(ws: Workspace, choose: random.Random, steps: int, *, removing: bool = True) -> None:
    """Label at random; `removing`: with images that are removed and imported again."""
    for _ in range(steps):
        with contextlib.suppress(LinesideError):  # what cannot be done now is not done
            _one(ws, choose, removing)


def _one(ws: Workspace, choose: random.Random, removing: bool) -> None:
    items = [item for (item,) in ws.query("SELECT id FROM item ORDER BY id")]
    names = {name for (name,) in ws.query("SELECT name FROM item")}
    labels = [label.id for label in schema.labels(ws)] or [1]
    there = shapes(ws)
    kind = choose.randrange(19)
    if kind < 3 or (kind < 8 and not there):
        item = choose.choice(items)
        edits.apply(ws, item, [Add(box(item, choose.randrange(50), choose.choice(labels)))], "Draw box")
    elif kind < 6:
        shape = choose.choice(there)
        values: dict[str, Any] = choose.choice(
            [{"x": float(choose.randrange(3))}, {"label_id": choose.choice(labels)}, {"attributes": {"deep": choose.randrange(2)}},
             {"flags": choose.choice([(), ("occluded",), ("hidden", "occluded")])}, {"z": choose.randrange(3)}]
        )  # fmt: skip
        edits.apply(ws, shape.item_id, [Change(shape.id, values)], "Change")
    elif kind == 6:
        shape = choose.choice(there)
        edits.apply(ws, shape.item_id, [Remove(shape.id)], "Delete")
    elif kind == 7:
        item = choose.choice(there).item_id
        edits.apply(ws, item, [Change(s.id, {"y": 9.0}) for s in there if s.item_id == item], "Move")
    elif kind == 8:
        edits.undo(ws)
    elif kind == 9:
        edits.redo(ws)
    elif kind == 10:
        schema.add_label(ws, choose.choice(["stain", "hole"]))
    elif kind == 11:
        schema.rename_label(ws, choose.choice(labels), choose.choice(["crack", "bump", "hole"]))
    elif kind == 12:
        schema.remove_label(ws, choose.choice(labels), move_to=None)
    elif kind == 13:
        boxes = [(f"{choose.randrange(ITEMS)}.png", float(choose.randrange(2)))]
        import_boxes(ws, [(name, x) for name, x in boxes if name in names], choose.choice(labels))
    elif kind == 14 and removing and len(items) > 1:
        remove_items(ws, [choose.choice(items)])
    elif kind == 15 and len(names) < ITEMS:
        add_items(ws, [number for number in range(ITEMS) if f"{number}.png" not in names][:1])
    elif kind == 16:
        settle_all(ws, choose.choice(["mine", "theirs"]))
    elif kind == 17:
        story = timeline(ws, choose.choice(items))
        restore(ws, story.item_id, story.at(choose.randrange(len(story.entries))))
    elif kind == 18:
        _say(ws, choose.choice(items), choose.choice(["accepted", "rejected"]))


def _say(ws: Workspace, item: int, state: str) -> None:
    comment = Comment(ws.new_ids("comment", 1), item, state, 1.0, 2.0, author=ws.author)
    with ws.transaction("Review") as tx:
        rows = tx.execute("SELECT item_id, state, assignee, author FROM review WHERE item_id = ?", [item]).fetchall()
        before = Review(*rows[0]) if rows else None
        log.put(ws, tx, [Step(before, Review(item, state, "", ws.author, str(tx.at))), Step(None, comment)])


def knowledge(ws: Workspace) -> dict[str, Any]:
    """Everything of a workspace that must be the same everywhere after the same merges, in words of no machine."""
    key = {entry["id"]: entry["key"] for entry in label_keys.described(ws.cursor())}
    items = dict(ws.query("SELECT id, key FROM item"))
    aliases = dict(ws.query("SELECT id, annotation_id FROM alias"))
    return {
        "items": sorted(items.values()),
        "labels": {key[label.id]: (label.name, key.get(label.parent or 0)) for label in schema.labels(ws)},
        "shapes": {
            s.id: (items[s.item_id], key[s.label_id], s.with_(item_id=0, label_id=0)) for s in shapes(ws)
        },
        "edits": sorted(i for (i,) in ws.query("SELECT id FROM edit")),
        "aliases": aliases,
        "conflicts": {
            subject: (sorted(heads), open_)
            for subject, heads, open_ in ws.query("SELECT subject, heads, open FROM conflict WHERE op = 'annotation'")
        },
        "reviews": sorted(ws.query("SELECT i.key, r.state, r.assignee, r.author FROM review r JOIN item i ON i.id = r.item_id")),
        "comments": sorted(ws.query("SELECT c.id, i.key, c.text, c.resolved FROM comment c JOIN item i ON i.id = c.item_id")),
    }  # fmt: skip
