"""A workspace to read, while another program owns its store: from the files that workers read too.

Versions, runs, models and evaluations lie in files that never change once made (DESIGN.md §3). They are read as Arrow and
asked through a DuckDB of this process's own in memory, which can open no file: nothing here can write to the workspace.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput, UsageError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from PIL import Image

ANSWERS = ("items", "predictions", "matches")
OF_VERSION = ("items", "annotations", "labels", "rows")
SHOWN_PX = 800
LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}


class ReadOnlyWorkspace:
    """What the console calls `ws`. Every method answers with a DuckDB relation of what the files hold now.

    A version is named by its name, number or the first characters of its digest; without one it is the newest. A run is
    named by its id or how that begins, an evaluation by its name or by its model ("pcb:3"); without one, the newest too.
    """

    def __init__(self, path: Path | str) -> None:
        import duckdb

        self.path = Path(path)
        self._db = duckdb.connect(":memory:", config=LOCKED)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} {len(read())}" for name, read in self._lists().items())
        return f"{self.path.name}: {counts}"

    def versions(self) -> duckdb.DuckDBPyRelation:
        """Dataset versions, the newest first: id, name, digest, created, author, task, items, annotations, splits."""
        return self._relation(self._versions())

    def items(self, version: str | int | None = None) -> duckdb.DuckDBPyRelation:
        """Items of a version: key, digest, name, page, width, height, group_key, metadata, split, path."""
        return self._relation(self._read(version).items)

    def annotations(self, version: str | int | None = None) -> duckdb.DuckDBPyRelation:
        """Annotations of a version: item_key, label, kind, x, y, w, h (px), points, rle, attributes, flags, origin, id."""
        return self._relation(self._read(version).annotations)

    def labels(self, version: str | int | None = None) -> duckdb.DuckDBPyRelation:
        """Labels of a version: id, name, color, parent, position."""
        return self._relation(self._labels(version))

    def rows(self, version: str | int | None = None) -> duckdb.DuckDBPyRelation:
        """Rows of a version that is a table, with its column “split”."""
        return self._relation(self._rows(version))

    def runs(self) -> duckdb.DuckDBPyRelation:
        """Trainings, the newest first: id, graph, task, version, state, seed, created, steps, seconds, device, metrics."""
        return self._relation(self._runs())

    def metrics(self, run: str | None = None) -> duckdb.DuckDBPyRelation:
        """A training's curve: step, loss, rate, and val_… at each check."""
        from engine.training.runs import read_metrics

        found = _chosen(run, [one.name for one in _runs(self.path)], "run")
        lines = read_metrics(self.path / "runs" / found)
        columns = dict.fromkeys(name for line in lines for name in line) or {"step": None}
        return self._relation(_table(dict.fromkeys(columns, float) | {"step": int}, lines))

    def models(self) -> duckdb.DuckDBPyRelation:
        """Models, the newest first: title, name, number, run, task, version, labels, metrics."""
        return self._relation(self._models())

    def evaluations(self) -> duckdb.DuckDBPyRelation:
        """Evaluations, the newest first: name, model, run, version, split, precision, created, threshold, metrics."""
        return self._relation(self._evaluations())

    def answers(self, evaluation: str | None = None, what: str = "items") -> duckdb.DuckDBPyRelation:
        """What a model answered in an evaluation: a row for each of its "items", "predictions" or "matches".

        Raises:
            UsageError: there is no such evaluation, or `what` is something else.
        """
        import pyarrow.parquet as pq

        if what not in ANSWERS:
            raise UsageError(f"There are no “{what}” of an evaluation; choose one of {', '.join(ANSWERS)}.")
        known = self._evaluations().select(["name", "model", "run"]).to_pylist()
        found = next((row for row in known if row["model"] == evaluation), None)
        if found is None:
            name = _chosen(evaluation, [row["name"] for row in known], "evaluation")
            found = next(row for row in known if row["name"] == name)
        folder = self.path / "runs" / found["run"] / "evaluations" / found["name"]
        return self._relation(pq.read_table(folder / f"{what}.parquet"))

    def sql(self, text: str, version: str | int | None = None, **tables: Any) -> duckdb.DuckDBPyRelation:
        """The result of a query over versions, runs, models, evaluations, and items, annotations and labels of a version.

        Args:
            tables: relations, Arrow tables or data frames, by the name that the query calls them.
        """
        import duckdb

        connection = self._db.cursor()  # names of its own: what was asked before keeps its tables
        for name, table in (self._named(text, version) | tables).items():
            held = table.to_arrow_table() if isinstance(table, duckdb.DuckDBPyRelation) else table
            connection.register(name, held)
        return connection.sql(text)

    def image(
        self, key: int | str, version: str | int | None = None, annotations: bool = True, size: int | None = SHOWN_PX
    ) -> Image.Image:
        """An item of a version as a picture, by its key or name, with its annotations drawn on it.

        Args:
            size: of the longer side in px, at most; None: as it is.

        Raises:
            UsageError: the version has no such item.
        """
        from engine.console.pictures import drawn, picture

        data = self._read(version)
        item = _item(data.items, key)
        found = picture(Path(item["path"]), item["page"] or 0)
        if annotations:
            import pyarrow.compute as pc

            shapes = data.annotations.filter(pc.equal(data.annotations["item_key"], item["key"])).to_pylist()
            colors = {label["name"]: label["color"] for label in data.manifest["labels"]}
            found = drawn(found, shapes, colors)
        if size is not None:
            found.thumbnail((size, size))
        return found

    def _relation(self, table: pa.Table) -> duckdb.DuckDBPyRelation:
        return self._db.cursor().from_arrow(table)

    def _lists(self) -> dict[str, Callable[[], pa.Table]]:
        return {
            "versions": self._versions, "runs": self._runs, "models": self._models, "evaluations": self._evaluations,
        }  # fmt: skip

    def _named(self, text: str, version: str | int | None) -> dict[str, Any]:
        """The tables that a query speaks of; only those are read."""
        of_version = {name: lambda name=name: getattr(self, name)(version).to_arrow_table() for name in OF_VERSION}
        spoken = {word.lower() for word in re.findall(r"\w+", text)}
        return {name: read() for name, read in {**self._lists(), **of_version}.items() if name in spoken}

    def _manifest(self, version: str | int | None) -> dict[str, Any]:
        known = list(_manifests(self.path))
        for one in known:
            same = version in (None, one["id"], one["name"], str(one["id"]))
            if same or (isinstance(version, str) and len(version) >= 8 and one["digest"].startswith(version)):
                return one
        names = ", ".join(one["name"] for one in known) or "none yet"
        raise UsageError(f"There is no version “{version}”; there are: {names}.")

    def _read(self, version: str | int | None) -> Any:
        from engine.data.versions import read_version

        found = self._manifest(version)
        if "table" in found:
            raise UsageError(f"The version “{found['name']}” is a table and has no images; ask ws.rows(…) for it.")
        return read_version(self.path, found["id"])

    def _rows(self, version: str | int | None) -> pa.Table:
        import pyarrow as pa

        from engine.data.tables import read_table

        found = self._manifest(version)
        if "table" not in found:
            raise UsageError(f"The version “{found['name']}” holds images and is no table; ask ws.items(…) for it.")
        data = read_table(self.path, found["id"])
        return data.rows.append_column("split", pa.array(data.splits.tolist(), pa.string()))

    def _labels(self, version: str | int | None) -> pa.Table:
        columns = {"id": int, "name": str, "color": str, "parent": int, "position": int}
        return _table(columns, self._manifest(version)["labels"])

    def _versions(self) -> pa.Table:
        columns = {
            "id": int, "name": str, "digest": str, "created": datetime, "author": str, "task": str, "items": int,
            "annotations": int, "splits": dict,
        }  # fmt: skip
        return _table(columns, list(_manifests(self.path)))

    def _runs(self) -> pa.Table:
        columns = {
            "id": str, "graph": str, "task": str, "version": str, "state": str, "seed": int, "created": datetime,
            "steps": int, "seconds": float, "device": str, "metrics": Mapping,
        }  # fmt: skip
        return _table(columns, [_run(folder) for folder in _runs(self.path)])

    def _models(self) -> pa.Table:
        columns = {
            "title": str, "name": str, "number": int, "run": str, "task": str, "version": str, "labels": list,
            "metrics": Mapping,
        }  # fmt: skip
        return _table(columns, list(_models(self.path)))

    def _evaluations(self) -> pa.Table:
        columns = {
            "name": str, "model": str, "run": str, "version": str, "split": str, "precision": str, "created": datetime,
            "threshold": float, "metrics": Mapping,
        }  # fmt: skip
        return _table(columns, sorted(_evaluations(self.path), key=lambda row: row["name"], reverse=True))


def _manifests(path: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(path.glob("versions/*/manifest.json"), key=lambda file: -_number(file.parent.name)):
        if (found := _json(file)) is not None:
            yield found


def _runs(path: Path) -> list[Path]:
    return sorted((file.parent for file in path.glob("runs/*/run.json")), key=lambda run: run.name, reverse=True)


def _run(folder: Path) -> dict[str, Any]:
    details = _json(folder / "run.json") or {}
    device = details.get("device") or {}
    return details | {
        "id": folder.name, "version": details.get("version_name"), "device": device.get("name") or device.get("accelerator"),
    }  # fmt: skip


def _models(path: Path) -> Iterator[dict[str, Any]]:
    """Runs that made a model; those of a sweep's trials are models once they are kept, which their run.json tells."""
    seen = set()
    for folder in reversed(_runs(path)):
        details, manifest = _json(folder / "run.json") or {}, _json(folder / "model.json")
        number = details.get("model")
        if number is None and details.get("state") == "done" and not details.get("sweep") and not details.get("folds"):
            number = (manifest or {}).get("number", 1)
        title = f"{details.get('graph')}:{number}"
        if manifest is None or number is None or title in seen:
            continue
        seen.add(title)
        yield {
            "title": title, "name": details["graph"], "number": number, "run": folder.name, "task": manifest["task"],
            "version": details.get("version_name"), "labels": manifest["labels"], "metrics": details.get("metrics"),
        }  # fmt: skip


def _evaluations(path: Path) -> Iterator[dict[str, Any]]:
    for file in path.glob("runs/*/evaluations/*/summary.json"):
        if not file.parent.name.startswith(".") and (found := _json(file)) is not None:
            made = datetime.fromtimestamp(file.stat().st_mtime).isoformat()
            yield found | {"name": file.parent.name, "run": file.parents[2].name, "created": made}


def _json(file: Path) -> dict[str, Any] | None:
    """A file's document; what is being written or is damaged is left out, and the rest goes on."""
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads(file.read_bytes())
        return found
    return None


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _chosen(wanted: str | None, known: list[str], kind: str) -> str:
    found = known[:1] if wanted is None else [name for name in known if name == wanted]
    found = found or [name for name in known if wanted is not None and name.startswith(wanted)]
    if len(found) > 1:
        raise UsageError(f"There is more than one {kind} “{wanted}”; ws.{kind}s() lists them.")
    if not found and wanted:
        raise UsageError(f"There is no {kind} “{wanted}”; ws.{kind}s() lists them.")
    if not found:
        raise UsageError(f"There is no {kind} yet; ws.{kind}s() lists them.")
    return found[0]


def _item(items: pa.Table, key: int | str) -> dict[str, Any]:
    import pyarrow.compute as pc

    column = "name" if isinstance(key, str) else "key"
    found = items.filter(pc.equal(items[column], key)).to_pylist()
    if not found:
        raise UsageError(f"The version has no item whose {column} is {key!r}; ws.items() lists them.")
    item: dict[str, Any] = found[0]
    return item


def _table(columns: Mapping[str, type], rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of documents as an Arrow table of the given columns; `Mapping` is a map of numbers, `dict` one of counts."""
    import pyarrow as pa

    kinds = {
        int: pa.int64(), float: pa.float64(), str: pa.string(), datetime: pa.timestamp("us"), list: pa.list_(pa.string()),
        Mapping: pa.map_(pa.string(), pa.float64()), dict: pa.map_(pa.string(), pa.int64()),
    }  # fmt: skip
    arrays = {
        name: pa.array([_value(row.get(name), kind) for row in rows], kinds[kind]) for name, kind in columns.items()
    }
    return pa.table(arrays)


def _value(value: Any, kind: type) -> Any:
    if value is None:
        return None
    if kind in (Mapping, dict):
        return [(name, number) for name, number in value.items() if isinstance(number, int | float)]
    if kind is datetime:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    try:
        return list(value) if kind is list else kind(value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"A file of the workspace has {value!r} in the place of a {kind.__name__}.") from error
