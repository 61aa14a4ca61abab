"""Runs: start one, list them, and bring the result of a finished one into the store."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import BadInput, UsageError
from engine.serving.manifest import ModelManifest
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from engine.jobs import Job
    from engine.modeling.graph import Graph
    from engine.workspace import Transaction, Workspace


@dataclass(frozen=True)
class Run:
    """One training, as its folder tells.

    Attributes:
        details: all of run.json.
    """

    id: str
    graph: str
    task: str
    version: int
    seed: int
    created: datetime
    folder: Path
    job: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    device: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


def start_run(
    ws: Workspace,
    graph: Graph | str,
    version: int | str,
    overrides: Mapping[str, Any] | None = None,
    seed: int = 0,
    resume: str | None = None,
    dynamics: bool | None = None,
) -> Job:
    """Train a graph on a dataset version, in a process of its own.

    Args:
        graph: the graph, or the name of one of the workspace.
        version: id or name of the version.
        overrides: parameters for this run alone, by "node.parameter".
        seed: the same one gives the same curve on one machine.
        resume: id of a run to go on with; graph, version and overrides are then its own.
        dynamics: record how each annotation is learnt; default: where that costs next to nothing.

    Raises:
        BadInput: the graph has errors.
        UsageError: there is no such graph, version, run or node.
    """
    from engine.jobs import submit
    from engine.modeling.compile import compile_graph
    from engine.modeling.graphs import load_graph

    if resume is not None:
        run = get_run(ws, resume)
        arguments = {"run": run.id, "graph": run.graph, "version": run.version, "seed": run.seed}
        return submit(ws, "train", arguments, f"Train {run.graph}")
    drawn = load_graph(ws, graph) if isinstance(graph, str) else graph
    drawn = drawn.with_parameters(typed(drawn, overrides or {}))
    code = compile_graph(drawn)
    details = {"graph": drawn.name, "task": drawn.task, "recipe": drawn.recipe, "overrides": dict(overrides or {})}
    return _start(ws, code, version, seed, dynamics, details, drawn)


def start_file(ws: Workspace, file: Path, version: int | str, seed: int = 0, dynamics: bool | None = None) -> Job:
    """Train a person's own code on a dataset version, as a drawn graph is trained: the same records, resume and model.

    The file has what `lineside model code` writes (Network, Model, Data), or the least that `engine.training.contract`
    tells. It is copied into the run and executed in the worker only; here it is read as text.

    Raises:
        BadInput: it is not Python, or does not name its task; the message has file and line.
        UsageError: there is no such version.
    """
    from engine.modeling.readback import from_code

    code, details = _told_by(file)
    drawn = None
    with contextlib.suppress(BadInput):
        found = from_code(code)
        drawn = None if found.lost else found.graph.renamed(details["graph"])
    return _start(ws, code, version, seed, dynamics, {**details, "recipe": "", "file": str(file.absolute())}, drawn)


def _told_by(file: Path) -> tuple[str, dict[str, Any]]:
    """A file's text, and the name and task that its constants NAME and TASK say."""
    import ast

    from engine.modeling.catalogue.base import ALL_TASKS

    try:
        code = file.read_text("utf-8")
        tree = ast.parse(code)
    except FileNotFoundError:
        raise UsageError(f"There is no file {file}.") from None
    except (UnicodeDecodeError, IsADirectoryError, ValueError) as error:
        raise BadInput(f"{file} is not text in UTF-8.") from error
    except SyntaxError as error:
        raise BadInput(f"{file}, line {error.lineno}: this is not Python: {error.msg}.") from error
    said = {
        part.targets[0].id: part.value.value
        for part in tree.body
        if isinstance(part, ast.Assign)
        and isinstance(part.targets[0], ast.Name)
        and isinstance(part.value, ast.Constant)
    }
    if said.get("TASK") not in ALL_TASKS:
        tasks = ", ".join(f'"{task}"' for task in ALL_TASKS)
        raise BadInput(f"{file} does not say what it learns; write TASK = one of {tasks}.")
    return code, {"graph": str(said.get("NAME", file.stem)), "task": said["TASK"]}


def _start(
    ws: Workspace,
    code: str,
    version: int | str,
    seed: int,
    dynamics: bool | None,
    details: dict[str, Any],
    drawn: Graph | None,
) -> Job:
    """Make the run's folder and begin its job."""
    from engine.data.versions import get_version
    from engine.jobs import submit

    chosen, name = get_version(ws, version), details["graph"]
    run_id = f"{datetime.now():%Y%m%d-%H%M%S}-{_slug(name)}-{secrets.token_hex(2)}"
    folder = ws.path / "runs" / run_id
    (folder / "checkpoints").mkdir(parents=True)
    if drawn is not None:
        write_atomically(folder / "graph.json", drawn.dumps().encode())
    write_atomically(folder / "model.py", code.encode())
    details = {
        "schema": 1,
        "run": run_id,
        **details,
        "version": chosen.id,
        "version_name": chosen.name,
        "version_digest": chosen.digest,
        "seed": seed,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "author": ws.author,
        "state": "queued",
    }
    write_atomically(folder / "run.json", (json.dumps(details, ensure_ascii=False, indent=2) + "\n").encode())
    arguments = {"run": run_id, "graph": name, "version": chosen.id, "seed": seed, "dynamics": dynamics}
    return submit(ws, "train", arguments, f"Train {name} on {chosen.name}")


def list_runs(ws: Workspace) -> list[Run]:
    """All runs, the newest first."""
    runs = [_read(path.parent) for path in (ws.path / "runs").glob("*/run.json")]
    return sorted((run for run in runs if run is not None), key=lambda run: run.id, reverse=True)


def get_run(ws: Workspace, run_id: str) -> Run:
    """The run with that id, or the only one whose id starts so.

    Raises:
        UsageError: there is none, or more than one.
    """
    runs = list_runs(ws)
    found = [run for run in runs if run.id == run_id] or [run for run in runs if run.id.startswith(run_id)]
    if len(found) != 1:
        raise UsageError(f"There is {'no' if not found else 'more than one'} run “{run_id}”.")
    return found[0]


def run_of_job(ws: Workspace, job: Job) -> Run:
    """The run that a job trains."""
    return get_run(ws, job.arguments["run"])


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The lines of a run's metrics.jsonl: {"step", "loss", "rate", …} of each step, {"step", "val_…"} of each check."""
    try:
        lines = (folder / "metrics.jsonl").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    records = []
    for line in lines:
        try:
            records.append(json.loads(line))
        except ValueError:
            continue  # the last line while it is being written
    return records


def remove_run(ws: Workspace, run_id: str) -> Changes:
    """Delete a run's folder and its model.

    Raises:
        UsageError: there is no such run, or its job is still at work.
    """
    from engine.jobs import get_job

    run = get_run(ws, run_id)
    if run.job and get_job(ws, run.job).status().active:
        raise UsageError(f"The run “{run.id}” is still training; cancel it first.")
    with ws.transaction("Remove run") as tx:
        tx.execute("DELETE FROM model WHERE run_id = ?", [run.id])
    shutil.rmtree(run.folder)
    return changed(runs=run.id, models=run.id)


def ingest(ws: Workspace, tx: Transaction, _spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """Make the model of a finished run; numbers rise with each model of a name."""
    run = result["run"]
    if tx.execute("SELECT 1 FROM model WHERE run_id = ?", [run]).fetchall():
        return Changes()
    ((model_id,),) = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM model").fetchall()
    ((number,),) = tx.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM model WHERE name = ?", [result["graph"]]
    ).fetchall()
    folder = ws.path / "runs" / run
    replace(ModelManifest.load(folder), number=number).save(folder)
    details = {
        name: value for name, value in result.items() if name not in ("run", "graph", "version", "metrics", "task")
    }
    tx.execute(
        "INSERT INTO model VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [model_id, result["graph"], number, run, result["task"], int(result["version"]), tx.at,
         json.dumps(result["metrics"]), json.dumps(details, ensure_ascii=False)],
    )  # fmt: skip
    return changed(models=model_id, runs=run)


def typed(graph: Graph, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides that came as text ("train.steps=500") with the type of their parameter.

    Raises:
        UsageError: a value has another type or is out of range, or there is no such node or parameter.
    """
    from pydantic import TypeAdapter, ValidationError

    from engine.modeling.catalogue import component

    values: dict[str, Any] = {}
    for key, value in overrides.items():
        node, dot, name = key.partition(".")
        if not dot:
            raise UsageError(f"“{key}” does not name a parameter; write node.parameter=value, as in train.steps=500.")
        found = component(graph.node(node).type)
        if found is None or name not in found.Parameters.model_fields:
            known = ", ".join(found.Parameters.model_fields) if found else "none that this program knows"
            raise UsageError(f"“{node}” has no parameter “{name}”; it has {known}.")
        kind: Any = found.Parameters.model_fields[name]
        try:
            values[key] = TypeAdapter(_annotated(kind)).validate_python(_number(value, kind.annotation))
        except ValidationError as error:
            raise UsageError(f"{key}={value}: {error.errors()[0]['msg'].lower()}.") from error
    return values


def _annotated(field_info: Any) -> Any:
    from typing import Annotated

    return Annotated[(field_info.annotation, *field_info.metadata)] if field_info.metadata else field_info.annotation


def _number(value: Any, annotation: Any) -> Any:
    """Text as the number that a choice of numbers needs; pydantic turns text into plain numbers by itself."""
    from typing import get_args

    return next((choice for choice in get_args(annotation) if str(choice) == value), value)


def _read(folder: Path) -> Run | None:
    try:
        details = json.loads((folder / "run.json").read_text("utf-8"))
        return Run(
            id=folder.name,
            graph=details["graph"],
            task=details["task"],
            version=int(details["version"]),
            seed=int(details["seed"]),
            created=datetime.fromisoformat(details["created"]),
            folder=folder,
            job=details.get("job", ""),
            metrics=details.get("metrics", {}),
            device=details.get("device", {}),
            details=details,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name).strip("-").lower()[:40] or "model"
