"""The gallery of templates: what each is for, which data it needs, and the button that begins with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.gui.modeling.library import language
from app.gui.modeling.thumbnail import GraphThumbnail
from app.gui.widgets.controls import set_kind

if TYPE_CHECKING:
    from engine.training.expect import Data, Time

CARD_WIDTH = 320
LONG = 120  # min, from which on times are told in hours
A_MINUTE_AND_A_HALF = 90  # s, below which times are told in seconds


class Gallery(QWidget):
    """Cards of all recipes; `chosen` tells the recipe and the name of the new graph."""

    chosen = Signal(str, str)
    cancelled = Signal()

    def __init__(self, colors: Callable[[str], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._taken: frozenset[str] = frozenset()
        self._buttons: dict[str, QPushButton] = {}
        self._have: dict[str, QLabel] = {}
        self._time: dict[str, QLabel] = {}
        self._data: dict[str, Data] = {}
        self._times: dict[str, Time | None] = {}
        self._title, self._lead, self._command = QLabel(), QLabel(), QLabel()
        self._title.setProperty("kind", "title")
        self._lead.setProperty("kind", "quiet")
        self._command.setProperty("kind", "quiet")
        self._command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._name_label, self.name, self._error = QLabel(), QLineEdit(), QLabel()
        self._name_label.setBuddy(self.name)
        self.name.setMaximumWidth(280)
        self._error.setProperty("kind", "bad")
        self._back = QPushButton()
        self._back.clicked.connect(self.cancelled)
        self._cards = QWidget()
        self._grid = QGridLayout(self._cards)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(16)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(self._back)
        column.addLayout(top)
        column.addWidget(self._lead)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self._name_label, self.name, self._error):
            row.addWidget(widget)
        row.addStretch(1)
        column.addSpacing(8)
        column.addLayout(row)
        column.addSpacing(8)
        column.addWidget(self._cards)
        column.addSpacing(8)
        column.addWidget(self._command)
        column.addStretch(1)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        self.name.textChanged.connect(self._say_taken)
        self.retranslate()

    def retranslate(self) -> None:
        """Show the texts of the chosen language; cards that are there are built again."""
        self._title.setText(self.tr("New model"))
        self._lead.setText(self.tr("Choose where to begin. Everything in a template can be changed later."))
        self._name_label.setText(self.tr("Name"))
        self._back.setText(self.tr("Back"))
        self._command.setText(self.tr("On the command line: {}").format("lineside model new NAME --recipe RECIPE"))
        if self._buttons:
            self._fill()

    def begin(self, taken: Iterable[str], *, can_go_back: bool) -> None:
        """Offer a fresh name; `taken` are those of the graphs that are there."""
        if not self._buttons:
            self._fill()
        self._taken = frozenset(taken)
        self._back.setVisible(can_go_back)
        number, name = 2, "model"
        while name in self._taken:
            name = f"model-{number}"
            number += 1
        self.name.setText(name)
        self._say_taken()

    def button(self, recipe: str) -> QPushButton:
        """The button of a recipe's card."""
        return self._buttons[recipe]

    def show_data(self, recipe: str, data: Data) -> None:
        """Say what of the workspace a recipe could learn from."""
        self._data[recipe] = data
        label = self._have[recipe]
        if not data.labels:
            text, kind = self.tr("This workspace has no such data yet."), "quiet"
        elif data.wanted is not None:
            good, bad = data.labels.values()
            text = self.tr("Here: {0} good images, {1} that are not good.").format(good, bad)
            kind = "warning" if data.short else "good"
        elif not data.images:
            text = self.tr("Here: {0} rows in {1} tables.").format(sum(data.labels.values()), len(data.labels))
            kind = "good" if data.ready else "warning"
        else:
            total = sum(data.labels.values())
            text = self.tr("Here: {0} images, {1} annotations of {2} labels.").format(
                data.images, total, len(data.labels)
            )
            kind = "good"
            if data.short:
                few = ", ".join(f"{name} ({count})" for name, count in list(data.short.items())[:3])
                text, kind = text + " " + self.tr("Few of: {}").format(few), "warning"
        set_kind(label, kind)
        label.setText(text)
        label.setMinimumHeight(label.heightForWidth(CARD_WIDTH - 40))

    def show_time(self, recipe: str, time: Time | None) -> None:
        """Say how long a training takes here; None: that is not known."""
        self._times[recipe] = time
        label = self._time[recipe]
        if time is None:
            label.setText(self.tr("Time on this machine: not known"))
        else:
            interval = f"{self._told(time.low)} – {self._told(time.high)}"
            if time.source == "runs":
                text = self.tr("Training here: about {0} ({1}), by {2} earlier runs.")
                text = text.format(self._told(time.seconds), interval, time.runs)
            else:
                text = self.tr("Training here: {0}; an estimate by a short measurement, no run yet.").format(interval)
            if time.images:
                text += " " + self.tr("For {} good images.").format(time.images)
            label.setText(text)
        label.setMinimumHeight(label.heightForWidth(CARD_WIDTH - 40))

    @property
    def waiting(self) -> list[str]:
        """The recipes whose time is not known yet."""
        return [name for name in self._time if name not in self._times]

    def wait_for_time(self, recipe: str) -> None:
        """Say that it is being measured."""
        if recipe not in self._times:
            self._time[recipe].setText(self.tr("Time on this machine: being measured…"))

    def recolor(self) -> None:
        """Draw again in the colours of another theme."""
        self._cards.update()

    def _fill(self) -> None:
        from engine.modeling.recipes import RECIPES

        while self._grid.count():
            self._grid.takeAt(0).widget().deleteLater()
        self._buttons = {}
        for index, recipe in enumerate(RECIPES.values()):
            self._grid.addWidget(self._card(recipe), index // 3, index % 3)
        for column in range(3):
            self._grid.setColumnStretch(column, 1)
        for name, data in self._data.items():
            self.show_data(name, data)
        for name, time in self._times.items():
            self.show_time(name, time)

    def _card(self, recipe: object) -> QFrame:
        from engine.modeling.catalogue import component

        card = QFrame()
        card.setProperty("kind", "card")
        graph = recipe.graph("x")  # type: ignore[attr-defined]
        boxes, kinds = [], {}
        for node in graph.nodes:
            found = component(node.type)
            boxes.append((node.id, found.section if found else "", *node.position))
            kinds |= {(node.id, port.name): port.kind for port in (found.outputs if found else ())}
        lines = [(edge.source, edge.target, kinds.get((edge.source, edge.output), "")) for edge in graph.edges]
        title, text, needs = QLabel(), QLabel(), QLabel()
        title.setProperty("kind", "heading")
        title.setText(recipe.title.of(language()))  # type: ignore[attr-defined]
        text.setText(recipe.description.of(language()))  # type: ignore[attr-defined]
        needs.setText(self.tr("Needs: {}").format(recipe.needs.of(language())))  # type: ignore[attr-defined]
        needs.setProperty("kind", "quiet")
        for label in (text, needs):
            label.setWordWrap(True)
            label.ensurePolished()  # a scroll area does not ask for heights by width: without a minimum cards overlap
            label.setMinimumHeight(label.heightForWidth(CARD_WIDTH - 40))
        have, time = QLabel(), QLabel()
        for label in (have, time):
            label.setWordWrap(True)
            label.setProperty("kind", "quiet")
        self._have[recipe.name], self._time[recipe.name] = have, time  # type: ignore[attr-defined]
        use = QPushButton(self.tr("Start with this"))
        use.clicked.connect(lambda _=False, name=recipe.name: self._choose(name))  # type: ignore[attr-defined]
        self._buttons[recipe.name] = use  # type: ignore[attr-defined]
        column = QVBoxLayout(card)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(8)
        column.addWidget(GraphThumbnail(boxes, lines, self._colors))
        for label in (title, text, needs, have, time):
            column.addWidget(label)
        column.addStretch(1)
        column.addWidget(use, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _choose(self, recipe: str) -> None:
        if self._say_taken():
            self.name.setFocus()
            return
        self.chosen.emit(recipe, self.name.text().strip())

    def _told(self, seconds: float) -> str:
        if seconds < A_MINUTE_AND_A_HALF:
            return self.tr("{} s").format(max(1, round(seconds)))
        minutes = seconds / 60
        if minutes >= LONG:
            return self.tr("{} h").format(QLocale().toString(minutes / 60, "f", 1 if minutes < 10 * 60 else 0))
        return self.tr("{} min").format(QLocale().toString(minutes, "f", 1 if minutes < 3 else 0))

    def _say_taken(self) -> bool:
        name = self.name.text().strip()
        text = ""
        if not name:
            text = self.tr("Give the model a name.")
        elif name in self._taken:
            text = self.tr("There is a model “{}” already.").format(name)
        self._error.setText(text)
        return bool(text)
