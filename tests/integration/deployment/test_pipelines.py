"""Pipelines in real releases: taken over by a switch, given back by a rollback, killed in the middle."""

from __future__ import annotations

import csv
import itertools
import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from app.cli.main import main
from engine.deployment import pipelines, releases, rollout, targets
from engine.deployment.judge import Verdict
from engine.deployment.plan import plan_of
from engine.errors import TargetError
from engine.packaging.artifacts import get_artifact
from engine.packaging.oci import Layout
from engine.packaging.trust.sbom import sbom_of
from engine.serving.pipeline.document import pipeline_of
from engine.workspace import Workspace
from tests.integration.deployment import engines
from tests.integration.deployment.served import add_packaged, add_served, picture
from tests.integration.deployment.test_process_target import until
from tests.unit.serving.pipeline.conftest import write_video


class Place:
    """A line's folders, and a pipeline from one to another."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("in", "out"):
            (folder / name).mkdir(parents=True)
        self.numbers = itertools.count()

    def document(self, name="line-1", inside=None, **changes):
        """`inside`: the folder as the release's machine has it."""
        inside = inside or self.folder
        return {
            "name": name,
            "source": {"kind": "folder", "folder": str(inside / "in"), "settle": 0},
            "rule": {"reject": ["count() > 0"]},
            "sinks": [
                {"name": "table", "kind": "csv", "file": str(inside / "out" / "results.csv")},
                {"name": "sorted", "kind": "folder", "folder": str(inside / "out")},
            ],
            **changes,
        }

    def put(self, number):
        for count in itertools.islice(self.numbers, number):
            hidden = self.folder / "in" / f".{count:04d}.png"
            hidden.write_bytes(picture(count % 250))
            hidden.rename(self.folder / "in" / f"{count:04d}.png")

    def rows(self):
        table = self.folder / "out" / "results.csv"
        if not table.exists():
            return []
        with table.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def assert_each_once(self, number):
        until(lambda: len({row["image"] for row in self.rows()}) >= number, 40)
        names = Counter(row["image"] for row in self.rows())
        assert names == Counter(f"{count:04d}.png" for count in range(number))
        kept = Counter(path.name.split("-")[0] for path in (self.folder / "out").glob("*/*.png"))
        until(lambda: len(list((self.folder / "out").glob("*/*.png"))) >= number)
        assert set(kept.values()) <= {1}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "line")


@pytest.fixture
def feeding(place):
    """Puts a picture into the folder every few milliseconds, until told to stop; answers how many there were."""
    stopping = threading.Event()

    def feed():
        while not stopping.is_set():
            place.put(1)
            time.sleep(0.06)

    thread = threading.Thread(target=feed)
    thread.start()

    def stop():
        stopping.set()
        thread.join()
        return next(place.numbers)

    yield stop
    stop()


def test_a_switch_and_a_rollback_hand_the_pipeline_over_without_a_picture_lost_or_doubled(
    workspace, process_target, tmp_path, place, feeding
):
    process_target(mode="interpreter")
    for name in ("alpha", "beta"):
        add_served(workspace, name, tmp_path)
    first = releases.deploy(workspace, "alpha", "local", pipeline=pipeline_of(place.document()))
    until(lambda: len(place.rows()) > 5)
    again = releases.deploy(workspace, "alpha", "local", pipeline=pipeline_of(place.document()))
    assert again.id == first.id, "the same document is the same release"
    second = releases.deploy(workspace, "beta", "local", pipeline=pipeline_of(place.document("line-2")))
    seen = len(place.rows())
    until(lambda: len(place.rows()) > seen + 5)
    assert pipelines.status(workspace, "local")["name"] == "line-2"
    releases.rollback(workspace, "local")
    seen = len(place.rows())
    until(lambda: len(place.rows()) > seen + 5)
    status = pipelines.status(workspace, "local")
    assert (status["name"], status["state"]) == ("line-1", "running")
    place.assert_each_once(feeding())
    assert {row["release"] for row in place.rows()} == {first.artifact, second.artifact}


def test_while_a_release_is_rolled_out_the_old_ones_pipeline_runs_and_with_its_promotion_the_new_ones(
    workspace, process_target, tmp_path, place, feeding
):
    process_target(mode="interpreter")
    for name in ("alpha", "beta"):
        add_served(workspace, name, tmp_path)
    first = releases.deploy(workspace, "alpha", "local", pipeline=pipeline_of(place.document()))
    passing = Verdict("promote", ("It is as good.",))
    line = pipeline_of(place.document("line-2"))
    second = rollout.start(
        workspace,
        "beta",
        "local",
        plan_of(header="X-Line=new", pace="0"),
        look=lambda *_: passing,
        interval=0.1,
        pipeline=line,
    )
    assert second.state == "rolling"
    seen = len(place.rows())
    until(lambda: len(place.rows()) > seen + 3)
    assert {row["release"] for row in place.rows()} == {first.artifact}
    rollout.promote(workspace, "local")
    until(lambda: place.rows()[-1]["release"] == second.artifact)
    assert pipelines.status(workspace, "local")["name"] == "line-2"
    place.assert_each_once(feeding())


def test_an_artifact_with_a_pipeline_is_one_small_layer_more_signed_and_not_meant_by_a_name(
    workspace, process_target, tmp_path, place, memory_keyring
):
    process_target(mode="interpreter")
    plain = add_served(workspace, "alpha", tmp_path)
    release = releases.deploy(workspace, "alpha", "local", pipeline=pipeline_of(place.document()))
    layout = Layout(workspace.path / "artifacts")
    before, after = layout.read_json(plain), layout.read_json(release.artifact)
    assert after["layers"][:-1] == before["layers"]
    assert after["layers"][-1]["size"] < 2000
    assert release.details["signed"]
    assert get_artifact(workspace, "alpha").digest == plain
    assert get_artifact(workspace, release.artifact[7:19]).details["pipeline"]["of"] == plain
    until(lambda: pipelines.status(workspace, "local")["state"] == "running")
    releases.deploy(workspace, "alpha", "local")
    with pytest.raises(TargetError, match="No pipeline runs here"):
        pipelines.status(workspace, "local")


def test_a_killed_release_goes_on_where_it_was(workspace, process_target, tmp_path, place, feeding):
    process_target(mode="interpreter")
    add_served(workspace, "alpha", tmp_path)
    releases.deploy(workspace, "alpha", "local", pipeline=pipeline_of(place.document()))
    for _ in range(3):
        seen = len(place.rows())
        until(lambda seen=seen: len(place.rows()) > seen + 10, 40)
        with targets.open_target(workspace, "local") as opened:
            os.kill(next(one.pid for one in opened.status() if one.current), signal.SIGKILL)
    place.assert_each_once(feeding())


def test_a_release_that_is_not_live_takes_nothing(workspace, process_target, tmp_path, place):
    process_target(mode="interpreter")
    add_served(workspace, "alpha", tmp_path)
    with targets.open_target(workspace, "local") as opened:
        pipeline = pipeline_of(place.document())
        _, image, _ = releases.choose(
            workspace, opened, [get_artifact(workspace, "alpha").digest], "alpha", pipeline=pipeline
        )
        opened.push(image, releases.nothing)
        from engine.deployment.target import ReleaseSpec

        started = opened.prepare(ReleaseSpec("other-1", "alpha", image), releases.nothing)
        place.put(3)
        time.sleep(0.6)
        assert json.loads(opened.request(started.endpoint, "GET", "/pipeline")[1])["state"] == "waiting"
        assert place.rows() == []
        opened.switch("other-1")
    place.assert_each_once(3)


@pytest.fixture
def closed(tmp_path):
    """A workspace with “alpha” and the target “local” that nobody has open: its folder."""
    path = tmp_path / "closed"
    with Workspace.create(path) as workspace:
        targets.add_target(
            workspace, "local", "process://local", mode="interpreter", port_base=29000 + os.getpid() % 400 * 20
        )
        add_served(workspace, "alpha", tmp_path)
    yield path
    with Workspace.open(path) as workspace, targets.open_target(workspace, "local") as target:
        target.remove()


def test_commands_deploy_a_pipeline_and_tell_how_it_does(closed, tmp_path, place, capsys):
    file = tmp_path / "line.json"
    file.write_text(json.dumps(place.document()))
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(place.document(rule={"reject": ['count(label="shrt") > 0']})))
    line = ["-w", str(closed)]
    place.put(2)
    assert main([*line, "deploy", "alpha", "local", "--pipeline", str(file)]) == 0
    place.assert_each_once(2)
    assert main([*line, "deploy", "alpha", "local", "--pipeline", str(bad)]) == 5
    assert "about the label “shrt”" in capsys.readouterr().err
    assert main([*line, "pipeline", "status", "local", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["counts"]["taken"] == 2
    assert [sink["sent"] for sink in status["sinks"]] == [2, 2]


def assert_runs_in_a_box(workspace, target, line, inside):
    """An artifact as it is packaged, alone with its own root: it finds the line's folders, and them alone."""
    missing = {**line.document(inside=inside), "source": {"kind": "folder", "folder": "/srv/nothing/in"}}
    with pytest.raises(TargetError, match="/srv/nothing/in"):
        releases.deploy(workspace, "parts", target, pipeline=pipeline_of(missing))
    releases.deploy(workspace, "parts", target, pipeline=pipeline_of(line.document(inside=inside)))
    line.put(5)
    line.assert_each_once(5)
    status = pipelines.status(workspace, target)
    assert (status["state"], status["counts"]["taken"], status["trouble"]) == ("running", 5, "")


@pytest.fixture
def line(tmp_path):
    """Its folders, which the program of an artifact may write to, though it is nobody's user."""

    def make(folder):
        made = Place(folder)
        for path in (folder, folder / "in", folder / "out"):
            path.chmod(0o777)
        return made

    return make


def test_a_pipeline_runs_in_namespaces_of_this_machine(kit, workspace, process_target, tmp_path, line):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    tmp_path.chmod(0o755)
    process_target(mode="namespaces")
    add_packaged(workspace, kit, tmp_path, "fp32")
    with tempfile.TemporaryDirectory(dir="/srv") as folder:
        Path(folder).chmod(0o755)
        assert_runs_in_a_box(workspace, "local", line(Path(folder) / "line"), Path(folder) / "line")


def test_a_camera_brings_opencv_along_where_nothing_is_installed(kit, workspace, process_target, tmp_path, line):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    tmp_path.chmod(0o755)
    process_target(mode="namespaces")
    add_packaged(workspace, kit, tmp_path, "fp32")
    with tempfile.TemporaryDirectory(dir="/srv") as folder:
        Path(folder).chmod(0o755)
        made = line(Path(folder) / "line")
        source = {"kind": "camera", "device": str(write_video(made.folder / "in" / "line.avi")), "interval": 0.1}
        document = pipeline_of({**made.document(), "source": source})
        release = releases.deploy(workspace, "parts", "local", pipeline=document)
        until(lambda: made.rows(), 40)
        assert pipelines.status(workspace, "local")["trouble"] == ""
        plain = Layout(workspace.path / "artifacts").read_json(get_artifact(workspace, "parts").digest)["layers"]
        carrying = Layout(workspace.path / "artifacts").read_json(release.artifact)["layers"]
        assert [layer["size"] > 1_000_000 for layer in carrying[len(plain) :]] == [True, False]
        parts = {
            one["name"]: one
            for one in json.loads(sbom_of(workspace, get_artifact(workspace, release.artifact)))["components"]
        }
        assert parts["opencv-python-headless"]["type"] == "library"
        assert parts["parts"]["hashes"][0]["content"] == plain[3]["digest"][7:]


@pytest.mark.parametrize("mode", ["runc", "namespaces"])
def test_a_pipeline_runs_on_a_bare_box_and_after_a_power_cut_too(kit, workspace, add_box, tmp_path, line, mode):
    box, name = add_box(more=mode if mode == "runc" else "", mode=mode)
    add_packaged(workspace, kit, tmp_path, "fp32")
    made = line(box.root / "srv" / "line")
    assert_runs_in_a_box(workspace, name, made, Path("/srv/line"))
    box.off()
    made.put(3)
    box.up()
    box.run("rm /var/lib/lineside/state/live; sh /var/lib/lineside/bin/*/box.sh /var/lib/lineside boot")
    made.assert_each_once(8)


def test_a_pipeline_runs_on_a_docker_engine(kit, workspace, tmp_path, line):
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        pytest.skip("needs root and dockerd")
    add_packaged(workspace, kit, tmp_path, "fp32")
    folder = Path(tempfile.mkdtemp(prefix="lse-"))
    with engines.dockerd(folder, 0) as socket, tempfile.TemporaryDirectory(dir="/srv") as srv:
        Path(srv).chmod(0o755)
        targets.add_target(
            workspace, "engine", f"docker://{socket}", port_base=19700 + os.getpid() % 50 * 5, network="host"
        )
        assert_runs_in_a_box(workspace, "engine", line(Path(srv) / "line"), Path(srv) / "line")
        with targets.open_target(workspace, "engine") as target:
            target.remove()
