"""What releases kept comes home: how far it is, what came, and the way to the labelling queue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QProgressBar

from app.gui.deployment.works import Works
from app.gui.operations import deployment as operations
from app.gui.shell.errands import Errand
from app.gui.shell.job_words import job_text
from app.gui.shell.target_words import target_text
from app.gui.widgets.controls import Card, button, label
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.deployment.work import TargetWork
    from app.gui.shell.shell import Shell
    from engine.deployment.feedback import Collected

SHOWN_PROBLEMS = 5


class CollectCard(Card):
    """Hidden until `begin`; one collect at a time."""

    def __init__(self, shell: Shell, works: Works) -> None:
        super().__init__()
        self._works, self._target = works, ""
        self._running: TargetWork | None = None
        self.stop, self.close_it = button("", self._stop), button("", self.hide, "flat")
        self.queue = button("", partial(shell.go, "labeling", queue=True), "primary")
        for part in (self.queue, self.stop, self.close_it):
            self.head.addWidget(part)
        self.bar, self.state, self.problems = (
            QProgressBar(),
            label("", "quiet", wrap=True),
            label("", "warning", wrap=True),
        )
        self.bar.setTextVisible(False)
        self.error = ErrorLine()
        for part in (self.bar, self.state, self.problems, self.error):
            self.body.addWidget(part)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.stop.setText(self.tr("Stop"))
        self.stop.setToolTip(self.tr("What came stays; the next collect goes on from there"))
        self.close_it.setText(self.tr("Close"))
        self.queue.setText(self.tr("Open the labelling queue"))
        self.bar.setAccessibleName(self.tr("Progress"))
        self.set_heading(self.tr("Collect from {}").format(self._target))

    def begin(self, target: str) -> None:
        """Bring home what is kept on a target."""
        if self._running is not None:
            return
        self._target = target
        self.error.clear()
        shown = Errand("collect", self.tr("Collect from {}").format(target), self._stop)
        self._running = self._works.start(operations.collect(target), self._done, self._failed, shown, _told)
        if self._running is None:
            return
        self._running.progressed.connect(self._progress)
        self._running.stopped.connect(self._stopped)
        self.retranslate()
        self.bar.setRange(0, 0)
        self.state.setText(self.tr("Asking the target what it has"))
        for part, seen in ((self.bar, True), (self.stop, True), (self.queue, False), (self.close_it, False)):
            part.setVisible(seen)
        self.problems.hide()
        self.show()

    def _progress(self, _stage: str, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, total if done else 0)
        self.bar.setValue(done)
        self.state.setText(job_text(text))

    def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _ended(self, text: str) -> None:
        self._running = None
        self.bar.hide()
        self.stop.hide()
        self.close_it.show()
        self.state.setText(text)

    def _done(self, found: Collected) -> None:
        number = QLocale().toString
        counts = ((found.images, self.tr("new images: {}")), (found.known, self.tr("known already: {}")),
                  (found.suggestions, self.tr("suggestions: {}")), (found.corrections, self.tr("corrected, for review: {}")),
                  (found.queued, self.tr("in the queue: {}")), (found.predictions, self.tr("without an image: {}")))  # fmt: skip
        told = [text.format(number(count)) for count, text in counts if count]
        self._ended(" · ".join(told) or self.tr("It kept nothing new."))
        self.queue.setVisible(bool(found.queued))
        more = len(found.problems) - SHOWN_PROBLEMS
        lines = [target_text(one) for one in found.problems[:SHOWN_PROBLEMS]] + (
            [self.tr("… and {} more").format(number(more))] if more > 0 else []
        )
        self.problems.setText("\n".join(lines))
        self.problems.setVisible(bool(lines))

    def _failed(self, error: Exception) -> None:
        self._ended("")
        self.error.show_error(error, self.tr("Try again"), partial(self.begin, self._target))

    def _stopped(self) -> None:
        self._ended(self.tr("Stopped. What came stays; the next collect goes on from there."))


def _told(_stage: str, done: int, total: int, text: str) -> tuple[float, str, float | None]:
    return done / max(1, total), job_text(text), None
