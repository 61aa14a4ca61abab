"""Drawing, training and evaluating with the mouse in the real window, with real workers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.modeling.train_dialog import TrainDialog
from engine.changes import Changes
from engine.data.imports import import_data
from engine.data.sample import make_sample

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_from_labelled_images_to_the_figures_of_a_model_by_mouse_alone(window, shell, qtbot, tmp_path):
    import_data(shell.workspace, make_sample(tmp_path / "sample", count=16))
    shell.changed.emit(Changes(everything=True), None)
    window.show_page("modeling")
    model = window.page("modeling")
    qtbot.waitUntil(lambda: model.stack.currentWidget() is model.gallery, timeout=20_000)
    QTest.mouseClick(model.gallery.button("detection"), LEFT)
    qtbot.waitUntil(
        lambda: model.editor.inspector.train.isEnabled() and bool(model.editor.analysis.code), timeout=20_000
    )
    QTest.mouseClick(model.editor.inspector.train, LEFT)
    qtbot.waitUntil(lambda: model.findChild(TrainDialog) is not None, timeout=20_000)
    dialog = model.findChild(TrainDialog)
    assert [dialog.start_from.itemData(row) for row in range(dialog.start_from.count())] == ["", "…"]
    dialog.steps.setValue(2)
    dialog.batch.setValue(2)
    QTest.mouseClick(dialog.start, LEFT)

    qtbot.waitUntil(lambda: window.page_name == "training", timeout=60_000)
    runs = window.page("training")
    qtbot.waitUntil(lambda: runs.evaluate.isVisible(), timeout=400_000)
    assert runs.state.text() == "Finished"
    QTest.mouseClick(runs.evaluate, LEFT)

    assert window.page_name == "evaluation"
    results = window.page("evaluation")
    qtbot.waitUntil(lambda: results.results.isVisible(), timeout=300_000)
    assert results.title.text() == "model:1"
    assert results.figures.main.value.text() != "—"
