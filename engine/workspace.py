"""A workspace: one folder with all of a project's data, owned by one running program at a time."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shutil
import threading
import tomllib
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import store, writer
from engine.errors import CommitFailed, NotAWorkspace, WorkspaceError
from engine.familiar import Folder, is_familiar, note_made
from engine.lock import OwnerLock

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from engine.data.media import MediaStore

SETTINGS = "workspace.toml"
BACKUP_EVERY_S = 600
FOLDERS = ("media", "versions", "graphs", "runs", "artifacts", "jobs", "backups")


class Transaction:
    """One change of the store: `cursor` runs inside it, `id` names it in every row it writes."""

    def __init__(self, id: int, cursor: duckdb.DuckDBPyConnection, author: str, at: datetime) -> None:
        self.id = id
        self.author = author
        self.at = at
        self._cursor = cursor
        self._waiting: dict[str, tuple[str, list[Any]]] = {}  # an INSERT and its values by table

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """What runs inside the transaction; it sees all that was written."""
        self.flush()
        return self._cursor

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run one statement inside the transaction."""
        cursor = self.cursor
        return cursor.execute(store.parsed(cursor, sql), parameters)

    def append(self, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert a few rows, at the latest before the next statement: rows of several tables go in one, which is faster.

        Each column that has to be planned costs time too: those that are NULL in all rows are left out.
        """
        if table in self._waiting:
            self.flush()
        kept = [place for place, values in enumerate(zip(*rows, strict=True)) if any(v is not None for v in values)]
        names = columns.split(", ")
        marks = f"({', '.join('?' * len(kept))})"
        self._waiting[table] = (
            f"INSERT INTO {table} ({', '.join(names[place] for place in kept)}) VALUES {', '.join([marks] * len(rows))}",
            [row[place] for row in rows for place in kept],
        )

    def roll_back(self) -> None:
        """Forget all of it."""
        self._waiting.clear()
        self.execute("ROLLBACK")

    def flush(self) -> None:
        """Write the rows that wait."""
        if not self._waiting:
            return
        statements, values = zip(*self._waiting.values(), strict=True)
        self._waiting.clear()
        first = ", ".join(f"part{number} AS ({statement})" for number, statement in enumerate(statements[:-1]))
        self.execute(
            f"WITH {first} {statements[-1]}" if first else statements[-1], [v for part in values for v in part]
        )

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append an Arrow table by column names; columns that are not given are NULL."""
        cursor = self.cursor
        cursor.register("incoming", rows)
        columns = ", ".join(rows.column_names)
        try:
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming")
        finally:
            cursor.unregister("incoming")


class Workspace:
    """An open workspace. Use `Workspace.open` or `Workspace.create`, and `close` (or `with`) at the end."""

    def __init__(self, path: Path, lock: OwnerLock, connection: duckdb.DuckDBPyConnection, recovery: str) -> None:
        self.path = path
        self.recovery = recovery
        self._lock = lock
        self._connection: duckdb.DuckDBPyConnection | None = connection
        self._local = threading.local()
        self._generation = 0
        self._changed = False
        self._write = threading.RLock()
        self._ids: dict[str, int] = {}
        self._last_commit = store.LastCommit(path / "last-commit")
        settings = tomllib.loads((path / SETTINGS).read_text("utf-8"))
        self.id = str(settings["id"])
        self.name = str(settings.get("name") or path.name)
        self.author = os.environ.get("LINESIDE_AUTHOR") or _user_name()
        self.writer = writer.claim(path, renew=bool(recovery))

    @staticmethod
    def create(path: Path | str, name: str = "") -> Workspace:
        """Make a workspace in an empty or new folder and open it.

        Raises:
            WorkspaceError: the folder already holds something else, or cannot be written.
        """
        path = Path(path).absolute()
        if (path / SETTINGS).exists():
            raise WorkspaceError(f"{path} is a workspace already; open it instead.")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise WorkspaceError(f"{path} is not empty; choose a new or empty folder for the workspace.")
        try:
            for folder in FOLDERS:
                (path / folder).mkdir(parents=True, exist_ok=True)
            settings = (
                f"id = {json.dumps(uuid.uuid4().hex)}\nname = {json.dumps(name or path.name, ensure_ascii=False)}\n"
            )
            write_atomically(path / SETTINGS, settings.encode())
        except OSError as error:
            raise WorkspaceError(f"The workspace {path} could not be made: {error.strerror}.") from error
        opened = Workspace.open(path)
        note_made(opened)
        return opened

    @staticmethod
    def open(path: Path | str) -> Workspace:
        """Take ownership of a workspace, migrate and check its store.

        Raises:
            NotAWorkspace: no workspace.toml there.
            WorkspaceError: a file of its own is a link, or a folder is and the workspace comes from elsewhere.
            WorkspaceBusy: another running program owns it; the message names it.
            WorkspaceDamaged: neither the store nor a backup can be opened.
        """
        path = Path(path).absolute()
        if not (path / SETTINGS).is_file():
            raise NotAWorkspace(f"{path} is not a workspace; make one with: lineside init {path}")
        _check_links(path)
        lock = OwnerLock(path / "owner.lock")
        lock.acquire()
        try:
            for folder in FOLDERS:
                (path / folder).mkdir(exist_ok=True)
            connection, recovery = store.open_store(path / "store.duckdb", path / "backups")
            lost = store.LastCommit(path / "last-commit").lost(connection)
            recovery = recovery or lost
            return Workspace(path, lock, connection, recovery)
        except BaseException:
            lock.release()
            raise

    @cached_property
    def media(self) -> MediaStore:
        """The content-addressed files of this workspace."""
        from engine.data.media import MediaStore

        return MediaStore(self.path / "media")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of this thread's own for reading; sees the last commit."""
        if getattr(self._local, "generation", None) != self._generation:
            self._local.cursor = self._live().cursor()
            self._local.generation = self._generation
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        cursor = self.cursor()
        return cursor.execute(store.parsed(cursor, sql), parameters).fetchall()

    def arrow(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """All rows of a query as an Arrow table."""
        return self.cursor().sql(sql, params=list(parameters)).to_arrow_table()

    @contextlib.contextmanager
    def transaction(self, action: str, *, undoes: int | None = None) -> Iterator[Transaction]:
        """One atomic change, named in the history by `action` (English, imperative: "Rename label").

        Raises:
            CommitFailed: the commit failed; the message tells whether the change was kept.
        """
        with self._write:
            tx = Transaction(
                self.new_ids("tx", 1), self._live().cursor(), self.author, datetime.now(UTC).replace(tzinfo=None)
            )
            tx.execute("BEGIN")
            try:
                yield tx
                tx.append("tx", "id, action, author, created, undoes", [[tx.id, action, tx.author, tx.at, undoes]])
                tx.flush()
            except BaseException:
                with contextlib.suppress(Exception):
                    tx.roll_back()
                raise
            self._commit(tx, action)

    def new_ids(self, kind: str, count: int) -> int:
        """The first of `count` fresh consecutive ids of a kind (tx, item, annotation, edit, comment).

        Ids of annotations, edits and comments start at the writer's number × 2⁴⁰, so they are unique over all laptops.
        """
        with self._write:
            if kind not in self._ids:
                floor = self.writer.floor if kind in ("annotation", "edit", "comment") else 0
                source = f"SELECT id FROM {kind}"
                if kind == "annotation":  # a removed one lives on in the log: its id is never given again
                    source += " UNION ALL SELECT annotation_id FROM edit"
                elif kind == "item":  # nor is that of a removed item, whose history and reviews are still there
                    source += " UNION ALL SELECT item_id FROM edit UNION ALL SELECT value::BIGINT FROM meta WHERE key = 'last item'"
                elif kind == "comment":
                    source += " UNION ALL SELECT (coalesce(after, before)::JSON ->> 'id')::BIGINT FROM edit WHERE op = 'comment'"
                top = self.query(
                    f"SELECT max(id) FROM ({source}) WHERE id >= ? AND id < ?", [floor, floor + (1 << 40)]
                )[0][0]
                self._ids[kind] = max(floor, top or 0) + 1
            first = self._ids[kind]
            self._ids[kind] += count
            return first

    def close(self) -> None:
        """Write everything to the file, back it up when the last backup is old, and give up ownership."""
        with self._write:
            if self._connection is not None:
                with contextlib.suppress(Exception):
                    self._back_up_if_old(self._connection)
                self._connection.close()
                self._connection = None
            self._lock.release()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _back_up_if_old(self, connection: duckdb.DuckDBPyConnection) -> None:
        age = store.newest_backup_age(self.path / "backups")
        if self._changed and (age is None or age > BACKUP_EVERY_S):
            store.back_up(connection, self.path / "store.duckdb", self.path / "backups")
        else:
            connection.execute("CHECKPOINT")

    def _live(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise WorkspaceError(f"The workspace {self.path} is closed; open it again.")
        return self._connection

    def _commit(self, tx: Transaction, action: str) -> None:
        try:
            tx.execute("COMMIT")
            self._changed = True
        except Exception as error:
            raise self._failed(tx, action, error) from error
        self._last_commit.note(tx.id)

    def _failed(self, tx: Transaction, action: str, error: Exception) -> CommitFailed:
        """Reopen the store after a failed commit and read back the truth (DESIGN.md §3)."""
        reason = str(error).splitlines()[0]
        free = shutil.disk_usage(self.path).free
        hint = "Free some space on the disk and try again." if free < 64 << 20 else "Try again."
        try:
            self._live().close()
            self._connection, _ = store.open_store(self.path / "store.duckdb", self.path / "backups")
            self._generation += 1
            self._ids.clear()
            kept = bool(self.query("SELECT 1 FROM tx WHERE id = ?", [tx.id]))
        except Exception as again:
            self._connection = None
            return CommitFailed(
                f"“{action}” could not be saved in {self.path} ({reason}), and the store could not be reopened ({again})."
                " Close the program, free some space on the disk, and open the workspace again."
            )
        if kept:
            return CommitFailed(f"“{action}” was saved in {self.path}, but the disk then reported: {reason}. {hint}")
        return CommitFailed(f"“{action}” was not saved in {self.path}; the state before it is kept. {hint} ({reason})")


def _check_links(path: Path) -> None:
    """What opening writes must be written here: a link could lead it into any file of this person's.

    Folders may lie on another disk, in a workspace that is known here.
    """
    links = [entry for entry in path.iterdir() if entry.is_symlink()]
    files = [entry.name for entry in links if not entry.is_dir()]
    if files:
        raise WorkspaceError(f"{path} is not opened: {', '.join(files)} is a link that leads elsewhere; remove it.")
    if links and not is_familiar(Folder.of(path)):
        raise WorkspaceError(
            f"{path} was made elsewhere and is not opened: its {', '.join(entry.name for entry in links)} is a link to"
            f" {links[0].resolve()}; put a folder there, or allow the workspace if you know who it comes from.",
            fix="lineside allow",
        )


def find_workspace(start: Path) -> Path | None:
    """The nearest folder at or above `start` that is a workspace."""
    start = start.absolute()
    return next((folder for folder in (start, *start.parents) if (folder / SETTINGS).is_file()), None)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or the next start after a power cut, sees the old or the new, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
