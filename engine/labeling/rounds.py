"""Blind rounds: several people label the same items unseen by each other, perhaps more than once.

What they say is kept in the table `answer`, apart from the annotations: no version, export or statistic sees it, and no
person another's. It becomes annotations only as a consensus (`apply_consensus`).
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.records import Annotation, annotation_from_json, annotation_to_json, read_labels
from engine.errors import BadInput, UsageError
from engine.labeling import log
from engine.labeling.agreement import Agreement, agreement, rating
from engine.labeling.gauge import Gauge, Rating, study
from engine.labeling.log import Step

if TYPE_CHECKING:
    from engine.labeling.consensus import Rule
    from engine.labeling.edits import Edit
    from engine.workspace import Transaction, Workspace


@dataclass(frozen=True)
class Round:
    """Who labels which items how often; `state` open or closed."""

    id: int
    name: str
    items: tuple[int, ...]
    persons: tuple[str, ...]
    trials: int
    state: str
    author: str
    created: str

    def to_json(self) -> dict[str, Any]:
        """For the command line."""
        return {"id": self.id, "name": self.name, "items": len(self.items), "persons": list(self.persons),
                "trials": self.trials, "state": self.state, "created": self.created}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One person's work of one trial: the items in an order of its own, and those that are done."""

    round: Round
    person: str
    trial: int
    items: tuple[int, ...]
    done: frozenset[int]


def create_round(ws: Workspace, name: str, items: Sequence[int], persons: Sequence[str], trials: int = 1) -> Round:
    """Begin a round.

    Raises:
        BadInput: no items or persons, or nothing to compare.
        UsageError: there is a round of that name.
    """
    people = tuple(dict.fromkeys(person.strip() for person in persons if person.strip()))
    name, items = " ".join(name.split()), list(dict.fromkeys(items))
    if not items or not people:
        raise BadInput("A round needs items and persons; choose both.")
    if len(people) * trials < 2:
        raise BadInput("There is nothing to compare: name two persons, or let one label twice.")
    if not name or any(known.name == name for known in rounds(ws)):
        raise UsageError(f"There is a round “{name}” already; choose another name." if name else "Name the round.")
    with ws.transaction("Begin blind round") as tx:
        ((number,),) = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM blind_round").fetchall()
        row = [number, name, items, list(people), trials, "open", tx.author, tx.at, tx.id]
        tx.execute("INSERT INTO blind_round VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return round_of(ws, number)


def rounds(ws: Workspace) -> list[Round]:
    """All rounds, the newest first, without items that are no longer in the workspace."""
    rows = ws.query("SELECT id, name, items, persons, trials, state, author, created FROM blind_round ORDER BY id DESC")
    there = {row[0] for row in ws.query("SELECT id FROM item WHERE id IN (SELECT unnest(items) FROM blind_round)")}
    return [
        Round(r[0], r[1], tuple(i for i in r[2] if i in there), tuple(r[3]), r[4], r[5], r[6], r[7].isoformat())
        for r in rows
    ]


def round_of(ws: Workspace, name: str | int) -> Round:
    """The round with that name or number.

    Raises:
        UsageError: there is none.
    """
    all_rounds = rounds(ws)
    named = [known for known in all_rounds if known.name == name]  # a name may be a number too: it goes first
    found = next(iter([*named, *(known for known in all_rounds if str(known.id) == str(name))]), None)
    if found is None:
        known = ", ".join(f"“{known.name}”" for known in all_rounds) or "there are none yet"
        raise UsageError(f"There is no round “{name}”; known: {known}. Begin one: lineside label round create NAME")
    return found


def close_round(ws: Workspace, round: Round, closed: bool = True) -> Changes:
    """No more answers; what was said stays. `closed` False opens it again."""
    with ws.transaction("Close blind round" if closed else "Open blind round") as tx:
        tx.execute("UPDATE blind_round SET state = ? WHERE id = ?", ["closed" if closed else "open", round.id])
    return _changed(round)


def remove_round(ws: Workspace, round: Round) -> Changes:
    """Remove a round with all its answers."""
    with ws.transaction("Remove blind round") as tx:
        tx.execute("DELETE FROM answer WHERE round_id = ?", [round.id])
        tx.execute("DELETE FROM blind_round WHERE id = ?", [round.id])
    return _changed(round)


def sheet(ws: Workspace, round: Round, person: str, trial: int = 0) -> Sheet:
    """A person's items of a trial (0: the first that is not done), in an order that differs by person and trial."""
    if person not in round.persons:
        raise UsageError(f"{person} does not take part in “{round.name}”; {', '.join(round.persons)} do.")
    rows = ws.query("SELECT trial, item_id FROM answer WHERE round_id = ? AND person = ? AND done", [round.id, person])
    own = set(round.items)
    done = [{item for number, item in rows if number == at and item in own} for at in range(1, round.trials + 1)]
    if not trial:
        trial = next((at for at, items in enumerate(done, 1) if len(items) < len(round.items)), round.trials)
    order = list(round.items)
    random.Random(f"{round.id} {person} {trial}").shuffle(order)
    return Sheet(round, person, trial, tuple(order), frozenset(done[trial - 1]))


def progress(ws: Workspace, round: Round) -> dict[str, tuple[int, ...]]:
    """Person → how many items are done in each trial."""
    rows = ws.query(
        "SELECT person, trial, count(*) FROM answer WHERE round_id = ? AND done AND item_id IN (SELECT unnest(?::BIGINT[]))"
        " GROUP BY ALL",
        [round.id, list(round.items)],
    )
    found = {(person, trial): int(count) for person, trial, count in rows}
    return {who: tuple(found.get((who, at), 0) for at in range(1, round.trials + 1)) for who in round.persons}


def answer(ws: Workspace, sheet: Sheet, item_id: int) -> list[Annotation]:
    """What this person has said of an item in this trial so far; nobody else's and not the item's annotations."""
    rows = ws.query(
        "SELECT shapes FROM answer WHERE round_id = ? AND item_id = ? AND person = ? AND trial = ?",
        [sheet.round.id, item_id, sheet.person, sheet.trial],
    )
    return _shapes(rows[0][0]) if rows else []


def save_answer(
    ws: Workspace, sheet: Sheet, item_id: int, shapes: Sequence[Annotation], done: bool = False, seconds: float = 0.0
) -> Changes:
    """Keep what this person says of an item; `done`: the item counts as answered.

    Raises:
        UsageError: the round is closed, or the item does not belong to it.
    """
    now = round_of(ws, sheet.round.id)
    if now.state != "open":
        raise UsageError(f"The round “{now.name}” is closed; nothing was changed.")
    if item_id not in now.items:
        raise UsageError(f"Item {item_id} does not belong to the round “{now.name}”.")
    with ws.transaction("Answer in blind round") as tx:
        _put(tx, sheet, item_id, shapes, done, seconds)
    return _changed(now)


def edit_answer(ws: Workspace, sheet: Sheet, item_id: int, edits: Sequence[Edit]) -> Changes:
    """Make edits of an answer, as `engine.labeling.edits.apply` does of annotations."""
    from engine.labeling.edits import Add, Change

    shapes = {shape.id: shape for shape in answer(ws, sheet, item_id)}
    for edit in edits:
        if isinstance(edit, Add):
            new = edit.annotation
            new = new.with_(id=new.id or ws.new_ids("annotation", 1), item_id=item_id, author=sheet.person)
            shapes[new.id] = new
        elif edit.id in shapes:
            if isinstance(edit, Change):
                shapes[edit.id] = shapes[edit.id].with_(**edit.values)
            else:
                del shapes[edit.id]
    return save_answer(ws, sheet, item_id, list(shapes.values()))


def answers(ws: Workspace, round: Round, trial: int = 1) -> dict[str, dict[int, list[Annotation]]]:
    """Person → item → shapes of what is done in a trial.

    Raises:
        UsageError: the round has no such trial.
    """
    if not 1 <= trial <= round.trials:
        raise UsageError(f"“{round.name}” has no trial {trial}; its trials are 1 to {round.trials}.")
    rows = ws.query(
        "SELECT person, item_id, shapes FROM answer WHERE round_id = ? AND trial = ? AND done"
        " AND item_id IN (SELECT unnest(?::BIGINT[])) ORDER BY person, item_id",
        [round.id, trial, list(round.items)],
    )
    found: dict[str, dict[int, list[Annotation]]] = {who: {} for who in round.persons}
    for person, item, shapes in rows:
        found.setdefault(person, {})[item] = _shapes(shapes)
    return found


def agreement_of(ws: Workspace, round: Round, trial: int = 1) -> Agreement:
    """How far the persons of a round agree."""
    return agreement(answers(ws, round, trial), heights(ws, round.items))


def gauge_of(ws: Workspace, round: Round, *, with_reference: bool = True, good: str = "") -> Gauge:
    """The attribute gauge study that a round is: ratings by `agreement.rating`, the annotations of today as reference.

    Only items that everybody has done in all trials count. The reference is left out where an item has no state
    “accepted” and no annotation: nothing is known of it then.

    Raises:
        BadInput: nobody has finished anything, or there is nothing to compare.
    """
    names = {label.id: label.name for label in read_labels(ws)}
    said = {at: answers(ws, round, at) for at in range(1, round.trials + 1)}
    whole = [item for item in round.items if all(item in by[who] for by in said.values() for who in round.persons)]
    if not whole:
        raise BadInput(f"No item of “{round.name}” has been rated by everybody in all {round.trials} trials yet.")
    titles = titles_of(ws, whole)
    ratings = [
        Rating(titles[item], who, at, rating(by[who][item], names))
        for item in whole
        for at, by in said.items()
        for who in round.persons
    ]
    truth = reference(ws, whole) if with_reference else {}
    known = len(truth) == len(whole)
    return study(ratings, {titles[item]: truth[item] for item in whole} if known else None, good)


def reference(ws: Workspace, items: Sequence[int]) -> dict[int, str]:
    """What the annotations say of items that are accepted or have some; of others nothing is known."""
    from engine.labeling.review import reviews

    names = {label.id: label.name for label in read_labels(ws)}
    shapes = _annotations(ws, items)
    states = reviews(ws, items)
    return {
        item: rating(shapes.get(item, ()), names)
        for item in items
        if item in shapes or (item in states and states[item].state == "accepted")
    }


def apply_consensus(
    ws: Workspace, round: Round, rule: Rule, *, trial: int = 1, items: Sequence[int] | None = None, keep: bool = False
) -> tuple[Changes, dict[str, int]]:
    """Make annotations of what the persons agree on, in one transaction that one undo takes back.

    An item on which nothing is agreed on is labelled afterwards, not to label: they looked, and there is nothing.

    Args:
        items: only these; default: all that everybody has done.
        keep: leave the annotations that the items have; else they go (models' suggestions stay).

    Returns:
        What changed, and the numbers "items", "added", "removed", "refused" (shapes without enough votes, or of labels
        that are no longer there).
    """
    from engine.labeling.consensus import consensus
    from engine.labeling.fixes import marked

    labels = {label.id for label in read_labels(ws)}
    said, tall = answers(ws, round, trial), heights(ws, round.items)
    done = [item for item in round.items if all(item in said[who] for who in round.persons)]
    chosen = [item for item in done if items is None or item in set(items)]
    numbers = {"items": len(chosen), "added": 0, "removed": 0, "refused": 0}
    if not chosen:
        return Changes(), numbers
    known = {
        item: {who: [s for s in said[who][item] if s.label_id in labels] for who in round.persons} for item in chosen
    }
    agreed = {item: consensus(known[item], rule, tall.get(item, 0)) for item in chosen}
    drawn = sum(len(said[who][item]) for who in round.persons for item in chosen)
    with ws.transaction("Consensus") as tx:
        before = _annotations(ws, chosen)
        old = [] if keep else [shape.id for shapes in before.values() for shape in shapes]
        gone = [Step(shape, None, parent) for shape, parent in log.take(tx, old, None).values()]
        first = ws.new_ids("annotation", max(1, sum(map(len, agreed.values()))))
        new = [shape.with_(item_id=item) for item, shapes in agreed.items() for shape in shapes]
        added = [Step(None, shape.with_(id=first + place)) for place, shape in enumerate(new)]
        nothing = marked(tx, [item for item in chosen if not agreed[item] and not (keep and item in before)])
        voted = sum(len(str(shape.author).removeprefix("consensus of ").split(", ")) for shape in new)
        numbers |= {"added": len(added), "removed": len(gone), "refused": drawn - voted}
        return log.put(ws, tx, [*gone, *added, *nothing]), numbers


def heights(ws: Workspace, items: Sequence[int]) -> dict[int, int]:
    """Height of each item in px."""
    return dict(ws.query("SELECT id, height FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(items)]))


def _put(tx: Transaction, sheet: Sheet, item_id: int, shapes: Sequence[Annotation], done: bool, seconds: float) -> None:
    key = [sheet.round.id, item_id, sheet.person, sheet.trial]
    rows = tx.execute(
        "DELETE FROM answer WHERE round_id = ? AND item_id = ? AND person = ? AND trial = ? RETURNING done, seconds",
        key,
    ).fetchall()
    before = rows[0] if rows else (False, 0.0)
    text = "[" + ", ".join(annotation_to_json(shape) for shape in shapes) + "]"
    row = [*key, text, done or bool(before[0]), (before[1] or 0.0) + seconds, tx.at, tx.id]
    tx.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _shapes(text: str) -> list[Annotation]:
    return [annotation_from_json(json.dumps(entry)) for entry in json.loads(text or "[]")]


def _annotations(ws: Workspace, items: Sequence[int]) -> Mapping[int, list[Annotation]]:
    from engine.data.records import ANNOTATION_COLUMNS, annotation_from_row

    rows = ws.query(
        f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE origin <> 'model'"
        " AND item_id IN (SELECT unnest(?::BIGINT[])) ORDER BY id",
        [list(items)],
    )
    found: dict[int, list[Annotation]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(annotation_from_row(row))
    return found


def titles_of(ws: Workspace, items: Sequence[int]) -> dict[int, str]:
    """Names of items, with the number where a name is there twice."""
    rows = ws.query("SELECT id, name, page FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(items)])
    names = [name for _, name, _ in rows]
    return {item: name if names.count(name) == 1 else f"{name} #{item}" for item, name, _ in rows}


def _changed(round: Round) -> Changes:
    return Changes(reviews=frozenset([f"round {round.id}"]))
