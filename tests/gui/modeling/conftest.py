"""The model page in the real window, empty and with a detector begun from its template."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.library import show_graph
from app.gui.modeling.page import ModelingPage
from app.gui.shell.theme import theme
from engine.modeling.recipes import RECIPES


@pytest.fixture
def page(window, shell, qtbot) -> ModelingPage:
    window.show_page("modeling")
    made = window.page("modeling")
    assert isinstance(made, ModelingPage)
    qtbot.waitUntil(lambda: made.stack.currentWidget() is made.gallery, timeout=5000)
    return made


@pytest.fixture
def graph(page, qtbot) -> ModelingPage:
    """The page with a detector that was begun from its template."""
    page.gallery.name.setText("pcb")
    QTest.mouseClick(page.gallery.button("detection"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.editor.analysis.code), timeout=5000)
    return page


@pytest.fixture
def editor(qtbot) -> GraphEditor:
    """The editor alone, with a detector that was begun from its template."""
    editor = GraphEditor(theme().color)
    qtbot.addWidget(editor)
    editor.resize(1200, 800)
    with qtbot.waitExposed(editor):
        editor.show()
    show_graph(editor.document, RECIPES["detection"].graph("pcb"))
    editor.canvas.activateWindow()
    editor.canvas.setFocus()
    editor.canvas.fit()
    qtbot.waitUntil(editor.canvas.hasFocus)
    yield editor
    editor.adding.popup.hide()
    editor.canvas.setScene(None)
