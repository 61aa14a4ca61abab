"""What releases of this box kept, onto a stick; off the box only once the stick says that a workspace has it.

STICK/feedback/<name>.item   as the release wrote it; not looked into here
STICK/feedback/taken.json    names that a workspace has, put there by `lineside collect`
STICK/feedback/rules.json    what may be kept, put there by `lineside feedback keep`; taken over only when asked to
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.agent.box import Box
from engine.agent.errors import Gone, Refused
from engine.agent.files import write_whole
from engine.agent.index import read_small

FOLDER, TAKEN, RULES = "feedback", "taken.json", "rules.json"
NAME = re.compile(r"[0-3]-\d{15}-[0-9a-f]{32}\.item")
MOST_ITEM, MOST_TAKEN, MOST_RULES = 300 << 20, 16 << 20, 64 << 10


@dataclass(frozen=True)
class Given:
    """What a collect did: files that went onto the stick, that were there already, and that left the box."""

    given: int = 0
    there: int = 0
    removed: int = 0


def give_feedback(stick: Path, box: Box) -> Given:
    """Put what is kept on this box onto a stick, the most valuable first.

    Raises:
        Refused: the stick is full, or no folder of its own; what went onto it is whole.
        Gone: it was pulled.
    """
    place = _place(stick)
    with _ring(box) as ring:
        found = os.listdir(ring) if ring >= 0 else []  # noqa: PTH208  a descriptor
        names = [name for name in sorted(found, reverse=True) if NAME.fullmatch(name)]
        taken = _taken(place / TAKEN).intersection(names)
        for name in taken:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=ring)
        given = there = 0
        for name in names:
            if name in taken or (content := _read(ring, name)) is None:
                continue
            if (place / name).is_file() and not (place / name).is_symlink():
                there += 1
                continue
            _write(place / name, content, given)
            given += 1
    return Given(given, there, len(taken))


def take_rules(stick: Path, box: Box) -> str:
    """Let the stick say what releases of this box may keep; the rules as they were written.

    Raises:
        Refused: they are no rules.
    """
    content = read_small(_place(stick) / RULES, MOST_RULES)
    try:
        sound = isinstance(json.loads(content), dict | type(None))
    except (ValueError, RecursionError):
        sound = False
    if not sound:
        raise Refused(f"{stick / FOLDER / RULES} is damaged; write it again: lineside feedback keep TARGET")
    box.run("keep", f"{FOLDER}/{RULES}", content=content)
    return content.decode("utf-8", "replace")


def _place(stick: Path) -> Path:
    """The folder on the stick; never through a link, which could lead anywhere on the box."""
    place = stick / FOLDER
    if not stick.is_dir():
        raise Gone(f"{stick} is not there; is the stick in?")
    if place.is_symlink():
        raise Refused(f"{place} is a link; a stick holds plain folders only.")
    try:
        place.mkdir(exist_ok=True)
    except OSError as error:
        raise Refused(f"{place} cannot be written ({error.strerror or error}).") from error
    return place


@contextmanager
def _ring(box: Box) -> Iterator[int]:
    """The folder of what is kept, opened; -1: there is none. It belongs to the release, which may not lead this astray by links."""
    opened: list[int] = []
    try:
        with suppress(FileNotFoundError):
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            opened.append(os.open(box.root / "state", flags))
            opened.append(os.open(FOLDER, flags, dir_fd=opened[0]))
        yield opened[1] if len(opened) == 2 else -1
    finally:
        for one in opened:
            os.close(one)


def _read(ring: int, name: str) -> bytes | None:
    """A file of the ring; None where the release removed it meanwhile, or it is none."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=ring)
    except OSError:
        return None
    with os.fdopen(file, "rb") as opened:
        about = os.fstat(opened.fileno())
        return opened.read(MOST_ITEM) if stat.S_ISREG(about.st_mode) and about.st_size <= MOST_ITEM else None


def _write(path: Path, content: bytes, given: int) -> None:
    part = path.with_name(path.name + ".part")
    for old in (path, part):
        if old.is_symlink():
            old.unlink()
    try:
        write_whole(path, content)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise Refused(
            f"{path.parent} takes no more ({error.strerror or error}); {given} images went onto it. Bring it home, collect,"
            " and come again: what is left stays on this box."
        ) from error


def _taken(path: Path) -> set[str]:
    """Names that a workspace has; what is no list of names is no word of one."""
    names: set[str] = set()
    if path.is_file():
        with suppress(ValueError, TypeError, RecursionError):
            names = {name for name in json.loads(read_small(path, MOST_TAKEN)) if isinstance(name, str)}
    return names
