"""Tables to read: quiet, as high as their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem


def table(name: str) -> QTableWidget:
    """A quiet table to read."""
    made = QTableWidget()
    made.setObjectName(name)
    made.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    made.setFrameShape(made.Shape.NoFrame)
    made.setShowGrid(False)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(26)
    made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    made.horizontalHeader().setMinimumSectionSize(30)
    made.horizontalHeader().setHighlightSections(False)
    made.setMinimumHeight(90)
    return made


def fill(made: QTableWidget, heads: Sequence[str], rows: Sequence[Sequence[Any]], most: int = 0) -> None:
    """Show rows; numbers stand to the right. With `most` the table is as high as its rows, up to so many."""
    if most:
        made.setFixedHeight(38 + 26 * min(max(len(rows), 1), most))
    made.setColumnCount(len(heads))
    made.setHorizontalHeaderLabels(list(heads))
    made.setRowCount(len(rows))
    if heads:
        made.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    right = [
        bool(rows) and all(isinstance(values[at], int | float) or values[at] == "–" for values in rows)
        for at in range(len(heads))
    ]
    for at, to_right in enumerate(right):
        side = Qt.AlignmentFlag.AlignRight if to_right else Qt.AlignmentFlag.AlignLeft
        made.horizontalHeaderItem(at).setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    for index, values in enumerate(rows):
        for at, value in enumerate(values):
            text = f"{value:.3f}" if isinstance(value, float) else QLocale().toString(value) if isinstance(value, int) else str(value)  # fmt: skip
            item = QTableWidgetItem(text)
            side = Qt.AlignmentFlag.AlignRight if right[at] else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            made.setItem(index, at, item)
