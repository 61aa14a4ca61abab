"""The training page: all runs on the left; curves, progress, device, log and what can be done on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel, QLocale, QModelIndex, Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.evaluation.tiles import Tile, TileList
from app.gui.operations import training as operations
from app.gui.shell.page import Page
from app.gui.shell.theme import mono_font
from app.gui.shell.work import TURN_MS
from app.gui.training.live import Warnings, answer_tiles, gradient_text, left_text, live_text
from app.gui.training.reading import RunLine, RunLive, RunReader
from app.gui.training.run_list import LINE_ROLE, RunDelegate, RunListModel
from app.gui.training.sweeps import SweepsPanel
from app.gui.training.words import STATE_COLORS, curve_text, duration_text, metric_text, number_text, state_text
from app.gui.widgets.controls import Card, Figure, button, label, primary_button, set_kind
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from app.gui.widgets.curves import Curves
    from engine.changes import Changes
    from engine.workspace import Workspace

LOOK_EVERY_MS = 700
PLOT_PX = 120  # at least
AS_HIGH_AS_LEFT = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored  # what the other parts leave over


class TrainingPage(Page):
    """Runs, live."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._reader = RunReader()
        self._run = ""
        self._wanted = ""
        self._line: RunLine | None = None
        self._live: RunLive | None = None
        self._timer = QTimer(self, interval=LOOK_EVERY_MS, timeout=self._look)
        self.empty = EmptyState("training", action=lambda: self.shell.go("modeling"))
        self.sweeps = SweepsPanel(shell)
        self.sweeps.back_wanted.connect(self._look)
        self.sweeps.back_wanted.connect(lambda: self.stack.setCurrentWidget(self.split))
        self.sweeps.run_chosen.connect(self._show_run_of_trial)
        self.to_sweeps = button("", self.show_sweeps)
        self.runs = QListView()
        self.model = RunListModel(self)
        self.runs.setModel(self.model)
        self.runs.setItemDelegate(RunDelegate(shell.theme.color, self))
        self.runs.setMouseTracking(True)
        self.runs.selectionModel().currentChanged.connect(self._pick)
        self._make_detail()
        self._build()
        shell.theme.theme_changed.connect(self._recolor)
        self.retranslate()

    def _make_detail(self) -> None:
        self.title, self.state, self.device = label("", "title"), label("", "heading"), label("", "quiet", wrap=True)
        self.pause = button("", self._pause, icon=self.shell.icon("pause"))
        self.resume = button("", self._resume, icon=self.shell.icon("play"))
        self.cancel = button("", self._cancel, "danger")
        self.evaluate = primary_button("", self._evaluate)
        for widget in (self.pause, self.resume, self.cancel, self.evaluate):
            widget.hide()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.message, self.eta = label("", "quiet"), label("", "quiet")
        self.error = ErrorLine()
        self.best, self.took, self.loss, self.step = Figure(), Figure(), Figure(), Figure()
        self.loss_card, self.quality_card, self.log_card = Card(), Card(), Card()
        self.unseen = label("", "quiet", wrap=True)
        self.unseen.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.unseen.hide()
        self.quality_card.body.addWidget(self.unseen, 1)
        self.warnings, self.now, self.gradient = Warnings(), label("", "small"), label("", "small")
        self.answers_card, self.answers = Card(), TileList()
        self.answers.opened.connect(lambda item: self.shell.go("labeling", item=item))
        self.answers.setSizePolicy(*AS_HIGH_AS_LEFT)
        self.answers_card.body.addWidget(self.answers, 1)
        self.answers_card.hide()
        self._answered = ("", 0)
        self.loss_curves: Curves | None = None
        self.quality_curves: Curves | None = None
        self.log = QPlainTextEdit()
        self.log.setProperty("kind", "log")
        self.log.setReadOnly(True)
        self.log.setFont(mono_font())
        self.log.setTabChangesFocus(True)
        self.log.setSizePolicy(*AS_HIGH_AS_LEFT)
        self.log.setMinimumHeight(100)
        self.log_card.body.addWidget(self.log, 1)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.stack = QStackedWidget(self)
        layout.addWidget(self.stack)
        self.split = QSplitter(self.stack)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.split)
        self.stack.addWidget(self.sweeps)
        left, detail, scroll = QFrame(self.split), QWidget(), QScrollArea(self.split)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(detail)
        column = QVBoxLayout(detail)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self.title, self.state):
            head.addWidget(widget)
        head.addStretch(1)
        for widget in (self.pause, self.resume, self.cancel, self.evaluate):
            head.addWidget(widget)
        column.addLayout(head)
        column.addWidget(self.device)
        column.addWidget(self.error)
        self.progress = QWidget()
        progress = QVBoxLayout(self.progress)
        progress.setContentsMargins(0, 0, 0, 0)
        progress.setSpacing(4)
        words = QHBoxLayout()
        words.addWidget(self.message)
        words.addStretch(1)
        words.addWidget(self.eta)
        progress.addLayout(words)
        progress.addWidget(self.bar)
        progress.addWidget(self.now)
        progress.addWidget(self.gradient)
        column.addWidget(self.progress)
        figures = QHBoxLayout()
        figures.setSpacing(12)
        for figure in (self.best, self.loss, self.step, self.took):
            figures.addWidget(figure, 1)
        column.addLayout(figures)
        column.addWidget(self.warnings)
        plots = QHBoxLayout()
        plots.setSpacing(12)
        plots.addWidget(self.loss_card, 1)
        plots.addWidget(self.quality_card, 1)
        column.addLayout(plots, 3)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.answers_card, 1)
        below.addWidget(self.log_card, 1)
        column.addLayout(below, 2)
        left.setProperty("kind", "rail")
        box = QVBoxLayout(left)
        box.setContentsMargins(4, 8, 4, 8)
        box.addWidget(self.to_sweeps)
        box.addWidget(self.runs)
        self.split.setSizes([270, 900])
        self.split.setStretchFactor(1, 1)
        self.split.setChildrenCollapsible(False)

    def opened(self, workspace: Workspace) -> None:
        """Show the runs of a workspace."""
        self._reader, self._run, self._line, self._live = RunReader(), "", None, None
        self.model.show_lines([])
        self.sweeps.forget()
        self.stack.setCurrentWidget(self.empty)
        self._look()

    def closed(self) -> None:
        """Stop looking."""
        self._timer.stop()
        self.sweeps.forget()

    def show_sweeps(self, sweep: str = "") -> None:
        """Show what was tried, perhaps one sweep."""
        self.stack.setCurrentWidget(self.sweeps)
        self.sweeps.begin(sweep)

    def commands(self) -> list[tuple[str, Any]]:
        """For the command palette."""
        return [(self.tr("Show the sweeps"), self.show_sweeps)]

    def _show_run_of_trial(self, job: str) -> None:
        self._wanted = job
        self.stack.setCurrentWidget(self.split)
        self._look()

    def shown(self, run: str = "", sweep: str = "", **_: Any) -> None:
        """Show a run by its id, or a sweep."""
        if sweep:
            self.show_sweeps(sweep)
        self._wanted = run or self._wanted
        if self.quality_curves is None:
            QTimer.singleShot(TURN_MS, self, self._make_curves)
        self._timer.start()
        self._look()

    def hideEvent(self, event: object) -> None:
        """Look no more while nobody sees it."""
        self._timer.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def refresh(self, changes: Changes) -> None:
        """Jobs or runs changed."""
        if changes.touches("jobs", "runs", "models"):
            self._look()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.empty.show_text(
            self.tr("No training yet"),
            self.tr("Runs and their curves stand here. Draw a model first, then press Train."),
            self.tr("Go to the model"),
            "lineside train GRAPH --version V",
        )
        self.runs.setAccessibleName(self.tr("Runs"))
        self.to_sweeps.setText(self.tr("Values tried…"))
        self.to_sweeps.setToolTip(self.tr("Sweeps: the same model trained with many values"))
        self.log.setAccessibleName(self.tr("Log"))
        self.pause.setText(self.tr("Pause"))
        self.resume.setText(self.tr("Resume"))
        self.cancel.setText(self.tr("Stop"))
        self.cancel.setToolTip(self.tr("Stop the run; its last checkpoint stays, so it can be resumed"))
        self.evaluate.setText(self.tr("Evaluate"))
        self.evaluate.setToolTip(self.tr("See on unseen images what this model finds and misses"))
        self.loss_card.set_heading(self.tr("Loss"), self.tr("lower is better"))
        self.quality_card.set_heading(self.tr("On the validation split"), self.tr("higher is better"))
        self.log_card.set_heading(self.tr("Log"))
        self._answered = ("", 0)
        self.warnings.retranslate()
        self.sweeps.retranslate()
        if self._line is not None and self._live is not None:
            self._show((self._line, self._live))

    def _make_curves(self) -> None:
        """One plot in each turn of the event loop: a plot takes 20 ms."""
        from app.gui.widgets.curves import Curves

        color = self.shell.theme.color
        if self.loss_curves is None:
            self.loss_curves = Curves(color)
            self.loss_curves.setSizePolicy(*AS_HIGH_AS_LEFT)
            self.loss_curves.setMinimumHeight(PLOT_PX)
            self.loss_card.body.addWidget(self.loss_curves, 1)
            QTimer.singleShot(TURN_MS, self, self._make_curves)
            return
        if self.quality_curves is None:
            self.quality_curves = Curves(color, (-8, -8))
            self.quality_curves.setSizePolicy(*AS_HIGH_AS_LEFT)
            self.quality_curves.setMinimumHeight(PLOT_PX)
            self.quality_card.body.addWidget(self.quality_curves, 1)
        if self._line is not None and self._live is not None:
            self._show((self._line, self._live))

    def _look(self) -> None:
        """Read the list, and the run that is shown."""
        if self.shell.workspace is None:
            return
        reader = self._reader
        self.shell.read(reader.lines, self._show_lines, key="training.lines", on_error=self.error.show_error)

    def _show_lines(self, lines: list[RunLine]) -> None:
        self.model.show_lines(lines)
        if self.stack.currentWidget() is not self.sweeps:
            self.stack.setCurrentWidget(self.split if lines else self.empty)
        if not lines:
            self._run = ""
            return
        row = self.model.row_of(self._wanted)
        if row >= 0:
            self._wanted = ""
        else:
            row = max(0, self.model.row_of(self._run))
        index = self.model.index(row)
        if self.runs.currentIndex() != index:
            self.runs.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        else:
            self._read_run()
        if not any(line.active for line in lines):
            self._timer.setInterval(LOOK_EVERY_MS * 4)
        else:
            self._timer.setInterval(LOOK_EVERY_MS)

    def _pick(self, current: QModelIndex) -> None:
        line = current.data(LINE_ROLE)
        if line is not None:
            self._run = line.id
            self._read_run()

    def _read_run(self) -> None:
        reader, run = self._reader, self._run
        if run and self.shell.workspace is not None:
            self.shell.read(
                lambda workspace: reader.look(workspace, run),
                self._show,
                key="training.run",
                on_error=self.error.show_error,
            )

    def _show(self, seen: tuple[RunLine, RunLive]) -> None:
        line, live = seen
        self._line, self._live = line, live
        self.title.setText(" · ".join(part for part in (line.graph, line.version) if part) or line.title)
        self.state.setText(state_text(line.state))
        color = STATE_COLORS.get(line.state, "quiet")
        set_kind(self.state, color if color in ("good", "warning", "bad", "quiet") else "heading")
        chinese = QLocale().name().startswith("zh")
        self.device.setText(line.why_device_zh if chinese and line.why_device_zh else line.why_device or line.device)
        self.device.setVisible(bool(line.device))
        self._show_buttons(line)
        if line.error:
            self.error.show_error(line.error, line.fix, details=line.details)
        else:
            self.error.clear()
        self.progress.setVisible(line.active)
        self.bar.setValue(round(line.fraction * 1000))
        self.message.setText(line.message)
        left = self.tr("{} left").format(duration_text(line.eta_s)) if line.eta_s is not None else ""
        left = left_text(live.now) if live.now else left
        self.now.setText(live_text(live.now))
        self.gradient.setText(gradient_text(live.now))
        self.warnings.show_warnings(list(live.warnings.values()))
        self._ask_answers(line, live)
        self.eta.setText(" · ".join(part for part in (f"{line.fraction:.0%}", left) if part))
        self._show_figures(line, live)
        QTimer.singleShot(TURN_MS, self, self._show_losses)  # plots take turns of their own, so that none is long
        self._show_log(live)
        if self.isVisible():
            self.shell.set_status(f"{line.title} · {state_text(line.state)} · {line.id}")

    def _ask_answers(self, line: RunLine, live: RunLive) -> None:
        """Read the answers to val images when there was another check."""
        checked = max(
            (int(points[-1][0]) for name, points in live.curves.items() if name.startswith("val_")), default=0
        )
        if self._answered == (line.run, checked) or self.shell.workspace is None:
            return
        self._answered = (line.run, checked)
        inks = {name: self.shell.theme.color(name).name() for name in ("good", "bad", "accent", "image")}
        self.shell.read(
            lambda workspace: answer_tiles(workspace, line.run, inks), self._show_answers, key="training.answers"
        )

    def _show_answers(self, found: tuple[int, list[Tile]]) -> None:
        step, tiles = found
        hint = self.tr("dashed: true, solid: answered; right of all objects below")
        self.answers_card.set_heading(self.tr("Answers at step {}").format(QLocale().toString(step)), hint)
        self.answers.show_tiles(tiles)
        self.answers_card.setVisible(bool(tiles))

    def _show_buttons(self, line: RunLine) -> None:
        self.pause.setVisible(line.state in ("running", "waiting"))
        self.resume.setVisible(line.state in ("paused", "cancelled", "killed", "failed", "out_of_memory"))
        self.cancel.setVisible(line.active)
        self.evaluate.setVisible(line.state == "done" and line.makes_model)
        for widget in (self.pause, self.resume, self.cancel):
            widget.setEnabled(True)

    def _show_figures(self, line: RunLine, live: RunLive) -> None:
        if line.best is not None:
            name, value = line.best
            self.best.name.setText(metric_text(name))
            last = live.curves[name][-1][1]
            self.best.show_value(number_text(value), self.tr("best; last {}").format(number_text(last)))
        else:
            self.best.name.setText("mAP@.5")
            self.best.show_value("—", self.tr("not measured") if line.state == "done" else self.tr("not looked at yet"))
        self.loss.name.setText(self.tr("Loss"))
        losses = next((points for name, points in live.curves.items() if name.rsplit("/", 1)[-1] == "loss"), [])
        started = self.tr("began at {}").format(number_text(losses[0][1])) if losses else ""
        self.loss.show_value(number_text(losses[-1][1]) if losses else "—", started)
        self.step.name.setText(self.tr("Step"))
        steps = [points[-1][0] for points in live.curves.values() if points]
        self.step.show_value(f"{int(max(steps)):,}" if steps else "—", f"{line.fraction:.0%}")
        self.took.name.setText(self.tr("Time"))
        left = self.tr("{} left").format(duration_text(line.eta_s)) if line.active and line.eta_s is not None else ""
        self.took.show_value(duration_text(line.took_s), left)

    def _show_losses(self) -> None:
        if self.loss_curves is None or self._live is None:
            return
        curves = self._live.curves
        self.loss_curves.mark([w["step"] for w in self._live.warnings.values() if w["curve"] == "loss"])
        self.loss_curves.show_curves({name: curves[name] for name in curves if "loss" in name.rsplit("/", 1)[-1]})
        QTimer.singleShot(TURN_MS, self, self._show_quality)

    def _show_quality(self) -> None:
        if self.quality_curves is None or self._live is None:
            return
        rest = ("loss", "rate", "lr", "time", "images", "speed", "memory", "second", "epoch")
        quality = {
            curve_text(name): points
            for name, points in self._live.curves.items()
            if not any(word in name.rsplit("/", 1)[-1] for word in rest)
        }
        self.quality_curves.mark([w["step"] for w in self._live.warnings.values() if w["curve"].startswith("val_")])
        self.quality_curves.show_curves(quality, (0.0, 1.0))
        done = self._line is not None and self._line.state == "done"
        none, later = self.tr("This version has no validation split"), self.tr("Not measured yet")
        self.unseen.setText(none if done else later)
        self.unseen.setVisible(not quality)
        self.quality_curves.setVisible(bool(quality))

    def _show_log(self, live: RunLive) -> None:
        text = "\n".join(live.log) or self.tr("Nothing has been written yet.")
        if text == self.log.toPlainText():
            return
        bar = self.log.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        place = bar.value()
        self.log.setPlainText(text)
        bar.setValue(bar.maximum() if at_end else place)

    def _act(self, operation: operations.Operation, title: str) -> None:
        for widget in (self.pause, self.resume, self.cancel):
            widget.setEnabled(False)
        self.shell.run(operation, title, on_error=self._failed)

    def _failed(self, error: Exception) -> None:
        self.error.show_error(error)
        self._look()

    def _pause(self) -> None:
        self._act(operations.pause_run(self._run), self.tr("Pause run"))

    def _resume(self) -> None:
        self._act(operations.resume_run(self._run), self.tr("Resume run"))

    def _cancel(self) -> None:
        self._act(operations.cancel_run(self._run), self.tr("Stop run"))

    def _evaluate(self) -> None:
        if self._line is not None:
            self.shell.go("evaluation", run=self._line.run, evaluate=True)

    def _recolor(self) -> None:
        for curves in (self.loss_curves, self.quality_curves):
            if curves is not None:
                curves.recolor()
        self.pause.setIcon(self.shell.icon("pause"))
        self.resume.setIcon(self.shell.icon("play"))
        self.runs.viewport().update()
        self._answered = ("", 0)
        self.sweeps.recolor()
