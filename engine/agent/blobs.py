"""Brings blobs from a stick into the box's own folder, each checked against its digest before it is called by it."""

from __future__ import annotations

import errno
import gzip
import hashlib
import mmap
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from engine.agent import zstd
from engine.agent.errors import Gone, Refused
from engine.agent.files import sync_folder
from engine.agent.index import Chunk, Piece, is_plain
from engine.agent.release import hex_of

PART = ".stick.part"
MOST_RATIO = 8  # of a layer's contents to its gzip, for a change of contents
_STEP = 1 << 20


def has(blobs: Path, digest: str) -> bool:
    """Whether a blob is there; only what was checked has this name."""
    return (blobs / hex_of(digest)).is_file()


def room_needed(blobs: Path, pieces: Iterable[Piece]) -> int:
    """Bytes that must be free before these pieces can be brought; those of the old contents of gzip included."""
    missing = [piece for piece in pieces if not has(blobs, piece.digest)]
    return sum(piece.size for piece in missing) + 4 * max(
        (one.size for one in missing if one.packing == "gzip-patch"), default=0
    )


def bring(chunks: Path, piece: Piece, blobs: Path) -> None:
    """Make one blob out of its chunks, which lie in a folder by their names; harmless where it is there.

    Raises:
        Refused: a chunk or the result is not what it should be, or what it is a change of is not on this box.
        Gone: the stick was pulled.
        OSError: the box's disk is full or broken.
    """
    if has(blobs, piece.digest):
        return
    if not piece.chunks and piece.size:
        raise Refused(
            f"The stick leaves out {piece.digest[:19]}, which this box does not have either: it was written for a box"
            " with another release. Write the full bundle: lineside artifact bundle ARTIFACT DIR"
        )
    part = blobs / (hex_of(piece.digest) + PART)
    try:
        with part.open("wb") as file:
            kept = _Kept(file, piece)
            _make(chunks, piece, blobs, kept)
            kept.check()
            file.flush()
            os.fsync(file.fileno())
        part.replace(blobs / hex_of(piece.digest))
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(blobs)


def clear_parts(blobs: Path) -> None:
    """Take away what an apply that was cut had begun."""
    for path in blobs.glob(f"*{PART}*"):
        path.unlink(missing_ok=True)


def gzip_fingerprint() -> str:
    """Names the way in which this machine's zlib packs; machines of one fingerprint make the same gzip of the same tar."""
    text = b"".join(hashlib.sha256(str(number).encode()).hexdigest().encode() for number in range(1 << 12))
    return hashlib.sha256(zlib.compress(text + text[::-1], 9)).hexdigest()[:16]


class _Kept:
    """The file that a blob is written to: no larger than it should be, and hashed on the way."""

    def __init__(self, file: IO[bytes], piece: Piece) -> None:
        self._file = file
        self._piece = piece
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> int:
        self._size += len(data)
        if self._size > self._piece.size:
            raise Refused(
                f"{self._piece.digest[:19]} on the stick becomes larger than the {self._piece.size / 1e6:.1f} MB that it"
                " should have; it is not unpacked. Write the bundle again."
            )
        self._hash.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def check(self) -> None:
        if self._size != self._piece.size or self._hash.hexdigest() != hex_of(self._piece.digest):
            raise Refused(
                f"What the stick makes of {self._piece.digest[:19]} is not it (its sha256 differs)"
                + ("; write the full bundle." if self._piece.base else "; write the bundle again.")
            )


def _make(folder: Path, piece: Piece, blobs: Path, kept: _Kept) -> None:
    chunks = (_read(folder, chunk) for chunk in piece.chunks)
    if piece.packing == "whole":
        for data in chunks:
            kept.write(data)
        return
    if not has(blobs, piece.base):
        raise Refused(
            f"The stick brings only what changed since {piece.base[:19]}, which this box does not have: it was written"
            " for a box with another release. Write the full bundle: lineside artifact bundle ARTIFACT DIR"
        )
    old = blobs / hex_of(piece.base)
    if piece.packing == "patch":
        with _mapped(old) as prefix:
            for data in zstd.patched(chunks, prefix, zstd.window_log(max(len(prefix), piece.size))):
                kept.write(data)
        return
    unpacked = blobs / (hex_of(piece.base) + ".tar" + PART)
    try:
        with gzip.open(old) as source, unpacked.open("wb") as target:
            shutil.copyfileobj(source, target, _STEP)
        with _mapped(unpacked) as prefix:
            window = zstd.window_log(max(len(prefix), MOST_RATIO * piece.size))
            repack(zstd.patched(chunks, prefix, window), kept)
    finally:
        unpacked.unlink(missing_ok=True)


def repack(parts: Iterable[bytes], file: IO[bytes] | _Kept) -> None:
    """Pack the contents of a layer as the workbench packed it: zlib's best, without name or time."""
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        for data in parts:
            packed.write(data)


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    try:
        yield mapped
    finally:
        with suppress(BufferError):  # an error's traceback still holds it; it goes with that
            mapped.close()


def _read(folder: Path, chunk: Chunk) -> bytes:
    path = folder / chunk.sha256
    try:
        if not is_plain(path):
            raise Refused(f"{path} is a link or no file; a bundle holds plain files only, write it again.")
        with path.open("rb") as file:
            data = file.read(chunk.size + 1)
    except OSError as error:
        missing = error.errno == errno.ENOENT and folder.parent.is_dir() and any(folder.parent.iterdir())
        why = (
            "is missing on the stick"
            if missing
            else f"cannot be read ({error.strerror or error}); was the stick pulled?"
        )
        raise Gone(
            f"The chunk {chunk.sha256[:12]} {why} Write the bundle again: only what is missing is copied."
        ) from error
    if len(data) != chunk.size or hashlib.sha256(data).hexdigest() != chunk.sha256:
        raise Refused(
            f"The chunk {chunk.sha256[:12]} on the stick is damaged; write the bundle again: only what is damaged is copied."
        )
    return data
