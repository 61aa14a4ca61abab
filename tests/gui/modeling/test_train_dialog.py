"""The dialog before a training: what it takes, and the learning rate that it finds."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.modeling.train_dialog import TrainDialog, VersionChoice
from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.modeling.graphs import load_graph, new_graph, save_graph


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_found_rate_is_set_shown_and_goes_into_the_order(shell, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    import_data(shell.workspace, make_sample(tmp_path / "sample", count=8))
    create_version(shell.workspace, "v1", split="70/30/0")
    new_graph(shell.workspace, "parts", "detection")
    small = {"data.width": 64, "data.height": 64, "augment.crop": 64, "backbone.width": 8, "neck.width": 16, "train.batch": 1}  # fmt: skip
    graph = load_graph(shell.workspace, "parts").with_parameters(small)
    save_graph(shell.workspace, graph)
    dialog = TrainDialog(
        "parts", [VersionChoice("v1", 8, 20)], graph.node("train").parameters, "train", shell, models=["parts:1"]
    )
    qtbot.addWidget(dialog)
    dialog.show_rate(graph.node("optimiser"))
    dialog.show()
    assert dialog.order().overrides == {}
    QTest.mouseClick(dialog.find_rate, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.curves is not None, timeout=200_000)
    assert dialog.order().overrides == {"optimiser.rate": float(dialog.rate.text())}
    assert dialog.found.isVisible()
    dialog.start_from.setCurrentIndex(1)
    assert dialog.order().start == "parts:1"
    dialog.rate.setText("7")
    assert dialog.order().overrides == {}, "a rate that is none is not taken"


def test_a_rate_is_found_on_a_version_that_is_there_only(shell, qtbot):
    dialog = TrainDialog("parts", [], {}, "train", shell)
    qtbot.addWidget(dialog)
    dialog.show_rate(None)
    assert not dialog.find_rate.isEnabled()
    assert dialog.rates.isHidden()
