"""What a person does to targets and releases. They may take minutes and ask for passwords, so they run beside `shell.run`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.changes import Changes
    from engine.deployment.releases import TargetStatus
    from engine.deployment.target import Ask, Progress
    from engine.jobs import Job
    from engine.workspace import Workspace

    Work = Callable[[Workspace, Progress, Ask], tuple[Changes, Any]]


@dataclass(frozen=True)
class NewTarget:
    """A target as the dialog describes it."""

    name: str
    url: str
    options: dict[str, str] = field(default_factory=dict)


def add_target(new: NewTarget) -> Work:
    """Remember a target."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.targets import add_target as add

        return add(workspace, new.name, new.url, **new.options), new.name

    return work


def change_target(new: NewTarget) -> Work:
    """Give a target another address."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.targets import change_target as change

        return change(workspace, new.name, new.url, **new.options), new.name

    return work


def probe(name: str) -> Work:
    """Look at the machine."""

    def work(workspace: Workspace, _progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.changes import changed
        from engine.deployment.targets import probe_target

        return changed(targets=name), probe_target(workspace, name, ask)

    return work


def accept_host_key(name: str, fingerprint: str) -> Work:
    """Trust the key that a host shows."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.targets import accept_host_key as accept

        return accept(workspace, name, fingerprint), name

    return work


def remove_target(name: str, *, clean: bool = True) -> Work:
    """Take everything off a target and forget it."""

    def work(workspace: Workspace, _progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.targets import remove_target as remove

        return remove(workspace, name, clean=clean, ask=ask), name

    return work


def measure_takt(artifact: str, target: str, takt_ms: float, source: str) -> Work:
    """Measure each precision on some numbers of threads where it will run; see `lineside deploy --takt`."""

    def work(workspace: Workspace, progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.changes import Changes
        from engine.deployment.takt import measure_takt as measure

        def finish(job: Job) -> None:
            from engine.errors import LinesideError
            from engine.jobs import wait

            try:
                status = wait(workspace, job, lambda _event: progress("takt", 0, 0, job.title))
            except BaseException:
                job.cancel()
                raise
            if status.state != "done":
                raise LinesideError(status.error or f"The job “{job.title}” was {status.state}.", fix=status.fix)

        found = measure(workspace, artifact, target, takt_ms, progress, source=source, finish=finish, ask=ask)
        return Changes(everything=True), found

    return work


def deploy(digest: str, target: str, pipeline: Path | None = None, notes: Mapping[str, Any] | None = None) -> Work:
    """Push an artifact and let it take over; it carries the pipeline of a file, where there is one.

    `notes` are kept in its history.
    """

    def work(workspace: Workspace, progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.pipelines import load
        from engine.deployment.releases import changes_of
        from engine.deployment.releases import deploy as start

        carried = load(pipeline) if pipeline else None
        release = start(workspace, digest, target, progress, notes=notes, pipeline=carried, ask=ask)
        return changes_of(release), release

    return work


def forget_push(target: str) -> Work:
    """Let go of a push that was cut."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, str]:
        from engine.changes import Changes
        from engine.deployment.pushes import forget

        forget(workspace, target)
        return Changes(), target

    return work


def rollback(target: str) -> Work:
    """Put the release before back."""

    def work(workspace: Workspace, progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.releases import changes_of
        from engine.deployment.releases import rollback as back

        release = back(workspace, target, progress, ask=ask)
        return changes_of(release), release

    return work


def remove_release(target: str) -> Work:
    """End what runs on a target."""

    def work(workspace: Workspace, _progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.releases import remove_release as remove

        return remove(workspace, target, ask=ask), target

    return work


def read_status(target: str) -> Work:
    """What runs on a target now; never asks for a password."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, TargetStatus]:
        from engine.changes import Changes
        from engine.deployment.releases import status

        return Changes(), status(workspace, target)

    return work


def collect(target: str) -> Work:
    """Bring home what its releases kept; progress tells in thousandths, and in words."""

    def work(workspace: Workspace, progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.feedback import collect as bring

        def tell(fraction: float, text: str) -> None:
            progress("collect", round(1000 * fraction), 1000, text)

        done = bring(workspace, target, tell, ask=ask)
        return done.changes, done

    return work


def keep_feedback(target: str, rules: Mapping[str, Any] | None) -> Work:
    """Let its releases keep what these rules say; None: nothing more."""

    def work(workspace: Workspace, _progress: Progress, ask: Ask) -> tuple[Changes, Any]:
        from engine.deployment.feedback import keep

        return keep(workspace, target, rules, ask=ask), target

    return work


def predict(target: str, file: Path) -> Work:
    """What a target says of one image file; the result has the round trip in ms too."""

    def work(workspace: Workspace, _progress: Progress, ask: Ask) -> tuple[Changes, dict[str, Any]]:
        import time

        from engine.changes import Changes
        from engine.deployment.predict import predict as send

        start = time.perf_counter()
        answer = send(workspace, target, file, ask=ask)
        return Changes(), {**answer, "round_trip_ms": (time.perf_counter() - start) * 1000}

    return work


def save_archive(digest: str, out: Path) -> Work:
    """Write an artifact as one file that Docker, podman and a USB stick take."""

    def work(workspace: Workspace, _progress: Progress, _ask: Ask) -> tuple[Changes, Path]:
        from engine.changes import Changes
        from engine.packaging.archive import write_archive
        from engine.packaging.artifacts import layout_folder

        return Changes(), write_archive(layout_folder(workspace), digest, out)

    return work
