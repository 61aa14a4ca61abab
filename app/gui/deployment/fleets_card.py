"""The fleets of a workspace on the deployment page: a line for each, with how many of its targets are as they should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from app.gui.deployment.fleet_words import SEVERITY, order_kind, order_text, state_text
from app.gui.widgets.controls import Card, button, label, row, set_kind

if TYPE_CHECKING:
    from engine.deployment.fleet.orders import Order
    from engine.workspace import Workspace


@dataclass(frozen=True)
class FleetLine:
    """A fleet as the card shows it."""

    name: str
    should: str
    states: dict[str, int]
    order: Order | None


def read_fleets(workspace: Workspace) -> list[FleetLine]:
    """All fleets; contacts no target."""
    from engine.deployment.fleet import fleets, looking, orders

    return [
        FleetLine(
            fleet.name, ", ".join(fleet.should), looking.states(looking.table(workspace, fleet.name)),
            orders.open_order(workspace, fleet.name),
        )
        for fleet in fleets.list_fleets(workspace)
    ]  # fmt: skip


class FleetsCard(Card):
    """Opens a fleet, or asks for a new one."""

    wanted = Signal(str)  # the fleet to open
    new_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[FleetLine] = []
        self.add = button("", self.new_wanted.emit)
        self.head.addWidget(self.add)
        self.none = label("", "quiet", wrap=True)
        self.body.addWidget(self.none)
        self.column = QVBoxLayout()
        self.column.setSpacing(8)
        self.body.addLayout(self.column)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.set_heading(self.tr("Fleets"), self.tr("many targets, updated in waves"))
        self.add.setText(self.tr("New fleet…"))
        self.none.setText(
            self.tr(
                "No fleet yet. A fleet is many targets that run the same artifact: it comes to a few of them first, then to"
                " group after group, and stops by itself where too many fail. {}"
            ).format("lineside fleet create NAME")
        )
        self.show_lines(self.lines)

    def show_lines(self, lines: Sequence[FleetLine]) -> None:
        """Show these fleets."""
        self.lines = list(lines)
        self.none.setVisible(not lines)
        while (item := self.column.takeAt(0)) is not None:
            item.widget().deleteLater()
        for line in lines:
            total = sum(line.states.values())
            told = [self.tr("{} targets").format(total) if total != 1 else self.tr("1 target")]
            told += [
                self.tr("{0}: {1}").format(state_text(state), line.states[state])
                for state in SEVERITY
                if line.states.get(state)
            ]
            state = label("", "chip")
            if line.order is not None:
                state.setText(order_text(line.order))
                set_kind(state, order_kind(line.order).replace("accent", "chip"))
            state.setVisible(line.order is not None)
            opener = button(self.tr("Open"), lambda name=line.name: self.wanted.emit(name))
            opener.setAccessibleName(self.tr("Open the fleet {}").format(line.name))
            name = label(line.name, "heading")
            self.column.addWidget(
                row(name, label(line.should), label(" · ".join(told), "quiet"), state, 1, opener, spacing=12)
            )
