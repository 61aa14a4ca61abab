"""What goes to an engine as a tar: images, and files of a volume."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from engine.deployment.image import Image
from engine.deployment.target import Progress


def reference(image: Image) -> str:
    """The name of an image in the engine."""
    return f"lineside:{image.digest[7:19]}"


def tar_of(path: str, content: bytes, user: int) -> bytes:
    """An archive with one file and the folders above it, of the user that the program runs as."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for folder in reversed([str(parent) for parent in PurePosixPath(path).parents if str(parent) != "."]):
            tar.addfile(_member(folder, user, 0o700, tarfile.DIRTYPE))
        member = _member(path, user, 0o600, tarfile.REGTYPE)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return file.getvalue()


def watched(archive: Path, image: Image, progress: Progress) -> Iterator[bytes]:
    """The archive in pieces; blobs lie in it by digest, so each piece tells how far its layer is."""
    with tarfile.open(archive) as tar:
        places = {member.name.rpartition("/")[2]: member.offset_data for member in tar if member.isfile()}
    spans = sorted((places[layer.hex], layer) for layer in image.layers)
    sent = 0
    with archive.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk
            sent += len(chunk)
            for start, layer in spans:
                if start < sent and sent - len(chunk) < start + layer.size:
                    progress("push", min(sent - start, layer.size), layer.size, layer.digest)


def _member(name: str, user: int, mode: int, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.uid = member.gid = user
    member.mode, member.type, member.mtime = mode, kind, time.time()
    return member
