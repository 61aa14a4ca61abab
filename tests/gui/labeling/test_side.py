"""The right panel of the labelling page: its tabs."""

from __future__ import annotations

import pytest

from app.gui.shell.languages import use_language
from engine.data.imports import import_data
from engine.data.sample import make_sample


@pytest.mark.parametrize("chosen", [0, 2])
def test_tabs_are_as_wide_as_their_words_after_a_switch_of_language_that_nobody_saw_there(
    window, shell, qtbot, tmp_path, chosen
):
    import_data(shell.workspace, make_sample(tmp_path / "sample", 1))
    use_language("zh_CN")
    window.show_page("labeling")
    tabs = window.page("labeling").side.tabs
    qtbot.waitUntil(lambda: tabs.isVisible() and tabs.tabText(0) == "形状", timeout=5000)
    tabs.setCurrentIndex(chosen)
    window.show_page("settings")
    use_language("en")
    window.show_page("labeling")
    qtbot.waitUntil(lambda: tabs.isVisible() and tabs.tabText(0) == "Shapes", timeout=5000)
    for place in range(tabs.count()):
        needed = tabs.fontMetrics().horizontalAdvance(tabs.tabText(place))
        assert tabs.tabRect(place).width() > needed, tabs.tabText(place)
    last = tabs.tabRect(tabs.count() - 1)
    assert last.right() < tabs.width(), "none is beyond the edge"
    assert tabs.sizeHint().width() <= window.page("labeling").side.minimumWidth(), "nor in the narrowest panel"
