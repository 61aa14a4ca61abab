"""Telling the annotations of an import that the workspace has, or had until a person changed them, from new ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.workspace import Workspace

_CONTENT = (
    "hash(item_id, label_id, kind, round(x, 3), round(y, 3), round(w, 3), round(h, 3), points, rle, attributes, score)"
)


def without_known(
    ws: Workspace, rows: pa.Table, label_ids: Sequence[int], again: Collection[int], twins: bool
) -> pa.Table:
    """The rows that are new: equal to no annotation that their item has, or had before somebody changed or removed it.

    Args:
        again: items that were in the workspace before this import.
        twins: several pictures of this import are the same item; an annotation that two of them have counts once.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(rows) or not (again or twins):
        return rows
    labels = np.asarray(label_ids, np.int32)[rows["label"].to_numpy()]
    cursor = ws.cursor()
    cursor.register("known_items", pa.table({"item_id": pa.array(sorted(again), pa.int64())}))
    before = _earlier(ws)
    cursor.register("known_before", before)
    try:
        has = cursor.execute("SELECT 1 FROM annotation SEMI JOIN known_items USING (item_id) LIMIT 1").fetchall()
        if not (has or len(before) or twins):
            return rows
        incoming = rows.append_column("label_id", pa.array(labels)).append_column(
            "place", pa.array(np.arange(len(rows)))
        )
        cursor.register("known_incoming", incoming)
        keep = cursor.sql(
            f"""
                WITH fresh AS (SELECT place, picture, {_CONTENT} AS content FROM known_incoming),
                     old AS (
                         SELECT {_CONTENT} AS content FROM annotation SEMI JOIN known_items USING (item_id)
                         UNION ALL SELECT {_CONTENT} FROM known_before SEMI JOIN known_items USING (item_id)
                     )
                SELECT place FROM (SELECT *, min(picture) OVER (PARTITION BY content) AS first_picture FROM fresh)
                ANTI JOIN old USING (content) WHERE picture = first_picture ORDER BY place
                """
        ).to_arrow_table()["place"]
        cursor.unregister("known_incoming")
    finally:
        cursor.unregister("known_items")
        cursor.unregister("known_before")
    return rows if len(keep) == len(rows) else rows.take(pc.cast(keep, pa.int64()))


def _earlier(ws: Workspace) -> pa.Table:
    """Former states of annotations, as the edit log keeps them."""
    from engine.data.records import annotation_from_json, annotation_table

    rows = ws.query("SELECT before FROM edit WHERE op IN ('change', 'remove') AND before IS NOT NULL")
    return annotation_table((annotation_from_json(before) for (before,) in rows), 0)
