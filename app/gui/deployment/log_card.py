"""The log of what runs on a target, as it is written: paused, searched, by level, copied, and read upwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QColor, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLineEdit, QListView

from app.gui.deployment.log_follow import Follower, Piece
from app.gui.deployment.log_lines import KEPT, LogLines, raw_text
from app.gui.widgets.controls import Card, button, label, row, set_kind
from app.gui.widgets.errors import sentence

LEVELS = ("debug", "info", "warning", "error")


class LogCard(Card):
    """Hidden until `follow`; `start` runs what follows (see `Works.start`)."""

    def __init__(self, colors: Callable[[str], QColor], start: Callable[..., Any]) -> None:
        super().__init__()
        self._start = start
        self._target, self._release = "", ""
        self._follower: Follower | None = None
        self._asked, self._lost, self._at_end = False, "", True
        self.lines = LogLines(colors, self)
        self.view = QListView()
        self.view.setProperty("kind", "log")
        self.view.setModel(self.lines)
        self.view.setUniformItemSizes(True)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setMinimumHeight(280)
        self.level, self.find = QComboBox(), QLineEdit()
        for level in LEVELS:
            self.level.addItem("", level)
        self.find.setClearButtonEnabled(True)
        self.find.setMaximumWidth(220)
        self.found, self.state = label("", "small"), label("", "small", wrap=True)
        self.pause, self.copy, self.close_it = (
            button("", self._pause),
            button("", self.copy_lines),
            button("", self.end, "flat"),
        )
        self.pause.setCheckable(True)
        self.head.addWidget(row(self.level, self.find, self.found, self.pause, self.copy, self.close_it))
        self.body.addWidget(self.view)
        self.body.addWidget(self.state)
        self._connect()
        self.hide()

    def _connect(self) -> None:
        self.level.currentIndexChanged.connect(lambda: self._show_level())
        self.find.textChanged.connect(self._look_for)
        self.find.returnPressed.connect(lambda: self._go(1))
        bar = self.view.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.rangeChanged.connect(self._follow_end)
        for keys, call in ((QKeySequence.StandardKey.Copy, self.copy_lines), (QKeySequence.StandardKey.FindNext, lambda: self._go(1)),
                           (QKeySequence.StandardKey.FindPrevious, lambda: self._go(-1))):  # fmt: skip
            action = QAction(self)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(call)
            self.addAction(action)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        for place, text in enumerate(
            (self.tr("All levels"), self.tr("From information on"), self.tr("From warnings on"), self.tr("Errors only"))
        ):
            self.level.setItemText(place, text)
        self.level.setAccessibleName(self.tr("Level"))
        self.level.setToolTip(
            self.tr("Of structured lines; what other programs print has no level and is always shown")
        )
        self.find.setPlaceholderText(self.tr("Search"))
        self.find.setAccessibleName(self.tr("Search in the log"))
        self.find.setToolTip(self.tr("Return or F3: the next one. Shift+F3: the one before"))
        self.pause.setText(self.tr("Pause"))
        self.pause.setToolTip(self.tr("Let the lines stand still; what is written meanwhile comes afterwards"))
        self.copy.setText(self.tr("Copy"))
        self.copy.setToolTip(self.tr("The chosen lines as they were written, else all that are shown"))
        self.close_it.setText(self.tr("Close"))
        self.view.setAccessibleName(self.tr("Log"))
        self._show()

    def follow(self, target: str) -> None:
        """Show the log of what runs on a target."""
        self.end()
        self._target, self._release, self._lost, self._at_end, self._asked = target, "", "", True, False
        self.lines.clear()
        self.pause.setChecked(False)
        follower = self._follower = Follower(target, self)
        follower.read.connect(self._take)
        follower.lost.connect(self._not_read)
        self._start(follower.work, None, self._not_read)
        self._show()
        self.show()

    def end(self) -> None:
        """Follow no more, and hide."""
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.stop()
        self.hide()

    def copy_lines(self) -> None:
        """The chosen lines, else all that are shown, as they were written."""
        rows = sorted(index.row() for index in self.view.selectedIndexes())
        chosen = [self.lines.shown[at] for at in rows] or self.lines.shown
        QGuiApplication.clipboard().setText(raw_text(chosen))

    def _take(self, piece: Piece) -> None:
        if self.sender() is not self._follower:
            return
        self._lost = ""
        if piece.release:
            self._release = piece.release
        bar, before = self.view.verticalScrollBar(), len(self.lines.shown)
        top = bar.value()
        gone = self.lines.add(piece)
        if piece.above:
            self._asked = False
            bar.setValue(top + len(self.lines.shown) - before)
        elif gone and not self._at_end:
            bar.setValue(max(0, top - gone))
        if piece.lines and self.lines.looked_for:
            self._look_for(self.find.text())
        self._show()

    def _not_read(self, error: Exception) -> None:
        self._lost, self._asked = sentence(error), False
        self._show()

    def _show(self) -> None:
        self.set_heading(self.tr("Log of {}").format(self._target), self._release)
        text = self.tr("Reading…")
        if self._lost:
            text = self.tr("The link is cut; trying again. {}").format(self._lost)
        elif self.pause.isChecked():
            text = self.tr("Paused.")
        elif self._release:
            text = self.tr("Live.") if self.lines.shown else self.tr("It has written nothing yet.")
        if self.lines.count >= KEPT - 500:
            most = self.tr("The last {0} lines are kept here; earlier ones: {1}")
            text += " " + most.format(KEPT, f"lineside release logs {self._target} --lines N")
        self.state.setText(text)
        set_kind(self.state, "warning" if self._lost else "small")

    def _pause(self) -> None:
        if self._follower is not None:
            self._follower.pause(self.pause.isChecked())
        self._show()

    def _show_level(self) -> None:
        self.lines.show_level(str(self.level.currentData()))
        self._look_for(self.find.text())
        self.view.scrollToBottom()

    def _look_for(self, text: str) -> None:
        count = self.lines.look_for(text)
        self.found.setText(self.tr("{} found").format(count) if text else "")

    def _go(self, step: int) -> None:
        """To the next line with what is looked for."""
        at = self.view.currentIndex()
        start = at.row() if at.isValid() else len(self.lines.shown) if step < 0 else -1
        if self.find.text() and self.lines.shown and (found := self.lines.next(start, step)) >= 0:
            self.view.setCurrentIndex(self.lines.index(found))

    def _scrolled(self, value: int) -> None:
        bar = self.view.verticalScrollBar()
        self._at_end = value >= bar.maximum()
        if value == bar.minimum() < bar.maximum() and self.lines.count < KEPT - 500:
            QTimer.singleShot(0, self, self._want_above)

    def _want_above(self) -> None:
        if self._follower is not None and self.lines.start and not self._asked:
            self._asked = True
            self._follower.want_above(self.lines.start)

    def _follow_end(self) -> None:
        """Stay at the end where the view was there."""
        if self._at_end:
            self.view.scrollToBottom()
