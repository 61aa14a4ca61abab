"""What a report tells of items and annotations: counts, sizes, places, what occurs together, splits, imports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from numpy.typing import NDArray

    from engine.workspace import Workspace

ITEMS, ANNOTATIONS, ABOUT = "items.parquet", "annotations.parquet", "about.json"
HEAT = 24  # cells of the map of places on each side


@dataclass(frozen=True)
class Import:
    """Items that came together."""

    tx: int
    name: str
    created: str
    items: int


def snapshot(ws: Workspace, folder: Path) -> None:
    """Write what a report needs into a folder, so that it can be made by a worker that never opens the store."""
    import pyarrow.parquet as pq

    from engine.data.items import linked_path

    folder.mkdir(parents=True, exist_ok=True)
    items = ws.arrow(
        "SELECT id, name, digest, page, width, height, channels, bits, format, bytes, split, group_key, problem, link, tx"
        " FROM item ORDER BY id"
    )
    paths = [
        str(linked_path(link) if link else ws.media.path(digest))
        for digest, link in zip(items["digest"].to_pylist(), items["link"].to_pylist(), strict=True)
    ]
    import pyarrow as pa

    pq.write_table(items.append_column("path", pa.array(paths, pa.string())), folder / ITEMS)
    pq.write_table(
        ws.arrow(
            "SELECT a.id, a.item_id, coalesce(l.name, '?') AS label, a.kind, a.x, a.y, a.w, a.h, a.author, a.origin"
            " FROM annotation a LEFT JOIN label l ON l.id = a.label_id WHERE a.origin <> 'model' ORDER BY a.item_id, a.id"
        ),
        folder / ANNOTATIONS,
    )
    labels = ws.query("SELECT name, color FROM label ORDER BY position, id")
    imports = ws.query(
        "SELECT t.id, t.action, t.created, count(*) FROM item i JOIN tx t ON t.id = i.tx GROUP BY ALL ORDER BY t.id"
    )
    about = {
        "workspace": ws.name,
        "labels": labels,
        "imports": [[number, action, created.isoformat(), count] for number, action, created, count in imports],
    }
    (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")


class Facts:
    """Questions to a snapshot."""

    def __init__(self, folder: Path) -> None:
        import duckdb
        import pyarrow.parquet as pq

        about = json.loads((folder / ABOUT).read_text("utf-8"))
        self.workspace: str = about["workspace"]
        self.labels: dict[str, str] = dict(about["labels"])
        self.imports = [Import(*row) for row in about["imports"]]
        self.items: pa.Table = pq.read_table(folder / ITEMS)
        self.annotations: pa.Table = pq.read_table(folder / ANNOTATIONS)
        self._connection: duckdb.DuckDBPyConnection = duckdb.connect(":memory:")
        self._connection.register("item", self.items)
        self._connection.register("annotation", self.annotations)

    def ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query over `item` and `annotation`."""
        return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str) -> Any:
        """The single value of a query."""
        return self.ask(sql)[0][0]

    def counts(self) -> list[tuple[str, int, int]]:
        """Label, annotations, items with it; labels without any at the end."""
        found = self.ask(
            "SELECT label, count(*), count(DISTINCT item_id) FROM annotation GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        seen = {row[0] for row in found}
        return [*found, *((label, 0, 0) for label in self.labels if label not in seen)]

    def sizes(self) -> NDArray[np.float64]:
        """(N, 2): width and height of the shapes in px."""
        rows = self.ask("SELECT w, h FROM annotation WHERE w > 0 AND h > 0 ORDER BY item_id, id")
        return np.array(rows, np.float64).reshape(-1, 2)

    def places(self, label: str = "") -> NDArray[np.int64]:
        """(24, 24): how many shapes have their middle in each part of the image."""
        where, values = ("AND a.label = ?", [label]) if label else ("", [])
        rows = self.ask(
            f"""
            SELECT least(greatest(floor((a.y + a.h / 2) / i.height * {HEAT}), 0), {HEAT - 1})::INTEGER AS r,
                   least(greatest(floor((a.x + a.w / 2) / i.width * {HEAT}), 0), {HEAT - 1})::INTEGER AS c, count(*)
            FROM annotation a JOIN item i ON i.id = a.item_id
            WHERE a.x IS NOT NULL AND i.width > 0 AND i.height > 0 {where} GROUP BY 1, 2
            """,
            values,
        )
        grid = np.zeros((HEAT, HEAT), np.int64)
        for row, column, count in rows:
            grid[row, column] = count
        return grid

    def together(self, labels: Sequence[str]) -> NDArray[np.int64]:
        """(L, L): on how many items both labels are; the diagonal: on how many one is."""
        place = {label: index for index, label in enumerate(labels)}
        rows = self.ask(
            """
            WITH said AS (SELECT DISTINCT item_id, label FROM annotation)
            SELECT a.label, b.label, count(*) FROM said a JOIN said b USING (item_id) GROUP BY 1, 2
            """
        )
        grid = np.zeros((len(labels), len(labels)), np.int64)
        for a, b, count in rows:
            if a in place and b in place:
                grid[place[a], place[b]] = count
        return grid

    def splits(self) -> tuple[list[str], dict[str, list[int]], list[int]]:
        """Splits, annotations of each label by split, items by split; "" is none."""
        items = self.ask("SELECT coalesce(split, ''), count(*) FROM item GROUP BY 1")
        order = {"train": 0, "val": 1, "test": 2}
        counts = dict(sorted(items, key=lambda row: (order.get(row[0], 3), row[0])))
        names = list(counts)
        found: dict[str, list[int]] = {}
        for label, split, count in self.ask(
            "SELECT a.label, coalesce(i.split, ''), count(*) FROM annotation a JOIN item i ON i.id = a.item_id GROUP BY 1, 2"
        ):
            found.setdefault(label, [0] * len(names))[names.index(split)] = count
        return names, found, list(counts.values())

    def values(self, sql: str, tx: int) -> NDArray[np.float64]:
        """One column of numbers of the items of an import; `sql` selects it from `item i` or `annotation a JOIN item i`."""
        return np.array([row[0] for row in self.ask(f"{sql} AND i.tx = ?", [tx])], np.float64)


def local(created: str) -> str:
    """A UTC time as the clock on the wall shows it."""
    from datetime import UTC

    return datetime.fromisoformat(created).replace(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M")
