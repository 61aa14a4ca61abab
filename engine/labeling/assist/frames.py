"""Messages with arrays over a pipe: a length, a JSON header, the arrays' bytes; nothing in them is ever executed.

A frame is 4 bytes (big endian) length of the header, the header as JSON `{"body": …, "arrays": [[name, dtype,
shape], …]}`, then the bytes of each array in that order (C order, the machine's byte order: both ends are on it).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

MAX_HEADER = 64 << 20
MAX_ARRAY = 4 << 30
DTYPES = frozenset({"bool", "uint8", "uint16", "int32", "int64", "float16", "float32", "float64"})


class BrokenFrame(ValueError):
    """What came is not a frame."""


def write(file: IO[bytes], body: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None) -> None:
    """Send one message."""
    whole = {name: np.asarray(array, order="C") for name, array in (arrays or {}).items()}
    named = [[name, array.dtype.name, list(array.shape)] for name, array in whole.items()]
    header = json.dumps({"body": dict(body), "arrays": named}).encode("ascii")
    file.write(struct.pack(">I", len(header)) + header)
    for array in whole.values():
        file.write(array.reshape(-1).view(np.uint8).data)
    file.flush()


def read(file: Any) -> tuple[dict[str, Any], Arrays] | None:
    """The next message; None at the end of the stream.

    Raises:
        BrokenFrame: it is too large, cut off, or not of this format.
    """
    start = file.read(4)
    if not start:
        return None
    (length,) = struct.unpack(">I", start) if len(start) == 4 else (MAX_HEADER + 1,)
    if length > MAX_HEADER:
        raise BrokenFrame("The header of a message is too long or cut off.")
    try:
        header = json.loads(_exactly(file, length))
        body, named = header["body"], [(str(name), str(kind), _shape(shape)) for name, kind, shape in header["arrays"]]
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenFrame(f"The header of a message cannot be read ({error}).") from error
    if not isinstance(body, dict):
        raise BrokenFrame("The body of a message is not an object.")
    return body, {name: _array(file, kind, shape) for name, kind, shape in named}


def _shape(values: Any) -> tuple[int, ...]:
    shape = tuple(int(value) for value in values)
    if any(value < 0 for value in shape) or len(shape) > 8:
        raise ValueError(f"an array has the shape {shape}")
    return shape


def _array(file: Any, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    if kind not in DTYPES:
        raise BrokenFrame(f"An array holds {kind!r}, which messages do not carry.")
    dtype = np.dtype(kind)
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_ARRAY:
        raise BrokenFrame(f"An array of {size} bytes is too large for a message.")
    return np.frombuffer(_exactly(file, size), dtype).reshape(shape)


def _exactly(file: Any, count: int) -> bytearray:
    data = bytearray(count)
    view, done = memoryview(data), 0
    while done < count:
        got = file.readinto(view[done:])
        if not got:
            raise BrokenFrame("A message was cut off.")
        done += got
    return data
