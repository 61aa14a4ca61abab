"""Sweeps in the window: read from their folders, chosen by table and line, used in the drawing."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt

from app.gui.modeling.sweep_dialog import SweepDialog
from app.gui.training.sweeps_dialog import BudgetDialog
from app.gui.training.sweeps_reading import axes, read_sweeps
from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.jobs import job
from engine.modeling.graphs import load_graph, new_graph
from engine.training.sweeps.space import offers, parse_space
from engine.training.sweeps.sweeps import list_sweeps

TRIALS = [
    {"number": 1, "state": "done", "values": {"optimiser.rate": 0.008, "neck": "neck.fpn"}, "value": 0.5, "checks": [], "run": "a"},
    {"number": 2, "state": "done", "values": {"optimiser.rate": 0.002, "neck": "neck.pan"}, "value": 0.9, "checks": [], "run": "b"},
    {"number": 3, "state": "stopped", "values": {"optimiser.rate": 0.08, "neck": "neck.fpn"}, "value": 0.1, "checks": [], "run": "c",
     "why": "Stopped at step 10.", "why_zh": "在第 10 步停止。"},
]  # fmt: skip


@pytest.fixture
def page(window, shell, qtbot):
    window.show_page("training")
    return window.page("training")


@pytest.fixture
def sweep(shell) -> str:
    """“pcb” is drawn, and its rate and neck were swept."""
    new_graph(shell.workspace, "pcb", "detection")
    graph = load_graph(shell.workspace, "pcb")
    folder = shell.workspace.path / "sweeps" / "20261130-100000-pcb-12ab"
    folder.mkdir(parents=True)
    space = [part.to_json() for part in parse_space(graph, ["optimiser.rate", "neck"])]
    details = {
        "name": "pcb",
        "graph": graph.to_json(),
        "space": space,
        "figure": "val_map50",
        "version": {"name": "v1"},
    }
    (folder / "sweep.json").write_text(json.dumps(details))
    (folder / "state.json").write_text(
        json.dumps({"trials": TRIALS, "importance": {"optimiser.rate": 0.8, "neck": 0.2}})
    )
    return folder.name


def test_without_sweeps_the_panel_says_how_to_begin(page, qtbot) -> None:
    page.show_sweeps()
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.sweeps, timeout=3000)
    assert "lineside sweep start" in page.sweeps.empty.command.text()
    assert not page.sweeps.use.isVisible()


def test_a_click_on_a_line_chooses_the_trial_in_the_table_and_says_why_it_was_stopped(page, sweep, qtbot) -> None:
    page.show_sweeps(sweep)
    panel = page.sweeps
    qtbot.waitUntil(lambda: panel.table.rowCount() == 3 and len(panel.lines.lines) == 3, timeout=5000)
    assert panel.trial.number == 2  # the best
    assert "★" in panel.table.item(1, 0).text()
    panel.lines.lines[3].sigClicked.emit(panel.lines.lines[3], None)
    assert panel.trial.number == 3
    assert {item.row() for item in panel.table.selectedItems()} == {2}
    assert "Stopped at step 10." in panel.why.text()
    panel.table.selectRow(0)
    assert panel.trial.number == 1
    assert panel.shares.isVisible()
    panel.back_wanted.emit()
    assert page.stack.currentWidget() is not panel


def test_the_values_of_a_trial_become_one_undoable_step_of_the_drawing(window, page, sweep, qtbot) -> None:
    page.show_sweeps(sweep)
    qtbot.waitUntil(lambda: page.sweeps.table.rowCount() == 3, timeout=5000)
    qtbot.mouseClick(page.sweeps.use, Qt.MouseButton.LeftButton)
    window.show_page("modeling")
    editor = window.page("modeling").editor
    qtbot.waitUntil(lambda: editor.stack.count() == 1, timeout=10000)
    assert editor.document.nodes["optimiser"].parameters["rate"] == 0.002
    assert editor.document.nodes["neck"].type == "neck.pan"
    editor.stack.undo()
    assert editor.document.nodes["optimiser"].parameters["rate"] == 0.008
    assert editor.document.nodes["neck"].type == "neck.fpn"


def test_axes_are_logarithmic_where_values_are_far_apart(shell, sweep) -> None:
    (line,) = read_sweeps(shell.workspace)
    rate, neck, figure = axes(line.sweep)
    assert rate.places[2] == 0.0
    assert rate.places[3] == 1.0
    assert 0.3 < rate.places[1] < 0.45  # log(4) of log(40)
    assert [text for _, text in neck.ticks] == ["fpn", "pan"]
    assert figure.places == {1: pytest.approx(0.5), 2: 1.0, 3: 0.0}


def test_the_dialog_refuses_what_cannot_be_tried_and_gives_an_order_of_what_can(window, shell, sweep, qtbot) -> None:
    graph = load_graph(shell.workspace, "pcb")
    dialog = SweepDialog(graph, offers(graph), ["v2", "v1"], "v1", window)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.order().space == ("optimiser.rate=0.0008..0.08 log",)
    dialog.tick("backbone.width", "16,5")
    dialog.accept_button.click()
    assert dialog.isVisible()
    assert "multiple of 8" in dialog.error.whole()
    dialog.tick("backbone.width", "16,32")
    dialog.find.setText("width")
    assert not dialog.table.isRowHidden(
        next(r for r in range(dialog.table.rowCount()) if dialog._cell(r, 0).text() == "backbone.width")
    )
    order = dialog.order()
    assert (order.graph, order.version, order.trials, order.minutes) == ("pcb", "v1", 20, None)
    assert order.space == ("optimiser.rate=0.0008..0.08 log", "backbone.width=16,32")


def test_minutes_are_spent_on_the_task_that_was_chosen(page, shell, qtbot, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(job, "_start", lambda folder: None)
    import_data(shell.workspace, make_sample(tmp_path / "parts", count=8))
    create_version(shell.workspace, "v1", "50/50/0")
    page.sweeps._open_budget(["v1"])
    dialog = page.findChild(BudgetDialog)
    assert dialog.task.currentData() == ""
    dialog.task.setCurrentIndex(dialog.task.findText("Rotated detection"))
    dialog.minutes.setValue(7)
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: bool(list_sweeps(shell.workspace)), timeout=10_000)
    (begun,) = list_sweeps(shell.workspace)
    assert (begun.details["task"], begun.details["minutes"], begun.name) == ("rotated", 7, "best-rotated")
