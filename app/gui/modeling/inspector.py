"""The right panel of the model page: the selected component's form, what is wrong, the whole model, Check and Train."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.gui.modeling.views import FixView, ProblemView
from app.gui.widgets.form import ParameterForm

Figure = tuple[str, str, str]  # name, value, tooltip


class Inspector(QWidget):
    """Shows one node, or the whole model when none is selected."""

    parameters_changed = Signal(str, dict)
    node_wanted = Signal(str)
    fix_wanted = Signal(object)  # a FixView
    check_wanted = Signal()
    train_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node = ""
        self._form: ParameterForm | None = None
        self._title, self._help = QLabel(), QLabel()
        self._title.setProperty("kind", "heading")
        self._help.setProperty("kind", "quiet")
        self._help.setWordWrap(True)
        self._form_place = QVBoxLayout()
        self._part = QGridLayout()
        self._part.setVerticalSpacing(10)
        self._whole = QLabel()
        self._whole.setProperty("kind", "heading")
        self._figures = QGridLayout()
        self._figures.setVerticalSpacing(10)
        self._problems_title = QLabel()
        self._problems_title.setProperty("kind", "heading")
        self._problems = QLabel()
        self._problems.setWordWrap(True)
        self._problems.setTextFormat(Qt.TextFormat.RichText)
        self._problems.linkActivated.connect(self._follow_link)
        self._fixes: list[FixView] = []
        self._shown: tuple[tuple[ProblemView, ...], Mapping[str, str]] = (), {}
        self.check, self.train = QPushButton(), QPushButton()
        self.train.setProperty("kind", "primary")
        self.check.clicked.connect(self.check_wanted)
        self.train.clicked.connect(self.train_wanted)
        self._build()
        self.retranslate()

    def _build(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self._help)
        column.addLayout(self._form_place)
        column.addLayout(self._part)
        column.addWidget(_rule())
        column.addWidget(self._whole)
        column.addLayout(self._figures)
        column.addWidget(_rule())
        column.addWidget(self._problems_title)
        column.addWidget(self._problems)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        inner.setAutoFillBackground(False)
        scroll.viewport().setAutoFillBackground(False)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(14, 8, 14, 14)
        buttons.addWidget(self.check)
        buttons.addStretch(1)
        buttons.addWidget(self.train)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self._whole.setText(self.tr("Whole model"))
        self._problems_title.setText(self.tr("To mend"))
        self.check.setText(self.tr("Check"))
        self.check.setToolTip(self.tr("Look for errors, count parameters, measure shapes (Ctrl+Return)"))
        self.train.setText(self.tr("Train ▸"))
        self.train.setToolTip(self.tr("Choose a data version and start training"))

    def show_nothing(self) -> None:
        """No component is selected."""
        self._node = ""
        self._replace_form(None)
        self._title.setText(self.tr("No component selected"))
        self._help.setText(
            self.tr("Click a component to see its parameters. Drag from a port to connect it with another.")
        )

    def show_node(self, node_id: str, title: str, help_text: str, schema: Any, values: Mapping[str, Any]) -> None:
        """Show a component's form; the same one again only takes the values."""
        if node_id == self._node and self._form is not None:
            self._form.set_values(dict(values))
            return
        self._node = node_id
        self._title.setText(title)
        self._help.setText(help_text)
        form = ParameterForm(schema, dict(values)) if schema is not None and schema.model_fields else None
        self._replace_form(form)
        if form is not None:
            form.changed.connect(lambda name, value: self.parameters_changed.emit(node_id, {name: value}))

    @property
    def form(self) -> ParameterForm | None:
        """The form that is shown."""
        return self._form

    def show_figures(self, whole: list[Figure], part: list[Figure]) -> None:
        """Show (name, value, tooltip) of the whole model, and of the chosen component."""
        _fill(self._figures, whole)
        _fill(self._part, part)

    def show_problems(self, problems: tuple[ProblemView, ...], colors: Mapping[str, str]) -> None:
        """List what is wrong, each with a link to its component."""
        self._fixes = [fix for problem in problems for fix in problem.fixes]
        if problems and (problems, colors) == self._shown:
            return
        self._shown = problems, colors
        self.train.setEnabled(not any(problem.severity == "error" for problem in problems))
        number = 0
        if not problems:
            text = self.tr("Nothing; it can be trained.")
            self._problems.setText(f'<span style="color:{colors["good"]}">✓ {text}</span>')
            return
        lines = []
        for problem in problems:
            place = ".".join(part for part in (problem.node, problem.port) if part)
            link = (
                f'<a href="{escape(problem.node)}" style="color:{colors["accent"]}">{escape(place)}</a> '
                if problem.node
                else ""
            )
            color = colors["bad" if problem.severity == "error" else "warning"]
            links = ""
            for fix in problem.fixes:
                links += f'<br>• <a href="fix:{number}" style="color:{colors["accent"]}">{escape(fix.title)}</a>'
                number += 1
            lines.append(
                f'<p style="margin:0 0 8px 0">{link}<span style="color:{color}">{escape(problem.message)}</span>'
                f" {links or escape(problem.suggestion)}</p>"
            )
        self._problems.setText("".join(lines))

    def _follow_link(self, target: str) -> None:
        if target.startswith("fix:"):
            self.fix_wanted.emit(self._fixes[int(target.removeprefix("fix:"))])
        else:
            self.node_wanted.emit(target)

    def _replace_form(self, form: ParameterForm | None) -> None:
        if self._form is not None:
            self._form_place.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self._form = form
        if form is not None:
            self._form_place.addWidget(form)


def _fill(grid: QGridLayout, figures: list[Figure]) -> None:
    while (item := grid.takeAt(0)) is not None:
        item.widget().hide()
        item.widget().deleteLater()
    for row, (name, value, tip) in enumerate(figures):
        left, right = QLabel(name), QLabel(value)
        left.setProperty("kind", "quiet")
        for label in (left, right):
            label.setToolTip(tip)
        grid.addWidget(left, row, 0)
        grid.addWidget(right, row, 1, Qt.AlignmentFlag.AlignRight)


def _rule() -> QFrame:
    line = QFrame()
    line.setProperty("kind", "line")
    line.setFixedHeight(1)
    return line
