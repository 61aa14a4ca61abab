"""The table of targets: what each is, what runs there, how it does, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QSizePolicy, QWidget

from app.gui.widgets.controls import Card, button, label, line

HEALTH_COLORS = {
    "running": "good",
    "published": "good",
    "sent": "warning",
    "starting": "warning",
    "restarting": "warning",
    "unhealthy": "bad",
    "stopped": "quiet",
    "nothing": "quiet",
    "unreachable": "bad",
    "asking": "quiet",
}


@dataclass(frozen=True)
class TargetLine:
    """One target as the table shows it."""

    name: str
    kind: str
    release: str = ""
    mode: str = ""
    endpoint: str = ""
    health: str = "asking"
    message: str = ""
    can_roll_back: bool = False


def health_text(health: str) -> str:
    """How a target does, in a word."""
    words = {
        "running": QCoreApplication.translate("Targets", "Healthy"),
        "published": QCoreApplication.translate("Targets", "Published"),
        "sent": QCoreApplication.translate("Targets", "On the stick, not applied yet"),
        "starting": QCoreApplication.translate("Targets", "Starting"),
        "restarting": QCoreApplication.translate("Targets", "Starting again"),
        "unhealthy": QCoreApplication.translate("Targets", "Not ready"),
        "stopped": QCoreApplication.translate("Targets", "Stopped"),
        "nothing": QCoreApplication.translate("Targets", "Nothing runs"),
        "unreachable": QCoreApplication.translate("Targets", "Unreachable"),
        "asking": QCoreApplication.translate("Targets", "Looking…"),
    }
    return words.get(health, health)


def mode_text(mode: str) -> str:
    """How a release runs, in words."""
    words = {
        "namespaces": QCoreApplication.translate("Targets", "isolated on this machine"),
        "registry": QCoreApplication.translate("Targets", "kept for others to fetch"),
        "interpreter": QCoreApplication.translate("Targets", "in the program's own Python, not isolated"),
    }
    return words.get(mode, mode)


class Dot(QWidget):
    """A round spot of one colour of the theme."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors, self._name = colors, "quiet"
        self.setFixedSize(12, 20)

    def show_color(self, name: str) -> None:
        """Take another colour."""
        self._name = name
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(12, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors(self._name))
        middle = QRectF(self.rect()).center()
        painter.drawEllipse(QPointF(middle.x(), middle.y()), 5, 5)


class TargetsCard(Card):
    """Rows of targets with their buttons."""

    deploy_wanted = Signal(str)
    log_wanted = Signal(str)
    try_wanted = Signal(str)
    rollback_wanted = Signal(str)
    probe_wanted = Signal(str)
    end_wanted = Signal(str)
    remove_wanted = Signal(str)
    release_wanted = Signal(str)

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self._lines: dict[str, TargetLine] = {}
        self._cells: dict[str, dict[str, QWidget]] = {}
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(14)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(1, 2)
        self.grid.setColumnStretch(2, 3)
        self.grid.setColumnStretch(4, 3)
        self.body.addLayout(self.grid)
        self._can_deploy = False

    def show_lines(self, lines: Sequence[TargetLine], *, can_deploy: bool) -> None:
        """Show these targets; rows are made again only when targets came or went."""
        shown = {line.name: line for line in lines}
        if list(shown) != list(self._lines) or not self._cells:
            self._lines = shown
            self._rebuild()
        self._lines, self._can_deploy = shown, can_deploy
        for target in lines:
            self._fill(target)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self._rebuild()
        for target in self._lines.values():
            self._fill(target)

    def cell(self, target: str, name: str) -> QWidget:
        """A part of a target's row: name, kind, release, health, deploy, log, try, rollback, more."""
        return self._cells[target][name]

    def _rebuild(self) -> None:
        while self.grid.count():
            widget = self.grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        self._cells = {}
        heads = (self.tr("Target"), self.tr("Kind"), self.tr("Runs"), "", self.tr("State"))
        for column, text in enumerate(heads):
            self.grid.addWidget(label(text, "small"), 0, column)
        for index, name in enumerate(self._lines):
            self.grid.addWidget(line(), index * 2 + 1, 0, 1, 6)
            self._add_row(name, index * 2 + 2)

    def _add_row(self, name: str, row: int) -> None:
        cells: dict[str, QWidget] = {
            "name": label(name, "heading"),
            "kind": label("", "quiet"),
            "release": label(""),
            "dot": Dot(self._colors),
            "health": label(""),
            "deploy": button(self.tr("Deploy"), lambda: self.deploy_wanted.emit(name)),
            "try": button(self.tr("Try an image"), lambda: self.try_wanted.emit(name)),
            "log": button(self.tr("Log"), lambda: self.log_wanted.emit(name)),
            "rollback": button(self.tr("Roll back"), lambda: self.rollback_wanted.emit(name), "danger"),
            "more": button("⋯", None),
        }
        cells["deploy"].setToolTip(self.tr("Bring the chosen artifact here and let it take over"))
        cells["rollback"].setToolTip(self.tr("Put the release before this one back"))
        cells["more"].setAccessibleName(self.tr("More for {}").format(name))
        cells["more"].setFixedWidth(38)
        menu = QMenu(cells["more"])
        menu.addAction(self.tr("Traffic, figures, history"), lambda: self.release_wanted.emit(name))
        menu.addAction(self.tr("Look at the machine again"), lambda: self.probe_wanted.emit(name))
        menu.addAction(self.tr("End what runs there"), lambda: self.end_wanted.emit(name))
        menu.addSeparator()
        menu.addAction(self.tr("Remove the target…"), lambda: self.remove_wanted.emit(name))
        cells["more"].clicked.connect(  # type: ignore[attr-defined]
            lambda: menu.popup(cells["more"].mapToGlobal(cells["more"].rect().bottomLeft()))
        )
        for column, part in enumerate(("name", "kind", "release", "dot", "health")):
            self.grid.addWidget(cells[part], row, column)
        for part in ("kind", "release", "health"):
            cells[part].setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        holder = QWidget()
        buttons = QHBoxLayout(holder)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(6)
        buttons.addStretch(1)
        for part in ("rollback", "log", "try", "deploy", "more"):
            buttons.addWidget(cells[part])
        self.grid.addWidget(holder, row, 5)
        self._cells[name] = cells

    def _fill(self, target: TargetLine) -> None:
        cells = self._cells[target.name]
        running = bool(target.release) and target.health in ("running", "starting", "restarting", "unhealthy")
        for part, text, tip in (
            ("kind", target.kind, target.kind),
            (
                "release",
                " · ".join(part for part in (target.release or "—", mode_text(target.mode)) if part),
                target.endpoint,
            ),
            ("health", health_text(target.health), target.message),
        ):
            cells[part].setText(text)  # type: ignore[attr-defined]
            cells[part].setToolTip(tip)
        cells["dot"].show_color(HEALTH_COLORS.get(target.health, "quiet"))  # type: ignore[attr-defined]
        cells["deploy"].setEnabled(self._can_deploy)
        for part in ("try", "log"):
            cells[part].setEnabled(running)
        cells["rollback"].setVisible(target.can_roll_back)
