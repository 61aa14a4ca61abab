"""Every kind of shape, resting and in hand, looks as it did when a person last looked; pieces make the same picture."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from pytestqt.qtbot import QtBot

from app.gui.labeling import tags
from app.gui.labeling.canvas import Canvas
from app.gui.labeling.document import Document
from app.gui.labeling.layer import MARGIN, Layer
from app.gui.labeling.painting import Detail, Style, View, detail_for
from app.gui.labeling.picture import Picture, from_pixels
from engine.data import rle
from engine.data.records import Annotation
from engine.labeling import geometry
from engine.labeling.edits import Change

STORED = Path(__file__).parent / "renderings"
SIZE = (480, 360)


def shapes() -> list[Annotation]:
    """One of each kind, one of each look."""
    return [
        geometry.with_rings(Annotation(1, 1, 1, "polygon"), [_square(10, 10, 80), _square(35, 35, 30)]),
        geometry.with_rings(Annotation(2, 1, 2, "polyline"), [np.array([[110, 20], [150, 80], [190, 20]])]),
        geometry.with_rings(Annotation(3, 1, 3, "rotated_box"), [geometry.rotated_corners(250, 50, 70, 30, 30)]),
        geometry.with_points(Annotation(4, 1, 1, "ellipse"), [(350, 50, 45, 25, 20)]),
        geometry.with_points(Annotation(5, 1, 2, "point"), [(430, 50)]),
        geometry.with_points(
            Annotation(6, 1, 4, "keypoints"), [(30, 130, 2, 80, 130, 2, 80, 190, 1, 30, 190, 2, 0, 0, 0)]
        ),
        Annotation(7, 1, 3, "box", 120.0, 120.0, 80.0, 60.0),
        Annotation(8, 1, 3, "box", 230.0, 120.0, 80.0, 60.0, origin="model", score=0.8),
        Annotation(9, 1, 1, "box", 340.0, 120.0, 80.0, 60.0, flags=("ignore",)),
        Annotation(10, 1, 1, "box", 20.0, 220.0, 80.0, 60.0, flags=("occluded",)),
        Annotation(11, 1, 2, "box", 60.0, 250.0, 80.0, 60.0, flags=("truncated",), relations=((7, ""),)),
        Annotation(12, 1, 2, "box", 300.0, 250.0, 40.0, 60.0, flags=("hidden",)),
        _mask(13),
        Annotation(14, 1, 4, "box", 330.0, 220.0, 60.0, 60.0, group=14),
        Annotation(15, 1, 4, "box", 400.0, 260.0, 50.0, 60.0, group=14),
        geometry.with_rings(
            Annotation(16, 1, 2, "polygon", origin="model", score=0.5, z=3), [_square(170, 240, 60)]
        ),
    ]  # fmt: skip


def _square(x: float, y: float, side: float) -> np.ndarray:
    return np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]], float)


def _mask(number: int) -> Annotation:
    mask = np.zeros((SIZE[1], SIZE[0]), bool)
    mask[230:300, 250:310] = True
    mask[250:270, 270:290] = False
    text = rle.encode(mask)
    x, y, w, h = rle.bounds(text, SIZE[1])
    return Annotation(number, 1, 1, "mask", x, y, w, h, rle=text)


@pytest.fixture
def canvas(qtbot: QtBot):
    made = Canvas()
    qtbot.addWidget(made)
    made.resize(*SIZE)
    colors = {1: "#0072B2", 2: "#D55E00", 3: "#009E73", 4: "#CC79A7"}
    made.set_look(
        Style(
            names={number: f"label {number}" for number in colors},
            colors={number: QColor(color) for number, color in colors.items()},
            tags=False,
            details={4: {"skeleton": [[0, 1], [1, 2], [2, 3]], "keypoints": ["a", "b", "c", "d", "e"]}},
        )
    )
    made.show_item(Document(1, *SIZE, shapes()), from_pixels(np.full((SIZE[1], SIZE[0], 1), 200, np.uint8)))
    made.show()
    qtbot.waitExposed(made)
    made.view, made._fitted = View(1.0, 0.0, 0.0), False
    qtbot.waitUntil(lambda: made.masks.get(_mask(13), QColor("#0072B2")) is not None)
    yield made
    made.finish()


def test_every_kind_and_look_is_drawn_as_stored(canvas: Canvas) -> None:
    _compare(canvas, "resting")


def test_shapes_in_hand_groups_and_relations_are_drawn_as_stored(canvas: Canvas) -> None:
    canvas.select([1, 11, 14, 6])
    _compare(canvas, "in_hand")


def test_what_is_drawn_without_room_for_detail_is_as_stored(canvas: Canvas) -> None:
    canvas.document.replace_all([*shapes(), *_crowd(2_000)])
    canvas.refresh()
    _compare(canvas, "crowd")


def test_a_hole_is_empty_and_a_hidden_shape_is_not_seen(canvas: Canvas) -> None:
    image = _grab(canvas)
    assert _grey(image, 50, 50)
    assert not _grey(image, 20, 60)
    assert _grey(image, 320, 260)
    assert _grey(image, 280, 260)


def test_a_higher_shape_lies_on_top_and_is_brought_there_by_a_change(canvas: Canvas) -> None:
    low, high = Annotation(1, 1, 1, "box", 10.0, 10.0, 90.0, 90.0), Annotation(2, 1, 2, "box", 10.0, 10.0, 90.0, 90.0)
    canvas.document.replace_all([low, high])
    canvas.refresh()
    assert _grab(canvas).pixelColor(10, 50) == QColor("#D55E00")
    canvas.document.apply([Change(1, {"z": 1})])
    canvas.refresh()
    assert _grab(canvas).pixelColor(10, 50) == QColor("#0072B2")


def test_a_line_that_ends_far_outside_the_view_keeps_its_direction_in_a_crowd(canvas: Canvas) -> None:
    far = geometry.with_rings(Annotation(1, 1, 2, "polyline"), [np.array([[10.0, 10.0], [90_010.0, 45_010.0]])])
    canvas.document.replace_all([far, *(one.with_(x=470.0, y=350.0) for one in _crowd(2_000))])
    canvas.refresh()
    image = _grab(canvas)
    for x in (50, 150, 300):
        column = [y for y in range(300) if image.pixelColor(x, y) == QColor("#D55E00")]
        assert column, x
        assert all(abs(y - (10 + (x - 10) / 2)) <= 1 for y in column)


def test_panning_by_pieces_gives_the_picture_that_drawing_at_once_gives(canvas: Canvas) -> None:
    for step in range(12):
        canvas.pan(37 if step < 6 else -53, -29 if step % 2 else 41)
        _grab(canvas)
    panned = _grab(canvas)
    canvas._layer.clear()
    assert _difference(panned, _grab(canvas)) < 0.01


@pytest.mark.parametrize("scale", [0.37, 0.9, 1.31, 3.0])
def test_a_picture_drawn_by_pieces_has_no_borders_between_them(qtbot: QtBot, scale: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (1000, 1400, 3), np.uint8)
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    canvas.show_item(Document(1, 1400, 1000), from_pixels(noise))
    canvas.show()
    canvas.view, canvas._fitted = View(scale, -70.0, -30.0), False
    at_once = _grab(canvas)
    canvas._layer.soil()
    assert _difference(at_once.copy(0, 0, 900, 650), _grab(canvas).copy(0, 0, 900, 650)) < 0.6
    canvas.finish()


def test_zooming_shows_the_former_picture_until_the_new_one_is_drawn(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.grab()
    canvas._layer.cost = 1.0  # as if it took long
    canvas.zoom(1.5)
    early = _grab(canvas)
    assert not canvas._layer.todo(visible=True).isEmpty()
    assert _difference(early, _grab(canvas)) == 0.0  # and it stays so while the wheel turns
    qtbot.waitUntil(lambda: canvas._layer.todo().isEmpty())
    sharp = _grab(canvas)
    canvas._layer.clear()
    assert _difference(sharp, _grab(canvas)) == 0.0


def test_an_edit_shows_at_once_where_the_shape_was_and_is(canvas: Canvas) -> None:
    canvas.grab()
    canvas.document.apply([Change(7, {"x": 130.0, "y": 190.0})])
    canvas.refresh()
    changed = _grab(canvas)
    canvas._layer.clear()
    assert _difference(changed, _grab(canvas)) == 0.0


def test_a_layer_draws_no_longer_than_its_budget_and_what_is_in_sight_first(qtbot: QtBot) -> None:
    drawn: list[QRectF] = []

    def slow(painter: QPainter, area: QRectF, view: View) -> None:
        qtbot.wait(3)
        drawn.append(area)

    layer = Layer(slow, lambda *_: None)
    layer.follow(View(), QSize(900, 700), 1.0)
    layer._behind = View()
    layer.work(1.0)
    assert len(drawn) == 1
    while not layer.todo(visible=True).isEmpty():
        layer.work(1.0)
    window = QRectF(0, 0, 900, 700)
    assert all(area.intersects(window) for area in drawn)
    layer.follow(View(1.0, MARGIN, 0.0), QSize(900, 700), 1.0)
    assert not layer.todo(visible=True).isEmpty() or not layer.todo().isEmpty()


def test_the_detail_does_not_flicker_near_its_limits() -> None:
    assert detail_for(250) is Detail.FULL
    assert detail_for(251) is Detail.FILLED
    assert detail_for(260, Detail.FULL) is Detail.FULL
    assert detail_for(290, Detail.FULL) is Detail.FILLED
    assert detail_for(10**6) is Detail.LINES


def test_a_damaged_mask_is_left_out_and_the_rest_is_drawn(canvas: Canvas, qtbot: QtBot) -> None:
    bad = Annotation(1, 1, 1, "mask", 10.0, 10.0, 50.0, 50.0, rle="\u00e9\u00e9")
    canvas.document.replace_all([bad, Annotation(2, 1, 2, "box", 100.0, 100.0, 50.0, 50.0)])
    canvas.refresh()
    qtbot.waitUntil(lambda: canvas.masks.get(bad, QColor("#0072B2")) is not None)
    assert _grab(canvas).pixelColor(100, 120) == QColor("#D55E00")


@pytest.mark.parametrize("width", [260, 420, 900])
def test_what_the_canvas_says_never_lies_over_each_other_nor_outside(canvas: Canvas, monkeypatch, width: int) -> None:
    placed: list[QRectF] = []

    def draw(painter, text, at, *colors, bold=False):
        placed.append(QRectF(at, QSizeF(tags.chip_size(text, canvas.font(), bold=bold))))
        return placed[-1]

    monkeypatch.setattr(tags, "draw_chip", draw)
    canvas.resize(width, 300)
    canvas.title = "a rather long name of an image from the third line.png   4096 × 3000"
    canvas.chips |= {"scale": "12.5 µm/px", "view": "Brightness +20 · contrast +15"}
    canvas._mouse = canvas.view.point(20, 20)
    _grab(canvas)
    last = placed[-5:]
    assert len(last) == 5
    assert all(QRectF(canvas.rect()).contains(one) for one in last)
    assert not any(a.intersects(b) for place, a in enumerate(last) for b in last[:place])


def test_without_a_picture_nothing_is_drawn_and_nothing_fails(canvas: Canvas) -> None:
    canvas.show_item(Document(), Picture())
    assert not _grab(canvas).isNull()


def _crowd(count: int) -> list[Annotation]:
    places = np.random.default_rng(0).integers(0, [460, 340], (count, 2)).tolist()
    return [Annotation(100 + i, 1, 1 + i % 4, "box", float(x), float(y), 8.0, 8.0) for i, (x, y) in enumerate(places)]


def _grab(canvas: Canvas) -> QImage:
    pixmap = QPixmap(canvas.size())
    canvas.render(pixmap)
    while not canvas._zooming.isActive() and not canvas._layer.todo(visible=True).isEmpty():
        canvas._layer.work(50, visible=True)
        canvas.render(pixmap)
    return pixmap.toImage()


def _compare(canvas: Canvas, name: str) -> None:
    """With a stored picture; LINESIDE_RENDER=1 stores it anew, to be looked at before it is kept."""
    canvas.chips.clear()
    image = _grab(canvas).copy(
        0, 0, SIZE[0], SIZE[1] - 40
    )  # the chips below hold text, which no two machines draw alike
    path = STORED / f"{name}.png"
    if os.environ.get("LINESIDE_RENDER"):
        image.save(str(path))
    stored = QImage(str(path))
    assert not stored.isNull(), f"{path.name} is missing; LINESIDE_RENDER=1 makes it"
    assert stored.size() == image.size()
    assert _difference(image, stored) < 0.5


def _difference(a: QImage, b: QImage) -> float:
    """The mean difference of the channels, in levels of 255."""
    return float(np.abs(_pixels(a).astype(int) - _pixels(b)).mean())


def _pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, :3].copy()


def _grey(image: QImage, x: int, y: int) -> bool:
    color = image.pixelColor(x, y)
    return color.red() == color.green() == color.blue()
