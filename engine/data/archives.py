"""Unpacking zip archives that may be hostile: no file outside, no link, no bomb."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from engine.data.importers.base import Problem, clean_text
from engine.errors import BadInput, WorkspaceError

MAX_FILES = 2_000_000
MAX_RATIO = 300  # unpacked to packed: pictures do not shrink, annotation text by 20 or so
FREE_OF_SUSPICION = 64 << 20  # bytes below which no ratio is wrong: small blank bitmaps
_PIECE = 1 << 20


def unpack(archive: Path, folder: Path, problems: list[Problem], cancelled: Callable[[], bool] = lambda: False) -> Path:
    """Unpack a zip archive into `folder`, reporting the entries that were left out; returns the folder to import.

    Raises:
        BadInput: not a zip archive, or one that unpacks to an absurd size.
        WorkspaceError: the disk is full.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if len(entries) > MAX_FILES:
                raise BadInput(f"{archive.name} holds {len(entries):,} files; up to {MAX_FILES:,} are unpacked.")
            allowed = _allowed(archive, folder)
            written = 0
            for entry in entries:
                if cancelled():
                    break
                name = _name(entry)
                reason = _refusal(entry, name)
                if reason:
                    problems.append(Problem(name, reason))
                elif not entry.is_dir():
                    written += _extract(opened, entry, folder, name, problems, allowed - written, archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        raise BadInput(f"{archive.name} is not a zip archive that can be read: {error}.") from error
    return _single_folder(folder)


def _allowed(archive: Path, folder: Path) -> int:
    """How many bytes may come out: bounded by the archive's own size, and by the disk."""
    plausible = max(FREE_OF_SUSPICION, archive.stat().st_size * MAX_RATIO)
    return int(min(plausible, max(shutil.disk_usage(folder).free - (32 << 20), 0)))


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name: marked as UTF-8, or in the code page of the program that packed it (GBK on Chinese Windows)."""
    if entry.flag_bits & 0x800:
        return clean_text(entry.filename)
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return clean_text(entry.filename)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _refusal(entry: zipfile.ZipInfo, name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts:
        return "its path leads out of the archive by “..”; not unpacked"
    if name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":"):
        return "its path is absolute; not unpacked"
    if "\0" in name:
        return "its name holds a zero byte; not unpacked"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a symbolic link; not unpacked"
    if entry.flag_bits & 1:
        return "it is encrypted; unpack the archive with its password first"
    return ""


def _extract(
    opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, name: str, problems: list[Problem], left: int, archive: Path
) -> int:  # fmt: skip
    """Write one entry, counting what really comes out of it; returns the bytes."""
    target = folder.joinpath(*[part for part in name.replace("\\", "/").split("/") if part not in ("", ".")])
    written = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            problems.append(Problem(name, "the archive holds a file of this name twice; the first one counts"))
            return 0
        with opened.open(entry) as packed, target.open("wb") as out:
            while piece := packed.read(_PIECE):
                written += len(piece)
                if written > left:
                    raise BadInput(
                        f"{archive.name} unpacks to far more than such an archive should (over {MAX_RATIO} times its size),"
                        " or more than the disk has room for; unpack it yourself and import the folder."
                    )
                out.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        target.unlink(missing_ok=True)
        problems.append(
            Problem(name, f"damaged in the archive: {str(error).splitlines()[0] if str(error) else 'cut off'}")
        )
        return written
    except OSError as error:
        if error.errno == 28:
            raise WorkspaceError(
                f"The disk is full while unpacking {archive.name}; free some space and try again."
            ) from error
        problems.append(Problem(name, f"cannot be unpacked: {error.strerror or error}"))
    return written


def _single_folder(folder: Path) -> Path:
    """The folder that is really meant when all of the archive lies in one."""
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith((".", "__MACOSX"))]
    named = {"images", "labels", "annotations", "train", "val", "valid", "test"}
    if len(entries) == 1 and entries[0].is_dir() and entries[0].name.lower() not in named:
        return entries[0]
    return folder
