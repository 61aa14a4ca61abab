"""The review tab of the labelling page: buttons for the state, the person, and the list of comments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QListWidget, QListWidgetItem, QPlainTextEdit, QVBoxLayout, QWidget

from app.gui.quality.words import STATE_COLORS, state_text
from app.gui.widgets.controls import button, label, link_button, row, set_kind
from engine.data.records import REVIEW_STATES, Review
from engine.labeling.comments import Thread

KINDS = {"quiet": "quiet", "accent": "", "warning": "warning", "good": "good", "bad": "bad"}


class StatePanel(QWidget):
    """The state of the open item.

    Signals:
        chosen: a state that was pressed.
        assigned: the person who shall have the item, "" for nobody.
    """

    chosen = Signal(str)
    assigned = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.title, self.now = label("", "heading"), label("", "quiet", wrap=True)
        self.buttons = {state: button("", lambda state=state: self.chosen.emit(state)) for state in REVIEW_STATES}
        self.who = QComboBox()
        self.who.setObjectName("review_assignee")
        self.who.setEditable(True)
        self.who.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.who.activated.connect(lambda _: self._assign())
        self.who.lineEdit().editingFinished.connect(self._assign)
        self.who_title = label("", "quiet")
        self._person = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.now)
        grid = QGridLayout()
        grid.setSpacing(6)
        for state, made in self.buttons.items():
            made.setObjectName("review_" + state.replace(" ", "_"))
        self._grid = grid
        layout.addLayout(grid)
        layout.addWidget(row(self.who_title, self.who))
        self.who.setMinimumWidth(120)

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.title.setText(self.tr("Review"))
        for state, made in self.buttons.items():
            made.setText(state_text(state))
        self.buttons["labelled"].setToolTip(self.tr("Ctrl+Enter: labelled, and on to the next to label"))
        self.buttons["accepted"].setToolTip(self.tr("Alt+A: accept, and on to the next to review"))
        self.buttons["rejected"].setToolTip(self.tr("Alt+R: say in a comment what is wrong"))
        self.who_title.setText(self.tr("Assigned to"))
        self.who.setAccessibleName(self.who_title.text())
        self.who.lineEdit().setPlaceholderText(self.tr("nobody"))

    def show_review(self, review: Review | None, allowed: Sequence[str], people: Sequence[str], me: str) -> None:
        """Show the state and what may follow it."""
        state = review.state if review else ""
        for place, name in enumerate(allowed):
            self._grid.addWidget(self.buttons[name], place // 2, place % 2)
        for name, made in self.buttons.items():
            made.setEnabled(name in allowed)
            made.setVisible(name in allowed)
        said = state_text(state)
        if review and review.author:
            said = self.tr("{0}, by {1}, {2}").format(said, review.author, when(review.created))
        self.now.setText(said)
        set_kind(self.now, KINDS.get(STATE_COLORS.get(state, "quiet"), "quiet"))
        self._person = review.assignee if review else ""
        names = sorted({*people, me} - {""})
        if not self.who.lineEdit().hasFocus():
            self.who.blockSignals(True)
            self.who.clear()
            self.who.addItems(["", *names])
            self.who.setCurrentText(self._person)
            self.who.blockSignals(False)

    def _assign(self) -> None:
        person = self.who.currentText().strip()
        if person != self._person:
            self._person = person
            self.assigned.emit(person)


class CommentPanel(QWidget):
    """The threads of the open item, and a field for a new comment or an answer.

    Signals:
        written: a new comment's text.
        answered, resolved, removed, picked: with the id of the thread's first comment.
        given_up: Esc in the field.
    """

    written = Signal(str)
    answered = Signal(object, str)
    resolved = Signal(object, bool)
    removed = Signal(object)
    picked = Signal(object)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.for_reason = False
        self.key = "T"  # that begins a comment; a person may have chosen another
        self._threads: Sequence[Thread] = ()
        self.title, self.hint = label("", "heading"), label("", "quiet", wrap=True)
        self.list = QListWidget()
        self.list.setObjectName("comment_list")
        self.list.setWordWrap(True)
        self.list.setFrameShape(self.list.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSpacing(2)
        self.list.setMinimumHeight(110)
        self.list.currentItemChanged.connect(lambda *_: self._chosen())
        self.field = QPlainTextEdit()
        self.field.setObjectName("comment_field")
        self.field.setFixedHeight(62)
        self.field.setTabChangesFocus(True)
        self.field.installEventFilter(self)
        self.send = button("", self._send)
        self.send.setObjectName("comment_send")
        self.done = link_button("", self._resolve)
        self.done.setObjectName("comment_resolve")
        self.remove = link_button("", lambda: self.removed.emit(self.current()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for part in (self.title, self.hint, self.list, row(self.done, 1, self.remove), self.field, row(1, self.send)):
            layout.addWidget(part)
        layout.setStretchFactor(self.list, 1)

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.title.setText(self.tr("Comments"))
        self.send.setToolTip(self.tr("Enter; Shift+Enter begins a new line"))
        self.remove.setText(self.tr("Remove"))
        self.field.setAccessibleName(self.tr("Comment"))
        self.show_threads(self._threads)
        self._say()

    def show_threads(self, threads: Sequence[Thread]) -> None:
        """List them; the chosen one stays chosen."""
        chosen = self.current()
        self._threads = threads
        self.list.blockSignals(True)
        self.list.clear()
        for thread in threads:
            item = QListWidgetItem(_thread_text(thread, self.tr("done")))
            item.setData(Qt.ItemDataRole.UserRole, thread.first.id)
            self.list.addItem(item)
            if thread.first.id == chosen:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self.list.setVisible(bool(threads))
        self.hint.setVisible(not threads)
        self._say()

    def current(self) -> int:
        """The chosen thread's first comment; 0 without one."""
        item = self.list.currentItem()
        return int(item.data(Qt.ItemDataRole.UserRole)) if item is not None else 0

    def choose(self, comment_id: int) -> None:
        """Choose a thread, ready to answer it."""
        for place in range(self.list.count()):
            if self.list.item(place).data(Qt.ItemDataRole.UserRole) == comment_id:
                self.list.setCurrentRow(place)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin(self, pinned: bool) -> None:
        """Begin a new comment."""
        self.list.setCurrentItem(None)
        self.for_reason = False
        self._say()
        self.field.setPlaceholderText(
            self.tr("Comment at this place") if pinned else self.tr("Comment on the whole image")
        )
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_reason(self) -> None:
        """Ask why the item is rejected."""
        self.begin(False)
        self.for_reason = True
        self.field.setPlaceholderText(self.tr("What is wrong? Needed to reject the image."))
        self._say()

    def text(self) -> str:
        """What stands in the field of a new comment."""
        return "" if self.current() else self.field.toPlainText().strip()

    def clear(self) -> None:
        """Begin anew."""
        self.for_reason = False
        self.field.clear()
        self.list.setCurrentItem(None)
        self._say()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter sends, Esc gives up."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & (
                Qt.KeyboardModifier.ShiftModifier
            ):
                self._send()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.given_up.emit()
                return True
        return super().eventFilter(watched, event)

    def _send(self) -> None:
        text = self.field.toPlainText().strip()
        if text and self.current():
            self.answered.emit(self.current(), text)
            self.field.clear()
        elif text:
            self.written.emit(text)

    def _resolve(self) -> None:
        thread = next((t for t in self._threads if t.first.id == self.current()), None)
        if thread is not None:
            self.resolved.emit(thread.first.id, thread.open)

    def _chosen(self) -> None:
        self._say()
        if self.current():
            self.picked.emit(self.current())

    def _say(self) -> None:
        thread = next((t for t in self._threads if t.first.id == self.current()), None)
        self.hint.setText(self.tr("No comments yet. Press {0} over a place to pin one there.").format(self.key))
        self.done.setVisible(thread is not None)
        self.remove.setVisible(thread is not None)
        self.done.setText(self.tr("Done with") if thread is None or thread.open else self.tr("Open again"))
        self.send.setText(
            self.tr("Reject") if self.for_reason else self.tr("Answer") if thread is not None else self.tr("Comment")
        )
        if thread is not None:
            self.field.setPlaceholderText(self.tr("Answer"))
        elif not self.for_reason:
            self.field.setPlaceholderText(self.tr("Comment on the whole image"))


def when(created: str) -> str:
    """A time of the store as the clock on the wall shows it."""
    if not created:
        return ""
    at = datetime.fromisoformat(created).replace(tzinfo=UTC).astimezone()
    locale = QLocale()
    time = locale.toString(at.time(), "HH:mm")
    return time if at.date() == datetime.now().date() else f"{at:%Y-%m-%d} {time}"


def _thread_text(thread: Thread, done: str) -> str:
    """The thread as lines: number, who, when, what; answers below."""
    head = f"{thread.number}  {thread.first.author} · {when(thread.first.created)}" + (
        "" if thread.open else f" · {done}"
    )
    answers = [f"    {answer.author}: {answer.text}" for answer in thread.answers]
    return "\n".join([head, thread.first.text, *answers])
