"""The page of a fleet: the order that is being carried out, and a table of what runs where and what should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from app.gui.deployment.fleet_dialogs import MembersDialog, OrderDialog
from app.gui.deployment.fleet_table import FleetTable
from app.gui.deployment.fleet_waves import WavesBar
from app.gui.deployment.fleet_words import SEVERITY, order_kind, order_text, state_text
from app.gui.deployment.release_dialog import Artifacts, read_artifacts
from app.gui.deployment.release_words import why_text
from app.gui.operations import fleets as operations
from app.gui.widgets.controls import Card, PageHead, button, label, primary_button, row, set_kind
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.deployment.release_page import Start
    from app.gui.shell.shell import Shell
    from engine.deployment.fleet.fleets import Fleet
    from engine.deployment.fleet.looking import Box
    from engine.deployment.fleet.orders import Order
    from engine.workspace import Workspace

READ_MS, LOOK_MS = 1000, 30_000


@dataclass(frozen=True)
class Shown:
    """A fleet as it is known now."""

    fleet: Fleet
    order: Order | None
    boxes: Sequence[Box]
    free: Sequence[str]  # targets of no fleet


def read_fleet(workspace: Workspace, name: str) -> Shown | None:
    """What is known of a fleet, without asking anybody; None where it is gone."""
    from engine.deployment.fleet import fleets, looking, orders
    from engine.deployment.targets import list_targets

    fleet = fleets.find(workspace, name)
    if fleet is None:
        return None
    taken = fleets.fleet_of(workspace)
    free = [one.name for one in list_targets(workspace) if one.name not in taken]
    return Shown(fleet, orders.last_order(workspace, name), looking.table(workspace, name), free)


class FleetPage(QWidget):
    """One fleet; `begin` shows another. An order that it carries out goes on while it is not seen."""

    left = Signal()
    wanted = Signal(str, str)  # what, and the target's name; as of a row of targets

    def __init__(self, shell: Shell, start: Start) -> None:
        super().__init__()
        self._shell, self._start = shell, start
        self.name = ""
        self.shown: Shown | None = None
        self._looking = False
        self._reading = QTimer(self, interval=READ_MS, timeout=self.read)
        self._lookout = QTimer(self, interval=LOOK_MS, timeout=self.look)
        colors = shell.theme.color
        self.head, self.error = PageHead(), ErrorLine()
        self.back, self.add, self.again = (
            button("", self.left.emit),
            button("", self._ask_members),
            button("", self.look),
        )
        self.bring = primary_button("", self._ask_order)
        self.order = Card()
        self.state = label("", "chip")
        self.pause, self.proceed, self.leave, self.abort = (
            button("", partial(self.decide, what)) for what in ("pause", "continue", "leave", "abort")
        )
        self.waves, self.why = WavesBar(colors), label("", "quiet", wrap=True)
        self.search, self.count = QLineEdit(), label("", "quiet")
        self.chips: dict[str, QPushButton] = {}
        self.chip_row = row(spacing=6)
        self.none, self.forget = label("", "quiet"), button("", self._forget)
        self.empty = row(self.none, self.forget, 1)
        self.table = FleetTable(colors)
        self._build()
        self.retranslate()

    def _build(self) -> None:
        for part in (self.again, self.add, self.bring, self.back):
            self.head.buttons.addWidget(part)
        for part in (self.state, self.pause, self.proceed, self.leave, self.abort):
            self.order.head.addWidget(part)
        for part in (self.waves, self.why):
            self.order.body.addWidget(part)
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(260)
        self.search.textChanged.connect(self._filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(12)
        for part in (self.head, self.error, self.order, row(self.search, self.chip_row, 1, self.count), self.empty):
            column.addWidget(part)
        column.addWidget(self.table, 1)
        self.table.opened.connect(lambda target: self.wanted.emit("release", target))
        self.table.customContextMenuRequested.connect(self._menu)
        self._shell.theme.theme_changed.connect(self.table.boxes.recolor)
        for keys, act in (
            (QKeySequence.StandardKey.Cancel, self._escape),
            (QKeySequence.StandardKey.Find, self.search.setFocus),
        ):
            shortcut = QShortcut(QKeySequence(keys), self, act)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.back.setText(self.tr("All targets"))
        self.add.setText(self.tr("Add targets…"))
        self.again.setText(self.tr("Look now"))
        self.again.setToolTip(self.tr("Ask all targets what runs there"))
        self.bring.setText(self.tr("Bring an artifact…"))
        self.pause.setText(self.tr("Pause"))
        self.pause.setToolTip(self.tr("Begin with no further target; those that are being updated are finished"))
        self.proceed.setText(self.tr("Continue"))
        self.proceed.setToolTip(self.tr("Targets that failed are tried again"))
        self.leave.setText(self.tr("Go on without those that failed"))
        self.abort.setText(self.tr("Abort"))
        self.abort.setToolTip(self.tr("Targets that have it keep it; what should run is again what did before"))
        self.search.setPlaceholderText(self.tr("Find a target, a group, a release"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.none.setText(self.tr("No target belongs to this fleet yet."))
        self.forget.setText(self.tr("Remove the fleet"))
        self.table.setAccessibleName(self.tr("Targets of the fleet"))
        self.table.boxes.retranslate()
        for chip in self.chips.values():
            chip.deleteLater()
        self.chips.clear()
        self._show()

    def commands(self) -> list[tuple[str, Any]]:
        """For the command palette."""
        return [
            (self.tr("Bring an artifact to the fleet"), self._ask_order),
            (self.tr("Look at the fleet now"), self.look),
        ]

    # which fleet -----------------------------------------------------------------------------------------------------

    def begin(self, name: str) -> None:
        """Show a fleet."""
        if name != self.name:
            self.name, self.shown = name, None
            self.error.clear()
            self.search.clear()
            for chip in self.chips.values():
                chip.setChecked(False)
            self._show()
        self.read()

    def end(self) -> None:
        """The workspace is closed."""
        self._reading.stop()
        self._lookout.stop()
        self.name, self.shown, self._looking = "", None, False

    def showEvent(self, event: QShowEvent) -> None:
        """Read each second, and ask the targets now and then."""
        self._reading.start()
        self._lookout.start()
        self.read()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody sees it."""
        self._reading.stop()
        self._lookout.stop()
        super().hideEvent(event)

    def read(self) -> None:
        """Show what is known now."""
        if self.name and self._shell.workspace is not None:
            name = self.name
            self._shell.read(lambda workspace: read_fleet(workspace, name), self._take, "deployment.fleet")

    def look(self) -> None:
        """Ask the targets, unless they are being asked, or updated."""
        busy = self.shown is not None and self.shown.order is not None and self.shown.order.driven
        if not self.name or self._looking or busy:
            return
        self._looking = True
        self.again.setEnabled(False)
        self._start(operations.look(self.name), self._looked, self._looked)

    def _looked(self, result: object) -> None:
        self._looking = False
        self.again.setEnabled(True)
        if isinstance(result, Exception):
            self.error.show_error(result)
        self.read()

    def _take(self, shown: Shown | None) -> None:
        if shown is None:
            self.left.emit()
            return
        first = self.shown is None
        self.shown = shown
        self._show()
        if first and self.isVisible():
            self.look()

    # what is seen ----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        shown = self.shown
        self.head.title.setText(self.name)
        boxes, order = (shown.boxes, shown.order) if shown else ((), None)
        counted = {state: sum(box.state == state for box in boxes) for state in SEVERITY}
        should = ", ".join(shown.fleet.should) if shown else ""
        right = self.tr("{0} of {1} as they should be").format(counted["right"], len(boxes))
        self.head.text.setText(" · ".join(filter(None, (should, right if boxes else ""))))
        self.empty.setVisible(shown is not None and not boxes)
        self.bring.setEnabled(bool(boxes) and (order is None or order.ended is not None))
        self._show_order(order)
        self._show_chips(counted)
        self.table.boxes.show_boxes(boxes)
        self._filter()

    def _show_order(self, order: Order | None) -> None:
        self.order.setVisible(order is not None)
        if order is None:
            return
        waves = order.waves
        remark = self.tr("wave {0} of {1}").format(order.wave + 1, len(waves)) if order.ended is None else ""
        self.order.set_heading(order.artifact, remark)
        self.state.setText(order_text(order))
        set_kind(self.state, order_kind(order).replace("accent", "chip"))
        self.pause.setVisible(order.state == "running" and order.driven)
        self.proceed.setVisible(order.ended is None and not order.driven)
        self.leave.setVisible(order.state == "stopped" and not order.driven)
        self.abort.setVisible(order.ended is None)
        self.waves.show_order(order)
        self.why.setText(why_text(order.history[-1]))

    def _show_chips(self, counted: dict[str, int]) -> None:
        layout = self.chip_row.layout()
        for state in SEVERITY:
            count, chip = counted[state], self.chips.get(state)
            if chip is None and count:
                chip = self.chips[state] = button("", kind="chip")
                chip.setCheckable(True)
                chip.toggled.connect(self._filter)
                layout.insertWidget(sum(SEVERITY.index(one) < SEVERITY.index(state) for one in self.chips), chip)
            if chip is not None:
                chip.setText(f"{state_text(state)} {count}")
                chip.setVisible(bool(count) or chip.isChecked())

    def _filter(self) -> None:
        states = frozenset(state for state, chip in self.chips.items() if chip.isChecked())
        self.table.filter.show_only(self.search.text(), states)
        rows, total = self.table.filter.rowCount(), len(self.table.boxes.boxes)
        self.count.setText(self.tr("{0} of {1} targets").format(rows, total) if rows < total else "")

    # what a person does ----------------------------------------------------------------------------------------------

    def decide(self, what: str) -> None:
        """Pause, continue, leave those that failed, or abort."""
        works = {
            "pause": partial(operations.decide, self.name, "pause"), "abort": partial(operations.decide, self.name, "abort"),
            "continue": partial(operations.proceed, self.name), "leave": partial(operations.proceed, self.name, leave=True),
        }  # fmt: skip
        self._run(works[what]())

    def order_now(self, order: operations.FleetOrder) -> None:
        """Begin an order."""
        self._run(operations.bring(self.name, order))

    def _run(self, work: Any) -> None:
        self.error.clear()
        self._start(work, lambda _result: self.read(), self._failed)
        QTimer.singleShot(200, self, self.read)

    def _failed(self, error: Exception) -> None:
        self.error.show_error(error)
        self.read()

    def _ask_order(self) -> None:
        if self.shown is not None and self.bring.isEnabled():
            fleet = self.shown.fleet
            self._shell.read(
                read_artifacts, lambda artifacts: self._open_order(fleet, artifacts), "deployment.fleet.artifacts"
            )

    def _open_order(self, fleet: Fleet, artifacts: Artifacts) -> None:
        if fleet.name == self.name:
            dialog = OrderDialog(self, fleet, artifacts)
            dialog.accepted.connect(lambda: self.order_now(dialog.order()))
            dialog.open()

    def _ask_members(self) -> None:
        if self.shown is not None:
            dialog = MembersDialog(self, self.shown.fleet, self.shown.free)
            dialog.accepted.connect(lambda: self._run(operations.add_members(*dialog.chosen, new=False)))
            dialog.open()

    def _forget(self) -> None:
        self._start(operations.remove_members(self.name), lambda _name: self.left.emit(), self._failed)

    def _menu(self, at: QPoint) -> None:
        targets = self.table.chosen()
        if not targets:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries: list[tuple[str, Callable[[], object]]] = [
            (self.tr("Take out of the fleet"), lambda: self._run(operations.remove_members(self.name, targets)))
        ]
        if len(targets) == 1:
            want = self.wanted.emit
            entries = [
                (self.tr("Release page"), partial(want, "release", targets[0])),
                (self.tr("Log"), partial(want, "log", targets[0])),
                *entries,
            ]
        for text, act in entries:
            menu.addAction(text).triggered.connect(lambda _checked=False, act=act: act())
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _escape(self) -> None:
        if self.search.text():
            self.search.clear()
        else:
            self.left.emit()
