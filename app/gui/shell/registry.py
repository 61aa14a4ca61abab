"""Which module holds which page; imported when a page is first shown, so that the window starts fast."""

from __future__ import annotations

import contextlib
import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout

from app.gui.shell.page import Page

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell

PAGES = {
    "start": "app.gui.shell.start:StartPage",
    "data": "app.gui.data.page:DataPage",
    "labeling": "app.gui.labeling.page:LabelingPage",
    "modeling": "app.gui.modeling.page:ModelingPage",
    "training": "app.gui.training.page:TrainingPage",
    "evaluation": "app.gui.evaluation.page:EvaluationPage",
    "deployment": "app.gui.deployment.page:DeploymentPage",
    "monitoring": "app.gui.monitoring.page:MonitoringPage",
    "jobs": "app.gui.shell.jobs_page:JobsPage",
    "settings": "app.gui.shell.settings_page:SettingsPage",
}
WITHOUT_WORKSPACE = ("start", "settings")


def preload() -> None:
    """Import the pages' modules in the background, so that the first look at a page need not wait for them."""
    threading.Thread(target=_import_pages, daemon=True).start()


def _import_pages() -> None:
    for place in PAGES.values():
        with contextlib.suppress(Exception):  # told when the page is opened
            import_module(place.partition(":")[0])
        time.sleep(0.02)


def make_page(shell: Shell, name: str) -> Page:
    """Import and make a page; one that fails shows why instead of ending the program."""
    module, _, cls = PAGES[name].partition(":")
    try:
        page: Page = getattr(import_module(module), cls)(shell)
    except Exception as error:
        page = BrokenPage(shell, name, error)
    return page


class BrokenPage(Page):
    """Stands for a page that could not be made."""

    def __init__(self, shell: Shell, name: str, error: Exception) -> None:
        super().__init__(shell)
        from app.gui.shell.frame import page_title
        from app.gui.widgets.empty import EmptyState
        from app.gui.widgets.errors import ErrorLine

        title = QCoreApplication.translate("BrokenPage", "The page “{name}” could not be opened").format(
            name=page_title(name)
        )
        text = QCoreApplication.translate("BrokenPage", "The other pages work. The details tell a developer why.")
        line = ErrorLine()
        line.show_error(error)
        layout = QVBoxLayout(self)
        layout.addWidget(EmptyState("warning", title, text), 1)
        layout.addWidget(line)
