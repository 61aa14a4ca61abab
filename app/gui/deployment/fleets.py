"""Fleets on the deployment page: their card among the others, the page of one, and the dialog for a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.gui.deployment.fleet_dialogs import MembersDialog
from app.gui.deployment.fleet_page import FleetPage
from app.gui.deployment.fleets_card import FleetsCard, read_fleets
from app.gui.deployment.reading import Place
from app.gui.deployment.works import Works
from app.gui.operations import fleets as operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.gui.shell.shell import Shell


class Fleets(QObject):
    """Keeps card and page up to date."""

    opened = Signal()  # the page of a fleet is to be seen

    def __init__(self, shell: Shell, works: Works) -> None:
        super().__init__(works)
        self._shell, self._works = shell, works
        self._places: Sequence[Place] = ()
        self.card, self.page = FleetsCard(), FleetPage(shell, works.start)
        self.card.wanted.connect(self.open)
        self.card.new_wanted.connect(self.ask_new)

    def read(self) -> None:
        """Show what is known of all fleets."""
        self._shell.read(read_fleets, self.card.show_lines, "deployment.fleets")
        if self.page.isVisible():
            self.page.read()

    def show_places(self, places: Sequence[Place]) -> None:
        """These are the targets; without any there is nothing to be a fleet."""
        self._places = places
        self.card.setVisible(bool(places))

    def open(self, name: str) -> None:
        """Show the page of a fleet."""
        self.page.begin(name)
        self.opened.emit()

    def ask_new(self) -> None:
        """Ask for a new fleet, make it, and open it."""
        dialog = MembersDialog(self.card, None, [place.name for place in self._places if not place.fleet])
        dialog.accepted.connect(lambda: self._works.start(operations.add_members(*dialog.chosen, new=True), self.open))
        dialog.open()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.card.retranslate()
        self.page.retranslate()
