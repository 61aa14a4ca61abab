"""The targets: a row for each, in the order that a person gave them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout

from app.gui.deployment.target_row import TargetLine, TargetRow
from app.gui.widgets.controls import Card


class TargetsCard(Card):
    """Rows of targets."""

    wanted = Signal(str, str)  # what (see TargetRow), and the target's name
    ordered = Signal(list)  # names, as a person moved them

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self._folded: set[str] = set()
        self.rows: dict[str, TargetRow] = {}
        self.column = QVBoxLayout()
        self.column.setSpacing(8)
        self.body.addLayout(self.column)

    def show_lines(self, lines: Sequence[TargetLine], *, can_deploy: bool) -> None:
        """Show these targets in this order; rows stay as long as their targets do."""
        names = [line.name for line in lines]
        for name in set(self.rows) - set(names):
            self.rows.pop(name).deleteLater()
        for place, line in enumerate(lines):
            row = self.rows.get(line.name) or self._add(line.name)
            if self.column.indexOf(row) != place:
                self.column.insertWidget(place, row)
            row.show_line(line, can_deploy=can_deploy)
        self.rows = {name: self.rows[name] for name in names}

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        for row in self.rows.values():
            row.retranslate()

    def show_drag(self, dragged: bool) -> None:
        """An artifact is dragged, or no longer: each row says whether it fits there."""
        for row in self.rows.values():
            row.show_drag(dragged)

    def show_folded(self, names: Sequence[str]) -> None:
        """The machines of these targets are hidden."""
        self._folded = set(names)
        for name, row in self.rows.items():
            row.show_folded(name in self._folded)

    @property
    def folded(self) -> list[str]:
        """Whose machines are hidden."""
        return sorted(self._folded)

    def _add(self, name: str) -> TargetRow:
        row = self.rows[name] = TargetRow(name, self._colors)
        row.retranslate()
        row.show_folded(name in self._folded)
        row.wanted.connect(lambda what: self._want(what, name))
        return row

    def _want(self, what: str, name: str) -> None:
        if what == "fold":
            self.show_folded(list(self._folded ^ {name}))
        elif what in ("up", "down"):
            self._move(name, -1 if what == "up" else 1)
            return
        self.wanted.emit(what, name)

    def _move(self, name: str, step: int) -> None:
        names = list(self.rows)
        place = names.index(name)
        if 0 <= place + step < len(names):
            names.insert(place + step, names.pop(place))
            self.ordered.emit(names)
            self.rows[name].setFocus()
