"""Of a model that says several labels of an image: for each label who has it and of whom it is said; a click opens the items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QHeaderView, QTableWidgetItem, QVBoxLayout, QWidget

from app.gui.widgets.tables import fill, table

CELLS = {"right": (True, True), "missed": (True, False), "false": (False, True), "without": (False, False)}
FIRST = 1  # column of the first of these


class LabelTables(QWidget):
    """One row for each label: the four cells of its 2 × 2 table, its average precision and its threshold.

    Signals:
        cell_chosen: a label, whether the items have it, and whether it is said of them.
    """

    cell_chosen = Signal(str, bool, bool)

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._labels: Mapping[str, Mapping[str, Any]] = {}
        self.table = table("label_tables")
        self.table.setSelectionBehavior(self.table.SelectionBehavior.SelectItems)
        self.table.itemClicked.connect(self._choose)
        self.table.itemActivated.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self.retranslate()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.table.setAccessibleName(self.tr("Labels, each by itself"))
        self._show()

    def show_labels(self, labels: Mapping[str, Mapping[str, Any]]) -> None:
        """Show what an evaluation found of each label."""
        self._labels = labels
        self._show()

    def recolor(self) -> None:
        """Take the colours of the theme."""
        self._show()

    def _show(self) -> None:
        heads = [
            self.tr("Label"), self.tr("found"), self.tr("missed"), self.tr("false"), self.tr("neither"),
            "AP", self.tr("said from"),
        ]  # fmt: skip
        rows = [
            [name, *(int(values[cell]) for cell in CELLS), *(_number(values[figure]) for figure in ("ap", "threshold"))]
            for name, values in self._labels.items()
        ]
        fill(self.table, heads, rows, most=14)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        tips = [
            self.tr("Images that have it, of which it is said"), self.tr("Images that have it, of which it is not said"),
            self.tr("Images without it, of which it is said"), self.tr("Images without it, of which it is not said"),
        ]  # fmt: skip
        for row in range(len(rows)):
            for place, ink in enumerate(("accent", "bad", "bad", "quiet")):
                item = self.table.item(row, FIRST + place)
                item.setToolTip(tips[place])
                if rows[row][FIRST + place]:
                    item.setForeground(QBrush(self._colors(ink)))

    def _choose(self, item: QTableWidgetItem) -> None:
        place = item.column() - FIRST
        if 0 <= place < len(CELLS):
            label = list(self._labels)[item.row()]
            self.cell_chosen.emit(label, *list(CELLS.values())[place])


def _number(value: float | None) -> str:
    return "–" if value is None else QLocale().toString(float(value), "f", 2)
