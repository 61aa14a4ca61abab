"""Releases on this machine: real processes, real namespaces."""

from __future__ import annotations

import os
import shutil
import signal
import time

import psutil
import pytest

from engine.deployment import predict, releases, targets
from engine.deployment.errors import ReleaseFailed, WrongPlatform
from engine.deployment.logs import LogPart, LogReader
from engine.errors import BadInput, TargetError, UsageError
from tests.integration.deployment.program import add_artifact


def until(condition, seconds=15.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("mode", ["namespaces", "interpreter"])
def test_an_artifact_runs_and_answers(workspace, process_target, image_file, mode):
    add_artifact(workspace, "alpha")
    process_target(mode=mode)
    stages = []
    release = releases.deploy(workspace, "alpha", "local", lambda stage, *_: stages.append(stage))
    answer = predict.predict(workspace, "local", image_file)
    assert release.state == "running"
    assert release.details["mode"] == mode
    assert answer["model"] == "alpha"
    assert answer["bytes"] == image_file.stat().st_size
    assert ("home" in answer["root"]) == (mode == "interpreter"), (
        "in namespaces only the artifact's own files are there"
    )
    assert list(dict.fromkeys(stages)) == ["unpack", "start", "ready", "switch", "done"]
    if mode == "namespaces" and os.geteuid() == 0:
        assert answer["uid"] == 65532


def test_the_new_release_takes_over_and_rollback_brings_the_old_back(workspace, process_target, image_file):
    first = add_artifact(workspace, "alpha")
    add_artifact(workspace, "beta")
    process_target()
    releases.deploy(workspace, "alpha", "local")
    second = releases.deploy(workspace, "beta", "local")
    assert predict.predict(workspace, "local", image_file)["model"] == "beta"
    back = releases.rollback(workspace, "local")
    assert back.artifact == first
    assert back.details["rolled_back"] == second.id
    assert predict.predict(workspace, "local", image_file)["model"] == "alpha"
    assert [release.state for release in releases.list_releases(workspace, "local")] == [
        "running",
        "replaced",
        "replaced",
    ]
    assert [one.current for one in releases.status(workspace, "local").releases if one.state == "running"] == [True]
    with pytest.raises(UsageError, match="first"):
        releases.rollback(workspace, "local")


def test_a_release_that_fails_leaves_the_old_one_running(workspace, process_target, image_file):
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "broken", "crash")
    process_target()
    old = releases.deploy(workspace, "alpha", "local")
    with pytest.raises(ReleaseFailed) as failure:
        releases.deploy(workspace, "broken", "local")
    assert "the weights cannot be read" in str(failure.value)
    newest = releases.list_releases(workspace, "local")[0]
    assert newest.state == "failed"
    assert "the weights cannot be read" in newest.details["log"]
    assert predict.predict(workspace, "local", image_file)["model"] == "alpha"
    assert releases.current_release(workspace, "local").id == old.id


def test_deploying_what_runs_changes_nothing(workspace, process_target):
    add_artifact(workspace, "alpha")
    process_target()
    first = releases.deploy(workspace, "alpha", "local")
    pid = releases.status(workspace, "local").running.pid
    again = releases.deploy(workspace, "alpha", "local")
    assert again.id == first.id
    assert releases.status(workspace, "local").running.pid == pid


def test_a_killed_release_is_started_again_and_told(workspace, process_target, image_file):
    add_artifact(workspace, "alpha")
    process_target()
    releases.deploy(workspace, "alpha", "local")
    before = releases.status(workspace, "local").running
    os.kill(before.pid, signal.SIGKILL)
    after = until(
        lambda: (now := releases.status(workspace, "local").running).restarts and now.state == "running" and now
    )
    assert after.pid != before.pid
    assert "killed by signal 9" in after.message
    assert predict.predict(workspace, "local", image_file)["model"] == "alpha"


def test_a_release_whose_supervisor_and_program_were_killed_is_told_as_stopped(workspace, process_target, image_file):
    add_artifact(workspace, "alpha")
    process_target()
    releases.deploy(workspace, "alpha", "local")
    pid = releases.status(workspace, "local").running.pid
    family = [psutil.Process(pid), *psutil.Process(pid).parents()]
    supervisor = next(process for process in family if "connectors.process.supervisor" in process.cmdline())
    supervisor.kill()
    os.kill(pid, signal.SIGKILL)
    now = until(lambda: (one := releases.status(workspace, "local").running).state == "stopped" and one)
    assert "deploy it again" in now.message
    with pytest.raises(TargetError, match="stopped"):
        predict.predict(workspace, "local", image_file)
    assert releases.deploy(workspace, "alpha", "local").state == "running"


def test_an_artifact_of_another_architecture_is_refused_before_anything_is_unpacked(workspace, process_target):
    add_artifact(workspace, "arm", platform="linux/riscv64")
    process_target()
    with pytest.raises(WrongPlatform, match=r"linux/riscv64.*linux/"):
        releases.deploy(workspace, "arm", "local")
    assert releases.list_releases(workspace) == []
    assert not (workspace.path / "cache" / "rootfs").exists()


def test_of_two_artifacts_of_a_name_the_one_for_the_target_is_taken(workspace, process_target):
    here = add_artifact(workspace, "alpha")
    add_artifact(workspace, "alpha", platform="linux/riscv64")
    process_target()
    assert releases.deploy(workspace, "alpha", "local").artifact == here


def test_what_is_no_image_is_refused_with_the_reason(workspace, process_target, tmp_path):
    add_artifact(workspace, "alpha")
    process_target()
    releases.deploy(workspace, "alpha", "local")
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(BadInput, match="no JPEG or PNG"):
        predict.predict(workspace, "local", tmp_path / "notes.txt")


def test_a_release_drains_when_it_is_removed_and_leaves_nothing(workspace, process_target):
    add_artifact(workspace, "alpha")
    process_target()
    releases.deploy(workspace, "alpha", "local")
    pid = releases.status(workspace, "local").running.pid
    assert "model alpha starts" in releases.logs(workspace, "local")
    targets.remove_target(workspace, "local")
    assert not psutil.pid_exists(pid)
    assert targets.list_targets(workspace) == []
    assert not (workspace.path / "cache" / "targets" / "local").exists()


def test_a_cancelled_deploy_leaves_the_old_release(workspace, process_target, image_file):
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "beta")
    process_target()
    releases.deploy(workspace, "alpha", "local")

    def cancel(stage, *_):
        if stage == "ready":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        releases.deploy(workspace, "beta", "local", cancel)
    assert predict.predict(workspace, "local", image_file)["model"] == "alpha"
    assert [one.state for one in releases.status(workspace, "local").releases].count("running") == 1


def test_only_what_the_last_releases_need_stays_unpacked(workspace, process_target, monkeypatch):
    process_target()
    from connectors.process import target as connector

    monkeypatch.setattr(connector, "YOUNG_S", -1)
    for name in ("one", "two", "three", "four", "five"):
        add_artifact(workspace, name)
        releases.deploy(workspace, name, "local")
    assert len(list((workspace.path / "cache" / "rootfs").iterdir())) == 3
    releases.rollback(workspace, "local")


def test_a_release_ends_when_its_workspace_is_deleted(workspace, process_target):
    add_artifact(workspace, "alpha")
    process_target()
    releases.deploy(workspace, "alpha", "local")
    pid = releases.status(workspace, "local").running.pid
    shutil.rmtree(workspace.path / "cache" / "targets")
    until(lambda: not psutil.pid_exists(pid))


def test_a_log_is_followed_from_release_to_release(workspace, process_target):
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "beta")
    process_target()
    releases.deploy(workspace, "alpha", "local")
    reader = LogReader(workspace, "local")
    part, other = reader.read()
    assert other and "model alpha starts" in part.lines and reader.release.name == "alpha"
    assert reader.read() == (LogPart((), part.end, part.end), False)
    releases.deploy(workspace, "beta", "local")
    part, other = reader.read()
    assert other and part.lines[0] == "model beta starts" and reader.release.name == "beta"
    reader.close()
