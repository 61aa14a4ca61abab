"""Questions of the quality page: a new round, the rule of a consensus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from app.gui.widgets.controls import FieldRow, roomy
from app.gui.widgets.dialog import Dialog

RULES = ("majority", "all", "any", "weighted", "n of m")


class RoundDialog(Dialog):
    """Asks for name, persons, number of images and trials of a new round."""

    def __init__(
        self, parent: QWidget, items: int, chosen: int, people: Sequence[str],
        begin: Callable[[str, list[str], int, int, str], object],
    ) -> None:  # fmt: skip
        super().__init__(parent, self.tr("Begin a blind round"), accept=self.tr("Begin"))
        self.on_accept = self._check
        self._begin = begin
        self.name = QLineEdit()
        self.name.setObjectName("round_name")
        self.persons = QLineEdit(", ".join(people))
        self.persons.setObjectName("round_persons")
        self.persons.setPlaceholderText(self.tr("Li, Wang, Zhang"))
        self.which = QComboBox()
        self.which.addItem(self.tr("a random sample"), "random")
        self.which.addItem(self.tr("labelled images only, at random"), "labelled")
        if chosen:
            self.which.insertItem(0, self.tr("the {0} images chosen").format(chosen), "chosen")
            self.which.setCurrentIndex(0)
        self.count = QSpinBox()
        self.count.setObjectName("round_count")
        self.count.setRange(1, max(1, items))
        self.count.setValue(min(50, items))
        self.trials = QSpinBox()
        self.trials.setObjectName("round_trials")
        self.trials.setRange(1, 5)
        roomy(self.count, self.trials)
        rows = [
            FieldRow(self.tr("Name"), self.name),
            FieldRow(self.tr("Persons, with commas"), self.persons),
            FieldRow(self.tr("Which images"), self.which),
            FieldRow(self.tr("How many images"), self.count, self.tr("A gauge study takes 50 parts, a third of them hard to tell")),
            FieldRow(self.tr("How often each person labels each image"), self.trials, self.tr("2 or 3 for a gauge study, so that one sees whether people agree with themselves")),
        ]  # fmt: skip
        for one in rows:
            self.body.addWidget(one)
        self.which.currentIndexChanged.connect(lambda _: self.count.setEnabled(self.which.currentData() != "chosen"))
        self.count.setEnabled(self.which.currentData() != "chosen")
        self.persons_row = rows[1]

    def _check(self) -> bool:
        """Begin, when it can be."""
        people = names(self.persons.text())
        if len(set(people)) * self.trials.value() < 2:
            self.persons_row.set_problem(self.tr("Name two persons, or let one label twice."))
            return False
        name = self.name.text().strip() or self.tr("Round")
        self._begin(name, people, self.count.value(), self.trials.value(), str(self.which.currentData()))
        return True


class AssignDialog(Dialog):
    """Asks who shall have items."""

    def __init__(
        self, parent: QWidget, count: int, people: Sequence[str], assign: Callable[[list[str]], object]
    ) -> None:
        super().__init__(
            parent,
            self.tr("Assign {0} images").format(count),
            self.tr("Several people get them in turn; nobody named takes the assignment back."),
            self.tr("Assign"),
        )
        self.persons = QLineEdit()
        self.persons.setObjectName("assign_persons")
        self.persons.setPlaceholderText(", ".join(people) or self.tr("Li, Wang, Zhang"))
        self.body.addWidget(FieldRow(self.tr("Persons, with commas"), self.persons))
        self.on_accept = lambda: bool(assign(names(self.persons.text()))) or True


def names(text: str) -> list[str]:
    """Names between commas, as typed in either language."""
    return [name.strip() for name in text.replace("，", ",").split(",") if name.strip()]


class ConsensusDialog(Dialog):
    """Asks for the rule by which people's shapes become annotations."""

    def __init__(self, parent: QWidget, make: Callable[[str, int, float, bool], object]) -> None:
        super().__init__(
            parent,
            self.tr("Consensus"),
            self.tr("Shapes of different people that overlap are taken as one thing. One undo takes all back."),
            self.tr("Make annotations"),
        )
        self.on_accept = self._check
        self._make = make
        self.rule = QComboBox()
        self.rule.setObjectName("consensus_rule")
        texts = {
            "majority": self.tr("more than half drew it"),
            "all": self.tr("all drew it"),
            "any": self.tr("one drew it"),
            "weighted": self.tr("more than half, weighted by how far each agrees with the others"),
            "n of m": self.tr("at least so many drew it:"),
        }
        for name in RULES:
            self.rule.addItem(texts[name], name)
        self.votes = QSpinBox()
        self.votes.setRange(1, 20)
        self.votes.setValue(2)
        self.iou = QDoubleSpinBox()
        self.iou.setRange(0.1, 0.95)
        self.iou.setSingleStep(0.05)
        self.iou.setValue(0.5)
        roomy(self.votes, self.iou)
        self.keep = QCheckBox(self.tr("Leave the annotations that the images have"))
        self.votes_row = FieldRow(self.tr("Votes"), self.votes)
        for one in (
            FieldRow(self.tr("A shape counts when"), self.rule), self.votes_row,
            FieldRow(self.tr("Same thing from this IoU on"), self.iou), self.keep,
        ):  # fmt: skip
            self.body.addWidget(one)
        self.rule.currentIndexChanged.connect(lambda _: self.votes_row.setVisible(self.rule.currentData() == "n of m"))
        self.votes_row.setVisible(False)

    def _check(self) -> bool:
        """Make the annotations."""
        self._make(str(self.rule.currentData()), self.votes.value(), self.iou.value(), self.keep.isChecked())
        return True
