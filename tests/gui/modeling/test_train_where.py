"""Where a training runs is chosen in the dialog before it: a real box with this machine's Python, and one that is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.modeling.train_dialog import TrainDialog, VersionChoice
from app.gui.modeling.train_where import read_places
from engine.deployment import targets
from tests.integration.deployment.conftest import add_box  # noqa: F401  a fixture

PYTHON = Path(sys.prefix).resolve() / "bin" / "python"
LENT = (Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve())


@pytest.fixture
def workspace(shell):
    """The workspace of the window, for `add_box`."""
    return shell.workspace


def dialog(shell, qtbot, places):
    made = TrainDialog("parts", [VersionChoice("v1", 8, 20)], {}, "train", shell, places=places)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.slow
def test_a_training_goes_to_the_box_that_was_chosen_once_it_was_looked_at(add_box, shell, qtbot):  # noqa: F811
    _, name = add_box(lent=LENT, python=str(PYTHON))
    targets.add_target(shell.workspace, "local", "process://local")
    assert read_places(shell.workspace) == [name], "nothing is trained on other kinds of targets"
    made = dialog(shell, qtbot, [name])
    made.folds.setCurrentIndex(1)
    assert made.order().elsewhere is None and made.order().folds == 3
    made.where.place.setFocus()
    QTest.keyClick(made.where.place, Qt.Key.Key_Down)
    assert not made.start.isEnabled() and not made.find_rate.isEnabled() and not made.folds.isEnabled()
    qtbot.waitUntil(made.start.isEnabled, timeout=90_000)  # PyTorch is loaded there
    assert "PyTorch" in made.where.state.text() and "cores" in made.where.state.text()
    assert made.order().elsewhere["name"] == name and made.order().folds == 0
    assert made.command.text().endswith(f"--target {name}")
    QTest.keyClick(made.where.place, Qt.Key.Key_Up)
    assert made.start.isEnabled() and made.order().elsewhere is None


def test_a_box_that_does_not_answer_is_told_and_nothing_begins(shell, qtbot):
    targets.add_target(shell.workspace, "gone", "ssh://edge@127.0.0.1:1")
    made = dialog(shell, qtbot, ["gone"])
    made.where.place.setCurrentIndex(1)
    qtbot.waitUntil(lambda: made.where.state.property("kind") == "bad", timeout=20_000)
    assert "does not answer" in made.where.state.text() and not made.start.isEnabled()


def test_without_a_target_nobody_is_asked_where(shell, qtbot):
    assert not dialog(shell, qtbot, []).where.isVisible()
