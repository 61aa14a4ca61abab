"""What a pipeline took and found, on disk before anybody is told: one log, read by each sink at its own pace.

`journal/N.log` are segments whose lines are a checksum and a record; N is the number of the first. A line is whole or, after
a power cut, cut off at the next start. `images/N` is the file of a record while a sink still wants it. The log is bounded:
what all sinks have goes first, then the oldest, whether they have it or not.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from engine.serving.state import replace_file

SEGMENT = 256 << 10
MOST_KEYS = 200_000  # of pictures that could come again
KEPT_SEGMENTS = 2  # though all sinks have them: who was killed before a file was put away knows it again


@dataclass(frozen=True)
class Record:
    """One picture that was taken.

    Attributes:
        n: counts up from 1.
        journal: of which journal; with `n`, the same record on its second way is known again.
        key: of the picture within its source.
        at: when, by the machine's clock (epoch seconds).
        answer: of the model, as /predict gives it, without masks; empty where it could not look.
        image: whether its file is kept for sinks.
    """

    n: int
    journal: str
    key: str
    name: str
    at: float
    verdict: str
    reasons: tuple[str, ...] = ()
    answer: dict[str, Any] = field(default_factory=dict)
    release: str = ""
    image: bool = False

    @property
    def id(self) -> str:
        """The same for each delivery of the same record."""
        return f"{self.journal}-{self.n}"

    def told(self) -> dict[str, Any]:
        """As sinks tell it."""
        return {
            "id": self.id, "at": self.at, "image": self.name, "verdict": self.verdict, "reasons": list(self.reasons),
            "release": self.release, "answer": self.answer,
        }  # fmt: skip


class Journal:
    """Written by one thread, read by several. `append` raises OSError where the disk refuses, and leaves nothing then."""

    def __init__(self, folder: Path, megabytes: float) -> None:
        self._folder, self._most = folder / "journal", int(1e6 * megabytes)
        self._images = folder / "images"
        for each in (self._folder, self._images):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.id = self._identity()
        self._changed = threading.Condition()
        self._segments = sorted(int(path.stem) for path in self._folder.glob("*.log") if path.stem.isdigit())
        self._keys: dict[str, tuple[int, str]] = self._remembered()  # of pictures: record and verdict
        self.next = self._segments[-1] if self._segments else 1
        for first in list(self._segments):
            self._recover(first)
        self._file: BinaryIO | None = None

    def find(self, key: str) -> Record | None:
        """The record of a picture that was taken already; with no more than its verdict, where it is not kept any more."""
        if not key or key not in self._keys:
            return None
        n, verdict = self._keys[key]
        gone = Record(n, self.id, key, "", 0.0, verdict)
        return next(self.read(n), gone) if n >= self.first else gone

    def forget(self, key: str) -> None:
        """The source will not give a picture again."""
        self._keys.pop(key, None)

    def append(self, image: bytes | None = None, **values: Any) -> Record:
        """Write a record down; `image` is kept for the sinks. It is on disk when this returns."""
        record = Record(self.next, self.id, image=image is not None, **values)
        if image is not None:
            replace_file(self._images / str(record.n), image)
        document = asdict(record)
        del document["n"], document["journal"]
        line = json.dumps(document, separators=(",", ":")).encode()
        file = self._writable()
        place = file.tell()
        try:
            file.write(b"%08x %s\n" % (zlib.crc32(line), line))
            file.flush()
            os.fdatasync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._file = None
                file.close()
            with contextlib.suppress(OSError):
                os.truncate(self._path(self._segments[-1]), place)
                (self._images / str(record.n)).unlink(missing_ok=True)
            raise
        with self._changed:
            self.next += 1
            if record.key:
                self._keys[record.key] = (record.n, record.verdict)
            self._changed.notify_all()
        return record

    def wait(self, n: int, timeout: float) -> bool:
        """Wait until there is a record `n`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.next > n, timeout)

    def wake(self) -> None:
        """End all waits."""
        with self._changed:
            self._changed.notify_all()

    @property
    def first(self) -> int:
        """The oldest record that is there, or the next one."""
        return self._segments[0] if self._segments else self.next

    def read(self, n: int, before: int | None = None) -> Iterator[Record]:
        """Records from `n` on, and before another one, that are there now; damaged ones are left out."""
        end = min(before or self.next, self.next)
        for place, first in enumerate(self._segments):
            after = self._segments[place + 1] if place + 1 < len(self._segments) else end
            if n >= after:
                continue
            with contextlib.suppress(FileNotFoundError), self._path(first).open("rb") as file:
                for number, line in enumerate(file, first):
                    if n <= number < end and (record := self._record(number, line)) is not None:
                        yield record

    def image(self, record: Record) -> bytes:
        """The file of a record; empty where it is not kept any more."""
        try:
            return (self._images / str(record.n)).read_bytes()
        except FileNotFoundError:
            return b""

    def trim(self, delivered: int, images: int, owns: Callable[[str], bool]) -> None:
        """Drop what nobody needs.

        Args:
            delivered: all sinks have the records before this one.
            images: likewise those that want images.
            owns: whether a source could give the picture of a key again.
        """
        for path in self._images.iterdir():
            if path.name.isdigit() and int(path.name) < images:
                path.unlink(missing_ok=True)
        gone = []
        while len(self._segments) > 1:
            spare = self._segments[1] <= delivered and len(self._segments) > KEPT_SEGMENTS
            if not spare and self.size <= self._most:
                break
            gone.append(self._segments[0])
            first, *self._segments = self._segments  # another list: readers may be in this one
            self._path(first).unlink(missing_ok=True)
        if gone:
            known = {key: found for key, found in self._keys.items() if found[0] >= self.first or owns(key)}
            self._keys = dict(list(known.items())[-MOST_KEYS:])
            old = {key: found for key, found in self._keys.items() if found[0] < self.first}
            replace_file(self._folder / "known.json", json.dumps(old).encode())
            for path in self._images.iterdir():
                if path.name.isdigit() and int(path.name) < self.first:
                    path.unlink(missing_ok=True)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        total = 0
        for folder in (self._folder, self._images):
            for path in folder.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    total += path.stat().st_size
        return total

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _writable(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= SEGMENT:
            self.close()
            self._segments = [*self._segments, self.next]
        if not self._segments:
            self._segments = [self.next]
        if self._file is None:
            self._file = self._path(self._segments[-1]).open("ab")
        return self._file

    def _recover(self, first: int) -> None:
        """Read a segment; what was cut off at the end of the last is removed."""
        path, number, whole = self._path(first), first, 0
        with path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                if (record := self._record(number, line)) is not None and record.key:
                    self._keys[record.key] = (number, record.verdict)
                number, whole = number + 1, whole + len(line)
        if first == self._segments[-1]:
            self.next = number
            if path.stat().st_size > whole:
                os.truncate(path, whole)

    def _record(self, number: int, line: bytes) -> Record | None:
        """The record of a whole line; None of one that the disk has damaged."""
        try:
            if int(line[:8], 16) != zlib.crc32(line[9:-1]):
                return None
            document = json.loads(line[9:])
            document["reasons"] = tuple(document["reasons"])
            return Record(number, self.id, **document)
        except (ValueError, TypeError, KeyError):
            return None

    def _remembered(self) -> dict[str, tuple[int, str]]:
        try:
            found = json.loads((self._folder / "known.json").read_bytes())
            return {str(key): (int(n), str(verdict)) for key, (n, verdict) in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _identity(self) -> str:
        path = self._folder / "id"
        with contextlib.suppress(OSError):
            if found := path.read_text("ascii").strip():
                return found
        made = secrets.token_hex(4)
        replace_file(path, made.encode())
        return made

    def _path(self, first: int) -> Path:
        return self._folder / f"{first:012d}.log"
