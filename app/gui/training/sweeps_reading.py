"""Reading sweeps for the window, off the UI thread, and laying their trials out on axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.jobs import JobStatus
    from engine.training.sweeps.sweeps import Sweep, Trial
    from engine.workspace import Workspace

LOG_FROM = 10.0  # times between the smallest and the largest value, from which on an axis is logarithmic
HIDDEN = ("train.steps", "train.checks")  # differ by the time there was


@dataclass(frozen=True)
class SweepLine:
    """A sweep with the state of its job.

    Attributes:
        runs: id of the job by run, for the way to a trial's curves.
    """

    sweep: Sweep
    job: str
    status: JobStatus | None
    runs: dict[str, str]

    @property
    def state(self) -> str:
        """Of the job."""
        return self.status.state if self.status is not None else ""


@dataclass(frozen=True)
class Axis:
    """An upright axis: a place from 0 to 1 for each trial that has a value, and what stands beside it."""

    key: str
    places: dict[int, float]
    ticks: tuple[tuple[float, str], ...]


def read_sweeps(workspace: Workspace) -> list[SweepLine]:
    """All sweeps, newest first."""
    from engine.jobs import list_jobs
    from engine.training.sweeps.sweeps import list_sweeps

    sweeps = list_sweeps(workspace)
    if not sweeps:
        return []
    jobs = list_jobs(workspace)
    of_sweep = {job.arguments.get("sweep"): job for job in jobs if job.kind == "sweep"}
    runs = {str(job.arguments.get("run")): job.id for job in jobs if job.kind == "train" and "sweep" in job.arguments}
    found = [(sweep, of_sweep.get(sweep.id)) for sweep in sweeps]
    return [SweepLine(sweep, job.id if job else "", job.status() if job else None, runs) for sweep, job in found]


def keys_of(trials: Sequence[Trial]) -> list[str]:
    """What the trials differ by, in the order of the space."""
    keys = dict.fromkeys(key for trial in trials for key in trial.values)
    return [key for key in keys if key not in HIDDEN]


def axes(sweep: Sweep) -> list[Axis]:
    """An axis for each value that was tried, and the last one for the figure."""
    trials = sweep.trials
    made = [_axis(key, {t.number: t.values[key] for t in trials if key in t.values}) for key in keys_of(trials)]
    figures = {trial.number: trial.value for trial in trials if trial.value is not None}
    return [*made, _axis(sweep.figure, figures)] if figures else made


def _axis(key: str, values: dict[int, Any]) -> Axis:
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values.values()):
        names = sorted({str(value) for value in values.values()})
        places = {name: _share(at, 0, len(names) - 1) for at, name in enumerate(names)}
        found = {number: places[str(value)] for number, value in values.items()}
        return Axis(key, found, tuple((place, name.rpartition(".")[2]) for name, place in places.items()))
    low, high = min(values.values()), max(values.values())
    turn = math.log if low > 0 and high / low >= LOG_FROM else float
    found = {number: _share(turn(value), turn(low), turn(high)) for number, value in values.items()}
    ticks = ((0.0, f"{low:.3g}"), (1.0, f"{high:.3g}")) if high > low else ((0.5, f"{low:.3g}"),)
    return Axis(key, found, ticks)


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5
