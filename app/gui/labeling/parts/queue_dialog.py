"""The dialog that fills the queue: by what to choose, with which model, how many images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from app.gui.labeling.parts.queue_words import STRATEGIES, strategy_text
from app.gui.widgets.controls import FieldRow, label, roomy
from app.gui.widgets.dialog import Dialog


@dataclass(frozen=True)
class QueueChoice:
    """What the queue is to be made of; models by title."""

    strategy: str
    model: str | None
    other: str | None
    count: int


class QueueDialog(Dialog):
    """Offers what is possible with the models there are."""

    def __init__(
        self, parent: QWidget, models: Sequence[str], count: int, chosen: Callable[[QueueChoice], object]
    ) -> None:
        super().__init__(parent, "", width=460)
        self._chosen = chosen
        self.setWindowTitle(self.tr("Choose what to label next"))
        self.title.setText(self.windowTitle())
        self.text.setText(self.tr("The images are put into an order, each with the reason why it is worth your time."))
        self.text.show()
        self.strategy, self.model, self.other = QComboBox(), QComboBox(), QComboBox()
        self.strategy.setObjectName("queue_strategy")
        possible = [name for name in STRATEGIES if models or name in ("diversity", "random")]
        for name in possible:
            if name != "disagreement" or len(models) > 1:
                self.strategy.addItem(strategy_text(name)[0], name)
        self.model.addItems(list(models))
        self.other.addItems(list(models))
        self.other.setCurrentIndex(min(1, len(models) - 1))
        self.remark = label("", "quiet", wrap=True)
        self.count = QSpinBox()
        self.count.setObjectName("queue_count")
        self.count.setRange(1, 100_000)
        self.count.setValue(count)
        roomy(self.count)
        self.model_row = FieldRow(self.tr("Model"), self.model)
        self.other_row = FieldRow(self.tr("Second model"), self.other)
        self.body.addWidget(FieldRow(self.tr("Choose by"), self.strategy))
        self.body.addWidget(self.remark)
        self.body.addWidget(self.model_row)
        self.body.addWidget(self.other_row)
        self.body.addWidget(FieldRow(self.tr("Number of images"), self.count))
        self.accept_button.setText(self.tr("Choose"))
        self.accept_button.show()
        self.on_accept = self._take
        self.strategy.currentIndexChanged.connect(self._show)
        self._show()

    def _show(self) -> None:
        name = self.strategy.currentData()
        self.remark.setText(strategy_text(name)[1])
        self.model_row.setVisible(name not in ("diversity", "random"))
        self.other_row.setVisible(name == "disagreement")

    def _take(self) -> bool:
        name = self.strategy.currentData()
        other = self.other.currentText() or None
        if name == "disagreement" and other == self.model.currentText():
            self.other_row.set_problem(self.tr("Choose another model than the first one."))
            return False
        needs = name not in ("diversity", "random")
        model = (self.model.currentText() or None) if needs else None
        self._chosen(QueueChoice(name, model, other if name == "disagreement" else None, self.count.value()))
        return True
