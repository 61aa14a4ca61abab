"""The evaluation page on real results: measured, written and read by the engine, with boxes made up for the purpose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.gui.evaluation.page import EvaluationPage
from engine.data.imports import import_data
from engine.data.sample import LABELS, make_sample
from engine.data.versions import create_version, read_version
from engine.evaluation import files
from engine.evaluation.boxes import Boxes
from engine.evaluation.detection import measure
from engine.evaluation.scores import Choice
from engine.evaluation.truth import read_truth
from engine.workspace import Workspace


def evaluate(workspace: Workspace, model: int, number: int, hit: float) -> None:
    """A model that finds this share of the true boxes, a false one in the first image, and its evaluation."""
    truth = read_truth(read_version(workspace.path, 1), "test", LABELS)
    random = np.random.default_rng(0)
    kept = random.random(len(truth.boxes)) < hit
    found = Boxes.of(
        [*truth.boxes.item[kept], 0],
        [*truth.boxes.label[kept], 0],
        [*truth.boxes.box[kept], [1, 1, 9, 9]],
        [*np.linspace(0.95, 0.6, kept.sum()), 0.8],
    )
    scores = measure(truth, found, Choice(), 0.3)
    run, path = f"run-{number}", f"runs/run-{number}/evaluations/1"
    about = {"model": f"parts:{number}", "version": "v1", "split": "test", "precision": "torch"}
    files.write(workspace.path / path, scores, {**about, "choice": {"cost_miss": 10.0, "cost_false": 1.0}})
    with workspace.transaction("Test") as tx:
        tx.execute(
            "INSERT INTO model VALUES (?, 'parts', ?, ?, 'detection', 1, ?, '{}', '{}')", [model, number, run, tx.at]
        )
        tx.execute(
            "INSERT INTO evaluation VALUES (?, ?, 1, 'test', 'torch', ?, ?, ?)",
            [model, model, tx.at, json.dumps(scores.metrics), path],
        )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Path:
    """A closed workspace with two evaluated models, made once."""
    folder = tmp_path_factory.mktemp("evaluated")
    with Workspace.create(folder / "workspace") as workspace:
        import_data(workspace, make_sample(folder / "sample", count=40))
        create_version(workspace, "v1", split="50/10/40")
        evaluate(workspace, 1, 1, 0.6)
        evaluate(workspace, 2, 2, 0.9)
    return folder / "workspace"


@pytest.fixture
def page(window, prepared, tmp_path, qtbot) -> EvaluationPage:
    copy = tmp_path / "copy"
    shutil.copytree(prepared, copy)
    window.shell.use(Workspace.open(copy))
    window.show_page("evaluation")
    made = window.page("evaluation")
    assert isinstance(made, EvaluationPage)
    qtbot.waitUntil(lambda: made.stack.currentWidget() is made.results, timeout=8000)
    qtbot.waitUntil(lambda: made.tiles.count() > 0, timeout=8000)
    return made


def test_the_newest_model_is_shown_with_its_figures_against_the_one_before(page):
    assert page.title.text() == "parts:2"
    assert "against parts:1 on v1" in page.against.text()
    assert page.figures.main.comparison.text().startswith("+")
    assert page.figures.main.comparison.property("kind") == "good"
    assert page.figures.missed.comparison.text().startswith("−")
    assert page.figures.missed.value.text().endswith("%")


def test_a_click_on_a_cell_shows_the_things_behind_it(page, qtbot):
    labels = page._seen.evaluation.labels
    row = next(i for i, line in enumerate(page._seen.evaluation.matrix) if line[-1] and i < len(labels) - 1)
    count = page._seen.evaluation.matrix[row][-1]
    place = page.matrix.cell_rect(row, len(labels) - 1).center().toPoint()
    QTest.mouseClick(page.matrix, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert page.items_card.heading.text() == f"{labels[row]}, not found · {count}"
    qtbot.waitUntil(lambda: page.tiles.count() == count, timeout=8000)
    assert page.tiles.item(0).text() == labels[row]


def test_the_matrix_is_walked_by_arrow_keys(page, qtbot):
    page.matrix.setFocus()
    with qtbot.waitSignal(page.matrix.cell_chosen) as chosen:
        QTest.keyClick(page.matrix, Qt.Key.Key_Right)
    assert chosen.args == [LABELS[0], LABELS[1]]
    assert page.nothing.isVisible() or page.tiles.count()


def test_double_click_on_a_tile_opens_its_item_in_label(page, qtbot):
    asked = []
    page.shell.asked_to_go.disconnect()
    page.shell.asked_to_go.connect(lambda name, arguments: asked.append((name, arguments)))
    place = page.tiles.visualItemRect(page.tiles.item(0)).center()
    for act in (QTest.mouseClick, QTest.mouseDClick):
        act(page.tiles.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert asked[0][0] == "labeling"
    assert asked[0][1]["item"] in {row[0] for row in page.shell.workspace.query("SELECT id FROM item")}


def test_another_model_is_chosen_from_the_list(page, qtbot):
    page.model.setCurrentIndex(page.model.findData(1))
    page.model.activated.emit(page.model.currentIndex())
    qtbot.waitUntil(
        lambda: page.title.text() == "parts:1" and page._seen is not None and page._seen.id == 1, timeout=5000
    )
    assert "against" not in page.against.text()


def test_what_was_not_evaluated_yet_offers_to_do_so_with_the_command(page, qtbot):
    page.precision.setCurrentIndex(page.precision.findData("int8"))
    page.precision.activated.emit(page.precision.currentIndex())
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.not_yet, timeout=5000)
    assert "lineside evaluate parts:2 --version v1 --split test" in page.not_yet.command.text()
    QTest.mouseClick(page.not_yet.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.error.isVisible(), timeout=5000)
    assert "was not exported in int8" in page.error.text.text()


def test_dearer_misses_move_the_cheapest_threshold_down(page):
    page.costs.miss.setValue(0.5)
    page.costs.false.setValue(100)
    high = page.costs.chart.best[0]
    page.costs.miss.setValue(1000)
    page.costs.false.setValue(0.1)
    assert page.costs.chart.best[0] < high


def test_looking_at_cells_does_not_stall_the_window(page, ui_watchdog, qtbot):
    ui_watchdog.reset()
    for index in range(len(LABELS)):
        place = page.matrix.cell_rect(index, index).center().toPoint() + QPoint(1, 1)
        QTest.mouseClick(page.matrix, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        qtbot.wait(150)
    ui_watchdog.limit_ms = 60_000  # closing the workspace at the end is not what is looked at here
