"""What a workspace knows, as tables with ids of its own: the input of a merge, read from a store or from a bundle."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.records import ANNOTATION_COLUMNS
from engine.errors import NotAWorkspace, WorkspaceBusy, WorkspaceDamaged, WorkspaceError
from engine.labeling.log import EDIT_COLUMNS
from engine.labeling.merging import label_keys

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ITEM_COLUMNS = "id, key, digest, name, page, width, height, channels, bits, format, bytes, split, group_key, metadata, problem, link"
QUERIES = {
    "item": f"SELECT {ITEM_COLUMNS} FROM item ORDER BY id",
    "tx": "SELECT id, action, author, created, undoes FROM tx WHERE id IN (SELECT tx FROM edit)"
    " OR id IN (SELECT tx FROM annotation WHERE edit IS NULL) ORDER BY id",
    "edit": f"SELECT {EDIT_COLUMNS} FROM edit ORDER BY id",
    "annotation": f"SELECT {ANNOTATION_COLUMNS}, tx FROM annotation WHERE edit IS NULL ORDER BY id",
    "alias": "SELECT id, annotation_id FROM alias ORDER BY id",
}


@dataclass
class Snapshot:
    """The content of another workspace.

    Attributes:
        name: of the workspace, for the history.
        tables: see `QUERIES`: items, transactions, edits, annotations as imported or predicted, aliases.
        labels: {id, key, record}: record is the label as JSON, as it is now; see `label_keys`.
        media: where the file with a digest is; None when it did not come along.
        partial: it may begin in the middle of the history.
    """

    name: str
    tables: dict[str, pa.Table]
    labels: list[dict[str, Any]]
    media: Callable[[str], Path | None] = field(default=lambda _: None)
    partial: bool = False


@contextlib.contextmanager
def of_workspace(folder: Path) -> Iterator[Snapshot]:
    """Everything that a merge needs of another workspace's folder; see `reading` for what can go wrong."""
    with reading(folder) as connection:
        yield read(connection, name_of(folder), folder / "media")


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store of another workspace. Nothing there is changed: it is copied and the copy is opened.

    Raises:
        NotAWorkspace: there is none.
        WorkspaceBusy: a running program has it open; the copy could be torn.
        WorkspaceDamaged: its store cannot be opened.
    """
    from engine.store import LastCommit, open_store

    name_of(folder)
    with tempfile.TemporaryDirectory(prefix="lineside-merge-") as scratch:
        _copy_store(folder, Path(scratch))
        connection, lost = open_store(Path(scratch) / "store.duckdb", Path(scratch) / "backups")
        try:
            if lost or LastCommit(Path(scratch) / "last-commit").lost(connection):
                raise WorkspaceDamaged(
                    f"The newest changes in {folder} cannot be read: its store is damaged, or was not copied whole. Open it in"
                    " Lineside, which repairs it and says what is lost, or copy the folder again; then merge it."
                )
            yield connection
        finally:
            connection.close()


def name_of(folder: Path) -> str:
    """What a workspace is called.

    Raises:
        NotAWorkspace: there is none.
    """
    import tomllib

    from engine.workspace import SETTINGS

    try:
        settings = tomllib.loads((folder / SETTINGS).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NotAWorkspace(
            f"{folder} is not a workspace and not a bundle; name a workspace's folder or a .zip file."
        ) from None
    except (OSError, ValueError) as error:
        raise WorkspaceDamaged(f"{folder / SETTINGS} cannot be read ({error}); copy the folder again.") from error
    return str(settings.get("name") or folder.name)


def read(connection: duckdb.DuckDBPyConnection, name: str, media: Path) -> Snapshot:
    """Everything that a merge needs of an open store."""
    tables = {table: connection.sql(query).to_arrow_table() for table, query in QUERIES.items()}

    def found(digest: str) -> Path | None:
        path = media / digest[:2] / digest
        return path if path.is_file() else _linked(connection, digest)

    return Snapshot(name, tables, label_keys.described(connection), found)


def _linked(connection: duckdb.DuckDBPyConnection, digest: str) -> Path | None:
    """The file that items of this digest refer to in place, where it is within reach."""
    from engine.data.items import linked_path

    rows = connection.execute(
        "SELECT link FROM item WHERE digest = ? AND link IS NOT NULL LIMIT 1", [digest]
    ).fetchall()
    path = linked_path(rows[0][0]) if rows else None
    return path if path is not None and path.is_file() else None


def _copy_store(folder: Path, scratch: Path) -> None:
    from engine.lock import OwnerLock

    lock = OwnerLock(folder / "owner.lock")
    try:
        lock.acquire()
    except WorkspaceBusy:
        raise
    except WorkspaceError:
        pass  # on a read-only medium nobody writes
    try:
        for name in ("store.duckdb", "store.duckdb.wal", "last-commit"):
            if (folder / name).exists():
                shutil.copyfile(folder / name, scratch / name)
    except OSError as error:
        raise WorkspaceError(f"{folder} could not be copied for the merge: {error.strerror}.") from error
    finally:
        lock.release()
    if not (scratch / "store.duckdb").exists():
        raise WorkspaceDamaged(f"{folder} has no store; copy the folder again, with all of its files.")
