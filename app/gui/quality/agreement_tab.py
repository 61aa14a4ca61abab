"""Blind rounds: begin one, label in it, see how far people agree, evaluate it as a gauge study, make the consensus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.quality.reading import RoundSeen
from app.gui.widgets.controls import Card, button, label, primary_button, row
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.tables import fill, table

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.labeling.rounds import Round

ROUND = Qt.ItemDataRole.UserRole


class AgreementTab(QWidget):
    """Signals:
    new, asked: begin a round; show one (its id).
    label_as: round and person who is going to label.
    close_wanted, remove_wanted, consensus_wanted: a round.
    report: round, and "agreement" or "gauge".
    item_opened: an item to look at.
    """

    new = Signal()
    asked = Signal(int)
    label_as = Signal(int, str)
    close_wanted = Signal(int, bool)
    remove_wanted = Signal(int)
    consensus_wanted = Signal(int)
    report = Signal(int, str)
    item_opened = Signal(int)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.seen: RoundSeen | None = None
        self.rounds = QListWidget()
        self.rounds.setObjectName("round_list")
        self.rounds.currentItemChanged.connect(lambda *_: self._choose())
        self.new_button = button("", self.new.emit)
        self.new_button.setObjectName("round_new")
        self.title, self.text = label("", "heading"), label("", "quiet", wrap=True)
        self.person = QComboBox()
        self.person.setObjectName("round_person")
        self.person.setMinimumWidth(110)
        self.start = primary_button("", lambda: self._emit(self.label_as, self.person.currentText()))
        self.start.setObjectName("round_start")
        self.consensus = button("", lambda: self._emit(self.consensus_wanted))
        self.consensus.setObjectName("round_consensus")
        self.more = button("")
        self.more.setObjectName("round_more")
        self.menu = QMenu(self)
        self.more.setMenu(self.menu)
        self.matrix_card, self.pairs_card, self.items_card, self.gauge_card = Card(), Card(), Card(), Card()
        self.matrix, self.pairs, self.items = (
            table("agreement_matrix"),
            table("agreement_pairs"),
            table("agreement_items"),
        )
        self.gauge, self.gauge_pairs = table("gauge_table"), table("gauge_pairs")
        self.gauge_text = label("", "quiet", wrap=True)
        self.agreement_report = button("", lambda: self._emit(self.report, "agreement"), "link")
        self.gauge_report = button("", lambda: self._emit(self.report, "gauge"), "link")
        self.gauge_report.setObjectName("gauge_report")
        self.items.itemActivated.connect(
            lambda item: self.item_opened.emit(int(self.items.item(item.row(), 0).data(ROUND)))
        )
        self._build()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.none.show_text(
            self.tr("Nobody has labelled unseen by others yet"),
            self.tr(
                "In a blind round several people label the same images without seeing each other’s shapes. Then you see"
                " how far they agree, and whether your inspection can be trusted (gauge study after AIAG MSA)."
            ),
            self.tr("Begin a round"),
            "lineside label round create NAME --all --persons A,B",
        )
        self.new_button.setText(self.tr("Begin a round"))
        self.start.setText(self.tr("Label as"))
        self.start.setToolTip(self.tr("Label the images of the round as this person, unseen by the others"))
        self.consensus.setText(self.tr("Consensus…"))
        self.consensus.setToolTip(self.tr("Make annotations of what the people agree on"))
        self.more.setText(self.tr("More"))
        self.matrix_card.set_heading(self.tr("Agreement of each pair"), self.tr("F1 at IoU 0.5"))
        self.pairs_card.set_heading(self.tr("Pairs"))
        self.items_card.set_heading(self.tr("Images with least agreement"), self.tr("double click opens one"))
        self.gauge_card.set_heading(self.tr("Attribute gauge study"), self.tr("after AIAG MSA, 4th edition"))
        self.agreement_report.setText(self.tr("Report"))
        self.gauge_report.setText(self.tr("Report"))
        self._show()

    def show_rounds(self, found: Sequence[tuple[Round, Mapping[str, tuple[int, ...]]]]) -> None:
        """List the rounds; the chosen one stays chosen."""
        before = self.current()
        self.rounds.blockSignals(True)
        self.rounds.clear()
        word = self.tr("closed")
        for made, done in found:
            count = sum(sum(numbers) for numbers in done.values())
            whole = len(made.items) * len(made.persons) * made.trials
            closed = f" · {word}" if made.state == "closed" else ""
            item = QListWidgetItem(f"{made.name}\n{count} / {whole}{closed}")
            item.setData(ROUND, made.id)
            self.rounds.addItem(item)
            if made.id == before:
                self.rounds.setCurrentItem(item)
        if self.rounds.currentRow() < 0 and found:
            self.rounds.setCurrentRow(0)
        self.rounds.blockSignals(False)
        self.stack.setCurrentIndex(1 if found else 0)
        self._choose()

    def current(self) -> int:
        """The chosen round; 0 without one."""
        item = self.rounds.currentItem()
        return int(item.data(ROUND)) if item is not None else 0

    def show_round(self, seen: RoundSeen) -> None:
        """The chosen round has been read."""
        if seen.round.id == self.current():
            self.seen = seen
            self._show()

    def _choose(self) -> None:
        if self.current():
            self.asked.emit(self.current())

    def _show(self) -> None:
        seen = self.seen
        self.detail.setVisible(seen is not None)
        if seen is None:
            return
        made = seen.round
        self.title.setText(made.name)
        turns = self.tr(", {0} times each").format(made.trials) if made.trials > 1 else ""
        done = "   ".join(f"{who} {' + '.join(map(str, numbers))}" for who, numbers in seen.done.items())
        self.text.setText(self.tr("{0} images{1}. Done: {2}").format(len(made.items), turns, done))
        chosen = self.person.currentText()
        self.person.clear()
        self.person.addItems(list(made.persons))
        me = self.shell.workspace.author if self.shell.workspace else ""
        self.person.setCurrentText(chosen if chosen in made.persons else me if me in made.persons else made.persons[0])
        self.start.setEnabled(made.state == "open")
        self.menu.clear()
        closed = made.state == "closed"
        self.menu.addAction(self.tr("Open again") if closed else self.tr("Close: no more answers"), lambda: self._emit(self.close_wanted, not closed))  # fmt: skip
        self.menu.addAction(self.tr("Remove with all answers…"), lambda: self._emit(self.remove_wanted))
        self._show_agreement(seen)
        self._show_gauge(seen)

    def _show_agreement(self, seen: RoundSeen) -> None:
        found = seen.agreement
        there = found is not None and any(pair.items for pair in found.pairs)
        self.consensus.setEnabled(there)
        for card in (self.matrix_card, self.pairs_card, self.items_card):
            card.setVisible(there)
        if found is None or not there:
            return
        first = found.thresholds[0]
        f1 = {frozenset((p.first, p.second)): p.f1[first] for p in found.pairs if p.items}
        rows = [[a, *(1.0 if a == b else f1.get(frozenset((a, b)), "–") for b in found.persons)] for a in found.persons]
        fill(self.matrix, ["", *found.persons], rows, 8)
        self._tint(self.matrix)
        heads = [self.tr("Pair"), self.tr("Items"), self.tr("IoU"), self.tr("Label"), self.tr("κ shapes"), self.tr("κ items")]  # fmt: skip
        rows = [
            [f"{p.first} – {p.second}", p.items, _number(p.mean_iou), _number(p.same_label), _number(p.shape_kappa.value), _number(p.item_kappa.value)]
            for p in found.pairs
        ]  # fmt: skip
        fill(self.pairs, heads, rows, 8)
        worst = sorted(found.by_item.items(), key=lambda entry: entry[1])[:30]
        fill(
            self.items, [self.tr("Image"), "F1"], [[seen.items.get(item, str(item)), value] for item, value in worst], 8
        )
        for at, (item, _) in enumerate(worst):
            self.items.item(at, 0).setData(ROUND, item)

    def _show_gauge(self, seen: RoundSeen) -> None:
        found = seen.gauge
        for part in (self.gauge, self.gauge_pairs, self.gauge_report):
            part.setVisible(found is not None)
        if found is None:
            self.gauge_text.setText(seen.reason)
            return
        heads = [self.tr("Person"), self.tr("Agrees with itself"), self.tr("Right"), self.tr("95 %"), self.tr("Missed"), self.tr("False alarms")]  # fmt: skip
        rows, kinds = [], []
        for who in found.appraisers:
            right, decision = found.versus.get(who), found.decisions.get(who)
            rows.append([
                who, _percent(found.within[who][0].value), _percent(right[0].value) if right else "–",
                f"{100 * right[0].low:.0f} … {100 * right[0].high:.0f} %" if right else "–",
                _percent(decision.miss.value) if decision else "–", _percent(decision.false_alarm.value) if decision else "–",
            ])  # fmt: skip
            kinds.append(decision.verdicts() if decision else {})
        fill(self.gauge, heads, rows, 10)
        color = self.shell.theme.color
        tones = {"acceptable": "good", "marginal": "warning", "unacceptable": "bad"}
        for index, verdicts in enumerate(kinds):
            for column, name in ((2, "effectiveness"), (4, "miss"), (5, "false_alarm")):
                if verdicts.get(name):
                    self.gauge.item(index, column).setForeground(color(tones[verdicts[name]]))
        pairs = [*found.pairs, *found.to_reference]
        reference = self.tr("reference")
        rows = [[f"{pair.first} – {pair.second or reference}", _number(pair.kappa.value)] for pair in pairs]
        fill(self.gauge_pairs, [self.tr("Pair"), self.tr("Cohen’s κ")], rows, 12)
        text = self.tr("All agree on {0} of {1} images.").format(found.between[0].matched, found.between[0].of)
        if found.together is None:
            text += " " + self.tr("No reference: accept or label all images of the round to compare with them.")
        else:
            text += " " + self.tr("All are right on {0}. κ above 0.75 is good, below 0.40 poor.").format(found.together[0].matched)  # fmt: skip
        self.gauge_text.setText(text)

    def _tint(self, made: object) -> None:
        """The higher the agreement, the deeper the cell."""
        color = self.shell.theme.color("accent")
        for at in range(self.matrix.rowCount()):
            for column in range(1, self.matrix.columnCount()):
                item = self.matrix.item(at, column)
                try:
                    value = float(item.text())
                except ValueError:
                    continue
                shade = QColor(color)
                shade.setAlphaF(0.05 + 0.4 * value)
                item.setBackground(shade)

    def _emit(self, signal: object, *values: object) -> None:
        if self.current():
            signal.emit(self.current(), *values)  # type: ignore[attr-defined]  # a Qt signal

    def _build(self) -> None:
        self.detail = QWidget()
        column = QVBoxLayout(self.detail)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addWidget(row(self.start, self.person, self.consensus, self.more, 1))
        self.matrix_card.head.addWidget(self.agreement_report)
        self.matrix_card.body.addWidget(self.matrix)
        self.pairs_card.body.addWidget(self.pairs)
        self.items_card.body.addWidget(self.items)
        self.gauge_card.head.addWidget(self.gauge_report)
        for part in (self.gauge_text, self.gauge, self.gauge_pairs):
            self.gauge_card.body.addWidget(part)
        both = QHBoxLayout()
        both.setSpacing(12)
        both.addWidget(self.matrix_card, 2)
        both.addWidget(self.pairs_card, 3)
        column.addLayout(both)
        column.addWidget(self.gauge_card)
        column.addWidget(self.items_card)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.detail)
        left = QWidget()
        left.setFixedWidth(236)
        inner = QVBoxLayout(left)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.rounds, 1)
        inner.addWidget(self.new_button)
        work = QWidget()
        layout = QHBoxLayout(work)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(left)
        layout.addWidget(scroll, 1)
        self.none = EmptyState("person", action=self.new.emit)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.none)
        self.stack.addWidget(work)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 12, 0, 0)
        whole.addWidget(self.stack)


def _number(value: float) -> float | str:
    return "–" if value != value else value  # NaN


def _percent(value: float) -> str:
    return "–" if value != value else f"{100 * value:.1f} %"
