"""Image layers as tar files that come out the same, byte for byte, from the same files on any machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Protocol

TAR = "application/vnd.oci.image.layer.v1.tar"
Packing = Literal["gzip", "stored", "none"]
TAR_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


_STORED = 65535


@dataclass(frozen=True)
class Entry:
    """One file, folder or symbolic link of a layer; everything belongs to root and has no time."""

    path: str  # below the root, without a leading /
    content: bytes | Path | None = None  # None: a folder, or a link
    mode: int = 0o644
    link: str = ""
    owner: int = 0

    @staticmethod
    def folder(path: str, mode: int = 0o755, owner: int = 0) -> Entry:
        """An empty folder."""
        return Entry(path, None, mode, "", owner)


@dataclass(frozen=True)
class Layer:
    """A written layer: the blob's digest and size, and the digest of the tar inside."""

    path: Path
    digest: str
    size: int
    diff_id: str
    media_type: str

    def descriptor(self) -> dict[str, Any]:
        """As it stands in an image manifest."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


def write_layer(path: Path, entries: Iterable[Entry], packing: Packing = "gzip") -> Layer:
    """Write entries as a layer: sorted by path, folders added, no times, root's files.

    Packing "gzip" is zlib's best, without name or time. "stored" is gzip too, which every tool passes on unchanged (skopeo
    would compress a bare tar, and so change its digest), but holds the tar as it is: weights hardly shrink, and whoever
    has the tar can rebuild the blob to the bit without the zlib that made it. "none" is the bare tar.
    """
    with path.open("wb") as file:
        blob = _Hashing(file)
        if packing == "gzip":
            with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=blob, mtime=0) as packed:
                tar = _Hashing(packed)
                _write_tar(tar, entries)
        elif packing == "stored":
            stored = StoredGzip(blob)
            tar = _Hashing(stored)
            _write_tar(tar, entries)
            stored.close()
        else:
            tar = blob
            _write_tar(tar, entries)
    return Layer(path, blob.name, blob.size, tar.name, TAR if packing == "none" else TAR_GZIP)


def folder_entries(folder: Path, prefix: str) -> list[Entry]:
    """Entries for all files below a folder, placed at `prefix`; of the modes only “executable” is kept."""
    entries = []
    for path in sorted(folder.rglob("*")):
        name = f"{prefix}/{path.relative_to(folder).as_posix()}"
        if path.is_symlink():
            entries.append(Entry(name, None, 0o777, path.readlink().as_posix()))
        elif path.is_file():
            entries.append(Entry(name, path, 0o755 if path.stat().st_mode & 0o100 else 0o644))
        elif path.is_dir() and not any(path.iterdir()):
            entries.append(Entry.folder(name))
    return entries


def digest_of(content: bytes) -> str:
    """`sha256:…` of bytes."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def digest_of_file(path: Path) -> str:
    """`sha256:…` of a file."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _write_tar(file: Any, entries: Iterable[Entry]) -> None:
    by_path = {entry.path.strip("/"): entry for entry in entries}
    for path in list(by_path):
        for parent in PurePosixPath(path).parents:
            if str(parent) != ".":
                by_path.setdefault(str(parent), Entry.folder(str(parent)))
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(by_path):
            _add(tar, path, by_path[path])


def _add(tar: tarfile.TarFile, path: str, entry: Entry) -> None:
    info = tarfile.TarInfo(path)
    info.mode = entry.mode
    info.uid = info.gid = entry.owner
    if entry.link:
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.link, 0o777
        tar.addfile(info)
    elif entry.content is None:
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
    elif isinstance(entry.content, bytes):
        info.size = len(entry.content)
        tar.addfile(info, io.BytesIO(entry.content))
    else:
        info.size = entry.content.stat().st_size
        with entry.content.open("rb") as source:
            tar.addfile(info, source)


class _Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> object: ...


class StoredGzip:
    """A gzip file of stored blocks (RFC 1951 §3.2.4), 65535 bytes each: nothing in it depends on a compressor."""

    def __init__(self, file: _Writable) -> None:
        self._file = file
        self._waiting = bytearray()
        self._crc = self._size = 0
        file.write(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")

    def write(self, data: bytes) -> int:
        """Take more of the content."""
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self._waiting += data
        while len(self._waiting) > _STORED:
            self._block(bytes(self._waiting[:_STORED]), last=False)
            del self._waiting[:_STORED]
        return len(data)

    def flush(self) -> None:
        """Blocks are written when they are full."""

    def close(self) -> None:
        """Write what is left and the sum; the file below stays open."""
        self._block(bytes(self._waiting), last=True)
        self._file.write(self._crc.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little"))

    def _block(self, data: bytes, *, last: bool) -> None:
        size = len(data)
        self._file.write(bytes([last]) + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data)


class _Hashing:
    """A file to write to that keeps the digest and the size of what went through."""

    def __init__(self, file: _Writable) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def tell(self) -> int:
        return self.size

    @property
    def name(self) -> str:
        return "sha256:" + self._hash.hexdigest()
