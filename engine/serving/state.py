"""Files in the state folder, which outlives releases: written whole or not at all, locked against the next release."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: one release at a time
    fcntl = None  # type: ignore[assignment]

SECRETS = "secrets"
"""Folder of what the pipelines' sinks need to be let in, one file a name."""
LIVE = "live"
"""File with the digest of the release that requests go to, written by whatever switches; `engine/agent/box.sh` does, too."""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that readers and a power cut find the old or the new one; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock while two releases share the folder during a switch."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("ab") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
