"""Asks which targets a fleet has, and how an artifact comes to it; says in words what that means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QListWidget, QListWidgetItem, QSpinBox, QWidget

from app.gui.deployment.release_dialog import Artifacts, artifact_box
from app.gui.operations.fleets import FleetOrder
from app.gui.widgets.controls import FieldRow, label, roomy, row
from app.gui.widgets.dialog import Dialog
from engine.errors import LinesideError

if TYPE_CHECKING:
    from engine.deployment.fleet.fleets import Fleet


class MembersDialog(Dialog):
    """A new fleet with its first targets, or more targets for one."""

    def __init__(self, parent: QWidget, fleet: Fleet | None, free: Sequence[str]) -> None:
        super().__init__(parent, "", accept=" ", width=520)
        title = self.tr("Add targets to {}").format(fleet.name) if fleet else self.tr("New fleet")
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(
            self.tr("A fleet is many targets that run the same artifact. It comes to them group after group, in waves.")
        )
        self.text.show()
        self.accept_button.setText(self.tr("Add") if fleet else self.tr("Make fleet"))
        self.name, self.group, self.targets = QLineEdit(fleet.name if fleet else ""), QComboBox(), QListWidget()
        self.group.setEditable(True)
        self.group.addItems(list(fleet.groups) if fleet else [])
        for name in free:
            item = QListWidgetItem(name, self.targets)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
        self.all = QCheckBox(self.tr("All"))
        self.all.toggled.connect(self._check_all)
        self.none = label(
            self.tr("Every target belongs to a fleet already; add further targets first."), "quiet", wrap=True
        )
        self.none.setVisible(not free)
        if fleet is None:
            self.body.addWidget(FieldRow(self.tr("Name"), self.name))
        help = self.tr("A line, a hall, a site; groups are updated one after another")
        self.body.addWidget(FieldRow(self.tr("Group"), self.group, help))
        self.body.addWidget(row(label(self.tr("Targets"), "quiet"), 1, self.all))
        for part in (self.targets, self.none):
            self.body.addWidget(part)
        self.targets.setVisible(bool(free))
        self.targets.setAccessibleName(self.tr("Targets"))
        self.on_accept = self._usable

    @property
    def chosen(self) -> tuple[str, str, list[str]]:
        """Name, group, targets."""
        items = [self.targets.item(place) for place in range(self.targets.count())]
        names = [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]
        return self.name.text().strip(), self.group.currentText().strip(), names

    def _check_all(self, checked: bool) -> None:
        for place in range(self.targets.count()):
            self.targets.item(place).setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)

    def _usable(self) -> bool:
        name, _, targets = self.chosen
        missing = self.tr("Give it a name.") if not name else self.tr("Choose a target.") if not targets else ""
        if missing:
            self.error.show_error(LinesideError(missing))
        return not missing


class OrderDialog(Dialog):
    """An artifact, the waves, and what may go wrong before it stops."""

    def __init__(self, parent: QWidget, fleet: Fleet, artifacts: Artifacts, digest: str = "") -> None:
        super().__init__(parent, "", accept=" ", width=620)
        title = self.tr("Bring an artifact to {}").format(fleet.name)
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(self.tr("It comes in waves; each begins when the one before is healthy."))
        self.text.show()
        self.accept_button.setText(self.tr("Begin"))
        self._fleet, self._names = fleet, dict(artifacts)
        self.artifact = artifact_box(artifacts)
        self.artifact.setCurrentIndex(max(0, self.artifact.findData(digest)))
        self.pilot, self.allowed, self.soak, self.parallel, self.tries = (QSpinBox() for _ in range(5))
        for box, low, high, value in (
            (self.pilot, 0, 999, 1), (self.allowed, 0, 100, 0), (self.soak, 0, 86_400, 30), (self.parallel, 1, 64, 8),
            (self.tries, 1, 20, 3),
        ):  # fmt: skip
            box.setRange(low, high)
            box.setValue(value)
            box.valueChanged.connect(self._explain)
        roomy(self.pilot, self.allowed, self.soak, self.parallel, self.tries)
        self.groups: Mapping[str, QCheckBox] = {
            group: QCheckBox(group) for group in fleet.groups if any(one.group == group for one in fleet.members)
        }
        for box in self.groups.values():
            box.setChecked(True)
            box.toggled.connect(self._explain)
        self.artifact.currentIndexChanged.connect(self._explain)
        self.means, self.command = label("", wrap=True), label("", "small", wrap=True)
        self._build()
        self._explain()
        self.on_accept = self._usable

    def order(self) -> FleetOrder:
        """What was chosen.

        Raises:
            UsageError: no group is.
        """
        from engine.deployment.fleet.plan import Plan

        digest = str(self.artifact.currentData())
        plan = Plan(
            self.pilot.value(), self.allowed.value() / 100, self.parallel.value(), self.soak.value(), self.tries.value()
        )
        if not self._wanted():
            raise LinesideError(self.tr("Choose a group."))
        return FleetOrder(digest, self._names.get(digest, ""), plan, self._some())

    def _wanted(self) -> list[str]:
        return [group for group, box in self.groups.items() if box.isChecked()]

    def _some(self) -> list[str]:
        """The groups, where they are not all."""
        wanted = self._wanted()
        return wanted if len(wanted) < len(self.groups) else []

    def _build(self) -> None:
        self.body.addWidget(FieldRow(self.tr("Artifact"), self.artifact))
        if len(self.groups) > 1:
            self.body.addWidget(label(self.tr("Groups"), "quiet"))
            self.body.addWidget(row(*self.groups.values(), 1, spacing=16))
        self.body.addWidget(
            row(
                FieldRow(self.tr("Pilot targets"), self.pilot, self.tr("So many of the first group get it first")),
                FieldRow(self.tr("May fail, %"), self.allowed, self.tr("Of each wave; with more, the order stops")),
                FieldRow(self.tr("Soak, s"), self.soak, self.tr("So long a wave has to run well before the next")),
                spacing=12,
            )
        )
        self.body.addWidget(
            row(
                FieldRow(self.tr("At once"), self.parallel, self.tr("So many targets are updated at the same time")),
                FieldRow(self.tr("Tries"), self.tries, self.tr("Of a target that does not answer")), spacing=12,
            )
        )  # fmt: skip
        self.body.addWidget(self.means)
        self.body.addWidget(self.command)

    def _explain(self) -> None:
        from engine.deployment.fleet.plan import waves_of

        try:
            order = self.order()
            waves = waves_of(self._fleet, order.plan.pilot, order.groups)
        except LinesideError as error:
            self.means.setText(str(error))
            self.command.setText("")
            return
        groups = {one.target: one.group for one in self._fleet.members}
        told = [
            self.tr("Wave {0} ({1}): targets: {2}, of which {3} may fail").format(
                number, groups[wave[0]], len(wave), order.plan.may_fail(len(wave))
            )
            for number, wave in enumerate(waves, 1)
        ]
        self.means.setText("\n".join(told if len(told) < 8 else [*told[:6], "…", told[-1]]))
        some = f" --groups {','.join(order.groups)}" if order.groups else ""
        self.command.setText(
            f"lineside fleet deploy {order.name} {self._fleet.name} --pilot {order.plan.pilot} --allow {self.allowed.value()}%"
            f" --soak {self.soak.value()}s --parallel {order.plan.parallel} --tries {order.plan.tries}{some}"
        )

    def _usable(self) -> bool:
        try:
            self.order()
        except LinesideError as error:
            self.error.show_error(error)
            return False
        return bool(self._names)
