"""The release page against a real target with a real gateway, under load."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.deployment.release_dialog import RolloutDialog, read_artifacts
from app.gui.deployment.release_page import ReleasePage
from app.gui.deployment.release_words import PATTERNS, plan_text, reason_text, why_text
from app.gui.operations.releases import RolloutOrder
from engine.changes import Changes
from engine.deployment import reasons, releases, rollout, targets
from engine.deployment.errors import TargetUnreachable
from engine.deployment.plan import Plan
from tests.gui.deployment.test_page import LEFT, deploy, page, stocked  # noqa: F401  # fixtures
from tests.integration.deployment.load import Load
from tests.integration.deployment.program import add_artifact
from tests.integration.deployment.served import add_served, picture


@pytest.fixture
def seen(stocked, shell, qtbot) -> ReleasePage:  # noqa: F811  # the fixture, not the import
    """The release page of a target on which parts:1 runs."""
    deploy(stocked, qtbot, "parts:1")
    add_artifact(shell.workspace, "broken", "errors")
    stocked.targets.wanted.emit("release", "local")
    made = stocked.release
    qtbot.waitUntil(lambda: made.isVisible() and made.look is not None and made.look.old is not None, timeout=10_000)
    return made


def test_a_bad_release_is_watched_and_taken_back_by_holding_the_button(seen, shell, qtbot):
    workspace = shell.workspace
    assert not seen.take_back.isVisible() and seen.roll.isEnabled()
    QTest.mouseClick(seen.roll, LEFT)
    qtbot.waitUntil(lambda: seen.findChild(RolloutDialog) is not None, timeout=5000)
    dialog = seen.findChild(RolloutDialog)
    dialog.artifact.setCurrentIndex(next(at for at in range(9) if dialog.artifact.itemText(at).startswith("broken")))
    dialog.steps.clear()
    QTest.keyClicks(dialog.steps, "10,5")
    QTest.mouseClick(dialog.accept_button, LEFT)
    assert dialog.isVisible() and "no steps" in dialog.error.text.text()
    dialog.steps.setText("20,100")
    dialog.errors.setValue(99)  # so many may fail: the judge lets it go on
    assert "1 of 5 requests go to the new model for at least 50 requests." in dialog.means.text()
    dialog.requests.setValue(100_000)
    QTest.mouseClick(dialog.accept_button, LEFT)
    with Load(releases.current_release(workspace, "local").endpoint) as load:
        qtbot.waitUntil(
            lambda: bool(seen.look.new and seen.look.new.weight == 20 and seen.look.going.asked > 5), timeout=60_000
        )
        assert seen.figures.tiles["failed"].value.text().split(" / ")[0] != "0"
        assert "parts:1 0 / " in seen.figures.tiles["failed"].before.text()
        assert seen.judge.isVisible() and seen.judge.seen.value() > 5
        assert "Next: it gets all requests" in seen.judge.next.text()
        QTest.mouseClick(seen.take_back, LEFT)  # a slip of the hand
        assert "Keep it pressed" in seen.state.text()
        seen.take_back.setFocus()
        with qtbot.waitSignal(seen.take_back.held, timeout=5000):
            QTest.keyPress(seen.take_back, Qt.Key.Key_Space)
        QTest.keyRelease(seen.take_back, Qt.Key.Key_Space)
        assert seen.state.text() == "Taking it back…"
        qtbot.waitUntil(lambda: seen.state.text().startswith("Taken back in"), timeout=30_000)
        qtbot.waitUntil(lambda: seen.look.new is None and not seen.take_back.isVisible(), timeout=10_000)
        failed = len(load.failed)
        load.wait_for("parts:1", 30)
    assert len(load.failed) == failed, "nobody meets it any more"
    last = rollout.history(workspace, "local")[-1]
    assert (last["what"], last["by"]) == ("taken back", workspace.author)
    qtbot.waitUntil(lambda: any(f"{workspace.author} took it back." in why for why in seen.history.why()), timeout=5000)


def test_a_rollout_is_paused_given_a_share_resumed_and_promoted_from_the_window(seen, shell, qtbot):
    second = next(one for one in read_artifacts(shell.workspace) if one[1] == "parts:2")
    with Load(releases.current_release(shell.workspace, "local").endpoint):
        seen.start(RolloutOrder(*second, Plan("canary", (10, 100), requests=100_000)))
        qtbot.waitUntil(lambda: bool(seen.look.new and seen.look.new.weight == 10), timeout=60_000)
        qtbot.waitUntil(seen.pause.isVisible, timeout=5000)
        QTest.mouseClick(seen.pause, LEFT)
        qtbot.waitUntil(lambda: seen.resume.isVisible() and seen.resume.text() == "Resume", timeout=15_000)
        seen.share.setValue(30)
        QTest.mouseClick(seen.set_share, LEFT)
        qtbot.waitUntil(lambda: bool(seen.look.new and seen.look.new.weight == 30), timeout=15_000)
        qtbot.waitUntil(lambda: "local" not in seen._drivers, timeout=5000)
        QTest.mouseClick(seen.resume, LEFT)
        qtbot.waitUntil(lambda: bool(seen.look.new and seen.look.new.weight == 10), timeout=15_000)
        QTest.mouseClick(seen.promote, LEFT)
        qtbot.waitUntil(lambda: seen.look.new is None and seen.look.old.release.name == "parts:2", timeout=30_000)
    assert not seen.error.isVisible(), seen.error.text.text()


def test_a_rollout_that_nobody_drives_is_told_and_taken_back_by_mouse(seen, shell, stocked, qtbot):  # noqa: F811  # the fixture
    second = next(one for one in read_artifacts(shell.workspace) if one[1] == "parts:2")
    seen.start(RolloutOrder(*second, Plan("header", header="X-Line=3", requests=1000)))
    qtbot.waitUntil(lambda: bool(seen.look.going and seen.look.going.since), timeout=60_000)
    assert "header X-Line=3" in seen.bar.toolTip()
    stocked.closed()  # as the window does when it ends
    qtbot.waitUntil(lambda: not seen._drivers, timeout=10_000)
    stocked.opened(shell.workspace)
    qtbot.waitUntil(
        lambda: seen.isVisible() and seen.resume.isVisible() and "Nobody drives" in seen.state.text(), timeout=10_000
    )
    assert seen.resume.text() == "Continue" and not seen.share.isVisible()
    with qtbot.waitSignal(seen.take_back.held, timeout=5000):
        QTest.mousePress(seen.take_back, LEFT)
    QTest.mouseRelease(seen.take_back, LEFT)
    qtbot.waitUntil(lambda: seen.state.text().startswith("Taken back in"), timeout=30_000)


def test_figures_of_a_lost_link_say_how_old_they_are(seen, shell, qtbot):
    seen.end()
    assert not seen.lost.isVisible() and seen.figures.isEnabled()
    seen._not_seen(TargetUnreachable("local does not answer."))
    assert not seen.figures.isEnabled()
    qtbot.waitUntil(lambda: "these figures are 2 s old" in seen.lost.text(), timeout=10_000)
    targets.add_target(shell.workspace, "gone", "ssh://edge@127.0.0.1:1")
    seen.begin(shell.workspace, "gone")
    qtbot.waitUntil(lambda: "127.0.0.1:1" in seen.lost.text(), timeout=30_000)
    assert not seen.figures.isEnabled() and not seen.roll.isEnabled()


def test_a_blind_model_is_rehearsed_and_what_differs_stands_side_by_side(page, shell, qtbot, tmp_path):  # noqa: F811  # the fixture
    workspace = shell.workspace
    add_served(workspace, "alpha", tmp_path)
    blind = add_served(workspace, "blind", tmp_path, postprocess={"score_threshold": 0.999})
    targets.add_target(
        workspace, "local", "process://local", mode="interpreter", port_base=36000 + os.getpid() % 100 * 20
    )
    shell.changed.emit(Changes(everything=True), None)
    qtbot.waitUntil(lambda: "local" in page.targets.rows, timeout=10_000)
    try:
        releases.deploy(workspace, "alpha", "local")
        images = tmp_path / "images"
        images.mkdir()
        for blue in (0, 100, 200):
            (images / f"part {blue}.png").write_bytes(picture(blue))
        page.targets.wanted.emit("release", "local")
        card = page.release.rehearsal
        qtbot.waitUntil(card.ask.isEnabled, timeout=15_000)
        card.rehearse(blind, str(tmp_path / "nothing"))
        qtbot.waitUntil(card.error.isVisible, timeout=30_000)
        assert "neither" in card.error.text.text()
        card.rehearse(blind, str(images))
        qtbot.waitUntil(lambda: card.pair.isVisible(), timeout=60_000)
        assert "agree by 0.0 % on average" in card.verdict.text()
        assert card.which.text().startswith("1 of 3: part 0.png")
        QTest.mouseClick(card.after, LEFT)
        assert card.which.text().startswith("2 of 3: part 100.png")
        qtbot.waitUntil(lambda: "scratch" in card.captions[0].text(), timeout=10_000)
        assert card.captions[1].text() == "New: –"
        assert "data:image/jpeg" in card._page.read_text()
    finally:
        with targets.open_target(workspace, "local") as target:
            target.remove()


def test_every_reason_is_said_in_chinese(chinese):
    assert set(PATTERNS) == set(reasons.PATTERNS.values())
    said = reasons.Reason("failed", 3, 50, 0, 150)
    assert reason_text(said) == "失败的请求：新发布 3 / 50，旧发布 0 / 150。"
    row = {"why": [str(said), "It broke."], "reasons": [reasons.parts(said), {}]}
    assert why_text(row).endswith("It broke.")
    assert why_text({"why": ["It broke."]}) == "It broke.", "as an older version wrote it"
    assert plan_text(Plan("canary", (25, 100), 200))[0].startswith("每 4 个请求中有 1 个")
