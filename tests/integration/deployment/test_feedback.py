"""What real releases keep, brought home: from this machine, from a box, after a kill, from hostile hands."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys

import pytest
from PIL import Image

from app.cli.main import main
from engine.curation import queue, reasons
from engine.data.query import select
from engine.deployment import feedback, releases, targets
from engine.deployment.predict import predict, running_endpoint
from engine.errors import TargetError
from engine.labeling import review, schema
from engine.serving.errors import BadRequest
from engine.serving.kept import Kept, name_of
from engine.workspace import Workspace
from tests.integration.deployment.served import add_served, picture
from tests.integration.deployment.test_process_target import until


@pytest.fixture
def running(workspace, process_target, tmp_path):
    """“alpha” runs on the target “local”, which keeps what it is unsure of."""
    process_target(mode="interpreter")
    return begin(workspace, tmp_path)


@pytest.fixture
def closed(tmp_path):
    """The same in a workspace that nobody has open: its folder."""
    path = tmp_path / "closed"
    port = 29000 + os.getpid() % 400 * 20
    with Workspace.create(path) as workspace:
        targets.add_target(workspace, "local", "process://local", mode="interpreter", port_base=port)
        begin(workspace, tmp_path)
    yield path
    with Workspace.open(path) as workspace, targets.open_target(workspace, "local") as target:
        target.remove()


def begin(workspace, tmp_path):
    add_served(workspace, "alpha", tmp_path)
    for name in ("scratch", "dent"):
        schema.add_label(workspace, name)
    feedback.keep(workspace, "local", {"unsure": [0.0, 1.0]})
    releases.deploy(workspace, "alpha", "local")
    return workspace


def ring(workspace):
    return workspace.path / "cache" / "targets" / "local" / "state" / "feedback"


def asked(workspace, tmp_path, *blues):
    """Ask about images, and wait until what is kept of them lies there."""
    before = len(list(ring(workspace).glob("*.item")))
    for blue in blues:
        (tmp_path / "part.png").write_bytes(picture(blue))
        predict(workspace, "local", tmp_path / "part.png")
    until(lambda: len(list(ring(workspace).glob("*.item"))) == before + len(blues))


def corrected(workspace, image, query):
    with targets.open_target(workspace, "local") as target:
        status, body = target.request(running_endpoint(target), "POST", f"/feedback?{query}", image)
    assert status == 200, body


def counted(workspace):
    return {
        name: workspace.query(f"SELECT count(*) FROM {source}")[0][0]
        for name, source in (
            ("items", "item"),
            ("annotations", "annotation"),
            ("queue", "queue"),
            ("comments", "comment"),
        )
    }


def test_what_a_release_kept_comes_home_with_its_answer_and_is_gone_there(running, tmp_path):
    asked(running, tmp_path, 40, 60)
    corrected(running, picture(80), 'verdict=wrong&by=Li&objects=[{"label":"dent","box":[1,2,30,40]}]')
    done = feedback.collect(running, "local")
    assert (done.images, done.corrections, done.queued, done.problems) == (3, 1, 2, [])
    found = select(running, "SELECT metadata ->> 'reason' AS reason, metadata ->> 'release' AS release FROM items WHERE metadata ->> 'source' = 'release'").to_pylist()  # fmt: skip
    assert sorted(one["reason"] for one in found) == ["corrected", "unsure", "unsure"]
    current = releases.current_release(running, "local")
    assert {one["release"] for one in found} == {current.artifact}
    ((kind, author, origin, x, item),) = running.query("SELECT kind, author, origin, x, item_id FROM annotation WHERE origin <> 'model'")  # fmt: skip
    assert (kind, author, origin, x) == ("box", "Li", "person", 1)
    assert review.reviews(running, [item])[item].state == "labelled", "waits for review"
    waiting = queue.entries(running, "waiting")
    assert all("local" in reasons.sentence(entry.why) for entry in waiting)
    assert {row[0] for row in running.query("SELECT author FROM annotation WHERE origin = 'model'")} == {"alpha v1"}
    until(lambda: not list(ring(running).glob("*.item")))
    before = counted(running)
    assert feedback.collect(running, "local").files == 0
    assert counted(running) == before


KILLED = """
import os, signal, sys
from app.cli.main import main
from engine.curation import feedback as writing
from engine.deployment import feedback

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

places = {"fetched": (feedback, "_write"), "images": (writing._Writing, "write"), "store": (feedback.OfTarget, "taken")}
setattr(*places[sys.argv[1]], kill)
main(["-w", sys.argv[2], "collect", "local"])
"""


def test_a_collect_that_is_killed_anywhere_loses_and_doubles_nothing(closed, tmp_path):
    with Workspace.open(closed) as workspace:
        asked(workspace, tmp_path, 40, 60)
        corrected(workspace, picture(80), "verdict=right&by=Li")
        place = ring(workspace)
    for at in ("fetched", "images", "store"):
        done = subprocess.run([sys.executable, "-c", KILLED, at, str(closed)], capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert len(list(place.glob("*.item"))) == 3, "nothing is taken before the store has it"
    with Workspace.open(closed) as workspace:
        expected = counted(workspace)
        again = feedback.collect(workspace, "local")
        assert (again.images, again.known) == (0, 3)
        assert counted(workspace) == expected
        assert expected["items"] == 3
        until(lambda: not list(place.glob("*.item")))


def test_files_from_hostile_hands_are_named_and_the_rest_comes(running, tmp_path):
    asked(running, tmp_path, 40)
    place = ring(running)
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    answer = {"task": "detection", "detections": [{"label": "dent", "score": 0.4, "box": [0, 0, 5, 5]}]}
    hostile = {
        "bomb": Kept("unsure", 1.0, bomb.getvalue(), answer),
        "endless": Kept("unsure", 2.0, picture(3), {"task": "detection", "detections": [{"label": "dent", "score": 7, "box": [0, 0, 1, 1]}]}),
        "year": Kept("unsure", 9e14, picture(4), {**answer, "model": "../../x\x00"}, said={"verdict": "wrong", "by": "<b>", "label": "new"}),
    }  # fmt: skip
    for number, kept in enumerate(hostile.values()):
        (place / name_of("unsure", number, b"%d" % number)).write_bytes(kept.content())
    (place / name_of("unsure", 7, b"torn")).write_bytes(hostile["year"].content()[:-5])
    (place / name_of("unsure", 8, b"link")).symlink_to("/etc/hostname")
    (place / "..%2fescape.item").write_bytes(b"{}\n")
    done = feedback.collect(running, "local")
    assert done.images == 3, done.problems
    assert sum("pixels" in one for one in done.problems) == 1
    assert sum("is not the one that was kept" in one for one in done.problems) == 1
    assert sum("is damaged" in one for one in done.problems) == 1
    assert not [path for path in (running.path / "cache").rglob("*escape*") if "targets" not in path.parts]
    assert running.query("SELECT text FROM comment") == [("<b>: wrong, new",)], "nobody on the line makes labels"
    assert {one.name for one in schema.labels(running)} == {"scratch", "dent"}


def test_rules_hold_within_a_second_and_off_means_off(running, tmp_path):
    with pytest.raises(BadRequest, match="no rule"):
        feedback.keep(running, "local", {"colour": 1})
    feedback.keep(running, "local", {"unsure": [0, 1], "image": "none"})
    blues = iter(range(40, 200))

    def without_image():
        asked(running, tmp_path, next(blues))
        return any(not Kept.read(file.read_bytes()).image for file in ring(running).glob("*.item"))

    until(without_image)
    assert feedback.collect(running, "local").predictions == 1
    (kept,) = (running.path / "feedback" / "local").glob("*.json")
    assert json.loads(kept.read_text())["prediction"]["detections"]
    feedback.keep(running, "local", None)
    with targets.open_target(running, "local") as target:
        answer = until(lambda: b"No feedback is kept" in target.request(running_endpoint(target), "POST", "/feedback?verdict=right", picture(1))[1])  # fmt: skip
    assert answer


def test_the_commands(closed, capsys):
    place = ["-w", str(closed)]
    assert main([*place, "feedback", "keep", "local", "share=0.5", "hide=0,0,1,0.1;0,0.9,1,1", "unsure=0.2,0.7"]) == 0
    assert "0.5" in capsys.readouterr().out
    assert main([*place, "feedback", "keep", "local", "image=all"]) == 3
    assert "stripped" in capsys.readouterr().err
    assert main([*place, "--json", "collect", "local"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 0
    assert main([*place, "collect", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert main([*place, "feedback", "off", "local"]) == 0


def test_a_box_keeps_and_brings_home_over_ssh(workspace, add_box):
    box, name = add_box()
    with targets.open_target(workspace, name) as target:
        target.put_state("feedback/rules.json", b"{}")
        answer = {"task": "classification", "label": "dent", "score": 0.5, "scores": [0.5, 0.5], "model": "alpha", "version": "1"}  # fmt: skip
        for blue in (1, 2):
            kept = Kept("unsure", 1e9 + blue, picture(blue), answer, "sha256:1")
            target.put_state(f"feedback/{name_of('unsure', kept.at, kept.image)}", kept.content())
    schema.add_label(workspace, "dent")
    done = feedback.collect(workspace, name)
    assert (done.files, done.images, done.suggestions, done.problems) == (2, 2, 2, [])
    with targets.open_target(workspace, name) as target:
        files = dict(target.fetch_state("feedback"))
    assert len(json.loads(files["taken.json"])) == 2, "the next release removes them"
    box.close()
    with pytest.raises(TargetError, match="does not answer"):
        feedback.collect(workspace, name)
