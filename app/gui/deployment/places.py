"""What a person does to the list of targets: add, look at the machine, accept its host key, end, remove."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.gui.deployment.dialogs import AddTargetDialog, HostKeyDialog, RemoveTargetDialog
from app.gui.deployment.keep_dialog import KeepDialog
from app.gui.deployment.reading import Place
from app.gui.deployment.works import Works
from app.gui.operations import deployment as operations


class Places(QObject):
    """Dialogs and work on targets."""

    look_wanted = Signal()

    def __init__(self, page: QWidget, works: Works) -> None:
        super().__init__(page)
        self._page, self._works = page, works

    def add(self, taken: Iterable[str]) -> None:
        """Ask for a new target, and look at its machine."""
        dialog = AddTargetDialog(self._page, frozenset(taken))
        dialog.accepted.connect(lambda: self._works.start(operations.add_target(dialog.new_target()), self.probe))
        dialog.open()

    def edit(self, place: Place) -> None:
        """Ask for another address of a target, and look at the machine there."""
        dialog = AddTargetDialog(self._page, frozenset())
        if not dialog.show_target(place.name, place.url, place.options):
            text = self.tr("{} is of a kind that cannot be changed here. Remove it and add it again.")
            self._works.error.show_error(text.format(place.name))
            return
        dialog.accepted.connect(lambda: self._works.start(operations.change_target(dialog.new_target()), self.probe))
        dialog.open()

    def keep(self, place: Place) -> None:
        """Ask what its releases may keep of the images that they are asked about."""
        dialog = KeepDialog(self._page, place.name, place.options.get("feedback"))
        dialog.accepted.connect(lambda: self._works.start(operations.keep_feedback(place.name, dialog.rules())))
        dialog.open()

    def probe(self, name: str) -> None:
        """Look at the machine."""
        failed = partial(self.not_reached, name, self.probe, self._works.error.show_error)
        self._works.start(operations.probe(name), lambda _: self.look_wanted.emit(), failed)

    def not_reached(
        self, name: str, again: Callable[[str], object], tell: Callable[[Exception], object], error: Exception
    ) -> None:
        """An unknown host key can be accepted; everything else is told."""
        fingerprint = getattr(error, "fingerprint", "")
        if not fingerprint:
            tell(error)
            return
        dialog = HostKeyDialog(self._page, error.host, error.key_type, fingerprint)  # type: ignore[attr-defined]  # of HostKeyUnknown
        accept = operations.accept_host_key(name, fingerprint)
        dialog.accepted.connect(lambda: self._works.start(accept, lambda _: again(name)))
        dialog.rejected.connect(lambda: tell(error))
        dialog.open()

    def end(self, name: str) -> None:
        """End what runs there."""
        self._works.start(operations.remove_release(name), lambda _: self.look_wanted.emit())

    def remove(self, name: str, running: str) -> None:
        """Take a target away once its name was typed."""
        dialog = RemoveTargetDialog(self._page, name, running)
        work = operations.remove_target(name)
        dialog.accepted.connect(lambda: self._works.start(work, on_error=partial(self._stuck, name)))
        dialog.open()

    def _stuck(self, name: str, error: Exception) -> None:
        """A target that cannot be reached can at least be forgotten."""
        forget = operations.remove_target(name, clean=False)
        self._works.error.show_error(error, self.tr("Forget it all the same"), lambda: self._works.start(forget))
