"""The main window: frame, pages made when first shown, keys, notices, what is remembered between starts."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.gui.shell.frame import STEPS, Rail, StatusBar, TopBar, page_title
from app.gui.shell.page import Page
from app.gui.shell.qt_types import make_types
from app.gui.shell.registry import WITHOUT_WORKSPACE, Making, Preload, import_page
from app.gui.shell.shell import Shell
from app.gui.shell.work import TURN_MS
from app.gui.widgets.notice import Notices

if TYPE_CHECKING:
    from app.gui.console.panel import ConsolePanel
    from app.gui.shell.at_work import AtWork
    from engine.changes import Changes
    from engine.workspace import Workspace

PRELOAD_MS = 1200
CONSOLE_HEIGHT = 280
PATIENCE_S = 60.0  # how long work of the person's holds back pages that nobody has asked for
MAKE_EVERY_MS = 30
SLICE_S = 0.01  # how long the window works on a page that nobody has asked for yet, each time


class MainWindow(QMainWindow):
    """The window; `shell` is what it offers to the pages."""

    def __init__(self) -> None:
        super().__init__()
        self.shell = Shell(self)
        self.setWindowTitle("Lineside")
        self.setMinimumSize(960, 600)
        self.pages: dict[str, Page] = {}
        self._preload: Preload | None = None
        self._making: dict[str, Making] = {}  # begun, in slices
        self._patient_until = 0.0
        self._make_ahead = QTimer(self, interval=MAKE_EVERY_MS, timeout=self._make_next)
        self.page_name = ""
        self.top, self.rail, self.status = TopBar(self.shell), Rail(self.shell), StatusBar(self.shell)
        self.desk = QSplitter(Qt.Orientation.Vertical, self)  # the pages, and the console below them once it is opened
        self.desk.setChildrenCollapsible(False)
        self.stack = QStackedWidget(self.desk)
        self.console: ConsolePanel | None = None
        self.shell.room = self.stack
        self._lay_out()
        self.notices = Notices(self.centralWidget())
        self._connect()
        self._restore()
        self._show_no_workspace()
        from app.gui.shell.jobs import JobWatch

        self.jobs = JobWatch(self.shell)
        self._at_work: AtWork | None = None
        make_types(self)
        self.shell.jobs_changed.connect(self._show_jobs)

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self.desk, 1)
        central = QWidget()
        whole = QVBoxLayout(central)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.top)
        whole.addLayout(middle, 1)
        whole.addWidget(self.status)
        self.setCentralWidget(central)

    def _connect(self) -> None:
        shell = self.shell
        shell.changed.connect(self._refresh)
        shell.opening.connect(self._opening)
        shell.workspace_opened.connect(self._opened)
        shell.workspace_closing.connect(self._closing)
        shell.save_state_changed.connect(self.status.show_saved)
        shell.status_changed.connect(self.status.text.setText)
        shell.noticed.connect(self.notices.add)
        shell.asked_to_go.connect(lambda page, arguments: self.show_page(page, **arguments))
        self.status.online.connect(self.top.show_network)
        self.rail.chosen.connect(self.show_page)
        self.top.asked_for_palette.connect(self.open_palette)
        self.status.asked_for_console.connect(self.toggle_console)
        for number, page in enumerate(STEPS, 1):
            self._shortcut(f"Ctrl+{number}", lambda name=page: self.show_page(name))
        self._shortcut("Ctrl+K", self.open_palette)
        self._shortcut("Ctrl+B", self.rail.toggle)
        self._shortcut("Ctrl+J", lambda: self.show_page("jobs"))
        self._shortcut("Ctrl+,", lambda: self.show_page("settings"))
        self._shortcut("Ctrl+O", lambda: self.show_page("start"))
        self._shortcut("Ctrl+`", self.toggle_console)
        self._shortcut("F1", self.open_palette)

    def _shortcut(self, keys: str, action: Any) -> None:
        QShortcut(QKeySequence(keys), self).activated.connect(action)

    # pages ---------------------------------------------------------------------------------------------------------

    def show_page(self, name: str, **arguments: Any) -> None:
        """Bring a page to the front; without a workspace only start and settings."""
        if self.shell.workspace is None and name not in WITHOUT_WORKSPACE:
            name, arguments = "start", {}
        page = self.page(name)
        changed_page = self.page_name != name
        self.page_name = name
        self.rail.select(name)
        if changed_page:
            self.shell.set_status("")
        self.status.leave_undo_to_page(page.undoes)
        self.stack.setCurrentWidget(page)
        page.shown(**arguments)
        if not self._keeps_focus(page):
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def page(self, name: str) -> Page:
        """A page, made when first asked for."""
        if name not in self.pages:
            making = self._making.pop(name, None) or Making(self.shell, name)
            page = making.go_on()
            assert page is not None
            self._adopt(name, page)
        return self.pages[name]

    def _adopt(self, name: str, page: Page) -> None:
        self.pages[name] = page
        self.stack.addWidget(page)
        page.retranslate()
        if self.shell.workspace is not None:
            page.opened(self.shell.workspace)

    def _make_next(self) -> None:
        """Work a little on a page that is not there yet, so that the window answers in between."""
        if self.shell.workspace is None:
            self._make_ahead.stop()
            return
        if self.shell.work.busy and time.monotonic() < self._patient_until:
            return  # what the person has asked for goes first: pages wait, and come at once when they are opened
        if self._preload is None:
            self._preload = Preload(lambda: self.shell.work.busy)
        ready = self._preload.ready
        while ready and not self._making:
            name = ready.popleft()
            if name not in self.pages:
                self._making[name] = Making(self.shell, name)
        for name, making in list(self._making.items()):
            page = making.go_on(SLICE_S)
            if page is not None:
                del self._making[name]
                self._adopt(name, page)
        if self._preload.done and not self._making:
            self._make_ahead.stop()

    def _keeps_focus(self, page: Page) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and page.isAncestorOf(focused)

    def _refresh(self, changes: Changes, _initiator: object) -> None:
        for page in list(self.pages.values()):
            page.refresh(changes)
        if changes.touches("versions"):
            self._ask_version()
        if changes.touches("annotations", "labels"):
            self._ask_undo()

    # workspace -----------------------------------------------------------------------------------------------------

    def _opening(self, path: str) -> None:
        if path and "data" not in self.pages:  # what is seen first
            threading.Thread(target=import_page, args=("data",), daemon=True).start()

    def _opened(self, workspace: Workspace) -> None:
        self.top.show_workspace(workspace.name)
        self.rail.set_enabled(True)
        self.setWindowTitle(f"{workspace.name} – Lineside")
        self.status.show_saved("", "")
        for page in list(self.pages.values()):
            page.opened(workspace)
        self._ask_version()
        self._ask_undo()
        self._patient_until = time.monotonic() + PATIENCE_S
        QTimer.singleShot(PRELOAD_MS, self, self._make_ahead.start)
        if workspace.recovery:
            self.shell.notice(workspace.recovery, kind="warning")
        if self.page_name in ("", "start"):
            self.show_page("data")

    def _closing(self) -> None:
        for page in list(self.pages.values()):
            page.closed()
        self._show_no_workspace()

    def _show_no_workspace(self) -> None:
        self.top.show_workspace("")
        self.top.show_version("", 0)
        self.rail.set_enabled(False)
        self.status.show_saved("", "")
        self.status.show_undo(0)
        self.shell.set_status("")
        self.setWindowTitle("Lineside")

    def _ask_version(self) -> None:
        def newest(workspace: Workspace) -> tuple[str, int]:
            from engine.data.versions import list_versions

            versions = list_versions(workspace)
            last = max(versions, key=lambda version: version.id, default=None)
            return (last.name, last.items) if last else ("", 0)

        if self.shell.workspace is not None:
            self.shell.read(
                newest, lambda found: self.top.show_version(*found), key="top.version", on_error=lambda _error: None
            )

    def _ask_undo(self) -> None:
        def depth(workspace: Workspace) -> int:
            from engine.labeling.edits import undo_depth

            return undo_depth(workspace)[0]

        if self.shell.workspace is not None:
            self.shell.read(depth, self.status.show_undo, key="status.undo", on_error=lambda _error: None)

    def showEvent(self, event: QShowEvent) -> None:
        """From now on the system gives keys and mouse to the window's handle."""
        super().showEvent(event)
        if self._at_work is None:
            from app.gui.shell.at_work import AtWork

            self._at_work = AtWork(self.shell, self.jobs)
            self.windowHandle().installEventFilter(self._at_work)

    def _show_jobs(self, lines: list[Any]) -> None:
        active = [line for line in lines if line.active]
        self.rail.set_jobs(len(active))
        first = next((line for line in active if line.state == "running"), active[0] if active else None)
        self.top.show_job(first.short() if first else "", first.title if first else "")

    # palette -------------------------------------------------------------------------------------------------------

    def open_palette(self) -> None:
        """Search every command, item, model and setting."""
        from app.gui.shell.palette import CommandPalette

        CommandPalette(self).open_over()

    # console -------------------------------------------------------------------------------------------------------

    def toggle_console(self) -> None:
        """Open the console below the pages, or close it; its process goes on until the window or the workspace closes."""
        if self.shell.workspace is None:
            self.shell.notice(self.tr("Open a workspace first: the console reads it."))
            return
        if self.console is None:
            from app.gui.console.panel import ConsolePanel

            self.console = ConsolePanel(self.shell)
            self.console.closed.connect(self.toggle_console)
            self.console.hide()
            self.desk.addWidget(self.console)
            self.desk.setStretchFactor(0, 1)
            kept = self.shell.settings.value("console_height", CONSOLE_HEIGHT)
            self.desk.setSizes([self.desk.height() - int(kept), int(kept)])
            # Making and showing it in one turn would hold up the window.
            QTimer.singleShot(TURN_MS, self, self._open_console)
        elif self.console.isVisible():
            self.shell.settings.set_value("console_height", self.console.height())
            self.console.hide()
            self.pages[self.page_name].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._open_console()

    def _open_console(self) -> None:
        if self.console is not None and self.shell.workspace is not None:
            self.console.show()
            self.console.start()
            self.console.take_focus()

    # language, keys, closing ---------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        """Set all texts of the frame again when the language changes."""
        if event.type() == QEvent.Type.LanguageChange:
            for part in (self.top, self.rail, self.status):
                part.retranslate()
            self.jobs.tell()
        super().changeEvent(event)

    def _restore(self) -> None:
        geometry = self.shell.settings.value("geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(1440, 900)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember size and page, give the workspace back."""
        settings = self.shell.settings
        settings.set_value("geometry", self.saveGeometry())
        settings.set_value("page", self.page_name)
        settings.set_value("last", str(self.shell.workspace.path) if self.shell.workspace else "")
        settings.sync()
        self.jobs.stop()
        self._make_ahead.stop()
        if self._preload is not None:
            self._preload.stop()
        if self.console is not None:
            self.console.stop()
        if self.shell.workspace is not None:
            for page in self.pages.values():
                page.closed()
        self.hide()  # the last backup may take a moment; nobody should watch a frozen window
        self.shell.stop()
        super().closeEvent(event)

    def start(self, path: str = "") -> None:
        """Show the first page: a given workspace, the last one, or the start page."""
        last = path or str(self.shell.settings.value("last", "") or "")
        self.show_page("start")
        if last:
            QTimer.singleShot(0, self, lambda: self.pages["start"].open(last))  # type: ignore[attr-defined]


__all__ = ["MainWindow", "page_title"]
