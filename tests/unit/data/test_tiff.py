"""TIFF files of many kinds come by bands with the values that other readers give; damaged ones are told."""

from __future__ import annotations

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.data import tiff

GREY = (np.add.outer(np.arange(90) * 3, np.arange(130)) % 251).astype(np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=2)


def _whole(path: Path, page: int = 0) -> np.ndarray:
    return np.concatenate(list(tiff.bands(path, tiff.read_page(path, page))))


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("values", [GREY, COLOUR], ids=["grey", "colour"])
def test_strips_of_every_compression_are_read(tmp_path: Path, values: np.ndarray, compression: str | None) -> None:
    Image.fromarray(values).save(tmp_path / "a.tif", compression=compression, tiffinfo={278: 16})
    assert np.array_equal(_whole(tmp_path / "a.tif").squeeze(), values)


@pytest.mark.parametrize("big", [False, True])
def test_tiles_are_read_and_big_files_too(tmp_path: Path, big: bool) -> None:
    path = tmp_path / "tiled.tif"
    write_tiled(path, COLOUR, 64, 32, big=big)
    assert np.array_equal(_whole(path), COLOUR)
    assert tiff.read_page(path).part == (64, 32)


def test_jpeg_within_tiff_is_read_nearly_as_by_pillow(tmp_path: Path) -> None:
    smooth = cv2.GaussianBlur(COLOUR, (0, 0), 9)
    Image.fromarray(smooth).save(tmp_path / "a.tif", compression="jpeg", tiffinfo={278: 16})
    with Image.open(tmp_path / "a.tif") as image:
        expected = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(_whole(tmp_path / "a.tif").astype(int) - expected).mean() < 1.5


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("predictor", [1, 2])
def test_deep_values_are_read_unchanged(tmp_path: Path, dtype: type, predictor: int) -> None:
    values = (COLOUR.astype(np.float64) * 7).astype(dtype)
    flags = [cv2.IMWRITE_TIFF_COMPRESSION, 5, cv2.IMWRITE_TIFF_PREDICTOR, predictor if dtype is np.uint16 else 1]
    cv2.imwrite(str(tmp_path / "a.tif"), values[:, :, ::-1], flags)
    assert np.array_equal(_whole(tmp_path / "a.tif"), values)


def test_a_later_page_is_read_and_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    pages = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert np.array_equal(_whole(tmp_path / "a.tif", 1)[:, :, 0], 255 - GREY)
    with pytest.raises(tiff.BadTiff):
        tiff.read_page(tmp_path / "a.tif", 2)


def test_cut_off_and_scrambled_files_are_told_in_words(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.tif", compression="tiff_adobe_deflate", tiffinfo={278: 16})
    data = (tmp_path / "a.tif").read_bytes()
    choose = np.random.default_rng(0)
    for _ in range(120):
        damaged = bytearray(data[: choose.integers(4, len(data) + 1)])
        for place in choose.integers(0, len(damaged), 6):
            damaged[place] = choose.integers(0, 256)
        (tmp_path / "b.tif").write_bytes(damaged)
        with contextlib.suppress(tiff.BadTiff):
            page = tiff.read_page(tmp_path / "b.tif")
            if page.width * page.height < 1_000_000:
                _whole(tmp_path / "b.tif")
    (tmp_path / "b.tif").write_bytes(b"")
    with pytest.raises(tiff.BadTiff):
        tiff.read_page(tmp_path / "b.tif")


@pytest.mark.parametrize("tag", [256, 257, 322, 323])
def test_a_file_that_says_it_has_no_size_is_told_in_words(tmp_path: Path, tag: int) -> None:
    path = tmp_path / "a.tif"
    write_tiled(path, COLOUR, 64, 32, big=False)
    data = bytearray(path.read_bytes())
    place = data.index(tag.to_bytes(2, "little") + b"\x04\0\x01\0\0\0") + 8
    data[place : place + 4] = bytes(4)
    path.write_bytes(data)
    with pytest.raises(tiff.BadTiff, match="no size"):
        tiff.read_page(path)


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "packbits"])
def test_a_damaged_strip_of_every_compression_is_told_in_words(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(COLOUR).save(path, compression=compression, tiffinfo={278: 16})
    page = tiff.read_page(path)
    data = bytearray(path.read_bytes())
    data[page.offsets[1] : page.offsets[1] + page.counts[1]] = bytes(page.counts[1])
    path.write_bytes(data)
    with pytest.raises(tiff.BadTiff, match="damaged"):
        _whole(path)


def write_tiled(path: Path, values: np.ndarray, width: int, height: int, *, big: bool) -> None:
    """An uncompressed tiled TIFF, classic or BigTIFF."""
    import struct

    rows, columns, channels = values.shape
    across, down = -(-columns // width), -(-rows // height)
    padded = np.zeros((down * height, across * width, channels), values.dtype)
    padded[:rows, :columns] = values
    tiles = [
        padded[y * height : (y + 1) * height, x * width : (x + 1) * width].tobytes()
        for y in range(down)
        for x in range(across)
    ]
    code, entry, head = ("Q", "HHQ", 16) if big else ("I", "HHI", 8)
    kind = 16 if big else 4
    size = struct.calcsize("<" + code)
    tags = {256: columns, 257: rows, 258: 8, 259: 1, 262: 2, 277: channels, 322: width, 323: height}
    count = len(tags) + 2
    ifd = (8 if big else 2) + count * (20 if big else 12) + size
    lists = head + ifd
    begin = lists + 2 * len(tiles) * size
    offsets = np.cumsum([begin, *map(len, tiles[:-1])]).tolist()
    body = b""
    for tag, value in tags.items():
        body += struct.pack("<" + entry, tag, kind, 1) + struct.pack("<" + code, value)
    body += struct.pack("<" + entry, 324, kind, len(tiles)) + struct.pack("<" + code, lists)
    body += struct.pack("<" + entry, 325, kind, len(tiles)) + struct.pack("<" + code, lists + len(tiles) * size)
    header = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) if big else b"II*\0" + struct.pack("<I", 8)
    number = struct.pack("<Q" if big else "<H", count)
    numbers = struct.pack(f"<{len(tiles)}{code}", *offsets) + struct.pack(f"<{len(tiles)}{code}", *map(len, tiles))
    path.write_bytes(header + number + body + bytes(size) + numbers + b"".join(tiles))
