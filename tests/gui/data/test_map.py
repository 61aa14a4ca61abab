"""The map of the data page: points, colours, and a lasso drawn with the mouse."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.changes import Changes
from engine.curation import map2d, vectors, worklist
from engine.data.imports import import_data
from engine.data.sample import make_sample


@pytest.fixture
def page(window, shell, tmp_path, qtbot):
    ws = shell.workspace
    import_data(ws, make_sample(tmp_path / "sample", count=12))
    window.show_page("data")
    made = window.page("data")
    made.refresh(Changes(everything=True))
    qtbot.waitUntil(lambda: len(made.grid.ids()) == 12, timeout=8000)
    return made


def embed(page) -> None:
    ws = page.shell.workspace
    listed = worklist.targets(ws, [row[0] for row in ws.query("SELECT id FROM item ORDER BY id")])
    drawn = np.random.default_rng(1).normal(0, 0.1, (len(listed), vectors.DIMENSIONS))
    drawn[: len(listed) // 2, 0] += 5
    drawn[len(listed) // 2 :, 1] += 5
    vectors.VectorStore(ws.path).add(listed, drawn)


def test_an_empty_map_offers_to_compare_the_images(page, qtbot):
    QTest.mouseClick(page.map_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.map is not None and page.map.found is not None, timeout=8000)
    assert page.map.empty.isVisible()
    assert page.map.empty.button.text() == "Compare the images"
    QTest.mouseClick(page.map_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.grid.isVisible(), timeout=8000)


def test_a_lasso_chooses_points_that_can_be_shown_or_labelled(page, window, qtbot):
    embed(page)
    QTest.mouseClick(page.map_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: page.map is not None and page.map.found is not None and bool(page.map._layers), timeout=8000
    )
    view = page.map
    qtbot.waitUntil(lambda: view._plot.isVisible() and view._plot.width() > 200, timeout=8000)
    left = view.found.places[:, 0] < 0
    corners = np.array([[-1, -1], [0, -1], [0, 1], [-1, 1]]) * np.abs(view.found.places).max(axis=0) * 1.1
    drag(view, qtbot, [*corners, corners[0]])
    assert set(view.chosen) == set(view.found.ids[left].tolist())
    assert view.count.text() == f"{left.sum()} chosen"
    for place in range(view.coloring.count()):
        view.coloring.setCurrentIndex(place)
    QTest.mouseClick(view.show_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sorted(page.grid.ids()) == sorted(view.chosen), timeout=8000)
    assert page.grid.isVisible()
    QTest.mouseClick(page.map_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.isVisible(), timeout=8000)
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(view.chosen) == 12
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.chosen


def drag(view, qtbot, corners) -> None:
    """Press, move along the corners, release: on the viewport, as a hand does."""
    box = view._plot.getViewBox()
    points = [view._plot.mapFromScene(box.mapViewToScene(QPointF(*corner))) for corner in corners]
    port = view._plot.viewport()
    inside = [
        point.__class__(min(max(point.x(), 1), port.width() - 2), min(max(point.y(), 1), port.height() - 2))
        for point in points
    ]
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=inside[0])
    for start, end in pairwise(inside):
        for step in range(1, 6):
            at = start + (end - start) * (step / 5)
            QTest.mouseMove(port, at)
            qtbot.wait(15)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=inside[-1])


def test_the_same_vectors_give_the_same_map_and_the_line_holds_what_is_inside() -> None:
    drawn = np.random.default_rng(2).normal(size=(40, 6)).astype(np.float32)
    places, explained = map2d.principal(drawn)
    again, _ = map2d.principal(drawn.copy())
    assert np.array_equal(places, again)
    assert 0 < explained < 1
    assert map2d.principal(drawn[:2])[0].shape == (2, 2)
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], float)
    assert map2d.inside(np.array([[1.0, 1], [3, 1], [1, 3]]), square).tolist() == [True, False, False]


def test_near_duplicates_and_outliers_are_chosen_and_an_item_leads_to_what_looks_like_it(page, qtbot):
    from app.gui.widgets.similar_dialog import SimilarDialog

    embed(page)
    page.map_button.click()
    qtbot.waitUntil(lambda: page.map is not None and bool(page.map._layers), timeout=8000)
    QTest.mouseClick(page.map.odd, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.map.chosen) == 3, timeout=8000)
    QTest.mouseClick(page.map.twins, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.map.count.text() == "No images look nearly the same.", timeout=8000)
    page.map_button.click()
    page.show_similar(page.grid.ids()[0])
    dialog = page.findChildren(SimilarDialog)[-1]
    qtbot.waitUntil(lambda: len(dialog.alike) == 11, timeout=8000)
    QTest.mouseClick(dialog.show_data, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.grid.ids()) == 11, timeout=8000)
