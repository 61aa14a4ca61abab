"""What a bundle may hold: every line of it is checked against these models before anything of it reaches the store."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, StringConstraints

from engine.data.records import FLAGS, KINDS, ORIGINS, REVIEW_STATES

FORMAT, VERSION = "lineside-labels", 1
TABLES = ("item", "tx", "edit", "annotation", "alias")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
Id = Annotated[int, Field(ge=1, lt=1 << 63)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Word = Annotated[str, StringConstraints(max_length=1000)]
Text = Annotated[str, StringConstraints(max_length=1 << 26)]
Px = Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]


def _file_name(name: str) -> str:
    parts = re.split(r"[/\\]", name)
    if not name or ".." in parts or name[0] in "/\\" or (len(name) > 1 and name[1] == ":") or _CONTROL.search(name):
        raise ValueError("not the name of a file below a folder")
    return name


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Manifest(_Model):
    """manifest.json."""

    format: Literal["lineside-labels"]
    version: Literal[1]
    name: Word
    created: Word
    since: Word | None = None
    tables: dict[Literal["item", "tx", "edit", "annotation", "alias", "label"], Digest]


class ItemLine(_Model):
    """An item: its file is named by its digest."""

    id: Id
    key: Annotated[int, Field(ge=0, lt=1 << 63)]
    digest: Digest
    name: Annotated[Word, AfterValidator(_file_name)]
    page: Annotated[int, Field(ge=0, le=1_000_000)]
    width: Annotated[int, Field(ge=1, le=10_000_000)]
    height: Annotated[int, Field(ge=1, le=10_000_000)]
    channels: Annotated[int, Field(ge=1, le=1000)] | None
    bits: Annotated[int, Field(ge=1, le=64)] | None
    format: Word | None
    bytes: Annotated[int, Field(ge=0)] | None
    split: Literal["train", "val", "test"] | None
    group_key: Word | None
    metadata: Text | None
    problem: Word | None


class TxLine(_Model):
    """Who did something, and when (UTC, ISO 8601)."""

    id: Id
    action: Word
    author: Word
    created: Word
    undoes: Id | None


class EditLine(_Model):
    """One edit; `before` and `after` are checked by `record`."""

    id: Id
    tx: Id
    parent: Id | None
    item_id: Id | None
    annotation_id: Id | None
    op: Literal["add", "change", "remove", "import", "label", "review", "comment"]
    before: Text | None
    after: Text | None
    merges: Annotated[list[Id], Field(max_length=1000)] | None


class Shape(_Model):
    """An annotation."""

    id: Id
    item_id: Id
    label_id: Annotated[int, Field(ge=0, lt=1 << 31)]
    kind: Literal[KINDS]  # type: ignore[valid-type]
    x: Px | None = None
    y: Px | None = None
    w: Px | None = None
    h: Px | None = None
    points: Annotated[list[Annotated[list[Px], Field(max_length=1_000_000)]], Field(max_length=100_000)] | None = None
    rle: Text | None = None
    attributes: dict[Word, JsonValue] = {}
    score: FiniteFloat | None = None
    origin: Literal[ORIGINS] = "person"  # type: ignore[valid-type]
    author: Word = ""
    z: Annotated[int, Field(ge=-(1 << 31), lt=1 << 31)] = 0
    group: Annotated[int, Field(ge=0, lt=1 << 63)] = 0
    track: Annotated[int, Field(ge=0, lt=1 << 63)] = 0
    flags: list[Literal[FLAGS]] = []  # type: ignore[valid-type]
    relations: Annotated[list[Annotated[list[Any], Field(min_length=2, max_length=2)]], Field(max_length=100_000)] = []


class ShapeLine(Shape):
    """An annotation as it was imported or predicted."""

    tx: Id


class AliasLine(_Model):
    """Another id of the same imported annotation."""

    id: Id
    annotation_id: Id


class LabelRecord(_Model):
    """A label."""

    id: Annotated[int, Field(ge=0, lt=1 << 31)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
    parent: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None
    shortcut: Annotated[str, StringConstraints(max_length=20)] = ""
    shapes: list[Word] = []
    attributes: list[dict[str, JsonValue]] = []
    position: Annotated[int, Field(ge=-(1 << 31), lt=1 << 31)] = 0
    details: dict[str, JsonValue] = {}


class LabelLine(_Model):
    """A label and what it is called in all workspaces."""

    id: Annotated[int, Field(ge=0, lt=1 << 31)]
    key: Word
    record: Text


class ReviewRecord(_Model):
    """How far an item has come."""

    item_id: Id
    state: Literal[REVIEW_STATES]  # type: ignore[valid-type]
    assignee: Word = ""
    author: Word = ""
    created: Word = ""


class CommentRecord(_Model):
    """Something said of a place."""

    id: Id
    item_id: Id
    text: Annotated[str, StringConstraints(max_length=100_000)]
    x: Px | None = None
    y: Px | None = None
    annotation_id: Id | None = None
    author: Word = ""
    created: Word = ""
    resolved: bool = False
    answers: Id | None = None


LINES: dict[str, type[_Model]] = {
    "item": ItemLine,
    "tx": TxLine,
    "edit": EditLine,
    "annotation": ShapeLine,
    "alias": AliasLine,
    "label": LabelLine,
}
RECORDS: dict[str, type[_Model]] = {"label": LabelRecord, "review": ReviewRecord, "comment": CommentRecord}


def moment(text: str) -> datetime:
    """A time of the history.

    Raises:
        ValueError: not one, or one with a zone.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError("times are UTC without a zone")
    return found
