"""Fleets in the window, against real processes on this machine."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.deployment.fleet_dialogs import MembersDialog, OrderDialog
from app.gui.deployment.fleet_table import SEEN, STATE, TARGET
from engine.changes import Changes
from engine.deployment import targets
from engine.deployment.fleet import fleets, looking, orders
from engine.deployment.fleet.plan import Plan
from engine.workspace import Workspace
from tests.gui.deployment.test_page import LEFT, page  # noqa: F401  # a fixture
from tests.integration.deployment.program import add_artifact


@pytest.fixture
def boxes(page, shell, qtbot):  # noqa: F811  # the fixture, not the import
    """The page with an artifact and three targets on this machine, which are emptied after the test."""
    workspace = shell.workspace
    add_artifact(workspace, "parts:1")
    for number in range(3):
        targets.add_target(workspace, f"box{number}", "process://local", port_base=29000 + os.getpid() % 300 * 20,
                           mode="interpreter", gateway="no")  # fmt: skip
    shell.changed.emit(Changes(everything=True), None)
    qtbot.waitUntil(lambda: len(page.targets.rows) == 3, timeout=10_000)
    yield page
    with Workspace.open(workspace.path) as again:
        for number in range(3):
            with targets.open_target(again, f"box{number}") as target:
                target.remove()


def states(page):  # noqa: F811
    model = page.fleets.page.table.filter
    return {model.index(row, TARGET).data(): model.index(row, STATE).data() for row in range(model.rowCount())}


def test_a_fleet_is_made_and_brought_an_artifact_and_the_table_follows(boxes, shell, qtbot):
    made = boxes.fleets.page
    assert "No fleet yet" in boxes.fleets.card.none.text()
    QTest.mouseClick(boxes.fleets.card.add, LEFT)
    dialog = boxes.findChild(MembersDialog)
    QTest.mouseClick(dialog.accept_button, LEFT)
    assert dialog.isVisible() and dialog.error.text.text() == "Give it a name."
    QTest.keyClicks(dialog.name, "line")
    dialog.group.setEditText("hall-1")
    dialog.all.setChecked(True)
    QTest.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: made.isVisible() and len(states(boxes)) == 3, timeout=10_000)
    assert boxes.targets.rows == {} or not boxes.targets.isVisible(), "they are shown in the fleet"
    qtbot.waitUntil(lambda: set(states(boxes).values()) == {"Nothing assigned"}, timeout=15_000)
    QTest.mouseClick(made.bring, LEFT)
    qtbot.waitUntil(lambda: made.findChild(OrderDialog) is not None, timeout=10_000)
    dialog = made.findChild(OrderDialog)
    dialog.soak.setValue(0)
    assert dialog.means.text() == (
        "Wave 1 (hall-1): targets: 1, of which 0 may fail\nWave 2 (hall-1): targets: 2, of which 0 may fail"
    )
    QTest.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: set(states(boxes).values()) == {"As it should be"}, timeout=60_000)
    qtbot.waitUntil(lambda: made.state.text() == "Through", timeout=10_000)
    assert made.why.text() == "It is through: 3 have it, 0 failed."
    made.table.setFocus()
    made.table.selectRow(1)
    QTest.keyClick(made.table, Qt.Key.Key_Return)
    assert boxes.stack.currentWidget() is boxes.release and boxes.release.target == "box1"
    QTest.mouseClick(boxes.release.back, LEFT)
    assert boxes.stack.currentWidget() is made
    assert not made.error.isVisible(), made.error.text.text()


def test_two_hundred_targets_are_filtered_by_state_and_text_and_an_interrupted_order_can_be_continued(
    page,  # noqa: F811  # the fixture, not the import
    shell,
    qtbot,
    monkeypatch,
):
    workspace, made = shell.workspace, page.fleets.page
    monkeypatch.setattr(made, "look", lambda: None)  # nothing runs on them
    names = [f"box{number:03}" for number in range(200)]
    for name in names:
        targets.add_target(workspace, name, "process://local")
    fleets.create(workspace, "line")
    fleets.add(workspace, "line", names, "hall-1")
    digest = add_artifact(workspace, "parts:1")
    order = orders.give(workspace, fleets.get(workspace, "line"), [digest], "parts:1", Plan())
    failed = replace(order.steps["box007"], state="failed", error="box007 does not answer.")
    with workspace.transaction("Look") as tx:
        looking.write(tx, {name: looking.Seen(True, digest, "parts:1", "running") for name in names[:50]})
        orders.save(workspace, order, failed, tx=tx)
    shell.changed.emit(Changes(everything=True), None)
    qtbot.waitUntil(lambda: len(page.fleets.card.lines) == 1, timeout=20_000)
    page.fleets.card.wanted.emit("line")
    qtbot.waitUntil(lambda: len(states(page)) == 200, timeout=20_000)
    assert (made.state.text(), made.proceed.isVisible(), made.pause.isVisible()) == ("Interrupted", True, False)
    assert made.chips["right"].text() == "As it should be 49"
    QTest.mouseClick(made.chips["failed"], LEFT)
    assert states(page) == {"box007": "Failed"}
    assert made.count.text() == "1 of 200 targets"
    assert made.table.filter.index(0, SEEN).data() == "just now"
    QTest.mouseClick(made.chips["failed"], LEFT)
    QTest.keyClicks(made.search, "box19")
    assert len(states(page)) == 10
    QTest.mouseClick(made.abort, LEFT)
    qtbot.waitUntil(lambda: made.state.text() == "Aborted", timeout=20_000)
    assert made.bring.isEnabled()
