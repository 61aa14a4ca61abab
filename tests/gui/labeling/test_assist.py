"""The smart tools by real clicks on pictures of parts with defects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.labeling.page import LabelingPage
from app.gui.labeling.parts.assist import Assist
from engine.data import rle
from engine.data.imports import import_data
from engine.data.sample import draw_part_with_masks
from engine.labeling import schema
from engine.labeling.assist import scribbles
from engine.labeling.assist.protocol import iou
from engine.workspace import Workspace
from tests.gui.labeling.conftest import Hand


class Parts:
    """The page on three parts with stains; `hand` uses it, `masks` are the true stains of the open image."""

    def __init__(self, hand: Hand, truth: dict[str, np.ndarray]) -> None:
        self.hand, self.page, self.canvas, self._truth = hand, hand.page, hand.canvas, truth
        self.assist = next(part for part in hand.page.parts if isinstance(part, Assist))

    @property
    def truth(self) -> np.ndarray:
        return next(mask for name, mask in self._truth.items() if self.canvas.title.startswith(name))

    @property
    def middle(self) -> tuple[float, float]:
        rows, columns = np.nonzero(self.truth)
        return float(np.median(columns)) + 0.5, float(np.median(rows)) + 0.5

    def answered(self) -> None:
        click = self.assist.click
        self.hand.bot.waitUntil(lambda: bool(click.clicks) and not click.waiting, timeout=20_000)

    def looked(self) -> None:
        pixels = self.assist.pixels
        self.hand.bot.waitUntil(lambda: not pixels.state and bool(pixels.masks), timeout=30_000)


@pytest.fixture
def parts(make_page: Callable[[], LabelingPage], workspace: Workspace, tmp_path: Path, qtbot: QtBot) -> Parts:
    folder, truth = tmp_path / "parts", {}
    folder.mkdir()
    number = 0
    while len(truth) < 3:
        picture, found = draw_part_with_masks(np.random.default_rng([77, number]))
        number += 1
        stains = [mask for label, _, mask in found if label == "stain"]
        if len(stains) == 1:
            truth[f"part-{len(truth)}"] = stains[0]
            Image.fromarray(picture).save(folder / f"part-{len(truth) - 1}.png")
    import_data(workspace, folder)
    schema.add_label(workspace, "stain")
    schema.add_label(workspace, "dent")
    page = make_page()
    hand = Hand(page, qtbot)
    qtbot.waitUntil(lambda: page.canvas.document.item_id != 0 and bool(page.canvas.picture.levels), timeout=10_000)
    page.canvas.setFocus()
    hand.settled()
    return Parts(hand, truth)


def pixels_of(shape, truth: np.ndarray) -> np.ndarray:
    if shape.kind == "mask":
        return rle.decode(shape.rle, *truth.shape)
    from engine.labeling.regions import pixels_of as filled

    found, x, y = filled(shape, truth.shape[::-1])
    whole = np.zeros(truth.shape, bool)
    whole[y : y + found.shape[0], x : x + found.shape[1]] = found > 0
    return whole


def test_one_click_and_enter_make_a_mask_of_the_stain(parts: Parts):
    hand = parts.hand
    hand.key(Qt.Key.Key_S)
    assert parts.canvas.tool.name == "click_segment"
    hand.click(*parts.middle)
    parts.answered()
    assert not hand.shapes()
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    (shape,) = hand.stored()
    assert shape.kind == "mask"
    assert shape.origin == "person"
    assert iou(pixels_of(shape, parts.truth), parts.truth) > 0.8
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hand.settled()
    assert not hand.stored()


def test_the_result_may_be_a_polygon_and_that_is_remembered(parts: Parts):
    hand = parts.hand
    hand.key(Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    hand.key(Qt.Key.Key_S)
    hand.click(*parts.middle)
    parts.answered()
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    (shape,) = hand.stored()
    assert shape.kind == "polygon"
    assert len(shape.points[0]) < 160
    assert iou(pixels_of(shape, parts.truth), parts.truth) > 0.8
    assert parts.page.shell.settings.value("labeling/assist_output") == "polygon"
    assert parts.assist.panel.output.currentData() == "polygon"


def test_right_clicks_and_alt_are_beside_the_object_and_backspace_takes_them_back(parts: Parts):
    hand, click = parts.hand, parts.assist.click
    hand.key(Qt.Key.Key_S)
    x, y = parts.middle
    hand.click(x, y)
    parts.answered()
    first = click.mask.copy()
    QTest.mouseClick(parts.canvas, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, hand.at(x + 9, y))
    parts.answered()
    assert [one.positive for one in click.clicks] == [True, False]
    assert not click.mask[int(y), int(x + 9)]
    hand.click(x, y + 8, Qt.KeyboardModifier.AltModifier)
    parts.answered()
    assert [one.positive for one in click.clicks] == [True, False, False]
    hand.key(Qt.Key.Key_Backspace)
    hand.key(Qt.Key.Key_Backspace)
    parts.answered()
    assert np.array_equal(click.mask, first)
    hand.key(Qt.Key.Key_Escape)
    assert not click.clicks
    assert not hand.shapes()
    assert parts.canvas.tool.name == "click_segment"


def test_clicks_are_left_when_another_image_is_opened(parts: Parts):
    hand = parts.hand
    hand.key(Qt.Key.Key_S)
    hand.click(*parts.middle)
    parts.answered()
    hand.key(Qt.Key.Key_D)
    hand.bot.waitUntil(lambda: parts.page.index == 1 and parts.canvas.document.item_id == parts.page.item_id)
    assert not parts.assist.click.clicks
    hand.click(*parts.middle)
    parts.answered()
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    assert iou(pixels_of(hand.stored()[0], parts.truth), parts.truth) > 0.6


def test_a_preview_shows_where_the_mouse_rests(parts: Parts):
    hand = parts.hand
    parts.assist.panel.hover.setChecked(True)
    hand.key(Qt.Key.Key_S)
    hand.move(parts.canvas.view.point(*parts.middle))
    hand.bot.waitUntil(lambda: parts.assist.click._preview is not None, timeout=20_000)
    assert not parts.assist.click.clicks
    hand.key(Qt.Key.Key_Return)
    assert not hand.shapes()


def test_scissors_follow_the_edge_and_enter_closes(parts: Parts):
    import cv2

    hand, tool = parts.hand, parts.assist.scissors
    hand.key(Qt.Key.Key_G)
    outline = max(cv2.findContours(parts.truth.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)[
        :, 0
    ]
    for part in range(6):
        x, y = outline[len(outline) * part // 6] + 0.5
        hand.click(float(x), float(y))
        hand.bot.waitUntil(lambda: tool.stops[-1].wire is not None, timeout=20_000)
    assert len(tool.stops) == 6
    hand.key(Qt.Key.Key_Backspace)
    assert len(tool.stops) == 5
    x, y = outline[len(outline) * 5 // 6] + 0.5
    hand.click(float(x), float(y))
    hand.bot.waitUntil(lambda: tool.stops[-1].wire is not None, timeout=20_000)
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    (shape,) = hand.stored()
    assert shape.kind == "polygon"
    assert len(shape.points[0]) > 12
    assert iou(pixels_of(shape, parts.truth), parts.truth) > 0.75


def test_scissors_are_dropped_by_escape(parts: Parts):
    hand = parts.hand
    hand.key(Qt.Key.Key_G)
    hand.click(100, 100)
    hand.click(140, 120, Qt.KeyboardModifier.AltModifier)
    assert parts.assist.scissors.stops[-1].straight
    hand.key(Qt.Key.Key_Escape)
    assert not parts.assist.scissors.stops
    assert not hand.shapes()


def scribble(parts: Parts) -> None:
    hand = parts.hand
    x, y = parts.middle
    hand.drag((x - 5, y), (x + 5, y + 2))
    rows, columns = np.nonzero(parts.truth)
    left, right, top, bottom = columns.min() - 9, columns.max() + 9, rows.min() - 9, rows.max() + 9
    alt = Qt.KeyboardModifier.AltModifier
    hand.drag((left, top), (right, top), alt)
    hand.drag((left, bottom), (right, bottom), alt)
    hand.drag((60, 60), (260, 260), alt)
    hand.drag((60, 260), (260, 60), alt)


def test_scribbles_find_the_rest_and_enter_makes_shapes(parts: Parts, workspace: Workspace):
    hand, pixels = parts.hand, parts.assist.pixels
    hand.key(Qt.Key.Key_U)
    scribble(parts)
    parts.looked()
    mask = pixels.masks[parts.canvas.label_id]
    x, y = parts.middle
    assert mask[int(y), int(x)]
    assert not mask[60, 60]
    hand.settled()
    kept = scribbles.load(workspace.path, "pixels")
    assert [stroke.label for stroke in kept.strokes[parts.page.item_id]] == [parts.canvas.label_id, 0, 0, 0, 0]
    hand.key(Qt.Key.Key_Return)
    hand.settled()
    covering = [shape for shape in hand.stored() if pixels_of(shape, parts.truth)[int(y), int(x)]]
    assert len(covering) == 1
    assert iou(pixels_of(covering[0], parts.truth), parts.truth) > 0.5


def test_what_was_scribbled_on_one_image_is_looked_for_on_the_next(parts: Parts):
    hand, pixels = parts.hand, parts.assist.pixels
    hand.key(Qt.Key.Key_U)
    scribble(parts)
    parts.looked()
    hand.settled()
    hand.key(Qt.Key.Key_D)
    hand.bot.waitUntil(lambda: parts.page.index == 1 and parts.canvas.document.item_id == parts.page.item_id)
    parts.looked()
    assert next(iter(pixels.masks.values())).shape == parts.truth.shape
    assert not pixels.here
    hand.key(Qt.Key.Key_A)
    hand.bot.waitUntil(lambda: parts.page.index == 0 and parts.canvas.document.item_id == parts.page.item_id)
    assert len(pixels.here) == 5
    hand.key(Qt.Key.Key_Backspace)
    assert len(pixels.here) == 4


def test_the_panel_takes_tools_and_counts_scribbles(parts: Parts):
    hand, panel = parts.hand, parts.assist.panel
    parts.page.side.show_tab("assist")
    QTest.mouseClick(panel.tools["scribble"], Qt.MouseButton.LeftButton)
    assert parts.canvas.tool.name == "scribble"
    assert not panel.take.isEnabled()
    scribble(parts)
    parts.looked()
    assert panel.take.isEnabled()
    assert "5" in panel.state.text()
    QTest.mouseClick(panel.drop, Qt.MouseButton.LeftButton)
    assert not parts.assist.pixels.here
    hand.settled()


def test_a_pair_of_networks_answers_clicks_when_it_is_chosen(parts: Parts, workspace: Workspace, tmp_path: Path):
    from engine.labeling.assist import onnx_pair
    from engine.labeling.assist.companion import shared
    from tests.unit.labeling.assist.tiny_sam import make

    onnx_pair.add(workspace.path, "tiny", *make(tmp_path))
    parts.assist.opened(workspace)
    panel, hand = parts.assist.panel, parts.hand
    hand.bot.waitUntil(lambda: panel.method.count() == 2, timeout=10_000)
    panel.method.setCurrentIndex(1)
    panel.method.activated.emit(1)
    assert parts.assist.pair == "tiny"
    hand.key(Qt.Key.Key_S)
    hand.click(*parts.middle)
    parts.answered()
    x, y = parts.middle
    assert parts.assist.click.mask[int(y), int(x)]
    assert len(list((workspace.path / "cache" / "embeddings").rglob("*.npy"))) == 1
    pid = shared().pid
    assert pid is not None
    import os
    import signal

    os.kill(pid, signal.SIGKILL)
    hand.click(x + 3, y)
    parts.answered()
    assert shared().pid != pid
    onnx_pair.remove(workspace.path, "tiny")
    hand.click(x - 3, y)
    hand.bot.waitUntil(lambda: not parts.assist.click.waiting, timeout=20_000)
    assert len(parts.assist.click.clicks) == 2  # what could not be answered is taken back, and was told
    shared().close()
    shared.cache_clear()


def test_the_scribbles_are_applied_to_all_unlabelled_images_by_a_job(parts: Parts, workspace: Workspace):
    from engine.labeling.edits import annotations_of

    hand, panel = parts.hand, parts.assist.panel
    parts.page.side.show_tab("assist")
    hand.key(Qt.Key.Key_U)
    assert not panel.all.isEnabled()
    scribble(parts)
    parts.looked()
    hand.settled()
    QTest.mouseClick(panel.all, Qt.MouseButton.LeftButton)
    others = [item for item in parts.page.ids if item != parts.page.item_id]
    hand.bot.waitUntil(lambda: any(annotations_of(workspace, item) for item in others), timeout=60_000)
    found = [shape for item in others for shape in annotations_of(workspace, item)]
    assert {shape.origin for shape in found} == {"model"}
    assert not annotations_of(workspace, parts.page.item_id)


def test_strokes_without_end_are_kept_and_an_image_that_was_removed_does_not_stop_the_learning(
    parts: Parts, workspace: Workspace
):
    hand, tool, pixels = parts.hand, parts.assist.scribble, parts.assist.pixels
    hand.key(Qt.Key.Key_U)
    scribble(parts)
    parts.looked()
    hand.drag((30, 20), (40, 25), Qt.KeyboardModifier.AltModifier)
    last = pixels.here[-1]
    QTest.mousePress(parts.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, hand.at(20, 20))
    tool._line = [(20 + number % 50, 20.0) for number in range(9001)]
    QTest.mouseRelease(parts.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, hand.at(20, 20))
    parts.looked()
    hand.settled()
    kept = scribbles.load(workspace.path, "pixels").strokes[parts.page.item_id]
    assert kept[-2] == last
    assert kept[-1].points[-2:] == (20 + 9000 % 50, 20.0)
    pixels.scribbles.strokes[10**6] = list(kept)  # of an image that is not there any more
    pixels.look()
    parts.looked()
    assert pixels.count


def test_what_a_network_keeps_of_a_part_of_a_large_image_is_of_that_part(parts: Parts, monkeypatch):
    from engine.labeling.assist import companion
    from engine.labeling.assist.clicks import Click

    asked = []

    class Listening:
        def call(self, _name, arguments, _arrays, **_more):
            asked.append(arguments["digest"])
            return {}, {"mask": np.ones((4, 4))}

    monkeypatch.setattr(companion, "shared", Listening)
    parts.assist.pair = "tiny"
    click, image = Click(2.5, 2.5), np.zeros((4, 4, 3), np.uint8)
    for corner, clicks in (((0, 0), [click]), ((100, 0), [click]), ((0, 0), [click, Click(3.5, 0.5)])):
        parts.assist.pair_question(image, clicks, corner, whole=False)(None)
    assert asked[0] == asked[2] != asked[1]
    assert asked[0] != parts.assist._item.image.digest
    parts.assist.pair_question(image, [click], (0, 0), whole=True)(None)
    assert asked[3] == parts.assist._item.image.digest
