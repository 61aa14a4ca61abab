"""The card that finds the threshold by what mistakes cost on the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLineEdit, QSpinBox, QTableWidgetItem, QWidget

from app.gui.evaluation.cost_chart import CostChart, money_text
from app.gui.evaluation.reading import Priced, Seen, money_of, read_money
from app.gui.operations import evaluation as operations
from app.gui.widgets.controls import Card, button, label, roomy
from app.gui.widgets.tables import fill, table

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.evaluation.costs import Costs
    from engine.evaluation.money import Money, Point
    from engine.workspace import Workspace

WAIT_MS = 350  # after the last change of a field


class CostCard(Card):
    """What mistakes cost and how many parts come, the curve of money, and sentences that say what a threshold means."""

    answered = Signal()
    items_wanted = Signal(str, list)  # heading, item ids

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell, self._reason = shell, ""
        self._costs: Costs | None = None
        self.seen: Seen | None = None
        self._money: Money | None = None
        self._looked: float | None = None
        self.chart = CostChart(shell.theme.color)
        self.chart.chosen.connect(self._look)
        self.miss, self.false, self.share, self.shifts = (QDoubleSpinBox() for _ in range(4))
        self.currency, self.parts = QLineEdit(), QSpinBox()
        self._wait = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._wait.timeout.connect(self._save)
        for field, top, digits in (
            (self.miss, 1e6, 1),
            (self.false, 1e6, 1),
            (self.share, 100, 2),
            (self.shifts, 24, 1),
        ):
            field.setRange(0, top)
            field.setDecimals(digits)
            field.valueChanged.connect(lambda _: self._wait.start())
        self.shifts.setMinimum(0.1)
        self.share.setSuffix(" %")
        self.parts.setRange(1, 10_000_000)
        self.parts.setGroupSeparatorShown(True)
        self.parts.valueChanged.connect(lambda _: self._wait.start())
        self.currency.setMaxLength(8)
        self.currency.setFixedWidth(52)
        self.currency.textEdited.connect(lambda _: self._wait.start())
        roomy(self.miss, self.false, self.share, self.shifts, self.parts)
        self._names = [label("", "quiet") for _ in range(5)]
        self.body.addLayout(self._row([0, self.miss, 1, self.false, self.currency]))
        self.body.addLayout(self._row([2, self.parts, 3, self.shifts, 4, self.share]))
        self.sentence, self.trust = label("", wrap=True), label("", "quiet", wrap=True)
        self.use = button("", self._use)
        self.labels = table("label_costs")
        self.labels.itemChanged.connect(self._label_edited)
        for part in (self.chart, self.sentence):
            self.body.addWidget(part, 1 if part is self.chart else 0)
        self.body.addWidget(self.use, 0, Qt.AlignmentFlag.AlignLeft)
        for part in (self.trust, self.labels):
            self.body.addWidget(part)
        self.retranslate()

    def _row(self, parts: list[int | QWidget]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for at, part in enumerate(parts):
            if isinstance(part, int):
                buddy = parts[at + 1]
                assert isinstance(buddy, QWidget)
                self._names[part].setBuddy(buddy)
                row.addWidget(self._names[part])
            else:
                row.addWidget(part)
        row.addStretch(1)
        return row

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.set_heading(self.tr("Threshold by cost"), self.tr("a click looks at a threshold and its items"))
        words = (self.tr("A miss costs"), self.tr("a false reject"), self.tr("Parts a shift"), self.tr("shifts a day"),
                 self.tr("of them bad"))  # fmt: skip
        fields = (self.miss, self.false, self.parts, self.shifts, self.share)
        for name, word, field in zip(self._names, words, fields, strict=True):
            name.setText(word)
            field.setAccessibleName(word)
        self._names[0].setToolTip(self.tr("A bad part that passes as good (missed)"))
        self._names[1].setToolTip(self.tr("A good part that is rejected"))
        self._names[4].setToolTip(
            self.tr("Share of bad parts that the line really makes; test images hold far more of them")
        )
        self.share.setSpecialValueText(self.tr("as here"))
        self.currency.setAccessibleName(self.tr("Currency"))
        self.chart.setAccessibleName(self.tr("Cost over the threshold"))
        self.labels.setAccessibleName(self.tr("Thresholds by label"))
        self.use.setToolTip(
            self.tr("In evaluations, exports and artifacts made from now on; what is there keeps its own")
        )
        self._draw()

    def show_seen(self, seen: Seen) -> None:
        """Ask for the costs of a model and what they make of an evaluation."""
        if self.seen is None or seen.id != self.seen.id:
            self.flush()
            self.seen, self._costs, self._money, self._reason = seen, None, None, ""
            self._draw()
            self._ask(lambda workspace: read_money(workspace, seen))

    def flush(self) -> None:
        """Remember now what was typed a moment ago."""
        if self._wait.isActive():
            self._wait.stop()
            self._save()

    def _save(self) -> None:
        """Remember what the fields say, and see what it makes."""
        seen, before = self.seen, self._costs
        if seen is None or before is None:
            return
        costs = self._said(before)
        self.shell.run(operations.save_costs(seen.model, costs), self.tr("Costs of mistakes"), initiator=self)
        self._ask(lambda _: money_of(seen, costs))

    def _ask(self, question: Callable[[Workspace], Priced]) -> None:
        self.shell.read(question, self._take, key="evaluation.money")

    def _take(self, priced: Priced) -> None:
        self._costs, self._money, self._reason, self._looked = priced.costs, priced.money, priced.reason, None
        if self._wait.isActive():  # what is being typed stays, and is answered by itself
            return
        self._show_costs(priced.costs)
        self._draw()
        self.answered.emit()

    def _show_costs(self, costs: Costs) -> None:
        values = ((self.miss, costs.miss), (self.false, costs.false_reject), (self.shifts, costs.shifts_per_day),
                  (self.share, 100 * (costs.bad_share or 0.0)))  # fmt: skip
        for field, value in values:
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)
        self.parts.blockSignals(True)
        self.parts.setValue(costs.parts_per_shift)
        self.parts.blockSignals(False)
        if self.currency.text() != costs.currency:
            self.currency.setText(costs.currency)

    def _said(self, before: Costs) -> Costs:
        """What the fields say; labels keep theirs."""
        values = {"miss": self.miss.value(), "false_reject": self.false.value(), "currency": self.currency.text(),
                  "parts_per_shift": self.parts.value(), "shifts_per_day": self.shifts.value(),
                  "bad_share": self.share.value() / 100 or None}  # fmt: skip
        return before.model_copy(update=values | {"labels": self._label_costs(before)})

    @property
    def money(self) -> Money | None:
        """What is shown."""
        return self._money

    def _look(self, threshold: float) -> None:
        if self._money is not None:
            self._looked = threshold
            self._tell(self._money)
            missed, false = self._money.parts.mistakes(threshold)
            heading = self.tr("At {0}: {1} missed, {2} falsely rejected")
            at = QLocale().toString(threshold, "f", 2)
            if self.seen is not None:
                ids = self.seen.evaluation.ids_of([*missed, *false])
                self.items_wanted.emit(heading.format(at, len(missed), len(false)), ids)

    def _draw(self) -> None:
        money = self._money
        self.chart.show_money(money, self._looked)
        self.chart.setEnabled(money is not None)
        self.trust.setVisible(money is not None)
        self.use.setVisible(money is not None and self._has_threshold())
        self.labels.setVisible(money is not None and bool(money.labels))
        if money is None:
            self.sentence.setText(self._reason)
            return
        self._tell(money)
        self._show_labels(money)

    def _tell(self, money: Money) -> None:
        lines = [
            self._sentence(self.tr("In use"), money.now, money),
            self._sentence(self.tr("Cheapest"), money.best, money),
        ]
        if self._looked is not None:
            lines.append(self._sentence(self.tr("Looked at"), money.near(self._looked), money))
        if money.labelled is not None and money.labelled.money < money.best.money:
            lines.append(self._sentence(self.tr("By label"), money.labelled, money))
        self.sentence.setText("\n".join(lines))
        self.use.setText(self.tr("Serve with {}").format(QLocale().toString(self._wanted(money), "f", 2)))
        self.trust.setText(self._trust(money))

    def _has_threshold(self) -> bool:
        from engine.training.models import has_threshold

        return self.seen is not None and has_threshold(self.seen.evaluation.summary["task"])

    def _wanted(self, money: Money) -> float:
        """The threshold that is looked at, else the cheapest."""
        return self._looked if self._looked is not None else money.best.threshold or 0.5

    def _use(self) -> None:
        seen, money = self.seen, self._money
        if seen is None or money is None:
            return
        wanted = round(self._wanted(money), 2)
        at = QLocale().toString(wanted, "f", 2)

        def told(_result: object) -> None:
            self.shell.notice(self.tr("{0} reports from {1} on; evaluate and package it again.").format(seen.model, at))

        self.shell.run(operations.serve_with(seen.model, wanted), self.tr("Threshold of a model"), told, initiator=self)

    def _sentence(self, name: str, point: Point, money: Money) -> str:
        day, locale, unit = money.day(point), QLocale(), money.costs.currency
        at = "" if point.threshold is None else locale.toString(point.threshold, "f", 2)
        text = self.tr(
            "{0} {1}: {2} a day ({3} to {4}); {5} bad parts pass, {6} good ones are rejected."
        )  # of a day's parts
        return text.format(
            name, at, money_text(day.money, unit), money_text(day.low, unit), money_text(day.high, unit),
            locale.toString(day.missed, "f", 1), locale.toString(day.false_reject, "f", 1),
        ).replace(" :", ":").replace(" ：", "：")  # fmt: skip

    def _trust(self, money: Money) -> str:
        from engine.evaluation.money import unseen

        locale = QLocale()

        def percent(value: float) -> str:
            return f"{locale.toString(100 * value, 'f', 1)} %"

        text = self.tr("{0} of the parts bad; seen: {1} bad and {2} good.").format(
            percent(money.bad_share), money.bad, money.good
        )
        if not money.best.missed:
            text += " " + self.tr("At the cheapest none was missed: of so few up to {} may still be (95 %).").format(
                percent(unseen(money.bad))
            )
        if not money.best.false_reject:
            text += " " + self.tr(
                "At the cheapest no good one was rejected: of so few up to {} may still be (95 %)."
            ).format(percent(unseen(money.good)))
        return text

    def _show_labels(self, money: Money) -> None:
        heads = [self.tr("Label"), self.tr("A miss costs"), self.tr("a false reject"), self.tr("Threshold"), self.tr("Bad parts seen")]  # fmt: skip
        locale, costs = QLocale(), money.costs
        rows = [
            [one.label, *(locale.toString(value, "g", 8) for value in (costs.miss_of(one.label), costs.false_of(one.label))),
             locale.toString(one.threshold, "f", 2), str(one.parts)]
            for one in money.labels
        ]  # fmt: skip
        self.labels.blockSignals(True)
        fill(self.labels, heads, rows, most=8)
        self.labels.setEditTriggers(self.labels.EditTrigger.DoubleClicked | self.labels.EditTrigger.AnyKeyPressed)
        flag = QTableWidgetItem().flags()
        for row in range(len(rows)):
            for column in range(len(heads)):
                editable = flag if column in (1, 2) else flag & ~flag.ItemIsEditable
                self.labels.item(row, column).setFlags(editable)
        self.labels.setToolTip(self.tr("Costs of one label can be changed here; empty: as of all"))
        self.labels.blockSignals(False)

    def _label_edited(self, _: QTableWidgetItem) -> None:
        self._wait.start()

    def _label_costs(self, before: Costs) -> dict[str, object]:
        """Costs of labels that differ from those of all; what is no number stays as it was."""
        from engine.evaluation.costs import LabelCosts

        found: dict[str, object] = dict(before.labels)
        for row, one in enumerate(self._money.labels if self._money is not None else ()):
            texts = [self.labels.item(row, column).text().strip() for column in (1, 2)]
            olds = (before.miss_of(one.label), before.false_of(one.label))
            alls, own = (before.miss, before.false_reject), before.labels.get(one.label, LabelCosts())
            values = [
                _own(text, old, mine, of_all)
                for text, old, mine, of_all in zip(texts, olds, (own.miss, own.false_reject), alls, strict=True)
            ]
            found.pop(one.label, None)
            if values != [None, None]:
                found[one.label] = LabelCosts(miss=values[0], false_reject=values[1])
        return found


def _own(text: str, old: float, mine: float | None, of_all: float) -> float | None:
    """The cost that a person wrote for one label: None where it is that of all."""
    value, is_number = QLocale().toDouble(text)
    if not text:
        return None
    if not is_number or value < 0 or value == old:
        return mine
    return None if value == of_all else value
