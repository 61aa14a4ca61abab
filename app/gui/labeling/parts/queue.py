"""The queue on the labelling page: why this image is next, skip, progress; the film strip stands in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QKeySequence, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.labeling.parts.queue_words import reason_text
from app.gui.operations import curation as operations
from app.gui.widgets.controls import button, label, line, link_button
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.parts.queue_dialog import QueueChoice
    from app.gui.labeling.reading import OpenItem
    from engine.changes import Changes
    from engine.curation.queue import Entry as Queued
    from engine.workspace import Workspace

COUNT = 50


@dataclass(frozen=True)
class Known:
    """The queue as it is in the store, by item, in its order."""

    entries: Mapping[int, Queued] = field(default_factory=dict)
    models: Sequence[str] = ()

    def count(self, state: str) -> int:
        """How many items are waiting, done or skipped."""
        return sum(entry.state == state for entry in self.entries.values())


class QueuePart(Part):
    """“Why this one?” at the lower end of the side panel, and the section that fills the queue."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.known = Known()
        self.card, self.section = QWidget(), QWidget()
        self.card.setObjectName("why_this_one")
        self.title, self.reason = label("", "heading"), label("", "quiet", wrap=True)
        self.progress_text = label("", "quiet")
        self.skip, self.leave = button("", lambda: self.do("skip")), link_button("", self.stop)
        self.heading, self.state = label("", "heading"), label("", "quiet", wrap=True)
        self.fill, self.start, self.empty = button("", self.ask), button("", self.go), link_button("", self._clear)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.strip = JobStrip(page.shell)
        self.strip.ended.connect(self._ended)
        self._read_again = QTimer(self, singleShot=True, interval=60)
        self._read_again.timeout.connect(self._read)
        self._build()
        self.retranslate()

    def entries(self) -> Sequence[Entry]:
        translate = QCoreApplication.translate
        return [
            Entry("skip", translate("LabelingQueue", "Skip this image of the queue"), ("Shift+X",)),
            Entry("queue", translate("LabelingQueue", "Go through the queue")),
            Entry("fill_queue", translate("LabelingQueue", "Choose what to label next…")),
        ]

    def do(self, name: str) -> None:
        if name == "skip":
            self._skip()
        elif name == "queue":
            self.go()
        else:
            self.ask()

    def sections(self) -> Sequence[tuple[str, QWidget]]:
        return [("assist", self.section), ("foot", self.card)]

    def opened(self, workspace: Workspace) -> None:
        self._read()

    def shown(self, item: int | None, queue: bool = False, **_: Any) -> None:
        if queue:
            self.page._ask(_read_known, self._begin)

    def closed(self) -> None:
        self._read_again.stop()
        self._take(Known())
        self.strip.clear()

    def refresh(self, changes: Changes) -> None:
        if changes.touches("queue", "models"):
            self._read_again.start()

    def item_shown(self, found: OpenItem) -> None:
        self._show()

    def going(self, item_id: int, by: int) -> None:
        """Who goes on from an item of the queue is done with it."""
        entry = self.known.entries.get(item_id)
        if by > 0 and self.active and entry is not None and entry.state == "waiting":
            self._mark(item_id, "done")

    def retranslate(self) -> None:
        self.title.setText(self.tr("Why this one?"))
        action = self.page.acts.get("skip")
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) if action is not None else ""
        skip = self.tr("Skip")
        self.skip.setText(f"{skip}  {key}".rstrip())
        self.skip.setToolTip(self.tr("Leave this image for later and go on (Shift+X)"))
        self.leave.setText(self.tr("Leave the queue"))
        self.leave.setToolTip(self.tr("Show all images again, in their own order"))
        self.heading.setText(self.tr("Queue"))
        self.fill.setText(self.tr("Choose what to label next…"))
        self.start.setText(self.tr("Go through it"))
        self.empty.setText(self.tr("Empty it"))
        self.strip.retranslate()
        self._show()

    def paint(self, painter: QPainter) -> None:
        """Where on the image the reason lies: corners around it, in the accent colour."""
        entry = self._entry()
        box = entry.why.get("box") if entry is not None and self.active else None
        if not isinstance(box, list | tuple) or len(box) != 4 or self.page.canvas.document.item_id != self.page.item_id:
            return
        point = self.page.canvas.view.point
        frame = QRectF(point(box[0], box[1]), point(box[2], box[3])).normalized().adjusted(-7, -7, 7, 7)
        arm = min(14.0, frame.width() / 3, frame.height() / 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(self.page.shell.theme.color("accent"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        for corner, right, down in (
            (frame.topLeft(), 1, 1), (frame.topRight(), -1, 1), (frame.bottomLeft(), 1, -1), (frame.bottomRight(), -1, -1),
        ):  # fmt: skip
            painter.drawLine(corner, corner + QPointF(arm * right, 0))
            painter.drawLine(corner, corner + QPointF(0, arm * down))

    # going through it

    @property
    def active(self) -> bool:
        """Whether the page goes through the queue."""
        only = self.page._only
        return (
            only is not None
            and not self.page.blind
            and bool(self.known.entries)
            and set(only) <= set(self.known.entries)
        )

    def go(self) -> None:
        """Show the queue's images in its order and open the first that is waiting."""
        waiting = [item for item, entry in self.known.entries.items() if entry.state == "waiting"]
        if waiting and not self.page.blind:
            self.page.shown(item=waiting[0], items=list(self.known.entries))

    def stop(self) -> None:
        """Show all images again; the queue stays."""
        item = self.page.item_id
        self.page._only, self.page._started = None, False
        self.page.shown(item=item or None)
        self._show()

    def ask(self) -> None:
        """Ask by what to choose, then choose in the background."""
        from app.gui.labeling.parts.queue_dialog import QueueDialog

        remembered = self.page.shell.settings.value("labeling/queue_count")
        count = int(remembered) if str(remembered).isdigit() else COUNT
        QueueDialog(self.page, self.known.models, count, self.build).open()

    def build(self, choice: QueueChoice) -> None:
        """Fill the queue."""
        self.page.shell.settings.set_value("labeling/queue_count", choice.count)
        title = self.tr("Choose what to label next")
        operation = operations.build_queue(choice.strategy, choice.model, choice.other, choice.count)
        self.page.side.show_tab("assist")
        self.page.shell.run(operation, title, lambda job: self.strip.follow(job, title), self._failed)

    def _skip(self) -> None:
        entry = self._entry()
        if entry is not None and self.active:
            if entry.state == "waiting":
                self._mark(entry.item_id, "skipped")
            page = self.page
            if page.index + 1 < len(page.ids):
                page.go_to(page.index + 1)
            else:
                page.shell.set_status(self.tr("This is the end of the queue."))

    def _mark(self, item: int, state: str) -> None:
        self.page.writer.write(operations.mark_queued(item, state), self.tr("Queue"))

    def _clear(self) -> None:
        was_active = self.active
        self.page.writer.write(operations.clear_queue, self.tr("Empty the queue"))
        if was_active:
            self.stop()

    # what is shown

    def _entry(self) -> Queued | None:
        return self.known.entries.get(self.page.item_id)

    def _read(self) -> None:
        if self.page.shell.workspace is not None:
            self.page._ask(_read_known, self._take)

    def _take(self, known: Known) -> None:
        self.known = known
        self._show()

    def _show(self) -> None:
        number, entry = QLocale().toString, self._entry()
        if self.section.parent() is not None:  # else it would come up as a window of its own
            self.section.setHidden(self.page.blind)
        total, waiting, done = len(self.known.entries), self.known.count("waiting"), self.known.count("done")
        self.card.setVisible(self.active and entry is not None)
        if entry is not None:
            self.reason.setText(reason_text(entry.why))
            place = self.tr("{0} of {1}").format(number(entry.place + 1), number(total))
            self.progress_text.setText({"done": self.tr("{0} · done"), "skipped": self.tr("{0} · skipped")}.get(
                entry.state, "{0}").format(place))  # fmt: skip
        if total:
            self.state.setText(self.tr("{0} to look at · {1} done · {2} skipped").format(
                number(waiting), number(done), number(self.known.count("skipped"))))  # fmt: skip
        else:
            self.state.setText(self.tr("A model and the look of the images tell which ones are worth labelling first."))
        self.bar.setVisible(total > 0)
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(total - waiting)
        self.start.setVisible(waiting > 0 and not self.active)
        self.empty.setVisible(total > 0)
        self.page.canvas.update()

    def _failed(self, error: Exception) -> None:
        self.state.setText(str(error))

    def _ended(self, _job: str, state: str) -> None:
        if state == "done":
            self.page._ask(_read_known, self._begin)

    def _begin(self, known: Known) -> None:
        """The queue is there: go through it at once, that is what it was asked for."""
        self._take(known)
        if known.count("waiting"):
            self.go()
            if not self.page.isVisible():
                shell = self.page.shell
                shell.notice(
                    self.tr("The queue is ready."), self.tr("Label the images"), lambda: shell.go("labeling"), "good"
                )
        else:
            self.state.setText(self.tr("Nothing was found that is worth a second look."))

    def _build(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.progress_text)
        foot.addWidget(self.skip)
        foot.addStretch(1)
        foot.addWidget(self.leave)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(line())
        for part in (head, self.reason, foot):
            column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
        actions = QHBoxLayout()
        actions.setSpacing(8)
        actions.addWidget(self.start)
        actions.addWidget(self.empty)
        actions.addStretch(1)
        below = QVBoxLayout(self.section)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        for part in (self.heading, self.state, self.bar, self.fill, actions, self.strip):
            below.addWidget(part) if isinstance(part, QWidget) else below.addLayout(part)


def _read_known(ws: Workspace) -> Known:
    from engine.curation.queue import entries
    from engine.training.models import list_models

    found: Any = entries(ws)
    return Known({entry.item_id: entry for entry in found}, [model.title for model in list_models(ws)])
