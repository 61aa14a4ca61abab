"""How trainings share this machine: a card of the settings page, kept with the open workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QSpinBox

from app.gui.widgets.controls import Card, label, roomy

if TYPE_CHECKING:
    from pathlib import Path


class QueueCard(Card):
    """Trainings at once, what they do on battery, and whether they stand back; disabled without a workspace."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: Path | None = None
        self.slots, self.battery, self.behind = QSpinBox(), QCheckBox(), QCheckBox()
        self.give_way, self.lost = QComboBox(), QCheckBox()
        self.give_way.setFixedWidth(240)
        self.give_way_name = label("", "quiet")
        self.slots.setRange(1, 64)
        roomy(self.slots)
        self.slots.setFixedWidth(240)
        self.name, self.note = label("", "quiet"), label("", "small", wrap=True)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.name, self.slots)
        form.addRow(self.give_way_name, self.give_way)
        self.body.addLayout(form)
        for part in (self.battery, self.behind, self.lost, self.note):
            self.body.addWidget(part)
        self.slots.valueChanged.connect(lambda value: self._save(cpu_slots=value))
        self.battery.toggled.connect(lambda checked: self._save(pause_on_battery=checked))
        self.behind.toggled.connect(self._save_behind)
        self.give_way.activated.connect(lambda at: self._save(give_way=self.give_way.itemData(at)))
        self.lost.toggled.connect(lambda checked: self._save(resume_lost=checked))
        self.show_jobs(None)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.set_heading(self.tr("Trainings"))
        self.name.setText(self.tr("At once on the CPU"))
        self.battery.setText(self.tr("Wait while the computer runs on its battery"))
        self.behind.setText(self.tr("Stand back behind other programs"))
        self.lost.setText(self.tr("Go on by themselves after a restart of the computer or a kill"))
        self.give_way_name.setText(self.tr("Rest between steps"))
        self.give_way.setAccessibleName(self.tr("Rest between steps"))
        chosen = self.give_way.currentData() or "window"
        self.give_way.clear()
        self.give_way.addItem(self.tr("Never"), "no")
        self.give_way.addItem(self.tr("While I work in this window"), "window")
        self.give_way.addItem(self.tr("Also while other programs compute"), "load")
        self.give_way.setCurrentIndex(self.give_way.findData(chosen))
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
        blocked = [QSignalBlocker(part) for part in (self.slots, self.battery, self.behind, self.lost)]
        self.slots.setValue(found.cpu_slots)
        self.battery.setChecked(found.pause_on_battery)
        self.behind.setChecked(found.nice > 0)
        self.lost.setChecked(found.resume_lost)
        self.give_way.setCurrentIndex(max(0, self.give_way.findData(found.give_way)))
        for blocker in blocked:
            blocker.unblock()

    def _save_behind(self, checked: bool) -> None:
        from engine.jobs.slots import BEHIND

        self._save(nice=BEHIND if checked else 0)

    def _save(self, **changes: Any) -> None:
        from engine.jobs.slots import save_settings

        if self._jobs is not None:
            save_settings(self._jobs, **changes)
