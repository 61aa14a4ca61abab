"""The runs that are at work for a sweep: started, followed, paused, stopped and taken up again with it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.jobs import Job, JobContext, JobStatus, list_jobs
from engine.training.lent import put_lent
from engine.training.runs import code_of_graph, prepare_run, submit_run

if TYPE_CHECKING:
    from engine.jobs.job import HasFolder
    from engine.modeling.graph import Graph
    from engine.training.sweeps.sweeps import Sweep

POLL_S = 0.2
ATTEMPTS = 3  # of a run that is ended from outside


@dataclass(frozen=True)
class WorkerPlace:
    """What a job knows of the workspace."""

    path: Path
    id: str


@dataclass
class Followed:
    """A run that the sweep waits for.

    Attributes:
        checks: figure by step, as far as they are known.
        status: as last looked at.
        known: figures that the run's checks have.
    """

    number: int
    job: Job
    figure: str
    checks: dict[int, float] = field(default_factory=dict)
    status: JobStatus = field(default_factory=lambda: JobStatus("queued"))
    known: set[str] = field(default_factory=set)
    _offset: int = 0

    def news(self) -> list[tuple[int, float]]:
        """Checks that were not told before; the status is read first, so that of a run that ended none is missing."""
        self.status = self.job.status()
        events, self._offset = self.job.events(self._offset)
        checks = {int(event["step"]): event["values"] for event in events if event["event"] == "metric"}
        self.known |= {name for values in checks.values() for name in values if name.startswith("val_")}
        found = {step: values.get(self.figure) for step, values in checks.items() if step not in self.checks}
        fresh = [(step, float(value)) for step, value in found.items() if value is not None]
        self.checks |= dict(fresh)
        return fresh

    @property
    def kept(self) -> float | None:
        """The figure of the check whose weights were kept; what is grown or gathered is measured at its end."""
        result = self.job.result() or {}
        highest = max(self.checks.values(), default=None)
        at_end: float | None = result.get("metrics", {}).get(self.figure, highest)
        return self.checks.get(int(result.get("kept_step", -1)), at_end)

    @property
    def seconds(self) -> float | None:
        """How long it has been at work, from its start on."""
        if self.status.started is None:
            return None
        return round((self.status.ended or time.time()) - self.status.started, 1)


class Crew:
    """All runs that are at work for one sweep.

    Args:
        seconds: that the sweep has worked before it was broken off.
    """

    def __init__(self, context: JobContext, sweep: Sweep, seconds: float = 0.0) -> None:
        self.context, self.sweep = context, sweep
        self.place = WorkerPlace(context.workspace, context.spec["workspace"])
        self._runs: dict[int, Followed] = {}
        self._began = time.monotonic() - seconds
        parallel = int(sweep.details.get("parallel", 1))
        if parallel > 1:
            os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // parallel))

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Followed]:
        return iter(list(self._runs.values()))

    @property
    def seconds(self) -> float:
        """Of work over all attempts, without pauses."""
        return time.monotonic() - self._began

    def prepare(self, number: int, graph: Graph, **more: Any) -> str:
        """The folder of a trial's run."""
        details = self.sweep.details
        more = {"sweep": self.sweep.id, "trial": number, "author": details["author"], **more}
        code = code_of_graph(graph)

        def put(folder: Path) -> dict[str, Any]:
            put_lent(self.place.path, details.get("lent", {}), code.text, folder)
            return {}

        return prepare_run(self.place.path, code, details["version"], int(details["seed"]), put, **more)

    def start(self, number: int, run: str) -> Followed:
        """Train a prepared run; one that is at work already, or was broken off, is taken up again."""
        job = job_of_run(self.place, run)
        if job is None:
            title = f"Trial {number} of {self.sweep.name}"
            job = submit_run(
                self.place,
                run,
                title,
                within=self.context.folder.name,
                dynamics=False,
                sweep=self.sweep.id,
                trial=number,
            )
        else:
            job.resume()
        self._runs[number] = found = Followed(number, job, self.sweep.figure)
        return found

    def leave(self, followed: Followed) -> None:
        """Follow a run no more; one that is still at work is stopped."""
        if followed.status.active:
            followed.job.cancel()
        del self._runs[followed.number]

    def again(self, followed: Followed) -> bool:
        """Take up a run that was ended from outside, a few times."""
        if followed.status.state != "killed" or followed.job.spec.get("attempt", 1) >= ATTEMPTS:
            return False
        followed.job.resume()
        return True

    def wait(self) -> None:
        """Wait a moment, and as long as the sweep is paused; its runs wait with it.

        Raises:
            Cancelled: a person asked the sweep to stop.
        """
        self.context.should_stop()
        if (self.context.folder / "pause").exists():
            for followed in self:
                followed.job.pause()
            try:
                self._began += self.context.wait_if_paused()
            finally:
                for followed in self:
                    followed.job.resume()
        time.sleep(POLL_S)

    def stop(self) -> None:
        """Stop all; their checkpoints stay."""
        for followed in self:
            followed.job.cancel()


def job_of_run(place: HasFolder, run: str) -> Job | None:
    """The job that trains a run."""
    jobs = (job for job in list_jobs(place) if job.kind == "train")
    return next((job for job in jobs if job.arguments.get("run") == run), None)
