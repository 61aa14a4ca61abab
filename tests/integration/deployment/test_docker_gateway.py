"""Rollouts on real container engines: one endpoint, HAProxy in a container before the releases, no request lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from engine.deployment import predict, releases, rollout, targets
from engine.deployment.judge import Verdict
from engine.deployment.plan import Plan
from tests.integration.deployment import engines
from tests.integration.deployment.load import Load
from tests.integration.deployment.program import add_artifact
from tests.integration.deployment.test_ssh_target import until


@pytest.fixture(params=["docker", "podman"])
def running(request, workspace):
    """An engine on which alpha runs at a port of its own."""
    if os.geteuid() != 0 or not shutil.which("podman" if request.param == "podman" else "dockerd"):
        pytest.skip(f"needs root and {request.param}")
    folder = Path(tempfile.mkdtemp(prefix="lse-"))
    engine = engines.podman(folder) if request.param == "podman" else engines.dockerd(folder, 100 + os.getpid() % 100)
    with engine as socket:
        options = {"network": "host"} if request.param == "podman" else {}
        targets.add_target(
            workspace, "engine", f"docker://{socket}", port_base=19100 + os.getpid() % 50 * 10, **options
        )
        for name in ("alpha", "beta"):
            add_artifact(workspace, name)
        yield releases.deploy(workspace, "alpha", "engine")
        with targets.open_target(workspace, "engine") as target:
            target.remove()
            assert target.client.containers.list(all=True) == []


def passing(_old, _new):
    return Verdict("promote", ("It is as good as the old one.",))


@pytest.mark.slow
def test_a_canary_on_an_engine_passes_its_steps_and_no_switch_loses_a_request(workspace, running, image_file):
    first = rollout.start(
        workspace, "beta", "engine", Plan("canary", (50, 100), requests=0), look=passing, interval=0.05
    )
    endpoint = first.endpoint
    assert endpoint != running.endpoint, "the gateway's port is a new one, the first time"
    with Load(endpoint) as load:
        load.wait_for("beta", 5)
        assert releases.deploy(workspace, "alpha", "engine").endpoint == endpoint
        load.wait_for("alpha", 5)
        kept = rollout.start(
            workspace, "beta", "engine", Plan("canary", (50, 100), requests=8), look=passing, interval=0.05
        )
        load.wait_for("beta", 5)
    assert load.failed == []
    assert (kept.state, kept.endpoint) == ("running", endpoint)
    with targets.open_target(workspace, "engine") as target:
        pid = target.gateway()._container().attrs["State"]["Pid"]
        state = [one.state for one in target.status()]
    assert state.count("running") == 1
    subprocess.run(["kill", "-9", str(pid)], check=True)
    assert until(lambda: _model(workspace, image_file)) == "beta", "a gateway that was killed comes up as it was"


@pytest.mark.slow
@pytest.mark.parametrize("running", ["docker"], indirect=True)
def test_a_mirror_on_an_engine_copies_what_the_old_release_is_asked_without_a_failed_request(workspace, running):
    with Load(running.endpoint) as load:
        load.wait_for("alpha", 3)
        begun = rollout.start(workspace, "beta", "engine", Plan("mirror", requests=0), look=passing, interval=0.05)
        assert begun.state == "rolling"
    with targets.open_target(workspace, "engine") as target:
        new = next(one for one in target.status() if one.name == "beta")
        environments = [one.attrs["Config"]["Env"] for one in target.client.containers.list()]
    assert sum(f"LINESIDE_MIRROR_TO={new.own}" in one for one in environments) == 1
    with Load(begun.endpoint) as load:
        load.wait_for("alpha", 3)
        done = rollout.promote(workspace, "engine")
        load.wait_for("beta", 3)
    assert load.failed == []
    assert done.state == "running"


def _model(workspace, file):
    try:
        return predict.predict(workspace, "engine", file)["model"]
    except Exception:
        return ""


def test_an_engine_at_the_other_end_of_a_network_has_no_gateway(workspace):
    targets.add_target(workspace, "far", "docker://192.0.2.1:2375")
    with targets.open_target(workspace, "far") as target:
        assert target.gateway() is None
