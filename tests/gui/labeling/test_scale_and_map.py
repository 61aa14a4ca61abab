"""Lengths are measured in px and, once calibrated, in µm and mm; the small map says where one is and moves the view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox

from app.gui.labeling.parts.view_map import MiniMap
from app.gui.labeling.parts.view_measure import CalibrateDialog
from app.gui.labeling.parts.view_scale import Scale, _round_step, _ticks
from engine.labeling.calibration import scale_of


def _part(hand, kind):
    return next(part for part in hand.page.parts if isinstance(part, kind))


def _calibrate(hand, mm: float, *, only: bool = False) -> None:
    hand.key(Qt.Key.Key_F9, Qt.KeyboardModifier.ShiftModifier)
    hand.bot.waitUntil(lambda: bool(hand.page.findChildren(CalibrateDialog)))
    (dialog,) = hand.page.findChildren(CalibrateDialog)
    dialog.length.setValue(mm)
    dialog.only.setChecked(only)
    ok = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    assert ok.isDefault()
    QTest.mouseClick(ok, Qt.MouseButton.LeftButton)
    hand.settled()


def test_a_drag_measures_and_its_true_length_calibrates_the_workspace(hand) -> None:
    hand.key(Qt.Key.Key_F9)
    hand.drag((100, 100), (300, 100))
    scale = _part(hand, Scale)
    assert scale.measure.length == pytest.approx(200, abs=3)
    assert hand.shapes() == []
    _calibrate(hand, 2.5)
    hand.bot.waitUntil(lambda: scale.size is not None)
    size = scale.size.um_per_px
    assert size == pytest.approx(2500 / scale.measure.length, rel=1e-3)
    assert hand.canvas.chips["scale"] == f"{size:.4g} µm/px"
    assert "mm" in scale.measure._length_text((0, 0), (200, 0))
    hand.page.activateWindow()
    hand.canvas.setFocus()
    hand.bot.waitUntil(hand.canvas.hasFocus)
    hand.key(Qt.Key.Key_Escape)
    assert scale.measure.length == 0
    hand.page.step(1)
    hand.bot.waitUntil(lambda: hand.canvas.document.item_id == hand.page.item_id)
    hand.bot.waitUntil(lambda: scale.size is not None and not scale.size.own)


def test_one_image_may_have_a_scale_of_its_own(hand) -> None:
    hand.key(Qt.Key.Key_F9)
    hand.drag((100, 100), (100, 300))
    _calibrate(hand, 1.0, only=True)
    scale = _part(hand, Scale)
    hand.bot.waitUntil(lambda: scale.size is not None and scale.size.own)
    workspace = hand.page.shell.workspace
    assert scale_of(workspace, hand.page.ids[1]) is None


def test_a_scale_said_for_all_images_counts_for_the_one_that_had_its_own(hand) -> None:
    hand.key(Qt.Key.Key_F9)
    hand.drag((100, 100), (100, 300))
    _calibrate(hand, 1.0, only=True)
    scale = _part(hand, Scale)
    hand.bot.waitUntil(lambda: scale.size is not None and scale.size.own)
    hand.page.activateWindow()
    hand.canvas.setFocus()
    hand.bot.waitUntil(hand.canvas.hasFocus)
    _calibrate(hand, 2.0, only=False)
    hand.bot.waitUntil(lambda: scale.size is not None and not scale.size.own)
    assert scale.size.um_per_px == pytest.approx(2000 / scale.measure.length, rel=1e-3)


def test_three_clicks_measure_an_angle(hand) -> None:
    hand.key(Qt.Key.Key_F9)
    for place in ((300, 100), (100, 100), (100, 300)):
        hand.click(*place)
    tool = _part(hand, Scale).measure
    assert len(tool.points) == 3
    assert 88 < float(tool._angle_text(tool.points).rstrip("°")) < 92


def test_rulers_are_switched_by_a_key_and_remembered(hand) -> None:
    plain = hand.canvas.grab().toImage()
    hand.key(Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
    hand.move(QPointF(300, 300))
    assert hand.canvas.grab().toImage() != plain
    assert str(hand.page.shell.settings.value("labeling/rulers")).lower() == "true"
    hand.key(Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
    assert not _part(hand, Scale).rulers


@pytest.mark.parametrize("least", [0.0003, 0.2, 1, 3, 70, 1999])
def test_steps_of_a_ruler_are_round(least: float) -> None:
    step = _round_step(least)
    assert least <= step <= 5 * least
    assert f"{step:e}"[0] in "125"
    assert [value for value, whole in _ticks(-step, 3 * step, step) if whole][:2] == [-step, 0]


def test_the_map_shows_when_a_part_is_out_of_sight_and_a_drag_in_it_moves_the_view(hand) -> None:
    small = _part(hand, MiniMap)
    assert small.area().isEmpty()
    hand.canvas.zoom(4)
    area = small.area()
    assert not area.isEmpty()
    QTest.mousePress(hand.canvas, Qt.MouseButton.LeftButton, pos=(area.topLeft() + QPointF(40, 40)).toPoint())
    x, y = hand.canvas.view.to_image(QPointF(hand.canvas.rect().center()))
    unit = area.width() / hand.canvas.picture.width
    assert x == pytest.approx(40 / unit, abs=6)
    assert y == pytest.approx(40 / unit, abs=6)
    hand.move(area.center(), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(hand.canvas, Qt.MouseButton.LeftButton, pos=area.center().toPoint())
    x, y = hand.canvas.view.to_image(QPointF(hand.canvas.rect().center()))
    assert x == pytest.approx(hand.canvas.picture.width / 2, abs=6)
    assert hand.shapes() == []
    assert hand.canvas.selection == []
    hand.key(Qt.Key.Key_F7, Qt.KeyboardModifier.ControlModifier)
    assert small.area().isEmpty()
