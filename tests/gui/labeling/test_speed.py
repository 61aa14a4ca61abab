"""Labelling never makes the hand wait."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt

from engine.data.imports import import_data
from engine.data.records import Annotation
from engine.labeling import edits


def test_walking_and_drawing_never_block_the_window(hand, ui_watchdog) -> None:
    ui_watchdog.reset()
    for _ in range(4):
        hand.key(Qt.Key.Key_B)
        hand.drag((100, 100), (160, 160))
        hand.key(Qt.Key.Key_D)
        hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.item_id)
    hand.settled()


def test_a_line_scan_of_100_million_px_is_opened_off_the_ui_thread(hand, tmp_path: Path, ui_watchdog) -> None:
    folder = tmp_path / "scan"
    folder.mkdir()
    Image.fromarray(np.zeros((8_000, 12_000), np.uint8)).save(folder / "line.png")
    hand.page.shell.run(lambda ws: import_data(ws, folder).changes, "import")
    hand.bot.waitUntil(lambda: len(hand.page.ids) == 6, timeout=60_000)
    ui_watchdog.reset()
    hand.page.go_to(5)
    hand.bot.waitUntil(lambda: hand.canvas.picture.width == 12_000, timeout=60_000)
    hand.canvas.zoom(8)
    hand.canvas.pan(-300, -200)
    hand.settled()


def test_an_item_with_3000_shapes_is_worked_on_without_a_stutter(hand, ui_watchdog) -> None:
    ws, item = hand.page.shell.workspace, hand.page.item_id
    place = np.random.default_rng(0).integers(0, 600, (3_000, 2)).tolist()
    added = [edits.Add(Annotation(0, item, 1, "box", float(x), float(y), 20.0, 20.0)) for x, y in place]
    hand.page.shell.run(lambda _: edits.apply(ws, item, added), "fill")
    hand.bot.waitUntil(lambda: len(hand.shapes()) == 3_000, timeout=20_000)
    hand.settled()
    ui_watchdog.reset()
    hand.key(Qt.Key.Key_B)
    hand.drag((100, 100), (300, 300))
    hand.drag((200, 200), (260, 240))
    hand.settled()
    assert len(hand.stored()) == len(hand.shapes()) > 3_000
