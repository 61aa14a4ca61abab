"""Annotations as columns: half a million of them become objects only when an exporter looks at one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from engine.data.records import Annotation

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

COLUMNS = ("id", "item", "label_id", "kind", "x", "y", "w", "h", "points", "rle", "attributes", "score", "origin", "author",
           "details")  # fmt: skip
PLAIN = ("rle", "attributes", "score", "details")  # what a plain box or polygon has none of


class Rows:
    """The rows of a table with the columns `COLUMNS`, sorted by item; a column that is missing is NULL."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def items(self) -> NDArray[np.int64]:
        """The item of each row."""
        import numpy as np

        return np.asarray(self.table["item"].to_numpy(), np.int64)

    @cached_property
    def lists(self) -> list[list[Any]]:
        """All columns as lists of Python objects, in the order of `COLUMNS`."""
        return [self.column(name) for name in COLUMNS]

    @cached_property
    def heads(self) -> list[list[Any]]:
        """Label, kind and box, as in `lists`."""
        return [self.column(name) for name in ("label_id", "kind", "x", "y", "w", "h")]

    def column(self, name: str) -> list[Any]:
        """One column as a list."""
        if name not in self.table.column_names or self.table[name].null_count == len(self):
            return [None] * len(self)
        column = self.table[name]
        numbers = name in ("id", "label_id", "x", "y", "w", "h") and not column.null_count
        found: list[Any] = column.to_numpy().tolist() if numbers else column.to_pylist()
        return found

    @cached_property
    def plain(self) -> list[bool]:
        """Which rows are boxes or polygons of one ring and nothing else."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        found = np.asarray(pc.is_in(self.table["kind"], pa.array(["box", "polygon"])))
        for name in PLAIN:
            if name in self.table.column_names and self.table[name].null_count < len(self):
                found = found & np.asarray(self.table[name].is_null())
        if "points" in self.table.column_names and self.table["points"].null_count < len(self):
            found = found & (np.asarray(pc.fill_null(pc.list_value_length(self.table["points"]), 1)) == 1)
        plain: list[bool] = found.tolist()
        return plain

    @cached_property
    def polygons(self) -> Polygons:
        """The rings of all polygons."""
        return Polygons(self.table)

    def of(self, item: int) -> Some:
        """The annotations of one item."""
        import numpy as np

        start, stop = np.searchsorted(self.items, [item, item + 1]).tolist()
        return Some(self, start, stop)

    def annotation(self, place: int) -> Annotation:
        """The annotation of a row."""
        ident, item, label, kind, x, y, w, h, points, rle, attributes, score, origin, author, details = (
            column[place] for column in self.lists
        )
        return Annotation(
            ident or 0, item, label, kind, x, y, w, h,
            tuple(map(tuple, points)) if points else (), rle, json.loads(attributes) if attributes else {},
            score, origin or "person", author or "", **(details_of(details) if details else {}),
        )  # fmt: skip


class Polygons:
    """Rings and areas of the rows that are polygons, without an object for each."""

    def __init__(self, table: pa.Table) -> None:
        import numpy as np
        import pyarrow.compute as pc

        chosen = np.asarray(pc.equal(table["kind"], "polygon")) & np.asarray(table["points"].is_valid())
        self._index = (np.cumsum(chosen) - 1).tolist()
        column = table["points"].filter(chosen).combine_chunks()
        rings = column.flatten()
        per_row = np.asarray(pc.list_value_length(column), np.int64)
        per_ring = np.asarray(pc.list_value_length(rings), np.int64)
        values = np.asarray(rings.flatten().to_numpy(), np.float64)
        first, start = np.concatenate([[0], np.cumsum(per_row)]), np.concatenate([[0], np.cumsum(per_ring)])
        self._first, self._start, self._values = first.tolist(), start.tolist(), values.tolist()
        self.areas: list[float] = _areas(values, start, first).tolist()

    def of(self, row: int) -> tuple[list[list[float]], float]:
        """The rings of a row and the area in them."""
        place, start = self._index[row], self._start
        rings = range(self._first[place], self._first[place + 1])
        return [self._values[start[ring] : start[ring + 1]] for ring in rings], self.areas[place]


def _areas(values: NDArray[np.float64], start: NDArray[Any], first: NDArray[Any]) -> NDArray[np.float64]:
    """The areas of rows of rings (x0, y0, x1, y1, …) by the shoelace formula; every ring's counts."""
    import numpy as np

    if not len(values):
        return np.zeros(max(len(first) - 1, 0))
    x, y = values[::2], values[1::2]
    begin, end = start[:-1] // 2, start[1:] // 2
    after = np.arange(1, len(x) + 1)
    after[end[end > begin] - 1] = begin[end > begin]
    cross = np.concatenate([[0.0], np.cumsum(x * y[after] - x[after] * y)])
    rings = np.abs(cross[end] - cross[begin]) / 2
    total = np.concatenate([[0.0], np.cumsum(rings)])
    found: NDArray[np.float64] = total[first[1:]] - total[first[:-1]]
    return found


class Some(Sequence[Annotation]):
    """A part of the rows as a list of annotations that are made when asked for."""

    def __init__(self, rows: Rows, start: int, stop: int) -> None:
        self.rows, self.start, self.stop = rows, start, stop

    @cached_property
    def made(self) -> list[Annotation]:
        """All of them."""
        return [self.rows.annotation(place) for place in range(self.start, self.stop)]

    def __len__(self) -> int:
        return self.stop - self.start

    @overload
    def __getitem__(self, place: int) -> Annotation: ...
    @overload
    def __getitem__(self, place: slice) -> list[Annotation]: ...
    def __getitem__(self, place: int | slice) -> Annotation | list[Annotation]:
        return self.made[place]

    def __iter__(self) -> Iterator[Annotation]:
        return iter(self.made)


def details_of(text: str) -> dict[str, Any]:
    """The fields of an annotation that its column `details` holds."""
    from engine.data.records import details_from_json

    return details_from_json(text)
