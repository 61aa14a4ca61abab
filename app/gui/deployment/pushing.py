"""A release on its way to a target: push, start, switch, or back to the one before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.gui.deployment.places import Places
from app.gui.deployment.push_card import PushCard, layer_names, size_text
from app.gui.deployment.reading import ArtifactLine, read_layers
from app.gui.deployment.targets_card import mode_text
from app.gui.deployment.work import TargetWork
from app.gui.deployment.works import Works
from app.gui.operations import deployment as operations

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.deployment.releases import Release


class Pushing(QObject):
    """One release at a time, shown in the push card."""

    changed = Signal()  # busy or free again
    ended = Signal()  # something may run elsewhere now
    try_wanted = Signal(str)

    def __init__(self, shell: Shell, works: Works, places: Places, card: PushCard) -> None:
        super().__init__(works)
        self._shell, self._works, self._places, self.card = shell, works, places, card
        self._running: TargetWork | None = None
        card.cancel_wanted.connect(self.cancel)

    @property
    def busy(self) -> bool:
        """Whether a release is on its way."""
        return self._running is not None

    def cancel(self) -> None:
        """Stop it; what ran before still runs."""
        if self._running is not None:
            self._running.cancel()

    def deploy(self, artifact: ArtifactLine, target: str) -> None:
        """Push an artifact and let it take over."""
        if self.busy:
            return

        def begin(blobs: list[tuple[str, int]]) -> None:
            title = self.tr("{0} to {1}").format(artifact.name, target)
            self.card.begin(title, layer_names(artifact.layers, blobs))
            self._release(operations.deploy(artifact.digest, target), target, partial(self.deploy, artifact))

        tell = self._works.error.show_error
        self._shell.read(lambda opened: read_layers(opened, artifact.digest), begin, "deployment.layers", tell)

    def roll_back(self, target: str) -> None:
        """Put the release before back."""
        if not self.busy:
            self.card.begin(self.tr("Back to the release before on {}").format(target), [])
            self._release(operations.rollback(target), target, self.roll_back)

    def _release(self, work: operations.Work, target: str, again: Callable[[str], None]) -> None:
        self._running = self._works.start(work, self._done, partial(self._failed, target, again))
        if self._running is None:
            return
        self._running.progressed.connect(self.card.show_progress)
        self._running.stopped.connect(self._stopped)
        self.changed.emit()

    def _done(self, release: Release) -> None:
        self._running = None
        mode = mode_text(str(release.details.get("mode", "")))
        sent = release.details.get("push", {}).get("sent", 0)
        text = self.tr("{0} runs on {1}, {3}, at {4}; {2} were sent.")
        self.card.finish(text.format(release.name, release.target, size_text(sent), mode, release.endpoint))
        self.changed.emit()
        self.ended.emit()
        self._shell.notice(
            self.tr("{0} runs on {1}.").format(release.name or release.artifact[:19], release.target),
            self.tr("Try an image"),
            partial(self.try_wanted.emit, release.target),
            "good",
        )

    def _failed(self, target: str, again: Callable[[str], None], error: Exception) -> None:
        self._running = None
        self.card.hide()
        self._places.not_reached(target, again, self.card.fail, error)
        self.changed.emit()
        self.ended.emit()

    def _stopped(self) -> None:
        self._running = None
        self.card.fail(self.tr("Stopped. What ran before still runs; what was sent stays for the next time."))
        self.changed.emit()
