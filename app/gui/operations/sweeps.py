"""What a person does to sweeps, as operations for `shell.run`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.workspace import Workspace

    Operation = Callable[[Workspace], Changes]


@dataclass(frozen=True)
class SweepOrder:
    """What to try, on what, and for how long.

    Attributes:
        space: lines as `engine.training.sweeps.space.parse_space` reads them.
        minutes: no trial begins that would not end in this time; None: no limit.
    """

    graph: str
    version: str
    space: tuple[str, ...]
    trials: int
    minutes: float | None = None
    parallel: int = 1
    pruner: str = "median"
    seed: int = 0


def start_sweep(order: SweepOrder) -> Callable[[Workspace], tuple[Changes, str]]:
    """Start a sweep; its result is the sweep's id."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.training.sweeps.sweeps import start_sweep as start

        job = start(
            workspace, order.graph, order.version, order.space, trials=order.trials, minutes=order.minutes,
            parallel=order.parallel, pruner=order.pruner, seed=order.seed,
        )  # fmt: skip
        return changed(jobs=job.id, runs=job.id), job.arguments["sweep"]

    return operation


def start_budget(minutes: float, version: str, task: str = "") -> Callable[[Workspace], tuple[Changes, str]]:
    """Start a competition of recipes; its result is the sweep's id."""

    def operation(workspace: Workspace) -> tuple[Changes, str]:
        from engine.changes import changed
        from engine.training.sweeps.budget import start_budget as start

        job = start(workspace, minutes, version, task)
        return changed(jobs=job.id, runs=job.id), job.arguments["sweep"]

    return operation


def keep_trial(sweep: str, number: int) -> Operation:
    """Make a model of a trial."""

    def operation(workspace: Workspace) -> Changes:
        from engine.training.sweeps.sweeps import keep_trial as keep

        return keep(workspace, sweep, number)

    return operation
