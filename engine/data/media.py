"""The content-addressed files of a workspace: a file is named by its sha256 and never changes."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import stat
import sys
import threading
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.errors import BadInput, WorkspaceError

_ONE_BY_ONE = 200  # more files than this are flushed with the whole file system
_FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file until one of them is written


class MediaStore:
    """Files below `root` by digest: `root/ab/abcd…`. Adding the same content twice keeps one file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folders: set[str] = set()
        self._lock = threading.Lock()
        self._unsynced: list[Path] = []

    def path(self, digest: str) -> Path:
        """Where the file with this digest is, whether it is there or not."""
        return self.root / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Whether the file with this digest is here."""
        return self.path(digest).is_file()

    def add_file(self, source: Path, digest: str | None = None, *, move: bool = False) -> str:
        """Take a file in and return its digest; `digest` when the caller has read the file already.

        The blocks are shared where the file system can (reflink). A hard link is made only of a file that nobody may
        write: a camera or a program that writes into the same file again would otherwise change what is kept here.

        Args:
            source: the file.
            digest: its sha256 when known.
            move: the source is ours (unpacked from an archive) and may be renamed into place.
        """
        try:
            digest = digest or digest_of(source)
            target = self.path(digest)
            if target.exists():
                return digest
            self._make_folder(digest)
            if move:
                with contextlib.suppress(OSError):
                    source.replace(target)
                    self._added(target)
                    return digest
            self._place(target, lambda partial: copy_file(source, partial))
        except OSError as error:
            raise not_kept(source, error) from error
        return digest

    def add_bytes(self, content: bytes) -> str:
        """Keep these bytes and return their digest."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        if not target.exists():
            try:
                self._make_folder(digest)
                self._place(target, lambda partial: partial.write_bytes(content))
            except OSError as error:
                raise not_kept(target, error) from error
        return digest

    def remove(self, digests: Iterable[str]) -> None:
        """Drop files that nothing refers to; the caller knows that nothing does."""
        for digest in digests:
            self.path(digest).unlink(missing_ok=True)

    def sync(self) -> None:
        """Return when all that was added survives a power cut: before the commit that refers to it."""
        with self._lock:
            waiting, self._unsynced = self._unsynced, []
        if len(waiting) > _ONE_BY_ONE:
            sync_file_system(self.root)
            return
        for path in [*waiting, *{path.parent for path in waiting}]:
            with contextlib.suppress(FileNotFoundError):
                _sync(path)

    def _make_folder(self, digest: str) -> None:
        if digest[:2] not in self._folders:
            (self.root / digest[:2]).mkdir(parents=True, exist_ok=True)
            with self._lock:
                self._folders.add(digest[:2])

    def _added(self, target: Path) -> None:
        with self._lock:
            self._unsynced.append(target)

    def _place(self, target: Path, write: Callable[[Path], object]) -> None:
        partial = target.with_name(f".{uuid.uuid4().hex}.part")
        try:
            write(partial)
            partial.replace(target)
            self._added(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def digest_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file_system(folder: Path) -> None:
    """Flush the file system that holds `folder`; one call for thousands of files."""
    if sys.platform == "linux":
        handle = os.open(folder, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(handle):
                error = ctypes.get_errno()
                raise OSError(error, os.strerror(error))
        finally:
            os.close(handle)
    elif hasattr(os, "sync"):
        os.sync()


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, sharing its blocks where the file system can; link to one that nobody may write."""
    if sys.platform == "linux":
        import fcntl

        with source.open("rb") as old, target.open("wb") as new, contextlib.suppress(OSError):
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
            return
    if not source.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        target.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    shutil.copyfile(source, target)


def not_kept(path: Path, error: OSError) -> Exception:
    """What to raise when a file could not be kept."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WorkspaceError(f"The disk is full: {path.name!r} could not be kept; free some space and try again.")
    return BadInput(f"{path} could not be read or kept: {error.strerror or error}.")
