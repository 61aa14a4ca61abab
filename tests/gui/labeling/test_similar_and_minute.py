"""“More like this” and the next hour on the labelling page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from engine.changes import changed
from engine.curation import embedder, vectors, worklist
from tests.unit.curation.test_minute import labelled, measured


def part(page, name: str):
    return next(one for one in page.parts if type(one).__name__ == name)


@pytest.fixture
def compared(hand, workspace):
    """Every image and one drawn shape have an embedding, without the network: grey values stand for it."""
    import numpy as np

    hand.key(Qt.Key.Key_B)
    hand.drag((40, 40), (120, 110))
    hand.settled()
    ids = [row[0] for row in workspace.query("SELECT id FROM item ORDER BY id")]
    listed = worklist.targets(workspace, ids) + worklist.targets(workspace, ids, shapes=True)
    drawn = np.random.default_rng(0).normal(size=(len(listed), vectors.DIMENSIONS))
    drawn[1] = drawn[0] + 0.01 * drawn[1]
    vectors.VectorStore(workspace.path).add(listed, drawn)
    assert embedder.embed(workspace, shapes=True) is None
    return ids


def opened(page, qtbot):
    from app.gui.widgets.similar_dialog import SimilarDialog

    qtbot.waitUntil(lambda: any(one.isVisible() for one in page.findChildren(SimilarDialog)), timeout=8000)
    return page.findChildren(SimilarDialog)[-1]


def test_images_like_the_open_one_are_shown_the_nearest_first_and_can_be_gone_through(compared, hand, qtbot):
    page = hand.page
    asked = []
    page.shell.asked_to_go.connect(lambda where, arguments: asked.append((where, arguments)))
    page.acts["similar_images"].trigger()
    dialog = opened(page, qtbot)
    qtbot.waitUntil(lambda: len(dialog.alike) == 4, timeout=8000)
    assert dialog.grid.ids()[0] == compared[1]
    qtbot.waitUntil(lambda: dialog.accept_button.isVisible(), timeout=8000)
    QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    assert asked[-1][0] == "labeling"
    assert asked[-1][1]["items"] == dialog.ids()


def test_the_menu_offers_shapes_like_the_selected_one_of_a_person(compared, hand, qtbot):
    page = hand.page
    menu = QMenu()
    hand.key(Qt.Key.Key_V)
    hand.click(41, 70)
    similar = part(page, "Similar")
    similar.menu(menu, [page.canvas.document.shapes[0]])
    assert [action.objectName() for action in menu.actions() if not action.isSeparator()] == [
        "similar_shapes",
        "similar_images",
    ]
    page.acts["similar_shapes"].trigger()
    dialog = opened(page, qtbot)
    qtbot.waitUntil(lambda: "nothing to compare" in dialog.text.text(), timeout=8000)
    assert dialog.accept_button.isHidden()


def test_without_a_selected_shape_it_says_what_to_do(hand):
    said = []
    hand.page.shell.status_changed.connect(said.append)
    hand.page.acts["similar_shapes"].trigger()
    assert "Select one shape" in said[-1]


def test_the_next_hour_says_what_is_missing_then_what_it_would_bring_and_what_it_brought(hand, workspace, qtbot):
    page, minute = hand.page, part(hand.page, "Minute")
    page.side.show_tab("assist")
    qtbot.waitUntil(lambda: minute.known is not None, timeout=8000)
    assert "at least 3 versions" in lines(minute)
    assert minute.learn.isVisible()
    for number, (images, figure) in enumerate([(25, 0.5), (50, 0.6), (100, 0.68)], 1):
        measured(workspace, number, images, figure)
    labelled(workspace, 20, 1)
    minute.refresh(changed(evaluations=1))
    qtbot.waitUntil(lambda: "An hour of labelling: +" in lines(minute), timeout=8000)
    QTest.mouseClick(minute.keep, Qt.MouseButton.LeftButton)
    hand.settled()
    assert workspace.query("SELECT count(*) FROM forecast") == [(1,)]
    measured(workspace, 4, 200, 0.74)
    minute.refresh(changed(evaluations=4))
    qtbot.waitUntil(lambda: "100 images brought 6.0 points" in minute.rest.text(), timeout=8000)


def lines(minute) -> str:
    return "\n".join(minute._lines.itemAt(row).widget().text() for row in range(minute._lines.count()))
