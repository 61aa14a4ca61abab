"""The history of an image: the slider shows it as it was, only to look at, and a button brings that state back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.labeling.parts.history import HistoryPart


@pytest.fixture
def part(hand, qtbot: QtBot) -> HistoryPart:
    """Three states: a box, the box moved, a second box; the history is open."""
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (160, 150))
    hand.settled()
    hand.key(Qt.Key.Key_V)
    hand.drag((130, 125), (230, 225))
    hand.settled()
    hand.key(Qt.Key.Key_B)
    hand.drag((300, 300), (360, 350))
    hand.key(Qt.Key.Key_V)
    hand.settled()
    found = next(part for part in hand.page.parts if isinstance(part, HistoryPart))
    hand.page.side.show_tab("history")
    qtbot.waitUntil(lambda: found.story is not None and len(found.story.entries) == 4, timeout=10_000)
    return found


def boxes(hand):
    return sorted((round(shape.x), round(shape.y)) for shape in hand.shapes())


def test_the_slider_shows_the_image_as_it_was_and_leaves_the_store_alone(hand, part: HistoryPart, qtbot: QtBot) -> None:
    slider = part.panel.slider
    assert slider.maximum() == 3
    now = boxes(hand)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert boxes(hand) == now[:1]
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert boxes(hand) == [(100, 100)]
    assert "Only to look at" in part.panel.state.text()
    hand.drag((130, 125), (300, 300))
    hand.key(Qt.Key.Key_Delete)
    hand.settled()
    assert boxes(hand) == [(100, 100)]
    assert len(hand.stored()) == 2
    hand.key(Qt.Key.Key_Escape)
    hand.settled()
    assert boxes(hand) == now
    hand.drag((130, 325), (130, 325))
    assert part.place is None


def test_restore_this_state_is_one_step_to_undo(hand, part: HistoryPart, qtbot: QtBot) -> None:
    now = boxes(hand)
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.AltModifier)
    hand.page.do("history_earlier") if part.place is None else None
    part.panel.slider.setValue(1)
    QTest.mouseClick(part.panel.restore_button, Qt.MouseButton.LeftButton)
    hand.settled()
    qtbot.waitUntil(lambda: boxes(hand) == [(100, 100)], timeout=5_000)
    assert len(hand.stored()) == 1
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hand.settled()
    qtbot.waitUntil(lambda: boxes(hand) == now, timeout=5_000)


def test_one_shape_alone_is_brought_back(hand, part: HistoryPart, qtbot: QtBot) -> None:
    part.panel.slider.setValue(1)
    hand.click(130, 125)
    assert len(hand.canvas.selection) == 1
    QTest.mouseClick(part.panel.shape_button, Qt.MouseButton.LeftButton)
    hand.settled()
    qtbot.waitUntil(lambda: boxes(hand) == [(100, 100), (300, 300)], timeout=5_000)


def test_a_line_of_the_list_shows_its_state_and_the_blame_names_the_person(hand, part: HistoryPart) -> None:
    view = hand.page.side.history
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualItemRect(view.item(2)).center())
    assert part.place == 1
    assert boxes(hand) == [(100, 100)]
    hand.click(130, 125)
    hand.bot.waitUntil(lambda: "tester" in part.panel.blame.text())
    part.leave()
    hand.settled()
    assert part.place is None


def test_another_image_shows_its_present(hand, part: HistoryPart) -> None:
    part.panel.slider.setValue(0)
    assert boxes(hand) == []
    hand.page.step(1)
    hand.settled()
    assert part.place is None
    hand.page.step(-1)
    hand.settled()
    assert len(boxes(hand)) == 2
