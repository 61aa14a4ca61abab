"""The table of a label's attributes: name, type, values or range, default, required."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.gui.labeling.schema.editing import VALUES_WERE, WAS
from engine.labeling.values import TYPES, as_type

SOURCE = Qt.ItemDataRole.UserRole
ROW = 40
NAME, TYPE, VALUES, DEFAULT, REQUIRED = range(5)


class AttributeTable(QTableWidget):
    """One row for each attribute; Delete takes the chosen one away.

    Signals:
        changed: what a person changed is in `entries`.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(0, 5)
        self.setObjectName("attributes")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.setShowGrid(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setSectionResizeMode(VALUES, QHeaderView.ResizeMode.Stretch)
        for column, width in ((NAME, 130), (TYPE, 124), (DEFAULT, 90), (REQUIRED, 76)):
            self.setColumnWidth(column, width)
        self.itemChanged.connect(lambda _item: self.changed.emit())
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.setHorizontalHeaderLabels(
            [self.tr("Name"), self.tr("Type"), self.tr("Values or range"), self.tr("Default"), self.tr("Required")]
        )
        self.setToolTip(self.tr("Values with commas between them; a range as 0..100. Delete removes the chosen one."))

    def show_entries(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Show these attributes."""
        self.blockSignals(True)
        self.setRowCount(0)
        for entry in entries:
            self._add_row(entry)
        self.blockSignals(False)
        self._fit()

    def add(self, name: str) -> None:
        """A new attribute, its name ready to be typed."""
        names = {self._text(row, NAME) for row in range(self.rowCount())}
        number, fresh = 1, name
        while fresh in names:
            number += 1
            fresh = f"{name} {number}"
        self.blockSignals(True)
        self._add_row({"name": fresh, "type": "text", WAS: None})
        self.blockSignals(False)
        self._fit()
        self.changed.emit()
        self.setFocus()
        self.setCurrentCell(self.rowCount() - 1, NAME)
        self.editItem(self.item(self.rowCount() - 1, NAME))

    def remove_current(self) -> None:
        """Take the chosen attribute away."""
        if self.currentRow() >= 0:
            self.removeRow(self.currentRow())
            self._fit()
            self.changed.emit()

    def entries(self) -> tuple[dict[str, Any], ...]:
        """The attributes as they are typed."""
        return tuple(self._entry(row) for row in range(self.rowCount()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.state() != QAbstractItemView.State.EditingState:
            self.remove_current()
            return
        super().keyPressEvent(event)

    def _add_row(self, entry: Mapping[str, Any]) -> None:
        row = self.rowCount()
        self.insertRow(row)
        name = QTableWidgetItem(str(entry["name"]))
        name.setData(SOURCE, {WAS: entry.get(WAS), VALUES_WERE: list(entry.get(VALUES_WERE, ()))})
        self.setItem(row, NAME, name)
        kind = QComboBox()
        words = type_words()
        for value in TYPES:
            kind.addItem(words[value], value)
        kind.setCurrentIndex(max(kind.findData(entry.get("type", "text")), 0))
        kind.currentIndexChanged.connect(lambda _at: self.changed.emit())
        holder = QWidget()
        inside = QHBoxLayout(holder)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addWidget(kind)
        self.setCellWidget(row, TYPE, holder)
        low, high = entry.get("range") or (None, None)
        limits = f"{'' if low is None else low}..{'' if high is None else high}" if entry.get("range") else ""
        values = ", ".join(map(str, entry.get("values", ()))) if entry.get("type") == "choice" else limits
        self.setItem(row, VALUES, QTableWidgetItem(values))
        default = entry.get("default")
        self.setItem(row, DEFAULT, QTableWidgetItem("" if default is None else str(as_type(default, "text"))))
        required = QTableWidgetItem()
        required.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        required.setCheckState(Qt.CheckState.Checked if entry.get("required") else Qt.CheckState.Unchecked)
        self.setItem(row, REQUIRED, required)

    def _entry(self, row: int) -> dict[str, Any]:
        box = self.cellWidget(row, TYPE).findChild(QComboBox)
        kind = str(box.currentData()) if box is not None else "text"
        entry: dict[str, Any] = {"name": self._text(row, NAME), "type": kind}
        typed, default = self._text(row, VALUES), self._text(row, DEFAULT)
        if kind == "choice":
            entry["values"] = [value for part in typed.replace("，", ",").split(",") if (value := part.strip())]
        elif kind == "number" and ".." in typed:
            entry["range"] = [as_type(part, "number") for part in typed.split("..", 1)]
        if default:
            entry["default"] = value if (value := as_type(default, kind)) is not None else default
        if self.item(row, REQUIRED).checkState() == Qt.CheckState.Checked:
            entry["required"] = True
        return {**entry, **self.item(row, NAME).data(SOURCE)}

    def _text(self, row: int, column: int) -> str:
        item = self.item(row, column)
        return item.text().strip() if item is not None else ""

    def _fit(self) -> None:
        self.setVisible(self.rowCount() > 0)
        self.setFixedHeight(self.horizontalHeader().height() + max(self.rowCount(), 1) * ROW + 4)


def type_words() -> dict[str, str]:
    """What the types of attributes are called in the language of the window."""
    translate = QCoreApplication.translate
    return {
        "choice": translate("AttributeTable", "choice"),
        "number": translate("AttributeTable", "number"),
        "text": translate("AttributeTable", "text"),
        "flag": translate("AttributeTable", "yes / no"),
    }
