"""The jobs page: every job with its state, progress, log, cancel, pause and resume."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListView,
    QPlainTextEdit,
    QProgressBar,
    QSplitter,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.gui.shell.errands import PREFIX
from app.gui.shell.jobs import STATE_COLORS, JobLine, duration_text, kind_text, left_text, state_text
from app.gui.shell.page import Page
from app.gui.shell.shell import Shell
from app.gui.shell.theme import mono_font, ui_font
from app.gui.widgets.controls import Card, PageHead, button, danger_button, label, row
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine
from engine.workspace import Workspace

LINE_ROLE = Qt.ItemDataRole.UserRole
LOG_BYTES = 200_000
Index = QModelIndex | QPersistentModelIndex


class JobModel(QAbstractListModel):
    """Jobs, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[JobLine] = []

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{line.title}, {state_text(line.state)}"
        return None

    def show_lines(self, lines: list[JobLine]) -> None:
        """Show these; rows stay in place when the jobs are the same."""
        same = [line.id for line in lines] == [line.id for line in self.lines]
        if not same:
            self.beginResetModel()
        self.lines = list(lines)
        if not same:
            self.endResetModel()
        elif lines:
            self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))


class JobDelegate(QStyledItemDelegate):
    """Draws a job: title, state, how far, how long."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._theme = shell.theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(240, 62)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one job."""
        line: JobLine = index.data(LINE_ROLE)
        theme = self._theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(4, 2, -4, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(theme.color("accent" if option.state & QStyle.StateFlag.State_HasFocus else "accent_ground"))
            painter.setBrush(theme.color("accent_ground"))
            painter.drawRoundedRect(box, 6, 6)
        inner = box.adjusted(12, 8, -12, -8).toRect()
        self._text(painter, inner.adjusted(0, 0, 0, -24), line.title, 13, "text", bold=True)
        state = state_text(line.state)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(STATE_COLORS.get(line.state, "quiet")))
        painter.drawEllipse(inner.x(), inner.y() + 29, 7, 7)
        if line.active:
            tail = f" · {round(line.fraction * 100)} %"
            if line.eta_s is not None and line.state == "running":
                tail += f" · {left_text(line.eta_s)}"
        else:
            tail = f" · {duration_text(line.ended - line.started)}" if line.ended and line.started else ""
        when = time.strftime("%m-%d %H:%M", time.localtime(line.created))
        self._text(painter, inner.adjusted(14, 22, -80, 0), f"{state}{tail}", 12, "quiet")
        self._text(painter, inner.adjusted(14, 22, 0, 0), when, 12, "quiet", right=True)
        painter.restore()

    def _text(
        self, painter: QPainter, place: QRect, text: str, size: int, color: str, bold: bool = False, right: bool = False
    ) -> None:
        font = ui_font(size, ui_font().Weight.DemiBold if bold else ui_font().Weight.Normal)
        painter.setFont(font)
        painter.setPen(self._theme.color(color))
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, shown)


class JobsPage(Page):
    """List on the left, the chosen job with its log on the right."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._lines: list[JobLine] = []
        self._log_of = ""
        self._make_parts()
        self._lay_out()
        shell.jobs_changed.connect(self._show_lines)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._read_log)

    def _make_parts(self) -> None:
        self.empty = EmptyState("jobs", action=lambda: self.shell.go("training"))
        self.head = PageHead()
        self.model = JobModel()
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(JobDelegate(self.shell))
        self.list.setUniformItemSizes(True)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._show_chosen())
        self.job_title, self.job_text = label("", "heading"), label("", "quiet", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.error = ErrorLine()
        self.pause = button("", self._pause)
        self.resume = button("", self._resume)
        self.cancel = danger_button("", self._cancel)
        self.copy = button("", self._copy)
        self.log_title = label("", "heading")
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setProperty("kind", "log")
        self.log.setFont(mono_font())
        self.log.setMaximumBlockCount(5000)

    def _lay_out(self) -> None:
        left = Card()
        left.body.setContentsMargins(4, 6, 4, 6)
        left.body.addWidget(self.list, 1)
        right = Card()
        for part in (
            row(self.job_title, 1, self.pause, self.resume, self.cancel),
            self.job_text,
            self.bar,
            self.error,
            row(self.log_title, 1, self.copy),
        ):
            right.body.addWidget(part)
        right.body.addWidget(self.log, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(16)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([320, 700])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        full = QWidget()
        layout = QVBoxLayout(full)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.setSpacing(16)
        layout.addWidget(self.head)
        layout.addWidget(split, 1)
        self._stack = QStackedLayout(self)  # with a parent at once: else what is added flashes as a window
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(full)

    def opened(self, workspace: Workspace) -> None:
        """Ask at once; later the watch tells."""
        from app.gui.shell.jobs import read_jobs

        self.shell.read(read_jobs, lambda lines: self._show_lines(self.shell.errands.among(lines)), key="jobs.page")

    def closed(self) -> None:
        """Forget."""
        self._timer.stop()
        self._show_lines([])

    def shown(self, **arguments: Any) -> None:
        """Choose a job when asked to."""
        self._timer.start()
        self._wanted = str(arguments.get("job", ""))
        self._choose(self._wanted)
        self._read_log()

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.head.title.setText(self.tr("Jobs"))
        self.head.text.setText(self.tr("Each runs in a process of its own and goes on when the window is closed."))
        self.empty.show_text(
            self.tr("No jobs yet"),
            self.tr("Training, evaluation, export and packaging run as jobs and appear here with progress and log."),
            self.tr("Train a model"),
            "lineside jobs list",
        )
        self.pause.setText(self.tr("Pause"))
        self.resume.setText(self.tr("Resume"))
        self.cancel.setText(self.tr("Cancel"))
        self.copy.setText(self.tr("Copy the log"))
        self.log_title.setText(self.tr("Log"))
        self.list.setAccessibleName(self.tr("Jobs"))
        self.log.setAccessibleName(self.tr("Log"))
        self._show_chosen()

    def _chosen(self) -> JobLine | None:
        index = self.list.currentIndex()
        return index.data(LINE_ROLE) if index.isValid() else None

    def _choose(self, job: str) -> None:
        rows = [at for at, line in enumerate(self.model.lines) if line.id == job]
        if rows or (not self.list.currentIndex().isValid() and self.model.lines):
            self.list.setCurrentIndex(self.model.index(rows[0] if rows else 0))

    def _show_lines(self, lines: list[JobLine]) -> None:
        before = self._chosen()
        self.model.show_lines(lines)
        self._stack.setCurrentIndex(1 if lines else 0)
        self._choose(before.id if before else "")
        self._show_chosen()

    def _show_chosen(self) -> None:
        line = self._chosen()
        for part in (self.pause, self.resume, self.cancel):
            part.setVisible(line is not None)
        if line is None:
            return
        self.job_title.setText(f"{kind_text(line.kind)} · {line.title}")
        parts = [state_text(line.state), line.message]
        if line.active and line.eta_s is not None:
            parts.append(left_text(line.eta_s))
        own = line.id.startswith(PREFIX)
        if own and line.active:
            parts.append(self.tr("belongs to this window and stops with it"))
        self.job_text.setText(" · ".join(part for part in parts if part))
        self.bar.setValue(round(line.fraction * 1000))
        self.bar.setVisible(line.active)
        self.pause.setVisible(line.state == "running" and not own)
        self.resume.setVisible(line.state in ("paused", "cancelled", "killed", "failed", "out_of_memory") and not own)
        self.cancel.setVisible(line.active)
        if line.error:
            self.error.show_error(line.error, line.fix, details=line.details)
        else:
            self.error.clear()
        if self._log_of != line.id:
            self.log.clear()
            self._read_log()

    def _read_log(self) -> None:
        line = self._chosen()
        if line is None or not self.isVisible() or self.shell.workspace is None:
            return
        job_id = line.id
        if job_id.startswith(PREFIX):
            self._show_log((job_id, self.shell.errands.log(job_id)))
            return
        self.shell.read(
            lambda ws: (job_id, read_log(ws, job_id)), self._show_log, key="jobs.log", on_error=lambda _error: None
        )

    def _show_log(self, found: tuple[str, str]) -> None:
        self._log_of, text = found
        if text == self.log.toPlainText():
            return
        bar = self.log.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        place = bar.value()
        self.log.setPlainText(text)
        bar.setValue(bar.maximum() if at_end else place)

    def _do(self, what: str) -> None:
        line = self._chosen()
        if line is None:
            return
        job_id = line.id

        def act(ws: Workspace) -> None:
            from engine.jobs import get_job

            getattr(get_job(ws, job_id), what)()

        self.shell.read(act, lambda _none: self.opened(ws) if (ws := self.shell.workspace) else None)

    def _pause(self) -> None:
        self._do("pause")

    def _resume(self) -> None:
        self._do("resume")

    def _cancel(self) -> None:
        line = self._chosen()
        if line is not None and line.id.startswith(PREFIX):
            self.shell.errands.cancel(line.id)
        else:
            self._do("cancel")

    def _copy(self) -> None:
        from PySide6.QtGui import QGuiApplication

        QGuiApplication.clipboard().setText(self.log.toPlainText())


def read_log(workspace: Workspace, job_id: str) -> str:
    """What a job has told and printed, as text; the end of it when it is long."""
    from engine.jobs import get_job

    job = get_job(workspace, job_id)
    lines = []
    for event in job.events()[0]:
        at = time.strftime("%H:%M:%S", time.localtime(float(event.get("at", 0))))
        if event["event"] == "log":
            lines.append(f"{at}  {event.get('text', '')}")
        elif event["event"] == "progress" and event.get("message"):
            text = f"{at}  {round(float(event.get('fraction', 0)) * 100):3d} %  {event['message']}"
            if not lines or lines[-1][10:] != text[10:]:
                lines.append(text)
        elif event["event"] == "failed":
            lines.append(f"{at}  {event.get('message', '')}")
    told = "\n".join(lines)
    printed = job.output().strip()
    return (f"{told}\n\n{printed}" if printed and told else told or printed)[-LOG_BYTES:]
