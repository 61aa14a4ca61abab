"""The cheap picture of a large drawing while the zoom changes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.gui.modeling.canvas import GraphCanvas
from app.gui.modeling.coarse import LARGE
from app.gui.modeling.document import NodeRecord
from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.views import EdgeView
from app.gui.shell.theme import theme


def test_a_large_drawing_zooms_coarsely_and_is_fine_again_after_a_rest(graph, qtbot):
    editor = graph.editor
    document, canvas = editor.document, editor.canvas
    canvas.zoom(1.1)
    assert not canvas.coarse.active
    for number in range(LARGE):
        document.add_node(
            NodeRecord(f"more_{number}", "neck.fpn", {}, 1, number % 10 * 260.0, 900.0 + number // 10 * 150)
        )
    canvas.fit()
    before = canvas.viewport().grab().toImage()
    canvas.zoom(1.2)
    assert canvas.coarse.active
    canvas.zoom(1 / 1.2)
    qtbot.waitUntil(lambda: not canvas.coarse.active, timeout=5000)
    assert canvas.viewport().grab().toImage() == before


def test_a_press_on_a_large_drawing_meets_the_fine_one(graph, qtbot):
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    editor = graph.editor
    for number in range(LARGE):
        editor.document.add_node(NodeRecord(f"more_{number}", "neck.fpn", {}, 1, 0.0, 900.0 + number * 150))
    editor.canvas.zoom(0.9)
    assert editor.canvas.coarse.active
    QTest.mousePress(editor.canvas.viewport(), Qt.MouseButton.LeftButton)
    assert not editor.canvas.coarse.active


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("steps", [-5, -2, 2])
def test_what_is_drawn_piece_by_piece_over_a_scaled_picture_is_the_fine_drawing_without_seams(
    editor, qtbot, request, dark, steps
):
    if dark:
        theme().use("dark")
        request.addfinalizer(lambda: theme().use("light"))
    canvas = _many(editor)
    for _ in range(abs(steps)):
        canvas.zoom(1.2 if steps > 0 else 1 / 1.2)
        canvas.viewport().repaint()
    scaled = _seen(canvas)
    qtbot.waitUntil(lambda: not canvas.coarse.active, timeout=5000)
    by_pieces = _seen(canvas)
    canvas.viewport().repaint()
    assert _difference(by_pieces, _seen(canvas)) <= _dot()
    assert _difference(by_pieces, scaled) > 2 * _dot()


def test_a_view_that_is_moved_between_two_pieces_is_fine_everywhere_in_the_end(editor, qtbot, monkeypatch):
    monkeypatch.setattr("app.gui.modeling.coarse.TURN_MS", 0)  # one piece a turn
    canvas = _many(editor)
    canvas.zoom(1 / 1.4)
    canvas.viewport().repaint()
    canvas.coarse.sharpen()
    for _ in range(3):
        QApplication.processEvents()
        for bar, by in ((canvas.horizontalScrollBar(), 70), (canvas.verticalScrollBar(), -30)):
            bar.setValue(bar.value() + by)
    assert canvas.coarse.active
    qtbot.waitUntil(lambda: not canvas.coarse.active, timeout=5000)
    sharpened = _seen(canvas)
    canvas.viewport().repaint()
    assert _difference(sharpened, _seen(canvas)) <= _dot()


def _many(editor: GraphEditor) -> GraphCanvas:
    """The drawing with many cards and long wires, life-size."""
    document = editor.document
    for number in range(LARGE * 2):
        place = number % 12 * 260.0, 900.0 + number // 12 * 150
        document.add_node(NodeRecord(f"more_{number}", "neck.fpn", {}, 1, *place))
        document.add_edge(EdgeView("backbone", "features", f"more_{number}", "features"))
    editor.canvas.life_size()
    editor.canvas.coarse.end()
    editor.canvas.centerOn(800, 900)
    editor.canvas.viewport().repaint()
    return editor.canvas


def _seen(canvas: GraphCanvas) -> QImage:
    """What is on the screen where the drawing is; not what it would paint when asked."""
    QApplication.processEvents()
    place, size = canvas.viewport().mapTo(canvas.window(), QPoint()), canvas.viewport().size()
    window = canvas.window()
    return window.screen().grabWindow(window.winId(), place.x(), place.y(), size.width(), size.height()).toImage()


def _difference(one: QImage, other: QImage) -> int:
    """The largest of a pixel, in levels of 255."""
    return int(np.abs(_levels(one) - _levels(other)).max())


def _levels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def _dot() -> int:
    """How much a dot of the ground differs from it: at the edge of a piece one may be rounded to the pixel beside it."""
    ground, dot = theme().color("ground").getRgb(), theme().color("line").getRgb()
    return max(abs(a - b) for a, b in zip(ground, dot, strict=True))
