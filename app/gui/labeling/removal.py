"""The question what becomes of the shapes when their label is removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

if TYPE_CHECKING:
    from engine.data.records import Label

CHOICES = 4  # labels offered to take the shapes over
WIDEST = 160  # px that the name of one takes at most


def ask(
    parent: QWidget, labels: Sequence[Label], label_id: int, count: int, decided: Callable[[int | None], object]
) -> None:
    """Ask without blocking; `decided` gets the label that takes the shapes over, None to remove them too."""
    label = next((label for label in labels if label.id == label_id), None)
    if label is None:
        return
    translate = QCoreApplication.translate
    box = QMessageBox(parent)
    box.setWindowTitle(translate("LabelingPage", "Remove label"))
    text = translate("LabelingPage", "{0} shapes have the label “{1}”.")
    box.setText(text.format(QLocale().toString(count), label.name))
    box.setInformativeText(translate("LabelingPage", "Ctrl+Z brings the label and its shapes back."))
    remove = box.addButton(translate("LabelingPage", "Remove the shapes too"), QMessageBox.ButtonRole.DestructiveRole)
    remove.setProperty("kind", "danger")
    moves = {}
    for other in [other for other in labels if other.id != label_id][:CHOICES]:
        shown = box.fontMetrics().elidedText(other.name, Qt.TextElideMode.ElideMiddle, WIDEST)
        move = translate("LabelingPage", "Make them “{0}”").format(shown.replace("&", "&&"))
        moves[box.addButton(move, QMessageBox.ButtonRole.ActionRole)] = other.id
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    remove.style().polish(remove)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def clicked(button: object) -> None:
        if button is remove:
            decided(None)
        elif button in moves:
            decided(moves[button])

    box.buttonClicked.connect(clicked)
    box.open()
