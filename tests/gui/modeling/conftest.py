"""The model page in the real window, empty and with a detector begun from its template."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.modeling.page import ModelingPage


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
