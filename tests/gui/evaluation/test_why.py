"""Why the model says so, in the window: a real model is asked, and its answer is shown over the image."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.evaluation.abouts import About
from app.gui.evaluation.page import EvaluationPage
from engine.evaluation.evaluate import evaluate_model
from engine.jobs import wait
from engine.workspace import Workspace
from tests.unit.curation.test_explain import trained  # noqa: F401  # a workspace with a small trained classifier


@pytest.fixture
def page(window, trained: Path, qtbot, warm_jobs) -> EvaluationPage:  # noqa: F811
    with Workspace.open(trained) as ws:
        if not ws.query("SELECT 1 FROM evaluation"):
            assert wait(ws, evaluate_model(ws, "sorter", "v1", split="train"), lambda _: None).state == "done"
    window.shell.use(Workspace.open(trained))
    window.show_page("evaluation")
    made = window.page("evaluation")
    qtbot.waitUntil(lambda: made.split.count() > 0, timeout=8000)
    made.split.setCurrentIndex(made.split.findData("train"))
    made.split.activated.emit(made.split.currentIndex())
    qtbot.waitUntil(lambda: made.tiles.count() > 0, timeout=8000)
    return made


def test_a_click_on_a_tile_opens_why_and_asking_shows_map_trust_and_similar_items(page, qtbot):
    assert not page.why.isVisible()
    place = page.tiles.visualItemRect(page.tiles.item(0)).center()
    QTest.mouseClick(page.tiles.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    why = page.why
    qtbot.waitUntil(lambda: why.isVisible() and why._why is not None, timeout=8000)
    assert why.says.text().startswith("Not asked yet")
    assert not why.alike.isVisible()
    assert why.about.count() == 3  # what it says most surely, and both labels
    QTest.mouseClick(why.ask, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: why.alike.count() > 0, timeout=60_000)
    assert why.says.text().startswith("The model says “")
    assert "without the 20 % of the pixels that it marks most" in why.trust.text()
    assert not why.ask.isVisible()
    assert "by tester on" in why.alike.item(0).text()
    before = why.picture.grab().toImage()
    why.opacity.setValue(0)
    assert why.picture.grab().toImage() != before
    assert int(page.shell.settings.value("explain.opacity")) == 0
    asked = []
    page.shell.asked_to_go.disconnect()
    page.shell.asked_to_go.connect(lambda name, arguments: asked.append((name, arguments)))
    why.alike.itemActivated.emit(why.alike.item(0))
    assert asked[0][0] == "labeling"


def test_the_method_is_remembered_and_what_was_not_asked_that_way_can_be(page, qtbot):
    seen = page._seen
    item = seen.evaluation.ids_of([seen.evaluation.items[0]["item_key"]])[0]
    page.why.show_item(seen, item, About())
    page.why.method.setCurrentIndex(page.why.method.findData("occlusion"))
    page.why.method.activated.emit(page.why.method.currentIndex())
    assert page.shell.settings.value("explain.method") == "occlusion"
    qtbot.waitUntil(lambda: page.why._why is not None and page.why._why.explanation is None, timeout=8000)
    assert page.why.ask.isVisible()
