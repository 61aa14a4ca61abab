"""Labels and annotations as plain values, and the way between them and the rows of the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.workspace import Workspace

KINDS = ("class", "box", "rotated_box", "polygon", "polyline", "point", "keypoints", "ellipse", "mask")
ORIGINS = ("person", "model", "import")
FLAGS = ("ends", "hidden", "ignore", "interpolated", "locked", "occluded", "truncated")
REVIEW_STATES = ("to label", "labelled", "in review", "accepted", "rejected")

LABEL_COLUMNS = "id, name, parent, color, shortcut, shapes, attributes, position, details"
ANNOTATION_COLUMNS = "id, item_id, label_id, kind, x, y, w, h, points, rle, attributes, score, origin, author, details"
DETAILS = ("z", "group", "track", "flags", "relations")  # fields of an annotation that its column `details` holds

Rings = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Label:
    """One label of the schema.

    Attributes:
        color: "#rrggbb".
        shortcut: the key that chooses it ("1" … "9", a letter), or "".
        shapes: the kinds of annotation it may have; empty: all.
        attributes: dicts {name, type (choice, number, text, flag), values, default, required, range}.
        position: its place in the list, from 0.
        details: what else is known: "keypoints" [names], "skeleton" [[from, to] indices from 0], "mirrored"
            [[name, name]] of points that change places in a mirror, "sigmas" {name: how exactly it is placed} (see
            `engine.serving.skeleton`), "relations" [names], "supercategory".
    """

    id: int
    name: str
    color: str
    parent: int | None = None
    shortcut: str = ""
    shapes: tuple[str, ...] = ()
    attributes: tuple[Mapping[str, Any], ...] = ()
    position: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Annotation:
    """What a person or a model says of an item.

    Attributes:
        id: 0 while it is not in the store.
        x, y, w, h: bounding box in px of the item (left, top, width, height); None for kind "class".
        points: rings or lines as ((x0, y0, x1, y1, …), …); rotated boxes as the ring of their corners, clockwise;
            keypoints as ((x, y, v, …),), v 0 not labelled, 1 hidden, 2 visible; ellipses as
            ((centre x, centre y, radius x, radius y, degrees clockwise),).
        rle: COCO compressed RLE of a mask over the whole item.
        score: a model's confidence in [0, 1]; None for a person.
        z: the drawing order; what is higher lies on top, equals lie in the order of their ids.
        group: shapes of one group have the same number, the id of one of them when it was made; 0: none.
        track: the same thing on several frames, the id of its first shape; 0: none.
        flags: out of `FLAGS`, sorted. "ignore": a region that is neither trained on nor evaluated; "interpolated":
            made between key frames; "ends": the track does not go on after this one.
        relations: (id of another annotation of the item, name) each; a relation to one that is gone means nothing.
    """

    id: int
    item_id: int
    label_id: int
    kind: str
    x: float | None = None
    y: float | None = None
    w: float | None = None
    h: float | None = None
    points: Rings = ()
    rle: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    score: float | None = None
    origin: str = "person"
    author: str = ""
    z: int = 0
    group: int = 0
    track: int = 0
    flags: tuple[str, ...] = ()
    relations: tuple[tuple[int, str], ...] = ()

    def with_(self, **values: Any) -> Annotation:
        """A copy with some fields replaced."""
        return replace(self, **values)


_FIELDS = dict.fromkeys(entry.name for entry in fields(Annotation))  # asked for a million times


@dataclass(frozen=True)
class Review:
    """How far an item has come, who has it, and who said so (`created` in UTC, ISO 8601)."""

    item_id: int
    state: str
    assignee: str = ""
    author: str = ""
    created: str = ""


@dataclass(frozen=True)
class Comment:
    """Something that a person says of a place, a shape or an item.

    Attributes:
        x, y: the place in px of the item; None: the item as a whole.
        created: UTC, ISO 8601.
        answers: the id of the comment that begins the thread; None for that one itself.
    """

    id: int
    item_id: int
    text: str
    x: float | None = None
    y: float | None = None
    annotation_id: int | None = None
    author: str = ""
    created: str = ""
    resolved: bool = False
    answers: int | None = None


def label_from_row(row: Sequence[Any]) -> Label:
    """A label from a row of `LABEL_COLUMNS`."""
    label_id, name, parent, color, shortcut, shapes, attributes, position, details = row
    return Label(
        id=label_id,
        name=name,
        parent=parent,
        color=color or "#888888",
        shortcut=shortcut or "",
        shapes=tuple(json.loads(shapes)) if shapes else (),
        attributes=tuple(json.loads(attributes)) if attributes else (),
        position=position or 0,
        details=json.loads(details) if details else {},
    )


def label_to_row(label: Label) -> list[Any]:
    """The values of `LABEL_COLUMNS`."""
    return [
        label.id,
        label.name,
        label.parent,
        label.color,
        label.shortcut or None,
        json.dumps(list(label.shapes)) if label.shapes else None,
        json.dumps([dict(value) for value in label.attributes], ensure_ascii=False) if label.attributes else None,
        label.position,
        json.dumps(dict(label.details), ensure_ascii=False) if label.details else None,
    ]


def read_labels(ws: Workspace) -> list[Label]:
    """All labels in the order of the schema."""
    return [label_from_row(row) for row in ws.query(f"SELECT {LABEL_COLUMNS} FROM label ORDER BY position, id")]


def annotation_from_row(row: Sequence[Any]) -> Annotation:
    """An annotation from a row of `ANNOTATION_COLUMNS`."""
    annotation_id, item_id, label_id, kind, x, y, w, h, points, rle, attributes, score, origin, author, details = row
    return Annotation(
        id=annotation_id,
        item_id=item_id,
        label_id=label_id,
        kind=kind,
        x=x,
        y=y,
        w=w,
        h=h,
        points=tuple(map(tuple, points)) if points else (),
        rle=rle,
        attributes=json.loads(attributes) if attributes else {},
        score=score,
        origin=origin or "person",
        author=author or "",
        **(details_from_json(details) if details else {}),
    )


def annotation_to_row(annotation: Annotation) -> list[Any]:
    """The values of `ANNOTATION_COLUMNS`."""
    return [
        annotation.id,
        annotation.item_id,
        annotation.label_id,
        annotation.kind,
        annotation.x,
        annotation.y,
        annotation.w,
        annotation.h,
        [list(ring) for ring in annotation.points] or None,
        annotation.rle,
        attributes_json(annotation.attributes),
        annotation.score,
        annotation.origin,
        annotation.author,
        details_json(annotation),
    ]


def attributes_json(attributes: Mapping[str, Any]) -> str | None:
    """Attributes as the store keeps them: sorted keys, so that equal attributes are equal text; None without any."""
    return json.dumps(dict(attributes), ensure_ascii=False, sort_keys=True) if attributes else None


def details_json(annotation: Annotation) -> str | None:
    """The fields of `DETAILS` that are not default, as the column `details` keeps them; None without any."""
    values = {name: value for name in DETAILS if (value := getattr(annotation, name))}
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else None


def details_from_json(text: str) -> dict[str, Any]:
    """Fields of an annotation from its column `details`; what later versions added is ignored."""
    return _tuples({name: value for name, value in json.loads(text).items() if name in DETAILS})


def annotation_to_json(annotation: Annotation) -> str:
    """The annotation as the edit log keeps it: one JSON object without what is empty."""
    values = {name: getattr(annotation, name) for name in _FIELDS}
    kept = {k: v for k, v in values.items() if v not in (None, (), {}, "") and (v or k not in DETAILS)}
    return json.dumps(kept, ensure_ascii=False)


def annotation_from_json(text: str) -> Annotation:
    """The annotation of a line of the edit log; fields of later versions are ignored."""
    values = {name: value for name, value in json.loads(text).items() if name in _FIELDS}
    if "points" in values:
        values["points"] = tuple(map(tuple, values["points"]))
    return Annotation(**_tuples(values))


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    if "flags" in values:
        values["flags"] = tuple(values["flags"])
    if "relations" in values:
        values["relations"] = tuple((int(other), str(name)) for other, name in values["relations"])
    return values


def annotation_schema() -> pa.Schema:
    """Arrow columns of the annotation table, as `Transaction.insert("annotation", …)` takes them."""
    import pyarrow as pa

    numbers = [(name, pa.float64()) for name in ("x", "y", "w", "h")]
    return pa.schema(
        [
            ("id", pa.int64()),
            ("item_id", pa.int64()),
            ("label_id", pa.int32()),
            ("kind", pa.string()),
            *numbers,
            ("points", pa.list_(pa.list_(pa.float64()))),
            ("rle", pa.string()),
            ("attributes", pa.string()),
            ("score", pa.float64()),
            ("origin", pa.string()),
            ("author", pa.string()),
            ("details", pa.string()),
            ("tx", pa.int64()),
        ]
    )


def annotation_table(annotations: Iterable[Annotation], tx_id: int) -> pa.Table:
    """Annotations as an Arrow table with the columns of the store."""
    import pyarrow as pa

    schema = annotation_schema()
    rows = [[*annotation_to_row(annotation), tx_id] for annotation in annotations]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(column, entry.type) for column, entry in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
