"""The row of a target: what it is, what runs there, how it does, the machine as a picture, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.gui.deployment.machine_picture import MachinePicture
from app.gui.shell.target_words import target_text
from app.gui.widgets.controls import button, label, set_kind
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from datetime import datetime

    from engine.deployment.target import Probe

ARTIFACT = "application/x-lineside-artifact"
"""What is dragged: the digest of an artifact."""
RUNS = ("running", "starting", "restarting", "unhealthy")

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
    """One target as its row shows it."""

    name: str
    kind: str
    release: str = ""
    mode: str = ""
    endpoint: str = ""
    health: str = "asking"
    message: str = ""
    can_roll_back: bool = False
    keeps: bool = False  # its releases keep images that are worth a look
    signed: int | None = None  # count of the signed release that runs there; 0: not signed, None: nothing was released
    probe: Probe | None = None
    probed: datetime | None = None
    needed: int = 0  # bytes of the chosen artifact
    against: str = ""  # why the chosen artifact cannot go there
    remark: str = ""  # what to know of it there


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


class TargetRow(QFrame):
    """Takes a dropped artifact where it fits; Return asks what to deploy, Alt with an arrow moves the row."""

    wanted = Signal(str)  # deploy, try, log, rollback, collect, keep, choose, release, probe, edit, end, remove, up, …

    def __init__(self, name: str, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self.name = name
        self.setProperty("kind", "target")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setAccessibleName(name)
        self._line = TargetLine(name, "")
        self._can_deploy, self._told = False, ""
        self.fold = button("▾", lambda: self.wanted.emit("fold"), "flat")
        self.fold.setFixedWidth(26)
        self.title, self.kind = label(name, "heading"), label("", "small")
        self.release, self.signed, self.dot, self.health = label(""), label("", "chip"), Dot(colors), label("")
        self.release.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.verdict = label("", "small", wrap=True)
        self.machine, self.error = MachinePicture(colors), ErrorLine()
        self.buttons = {key: self._button(key) for key in ("rollback", "collect", "log", "try", "deploy", "more")}
        self._build()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        for part in (self.fold, self.title):
            top.addWidget(part)
        top.addWidget(self.release, 1)
        for part in (self.signed, self.dot, self.health, *self.buttons.values()):
            top.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(top)
        below = QVBoxLayout()
        below.setContentsMargins(34, 0, 0, 0)
        below.setSpacing(6)
        for part in (self.kind, self.verdict, self.machine, self.error):
            below.addWidget(part)
        layout.addLayout(below)
        self.verdict.hide()

    def _button(self, key: str) -> QPushButton:
        if key == "more":
            made = button("⋯", lambda: self._menu().popup(made.mapToGlobal(made.rect().bottomLeft())))
            made.setFixedWidth(38)
        else:
            made = button("", lambda: self.wanted.emit(key), "danger" if key == "rollback" else "")
        return made

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        words = {
            "rollback": (self.tr("Roll back"), self.tr("Put the release before this one back")),
            "collect": (self.tr("Collect"), self.tr("Bring home what it kept, into the labelling queue")),
            "log": (self.tr("Log"), self.tr("What it writes, as it goes on")),
            "try": (self.tr("Try an image"), self.tr("Send it a picture and see what it finds")),
            "deploy": (self.tr("Deploy"), ""),
        }
        for key, (text, tip) in words.items():
            self.buttons[key].setText(text)
            self.buttons[key].setToolTip(tip)
        self.buttons["more"].setAccessibleName(self.tr("More for {}").format(self.name))
        self.fold.setAccessibleName(self.tr("Show or hide the machine {}").format(self.name))
        self.fold.setToolTip(self.tr("Show or hide the machine"))
        self.setAccessibleDescription(self.tr("Return: deploy. Alt and an arrow: move. Menu key: more."))

    def show_line(self, line: TargetLine, *, can_deploy: bool) -> None:
        """Show a target."""
        self._line, self._can_deploy = line, can_deploy
        self.kind.setText(line.kind)
        self.release.setText(" · ".join(filter(None, (line.release or "—", mode_text(line.mode)))))
        self.release.setToolTip("\n".join(filter(None, (self.release.text(), line.endpoint))))
        self.signed.setVisible(line.signed is not None)
        self.signed.setText(self.tr("signed") if line.signed else self.tr("not signed"))
        if line.signed:
            self.signed.setToolTip(self.tr("Release {} of the workspace's keys").format(line.signed))
        self.health.setText(health_text(line.health))
        self.health.setToolTip(target_text(line.message))
        self.dot.show_color(HEALTH_COLORS.get(line.health, "quiet"))
        self.buttons["try"].setEnabled(bool(line.release) and line.health in RUNS)
        self.buttons["log"].setEnabled(bool(line.release) and line.health in (*RUNS, "stopped"))
        self.buttons["rollback"].setVisible(line.can_roll_back)
        self.buttons["collect"].setVisible(line.keeps)
        self.buttons["deploy"].setEnabled(self.fits)
        tip = self.tr("Bring the chosen artifact here and let it take over")
        self.buttons["deploy"].setToolTip(line.against or line.remark or tip)
        self.machine.show_probe(line.probe, line.probed, line.needed)
        if line.health == "unreachable":
            self.error.show_error(line.message, self.tr("Look again"), lambda: self.wanted.emit("probe"))
        elif self.error.text.text() == target_text(self._told):
            self.error.clear()
        self._told = line.message

    @property
    def fits(self) -> bool:
        """Whether the chosen artifact can go there now."""
        return self._can_deploy and not self._line.against

    def show_folded(self, folded: bool) -> None:
        """Hide or show the machine."""
        self.machine.setVisible(not folded)
        self.fold.setText("▸" if folded else "▾")

    def show_drag(self, dragged: bool) -> None:
        """Something is being dragged: say whether it fits here, and why not."""
        text = self._line.against or self._line.remark or self.tr("Drop it here to deploy")
        if not self._can_deploy:
            text = self.tr("Another release is on its way; wait for it, or stop it.")
        self.verdict.setText(text)
        set_kind(self.verdict, "small" if self.fits and not self._line.remark else "warning")
        self.verdict.setVisible(dragged)
        self._show_drop(("fits" if self.fits else "not") if dragged else "")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(ARTIFACT):
            self.show_drag(True)
            if self.fits:
                self._show_drop("here")
                event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.show_drag(True)

    def dropEvent(self, event: QDropEvent) -> None:
        if event.mimeData().hasFormat(ARTIFACT) and self.fits:
            event.acceptProposedAction()
            self.wanted.emit("deploy")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moved = event.modifiers() == Qt.KeyboardModifier.AltModifier
        keys = {Qt.Key.Key_Return: "choose", Qt.Key.Key_Enter: "choose", Qt.Key.Key_Space: "fold"}
        if moved:
            keys = {Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down"}
        if (key := keys.get(Qt.Key(event.key()))) is None:
            super().keyPressEvent(event)
        else:
            self.wanted.emit(key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu().popup(event.globalPos())

    def _show_drop(self, state: str) -> None:
        self.setProperty("drop", state)
        self.style().unpolish(self)
        self.style().polish(self)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key, text in (
            ("choose", self.tr("Deploy…")), ("release", self.tr("Traffic, figures, history")), ("probe", self.tr("Look at the machine again")),
            ("keep", self.tr("What it keeps…")), ("collect", self.tr("Collect what it kept")),
            ("edit", self.tr("Change the address…")), ("end", self.tr("End what runs there")), ("", ""),
            ("up", self.tr("Move up")), ("down", self.tr("Move down")), ("", ""), ("remove", self.tr("Remove the target…")),
        ):  # fmt: skip
            if key:
                menu.addAction(text, lambda key=key: self.wanted.emit(key))
            else:
                menu.addSeparator()
        return menu
