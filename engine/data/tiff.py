"""TIFF files by bands of rows, so that an image of any size is read with little memory: strips, tiles, BigTIFF.

After the TIFF 6.0 specification (Adobe, 1992) and its BigTIFF variant. Each strip or tile is unpacked alone; kinds of
compression that numpy and zlib do not know are wrapped into a small TIFF of their own, which OpenCV or Pillow decodes.
"""

from __future__ import annotations

import io
import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import BadInput

Values = npt.NDArray[Any]

MAX_PARTS = 4_000_000
MAX_PART_BYTES = 1 << 30
NONE, LZW, JPEG, DEFLATE, OLD_DEFLATE, PACKBITS = 1, 5, 7, 8, 32946, 32773
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 16: "Q", 17: "q", 18: "Q"}


class BadTiff(BadInput):
    """The file is not a TIFF that is read by bands; the message says why."""


@dataclass(frozen=True)
class Page:
    """One image of a file; `part` is the size of a strip or tile, parts lie row by row."""

    width: int
    height: int
    channels: int
    dtype: np.dtype[Any]
    compression: int
    predictor: int
    photometric: int
    part: tuple[int, int]
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    orientation: int
    extras: dict[int, Any] = field(default_factory=dict)

    @property
    def across(self) -> int:
        """Parts side by side."""
        return -(-self.width // self.part[0])


def read_page(path: Path, number: int = 0) -> Page:
    """What the header of a page says.

    Raises:
        BadTiff: not a TIFF, damaged, or of a kind that is not read by bands.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _page(data, number)
    except (struct.error, ValueError, KeyError, IndexError, OSError, TypeError, OverflowError) as error:
        raise BadTiff(f"{path.name} is not a TIFF that can be read by bands ({error}).") from error


def bands(path: Path, page: Page) -> Iterator[Values]:
    """The rows of a page from the top, as many at a time as a strip or tile is high: (rows, W, C).

    Raises:
        BadTiff: a part is damaged.
    """
    part_w, part_h = page.part
    with path.open("rb") as file:
        for top in range(0, page.height, part_h):
            rows = min(part_h, page.height - top)
            band = np.zeros((rows, page.across * part_w, page.channels), page.dtype.newbyteorder("="))
            for column in range(page.across):
                index = top // part_h * page.across + column
                band[:, column * part_w : (column + 1) * part_w] = _part(file, page, index, rows)[:rows]
            yield band[:, : page.width]


def _page(data: Any, number: int) -> Page:
    order = {b"II": "<", b"MM": ">"}[bytes(data[:2])]
    big = {42: False, 43: True}[struct.unpack_from(order + "H", data, 2)[0]]
    (offset,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    for _ in range(number):
        offset = _after(data, order, offset, big)
        if not offset:
            raise ValueError("there is no such page")
    return _described(_tags(data, order, offset, big), len(data), order)


def _described(tags: dict[int, tuple[int, ...]], length: int, order: str) -> Page:
    def one(tag: int, default: int | None = None) -> int:
        return int(tags[tag][0]) if tag in tags or default is None else default

    width, height, channels = one(256), one(257), one(277, 1)
    tiled = 322 in tags
    part = (one(322), one(323)) if tiled else (width, min(one(278, height) or height, height))
    if min(width, height, *part) <= 0:
        raise ValueError("it has no size")
    kinds = {(8, 1): "u1", (16, 1): "u2", (32, 1): "u4", (16, 2): "i2", (32, 2): "i4", (32, 3): "f4", (64, 3): "f8"}
    dtype = np.dtype(order + kinds[(one(258, 1), one(339, 1))])
    offsets, counts = (tags[324], tags[325]) if tiled else (tags[273], tags[279])
    across, down = -(-width // part[0]), -(-height // part[1])
    if channels > 1 and one(284, 1) != 1:
        raise ValueError("its channels are kept apart")
    if channels not in (1, 3, 4) or len(set(tags.get(258, (8,)))) > 1 or one(262, 1) in (3, 5, 8):
        raise ValueError("its colours are of a kind that is not read by bands")
    if not 0 < across * down <= MAX_PARTS or len(offsets) < across * down or len(counts) < across * down:
        raise ValueError("its strips or tiles are not all there")
    if part[0] * part[1] * channels * dtype.itemsize > MAX_PART_BYTES:
        raise ValueError("one strip holds the whole image")
    if any(start < 0 or count < 0 or start + count > length for start, count in zip(offsets, counts, strict=False)):
        raise ValueError("it is cut off")
    extras: dict[int, Any] = {tag: tags[tag] for tag in (322, 347, 530) if tag in tags}
    return Page(
        width,
        height,
        channels,
        dtype,
        one(259, 1),
        one(317, 1),
        one(262, 1),
        part,
        offsets,
        counts,
        one(274, 1),
        extras,
    )


def _tags(data: Any, order: str, offset: int, big: bool) -> dict[int, tuple[int, ...]]:
    count_code, entry, inline = ("Q", 20, 8) if big else ("H", 12, 4)
    (count,) = struct.unpack_from(order + count_code, data, offset)
    if count > 4096:
        raise ValueError("its header is damaged")
    begin, found = offset + struct.calcsize(count_code), {}
    for place in range(begin, begin + count * entry, entry):
        tag, kind = struct.unpack_from(order + "HH", data, place)
        (number,) = struct.unpack_from(order + ("Q" if big else "I"), data, place + 4)
        if (kind not in _CODES and kind not in (2, 7)) or number > 2 * MAX_PARTS:
            continue
        where = place + (12 if big else 8)
        if number * _SIZES[kind] > inline:
            (where,) = struct.unpack_from(order + ("Q" if big else "I"), data, where)
        found[tag] = struct.unpack_from(f"{order}{number}{_CODES.get(kind, 'B')}", data, where)
    return found


def _after(data: Any, order: str, offset: int, big: bool) -> int:
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, offset)
    place = offset + (8 + count * 20 if big else 2 + count * 12)
    return int(struct.unpack_from(order + ("Q" if big else "I"), data, place)[0])


def _part(file: Any, page: Page, index: int, rows: int) -> Values:
    """One strip or tile, (h, w, C); the last strip may be lower."""
    width, height = page.part
    if 322 not in page.extras and page.part[0] == page.width:
        height = rows
    file.seek(page.offsets[index])
    packed = file.read(page.counts[index])
    shape = (height, width, page.channels)
    size = height * width * page.channels * page.dtype.itemsize
    if not packed:  # sparse files leave empty parts out
        return np.zeros(shape, page.dtype)
    try:
        if page.compression in (NONE, DEFLATE, OLD_DEFLATE) and _is_plain(page):
            raw = packed if page.compression == NONE else zlib.decompressobj().decompress(packed, size)
            values = np.frombuffer(raw[:size], page.dtype).reshape(shape).astype(page.dtype.newbyteorder("="))
            found = np.cumsum(values, axis=1, dtype=values.dtype) if page.predictor == 2 else values
            return _positive(found, page)
        return _wrapped(packed, page, height)
    except (zlib.error, ValueError) as error:
        raise BadTiff(f"A strip or tile of the TIFF is damaged ({error}).") from error


def _is_plain(page: Page) -> bool:
    """Whether the values are as they stand, or whole numbers as differences to their neighbours."""
    return page.predictor == 1 or (page.predictor == 2 and page.dtype.kind != "f")


def _positive(values: Values, page: Page) -> Values:
    """White is 0 in some scans."""
    if page.photometric == 0 and values.dtype.kind == "u":
        return np.asarray(np.iinfo(values.dtype).max - values, values.dtype)
    return values


def _wrapped(packed: bytes, page: Page, height: int) -> Values:
    """Decode one part as a TIFF of its own."""
    import cv2
    from PIL import Image

    small = _small_tiff(packed, page, height)
    if page.dtype.itemsize == 1:
        try:
            with Image.open(io.BytesIO(small), formats=["TIFF"]) as image:
                values = np.asarray(image.convert("L" if page.channels == 1 else "RGB"))
        except (OSError, SyntaxError, KeyError, struct.error) as error:
            raise ValueError(str(error)) from error
    else:
        found = cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_UNCHANGED)
        if found is None:
            raise ValueError("it cannot be decoded")
        values = np.asarray(found)
        values = values[:, :, [2, 1, 0]] if values.ndim == 3 else values
    values = values.reshape(height, page.part[0], -1)
    if values.shape[2] < page.channels:
        values = np.concatenate(
            [values, np.zeros((*values.shape[:2], page.channels - values.shape[2]), values.dtype)], axis=2
        )
    return values


def _small_tiff(packed: bytes, page: Page, height: int) -> bytes:
    order = ">" if page.dtype.str.startswith(">") else "<"
    bits, kind = page.dtype.itemsize * 8, {"u": 1, "i": 2, "f": 3}[page.dtype.kind]
    entries: dict[int, tuple[str, tuple[int, ...]]] = {
        256: ("I", (page.part[0],)), 257: ("I", (height,)), 258: ("H", (bits,) * page.channels),
        259: ("H", (page.compression,)), 262: ("H", (page.photometric,)), 277: ("H", (page.channels,)),
        278: ("I", (height,)), 284: ("H", (1,)), 317: ("H", (page.predictor,)), 339: ("H", (kind,) * page.channels),
        273: ("I", (0,)), 279: ("I", (len(packed),)),
    }  # fmt: skip
    if 347 in page.extras:
        entries[347] = ("B", page.extras[347])
    if 530 in page.extras:
        entries[530] = ("H", page.extras[530])
    if page.channels == 4:
        entries[338] = ("H", (0,))
    beyond = 8 + 2 + len(entries) * 12 + 4
    tail = b""
    for tag, (code, values) in entries.items():
        if tag != 273 and struct.calcsize(f"{len(values)}{code}") > 4:
            tail += struct.pack(f"{order}{len(values)}{code}", *values)
    start, at, head = beyond + len(tail), beyond, b""
    codes = {"B": 7, "H": 3, "I": 4}
    for tag in sorted(entries):
        code, values = entries[tag]
        values = (start,) if tag == 273 else values
        packed_values = struct.pack(f"{order}{len(values)}{code}", *values)
        if len(packed_values) > 4:
            at = beyond + _place_in(entries, tag, order)
            packed_values = struct.pack(order + "I", at)
        head += struct.pack(order + "HHI", tag, codes[code], len(values)) + packed_values.ljust(4, b"\0")
    magic = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return magic + struct.pack(order + "H", len(entries)) + head + b"\0\0\0\0" + tail + packed


def _place_in(entries: dict[int, tuple[str, tuple[int, ...]]], wanted: int, order: str) -> int:
    """Where the values of a tag begin among those that do not fit into their entries."""
    place = 0
    for tag, (code, values) in entries.items():
        if tag == wanted:
            return place
        size = struct.calcsize(f"{order}{len(values)}{code}")
        place += size if tag != 273 and size > 4 else 0
    return place
