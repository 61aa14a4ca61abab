"""The card of the settings that tells how trainings share this machine."""

from __future__ import annotations

from app.gui.shell.queue_card import QueueCard
from engine.jobs import QueueSettings, read_settings, save_settings


def test_choices_are_kept_with_the_workspace_and_shown_again(qtbot, qapp, tmp_path):
    card = QueueCard()
    qtbot.addWidget(card)
    assert not card.isEnabled()
    save_settings(tmp_path, cpu_slots=3)
    card.show_jobs(tmp_path)
    assert card.slots.value() == 3
    card.slots.setValue(2)
    card.battery.click()
    card.behind.click()
    assert read_settings(tmp_path) == QueueSettings(2, False, 10)
    card.show_jobs(None)
    assert not card.isEnabled()
