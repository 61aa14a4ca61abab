"""Labels and annotations as plain values, and the way between them and the rows of the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.workspace import Workspace

KINDS = ("class", "box", "rotated_box", "polygon", "polyline", "point", "keypoints", "mask")
ORIGINS = ("person", "model", "import")

LABEL_COLUMNS = "id, name, parent, color, shortcut, shapes, attributes, position"
ANNOTATION_COLUMNS = "id, item_id, label_id, kind, x, y, w, h, points, rle, attributes, score, origin, author"

Rings = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Label:
    """One label of the schema.

    Attributes:
        color: "#rrggbb".
        shortcut: the key that chooses it ("1" … "9", a letter), or "".
        shapes: the kinds of annotation it may have; empty: all.
        attributes: dicts {name, type, values, default}.
        position: its place in the list, from 0.
    """

    id: int
    name: str
    color: str
    parent: int | None = None
    shortcut: str = ""
    shapes: tuple[str, ...] = ()
    attributes: tuple[Mapping[str, Any], ...] = ()
    position: int = 0


@dataclass(frozen=True)
class Annotation:
    """What a person or a model says of an item.

    Attributes:
        id: 0 while it is not in the store.
        x, y, w, h: bounding box in px of the item (left, top, width, height); None for kind "class".
        points: rings or lines as ((x0, y0, x1, y1, …), …); keypoints as ((x, y, v, …),).
        rle: COCO compressed RLE of a mask over the whole item.
        score: a model's confidence in [0, 1]; None for a person.
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

    def with_(self, **values: Any) -> Annotation:
        """A copy with some fields replaced."""
        return replace(self, **values)


def label_from_row(row: Sequence[Any]) -> Label:
    """A label from a row of `LABEL_COLUMNS`."""
    label_id, name, parent, color, shortcut, shapes, attributes, position = row
    return Label(
        id=label_id,
        name=name,
        parent=parent,
        color=color or "#888888",
        shortcut=shortcut or "",
        shapes=tuple(json.loads(shapes)) if shapes else (),
        attributes=tuple(json.loads(attributes)) if attributes else (),
        position=position or 0,
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
    ]


def read_labels(ws: Workspace) -> list[Label]:
    """All labels in the order of the schema."""
    return [label_from_row(row) for row in ws.query(f"SELECT {LABEL_COLUMNS} FROM label ORDER BY position, id")]


def annotation_from_row(row: Sequence[Any]) -> Annotation:
    """An annotation from a row of `ANNOTATION_COLUMNS`."""
    annotation_id, item_id, label_id, kind, x, y, w, h, points, rle, attributes, score, origin, author = row
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
    ]


def attributes_json(attributes: Mapping[str, Any]) -> str | None:
    """Attributes as the store keeps them: sorted keys, so that equal attributes are equal text; None without any."""
    return json.dumps(dict(attributes), ensure_ascii=False, sort_keys=True) if attributes else None


def annotation_to_json(annotation: Annotation) -> str:
    """The annotation as the edit log keeps it: one JSON object without what is empty."""
    values = {entry.name: getattr(annotation, entry.name) for entry in fields(annotation)}
    return json.dumps({k: v for k, v in values.items() if v not in (None, (), {}, "")}, ensure_ascii=False)


def annotation_from_json(text: str) -> Annotation:
    """The annotation of a line of the edit log; fields of later versions are ignored."""
    known = {entry.name for entry in fields(Annotation)}
    values = {name: value for name, value in json.loads(text).items() if name in known}
    if "points" in values:
        values["points"] = tuple(map(tuple, values["points"]))
    return Annotation(**values)


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
