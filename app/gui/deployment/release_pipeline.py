"""How the pipeline of the running release does: what it took, and what each sink has of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QGridLayout

from app.gui.widgets.controls import Card, label, set_kind

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel

    from engine.deployment.live import Look

MOST_TROUBLE = 160  # letters


class PipelineCard(Card):
    """Counts by verdict, a row for each sink, and what is wrong; hidden without a pipeline."""

    def __init__(self) -> None:
        super().__init__()
        self.taken, self.trouble = label("", wrap=True), label("", "warning", wrap=True)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(16)
        self.grid.setVerticalSpacing(4)
        self.grid.setColumnStretch(2, 1)
        self._rows: list[tuple[QLabel, QLabel, QLabel]] = []
        for part in (self.taken, self.trouble):
            self.body.addWidget(part)
        self.body.addLayout(self.grid)
        self.hide()

    def show_look(self, look: Look) -> None:
        """Show it as it was seen."""
        status = look.pipeline
        self.setVisible(status is not None)
        if status is None:
            return
        states = {"running": self.tr("takes pictures"), "waiting": self.tr("waits"), "stopped": self.tr("has ended")}
        self.set_heading(self.tr("Pipeline {}").format(status["name"]), states.get(status["state"], status["state"]))
        self.taken.setText(self._counts(status))
        self.trouble.setText(status["trouble"][:MOST_TROUBLE])
        self.trouble.setVisible(bool(status["trouble"]))
        self._show_sinks(status["sinks"])

    def _counts(self, status: Mapping[str, Any]) -> str:
        words = {
            "ok": self.tr("{} ok"), "reject": self.tr("{} rejected"), "unsure": self.tr("{} unsure"), "broken": self.tr("{} unreadable"),
        }  # fmt: skip
        told = [text.format(_number(status["counts"][name])) for name, text in words.items()]
        told += (
            [self.tr("{} left out, as they came too fast").format(_number(status["dropped"]))]
            if status["dropped"]
            else []
        )
        return self.tr("{} pictures").format(_number(status["counts"]["taken"])) + " · " + " · ".join(told)

    def _show_sinks(self, sinks: list[Mapping[str, Any]]) -> None:
        while len(self._rows) > len(sinks):
            for part in self._rows.pop():
                self.grid.removeWidget(part)
                part.deleteLater()
        while len(self._rows) < len(sinks):
            made = (label(""), label("", "quiet"), label("", "warning", wrap=True))
            for column, part in enumerate(made):
                self.grid.addWidget(part, len(self._rows), column)
            self._rows.append(made)
        for (name, told, trouble), sink in zip(self._rows, sinks, strict=True):
            lost = sink["dropped"] + sink["refused"]
            parts = [self.tr("{} delivered").format(_number(sink["sent"]))]
            parts += [self.tr("{} waiting").format(_number(sink["waiting"]))] if sink["waiting"] else []
            parts += [self.tr("{} lost").format(_number(lost))] if lost else []
            name.setText(sink["name"])
            told.setText(" · ".join(parts))
            set_kind(told, "warning" if lost or sink["waiting"] else "quiet")
            trouble.setText(sink["trouble"][:MOST_TROUBLE])


def _number(value: int) -> str:
    return QLocale().toString(value)
