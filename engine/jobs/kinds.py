"""The kinds of job: which function does the work in the worker, and which one brings its result into the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from engine.errors import UsageError
from engine.plugins import manager


@dataclass(frozen=True)
class Kind:
    """Two functions named as `module:function`, imported when first needed.

    Attributes:
        run: `run(context: JobContext) -> dict`, in the worker; what it returns becomes result.json.
        ingest: `ingest(workspace, tx, spec: dict, result: dict) -> Changes`, in the program that owns the workspace.
        resumable: whether a second start goes on where the first was stopped.
        queued: whether it waits for a slot, because a second one at the same time would only slow both down.
    """

    run: str
    ingest: str
    resumable: bool = False
    queued: bool = False


KINDS: dict[str, Kind] = {
    "train": Kind("engine.training.runner:run", "engine.training.runs:ingest", resumable=True, queued=True),
    "folds": Kind("engine.training.runner:run", "engine.training.runs:ingest_folds", resumable=True, queued=True),
    "rate": Kind("engine.training.runner:find_rate", "engine.training.runs:ingest_nothing"),
    "sweep": Kind(
        "engine.training.sweeps.runner:run", "engine.training.sweeps.sweeps:ingest", resumable=True, queued=True
    ),
    "measure": Kind("engine.training.sweeps.measure:run", "engine.training.sweeps.measure:ingest"),
    "evaluate": Kind("engine.evaluation.evaluate:run", "engine.evaluation.evaluate:ingest"),
    "robustness": Kind("engine.evaluation.robustness:run", "engine.evaluation.robustness:ingest"),
    "pixels": Kind("engine.labeling.assist.apply:run", "engine.labeling.assist.apply:ingest", resumable=True),
    "prelabel": Kind("engine.curation.prelabel:run", "engine.curation.prelabel:ingest", resumable=True),
    "embed": Kind("engine.curation.embedder:run", "engine.curation.embedder:ingest", resumable=True),
    "explain": Kind("engine.curation.explain:run", "engine.curation.explain:ingest"),
    "queue": Kind("engine.curation.ranking:run", "engine.curation.queue:ingest", resumable=True),
    "report": Kind("engine.data.report.report:run", "engine.data.report.report:ingest"),
    "tiles": Kind("engine.data.tiles:run", "engine.data.tiles:ingest"),
    "export": Kind("engine.packaging.export:run", "engine.packaging.export:ingest"),
    "quantize": Kind("engine.packaging.quantize:run", "engine.packaging.quantize:ingest"),
    "package": Kind("engine.packaging.image:run", "engine.packaging.image:ingest"),
}


ELSEWHERE = "engine.deployment.elsewhere:run"  # in place of the kind's own, for a job that runs on another machine


def kind_of(name: str) -> Kind:
    """The kind with that name.

    Raises:
        UsageError: there is none.
    """
    if name in KINDS:
        return KINDS[name]
    known = KINDS | {kind: found for kinds in manager().hook.lineside_job_kinds() for kind, found in kinds.items()}
    if name not in known:
        raise UsageError(f"There is no kind of job “{name}”; known are {', '.join(sorted(known))}.")
    found: Kind = known[name]
    return found


def load(reference: str) -> Callable[..., Any]:
    """The function that `module:function` names."""
    module, _, function = reference.partition(":")
    loaded: Callable[..., Any] = getattr(import_module(module), function)
    return loaded
