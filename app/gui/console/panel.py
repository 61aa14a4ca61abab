"""The console's panel: starts the process when it is first opened, tells how it is, interrupts and restarts it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from app.gui.console.look import plots
from app.gui.console.words import error_text
from app.gui.shell.qt_types import PRINTING, all_known, make_types
from app.gui.shell.work import TURN_MS, Task
from app.gui.widgets.controls import button, label, primary_button, set_kind
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.gui.console.view import ConsoleView
    from app.gui.shell.shell import Shell
    from engine.console.process import Kernel

_printing_known = threading.Event()
LOOK_EVERY_MS = 500
LONG_S = 5.0  # from when on it is told how long something takes
LEAST_HEIGHT = 160
REDRAW = (
    "import sys; _m = sys.modules.get('matplotlib'); _m and _m.rc_file({file!r}, use_default_template=False); del _m"
)


class ConsolePanel(QFrame):
    """States: off, starting, idle, busy, silent (does not answer), ended."""

    closed = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.room.parentWidget() if shell.room is not None else None)
        self.setProperty("kind", "panel")
        self.setMinimumHeight(LEAST_HEIGHT)
        self.shell = shell
        self.state, self.view = "off", None
        self.kernel: Kernel | None = None
        self._client: Any = None
        self._since = time.monotonic()
        self._preparing = False
        self.title, self.note = label("", "heading"), label("", "small")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.error = ErrorLine()
        self.interrupt_button = button("", self.interrupt, "flat")
        self.restart_button, self.again = button("", self.restart, "flat"), primary_button("", self.restart)
        self.close_button = button("", self.closed.emit, "flat", shell.icon("close", "quiet"))
        head = QHBoxLayout()
        head.setContentsMargins(16, 6, 10, 0)
        head.setSpacing(6)
        head.addWidget(self.title)
        head.addWidget(self.note, 1)
        for part in (self.again, self.interrupt_button, self.restart_button, self.close_button):
            head.addWidget(part)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.column.addLayout(head)
        self.column.addWidget(self.error)
        self.column.addStretch(1)
        self._timer = QTimer(self, interval=LOOK_EVERY_MS, timeout=self._look)
        shell.theme.theme_changed.connect(self._recolor)
        shell.workspace_closing.connect(self.stop)
        shell.workspace_opened.connect(self._opened)
        self.retranslate()

    def start(self) -> None:
        """Start the process for the open workspace, unless it runs already."""
        if self._preparing or self.kernel is not None or self.shell.workspace is None:
            return
        self._preparing = True
        self.error.clear()
        self._show("starting")
        make_types(self, PRINTING, _printing_known)
        path, drawn = self.shell.workspace.path, plots(self.shell.theme)
        workspace = self.shell.workspace

        def work() -> Kernel:
            from engine.console.process import Kernel

            all_known.wait()
            _printing_known.wait()
            from app.gui.console.view import prepare

            prepare()
            kernel = Kernel(path, drawn)
            kernel.start()
            return kernel

        def failed(error: Exception) -> None:
            self._preparing = False
            self._show("off")
            self.error.show_error(error, self.tr("Try again"), self.start)
            self.error.text.setText(error_text(self.error.text.text()))

        def started(kernel: Kernel) -> None:
            self._preparing = False
            if self.shell.workspace is workspace:
                self._started(kernel)
            else:
                kernel.stop()

        self.shell.work.read(Task(work, started, failed))

    def stop(self) -> None:
        """End the process; nothing of the workspace is lost by it."""
        self._timer.stop()
        kernel, self.kernel = self.kernel, None
        client, self._client = self._client, None
        if self.view is not None:
            self.view.forget()
        if kernel is not None:
            kernel.stop()
        if client is not None:
            from app.gui.console.view import disconnect

            disconnect(client)
        self._show("off")

    def restart(self) -> None:
        """End the process, whatever it does, and begin anew; what was written stays in sight."""
        if self.view is not None and self.kernel is not None:
            words = self.tr("Restarted: names that were given are gone.")
            self.view._append_html(f"<br><i>{words}</i><br>")
        self.stop()
        self.start()

    def interrupt(self) -> None:
        """Stop what is being computed."""
        if self.kernel is not None:
            self.kernel.interrupt()

    def take_focus(self) -> None:
        """Put the keys to the prompt."""
        (self.view or self).setFocus()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.title.setText(self.tr("Console"))
        self.interrupt_button.setText(self.tr("Interrupt"))
        self.interrupt_button.setToolTip(self.tr("Stop what is being computed (Ctrl+C in the console)"))
        for part in (self.restart_button, self.again):
            part.setText(self.tr("Restart"))
            part.setToolTip(self.tr("Begin with a new process; names that were given are gone"))
        self.close_button.setAccessibleName(self.tr("Close the console"))
        self.close_button.setToolTip(self.tr("Close the console; its process goes on (Ctrl+`)"))
        self._show(self.state)

    def changeEvent(self, event: QEvent) -> None:
        """Another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _opened(self, _workspace: object) -> None:
        if self.isVisible():
            self.start()

    def _started(self, kernel: Kernel) -> None:
        """Make the view, connect, and show the prompt, each in a turn of its own: together they would hold up the window."""
        self.kernel = kernel
        self._made_view()
        self._later(kernel, self._connect)

    def _connect(self, kernel: Kernel) -> None:
        from app.gui.console.view import connect

        self._client = connect(kernel.connection)
        self._later(kernel, self._attach)

    def _attach(self, _kernel: Kernel) -> None:
        self._made_view().kernel_client = self._client
        self._timer.start()
        if self.isVisible():
            self.take_focus()

    def _later(self, kernel: Kernel, step: Callable[[Kernel], None]) -> None:
        QTimer.singleShot(TURN_MS, self, lambda: step(kernel) if self.kernel is kernel else None)

    def _made_view(self) -> ConsoleView:
        if self.view is None:
            from app.gui.console.view import ConsoleView

            self.view = view = ConsoleView(self.shell.theme, self._words())
            view.state_changed.connect(self._told)
            view.custom_interrupt_requested.connect(self.interrupt)
            view.custom_restart_requested.connect(self.restart)
            view.setAccessibleName(self.tr("Python console"))
            self.column.takeAt(self.column.count() - 1)
            self.column.addWidget(view, 1)
            self.setFocusProxy(view)
        return self.view

    def _words(self) -> str:
        return self.tr(
            "ws reads this workspace: ws.versions(), ws.items(), ws.annotations(), ws.runs(), ws.metrics(run), ws.models(),\n"
            "ws.answers(model), ws.sql(…), ws.image(key); nothing is changed by it. train(graph, version) and %%train give\n"
            "trainings to the queue. Tab completes, name? explains. Plots: import matplotlib.pyplot as plt"
        )

    def _told(self, state: str) -> None:
        if state in ("idle", "busy") and self.kernel is not None:
            self._show(state)

    def _look(self) -> None:
        """Whether the process lives and answers."""
        if self.kernel is None:
            return
        if (how := self.kernel.ended()) is not None:
            self._timer.stop()
            self._show("ended", how)
            return
        beating = self._client.hb_channel.is_beating()
        if self.state == "silent" and beating:
            self._show("busy" if self.view is not None and self.view._executing else "idle")
        elif self.state in ("idle", "busy") and not beating:
            self._show("silent")
        else:
            self._show(self.state)

    def _show(self, state: str, how: str = "") -> None:
        if state != self.state:
            self._since = time.monotonic()
        self.state = state
        seconds = round(time.monotonic() - self._since)
        busy = self.tr("works for {seconds} s").format(seconds=seconds) if seconds >= LONG_S else self.tr("works")
        words = {
            "off": "",
            "starting": self.tr("starts…"),
            "idle": self.tr("ready: reads the workspace, changes nothing"),
            "busy": busy,
            "silent": self.tr("does not answer for {seconds} s; interrupt it, or restart it").format(seconds=seconds),
            "ended": self.tr(
                "its process has ended ({how}); names that were given are gone, the workspace is as it was"
            ),
        }
        text = words[state].format(how=how) if how else words[state]
        if how or state != "ended":
            self.note.setText(text)
            self.note.setToolTip(text)
        set_kind(self.note, "warning" if state == "silent" else "bad" if state == "ended" else "small")
        self.interrupt_button.setEnabled(state in ("busy", "silent"))
        self.restart_button.setVisible(state != "ended")
        self.restart_button.setEnabled(state != "off")
        self.again.setVisible(state == "ended")

    def _recolor(self) -> None:
        self.close_button.setIcon(self.shell.icon("close", "quiet"))
        if self.view is not None:
            self.view.recolor()
        if self.kernel is not None and self.kernel.pid is not None:
            self.kernel.write_plots(plots(self.shell.theme))
            if self._client is not None:
                file = str(self.kernel.folder / "matplotlibrc")
                self._client.execute(REDRAW.format(file=file), silent=True, store_history=False)
