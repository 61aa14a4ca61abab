"""The monitoring page: an honest placeholder that says what will be here."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from app.gui.shell.page import Page
from app.gui.shell.shell import Shell
from app.gui.widgets.empty import EmptyState


class MonitoringPage(Page):
    """Not there yet; says so, and what to use until then."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.empty = EmptyState("monitoring", action=lambda: shell.go("deployment"))
        layout = QVBoxLayout(self)
        layout.addWidget(self.empty)

    def retranslate(self) -> None:
        self.empty.show_text(
            self.tr("Monitoring is not there yet"),
            self.tr(
                "Later versions will show here how the images of the line drift from the ones the model learned, "
                "which predictions are doubtful, and why the reject rate changed. Until then the Deploy page shows "
                "the state, the latency and the log of each target."
            ),
            self.tr("Show the targets"),
        )
