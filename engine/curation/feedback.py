"""What releases kept, brought into the workspace: images as items, answers as suggestions, people's words as their labels.

An item remembers in its metadata which of these it came by, so that what is brought twice changes nothing. Corrected items
wait for review, the others in the queue.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.curation import suggestions
from engine.curation.suggestions import Found
from engine.data import rle
from engine.data.images import BadImage, probe_bytes
from engine.data.importers.base import clean_text
from engine.data.records import ANNOTATION_COLUMNS, Annotation, annotation_from_row
from engine.labeling import geometry, log
from engine.labeling.comments import new_comment
from engine.labeling.log import Step
from engine.serving.errors import BadImage as TooLarge
from engine.serving.images import check_size
from engine.serving.kept import Kept

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

STRATEGY = "feedback"
SOURCE = "release"
MOST_OBJECTS = 1000  # of one answer
SAME = 0.9  # IoU from which a person's box is there already
SUFFIXES = {b"\xff\xd8": "jpg", b"RIFF": "webp", b"BM": "bmp", b"II": "tif", b"MM": "tif", b"GIF": "gif", b"P": "ppm"}
WORTH = {"corrected": 3.0, "disagreement": 2.0, "unsure": 1.0, "sampled": 0.0}
DAMAGED = (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError)


@dataclass(frozen=True)
class Brought:
    """One file of a box, by its name there, and from which target."""

    name: str
    kept: Kept
    target: str


@dataclass
class TakenIn:
    """What came of it; `images` are items that are new, `known` those that were there or came before."""

    images: int = 0
    known: int = 0
    suggestions: int = 0
    corrections: int = 0
    queued: int = 0
    problems: list[str] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)


def take_in(
    ws: Workspace, brought: Sequence[Brought], scratch: Path, progress: Callable[[float, str], None], cancelled: Callable[[], bool]
) -> TakenIn:  # fmt: skip
    """Write all of it, images first; done again after it was cut anywhere, it goes on.

    Args:
        scratch: an empty folder for the images.

    Raises:
        ImportCancelled: `cancelled` said yes; nothing of it was kept.
    """
    from engine.data.imports import import_data

    done = TakenIn()
    for one in brought:
        if reason := _unfit(one.kept.image):
            done.problems.append(f"{one.name} from {one.target} is left out: {reason}")
        else:
            _image_file(scratch, one).write_bytes(one.kept.image)
    report = import_data(ws, scratch, "folder", progress=progress, cancelled=cancelled) if brought else None
    if report is not None:
        done.images = report.imported
        done.problems += [f"{problem.path}: {problem.reason}" for problem in report.problems]
        done.changes |= report.changes
    with ws.transaction("Collect") as tx:
        _Writing(ws, tx, done).write(brought)
    return done


class _Writing:
    """One transaction that writes what was brought beside items that are there."""

    def __init__(self, ws: Workspace, tx: Transaction, done: TakenIn) -> None:
        self.ws, self.tx, self.done = ws, tx, done
        self.labels: dict[str, int] = {
            name: ident for ident, name in tx.execute("SELECT id, name FROM label").fetchall()
        }
        self.steps: list[Step] = []
        self.found: dict[str, dict[int, Found]] = defaultdict(dict)  # by who says so
        self.several: dict[str, bool] = {}
        self.queued: dict[int, Brought] = {}

    def write(self, brought: Sequence[Brought]) -> None:
        digests = [hashlib.sha256(one.kept.image).hexdigest() for one in brought]
        items = self._items(digests)
        fresh = [
            (one, *items[digest])
            for one, digest in zip(brought, digests, strict=True)
            if digest in items and self._note(one, items[digest])
        ]
        self.done.known = len(brought) - len(fresh)
        for one, item, width, height, _ in fresh:
            try:
                self._say(one, item, (width, height))
            except DAMAGED as error:
                self.done.problems.append(f"{one.name} from {one.target}: what it says is damaged ({error}).")
        self._finish({item for _, item, *_ in fresh})

    def _items(self, digests: Sequence[str]) -> dict[str, tuple[int, int, int, dict[str, Any]]]:
        """Id, size and metadata of each item, by the digest of its image."""
        rows = self.tx.execute(
            "SELECT digest, id, width, height, metadata FROM item WHERE page = 0 AND digest IN (SELECT unnest(?::VARCHAR[]))",
            [list(digests)],
        ).fetchall()
        return {digest: (item, width, height, json.loads(text or "{}")) for digest, item, width, height, text in rows}

    def _note(self, one: Brought, item: tuple[int, int, int, dict[str, Any]]) -> bool:
        """Write on the item where it comes from; False where it came by this file before."""
        ident, _, _, metadata = item
        names = metadata.get("feedback", [])
        if one.name in names:
            return False
        metadata |= {
            "source": SOURCE, "target": one.target, "release": one.kept.release, "reason": one.kept.reason,
            "taken": _moment(one.kept.at), "feedback": [*names, one.name],
        }  # fmt: skip
        if one.kept.other.get("agreement") is not None:
            metadata["agreement"] = one.kept.other["agreement"]
        text = clean_text(json.dumps(metadata, ensure_ascii=False, sort_keys=True))
        self.tx.execute("UPDATE item SET metadata = ? WHERE id = ?", [text, ident])
        return True

    def _say(self, one: Brought, item: int, size: tuple[int, int]) -> None:
        """A person's word where there is one, else the model's."""
        answer, said = one.kept.prediction, one.kept.said
        found = found_in(answer, size, one.kept.offset)
        by = clean_text(str(said.get("by") or one.target))[:80]
        if said:
            self.done.corrections += 1
            words = found if said.get("verdict") == "right" else _instead(said, answer, size, one.kept.offset)
            made = [self._annotation(item, by, entry) for entry in words if entry[0] in self.labels]
            self.steps += [Step(None, shape) for shape in self._new(item, made)]
            if len(made) < len(words) or not made or said.get("note"):
                self._remark(item, by, said)
            if made:
                return
        author = clean_text(f"{answer.get('model', '?')} v{answer.get('version', '?')}")[:120]
        self.found[author][item], self.several[author] = found, answer.get("task") == "multilabel"
        self.queued[item] = one

    def _annotation(self, item: int, by: str, entry: tuple[str, float, list[float], Mapping[str, Any]]) -> Annotation:
        label, _, box, more = entry
        made = suggestions.annotation(item, self.labels[label], 1.0, box, more, by)
        return made.with_(origin="person", score=None, id=self.ws.new_ids("annotation", 1))

    def _remark(self, item: int, by: str, said: Mapping[str, Any]) -> None:
        """What no label of the workspace can say is a comment: nobody on the line makes labels here."""
        labels = [str(one.get("label")) for one in said.get("objects", ())] or [str(said.get("label", ""))]
        words = ", ".join(filter(None, [str(said.get("verdict")), *dict.fromkeys(labels), str(said.get("note", ""))]))
        text = clean_text(f"{by}: {words}")[:500]
        self.steps.append(Step(None, new_comment(self.ws, self.tx, item, text)))

    def _new(self, item: int, made: Sequence[Annotation]) -> list[Annotation]:
        """Those that no person has said already."""
        there = _said_of(self.tx, item)
        return [one for one in made if not any(_equal(one, other) for other in there)]

    def _finish(self, items: set[int]) -> None:
        for author, found in self.found.items():
            name, _, _ = author.rpartition(" v")
            old = suggestions.take_old(self.tx, found, name)
            wanted = {"author": author, "labels": self.labels, "several": self.several[author]}
            made = suggestions.make(self.ws, self.tx, found, wanted)
            self.done.suggestions += len(made)
            self.steps += [Step(one, None, parent) for one, parent in old] + [Step(None, one) for one in made]
        self.done.changes |= log.put(self.ws, self.tx, self.steps) | changed(items=items)
        self._queue()

    def _queue(self) -> None:
        """Behind what is there; an item that is in it already keeps its place."""
        there = {row[0] for row in self.tx.execute("SELECT item_id FROM queue").fetchall()}
        ((place,),) = self.tx.execute("SELECT coalesce(max(place) + 1, 0) FROM queue").fetchall()
        new = sorted(
            (item for item in self.queued if item not in there), key=lambda item: -WORTH[self.queued[item].kept.reason]
        )
        for number, item in enumerate(new):
            one = self.queued[item]
            why = {
                "kind": f"feedback {one.kept.reason}",
                "target": one.target,
                "model": str(one.kept.prediction.get("model", "?")),
            }
            values = [
                item,
                place + number,
                WORTH[one.kept.reason],
                STRATEGY,
                json.dumps(why, ensure_ascii=False),
                self.tx.at,
                "waiting",
            ]
            self.tx.execute("INSERT INTO queue (item_id, place, score, strategy, why, created, state) VALUES (?, ?, ?, ?, ?, ?, ?)", values)  # fmt: skip
        self.done.queued = len(new)
        self.done.changes |= changed(queue=new) if new else Changes()


def found_in(answer: Mapping[str, Any], size: tuple[int, int], offset: tuple[int, int] | None = None) -> Found:
    """Labels, scores, boxes and what objects carry of an answer of /predict, moved to the part of the image that was kept.

    Raises:
        KeyError, TypeError, ValueError: it is damaged.
    """
    if answer["task"] == "multilabel":
        return [(str(one["label"]), _score(one["score"]), [], {}) for one in answer["labels"][:MOST_OBJECTS]]
    if "label" in answer:
        return [(str(answer["label"]), _score(answer["score"]), [], {})]
    return [
        (str(one["label"]), _score(one["score"]), box, _carried(one, size) if offset is None else {})
        for one in answer["detections"][:MOST_OBJECTS]
        if (box := _moved(one["box"], size, offset))
    ]


def _instead(
    said: Mapping[str, Any], answer: Mapping[str, Any], size: tuple[int, int], offset: tuple[int, int] | None
) -> Found:
    """What a person says it is."""
    if "objects" in said:
        boxes = [(str(one["label"]), _moved(one["box"], size, offset)) for one in said["objects"][:MOST_OBJECTS]]
        return [(label, 1.0, box, {}) for label, box in boxes if box]
    whole = "label" in answer or answer["task"] == "multilabel"
    return [(str(said["label"]), 1.0, [], {})] if whole and said.get("label") else []


def _score(value: Any) -> float:
    score = float(value)
    if not 0 <= score <= 1:
        raise ValueError(f"a score is {score}")
    return score


def _moved(box: Sequence[Any], size: tuple[int, int], offset: tuple[int, int] | None) -> list[float]:
    """The part of a box (xyxy) within what was kept; empty where nothing is."""
    dx, dy = offset or (0, 0)
    left, top, right, bottom = (float(edge) for edge in box)
    if not all(map(math.isfinite, (left, top, right, bottom))):
        raise ValueError("a box is no number")
    left, right = (min(max(edge - dx, 0.0), float(size[0])) for edge in (left, right))
    top, bottom = (min(max(edge - dy, 0.0), float(size[1])) for edge in (top, bottom))
    return [left, top, right, bottom] if right > left and bottom > top else []


def _carried(one: Mapping[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    """What an object carries beside its box; a mask that is not of this image is left out."""
    if "mask" in one:
        counts = [int(run) for run in one["mask"]["counts"]]
        return {"mask": rle.compress(counts)} if min(counts) >= 0 and sum(counts) == size[0] * size[1] else {}
    if "rotated" in one:
        return {"rotated": [float(value) for value in one["rotated"][:5]]}
    if "points" in one:
        return {"points": [float(value) for point in one["points"] for value in point[:3]]}
    return {}


def _said_of(tx: Transaction, item: int) -> list[Annotation]:
    """What people say of an item now."""
    rows = tx.execute(f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE item_id = ? AND origin <> 'model'", [item])
    return [annotation_from_row(row) for row in rows.fetchall()]


def _equal(one: Annotation, other: Annotation) -> bool:
    if one.label_id != other.label_id or (one.x is None) != (other.x is None):
        return False
    return one.x is None or geometry.iou(suggestions.box_of(one), suggestions.box_of(other)) >= SAME


def _unfit(image: bytes) -> str:
    """Why no item can be made of an image, by its header; nothing of it is decoded here. Empty where one can."""
    try:
        info = probe_bytes(image)
        check_size(info.width, info.height)
    except (BadImage, TooLarge) as error:
        return str(error)
    return ""


def _image_file(scratch: Path, one: Brought) -> Path:
    """Named after what the box's clock said and what the image is, never as a box would like."""
    folder = scratch / "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in one.target)
    folder.mkdir(parents=True, exist_ok=True)
    suffix = next((kind for start, kind in SUFFIXES.items() if one.kept.image.startswith(start)), "png")
    moment = _moment(one.kept.at)[:19].replace(":", "").replace("T", "-")
    return folder / f"{moment}-{one.name[18:26]}.{suffix}"


def _moment(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat()
    except (ValueError, OverflowError, OSError):  # a box's clock may say anything
        return "unknown"
