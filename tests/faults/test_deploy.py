"""Faults of a deploy, made for real: a cut link, a full disk, a damaged blob, a killed workbench."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from engine.deployment import predict, releases, targets
from engine.deployment.errors import DigestMismatch, DiskFull, TargetUnreachable
from engine.deployment.image import images
from engine.errors import BadInput
from engine.workspace import Workspace
from tests.integration.deployment.conftest import add_box, image_file, process_target  # noqa: F401
from tests.integration.deployment.program import add_artifact

MODEL_BYTES = 6_000_000


def push_bytes(calls):
    return sum(done for stage, done, _, _ in calls if stage == "push")


@pytest.mark.slow
def test_a_push_goes_on_where_a_cut_link_left_it(workspace, add_box, image_file):  # noqa: F811
    box, name = add_box()
    add_artifact(workspace, "alpha", padding=MODEL_BYTES)
    box.rate("12mbit")
    cut_at, cuts = random.uniform(0.2, 0.6), []

    def watch(stage, done, total, _digest):
        if stage == "push" and not cuts and total > 10_000_000 and done > cut_at * total:
            cuts.append(done)
            box.link("down")
            threading.Timer(5, box.link, ["up"]).start()

    release = releases.deploy(workspace, "alpha", name, watch)
    pushed = release.details["push"]
    assert len(cuts) == 1
    assert pushed["retries"] >= 1
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"


@pytest.mark.slow
def test_a_push_that_was_given_up_is_resumed_by_the_next_deploy(workspace, add_box, image_file):  # noqa: F811
    box, name = add_box(user="edge")
    add_artifact(workspace, "alpha", padding=MODEL_BYTES)
    box.rate("40mbit")

    def cancel(stage, done, total, _digest):
        if stage == "push" and total > 10_000_000 and done > 0.4 * total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        releases.deploy(workspace, "alpha", name, cancel)
    assert releases.list_releases(workspace)[0].state == "failed"
    release = releases.deploy(workspace, "alpha", name)
    assert release.details["push"]["resumed"] > 3_000_000
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"


@pytest.mark.slow
def test_a_link_that_stays_cut_is_told_in_seconds_and_the_old_release_still_runs(workspace, add_box, image_file):  # noqa: F811
    box, name = add_box()
    add_artifact(workspace, "alpha")
    add_artifact(workspace, "beta", padding=MODEL_BYTES)
    releases.deploy(workspace, "alpha", name)
    box.rate("20mbit")

    def cut(stage, done, total, _digest):
        if stage == "push" and done > 0.3 * total > 1_000_000:
            box.link("down")

    began = time.monotonic()
    with pytest.raises(TargetUnreachable, match=box.address):
        releases.deploy(workspace, "beta", name, cut)
    assert time.monotonic() - began < 90
    box.link("up")
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"


def test_a_full_disk_is_told_before_anything_is_sent(workspace, add_box):  # noqa: F811
    _box, name = add_box(root="/data/lineside")
    add_artifact(workspace, "alpha")
    sent = []
    with pytest.raises(DiskFull, match=r"MB free in /data/lineside.*MB more"):
        releases.deploy(workspace, "alpha", name, lambda *call: sent.append(call))
    assert push_bytes(sent) == 0


@pytest.mark.parametrize("size", ["16m", "30m"])
def test_a_disk_that_fills_on_the_way_is_told_as_such(workspace, add_box, size):  # noqa: F811
    """With 16 MB others fill the disk during the push; with 30 MB it has room for the layers but not unpacked."""
    box, name = add_box(root="/data/lineside", data_size=size)
    add_artifact(workspace, "alpha")

    def fill(stage, done, *_):
        if size == "16m" and stage == "push" and not done:
            box.run("fallocate -l 6M /data/other 2>/dev/null || true")

    with pytest.raises(DiskFull, match="is full in /data/lineside"):
        releases.deploy(workspace, "alpha", name, fill)
    assert releases.list_releases(workspace)[0].state == "failed"
    assert releases.status(workspace, name).running is None


def test_a_blob_that_was_swapped_on_the_box_is_noticed_and_sent_anew(workspace, add_box, image_file):  # noqa: F811
    box, name = add_box()
    digest = add_artifact(workspace, "alpha", padding=100_000)
    layer = images(workspace.path / "artifacts", digest)[0].layers[-1]
    folder = "/var/lib/lineside/blobs/sha256"
    box.run(f"mkdir -p {folder}; head -c 50000 /dev/urandom > {folder}/{layer.hex}.part")
    release = releases.deploy(workspace, "alpha", name)
    assert release.details["push"]["resumed"] == 50_000
    assert predict.predict(workspace, name, image_file)["model"] == "alpha"


def test_a_blob_that_is_damaged_here_never_runs(workspace, add_box, process_target):  # noqa: F811
    _box, name = add_box()
    process_target()
    digest = add_artifact(workspace, "alpha", padding=100_000)
    image = images(workspace.path / "artifacts", digest)[0]
    path = image.path(image.layers[-1])
    content = bytearray(path.read_bytes())
    content[60_000] ^= 1
    path.write_bytes(content)
    with pytest.raises((DigestMismatch, BadInput)):
        releases.deploy(workspace, "alpha", name)
    with pytest.raises(BadInput, match="damaged"):
        releases.deploy(workspace, "alpha", "local")
    assert releases.status(workspace, name).running is None


DEPLOY = """
import sys
from engine.deployment import releases
from engine.workspace import Workspace
name = sys.stdin.readline().strip()
with Workspace.open(sys.argv[1]) as workspace:
    print("opened", flush=True)
    releases.deploy(workspace, name, "local")
"""


def workbench(path):
    """One that has loaded all that it needs, and deploys what is written to it."""
    return subprocess.Popen(
        [sys.executable, "-c", DEPLOY, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_a_workbench_killed_at_any_moment_of_a_deploy_leaves_a_whole_release(tmp_path, image_file):  # noqa: F811
    """Twenty kills at random moments, alternating between two artifacts: one answers, and a next deploy succeeds."""
    path = tmp_path / "workspace"
    with Workspace.create(path) as workspace:
        add_artifact(workspace, "alpha")
        add_artifact(workspace, "beta")
        targets.add_target(workspace, "local", "process://local", port_base=28000 + os.getpid() % 400 * 20)
        releases.deploy(workspace, "alpha", "local")
    benches = [workbench(path)]
    for turn in range(20):
        benches.append(workbench(path))  # loads while the one before it works
        process = benches[turn]
        print(("beta", "alpha")[turn % 2], file=process.stdin, flush=True)
        process.stdout.readline()
        time.sleep(random.uniform(0, 1.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        with Workspace.open(path) as again:
            assert predict.predict(again, "local", image_file)["model"] in ("alpha", "beta")
    benches[-1].kill()
    with Workspace.open(path) as again:
        for name in ("alpha", "beta"):
            releases.deploy(again, name, "local")
            assert predict.predict(again, "local", image_file)["model"] == name
        status = releases.status(again, "local")
        assert [one.state for one in status.releases].count("running") == 1, (
            "no release of a killed deploy is left over"
        )
        assert status.message == ""
        targets.remove_target(again, "local")
