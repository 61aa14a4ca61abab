"""Notices: a sentence that floats over the lower right corner for a while, with the next step as a button."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.gui.shell.theme import theme
from app.gui.widgets.controls import button, label, link_button

SHOWN_MS = 8000
MOST = 3
FOOT = 40  # above the status bar
ICONS = {"info": "info", "good": "check", "warning": "warning", "error": "error"}
COLORS = {"info": "accent", "good": "good", "warning": "warning", "error": "bad"}


class Notice(QFrame):
    """One notice; errors stay until they are closed."""

    def __init__(
        self, text: str, action_text: str | None, action: Callable[[], object] | None, kind: str, details: str
    ) -> None:
        super().__init__()
        self.kind = kind
        self.setProperty("kind", "notice" if kind == "info" else f"notice-{kind}")
        self.setFixedWidth(400)
        self.text = label(text, "", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        picture = label()
        picture.setPixmap(theme().icon(ICONS[kind], COLORS[kind]).pixmap(18, 18))
        close = button("", self.dismiss, "flat", theme().icon("close", "quiet"))
        close.setAccessibleName(self.tr("Close"))
        close.setFixedSize(24, 24)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.text, 1)
        top.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 10, 10)
        layout.setSpacing(6)
        layout.addLayout(top)
        links = QHBoxLayout()
        links.setContentsMargins(28, 0, 0, 0)
        self.details = QPlainTextEdit(details)
        self.details.setProperty("kind", "log")
        self.details.setReadOnly(True)
        self.details.setFixedHeight(120)
        self.details.hide()
        self.button = None
        if action_text and action is not None:
            chosen = action
            self.button = button(action_text, lambda: (chosen(), self.dismiss()))
            links.addWidget(self.button)
        if details:
            links.addWidget(link_button(self.tr("Details"), self._fold))
        links.addStretch(1)
        if action_text or details:
            layout.addLayout(links)
        layout.addWidget(self.details)

    def dismiss(self) -> None:
        """Close the notice."""
        self.hide()
        self.deleteLater()

    def _fold(self) -> None:
        self.details.setVisible(self.details.isHidden())
        self.adjustSize()


class Notices(QObject):
    """Stacks notices over the lower right corner of a widget."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._shown: list[Notice] = []
        over.installEventFilter(self)

    def add(
        self, text: str, action_text: str | None, action: Callable[[], object] | None, kind: str, details: str
    ) -> Notice:
        """Show a notice; the oldest goes when there are too many."""
        notice = Notice(text, action_text, action, kind if kind in ICONS else "info", details)
        notice.setParent(self._over)
        notice.installEventFilter(self)
        self._shown.append(notice)
        notice.destroyed.connect(lambda _=None, gone=notice: self._drop(gone))
        while len(self._shown) > MOST:
            self._shown.pop(0).dismiss()
        if notice.kind in ("info", "good"):
            QTimer.singleShot(SHOWN_MS, notice, notice.dismiss)
        notice.show()
        self._place()
        return notice

    def texts(self) -> list[str]:
        """What is shown now."""
        return [notice.text.text() for notice in self._shown]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the widget and of each notice."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            QTimer.singleShot(0, self, self._place)
        return False

    def _drop(self, gone: Notice) -> None:
        if gone in self._shown:
            self._shown.remove(gone)
            self._place()

    def _place(self) -> None:
        if not shiboken6.isValid(self._over):  # the window is going, and its notices with it
            return
        bottom = self._over.height() - FOOT
        for notice in reversed(self._shown):
            height = max(notice.heightForWidth(notice.width()), notice.sizeHint().height())
            notice.resize(notice.width(), height)
            notice.move(self._over.width() - notice.width() - 16, bottom - height)
            notice.raise_()
            bottom -= height + 8
