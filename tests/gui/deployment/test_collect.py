"""What a real release kept comes home by mouse: rules, collect, the labelling queue."""

from __future__ import annotations

import os

import pytest
from PySide6.QtTest import QTest

from app.gui.deployment.dialogs import AddTargetDialog
from app.gui.deployment.keep_dialog import KeepDialog
from engine.changes import Changes
from engine.deployment import releases, targets
from engine.deployment.predict import predict
from engine.labeling import schema
from engine.serving.kept import Kept, name_of
from engine.workspace import Workspace
from tests.gui.deployment.test_page import LEFT, page  # noqa: F401  # the fixture
from tests.integration.deployment.served import add_served, picture


@pytest.fixture
def served(page, shell, qtbot, tmp_path):  # noqa: F811  # the fixture, not the import
    """The page with a release on this machine that looks at images."""
    workspace = shell.workspace
    targets.add_target(workspace, "local", "process://local", mode="interpreter", port_base=29000 + os.getpid() % 300 * 20)  # fmt: skip
    add_served(workspace, "alpha", tmp_path)
    for name in ("scratch", "dent"):
        schema.add_label(workspace, name)
    releases.deploy(workspace, "alpha", "local")
    shell.changed.emit(Changes(everything=True), None)
    qtbot.waitUntil(lambda: "local" in page.targets.rows, timeout=10_000)
    yield page
    with Workspace.open(workspace.path) as again, targets.open_target(again, "local") as target:
        target.remove()


def test_what_a_release_kept_is_collected_by_mouse_and_stands_in_the_queue(served, shell, window, qtbot, tmp_path):
    page, workspace = served, shell.workspace  # noqa: F811
    collect = page.targets.rows["local"].buttons["collect"]
    assert not collect.isVisible()
    page.targets.wanted.emit("keep", "local")
    dialog = page.findChild(KeepDialog)
    QTest.mouseClick(dialog.keeps, LEFT)
    dialog.low.setValue(0)
    dialog.high.setValue(1)
    assert "unsure=0,1" in dialog.command.text()
    QTest.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(collect.isVisible, timeout=10_000)
    assert targets.get_target(workspace, "local").options["feedback"]["unsure"] == [0, 1]
    ring = workspace.path / "cache" / "targets" / "local" / "state" / "feedback"
    qtbot.wait(1100)  # rules hold within a second
    for blue in (40, 60):
        (tmp_path / "part.png").write_bytes(picture(blue))
        predict(workspace, "local", tmp_path / "part.png")
    qtbot.waitUntil(lambda: len(list(ring.glob("*.item"))) == 2, timeout=10_000)
    QTest.mouseClick(collect, LEFT)
    card = page.collecting
    qtbot.waitUntil(card.queue.isVisible, timeout=20_000)
    assert card.state.text() == "new images: 2 · suggestions: 4 · in the queue: 2", card.state.text()
    assert not card.error.isVisible() and not card.problems.isVisible()
    qtbot.waitUntil(lambda: not list(ring.glob("*.item")), timeout=10_000)
    QTest.mouseClick(collect, LEFT)
    qtbot.waitUntil(lambda: card.state.text() == "It kept nothing new.", timeout=20_000)
    card.queue.show()
    QTest.mouseClick(card.queue, LEFT)
    labeling = window.page("labeling")
    qtbot.waitUntil(lambda: labeling.isVisible() and len(labeling.ids) == 2, timeout=10_000)
    part = next(one for one in labeling.parts if type(one).__name__ == "QueuePart")
    qtbot.waitUntil(lambda: part.active and "local" in part.reason.text(), timeout=10_000)


def test_a_collect_that_fails_says_so_and_can_be_tried_again(page, shell, qtbot):  # noqa: F811
    targets.add_target(shell.workspace, "gone", "ssh://edge@127.0.0.1:1")
    page.collecting.begin("gone")
    qtbot.waitUntil(lambda: not page.collecting.error.isHidden(), timeout=20_000)
    assert page.collecting.error.fix.text() == "Try again" and page.collecting.stop.isHidden()


def test_rules_that_were_set_are_shown_and_can_be_ended(page, qtbot):  # noqa: F811
    rules = {"share": 0.05, "image": "crops", "hide": [[0, 0, 1, 0.1]]}
    dialog = KeepDialog(page, "local", rules)
    qtbot.addWidget(dialog)
    assert (dialog.share.value(), dialog.image.currentData()) == (5, "crops")
    assert dialog.rules()["hide"] == rules["hide"] and dialog.rules()["share"] == 0.05
    dialog.keeps.setChecked(False)
    assert dialog.rules() is None and dialog.command.text() == "lineside feedback off local"


def test_a_stick_is_added_by_mouse_and_what_a_box_put_onto_it_is_collected(page, shell, qtbot, tmp_path):  # noqa: F811
    place = tmp_path / "my stick" / "feedback"
    place.mkdir(parents=True)
    image = picture(40)
    kept = Kept("unsure", 1.8e9, image, {"task": "detection", "width": 64, "height": 48, "detections": []})
    (place / name_of("unsure", 1.8e9, image)).write_bytes(kept.content())
    page._add()
    dialog = page.findChild(AddTargetDialog)
    dialog.kind.setCurrentIndex(dialog.kind.findData("bundle"))
    QTest.mouseClick(dialog.accept_button, LEFT)
    assert "whole path" in dialog._stick_row.problem.text()
    QTest.keyClicks(dialog.stick, str(tmp_path / "my stick"))
    assert "my%20stick" in dialog.url.text()
    QTest.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: "stick" in page.targets.rows, timeout=10_000)
    QTest.mouseClick(page.targets.rows["stick"].buttons["collect"], LEFT)
    qtbot.waitUntil(page.collecting.queue.isVisible, timeout=20_000)
    assert page.collecting.state.text() == "new images: 1 · in the queue: 1" and not list(place.glob("*.item"))
