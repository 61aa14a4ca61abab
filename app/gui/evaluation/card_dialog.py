"""Asks what only a person can say of a model, and where its card shall be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from app.gui.widgets.controls import button, label
from app.gui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from engine.packaging.card.notes import Notes


class CardDialog(Dialog):
    """Texts that are kept with the model, and what else the card tells; then the file is chosen: a page or a PDF."""

    def __init__(self, parent: QWidget, model: str, notes: Notes, write: Callable[[Notes, Path], object]) -> None:
        super().__init__(parent, "", " ", " ", width=560)
        self._model, self._write = model, write
        self.setWindowTitle(self.tr("Model card of {}").format(model))
        self.title.setText(self.windowTitle())
        self.text.setText(
            self.tr(
                "One file with all that was measured of this model, and what was not. What you say here is kept with the model."
            )
        )
        self.accept_button.setText(self.tr("Write the card…"))
        self.intended, self.limits = QPlainTextEdit(notes.intended), QPlainTextEdit(notes.limits)
        for field, name, hint in (
            (self.intended, self.tr("Intended use"), self.tr("Which parts, which station, which camera and light")),
            (self.limits, self.tr("Limits"), self.tr("Where it must not be used, and when it must be measured again")),
        ):
            field.setPlaceholderText(hint)
            field.setTabChangesFocus(True)
            field.setMinimumHeight(84)
            self._named(name, field, field)
        self.expected, self.by = QLineEdit(notes.expected), QPlainTextEdit("\n".join(notes.by))
        self.expected.setPlaceholderText(self.tr("None"))
        self.browse = button(self.tr("Choose…"), self._browse)
        file = QWidget()
        layout = QHBoxLayout(file)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.expected, 1)
        layout.addWidget(self.browse)
        self._named(self.tr("Held against a file of expectations"), self.expected, file)
        self.by.setPlaceholderText(self.tr("One SQL expression a line, such as width > 600 or metadata->>'lot'"))
        self.by.setTabChangesFocus(True)
        self.by.setFixedHeight(64)
        self._named(self.tr("Figures of groups"), self.by, self.by)
        self.on_accept = self._choose

    def _named(self, name: str, field: QWidget, shown: QWidget) -> None:
        head = label(name, "quiet")
        head.setBuddy(field)
        field.setAccessibleName(name)
        self.body.addWidget(head)
        self.body.addWidget(shown)

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("File of expectations"), self.expected.text(), "TOML (*.toml)")
        dialog.fileSelected.connect(self.expected.setText)
        dialog.open()

    def _choose(self) -> bool:
        """Ask for the file; the dialog closes when one is chosen."""
        dialog = QFileDialog(
            self, self.windowTitle(), f"{self._model.replace(':', '-')}.pdf", "PDF (*.pdf);;HTML (*.html)"
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.open()
        return False

    def write(self, path: Path) -> None:
        """Write the card into this file."""
        from engine.packaging.card.notes import Notes

        lines = self.by.toPlainText().splitlines()
        notes = Notes(
            intended=self.intended.toPlainText().strip(), limits=self.limits.toPlainText().strip(),
            expected=self.expected.text().strip(), by=tuple(line.strip() for line in lines if line.strip()),
        )  # fmt: skip
        self._write(notes, path)
        self.accept()
