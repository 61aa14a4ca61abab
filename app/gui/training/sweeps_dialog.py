"""Asks how many minutes there are for the best model."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from app.gui.widgets.controls import FieldRow, label, roomy, row
from app.gui.widgets.dialog import Dialog
from app.gui.widgets.tasks import task_name
from engine.training.sweeps import TASKS


class BudgetDialog(Dialog):
    """How many minutes, on which version."""

    def __init__(self, versions: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent, "", accept=" ")
        title = self.tr("The best model within some minutes")
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(
            self.tr(
                "Recipes, resolutions, networks and learning rates compete; what a step takes is measured on this machine. Half of the time trains the winner whole."
            )
        )
        self.text.show()
        self.accept_button.setText(self.tr("Begin"))
        self.version, self.minutes = QComboBox(), QSpinBox()
        self.version.addItems(list(versions))
        self.minutes.setRange(1, 10_000)
        self.minutes.setValue(30)
        roomy(self.minutes)
        self.task = QComboBox()
        self.task.addItem(self.tr("as labelled"), "")
        for name in TASKS:
            self.task.addItem(task_name(name), name)
        self.body.addWidget(
            row(FieldRow(self.tr("Data version"), self.version), FieldRow(self.tr("Minutes"), self.minutes), spacing=12)
        )
        self.body.addWidget(FieldRow(self.tr("Task"), self.task, self.tr("What the best model shall do")))
        self.body.addWidget(label("lineside train --budget 30m --version …", "small"))
