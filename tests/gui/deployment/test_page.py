"""The deployment page against a real target on this machine, with a small real artifact."""

from __future__ import annotations

import os
import shutil

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.gui.deployment.deploy_dialog import DeployDialog
from app.gui.deployment.dialogs import AddTargetDialog, HostKeyDialog, PasswordDialog, RemoveTargetDialog
from app.gui.deployment.log_lines import raw_text
from app.gui.deployment.page import DeploymentPage
from app.gui.deployment.push_card import PushCard
from app.gui.deployment.target_row import ARTIFACT, TargetRow
from app.gui.deployment.work import TargetWork
from engine.changes import Changes
from engine.deployment import targets
from engine.deployment.pushes import Push, PushedLayer, _keep, planned, unfinished
from engine.workspace import Workspace
from tests.integration.deployment.program import add_artifact

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window, shell, qtbot) -> DeploymentPage:
    window.show_page("deployment")
    made = window.page("deployment")
    assert isinstance(made, DeploymentPage)
    return made


@pytest.fixture
def stocked(page, shell, qtbot):
    """The page with two artifacts and a target on this machine, which is emptied after the test."""
    if not shutil.which("mmdebstrap"):
        pytest.skip("the small artifact is made with mmdebstrap")
    workspace = shell.workspace
    add_artifact(workspace, "parts:1")
    add_artifact(workspace, "parts:2")
    targets.add_target(workspace, "local", "process://local", port_base=29000 + os.getpid() % 300 * 20)
    shell.changed.emit(Changes(everything=True), None)
    qtbot.waitUntil(lambda: health(page) == "Nothing runs", timeout=10_000)
    yield page
    with Workspace.open(workspace.path) as again, targets.open_target(again, "local") as target:
        target.remove()


def health(page: DeploymentPage) -> str:
    return page.targets.rows["local"].health.text() if "local" in page.targets.rows else ""


def choose(page: DeploymentPage, name: str) -> None:
    tree = page.artifacts.tree
    tree.setCurrentItem(
        next(item for i in range(tree.topLevelItemCount()) if (item := tree.topLevelItem(i)).text(0) == name)
    )


def ask_deploy(page: DeploymentPage, row: TargetRow) -> DeployDialog:
    QTest.keyClick(row, Qt.Key.Key_Return)
    return page.findChild(DeployDialog)


def carry(row: TargetRow, digest: str) -> bool:
    """Drag an artifact onto a row and let go of it where it is taken; whether it was."""
    data = QMimeData()
    data.setData(ARTIFACT, digest.encode())
    place, copy, none = QPointF(row.rect().center()), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place.toPoint(), copy, data, LEFT, none)
    enter.ignore()
    QApplication.sendEvent(row, enter)
    if enter.isAccepted():
        QApplication.sendEvent(row, QDropEvent(place, copy, data, LEFT, none))
    return enter.isAccepted()


def deploy(page: DeploymentPage, qtbot, name: str) -> None:
    choose(page, name)
    QTest.mouseClick(page.targets.rows["local"].buttons["deploy"], LEFT)
    qtbot.waitUntil(lambda: page.pushing.busy, timeout=5000)
    qtbot.waitUntil(lambda: not page.pushing.busy, timeout=60_000)
    assert not page.push.error.isVisible(), page.push.error.text.text()
    qtbot.waitUntil(lambda: health(page) == "Healthy" and name in release(page), timeout=15_000)


def release(page: DeploymentPage) -> str:
    return page.targets.rows["local"].release.text()


def test_with_nothing_to_deploy_the_page_says_what_belongs_there(page, qtbot):
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.empty, timeout=3000)
    assert "lineside package MODEL" in page.empty.command.text()


def test_an_artifact_is_deployed_replaced_and_rolled_back_by_mouse(stocked, qtbot):
    page = stocked
    deploy(page, qtbot, "parts:1")
    assert not page.targets.rows["local"].buttons["rollback"].isVisible()
    deploy(page, qtbot, "parts:2")
    qtbot.waitUntil(lambda: page.targets.rows["local"].buttons["rollback"].isVisible(), timeout=5000)
    QTest.mouseClick(page.targets.rows["local"].buttons["rollback"], LEFT)
    qtbot.waitUntil(lambda: "parts:1" in release(page) and health(page) == "Healthy", timeout=60_000)
    QTest.mouseClick(page.targets.rows["local"].buttons["log"], LEFT)
    qtbot.waitUntil(lambda: "starts" in raw_text(page.log.lines.shown), timeout=10_000)


def test_an_artifact_is_dropped_onto_a_target_only_where_it_fits(stocked, shell, qtbot):
    page, row = stocked, stocked.targets.rows["local"]
    add_artifact(shell.workspace, "parts:arm", platform="linux/arm64")
    targets.probe_target(shell.workspace, "local")
    shell.changed.emit(Changes(everything=True), None)
    qtbot.waitUntil(
        lambda: page.artifacts.tree.topLevelItemCount() == 3 and bool(row.machine.cpu.text.text()), timeout=9000
    )
    assert "core" in row.machine.words()
    choose(page, "parts:arm")
    page.artifacts.tree.dragged.emit(True)
    assert row.property("drop") == "not"
    assert "It is for linux/arm64, this machine is linux/" in row.verdict.text()
    assert not carry(row, page.artifacts.current.digest)
    dialog = ask_deploy(page, row)
    assert not dialog.accept_button.isEnabled()
    assert "linux/arm64" in dialog.verdict.text()
    dialog.reject()
    choose(page, "parts:2")
    assert carry(row, page.artifacts.current.digest)
    qtbot.waitUntil(lambda: page.pushing.busy, timeout=5000)
    qtbot.waitUntil(lambda: health(page) == "Healthy" and "parts:2" in release(page), timeout=60_000)


def test_a_push_that_was_cut_is_offered_when_the_window_opens_and_goes_on(stocked, shell, qtbot):
    page, workspace = stocked, shell.workspace
    choose(page, "parts:1")
    cut = planned(workspace, page.artifacts.current.digest, "local")
    cut.layers[0].done = cut.layers[0].size // 2
    _keep(workspace.path / "cache" / "targets" / "local" / "push.json", cut)
    page.opened(workspace)
    qtbot.waitUntil(lambda: page.push.again.isVisible(), timeout=9000)
    assert "Stopped at" in page.push.stage.text()
    QTest.mouseClick(page.push.again, LEFT)
    qtbot.waitUntil(lambda: page.pushing.busy, timeout=5000)
    assert page.push.remark.text().startswith("goes on from ")
    qtbot.waitUntil(lambda: not page.pushing.busy, timeout=60_000)
    assert not page.push.again.isVisible()
    assert unfinished(workspace) == []


def test_rows_are_moved_and_folded_by_keyboard_and_stay_so(page, shell, qtbot):
    for name in ("a", "b"):
        targets.add_target(shell.workspace, name, "process://local")
    shell.changed.emit(Changes(everything=True), None)
    qtbot.waitUntil(lambda: list(page.targets.rows) == ["a", "b"], timeout=9000)
    QTest.keyClick(page.targets.rows["b"], Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert list(page.targets.rows) == ["b", "a"]
    QTest.keyClick(page.targets.rows["a"], Qt.Key.Key_Space)
    assert page.targets.rows["a"].machine.isHidden()
    page.targets.show_folded([])
    page.opened(shell.workspace)
    qtbot.waitUntil(lambda: list(page.targets.rows) == ["b", "a"], timeout=9000)
    assert page.targets.rows["a"].machine.isHidden()


def test_a_dropped_image_is_answered_or_refused_with_the_reason(stocked, qtbot, tmp_path):
    page = stocked
    deploy(page, qtbot, "parts:1")
    QTest.mouseClick(page.targets.rows["local"].buttons["try"], LEFT)
    file = tmp_path / "note.png"
    file.write_text("no picture")
    drop(page.trying.view, file)
    qtbot.waitUntil(lambda: page.trying.error.isVisible(), timeout=10_000)
    assert "note.png was refused" in page.trying.error.text.text()
    assert "no JPEG or PNG" in page.trying.error.text.text()


def test_a_target_is_added_by_the_dialog_and_removed_by_typing_its_name(page, shell, qtbot):
    add_target(page, qtbot)
    qtbot.waitUntil(lambda: health(page) == "Nothing runs", timeout=15_000)
    page.targets.wanted.emit("remove", "local")
    dialog = page.findChild(RemoveTargetDialog)
    assert not dialog.accept_button.isEnabled()
    QTest.keyClicks(dialog.typed, "local")
    QTest.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: not targets.list_targets(shell.workspace), timeout=15_000)


def test_the_dialog_says_the_command_that_does_the_same(page, qtbot):
    dialog = AddTargetDialog(page, frozenset({"local"}))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.url.text() == "lineside target add local-2 process://local"
    dialog.kind.setCurrentIndex(dialog.kind.findData("ssh"))
    QTest.mouseClick(dialog.accept_button, LEFT)
    assert dialog.isVisible()
    assert dialog._host_row.problem.text()
    QTest.keyClicks(dialog.host, "10.0.0.7")
    QTest.keyClicks(dialog.user, "edge")
    assert dialog.new_target().url == "ssh://edge@10.0.0.7:22"
    dialog.kind.setCurrentIndex(dialog.kind.findData("registry"))
    QTest.mouseClick(dialog.accept_button, LEFT)
    assert dialog._registry_row.problem.text()
    QTest.keyClicks(dialog.registry, "me@shop:5000/line")
    QTest.keyClicks(dialog.authority, "/ca.pem")
    assert (dialog.new_target().url, dialog.new_target().options) == ("registry://me@shop:5000/line", {"ca": "/ca.pem"})


def test_an_unknown_host_key_is_shown_with_its_fingerprint_and_refusing_is_the_default(page, qtbot):
    from engine.deployment.errors import HostKeyUnknown

    error = HostKeyUnknown("unknown", host="line-3", key_type="ssh-ed25519", fingerprint="SHA256:abc")
    page.places.not_reached("line-3", lambda _: None, page.error.show_error, error)
    dialog = page.findChild(HostKeyDialog)
    assert "SHA256:abc" in dialog.fingerprint.text()
    assert dialog.cancel_button.isDefault()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert page.error.isVisible()


def test_work_that_needs_a_password_asks_in_the_window_and_goes_on(page, shell, qtbot):
    answers = []

    def work(_workspace, _progress, ask):
        answers.append(ask("Password of root@line-3?"))
        return Changes(), None

    running = page.works.start(work)
    assert isinstance(running, TargetWork)
    qtbot.waitUntil(lambda: page.findChild(PasswordDialog) is not None, timeout=5000)
    dialog = page.findChild(PasswordDialog)
    QTest.keyClicks(dialog.secret, "geheim")
    QTest.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: answers == ["geheim"], timeout=5000)


def test_a_push_shows_each_layer_and_what_was_skipped(qtbot, qapp):
    card = PushCard()
    qtbot.addWidget(card)
    layers = [PushedLayer("sha256:a", 1000, "base"), PushedLayer("sha256:b", 4000, "model"), PushedLayer("sha256:c", 9)]
    card.begin("parts:1 to line-3", Push("line-3", "sha256:0", "parts:1", layers))
    card.show_progress("skip", 1000, 1000, "sha256:a")
    card.show_progress("push", 1000, 4000, "sha256:b")
    assert [card.row_text(number) for number in range(3)] == ["already there, skipped", "1 kB / 4 kB", "9 B"]
    assert card._rows[1][0].value() == 250
    card.show_progress("note", 0, 0, "Its clock is 3 years behind this machine's.")
    assert card.note.text().startswith("Its clock") and not card.note.isHidden()
    card.show_progress("push", 4000, 4000, "sha256:b")
    assert card.stage.text() == "Sending what is missing", "a note is no stage"


def add_target(page: DeploymentPage, qtbot) -> None:
    QTimer.singleShot(0, page, lambda: QTest.mouseClick(page.findChild(AddTargetDialog).accept_button, LEFT))
    page._add()
    qtbot.waitUntil(lambda: "local" in page.targets.rows, timeout=10_000)


def drop(view, file) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    place, copy = QPointF(view.rect().center()), Qt.DropAction.CopyAction
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QDragEnterEvent(place.toPoint(), copy, data, LEFT, none))
    QApplication.sendEvent(view, QDropEvent(place, copy, data, LEFT, none))
