"""Takt measured on real targets: real runtimes, a real small network, real image files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli.main import main
from connectors.ssh.link import Link
from engine.deployment import releases, rollout, targets
from engine.deployment.errors import TargetUnreachable
from engine.deployment.takt import measure_takt, takt_ms
from engine.errors import BadInput, UsageError
from tests.integration.deployment.program import add_artifact
from tests.integration.deployment.served import add_packaged, picture

REQUESTS = 300


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for blue in range(0, 250, 50):
        (folder / f"part {blue:03d}.png").write_bytes(picture(blue))
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff torn")
    return folder


def left(workspace, target):
    with targets.open_target(workspace, target) as opened:
        return [one.key for one in opened.status()]


def test_the_most_exact_precision_on_the_fewest_threads_takes_over_and_its_history_says_why(
    kit, workspace, process_target, tmp_path, images
):
    add_packaged(workspace, kit, tmp_path, "int8", "fp32")
    process_target(mode="interpreter")
    found = measure_takt(workspace, "parts", "local", 10_000, source=str(images), requests=REQUESTS)
    assert [row.precision for row in found.rows] == sorted(
        (row.precision for row in found.rows), key=["fp32", "int8"].index
    )
    assert all(
        row.meets and row.requests == REQUESTS and row.least_ms <= row.p99_ms <= row.most_ms for row in found.rows
    )
    assert (found.chosen.precision, found.chosen.threads, found.beside) == ("fp32", 1, "")
    assert "bf16" in found.left_out
    assert found.unreadable[0].startswith("torn.jpg is not taken:")
    assert left(workspace, "local") == []
    release = releases.deploy(workspace, found.chosen.digest, "local", notes=found.notes)
    assert release.details["environment"] == {"LINESIDE_THREADS": "1"}
    assert "Takt 10000 ms: FP32 with threads: 1 answers" in " ".join(rollout.history(workspace, "local")[0]["why"])
    with targets.open_target(workspace, "local") as opened:
        pid = opened.status()[0].pid
    assert b"LINESIDE_THREADS=1" in Path(f"/proc/{pid}/environ").read_bytes()
    assert releases.deploy(workspace, "parts:3-fp32", "local").id == release.id, "what runs is not started anew"


def test_where_nothing_is_in_time_the_figures_are_told_and_nothing_changes(workspace, kit, tmp_path, images, capsys):
    add_packaged(workspace, kit, tmp_path, "fp32")
    targets.add_target(workspace, "local", "process://local", mode="interpreter")
    workspace.close()
    line = ["-w", str(workspace.path), "deploy", "parts", "local", "--takt", "1us", "--from", str(images), "--json"]
    assert main(line) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["chosen"] is None
    assert "nothing was deployed" in document["refused"]
    assert all(row["requests"] == 100 and row["most_ms"] is None and not row["meets"] for row in document["rows"])
    with workspace.open(workspace.path) as again:
        assert releases.list_releases(again) == []
        assert left(again, "local") == []


@pytest.mark.parametrize("text", ["0ms", "5 parsecs", "-3ms", "ms", "12", "1e9s", "999999min", "１２ms"])
def test_a_takt_is_a_time_above_zero(text):
    with pytest.raises(UsageError, match="is no takt"):
        takt_ms(text)


def test_a_takt_is_read_in_its_unit():
    assert [takt_ms(text) for text in ("120ms", "0.5 s", "1min", "250us")] == [120, 500, 60_000, 0.25]


def test_images_that_the_model_does_not_take_are_named(workspace, kit, process_target, tmp_path, images):
    add_packaged(workspace, kit, tmp_path, "fp32")
    process_target(mode="interpreter")
    for path in images.glob("*.png"):
        path.unlink()
    with pytest.raises(BadInput, match=r"torn\.jpg is not taken"):
        measure_takt(workspace, "parts", "local", 100, source=str(images))
    assert left(workspace, "local") == []


def test_on_a_bare_box_it_is_measured_beside_what_runs_and_leaves_nothing_when_it_is_cancelled_or_lost(
    kit, workspace, add_box, tmp_path, images, monkeypatch
):
    box, name = add_box()
    tunnels, tunnel = [], Link.tunnel
    monkeypatch.setattr(Link, "tunnel", lambda link, *to: tunnels.append(to) or tunnel(link, *to))
    add_packaged(workspace, kit, tmp_path, "fp32")
    seen = targets.probe_target(workspace, name)
    assert 22 in seen.ports
    assert 22 in seen.reachable
    assert abs(seen.clock_skew_s) <= seen.clock_within_s + 0.01
    before = releases.deploy(workspace, "parts", name).details["key"]
    tunnels.clear()
    found = measure_takt(workspace, "parts", name, 0.001, source=str(images))
    assert len(tunnels) < 50, "requests share a stream; only those before it was ready had one each"
    assert (found.chosen, found.beside) == (None, "parts:3")
    assert found.rows[0].requests == 100
    assert found.rows[0].seen_ms > found.rows[0].p99_ms > 0, "the way there is not in it"

    def at_forty(do):
        return lambda stage, done, *_: do() if (stage, done) == ("takt", 40) else None

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_takt(workspace, "parts", name, 100, at_forty(interrupt), source=str(images))
    assert left(workspace, name) == [before]
    assert box.run("ls /var/lib/lineside/releases").split() == [before]
    with pytest.raises(TargetUnreachable, match="was lost while FP32 on 1 thread was measured"):
        measure_takt(workspace, "parts", name, 100, at_forty(lambda: box.link("down")), source=str(images))


def test_a_clock_that_is_wrong_by_years_is_told_by_probe_and_before_a_deploy(workspace, add_box, tmp_path):
    box, name = add_box()
    real = box.root / "usr/bin/date.real"
    (box.root / "usr/bin/date").rename(real)
    (box.root / "usr/bin/date").write_text('#!/bin/sh\nexec date.real -d "@$(($(date.real +%s) - 800000000))" "$@"\n')
    (box.root / "usr/bin/date").chmod(0o755)
    assert "25 years behind" in targets.probe_target(workspace, name).notes[0]
    add_artifact(workspace, "alpha")
    told = []
    releases.deploy(workspace, "alpha", name, lambda *call: told.append(call))
    stages = [stage for stage, *_ in told]
    assert stages.index("note") < stages.index("push")
    assert "look not yet valid" in told[stages.index("note")][3]


def test_what_a_killed_workbench_was_measuring_ends_by_itself(workspace, kit, tmp_path, images):
    add_packaged(workspace, kit, tmp_path, "fp32")
    targets.add_target(workspace, "local", "process://local", mode="interpreter")
    path = workspace.path
    workspace.close()
    code = """if True:
        import sys
        from engine.deployment import takt, trial
        from engine.workspace import Workspace
        trial.IDLE_S = 1
        def show(stage, done, *_):
            if stage == "takt" and done == 20:
                print("asking", flush=True)
                sys.stdin.read()
        takt.measure_takt(Workspace.open(sys.argv[1]), "parts", "local", 100, show, source=sys.argv[2])
    """
    child = subprocess.Popen([sys.executable, "-c", code, path, images], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"asking\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    releases_folder = path / "cache" / "targets" / "local" / "releases"
    assert list(releases_folder.iterdir())
    end = time.monotonic() + 30
    while list(releases_folder.iterdir()):
        assert time.monotonic() < end, "it still runs"
        time.sleep(0.1)
