"""The lock file that names the one program which owns a workspace."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import IO

from engine.errors import WorkspaceBusy, WorkspaceError


class OwnerLock:
    """An advisory lock that the kernel drops when its holder dies; the file's text tells who holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            WorkspaceBusy: another process, or another part of this one, holds it.
        """
        try:
            file = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            raise WorkspaceError(
                f"{self.path.parent} cannot be written ({error.strerror}); check its permissions."
            ) from error
        try:
            _lock(file)
        except OSError:
            file.seek(0)
            holder = _describe(file.read())
            file.close()
            raise WorkspaceBusy(
                f"The workspace {self.path.parent} is open in {holder}; close it there first, or work on a copy."
            ) from None
        file.seek(0)
        file.truncate()
        json.dump(
            {
                "pid": os.getpid(),
                "program": " ".join([Path(sys.argv[0]).name or "python", *sys.argv[1:3]]),
                "host": socket.gethostname(),
                "since": datetime.now().astimezone().isoformat(timespec="seconds"),
            },
            file,
        )
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock up; harmless when not held."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.seek(0)
                self._file.truncate()
            self._file.close()
            self._file = None


def _describe(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"“{owner['program']}” (process {owner['pid']} on {owner['host']}, since {owner['since']})"
    except (ValueError, KeyError, TypeError):
        return "another program"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
