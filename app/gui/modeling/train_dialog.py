"""Asks what a training needs to know: the data version, how long, the seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.gui.modeling.train_where import Where
from app.gui.operations import training
from app.gui.operations.training import TrainOrder
from app.gui.widgets.controls import FieldRow, button, label, primary_button, roomy
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from app.gui.modeling.document import NodeRecord
    from app.gui.shell.shell import Shell
    from app.gui.widgets.curves import Curves
    from engine.workspace import Workspace

FILE = "…"  # the entry that asks for a file

TRY = 2  # the dialog's answer, when values shall be tried instead


@dataclass(frozen=True)
class VersionChoice:
    """A dataset version on offer."""

    name: str
    items: int
    annotations: int


class TrainDialog(QDialog):
    """Choose and start."""

    def __init__(
        self,
        graph: str,
        versions: Sequence[VersionChoice],
        settings: Mapping[str, Any],
        node: str,
        shell: Shell,
        parent: QWidget | None = None,
        *,
        models: Sequence[str] = (),
        table: bool = False,
        places: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self._graph, self._node, self._training = graph, node, settings
        self._shell, self._optimiser, self._rate = shell, "", ""
        self.setWindowTitle(self.tr("Train “{}”").format(graph))
        self.version = QComboBox()
        for version in versions:
            text = self.tr("{} · {} items, {} annotations").format(version.name, version.items, version.annotations)
            if table:
                text = self.tr("{} · {} rows").format(version.name, version.items)
            self.version.addItem(text, version.name)
        if not table:
            self.version.addItem(self.tr("New version of everything labelled now"), "")
        number = len(versions) + 1
        taken = {version.name for version in versions}
        while f"v{number}" in taken:
            number += 1
        self.version_name = QLineEdit(f"v{number}")
        self.split = QComboBox()
        self.split.setEditable(True)
        self.split.addItems(["70/15/15", "80/10/10", "60/20/20"])
        self.steps, self.batch, self.seed = QSpinBox(), QSpinBox(), QSpinBox()
        roomy(self.steps, self.batch, self.seed)
        self.steps.setRange(1, 1_000_000)
        self.batch.setRange(1, 1024)
        self.seed.setRange(0, 2_000_000_000)
        self.steps.setValue(int(settings.get("steps", 3000)))
        self.batch.setValue(int(settings.get("batch", 16)))
        self.start_from = QComboBox()
        self.start_from.addItem(self.tr("The weights of the drawing"), "")
        for model in models:
            self.start_from.addItem(model, model)
        self.start_from.addItem(self.tr("A safetensors file …"), FILE)
        self.start_from.activated.connect(self._choose_start)
        self.rate = QLineEdit()
        self.rate.setValidator(rates())
        self.find_rate = button(self.tr("Find rate"), self._find_rate)
        self.curves: Curves | None = None
        self.rates, self.found, self.strip = QFrame(), label("", "quiet", wrap=True), JobStrip(shell)
        self.found.hide()
        self.strip.ended.connect(self._read_rate)
        self.folds = QComboBox()
        self.folds.addItem(self.tr("One training, which makes a model"), 0)
        for count in (3, 5, 10):
            self.folds.addItem(self.tr("Cross-validation in {} folds").format(count), count)
        self._table = table
        self.where = Where(shell, places)
        self._build()
        self.version.currentIndexChanged.connect(self._show_new)
        self.where.changed.connect(self._show_new)
        self._show_new()

    def order(self) -> TrainOrder:
        """What was chosen."""
        overrides: dict[str, Any] = {
            f"{self._node}.{name}": field.value()
            for name, field in (("steps", self.steps), ("batch", self.batch))
            if self._node and self._training.get(name) != field.value()
        }
        if self._optimiser and self.rate.hasAcceptableInput() and self.rate.text() != self._rate:
            overrides[f"{self._optimiser}.rate"] = QLocale.c().toDouble(self.rate.text())[0]
        name = self.version_name.text().strip()
        chosen = str(self.version.currentData() or "")
        split, start = self.split.currentText().strip(), str(self.start_from.currentData() or "")
        folds = 0 if self.where.target else int(self.folds.currentData())
        return TrainOrder(
            self._graph, chosen, self.seed.value(), overrides, name, split, start, folds, self.where.order
        )

    def show_rate(self, optimiser: NodeRecord | None) -> None:
        """Offer the rate of the drawing's optimiser."""
        self.rates.setVisible(optimiser is not None and "rate" in optimiser.parameters)
        if optimiser is not None and "rate" in optimiser.parameters:
            self._optimiser, self._rate = optimiser.id, f"{optimiser.parameters['rate']:g}"
            self.rate.setText(self._rate)

    def _find_rate(self) -> None:
        title = self.tr("Find a learning rate")
        self.found.hide()
        self.find_rate.setEnabled(False)
        self._shell.run(
            training.find_rate(self.order()), title,
            on_done=lambda job: self.strip.follow(job, title), on_error=self._no_rate,
        )  # fmt: skip

    def _no_rate(self, error: Exception) -> None:
        self.find_rate.setEnabled(True)
        self.found.setText(str(error))
        self.found.show()

    def _read_rate(self, job: str, state: str) -> None:
        self.find_rate.setEnabled(True)
        if state == "done":
            self._shell.read(lambda workspace: _result(workspace, job), self._take_rate, key="modeling.rate")

    def _take_rate(self, result: dict[str, Any]) -> None:
        self.strip.hide()
        self.found.show()
        if not result["suggested"]:
            self.found.setText(self.tr("The loss fell at no rate; look at the labels and the images."))
            return
        text = self.tr("{} suggested: the loss falls fastest there. It is lowest at {}; above, learning breaks down.")
        self.found.setText(text.format(f"{result['suggested']:g}", f"{result['lowest']:.1e}"))
        self.rate.setText(f"{result['suggested']:g}")
        from app.gui.widgets.curves import Curves

        if self.curves is None:
            self.curves = Curves(self._shell.theme.color)
            self.curves.setFixedHeight(120)
            cast(QVBoxLayout, self.layout()).insertWidget(self.layout().indexOf(self.found) + 1, self.curves)
        points = [(math.log10(rate), smoothed) for rate, _, smoothed in result["curve"]]
        least = min(loss for _, loss in points)
        shown = [point for point in points if point[1] < 3 * least] if least > 0 else points
        self.curves.show()
        self.resize(
            self.width(), self.layout().totalHeightForWidth(self.width())
        )  # adjustSize stops at ⅔ of the screen
        self.curves.show_curves({self.tr("loss over log₁₀ of the rate"): shown})

    def _build(self) -> None:
        self.setMinimumWidth(440)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(self.tr("Train “{}”").format(self._graph), "title"))
        column.addWidget(FieldRow(self.tr("Data version"), self.version, self.tr("Versions never change once made")))
        self._new = QWidget()
        new = QHBoxLayout(self._new)
        new.setContentsMargins(0, 0, 0, 0)
        new.setSpacing(12)
        new.addWidget(FieldRow(self.tr("Name of the version"), self.version_name))
        new.addWidget(FieldRow(self.tr("Split training / validation / test, %"), self.split))
        column.addWidget(self._new)
        folds_help = self.tr("Trains once for each fold of training and validation, and tells mean and spread")
        column.addWidget(FieldRow(self.tr("Kind"), self.folds, folds_help))
        column.addWidget(self.where)
        start_help = self.tr("What fits by name and shape is taken over; the log names the rest")
        column.addWidget(FieldRow(self.tr("Start from"), self.start_from, start_help))
        numbers = QHBoxLayout()
        numbers.setSpacing(12)
        numbers.addWidget(FieldRow(self.tr("Steps"), self.steps, self.tr("How often the weights are changed")))
        a_step = self.tr("Rows a step") if self._table else self.tr("Images a step")
        numbers.addWidget(FieldRow(a_step, self.batch, self.tr("The batch size")))
        seed_help = self.tr("The same seed on the same machine gives the same curve")
        numbers.addWidget(FieldRow(self.tr("Seed"), self.seed, seed_help))
        column.addLayout(numbers)
        rate = QHBoxLayout(self.rates)
        rate.setContentsMargins(0, 0, 0, 0)
        rate_help = self.tr("How far each step goes; “Find rate” tries a hundred of them on this version")
        rate.addWidget(FieldRow(self.tr("Learning rate"), self.rate, rate_help), 1)
        rate.addWidget(self.find_rate, 0, Qt.AlignmentFlag.AlignBottom)
        column.addWidget(self.rates)
        column.addWidget(self.strip)
        column.addWidget(self.found)
        note = self.tr("Training runs beside the window: it goes on when you close it, and can be paused and resumed.")
        column.addWidget(label(note, "quiet", wrap=True))
        if self._table and not self.version.count():
            none = self.tr("There is no table yet; make a version of one with: lineside table create NAME FILE")
            column.addWidget(label(none, "warning", wrap=True))
        self.command = label("", "small")
        column.addWidget(self.command)
        self.start = primary_button(self.tr("Start training"), self.accept)
        self.start.setDefault(True)
        self.try_values = button(self.tr("Try values…"), lambda: self.done(TRY))
        self.try_values.setToolTip(self.tr("Train with many values and find the best ones"))
        self.start.setEnabled(not self._table or self.version.count() > 0)
        row = QHBoxLayout()
        row.addWidget(self.try_values)
        row.addStretch(1)
        row.addWidget(button(self.tr("Cancel"), self.reject))
        row.addWidget(self.start)
        column.addLayout(row)

    def _choose_start(self) -> None:
        if self.start_from.currentData() != FILE:
            return
        found, _ = QFileDialog.getOpenFileName(
            self, self.tr("Weights to start from"), "", self.tr("Weights (*.safetensors)")
        )
        if found:
            self.start_from.insertItem(self.start_from.count() - 1, Path(found).name, found)
        self.start_from.setCurrentIndex(self.start_from.count() - 2 if found else 0)

    def _show_new(self) -> None:
        self._new.setVisible(not self._table and not self.version.currentData())
        here = not self.where.target
        known, only_here = bool(self.version.currentData()), "" if here else self.tr("On this machine only")
        for part in (self.find_rate, self.try_values):
            part.setEnabled(known and here)
        self.folds.setEnabled(here)
        self.folds.setToolTip(only_here)
        self.find_rate.setToolTip(only_here or ("" if known else self.tr("Choose a version that is there already")))
        self.start.setEnabled(self.where.ready and (not self._table or self.version.count() > 0))
        target = "" if here else f" --target {self.where.target}"
        self.command.setText(f"lineside train {self._graph} --version …{target}")
        self.adjustSize()


def rates() -> QDoubleValidator:
    """Numbers above 0 up to 1, as 0.003 or 3e-3 in every language."""
    validator = QDoubleValidator(1e-9, 1.0, 12)
    validator.setLocale(QLocale.c())
    return validator


def _result(workspace: Workspace, job: str) -> dict[str, Any]:
    from engine.jobs import get_job

    return get_job(workspace, job).result() or {}
