"""The filter bar of the data page: text, label, split, state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from app.gui.quality.words import state_text
from app.gui.widgets.controls import button
from engine.data.records import REVIEW_STATES

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.data.browse import ItemFilter

TYPING_MS = 250
REVIEW = "review:"  # begins the states that a review gives


class FilterBar(QWidget):
    """What must hold of the items shown; `changed` after each choice, a moment after the last key."""

    changed = Signal()
    query_toggled = Signal(bool)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.text = QLineEdit()
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(140)
        self._search = self.text.addAction(shell.icon("search", "quiet"), QLineEdit.ActionPosition.LeadingPosition)
        self.label, self.split, self.state = QComboBox(), QComboBox(), QComboBox()
        self.query = button("SQL")
        self.query.setCheckable(True)
        self.clear_button = button("", self.clear, "link")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.text, 1)
        for box in (self.label, self.split, self.state):
            box.setMinimumWidth(112)
            box.setMaximumWidth(180)
            box.currentIndexChanged.connect(self._chosen)
            layout.addWidget(box)
        layout.addWidget(self.query)
        layout.addWidget(self.clear_button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self._chosen)
        self.text.textChanged.connect(lambda: self._timer.start())
        self.text.returnPressed.connect(self._chosen)
        self.query.toggled.connect(self.query_toggled)
        QShortcut(QKeySequence("Ctrl+F"), self).activated.connect(self.text.setFocus)
        shell.theme.theme_changed.connect(self._tint)
        self._labels: list[str] = []
        self.retranslate()

    def _tint(self) -> None:
        self._search.setIcon(self._shell.icon("search", "quiet"))

    def filter(self) -> ItemFilter:
        """The conditions chosen."""
        from engine.data.browse import ItemFilter

        chosen = ItemFilter(
            label=self.label.currentData() or None,
            split=self.split.currentData() or None,
            text=self.text.text().strip(),
        )
        state = self.state.currentData()
        if state == "labelled":
            return replace(chosen, labelled=True)
        if state == "unlabelled":
            return replace(chosen, labelled=False)
        if state and state.startswith(REVIEW):
            return replace(chosen, state=state.removeprefix(REVIEW))
        return replace(chosen, problem=True) if state == "problem" else chosen

    def is_empty(self) -> bool:
        """Whether all items fit."""
        chosen = (
            self.text.text().strip(),
            self.label.currentData(),
            self.split.currentData(),
            self.state.currentData(),
        )
        return not any(chosen)

    def clear(self) -> None:
        """Show all again."""
        self._set(text="", label="", split="", state="")

    def choose(self, label: str | None = None, split: str | None = None, state: str | None = None) -> None:
        """Choose from outside, as by a click on a figure."""
        self._set(None, label, split, state)

    def show_labels(self, names: list[str]) -> None:
        """Offer these labels; the chosen one stays."""
        if names != self._labels:
            self._labels = names
            self._fill(self.label, [("", self.tr("All labels")), *((name, name) for name in names)])

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.text.setPlaceholderText(self.tr("Search by name"))
        self.text.setAccessibleName(self.tr("Search by name"))
        self._fill(self.label, [("", self.tr("All labels")), *((name, name) for name in self._labels)])
        splits = [("", self.tr("All splits")), *((name, split_text(name)) for name in ("train", "val", "test", "none"))]
        self._fill(self.split, splits)
        states = [
            ("", self.tr("Any state")),
            ("labelled", self.tr("Labelled")),
            ("unlabelled", self.tr("Not labelled")),
            ("problem", self.tr("With a problem")),
            *((REVIEW + state, self.tr("Review: {0}").format(state_text(state))) for state in REVIEW_STATES),
        ]
        self._fill(self.state, states)
        self.label.setAccessibleName(self.tr("Label"))
        self.split.setAccessibleName(self.tr("Split"))
        self.state.setAccessibleName(self.tr("State"))
        self.query.setToolTip(self.tr("Ask with SQL; nothing can be changed by it"))
        self.clear_button.setText(self.tr("Show all"))
        self.clear_button.setVisible(not self.is_empty())

    def _set(self, text: str | None, label: str | None, split: str | None, state: str | None) -> None:
        self.blockSignals(True)
        if text is not None:
            self.text.setText(text)
        for box, value in ((self.label, label), (self.split, split), (self.state, state)):
            if value is not None:
                box.setCurrentIndex(max(0, box.findData(value)))
        self._timer.stop()
        self.blockSignals(False)
        self._chosen()

    def _chosen(self) -> None:
        self._timer.stop()
        self.clear_button.setVisible(not self.is_empty())
        self.changed.emit()

    def _fill(self, box: QComboBox, options: list[tuple[str, str]]) -> None:
        before = box.currentData()
        box.blockSignals(True)
        box.clear()
        for value, text in options:
            box.addItem(text, value)
        box.setCurrentIndex(max(0, box.findData(before)))
        box.blockSignals(False)


def split_text(split: str) -> str:
    """The name of a split."""
    from PySide6.QtCore import QCoreApplication

    names = {
        "train": QCoreApplication.translate("Split", "training"),
        "val": QCoreApplication.translate("Split", "validation"),
        "test": QCoreApplication.translate("Split", "test"),
        "none": QCoreApplication.translate("Split", "no split"),
        "": QCoreApplication.translate("Split", "no split"),
    }
    return names.get(split, split)
