"""The model page: the gallery of templates, and the editor of one graph, saved as it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QPoint, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QMenu, QStackedWidget, QVBoxLayout

from app.gui.modeling.analysis import Analysis, analyse
from app.gui.modeling.commands import Change
from app.gui.modeling.editor import GraphEditor
from app.gui.modeling.gallery import Gallery
from app.gui.modeling.library import graph_of, language, show_graph, state_of
from app.gui.modeling.running import Running
from app.gui.modeling.train_dialog import TRY, TrainDialog, VersionChoice
from app.gui.modeling.views import ProblemView
from app.gui.operations import modeling as operations
from app.gui.operations import sweeps, training
from app.gui.operations.workspaces import allow
from app.gui.shell.page import Page
from app.gui.shell.work import Task
from app.gui.widgets.controls import button
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine
from app.gui.widgets.tasks import task_name
from engine.familiar import NotAllowed

if TYPE_CHECKING:
    from datetime import datetime

    from app.gui.shell.shell import Shell
    from engine.changes import Changes
    from engine.modeling.completion import Completion
    from engine.modeling.figures import Figures
    from engine.modeling.graph import Graph
    from engine.modeling.readback import ReadBack
    from engine.training.expect import Data, Time
    from engine.workspace import Workspace

SAVE_AFTER_MS = 400
ESTIMATE_AFTER_MS = 1500  # whoever takes a template at once need not wait for measurements
RUNS_OFFERED = 12


class ModelingPage(Page):
    """Draw, check, train."""

    undoes = True

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._names: list[str] = []
        self._wanted = ""
        self._take: Graph | None = None  # values of a trial, for the graph that is about to be shown
        self._unsaved = False
        self._measured: tuple[str, Figures] | None = None  # with the code that was measured
        self._asked = ""  # the code that was given to be measured last; what failed is not tried again
        self._measuring = False
        self._estimated: set[str] = set()  # the templates whose time was measured
        self._estimates_due = QTimer(self, singleShot=True, interval=ESTIMATE_AFTER_MS, timeout=self._estimate)
        self._workspace: Workspace | None = None
        self.stack = QStackedWidget(self)
        self.gallery = Gallery(shell.theme.color, self.stack)
        self.empty = EmptyState("modeling")
        self.error = ErrorLine()
        self.graphs = QComboBox()
        self.graphs.setMinimumWidth(110)
        self.new = button("", self._show_gallery, icon=shell.icon("add"))
        self._save_timer = QTimer(self, singleShot=True, interval=SAVE_AFTER_MS, timeout=self._save)

    def make(self) -> Iterator[None]:
        """The editor, the page around it, and the icons, a few at a time."""
        yield
        self.editor = GraphEditor(self.shell.theme.color, self.stack, whole=False)
        yield
        self.editor.finish()
        yield
        self.running = Running(self.shell, self.editor)
        self._lay_out()
        self._connect()
        self.retranslate()
        yield from self.editor.set_icons(self.shell.icon)

    def _lay_out(self) -> None:
        self.editor.bar_left.addWidget(self.graphs)
        self.editor.bar_left.addWidget(self.new)
        for widget in (self.empty, self.gallery, self.editor):
            self.stack.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.error)
        layout.addWidget(self.stack, 1)

    def _connect(self) -> None:
        self.gallery.chosen.connect(self._create)
        self.gallery.cancelled.connect(self._back)
        self.graphs.activated.connect(lambda: self._open(self.graphs.currentText()))
        self.editor.stack.indexChanged.connect(self._edited)
        self.editor.check_due.connect(self._check)
        self.editor.code.look_wanted.connect(self._look_at_code)
        self.editor.code.take_wanted.connect(self._take_code)
        self.editor.code.completer.wanted.connect(self._complete)
        self.editor.scene.picked.connect(lambda _: self._show_figures())
        self.editor.train_wanted.connect(self._ask_train)
        self.editor.scene.picked.connect(lambda _: self._show_status())
        self.shell.theme.theme_changed.connect(self._recolor)
        QShortcut(QKeySequence.StandardKey.Save, self, activated=self._save)
        QShortcut(QKeySequence("Ctrl+Return"), self, activated=self._check_anew)
        self.editor.measure_wanted.connect(self._check_anew)
        self.editor.compare_wanted.connect(self._ask_what_to_compare)
        self.editor.minimap_action.setChecked(bool(int(self.shell.settings.value("modeling.minimap", 1))))
        self.editor.minimap_action.toggled.connect(
            lambda on: self.shell.settings.set_value("modeling.minimap", int(on))
        )

    def opened(self, workspace: Workspace) -> None:
        """Show the graphs of a workspace."""
        self.stack.setCurrentWidget(self.empty)
        self._workspace = workspace
        self._names, self._wanted, self._unsaved = [], "", False
        self.editor.document.load("", [], [])
        self.running.opened()
        self._read_names()

    def closed(self) -> None:
        """Write what is not written yet, before the workspace is closed by the same queue."""
        workspace, self._workspace = self._workspace, None
        if self._unsaved and workspace is not None:
            operation = operations.save_graph(graph_of(self.editor.document))
            self.shell.work.write(Task(lambda: operation(workspace), None, self.shell.show_error))
        self._save_timer.stop()
        self._unsaved = False
        self._names = []

    def hideEvent(self, event: object) -> None:
        """Nothing stays unwritten when another page or nothing is shown."""
        self._save()
        super().hideEvent(event)  # type: ignore[arg-type]

    def shown(self, graph: str = "", take: Graph | None = None, **_: Any) -> None:
        """Show a graph by name, or what was shown before; `take` puts that drawing in its place, as one step."""
        self._take = take
        if graph:
            self._open(graph)
        elif self.shell.workspace is not None:
            self._read_names()
        self.running.look()
        self._show_status()

    def refresh(self, changes: Changes) -> None:
        """Read the list again when graphs changed."""
        if changes.touches("graphs"):
            self._read_names()
        self.running.refresh(changes)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.new.setText(self.tr("New"))
        self.new.setToolTip(self.tr("Begin another model from a template"))
        self.graphs.setToolTip(self.tr("The model graphs of this workspace"))
        self.graphs.setAccessibleName(self.tr("Model graph"))
        self.empty.show_text(
            self.tr("No models yet"),
            self.tr("A model is drawn here: data, augmentation, network, loss, training. Begin with a template."),
            self.tr("Choose a template"),
            "lineside model new NAME --recipe detection",
        )
        self.gallery.retranslate()
        self.editor.retranslate()
        if self.editor.document.name:
            self._check()

    def commands(self) -> list[tuple[str, Any]]:
        """For the command palette."""
        editing = self.stack.currentWidget() is self.editor
        found: list[tuple[str, Any]] = [(self.tr("New model from a template"), self._show_gallery)]
        if editing:
            found += [
                (self.tr("Check the model"), self._check),
                (self.tr("Train the model"), self._ask_train),
                (self.tr("Run to here: what really flows"), self.editor.run_action.toggle),
                (self.tr("Show the whole model"), self.editor.canvas.fit),
                (self.tr("Compare the model with another or with a run"), self._ask_what_to_compare),
                (self.tr("Find in the model"), self.editor.find_bar.open_bar),
            ]
        return found

    def _read_names(self) -> None:
        if self.shell.workspace is None:
            return

        def read(workspace: Workspace) -> list[str]:
            from engine.modeling.graphs import list_graphs

            return [entry.name for entry in list_graphs(workspace)]

        self.shell.read(read, self._show_names, key="modeling.names")

    def _show_names(self, names: list[str]) -> None:
        self._names = names
        self.graphs.clear()
        self.graphs.addItems(names)
        current = self.editor.document.name
        if current in names:
            self.graphs.setCurrentText(current)
        if not names:
            if self.stack.currentWidget() is not self.gallery:
                self._show_gallery()
        elif self._wanted in names:
            self._open(self._wanted)
        elif current not in names:
            self._open(names[0])
        elif self.stack.currentWidget() is self.empty:
            self.stack.setCurrentWidget(self.editor)

    def _show_gallery(self) -> None:
        self.gallery.begin(self._names, can_go_back=bool(self._names))
        self.stack.setCurrentWidget(self.gallery)
        if self.isVisible():  # a page that is made ahead of time must not take the focus from the one in sight
            self.gallery.name.setFocus()
        self.gallery.name.selectAll()
        self._look_for_data()

    def _look_for_data(self) -> None:
        """What the workspace has for each template, and how long that took before; then what has to be measured."""
        if self.shell.workspace is None:
            return

        def read(workspace: Workspace) -> tuple[dict[str, Data], dict[str, Time]]:
            from engine.modeling.recipes import RECIPES
            from engine.training.expect import data_for, time_of_runs

            times = {name: time_of_runs(workspace, recipe) for name, recipe in RECIPES.items()}
            data = {name: data_for(workspace, recipe) for name, recipe in RECIPES.items()}
            return data, {name: time for name, time in times.items() if time is not None}

        self.shell.read(read, lambda found: self._show_data(*found), key="modeling.data", on_error=lambda _: None)

    def _show_data(self, data: dict[str, Data], times: dict[str, Time]) -> None:
        for name, one in data.items():
            self.gallery.show_data(name, one)
        for name, time in times.items():
            self.gallery.show_time(name, time)
        unknown = [name for name in data if name not in times and name not in self._estimated]
        for name in unknown:
            self.gallery.wait_for_time(name)
        if unknown:
            self._estimates_due.start()

    def _estimate(self) -> None:
        """Measure for one template after the other, in the process beside the window, while somebody looks at them."""
        waiting = [name for name in self.gallery.waiting if name not in self._estimated]
        looking = self.stack.currentWidget() is self.gallery and self.isVisible()
        if not waiting or not looking or self.shell.workspace is None:
            return
        name = waiting[0]

        def measure(workspace: Workspace) -> Time | None:
            from engine.modeling.recipes import RECIPES
            from engine.training.expect import data_for, estimated_time

            return estimated_time(RECIPES[name], data_for(workspace, RECIPES[name]))

        def show(time: Time | None) -> None:
            self._estimated.add(name)
            self.gallery.show_time(name, time)
            self._estimate()

        self.shell.read(measure, show, key="modeling.time", on_error=lambda _: show(None))

    def _back(self) -> None:
        self.stack.setCurrentWidget(self.editor if self._names else self.empty)

    def _create(self, recipe: str, name: str) -> None:
        self._wanted = name
        self.shell.run(operations.new_graph(name, recipe), self.tr("New model"), on_error=self.error.show_error)

    def _open(self, name: str) -> None:
        self._save()
        self._wanted = ""
        if self.shell.workspace is None:
            return

        def read(workspace: Workspace) -> Graph:
            from engine.modeling.graphs import load_graph

            return load_graph(workspace, name)

        self.shell.read(read, self._show_graph, key="modeling.graph", on_error=self.error.show_error)

    def _show_graph(self, graph: Graph) -> None:
        self.error.clear()
        self.editor.stack.clear()
        show_graph(self.editor.document, graph)
        self._unsaved = False
        self.graphs.setCurrentText(graph.name)
        self.stack.setCurrentWidget(self.editor)
        self.editor.canvas.fit_soon()
        if self._take is not None and self._take.name == graph.name:
            words = self.tr("Use values of a trial")
            self.editor.stack.push(Change(self.editor.document, state_of(self._take), words))
            self._take = None
        self._check()

    def _edited(self) -> None:
        if self.editor.document.name and (self.editor.stack.canUndo() or self.editor.stack.canRedo()):
            self._unsaved = True
            self._save_timer.start()
            self.shell.save_state("saving", self.tr("Model graph"))
        self._show_status()

    def _save(self) -> None:
        self._save_timer.stop()
        if not self._unsaved or self.shell.workspace is None:
            return
        self._unsaved = False
        graph = graph_of(self.editor.document)
        self.shell.run(
            operations.save_graph(graph),
            self.tr("Save model graph"),
            lambda _: self.error.clear(),
            self._not_saved,
            self,
        )

    def _not_saved(self, error: Exception) -> None:
        self._unsaved = True
        self.error.show_error(error, self.tr("Save again"), self._save)

    def _check(self) -> None:
        if not self.editor.document.name or self.shell.workspace is None:
            return
        graph, spoken = graph_of(self.editor.document), language()
        self.shell.read(lambda _: analyse(graph, spoken), self._show_analysis, key="modeling.check")

    def _look_at_code(self, text: str) -> None:
        self._read_code(text, lambda found: self.editor.code.show_look(text, found.lost))

    def _complete(self, text: str, line: int, column: int) -> None:
        """What could stand at a place of the code that is being typed; a failure offers nothing."""
        if self.shell.workspace is None:
            return

        def complete(_: Workspace) -> Completion | None:
            from engine.labeling.assist.companion import CompanionFailed, Superseded
            from engine.modeling.completion import complete

            try:
                return complete(text, line, column)
            except (Superseded, CompanionFailed):
                return None

        def show(found: Completion | None) -> None:
            if found is not None:
                self.editor.code.completer.show(text, [name.text for name in found.names], found.call)

        self.shell.read(complete, show, key="modeling.complete")

    def _take_code(self, text: str) -> None:
        def take(found: ReadBack) -> None:
            self.editor.code.end()
            self.editor.scene.clearSelection()
            document = self.editor.document
            words = QCoreApplication.translate("ModelCommands", "Edit code")
            self.editor.stack.push(Change(document, state_of(found.graph), words))

        self._read_code(text, take)

    def _read_code(self, text: str, then: Callable[[ReadBack], None]) -> None:
        """Read edited code back into a drawing, off the UI thread."""
        if self.shell.workspace is None:  # closed since the last key
            return
        base, panel = graph_of(self.editor.document), self.editor.code

        def read(_: Workspace) -> ReadBack:
            from engine.modeling.readback import from_code

            return from_code(text, base)

        def failed(error: Exception) -> None:
            panel.show_error(text, str(error), getattr(error, "line", 0))

        self.shell.read(read, then, key="modeling.code", on_error=failed)

    def _check_anew(self) -> None:
        self._measured, self._asked = None, ""
        self._check()

    def _measure(self, code: str) -> None:
        """A look at the network by PyTorch in the process beside the window."""
        if not code or self.shell.workspace is None or not self.isVisible():
            return
        if code == self._asked:
            return
        graph = graph_of(self.editor.document)

        def measure(workspace: Workspace) -> Figures | None:
            from engine.data.records import read_labels
            from engine.familiar import need_familiar
            from engine.labeling.assist.companion import Superseded
            from engine.modeling.figures import figures
            from engine.modeling.own_code import has_own_code

            if has_own_code(graph):
                need_familiar(workspace, "The code of this drawing")
            try:
                return figures(graph, len(read_labels(workspace)))
            except Superseded:
                return None

        self._asked, self._measuring = code, True
        self.shell.read(
            measure,
            lambda found: self._take_figures(code, found),
            key="modeling.measure",
            on_error=lambda error: self._not_measured(code, error),
        )

    def _take_figures(self, code: str, found: Figures | None) -> None:
        if code != self._asked:
            return
        self._measuring = False
        if found is not None and code == self.editor.analysis.code:
            self.error.clear()
            self._measured = (code, found)
            self._show_analysis(self.editor.analysis)

    def _not_measured(self, code: str, error: Exception) -> None:
        if code != self._asked:
            return
        self._measuring = False
        self._show_figures()
        if isinstance(error, NotAllowed):
            text = self.tr(
                "This workspace was made elsewhere. The code of its drawing is measured once you allow it, and can then do"
                " what you can."
            )
            self.error.show_error(text, self.tr("Allow it"), self._allow)
            return
        node = getattr(error, "node", "")
        if node not in self.editor.document.nodes or code != self.editor.analysis.code:
            self.error.show_error(error)
            return
        problem = ProblemView(node, str(getattr(error, "reason", error)))
        self.editor.show_analysis(replace(self.editor.analysis, problems=(*self.editor.analysis.problems, problem)))

    def _allow(self) -> None:
        allow(self.shell, self._check_anew)

    def _show_analysis(self, analysis: Analysis) -> None:
        if self._measured is not None and self._measured[0] != analysis.code:
            self._measured = None
        self.editor.measured_shapes = dict(self._measured[1].shapes) if self._measured is not None else {}
        self.editor.show_analysis(analysis)
        self._measure(analysis.code)
        self.running.look()
        self._show_figures()
        self._show_status()

    def _show_figures(self) -> None:
        document = self.editor.document
        whole = [
            (self.tr("Task"), task_name(str(document.head.get("task", ""))), ""),
            (self.tr("Components"), str(len(document.nodes)), ""),
            (self.tr("Connections"), str(len(document.edges)), ""),
        ]
        part: list[tuple[str, str, str]] = []
        if self._measured is not None:
            found = self._measured[1]
            whole += self._work(found.parameters, found.multiplications, found.memory)
            chosen = self.editor.scene.selected_nodes()
            node = found.nodes.get(chosen[0]) if len(chosen) == 1 else None
            if node is not None:
                side = self.tr("the whole image") if node.sight is None else f"{node.sight} × {node.sight} px"
                tip = self.tr("How much of the image one place of the answer depends on: the receptive field")
                part = [*self._work(node.parameters, node.multiplications, node.memory), (self.tr("Sees"), side, tip)]
        elif self._measuring:
            whole.append((self.tr("Parameters"), self.tr("measuring…"), ""))
        self.editor.inspector.show_figures(whole, part)

    def _work(self, parameters: int, multiplications: int, memory: int) -> list[tuple[str, str, str]]:
        of_one = self.tr("For one whole image, as the served model sees it; FLOPs are twice as many")
        return [
            (self.tr("Parameters"), _short(parameters), self.tr("Weights that are learnt, counted by PyTorch")),
            (self.tr("Multiplications"), _short(multiplications), of_one),
            (self.tr("Memory"), f"{QLocale().toString(memory / 1e6, 'f', 1)} MB", self.tr("Values on the way of one whole image, as 32-bit numbers")),
        ]  # fmt: skip

    def _show_status(self) -> None:
        document = self.editor.document
        if not document.name or not self.isVisible():
            return
        errors = self.editor.analysis.errors
        text = self.tr("Graph {} · {} components · {} · undo {}").format(
            document.name,
            len(document.nodes),
            self.tr("no errors")
            if not errors
            else self.tr("1 error")
            if errors == 1
            else self.tr("{} errors").format(errors),
            self.editor.stack.index(),
        )
        self.shell.set_status(text)

    def _ask_what_to_compare(self) -> None:
        def read(workspace: Workspace) -> list[tuple[str, datetime]]:
            from engine.training.runs import list_runs

            name = self.editor.document.name
            runs = sorted(list_runs(workspace), key=lambda run: run.graph != name)  # the newest of this drawing first
            return [(run.id, run.created) for run in runs[:RUNS_OFFERED] if (run.folder / "graph.json").is_file()]

        self.shell.read(read, self._offer_comparisons, key="modeling.runs", on_error=self.error.show_error)

    def _offer_comparisons(self, runs: list[tuple[str, datetime]]) -> None:
        menu = self.compare_menu(runs)
        menu.popup(self.editor.canvas.mapToGlobal(QPoint(self.editor.canvas.width() - 300, 8)))

    def compare_menu(self, runs: list[tuple[str, datetime]]) -> QMenu:
        """What the drawing can be compared with: other drawings, and runs as (id, when)."""
        menu = QMenu(self)
        names = [name for name in self._names if name != self.editor.document.name]
        menu.addSection(self.tr("Other drawings"))
        for name in names:
            menu.addAction(name, lambda name=name: self._compare(name, name))
        menu.addSection(self.tr("What a run was trained with"))
        for run_id, created in runs:
            when = QLocale().toString(QDateTime(created).toLocalTime(), QLocale.FormatType.ShortFormat)
            menu.addAction(f"{when} · {run_id}", lambda run_id=run_id: self._compare(run_id, run_id))
        if not names and not runs:
            menu.addAction(self.tr("There is no other drawing and no run yet")).setEnabled(False)
        return menu

    def _compare(self, what: str, told: str) -> None:
        def read(workspace: Workspace) -> Graph:
            from engine.training.runs import graph_of as find

            return find(workspace, what)

        def show(graph: Graph) -> None:
            self.editor.comparison.begin(graph, told)

        self.shell.read(read, show, key="modeling.compare", on_error=self.error.show_error)

    def _ask_train(self) -> None:
        self._save()

        task, of_tables = str(self.editor.document.head.get("task", "")), self._trains_tables

        def read(workspace: Workspace) -> tuple[list[VersionChoice], list[str], list[str]]:
            from app.gui.modeling.train_where import read_places
            from engine.data.versions import list_versions
            from engine.training.models import list_models

            found = [version for version in reversed(list_versions(workspace)) if version.is_table == of_tables]
            versions = [VersionChoice(v.name, v.items, v.annotations) for v in found]
            models = [model.title for model in list_models(workspace) if model.task == task]
            return versions, models, read_places(workspace)

        self.shell.read(read, self._open_train_dialog, key="modeling.versions", on_error=self.error.show_error)

    @property
    def _trains_tables(self) -> bool:
        return self.editor.document.head.get("task") == "tabular"

    def _open_train_dialog(self, found: tuple[list[VersionChoice], list[str], list[str]]) -> None:
        versions, models, places = found
        nodes = self.editor.document.nodes.values()
        node = next((node for node in nodes if node.type == "train.fit"), None)
        parameters = dict(node.parameters) if node is not None else {}
        name = self.editor.document.name
        dialog = TrainDialog(
            name, versions, parameters, node.id if node else "", self.shell, self,
            models=models, table=self._trains_tables, places=places,
        )  # fmt: skip
        dialog.show_rate(next((node for node in nodes if node.type.startswith("optimiser.")), None))
        dialog.accepted.connect(lambda: self._train(dialog))
        dialog.finished.connect(lambda answer: self._ask_sweep(dialog, versions) if answer == TRY else None)
        dialog.open()

    def _ask_sweep(self, asked: TrainDialog, versions: list[VersionChoice]) -> None:
        from app.gui.modeling.sweep_dialog import SweepDialog
        from engine.training.sweeps.space import offers

        graph = graph_of(self.editor.document)
        chosen = str(asked.version.currentData() or "")
        dialog = SweepDialog(graph, offers(graph), [version.name for version in versions], chosen, self)
        dialog.accepted.connect(lambda: self._sweep(dialog.order()))
        dialog.open()

    def _sweep(self, order: sweeps.SweepOrder) -> None:
        self.error.clear()
        self.shell.run(
            sweeps.start_sweep(order),
            self.tr("Try values"),
            on_done=lambda sweep: self.shell.go("training", sweep=sweep),
            on_error=self.error.show_error,
        )

    def _train(self, dialog: TrainDialog) -> None:
        self.error.clear()
        self.shell.run(
            training.start_training(dialog.order()),
            self.tr("Start training"),
            on_done=lambda run: self.shell.go("training", run=run),
            on_error=self.error.show_error,
        )

    def _recolor(self) -> None:
        self.editor.recolor()
        for _ in self.editor.set_icons(self.shell.icon):
            pass
        self.new.setIcon(self.shell.icon("add"))
        self.gallery.recolor()


def _short(count: int) -> str:
    """A large number as people compare it."""
    for least, unit in ((1e9, "G"), (1e5, "M")):
        if count >= least:
            return f"{QLocale().toString(count / (1e9 if unit == 'G' else 1e6), 'f', 2)} {unit}"
    return QLocale().toString(count)
