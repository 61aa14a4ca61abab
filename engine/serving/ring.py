"""The folder of what is kept on a box: bounded in bytes, number and days, shared by the releases of a switch."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

from engine.serving.kept import NAME, Kept, name_of
from engine.serving.rules import Rules
from engine.serving.state import locked, replace_file

TAKEN = "taken.json"
"""Names of what a workspace has in its own store now; whoever collected puts it here, and the ring removes them."""
LOCK = ".lock"
MOST_TAKEN = 16 << 20
DAY_S = 86_400


class Ring:
    """Files below one folder; what is not named as one of them is left alone. Its methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bytes = 0
        self._sizes: dict[str, int] = {}
        self._seen = -1  # when the folder was changed last, as far as is known here

    def add(self, kept: Kept, asked: bytes, rules: Rules) -> bool:
        """Keep one file; False where another of the same image is worth as much, or all that is there is worth more.

        Args:
            asked: by which the image is known again: its bytes as they were asked about.
        """
        name, content = name_of(kept.reason, kept.at, asked), kept.content()
        with locked(self.folder / LOCK):
            self._look()
            same = [other for other in self._sizes if other.endswith(name[17:])]
            if any(other[0] > name[0] or (other[0] == name[0] and kept.reason != "corrected") for other in same):
                return False
            if not self._make_room(name, len(content), same, rules):
                return False
            replace_file(self.folder / name, content)
            self._sizes[name] = len(content)
            for other in same:
                if other != name:
                    self._remove(other)
            self._note()
        return True

    def tend(self, rules: Rules) -> None:
        """Remove what was taken home, what is older than it may become, and what is more than the rules allow."""
        if not self.folder.is_dir():
            return
        with locked(self.folder / LOCK):
            self._look()
            oldest = 1e3 * (time.time() - DAY_S * rules.days)
            for name in {*self._taken(), *(name for name in self._sizes if int(name[2:17]) < oldest)}:
                self._remove(name)
            self._make_room("3", 0, (), rules)
            self._note()

    def _make_room(self, name: str, size: int, instead: list[str] | tuple[()], rules: Rules) -> bool:
        """Remove the least valuable, of these the oldest, until a file fits; nothing is removed for what is worth less."""
        limit = int(1e6 * rules.megabytes)
        leaving = sum(self._sizes[other] for other in instead)
        total, number = sum(self._sizes.values()) - leaving + size, len(self._sizes) - len(instead) + bool(size)
        if size > limit:
            return False
        going = []
        for other in sorted(set(self._sizes) - set(instead)):
            if total <= limit and number <= rules.count:
                break
            if other[0] > name[0]:
                return False
            going.append(other)
            total, number = total - self._sizes[other], number - 1
        for other in going:
            self._remove(other)
        return True

    def _look(self) -> None:
        """Read the folder, where somebody else changed it; at first, remove what a power cut left half written."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for torn in self.folder.glob(".?-*.item.*") if self._seen < 0 else ():
            torn.unlink(missing_ok=True)
        now = self.folder.stat().st_mtime_ns
        if now != self._seen:
            self._sizes = {
                path.name: path.stat().st_size for path in self.folder.glob("*.item") if NAME.fullmatch(path.name)
            }
            self._seen = now

    def _note(self) -> None:
        self._seen = self.folder.stat().st_mtime_ns
        self.bytes = sum(self._sizes.values())

    def _taken(self) -> list[str]:
        """Names that a workspace has; what is no list of names is no word of one."""
        place = self.folder / TAKEN
        if not place.is_file():
            return []
        names = []
        with contextlib.suppress(ValueError, TypeError, RecursionError), place.open("rb") as file:
            names = [name for name in json.loads(file.read(MOST_TAKEN)) if name in self._sizes]
        place.unlink()
        return names

    def _remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self._sizes.pop(name, None)
