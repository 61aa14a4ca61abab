"""What an import has put into the media folder so far, so that a failed or killed one leaves nothing behind."""

from __future__ import annotations

import shutil
import threading
import uuid
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from engine.data.media import not_kept

if TYPE_CHECKING:
    from engine.workspace import Workspace

_PREFIX = ".import-"


class Journal:
    """Names each media file before it is written; leaving without `keep` removes those that no item refers to."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._path = ws.path / "media" / f"{_PREFIX}{uuid.uuid4().hex}"
        self._lock = threading.Lock()
        self._kept = False

    def __enter__(self) -> Journal:
        _mine.add(self._path.name)
        clean_up(self._ws)
        try:
            self._file = self._path.open("ab", buffering=0)  # a line that did not go out must not wait in a buffer
        except OSError as error:
            _mine.discard(self._path.name)
            raise not_kept(self._path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if not self._kept:
            _undo(self._ws, self._path)
        shutil.rmtree(self._scratch_path, ignore_errors=True)
        self._path.unlink(missing_ok=True)
        _mine.discard(self._path.name)

    @property
    def _scratch_path(self) -> Path:
        return self._path.with_name(self._path.name + ".files")

    def scratch(self) -> Path:
        """A folder of this import's own on the workspace's file system; gone afterwards."""
        self._scratch_path.mkdir(exist_ok=True)
        return self._scratch_path

    def adds(self, digest: str) -> None:
        """Called before the file is written.

        Raises:
            WorkspaceError: the disk is full.
        """
        with self._lock:
            try:
                self._file.write(f"\n{digest}\n".encode())  # a line of its own, even after a part of one
            except OSError as error:
                raise not_kept(self._path, error) from error

    def keep(self) -> None:
        """The transaction that refers to the files is committed."""
        self._kept = True


_mine: set[str] = set()  # journals of imports that run in this process now


def clean_up(ws: Workspace) -> None:
    """Remove what imports that were killed left in the media folder; only the owner of the workspace comes here."""
    for path in (ws.path / "media").glob(_PREFIX + "*"):
        if path.name.removesuffix(".files") in _mine:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            _undo(ws, path)
            path.unlink(missing_ok=True)


def _undo(ws: Workspace, journal: Path) -> None:
    digests = {line for line in journal.read_text("ascii", "replace").split("\n") if len(line) == 64}
    if not digests:
        return
    used = {
        digest
        for (digest,) in ws.query(
            "SELECT DISTINCT digest FROM item WHERE digest IN (SELECT unnest(?))", [sorted(digests)]
        )
    }
    ws.media.remove(digests - used - in_versions(ws))
    for folder in {digest[:2] for digest in digests}:
        for partial in (ws.path / "media" / folder).glob(".*.part"):
            partial.unlink(missing_ok=True)


def collect_garbage(ws: Workspace) -> int:
    """Remove media files that no item and no version refers to; returns how many."""
    clean_up(ws)
    used = {digest for (digest,) in ws.query("SELECT DISTINCT digest FROM item")} | in_versions(ws)
    unused = [path.name for path in (ws.path / "media").glob("[0-9a-f][0-9a-f]/*") if path.name not in used]
    if not _mine:  # an import that runs now has files that nothing refers to yet
        for name in unused:
            (ws.path / "media" / name[:2] / name).unlink(missing_ok=True)
        return len(unused)
    return 0


def in_versions(ws: Workspace) -> set[str]:
    """Digests of media that only versions still refer to."""
    chunks = ws.path / "versions" / "chunks"
    pattern = "*.items.parquet"
    if next(chunks.glob(pattern), None) is None:
        return set()
    return {digest for (digest,) in ws.query("SELECT DISTINCT digest FROM read_parquet(?)", [str(chunks / pattern)])}
