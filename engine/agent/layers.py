"""Looks through a layer before the box unpacks it."""

from __future__ import annotations

import posixpath
import tarfile
import zlib
from pathlib import Path

from engine.agent.errors import Refused

MOST_ENTRIES = 200_000
MOST_UNPACKED_BYTES = 8 << 30


def check_layer(path: Path, digest: str, room: int) -> int:
    """The bytes that a layer takes unpacked.

    Args:
        path: the layer's blob.
        digest: its name in a sentence.
        room: bytes that are free for it.

    Raises:
        Refused: it holds devices, names or links that lead outside, files below links, or more than there is room for.
    """
    size, entries, links = 0, 0, set[str]()
    try:
        with tarfile.open(path, "r|*") as tar:
            for member in tar:
                tar.members = []  # type: ignore[attr-defined]  # else a bomb of names would fill the memory
                entries += 1
                size += member.size
                name = posixpath.normpath(member.name)
                _check_member(member, name, digest)
                if any(parent in links for parent in _parents(name)):
                    _refuse(digest, f"“{member.name}” lies below a link")
                if member.issym():
                    links.add(name)
                else:
                    links.discard(name)
                if entries > MOST_ENTRIES or size > MOST_UNPACKED_BYTES:
                    _refuse(digest, f"more than {MOST_ENTRIES} files or {MOST_UNPACKED_BYTES >> 30} GB")
                if size > room:
                    raise Refused(
                        f"The disk has {room / 1e6:.1f} MB free, and {digest[:19]} takes more unpacked; free some space."
                    )
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise Refused(f"The layer {digest[:19]} is no tar file that can be read ({error}).") from error
    return size


def _check_member(member: tarfile.TarInfo, name: str, digest: str) -> None:
    if name.startswith(("/", "../")) or name == ".." or "\n" in name or "\0" in name:
        _refuse(digest, f"“{member.name[:80]}” leads outside of it")
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        _refuse(digest, f"“{member.name[:80]}” is a device or a pipe")
    if member.islnk() or member.issym():
        target = posixpath.normpath(
            member.linkname if member.islnk() else posixpath.join(posixpath.dirname(name), member.linkname)
        )
        if target.startswith(("/", "../")) or target == "..":
            _refuse(digest, f"the link “{member.name[:80]}” leads outside of it")


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _refuse(digest: str, why: str) -> None:
    raise Refused(f"The layer {digest[:19]} holds what must not be unpacked: {why}. What ran before still runs.")
