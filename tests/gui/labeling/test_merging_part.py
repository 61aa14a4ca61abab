"""Merging and branches from the labelling page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.gui.labeling.parts.branches_dialog import MergeDialog
from app.gui.labeling.parts.merging import MergingPart
from engine.labeling import edits
from engine.labeling.edits import Add, Change
from engine.workspace import Workspace


@pytest.fixture
def part(hand) -> MergingPart:
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (160, 150))
    hand.settled()
    return next(part for part in hand.page.parts if isinstance(part, MergingPart))


def press(widget, name: str) -> None:
    QTest.mouseClick(widget.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_another_folder_is_merged_and_what_came_is_told(hand, part: MergingPart, qtbot: QtBot) -> None:
    ws: Workspace = hand.page.shell.workspace
    ws.cursor().execute("CHECKPOINT")
    other = shutil.copytree(ws.path, ws.path.with_name("theirs"), ignore=shutil.ignore_patterns("owner.lock"))
    with Workspace.open(other) as theirs:
        (shape,) = edits.annotations_of(theirs, 1)
        edits.apply(theirs, 1, [Add(shape.with_(id=0, x=300.0))], "Draw box")
    told: list[str] = []
    hand.page.shell.noticed.connect(lambda text, *_: told.append(text))
    hand.page.side.show_tab("history")
    QTest.mouseClick(part.links["merge"], Qt.MouseButton.LeftButton)
    dialog = hand.page.findChild(MergeDialog)
    press(dialog, "merge_accept")  # without a path: nothing happens, it is said
    assert dialog.isVisible()
    QTest.keyClicks(dialog.path, str(other))
    press(dialog, "merge_accept")
    hand.settled()
    qtbot.waitUntil(lambda: len(hand.shapes()) == 2, timeout=10_000)
    assert any("1 edits" in text for text in told)


def test_a_bundle_is_written(hand, part: MergingPart, qtbot: QtBot, tmp_path: Path) -> None:
    part.write_bundle(tmp_path / "out.zip")
    qtbot.waitUntil((tmp_path / "out.zip").exists, timeout=10_000)


def test_a_branch_is_made_compared_merged_and_removed(
    hand, part: MergingPart, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws: Workspace = hand.page.shell.workspace
    part.do("branches")
    dialog = part.dialog
    assert dialog is not None
    QTest.keyClicks(dialog.name, "second opinion")
    press(dialog, "branch_create")
    qtbot.waitUntil(lambda: dialog.list.count() == 1, timeout=10_000)
    with Workspace.open(ws.path / "branches" / "second opinion") as branch:
        (shape,) = edits.annotations_of(branch, 1)
        edits.apply(branch, 1, [Change(shape.id, {"x": 20.0})], "Move")
    press(dialog, "branch_compare")
    qtbot.waitUntil(lambda: dialog.found.count() == 1, timeout=10_000)
    assert "1 changed" in dialog.summary.text()
    asked: list[str] = []
    monkeypatch.setattr(QMessageBox, "question", lambda *args: asked.append(args[2]) or QMessageBox.StandardButton.No)
    press(dialog, "branch_remove")
    qtbot.waitUntil(lambda: bool(asked), timeout=10_000)
    press(dialog, "branch_merge")
    hand.settled()
    qtbot.waitUntil(lambda: [shape.x for shape in hand.shapes()] == [20.0], timeout=10_000)
    press(dialog, "branch_remove")
    qtbot.waitUntil(lambda: dialog.list.count() == 0, timeout=10_000)
    dialog.reject()
