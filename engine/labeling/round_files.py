"""A round on several laptops: its items and answers as one JSON file, to be brought together later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.records import annotation_from_json, annotation_to_json, read_labels
from engine.errors import BadInput, UsageError
from engine.labeling.rounds import Round, create_round, round_of, rounds

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

FORMAT = "lineside blind round"
LARGEST = 512 << 20  # bytes: no round is larger, and a file that is would fill the memory


def export_round(ws: Workspace, round: Round, file: Path) -> int:
    """Write a round with all answers; items are named by what they are, labels by their names. Returns the answers."""
    from engine.workspace import write_atomically

    keys = dict(ws.query("SELECT id, key FROM item WHERE id IN (SELECT unnest(?::BIGINT[]))", [list(round.items)]))
    rows = ws.query(
        "SELECT item_id, person, trial, shapes, done, seconds, created FROM answer WHERE round_id = ? ORDER BY ALL",
        [round.id],
    )
    document: dict[str, Any] = {
        "format": FORMAT, "name": round.name, "persons": list(round.persons), "trials": round.trials,
        "labels": {str(label.id): label.name for label in read_labels(ws)},
        "items": [keys[item] for item in round.items if item in keys],
        "answers": [
            {"item": keys[item], "person": person, "trial": trial, "shapes": json.loads(shapes or "[]"), "done": done,
             "seconds": seconds, "created": created.isoformat()}
            for item, person, trial, shapes, done, seconds, created in rows if item in keys
        ],
    }  # fmt: skip
    write_atomically(file.absolute(), json.dumps(document, ensure_ascii=False).encode())
    return len(rows)


def import_round(ws: Workspace, file: Path) -> tuple[Round, int]:
    """Bring a round in, or the answers of one that is here already; of two answers the later one stays.

    Returns:
        The round, and how many answers are new.

    Raises:
        BadInput: the file is no round, its images are not here, or a label is missing; the message names it.
    """
    document = _read(file)
    known = dict(ws.query("SELECT key, id FROM item"))
    missing = [key for key in document["items"] if key not in known]
    if missing:
        raise BadInput(
            f"{len(missing)} of {len(document['items'])} images of the round “{document['name']}” are not in this workspace;"
            " import the same images first."
        )
    items = [known[key] for key in document["items"]]
    labels = _labels(ws, document)
    there = next((one for one in rounds(ws) if one.name == document["name"]), None)
    if there is not None and set(there.items) != set(items):
        raise UsageError(f"There is another round “{there.name}” here, of other images; rename or remove one of them.")
    made = there or create_round(ws, document["name"], items, document["persons"], document["trials"])
    with ws.transaction("Import blind round") as tx:
        new = sum(_take(tx, made, known, labels, answer) for answer in document["answers"])
    return round_of(ws, made.id), new


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST:
            raise BadInput(f"{file} is larger than any round; choose a file that label round export wrote.")
        document = json.loads(file.read_text("utf-8"))
        people, trials = document["persons"], document["trials"]
        good = document["format"] == FORMAT and isinstance(document["name"], str) and isinstance(trials, int)
        good = good and 1 <= trials <= 99 and all(isinstance(one, str) for one in people)
        good = good and all(isinstance(key, int) for key in document["items"])
        good = good and all(_is_answer(answer, people, trials) for answer in document["answers"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{file} is no blind round: {error}.") from error
    if not good:
        raise BadInput(f"{file} is no blind round; choose a file that label round export wrote.")
    found: dict[str, Any] = document
    return found


def _is_answer(answer: Mapping[str, Any], people: Sequence[str], trials: int) -> bool:
    datetime.fromisoformat(answer["created"])
    float(answer["seconds"] or 0)
    for shape in answer["shapes"]:
        annotation_from_json(json.dumps(shape))
    return answer["person"] in people and 1 <= answer["trial"] <= trials


def _labels(ws: Workspace, document: Mapping[str, Any]) -> dict[int, int]:
    """The file's label ids → those here, by name; only labels that are used need to be here."""
    here = {label.name: label.id for label in read_labels(ws)}
    used = {shape["label_id"] for answer in document["answers"] for shape in answer["shapes"]}
    found = {}
    for ident in used:
        name = document["labels"].get(str(ident), "")
        if name not in here:
            raise BadInput(f"The label “{name}” is not in this workspace; add it: lineside label schema add “{name}”")
        found[int(ident)] = here[name]
    return found


def _take(tx: Transaction, made: Round, items: Mapping[int, int], labels: Mapping[int, int], answer: Mapping[str, Any]) -> bool:  # fmt: skip
    key = [made.id, items[answer["item"]], answer["person"], answer["trial"]]
    where = "round_id = ? AND item_id = ? AND person = ? AND trial = ?"
    created = datetime.fromisoformat(answer["created"])
    known = tx.execute(f"SELECT max(created) FROM answer WHERE {where}", key).fetchall()[0][0]
    if known is not None and known >= created:
        return False
    tx.execute(f"DELETE FROM answer WHERE {where}", key)
    shapes = [annotation_from_json(json.dumps(shape)) for shape in answer["shapes"]]
    own = [shape.with_(item_id=key[1], label_id=labels[shape.label_id]) for shape in shapes]
    text = "[" + ", ".join(map(annotation_to_json, own)) + "]"
    row = [*key, text, bool(answer["done"]), float(answer["seconds"] or 0), created, tx.id]
    tx.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return True
