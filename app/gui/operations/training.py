"""What a person does to runs, as operations for `shell.run`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.workspace import Workspace

    Operation = Callable[[Workspace], Changes]


@dataclass(frozen=True)
class TrainOrder:
    """What to train, on what, and for how long.

    Attributes:
        version: name or id of a dataset version; "" makes one of everything labelled now.
        overrides: by "node.parameter".
        start: the model or file whose weights are taken over; "": those of the drawing.
        folds: train once for each of so many folds; 0: once, which makes a model.
        elsewhere: the machine, as `engine.deployment.elsewhere.spec_of` names it; None: this one.
    """

    graph: str
    version: str
    seed: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict)
    new_version: str = ""
    split: str = "70/15/15"
    start: str = ""
    folds: int = 0
    elsewhere: Mapping[str, Any] | None = None


def start_training(order: TrainOrder) -> Callable[[Workspace], tuple[Changes, str]]:
    """Start a run; its result is the job's id."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.data.versions import create_version
        from engine.training.runs import start_run

        changes, version = changed(), order.version
        if not version:
            made = create_version(workspace, order.new_version, split=order.split, seed=order.seed)
            version = made.name
            changes |= changed(versions=made.id)
        job = start_run(
            workspace, order.graph, version, overrides=dict(order.overrides), seed=order.seed, start=order.start,
            folds=order.folds, elsewhere=order.elsewhere,
        )  # fmt: skip
        return changes | changed(jobs=job.id, runs=job.id), job.id

    return operation


def find_rate(order: TrainOrder) -> Callable[[Workspace], tuple[Changes, str]]:
    """Look for a learning rate on a version that is there; its result is the job's id."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.training.runs import find_rate as find

        job = find(workspace, order.graph, order.version, dict(order.overrides), order.seed, order.start)
        return changed(jobs=job.id), job.id

    return operation


def cancel_run(job_id: str) -> Operation:
    """Stop a run; its last checkpoint stays."""
    return _on_job(job_id, "cancel")


def pause_run(job_id: str) -> Operation:
    """Let a run wait."""
    return _on_job(job_id, "pause")


def resume_run(job_id: str) -> Operation:
    """Let a run go on from its last checkpoint."""
    return _on_job(job_id, "resume")


def _on_job(job_id: str, method: str) -> Operation:
    def operation(workspace: Workspace) -> Changes:
        from engine.changes import changed
        from engine.jobs import get_job

        getattr(get_job(workspace, job_id), method)()
        return changed(jobs=job_id)

    return operation
