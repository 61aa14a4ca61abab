"""Conflicts on the labelling page: both versions on the picture, a key for each choice."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.labeling.parts.conflicts import COLORS, ConflictsPart
from app.gui.operations import history as operations
from engine.labeling import edits
from engine.labeling.edits import Change
from engine.workspace import Workspace


@pytest.fixture
def part(hand, qtbot: QtBot) -> ConflictsPart:
    """The same box moved here and by another person, who also moved one on the second image; then merged."""
    page, ws = hand.page, hand.page.shell.workspace
    for _ in range(2):
        hand.key(Qt.Key.Key_B)
        hand.drag((100, 100), (160, 150))
        hand.settled()
        page.step(1)
        hand.settled()
    page.go_to(0)
    hand.settled()
    ws.cursor().execute("CHECKPOINT")
    other = shutil.copytree(ws.path, ws.path.with_name("theirs"), ignore=shutil.ignore_patterns("owner.lock"))
    ids = [row[0] for row in ws.query("SELECT id FROM annotation ORDER BY item_id")]
    with Workspace.open(other) as theirs:
        theirs.author = "yi"
        for item, shape in enumerate(ids, 1):
            edits.apply(theirs, item, [Change(shape, {"x": 300.0})], "Move")
    for item, shape in enumerate(ids, 1):
        edits.apply(ws, item, [Change(shape, {"x": 200.0})], "Move")
    found = next(part for part in page.parts if isinstance(part, ConflictsPart))
    page.writer.write(operations.merge(other), "Merge")
    hand.settled()
    qtbot.waitUntil(lambda: len(found.waiting) == 1 and found.panel.isVisible(), timeout=10_000)
    page.canvas.setFocus()
    return found


def test_both_versions_are_drawn_and_the_panel_names_them(hand, part: ConflictsPart) -> None:
    assert "2" in part.title.text()
    assert "yi" in part.text.text()
    image = hand.canvas.grab().toImage()
    seen = {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(0, image.height(), 3)}
    assert {COLORS[0], COLORS[1]} <= seen


def xs(hand) -> list[int]:
    return sorted(round(shape.x) for shape in hand.stored())


@pytest.mark.parametrize(
    ("key", "expected"), [(Qt.Key.Key_1, [200]), (Qt.Key.Key_2, [300]), (Qt.Key.Key_3, [200, 300])]
)
def test_a_key_chooses_and_undo_takes_it_back(hand, part: ConflictsPart, qtbot: QtBot, key, expected) -> None:
    shown = xs(hand)
    hand.key(key, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier)
    hand.settled()
    qtbot.waitUntil(lambda: not part.waiting, timeout=5_000)
    assert xs(hand) == expected
    assert sorted(round(shape.x) for shape in hand.shapes()) == expected
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hand.settled()
    assert xs(hand) == shown


def test_next_goes_to_the_image_with_the_other_conflict_and_the_panel_leaves_with_the_last(
    hand, part: ConflictsPart, qtbot: QtBot
) -> None:
    QTest.mouseClick(part.first, Qt.MouseButton.LeftButton)
    hand.settled()
    qtbot.waitUntil(lambda: not part.waiting, timeout=5_000)
    hand.key(Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    hand.settled()
    assert hand.page.index == 1
    qtbot.waitUntil(lambda: len(part.waiting) == 1, timeout=5_000)
    QTest.mouseClick(part.both, Qt.MouseButton.LeftButton)
    hand.settled()
    qtbot.waitUntil(lambda: not part.panel.isVisible(), timeout=5_000)
    assert xs(hand) == [200, 300]
