"""What a box kept goes home on a stick: each image once, nothing lost, and nobody's links followed."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from engine.agent.__main__ import main
from engine.deployment import feedback, targets
from engine.serving.kept import Kept, name_of
from engine.serving.rules import Rules
from engine.workspace import Workspace
from tests.integration.deployment.served import picture


@pytest.fixture
def workspace(tmp_path):
    with Workspace.create(tmp_path / "w") as made:
        targets.add_target(made, "stick", f"bundle://{tmp_path}/stick")
        yield made


@pytest.fixture
def ring(tmp_path):
    made = tmp_path / "box" / "state" / "feedback"
    made.mkdir(parents=True)
    (tmp_path / "stick").mkdir()
    return made


def keep(ring, blue, reason="unsure", at=1_800_000_000.0):
    image = picture(blue)
    kept = Kept(
        reason, at + blue, image, {"task": "detection", "width": 64, "height": 48, "detections": []}, "sha256:1"
    )
    (ring / name_of(reason, at + blue, image)).write_bytes(kept.content())


def carried(tmp_path, capsys, *more):
    """Collect on the box; what it says as JSON."""
    capsys.readouterr()
    assert main(["collect", str(tmp_path / "stick"), "--root", str(tmp_path / "box"), "--json", *more]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_a_box_kept_comes_home_by_stick_once_and_leaves_the_box_only_then(workspace, ring, tmp_path, capsys):
    for blue in (10, 20, 30):
        keep(ring, blue)
    assert carried(tmp_path, capsys) == {"given": 3, "there": 0, "removed": 0}
    assert carried(tmp_path, capsys) == {"given": 0, "there": 3, "removed": 0}, "a second time brings nothing new"
    done = feedback.collect(workspace, "stick")
    assert (done.images, done.queued, done.problems) == (3, 3, [])
    assert len(list(ring.glob("*.item"))) == 3 and not list((tmp_path / "stick" / "feedback").glob("*.item"))
    keep(ring, 40)
    assert carried(tmp_path, capsys) == {"given": 1, "there": 0, "removed": 3}
    assert feedback.collect(workspace, "stick").images == 1
    assert feedback.collect(workspace, "stick").files == 0
    assert carried(tmp_path, capsys) == {"given": 0, "there": 0, "removed": 1}
    assert workspace.query("SELECT count(*) FROM item") == [(4,)]


def test_a_second_stick_with_the_same_images_doubles_nothing(workspace, ring, tmp_path, capsys):
    keep(ring, 10)
    carried(tmp_path, capsys)
    feedback.collect(workspace, "stick")
    (tmp_path / "stick").rename(tmp_path / "first")
    (tmp_path / "stick").mkdir()
    assert carried(tmp_path, capsys)["given"] == 1
    done = feedback.collect(workspace, "stick")
    assert (done.images, done.known) == (0, 1)
    assert workspace.query("SELECT count(*) FROM item") == [(1,)]


def test_links_of_a_release_or_of_a_stick_lead_nowhere(workspace, ring, tmp_path, capsys):
    secret = tmp_path / "secret"
    secret.write_text("of the box")
    (ring / f"3-{1:015d}-{'a' * 32}.item").symlink_to(secret)
    os.mkfifo(ring / f"3-{1:015d}-{'b' * 32}.item")
    keep(ring, 10)
    assert carried(tmp_path, capsys)["given"] == 1
    place = tmp_path / "stick" / "feedback"
    (place / f"3-{1:015d}-{'c' * 32}.item").symlink_to(secret)
    done = feedback.collect(workspace, "stick")
    assert done.images == 1 and len(done.problems) == 1 and secret.read_text() == "of the box"
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    assert main(["collect", str(tmp_path / "stick"), "--root", str(tmp_path / "box")]) == 1
    assert "is a link" in capsys.readouterr().err
    assert feedback.collect(workspace, "stick").files == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_stick_holds_whole_files_and_the_most_valuable_first(ring, tmp_path, capsys):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path / "stick"], check=True)
    try:
        noise = os.urandom(24_000)
        for reason, blue in (("sampled", 1), ("corrected", 2), ("unsure", 3)):
            (ring / name_of(reason, 1e9 + blue, noise)).write_bytes(Kept(reason, 1e9 + blue, noise, {}).content())
        assert main(["collect", str(tmp_path / "stick"), "--root", str(tmp_path / "box")]) == 1
        assert "takes no more" in capsys.readouterr().err
        there = sorted(path.name for path in (tmp_path / "stick" / "feedback").iterdir())
        assert [name[0] for name in there] == ["1", "3"], "unsure and corrected"
        assert all(Kept.read((tmp_path / "stick" / "feedback" / name).read_bytes()) for name in there)
    finally:
        subprocess.run(["umount", tmp_path / "stick"], check=True)


def test_a_stick_says_what_may_be_kept_only_when_it_is_asked(workspace, ring, tmp_path, capsys):
    feedback.keep(workspace, "stick", {"share": 0.5})
    carried(tmp_path, capsys)
    assert Rules.read(ring) is None
    carried(tmp_path, capsys, "--rules")
    assert Rules.read(ring).share == 0.5
    (tmp_path / "stick" / "feedback" / "rules.json").write_text("[1]")
    assert main(["collect", str(tmp_path / "stick"), "--root", str(tmp_path / "box"), "--rules"]) == 1
    assert "is damaged" in capsys.readouterr().err and Rules.read(ring).share == 0.5
    assert main(["collect", str(tmp_path / "gone"), "--root", str(tmp_path / "box")]) == 1
    assert "is the stick in?" in capsys.readouterr().err
