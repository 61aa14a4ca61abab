"""The deployment page: artifacts, targets and what runs there, push, try an image, roll back, logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.deployment.artifacts_card import ArtifactsCard
from app.gui.deployment.collect_card import CollectCard
from app.gui.deployment.deploy_dialog import DeployDialog
from app.gui.deployment.fleets import Fleets
from app.gui.deployment.log_card import LogCard
from app.gui.deployment.looks import Looks
from app.gui.deployment.places import Places
from app.gui.deployment.push_card import PushCard, size_text
from app.gui.deployment.pushing import Pushing
from app.gui.deployment.reading import Overview, Place, line_of, read_image, read_overview
from app.gui.deployment.release_page import ReleasePage, read_rollouts
from app.gui.deployment.takt_card import TaktCard
from app.gui.deployment.targets_card import TargetsCard
from app.gui.deployment.try_card import TryCard
from app.gui.deployment.works import Works
from app.gui.operations import deployment as operations
from app.gui.shell.page import Page
from app.gui.widgets.controls import Card, PageHead, button, label, primary_button
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.deployment.releases import TargetStatus
    from engine.workspace import Workspace


class DeploymentPage(Page):
    """One artifact, every place."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._overview = Overview()
        self._statuses: dict[str, TargetStatus] = {}
        self.empty = EmptyState("deployment", action=lambda: shell.go("evaluation"))
        self.head = PageHead()
        self.add, self.deploy = button("", self._add), primary_button("", self._deploy_first)
        for widget in (self.add, self.deploy):
            self.head.buttons.addWidget(widget)
        self.error = ErrorLine()
        self.looks, self.works = Looks(self), Works(self, self.error, shell.errands)
        self.stack = QStackedWidget(self)
        self.scroll = QScrollArea(self.stack)
        self._beside: QWidget = self.scroll  # what a person comes back to from a release

    def make(self) -> Iterator[None]:
        """The cards, and the pages of a release and of a fleet, one by one."""
        colors = self.shell.theme.color
        self.artifacts, self.targets, self.push = ArtifactsCard(), TargetsCard(colors), PushCard()
        self.no_target, self.no_artifact = (label("", "quiet", wrap=True) for _ in range(2))
        self.targets.body.addWidget(self.no_target)
        self.artifacts.body.addWidget(self.no_artifact)
        yield
        self.trying, self.log = TryCard(colors), LogCard(colors, self.works.start)
        self.collecting, self.takt = CollectCard(self.shell, self.works), TaktCard(colors)
        yield
        self.places = Places(self, self.works)
        self.pushing = Pushing(self.shell, self.works, self.places, self.push)
        self.fleets = Fleets(self.shell, self.works)
        yield
        self.release = ReleasePage(self.shell, self.works.start)
        yield
        yield from self._build()
        self._connect()
        self.retranslate()

    def _build(self) -> Iterator[None]:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.error)
        layout.addWidget(self.stack, 1)
        for part in (self.empty, self.scroll, self.release, self.fleets.page):
            self.stack.addWidget(part)
            yield
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget(self.scroll)
        self.scroll.setWidget(inner)
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(16)
        for part in (
            self.head, self.artifacts, self.push, self.takt, self.fleets.card, self.targets, self.collecting, self.trying,
            self.log,
        ):  # fmt: skip
            column.addWidget(part)
            yield
        column.addStretch(1)

    def _connect(self) -> None:
        self.artifacts.chosen.connect(self._show_chosen)
        self.artifacts.save_wanted.connect(self._save_file)
        self.artifacts.tree.dragged.connect(self.targets.show_drag)
        self.targets.wanted.connect(self._want)
        self.targets.ordered.connect(self._keep_order)
        self.release.left.connect(lambda: self.stack.setCurrentWidget(self._beside))
        self.fleets.opened.connect(lambda: self.stack.setCurrentWidget(self.fleets.page))
        self.fleets.page.left.connect(lambda: self.stack.setCurrentWidget(self.scroll))
        self.fleets.page.wanted.connect(self._want)
        self.trying.file_chosen.connect(self._predict)
        self.looks.seen.connect(self._seen)
        self.works.changed.connect(lambda changes: self.shell.changed.emit(changes, self))
        self.places.look_wanted.connect(self.looks.look)
        self.pushing.changed.connect(self._show_targets)
        self.pushing.ended.connect(self._read)
        self.pushing.ended.connect(self.looks.look)
        self.pushing.try_wanted.connect(self._try)
        self.pushing.measured.connect(self.takt.show_takt)
        self.shell.theme.theme_changed.connect(self.update)

    def opened(self, workspace: Workspace) -> None:
        """Show artifacts and targets of a workspace."""
        self.works.use(workspace)
        self.looks.use(workspace)
        self._overview, self._statuses = Overview(), {}
        self.stack.setCurrentWidget(self.empty)
        for card in (self.push, self.takt, self.trying, self.collecting):
            card.hide()
        self.error.clear()
        self.targets.show_folded(json.loads(str(self.shell.settings.value(self._setting("folded"), "[]"))))
        self._read()
        self.pushing.remind()
        self.shell.read(
            read_rollouts, lambda names: [self._show_release(name) for name in names[:1]], "deployment.rollouts"
        )

    def closed(self) -> None:
        """Stop what is under way; what was pushed stays on the targets."""
        self.release.end()
        self.fleets.page.end()
        self.log.end()
        self.looks.close()
        self.works.close()

    def shown(self, **_: Any) -> None:
        """Look at the targets while the page is seen."""
        self.looks.begin()
        self._read()
        self._show_head()

    def hideEvent(self, event: object) -> None:
        """Look no more while nobody sees it."""
        self.looks.rest()
        super().hideEvent(event)  # type: ignore[arg-type]  # the event's own type is Qt's

    def refresh(self, changes: Changes) -> None:
        """Artifacts, targets or releases changed."""
        if changes.touches("artifacts", "targets", "releases", "fleets"):
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
        for card in (
            self.artifacts, self.targets, self.push, self.takt, self.trying, self.collecting, self.log, self.release,
            self.fleets,
        ):  # fmt: skip
            card.retranslate()
        self._show_overview(self._overview)

    def commands(self) -> list[tuple[str, Any]]:
        """For the command palette."""
        mine = [(self.tr("Add target"), self._add), (self.tr("Deploy the chosen artifact"), self._deploy_first)]
        seen = self.stack.currentWidget()
        mine += self.release.commands() if seen is self.release else []
        return mine + (self.fleets.page.commands() if seen is self.fleets.page else [])

    # what is there -------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        if self.shell.workspace is not None:
            self.shell.read(
                read_overview, self._show_overview, key="deployment.overview", on_error=self.error.show_error
            )
            self.fleets.read()

    def _show_overview(self, overview: Overview) -> None:
        names = [place.name for place in overview.places if not place.fleet]
        self._overview = overview
        self.fleets.show_places(overview.places)
        if not overview.artifacts and not overview.places:
            self.stack.setCurrentWidget(self.empty)
            return
        if self.stack.currentWidget() is self.empty:
            self.stack.setCurrentWidget(self.scroll)
        self.artifacts.tree.setVisible(bool(overview.artifacts))
        self.no_artifact.setVisible(not overview.artifacts)
        self.no_target.setVisible(not overview.places)
        self.targets.setVisible(bool(names) or not overview.places)
        self.artifacts.show_lines(overview.artifacts)
        self._statuses = {name: status for name, status in self._statuses.items() if name in names}
        self._show_targets()
        self.looks.watch(names)

    def _show_targets(self) -> None:
        chosen, names = self.artifacts.current, self._overview.names
        lines = [
            line_of(place, self._statuses.get(place.name), names, chosen) for place in self._places() if not place.fleet
        ]
        free = not self.pushing.busy and bool(self._overview.artifacts)
        self.targets.show_lines(lines, can_deploy=free)
        self.deploy.setEnabled(free and bool(self._overview.places))
        if self.isVisible():
            healthy = sum(line.health in ("running", "published") for line in lines)
            count = self.tr("1 target") if len(lines) == 1 else self.tr("{} targets").format(len(lines))
            self.shell.set_status(self.tr("{0} · {1} healthy").format(count, healthy))

    def _places(self) -> list[Place]:
        """In the order that a person gave them; new ones last."""
        order: list[str] = json.loads(str(self.shell.settings.value(self._setting("order"), "[]")))
        known = {name: number for number, name in enumerate(order)}
        return sorted(self._overview.places, key=lambda place: (known.get(place.name, len(known)), place.name))

    def _setting(self, name: str) -> str:
        workspace = self.shell.workspace
        return f"deployment/{name}/{workspace.id if workspace else ''}"

    def _keep_order(self, names: list[str]) -> None:
        self.shell.settings.set_value(self._setting("order"), json.dumps(names))
        self._show_targets()

    def _show_chosen(self) -> None:
        self._show_head()
        self._show_targets()

    def _show_head(self) -> None:
        chosen = self.artifacts.current
        if chosen is None:
            self.head.text.setText(self.tr("The same artifact, everywhere."))
            self.deploy.setText(self.tr("Deploy"))
            return
        text = self.tr("The same artifact, everywhere. Digest {0} · {1}")
        self.head.text.setText(text.format(chosen.short, size_text(chosen.bytes)))
        self.deploy.setText(self.tr("Deploy {}").format(chosen.name))

    def _seen(self, name: str, status: TargetStatus) -> None:
        if any(place.name == name for place in self._overview.places):
            self._statuses[name] = status
            self._show_targets()

    # what a person does --------------------------------------------------------------------------------------------

    def _add(self) -> None:
        self.places.add(place.name for place in self._overview.places)

    def _want(self, what: str, target: str) -> None:
        """A row of the targets asks for something."""
        match what:
            case "deploy":
                self._deploy(target)
            case "choose":
                self._ask_deploy(target)
            case "fold":
                self.shell.settings.set_value(self._setting("folded"), json.dumps(self.targets.folded))
            case "edit":
                self.places.edit(self._place(target))
            case "keep":
                self.places.keep(self._place(target))
            case "collect":
                self.collecting.begin(target)
                self._bring_up(self.collecting)
            case _:
                actions = {
                    "rollback": self.pushing.roll_back, "log": self._show_log, "try": self._try,
                    "release": self._show_release, "probe": self.places.probe, "end": self.places.end, "remove": self._remove,
                }  # fmt: skip
                actions[what](target)

    def _place(self, target: str) -> Place:
        return next(place for place in self._overview.places if place.name == target)

    def _deploy_first(self) -> None:
        places = self._overview.places
        if not places:
            self._add()
        elif len(places) == 1:
            self._deploy(places[0].name)
        else:
            self._ask_deploy("")

    def _ask_deploy(self, target: str) -> None:
        chosen, places = self.artifacts.current, self._places()
        if chosen is not None and places and not self.pushing.busy:
            dialog = DeployDialog(self, self._overview.artifacts, places, chosen.digest, target)
            dialog.accepted.connect(lambda: self._deploy_chosen(dialog))
            dialog.open()

    def _deploy_chosen(self, dialog: DeployDialog) -> None:
        if (wanted := dialog.in_time) is not None:
            self.pushing.measure(*wanted, dialog.chosen[1], dialog.pipeline)
            self._bring_up(self.push)
        else:
            self.pushing.deploy(*dialog.chosen, dialog.pipeline)

    def _deploy(self, target: str) -> None:
        if self.artifacts.current is not None:
            self.pushing.deploy(self.artifacts.current.digest, target)
            self._bring_up(self.push)

    def _remove(self, target: str) -> None:
        status = self._statuses.get(target)
        self.places.remove(target, status.running.name if status and status.running else "")

    def _show_release(self, target: str) -> None:
        if self.shell.workspace is not None:
            seen = self.stack.currentWidget()
            self._beside = seen if seen is self.fleets.page else self.scroll
            self.release.begin(self.shell.workspace, target)
            self.stack.setCurrentWidget(self.release)

    def _show_log(self, target: str) -> None:
        self.stack.setCurrentWidget(self.scroll)
        self.log.follow(target)
        self._bring_up(self.log)

    def _try(self, target: str) -> None:
        self.trying.begin(target)
        self._bring_up(self.trying)

    def _bring_up(self, card: Card) -> None:
        """Scroll to a card once it has its place."""
        QTimer.singleShot(0, self, lambda: self.scroll.ensureWidgetVisible(card))

    def _predict(self, target: str, path: str) -> None:
        self.shell.read(
            lambda _: read_image(path),
            lambda read: self.trying.waiting(read[0], read[1], Path(path).name),
            key="deployment.image",
        )
        self.works.start(operations.predict(target, Path(path)), self.trying.show_answer, self.trying.fail)

    def _save_file(self, digest: str) -> None:
        chosen = self.artifacts.current
        name = f"{chosen.name.replace(':', '-')}.tar" if chosen else "artifact.tar"
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save the artifact"), str(Path.home() / name), "*.tar")
        if path:
            self.works.start(operations.save_archive(digest, Path(path)), self._saved_file)

    def _saved_file(self, path: Path) -> None:
        self.shell.notice(self.tr("Saved as {}; load it with: docker load -i {}").format(path, path.name), kind="good")
