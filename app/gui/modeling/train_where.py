"""Where a training runs: this machine, or a target that has what it needs; that is looked at before it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.gui.widgets.controls import FieldRow, label, set_kind
from app.gui.widgets.errors import sentence

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.deployment.host import Machine
    from engine.workspace import Workspace

GIB = 1 << 30


class Where(QWidget):
    """A choice, and what is known of the machine; hidden where there is none but this one."""

    changed = Signal()

    def __init__(self, shell: Shell, places: Sequence[str]) -> None:
        super().__init__()
        self._shell = shell
        self.order: Mapping[str, Any] | None = None  # for `engine.jobs.submit`; None: here
        self.place = QComboBox()
        self.place.addItem(self.tr("This machine"), "")
        for name in places:
            self.place.addItem(name, name)
        self.state = label("", "quiet", wrap=True)
        self.state.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        where_help = self.tr(
            "Only what is missing is sent; the training goes on there when the link is cut or the window is closed"
        )
        column.addWidget(FieldRow(self.tr("Where"), self.place, where_help))
        column.addWidget(self.state)
        self.place.currentIndexChanged.connect(self._look)
        self.setVisible(bool(places))

    @property
    def target(self) -> str:
        """The name of the target; "": this machine."""
        return str(self.place.currentData())

    @property
    def ready(self) -> bool:
        """Whether a training can begin there."""
        return not self.target or self.order is not None

    def _look(self) -> None:
        target, self.order = self.target, None
        self.state.setVisible(bool(target))
        if target:
            self._tell(self.tr("Looking at {}…").format(target), "quiet")
            self._shell.read(lambda workspace: _look_at(workspace, target), self._seen, "modeling.where", self._failed)
        self.changed.emit()

    def _seen(self, found: tuple[str, Mapping[str, Any], Machine]) -> None:
        target, order, machine = found
        if target != self.target:
            return
        self.order = order
        number = QLocale().toString
        parts = [", ".join(str(gpu["name"]) for gpu in machine.gpus) or self.tr("no GPU"),
                 self.tr("{} cores").format(number(machine.cores)),
                 self.tr("{} GB of memory free").format(number(machine.memory_free / GIB, "f", 1)),
                 f"PyTorch {machine.packages['torch']}", *machine.differences]  # fmt: skip
        self._tell(" · ".join(parts), "warning" if machine.differences else "good")
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        self._tell(sentence(error), "bad")
        self.changed.emit()

    def _tell(self, text: str, kind: str) -> None:
        self.state.setText(text)
        set_kind(self.state, kind)


def read_places(workspace: Workspace) -> list[str]:
    """Targets on whose kind of machine trainings can run."""
    from engine.deployment.target import Target
    from engine.deployment.targets import list_targets, target_class

    return [row.name for row in list_targets(workspace) if target_class(row.url).host is not Target.host]


def _look_at(workspace: Workspace, target: str) -> tuple[str, Mapping[str, Any], Machine]:
    from engine.deployment.elsewhere import look_at, spec_of

    row, machine = look_at(workspace, target)
    return target, spec_of(row, machine), machine
