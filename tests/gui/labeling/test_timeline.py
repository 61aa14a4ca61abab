"""Tracks by mouse and keys on the frames of a real video."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.labeling.page import LabelingPage
from app.gui.labeling.parts.timeline import Sequenced, Timeline
from engine.data.imports import import_data
from engine.labeling import schema
from engine.labeling.edits import annotations_of
from engine.workspace import Workspace
from tests.gui.labeling.conftest import Hand

FRAMES, SIDE = 12, 48
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def sequence(make_page: Callable[[], LabelingPage], workspace: Workspace, tmp_path: Path, qtbot: QtBot) -> Hand:
    random = np.random.default_rng(0)
    ground = cv2.GaussianBlur((random.random((240, 320, 3)) * 90 + 60).astype(np.uint8), (0, 0), 3)
    part = cv2.GaussianBlur((random.random((SIDE, SIDE, 3)) * 255).astype(np.uint8), (0, 0), 1.2)
    writer = cv2.VideoWriter(str(tmp_path / "line.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 25, (320, 240))
    for frame in range(FRAMES):
        picture = ground.copy()
        picture[40 : 40 + SIDE, 20 + 6 * frame : 20 + 6 * frame + SIDE] = part
        writer.write(picture)
    writer.release()
    import_data(workspace, tmp_path / "line.avi")
    schema.add_label(workspace, "part")
    page = make_page()
    hand = Hand(page, qtbot)
    qtbot.waitUntil(lambda: page.canvas.document.item_id != 0 and part_of(page).bar.isVisible(), timeout=10_000)
    page.canvas.setFocus()
    hand.settled()
    return hand


def part_of(page: LabelingPage) -> Timeline:
    return next(part for part in page.parts if isinstance(part, Timeline))


def test_two_key_frames_are_joined_and_shown_on_the_timeline(sequence: Hand) -> None:
    page, line = sequence.page, part_of(sequence.page)
    sequence.key(Qt.Key.Key_B)
    sequence.drag((20, 40), (68, 88))
    sequence.settled()
    sequence.key(Qt.Key.Key_T, CONTROL)
    sequence.settled()
    QTest.mouseClick(line.lanes, Qt.MouseButton.LeftButton, pos=QPoint(line.lanes.width() - 10, 8))
    sequence.bot.waitUntil(lambda: page.canvas.document.item_id == line.known.frames[-1].item_id)
    sequence.settled()
    sequence.key(Qt.Key.Key_T, CONTROL)
    sequence.settled()
    sequence.bot.waitUntil(lambda: len(sequence.shapes()) == 1 and bool(page.canvas.selection))
    sequence.key(Qt.Key.Key_V)
    sequence.drag((44, 64), (44 + 66, 64))
    sequence.settled()
    ws = page.shell.workspace
    sequence.bot.waitUntil(lambda: bool(line.known.tracks) and len(line.known.tracks[0].shapes) == FRAMES)
    (middle,) = annotations_of(ws, line.known.frames[5].item_id)
    assert middle.x == pytest.approx(20 + 66 * 5 / 11, abs=0.01)
    assert line.known.tracks[0].keys == [line.known.frames[0].item_id, line.known.frames[-1].item_id]
    sequence.key(Qt.Key.Key_PageUp, CONTROL)
    sequence.bot.waitUntil(lambda: page.canvas.document.item_id == line.known.frames[0].item_id)


def test_carrying_forward_gives_suggestions_on_the_next_frames(sequence: Hand) -> None:
    page, line = sequence.page, part_of(sequence.page)
    sequence.key(Qt.Key.Key_B)
    sequence.drag((20, 40), (68, 88))
    sequence.settled()
    line.count.setValue(6)
    sequence.key(Qt.Key.Key_T, CONTROL | ALT)
    ws = page.shell.workspace
    sequence.bot.waitUntil(lambda: line._progress is None and bool(line.known.tracks), timeout=20_000)
    sequence.settled()
    frames = line.known.frames
    suggested = [annotations_of(ws, frame.item_id) for frame in frames[1:7]]
    assert [len(found) for found in suggested] == [1] * 6
    assert all(found[0].origin == "model" for found in suggested)
    assert suggested[4][0].x == pytest.approx(50, abs=3)


def test_keys_of_tracks_on_a_still_image_say_what_is_missing(sequence: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(sequence.page.shell, "set_status", said.append)
    part_of(sequence.page).known = Sequenced()
    sequence.key(Qt.Key.Key_T, CONTROL | ALT)
    assert "no frame of a sequence" in said[-1]
