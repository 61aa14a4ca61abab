"""The sweeps of a workspace: start one, list them, take the best values over, keep a trial's model."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.changes import Changes, changed
from engine.errors import UsageError
from engine.modeling.catalogue import Text
from engine.modeling.graph import Graph
from engine.training.settings import CHOICE
from engine.training.sweeps import PRUNERS
from engine.training.sweeps.space import Choice, Space, configured, parse_space, space_from_json
from engine.workspace import write_atomically

if TYPE_CHECKING:
    from engine.jobs import Job
    from engine.jobs.job import HasFolder
    from engine.workspace import Transaction, Workspace

MOST_TRIALS, MOST_PARALLEL = 10_000, 64


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    Attributes:
        number: from 1.
        state: running, done, stopped (early) or failed.
        values: by "node.parameter", or by node for the type of its component.
        value: of the figure, at the check whose weights were kept, or at the last one.
        checks: pairs of step and figure.
        why: of a trial that was stopped or failed; `why_zh` in Chinese.
        stage: of a competition of recipes, in which part it was tried.
    """

    number: int
    state: str
    values: Mapping[str, Any]
    value: float | None = None
    checks: tuple[tuple[int, float], ...] = ()
    run: str = ""
    seconds: float | None = None
    why: str = ""
    why_zh: str = ""
    stage: int = 0

    def to_json(self) -> dict[str, Any]:
        """As in state.json."""
        return asdict(self)


@dataclass(frozen=True)
class Sweep:
    """A sweep, as its folder tells.

    Attributes:
        kind: "space", or "budget" where recipes compete within some minutes.
        details: all of sweep.json.
        state: all of state.json, which its job writes.
    """

    id: str
    folder: Path
    details: Mapping[str, Any]
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What sort of sweep it is."""
        return str(self.details.get("kind", "space"))

    @property
    def name(self) -> str:
        """As a person calls it."""
        return str(self.details["name"])

    @property
    def figure(self) -> str:
        """What is made large."""
        return str(self.details["figure"])

    @property
    def graph(self) -> Graph:
        """The graph as it was when the sweep began."""
        return Graph.from_json(self.details["graph"])

    @property
    def space(self) -> Space:
        """What is tried."""
        return space_from_json(self.details["space"])

    @property
    def trials(self) -> list[Trial]:
        """All trials in their order."""
        rows = self.state.get("trials", [])
        return [Trial(**{**row, "checks": tuple(tuple(check) for check in row["checks"])}) for row in rows]

    @property
    def importance(self) -> dict[str, float]:
        """Share of each parameter in how far the trials differ; empty while too few have ended."""
        return dict(self.state.get("importance", {}))

    @property
    def stages(self) -> list[Text]:
        """What a competition of recipes did so far and why, a paragraph each."""
        return [Text(*paragraph) for paragraph in self.state.get("stages", [])]

    @property
    def best(self) -> Trial | None:
        """The trial with the highest figure: of those that ended, or else of all that were looked at."""
        return best_of(self.trials)

    def trial(self, number: int) -> Trial:
        """The trial with that number.

        Raises:
            UsageError: there is none.
        """
        found = next((trial for trial in self.trials if trial.number == number), None)
        if found is None:
            raise UsageError(f"The sweep “{self.id}” has no trial {number}; it has {len(self.trials)}.")
        return found


def best_of(trials: Iterable[Trial]) -> Trial | None:
    """The trial with the highest figure, of those that ended or else of all that have one; the first of equals."""
    known = [trial for trial in trials if trial.value is not None]
    ended = [trial for trial in known if trial.state == "done"]
    return max(ended or known, key=lambda trial: trial.value or 0.0, default=None)


def start_sweep(
    ws: Workspace,
    graph: Graph | str,
    version: int | str,
    space: Iterable[str],
    *,
    trials: int | None = None,
    minutes: float | None = None,
    parallel: int = 1,
    pruner: str = "median",
    figure: str = "",
    seed: int = 0,
    name: str = "",
) -> Job:
    """Try values in a job whose trials are runs of their own.

    Args:
        space: lines like "optimiser.rate=0.0005..0.05 log" (see `parse_space`).
        trials: so many at most.
        minutes: no trial begins that is not expected to end in time.
        parallel: trials at a time; they share the cores.
        pruner: what stops a hopeless trial early: "median", "halving" (successive halving) or "none".
        figure: what is made large, as "val_map50"; default: that of the task.
        seed: of every trial and of the choice of values.

    Raises:
        UsageError: there is no such graph, version or model, or one of the values cannot be tried.
        BadInput: the graph has errors, or a model that it takes something from (`engine.training.lent`) does not have it.
    """
    from engine.modeling.compile import compile_graph
    from engine.modeling.graphs import load_graph
    from engine.training.lent import lent_by

    drawn = load_graph(ws, graph) if isinstance(graph, str) else graph
    if trials is None and minutes is None:
        raise UsageError("Say how long the sweep goes on: a number of trials, or of minutes.")
    _require("trials", trials, 1, MOST_TRIALS)
    _require("minutes", minutes, 0.01, 60 * 24 * 365)
    _require("trials at a time", parallel, 1, MOST_PARALLEL)
    if pruner not in PRUNERS:
        raise UsageError(f"There is no pruner “{pruner}”; there are {', '.join(PRUNERS)}.")
    tried = parse_space(drawn, space)
    details = {
        "kind": "space",
        "graph": drawn.to_json(),
        "space": [part.to_json() for part in tried],
        "lent": lent_by(ws, map(compile_graph, _with_models(drawn, tried))),
        "trials": trials,
        "minutes": minutes,
        "parallel": parallel,
        "pruner": pruner,
        "figure": figure or _figure(drawn.task),
    }
    return submit_sweep(ws, name or drawn.name, drawn.task, version, seed, details)


def _with_models(graph: Graph, space: Space) -> Iterator[Graph]:
    """The graph with each model that it may take something from."""
    models = [part for part in space if isinstance(part, Choice) and part.key.endswith(".model")]
    for values in product(*(part.values for part in models)):
        yield configured(graph, {part.key: value for part, value in zip(models, values, strict=True)})


def submit_sweep(ws: Workspace, name: str, task: str, version: int | str, seed: int, details: dict[str, Any]) -> Job:
    """Make the folder of a sweep and start its job.

    Raises:
        UsageError: there is no such version, or it has no images to train on or to compare by.
    """
    from engine.data.versions import get_version
    from engine.jobs import submit

    chosen = get_version(ws, version)
    rows = "rows" if chosen.is_table else "images"
    for split, what in (("train", "to learn from"), ("val", "to compare the trials by")):
        if not chosen.splits.get(split):
            raise UsageError(f"The version “{chosen.name}” has no {split} {rows} {what}; make one with a split like 70/15/15.")  # fmt: skip
    sweep_id = f"{datetime.now():%Y%m%d-%H%M%S}-{_slug(name)}-{secrets.token_hex(2)}"
    folder = ws.path / "sweeps" / sweep_id
    folder.mkdir(parents=True)
    common = {
        "schema": 1,
        "name": name,
        "task": task,
        "version": {"id": chosen.id, "name": chosen.name, "digest": chosen.digest},
        "seed": seed,
        "author": ws.author,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    _write(folder / "sweep.json", common | details)
    title = f"Sweep {name} on {chosen.name}" if details["kind"] == "space" else f"Best model within {details['minutes']:g} min on {chosen.name}"  # fmt: skip
    return submit(ws, "sweep", {"sweep": sweep_id, "version": chosen.id}, title)


def list_sweeps(ws: HasFolder) -> list[Sweep]:
    """All sweeps, the newest first; a folder that cannot be read is left out."""
    found = [read_sweep(path.parent) for path in (ws.path / "sweeps").glob("*/sweep.json")]
    return sorted((sweep for sweep in found if sweep is not None), key=lambda sweep: sweep.id, reverse=True)


def get_sweep(ws: HasFolder, which: str) -> Sweep:
    """The sweep with that id, the only one whose id begins so, or the newest of that name.

    Raises:
        UsageError: there is none, or more than one.
    """
    sweeps = list_sweeps(ws)
    exact = [sweep for sweep in sweeps if sweep.id == which] or [sweep for sweep in sweeps if sweep.name == which][:1]
    found = exact or [sweep for sweep in sweeps if which and sweep.id.startswith(which)]
    if len(found) != 1:
        raise UsageError(f"There is {'more than one' if found else 'no'} sweep “{which}”; `lineside sweep list` shows them.")  # fmt: skip
    return found[0]


def read_sweep(folder: Path) -> Sweep | None:
    """The sweep of a folder; None when its file is no sweep."""
    try:
        details = json.loads((folder / "sweep.json").read_text("utf-8"))
        details["name"], details["figure"], details["version"]["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        state = json.loads((folder / "state.json").read_text("utf-8"))
    except (OSError, ValueError):
        state = {}
    return Sweep(folder.name, folder, details, state)


def job_of(ws: HasFolder, sweep_id: str) -> Job | None:
    """The job that does a sweep."""
    from engine.jobs import list_jobs

    jobs = (job for job in list_jobs(ws) if job.kind == "sweep")
    return next((job for job in jobs if job.arguments.get("sweep") == sweep_id), None)


def best_graph(ws: Workspace, which: str, number: int | None = None) -> Graph:
    """The graph of the workspace with the values of a sweep's best trial, or of another one.

    Raises:
        UsageError: there is no such sweep or trial, no trial has a figure yet, or the graph has such a node no more.
    """
    from engine.modeling.graphs import load_graph

    sweep = get_sweep(ws, which)
    trial = sweep.best if number is None else sweep.trial(number)
    if trial is None:
        raise UsageError(
            f"No trial of the sweep “{sweep.id}” has a figure yet; wait for the first check on val images."
        )
    if sweep.kind == "budget":
        return Graph.loads((ws.path / "runs" / trial.run / "graph.json").read_text("utf-8"))
    return configured(load_graph(ws, sweep.graph.name), trial.values)


def apply_best(ws: Workspace, which: str, number: int | None = None) -> Changes:
    """Write the values of a sweep's best trial, or of another one, into the graph.

    Raises:
        UsageError: as `best_graph`.
    """
    from engine.modeling.graphs import save_graph

    return save_graph(ws, best_graph(ws, which, number))


def keep_trial(ws: Workspace, which: str, number: int) -> Changes:
    """Make a model of a trial that ended; the best one's is made by itself.

    Raises:
        UsageError: there is no such sweep or trial, or the trial was stopped early or failed.
    """
    from engine.training.runs import make_model
    from engine.training.sweeps.trials import job_of_run

    trial = get_sweep(ws, which).trial(number)
    job = job_of_run(ws, trial.run)
    result = job.result() if job is not None else None
    if result is None:
        raise UsageError(f"Trial {number} did not end, so it has no model; resume its run first.")
    with ws.transaction("Keep trial") as tx:
        return make_model(ws, tx, result)


def ingest(ws: Workspace, tx: Transaction, _spec: dict[str, Any], result: dict[str, Any]) -> Changes:
    """Make the model of the best trial; a competition of recipes leaves its graph too."""
    from engine.modeling.graphs import list_graphs, save_graph
    from engine.training.runs import make_model

    changes = changed(runs=result["sweep"])
    if result.get("trained") is None:
        return changes
    if "drawn" in result and result["drawn"]["name"] not in {entry.name for entry in list_graphs(ws)}:
        changes |= save_graph(ws, Graph.from_json(result["drawn"]))
    return changes | make_model(ws, tx, result["trained"])


def _figure(task: str) -> str:
    if task not in CHOICE:
        raise UsageError(f"Say which figure the sweep shall make large; there is no usual one for {task}.")
    return CHOICE[task]


def _require(what: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise UsageError(f"The number of {what} is {value:g}; it should be from {low:g} to {high:g}.")


def _write(path: Path, document: Mapping[str, Any]) -> None:
    write_atomically(path, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def write_state(folder: Path, state: Mapping[str, Any]) -> None:
    """What the job of a sweep knows; a kill at any moment leaves the old or the new."""
    _write(folder / "state.json", state)


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name).strip("-").lower()[:40] or "sweep"
