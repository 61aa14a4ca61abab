"""A table of results that any spreadsheet reads: one row for each picture, on disk before it counts as delivered."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import TEXTS, setting
from engine.serving.pipeline.sinks import Image
from engine.serving.pipeline.verdicts import VERDICTS

COLUMNS = ("id", "time", "image", "verdict", "reasons", "found", "score", "release")
TAIL = 256 << 10


@dataclass(frozen=True)
class CsvSettings:
    """Settings of a table.

    Attributes:
        megabytes: of the file, before it becomes FILE.1, FILE.1 becomes FILE.2, and so on.
        keep: how many such old files stay.
        only: the verdicts that it is told.
    """

    name: str = setting(kind="name")
    file: str = setting(kind="path")
    megabytes: float = setting(10.0, least=0.001, most=100_000)
    keep: int = setting(5, least=0, most=10_000)
    only: tuple[str, ...] = setting(VERDICTS, kind=TEXTS, one_of=VERDICTS)

    wants_images = False
    secret = ""

    def open(self, secret: str) -> CsvFile:
        """Raises OSError where it cannot be written."""
        del secret
        return CsvFile(self)


class CsvFile:
    """Appends; a row that a power cut left half is removed, one that is there already does not come again."""

    batch = 200

    def __init__(self, settings: CsvSettings) -> None:
        self.settings, self.path = settings, Path(settings.file)
        self._last = _last_id(self.path) or _last_id(self._old(1))
        self._file = self.path.open("ab")

    def deliver(self, records: Sequence[Record], image: Image) -> int:
        """Write rows, all of them or none."""
        del image
        journal, _, last = self._last.rpartition("-")
        rows = [one for one in records if one.journal != journal or one.n > int(last)]
        if not rows:
            return 0
        if self._file.tell() > self.settings.megabytes * 1e6:
            self._rotate()
        text = io.StringIO()
        writer = csv.writer(text)
        if not self._file.tell():
            writer.writerow(COLUMNS)
        writer.writerows(map(_row, rows))
        place = self._file.tell()
        try:
            self._file.write(text.getvalue().encode("utf-8", "replace"))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            os.truncate(self.path, place)
            raise
        self._last = rows[-1].id
        return 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self.settings.keep, 0, -1):
            before = self._old(number - 1) if number > 1 else self.path
            if before.exists():
                before.replace(self._old(number))
        self.path.unlink(missing_ok=True)
        self._file = self.path.open("ab")

    def _old(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


def _row(record: Record) -> list[str]:
    answer = record.answer
    found: list[dict[str, Any]] = answer.get("detections") or answer.get("labels") or []
    if "label" in answer:
        found = [answer, *found]
    told = [f"{one['label']} {one['score']:.3f}" for one in found]
    score = max((one["score"] for one in found), default=0.0)
    at = datetime.fromtimestamp(record.at, UTC).isoformat(timespec="milliseconds")
    row = (record.id, at, record.name, record.verdict, "; ".join(record.reasons), "; ".join(told), f"{score:.5f}", record.release)  # fmt: skip
    return [_plain(value) for value in row]


def _plain(text: str) -> str:
    """Nothing that a spreadsheet would compute, and no second line."""
    shown = "".join(letter if letter.isprintable() else "�" for letter in text)
    return f"'{shown}" if shown[:1] in tuple("=+-@") else shown


def _last_id(path: Path) -> str:
    """Of the last whole row; the rest of a torn one is cut off."""
    try:
        with path.open("rb+") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            end = file.read()
            whole = end.rpartition(b"\n")[0]
            if end and not end.endswith(b"\n"):
                file.truncate(size - len(end) + (len(whole) + 1 if whole else 0))
    except FileNotFoundError:
        return ""
    last = whole.rpartition(b"\n")[2].decode("utf-8", "replace").partition(",")[0]
    return last if last.rpartition("-")[2].isdigit() else ""
