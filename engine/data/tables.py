"""Tables as dataset versions: a file of rows, frozen with its splits, as images are. Workers read it without the store."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.split import Ratios
from engine.data.versions import (
    DEFAULT_RATIOS,
    SCHEMA,
    DatasetVersion,
    VersionData,
    VersionExists,
    get_version,
    list_versions,
    read_manifest,
    read_version,
)
from engine.errors import BadInput, UsageError, WorkspaceError
from engine.workspace import write_atomically

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from engine.workspace import Workspace

FILE = "table.parquet"
SPLIT = "split of the row"  # the column of FILE that says where each belongs
SPLITS = ("train", "val", "test")
IDS = ("id", "_id")  # how names of columns end whose whole numbers are names
FEW = 12  # different whole numbers that are categories rather than amounts
GROUP = 1 << 16  # rows that are read together
Tell = Callable[[float, str], None]
READERS = {".parquet": "read_parquet(?)", ".csv": "read_csv(?, header=true)", ".tsv": "read_csv(?, header=true)"}


@dataclass(frozen=True)
class TableData:
    """A table as a worker reads it.

    Attributes:
        rows: its columns.
        splits: (N,) train, val or test.
    """

    manifest: Mapping[str, Any]
    rows: pa.Table
    splits: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are for; a drawing that says nothing else takes it from the version.

    Attributes:
        target: columns to foretell, with commas between; empty: the last one.
        ignored: columns that are not to be learnt from, with commas between.
        good: the value of a target that means a good part; empty: told by its name (OK, good, normal …).
    """

    target: str = ""
    ignored: str = ""
    good: str = ""

    def require_in(self, columns: Sequence[str]) -> None:
        """Pass columns that are there.

        Raises:
            UsageError: one is not.
        """
        for name in (*names(self.target), *names(self.ignored)):
            if name not in columns:
                raise UsageError(f"The table has no column “{name}”; it has {', '.join(columns)}.")

    def to_json(self) -> dict[str, str]:
        """What is said."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Column:
    """A column of a file as it is before anything is learnt of it.

    Attributes:
        kind: what it would be learnt from as; empty: not at all, as dates.
        missing: share of the rows.
        distinct: different values.
    """

    name: str
    type: str
    kind: str
    missing: float
    distinct: int


def create_table(
    ws: Workspace,
    name: str,
    file: Path,
    split: str | None = None,
    seed: int = 0,
    by: str | None = None,
    time: str | None = None,
    group: str | None = None,
    roles: Roles | None = None,
    progress: Tell | None = None,
) -> DatasetVersion:
    """Freeze a CSV, TSV or Parquet file as a version.

    Args:
        roles: what columns are for.
        progress: called now and then; whatever it raises ends the work, and nothing is kept.
        split: "70/15/15" (train/val/test in percent), the default; rows are dealt by the seed and their number.
        by: a column that says train, val or test of each row itself.
        time: a column of dates, times or numbers: the first rows train, the last ones test; rows of one moment stay
            together, so that nothing later than a row of val or test is ever learnt from.
        group: a column whose equal values stay together in one split.

    Raises:
        BadInput: the file is no table, has no rows, or a split would be without rows.
        UsageError: more than one way to split, or a column that is not there.
        VersionExists: the name is taken by a version with other content.
    """
    name = name.strip()
    if not name:
        raise UsageError("A version needs a name.")
    roles, tell = roles or Roles(), progress or (lambda *_: None)
    tell(0.0, f"Reading {file.name}")
    rows = read_file(file)
    roles.require_in(rows.column_names)
    tell(0.3, "Dealing the rows")
    splits = deal(rows, split, seed, by, time, group)
    tell(0.4, "Looking at the rows")
    digest = _digest(rows, splits, roles)
    tell(0.8, "Writing the version")
    same = next((version for version in list_versions(ws) if version.name == name), None)
    if same is not None:
        if same.digest == digest:
            return same
        raise VersionExists(f"There is a version “{name}” with other content already; choose another name.")
    how = {key: value for key, value in {"by": by, "time": time, "group": group}.items() if value is not None}
    settings = {"split": split, "seed": seed, "table": file.name, **how, **roles.to_json()}
    counts = dict(sorted(Counter(splits.tolist()).items()))
    with ws.transaction("Create version") as tx:
        ((ident,),) = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM dataset_version").fetchall()
        about = {
            "id": ident, "name": name, "digest": digest, "created": tx.at.isoformat(), "author": tx.author, "tx": tx.id,
            "splits": counts, "items": len(rows), "settings": settings,
        }  # fmt: skip
        _write(ws.path / "versions" / str(ident), rows, splits, about, roles)
        tx.execute(
            "INSERT INTO dataset_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [ident, name, digest, tx.at, tx.author, tx.id, len(rows), 0, json.dumps(counts), json.dumps(settings)],
        )
    return get_version(ws, ident)


def deal(
    rows: pa.Table,
    split: str | None = None,
    seed: int = 0,
    by: str | None = None,
    time: str | None = None,
    group: str | None = None,
) -> np.ndarray[Any, Any]:
    """The split of each row, (N,); see `create_table`."""
    if sum(way is not None for way in (by, time, group)) > 1 or (by is not None and split is not None):
        raise UsageError("Choose one way to split: by a column that says it, by time, or by groups.")
    return _deal(rows, Ratios.parse(split or DEFAULT_RATIOS), seed, by, time, group)


def columns_of(rows: pa.Table) -> list[Column]:
    """What a person should know of each column before it is learnt from."""
    import pyarrow.compute as pc

    return [
        Column(
            name, str(rows[name].type), kind_of(name, rows[name]), _missing(rows[name]) / len(rows),
            pc.count_distinct(rows[name]).as_py(),
        )
        for name in rows.column_names
    ]  # fmt: skip


def _missing(values: pa.ChunkedArray) -> int:
    """Values that are not there; text that is empty is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = pc.sum(pc.equal(values, "")).as_py() if pa.types.is_string(values.type) else 0
    return int(values.null_count + (empty or 0))


def kind_of(name: str, values: pa.ChunkedArray) -> str:
    """What a column is by its type and values: "category", "number", or nothing that can be learnt from."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_integer(kind):
        return "category" if name.lower().endswith(IDS) or pc.count_distinct(values).as_py() <= FEW else "number"
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind)
    return "category" if is_text else ""


class Pages:
    """The rows of a version, a few at a time: never all of them in memory."""

    def __init__(self, workspace: Path, version: int) -> None:
        import pyarrow.parquet as pq

        self._file = pq.ParquetFile(workspace / "versions" / str(version) / FILE)
        counts = [self._file.metadata.row_group(at).num_rows for at in range(self._file.num_row_groups)]
        self._ends = [sum(counts[: at + 1]) for at in range(len(counts))]
        self.columns = [name for name in self._file.schema_arrow.names if name != SPLIT]
        self.count = int(self._file.metadata.num_rows)

    def read(self, start: int, stop: int) -> list[list[Any]]:
        """The rows from `start` to before `stop`: the split of each, then its values."""
        found: list[list[Any]] = []
        for at, end in enumerate(self._ends):
            first = self._ends[at - 1] if at else 0
            if first < stop and start < end:
                rows = self._file.read_row_group(at).slice(max(0, start - first), min(stop, end) - max(start, first))
                values = [rows[name].to_pylist() for name in (SPLIT, *self.columns)]
                found += [list(row) for row in zip(*values, strict=True)]
        return found


def names(text: str) -> list[str]:
    """ "user, item" as a list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def read_table(workspace: Path, version: int) -> TableData:
    """A version that holds a table.

    Raises:
        BadInput: it holds images.
        WorkspaceError: a file of it is missing or damaged.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    manifest = read_manifest(workspace, version)
    if "table" not in manifest:
        raise BadInput(
            f"The version “{manifest['name']}” holds images; a model of tables needs one made by: lineside table create."
        )
    try:
        rows = pq.read_table(workspace / "versions" / str(version) / FILE)
        splits = np.array(rows[SPLIT].to_pylist())
    except (OSError, KeyError, pa.ArrowException) as error:
        raise WorkspaceError(f"Version {version} in {workspace} cannot be read ({error}); make it again.") from error
    return TableData(manifest, rows.drop_columns([SPLIT]), splits)


def read_any(workspace: Path, version: int) -> VersionData | TableData:
    """A version as what it is: images or a table.

    Raises:
        WorkspaceError: a file of it is missing or damaged.
    """
    is_table = "table" in read_manifest(workspace, version)
    return read_table(workspace, version) if is_table else read_version(workspace, version)


def read_file(file: Path) -> pa.Table:
    """The rows of a CSV, TSV or Parquet file.

    Raises:
        BadInput: it is none of these, or has no rows; the message says where.
        UsageError: it is not there.
    """
    import duckdb

    if not file.is_file():
        raise UsageError(f"There is no file {file}.")
    if file.suffix.lower() not in READERS:
        raise BadInput(f"{file.name} is no table; tables are {', '.join(READERS)} files.")
    try:
        with duckdb.connect(":memory:") as connection:
            source = READERS[file.suffix.lower()]
            rows = connection.sql(f"SELECT * FROM {source}", params=[str(file)]).to_arrow_table()
    except duckdb.Error as error:
        raise BadInput(f"{file.name} cannot be read as a table: {str(error).splitlines()[0]}") from error
    if not len(rows):
        raise BadInput(f"{file.name} has no rows.")
    return rows


def _deal(
    rows: pa.Table, ratios: Ratios, seed: int, by: str | None, time: str | None, group: str | None
) -> np.ndarray[Any, Any]:
    """The split of each row, (N,)."""
    import numpy as np

    for column in filter(None, (by, time, group)):
        if column not in rows.column_names:
            raise UsageError(f"The table has no column “{column}”; it has {', '.join(rows.column_names)}.")
    if by is not None:
        splits = _said(by, rows[by].to_pylist())
    else:
        place = _moments(time, rows) if time is not None else _drawn(rows, group, seed)
        ends = np.cumsum([ratios.train, ratios.val, ratios.test]) / (ratios.train + ratios.val + ratios.test)
        splits = np.array(SPLITS)[np.searchsorted(ends[:-1] - 1e-9, place, side="right")]
    if "train" not in splits:
        raise BadInput("No row is in the split “train”; there would be nothing to learn from.")
    return splits


def _said(column: str, values: list[Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    wrong = next((place for place, value in enumerate(values) if value not in SPLITS), None)
    if wrong is not None:
        raise BadInput(f"Row {wrong + 1}: “{column}” says {values[wrong]!r}; it has to say train, val or test.")
    return np.array(values)


def _moments(column: str, rows: pa.Table) -> np.ndarray[Any, Any]:
    """Where in time each row is, from 0 to below 1: the share of rows before its moment."""
    import numpy as np
    import pyarrow as pa

    kind = rows[column].type
    if rows[column].null_count:
        raise BadInput(
            f"“{column}” lacks {rows[column].null_count} times; rows without one belong nowhere. Remove them."
        )
    if not (pa.types.is_temporal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise BadInput(f"“{column}” holds {kind}, no times; take a column of dates, times or numbers.")
    _, moment, counts = np.unique(rows[column].to_numpy(), return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    return before[moment] / len(rows)


def _drawn(rows: pa.Table, group: str | None, seed: int) -> np.ndarray[Any, Any]:
    """A place from 0 to below 1 for each row, or for each group, by the seed: evenly spread."""
    import numpy as np

    codes = np.arange(len(rows))
    if group is not None:
        codes = rows[group].combine_chunks().dictionary_encode(null_encoding="encode").indices.to_numpy()
    count = int(codes.max()) + 1
    return (np.random.default_rng(seed).permutation(count) / count)[codes]


def _digest(rows: pa.Table, splits: np.ndarray[Any, Any], roles: Roles) -> str:
    """Over values, not files: the same on any machine."""
    found = hashlib.sha256()
    if roles.to_json():
        found.update(json.dumps(roles.to_json(), ensure_ascii=False, sort_keys=True).encode())
    for name in rows.column_names:
        found.update(json.dumps([name, str(rows[name].type)], ensure_ascii=False).encode())
        for part in _bytes(rows[name]):
            found.update(part)
    found.update("".join(value[:2] for value in splits.tolist()).encode())
    return found.hexdigest()


def _bytes(values: pa.ChunkedArray) -> Iterator[Any]:
    """The values of a column as bytes: which are there, and what they are."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_string(kind):
        filled = pc.fill_null(values, "")
        yield np.ascontiguousarray(pc.binary_length(filled).to_numpy())
        yield "".join(filled.to_pylist()).encode()
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        yield np.ascontiguousarray(pc.fill_null(values, pa.scalar(0, kind)).to_numpy())
    else:
        yield json.dumps(values.to_pylist(), default=str, ensure_ascii=False).encode()
    yield np.packbits(pc.is_null(values).to_numpy())


def _write(folder: Path, rows: pa.Table, splits: np.ndarray[Any, Any], about: dict[str, Any], roles: Roles) -> None:
    """The manifest last, so that a folder with one is whole; of images there are none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        rows.append_column(SPLIT, pa.array(splits.tolist())), folder / FILE, compression="zstd", row_group_size=GROUP
    )
    none = pa.table({"key": pa.array([], pa.int64()), "split": pa.array([], pa.string())})
    pq.write_table(none, folder / "splits.parquet")
    manifest = {
        "schema": SCHEMA, **about, "labels": [], "label_names": {}, "annotations": 0, "kinds": {}, "task": "tabular",
        "chunks": [],
        "table": {"columns": {name: str(rows[name].type) for name in rows.column_names}, **roles.to_json()},
    }  # fmt: skip
    write_atomically(folder / "manifest.json", json.dumps(manifest, ensure_ascii=False).encode())
