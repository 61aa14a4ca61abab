"""A release on its way to a target: push, start, switch, or back to the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.gui.deployment.places import Places
from app.gui.deployment.push_card import PushCard, size_text
from app.gui.deployment.reading import read_cut, read_push
from app.gui.deployment.target_row import mode_text
from app.gui.deployment.work import TargetWork
from app.gui.deployment.works import Works
from app.gui.operations import deployment as operations
from app.gui.shell.errands import Errand

if TYPE_CHECKING:
    from pathlib import Path

    from app.gui.shell.shell import Shell
    from engine.deployment.pushes import Push
    from engine.deployment.releases import Release
    from engine.deployment.takt import Takt


class Pushing(QObject):
    """One release at a time, shown in the push card."""

    changed = Signal()  # busy or free again
    ended = Signal()  # something may run elsewhere now
    try_wanted = Signal(str)
    measured = Signal(object)  # Takt

    def __init__(self, shell: Shell, works: Works, places: Places, card: PushCard) -> None:
        super().__init__(works)
        self._shell, self._works, self._places, self.card = shell, works, places, card
        self._running: TargetWork | None = None
        self._again: Callable[[], object] = lambda: None
        self._cut = ""  # the target of the push that the card offers to go on with
        card.cancel_wanted.connect(self.cancel)
        card.again_wanted.connect(lambda: self._again())
        card.left.connect(self._forget)

    @property
    def busy(self) -> bool:
        """Whether a release is on its way."""
        return self._running is not None

    def cancel(self) -> None:
        """Stop it; what ran before still runs."""
        if self._running is not None:
            self._running.cancel()

    def measure(self, artifact: str, takt_ms: float, images: str, target: str, pipeline: Path | None = None) -> None:
        """Measure what answers in time there, and deploy that."""
        if not self.busy:
            self.card.begin(self.tr("{0} to {1}").format(artifact, target))
            work = operations.measure_takt(artifact, target, takt_ms, images)
            again = partial(self.measure, artifact, takt_ms, images, pipeline=pipeline)
            self._release(work, target, again, partial(self._measured, pipeline))

    def _measured(self, pipeline: Path | None, takt: Takt) -> None:
        self._running = None
        self.measured.emit(takt)
        if takt.chosen is not None:
            self.deploy(takt.chosen.digest, takt.target, pipeline, takt.notes)
        else:
            self.card.hide()
        self.changed.emit()

    def deploy(
        self, digest: str, target: str, pipeline: Path | None = None, notes: Mapping[str, Any] | None = None
    ) -> None:
        """Push an artifact and let it take over, with the pipeline of a file where there is one."""
        if self.busy:
            return

        def begin(push: Push) -> None:
            self.card.begin(self._title(push), push)
            again = partial(self.deploy, digest, pipeline=pipeline, notes=notes)
            self._release(operations.deploy(digest, target, pipeline, notes), target, again)

        self._shell.read(
            lambda opened: read_push(opened, digest, target), begin, "deployment.layers", self._works.error.show_error
        )

    def roll_back(self, target: str) -> None:
        """Put the release before back."""
        if not self.busy:
            self.card.begin(self.tr("Back to the release before on {}").format(target))
            self._release(operations.rollback(target), target, self.roll_back)

    def remind(self) -> None:
        """Show the newest push that was cut before this window was opened, or in another one."""
        self._shell.read(read_cut, self._show_cut, "deployment.cut", self._works.error.show_error)

    def _show_cut(self, push: Push | None) -> None:
        if push is not None and not self.busy and self.card.isHidden():
            self._again = partial(self.deploy, push.artifact, push.target)
            self._cut = push.target
            self.card.show_cut(self._title(push), push)

    def _forget(self) -> None:
        self._works.start(operations.forget_push(self._cut))

    def _title(self, push: Push) -> str:
        return self.tr("{0} to {1}").format(push.name, push.target)

    def _release(
        self, work: operations.Work, target: str, again: Callable[[str], None],
        on_done: Callable[[Any], None] | None = None,
    ) -> None:  # fmt: skip
        shown = Errand("takt" if on_done else "deploy", self.card.heading.text(), self.cancel)
        failed = partial(self._failed, target, again)
        self._running = self._works.start(work, on_done or self._done, failed, shown, self.card.told)
        if self._running is None:
            return
        self._again, self._cut = partial(again, target), target
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
