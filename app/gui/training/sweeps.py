"""The sweeps of a workspace: trials as a table that grows, lines across all values, what decides, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QProgressBar,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.gui.operations import sweeps as operations
from app.gui.operations import training
from app.gui.training.sweeps_dialog import BudgetDialog
from app.gui.training.sweeps_reading import SweepLine, axes, keys_of, read_sweeps
from app.gui.training.words import STATE_COLORS, duration_text, metric_text, number_text, state_text
from app.gui.widgets.controls import Card, button, label, primary_button, row, set_kind
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from app.gui.training.sweeps_charts import ImportanceBars, ParallelLines
    from engine.training.sweeps.sweeps import Trial
    from engine.workspace import Workspace

LOOK_EVERY_MS = 900


class SweepsPanel(QWidget):
    """Signals: back_wanted; run_chosen, the job of a trial's run."""

    back_wanted = Signal()
    run_chosen = Signal(str)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self._lines: list[SweepLine] = []
        self._wanted = ""
        self._number = 0
        self._timer = QTimer(self, interval=LOOK_EVERY_MS, timeout=self.look)
        self.empty = EmptyState("training", action=lambda: self.shell.go("modeling"))
        self.back = button("", self.back_wanted.emit, icon=shell.icon("chevron-left"))
        self.choice, self.state = QComboBox(), label("", "heading")
        self.choice.setMinimumWidth(310)
        self.choice.activated.connect(lambda _: self._choose())
        self.pause = button("", lambda: self._job("pause"), icon=shell.icon("pause"))
        self.resume = button("", lambda: self._job("resume"), icon=shell.icon("play"))
        self.cancel = button("", lambda: self._job("cancel"), "danger")
        self.budget = button("", self._ask_budget)
        self.use = primary_button("", self._use)
        self.bar, self.message, self.error = QProgressBar(), label("", "quiet"), ErrorLine()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.table = QTableWidget()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.itemSelectionChanged.connect(self._picked)
        self.table.doubleClicked.connect(lambda _: self._show_run())
        self.why = label("", "quiet", wrap=True)
        self.show_run, self.keep = button("", self._show_run), button("", self._keep)
        self.trials_card, self.lines_card, self.shares_card = Card(), Card(), Card()
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setTabChangesFocus(True)
        self.unknown = label("", "quiet", wrap=True)
        self.lines: ParallelLines | None = None
        self.shares: ImportanceBars | None = None
        self._build()
        self.retranslate()

    def _build(self) -> None:
        self.stack = QStackedWidget()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(12)
        whole.addWidget(
            row(self.back, self.choice, self.state, 1, self.pause, self.resume, self.cancel, self.budget, self.use)
        )
        whole.addWidget(self.error)
        whole.addWidget(self.stack, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.message)
        column.addWidget(self.bar)
        self.trials_card.body.addWidget(self.table, 1)
        below = QHBoxLayout()
        below.addWidget(self.why, 1)
        below.addWidget(self.show_run)
        below.addWidget(self.keep)
        self.trials_card.body.addLayout(below)
        column.addWidget(self.trials_card, 5)
        charts = QHBoxLayout()
        charts.setSpacing(12)
        charts.addWidget(self.lines_card, 3)
        charts.addWidget(self.shares_card, 2)
        self.shares_card.body.addWidget(self.unknown, 1)
        self.shares_card.body.addWidget(self.report, 1)
        column.addLayout(charts, 4)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(content)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.empty.show_text(
            self.tr("No values tried yet"),
            self.tr(
                "A sweep trains a model many times with other values and finds the best ones. Press Train on the model page, then “Try values…”."
            ),
            self.tr("Go to the model"),
            "lineside sweep start GRAPH --version V --space optimiser.rate --trials 20",
        )
        self.back.setText(self.tr("Runs"))
        self.choice.setAccessibleName(self.tr("Sweep"))
        self.pause.setText(self.tr("Pause"))
        self.resume.setText(self.tr("Resume"))
        self.cancel.setText(self.tr("Stop"))
        self.cancel.setToolTip(self.tr("Stop the trials; what they have found stays, and the sweep can be resumed"))
        self.budget.setText(self.tr("Best within…"))
        self.budget.setToolTip(self.tr("Let recipes compete for the best model within some minutes"))
        self.show_run.setText(self.tr("Show its run"))
        self.keep.setText(self.tr("Keep its model"))
        self.keep.setToolTip(self.tr("The best trial becomes a model by itself; another one when you ask for it"))
        self.trials_card.set_heading(self.tr("Trials"))
        self.lines_card.set_heading(self.tr("All values"), self.tr("a line is a trial; click one"))
        self.unknown.setText(self.tr("Known after four trials that ended with different results."))
        self.table.setAccessibleName(self.tr("Trials"))
        self._show()

    def recolor(self) -> None:
        """Draw in the colours of the theme."""
        self.back.setIcon(self.shell.icon("chevron-left"))
        self._draw()

    def begin(self, sweep: str = "") -> None:
        """Look at the sweeps, perhaps at one of them."""
        if sweep and sweep != self._wanted:
            self._wanted, self._number = sweep, 0
            self._show()
        if self.lines is None:
            from app.gui.training.sweeps_charts import ImportanceBars, ParallelLines

            self.lines, self.shares = ParallelLines(self.shell.theme.color), ImportanceBars(self.shell.theme.color)
            self.lines.chosen.connect(self.choose_trial)
            self.lines_card.body.addWidget(self.lines, 1)
            self.shares_card.body.addWidget(self.shares, 1)
        self._timer.start()
        self.look()

    def forget(self) -> None:
        """Another workspace comes."""
        self._timer.stop()
        self._lines, self._wanted, self._number = [], "", 0
        self._show()

    def look(self) -> None:
        """Read the sweeps, while they are seen."""
        if not self.isVisible() and self._lines:
            self._timer.stop()
        elif self.shell.workspace is not None:
            self.shell.read(read_sweeps, self._take, key="training.sweeps", on_error=self.error.show_error)

    @property
    def line(self) -> SweepLine | None:
        """The sweep that is shown."""
        return next(
            (line for line in self._lines if line.sweep.id == self._wanted), self._lines[0] if self._lines else None
        )

    @property
    def trial(self) -> Trial | None:
        """The trial that is chosen, or else the best one."""
        sweep = self.line.sweep if self.line is not None else None
        if sweep is None:
            return None
        return next((trial for trial in sweep.trials if trial.number == self._number), sweep.best)

    def choose_trial(self, number: int) -> None:
        """Choose a trial: in the table, in the chart, for the buttons."""
        self._number = number
        for at in range(self.table.rowCount()):
            found = self.table.item(at, 0)
            if found is not None and found.data(Qt.ItemDataRole.UserRole) == number:
                self.table.selectRow(at)
        self._show_trial()

    def _take(self, lines: list[SweepLine]) -> None:
        changed = lines != self._lines
        self._lines = lines
        if changed:
            self._show()

    def _choose(self) -> None:
        self._wanted, self._number = str(self.choice.currentData() or ""), 0
        self._show()

    def _show(self) -> None:
        line = self.line
        self.stack.setCurrentIndex(0 if line is None else 1)
        for part in (self.choice, self.state, self.use):
            part.setVisible(line is not None)
        for part, seen in (
            (self.pause, line is not None and line.state == "running"),
            (
                self.resume,
                line is not None and line.state in ("paused", "cancelled", "killed", "failed", "out_of_memory"),
            ),
            (self.cancel, line is not None and line.state in ("queued", "running", "paused")),
        ):
            part.setVisible(seen)
        if line is None:
            return
        self.choice.clear()
        for each in self._lines:
            when = each.sweep.id[:13].replace("-", " ")
            self.choice.addItem(f"{each.sweep.name} · {each.sweep.details['version']['name']} · {when}", each.sweep.id)
        self.choice.setCurrentIndex(self._lines.index(line))
        self.state.setText(state_text(line.state))
        color = STATE_COLORS.get(line.state, "quiet")
        set_kind(self.state, color if color in ("good", "warning", "bad", "quiet") else "heading")
        status = line.status
        self.message.setText(self._summary(line))
        self.bar.setVisible(status is not None and status.active)
        self.bar.setValue(round(status.fraction * 1000) if status is not None else 0)
        if status is not None and status.error:
            self.error.show_error(status.error, status.fix, details=status.details)
        else:
            self.error.clear()
        self.use.setText(self.tr("Open the model") if line.sweep.kind == "budget" else self.tr("Use these values"))
        self._fill(line)
        self._draw()
        self._show_trial()

    def _summary(self, line: SweepLine) -> str:
        trials, best = line.sweep.trials, line.sweep.best
        stopped = sum(trial.state == "stopped" for trial in trials)
        parts = [self.tr("Trials: {}, stopped early: {}").format(len(trials), stopped)]
        if best is not None and best.value is not None:
            told = self.tr("best {} {} by trial {}")
            parts.append(told.format(metric_text(line.sweep.figure), number_text(best.value), best.number))
        if line.status is not None and line.status.active and line.status.eta_s is not None:
            parts.append(self.tr("{} left").format(duration_text(line.status.eta_s)))
        return " · ".join(parts)

    def _fill(self, line: SweepLine) -> None:
        sweep = line.sweep
        trials, keys, best = sweep.trials, keys_of(sweep.trials), sweep.best
        heads = [self.tr("Trial"), self.tr("State"), metric_text(sweep.figure), *keys, self.tr("Time"), self.tr("Why")]
        self.table.blockSignals(True)
        self.table.setColumnCount(len(heads))
        self.table.setHorizontalHeaderLabels(heads)
        self.table.setRowCount(len(trials))
        for at, trial in enumerate(trials):
            star = " ★" if best is not None and trial.number == best.number else ""
            values = [_text(trial.values.get(key)) for key in keys]
            value = "—" if trial.value is None else number_text(trial.value)
            cells = [
                f"{trial.number}{star}",
                self._state(trial),
                value,
                *values,
                duration_text(trial.seconds),
                _why(trial),
            ]
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                item.setData(Qt.ItemDataRole.UserRole, trial.number)
                self.table.setItem(at, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
        chosen = [at for at, trial in enumerate(trials) if trial.number == self._number]
        if chosen:
            self.table.selectRow(chosen[0])
        self.table.blockSignals(False)

    def _state(self, trial: Trial) -> str:
        words = {
            "running": self.tr("running"),
            "done": self.tr("ended"),
            "stopped": self.tr("stopped early"),
            "failed": self.tr("failed"),
        }
        return words.get(trial.state, trial.state)

    def _draw(self) -> None:
        line = self.line
        if line is None or self.lines is None or self.shares is None:
            return
        self.lines.show_axes(axes(line.sweep), lambda key: metric_text(key) if key.startswith("val_") else key)
        budget, shares = line.sweep.kind == "budget", line.sweep.importance
        self.shares_card.set_heading(self.tr("What was done, and why") if budget else self.tr("What decides"))
        self.report.setVisible(budget)
        self.unknown.setVisible(not budget and not shares)
        self.shares.setVisible(not budget and bool(shares))
        if budget:
            text = "\n\n".join(paragraph.of(QLocale().name()) for paragraph in line.sweep.stages)
            if text != self.report.toPlainText():
                self.report.setPlainText(text)
        elif shares:
            self.shares.show_shares(shares, lambda key: key)

    def _picked(self) -> None:
        items = self.table.selectedItems()
        if items:
            self._number = int(items[0].data(Qt.ItemDataRole.UserRole))
            self._show_trial()

    def _show_trial(self) -> None:
        trial, line = self.trial, self.line
        ended = line is not None and not (line.status is not None and line.status.active)
        self.use.setEnabled(
            trial is not None and trial.value is not None and (ended or line is None or line.sweep.kind != "budget")
        )
        self.show_run.setEnabled(trial is not None and bool(trial.run))
        self.keep.setEnabled(trial is not None and trial.state == "done")
        if trial is None:
            self.why.clear()
            return
        value = "—" if trial.value is None else number_text(trial.value)
        told = self.tr("Trial {}: {}").format(trial.number, value)
        self.why.setText(" · ".join(part for part in (told, _why(trial)) if part))
        if self.lines is not None:
            self.lines.mark(trial.number)

    def _job(self, what: str) -> None:
        line = self.line
        if line is None or not line.job:
            return
        operation = {"pause": training.pause_run, "resume": training.resume_run, "cancel": training.cancel_run}[what]
        titles = {"pause": self.tr("Pause sweep"), "resume": self.tr("Resume sweep"), "cancel": self.tr("Stop sweep")}
        self.shell.run(operation(line.job), titles[what], lambda _: self.look(), self.error.show_error)

    def _show_run(self) -> None:
        trial, line = self.trial, self.line
        if trial is not None and line is not None and (job := line.runs.get(trial.run)):
            self.run_chosen.emit(job)

    def _keep(self) -> None:
        trial, line = self.trial, self.line
        if trial is not None and line is not None:
            operation = operations.keep_trial(line.sweep.id, trial.number)
            kept = self.tr("Trial {} is a model now.").format(trial.number)
            self.shell.run(
                operation, self.tr("Keep model"), lambda _: self.shell.notice(kept, kind="good"), self.error.show_error
            )

    def _use(self) -> None:
        trial, line = self.trial, self.line
        if trial is None or line is None:
            return
        if line.sweep.kind == "budget":
            self.shell.go("modeling", graph=line.sweep.name)
            return
        sweep, number = line.sweep.id, trial.number

        def read(workspace: Workspace) -> Any:
            from engine.training.sweeps.sweeps import best_graph

            return best_graph(workspace, sweep, number)

        self.shell.read(
            read,
            lambda graph: self.shell.go("modeling", graph=graph.name, take=graph),
            key="training.sweep_graph",
            on_error=self.error.show_error,
        )

    def _ask_budget(self) -> None:
        def read(workspace: Workspace) -> list[str]:
            from engine.data.versions import list_versions

            return [version.name for version in reversed(list_versions(workspace))]

        self.shell.read(read, self._open_budget, key="training.versions", on_error=self.error.show_error)

    def _open_budget(self, versions: list[str]) -> None:
        dialog = BudgetDialog(versions, self)
        dialog.accept_button.setEnabled(bool(versions))

        def start() -> None:
            operation = operations.start_budget(
                dialog.minutes.value(), dialog.version.currentText(), dialog.task.currentData()
            )
            self.shell.run(operation, self.tr("Best within some minutes"), self.begin, self.error.show_error)

        dialog.accepted.connect(start)
        dialog.open()


def _why(trial: Trial) -> str:
    return trial.why_zh if QLocale().name().startswith("zh") and trial.why_zh else trial.why


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
