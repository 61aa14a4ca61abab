"""Handles and tools in use look as they did when a person last looked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetrics

from app.gui.labeling.canvas import Canvas
from app.gui.labeling.tools import Pointer, hints
from engine.data.records import Label
from tests.gui.labeling import test_painting
from tests.gui.labeling.test_painting import canvas  # noqa: F401  (a fixture)


def _compare(canvas: Canvas, name: str) -> None:  # noqa: F811
    canvas.hint = ""  # text is not drawn alike on two machines
    test_painting._compare(canvas, name)


def at(x: float, y: float) -> Pointer:
    return Pointer(QPointF(x, y), x, y)


@pytest.fixture
def drawing(canvas: Canvas) -> Canvas:  # noqa: F811
    """The canvas with a label chosen, so that tools may draw; nothing is stored."""
    canvas.label_id = 2
    canvas.kit.labels = {2: Label(2, "label 2", "#D55E00", details={"keypoints": ["a", "b", "c"]})}
    canvas.select([])
    return canvas


@pytest.mark.parametrize(
    ("name", "shape"), [("hole", 1), ("line", 2), ("rotated_box", 3), ("ellipse", 4), ("keypoints", 6), ("mask", 13)]
)
def test_a_selected_shape_has_its_handles(canvas: Canvas, name: str, shape: int) -> None:  # noqa: F811
    canvas.select([shape])
    if name == "hole":
        canvas.select_tool.chosen = {(0, 1), (1, 2)}
    if name == "keypoints":
        canvas.select_tool.chosen = {(0, 1)}
    _compare(canvas, f"handles_{name}")


def test_a_polygon_is_drawn_with_the_mark_of_what_it_snaps_to(drawing: Canvas) -> None:
    drawing.set_tool("polygon")
    for point in ((150, 110), (220, 90), (240, 210)):
        drawing.tool.press(at(*point))
        drawing.tool.release(at(*point))
    drawing.kit.snapper.on = True
    drawing.tool.move(at(124, 184), False)
    assert drawing.kit.snapper.found is not None
    _compare(drawing, "tool_polygon")


def test_a_rotated_box_is_drawn_with_its_size_and_angle(drawing: Canvas) -> None:
    drawing.set_tool("rotated_box")
    for point in ((60, 60), (160, 110)):
        drawing.tool.press(at(*point))
        drawing.tool.release(at(*point))
    drawing.tool.move(at(130, 170), False)
    _compare(drawing, "tool_rotated_box")


def test_a_stroke_shows_its_pixels_before_they_are_stored(drawing: Canvas) -> None:
    drawing.set_tool("brush")
    drawing.tool.press(at(60, 100))
    for x in range(60, 300, 12):
        drawing.tool.move(at(x, 100 + (x % 36)), True)
    _compare(drawing, "tool_brush")
    drawing.tool.cancel()


def test_the_cursor_of_the_keyboard_draws_an_ellipse(drawing: Canvas) -> None:
    drawing.set_tool("ellipse")
    drawing.kit.keys.toggle()
    drawing.kit.keys._set(drawing.kit.keys.pointer().modifiers, finish=False)
    drawing.kit.keys._go(80, 50)
    _compare(drawing, "tool_keys")


def test_a_hint_that_is_too_long_stands_in_two_lines(drawing: Canvas) -> None:
    metrics = QFontMetrics(drawing.look.font)
    hint = "one part of it · another part of it · the last part"
    assert hints.fold(hint, metrics, 10_000) == [hint]
    lines = hints.fold(hint, metrics, metrics.horizontalAdvance(hint) - 5)
    assert lines == ["one part of it · another part of it", "the last part"]
    assert hints.fold("", metrics, 100) == []
