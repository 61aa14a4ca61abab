"""Opening the DuckDB file: numbered migrations, a backup before each, an integrity check, and recovery."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import WorkspaceDamaged

if TYPE_CHECKING:
    import duckdb

BACKUPS_KEPT = 5
STATEMENTS_KEPT = 256
LONGEST_KEPT = 4096

_kept: dict[str, str | duckdb.Statement] = {}


def open_store(path: Path, backups: Path) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Open (or make) the store; returns the connection and, after a recovery, what happened in words.

    Raises:
        WorkspaceDamaged: the store cannot be opened and there is no usable backup.
    """
    recovery = ""
    try:
        connection = _open_checked(path)
    except WorkspaceDamaged:
        raise
    except Exception as error:
        if _is_temporary(error):
            raise WorkspaceDamaged(f"The store {path} cannot be opened now: {_first_line(error)}") from error
        connection, recovery = _recover(path, backups, error)
    _migrate(connection, path, backups)
    return connection, recovery


def parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> str | duckdb.Statement:
    """What the parser made of a statement, kept from before: parsing it again took a fifth of an edit's time.

    A long text, or one of several statements, is given back as it is.
    """
    if len(sql) > LONGEST_KEPT:
        return sql
    kept = _kept.get(sql)
    if kept is None:
        statements = connection.extract_statements(sql)
        kept = statements[0] if len(statements) == 1 else sql
        if len(_kept) >= STATEMENTS_KEPT:
            _kept.clear()
        _kept[sql] = kept
    return kept


class LastCommit:
    """The id of the newest transaction that was acknowledged, beside the store.

    A write-ahead log whose length fields are damaged looks to the database like one that a crash cut short: it drops the
    rest without a word. This note is what tells such a loss from a sound log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, tx: int) -> None:
        """Remember it; called after each commit, so it is not flushed: it may lag behind, never run ahead."""
        with contextlib.suppress(OSError):  # on a full disk the check is missed, nothing else
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o644)
            try:
                os.write(handle, f"{tx:020d}\n".encode())
            finally:
                os.close(handle)

    def lost(self, connection: duckdb.DuckDBPyConnection) -> str:
        """What is missing in the store, in words; empty when nothing is. Afterwards the store as it is counts."""
        try:
            noted = int(self.path.read_text("ascii"))
        except (OSError, ValueError):
            return ""
        ((found,),) = connection.execute("SELECT coalesce(max(id), 0) FROM tx").fetchall()
        if noted <= found:
            return ""
        self.note(found)
        return (
            f"The newest changes in {self.path.parent} (numbers {found + 1} to {noted}) could not be read from the damaged log"
            " and are lost; everything before them is here."
        )


def back_up(connection: duckdb.DuckDBPyConnection, path: Path, backups: Path) -> Path:
    """Copy the checkpointed store into `backups`, keeping the newest few."""
    connection.execute("FORCE CHECKPOINT")
    target = backups / f"{datetime.now():%Y%m%d-%H%M%S-%f}.duckdb"
    partial = target.with_suffix(".part")
    backups.mkdir(exist_ok=True)
    try:
        shutil.copyfile(path, partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    for old in sorted(backups.glob("*.duckdb"))[:-BACKUPS_KEPT]:
        old.unlink()
    return target


def newest_backup_age(backups: Path) -> float | None:
    """Seconds since the newest backup was made; None without one."""
    times = [file.stat().st_mtime for file in backups.glob("*.duckdb")]
    return datetime.now().timestamp() - max(times) if times else None


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(
        str(path),
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "true",
        },
    )


def _open_checked(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the file, replaying its WAL, and read every column's statistics and the newest rows of each table."""
    connection = _connect(path)
    try:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            connection.execute(f'SELECT * FROM "{table}" LIMIT 1').fetchall()
            connection.execute(f'SELECT count(*) FROM "{table}"').fetchall()
    except Exception:
        connection.close()
        raise
    return connection


def _recover(path: Path, backups: Path, error: Exception) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Move what is damaged aside; try the file without its WAL, then the backups from the newest on."""
    aside = path.parent / "backups" / f"damaged-{datetime.now():%Y%m%d-%H%M%S-%f}"
    aside.mkdir(parents=True, exist_ok=True)
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        wal.rename(aside / wal.name)
        try:
            connection = _open_checked(path)
        except Exception as second:  # the file itself is damaged too: go on to the backups
            error = second
        else:
            return connection, (
                f"The last changes in {path} were damaged and could not be read ({_first_line(error)}); everything up to the last"
                f" checkpoint is here, the damaged part is kept in {aside}."
            )
    if path.exists():
        path.rename(aside / path.name)
    for backup in sorted(backups.glob("*.duckdb"), reverse=True):
        shutil.copyfile(backup, path)
        try:
            connection = _open_checked(path)
        except Exception:
            path.unlink()
            continue
        made = datetime.fromtimestamp(backup.stat().st_mtime)
        return connection, (
            f"The store {path} was damaged ({_first_line(error)}); the backup of {made:%Y-%m-%d %H:%M:%S} was restored,"
            f" changes after it are lost, the damaged file is kept in {aside}."
        )
    for file in aside.iterdir():
        file.rename(path.parent / file.name)
    raise WorkspaceDamaged(
        f"The store {path} is damaged ({_first_line(error)}) and there is no backup that opens; restore the folder from your own copy."
    ) from error


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path, backups: Path) -> None:
    done = _schema_number(connection)
    pending = [(number, sql) for number, sql in _migrations() if number > done]
    if done > max(number for number, _ in _migrations()):
        connection.close()
        raise WorkspaceDamaged(
            f"The store {path} was made by a newer Lineside (schema {done}); update this program to open it."
        )
    if pending and done:
        back_up(connection, path, backups)
    for number, sql in pending:
        connection.execute("BEGIN")
        try:
            connection.execute(sql)
            connection.execute("DELETE FROM meta WHERE key = 'schema'")
            connection.execute("INSERT INTO meta VALUES ('schema', ?)", [str(number)])
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            connection.close()
            raise
    if pending:
        connection.execute("CHECKPOINT")


def _schema_number(connection: duckdb.DuckDBPyConnection) -> int:
    if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'meta'").fetchall():
        return 0
    rows = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchall()
    return int(rows[0][0]) if rows else 0


def _migrations() -> list[tuple[int, str]]:
    files = resources.files("engine.data.migrations").iterdir()
    found = ((re.match(r"(\d+)_.*\.sql$", file.name), file) for file in files)
    return sorted((int(match[1]), file.read_text("utf-8")) for match, file in found if match)


def _is_temporary(error: Exception) -> bool:
    """Whether the file is probably sound and only cannot be opened now (full disk, permissions, no memory)."""
    text = str(error).lower()
    return any(
        word in text
        for word in ("permission denied", "no space left", "could not set lock", "out of memory", "read-only")
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
