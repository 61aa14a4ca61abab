"""Image layers as tar files that come out the same, byte for byte, from the same files on any machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

TAR = "application/vnd.oci.image.layer.v1.tar"
TAR_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


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


def write_layer(path: Path, entries: Iterable[Entry], *, compress: bool = True) -> Layer:
    """Write entries as a layer: sorted by path, folders added, no times, root's files, gzip without name or time.

    The model's layer is not compressed: weights hardly shrink, and a delta of the tar rebuilds the digest exactly.
    """
    with path.open("wb") as file:
        blob = _Hashing(file)
        if compress:
            with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=blob, mtime=0) as packed:
                tar = _Hashing(packed)
                _write_tar(tar, entries)
        else:
            tar = blob
            _write_tar(tar, entries)
    return Layer(path, blob.name, blob.size, tar.name, TAR_GZIP if compress else TAR)


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


class _Hashing:
    """A file to write to that keeps the digest and the size of what went through."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile) -> None:
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
