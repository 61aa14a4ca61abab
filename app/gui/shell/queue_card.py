"""How trainings share this machine: a card of the settings page, kept with the open workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QFormLayout, QSpinBox

from app.gui.widgets.controls import Card, label, roomy

if TYPE_CHECKING:
    from pathlib import Path

BEHIND = 10  # nice: the window and other programs come first


class QueueCard(Card):
    """Trainings at once, what they do on battery, and whether they stand back; disabled without a workspace."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: Path | None = None
        self.slots, self.battery, self.behind = QSpinBox(), QCheckBox(), QCheckBox()
        self.slots.setRange(1, 64)
        roomy(self.slots)
        self.slots.setFixedWidth(240)
        self.name, self.note = label("", "quiet"), label("", "small", wrap=True)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.name, self.slots)
        self.body.addLayout(form)
        for part in (self.battery, self.behind, self.note):
            self.body.addWidget(part)
        self.slots.valueChanged.connect(lambda value: self._save(cpu_slots=value))
        self.battery.toggled.connect(lambda checked: self._save(pause_on_battery=checked))
        self.behind.toggled.connect(lambda checked: self._save(nice=BEHIND if checked else 0))
        self.show_jobs(None)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.set_heading(self.tr("Trainings"))
        self.name.setText(self.tr("At once on the CPU"))
        self.battery.setText(self.tr("Wait while the computer runs on its battery"))
        self.behind.setText(self.tr("Stand back behind other programs"))
        self.note.setText(
            self.tr(
                "Further trainings wait in the queue, also when the window is closed. Each GPU takes one of its own."
            )
        )

    def show_jobs(self, jobs: Path | None) -> None:
        """Show the settings of a workspace's jobs folder."""
        from engine.jobs.slots import read_settings

        self._jobs = jobs
        self.setEnabled(jobs is not None)
        if jobs is None:
            return
        found = read_settings(jobs)
        blocked = [QSignalBlocker(part) for part in (self.slots, self.battery, self.behind)]
        self.slots.setValue(found.cpu_slots)
        self.battery.setChecked(found.pause_on_battery)
        self.behind.setChecked(found.nice > 0)
        for blocker in blocked:
            blocker.unblock()

    def _save(self, **changes: Any) -> None:
        from engine.jobs.slots import save_settings

        if self._jobs is not None:
            save_settings(self._jobs, **changes)
