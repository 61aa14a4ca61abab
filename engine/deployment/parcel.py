"""What a training needs on another machine: files by path and digest, and the packs in which the missing ones go there."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path
from typing import Any

from engine.data.versions import read_manifest, read_version
from engine.errors import BadInput
from engine.jobs.guest import digest_of

PACK_BYTES = 32 << 20
PROGRAM_FILES = (".py", ".json", ".sh", ".sql")


@dataclass(frozen=True)
class Part:
    """One file.

    Attributes:
        path: below the root on the other machine.
        source: here, or its content.
        size: bytes.
    """

    path: str
    digest: str
    size: int
    source: Path | bytes

    def content(self) -> bytes:
        """What is sent.

        Raises:
            BadInput: the file is no longer what its digest says.
        """
        content = self.source if isinstance(self.source, bytes) else self.source.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.digest:
            raise BadInput(f"{self.source!s} is not what it was when it was imported; import it again.")
        return content


def of_bytes(path: str, content: bytes) -> Part:
    """A part made here."""
    return Part(path, hashlib.sha256(content).hexdigest(), len(content), content)


def of_file(path: str, source: Path) -> Part:
    """A file of this machine."""
    return Part(path, digest_of(source), source.stat().st_size, source)


def number_of(version: dict[str, Any]) -> int:
    """The number of a version on other machines: the same content has the same one, whoever sends it."""
    return int(str(version["digest"]).removeprefix("sha256:")[:12], 16)


def version_parts(workspace: Path, version: int) -> Iterator[Part]:
    """Files of a dataset version and the media of its items, linked ones among them."""
    manifest, root = read_manifest(workspace, version), workspace / "versions"
    for source in sorted((root / str(version)).iterdir()):
        if source.name != "links.parquet":  # there, each file lies in the media
            yield of_file(f"versions/{number_of(manifest)}/{source.name}", source)
    for entry in manifest.get("chunks", ()):
        for name in (entry["items"], entry["annotations"]):
            yield of_file(f"versions/{name}", root / name)
    if "chunks" in manifest:
        items = read_version(workspace, version).items
        media = dict(zip(items["digest"].to_pylist(), items["path"].to_pylist(), strict=True))
        for digest, source in sorted(media.items()):
            yield _medium(digest, Path(source))


def run_parts(run: Path) -> Iterator[Part]:
    """Everything that a prepared run has: code, drawing, weights to start from."""
    for source in sorted(path for path in run.rglob("[!.]*") if path.is_file()):
        yield of_file(f"runs/{run.name}/{source.relative_to(run).as_posix()}", source)


def program_parts() -> tuple[str, list[Part]]:
    """The engine, under its digest."""
    with as_file(files("engine")) as root:
        sources = {f"engine/{path.relative_to(root).as_posix()}": path.read_bytes() for path in sorted(root.rglob("*"))
                   if path.suffix in PROGRAM_FILES}  # fmt: skip
    whole = hashlib.sha256()
    for name, content in sources.items():
        whole.update(f"{name} {len(content)}\n".encode() + content)
    digest = whole.hexdigest()[:16]
    return digest, [of_bytes(f"program/{digest}/{name}", content) for name, content in sources.items()]


def packs(parts: Iterable[Part], folder: Path) -> Iterator[tuple[Path, str, int]]:
    """Write parts into packs, one after the other: its file, its digest and the bytes of its parts.

    The same parts give the same packs, so that one that was cut on its way goes on there.
    """
    waiting, size = [], 0
    for part in parts:
        waiting.append(part)
        size += part.size
        if size >= PACK_BYTES:
            yield (*_pack(waiting, folder), size)
            waiting, size = [], 0
    if waiting:
        yield (*_pack(waiting, folder), size)


def wanted(parts: Iterable[Part]) -> bytes:
    """Parts as `engine.jobs.guest.lacking` reads them."""
    return json.dumps([[part.path, part.digest, part.size] for part in parts]).encode()


def _pack(parts: list[Part], folder: Path) -> tuple[Path, str]:
    path = folder / "pack.tar.gz"
    with path.open("wb") as file, gzip.GzipFile("", "wb", 1, file, mtime=0) as packed, tarfile.open(
        mode="w", fileobj=packed, format=tarfile.GNU_FORMAT
    ) as pack:  # fmt: skip
        for part in parts:
            member = tarfile.TarInfo(part.path)
            member.size, member.mode = part.size, 0o644
            pack.addfile(member, BytesIO(part.content()))
    return path, digest_of(path)


def _medium(digest: str, source: Path) -> Part:
    try:
        return Part(f"media/{digest[:2]}/{digest}", digest, source.stat().st_size, source)
    except OSError as error:
        raise BadInput(f"{source}, an image of the version, cannot be read: {error.strerror}.") from error
