"""What lies between two dataset versions: a query over the Parquet files in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from engine.workspace import Workspace

WHATS = ("added", "removed", "changed")


@dataclass(frozen=True)
class VersionDiff:
    """The way from version `a` to `b`.

    Attributes:
        items, annotations: how many were added, removed, changed.
        moved: items that are in another split, as {"train → val": n}.
        labels: names that are new or gone.
        rows: what (item or annotation), change, key, name (of the item), label, kind, x, y, w, h; of a changed
            annotation the new state, of a removed one the last.
    """

    a: str
    b: str
    items: Mapping[str, int]
    annotations: Mapping[str, int]
    moved: Mapping[str, int]
    labels: Mapping[str, list[str]]
    rows: pa.Table = field(repr=False)

    @property
    def same(self) -> bool:
        """Whether there is no difference at all."""
        counted = (self.items, self.annotations, self.moved)
        return not any(any(counts.values()) for counts in counted) and not any(self.labels.values())

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it, without the rows."""
        return {"a": self.a, "b": self.b, "same": self.same, "items": dict(self.items), "annotations": dict(self.annotations),
                "moved": dict(self.moved), "labels": dict(self.labels)}  # fmt: skip


def diff(ws: Workspace, a: str | int, b: str | int) -> VersionDiff:
    """Compare two versions; only buckets whose digest differs are read.

    Raises:
        NoSuchVersion: one of them does not exist.
        BadInput: one of them holds a table.
    """
    import duckdb

    from engine.data.versions import get_version, read_manifest
    from engine.errors import BadInput

    table = next((version for version in (get_version(ws, a), get_version(ws, b)) if version.is_table), None)
    if table is not None:
        raise BadInput(f"The version “{table.name}” holds a table; images and annotations can be compared.")
    versions = [get_version(ws, a), get_version(ws, b)]
    manifests = [read_manifest(ws.path, version.id) for version in versions]
    shared = {entry["digest"] for entry in manifests[0]["chunks"]} & {
        entry["digest"] for entry in manifests[1]["chunks"]
    }
    con = duckdb.connect(":memory:")
    try:
        for side, manifest in zip("ab", manifests, strict=True):
            entries = [entry for entry in manifest["chunks"] if entry["digest"] not in shared]
            _load(con, ws.path / "versions", side, entries)
            splits = str(ws.path / "versions" / str(manifest["id"]) / "splits.parquet")
            con.execute(f"CREATE TABLE {side}_splits AS SELECT * FROM read_parquet(?)", [splits])
        _compare(con)
        rows = con.sql(
            "SELECT what, change, key, name, label, kind, x, y, w, h FROM difference ORDER BY what DESC, name, key, change, label, x, y"
        ).to_arrow_table()
        counts = {
            (what, change): n
            for what, change, n in con.execute("SELECT what, change, count(*) FROM difference GROUP BY 1, 2").fetchall()
        }
        moved = con.execute(
            "SELECT a.split || ' → ' || b.split, count(*) FROM a_splits a JOIN b_splits b USING (key)"
            " WHERE a.split <> b.split GROUP BY 1 ORDER BY 1"
        ).fetchall()
    finally:
        con.close()
    names = [{label["name"] for label in manifest["labels"]} for manifest in manifests]
    return VersionDiff(
        versions[0].name,
        versions[1].name,
        {change: counts.get(("item", change), 0) for change in WHATS},
        {change: counts.get(("annotation", change), 0) for change in WHATS},
        dict(moved),
        {"added": sorted(names[1] - names[0]), "removed": sorted(names[0] - names[1])},
        rows,
    )


def _load(con: duckdb.DuckDBPyConnection, root: Path, side: str, entries: list[dict[str, Any]]) -> None:
    from engine.data import chunks

    for kind, schema in (("items", chunks.item_schema()), ("annotations", chunks.annotation_schema())):
        con.register("incoming", chunks.read([root / entry[kind] for entry in entries], schema))
        con.execute(f"CREATE TABLE {side}_{kind} AS SELECT * FROM incoming")
        con.unregister("incoming")


def _compare(con: duckdb.DuckDBPyConnection) -> None:
    """Rows that are equal cancel each other out one by one; of the rest those with the same id changed."""
    con.execute(
        """
        CREATE TABLE difference AS
        WITH gone AS (SELECT * FROM a_items EXCEPT SELECT * FROM b_items), came AS (SELECT * FROM b_items EXCEPT SELECT * FROM a_items)
        SELECT 'item' AS what,
               CASE WHEN gone.key IS NULL THEN 'added' WHEN came.key IS NULL THEN 'removed' ELSE 'changed' END AS change,
               coalesce(came.key, gone.key) AS key, coalesce(came.name, gone.name) AS name,
               NULL::VARCHAR AS label, NULL::VARCHAR AS kind, NULL::DOUBLE AS x, NULL::DOUBLE AS y, NULL::DOUBLE AS w, NULL::DOUBLE AS h
        FROM gone FULL JOIN came ON gone.key = came.key
        """
    )
    content = "item_key, label, kind, x, y, w, h, points, rle, attributes"
    for side in "ab":
        con.execute(
            f"CREATE TABLE {side}_numbered AS SELECT *, row_number() OVER (PARTITION BY {content} ORDER BY id) AS nth FROM {side}_annotations"
        )
    equal = " AND ".join(f"a.{name} IS NOT DISTINCT FROM b.{name}" for name in [*content.split(", "), "nth"])
    con.execute(
        f"""
        INSERT INTO difference
        WITH gone AS (SELECT * FROM a_numbered a WHERE NOT EXISTS (SELECT 1 FROM b_numbered b WHERE {equal})),
             came AS (SELECT * FROM b_numbered b WHERE NOT EXISTS (SELECT 1 FROM a_numbered a WHERE {equal})),
             names AS (SELECT key, name FROM a_items UNION SELECT key, name FROM b_items),
             named AS (SELECT key, min(name) AS name FROM names GROUP BY key)
        SELECT 'annotation',
               CASE WHEN gone.item_key IS NULL THEN 'added' WHEN came.item_key IS NULL THEN 'removed' ELSE 'changed' END,
               coalesce(came.item_key, gone.item_key), named.name, coalesce(came.label, gone.label), coalesce(came.kind, gone.kind),
               coalesce(came.x, gone.x), coalesce(came.y, gone.y), coalesce(came.w, gone.w), coalesce(came.h, gone.h)
        FROM gone FULL JOIN came ON gone.id = came.id AND gone.item_key = came.item_key
             LEFT JOIN named ON named.key = coalesce(came.item_key, gone.item_key)
        """
    )
