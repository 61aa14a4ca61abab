"""Reading runs for the window: from the jobs' folders alone, incrementally, off the UI thread."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.gui.shell.job_words import job_text, job_title

if TYPE_CHECKING:
    from engine.jobs import Job, JobStatus
    from engine.workspace import Workspace

QUALITY = ("map50", "auroc", "accuracy", "miou", "acc", "f1", "map")
LOG_LINES = 2000


@dataclass(frozen=True)
class RunLine:
    """One run as the list shows it."""

    id: str
    title: str
    graph: str
    version: str
    state: str
    fraction: float
    message: str
    eta_s: float | None
    took_s: float | None
    best: tuple[str, float] | None
    created: float
    error: str = ""
    fix: str = ""
    details: str = ""
    device: str = ""
    why_device: str = ""
    why_device_zh: str = ""
    run: str = ""
    makes_model: bool = True

    @property
    def active(self) -> bool:
        """Whether it is still to end."""
        return self.state in ("waiting", "queued", "running", "paused")


@dataclass
class RunLive:
    """What one run has told so far."""

    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: dict[str, dict[str, Any]] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)
    offset: int = 0
    judge: tuple[str, bool] | None = (
        None  # the figure by which weights are kept, if the drawing says it; is more better
    )

    @property
    def best(self) -> tuple[str, float] | None:
        """The best value of the figure by which weights are kept, else of the first quality metric that is there."""
        if self.judge is not None and (points := self.curves.get(self.judge[0])):
            return self.judge[0], (max if self.judge[1] else min)(value for _, value in points)
        for wanted in QUALITY:
            for name, points in self.curves.items():
                if name.rsplit("/", 1)[-1].removeprefix("val_") == wanted and "train" not in name and points:
                    return name, max(value for _, value in points)
        return None

    def take(self, events: list[dict[str, Any]]) -> None:
        """Add events."""
        for event in events:
            kind = event["event"]
            if kind == "metric":
                values = {k: float(v) for k, v in event.get("values", {}).items() if isinstance(v, int | float)}
                for name, value in values.items():
                    self._point(name, float(event["step"]), value)
                if checked := {name: value for name, value in values.items() if name.startswith("val_")}:
                    figures = ", ".join(f"{name} {value:.3f}" for name, value in checked.items())
                    self._say(event, f"step {event['step']}: {figures}")
            elif kind == "log":
                self._say(event, str(event["text"]))
            elif kind == "warning":
                self.warnings.setdefault(event["kind"], event)
                self._say(event, f"step {event['step']}: {event['text']}")
            elif kind == "live":
                self.now = event
            elif kind == "judge":
                self.judge = event["figure"], event["higher"]
            elif kind == "failed":
                self._say(event, str(event.get("message", "")))
            elif kind == "device":
                self.facts |= {name: event.get(name, "") for name in ("name", "why", "why_zh", "precision")}
                self._say(event, f"{event.get('name', '')}, {event.get('precision', '')}")

    def _say(self, event: dict[str, Any], text: str) -> None:
        at = time.strftime("%H:%M:%S", time.localtime(event.get("at", 0)))
        self.log += [f"{at}  {line}" for line in text.splitlines()]
        del self.log[:-LOG_LINES]

    def _point(self, name: str, step: float, value: float) -> None:
        """Add a point; a run that went back to its checkpoint overwrites what lay after it."""
        points = self.curves.setdefault(name, [])
        while points and points[-1][0] >= step:
            points.pop()
        points.append((step, value))


class RunReader:
    """Remembers how far each run's events were read, so that a look costs only what is new."""

    def __init__(self) -> None:
        self._live: dict[str, RunLive] = {}
        self._lock = threading.Lock()

    def live(self, job: Job) -> RunLive:
        """Everything a run has told until now."""
        with self._lock:
            live = self._live.setdefault(job.id, RunLive())
            events, live.offset = job.events(live.offset)
            live.take(events)
            curves = {name: list(points) for name, points in live.curves.items()}
            return replace(
                live, curves=curves, log=list(live.log), facts=dict(live.facts), warnings=dict(live.warnings)
            )

    def lines(self, workspace: Workspace) -> list[RunLine]:
        """All runs, newest first."""
        from engine.jobs import list_jobs

        names = _version_names(workspace)
        return [self.line(job, names) for job in list_jobs(workspace) if job.kind in ("train", "folds")]

    def look(self, workspace: Workspace, job_id: str) -> tuple[RunLine, RunLive]:
        """One run: its line and all it told."""
        from engine.jobs import get_job

        job = get_job(workspace, job_id)
        return self.line(job, _version_names(workspace)), self.live(job)

    def line(self, job: Job, versions: dict[str, str]) -> RunLine:
        """One run as the list shows it."""
        status = job.status()
        live = self.live(job)
        arguments = job.arguments
        version = str(arguments.get("version", ""))
        return RunLine(
            id=job.id,
            title=job_title(job),
            run=str(arguments.get("run", "")),
            makes_model=job.kind == "train",
            graph=str(arguments.get("graph", "")) + (f" #{arguments['trial']}" if "trial" in arguments else ""),
            version=versions.get(version, version),
            state=status.state,
            fraction=status.fraction,
            message=job_text(status.message),
            eta_s=status.eta_s,
            took_s=_took(status),
            best=live.best,
            created=job.created.timestamp(),
            error=status.error,
            fix=status.fix,
            details=status.details,
            device=str(live.facts.get("name", "")),
            why_device=str(live.facts.get("why", "")),
            why_device_zh=str(live.facts.get("why_zh", "")),
        )


def _took(status: JobStatus) -> float | None:
    if status.started is None:
        return None
    return max(0.0, (status.ended or time.time()) - status.started)


def _version_names(workspace: Workspace) -> dict[str, str]:
    from engine.data.versions import list_versions

    return {str(version.id): version.name for version in list_versions(workspace)}
