"""Asks what only a person can say of a model, and where its card shall be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from app.gui.widgets.controls import label
from app.gui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from engine.packaging.card.notes import Notes


class CardDialog(Dialog):
    """Two texts that are kept with the model; then the file is chosen: a page or a PDF."""

    def __init__(self, parent: QWidget, model: str, notes: Notes, write: Callable[[Notes, Path], object]) -> None:
        super().__init__(parent, "", " ", " ", width=560)
        self._model, self._write = model, write
        self.setWindowTitle(self.tr("Model card of {}").format(model))
        self.title.setText(self.windowTitle())
        self.text.setText(
            self.tr(
                "One file with all that was measured of this model, and what was not. Only you can say these two things; "
                "they are kept with the model."
            )
        )
        self.accept_button.setText(self.tr("Write the card…"))
        self.intended, self.limits = QPlainTextEdit(notes.intended), QPlainTextEdit(notes.limits)
        for field, name, hint in (
            (self.intended, self.tr("Intended use"), self.tr("Which parts, which station, which camera and light")),
            (self.limits, self.tr("Limits"), self.tr("Where it must not be used, and when it must be measured again")),
        ):
            head = label(name, "quiet")
            head.setBuddy(field)
            field.setAccessibleName(name)
            field.setPlaceholderText(hint)
            field.setTabChangesFocus(True)
            field.setMinimumHeight(84)
            self.body.addWidget(head)
            self.body.addWidget(field)
        self.on_accept = self._choose

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

        notes = Notes(intended=self.intended.toPlainText().strip(), limits=self.limits.toPlainText().strip())
        self._write(notes, path)
        self.accept()
