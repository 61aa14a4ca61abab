"""Runs: start one, list them, and bring the result of a finished one into the store."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import BadInput, LinesideError, UsageError
from engine.serving.manifest import ModelManifest
from engine.training.folds import FEWEST, MOST
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from engine.jobs import Job, Place
    from engine.jobs.job import HasFolder
    from engine.modeling.graph import Graph
    from engine.workspace import Transaction, Workspace

Put = Callable[[Path], dict[str, Any]]


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


@dataclass(frozen=True)
class Code:
    """What a run trains.

    Attributes:
        text: the code; it is executed in the worker only.
        graph: the drawing that says the same, where there is one.
    """

    name: str
    task: str
    text: str
    graph: Graph | None = None
    recipe: str = ""


def start_run(
    ws: Workspace,
    graph: Graph | str,
    version: int | str,
    overrides: Mapping[str, Any] | None = None,
    seed: int = 0,
    resume: str | None = None,
    dynamics: bool | None = None,
    start: str = "",
    folds: int = 0,
    code: Path | None = None,
    elsewhere: Mapping[str, Any] | None = None,
) -> Job:
    """Train a graph on a dataset version, in a process of its own.

    Args:
        graph: the graph, or the name of one of the workspace.
        version: id or name of the version.
        overrides: parameters for this run alone, by "node.parameter".
        seed: the same one gives the same curve on one machine.
        resume: id of a run to go on with; graph, version and overrides are then its own.
        dynamics: record how each annotation is learnt; default: where that costs next to nothing.
        start: the model, or the safetensors file, whose weights are taken over where they fit.
        folds: train once for each of so many folds of train and val instead, which makes no model; 0: no.
        code: a Python file whose code this run has as one more component “Own code”; callbacks in it are called.
        elsewhere: see `engine.jobs.submit`.

    Raises:
        BadInput: the graph has errors, or `start` is no safetensors file.
        UsageError: there is no such graph, version, run, node or model.
    """
    from engine.jobs import submit

    if resume is not None:
        run = get_run(ws, resume)
        arguments = {"run": run.id, "graph": run.graph, "version": run.version, "seed": run.seed}
        return submit(ws, "train", arguments, f"Train {run.graph}")
    _require_possible(folds)
    drawn = _drawn(ws, graph, overrides)
    if code is not None:
        drawn = _with_code(drawn, code)
    return _start(
        ws, code_of_graph(drawn), version, seed, dynamics, start, folds, elsewhere, overrides=dict(overrides or {})
    )


def start_file(
    ws: Workspace,
    file: Path,
    version: int | str,
    seed: int = 0,
    dynamics: bool | None = None,
    start: str = "",
    folds: int = 0,
    elsewhere: Mapping[str, Any] | None = None,
) -> Job:
    """Train a person's own code on a dataset version, as a drawn graph is trained: the same records, resume and model.

    The file has what `lineside model code` writes (Network, Model, Data), or the least that `engine.training.contract`
    tells. It is copied into the run and executed in the worker only; here it is read as text.

    Args:
        seed, dynamics, start, folds, elsewhere: as for `start_run`.

    Raises:
        BadInput: it is not Python, or does not name its task; the message has file and line.
        UsageError: there is no such version or model.
    """
    _require_possible(folds)
    return _start(ws, _of_file(file), version, seed, dynamics, start, folds, elsewhere, file=str(file.absolute()))


def _require_possible(folds: int) -> None:
    if folds and not FEWEST <= folds <= MOST:
        raise UsageError(f"{folds} folds cannot be; choose {FEWEST} to {MOST}.")


def _start(
    ws: Workspace,
    code: Code,
    version: int | str,
    seed: int,
    dynamics: bool | None,
    start: str,
    folds: int,
    elsewhere: Mapping[str, Any] | None,
    **more: Any,
) -> Job:
    from engine.data.versions import get_version

    if folds and elsewhere:
        raise UsageError("Folds are trained on this machine only; leave one of the two out.")
    chosen = get_version(ws, version)
    named = {"id": chosen.id, "name": chosen.name, "digest": chosen.digest}
    run_id = prepare_run(ws.path, code, named, seed, _put(ws, start, code), folds=folds, author=ws.author, **more)
    if folds:
        title = f"Train {code.name} on {chosen.name} in {folds} folds"
        return submit_run(ws, run_id, title, "folds", dynamics=dynamics, folds=folds)
    return submit_run(ws, run_id, elsewhere=elsewhere, dynamics=dynamics)


def prepare_run(
    folder: Path, what: Graph | Code, version: Mapping[str, Any], seed: int, put: Put | None = None, **more: Any
) -> str:
    """Make the folder of a run that a job will train, and tell its id.

    Args:
        folder: of the workspace; its store is not needed.
        version: {"id", "name", "digest"} of a dataset version.
        put: puts the weights that the run starts from into its folder, and tells where they are from.
        **more: what else run.json shall tell.

    Raises:
        BadInput: the graph has errors.
    """
    code = what if isinstance(what, Code) else code_of_graph(what)
    run_id = f"{datetime.now():%Y%m%d-%H%M%S}-{_slug(code.name)}-{secrets.token_hex(2)}"
    run = folder / "runs" / run_id
    origin = _lay_out(code, run, put)
    (run / "checkpoints").mkdir()
    details = {
        "schema": 1,
        "run": run_id,
        "graph": code.name,
        "task": code.task,
        "recipe": code.recipe,
        "version": version["id"],
        "version_name": version["name"],
        "version_digest": version["digest"],
        "seed": seed,
        "start": origin,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "state": "queued",
        **more,
    }
    write_atomically(run / "run.json", (json.dumps(details, ensure_ascii=False, indent=2) + "\n").encode())
    return run_id


def submit_run(
    place: Place, run_id: str, title: str = "", kind: str = "train", within: str = "",
    elsewhere: Mapping[str, Any] | None = None, **more: Any,
) -> Job:  # fmt: skip
    """Start the job that trains a prepared run.

    Args:
        within, elsewhere: see `engine.jobs.submit`.
        **more: arguments of the job.
    """
    from engine.jobs import submit

    details = json.loads((place.path / "runs" / run_id / "run.json").read_text("utf-8"))
    told = {"run": run_id, **{name: details[name] for name in ("graph", "version", "seed")}, **more}
    title = title or f"Train {details['graph']} on {details['version_name']}"
    return submit(place, kind, told, title, within, elsewhere)


def find_rate(
    ws: Workspace,
    graph: Graph | str,
    version: int | str,
    overrides: Mapping[str, Any] | None = None,
    seed: int = 0,
    start: str = "",
) -> Job:
    """Find a learning rate for a graph on a dataset version, in a process of its own; no run is made.

    Raises:
        UsageError: as `start_run`, or the graph learns nothing by gradients.
        BadInput: as `start_run`.
    """
    from engine.data.versions import get_version
    from engine.jobs import submit

    chosen = get_version(ws, version)
    drawn = _drawn(ws, graph, overrides)
    if not any(node.type == "train.fit" for node in drawn.nodes):
        raise UsageError(f"“{drawn.name}” learns nothing by gradients; there is no learning rate to find.")
    if drawn.task == "tabular":
        raise UsageError(f"“{drawn.name}” learns from rows; a learning rate is found for models of images only.")
    place = Path("cache") / "rates" / f"{_slug(drawn.name)}-{secrets.token_hex(4)}"
    code = code_of_graph(drawn)
    _lay_out(code, ws.path / place, _put(ws, start, code))
    arguments = {"folder": place.as_posix(), "graph": drawn.name, "version": chosen.id, "seed": seed}
    return submit(ws, "rate", arguments, f"Learning rate of {drawn.name} on {chosen.name}")


def _drawn(ws: HasFolder, graph: Graph | str, overrides: Mapping[str, Any] | None) -> Graph:
    from engine.modeling.graphs import load_graph

    drawn = load_graph(ws, graph) if isinstance(graph, str) else graph
    return drawn.with_parameters(typed(drawn, overrides or {}))


def _put(ws: Workspace, start: str, code: Code) -> Put:
    """Puts what a run brings from models of the workspace into its folder: weights to start from, and a teacher."""
    from engine.training.lent import lent_by, put_lent
    from engine.training.starting import put_start

    def put(folder: Path) -> dict[str, Any]:
        put_lent(ws.path, lent_by(ws, [code.text]), code.text, folder)
        return put_start(ws, start, folder) if start else {}

    return put


def code_in(place: HasFolder, what: str | Path, overrides: Mapping[str, Any] | None = None) -> Code:
    """What a graph of a workspace, or a Python file, would train; the store is not needed.

    Raises:
        BadInput, UsageError: as `start_run` and `start_file`.
    """
    if not str(what).endswith(".py"):
        return code_of_graph(_drawn(place, str(what), overrides))
    if overrides:
        raise UsageError("Other values are for a drawn graph; change the numbers in the file instead.")
    return _of_file(Path(what).expanduser())


def code_of_graph(drawn: Graph) -> Code:
    """What a drawing trains.

    Raises:
        BadInput: it has errors.
    """
    from engine.modeling.compile import compile_graph

    return Code(drawn.name, drawn.task, compile_graph(drawn), drawn, drawn.recipe)


def _with_code(drawn: Graph, file: Path) -> Graph:
    from engine.modeling.catalogue.code import CodeText, parsed
    from engine.modeling.graph import Node

    try:
        source = parsed(_text_of(file))
    except ValueError as error:
        raise BadInput(f"{file}: this is not {error}.") from error
    taken = {node.id for node in drawn.nodes}
    name = next(name for name in ("own", *(f"own{number}" for number in range(2, 99))) if name not in taken)
    return replace(drawn, nodes=[*drawn.nodes, Node(name, CodeText.type, CodeText.version, {"source": source})])


def _of_file(file: Path) -> Code:
    return code_of(_text_of(file), file.stem, str(file))


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        raise UsageError(f"There is no file {file}.") from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise BadInput(f"{file} is not text in UTF-8.") from error


def code_of(text: str, name: str, where: str) -> Code:
    """A text's name and task, which its constants NAME and TASK say, and the drawing where all of it can be drawn.

    Args:
        name: where the text has no NAME.
        where: it comes from, for messages.

    Raises:
        BadInput: it is not Python, or does not name its task.
    """
    import ast

    from engine.modeling.catalogue.base import ALL_TASKS
    from engine.modeling.readback import from_code

    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise BadInput(f"{where}, line {error.lineno}: this is not Python: {error.msg}.") from error
    except ValueError as error:
        raise BadInput(f"{where} is not text in UTF-8.") from error
    said = {
        part.targets[0].id: part.value.value
        for part in tree.body
        if isinstance(part, ast.Assign)
        and isinstance(part.targets[0], ast.Name)
        and isinstance(part.value, ast.Constant)
    }
    if said.get("TASK") not in ALL_TASKS:
        tasks = ", ".join(f'"{task}"' for task in ALL_TASKS)
        raise BadInput(f"{where} does not say what it learns; write TASK = one of {tasks}.")
    name, drawn = str(said.get("NAME", name)), None
    with contextlib.suppress(BadInput):
        found = from_code(text)
        drawn = None if found.lost else found.graph.renamed(name)
    return Code(name, str(said["TASK"]), text, drawn)


def _lay_out(code: Code, folder: Path, put: Put | None) -> dict[str, Any]:
    """Graph, code and start weights in a new folder; gives where the weights are from. A failure leaves no folder."""
    folder.mkdir(parents=True)
    try:
        origin = put(folder) if put is not None else {}
    except LinesideError:
        shutil.rmtree(folder)
        raise
    if code.graph is not None:
        write_atomically(folder / "graph.json", code.graph.dumps().encode())
    write_atomically(folder / "model.py", code.text.encode())
    return origin


def ingest_nothing(_ws: Workspace, _tx: Transaction, _spec: dict[str, Any], _result: dict[str, Any]) -> Changes:
    """The result of the job is all there is."""
    return Changes()


def ingest_folds(_ws: Workspace, _tx: Transaction, _spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """The folds' figures stand in the run's folder; none of their models is one to use."""
    return changed(runs=result["run"])


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


def graph_of(ws: Workspace, name: str) -> Graph:
    """A drawing by name; else what a run, by its id, or the run of a model ("pcb:3") was trained with.

    Raises:
        UsageError: there is none.
        BadInput: its file is damaged.
    """
    from engine.modeling.graph import Graph
    from engine.modeling.graphs import list_graphs, load_graph
    from engine.training.models import list_models

    runs = {run.id: run.folder for run in list_runs(ws)} | {m.title: m.folder for m in list_models(ws)}
    if any(graph.name == name for graph in list_graphs(ws)):
        return load_graph(ws, name)
    found = runs.get(name) or next((runs[one] for one in runs if name and one.startswith(name)), None)
    if found is None:
        raise UsageError(f"“{name}” is neither a model graph, nor a run, nor a model; see: lineside model list")
    try:
        return Graph.loads((found / "graph.json").read_text("utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"The run {found.name} has kept no drawing; its model.py can be read with model from-code."
        ) from None


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


def ingest(ws: Workspace, tx: Transaction, spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """Make the model of a finished run; that of a trial only when it is kept."""
    return changed(runs=result["run"]) if spec["arguments"].get("sweep") else make_model(ws, tx, result)


def make_model(ws: Workspace, tx: Transaction, result: dict[str, Any]) -> Changes:
    """Make the model of a run from its job's result; numbers rise with each model of a name."""
    from engine.training.runner import record

    run = result["run"]
    if tx.execute("SELECT 1 FROM model WHERE run_id = ?", [run]).fetchall():
        return Changes()
    ((model_id,),) = tx.execute("SELECT coalesce(max(id), 0) + 1 FROM model").fetchall()
    ((number,),) = tx.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM model WHERE name = ?", [result["graph"]]
    ).fetchall()
    folder = ws.path / "runs" / run
    replace(ModelManifest.load(folder), number=number).save(folder)
    record(folder, model=number)
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
