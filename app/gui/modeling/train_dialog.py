"""Asks what a training needs to know: the data version, how long, the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from app.gui.operations.training import TrainOrder
from app.gui.widgets.controls import FieldRow, button, label, primary_button, roomy


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
        training: Mapping[str, Any],
        node: str,
        parent: QWidget | None = None,
        table: bool = False,
    ) -> None:
        super().__init__(parent)
        self._graph, self._node, self._training = graph, node, training
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
        self.steps.setValue(int(training.get("steps", 3000)))
        self.batch.setValue(int(training.get("batch", 16)))
        self._table = table
        self._build()
        self.version.currentIndexChanged.connect(self._show_new)
        self._show_new()

    def order(self) -> TrainOrder:
        """What was chosen."""
        overrides = {
            f"{self._node}.{name}": field.value()
            for name, field in (("steps", self.steps), ("batch", self.batch))
            if self._node and self._training.get(name) != field.value()
        }
        name = self.version_name.text().strip()
        chosen = str(self.version.currentData() or "")
        return TrainOrder(self._graph, chosen, self.seed.value(), overrides, name, self.split.currentText().strip())

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
        numbers = QHBoxLayout()
        numbers.setSpacing(12)
        numbers.addWidget(FieldRow(self.tr("Steps"), self.steps, self.tr("How often the weights are changed")))
        a_step = self.tr("Rows a step") if self._table else self.tr("Images a step")
        numbers.addWidget(FieldRow(a_step, self.batch, self.tr("The batch size")))
        seed_help = self.tr("The same seed on the same machine gives the same curve")
        numbers.addWidget(FieldRow(self.tr("Seed"), self.seed, seed_help))
        column.addLayout(numbers)
        note = self.tr("Training runs beside the window: it goes on when you close it, and can be paused and resumed.")
        column.addWidget(label(note, "quiet", wrap=True))
        if self._table and not self.version.count():
            none = self.tr("There is no table yet; make a version of one with: lineside table create NAME FILE")
            column.addWidget(label(none, "warning", wrap=True))
        column.addWidget(label(f"lineside train {self._graph} --version …", "small"))
        self.start = primary_button(self.tr("Start training"), self.accept)
        self.start.setDefault(True)
        self.start.setEnabled(not self._table or self.version.count() > 0)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button(self.tr("Cancel"), self.reject))
        row.addWidget(self.start)
        column.addLayout(row)

    def _show_new(self) -> None:
        self._new.setVisible(not self._table and not self.version.currentData())
        self.adjustSize()
