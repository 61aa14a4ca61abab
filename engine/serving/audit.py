"""Who did what: JSON lines that are only appended, chained by hash so that a removed one shows, bounded by rotation."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.serving.state import locked

FILE_BYTES = 1 << 20
KEPT_FILES = 8
START = "0" * 64
TOLD = 1000

log = logging.getLogger("lineside.serving")


class AuditLog:
    """Lines in `audit-<first number>.jsonl` below a folder.

    A line has n (1, 2, …), at (epoch seconds), who (key id), address, what, status, more fields, and `before`, the
    SHA-256 of the line before it. Secrets and bodies never come here.
    """

    def __init__(self, folder: Path | None, file_bytes: int = FILE_BYTES, kept_files: int = KEPT_FILES) -> None:
        self.folder, self.file_bytes, self.kept_files = folder, file_bytes, kept_files
        self._lock = threading.Lock()
        self._end: tuple[Path, int, int, str] | None = None  # file, its size, last number, hash of the last line
        self._failing = False

    def write(self, what: str, *, who: str = "", address: str = "", status: int = 0, **more: Any) -> None:
        """Append a line; a full disk is told once in the log and never disturbs serving."""
        if self.folder is None:
            return
        line = {"at": round(time.time(), 3), "who": who, "address": address, "what": what, "status": status, **more}
        try:
            with self._lock, locked(self.folder / "lock"):
                self._append(self.folder, line)
            self._failing = False
        except OSError as error:
            if not self._failing:
                log.error("The audit log cannot be written (%s).", error.strerror or error)
            self._failing = True

    def lines(self, after: int = 0, most: int = TOLD) -> list[str]:
        """Lines with numbers above `after`, as they lie on disk."""
        found: list[str] = []
        if self.folder is None:
            return found
        files = _files(self.folder)
        starts = [_first(path) for path in files]
        for index, path in enumerate(files):
            if index + 1 < len(files) and starts[index + 1] <= after + 1:
                continue
            for line in path.read_text("utf-8", "replace").splitlines():
                if _number(line) > after:
                    found.append(line)
                    if len(found) == most:
                        return found
        return found

    def _append(self, folder: Path, line: dict[str, Any]) -> None:
        path, size, number, before = self._last(folder)
        content = json.dumps({"n": number + 1, **line, "before": before}, ensure_ascii=False).encode()
        if size and size + len(content) > self.file_bytes:
            path, size = folder / f"audit-{number + 1:012d}.jsonl", 0
            for old in _files(folder)[: -self.kept_files + 1 or None]:
                old.unlink()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
            file.write(content + b"\n")
        self._end = (path, size + len(content) + 1, number + 1, hashlib.sha256(content).hexdigest())

    def _last(self, folder: Path) -> tuple[Path, int, int, str]:
        """The end of the newest file; read again where another release wrote, or a line was cut by a power cut."""
        files = _files(folder)
        path = files[-1] if files else folder / "audit-000000000001.jsonl"
        size = path.stat().st_size if files else 0
        if self._end is not None and self._end[:2] == (path, size):
            return self._end
        if not size:
            before = files[-2].read_bytes().splitlines()[-1] if len(files) > 1 else b""
            return path, 0, _number(before.decode("utf-8", "replace")), _digest(before)
        content = path.read_bytes()
        if not content.endswith(b"\n"):
            content = content[: content.rfind(b"\n") + 1]
            os.truncate(path, len(content))
            return self._last(folder)
        last = content.splitlines()[-1]
        return path, size, _number(last.decode("utf-8", "replace")), _digest(last)


def check_chain(lines: Iterable[str], before: str = "", number: int = 0) -> Iterator[str]:
    """What is wrong with a chain of lines, in sentences; nothing for a whole one.

    Args:
        lines: as they lie on disk, from one number on.
        before: hash of the line before the first; "" where it is not known.
        number: of the line before the first; 0 where it is not known.
    """
    for line in lines:
        try:
            entry = json.loads(line)
            found, given = int(entry["n"]), str(entry["before"])
        except (ValueError, TypeError, KeyError):
            yield f"The line after {number} is damaged."
            before, number = _digest(line.encode()), number + 1
            continue
        if number and found > number + 1:
            missing = f"line {number + 1} is" if found == number + 2 else f"lines {number + 1} to {found - 1} are"
            yield f"The {missing} missing."
        elif number and found <= number:
            yield f"Line {found} stands where line {number + 1} should."
        elif before and given != before:
            yield f"Line {number or found - 1} was changed or put in after it was written."
        elif found == 1 and given != START:
            yield "Line 1 does not begin the log."
        before, number = _digest(line.encode()), found


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("audit-*.jsonl"))


def _first(path: Path) -> int:
    return int(path.stem.partition("-")[2] or 0)


def _number(line: str) -> int:
    try:
        return int(json.loads(line)["n"])
    except (ValueError, TypeError, KeyError):
        return 0


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else START
