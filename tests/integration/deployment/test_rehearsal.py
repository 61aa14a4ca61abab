"""A release rehearsed on this machine: two real runtimes, real networks, real answers."""

from __future__ import annotations

import json
import re

import pytest

from app.cli.main import main
from engine.deployment import releases, targets
from engine.deployment.errors import ReleaseFailed
from engine.deployment.feedback import keep
from engine.deployment.policy import Policy
from engine.deployment.rehearsal import rehearse
from engine.deployment.rehearsal_page import html
from engine.errors import BadInput, TargetError, UsageError
from engine.workspace import Workspace
from tests.integration.deployment.served import add_broken, add_served, picture

HOSTILE = "<script>alert(1)</script>&\"'"


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for blue in range(0, 250, 25):
        (folder / f"part {blue:03d}.png").write_bytes(picture(blue))
    return folder


@pytest.fixture
def running(workspace, process_target, tmp_path):
    """“alpha” runs on the target “local”."""
    add_served(workspace, "alpha", tmp_path)
    process_target(mode="interpreter")
    keep(workspace, "local", {"share": 0.5})
    releases.deploy(workspace, "alpha", "local")
    return workspace


def keys(workspace):
    with targets.open_target(workspace, "local") as target:
        return [one.key for one in target.status() if one.state != "stopped"]


def test_the_same_model_agrees_and_a_blind_one_does_not(running, images, tmp_path):
    add_served(running, "same", tmp_path)
    add_served(running, "blind", tmp_path, labels=["scratch", HOSTILE], postprocess={"score_threshold": 0.999})
    before = keys(running)
    stages = []
    found = rehearse(running, "same", "local", str(images), progress=lambda stage, *_: stages.append(stage))
    assert (found.figures["agreement"], found.broken, found.differing) == (1.0, (), [])
    assert found.rejects[0] == found.rejects[1] == 10
    assert found.figures["failed"] == {"old": 0, "new": 0}
    assert set(found.figures["p50_ms"]) == {"old", "new"}
    assert stages.count("ask") == 11
    blind = rehearse(running, "blind", "local", str(images))
    assert blind.rejects == (10, 0)
    assert [one.agreement for one in blind.differing] == [0.0] * 10
    assert {sentence.split()[0] for sentence in blind.broken} == {"The"}
    assert "agree by 0.0 %" in " ".join(blind.broken)
    assert "calls 0 of 10 parts bad, the old one 10" in " ".join(blind.broken)
    assert keys(running) == before, "the rehearsed release is gone"
    assert releases.current_release(running, "local").name == "alpha"


def test_the_page_shows_both_answers_without_scripts_whatever_names_say(running, images, tmp_path):
    (images / "part 000.png").rename(images / "<i>0&.png")
    add_served(running, "blind", tmp_path, postprocess={"score_threshold": 0.999})
    page = html(rehearse(running, "blind", "local", str(images)), "zh")
    assert page.count('xlink:href="data:image/jpeg;base64,') == 20
    assert page.count('class="alone"') == 20, "two objects on each image, which only the old release finds"
    assert "&lt;i&gt;0&amp;.png" in page
    assert "<i>0" not in page
    assert "<script" not in page
    assert "回答不同的图像" in page
    assert "两个发布平均一致率为 0.0 %" in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)


def test_a_label_that_is_html_is_shown_as_it_is(running, images, tmp_path):
    add_served(running, "hostile", tmp_path, labels=["scratch", HOSTILE])
    found = rehearse(running, "hostile", "local", str(images))
    assert 0 < found.figures["agreement"] < 1
    page = html(found)
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert 'class="both"' in page


def test_a_release_that_does_not_start_or_a_person_who_stops_leaves_nothing_running(running, images, tmp_path):
    add_served(running, "same", tmp_path)
    before = keys(running)

    def stop(stage, done, *_):
        if stage == "ask" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rehearse(running, "same", "local", str(images), progress=stop)
    assert keys(running) == before
    add_broken(running, "broken")
    with pytest.raises(ReleaseFailed):
        rehearse(running, "broken", "local", str(images))
    assert keys(running) == before


def test_what_releases_recorded_is_what_is_asked_about(running, images, tmp_path):
    from engine.deployment.predict import predict

    add_served(running, "same", tmp_path)
    with pytest.raises(BadInput, match="kept no images"):
        rehearse(running, "same", "local")
    for blue in range(215, 255):
        (images / "sure.png").write_bytes(picture(blue))
        predict(running, "local", images / "sure.png")
    found = rehearse(running, "same", "local")
    assert 5 < len(found.images) < 35, "about half of them are recorded"
    assert found.figures["agreement"] == 1.0


def test_items_of_a_version_are_asked_about_and_a_sample_is_the_same_each_time(running, images, tmp_path):
    from engine.data.imports import import_data
    from engine.data.versions import create_version

    import_data(running, images)
    create_version(running, "v1")
    add_served(running, "same", tmp_path)
    first = rehearse(running, "same", "local", "v1", sample=4)
    assert len(first.images) == 4
    assert [one.name for one in rehearse(running, "same", "local", "v1", sample=4).images] == [
        one.name for one in first.images
    ]


def test_what_cannot_be_rehearsed_is_told(running, images, tmp_path):
    add_served(running, "same", tmp_path)
    with pytest.raises(UsageError, match="neither"):
        rehearse(running, "same", "local", "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no images"):
        rehearse(running, "same", "local", str(tmp_path / "empty"))
    (images / "broken.png").write_bytes(b"no image")
    found = rehearse(running, "same", "local", str(images))
    assert found.figures["failed"] == {"old": 1, "new": 1}
    assert not found.broken
    targets.add_target(running, "idle", "process://local", port_base=29900)
    with pytest.raises(TargetError, match="Nothing runs"):
        rehearse(running, "same", "idle", str(images))


def test_the_command_is_a_gate(images, tmp_path, capsys):
    with Workspace.create(tmp_path / "w") as ws:
        add_served(ws, "alpha", tmp_path)
        add_served(ws, "blind", tmp_path, postprocess={"score_threshold": 0.999})
        targets.add_target(ws, "local", "process://local", mode="interpreter", port_base=29700)
        releases.deploy(ws, "alpha", "local")
    plan = tmp_path / "plan.toml"
    plan.write_text("tests = ['errors']\n")
    page = tmp_path / "out" / "page.html"
    arguments = ["-w", str(tmp_path / "w"), "--json", "release", "rehearse", "blind", "local", "--from", str(images)]
    assert main([*arguments, "--html", str(page)]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["passed"], document["differing"]) == (False, 10)
    assert document["items"][0]["old"]["answer"]["detections"]
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert main([*arguments, "--policy", str(plan)]) == 0
    assert main([*arguments, "--sample", "0"]) == 2
    assert main([*arguments, "--policy", str(tmp_path / "none.toml")]) == 3
    assert main([*arguments, "--html", str(tmp_path)]) == 2
    assert main(["-w", str(tmp_path / "w"), "target", "remove", "local"]) == 0


def test_slow_answers_and_failures_break_limits():
    from engine.deployment.rehearsal import Compared, Reply, judged

    def replies(times, failed=0):
        answer = {"task": "classification", "label": "a", "score": 1.0, "scores": [1.0]}
        return [
            Reply(None if at < failed else answer, "500: broken" if at < failed else "", times) for at in range(120)
        ]

    def images(old, new):
        return [Compared(str(at), "", *pair, 1.0) for at, pair in enumerate(zip(old, new, strict=True))]

    assert judged("t", [{}, {}], images(replies(10), replies(12)), Policy()).broken == ()
    slow = judged("t", [{}, {}], images(replies(10), replies(40)), Policy())
    assert [sentence.split(" answers")[0] for sentence in slow.broken] == ["Half of the", "One in a hundred"]
    broken = judged("t", [{}, {}], images(replies(10), replies(10, failed=9)), Policy())
    assert broken.broken == ("9 of 120 images fail on the new release, 0 on the old; 1 more are let through.",)
