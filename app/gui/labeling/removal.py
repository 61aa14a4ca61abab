"""The question what becomes of the shapes when their label is removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QComboBox, QWidget

from app.gui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from engine.data.records import Label


def ask(
    parent: QWidget, labels: Sequence[Label], label_id: int, count: int, decided: Callable[[int | None], object]
) -> None:
    """Ask without blocking; `decided` gets the label that takes the shapes over, None to remove them too."""
    label = next((label for label in labels if label.id == label_id), None)
    if label is not None:
        RemovalDialog(parent, label, [other for other in labels if other.id != label_id], count, decided).open()


class RemovalDialog(Dialog):
    """Another label takes the shapes over, or they go too; the first other label is proposed, which loses nothing."""

    def __init__(
        self,
        parent: QWidget,
        label: Label,
        others: Sequence[Label],
        count: int,
        decided: Callable[[int | None], object],
    ) -> None:
        translate = QCoreApplication.translate
        title = translate("LabelingPage", "Remove label")
        text = translate("LabelingPage", "{0} shapes have the label “{1}”.")
        comfort = translate("LabelingPage", "Ctrl+Z brings the label and its shapes back.")
        shown = text.format(QLocale().toString(count), label.name)
        super().__init__(parent, title, f"{shown} {comfort}", title)
        self.fate = QComboBox()
        self.fate.setAccessibleName(title)
        self.fate.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for other in others:
            self.fate.addItem(translate("LabelingPage", "Make them “{0}”").format(other.name), other.id)
        self.fate.addItem(translate("LabelingPage", "Remove the shapes too"), None)
        self.body.addWidget(self.fate)
        self.on_accept = lambda: decided(self.fate.currentData()) and None
        self.fate.setFocus()
