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
PLAIN = ("points", "rle", "attributes", "details")  # what a plain box has none of


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
        """Which rows are boxes and nothing else."""
        import numpy as np
        import pyarrow.compute as pc

        found = np.asarray(pc.fill_null(pc.equal(self.table["kind"], "box"), False))
        for name in PLAIN:
            if name in self.table.column_names and self.table[name].null_count < len(self):
                found = found & np.asarray(self.table[name].is_null())
        plain: list[bool] = found.tolist()
        return plain

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
