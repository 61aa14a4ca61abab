"""What was measured for a takt on a target: each precision on each number of threads, what was chosen, what is too slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from app.gui.shell.target_words import target_text
from app.gui.widgets.controls import Card, button, label, set_kind

if TYPE_CHECKING:
    from engine.deployment.takt import Row, Takt


def figure(value: float | None) -> str:
    """Milliseconds, or points, with one digit; – where it was not measured."""
    return "–" if value is None else QLocale().toString(value, "f", 1)


def verdict_text(row: Row, chosen: bool) -> str:
    """What came of a row, in words."""
    if row.error:
        return target_text(row.error)
    if chosen:
        return QCoreApplication.translate("TaktCard", "chosen")
    return (
        QCoreApplication.translate("TaktCard", "in time")
        if row.meets
        else QCoreApplication.translate("TaktCard", "too slow")
    )


class TaktCard(Card):
    """Hidden until something was measured."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self._takt: Takt | None = None
        self.close_it = button("", self.hide, "flat")
        self.head.addWidget(self.close_it)
        self.verdict, self.left = label("", "", wrap=True), label("", "quiet", wrap=True)
        self.table = QTableWidget(0, 8)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for part in (self.verdict, self.table, self.left):
            self.body.addWidget(part)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.close_it.setText(self.tr("Close"))
        self.table.setAccessibleName(self.tr("Measured for the takt"))
        heads = (
            self.tr("Precision"), self.tr("Threads"), self.tr("Accuracy"), self.tr("p50 ms"), self.tr("p99 ms"), self.tr("Between"),
            self.tr("From here"), "",
        )  # fmt: skip
        self.table.setHorizontalHeaderLabels(heads)
        tips = {5: self.tr("The limits of the 99th percentile, each with 95 % certainty; the upper one must be within the takt"),
                6: self.tr("As this machine saw it, the way included")}  # fmt: skip
        for column, tip in tips.items():
            self.table.horizontalHeaderItem(column).setToolTip(tip)
        if self._takt is not None:
            self.show_takt(self._takt)

    def show_takt(self, takt: Takt) -> None:
        """Show what was measured."""
        self._takt = takt
        beside = self.tr("beside {}").format(takt.beside) if takt.beside else ""
        self.set_heading(
            self.tr("{0} within {1} ms on {2}").format(
                takt.name, QLocale().toString(float(takt.takt_ms), "g", 6), takt.target
            ),
            " · ".join(filter(None, (takt.machine, beside))),
        )
        self.table.setRowCount(len(takt.rows))
        for place, row in enumerate(takt.rows):
            self._fill(place, row, row == takt.chosen)
        height = self.table.horizontalHeader().sizeHint().height() + sum(
            self.table.rowHeight(place) for place in range(len(takt.rows))
        )
        self.table.setFixedHeight(height + 4)
        set_kind(self.verdict, "good" if takt.chosen else "bad")
        if takt.chosen is not None:
            text = self.tr("{0}, threads: {1} – the most accurate that answers in time.")
            self.verdict.setText(text.format(takt.chosen.precision.upper(), takt.chosen.threads))
        else:
            self.verdict.setText(
                self.tr(
                    "Nothing answers in time; nothing was deployed. Give it more time, a smaller model, or a faster machine."
                )
            )
        left = [
            self.tr("{0} is left out: {1}").format(name.upper(), target_text(why))
            for name, why in takt.left_out.items()
        ]
        self.left.setText("\n".join([*left, *takt.unreadable]))
        self.left.setVisible(bool(self.left.text()))
        self.show()

    def _fill(self, place: int, row: Row, chosen: bool) -> None:
        most = "?" if row.most_ms is None else figure(row.most_ms)
        between = "–" if row.least_ms is None else f"{figure(row.least_ms)} … {most}"
        texts = (
            row.precision.upper() or self.tr("as packaged"), str(row.threads), figure(row.accuracy), figure(row.p50_ms),
            figure(row.p99_ms), between, figure(row.seen_ms), verdict_text(row, chosen),
        )  # fmt: skip
        for column, text in enumerate(texts):
            cell = QTableWidgetItem(text)
            if column not in (0, 7):
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if chosen:
                font = cell.font()
                font.setBold(True)
                cell.setFont(font)
            if column == 7:
                cell.setForeground(self._colors("good" if row.meets else "bad"))
                cell.setToolTip(self.tr("{} requests").format(QLocale().toString(row.requests)))
            self.table.setItem(place, column, cell)
