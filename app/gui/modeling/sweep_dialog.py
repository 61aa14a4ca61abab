"""Asks what a sweep shall try, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHeaderView,
    QLineEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.gui.operations.sweeps import SweepOrder
from app.gui.widgets.controls import FieldRow, label, roomy, row
from app.gui.widgets.dialog import Dialog
from engine.errors import LinesideError

if TYPE_CHECKING:
    from engine.modeling.graph import Graph

FIRST = "optimiser.rate"  # what is nearly always worth trying


class SweepDialog(Dialog):
    """Tick what to try, change the ranges, start."""

    def __init__(
        self, graph: Graph, offers: Mapping[str, str], versions: Sequence[str], version: str, parent: QWidget
    ) -> None:
        super().__init__(parent, "", accept=" ", width=640)
        title = self.tr("Try values of “{}”").format(graph.name)
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(
            self.tr(
                "Each trial is a training of its own. What turns out hopeless is stopped early, and the best becomes a model."
            )
        )
        self.text.show()
        self.accept_button.setText(self.tr("Start trying"))
        self._graph = graph
        self.find = QLineEdit()
        self.find.setPlaceholderText(self.tr("Find a parameter"))
        self.find.textChanged.connect(self._filter)
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels([self.tr("Parameter"), self.tr("Values to try")])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.setMinimumHeight(230)
        self.table.setAccessibleName(self.tr("Values to try"))
        self._fill(offers)
        self.version = QComboBox()
        self.version.addItems(list(versions))
        self.version.setCurrentText(version)
        self.trials, self.minutes, self.parallel = QSpinBox(), QDoubleSpinBox(), QSpinBox()
        self.trials.setRange(1, 10_000)
        self.trials.setValue(20)
        self.minutes.setRange(0, 100_000)
        self.minutes.setDecimals(0)
        self.minutes.setSpecialValueText(self.tr("no limit"))
        self.parallel.setRange(1, 64)
        roomy(self.trials, self.minutes, self.parallel)
        self.pruner = QComboBox()
        for name, text in (
            ("median", self.tr("worse than half of the others")),
            ("halving", self.tr("not in the better half (halving)")),
            ("none", self.tr("never")),
        ):
            self.pruner.addItem(text, name)
        self._build()
        self.on_accept = self._problems

    def order(self) -> SweepOrder:
        """What was chosen."""
        rows = [row for row in range(self.table.rowCount()) if self._cell(row, 0).checkState() == Qt.CheckState.Checked]
        space = tuple(f"{self._cell(row, 0).text()}={self._cell(row, 1).text()}" for row in rows)
        return SweepOrder(
            self._graph.name,
            self.version.currentText(),
            space,
            self.trials.value(),
            self.minutes.value() or None,
            self.parallel.value(),
            str(self.pruner.currentData()),
        )

    def tick(self, key: str, values: str) -> None:
        """Choose a parameter with its values."""
        for at in range(self.table.rowCount()):
            if self._cell(at, 0).text() == key:
                self._cell(at, 0).setCheckState(Qt.CheckState.Checked)
                self._cell(at, 1).setText(values)

    def _fill(self, offers: Mapping[str, str]) -> None:
        self.table.setRowCount(len(offers))
        for at, key in enumerate(sorted(offers, key=lambda key: (key != FIRST, list(offers).index(key)))):
            name, values = QTableWidgetItem(key), QTableWidgetItem(offers[key])
            name.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            name.setCheckState(Qt.CheckState.Checked if key == FIRST else Qt.CheckState.Unchecked)
            values.setToolTip(self.tr("A range as 0.001..0.1 log, or a list as 16,32,64"))
            self.table.setItem(at, 0, name)
            self.table.setItem(at, 1, values)

    def _build(self) -> None:
        self.body.addWidget(self.find)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(
            label(self.tr("A range: 0.001..0.1 log. A list: 16,32,64. Double-click to change."), "small")
        )
        trials = FieldRow(self.tr("Trials"), self.trials, self.tr("At most so many"))
        minutes = FieldRow(self.tr("Minutes"), self.minutes, self.tr("No trial begins that would not end in this time"))
        together = self.tr("Trials that run together share the cores")
        parallel = FieldRow(self.tr("At a time"), self.parallel, together)
        self.body.addWidget(row(trials, minutes, parallel, spacing=12))
        version = FieldRow(self.tr("Data version"), self.version)
        stop = FieldRow(self.tr("Stop a trial early when it is"), self.pruner)
        self.body.addWidget(row(version, stop, spacing=12))
        self.body.addWidget(label(f"lineside sweep start {self._graph.name} --version … --space …", "small"))

    def _cell(self, at: int, column: int) -> QTableWidgetItem:
        found = self.table.item(at, column)
        assert found is not None
        return found

    def _filter(self, text: str) -> None:
        for at in range(self.table.rowCount()):
            self.table.setRowHidden(at, text.strip().lower() not in self._cell(at, 0).text())

    def _problems(self) -> bool:
        from engine.training.sweeps.space import parse_space

        try:
            parse_space(self._graph, self.order().space)
        except LinesideError as error:
            self.error.show_error(error)
            return False
        return True
