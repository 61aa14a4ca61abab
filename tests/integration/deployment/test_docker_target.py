"""Releases on real container engines: Docker with and without published ports, and podman's socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from engine.deployment import predict, releases, targets
from engine.deployment.errors import ReleaseFailed, TargetUnreachable, WrongPlatform
from tests.integration.deployment import engines
from tests.integration.deployment.program import add_artifact


@pytest.fixture(params=["docker", "docker host network", "podman"])
def engine_target(request, workspace):
    program = "podman" if request.param == "podman" else "dockerd"
    if os.geteuid() != 0 or not shutil.which(program):
        pytest.skip(f"needs root and {program}")
    folder = Path(tempfile.mkdtemp(prefix="lse-"))  # short: a socket's path has at most 107 characters
    start = engines.podman(folder) if program == "podman" else engines.dockerd(
        folder, 0 if "host" in request.param else 100 + os.getpid() % 100)  # fmt: skip
    with start as socket:
        options = {} if request.param == "docker" else {"network": "host"}
        targets.add_target(
            workspace, "engine", f"docker://{socket}", port_base=19100 + os.getpid() % 50 * 10, **options
        )
        yield "engine"
        with targets.open_target(workspace, "engine") as target:
            target.remove()


@pytest.mark.slow
def test_releases_on_an_engine(workspace, engine_target, image_file):
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "beta")
    add_artifact(workspace, "broken", "crash")
    probe = targets.probe_target(workspace, engine_target)
    assert probe.platform.startswith("linux/")
    assert probe.runtimes
    seen = []
    first = releases.deploy(workspace, "alpha", engine_target, lambda *call: seen.append(call))
    assert {call[0] for call in seen} >= {"push", "start", "ready", "switch", "done"}
    assert first.details["mode"] == "docker"
    assert predict.predict(workspace, engine_target, image_file)["model"] == "alpha"
    assert "model alpha starts" in releases.logs(workspace, engine_target)
    with targets.open_target(workspace, engine_target) as opened:
        key = opened.status()[-1].key
        part = opened.log(key, 1)
        assert opened.log(key, after=part.end).lines == () and opened.log(key, after="1").lines[-1:] == part.lines
        assert opened.log(key, before=part.end).lines == opened.log(key).lines[:-1]
    releases.deploy(workspace, "beta", engine_target)
    assert predict.predict(workspace, engine_target, image_file)["model"] == "beta"
    with pytest.raises(ReleaseFailed, match="the weights cannot be read"):
        releases.deploy(workspace, "broken", engine_target)
    assert predict.predict(workspace, engine_target, image_file)["model"] == "beta"
    back = releases.rollback(workspace, engine_target)
    assert back.details["push"]["sent"] == 0, "the engine has it already"
    assert predict.predict(workspace, engine_target, image_file)["model"] == "alpha"
    assert [one.state for one in releases.status(workspace, engine_target).releases].count("running") == 1
    add_artifact(workspace, "arm", platform="linux/riscv64")
    with pytest.raises(WrongPlatform):
        releases.deploy(workspace, "arm", engine_target)


@pytest.mark.slow
def test_a_killed_container_is_started_again(workspace, engine_target, image_file):
    add_artifact(workspace, "alpha")
    releases.deploy(workspace, "alpha", engine_target)
    before = releases.status(workspace, engine_target).running
    subprocess.run(["kill", "-9", str(before.pid)], check=True)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        now = releases.status(workspace, engine_target).running
        if now.state == "running" and now.pid != before.pid:
            break
        time.sleep(0.1)
    assert now.state == "running"
    assert now.pid != before.pid


def test_an_engine_that_is_not_there_is_told(workspace, tmp_path):
    targets.add_target(workspace, "engine", f"docker://{tmp_path}/none.sock")
    with pytest.raises(TargetUnreachable, match="is it running"):
        targets.probe_target(workspace, "engine")
    assert not releases.status(workspace, "engine").reachable
