"""Buckets of a dataset version: content-addressed pairs of Parquet files, items and annotations."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

ITEMS_PER_BUCKET = 64
ITEM_CONTENT = ("key", "digest", "name", "page", "width", "height", "group_key", "metadata")
ANNOTATION_CONTENT = ("item_key", "label", "kind", "x", "y", "w", "h", "points", "rle", "attributes", "flags")
LATER = ("flags",)  # content that came later: without values it does not enter the digest, so that old ones stay true


def bucket_bits(items: int) -> int:
    """How many upper bits of the key name the bucket: a function of the number of items and of nothing else."""
    return min(12, max(0, (max(items, 1) - 1) // ITEMS_PER_BUCKET).bit_length())


@dataclass(frozen=True)
class LabelNames:
    """The labels as a version names them: by name, or by parent/name where a name is used twice."""

    names: dict[int, str]
    rows: list[dict[str, Any]]

    def as_json(self) -> dict[str, str]:
        """Names by id, as the manifest keeps them."""
        return {str(ident): name for ident, name in sorted(self.names.items())}

    def parents(self) -> Iterator[tuple[str, str]]:
        """Each name with its parent's name or ""."""
        for row in self.rows:
            yield row["name"], self.names.get(row["parent"], "")


def label_names(cursor: duckdb.DuckDBPyConnection) -> LabelNames:
    """The label schema of the store."""
    import json

    rows = cursor.execute(
        "SELECT id, name, color, parent, position, details FROM label ORDER BY position, id"
    ).fetchall()
    plain = {row[0]: row[1] for row in rows}
    twice = {name for name in plain.values() if list(plain.values()).count(name) > 1}
    names = {
        ident: f"{plain[parent]}/{name}" if name in twice and parent in plain else name
        for ident, name, _, parent, _, _ in rows
    }
    return LabelNames(
        names,
        [
            {"id": ident, "name": names[ident], "color": color, "parent": parent, "position": position}
            | ({"details": json.loads(details)} if details else {})
            for ident, _, color, parent, position, details in rows
        ],
    )


def item_schema() -> pa.Schema:
    """Columns of an items file."""
    import pyarrow as pa

    whole, text = pa.int32(), pa.string()
    return pa.schema([("key", pa.int64()), ("digest", text), ("name", text), ("page", whole), ("width", whole),
                      ("height", whole), ("group_key", text), ("metadata", text)])  # fmt: skip


def annotation_schema() -> pa.Schema:
    """Columns of an annotations file; origin, id and details (which name ids) are local and not part of the digest."""
    import pyarrow as pa

    number, text = pa.float64(), pa.string()
    return pa.schema([("item_key", pa.int64()), ("label", text), ("kind", text), ("x", number), ("y", number), ("w", number),
                      ("h", number), ("points", pa.list_(pa.list_(number))), ("rle", text), ("attributes", text),
                      ("flags", text), ("origin", text), ("id", pa.int64()), ("details", text)])  # fmt: skip


def write(
    cursor: duckdb.DuckDBPyConnection, root: Path, ids: np.ndarray[Any, Any],
    buckets: Sequence[tuple[int, int, int]], labels: LabelNames,
) -> Iterator[tuple[int, dict[str, Any]]]:  # fmt: skip
    """Write the given buckets (index, first and end row of `ids`); yields (index, entry of the manifest)."""
    import numpy as np
    import pyarrow as pa

    if not buckets:
        return
    (root / "chunks").mkdir(parents=True, exist_ok=True)
    chosen = np.concatenate([ids[start:end] for _, start, end in buckets])
    cursor.register("chosen", pa.table({"id": chosen}))
    cursor.register(
        "chosen_labels",
        pa.table({"id": pa.array(labels.names, pa.int32()), "name": pa.array(labels.names.values(), pa.string())}),
    )
    try:
        items = (
            cursor.sql(f"SELECT {', '.join(ITEM_CONTENT)} FROM item SEMI JOIN chosen USING (id) ORDER BY key")
            .to_arrow_table()
            .cast(item_schema())
        )
        annotations = (
            cursor.sql(
                """
            SELECT i.key AS item_key, l.name AS label, a.kind, a.x + 0.0 AS x, a.y + 0.0 AS y, a.w + 0.0 AS w, a.h + 0.0 AS h,
                   a.points, a.rle, a.attributes,
                   CASE WHEN a.details IS NOT NULL THEN nullif(to_json(list_filter(
                       from_json(a.details -> '$.flags', '["VARCHAR"]'), lambda f: f NOT IN ('hidden', 'locked')
                   ))::VARCHAR, '[]') END AS flags,  -- what is only for the eye does not enter
                   a.origin, a.id, a.details
            FROM annotation a JOIN (SELECT id, key FROM item SEMI JOIN chosen USING (id)) i ON i.id = a.item_id
                 JOIN chosen_labels l ON l.id = a.label_id
            WHERE a.origin <> 'model'
            ORDER BY item_key, label, a.kind, x NULLS FIRST, y, w, h, a.points NULLS FIRST, a.rle NULLS FIRST, a.attributes NULLS FIRST,
                flags NULLS FIRST
            """
            )
            .to_arrow_table()
            .cast(annotation_schema())
        )
    finally:
        cursor.unregister("chosen")
        cursor.unregister("chosen_labels")
    keys = items["key"].to_numpy()
    item_keys = annotations["item_key"].to_numpy()
    done = 0
    for index, start, end in buckets:
        count = end - start
        some = items.slice(done, count)
        if count:
            first = np.searchsorted(item_keys, keys[done])
            last = np.searchsorted(item_keys, keys[done + count - 1], side="right")
        else:
            first = last = 0
        yield index, _write_pair(root, some, annotations.slice(first, last - first))
        done += count


def _write_pair(root: Path, items: pa.Table, annotations: pa.Table) -> dict[str, Any]:
    digest = content_digest(items, annotations)
    entry: dict[str, Any] = {"digest": digest, "item_count": len(items), "annotation_count": len(annotations)}
    entry["kinds"] = {pair["values"]: pair["counts"] for pair in annotations["kind"].value_counts().to_pylist()}
    for name, table in (("items", items), ("annotations", annotations)):
        entry[name] = f"chunks/{digest}.{name}.parquet"
        _write_once(table, root / entry[name])
    return entry


def _write_once(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    if path.exists():
        return
    partial = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        pq.write_table(table, partial, compression="zstd", store_schema=False)
        handle = os.open(partial, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def read(paths: Sequence[Path], schema: pa.Schema) -> pa.Table:
    """The rows of many files in their order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [_complete(pq.ParquetFile(path).read(), schema) for path in paths]
    return pa.concat_tables(tables) if tables else schema.empty_table()


def _complete(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A file of an earlier program lacks columns that came later."""
    import pyarrow as pa

    for name in schema.names:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), schema.field(name).type))
    return table.select(schema.names).cast(schema)


def content_digest(items: pa.Table, annotations: pa.Table) -> str:
    """sha256 over the values of sorted rows, column by column."""
    hasher = hashlib.sha256()
    for table, names in ((items, ITEM_CONTENT), (annotations, ANNOTATION_CONTENT)):
        said = [name for name in names if name not in LATER or table[name].null_count < len(table)]
        hasher.update(f"{len(table)}:{','.join(said)};".encode())
        for name in said:
            for part in _canonical(table[name].combine_chunks()):
                hasher.update(part)
    return hasher.hexdigest()


def _canonical(column: pa.Array) -> Iterator[bytes]:
    """A column's values as bytes that depend on nothing but the values: lengths (−1 for NULL), then little-endian data."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_list(column.type):
        yield pc.fill_null(pc.list_value_length(column), -1).to_numpy(zero_copy_only=False).astype("<i4").tobytes()
        yield from _canonical(column.flatten())
    elif pa.types.is_string(column.type):
        yield pc.fill_null(pc.binary_length(column), -1).to_numpy(zero_copy_only=False).astype("<i4").tobytes()
        filled = pc.fill_null(column, "") if column.null_count else column
        offsets = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset : filled.offset + len(filled) + 1]
        if len(filled) and filled.buffers()[2] is not None:
            yield memoryview(filled.buffers()[2])[offsets[0] : offsets[-1]].tobytes()
    else:
        yield np.asarray(column.is_valid()).astype("u1").tobytes()
        filled = pc.fill_null(column, 0) if column.null_count else column
        values = filled.to_numpy(zero_copy_only=False)
        if values.dtype.kind == "f":
            values = values + 0.0  # −0 and 0 are the same place
        yield values.astype(values.dtype.newbyteorder("<")).tobytes()
