"""Whatever a hand does in whatever order: no tool fails, and what is shown is what is stored."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.data import rle
from engine.data.records import Annotation
from engine.labeling import geometry
from tests.gui.labeling.test_tools import ALT, CTRL, KEY, SHIFT, skeleton  # noqa: F401  (a fixture)

NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
TOOLS = [
    *((key, NONE) for key in (KEY.Key_V, KEY.Key_B, KEY.Key_R, KEY.Key_E, KEY.Key_P, KEY.Key_O)),
    *((key, NONE) for key in (KEY.Key_M, KEY.Key_Q, KEY.Key_F, KEY.Key_W, KEY.Key_C)),
    *((key, SHIFT) for key in (KEY.Key_P, KEY.Key_L, KEY.Key_K, KEY.Key_M, KEY.Key_S)),
]
KEYS = [
    *((key, NONE) for key in (KEY.Key_Return, KEY.Key_Escape, KEY.Key_Backspace, KEY.Key_Delete, KEY.Key_Insert)),
    *((key, NONE) for key in (KEY.Key_Space, KEY.Key_Up, KEY.Key_1, KEY.Key_2, KEY.Key_BracketRight, KEY.Key_S)),
    *((key, SHIFT) for key in (KEY.Key_Right, KEY.Key_Down, KEY.Key_V, KEY.Key_Insert)),
    *((key, ALT) for key in (KEY.Key_Right, KEY.Key_BracketRight)),
    *((key, CTRL) for key in (KEY.Key_Z, KEY.Key_D, KEY.Key_A)),
    (KEY.Key_Z, CTRL | SHIFT),
    (KEY.Key_Right, CTRL | ALT),
    (KEY.Key_BracketRight, ALT | SHIFT),
]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_hand_at_random_leaves_a_document_that_is_the_stored_one(skeleton, seed: int) -> None:  # noqa: F811
    hand, chance = skeleton, random.Random(seed)
    for step in range(250):
        _act(hand, chance)
        if step % 40 == 0:
            hand.canvas.repaint()
    QTest.mouseRelease(hand.canvas, LEFT, NONE, hand.at(200, 200))
    for _ in range(3):
        hand.key(KEY.Key_Escape)
    hand.settled()
    shown, stored = (sorted(shapes, key=lambda shape: shape.id) for shapes in (hand.shapes(), hand.stored()))
    assert shown == stored and not hand.canvas.tool.busy
    for shape in stored:
        _assert_whole(shape, hand.canvas.document.width, hand.canvas.document.height)


def _act(hand, chance: random.Random) -> None:
    """One thing that a hand can do, somewhere on the image or on a shape."""
    what, held = chance.random(), chance.choice([NONE, NONE, NONE, SHIFT, CTRL, ALT])
    x, y = chance.uniform(-30, 670), chance.uniform(-30, 670)
    placed = [shape for shape in hand.shapes() if shape.x is not None]
    if placed and chance.random() < 0.5:
        shape = chance.choice(placed)
        x, y = shape.x + shape.w * chance.random(), shape.y + shape.h * chance.random()
    if what < 0.12:
        hand.key(*chance.choice(TOOLS))
    elif what < 0.35:
        hand.key(*chance.choice(KEYS))
    elif what < 0.55:
        hand.click(x, y, held)
    elif what < 0.6:
        hand.double_click(x, y)
        QTest.mouseRelease(hand.canvas, LEFT, NONE, hand.at(x, y))
    elif what < 0.8:
        hand.drag((x, y), (x + chance.uniform(-150, 150), y + chance.uniform(-150, 150)), held)
    elif what < 0.9:
        QTest.mousePress(hand.canvas, LEFT, held, hand.at(x, y))
        hand.move(QPointF(hand.at(x + 30, y + 20)), LEFT, held)
    else:
        QTest.mouseRelease(hand.canvas, LEFT, held, hand.at(x, y))


def _assert_whole(shape: Annotation, width: int, height: int) -> None:
    """The shape has what its kind needs, and bounds that fit."""
    if shape.kind == "mask":
        assert rle.pixels(shape.rle) == width * height
        assert rle.bounds(shape.rle, height) == geometry.box_of(shape)
    elif shape.points:
        expected = geometry.box_of(geometry.with_points(shape, shape.points))
        assert all(abs(a - b) < 1e-6 for a, b in zip(expected, geometry.box_of(shape), strict=True))
    else:
        assert shape.kind in ("box", "class")
