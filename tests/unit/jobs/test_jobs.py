"""A job as a person sees it: it goes on, is told to stop, is killed, runs out of memory, is picked up again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.jobs import (
    Job,
    JobStatus,
    QueueSettings,
    collect,
    get_job,
    list_jobs,
    read_settings,
    save_settings,
    submit,
    wait,
)
from engine.jobs.slots import heed_power, slot_names
from engine.workspace import Workspace

PLUGIN = """
import os, time
from engine.changes import changed
from engine.jobs import JobFailure
from engine.jobs.kinds import Kind
from engine.plugins import hookimpl

@hookimpl
def lineside_job_kinds():
    return {"count": Kind("counting:run", "counting:ingest", resumable=True), "fail": Kind("counting:fail", "counting:ingest"),
            "long": Kind("counting:run", "counting:ingest", resumable=True, queued=True)}

def run(context):
    path = context.folder / "reached"
    start = int(path.read_text()) if path.exists() else 0
    for number in range(start, context.arguments["to"]):
        context.should_stop()
        context.wait_if_paused()
        context.metric(number, value=number * 2)
        context.progress((number + 1) / context.arguments["to"], f"at {number}")
        path.write_text(str(number + 1))
        time.sleep(context.arguments.get("pause", 0.0))
    return {"sum": context.arguments["to"], "attempt": context.attempt}

def fail(context):
    what = context.arguments["what"]
    if what == "memory":
        held = [bytearray(1 << 40)]
    if what == "known":
        raise JobFailure("The loss is not a number since step 3; use a smaller learning rate.", kind="not_a_number")
    if what == "exit":
        os._exit(7)
    raise RuntimeError("something odd")

def ingest(workspace, tx, spec, result):
    tx.execute("INSERT INTO meta VALUES ('counted', ?)", [str(result["sum"])])
    return changed(runs="counted")
"""


@pytest.fixture(autouse=True)
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real plug-in package with two kinds of job, found by this process and by the workers."""
    folder = tmp_path / "plugin"
    (folder / "counting-1.dist-info").mkdir(parents=True)
    (folder / "counting.py").write_text(textwrap.dedent(PLUGIN))
    (folder / "counting-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: counting\nVersion: 1\n")
    (folder / "counting-1.dist-info" / "entry_points.txt").write_text("[lineside]\ncounting = counting\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.syspath_prepend(str(folder))
    from engine import plugins

    plugins.manager.cache_clear()
    yield
    plugins.manager.cache_clear()
    sys.modules.pop("counting", None)


def until(job: Job, reached: str, limit: float = 20.0) -> JobStatus:
    deadline = time.monotonic() + limit
    while (status := job.status()).state != reached:
        assert time.monotonic() < deadline, f"still {status}"
        time.sleep(0.02)
    return status


def until_event(job: Job, event: str) -> None:
    deadline = time.monotonic() + 20
    while not any(found["event"] == event for found in job.events()[0]):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextlib.contextmanager
def holding(path: Path) -> Iterator[None]:
    """The lock as a running worker holds it; it is let go by the worker only a moment after its result."""
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def worker_of(job: Job) -> int:
    return next(event["pid"] for event in reversed(job.events()[0]) if event["event"] == "started")


def test_a_finished_job_is_ingested_once_and_its_events_are_in_order(workspace: Workspace) -> None:
    seen = []
    job = submit(workspace, "count", {"to": 5}, "Count to five")
    status = wait(workspace, job, seen.append)
    assert (status.state, status.fraction) == ("done", 1.0)
    assert [event["values"]["value"] for event in seen if event["event"] == "metric"] == [0, 2, 4, 6, 8]
    assert seen[-1]["event"] == "done"
    assert not collect(workspace)
    assert workspace.query("SELECT value FROM meta WHERE key = 'counted'") == [("5",)]
    assert workspace.query("SELECT action FROM tx") == [("Count to five",)]


def test_a_job_is_done_when_its_last_event_is_written_too(workspace: Workspace) -> None:
    job = submit(workspace, "count", {"to": 1}, "Count to one")
    wait(workspace, job)
    events = job.folder / "events.jsonl"
    whole = events.read_bytes()
    events.write_bytes(whole[: whole.rindex(b"\n", 0, -1) + 1])
    with holding(job.folder / "alive.lock"):
        assert job.status().state == "running"
        events.write_bytes(whole)
        assert job.status().state == "done"
    events.write_bytes(b"")
    assert job.status().state == "done"


def test_a_job_outlives_the_program_that_started_it(workspace: Workspace) -> None:
    path = workspace.path
    workspace.close()
    code = "import sys; from engine.workspace import Workspace; from engine.jobs import submit\n"
    code += "with Workspace.open(sys.argv[1]) as ws: print(submit(ws, 'count', {'to': 20, 'pause': 0.05}, 'Count').id)"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    with Workspace.open(path) as again:
        job = get_job(again, done.stdout.strip())
        assert wait(again, job).state == "done"
        assert again.query("SELECT value FROM meta WHERE key = 'counted'") == [("20",)]


def test_a_cancelled_job_says_so_and_goes_on_where_it_was_when_resumed(workspace: Workspace) -> None:
    job = submit(workspace, "count", {"to": 40, "pause": 0.02}, "Count")
    until_event(job, "progress")
    job.cancel()
    assert until(job, "cancelled").error == ""
    reached = int((job.folder / "reached").read_text())
    job.resume()
    assert wait(workspace, job).state == "done"
    assert job.result() == {"sum": 40, "attempt": 2}
    steps = [event["step"] for event in job.events()[0] if event["event"] == "metric"]
    assert steps == list(range(40))
    assert 0 < reached < 40


def test_a_paused_job_waits_and_goes_on(workspace: Workspace) -> None:
    job = submit(workspace, "count", {"to": 30, "pause": 0.02}, "Count")
    until_event(job, "metric")
    job.pause()
    assert until(job, "paused")
    job.resume()
    assert wait(workspace, job).state == "done"


@pytest.mark.parametrize("victim", ["worker", "supervisor"])
def test_a_killed_job_is_told_as_killed_and_can_be_resumed(workspace: Workspace, victim: str) -> None:
    job = submit(workspace, "count", {"to": 40, "pause": 0.05}, "Count")
    until_event(job, "metric")
    pid = worker_of(job)
    if victim == "supervisor":
        pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(pid, signal.SIGKILL)
    status = until(job, "killed")
    assert ("SIGKILL" in status.error) == (victim == "worker")
    assert "resume" in status.error
    job.resume()
    assert wait(workspace, job).state == "done"


@pytest.mark.parametrize(
    ("what", "state", "words"),
    [
        ("memory", "out_of_memory", "memory"),
        ("known", "failed", "not a number since step 3"),
        ("odd", "failed", "RuntimeError: something odd"),
        ("exit", "failed", "code 7"),
    ],
)
def test_a_failure_is_told_in_its_own_words(workspace: Workspace, what: str, state: str, words: str) -> None:
    job = submit(workspace, "fail", {"what": what}, "Fail")
    status = wait(workspace, job)
    assert status.state == state
    assert words in status.error
    assert workspace.query("SELECT count(*) FROM job") == [(0,)]


def test_unknown_kinds_and_jobs_are_refused_by_name(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="dance"):
        submit(workspace, "dance", {}, "Dance")
    with pytest.raises(UsageError, match="no job “x”"):
        get_job(workspace, "x")
    assert list_jobs(workspace) == []


LONG = {"to": 100_000, "pause": 0.01}


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """One slot, whatever this machine has."""
    monkeypatch.setenv("LINESIDE_DEVICE", "cpu")


def test_long_jobs_run_one_after_the_other_in_the_order_given(workspace: Workspace, on_cpu: None) -> None:
    first = submit(workspace, "long", LONG, "First")
    until(first, "running")
    second, third = (submit(workspace, "long", {"to": 3}, title) for title in ("Second", "Third"))
    assert "until another training ends" in until(second, "waiting").message
    until(third, "waiting")
    assert submit(workspace, "count", {"to": 1}, "Short").id
    assert third.status().message == "Waits for its turn, 1 before it"
    first.cancel()
    assert wait(workspace, third).state == "done"
    assert second.status().state == "done"
    ended = [job.events()[0][0]["at"] for job in (second, third)]
    assert ended == sorted(ended)
    assert second.events()[0][-1]["at"] <= third.events()[0][0]["at"]


def test_a_waiting_job_is_cancelled_without_having_begun(workspace: Workspace, on_cpu: None) -> None:
    first = submit(workspace, "long", LONG, "First")
    until(first, "running")
    second = submit(workspace, "long", {"to": 3}, "Second")
    until(second, "waiting")
    second.cancel()
    assert until(second, "cancelled")
    assert second.events()[0] == []
    first.cancel()
    second.resume()
    assert wait(workspace, second).state == "done"


def test_a_job_that_was_killed_while_it_waited_is_put_back_and_a_killed_one_frees_its_slot(
    workspace: Workspace, on_cpu: None
) -> None:
    first = submit(workspace, "long", LONG, "First")
    until(first, "running")
    until_event(first, "started")
    second = submit(workspace, "long", {"to": 3}, "Second")
    until(second, "waiting")
    from engine.jobs import job as jobs

    os.kill(jobs._started[-1].pid, signal.SIGKILL)  # its supervisor, as a power cut ends it
    until(second, "killed")
    collect(workspace)
    until(second, "waiting")
    os.kill(worker_of(first), signal.SIGKILL)
    assert wait(workspace, second).state == "done"


def test_a_part_of_a_job_shares_its_slot_but_waits_as_others_do_when_that_job_has_ended(
    workspace: Workspace, on_cpu: None
) -> None:
    whole = submit(workspace, "long", LONG, "Whole")
    until(whole, "running")
    assert until(submit(workspace, "long", {"to": 3}, "Part", within=whole.id), "done")
    assert whole.status().state == "running"
    whole.cancel()
    until(whole, "cancelled")
    other = submit(workspace, "long", LONG, "Other")
    until(other, "running")
    late = submit(workspace, "long", {"to": 3}, "Late part", within=whole.id)
    until(late, "waiting")
    other.cancel()
    assert wait(workspace, late).state == "done"


def test_more_slots_let_a_waiting_job_begin(workspace: Workspace, on_cpu: None) -> None:
    first = submit(workspace, "long", LONG, "First")
    until(first, "running")
    second = submit(workspace, "long", {"to": 3}, "Second")
    until(second, "waiting")
    save_settings(workspace.path / "jobs", cpu_slots=2)
    assert wait(workspace, second).state == "done"
    assert first.status().state == "running"
    first.cancel()
    wait(workspace, first)


def test_a_job_waits_on_battery_and_goes_on_with_power_but_a_persons_pause_stays(
    workspace: Workspace, on_cpu: None
) -> None:
    job = submit(workspace, "long", LONG, "First")
    until(job, "running")
    heed_power(job.folder, QueueSettings(), on_battery=True)
    assert "battery" in until(job, "paused").message
    heed_power(job.folder, QueueSettings(), on_battery=False)
    until(job, "running")
    heed_power(job.folder, QueueSettings(pause_on_battery=False), on_battery=True)
    assert job.status().state == "running"
    job.pause()
    heed_power(job.folder, QueueSettings(), on_battery=False)
    assert job.status().state == "paused"
    job.cancel()
    wait(workspace, job)


def test_settings_of_the_queue_are_kept_checked_and_usual_when_damaged(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = workspace.path / "jobs"
    assert read_settings(jobs) == QueueSettings(1, True, 0)
    assert save_settings(jobs, nice=10).nice == read_settings(jobs).nice == 10
    for wrong in ({"nice": 20}, {"nice": -1}, {"cpu_slots": 0}):
        with pytest.raises(UsageError):
            save_settings(jobs, **wrong)
    monkeypatch.setenv("LINESIDE_DEVICE", "cpu")
    assert slot_names(QueueSettings(cpu_slots=2)) == ["cpu-0", "cpu-1"]
    (jobs / "settings.json").write_text("{")
    assert read_settings(jobs) == QueueSettings()
