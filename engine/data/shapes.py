"""Shapes on their way into the store: checked against the pictures, given ids, sorted by item."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.data.importers.base import Problem, Reading

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from engine.workspace import Transaction, Workspace

SLACK = 1.0  # px by which a box may stand over the edge: rounding of the tool that drew it


def checked(
    reading: Reading, item_of: Sequence[int], sizes: Sequence[tuple[int, int]], problems: list[Problem]
) -> tuple[pa.Table, dict[int, str]]:
    """Shapes of pictures that are items, within the picture; (table with a column item_id, why items need a look)."""
    import numpy as np
    import pyarrow as pa

    table = _scaled(reading.shapes, sizes) if reading.normalised else reading.shapes
    if table["details"].null_count < len(table):
        table = table.append_column("place", pa.array(np.arange(len(table))))
    picture = table["picture"].to_numpy()
    items = np.asarray(item_of, np.int64)[picture] if len(table) else np.zeros(0, np.int64)
    size = np.asarray(sizes, np.float64).reshape(-1, 2)
    box = np.stack([_floats(table[axis]) for axis in "xywh"], 1)
    flagged: dict[int, str] = {}
    keep = items > 0
    # boxes: finite, not empty, inside the picture
    is_class = np.isnan(box).all(1)
    broken = keep & ~is_class & (~np.isfinite(box).all(1) | (box[:, 2] < 0) | (box[:, 3] < 0))
    flat = (
        keep
        & ~is_class
        & ~broken
        & ((box[:, 2] <= 0) | (box[:, 3] <= 0))
        & _is(table["kind"], "box", "mask", "rotated_box", "ellipse")
    )
    limit = size[picture] if len(table) else np.zeros((0, 2))
    outside = keep & ~is_class & ~broken & ~flat & (
        (box[:, 0] >= limit[:, 0]) | (box[:, 1] >= limit[:, 1]) | (box[:, 0] + box[:, 2] <= 0) | (box[:, 1] + box[:, 3] <= 0)
    )  # fmt: skip
    over = keep & ~is_class & ~broken & ~flat & ~outside & (
        (box[:, 0] < -SLACK) | (box[:, 1] < -SLACK)
        | (box[:, 0] + box[:, 2] > limit[:, 0] + SLACK) | (box[:, 1] + box[:, 3] > limit[:, 1] + SLACK)
    )  # fmt: skip
    for rows, what, kept in (
        (broken, "a shape with a coordinate that is no number, or a negative size; left out", False),
        (flat, "an empty shape; left out", False),
        (outside, "a shape that lies outside the image; left out", False),
        (over, "a shape that stands over the edge of the image; cut to it", True),
    ):
        for row in np.flatnonzero(rows).tolist():
            place = f" ({', '.join(f'{value:g}' for value in box[row])})"
            index = int(picture[row])
            problems.append(
                Problem(reading.pictures[index].name, what.split(";")[0] + place + ";" + what.split(";")[1])
            )
            flagged[int(items[row])] = what.split(";")[0]
        if not kept:
            keep &= ~rows
    other = np.array([p.size not in (None, tuple(size)) for p, size in zip(reading.pictures, sizes, strict=True)], bool)
    if other.any() and len(table):
        keep &= ~(other[picture] & _is(table["kind"], "mask"))  # its pixels are not those of the image
    for index, entry in enumerate(reading.pictures):
        if entry.size is not None and item_of[index] and entry.size != tuple(sizes[index]):
            reason = (
                f"its annotations were made for {entry.size[0]} × {entry.size[1]} px, the image has"
                f" {sizes[index][0]} × {sizes[index][1]} px; check them (masks are left out)"
            )
            problems.append(Problem(entry.name, reason))
            flagged[item_of[index]] = reason
    if over.any():
        table = _cut(table, box, limit, np.flatnonzero(over & keep))
    table = table.append_column("item_id", pa.array(items))
    if not keep.all():
        table = table.filter(pa.array(keep))
    ids = table["item_id"].to_numpy()
    if len(ids) and (np.diff(ids) < 0).any():
        table = table.take(pa.array(np.argsort(ids, kind="stable")))
    return table, flagged


def _scaled(table: pa.Table, sizes: Sequence[tuple[int, int]]) -> pa.Table:
    """Coordinates that are parts of width and height in px, to a millionth of one."""
    import numpy as np
    import pyarrow as pa

    if not len(table):
        return table
    size = np.asarray(sizes, np.float64).reshape(-1, 2)[table["picture"].to_numpy()]
    for index, axis in enumerate("xywh"):
        values = np.round(_floats(table[axis]) * size[:, index % 2], 6)
        table = table.set_column(table.column_names.index(axis), axis, pa.array(values, from_pandas=True))
    if table["points"].null_count < len(table):
        points = table["points"].to_pylist()
        kinds = table["kind"].to_pylist()
        for row, rings in enumerate(points):
            if rings:
                width, height = size[row].tolist()
                by = _factors(kinds[row], width, height)
                step = len(by)
                points[row] = [
                    [round(value * by[place % step], 6) for place, value in enumerate(ring)] for ring in rings
                ]
        column = table.column_names.index("points")
        table = table.set_column(column, "points", pa.array(points, table.schema.field("points").type))
    return table


def _factors(kind: str, width: float, height: float) -> tuple[float, ...]:
    """By what the coordinates of a shape are multiplied, over and over."""
    if kind == "ellipse":
        return width, height, width, height, 1.0
    return (width, height, 1.0) if kind == "keypoints" else (width, height)


def insert(ws: Workspace, tx: Transaction, rows: pa.Table, label_ids: Sequence[int]) -> int:
    """Write checked shapes as annotations; returns how many."""
    import numpy as np
    import pyarrow as pa

    count = len(rows)
    if not count:
        return 0
    first = ws.new_ids("annotation", count)
    columns: dict[str, Any] = {
        "id": pa.array(np.arange(first, first + count)),
        "item_id": rows["item_id"],
        "label_id": pa.array(np.asarray(label_ids, np.int32)[rows["label"].to_numpy()]),
    }
    values: list[Any] = ["import", tx.author, tx.id]  # what is the same in all rows goes in as one value
    constants = ["origin", "author", "tx"]
    for name in ("kind", "x", "y", "w", "h", "points", "rle", "attributes", "score"):
        if rows[name].null_count == count:
            continue
        if name == "kind" and len(kinds := rows[name].unique()) == 1:
            constants.append(name)
            values.append(kinds[0].as_py())
        else:
            columns[name] = rows[name]
    if rows["details"].null_count < count:
        columns["details"] = _resolved(rows, first)
    tx.cursor.register("incoming_shapes", pa.table(columns))
    try:
        tx.execute(
            f"INSERT INTO annotation ({', '.join([*columns, *constants])})"
            f" SELECT {', '.join(columns)}, {', '.join('?' for _ in constants)} FROM incoming_shapes",
            values,
        )
    finally:
        tx.cursor.unregister("incoming_shapes")
    return count


def _resolved(rows: pa.Table, first: int) -> pa.Array:
    """The details with ids of annotations, the first of which is `first`, in place of the numbers of the source."""
    import pyarrow as pa

    from engine.data.records import attributes_json

    details = [json.loads(text) if text else None for text in rows["details"].to_pylist()]
    ident_of = dict(zip(rows["place"].to_pylist(), range(first, first + len(rows)), strict=True))
    groups: dict[tuple[int, Any], int] = {}
    tracks: dict[Any, int] = {}
    for ident, item, said in zip(range(first, first + len(rows)), rows["item_id"].to_pylist(), details, strict=True):
        if said is None:
            continue
        if "group" in said:
            said["group"] = groups.setdefault((item, said["group"]), ident)
        if "track" in said:
            said["track"] = tracks.setdefault(said["track"], ident)
        if "relations" in said:
            kept = [[ident_of[place], name] for place, name in said.pop("relations") if place in ident_of]
            said |= {"relations": kept} if kept else {}
    return pa.array([attributes_json(said) if said else None for said in details], pa.string())


def _cut(
    table: pa.Table, box: np.ndarray[Any, Any], limit: np.ndarray[Any, Any], rows: np.ndarray[Any, Any]
) -> pa.Table:
    """Cut the given rows' boxes and points to their pictures."""
    import numpy as np
    import pyarrow as pa

    box = box.copy()
    left_top = np.maximum(box[rows, :2], 0)
    right_bottom = np.minimum(box[rows, :2] + box[rows, 2:], limit[rows])
    box[rows] = np.concatenate([left_top, right_bottom - left_top], 1)
    for index, axis in enumerate("xywh"):
        table = table.set_column(table.column_names.index(axis), axis, pa.array(box[:, index], from_pandas=True))
    kinds = table["kind"].take(pa.array(rows)).to_pylist()
    with_points = [
        row for row, kind in zip(rows.tolist(), kinds, strict=True) if kind in ("polygon", "polyline", "point")
    ]
    if with_points:
        points = table["points"].to_pylist()
        for row in with_points:
            width, height = limit[row].tolist()
            points[row] = [
                [min(max(value, 0.0), height if place % 2 else width) for place, value in enumerate(ring)]
                for ring in points[row] or []
            ]
        table = table.set_column(
            table.column_names.index("points"), "points", pa.array(points, table.schema.field("points").type)
        )
    return table


def _floats(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """A column as float64; NULL is NaN."""
    import numpy as np

    return np.asarray(column.to_numpy(), np.float64)


def _is(column: pa.ChunkedArray, *kinds: str) -> np.ndarray[Any, Any]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.asarray(pc.is_in(column, value_set=pa.array(kinds)).to_numpy(), bool)
