"""Suggestions of models in the store: made beside what people have said, taken over or refused by a score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.records import ANNOTATION_COLUMNS, Annotation, annotation_from_json, annotation_from_row
from engine.errors import UsageError
from engine.labeling import geometry, log
from engine.labeling.edits import Change, Remove, apply
from engine.labeling.log import Step

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

SEEN = 0.5  # from which on a model calls a point visible
SAME = 0.5  # IoU from which a prediction is what a person has said already
# label, score, box xyxy in px (empty: the whole item), what it carries beside it (`engine.evaluation.rows.carried`)
Found = list[tuple[str, float, list[float], Mapping[str, Any]]]


def accept_above(ws: Workspace, score: float, item_ids: Sequence[int] | None = None, author: str = "") -> Changes:
    """Take over all suggestions from a score on, as they are. Whoever asks for it is their author from then on."""
    return _decide(ws, "score >= ?", score, item_ids, author, lambda ident: Change(ident), "Accept prediction")


def refuse_below(ws: Workspace, score: float, item_ids: Sequence[int] | None = None, author: str = "") -> Changes:
    """Remove all suggestions below a score."""
    return _decide(ws, "score < ?", score, item_ids, author, lambda ident: Remove(ident), "Refuse prediction")


def fates(ws: Workspace) -> dict[str, dict[str, int]]:
    """What became of each model's suggestions: {"pcb v4": {"waiting": 3, "accepted": 41, "corrected": 6, "refused": 2}}."""
    found: dict[str, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("waiting", "accepted", "corrected", "refused"), 0)
    )
    for author, count in ws.query("SELECT author, count(*) FROM annotation WHERE origin = 'model' GROUP BY author"):
        found[author]["waiting"] = count
    taken_back = _taken_back(ws.query)
    rows = ws.query(
        "SELECT e.before, e.after, t.author, e.tx FROM edit e JOIN tx t ON t.id = e.tx WHERE e.op IN ('change', 'remove')"
        ' AND t.undoes IS NULL AND contains(e.before, \'"origin": "model"\')'
    )
    for before, after, by, at in rows:
        if at in taken_back:
            continue
        was, now = annotation_from_json(before), annotation_from_json(after) if after else None
        if was.origin != "model" or (now is None and by == was.author):  # replaced by the model's own newer answer
            continue
        same = now is not None and (now.label_id, now.x, now.y, now.w, now.h, now.points, now.rle) == (
            was.label_id, was.x, was.y, was.w, was.h, was.points, was.rle)  # fmt: skip
        found[was.author]["refused" if now is None else "accepted" if same else "corrected"] += 1
    return dict(found)


def predicted_as(ws: Workspace, annotation_id: int) -> Annotation | None:
    """What a model had suggested before a person made this annotation of it; None when no model did."""
    rows = ws.query(
        "SELECT before FROM edit WHERE annotation_id = ? AND op = 'change' AND contains(before, '\"origin\": \"model\"')"
        " ORDER BY id DESC LIMIT 1",
        [annotation_id],
    )
    found = annotation_from_json(rows[0][0]) if rows else None
    return found if found is not None and found.origin == "model" else None


def make(ws: Workspace, tx: Transaction, found: Mapping[int, Found], wanted: Mapping[str, Any]) -> list[Annotation]:
    """Annotations of what was found, without what a person has said or refused, and without labels that are gone."""
    items = [item for item, entries in found.items() if entries]
    settled = _settled(tx, items)
    made = []
    for item in items:
        for label, score, box, more in found[item]:
            label_id = wanted["labels"].get(label)
            if label_id is None:
                continue
            one = annotation(item, label_id, score, box, more, wanted["author"])
            several = wanted.get("several", False)
            if not any(_same(one, other, several) for other in settled.get(item, ())):
                made.append(one)
    first = ws.new_ids("annotation", len(made)) if made else 0
    return [one.with_(id=first + number) for number, one in enumerate(made)]


def take_old(tx: Transaction, items: Iterable[int], name: str) -> list[tuple[Annotation, int | None]]:
    """Take the suggestions of all versions of a model off some items. Whatever a person has taken over stays."""
    return list(log.take(tx, [one.id for one in _waiting(tx, items, name)], None).values())


def says_the_same(tx: Transaction, item: int, name: str, made: Sequence[Annotation]) -> bool:
    """Whether new suggestions of a model are those that an item has of it already."""
    there = [one.with_(id=0) for one in _waiting(tx, [item], name)]
    new = [one.with_(id=0) for one in made]
    return len(there) == len(new) and all(one in there for one in new)


def _waiting(tx: Transaction, items: Iterable[int], name: str) -> list[Annotation]:
    """The suggestions of all versions of a model on some items."""
    rows = tx.execute(
        f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE origin = 'model' AND item_id IN (SELECT unnest(?::BIGINT[]))"
        " AND starts_with(author, ?) AND regexp_full_match(substr(author, length(?) + 1), '[0-9]+')",
        [list(items), f"{name} v", f"{name} v"],
    ).fetchall()
    return [annotation_from_row(row) for row in rows]


def _decide(
    ws: Workspace, condition: str, score: float, item_ids: Sequence[int] | None, author: str, made: Any, action: str
) -> Changes:
    if not 0 <= score <= 1:
        raise UsageError(f"The score {score} is not between 0 and 1.")
    where, values = f"origin = 'model' AND {condition}", [score]  # type: str, list[Any]
    if item_ids is not None:
        where, values = f"{where} AND item_id IN (SELECT unnest(?::BIGINT[]))", [*values, list(item_ids)]
    if author:
        where, values = f"{where} AND author = ?", [*values, author]
    rows = ws.query(f"SELECT id, item_id FROM annotation WHERE {where} ORDER BY item_id, id", values)
    if not rows:
        return Changes()
    items = {item for _, item in rows}
    if len(items) == 1:
        return apply(ws, rows[0][1], [made(ident) for ident, _ in rows], action)
    with ws.transaction(action) as tx:
        taken = log.take(tx, [ident for ident, _ in rows], None)
        keep = isinstance(made(0), Change)
        steps = [
            Step(before, before.with_(origin="person", author=tx.author) if keep else None, parent)
            for before, parent in taken.values()
        ]
        return log.put(ws, tx, steps)


# What an annotation of the box becomes by what the object carries beside it
SHAPED: dict[str, Callable[[Annotation, Any], Annotation]] = {
    "mask": lambda made, mask: made.with_(kind="mask", rle=mask),
    "rotated": lambda made, box: geometry.with_rings(made.with_(kind="rotated_box"), [geometry.rotated_corners(*box)]),
    "points": lambda made, flat: made.with_(kind="keypoints", points=(_said(flat),)),
}


def _said(flat: Sequence[float]) -> tuple[float, ...]:
    """Points x, y and how visible, as a person would say it: 2 visible, 1 hidden."""
    return tuple(value if place % 3 < 2 else 2.0 if value >= SEEN else 1.0 for place, value in enumerate(flat))


def annotation(
    item: int, label_id: int, score: float, box: Sequence[float], more: Mapping[str, Any], author: str
) -> Annotation:
    """A model's answer as an annotation: of the whole item without a box, else of the box or what it carries beside it."""
    made = Annotation(0, item, label_id, "class", score=score, origin="model", author=author)
    if not box:
        return made
    x, y, right, bottom = box
    made = made.with_(kind="box", x=x, y=y, w=right - x, h=bottom - y)
    for name, value in more.items():
        made = SHAPED[name](made, value)
    return made


def _settled(tx: Transaction, items: Sequence[int]) -> dict[int, list[Annotation]]:
    """What people have said of items, and the suggestions that they have refused, corrected or taken over."""
    found: dict[int, list[Annotation]] = defaultdict(list)
    if not items:
        return found
    for row in tx.execute(
        f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE origin <> 'model' AND item_id IN (SELECT unnest(?::BIGINT[]))",
        [list(items)],
    ).fetchall():
        found[row[1]].append(annotation_from_row(row))
    decided = tx.execute(
        "SELECT e.before, e.tx FROM edit e JOIN tx t ON t.id = e.tx WHERE e.op IN ('change', 'remove') AND e.item_id IN"
        " (SELECT unnest(?::BIGINT[])) AND t.undoes IS NULL AND t.action <> 'Predict'"
        ' AND contains(e.before, \'"origin": "model"\')',
        [list(items)],
    ).fetchall()
    taken_back = _taken_back(lambda sql: tx.execute(sql).fetchall()) if decided else frozenset()
    for before, at in decided:
        one = annotation_from_json(before)
        if one.origin == "model" and at not in taken_back:
            found[one.item_id].append(one)
    return found


def _taken_back(query: Callable[[str], Sequence[Any]]) -> frozenset[int]:
    """The transactions that do not count any more: undone, and the undoing not undone (redone) itself."""
    gone: set[int] = set()
    for ident, undoes in query("SELECT id, undoes FROM tx WHERE undoes IS NOT NULL ORDER BY id DESC"):
        if ident not in gone:
            gone.add(undoes)
    return frozenset(gone)


def _same(one: Annotation, other: Annotation, several: bool) -> bool:
    """Whether `other` settles what `one` says; of an image that may have `several` labels each is settled by itself."""
    if one.kind == "class":
        decides = other.origin != "model" and not several
        return other.kind == "class" and (decides or other.label_id == one.label_id)
    if one.label_id != other.label_id or other.x is None or one.x is None:
        return False
    return geometry.iou(box_of(one), box_of(other)) >= SAME


def box_of(one: Annotation) -> geometry.Box:
    """The bounds of a shape, (x, y, w, h)."""
    return one.x or 0.0, one.y or 0.0, one.w or 0.0, one.h or 0.0
