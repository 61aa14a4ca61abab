"""Adjustments change what is seen, never the data; they are remembered, said in a chip and taken back by one key."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.gui.labeling.parts.view import View
from app.gui.labeling.parts.view_panel import AdjustPanel
from engine.data.imports import import_data
from engine.data.pixels import Adjustment


def _part(hand) -> View:
    return next(part for part in hand.page.parts if isinstance(part, View))


def _color(hand, x: float, y: float) -> int:
    image = hand.canvas.grab().toImage()
    return image.pixelColor(hand.at(x, y)).green()


def _right(hand, kind: QEvent.Type, at: QPointF) -> None:
    button = Qt.MouseButton.RightButton
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
    globally = QPointF(hand.canvas.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(hand.canvas, QMouseEvent(kind, at, globally, pressed, held, Qt.KeyboardModifier.NoModifier))


def _dark(hand) -> tuple[int, int]:
    """A black px of the open image."""
    values = hand.canvas.picture.values[0][:, :, 0]
    y, x = np.argwhere(values[100:300, 400:600] < 40)[0] + [100, 400]
    return int(x), int(y)


def test_a_slider_changes_the_view_and_not_the_file_and_one_key_takes_it_back(hand) -> None:
    x, y = _dark(hand)
    path = hand.page._open.image.path
    before, file = _color(hand, x, y), hashlib.sha256(path.read_bytes()).hexdigest()
    hand.key(Qt.Key.Key_F6)
    part = _part(hand)
    assert part.panel.isVisible()
    part.panel.brightness.setFocus()
    for _ in range(50):
        QTest.keyClick(part.panel.brightness, Qt.Key.Key_Right)
    hand.bot.waitUntil(lambda: _color(hand, x, y) > before + 90)
    assert "view" not in hand.canvas.chips  # the panel says it
    assert hand.canvas.picture.value(x, y)[0] < 40
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file
    hand.key(Qt.Key.Key_F6)
    assert "50" in hand.canvas.chips["view"]
    hand.canvas.setFocus()
    hand.key(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    hand.bot.waitUntil(lambda: abs(_color(hand, x, y) - before) < 3)
    assert "view" not in hand.canvas.chips


def test_the_adjustment_stays_for_the_next_image_and_the_next_start(hand, make_page) -> None:
    part = _part(hand)
    part.adjust(Adjustment(contrast=30, gamma=1.5))
    hand.key(Qt.Key.Key_D)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.item_id)
    assert hand.canvas.picture.adjustment.contrast == 30
    page = make_page()
    hand.bot.waitUntil(lambda: bool(page.canvas.picture.levels), timeout=10_000)
    assert page.canvas.picture.adjustment == Adjustment(contrast=30, gamma=1.5)
    assert "γ 1.50" in page.canvas.chips["view"]


def test_dragging_with_the_right_button_sets_the_window_and_draws_nothing(hand) -> None:
    hand.key(Qt.Key.Key_B)
    start = QPointF(hand.at(200, 200))
    _right(hand, QEvent.Type.MouseButtonPress, start)
    _right(hand, QEvent.Type.MouseMove, start + QPointF(80, 30))
    _right(hand, QEvent.Type.MouseButtonRelease, start + QPointF(80, 30))
    low, high = _part(hand).adjustment.window
    assert high - low < 255 * 0.75
    assert (low + high) / 2 > 140
    assert hand.shapes() == []


def test_handles_of_the_histogram_are_moved_by_mouse_and_keys(hand) -> None:
    hand.key(Qt.Key.Key_F6)
    histogram = _part(hand).panel.histogram
    area = histogram._area()
    QTest.mousePress(histogram, Qt.MouseButton.LeftButton, pos=QPointF(area.left(), 30).toPoint())
    QTest.mouseMove(histogram, QPointF(area.left() + area.width() / 4, 30).toPoint())
    QTest.mouseRelease(histogram, Qt.MouseButton.LeftButton)
    assert 50 < _part(hand).adjustment.window[0] < 80
    QTest.keyClick(histogram, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert _part(hand).adjustment.window[1] == 254
    QTest.keyClick(histogram, Qt.Key.Key_Escape)
    assert not _part(hand).panel.isVisible()


def test_sixteen_bits_are_shown_by_their_own_window_and_said_in_full(hand, tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    ramp = np.tile(np.linspace(1000, 3000, 400).astype(np.uint16), (300, 1))
    cv2.imwrite(str(folder / "ramp.png"), ramp)
    hand.page.shell.run(lambda ws: import_data(ws, folder).changes, "import")
    hand.bot.waitUntil(lambda: len(hand.page.ids) == 6, timeout=20_000)
    hand.page.go_to(5)
    hand.bot.waitUntil(lambda: hand.canvas.picture.width == 400, timeout=10_000)
    assert _color(hand, 10, 100) < 30
    assert _color(hand, 390, 100) > 225
    assert hand.canvas.picture.value(0, 0) == (1000,)
    assert hand.canvas.picture.depth == "uint16"


def test_a_slider_leaves_the_window_to_each_image(hand, tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), (np.random.default_rng(0).normal(3000, 500, (300, 400))).astype(np.uint16))
    hand.page.shell.run(lambda ws: import_data(ws, folder).changes, "import")
    hand.bot.waitUntil(lambda: len(hand.page.ids) == 6, timeout=20_000)
    hand.page.go_to(5)
    hand.bot.waitUntil(lambda: hand.canvas.picture.width == 400, timeout=10_000)
    part = _part(hand)
    hand.key(Qt.Key.Key_F6)
    natural = hand.canvas.picture.natural()
    assert any(value != round(value) for value in natural)
    QTest.keyClick(part.panel.brightness, Qt.Key.Key_Right)
    assert part.adjustment == Adjustment(brightness=1)
    part.panel.low.setValue(1000)
    assert part.adjustment.window == (1000, part.panel.high.value())


def test_a_window_is_never_dragged_to_nothing(hand) -> None:
    for _ in range(40):
        start = QPointF(hand.at(50, 200))
        _right(hand, QEvent.Type.MouseButtonPress, start)
        _right(hand, QEvent.Type.MouseMove, start + QPointF(900, 0))
        _right(hand, QEvent.Type.MouseButtonRelease, start + QPointF(900, 0))
    low, high = _part(hand).adjustment.window
    assert high - low > 0.1
    assert not hand.canvas.grab().isNull()


def test_values_of_a_small_range_are_set_in_figures_that_tell_them_apart(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    panel = AdjustPanel(parent)
    panel.show_picture(np.ones((1, 256)), (0.0, 0.0001), (0.00001, 0.00009), local=True)
    assert panel.low.value() == 0.00001
    assert panel.high.value() == 0.00009
    said = []
    panel.changed.connect(said.append)
    panel.low.setValue(0.00005)
    assert said[-1].window == (0.00005, 0.00009)


def test_local_contrast_is_made_in_the_background(hand) -> None:
    _part(hand).adjust(Adjustment(clahe=4.0))
    hand.bot.waitUntil(lambda: hand.canvas.picture.baked, timeout=10_000)
    _part(hand).adjust(Adjustment())
    hand.bot.waitUntil(lambda: hand.canvas.picture.adjustment.plain, timeout=10_000)
