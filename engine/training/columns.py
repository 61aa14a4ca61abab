"""Columns of Arrow as the encoding takes them: each different value is looked at once, numbers not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.serving.tables import Column, Floats, as_text

if TYPE_CHECKING:
    import pyarrow as pa

Integers = npt.NDArray[np.int64]


def encoded(column: Column, values: pa.ChunkedArray) -> tuple[Floats, Floats]:
    """Slot and amount of each value, (N,) each: as `Column.encode`, but each category is looked up once."""
    if column.kind == "number":
        return column.encode(plain(values))
    found, place = different(values)
    slots, amounts = column.encode(found) if found else (np.zeros(0, np.float32),) * 2
    return slots[place], amounts[place]


def plain(values: pa.ChunkedArray) -> Any:
    """Numbers as an array, with NaN where one is missing; anything else as it is, to be told what is wrong with it."""
    import pyarrow as pa

    numeric = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
    return values.to_numpy() if numeric else values.to_pylist()


def texts_of(values: pa.ChunkedArray) -> npt.NDArray[Any]:
    """Each value as text, (N,)."""
    found, place = different(values)
    return np.array([as_text(value) for value in found] or [""], np.object_)[place]


def different(values: pa.ChunkedArray) -> tuple[list[Any], Integers]:
    """The different values, and which of them each is."""
    import pyarrow as pa

    whole = values.combine_chunks()
    if pa.types.is_nested(whole.type):
        return whole.to_pylist(), np.arange(len(whole))
    found = whole.dictionary_encode(null_encoding="encode")
    return found.dictionary.to_pylist(), found.indices.to_numpy().astype(np.int64)
