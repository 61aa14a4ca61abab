"""A watched folder: files that came whole are taken in the order in which they came, and put away."""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from engine.serving.pipeline.journal import Record
from engine.serving.pipeline.settings import setting
from engine.serving.pipeline.sources import Picture
from engine.serving.pipeline.verdicts import BROKEN

DONE = "done"
SHORTEST_S, LONGEST_S = 0.02, 1.0  # from one look to the next
AGAIN_S = 5.0
MOST_BYTES = 256 << 20
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")


@dataclass(frozen=True)
class FolderSettings:
    """Settings of a watched folder.

    Attributes:
        pattern: which names are taken, as `*.png`.
        settle: seconds in which a file must not have changed; 0 where files are moved in whole.
        after: move (to `done` and `broken` in the folder), delete, or leave (they are remembered).
    """

    folder: str = setting(kind="path")
    pattern: str = setting("*")
    settle: float = setting(0.3, least=0, most=600)
    after: str = setting("move", one_of=("move", "delete", "leave"))

    def open(self) -> FolderSource:
        """Raises OSError where there is no such folder."""
        return FolderSource(self)


class FolderSource:
    """The files right in the folder; hidden and unfinished ones, links and what is no file are left alone."""

    def __init__(self, settings: FolderSettings) -> None:
        self.settings, self.folder, self.dropped = settings, Path(settings.folder), 0
        self._seen: dict[bytes, tuple[tuple[int, ...], float]] = {}  # by name: what it looked like, and since when
        self._ready: list[tuple[int, bytes]] = []
        self._given: dict[str, tuple[bytes, float]] = {}  # by key: could not be put away; when that was tried last
        self._pause = SHORTEST_S
        os.scandir(self.folder).close()

    def take(self, timeout: float) -> Picture | None:
        """The oldest whole file."""
        end = time.monotonic() + timeout
        while not self._ready:
            self._scan()
            if not self._ready:
                if time.monotonic() >= end:
                    return None
                time.sleep(min(self._pause, max(0.0, end - time.monotonic())))
        _, name = self._ready.pop(0)
        self._seen.pop(name, None)
        return self._picture(name)

    def done(self, picture: Picture, record: Record) -> None:
        """Put the file away as the settings say."""
        name, _ = self._given.get(picture.key, (b"", 0.0))
        if self.settings.after == "leave" or not name:
            return
        path = Path(os.fsdecode(os.path.join(os.fsencode(self.folder), name)))  # noqa: PTH118  names are bytes
        try:
            if self.settings.after == "delete" and record.verdict != BROKEN:
                path.unlink(missing_ok=True)
            else:
                _move(path, self.folder / (BROKEN if record.verdict == BROKEN else DONE))
        except OSError:
            self._given[picture.key] = (name, time.monotonic())
            raise
        del self._given[picture.key]

    def owns(self, key: str) -> bool:
        """Files that are left could come again."""
        return self.settings.after == "leave" and key in self._given

    @property
    def exhausted(self) -> bool:
        """Whether nothing waits or settles."""
        self._scan()
        return not self._ready and not self._seen

    def close(self) -> None:
        """Nothing is held."""

    def _scan(self) -> None:
        now, found, keys = time.monotonic(), {}, set()
        with os.scandir(os.fsencode(self.folder)) as entries:
            for entry in entries:
                if (looks := self._looks(entry)) is None:
                    continue
                keys.add(key := _key(entry.name, looks))
                if self._is_put_off(key, now):
                    continue
                before, since = self._seen.get(entry.name, (None, now))
                found[entry.name] = (looks, since if before == looks else now)
        self._seen, self._given = found, {key: given for key, given in self._given.items() if key in keys}
        self._pause = min(max(SHORTEST_S, 10 * (time.monotonic() - now)), LONGEST_S)
        self._ready = sorted(
            (looks[1], name) for name, (looks, since) in found.items() if now - since >= self.settings.settle
        )

    def _looks(self, entry: os.DirEntry[bytes]) -> tuple[int, ...] | None:
        name = os.fsdecode(entry.name)
        if (
            name.startswith(".")
            or name.lower().endswith(UNFINISHED)
            or not fnmatch.fnmatch(name, self.settings.pattern)
        ):
            return None
        with contextlib.suppress(FileNotFoundError):
            if entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                moved = 0 if self.settings.after == "leave" else status.st_ctime_ns  # the same file put back is another
                return (status.st_size, status.st_mtime_ns, status.st_ino, moved)
        return None

    def _is_put_off(self, key: str, now: float) -> bool:
        """Whether a file was given and stays, or could not be put away just now."""
        given = self._given.get(key)
        return given is not None and (self.settings.after == "leave" or now - given[1] < AGAIN_S)

    def _picture(self, name: bytes) -> Picture | None:
        shown = name.decode("utf-8", "replace")
        path = os.path.join(os.fsencode(self.folder), name)  # noqa: PTH118  names are bytes
        try:
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:  # somebody took it away
            return None
        except PermissionError:
            status = os.stat(path, follow_symlinks=False)  # noqa: PTH116  names are bytes
            return self._give(name, status, Picture(shown, "", b"", "The file may not be read."))
        with open(handle, "rb") as file:  # noqa: PTH123  a descriptor
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > MOST_BYTES:
                problem = f"The file is larger than {MOST_BYTES >> 20} MB."
                return self._give(name, status, Picture(shown, "", b"", problem))
            return self._give(name, status, Picture(shown, "", file.read()))

    def _give(self, name: bytes, status: os.stat_result, picture: Picture) -> Picture:
        moved = 0 if self.settings.after == "leave" else status.st_ctime_ns
        key = _key(name, (status.st_size, status.st_mtime_ns, status.st_ino, moved))
        self._given[key] = (name, time.monotonic())
        return Picture(picture.name, key, picture.content, picture.problem)


def _key(name: bytes, looks: tuple[int, ...]) -> str:
    return hashlib.sha256(name + b"\0" + repr(looks).encode()).hexdigest()[:32]


def _move(path: Path, folder: Path) -> None:
    """Into a folder below; another name where that one is taken there."""
    folder.mkdir(exist_ok=True)
    if folder.is_symlink():
        raise PermissionError(f"{folder} is a link that leads elsewhere; remove it.")
    place, number = folder / path.name, 1
    while os.path.lexists(place):
        number += 1
        place = folder / f"{path.stem}-{number}{path.suffix}"
    with contextlib.suppress(FileNotFoundError):
        path.rename(place)
