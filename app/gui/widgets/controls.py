"""Small parts that every page is built of: buttons, cards, headings, rows, figures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractSpinBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


def button(
    text: str, clicked: Callable[[], object] | None = None, kind: str = "", icon: QIcon | None = None
) -> QPushButton:
    """A push button; kinds: "" (outlined), primary, danger, flat, link, chip."""
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setCursor(Qt.CursorShape.PointingHandCursor if kind == "link" else Qt.CursorShape.ArrowCursor)
    made.setAutoDefault(False)
    if icon is not None:
        made.setIcon(icon)
    if clicked is not None:
        made.clicked.connect(lambda: clicked())
    return made


def primary_button(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """The one main button of a page."""
    return button(text, clicked, "primary")


def quiet_button(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """An outlined button."""
    return button(text, clicked)


def danger_button(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """A button that destroys something: outlined in red."""
    return button(text, clicked, "danger")


def link_button(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """A button that looks like a link."""
    return button(text, clicked, "link")


def label(text: str = "", kind: str = "", wrap: bool = False) -> QLabel:
    """A line of text; kinds: title, heading, figure, quiet, small, good, warning, bad, chip, key."""
    made = QLabel(text)
    made.setProperty("kind", kind)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def set_kind(widget: QWidget, kind: str) -> None:
    """Change the look of a widget."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def line() -> QFrame:
    """A thin horizontal line."""
    made = QFrame()
    made.setProperty("kind", "line")
    return made


class Card(QFrame):
    """A panel with a border, an optional heading with a quiet remark, and `body` as its layout."""

    def __init__(self, heading: str = "", remark: str = "") -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(14, 14, 14, 14)
        self.body.setSpacing(8)
        self.heading = label(heading, "heading")
        self.remark = label(remark, "quiet")
        self.head = QHBoxLayout()
        self.head.setSpacing(6)
        self.head.addWidget(self.heading)
        self.head.addWidget(self.remark)
        self.head.addStretch(1)
        self.body.addLayout(self.head)
        self.set_heading(heading, remark)

    def set_heading(self, heading: str, remark: str = "") -> None:
        """Change heading and remark; empty ones take no room."""
        self.heading.setText(heading)
        self.heading.setVisible(bool(heading))
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))


class Figure(Card):
    """A card with a name, a big figure with its unit, and what to compare it with."""

    def __init__(self, name: str = "", value: str = "—", comparison: str = "", kind: str = "small") -> None:
        super().__init__()
        self.body.setSpacing(2)
        self.name = label(name, "quiet")
        self.value = label(value, "figure")
        self.comparison = label(comparison, kind)
        for part in (self.name, self.value, self.comparison):
            self.body.addWidget(part)

    def show_value(self, value: str, comparison: str = "", kind: str = "small") -> None:
        """Show another figure."""
        self.value.setText(value)
        self.comparison.setText(comparison)
        set_kind(self.comparison, kind)


class PageHead(QWidget):
    """The title of a page with a quiet line, and its buttons on the right in `buttons`."""

    def __init__(self, title: str = "", text: str = "") -> None:
        super().__init__()
        self.title = label(title, "title")
        self.text = label(text, "quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.title)
        row.addWidget(self.text)
        row.addStretch(1)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        row.addLayout(self.buttons)


def row(*widgets: QWidget | int, spacing: int = 8) -> QWidget:
    """Widgets side by side; a number is a stretch."""
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for widget in widgets:
        if isinstance(widget, int):
            layout.addStretch(widget)
        else:
            layout.addWidget(widget)
    return holder


class FieldRow(QWidget):
    """A field below its name, with help as tooltip and room for what is wrong with it."""

    def __init__(self, name: str, field: QWidget, help: str = "") -> None:
        super().__init__()
        self.field = field
        self.name = label(name, "quiet")
        self.name.setBuddy(field)
        self.name.setToolTip(help)
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()
        field.setToolTip(help)
        field.setAccessibleName(name)
        field.setAccessibleDescription(help)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.name, field, self.problem):
            layout.addWidget(part)

    def set_problem(self, text: str) -> None:
        """Say below the field what is wrong; empty: nothing is."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        self.field.setProperty("wrong", "true" if text else "false")
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)


def roomy(*boxes: QAbstractSpinBox) -> None:
    """Keep a spin box's text off its border, as in other fields; the style sheet cannot."""
    for box in boxes:
        box.lineEdit().setTextMargins(6, 0, 0, 0)
