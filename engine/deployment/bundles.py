"""Writes a release onto a stick, whole or as changes to what its box has; `engine.agent` reads it there.

Chunks are named by their digest, so that writing again copies only what is missing or damaged; the index comes last and in
one piece. Whoever pulls the stick before that has the bundle that was there, or none.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.agent.blobs import gzip_fingerprint
from engine.agent.index import CHUNK_BYTES, CHUNKS, INDEX, RECEIPTS, TRUST, Bundle, Chunk, Piece
from engine.deployment.errors import DiskFull, TargetUnreachable
from engine.deployment.image import Blob, Image, blob_path
from engine.deployment.target import Progress, PushReport
from engine.errors import TargetError
from engine.packaging.delta import Delta, best_delta
from engine.packaging.layers import digest_of_file
from engine.packaging.oci import Layout
from engine.workspace import write_atomically

SPARE_BYTES = 1 << 20  # for the index, the metadata and receipts


@dataclass(frozen=True)
class Known:
    """What is known of the box that a bundle is for."""

    has: Sequence[Image] = ()  # images that it keeps, the newest first
    same_gzip: bool = False  # its zlib packs as this machine's
    box: str = ""  # its id; empty: any box may apply the bundle


@dataclass
class Written:
    """What was put on a stick."""

    pieces: list[Piece] = field(default_factory=list)
    sent: int = 0  # bytes written now
    skipped: int = 0  # bytes that the stick had

    @property
    def bytes(self) -> int:
        """Of all chunks."""
        return sum(chunk.size for chunk in _chunks(self.pieces))

    @property
    def report(self) -> PushReport:
        """As a push tells it."""
        return PushReport(sent=self.sent, skipped=self.skipped)


def known_of(bodies: Sequence[Mapping[str, Any]], layout: Path, also: Sequence[str] = ()) -> Known:
    """What the boxes of some receipts have in common, of the images that this machine has too.

    Args:
        bodies: the last receipt of each box.
        layout: with the artifacts of this machine.
        also: digests of images that the history says are there.
    """
    digests = list(dict.fromkeys([*also, *(bodies[-1].get("has", []) if bodies else [])]))
    common = [
        digest
        for digest in digests
        if (digest in also or all(digest in body.get("has", []) for body in bodies))
        and blob_path(layout, digest).is_file()
    ]
    same = bool(bodies) and all(body.get("gzip") == gzip_fingerprint() for body in bodies)
    return Known([Image(layout, digest) for digest in common], same)


def write_chunks(folder: Path, image: Image, known: Known, progress: Progress) -> Written:
    """Put what a box needs for an image onto a stick; nothing there refers to it yet.

    Raises:
        BadInput: a blob of the artifact is missing or damaged.
        TargetUnreachable: the folder is not there.
        DiskFull: the stick has no room; what it held before is as it was.
    """
    if not folder.parent.is_dir():
        raise TargetUnreachable(f"{folder} is not there; is the stick in?")
    Layout(image.layout).check(image.digest)
    written = Written()
    try:
        (folder / CHUNKS).mkdir(parents=True, exist_ok=True)
        plans = [plan(image, blob, known) for blob in {blob.digest: blob for blob in image.blobs}.values()]
        _check_room(folder, [chunk for piece, _ in plans for chunk in piece.chunks])
        for piece, content in plans:
            _write_piece(folder, image, piece, content, written, progress)
            written.pieces.append(piece)
    except OSError as error:
        raise stick_error(folder, error) from error
    return written


def write_index(folder: Path, bundle: Bundle, trust: Path | None = None) -> None:
    """Let the stick say that this is what is to be applied, then take away what no longer belongs to it.

    Args:
        folder: with the chunks of the bundle's pieces.
        bundle: the release.
        trust: folder of signed metadata to go with it.
    """
    try:
        (folder / RECEIPTS).mkdir(exist_ok=True)
        _copy_trust(folder, trust)
        write_atomically(folder / INDEX, (json.dumps(bundle.to_json(), ensure_ascii=False, indent=1) + "\n").encode())
        used = {chunk.sha256 for chunk in _chunks(bundle.pieces)}
        for path in (folder / CHUNKS).iterdir():
            if path.name not in used:
                path.unlink()
    except OSError as error:
        raise stick_error(folder, error) from error


def bundle_of(key: str, image: Image, written: Written, known: Known) -> Bundle:
    """What the index of a written image says."""
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return Bundle(key, image.name, image.digest, image.platform, tuple(written.pieces), known.box, made)


def check_bundle(folder: Path, bundle: Bundle) -> list[str]:
    """Names of chunks of a bundle that are missing or damaged."""
    return [chunk.sha256 for chunk in _chunks(bundle.pieces) if not _whole(folder / CHUNKS / chunk.sha256, chunk)]


def stick_error(folder: Path, error: OSError) -> TargetError:
    """What a failed write means for the person with the stick in hand."""
    if error.errno in (28, 122):
        return DiskFull(
            f"The stick is full in {folder}; free some space there and write the bundle again. What it held before is as it was."
        )
    return TargetUnreachable(
        f"{folder} cannot be written ({error.strerror or error}); is the stick in? Write it again."
    )


def plan(image: Image, blob: Blob, known: Known) -> tuple[Piece, Delta | None]:
    """How a blob goes to a box: not at all, as a change, or whole."""
    if any(blob.digest == one.digest for old in known.has for one in old.blobs):
        return Piece(blob.digest, blob.size), None
    place = next((number for number, layer in enumerate(image.layers) if layer.digest == blob.digest), None)
    found: list[tuple[str, Delta]] = []
    for old in known.has:
        base = old.layers[place] if place is not None and place < len(old.layers) else None
        if base and _sound(old.path(base), base.digest):
            delta = best_delta(old.path(base), image.path(blob), same_gzip=known.same_gzip)
            found += [(base.digest, delta)] if delta else []
    if not found:
        return Piece(blob.digest, blob.size, chunks=tuple(_cut_file(image.path(blob)))), None
    base_digest, best = min(found, key=lambda pair: len(pair[1].content))
    chunks = tuple(Chunk(hashlib.sha256(data).hexdigest(), len(data)) for data in cut(best.content))
    return Piece(blob.digest, blob.size, best.packing, base_digest, chunks), best


def _sound(path: Path, digest: str) -> bool:
    """Whether the old blob is here as the box has it."""
    return path.is_file() and digest_of_file(path) == digest


def _write_piece(
    folder: Path, image: Image, piece: Piece, delta: Delta | None, written: Written, progress: Progress
) -> None:
    total = sum(chunk.size for chunk in piece.chunks)
    if not piece.chunks:
        progress("skip", piece.size, piece.size, piece.digest)
        return
    parts = cut(delta.content) if delta else _file_parts(blob_path(image.layout, piece.digest))
    done = 0
    for chunk, data in zip(piece.chunks, parts, strict=True):
        progress("push", done, total, piece.digest)
        path = folder / CHUNKS / chunk.sha256
        if _whole(path, chunk):
            written.skipped += chunk.size
        else:
            if hashlib.sha256(data).hexdigest() != chunk.sha256:
                raise TargetError(f"The blob {piece.digest[:19]} changed while it was copied; package the model again.")
            write_atomically(path, data)
            written.sent += chunk.size
        done += chunk.size
    progress("push", total, total, piece.digest)


def _check_room(folder: Path, chunks: Iterable[Chunk]) -> None:
    missing = [chunk for chunk in chunks if not _whole(folder / CHUNKS / chunk.sha256, chunk)]
    need, free = sum(chunk.size for chunk in missing) + SPARE_BYTES, shutil.disk_usage(folder).free
    if need > free:
        raise DiskFull(
            f"{folder} has {free / 1e6:.1f} MB free, the bundle needs {need / 1e6:.1f} MB more; free some space there."
        )


def _copy_trust(folder: Path, trust: Path | None) -> None:
    """The metadata that says whose release it is; the timestamp, which leads to the others, comes last."""
    if trust is None or not trust.is_dir():
        return
    (folder / TRUST).mkdir(exist_ok=True)
    files = sorted(trust.glob("*.json"), key=lambda path: path.name == "timestamp.json")
    for path in files:
        content, place = path.read_bytes(), folder / TRUST / path.name
        if not place.is_file() or place.read_bytes() != content:
            write_atomically(place, content)


def _chunks(pieces: Iterable[Piece]) -> list[Chunk]:
    return list(dict.fromkeys(chunk for piece in pieces for chunk in piece.chunks))


def cut(content: bytes) -> Iterator[bytes]:
    """A change in chunks."""
    return (content[start : start + CHUNK_BYTES] for start in range(0, len(content), CHUNK_BYTES))


def _file_parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(CHUNK_BYTES):
            yield data


def _cut_file(path: Path) -> Iterator[Chunk]:
    return (Chunk(hashlib.sha256(data).hexdigest(), len(data)) for data in _file_parts(path))


def _whole(path: Path, chunk: Chunk) -> bool:
    """Whether a chunk is there as it should be; its bytes are read back, since sticks are what they are."""
    try:
        if path.is_symlink() or path.stat().st_size != chunk.size:
            return False
        with path.open("rb") as file:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # the stick's word, not the cache's
            return hashlib.file_digest(file, "sha256").hexdigest() == chunk.sha256
    except OSError:
        return False
