"""How far the work has come: items by state, who has what, items per person and day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from app.gui.quality.reading import Progress
from app.gui.quality.words import state_text
from app.gui.widgets.controls import Card, button, label, row
from app.gui.widgets.curves import DARK_LINE_COLORS, LINE_COLORS, load_pyqtgraph
from app.gui.widgets.tables import fill, table
from engine.data.records import REVIEW_STATES

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.labeling.review import Work

DAYS = 14


class ProgressTab(QWidget):
    """Signals: state_chosen, a state whose items shall be seen; rule_chosen, who may accept own work."""

    state_chosen = Signal(str)
    rule_chosen = Signal(str)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self._found: Progress | None = None
        self.states = {name: button("", lambda name=name: self.state_chosen.emit(name)) for name in REVIEW_STATES}
        cards = QHBoxLayout()
        cards.setSpacing(8)
        for name, made in self.states.items():
            made.setObjectName("state_" + name.replace(" ", "_"))
            made.setMinimumHeight(40)
            cards.addWidget(made)
        cards.addStretch(1)
        self.chart_card, self.people_card, self.days_card = Card(), Card(), Card()
        pg = load_pyqtgraph()
        self._pg = pg
        self.plot = pg.PlotWidget(background=None, enableMenu=False)
        self.plot.setMenuEnabled(False)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.setMinimumHeight(190)
        self.legend = self.plot.addLegend(offset=(8, 4), labelTextSize="9pt")
        self.chart_card.body.addWidget(self.plot)
        self.people, self.days = table("people_table"), table("days_table")
        self.people_card.body.addWidget(self.people)
        self.days_card.body.addWidget(self.days)
        self.rule_title, self.rule = label("", "quiet"), QComboBox()
        self.rule.setObjectName("own_work_rule")
        self.rule.setEditable(True)
        self.rule.setMinimumWidth(180)
        self.rule.activated.connect(lambda _: self._chosen_rule())
        self.rule.lineEdit().editingFinished.connect(self._chosen_rule)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(12)
        column.addLayout(cards)
        column.addWidget(self.chart_card, 3)
        lower = QHBoxLayout()
        lower.setSpacing(12)
        lower.addWidget(self.people_card, 4)
        lower.addWidget(self.days_card, 5)
        column.addLayout(lower, 3)
        column.addWidget(row(self.rule_title, self.rule, 1))

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.chart_card.set_heading(self.tr("Items labelled per day"))
        self.people_card.set_heading(self.tr("Who has what"))
        self.days_card.set_heading(self.tr("Per person and day"), self.tr("pauses over 2 minutes left out"))
        self.rule_title.setText(self.tr("Who may accept what they labelled themselves"))
        self.rule.setToolTip(self.tr("everyone, nobody, or names with commas"))
        if self._found is not None:
            self.show_progress(self._found)

    def show_progress(self, found: Progress) -> None:
        """Show what was read."""
        self._found = found
        number = QLocale().toString
        for name, made in self.states.items():
            made.setText(f"{state_text(name)}  {number(found.states.get(name, 0))}")
            made.setToolTip(self.tr("Show these on the data page"))
        heads = [self.tr("Person"), *(state_text(name) for name in REVIEW_STATES)]
        rows = [[who or self.tr("nobody"), *(by[name] for name in REVIEW_STATES)] for who, by in found.people.items()]
        fill(self.people, heads, rows)
        heads = [self.tr("Person"), self.tr("Day"), self.tr("Items"), self.tr("Shapes"), self.tr("Reviewed"),
                 self.tr("Minutes"), self.tr("Items / h")]  # fmt: skip
        fill(self.days, heads, [[e.person, e.day.isoformat(), e.items, e.shapes, e.reviewed, round(e.seconds / 60), round(e.items_per_hour)] for e in found.work])  # fmt: skip
        self.days.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        names = {"everyone": self.tr("everyone"), "nobody": self.tr("nobody")}
        self.rule.blockSignals(True)
        self.rule.clear()
        for value, text in (*names.items(), *((name, name) for name in found.names)):
            self.rule.addItem(text, value)
        self.rule.setCurrentText(names.get(found.rule, found.rule))
        self.rule.blockSignals(False)
        self.draw(found.work)

    def draw(self, work: Sequence[Work]) -> None:
        """Bars of items a day, one colour a person, on top of each other."""
        color = self.shell.theme.color
        self.plot.clear()
        self.legend.clear()
        self.plot.setBackground(color("panel"))
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(self._pg.mkPen(color("line"), width=1))
            axis.setTextPen(color("quiet"))
        self.legend.setLabelTextColor(color("quiet"))
        self.plot.showGrid(x=False, y=True, alpha=0.12)
        last = max((entry.day for entry in work), default=date.today())
        days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
        place = {day: index for index, day in enumerate(days)}
        floor = [0.0] * DAYS
        colors = DARK_LINE_COLORS if self.shell.theme.dark else LINE_COLORS
        for index, person in enumerate(sorted({entry.person for entry in work})):
            heights = [0.0] * DAYS
            for entry in work:
                if entry.person == person and entry.day in place:
                    heights[place[entry.day]] = float(entry.items)
            bars = self._pg.BarGraphItem(
                x=list(range(DAYS)),
                height=heights,
                y0=list(floor),
                width=0.6,
                brush=colors[index % len(colors)],
                pen=None,
            )
            self.plot.addItem(bars)
            self.legend.addItem(bars, person)
            floor = [a + b for a, b in zip(floor, heights, strict=True)]
        self.plot.getAxis("bottom").setTicks([[(place[day], f"{day.month}-{day.day}") for day in days[::2]]])
        self.plot.setXRange(-0.6, DAYS - 0.4, padding=0)
        self.plot.setYRange(0, max(4.0, *floor) * 1.1, padding=0)

    def _chosen_rule(self) -> None:
        text = self.rule.currentText().strip()
        index = self.rule.findText(text)
        value = str(self.rule.itemData(index)) if index >= 0 else text
        if value and self._found is not None and value != self._found.rule:
            self.rule_chosen.emit(value)
