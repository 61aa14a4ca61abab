"""Jobs by command: seen, read, stopped and gone on with, also while another program holds the workspace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.jobs import Job, submit, wait
from engine.workspace import Workspace

ROOT = Path(__file__).parents[3]
PLUGIN = """
import time
from engine.changes import changed
from engine.jobs import JobFailure
from engine.jobs.kinds import Kind
from engine.plugins import hookimpl

@hookimpl
def lineside_job_kinds():
    return {"tick": Kind("ticking:run", "ticking:ingest", resumable=True)}

def run(context):
    context.log("ticking begins")
    if context.arguments.get("bad") and context.attempt == 1:
        raise JobFailure("The clock is broken; wind it up.", kind="bad_data")
    for number in range(context.arguments["to"]):
        context.should_stop()
        context.metric(number, tick=number)
        context.progress(number / context.arguments["to"], "ticking")
        time.sleep(context.arguments.get("pause", 0.0))
    return {"ticks": context.arguments["to"]}

def ingest(workspace, tx, spec, result):
    tx.execute("INSERT INTO meta VALUES ('ticks', ?)", [str(result["ticks"])])
    return changed(runs="ticked")
"""


@pytest.fixture(autouse=True)
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real plug-in package with a kind of job that ticks."""
    from engine import plugins

    folder = tmp_path / "plugin"
    (folder / "ticking-1.dist-info").mkdir(parents=True)
    (folder / "ticking.py").write_text(textwrap.dedent(PLUGIN))
    (folder / "ticking-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: ticking\nVersion: 1\n")
    (folder / "ticking-1.dist-info" / "entry_points.txt").write_text("[lineside]\nticking = ticking\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(str(folder))
    plugins.manager.cache_clear()
    yield
    plugins.manager.cache_clear()
    sys.modules.pop("ticking", None)


def test_a_job_is_listed_shown_and_read_while_the_workspace_is_held(run, workspace: Workspace) -> None:
    job = submit(workspace, "tick", {"to": 3}, "Tick thrice")
    wait(workspace, job)
    listed = run("-w", workspace.path, "jobs", "list", "--json")
    assert (listed.code, listed.document[0]["id"], listed.document[0]["state"]) == (0, job.id, "done")
    shown = run("-w", workspace.path, "jobs", "show", job.id[:20], "--json").document
    assert shown["result"] == {"ticks": 3}
    logs = run("-w", workspace.path, "jobs", "logs", job.id)
    assert "ticking begins" in logs.out
    assert "step 2: tick 2" in logs.out
    assert run("-w", workspace.path, "jobs", "cancel", job.id).out.strip() == f"{job.id} is done already."
    assert run("-w", workspace.path, "jobs", "resume", job.id).out.strip() == f"{job.id} is done already."


def test_a_job_is_cancelled_and_resumed_by_another_program(run, workspace: Workspace) -> None:
    job = submit(workspace, "tick", {"to": 100_000, "pause": 0.01}, "Tick for long")
    assert run("-w", workspace.path, "jobs", "cancel", job.id).code == 0
    _until(job, "cancelled")
    assert run("-w", workspace.path, "jobs", "show", job.id, "--json").document["state"] == "cancelled"
    assert run("-w", workspace.path, "jobs", "resume", job.id, "--detach", "--json").document["state"] in (
        "queued",
        "running",
    )
    run("-w", workspace.path, "jobs", "cancel", job.id)


def test_a_failed_job_tells_why_and_can_be_resumed(run, workspace: Workspace) -> None:
    job = submit(workspace, "tick", {"to": 2, "bad": True}, "Tick badly")
    wait(workspace, job)
    path = workspace.path
    assert "wind it up" in run("-w", path, "jobs", "list").out
    assert "failed: The clock is broken" in run("-w", path, "jobs", "logs", job.id, "--follow").out
    assert run("-w", path, "jobs", "resume", job.id).code == 4  # waiting for it needs the workspace, which is held here
    workspace.close()
    assert run("-w", path, "jobs", "resume", job.id).out.strip() == "Tick badly: done."
    with Workspace.open(path) as again:
        assert again.query("SELECT value FROM meta WHERE key = 'ticks'") == [("2",)]


def test_the_result_of_a_detached_job_comes_in_with_the_next_command(run, workspace: Workspace) -> None:
    job = submit(workspace, "tick", {"to": 1}, "Tick once")
    path = workspace.path
    workspace.close()
    _until(job, "done")
    assert run("-w", path, "data", "stats").code == 0
    with Workspace.open(path) as again:
        assert again.query("SELECT value FROM meta WHERE key = 'ticks'") == [("1",)]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ending_a_command_stops_the_job_it_waits_for(run, workspace: Workspace, sent: signal.Signals) -> None:
    job = submit(workspace, "tick", {"to": 100_000, "pause": 0.01}, "Tick for long")
    job.cancel()
    _until(job, "cancelled")
    path = workspace.path
    workspace.close()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(ROOT)])}
    command = [sys.executable, "-P", "-m", "app", "-w", str(path), "jobs", "resume", job.id]
    # Tests that run in the background of a shell would hand on that Ctrl-C is ignored.
    process = subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    _until(job, "running")
    process.send_signal(sent)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"lineside jobs resume {job.id}" in told
    _until(job, "cancelled")
    Workspace.open(path).close()


def _until(job: Job, state: str) -> None:
    end = time.monotonic() + 30
    while job.status().state != state:
        assert time.monotonic() < end, job.status()
        time.sleep(0.02)
