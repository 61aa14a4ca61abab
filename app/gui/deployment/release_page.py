"""The release page of a target: traffic, live figures, judgement, history, and the big button that takes a release back."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from app.gui.deployment.log_card import LogCard
from app.gui.deployment.push_card import stage_text
from app.gui.deployment.release_dialog import Artifacts, RolloutDialog, read_artifacts
from app.gui.deployment.release_figures import Figures
from app.gui.deployment.release_history import HistoryCard
from app.gui.deployment.release_judge import JudgeCard
from app.gui.deployment.release_pipeline import PipelineCard
from app.gui.deployment.release_rehearsal import RehearsalCard
from app.gui.deployment.release_traffic import TrafficBar
from app.gui.deployment.release_watch import Watcher
from app.gui.deployment.release_words import why_text
from app.gui.operations import releases as operations
from app.gui.shell.errands import Errand
from app.gui.widgets.controls import Card, PageHead, button, label, roomy, row, set_kind
from app.gui.widgets.errors import ErrorLine, sentence
from app.gui.widgets.hold import HoldButton

if TYPE_CHECKING:
    from app.gui.deployment.work import TargetWork
    from app.gui.deployment.works import Words
    from app.gui.operations.deployment import Work
    from app.gui.operations.releases import RolloutOrder
    from app.gui.shell.shell import Shell
    from engine.deployment.live import Look
    from engine.deployment.releases import Release
    from engine.workspace import Workspace

    class Start(Protocol):
        """Runs work on a target and asks for passwords; see `DeploymentPage`."""

        def __call__(
            self,
            work: Work,
            on_done: Callable[[Any], object],
            on_error: Callable[[Exception], object],
            shown: Errand | None = None,
            words: Words | None = None,
        ) -> TargetWork | None: ...


class ReleasePage(QScrollArea):
    """One target; `begin` shows another. Rollouts that it drives go on while it is not seen."""

    left = Signal()

    def __init__(self, shell: Shell, start: Start) -> None:
        super().__init__()
        self._shell, self._start = shell, start
        self.target = ""
        self.look: Look | None = None
        self._watcher: Watcher | None = None
        self._drivers: dict[str, TargetWork] = {}
        self._ordered: dict[str, float] = {}  # when a target's release was taken back, by the monotonic clock
        self._took: float | None = None  # seconds until that was done
        self._lost: Exception | None = None
        self._marks: tuple[Any, ...] = ()
        self._ageing = QTimer(self, interval=1000, timeout=self._show_age)
        colors = shell.theme.color
        self.head, self.error, self.lost = PageHead(), ErrorLine(), label("", "bad", wrap=True)
        self.back, self.roll = button("", self.left.emit), button("", self._ask_rollout)
        self.show_log = button("", lambda: self.log.follow(self.target))
        self.pause, self.resume, self.promote, self.set_share = (
            button("", partial(self.decide, what)) for what in ("pause", "resume", "promote", "weights")
        )
        self.share = QSpinBox()
        self.share.setRange(0, 99)
        self.share.setSuffix(" %")
        roomy(self.share)
        self.take_back = HoldButton(colors)
        self.take_back.setProperty("large", "true")
        self.take_back.setMinimumWidth(190)
        self.take_back.held.connect(partial(self.decide, "take back"))
        self.take_back.slipped.connect(self._explain_hold)
        self.bar, self.figures = TrafficBar(colors), Figures(colors)
        self.state = label("", "quiet", wrap=True)
        self.judge, self.history, self.pipeline = JudgeCard(), HistoryCard(colors), PipelineCard()
        self.rehearsal, self.log = RehearsalCard(shell, start), LogCard(colors, start)
        self._build()
        shell.theme.theme_changed.connect(self.figures.recolor)
        escape = QShortcut(QKeySequence.StandardKey.Cancel, self, self.left.emit)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.retranslate()

    def _build(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget()
        self.setWidget(inner)
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(16)
        for part in (self.show_log, self.rehearsal.ask, self.roll, self.back):
            self.head.buttons.addWidget(part)
        self.traffic = Card()
        self.traffic.head.addWidget(self.take_back)
        self._acts = row(self.pause, self.resume, self.promote, 1, self.share, self.set_share)
        for part in (self.lost, self.bar, self.figures, self.state, self._acts):
            self.traffic.body.addWidget(part)
        for part in (
            self.head, self.error, self.traffic, self.judge, self.pipeline, self.rehearsal, self.log, self.history,
        ):  # fmt: skip
            column.addWidget(part)
        column.addStretch(1)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.back.setText(self.tr("All targets"))
        self.roll.setText(self.tr("Roll out…"))
        self.show_log.setText(self.tr("Log"))
        self.pause.setText(self.tr("Pause"))
        self.pause.setToolTip(self.tr("The traffic stays as it is"))
        self.promote.setText(self.tr("Promote now"))
        self.promote.setToolTip(self.tr("All requests to the new release, whatever steps are left"))
        self.set_share.setText(self.tr("Set share"))
        self.set_share.setToolTip(self.tr("Give the new release this share by hand; the steps are paused"))
        self.share.setAccessibleName(self.tr("Share of the new release"))
        self.take_back.setText(self.tr("Take it back"))
        self.take_back.setToolTip(self.tr("Hold the button, or the space bar, for half a second; it acts at once"))
        for part in (self.judge, self.history, self.figures, self.rehearsal, self.log):
            part.retranslate()
        self._show()

    def commands(self) -> list[tuple[str, Any]]:
        """For the command palette."""
        possible = self.take_back.isEnabled() and not self.take_back.isHidden()
        return [(self.tr("Take the release back"), partial(self.decide, "take back"))] if possible else []

    # which target -------------------------------------------------------------------------------------------------

    def begin(self, workspace: Workspace, target: str) -> None:
        """Show a target."""
        if target != self.target or self._watcher is None:
            self.end(0)
            self.target, self.look, self._took, self._lost, self._marks = target, None, None, None, ()
            self.error.clear()
            self.history.show_rows([])
            self.rehearsal.begin(target)
            self._watcher = Watcher(workspace, target, self)
            self._watcher.looked.connect(self._looked)
            self._watcher.lost.connect(self._not_seen)
        self._show()

    def end(self, seconds: float = 2) -> None:
        """Look no more: the workspace is closed, and a look that is under way is waited for; or another target is shown."""
        self._ageing.stop()
        self.log.end()
        self.rehearsal.begin("")
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.stop(seconds)
            watcher.deleteLater()

    def showEvent(self, event: QShowEvent) -> None:
        """Look each second."""
        if self._watcher is not None:
            self._watcher.seen(True)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Look rarely."""
        if self._watcher is not None:
            self._watcher.seen(False)
        super().hideEvent(event)

    # what is seen -------------------------------------------------------------------------------------------------

    def _looked(self, look: Look) -> None:
        self.look, self._lost = look, None
        self._ageing.stop()
        self._show()
        marks = tuple((one.release.id, one.release.state, len(one.release.details.get("history", ())))
                      for one in (look.old, look.new) if one)  # fmt: skip
        if marks != self._marks:
            self._marks = marks
            self.share.setValue(look.new.weight or 0 if look.new else 0)
            self._read_history()

    def _read_history(self) -> None:
        from engine.deployment.rollout import history

        target = self.target
        self._shell.read(lambda opened: history(opened, target), self.history.show_rows, "deployment.history",
                         self.error.show_error)  # fmt: skip

    def _not_seen(self, error: Exception) -> None:
        self._lost = error
        self._ageing.start()
        self._show()

    def _show_age(self) -> None:
        """Figures that are not live say how old they are."""
        self.lost.setVisible(self._lost is not None)
        if self._lost is None:
            return
        self.figures.show_lost()
        told = sentence(self._lost)
        if self.look is not None:
            age = QLocale().toString(max(0, round(time.time() - self.look.at)))
            told = self.tr("The link is lost; these figures are {0} s old. {1}").format(age, told)
        self.lost.setText(told)

    def _show(self) -> None:
        look, driven = self.look, self.target in self._drivers
        new, going = (look.new, look.going) if look else (None, None)
        running = look.old.release.name if look and look.old else ""
        title = self.tr("{0} · {1} → {2}").format(self.target, running, new.release.name) if new else self.target
        self.head.title.setText(title)
        self.head.text.setText(look.old.release.endpoint if look and look.old else "")
        self.traffic.set_heading(self.tr("Traffic"), self._remark())
        self.roll.setVisible(not new and not driven)
        self.roll.setEnabled(bool(running))
        self.rehearsal.ask.setEnabled(bool(running) and not new)
        self.take_back.setVisible(bool(new) or driven)
        self.take_back.setEnabled(self.target not in self._ordered)
        rolling = bool(new and new.release.state == "rolling")
        self.pause.setVisible(rolling and driven)
        self.resume.setVisible(bool(new) and not driven and not (going and going.waits))
        self.resume.setText(self.tr("Resume") if going and going.paused else self.tr("Continue"))
        for part in (self.promote, self._acts):
            part.setVisible(rolling or not self.resume.isHidden())
        self.promote.setVisible(rolling)
        for part in (self.share, self.set_share):
            part.setVisible(rolling and bool(going and going.plan.kind == "canary"))
        self.state.setText(self._state(driven))
        self.state.setVisible(bool(self.state.text()))
        if look is not None:
            self.bar.show_look(look)
            self.figures.show_look(look)
            self.judge.show_look(look)
            self.pipeline.show_look(look)
        self.judge.setVisible(bool(going))
        self._show_age()

    def _remark(self) -> str:
        if self.look is None:
            return self.tr("Looking…")
        return "" if self.look.gateway else self.tr("without a gateway: one release has all requests")

    def _state(self, driven: bool) -> str:
        """What goes on, where the figures do not say it."""
        if self.target in self._ordered:
            return self.tr("Taking it back…")
        new, going = (self.look.new, self.look.going) if self.look else (None, None)
        if self.look is None or new is None:
            return self.tr("The new release is being brought to the target…") if driven else self._took_text()
        if new.release.state == "applying":
            return self.tr("The new release is being brought to the target…")
        if not driven and going and not (going.paused or going.waits):
            return self.tr(
                "Nobody drives this rollout: the traffic stays as it is, and nothing is judged until you continue."
            )
        silent = [side.release.name for side in (self.look.old, new) if side and not side.answers]
        return self.tr("{} does not tell how it does.").format(", ".join(silent)) if silent else ""

    def _took_text(self) -> str:
        if self._took is None:
            return ""
        text = self.tr("Taken back in {} s: all requests go to the old release, and the new one is ended.")
        return text.format(QLocale().toString(self._took, "f", 1))

    # what a person does -------------------------------------------------------------------------------------------

    def _ask_rollout(self) -> None:
        running = self.look.old.release.name if self.look and self.look.old else ""
        dialog_of = partial(RolloutDialog, self, self.target, running)

        def ask(found: Artifacts) -> None:
            dialog = dialog_of(found)
            dialog.accepted.connect(lambda: self.start(dialog.order()))
            dialog.open()

        self._shell.read(read_artifacts, ask, "deployment.artifacts", self.error.show_error)

    def start(self, order: RolloutOrder) -> None:
        """Roll an artifact out on the target that is shown."""
        self._took = None
        self._drive(operations.start_rollout(order, self.target))

    def decide(self, what: str) -> None:
        """Promote, pause, resume, set the share or take back; done by what drives the rollout, where something does."""
        target, driver = self.target, self._drivers.get(self.target)
        if what == "take back":
            self._ordered[target], self._took = time.monotonic(), None
            self._show()
        if driver is None:
            self._drive(operations.decide(what, target, self.share.value()))
        elif self.look is None or self.look.new is None or self.look.new.release.state == "applying":
            driver.cancel()  # it has no request yet
        else:
            self._start(operations.tell_driver(what, target, self.share.value()), lambda _: None, self._failed)

    def _drive(self, work: Work) -> None:
        target = self.target
        title = self.tr("Rollout on {}").format(target)
        shown, ended = Errand("rollout", title, partial(self._cancel, target)), partial(self._ended, target)
        driver = self._start(work, ended, ended, shown, rollout_told)
        if driver is not None:
            self._drivers[target] = driver
            self.error.clear()
            driver.stopped.connect(partial(self._ended, target, None))
        self._show()

    def _cancel(self, target: str) -> None:
        """From the list of jobs: take it back."""
        if target == self.target:
            self.decide("take back")
        else:
            self._start(operations.tell_driver("take back", target), lambda _: None, self._failed)

    def _ended(self, target: str, result: Release | Exception | None) -> None:
        """A rollout was passed, taken back, paused, waits for a person, or failed."""
        self._drivers.pop(target, None)
        ordered = self._ordered.pop(target, None)
        seconds = time.monotonic() - ordered if ordered else None
        if isinstance(result, Exception):
            self._failed(result)
        elif self._watcher is not None:
            self._shell.read(lambda opened: _last(opened, target), partial(self._tell, target, seconds))
        self._marks = ()
        if self._watcher is not None:
            self._watcher.hurry()
        self._show()

    def _tell(self, target: str, seconds: float | None, last: dict[str, Any]) -> None:
        """How a rollout ended: how long it took where it was taken back here, else as a notice, perhaps nobody looks."""
        if seconds is not None and target == self.target and last["what"] in ("taken back", "failed"):
            self._took = seconds
            self._show()
        else:
            kind = {"taken back": "warning", "promoted": "good"}.get(last["what"], "info")
            self._shell.notice(f"{target}: {why_text(last)}", kind=kind)

    def _failed(self, error: Exception) -> None:
        self._ordered.pop(self.target, None)
        self.error.show_error(error)
        self._show()

    def _explain_hold(self) -> None:
        self.state.setText(self.tr("Keep it pressed until it is full."))
        set_kind(self.state, "warning")
        self.state.show()
        QTimer.singleShot(3000, self, lambda: set_kind(self.state, "quiet"))


def read_rollouts(workspace: Workspace) -> list[str]:
    """Targets on which something is being rolled out."""
    from engine.deployment.live import releases_of
    from engine.deployment.targets import list_targets

    return [one.name for one in list_targets(workspace) if releases_of(workspace, one.name)[1]]


def rollout_told(stage: str, done: int, total: int, share: str) -> tuple[float, str, float | None]:
    """How far a step of a rollout is, for the list of jobs."""
    if stage != "watch":
        return 0.0, "" if stage == "note" else stage_text(stage), None
    text = QCoreApplication.translate(
        "ReleasePage", "{0} of {1} requests of this step are seen, {2} of all go to the new release"
    )
    number = QLocale().toString
    return min(1.0, done / max(1, total)), text.format(number(done), number(total), share), None


def _last(workspace: Workspace, target: str) -> dict[str, Any]:
    from engine.deployment.rollout import history

    return history(workspace, target)[-1]
