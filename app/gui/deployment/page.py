"""The deployment page: artifacts, targets and what runs there, push, try an image, roll back, logs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QFrame, QPlainTextEdit, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.gui.deployment.artifacts_card import ArtifactsCard
from app.gui.deployment.dialogs import AddTargetDialog, HostKeyDialog, PasswordDialog, RemoveTargetDialog
from app.gui.deployment.push_card import PushCard, layer_names, size_text
from app.gui.deployment.reading import Overview, line_of, read_image, read_layers, read_overview
from app.gui.deployment.release_page import ReleasePage, read_rollouts
from app.gui.deployment.targets_card import TargetsCard, mode_text
from app.gui.deployment.try_card import TryCard
from app.gui.deployment.work import Question, TargetWork
from app.gui.operations import deployment as operations
from app.gui.shell.page import Page
from app.gui.shell.theme import mono_font
from app.gui.widgets.controls import Card, PageHead, button, label, primary_button
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.deployment.releases import Release, TargetStatus
    from engine.workspace import Workspace

LOOK_EVERY_MS = 4000


class DeploymentPage(Page):
    """One artifact, every place."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._overview = Overview()
        self._statuses: dict[str, TargetStatus] = {}
        self._looking: dict[str, TargetWork] = {}
        self._works: set[TargetWork] = set()
        self._deploying: TargetWork | None = None
        self._workspace: Workspace | None = None
        self._timer = QTimer(self, interval=LOOK_EVERY_MS, timeout=self._look)
        self.empty = EmptyState("deployment", action=lambda: shell.go("evaluation"))
        self.head = PageHead()
        self.add, self.deploy = button("", self._ask_target), primary_button("", self._deploy_first)
        for widget in (self.add, self.deploy):
            self.head.buttons.addWidget(widget)
        self.error = ErrorLine()
        colors = shell.theme.color
        self.artifacts, self.targets, self.push = ArtifactsCard(), TargetsCard(colors), PushCard()
        self.no_target = label("", "quiet", wrap=True)
        self.targets.body.addWidget(self.no_target)
        self.no_artifact = label("", "quiet", wrap=True)
        self.artifacts.body.addWidget(self.no_artifact)
        self.trying, self.log_card = TryCard(colors), Card()
        self.log = QPlainTextEdit()
        self._build()
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        self.log.setProperty("kind", "log")
        self.log.setReadOnly(True)
        self.log.setFont(mono_font())
        self.log.setMinimumHeight(220)
        self.log_again, self.log_close = button("", self._log_again), button("", self.log_card.hide, "flat")
        for widget in (self.log_again, self.log_close):
            self.log_card.head.addWidget(widget)
        self.log_card.body.addWidget(self.log)
        self.log_card.hide()
        self._log_target = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.error)
        self.stack = QStackedWidget(self)
        layout.addWidget(self.stack, 1)
        self.stack.addWidget(self.empty)
        self.scroll = QScrollArea(self.stack)
        self.stack.addWidget(self.scroll)
        self.release = ReleasePage(self.shell, self._start)
        self.stack.addWidget(self.release)
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget(self.scroll)
        self.scroll.setWidget(inner)
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(16)
        for part in (self.head, self.artifacts, self.push, self.targets, self.trying, self.log_card):
            column.addWidget(part)
        column.addStretch(1)

    def _connect(self) -> None:
        self.artifacts.chosen.connect(self._show_head)
        self.artifacts.save_wanted.connect(self._save_file)
        self.targets.deploy_wanted.connect(self._deploy)
        self.targets.rollback_wanted.connect(self._roll_back)
        self.targets.log_wanted.connect(self._show_log)
        self.targets.try_wanted.connect(self._try)
        self.targets.probe_wanted.connect(self._probe)
        self.targets.end_wanted.connect(self._end)
        self.targets.remove_wanted.connect(self._remove)
        self.targets.release_wanted.connect(self._show_release)
        self.release.left.connect(lambda: self.stack.setCurrentWidget(self.scroll))
        self.push.cancel_wanted.connect(lambda: self._deploying.cancel() if self._deploying else None)
        self.trying.file_chosen.connect(self._predict)
        self.shell.theme.theme_changed.connect(self.update)

    def opened(self, workspace: Workspace) -> None:
        """Show artifacts and targets of a workspace."""
        self._workspace, self._overview, self._statuses = workspace, Overview(), {}
        self.stack.setCurrentWidget(self.empty)
        for card in (self.push, self.trying, self.log_card):
            card.hide()
        self.error.clear()
        self._read()
        self.shell.read(
            read_rollouts, lambda names: [self._show_release(name) for name in names[:1]], "deployment.rollouts"
        )

    def closed(self) -> None:
        """Stop what is under way; what was pushed stays on the targets."""
        self._timer.stop()
        self.release.end()
        for work in [*self._works, *self._looking.values()]:
            work.cancel()
        for work in [*self._works, *self._looking.values()]:
            work.wait(2)
        self._workspace = None

    def shown(self, **_: Any) -> None:
        """Look at the targets while the page is seen."""
        self._timer.start()
        self._read()
        self._show_head()

    def hideEvent(self, event: object) -> None:
        """Look no more while nobody sees it."""
        self._timer.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def refresh(self, changes: Changes) -> None:
        """Artifacts, targets or releases changed."""
        if changes.touches("artifacts", "targets", "releases"):
            self._read()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.empty.show_text(
            self.tr("Nothing to deploy yet"),
            self.tr("An artifact is a container image that serves one model. Package a model on the evaluation page."),
            self.tr("Go to Evaluate"),
            "lineside package MODEL ; lineside deploy ARTIFACT TARGET",
        )
        self.head.title.setText(self.tr("Deploy"))
        self.add.setText(self.tr("Add target"))
        self.no_target.setText(
            self.tr("No target yet. Add this machine, a Docker engine, or a box that is reached by SSH: {}").format(
                "lineside target add local process://local"
            )
        )
        self.no_artifact.setText(self.tr("No artifact yet; package a model on the evaluation page."))
        self.targets.set_heading(self.tr("Targets"))
        self.log_again.setText(self.tr("Read again"))
        self.log_close.setText(self.tr("Close"))
        self.log.setAccessibleName(self.tr("Log"))
        for card in (self.artifacts, self.targets, self.push, self.trying, self.release):
            card.retranslate()
        self._show_overview(self._overview)

    def commands(self) -> list[tuple[str, Any]]:
        """For the command palette."""
        mine = [(self.tr("Add target"), self._ask_target), (self.tr("Deploy the chosen artifact"), self._deploy_first)]
        return mine + (self.release.commands() if self.stack.currentWidget() is self.release else [])

    # what is there -------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        if self.shell.workspace is not None:
            self.shell.read(
                read_overview, self._show_overview, key="deployment.overview", on_error=self.error.show_error
            )

    def _show_overview(self, overview: Overview) -> None:
        names = [place.name for place in overview.places]
        fresh = set(names) - {place.name for place in self._overview.places}
        self._overview = overview
        if not overview.artifacts and not overview.places:
            self.stack.setCurrentWidget(self.empty)
            return
        if self.stack.currentWidget() is not self.release:
            self.stack.setCurrentWidget(self.scroll)
        self.artifacts.tree.setVisible(bool(overview.artifacts))
        self.no_artifact.setVisible(not overview.artifacts)
        self.no_target.setVisible(not overview.places)
        self.artifacts.show_lines(overview.artifacts)
        self._statuses = {name: status for name, status in self._statuses.items() if name in names}
        self._show_targets()
        if fresh:
            self._look()

    def _show_targets(self) -> None:
        lines = [
            line_of(place, self._statuses.get(place.name), self._overview.names) for place in self._overview.places
        ]
        free = self._deploying is None and bool(self._overview.artifacts)
        self.targets.show_lines(lines, can_deploy=free)
        self.deploy.setEnabled(free and bool(lines))
        if self.isVisible():
            healthy = sum(line.health in ("running", "published") for line in lines)
            count = self.tr("1 target") if len(lines) == 1 else self.tr("{} targets").format(len(lines))
            text = self.tr("{0} · {1} healthy").format(count, healthy)
            self.shell.set_status(text)

    def _show_head(self) -> None:
        chosen = self.artifacts.current
        if chosen is None:
            self.head.text.setText(self.tr("The same artifact, everywhere."))
            self.deploy.setText(self.tr("Deploy"))
            return
        text = self.tr("The same artifact, everywhere. Digest {0} · {1}")
        self.head.text.setText(text.format(chosen.short, size_text(chosen.bytes)))
        self.deploy.setText(self.tr("Deploy {}").format(chosen.name))

    def _look(self) -> None:
        """Ask each target how it does; one that is still being asked is left alone."""
        if self._workspace is None or not self.isVisible():
            return
        for place in self._overview.places:
            if place.name not in self._looking:
                work = TargetWork(self._workspace, operations.read_status(place.name), self)
                self._looking[place.name] = work
                work.done.connect(partial(self._looked, place.name))
                work.failed.connect(partial(self._looked, place.name, None))
                work.stopped.connect(partial(self._looked, place.name, None, None))
                work.start()

    def _looked(self, name: str, _changes: Changes | None, status: TargetStatus | Exception | None) -> None:
        work = self._looking.pop(name, None)
        if work is not None:
            work.deleteLater()
        if status is None or isinstance(status, Exception):
            status = self._unreachable(name, status)
        if status is not None and any(place.name == name for place in self._overview.places):
            self._statuses[name] = status
            self._show_targets()

    def _unreachable(self, name: str, error: Exception | None) -> TargetStatus | None:
        if error is None:
            return None
        from engine.deployment.releases import TargetStatus

        return TargetStatus(name, False, message=str(error))

    # what a person does --------------------------------------------------------------------------------------------

    def _start(
        self,
        work: operations.Work,
        on_done: Callable[[Any], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
    ) -> TargetWork | None:
        if self._workspace is None:
            return None
        self.error.clear()
        running = TargetWork(self._workspace, work, self)
        self._works.add(running)

        def ended() -> None:
            self._works.discard(running)
            running.deleteLater()

        def done(changes: Changes, result: Any) -> None:
            ended()
            if changes:
                self.shell.changed.emit(changes, self)
            if on_done is not None:
                on_done(result)

        def failed(error: Exception) -> None:
            ended()
            (on_error or self.error.show_error)(error)

        running.done.connect(done)
        running.failed.connect(failed)
        running.stopped.connect(ended)
        running.asked.connect(self._answer)
        return running.start()

    def _answer(self, question: Question) -> None:
        dialog = PasswordDialog(self, question.text)
        dialog.accepted.connect(lambda: question.give(dialog.secret.text()))
        dialog.rejected.connect(lambda: question.give(None))
        dialog.open()

    def _ask_target(self) -> None:
        dialog = AddTargetDialog(self, frozenset(place.name for place in self._overview.places))
        dialog.accepted.connect(lambda: self._start(operations.add_target(dialog.new_target()), self._probe))
        dialog.open()

    def _probe(self, name: str) -> None:
        self._start(operations.probe(name), lambda _: self._look(), partial(self._not_reached, name, self._probe))

    def _not_reached(self, name: str, again: Callable[[str], object], error: Exception) -> None:
        """An unknown host key can be accepted; everything else is told."""
        fingerprint = getattr(error, "fingerprint", "")
        if not fingerprint:
            self._deploy_failed(error) if self._deploying else self.error.show_error(error)
            return
        dialog = HostKeyDialog(self, error.host, error.key_type, fingerprint)  # type: ignore[attr-defined]
        dialog.accepted.connect(
            lambda: self._start(operations.accept_host_key(name, fingerprint), lambda _: again(name))
        )
        dialog.rejected.connect(lambda: self.error.show_error(error))
        dialog.open()

    def _deploy_first(self) -> None:
        places = self._overview.places
        if not places:
            self._ask_target()
        elif len(places) == 1:
            self._deploy(places[0].name)
        else:
            from PySide6.QtWidgets import QMenu

            menu = QMenu(self)
            for place in places:
                menu.addAction(place.name, partial(self._deploy, place.name))
            menu.popup(self.deploy.mapToGlobal(self.deploy.rect().bottomLeft()))

    def _deploy(self, target: str) -> None:
        chosen, workspace = self.artifacts.current, self._workspace
        if chosen is None or workspace is None or self._deploying is not None:
            return

        def begin(blobs: list[tuple[str, int]]) -> None:
            title = self.tr("{0} to {1}").format(chosen.name, target)
            self.push.begin(title, layer_names(chosen.layers, blobs))
            self.scroll.ensureWidgetVisible(self.push)
            self._release(operations.deploy(chosen.digest, target), target, self._deploy)

        self.shell.read(
            lambda opened: read_layers(opened, chosen.digest), begin, "deployment.layers", self.error.show_error
        )

    def _roll_back(self, target: str) -> None:
        if self._deploying is None:
            self.push.begin(self.tr("Back to the release before on {}").format(target), [])
            self._release(operations.rollback(target), target, self._roll_back)

    def _release(self, work: operations.Work, target: str, again: Callable[[str], None]) -> None:
        running = self._start(work, self._deployed, partial(self._release_failed, target, again))
        if running is None:
            return
        self._deploying = running
        running.progressed.connect(self.push.show_progress)
        running.stopped.connect(self._push_stopped)
        self._show_targets()

    def _deployed(self, release: Release) -> None:
        self._deploying = None
        mode = mode_text(str(release.details.get("mode", "")))
        sent = release.details.get("push", {}).get("sent", 0)
        text = self.tr("{0} runs on {1}, {3}, at {4}; {2} were sent.")
        self.push.finish(text.format(release.name, release.target, size_text(sent), mode, release.endpoint))
        self._show_targets()
        self._look()
        self.shell.notice(
            self.tr("{0} runs on {1}.").format(release.name or release.artifact[:19], release.target),
            self.tr("Try an image"),
            lambda: self._try(release.target),
            "good",
        )

    def _release_failed(self, target: str, again: Callable[[str], None], error: Exception) -> None:
        self._deploying = None
        self._show_targets()
        if getattr(error, "fingerprint", ""):
            self.push.hide()
            self._not_reached(target, again, error)
        else:
            self._deploy_failed(error)
        self._read()
        self._look()

    def _deploy_failed(self, error: Exception) -> None:
        self.push.fail(error)

    def _push_stopped(self) -> None:
        self._deploying = None
        self.push.fail(self.tr("Stopped. What ran before still runs; what was sent stays for the next time."))
        self._show_targets()

    def _end(self, target: str) -> None:
        self._start(operations.remove_release(target), lambda _: self._look())

    def _remove(self, target: str) -> None:
        status = self._statuses.get(target)
        running = status.running.name if status and status.running else ""
        dialog = RemoveTargetDialog(self, target, running)
        dialog.accepted.connect(
            lambda: self._start(operations.remove_target(target), on_error=partial(self._stuck, target))
        )
        dialog.open()

    def _stuck(self, target: str, error: Exception) -> None:
        """A target that cannot be reached can at least be forgotten."""
        self.error.show_error(
            error, self.tr("Forget it all the same"), lambda: self._start(operations.remove_target(target, clean=False))
        )

    def _show_release(self, target: str) -> None:
        if self._workspace is not None:
            self.release.begin(self._workspace, target)
            self.stack.setCurrentWidget(self.release)

    def _show_log(self, target: str) -> None:
        self._log_target = target
        self.log_card.set_heading(self.tr("Log of {}").format(target))
        self.log_card.show()
        self._start(operations.read_log(target), self._take_log)

    def _log_again(self) -> None:
        self._show_log(self._log_target)

    def _take_log(self, text: str) -> None:
        self.log.setPlainText(text or self.tr("It has written nothing yet."))
        self.log.verticalScrollBar().setValue(self.log.verticalScrollBar().maximum())
        QTimer.singleShot(0, self, lambda: self.scroll.ensureWidgetVisible(self.log_card))

    def _try(self, target: str) -> None:
        self.trying.begin(target)
        QTimer.singleShot(0, self, lambda: self.scroll.ensureWidgetVisible(self.trying))

    def _predict(self, target: str, path: str) -> None:
        self.shell.read(
            lambda _: read_image(path),
            lambda read: self.trying.waiting(read[0], read[1], Path(path).name),
            key="deployment.image",
        )
        self._start(operations.predict(target, Path(path)), self._answered, self.trying.fail)

    def _answered(self, answer: dict[str, Any]) -> None:
        self.trying.show_answer(answer)

    def _save_file(self, digest: str) -> None:
        chosen = self.artifacts.current
        name = f"{chosen.name.replace(':', '-')}.tar" if chosen else "artifact.tar"
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save the artifact"), str(Path.home() / name), "*.tar")
        if path:
            self._start(operations.save_archive(digest, Path(path)), self._saved_file)

    def _saved_file(self, path: Path) -> None:
        self.shell.notice(self.tr("Saved as {}; load it with: docker load -i {}").format(path, path.name), kind="good")
