"""A job as the program sees it: submit, list, status, events, cancel, pause, resume."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from engine.errors import UsageError
from engine.jobs.kinds import kind_of
from engine.jobs.slots import PAUSE, WAITING, is_alive, read_settings, try_lock, waits_for
from engine.jobs.working import GENTLY

ACTIVE = ("waiting", "queued", "running", "paused")
TAIL_BYTES = 1 << 16
LOCK_TRIES = 5
THERE = "there"  # in the folder of a job that runs elsewhere: it does, as far as is known here
LOST_FOR_S = 14 * 86_400.0  # what was broken off longer ago is nobody's concern any more
FROM_OUTSIDE = (None, signal.SIGTERM, signal.SIGKILL, getattr(signal, "SIGHUP", None))  # no fault of the work itself
QUIET_S = 30.0
_started: list[subprocess.Popen[bytes]] = []


class HasFolder(Protocol):
    """What reading jobs needs of a workspace; the caller need not own it."""

    @property
    def path(self) -> Path:
        """The workspace's folder."""
        ...


class Place(HasFolder, Protocol):
    """What starting a job needs of a workspace: a job that starts others knows no more of it."""

    @property
    def id(self) -> str:
        """The workspace's id."""
        ...


@dataclass(frozen=True)
class JobStatus:
    """Where a job is.

    Attributes:
        state: waiting (for a slot), queued (starting), running, paused, done, failed, cancelled, killed or out_of_memory.
        fraction: 0 to 1.
        eta_s: seconds left, when it can be told.
        error: one sentence, for a job that did not end well; `details` is for experts.
    """

    state: str
    fraction: float = 0.0
    message: str = ""
    eta_s: float | None = None
    error: str = ""
    fix: str = ""
    details: str = ""
    started: float | None = None
    ended: float | None = None

    @property
    def active(self) -> bool:
        """Whether the job is still to end."""
        return self.state in ACTIVE


class Job:
    """One job's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spec: dict[str, Any] = json.loads((folder / "spec.json").read_text("utf-8"))
        self.id = folder.name
        self.kind: str = self.spec["kind"]
        self.title: str = self.spec["title"]
        self.arguments: dict[str, Any] = self.spec["arguments"]
        self.created = datetime.fromisoformat(self.spec["created"])
        self.where: str = self.spec.get("elsewhere", {}).get("name", "")  # "": on this machine

    def events(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """The events from a byte offset on, and the offset to go on from."""
        try:
            with (self.folder / "events.jsonl").open("rb") as file:
                file.seek(offset)
                data = file.read()
        except FileNotFoundError:
            return [], offset
        end = data.rfind(b"\n") + 1
        return list(_parse(data[:end])), offset + end

    def result(self) -> dict[str, Any] | None:
        """What the work returned; None while there is no result."""
        try:
            result: dict[str, Any] = json.loads((self.folder / "result.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        return result

    def status(self) -> JobStatus:
        """Where the job is now, read from its folder alone."""
        last = self._last_events()
        progress = last.get("progress", {})
        started = last.get("started", {}).get("at")
        seen = {"fraction": progress.get("fraction", 0.0), "message": progress.get("message", ""), "started": started}
        if (self.folder / "result.json").exists() and ("done" in last or not self._alive()):
            return JobStatus("done", **(seen | {"fraction": 1.0}), ended=last.get("done", {}).get("at"))
        if self._alive():
            if (pause := self.folder / PAUSE).exists():
                battery = pause.stat().st_size > 0
                return JobStatus("paused", **seen | ({"message": "On battery; goes on with power"} if battery else {}))
            if (self.folder / WAITING).exists():
                before = waits_for(self.folder)
                text = f"Waits for its turn, {before} before it" if before else "Waits until another training ends"
                return JobStatus("waiting", **seen | {"message": text})
            if started and (self.folder / GENTLY).exists():
                seen["message"] = ": ".join(filter(None, ("Gives way while you work", seen["message"])))
            return JobStatus("running" if started else "queued", **seen, eta_s=_eta(progress, started))
        return self._ended(last.get("failed"), seen)

    def cancel(self) -> None:
        """Ask the job to stop; what it has made so far stays, and it can be resumed."""
        (self.folder / "cancel").touch()
        (self.folder / "pause").unlink(missing_ok=True)

    def pause(self) -> None:
        """Ask the job to wait."""
        if self.status().active:
            (self.folder / "pause").touch()

    def resume(self) -> None:
        """Go on: lift a pause, or start again a job that was cancelled, killed or failed."""
        (self.folder / "pause").unlink(missing_ok=True)
        if self._alive() or self.result() is not None:
            return
        (self.folder / "cancel").unlink(missing_ok=True)
        self._go_on()

    def follow_again(self) -> None:
        """Look again at a job that runs elsewhere; a cancel that it was not told of yet stands."""
        self._go_on()

    def _go_on(self) -> None:
        for name in ("exit.json", "worker.json"):
            (self.folder / name).unlink(missing_ok=True)
        self.spec["attempt"] = self.spec.get("attempt", 1) + 1
        _write_spec(self.folder, self.spec)
        _start(self.folder)

    def output(self) -> str:
        """What the worker printed."""
        try:
            return (self.folder / "output.log").read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def _alive(self) -> bool:
        """Whether the supervisor or its worker still holds the folder's lock."""
        return is_alive(self.folder)

    def _last_events(self) -> dict[str, dict[str, Any]]:
        """The newest event of each kind within the last lines, of this attempt."""
        try:
            with (self.folder / "events.jsonl").open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - TAIL_BYTES))
                data = file.read()
        except FileNotFoundError:
            return {}
        last: dict[str, dict[str, Any]] = {}
        for event in _parse(data):
            if event["event"] == "started":
                last = {}
            last[event["event"]] = event
        if "started" not in last and (began := self._began()):
            last["started"] = {"at": began}
        return last

    def _began(self) -> float | None:
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
            return float(json.loads((self.folder / "worker.json").read_text("utf-8"))["started"])
        return None

    def _ended(self, failed: dict[str, Any] | None, seen: dict[str, Any]) -> JobStatus:
        left = _exit(self.folder)
        ended = left.get("at")
        if (self.folder / "cancel").exists() and failed is None:
            return JobStatus("cancelled", **seen, ended=ended)
        if failed is not None:
            state = "out_of_memory" if failed["kind"] == "out_of_memory" else "failed"
            texts = {"error": failed["message"], "fix": failed.get("fix", ""), "details": failed.get("details", "")}
            return JobStatus(state, **seen, **texts, ended=ended)
        if left.get("out_of_memory"):
            error = "The machine ran out of memory and ended the job; make the batch or the image size smaller, then resume it."
            return JobStatus("out_of_memory", **seen, error=error, ended=ended)
        if left.get("signal"):
            name = signal.Signals(left["signal"]).name
            return JobStatus(
                "killed", **seen, error=f"The job was ended from outside ({name}); resume it.", ended=ended
            )
        if left:
            error = f"The job ended with code {left['code']} without a result; its output tells more."
            return JobStatus("failed", **seen, error=error, details=self.output()[-4000:], ended=ended)
        error = "The job ended without a word, as after a power cut or when its process was killed; resume it."
        return JobStatus("killed", **seen, error=error, details=self.output()[-4000:])


def submit(
    workspace: Place, kind: str, arguments: dict[str, Any], title: str, within: str = "",
    elsewhere: Mapping[str, Any] | None = None,
) -> Job:  # fmt: skip
    """Start a job in a process of its own.

    Args:
        workspace: where the job's folder is made.
        kind: one of `engine.jobs.kinds.KINDS`.
        arguments: JSON values only.
        title: what a person reads in the job list.
        within: id of the job that this one is a part of; while that one has a slot, this one needs none of its own.
        elsewhere: the machine that it runs on (see `engine.deployment.elsewhere`); None: this one.

    Raises:
        UsageError: there is no such kind of job.
    """
    kind_of(kind)
    now = datetime.now().astimezone()
    moment = f"{now:%Y%m%d-%H%M%S-%f}"[:-3]  # in ms: the order of names is the order in which jobs were given
    folder = workspace.path / "jobs" / f"{moment}-{kind}-{secrets.token_hex(2)}"
    folder.mkdir(parents=True)
    created = now.isoformat(timespec="milliseconds")
    spec = {"kind": kind, "title": title, "arguments": arguments, "created": created, "workspace": workspace.id}
    spec |= ({"within": within} if within else {}) | ({"elsewhere": dict(elsewhere)} if elsewhere else {})
    _write_spec(folder, spec)
    _start(folder)
    return Job(folder)


def list_jobs(workspace: HasFolder) -> list[Job]:
    """All jobs of the workspace, newest first."""
    folders = sorted((workspace.path / "jobs").glob("*/spec.json"), key=lambda spec: spec.parent.name, reverse=True)
    return [Job(spec.parent) for spec in folders]


def start_again(workspace: HasFolder) -> list[Job]:
    """Put jobs back into the queue whose supervisor was ended while they waited, and follow again those that run elsewhere."""
    lost, left = lost_waiting(workspace), left_elsewhere(workspace)
    for job in lost:
        paused = (job.folder / PAUSE).exists()
        job.resume()
        if paused:
            job.pause()
    for job in left:
        job.follow_again()
    return lost + left


def lost_waiting(workspace: HasFolder) -> list[Job]:
    """Jobs whose supervisor was ended while they waited for a slot."""
    waiting = sorted((workspace.path / "jobs").glob(f"*/{WAITING}"))
    return [Job(mark.parent) for mark in waiting if not is_alive(mark.parent) and not (mark.parent / "cancel").exists()]


def left_elsewhere(workspace: HasFolder) -> list[Job]:
    """Jobs that run on another machine, and that nobody here follows."""
    return [Job(mark.parent) for mark in (workspace.path / "jobs").glob(f"*/{THERE}") if not is_alive(mark.parent)]


def would_go_on(workspace: HasFolder) -> list[Job]:
    """Jobs that start again by themselves when a workspace is opened that is known here."""
    broken = [job for job in reversed(list_jobs(workspace)) if _is_lost(job)]
    goes_on = broken if read_settings(workspace.path / "jobs").resume_lost else []
    return list({job.id: job for job in [*lost_waiting(workspace), *left_elsewhere(workspace), *goes_on]}.values())


def resume_lost(workspace: HasFolder) -> list[Job]:
    """Go on with the trainings that a restart of the machine or a kill broke off, if the settings say so.

    One that comes no further than the last time is left: it would be broken off again and again.
    """
    if not read_settings(workspace.path / "jobs").resume_lost:
        return []
    lost = [job for job in reversed(list_jobs(workspace)) if _is_lost(job)]
    for job in lost:
        job.spec["resumed_at"] = job.status().fraction
        (job.folder / GENTLY).unlink(missing_ok=True)
        job.resume()
    return lost


def _is_lost(job: Job) -> bool:
    folder = job.folder
    if (folder / "result.json").exists() or (folder / "cancel").exists() or job.spec.get("within"):
        return False
    kind, events = kind_of(job.kind), folder / "events.jsonl"
    if not (kind.resumable and kind.queued and events.exists()) or is_alive(folder):
        return False
    status = job.status()
    ended_by = _exit(folder).get("signal")
    recent = time.time() - events.stat().st_mtime < LOST_FOR_S
    further = status.fraction > job.spec.get("resumed_at", -1.0)
    return status.state == "killed" and ended_by in FROM_OUTSIDE and recent and further


def _exit(folder: Path) -> dict[str, Any]:
    """What the supervisor has left; nothing when it was ended itself."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        found: dict[str, Any] = json.loads((folder / "exit.json").read_text("utf-8"))
        return found
    return {}


def get_job(workspace: HasFolder, job_id: str) -> Job:
    """The job with that id, or the only one whose id starts so.

    Raises:
        UsageError: there is none, or more than one.
    """
    found = [job for job in list_jobs(workspace) if job.id == job_id] or [
        job for job in list_jobs(workspace) if job.id.startswith(job_id)
    ]
    if len(found) != 1:
        many = "more than one job" if found else "no job"
        raise UsageError(f"There is {many} “{job_id}” in {workspace.path}; `lineside jobs list` shows them.")
    return found[0]


def _write_spec(folder: Path, spec: dict[str, Any]) -> None:
    from engine.workspace import write_atomically

    write_atomically(folder / "spec.json", json.dumps(spec, ensure_ascii=False, indent=1).encode())


def _start(folder: Path) -> None:
    """Start the supervisor; it inherits the held lock, so there is no moment at which the job looks dead."""
    _started[:] = [process for process in _started if process.poll() is None]
    handle = os.open(folder / "alive.lock", os.O_RDWR | os.O_CREAT)
    try:
        if not _lock_soon(handle):
            raise UsageError(f"The job {folder.name} is running already.")
        command = [sys.executable, "-P", "-m", "engine.jobs.worker", str(folder)]
        with (folder / "output.log").open("ab") as output:
            options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
            if os.name == "posix":
                options |= {"pass_fds": (handle,), "start_new_session": True}
            _started.append(subprocess.Popen(command, cwd=folder, **options))
    finally:
        os.close(handle)


def _lock_soon(handle: int) -> bool:
    """Lock the folder; somebody who asks whether the job is alive has the lock for a moment."""
    for _ in range(LOCK_TRIES):
        if try_lock(handle):
            return True
        time.sleep(0.02)
    return False


def _parse(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.split(b"\n"):
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and "event" in event:
                yield event


def _eta(progress: dict[str, Any], started: float | None) -> float | None:
    if (given := progress.get("eta_s")) is not None:
        quiet = min(QUIET_S, time.time() - float(progress["at"]))  # longer: it stands still, as in the computer's sleep
        return max(0.0, float(given) - quiet)
    fraction = progress.get("fraction", 0.0)
    if started is None or fraction < 0.03:
        return None
    return max(0.0, (float(progress["at"]) - started) / float(fraction) - (time.time() - started))
