"""The evaluation page: figures against the model before, confusion, curves, and the items behind every cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.gui.evaluation.abouts import About
from app.gui.evaluation.card_dialog import CardDialog
from app.gui.evaluation.certainty_tab import CertaintyTab
from app.gui.evaluation.checks_tab import ChecksTab
from app.gui.evaluation.compare_tab import CompareTab
from app.gui.evaluation.confusion import NONE, ConfusionMatrix
from app.gui.evaluation.costs import CostCard
from app.gui.evaluation.errors_tab import ErrorsTab
from app.gui.evaluation.figures import FigureRow
from app.gui.evaluation.groups_tab import GroupsTab
from app.gui.evaluation.insights import Insights, InsightTab
from app.gui.evaluation.label_tables import LabelTables
from app.gui.evaluation.points_tab import PointsTab
from app.gui.evaluation.reading import (
    Choices,
    ModelChoice,
    Seen,
    VersionChoice,
    read_card_notes,
    read_choices,
    read_evaluation,
)
from app.gui.evaluation.robustness_tab import RobustnessTab
from app.gui.evaluation.tiles import Tile, TileList, cell_tiles, item_tiles, worst_tiles
from app.gui.evaluation.why_card import WhyCard
from app.gui.operations import evaluation as operations
from app.gui.shell.page import Page
from app.gui.widgets.controls import Card, button, label, link_button, primary_button
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from app.gui.widgets.curves import Curves
    from engine.changes import Changes
    from engine.packaging.card.notes import Notes
    from engine.workspace import Workspace

PRECISIONS = ("torch", "fp32", "bf16", "int8")
SPLITS = ("test", "val", "train")


class EvaluationPage(Page):
    """What a model finds and misses, and why."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._choices = Choices()
        self._seen: Seen | None = None
        self._wanted_run = ""
        self._evaluate_wanted = False
        self._cell: tuple[str, str] | None = None
        self._items: tuple[str, list[int]] | None = None
        self._work = ""
        self.curves: Curves | None = None
        self.no_model = EmptyState("evaluation", action=lambda: shell.go("modeling"))
        self.not_yet = EmptyState("evaluation", action=self._evaluate)
        self.strip = JobStrip(shell)
        self.strip.ended.connect(self._job_ended)
        self.error = ErrorLine()
        self._make_head()

    def make(self) -> Iterator[None]:
        """The cards, and the tabs of the card behind the figures, a few at a time."""
        yield from self._make_results()
        yield
        self._build()
        yield
        self.shell.theme.theme_changed.connect(self._recolor)
        self.retranslate()
        yield
        self.robustness = RobustnessTab(self.shell)
        self.robustness.measure_wanted.connect(self._measure_robustness)
        tabs: list[tuple[Callable[[], str], Callable[[], InsightTab]]] = [
            (lambda: self.tr("Compare"), lambda: CompareTab(self.shell)),
            (lambda: self.tr("Kinds of mistake"), lambda: ErrorsTab(self.shell)),
            (lambda: self.tr("Points"), lambda: PointsTab(self.shell)),
            (lambda: self.tr("Groups"), lambda: GroupsTab(self.shell)),
            (lambda: self.tr("Certainty"), lambda: CertaintyTab(self.shell)),
            (lambda: self.tr("Robustness"), lambda: self.robustness),
            (lambda: self.tr("Checks"), lambda: ChecksTab(self.shell)),
        ]
        for name, tab in tabs:
            yield
            self.insights.add(name, tab())

    def _make_head(self) -> None:
        self.title, self.against = label("", "title"), label("", "quiet")
        self.model, self.version, self.split, self.precision = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        for box in (self.model, self.version, self.split, self.precision):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.model.activated.connect(self._model_chosen)
        self.version.activated.connect(lambda _: self._fill_splits())
        for box in (self.model, self.version, self.split, self.precision):
            box.activated.connect(lambda _: self._read())
        self.evaluate, self.export = button("", self._evaluate), button("", self._export)
        self.card = button("", self._ask_card)
        self.package = primary_button("", self._package)

    def _make_results(self) -> Iterator[None]:
        yield
        colors = self.shell.theme.color
        self.figures = FigureRow()
        self.matrix = ConfusionMatrix(colors)
        self.matrix.cell_chosen.connect(self._show_cell)
        self.labels = LabelTables(colors)
        self.labels.cell_chosen.connect(self._show_label)
        self.confusion_card, self.items_card, self.pr_card = Card(), Card(), Card()
        yield
        self.costs = CostCard(self.shell)
        self.costs.answered.connect(lambda: self.figures.show_cost(self.costs.money))
        self.costs.items_wanted.connect(self._show_items)
        self.insights = Insights()
        self.insights.items_wanted.connect(self._show_items)
        self.confusion_card.body.addWidget(self.matrix)
        self.confusion_card.body.addWidget(self.labels)
        self.confusion_card.body.addStretch(1)
        self.tiles = TileList()
        self.tiles.opened.connect(lambda item: self.shell.go("labeling", item=item))
        yield
        self.why = WhyCard(self.shell)
        self.tiles.looked_at.connect(self._show_why)
        self.worst = link_button("", self._show_worst)
        self.open_data = link_button("", self._open_in_data)
        for widget in (self.open_data, self.worst):
            self.items_card.head.addWidget(widget)
        self.nothing = label("", "quiet")
        self.items_card.body.addWidget(self.nothing)
        self.items_card.body.addWidget(self.tiles, 1)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        scroll = self.scroll = QScrollArea(self)
        layout.addWidget(scroll)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.inner = QWidget(scroll)
        scroll.setWidget(self.inner)
        page = QVBoxLayout(self.inner)
        page.setContentsMargins(20, 20, 20, 20)
        page.setSpacing(12)
        page.addWidget(self._head())
        page.addWidget(self.error)
        page.addWidget(self.strip)
        self.results = QWidget(self.inner)
        for widget in (self.no_model, self.not_yet, self.results):
            page.addWidget(widget, 1)
        self._put_up(self.no_model)
        column = QVBoxLayout(self.results)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.figures)
        grid = QGridLayout()
        grid.setSpacing(16)
        column.addLayout(grid)
        grid.addWidget(self.confusion_card, 0, 0)
        grid.addWidget(self.costs, 0, 1)
        grid.setColumnStretch(0, 6)
        grid.setColumnStretch(1, 5)
        column.addWidget(self.insights)
        column.addWidget(self.items_card)
        column.addWidget(self.why)
        self.pr_card.setMinimumHeight(260)
        column.addWidget(self.pr_card)

    def _head(self) -> QWidget:
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(8)
        first.addWidget(self.title)
        first.addWidget(self.against, 1)
        for widget in (self.card, self.export, self.evaluate, self.package):
            first.addWidget(widget)
        self.names = [label("", "quiet") for _ in range(4)]
        for name, box in zip(self.names, (self.model, self.version, self.split, self.precision), strict=True):
            name.setBuddy(box)
            second.addWidget(name)
            second.addWidget(box)
            second.addSpacing(8)
        second.addStretch(1)
        column.addLayout(first)
        column.addLayout(second)
        self.choice_row = head
        return head

    def opened(self, workspace: Workspace) -> None:
        """Offer the models of a workspace."""
        self._seen, self._cell, self._items = None, None, None
        self.strip.clear()
        self.why.clear()
        self.error.clear()
        self._put_up(self.no_model)
        self._read_choices()

    def _put_up(self, wanted: QWidget) -> None:
        """Show one of the states; the others take no room, so that a short one needs no scrolling."""
        for widget in (self.no_model, self.not_yet, self.results):
            widget.setVisible(widget is wanted)

    def closed(self) -> None:
        """Write what is not written yet, and follow nothing any more."""
        self.costs.flush()
        self.strip.clear()
        self.why.clear()

    def shown(self, run: str = "", model: str = "", evaluate: bool = False, **_: Any) -> None:
        """Show a model by its title or its run; `evaluate` measures it when that was not done yet."""
        self._wanted_run, self._evaluate_wanted = run or model, evaluate
        if self.curves is None:
            from app.gui.widgets.curves import Curves

            self.curves = Curves(self.shell.theme.color, (12, -8))
            self.pr_card.body.addWidget(self.curves, 1)
            self._show_curves()
        self._read_choices()

    def refresh(self, changes: Changes) -> None:
        """Models, versions or evaluations changed."""
        if changes.touches("models", "versions", "evaluations", "runs"):
            self._read_choices()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.no_model.show_text(
            self.tr("No model to look at yet"),
            self.tr("Train a model first; here stands what it finds, misses and rejects falsely on unseen images."),
            self.tr("Go to the model"),
            "lineside evaluate MODEL --version V --split test",
        )
        texts = (self.tr("Model"), self.tr("Data version"), self.tr("Items"), self.tr("Computed as"))
        boxes = (self.model, self.version, self.split, self.precision)
        for name, box, text in zip(self.names, boxes, texts, strict=True):
            name.setText(text)
            box.setAccessibleName(text)
        self.precision.setToolTip(self.tr("torch: as trained; the others: as exported for the line"))
        self.evaluate.setText(self.tr("Evaluate"))
        self.evaluate.setToolTip(self.tr("Look at every item of this choice and measure"))
        self.export.setText(self.tr("Export"))
        self.export.setToolTip(self.tr("Write the model as ONNX and OpenVINO in FP32, BF16 and INT8, and measure each"))
        self.card.setText(self.tr("Model card…"))
        self.card.setToolTip(self.tr("Write all that is known of the model as one page or PDF, for an auditor"))
        self.matrix.retranslate()
        self.labels.retranslate()
        self.costs.retranslate()
        self.pr_card.set_heading(self.tr("Precision over recall"), self.tr("by label; up and right is better"))
        self.worst.setText(self.tr("Worst items"))
        self.open_data.setText(self.tr("Open in Data"))
        self.nothing.setText(self.tr("None."))
        self.strip.retranslate()
        if self.curves is not None:
            self.curves.retranslate()
        self.insights.retranslate()
        self.why.retranslate()
        self._show()
        self._show_again()

    def commands(self) -> list[tuple[str, Any]]:
        """For the command palette."""
        return [(self.tr("Evaluate the model"), self._evaluate), (self.tr("Package the model"), self._package)]

    # choices -------------------------------------------------------------------------------------------------------

    def _read_choices(self) -> None:
        if self.shell.workspace is not None:
            self.shell.read(read_choices, self._show_choices, key="evaluation.choices", on_error=self.error.show_error)

    def _show_choices(self, choices: Choices) -> None:
        self._choices = choices
        before = self.model.currentData()
        self.model.clear()
        for model in choices.models:
            self.model.addItem(model.title, model.id)
        wanted = next((m.id for m in choices.models if self._wanted_run in (m.run, m.title) and self._wanted_run), None)
        row = self.model.findData(wanted if wanted is not None else before)
        self.model.setCurrentIndex(max(0, row))
        self.choice_row.setVisible(bool(choices.models))
        if not choices.models:
            self._seen = None
            self._put_up(self.no_model)
            return
        version = self.version.currentData()
        self.version.clear()
        for choice in choices.versions:
            self.version.addItem(choice.name, choice.id)
        if wanted is not None or self.version.findData(version) < 0:
            self._choose_version()
        else:
            self.version.setCurrentIndex(self.version.findData(version))
        if wanted is not None:
            self._wanted_run = ""
        self._fill_splits()
        self._read()

    def _model_chosen(self) -> None:
        self._wanted_run = ""
        self._choose_version()

    def _choose_version(self) -> None:
        """The version that the model was trained on: its test items were never seen."""
        model = self._model()
        row = self.version.findData(model.version_id) if model else -1
        self.version.setCurrentIndex(max(0, row))
        self._fill_splits()

    def _fill_splits(self) -> None:
        splits = next((v.splits for v in self._choices.versions if v.id == self.version.currentData()), {})
        before = self.split.currentData()
        self.split.clear()
        words = {"test": self.tr("Test"), "val": self.tr("Validation"), "train": self.tr("Training")}
        for name in SPLITS:
            if splits.get(name):
                self.split.addItem(f"{words[name]} · {splits[name]}", name)
        self.split.setCurrentIndex(max(0, self.split.findData(before)))
        if not self.precision.count():
            for name in PRECISIONS:
                self.precision.addItem({"torch": self.tr("as trained")}.get(name, name.upper()), name)

    def _model(self) -> ModelChoice | None:
        return next((model for model in self._choices.models if model.id == self.model.currentData()), None)

    def _version(self) -> VersionChoice | None:
        return next((version for version in self._choices.versions if version.id == self.version.currentData()), None)

    def _read(self) -> None:
        model, version, split = self._model(), self._version(), self.split.currentData()
        if model is None or version is None or not split or self.shell.workspace is None:
            self._seen = None
            self._show()
            return
        chosen = (model.id, version.id, split, self.precision.currentData() or "torch")
        self.shell.read(
            lambda workspace: read_evaluation(workspace, *chosen),
            self._take,
            key="evaluation.read",
            on_error=self.error.show_error,
        )

    def _take(self, seen: Seen | None) -> None:
        changed = seen is None or self._seen is None or seen.id != self._seen.id
        self._seen = seen
        if changed:
            self._cell = self._items = None
            self.why.clear()
        self._show()
        if seen is not None and changed:
            self._show_worst()
        if self._wanted_run:  # the model of a run that has just ended is not in the list yet
            return
        if seen is None and self._evaluate_wanted and not self.strip.job:
            self._evaluate()
        self._evaluate_wanted = False

    # what is seen --------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        model, seen = self._model(), self._seen
        if model is None:
            self._put_up(self.no_model)
            return
        self.title.setText(model.title)
        self.package.setText(self.tr("Package {}").format(model.title))
        self.package.setToolTip(self.tr("Make the container artifact that runs on every target"))
        if seen is None:
            self.against.setText("")
            self.not_yet.show_text(
                self.tr("Not evaluated on this choice yet"),
                self.tr("Every item of the split is looked at; it takes from seconds to a few minutes."),
                "" if self.strip.job else self.tr("Evaluate {}").format(model.title),
                f"lineside evaluate {model.title} --version {self.version.currentText()} --split {self.split.currentData()}",
            )
            self._put_up(self.not_yet)
            self._tell_status()
            return
        items = int(seen.metrics.get("items") or 0)
        text = self.tr("against {0} on {1}, {2}, {3} items") if seen.before else self.tr("on {1}, {2}, {3} items")
        self.against.setText(text.format(seen.before, seen.version, self.split.currentText().split(" · ")[0], items))
        self._put_up(self.results)
        self.figures.show_seen(seen)
        self.insights.show_seen(seen)
        self._show_mistakes(seen)
        self.costs.show_seen(seen)
        self._show_curves()
        self._tell_status()

    def _show_mistakes(self, seen: Seen) -> None:
        """What is taken for what; of several labels at once each by itself."""
        several = seen.evaluation.summary["task"] == "multilabel"
        self.matrix.setVisible(not several)
        self.labels.setVisible(several)
        if several:
            self.labels.show_labels(seen.evaluation.summary["per_class"])
            self.confusion_card.set_heading(
                self.tr("Labels, each by itself"), self.tr("click a number to see its items")
            )
            return
        self.matrix.show_matrix(seen.evaluation.labels, seen.evaluation.matrix)
        self.confusion_card.set_heading(
            self.tr("Confusion"), self.tr("true ↓ predicted →, click a cell to see its items")
        )

    def _show_label(self, label: str, has: bool, said: bool) -> None:
        """Show the items behind a number of a label."""
        if self._seen is None:
            return
        titles = {
            (True, True): self.tr("{}, found"), (True, False): self.tr("{}, not found"),
            (False, True): self.tr("{}, reported where nothing is"), (False, False): self.tr("{}, rightly not said"),
        }  # fmt: skip
        self._show_items(titles[has, said].format(label), self._seen.evaluation.items_of_label(label, has, said))

    def _show_curves(self) -> None:
        if self.curves is None or self._seen is None:
            return
        lines = {}
        for name in self._seen.evaluation.labels:
            curve = self._seen.evaluation.curve(name)
            if curve["recall"]:
                lines[name] = [
                    (float(r), float(p))
                    for r, p in zip(curve["recall"], curve["precision"], strict=True)
                    if r is not None and p is not None
                ]
        self.pr_card.setVisible(bool(lines))
        self.curves.show_curves(lines, (0.0, 1.0), x_range=(0.0, 1.0), colors=self._seen.colors)

    def _show_cell(self, true: str, predicted: str) -> None:
        seen = self._seen
        if seen is None:
            return
        self._cell, self._items = (true, predicted), None
        rows = [row for row in seen.evaluation.matches if row["truth"] == true and row["predicted"] == predicted]
        if predicted == NONE:
            title = self.tr("{}, not found").format(true)
        elif true == NONE:
            title = self.tr("{}, reported where nothing is").format(predicted)
        elif true == predicted:
            title = self.tr("{}, found").format(true)
        else:
            title = self.tr("{}, taken for {}").format(true, predicted)
        self._ask_tiles(title, len(rows), partial(cell_tiles, seen=seen, true=true, predicted=predicted))

    def _show_worst(self) -> None:
        seen = self._seen
        if seen is not None:
            self._cell = self._items = None
            count = sum(row["error"] > 0 for row in seen.evaluation.items)
            self._ask_tiles(self.tr("Worst items"), count, partial(worst_tiles, seen=seen))

    def _show_items(self, heading: str, ids: list[int]) -> None:
        """Show the items behind a figure of the insights, and bring them into sight."""
        if self._seen is not None:
            self._cell, self._items = None, (heading, ids)
            self._ask_tiles(heading, len(ids), partial(item_tiles, seen=self._seen, items=ids))
            self.scroll.ensureWidgetVisible(self.items_card)

    def _show_again(self) -> None:
        """The same items in other words or colours."""
        if self._cell is not None:
            self._show_cell(*self._cell)
        elif self._items is not None:
            self._show_items(*self._items)
        else:
            self._show_worst()

    def _show_why(self, item: int, about: About) -> None:
        """Say why of the item of a tile."""
        if self._seen is not None:
            self.why.show_item(self._seen, item, about)

    def _ask_tiles(self, title: str, count: int, make: Any) -> None:
        if self.shell.workspace is None:
            return
        inks = {name: self.shell.theme.color(name).name() for name in ("good", "bad", "accent", "image")}
        hint = self.tr("click: why; double click opens the item in Label; dashed: true, solid: predicted")
        if self._seen is not None and self._seen.evaluation.summary["task"] == "tabular":
            hint = self.tr("rows of a table have no pictures; each row's result is in items.parquet of the evaluation")
        self.items_card.set_heading(f"{title} · {count}", hint)
        chosen = self._cell is not None or self._items is not None
        self.open_data.setVisible(chosen and count > 0)
        self.worst.setVisible(chosen)

        def show(tiles: list[Tile]) -> None:
            self.tiles.show_tiles(tiles)
            self.tiles.setVisible(bool(tiles))
            self.nothing.setVisible(not tiles)

        self.shell.read(lambda workspace: make(workspace, inks=inks), show, key="evaluation.tiles")

    def _open_in_data(self) -> None:
        if self._seen is not None and self._cell is not None:
            self.shell.go("data", ids=self._seen.evaluation.items_of_cell(*self._cell))
        elif self._items is not None:
            self.shell.go("data", ids=self._items[1])

    # work ----------------------------------------------------------------------------------------------------------

    def _start(self, operation: operations.Started, title: str, work: str) -> None:
        self.error.clear()
        self._work = work
        self.shell.run(
            operation,
            title,
            on_done=lambda job: self._follow(job, title),
            on_error=self.error.show_error,
            initiator=self,
        )

    def _follow(self, job: str, title: str) -> None:
        self.strip.follow(job, title)
        for widget in (self.evaluate, self.export, self.package, self.robustness.measure):
            widget.setEnabled(False)
        self._show()

    def _job_ended(self, _job: str, state: str) -> None:
        for widget in (self.evaluate, self.export, self.package, self.robustness.measure):
            widget.setEnabled(True)
        model = self._model()
        if state == "done" and self._work == "package" and model is not None:
            self.shell.notice(
                self.tr("The artifact of {} is ready.").format(model.title),
                self.tr("Deploy"),
                lambda: self.shell.go("deployment"),
                "good",
            )
        if self._work == "robustness":
            self.robustness.look_again()
        self._read()

    def _evaluate(self) -> None:
        model, version, split = self._model(), self._version(), self.split.currentData()
        if model is None or version is None or not split or self.strip.job:
            return
        precision = self.precision.currentData() or "torch"
        title = self.tr("Evaluate {}").format(model.title)
        self._start(operations.evaluate(model.title, version.name, split, precision), title, "evaluate")

    def _measure_robustness(self) -> None:
        model, version, split = self._model(), self._version(), self.split.currentData()
        if model is not None and version is not None and split and not self.strip.job:
            title = self.tr("Robustness of {}").format(model.title)
            precision = self.precision.currentData() or "torch"
            self._start(operations.robustness(model.title, version.name, split, precision), title, "robustness")

    def _export(self) -> None:
        if (model := self._model()) is not None:
            self._start(operations.export(model.title), self.tr("Export {}").format(model.title), "export")

    def _package(self) -> None:
        if (model := self._model()) is not None:
            self._start(operations.package(model.title), self.tr("Package {}").format(model.title), "package")

    def _ask_card(self) -> None:
        if (model := self._model()) is not None:
            title = model.title
            self.shell.read(
                lambda workspace: read_card_notes(workspace, title),
                lambda notes: CardDialog(self, title, notes, partial(self._write_card, title)).open(),
                on_error=self.error.show_error,
            )

    def _write_card(self, model: str, notes: Notes, out: Path) -> None:
        self.error.clear()
        chosen = (
            self.version.currentText(),
            self.split.currentData() or "test",
            self.precision.currentData() or "torch",
        )
        self.shell.run(
            operations.write_card(model, *chosen, QLocale().name(), notes, out),
            self.tr("Model card of {}").format(model),
            on_done=lambda _: self.shell.notice(
                self.tr("Wrote {}.").format(out),
                self.tr("Open"),
                lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(out))),
                "good",
            ),
            on_error=self.error.show_error,
            initiator=self,
        )

    def _tell_status(self) -> None:
        if self.isVisible() and (model := self._model()) is not None:
            self.shell.set_status(self.tr("Model {} · run {}").format(model.title, model.run))

    def _recolor(self) -> None:
        if self.curves is not None:
            self.curves.recolor()
        self.matrix.update()
        self.labels.recolor()
        self.costs.chart.update()
        self.insights.recolor()
        self.why.recolor()
        self._show_again()
