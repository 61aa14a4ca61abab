"""All that was decided on a target as a timeline, the newest first, each decision with who made it and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout

from app.gui.deployment.release_words import KINDS, by_text, time_text, what_text, why_text
from app.gui.deployment.target_row import Dot
from app.gui.widgets.controls import Card, label

MOST = 40


class HistoryCard(Card):
    """The newest decisions; older ones are told by `lineside release history`."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self._shown: list[Mapping[str, Any]] = []
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(10)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(4, 1)
        self.body.addLayout(self.grid)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.set_heading(self.tr("History"), self.tr("all that was decided here, and why"))
        shown, self._shown = self._shown, []
        self.show_rows(shown)

    def show_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show what `engine.deployment.rollout.history` gives, oldest first."""
        newest = list(rows)[-MOST:]
        if newest == self._shown:
            return
        self._shown = newest
        while self.grid.count():
            widget = self.grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        for at, row in enumerate(reversed(newest)):
            self._add(at, row)

    def why(self) -> list[str]:
        """The sentences that are shown, the newest first."""
        return [why_text(row) for row in reversed(self._shown)]

    def _add(self, at: int, row: Mapping[str, Any]) -> None:
        dot = Dot(self._colors)
        dot.show_color(KINDS.get(row["what"], "quiet"))
        share = "" if row["what"] in ("begun", "ready", "failed") else f"{row['percent']} %"
        what = " · ".join(filter(None, (what_text(row["what"]), share, by_text(row["by"]))))
        parts = (
            dot, label(time_text(row["at"]), "small"), label(row["name"] or str(row["release"]), "small"), label(what),
            label(why_text(row), "quiet", wrap=True),
        )  # fmt: skip
        parts[4].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for column, part in enumerate(parts):
            self.grid.addWidget(part, at, column, Qt.AlignmentFlag.AlignTop)
