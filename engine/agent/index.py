"""What lies on a stick: the index of a bundle, written by the workbench and read with suspicion by the box.

DIR/bundle.json      which release, and of which chunks its blobs are made; written last
DIR/chunks/<hex>     pieces of blobs, or of what turns a blob of the box into a new one, named by their sha256
DIR/trust/           metadata that says whose the release is
DIR/receipts/        what boxes did with it
DIR/feedback/        what releases on boxes kept; see feedback.py
DIR/agent/           what a bare box needs before it can do anything; see install.sh
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.agent.errors import Gone, Refused

INDEX = "bundle.json"
CHUNKS, RECEIPTS, TRUST = "chunks", "receipts", "trust"
SCHEMA = 1
CHUNK_BYTES = 16 << 20
MOST_CHUNK_BYTES = 64 << 20
MOST_INDEX_BYTES = 4 << 20
MOST_BLOB_BYTES = 16 << 30
PACKINGS = ("whole", "patch", "gzip-patch")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
HEX = re.compile(r"[0-9a-f]{64}")
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


@dataclass(frozen=True)
class Chunk:
    """A file of the stick."""

    sha256: str  # hex, and its name
    size: int  # bytes


@dataclass(frozen=True)
class Piece:
    """A blob, and how it is made.

    Packings: "whole", the chunks are the blob; "patch", they are a zstd frame whose prefix is the blob `base`;
    "gzip-patch", the same of the contents of two gzip blobs. Without chunks the box must have the blob.
    """

    digest: str
    size: int  # bytes of the blob
    packing: str = "whole"
    base: str = ""
    chunks: tuple[Chunk, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """One release on a stick."""

    key: str  # of the release, unique over all workspaces
    name: str  # of the artifact, for people
    digest: str  # of the image manifest
    platform: str  # of OCI
    pieces: tuple[Piece, ...] = field(default_factory=tuple)
    box: str = ""  # id of the one box that it is for; empty: any
    made: str = ""  # ISO time on the workbench

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {"schema": SCHEMA, **asdict(self)}

    @staticmethod
    def from_json(document: Any) -> Bundle:
        """Read what `to_json` gave.

        Raises:
            Refused: it is something else; the sentence says what.
        """
        with_pieces = _take(document, {"schema": _schema, "key": _matching(KEY), "name": _text, "box": _text,
                                       "digest": _matching(DIGEST), "platform": _text, "made": _text, "pieces": _list})  # fmt: skip
        del with_pieces["schema"]
        pieces = tuple(piece_of(one) for one in with_pieces.pop("pieces"))
        if len({piece.digest for piece in pieces}) != len(pieces):
            raise Refused("The stick's index names a blob twice; write the bundle again.")
        return Bundle(**with_pieces, pieces=pieces)


def read_index(folder: Path) -> Bundle:
    """The index of a bundle.

    Raises:
        Refused: it is none, or not a sound one.
        Gone: the stick is not there.
    """
    content = read_small(folder / INDEX, MOST_INDEX_BYTES)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{folder / INDEX} is damaged ({error}); write the bundle again.") from error
    return Bundle.from_json(document)


def read_small(path: Path, most: int) -> bytes:
    """A file of the stick that is not read further than `most` bytes, and never through a link or a device."""
    try:
        if not is_plain(path):
            raise Refused(f"{path} is a link or no file; a bundle holds plain files only, write it again.")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise Gone(
            f"{path} cannot be read ({error.strerror or error}); is the stick in, and is it a bundle?"
        ) from error
    if len(content) > most:
        raise Refused(f"{path} is larger than the {most >> 10} kB that it may have; write the bundle again.")
    return content


def is_plain(path: Path) -> bool:
    """Whether a path of the stick is a file itself: no link, no device, no pipe."""
    return stat.S_ISREG(path.lstat().st_mode)


def piece_of(document: Any) -> Piece:
    """Read what `asdict` gave of a piece.

    Raises:
        Refused: it is something else.
    """
    values = _take(document, {"digest": _matching(DIGEST), "size": _size(MOST_BLOB_BYTES), "packing": _packing,
                              "base": _base, "chunks": _list})  # fmt: skip
    chunk = {"sha256": _matching(HEX), "size": _size(MOST_CHUNK_BYTES)}
    chunks = tuple(Chunk(**_take(one, chunk)) for one in values.pop("chunks"))
    piece = Piece(**values, chunks=chunks)
    if (piece.packing == "whole") == bool(piece.base):
        raise Refused(
            "The stick's index says of a blob both that it is whole and that it is not; write the bundle again."
        )
    if piece.packing == "whole" and chunks and sum(one.size for one in chunks) != piece.size:
        raise Refused(f"The chunks of {piece.digest[:19]} do not have the size of the blob; write the bundle again.")
    return piece


def _take(document: Any, wanted: Mapping[str, Callable[[Any], bool]]) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise Refused("The stick's index is not a bundle's; write the bundle again.")
    for name, fits in wanted.items():
        if name not in document or not fits(document[name]):
            raise Refused(
                f"The stick's index has no proper “{name}”; write the bundle again with this version of Lineside."
            )
    return {name: document[name] for name in wanted}


def _schema(value: Any) -> bool:
    return bool(value == SCHEMA)


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 400


def _list(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 4096


def _base(value: Any) -> bool:
    return isinstance(value, str) and (not value or DIGEST.fullmatch(value) is not None)


def _packing(value: Any) -> bool:
    return value in PACKINGS


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _size(most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and 0 <= value <= most
