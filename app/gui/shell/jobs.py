"""Watching jobs from the window: reads their folders in the background, brings results in, tells when one ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from app.gui.operations.workspaces import allow
from app.gui.shell.job_words import job_text, job_title

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.workspace import Workspace

BUSY_MS, QUIET_MS = 700, 4000
LISTED = 200


@dataclass(frozen=True)
class JobLine:
    """One job as the window shows it."""

    id: str
    kind: str
    title: str
    state: str
    fraction: float
    message: str
    eta_s: float | None
    error: str
    fix: str
    details: str
    created: float
    started: float | None
    ended: float | None
    arguments: dict[str, Any]

    @property
    def active(self) -> bool:
        """Whether the job is still to end."""
        return self.state in ("waiting", "queued", "running", "paused")

    def short(self) -> str:
        """For the chip of the top bar: what, how far, how long."""
        text = f"{kind_text(self.kind)} {round(self.fraction * 100)} %"
        if self.state == "paused":
            return f"{text} · {state_text('paused')}"
        return f"{text} · {left_text(self.eta_s)}" if self.eta_s is not None else text


def read_jobs(workspace: Workspace) -> list[JobLine]:
    """The newest jobs of a workspace."""
    from engine.jobs import list_jobs

    lines = []
    for job in list_jobs(workspace)[:LISTED]:
        status = job.status()
        lines.append(
            JobLine(
                job.id,
                job.kind,
                job_title(job),
                status.state,
                status.fraction,
                job_text(status.message),
                status.eta_s,
                status.error,
                status.fix,
                status.details,
                job.created.timestamp(),
                status.started,
                status.ended,
                job.arguments,
            )
        )
    return lines


class JobWatch(QObject):
    """Polls in the background; `shell.jobs_changed` carries the lines, `shell.changed` what finished jobs brought."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self.lines: list[JobLine] = []
        self._first = True
        self._collecting = False
        self._timer = QTimer(self)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self.look)
        shell.workspace_opened.connect(self._start)
        shell.workspace_closing.connect(self._forget)
        shell.changed.connect(lambda changes, _initiator: self.look() if changes.touches("jobs") else None)
        shell.errands.changed.connect(self._send)

    def look(self) -> None:
        """Read the jobs now."""
        if self._shell.workspace is not None:
            self._shell.read(read_jobs, self._show, key="jobs", on_error=lambda _error: None)

    def tell(self) -> None:
        """Send the lines again, as after a switch of language."""
        self._send()
        self.look()

    def _send(self) -> None:
        self._shell.jobs_changed.emit(self._shell.errands.among(self.lines))

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _start(self, _workspace: Workspace) -> None:
        self._first = True
        self._resume_lost()
        self._collect()
        self._timer.start()
        self.look()

    def _resume_lost(self) -> None:
        """Go on with what a restart of the machine or a kill broke off; of a workspace from elsewhere once that is allowed."""
        from app.gui.shell.work import Task

        workspace = self._shell.workspace

        def work() -> tuple[list[str], bool]:
            from engine.familiar import is_familiar
            from engine.jobs import resume_lost, would_go_on

            if workspace is None:
                return [], True
            familiar = is_familiar(workspace)
            return [job.title for job in (resume_lost if familiar else would_go_on)(workspace)], familiar

        def tell(found: tuple[list[str], bool]) -> None:
            titles, familiar = ", ".join(found[0]), found[1]
            if titles and familiar:
                text = QCoreApplication.translate("JobWatch", "Goes on where it was broken off: {titles}")
                self._shell.notice(text.format(titles=titles), kind="info")
            elif titles:
                text = QCoreApplication.translate(
                    "JobWatch",
                    "This workspace was made elsewhere. What waits in it goes on once you allow it, and can then do what"
                    " you can: {titles}",
                )
                allow_text = QCoreApplication.translate("JobWatch", "Allow it")
                self._shell.notice(text.format(titles=titles), allow_text, self._allow, "warning")

        self._shell.work.write(Task(work, tell, lambda _error: None))

    def _allow(self) -> None:
        def go_on() -> None:
            self._resume_lost()
            self._collect()

        allow(self._shell, go_on)

    def _forget(self) -> None:
        self._timer.stop()
        self.lines = []
        self._shell.errands.forget()
        self.tell()

    def _show(self, lines: list[JobLine]) -> None:
        before = {line.id: line for line in self.lines}
        ended = [line for line in lines if not line.active and line.id in before and before[line.id].active]
        if not self._first:
            ended += [line for line in lines if not line.active and line.id not in before]
        self._first = False
        changed = lines != self.lines
        self.lines = lines
        self._timer.setInterval(BUSY_MS if any(line.active for line in lines) else QUIET_MS)
        if any(line.state == "done" for line in ended):
            self._collect()
        for line in ended:
            self._tell_end(line)
        if changed:
            self.tell()

    def _collect(self) -> None:
        """Bring results in; silent when there are none."""
        if self._collecting or self._shell.workspace is None:
            return
        from app.gui.shell.work import Task

        workspace = self._shell.workspace
        self._collecting = True

        def work() -> Changes:
            from engine.jobs import collect

            return collect(workspace)

        self._shell.work.write(Task(work, self._collected, self._not_collected))

    def _collected(self, changes: Changes) -> None:
        self._collecting = False
        if changes and self._shell.workspace is not None:
            self._shell.changed.emit(changes, self)

    def _not_collected(self, error: Exception) -> None:
        self._collecting = False
        self._shell.show_error(error)

    def _tell_end(self, line: JobLine) -> None:
        shell = self._shell
        if line.state == "done" and (
            line.kind in WITHOUT_NOTICE or (line.kind == "train" and "sweep" in line.arguments)
        ):
            return  # of a sweep only its end is told, not that of each trial
        if line.state == "done":
            text, page = NEXT.get(line.kind, ("Show the job", "jobs"))
            next_text = QCoreApplication.translate("JobNext", text)
            done = QCoreApplication.translate("JobWatch", "{title} is done.").format(title=line.title)
            shell.notice(done, next_text, lambda: shell.go(page), "good")
        elif line.state in ("failed", "killed", "out_of_memory"):
            shell.notice(
                f"{line.title}: {line.error}",
                QCoreApplication.translate("JobWatch", "Show the job"),
                lambda: shell.go("jobs", job=line.id),
                "error",
                line.details,
            )


WITHOUT_NOTICE = ("queue", "embed", "tiles", "measure")  # who asked for them goes on with what they found at once
NEXT = {
    "train": ("Evaluate the model", "evaluation"),
    "sweep": ("Show the runs", "training"),
    "evaluate": ("Show the evaluation", "evaluation"),
    "export": ("Package the model", "deployment"),
    "quantize": ("Package the model", "deployment"),
    "package": ("Deploy the artifact", "deployment"),
    "import": ("Show the data", "data"),
    "prelabel": ("Look at the suggestions", "labeling"),
}


def _next_texts() -> tuple[str, ...]:
    """Named here so that the translation tool finds them."""
    return (
        QCoreApplication.translate("JobNext", "Evaluate the model"),
        QCoreApplication.translate("JobNext", "Show the runs"),
        QCoreApplication.translate("JobNext", "Show the evaluation"),
        QCoreApplication.translate("JobNext", "Package the model"),
        QCoreApplication.translate("JobNext", "Deploy the artifact"),
        QCoreApplication.translate("JobNext", "Show the data"),
        QCoreApplication.translate("JobNext", "Show the job"),
        QCoreApplication.translate("JobNext", "Look at the suggestions"),
    )


def kind_text(kind: str) -> str:
    """The name of a kind of job."""
    names = {
        "train": QCoreApplication.translate("JobKind", "Training"),
        "sweep": QCoreApplication.translate("JobKind", "Sweep"),
        "measure": QCoreApplication.translate("JobKind", "Measuring"),
        "evaluate": QCoreApplication.translate("JobKind", "Evaluation"),
        "rate": QCoreApplication.translate("JobKind", "Learning rate"),
        "folds": QCoreApplication.translate("JobKind", "Cross-validation"),
        "export": QCoreApplication.translate("JobKind", "Export"),
        "quantize": QCoreApplication.translate("JobKind", "Quantisation"),
        "package": QCoreApplication.translate("JobKind", "Packaging"),
        "import": QCoreApplication.translate("JobKind", "Import"),
        "deploy": QCoreApplication.translate("JobKind", "Deployment"),
        "rollout": QCoreApplication.translate("JobKind", "Rollout"),
        "takt": QCoreApplication.translate("JobKind", "Takt"),
        "collect": QCoreApplication.translate("JobKind", "Collecting"),
        "prelabel": QCoreApplication.translate("JobKind", "Pre-labelling"),
        "queue": QCoreApplication.translate("JobKind", "Queue"),
        "embed": QCoreApplication.translate("JobKind", "Comparison"),
        "tiles": QCoreApplication.translate("JobKind", "Large image"),
    }
    return names.get(kind, kind)


def state_text(state: str) -> str:
    """The name of a job's state."""
    names = {
        "waiting": QCoreApplication.translate("JobState", "in the queue"),
        "queued": QCoreApplication.translate("JobState", "waiting"),
        "running": QCoreApplication.translate("JobState", "running"),
        "paused": QCoreApplication.translate("JobState", "paused"),
        "done": QCoreApplication.translate("JobState", "done"),
        "failed": QCoreApplication.translate("JobState", "failed"),
        "cancelled": QCoreApplication.translate("JobState", "cancelled"),
        "killed": QCoreApplication.translate("JobState", "killed"),
        "out_of_memory": QCoreApplication.translate("JobState", "out of memory"),
    }
    return names.get(state, state)


STATE_COLORS = {
    "waiting": "quiet",
    "queued": "quiet",
    "running": "accent",
    "paused": "warning",
    "done": "good",
    "failed": "bad",
    "cancelled": "quiet",
    "killed": "bad",
    "out_of_memory": "bad",
}


def duration_text(seconds: float) -> str:
    """A time span in the largest fitting unit."""
    if seconds < 90:
        return QCoreApplication.translate("Duration", "{count} s").format(count=max(1, round(seconds)))
    if seconds < 5400:
        return QCoreApplication.translate("Duration", "{count} min").format(count=round(seconds / 60))
    return QCoreApplication.translate("Duration", "{count} h").format(count=f"{seconds / 3600:.1f}")


def left_text(seconds: float) -> str:
    """How long it still takes."""
    return QCoreApplication.translate("Duration", "{time} left").format(time=duration_text(seconds))
