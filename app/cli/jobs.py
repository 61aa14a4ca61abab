"""Commands for jobs. They read and write the jobs' folders only, so they work while a window holds the workspace."""

from __future__ import annotations

import contextlib
import time
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.cli.command import Answer, Call, Folder, argument, command, group
from app.cli.progress import clock
from app.cli.text import facts, table
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.jobs import Job

group("jobs", "long work: list, show, logs, queue, cancel, resume")
JOB = argument("job", metavar="JOB", help="id, or how it begins")
FOLLOW_S = 0.2
GIVE_WAY = {
    "no": "never",
    "window": "while the window is used",
    "load": "while the window is used or other programs compute",
}


@command(
    "jobs list", argument("--limit", type=int, default=20, help="at most so many, newest first (default 20; 0: all)")
)
def list_all(call: Call) -> Answer:
    """List the jobs, newest first."""
    from engine.jobs import list_jobs

    found = list_jobs(Folder(call.folder()))
    documents = [_document(job) for job in (found[: call.options.limit] if call.options.limit else found)]
    rows = [
        [d["id"], d["state"], f"{d['fraction']:.0%}", d["title"], d["where"], d["error"] or d["message"]]
        for d in documents
    ]
    return Answer(documents, table(["id", "state", "done", "title", "where", ""], rows, empty="No jobs yet."))


@command("jobs show", JOB)
def show(call: Call) -> Answer:
    """Show one job: where it is, how it ended, what it made."""
    job = _find(call)
    events = job.events()[0]
    warnings = {event["kind"]: event for event in events if event["event"] == "warning"}
    document = _document(job) | {"arguments": job.arguments, "result": job.result(), "folder": str(job.folder)}
    document["warnings"] = list(warnings.values())
    document["live"] = next((event for event in reversed(events) if event["event"] == "live"), None)
    rows = [
        (name, value)
        for name, value in document.items()
        if value not in ("", None) and name not in ("warnings", "live")
    ]
    if document["live"] is not None:
        rows += live_rows(document["live"])
    rows += [("stands out", f"step {warning['step']}: {warning['text']}") for warning in warnings.values()]
    return Answer(document, facts(rows))


@command("jobs logs", JOB, argument("-f", "--follow", action="store_true", help="go on until the job ends"))
def logs(call: Call) -> Answer:
    """Print a job's log, and what its process printed."""
    job = _find(call)
    offset, lines = 0, []
    while True:
        active = job.status().active
        events, offset = job.events(offset)
        new = [line for event in events if (line := _line(event))]
        lines += new
        if not (call.options.follow and active):
            break
        for line in new:
            call.note(line)
        time.sleep(FOLLOW_S)
    output = job.output()
    text = "\n".join([*(new if call.options.follow else lines), *output.splitlines()])
    return Answer({"id": job.id, "log": lines, "output": output}, text)


@command(
    "jobs queue",
    argument("--slots", type=int, metavar="N", help="trainings at once on the CPU (each GPU has a slot of its own)"),
    argument("--battery", choices=("pause", "go-on"), help="what trainings do while the machine is on its battery"),
    argument("--nice", type=int, metavar="N", help="0: as other programs, to 19: only when nobody else computes"),
    argument(
        "--give-way",
        choices=("no", "window", "load"),
        help="rest between steps: never, while the window is used, or also while other programs compute",
    ),
    argument(
        "--resume-lost",
        choices=("yes", "no"),
        help="whether the window goes on with what a restart or a kill broke off",
    ),
)
def queue(call: Call) -> Answer:
    """Show or change how trainings share this machine, and which ones wait."""
    from engine.jobs import list_jobs, read_settings, save_settings

    options, folder = call.options, call.folder()
    changes: dict[str, Any] = {"cpu_slots": options.slots, "nice": options.nice}
    changes["pause_on_battery"] = None if options.battery is None else options.battery == "pause"
    changes["give_way"] = options.give_way
    changes["resume_lost"] = None if options.resume_lost is None else options.resume_lost == "yes"
    changes = {name: value for name, value in changes.items() if value is not None}
    jobs = folder / "jobs"
    settings = save_settings(jobs, **changes) if changes else read_settings(jobs)
    waiting = [job for job in reversed(list_jobs(Folder(folder))) if job.status().state == "waiting"]
    document = asdict(settings) | {"waiting": [job.id for job in waiting]}
    rows: list[tuple[str, Any]] = [
        ("trainings at once", f"{settings.cpu_slots} on the CPU, one on each GPU"),
        ("on battery", "they wait" if settings.pause_on_battery else "they go on"),
        ("priority (nice)", settings.nice),
        ("give way", GIVE_WAY[settings.give_way]),
        ("broken off", "the window goes on with them" if settings.resume_lost else "they wait for a person"),
        *(("waits", f"{job.id}  {job.title}") for job in waiting),
    ]
    return Answer(document, facts(rows))


@command("jobs cancel", JOB)
def cancel(call: Call) -> Answer:
    """Ask a job to stop; what it has made so far stays, and it can be resumed."""
    job = _find(call)
    if not (before := job.status()).active:
        return Answer(_document(job), f"{job.id} is {before.state} already.")
    job.cancel()
    return Answer(_document(job), f"{job.id} is asked to stop.")


@command(
    "jobs resume",
    argument("job", metavar="JOB", nargs="?", default="", help="id, or how it begins"),
    argument("--lost", action="store_true", help="all trainings that a restart of the machine or a kill broke off"),
    argument("--detach", action="store_true", help="return at once"),
)
def resume(call: Call) -> Answer:
    """Go on with a job that was cancelled, killed, paused or failed."""
    if call.options.lost == bool(call.options.job):
        raise UsageError("Name the job to go on with, or say --lost for all that were broken off.")
    if call.options.lost:
        return _resume_lost(call)
    job = _find(call)
    if job.status().state == "done":
        return Answer(_document(job), f"{job.id} is done already.")
    if call.options.detach:
        job.resume()
        return Answer(_document(job), f"{job.id} goes on.")
    call.finish(job, job.resume)
    return Answer(_document(job), f"{job.title}: done.")


def live_rows(live: dict[str, Any]) -> list[tuple[str, str]]:
    """How a training last said that it is."""
    source = "measured" if live["energy_source"].startswith("rapl") else "estimated by CPU time, 10 W a core"
    source += ", without the GPU" if live["energy_source"].endswith("no_gpu") else ""
    low, _, high = live["left_s"]
    memory = f"{live['memory_mb']} MB" + (f", GPU {live['gpu_mb']} MB" if "gpu_mb" in live else "")
    return [
        ("speed", f"{live['images_s']:g} images/s, {live['waiting']:.0%} of the time waiting for images"),
        ("memory", memory),
        ("energy", f"{live['energy_wh']:.2f} Wh ({source})"),
        ("left at that", f"{clock(low)} to {clock(high)}"),
    ]


def _resume_lost(call: Call) -> Answer:
    from engine.jobs import resume_lost

    found = resume_lost(Folder(call.folder()))
    text = "\n".join(f"{job.id}  {job.title}: goes on." for job in found)
    return Answer([_document(job) for job in found], text or "Nothing was broken off, or it shall not go on by itself.")


def _find(call: Call) -> Job:
    from engine.jobs import get_job

    return get_job(Folder(call.folder()), call.options.job)


def _document(job: Job) -> dict[str, Any]:
    status = asdict(job.status())
    with contextlib.suppress(TypeError, ValueError):
        for name in ("started", "ended"):
            if status[name] is not None:
                status[name] = datetime.fromtimestamp(status[name]).astimezone().isoformat(timespec="seconds")
    return {
        "id": job.id,
        "kind": job.kind,
        "title": job.title,
        "where": job.where,
        "created": job.created.isoformat(),
        **status,
    }


def _line(event: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(event.get("at", 0)).strftime("%H:%M:%S")
    match event["event"]:
        case "log":
            return f"{at}  {event['text']}"
        case "metric":
            values = "  ".join(f"{name} {value:.5g}" for name, value in event["values"].items() if value is not None)
            return f"{at}  step {event['step']}: {values}"
        case "warning":
            return f"{at}  step {event['step']}: {event['text']}"
        case "device":
            return f"{at}  {event['why']}"
        case "artifact":
            return f"{at}  {event['kind']}: {event['path']}"
        case "started" | "done" | "cancelled":
            return f"{at}  {event['event']}"
        case "failed":
            return f"{at}  failed: {event['message']}"
    return ""
