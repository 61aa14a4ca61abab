"""Unpack an image of a layout into a root file system, and tell how it is to be run."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import shutil
import stat
import tarfile
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from engine.errors import BadInput
from engine.packaging.foreign import check_image, read_document
from engine.packaging.oci import Layout

MAX_BYTES = 8 << 30
MAX_ENTRIES = 200_000
MOST_TIMES_PACKED = 200  # what holds more was made to fill the disk; of small images 1 GB is fine whatever their size
SMALL_BYTES = 1 << 30
MOST_HEADER_BYTES = 128 << 10  # of one entry: names, PAX records, maps of sparse files
MOST_HEADERS_BYTES = 128 << 20  # of a layer
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


@dataclass(frozen=True)
class RunSpec:
    """What the image says about running it."""

    arguments: list[str]
    env: dict[str, str]
    workdir: str
    user: str
    port: int
    labels: dict[str, str]
    platform: str


def run_spec(layout: Layout, digest: str) -> RunSpec:
    """How a container of the image runs: command, environment, user, port.

    Raises:
        BadInput: a blob is missing or damaged.
    """
    document = layout.read_json(layout.read_json(digest)["config"]["digest"])
    config: dict[str, Any] = document.get("config", {})
    ports = sorted(int(port.partition("/")[0]) for port in config.get("ExposedPorts", {}))
    return RunSpec(
        arguments=[*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])],
        env=dict(pair.partition("=")[::2] for pair in config.get("Env", [])),
        workdir=config.get("WorkingDir") or "/",
        user=config.get("User") or "0:0",
        port=ports[0] if ports else 8080,
        labels=config.get("Labels") or {},
        platform=f"{document['os']}/{document['architecture']}",
    )


def unpack(layout: Layout, digest: str, target: Path, progress: Callable[[float], None] | None = None) -> Path:
    """Make the root file system of an image at `target`, whole or not at all.

    Files that would lie outside, pass through a link, or be devices are refused; owners and setuid bits are not kept.

    Raises:
        BadInput: a blob is missing or damaged, or a layer holds what must not be unpacked.
    """
    if target.exists():
        raise BadInput(f"{target} exists already; choose a new folder.")
    document = read_document(layout.read(digest), where=str(layout.root))
    if document.index:
        raise BadInput(f"{digest[:19]} is for several platforms; name the image of one of them.")
    check_image(document, str(layout.root))
    layout.check(digest)
    layers = document.parts[1:]
    whole = max(sum(layer.size for layer in layers), 1)
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    part.mkdir(parents=True)
    try:
        done, unpacking = 0, _Unpacking(part, min(MAX_BYTES, max(SMALL_BYTES, MOST_TIMES_PACKED * whole)))
        for layer in layers:
            with _unreadable(digest), _opened(layout.blob(layer.digest)) as file:
                unpacking.layer(file)
            done += layer.size
            if progress is not None:
                progress(done / whole)
        part.rename(target)
    finally:
        remove(part)
    return target


@contextlib.contextmanager
def _unreadable(digest: str) -> Iterator[None]:
    """What tarfile, gzip and the file system say of a broken or hostile layer, as one sentence."""
    try:
        yield
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, ValueError, OverflowError, RuntimeError) as error:
        raise BadInput(
            f"A layer of {digest} is not a tar file that can be read ({error}); it was not unpacked."
        ) from error
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR, errno.ELOOP):
            raise BadInput(f"A layer of {digest} has a name that no file can have; it was not unpacked.") from error
        raise


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Headed]:
    """A layer's tar; packed by gzip or not at all, whatever else tarfile would know to open."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=file) as inner:
                yield _Headed(inner)
        else:
            yield _Headed(file)


class _Headed:
    """A file for tarfile that gives only so much to one entry's headers, which tarfile takes into memory whole."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile) -> None:
        self._file = file
        self.left: int | None = MOST_HEADER_BYTES
        self.headers = 0

    def read(self, size: int = -1) -> bytes:
        """Read; while `left` is a number, no more than that."""
        if self.left is not None:
            self.headers += max(size, 0)
            if not 0 <= size <= self.left or self.headers > MOST_HEADERS_BYTES:
                raise BadInput(
                    f"The image has a file whose headers are larger than {MOST_HEADER_BYTES >> 10} KB, or too many of them;"
                    " it was not unpacked."
                )
            self.left -= size
        return self._file.read(size)

    def seek(self, position: int) -> int:
        """Go to a place."""
        return self._file.seek(position)

    def tell(self) -> int:
        """The place."""
        return self._file.tell()


def remove(folder: Path) -> None:
    """Delete an unpacked root file system, folders without write permission included; harmless where there is none."""

    def allow(function: Callable[[str], object], path: str, _: object) -> None:
        Path(path).parent.chmod(0o700)
        function(path)

    if folder.exists():
        shutil.rmtree(folder, onerror=allow)


class _Unpacking:
    """Lays layers over each other below one folder."""

    def __init__(self, root: Path, most: int) -> None:
        self.root = root
        self.most = most
        self.bytes = 0
        self.entries = 0

    def layer(self, file: _Headed) -> None:
        """Apply one layer: first what it takes away, in the order of its entries, then what it brings."""
        new: set[str] = set()
        tar = tarfile.open(fileobj=file, mode="r:")  # type: ignore[call-overload]  # noqa: SIM115  its file is the caller's
        for member in tar:
            file.left = None
            self._entry(tar, member, new)
            tar.members.clear()  # it would keep them all, with their headers
            file.left = MOST_HEADER_BYTES

    def _entry(self, tar: tarfile.TarFile, member: tarfile.TarInfo, new: set[str]) -> None:
        self.entries += 1
        self.bytes += member.size
        if member.size < 0:
            raise BadInput(f"The image holds a file of less than nothing (“{member.name[:100]}”); it was not unpacked.")
        if self.entries > MAX_ENTRIES or self.bytes > self.most:
            raise BadInput(
                f"The image holds more than {MAX_ENTRIES} files or {self.most >> 20} MB; it was not unpacked."
            )
        if member.issparse():
            raise BadInput(f"The image holds a sparse file (“{member.name[:100]}”); it was not unpacked.")
        path = self._inside(member.name)
        if path is None:
            return
        name = path.name
        if name == _OPAQUE:
            self._clear(path.parent, new)
        elif name.startswith(_WHITEOUT):
            removed = name.removeprefix(_WHITEOUT)
            if removed in ("", ".", ".."):
                raise BadInput(f"The image takes away what is not a file of it (“{member.name}”); it was not unpacked.")
            self._delete(path.with_name(removed))
        else:
            self._write(tar, member, path)
            new.add(str(path))

    def _inside(self, name: str) -> Path | None:
        """The place of an entry; every folder on the way to it is a real one below the root."""
        parts = [part for part in PurePosixPath(name.lstrip("/")).parts if part != "."]
        if ".." in parts or "\0" in name or (os.name == "nt" and any(":" in part or "\\" in part for part in parts)):
            raise BadInput(f"The image holds a file outside its root (“{name}”); it was not unpacked.")
        if not parts:
            return None
        place = self.root
        for part in parts[:-1]:
            place = place / part
            if place.is_symlink():
                place = self._follow(place, name)
            elif not place.exists():
                place.mkdir()
            elif not place.is_dir():
                raise BadInput(f"The image puts “{name}” below a file; it was not unpacked.")
        return place / parts[-1]

    def _follow(self, link: Path, name: str) -> Path:
        """A link to a folder of the image itself (as /lib → usr/lib) may be on the way, one that leaves it may not."""
        resolved = link.resolve()
        if not resolved.is_dir() or not resolved.is_relative_to(self.root.resolve()):
            raise BadInput(f"The image puts “{name}” behind a link; it was not unpacked.")
        return self.root / resolved.relative_to(self.root.resolve())

    def _write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
        mode = member.mode & 0o777
        if member.isdir():
            if path.is_symlink() or (path.exists() and not path.is_dir()):
                self._delete(path)
            path.mkdir(exist_ok=True)
            path.chmod(mode | 0o700)
            return
        self._delete(path)
        if member.issym():
            self._link(member, path)
        elif member.islnk():
            source = self._inside(member.linkname)
            if source is None or source.is_symlink() or not source.is_file():
                raise BadInput(f"The image links “{member.name}” to what is not a file of it; it was not unpacked.")
            os.link(source, path)
        elif member.isreg():
            content = tar.extractfile(member)
            assert content is not None
            with path.open("xb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
            path.chmod(mode | stat.S_IRUSR)
        else:
            raise BadInput(f"The image holds a device or pipe (“{member.name}”); it was not unpacked.")

    def _link(self, member: tarfile.TarInfo, path: Path) -> None:
        target = PurePosixPath(member.linkname)
        folder = path.parent.relative_to(self.root)
        if target.is_absolute() or not _stays_inside(PurePosixPath(folder.as_posix()), target):
            raise BadInput(f"The link “{member.name}” of the image leads outside its root; it was not unpacked.")
        path.symlink_to(member.linkname)

    def _clear(self, folder: Path, new: set[str]) -> None:
        for path in folder.iterdir() if folder.is_dir() else ():
            if str(path) not in new:
                self._delete(path)

    def _delete(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            remove(path)
        else:
            path.unlink(missing_ok=True)


def _stays_inside(folder: PurePosixPath, target: PurePosixPath) -> bool:
    depth = len([part for part in folder.parts if part != "."])
    for part in target.parts:
        depth += -1 if part == ".." else 0 if part == "." else 1
        if depth < 0:
            return False
    return True
