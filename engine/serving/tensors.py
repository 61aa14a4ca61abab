"""Tensors as the Open Inference Protocol sends them: each of its datatypes, in JSON and as bytes, both ways.

Bytes are little-endian and row by row; an element of BYTES is its length as uint32, then itself. BF16 is the upper half of an
FP32 and becomes one here. FP16 and BF16 have no form in JSON.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.errors import BadRequest, expect

Array = npt.NDArray[Any]

NUMBERS: dict[str, str] = {
    "BOOL": "?", "UINT8": "<u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8", "INT8": "<i1", "INT16": "<i2",
    "INT32": "<i4", "INT64": "<i8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
}  # fmt: skip
BINARY_ONLY = ("FP16", "BF16")
DATATYPES = (*NUMBERS, "BF16", "BYTES")
_NAMES = {np.dtype(code).name: name for name, code in NUMBERS.items()} | {"object": "BYTES"}


def from_bytes(data: memoryview, datatype: str, shape: Sequence[int], name: str) -> Array:
    """A tensor of its shape; BYTES as an array of objects, BF16 as float32.

    Raises:
        BadRequest: there are more or fewer bytes than the shape says, or no such datatype.
    """
    if datatype == "BYTES":
        elements = length_prefixed(data)
        _count(len(elements), shape, name)
        found = np.empty(len(elements), np.object_)
        found[:] = elements
        return found.reshape(shape)
    dtype = np.dtype("<u2" if datatype == "BF16" else _code(datatype, name))
    size = math.prod(shape) * dtype.itemsize
    expect(len(data) == size, f"{name} of the shape {list(shape)} has {size} bytes; {len(data)} were sent.")
    array = np.frombuffer(data, dtype).reshape(shape)
    return (array.astype("<u4") << 16).view("<f4") if datatype == "BF16" else array


def from_list(data: Any, datatype: str, shape: Sequence[int], name: str) -> Array:
    """A tensor of its shape from a list of JSON, flat or nested; numbers only.

    Raises:
        BadRequest: a value is none of its datatype, or there are more or fewer than the shape says.
    """
    expect(datatype not in BINARY_ONLY, f"{name}: {datatype} has no form in JSON; send it as binary data.")
    dtype = np.dtype(_code(datatype, name))
    wide = np.float64 if dtype.kind == "f" else np.uint64 if datatype == "UINT64" else np.int64
    try:
        array = np.asarray(data, wide)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadRequest(f"The data of {name} are not all numbers ({error}).") from error
    _count(array.size, shape, name)
    if dtype.kind in "ui" and array.size:
        limits = np.iinfo(dtype)
        inside = limits.min <= int(array.min()) and int(array.max()) <= limits.max
        expect(inside, f"The values of {name} are {limits.min} … {limits.max}.")
    return array.astype(dtype).reshape(shape)


def length_prefixed(data: memoryview) -> list[bytes]:
    """The elements of a BYTES tensor.

    Raises:
        BadRequest: it is cut off.
    """
    elements, place = [], 0
    while place < len(data):
        expect(place + 4 <= len(data), "A BYTES tensor ends within the length of an element.")
        (length,) = struct.unpack_from("<I", data, place)
        expect(place + 4 + length <= len(data), "A BYTES tensor ends within an element.")
        elements.append(bytes(data[place + 4 : place + 4 + length]))
        place += 4 + length
    return elements


def datatype_of(array: Array) -> str:
    """What the protocol calls it."""
    return _NAMES[array.dtype.name]


def to_bytes(array: Array) -> bytes:
    """As binary data."""
    if array.dtype == np.object_:
        return b"".join(struct.pack("<I", len(element)) + element for element in array.ravel().tolist())
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def to_list(array: Array) -> list[Any]:
    """As the flat list of JSON."""
    if array.dtype == np.object_:
        return [element.decode("utf-8", "replace") for element in array.ravel().tolist()]
    told: list[Any] = array.ravel().tolist()
    return told


def top_classes(array: Array, count: int, labels: Sequence[str]) -> Array:
    """The classification extension: the `count` highest of each row (the first axis, where there are two or more) as BYTES
    “value:index[:label]”; labels where there is one for each place of a row.

    Returns:
        (N, count), or (count,) of one row without an axis for rows.
    """
    rows = array.reshape(len(array), -1) if array.ndim > 1 else array.reshape(1, -1)
    order = np.argsort(-rows.astype(np.float64), axis=1, kind="stable")[:, :count]
    names = [f":{label}" for label in labels] if len(labels) == rows.shape[1] else [""] * rows.shape[1]
    found = np.empty(order.shape, np.object_)
    for row, places in enumerate(order.tolist()):
        found[row, :] = [f"{float(rows[row, at]):f}:{at}{names[at]}".encode() for at in places]
    return found if array.ndim > 1 else found[0]


def _code(datatype: str, name: str) -> str:
    if datatype not in NUMBERS:
        raise BadRequest(f"{name} has the datatype {datatype}; numbers have one of {', '.join(NUMBERS)}, BF16.")
    return NUMBERS[datatype]


def _count(sent: int, shape: Sequence[int], name: str) -> None:
    wanted = math.prod(shape)
    expect(sent == wanted, f"{name} of the shape {list(shape)} has {wanted} values; {sent} were sent.")
