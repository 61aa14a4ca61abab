"""Trainings that give way: on battery, while a person works, after a sleep, after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.jobs import Job, collect, read_settings, resume_lost, save_settings, submit, wait
from engine.jobs.clock import WorkClock
from engine.jobs.context import JobContext
from engine.jobs.power import on_battery
from engine.jobs.working import GENTLY, heed_work, note_work, works
from engine.workspace import Workspace
from tests.unit.jobs.test_jobs import LONG, until, until_event, worker_of

SUPPLIES = {
    "desktop with a wireless mouse": ({"hidpp_battery_0": {"type": "Battery", "scope": "Device", "status": "Discharging"}}, False),
    "laptop on battery": ({"BAT0": {"type": "Battery", "status": "Discharging"}, "AC": {"type": "Mains", "online": "0"}}, True),
    "laptop with power": ({"BAT0": {"type": "Battery", "status": "Charging"}, "AC": {"type": "Mains", "online": "1"}}, False),
    "laptop that is full": ({"BAT0": {"type": "Battery", "status": "Full"}, "ucsi": {"type": "USB", "online": "1"}}, False),
    "server": ({}, False),
}  # fmt: skip


def make_supplies(folder: Path, supplies: dict[str, dict[str, str]]) -> None:
    for name, words in supplies.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for word, value in words.items():
            (folder / name / word).write_text(value + "\n")


@pytest.mark.parametrize("machine", SUPPLIES)
def test_only_the_machines_own_battery_counts(machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    supplies, told = SUPPLIES[machine]
    make_supplies(tmp_path / "supplies", supplies)
    monkeypatch.setenv("LINESIDE_POWER_SUPPLY", str(tmp_path / "supplies"))
    assert on_battery() is told


def test_a_job_waits_while_the_plug_is_out_and_goes_on_when_it_is_in_again(
    workspace: Workspace,
    on_cpu: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_supplies(tmp_path / "supplies", SUPPLIES["laptop with power"][0])
    monkeypatch.setenv("LINESIDE_POWER_SUPPLY", str(tmp_path / "supplies"))
    job = submit(workspace, "long", LONG, "Long")
    until(job, "running")
    make_supplies(tmp_path / "supplies", SUPPLIES["laptop on battery"][0])
    assert "battery" in until(job, "paused").message
    make_supplies(tmp_path / "supplies", SUPPLIES["laptop with power"][0])
    until(job, "running")
    job.cancel()
    wait(workspace, job)


def test_a_job_gives_way_while_the_window_is_used_and_its_parts_do_too(
    workspace: Workspace,
    on_cpu: None,
) -> None:
    jobs = workspace.path / "jobs"
    assert not works(jobs)
    note_work(jobs)
    assert works(jobs)
    job = submit(workspace, "long", LONG, "Long")
    until(job, "running")
    while "Gives way" not in job.status().message:
        assert job.status().active
    part = Job(submit(workspace, "count", {"to": 1}, "Part", within=job.id).folder)
    whole, within = JobContext(job.folder), JobContext(part.folder)
    assert 0.01 <= whole.give_way(0.01) < 1
    assert within.give_way(0.01) >= 0.01
    assert whole.give_way(99.0) <= 1.0
    os.utime(jobs / "at-work", (1, 1))
    while (job.folder / GENTLY).exists():
        assert job.status().active
    assert within.give_way(0.01) == 0.0
    job.cancel()
    wait(workspace, job)
    wait(workspace, part)


def test_a_mark_to_give_way_comes_and_goes(tmp_path: Path) -> None:
    heed_work(tmp_path, True)
    heed_work(tmp_path, True)
    assert (tmp_path / GENTLY).exists()
    heed_work(tmp_path, False)
    assert not (tmp_path / GENTLY).exists()


def test_at_the_end_of_the_scale_a_job_runs_when_nobody_else_does(workspace: Workspace, on_cpu: None) -> None:
    save_settings(workspace.path / "jobs", nice=19)
    job = submit(workspace, "long", LONG, "Long")
    until_event(job, "metric")
    worker = worker_of(job)
    assert os.getpriority(os.PRIO_PROCESS, worker) == 19
    assert os.sched_getscheduler(worker) == os.SCHED_IDLE
    group = Path(f"/proc/{worker}/autogroup")
    assert not group.exists() or group.read_text().split()[-1] == "19"
    job.cancel()
    wait(workspace, job)


def test_a_session_weighs_as_its_processes_where_the_system_asks_for_it(tmp_path: Path) -> None:
    def told(file: Path, nice: int) -> int:
        call = (
            f"import os, pathlib, engine.jobs.slots as s; os.nice({nice}); s.weigh_session(pathlib.Path({str(file)!r}))"
        )
        return subprocess.run([sys.executable, "-c", call]).returncode

    file = tmp_path / "autogroup"
    assert told(file, 7) == 0
    assert not file.exists()
    file.write_text("0")
    assert told(file, 0) == 0
    assert file.read_text() == str(os.nice(0) or "0")
    assert told(file, 7) == 0
    assert file.read_text() == str(os.nice(0) + 7)
    refuses = tmp_path / "folder"
    refuses.mkdir()
    assert told(refuses, 7) == 0


CLOCK = """
import sys, time
from engine.jobs.clock import clock
begun, wall = clock(), time.monotonic()
print("ready", flush=True)
sys.stdin.readline()
print(clock() - begun, time.monotonic() - wall, clock.slept, flush=True)
"""


def test_the_clock_of_a_training_stands_still_while_its_process_does() -> None:
    process = subprocess.Popen([sys.executable, "-c", CLOCK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGSTOP)
    process.stdin.write("\n")
    process.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(4.0)  # this time is what is measured
    process.send_signal(signal.SIGCONT)
    counted, wall, slept = map(float, process.stdout.readline().split())
    process.wait()
    assert wall > 4 > slept - 1 > 2
    assert counted == pytest.approx(wall - slept, abs=0.05)


def test_what_a_kill_broke_off_goes_on_at_the_next_start_once_and_only_where_it_came_further(
    workspace: Workspace,
    on_cpu: None,
) -> None:
    job = submit(workspace, "long", {"to": 100_000, "pause": 0.005}, "Long")
    until_event(job, "progress")
    os.kill(worker_of(job), signal.SIGKILL)
    until(job, "killed")
    collect(workspace)
    assert job.status().state == "killed"
    save_settings(workspace.path / "jobs", resume_lost=False)
    assert resume_lost(workspace) == []
    save_settings(workspace.path / "jobs", resume_lost=True)
    assert [found.id for found in resume_lost(workspace)] == [job.id]
    while sum(event["event"] == "started" for event in job.events()[0]) < 2:
        assert job.status().active
    assert resume_lost(workspace) == []
    again = Job(job.folder)
    again.spec["resumed_at"] = 1.0  # as one that was broken off at the same place before
    os.kill(worker_of(job), signal.SIGKILL)
    until(job, "killed")
    (job.folder / "spec.json").write_text(json.dumps(again.spec))
    assert resume_lost(workspace) == []


def test_what_a_person_stopped_or_what_failed_by_itself_is_left(workspace: Workspace, on_cpu: None) -> None:
    stopped = submit(workspace, "long", LONG, "Stopped")
    until_event(stopped, "progress")
    stopped.cancel()
    until(stopped, "cancelled")
    crashed = submit(workspace, "long", LONG, "Crashed")
    until_event(crashed, "progress")
    os.kill(worker_of(crashed), signal.SIGSEGV)
    until(crashed, "killed")
    assert resume_lost(workspace) == []


def test_settings_say_what_they_cannot_be(workspace: Workspace) -> None:
    jobs = workspace.path / "jobs"
    with pytest.raises(UsageError, match="no, window, load"):
        save_settings(jobs, give_way="sometimes")
    (jobs / "settings.json").write_text(
        '{"cpu_slots": 2, "pause_on_battery": false, "nice": 5}'
    )  # of an earlier program
    assert (read_settings(jobs).nice, read_settings(jobs).give_way, read_settings(jobs).resume_lost) == (
        5,
        "window",
        True,
    )


def test_the_clock_never_goes_back_whenever_the_process_stood_still() -> None:
    clock = WorkClock()
    before = clock()
    for ago in (10.0, 3.5, 600.0):  # stopped so long after the last tick, at which nobody asked
        clock._tick -= ago
        now = clock()
        assert before <= now < before + 1
        before = now
