"""The cheap picture of a large drawing while the zoom changes."""

from __future__ import annotations

from app.gui.modeling.coarse import LARGE
from app.gui.modeling.document import NodeRecord


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
