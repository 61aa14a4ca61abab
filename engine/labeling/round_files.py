"""A round on several laptops: its items and answers as one JSON file, to be brought together later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    ValidationError,
    model_validator,
)

from engine.data.records import annotation_from_json, annotation_to_json, read_labels
from engine.errors import BadInput, UsageError
from engine.labeling.merging.bundle_format import Shape, moment
from engine.labeling.rounds import Round, create_round, round_of, rounds

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

FORMAT = "lineside blind round"
LARGEST = 512 << 20  # bytes: no round is larger, and a file that is would fill the memory
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Trial = Annotated[int, Field(ge=1, le=99)]


class AnswerShape(Shape):
    """A shape of an answer; its numbers mean something in its workspace alone."""

    id: int
    item_id: int


class Answer(BaseModel):
    """What a person said of an item, which is named by its key; `created` in UTC."""

    model_config = ConfigDict(strict=True)
    item: int
    person: Name
    trial: Trial
    shapes: list[AnswerShape]
    done: bool
    seconds: Annotated[FiniteFloat, Field(ge=0)] | None = None
    created: Annotated[str, AfterValidator(lambda text: moment(text) and text)]


class RoundFile(BaseModel):
    """A round in a file; anything else in it is passed over."""

    model_config = ConfigDict(strict=True)
    format: Literal["lineside blind round"]
    name: Name
    persons: Annotated[list[Name], Field(min_length=1)]
    trials: Trial
    labels: dict[str, str]
    items: Annotated[list[int], Field(min_length=1)]
    answers: list[Answer]

    @model_validator(mode="after")
    def _belongs_together(self) -> RoundFile:
        persons, items = set(self.persons), set(self.items)
        for answer in self.answers:
            if answer.person not in persons or answer.item not in items or answer.trial > self.trials:
                raise ValueError(f"an answer of {answer.person} does not belong to the round")
        return self


def export_round(ws: Workspace, round: Round, file: Path) -> int:
    """Write a round with all answers; items are named by what they are, labels by their names. Returns the answers."""
    from engine.workspace import write_atomically

    if file.is_dir():
        raise BadInput(f"{file} is a folder; name a file.")
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

    Persons and trials that only the file knows are added to the round.

    Returns:
        The round, and how many answers are new.

    Raises:
        BadInput: the file is no round, its images are not here, or a label is missing; the message names it.
    """
    return bring(ws, _read(file))


def bring(ws: Workspace, document: RoundFile) -> tuple[Round, int]:
    """Bring in what was read; see `import_round`."""
    known = dict(ws.query("SELECT key, id FROM item"))
    missing = [key for key in document.items if key not in known]
    if missing:
        raise BadInput(
            f"{len(missing)} of {len(document.items)} images of the round “{document.name}” are not in this workspace;"
            " import the same images first."
        )
    items = [known[key] for key in document.items]
    labels = _labels(ws, document)
    there = next((one for one in rounds(ws) if one.name == " ".join(document.name.split())), None)
    if there is not None and set(there.items) != set(items):
        raise UsageError(f"There is another round “{there.name}” here, of other images; rename or remove one of them.")
    made = there or create_round(ws, document.name, items, document.persons, document.trials)
    persons, trials = list(dict.fromkeys([*made.persons, *document.persons])), max(made.trials, document.trials)
    with ws.transaction("Import blind round") as tx:
        tx.execute("UPDATE blind_round SET persons = ?, trials = ? WHERE id = ?", [persons, trials, made.id])
        new = sum(_take(tx, made, known, labels, answer) for answer in document.answers)
    return round_of(ws, made.id), new


def _read(file: Path) -> RoundFile:
    try:
        if file.stat().st_size > LARGEST:
            raise BadInput(f"{file} is larger than any round; choose a file that label round export wrote.")
        return RoundFile.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise BadInput(f"{file} is no blind round: {place}: {first['msg']}; choose a file that label round export wrote.") from error  # fmt: skip


def _labels(ws: Workspace, document: RoundFile) -> dict[int, int]:
    """The file's label ids → those here, by name; only labels that are used need to be here."""
    here = {label.name: label.id for label in read_labels(ws)}
    used = sorted({shape.label_id for answer in document.answers for shape in answer.shapes})
    found = {}
    for ident in used:
        name = document.labels.get(str(ident), "")
        if name not in here:
            raise BadInput(f"The label “{name}” is not in this workspace; add it: lineside label schema add “{name}”")
        found[ident] = here[name]
    return found


def _take(tx: Transaction, made: Round, items: Mapping[int, int], labels: Mapping[int, int], answer: Answer) -> bool:
    key = [made.id, items[answer.item], answer.person, answer.trial]
    where = "round_id = ? AND item_id = ? AND person = ? AND trial = ?"
    created = moment(answer.created)
    known = tx.execute(f"SELECT max(created) FROM answer WHERE {where}", key).fetchall()[0][0]
    if known is not None and known >= created:
        return False
    tx.execute(f"DELETE FROM answer WHERE {where}", key)
    shapes = [annotation_from_json(shape.model_dump_json(exclude_none=True)) for shape in answer.shapes]
    own = [shape.with_(item_id=key[1], label_id=labels[shape.label_id]) for shape in shapes]
    text = "[" + ", ".join(map(annotation_to_json, own)) + "]"
    row = [*key, text, answer.done, answer.seconds or 0.0, created, tx.id]
    tx.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return True
