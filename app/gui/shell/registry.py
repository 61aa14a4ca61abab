"""Which module holds which page; imported in the background once the window is up, so that it starts fast."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from importlib import import_module
from math import inf
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout

from app.gui.labeling.parts import PARTS
from app.gui.shell.page import Page
from app.gui.shell.qt_types import all_known, defining

if TYPE_CHECKING:
    from types import ModuleType

    from app.gui.shell.shell import Shell

PAGES = {
    "start": "app.gui.shell.start:StartPage",
    "data": "app.gui.data.page:DataPage",
    "labeling": "app.gui.labeling.page:LabelingPage",
    "labels": "app.gui.labeling.schema.page:SchemaPage",
    "quality": "app.gui.quality.page:QualityPage",
    "modeling": "app.gui.modeling.page:ModelingPage",
    "training": "app.gui.training.page:TrainingPage",
    "evaluation": "app.gui.evaluation.page:EvaluationPage",
    "deployment": "app.gui.deployment.page:DeploymentPage",
    "monitoring": "app.gui.monitoring.page:MonitoringPage",
    "jobs": "app.gui.shell.jobs_page:JobsPage",
    "settings": "app.gui.shell.settings_page:SettingsPage",
}
WITHOUT_WORKSPACE = ("start", "settings")
ALSO_NEEDED = {
    "data": ("engine.data.browse", "numpy.ma"),  # np.unique imports it when it is first called
    "modeling": ("engine.modeling.recipes", "engine.modeling.catalogue:catalogue"),
    "quality": ("pyqtgraph",),
    "training": ("pyqtgraph",),
    "evaluation": ("pyqtgraph",),
    "deployment": ("pyqtgraph",),
}
PAUSE_S = 0.02
PATIENCE_S = 10.0


class Preload:
    """Imports what the pages need in the background, so that the first look at a page need not wait for it."""

    def __init__(self, busy: Callable[[], bool] = lambda: False) -> None:
        self.ready: deque[str] = deque()  # pages that can be made without importing anything
        self._busy = busy
        self._stopped = False
        self._thread = threading.Thread(target=self._import, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether nothing more will become ready."""
        return not self._thread.is_alive() and not self.ready

    def stop(self) -> None:
        """Import nothing more, as when the window closes."""
        self._stopped = True

    def _import(self) -> None:
        os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
        for name in list(PAGES):
            if self._stopped:
                return
            new = PAGES[name].partition(":")[0] not in sys.modules
            import_page(name, self._let_work_go_first)
            if new:
                gc.freeze()  # what is imported stays: a full collection that walks it takes a tenth of a second of the window's
            self.ready.append(name)
        import_classes("app.gui.console.panel")

    def _let_work_go_first(self) -> None:
        """Two threads of Python beside the UI thread make it wait at each call of Qt: imports wait for what was asked for."""
        until = time.monotonic() + PATIENCE_S
        while not self._stopped and self._busy() and time.monotonic() < until:
            time.sleep(PAUSE_S)


def import_page(name: str, wait: Callable[[], None] = lambda: None) -> None:
    """Import a page with what it needs, in the background; one that fails tells why when it is opened."""
    parts = [place.partition(":")[0] for place in PARTS] if name == "labeling" else []
    for needed in (*ALSO_NEEDED.get(name, ()), *parts, PAGES[name].partition(":")[0]):
        wait()
        module, _, function = needed.partition(":")
        with contextlib.suppress(Exception):
            imported = import_module(module) if module.startswith("engine.") else import_classes(module)
            if function:
                getattr(imported, function)()
        time.sleep(PAUSE_S)


def import_classes(module: str) -> ModuleType:
    """Import a module with classes of Qt's, in the background."""
    all_known.wait()
    with defining:
        return import_module(module)


class Making:
    """A page on its way; one that fails shows why instead of ending the program."""

    def __init__(self, shell: Shell, name: str) -> None:
        self._page: Page | None = None
        self._steps = self._make(shell, name)

    def go_on(self, seconds: float = inf) -> Page | None:
        """Work for about so long, unless classes are being defined meanwhile; the page, once it is whole."""
        if not defining.acquire(blocking=seconds == inf):
            return None
        try:
            until = time.perf_counter() + seconds
            for _ in self._steps:
                if time.perf_counter() > until:
                    return None
            return self._page
        finally:
            defining.release()

    def _make(self, shell: Shell, name: str) -> Iterator[None]:
        module, _, cls = PAGES[name].partition(":")
        try:
            self._page = page = getattr(import_module(module), cls)(shell)
            page.whole = False
            yield
            yield from page.make()
            page.whole = True
        except Exception as error:
            if self._page is not None:
                self._page.deleteLater()
            self._page = BrokenPage(shell, name, error)


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
