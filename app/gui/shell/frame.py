"""The frame around the pages: top bar, rail of steps, status bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from app.gui.shell.theme import ui_font
from app.gui.widgets.controls import button, label, line, set_kind

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell

TOP_HEIGHT, STATUS_HEIGHT = 44, 26
RAIL_WIDTH, RAIL_FOLDED = 184, 52
STEPS = ("data", "labeling", "modeling", "training", "evaluation", "deployment", "monitoring")
SYSTEM_EVERY_MS = 3000


def page_title(page: str) -> str:
    """The name of a page in the language now chosen."""
    titles = {
        "start": QCoreApplication.translate("Rail", "Start"),
        "data": QCoreApplication.translate("Rail", "Data"),
        "labeling": QCoreApplication.translate("Rail", "Label"),
        "labels": QCoreApplication.translate("Rail", "Label schema"),
        "modeling": QCoreApplication.translate("Rail", "Model"),
        "training": QCoreApplication.translate("Rail", "Train"),
        "evaluation": QCoreApplication.translate("Rail", "Evaluate"),
        "deployment": QCoreApplication.translate("Rail", "Deploy"),
        "monitoring": QCoreApplication.translate("Rail", "Monitor"),
        "quality": QCoreApplication.translate("Rail", "Quality"),
        "jobs": QCoreApplication.translate("Rail", "Jobs"),
        "settings": QCoreApplication.translate("Rail", "Settings"),
    }
    return titles[page]


class RailButton(QAbstractButton):
    """One entry of the rail: icon, name, and a quiet word on the right (its key, or a count)."""

    def __init__(self, shell: Shell, page: str) -> None:
        super().__init__()
        self._shell = shell
        self.page = page
        self.right = ""
        self.folded = False
        self._by_keys = False
        self.setCheckable(True)
        self.setFixedHeight(36)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(36 if self.folded else RAIL_WIDTH - 16, 36)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move along the rail, Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Down:
            self.focusNextChild()
        elif event.key() == Qt.Key.Key_Up:
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A ring only for those who came by keys."""
        self._by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def paintEvent(self, event: QEvent) -> None:
        """Draw ground, icon, name and the quiet word."""
        painter = QStylePainter(self)
        painter.setRenderHint(QStylePainter.RenderHint.Antialiasing)
        option = QStyleOptionButton()
        option.initFrom(self)
        theme = self._shell.theme
        rect = self.rect().adjusted(1, 1, -1, -1)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver) and self.isEnabled()
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked() or hovered:
            painter.setBrush(theme.color("accent_ground" if self.isChecked() else "hover"))
            painter.drawRoundedRect(rect, 6, 6)
        if self.hasFocus() and self._by_keys:
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 6, 6)
        name = "accent" if self.isChecked() else "text" if self.isEnabled() else "field_line"
        icon = theme.icon(self.page, name if self.isChecked() or not self.isEnabled() else "quiet")
        side = 18
        icon.paint(painter, 9, (self.height() - side) // 2, side, side)
        if self.folded:
            return
        painter.setFont(ui_font(13, ui_font().Weight.DemiBold if self.isChecked() else ui_font().Weight.Normal))
        painter.setPen(theme.color(name))
        inner = self.rect().adjusted(37, 0, -10, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.setFont(ui_font(11))
        painter.setPen(theme.color("accent" if self.isChecked() else "quiet" if self.isEnabled() else "field_line"))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.right)


class Rail(QFrame):
    """The steps of the job, then jobs and settings; folds to icons."""

    chosen = Signal(str)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.setProperty("kind", "rail")
        self.buttons: dict[str, RailButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 10, 8, 8)
        layout.setSpacing(2)
        for page in (*STEPS, "", "jobs", "settings"):
            if not page:
                layout.addSpacing(8)
                layout.addWidget(line())
                layout.addSpacing(8)
                continue
            made = RailButton(shell, page)
            made.clicked.connect(lambda _=False, name=page: self.chosen.emit(name))
            self.buttons[page] = made
            self._group.addButton(made)
            layout.addWidget(made)
        layout.addStretch(1)
        self.fold_button = button("", self.toggle, "flat")
        layout.addWidget(self.fold_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.folded = bool(int(shell.settings.value("rail_folded", 0)))
        shell.theme.theme_changed.connect(self._apply)
        self.retranslate()
        self._apply()

    def select(self, page: str) -> None:
        """Mark the page that is shown."""
        if page in self.buttons:
            self.buttons[page].setChecked(True)
            return
        self._group.setExclusive(False)
        for made in self.buttons.values():
            made.setChecked(False)
        self._group.setExclusive(True)

    def set_enabled(self, opened: bool) -> None:
        """The steps need a workspace."""
        for page, made in self.buttons.items():
            made.setEnabled(opened or page == "settings")

    def set_jobs(self, active: int) -> None:
        """How many jobs run."""
        self.buttons["jobs"].right = str(active) if active else ""
        self.buttons["jobs"].update()

    def toggle(self) -> None:
        """Fold to icons, or back."""
        self.folded = not self.folded
        self._shell.settings.set_value("rail_folded", int(self.folded))
        self._apply()

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        for number, page in enumerate(self.buttons, 1):
            made = self.buttons[page]
            made.setText(page_title(page))
            made.setAccessibleName(page_title(page))
            if number <= len(STEPS):
                made.right = f"Ctrl {number}"
            made.setToolTip(f"{page_title(page)}  {made.right}" if self.folded else "")
        self.fold_button.setAccessibleName(self.tr("Fold the navigation"))
        self.fold_button.setToolTip(self.tr("Fold or unfold the navigation"))

    def _apply(self) -> None:
        self.setFixedWidth(RAIL_FOLDED if self.folded else RAIL_WIDTH)
        for made in self.buttons.values():
            made.folded = self.folded
            made.update()
        self.fold_button.setIcon(self._shell.icon("unfold" if self.folded else "fold", "quiet"))
        self.retranslate()


class TopBar(QFrame):
    """Name, workspace, dataset version, command palette, running job, network state."""

    asked_for_palette = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.setProperty("kind", "top")
        self.setFixedHeight(TOP_HEIGHT)
        self.name = QLabel()
        self.name.setTextFormat(Qt.TextFormat.RichText)
        self.name.setFixedWidth(RAIL_WIDTH - 14)
        self.workspace = QPushButton()
        self.workspace.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.workspace.setMaximumWidth(260)
        self.menu = QMenu(self)
        self.workspace.clicked.connect(self._open_menu)
        self.version = button("", lambda: shell.go("data", panel="versions"), "chip")
        self.search = QPushButton()
        self.search.setProperty("kind", "search")
        self.search.setMinimumWidth(180)
        self.search.setMaximumWidth(320)
        self.search.clicked.connect(self.asked_for_palette)
        inner = QHBoxLayout(self.search)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.addStretch(1)
        key = label("Ctrl K", "key")
        key.setFixedHeight(20)
        inner.addWidget(key)
        self.job = button("", lambda: shell.go("jobs"), "chip-accent")
        self.network = label("", "chip")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(12)
        for part in (self.name, self.workspace, self.version):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.search, 2)
        layout.addWidget(self.job)
        layout.addWidget(self.network)
        self._online = False
        self.show_version("", 0)
        self.show_job("")
        shell.theme.theme_changed.connect(self.retranslate)
        self.retranslate()

    def show_workspace(self, name: str) -> None:
        """Show which workspace is open; empty: none."""
        self.workspace.setVisible(bool(name))
        self.search.setVisible(True)
        width = self.workspace.maximumWidth() - 48
        self.workspace.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, width))
        self.workspace.setToolTip(name)

    def show_version(self, name: str, items: int) -> None:
        """Show the newest dataset version and how many items it has."""
        self.version.setVisible(bool(name))
        self._version = (name, items)
        short = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 140)
        self.version.setText(self.tr("version {name} · {items}").format(name=short, items=f"{items:,}"))
        self.version.setToolTip(name)

    def show_job(self, text: str, tip: str = "") -> None:
        """Show the job that runs; empty: none."""
        self.job.setVisible(bool(text))
        self.job.setText(text)
        self.job.setToolTip(tip)

    def show_network(self, online: bool) -> None:
        """Show whether the machine has a network."""
        self._online = online
        self.network.setText(self.tr("Online") if online else self.tr("Offline"))
        self.network.setToolTip(
            self.tr("There is a network. Nothing uses it unless you ask for it.")
            if online
            else self.tr("No network. Everything here works without one.")
        )

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        accent = self._shell.theme.color("accent").name()
        self.name.setText(f'<b>Line<span style="color:{accent}">side</span></b>')
        self.search.setText(self.tr("Search commands, items, models…"))
        self.search.setAccessibleName(self.tr("Command palette"))
        self.workspace.setAccessibleName(self.tr("Workspace"))
        self.workspace.setIcon(self._shell.icon("chevron-down", "quiet"))
        self.show_version(*self._version)
        self.show_network(self._online)

    def _open_menu(self) -> None:
        shell, menu = self._shell, self.menu
        menu.clear()
        current = str(shell.workspace.path) if shell.workspace else ""
        for path, name in shell.settings.recent()[:6]:
            if path != current:
                action = menu.addAction(name)
                action.setToolTip(path)
                action.triggered.connect(lambda _=False, chosen=path: shell.open_workspace(chosen))
        if not menu.isEmpty():
            menu.addSeparator()
        menu.addAction(self.tr("All workspaces…")).triggered.connect(lambda: shell.go("start"))
        menu.addAction(self.tr("Show the folder")).triggered.connect(self._show_folder)
        menu.addAction(self.tr("Close the workspace")).triggered.connect(
            lambda: (shell.close_workspace(), shell.go("start"))
        )
        menu.popup(self.workspace.mapToGlobal(self.workspace.rect().bottomLeft()))

    def _show_folder(self) -> None:
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QDesktopServices

        if self._shell.workspace is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._shell.workspace.path)))


@dataclass
class Machine:
    """What the status bar tells of the machine."""

    cpu: float
    used_gb: float
    total_gb: float
    online: bool = False


def measure_machine() -> Machine:
    """Load of the processor since the last call, memory in use."""
    import psutil

    memory = psutil.virtual_memory()
    used = (memory.total - memory.available) / 2**30
    return Machine(psutil.cpu_percent(), used, memory.total / 2**30, has_network(psutil))


def has_network(psutil: Any) -> bool:
    """Whether an interface other than the loopback is up and has an address; nothing is sent to find out."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    families = {"AF_INET", "AF_INET6"}
    return any(
        address.family.name in families and not address.address.startswith(("127.", "::1", "fe80", "169.254."))
        for name, addresses in psutil.net_if_addrs().items()
        if name in up
        for address in addresses
    )


class StatusBar(QFrame):
    """Saved state with its time, what the page tells, undo depth, processor and memory."""

    online = Signal(bool)
    asked_for_console = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.setProperty("kind", "status")
        self.setFixedHeight(STATUS_HEIGHT)
        self.console = button("", self.asked_for_console.emit, "flat", shell.icon("console", "quiet"))
        self.console.setFixedHeight(STATUS_HEIGHT - 2)
        self.saved, self.text, self.undo, self.machine = label(), label(), label(), label()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(18)
        for part in (self.saved, self.text, self.undo):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.console)
        layout.addWidget(self.machine)
        shell.theme.theme_changed.connect(self._recolor)
        self._saved = ("", "")
        self._undo = 0
        self._page_undoes = False
        self._machine: Machine | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(SYSTEM_EVERY_MS)
        self._timer.timeout.connect(self._ask_machine)
        self._timer.start()
        QTimer.singleShot(800, self._ask_machine)
        self.retranslate()

    def show_saved(self, state: str, text: str) -> None:
        """Show saving, saved (at a time) or error (of an action)."""
        self._saved = (state, text)
        words = {
            "saving": self.tr("Saving…"),
            "saved": self.tr("✓ Saved {time}").format(time=text),
            "error": self.tr("Not saved: {action}").format(action=text),
            "": "",
        }
        self.saved.setText(words.get(state, text))
        self.saved.setVisible(bool(self.saved.text()))
        set_kind(self.saved, "bad" if state == "error" else "small")

    def show_undo(self, depth: int) -> None:
        """Show how many steps can be undone."""
        self._undo = depth
        self.undo.setText(self.tr("Undo {count}").format(count=depth) if depth else "")
        self.undo.setVisible(bool(depth) and not self._page_undoes)

    def leave_undo_to_page(self, page_undoes: bool) -> None:
        """On a page with an undo stack of its own that page tells how deep it is."""
        self._page_undoes = page_undoes
        self.show_undo(self._undo)

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.console.setText(self.tr("Console"))
        self.console.setToolTip(self.tr("Python with this workspace to read (Ctrl+`)"))
        self.show_saved(*self._saved)
        self.show_undo(self._undo)
        if self._machine is not None:
            self._show_machine(self._machine)

    def _recolor(self) -> None:
        self.console.setIcon(self._shell.icon("console", "quiet"))

    def _ask_machine(self) -> None:
        from app.gui.shell.work import Task

        if self.isVisible():
            self._shell.work.read(Task(measure_machine, self._show_machine, None), "machine")

    def _show_machine(self, machine: Machine) -> None:
        self._machine = machine
        self.online.emit(machine.online)
        text = self.tr("CPU {cpu} % · memory {used} / {total} GB")
        self.machine.setText(
            text.format(cpu=round(machine.cpu), used=f"{machine.used_gb:.1f}", total=round(machine.total_gb))
        )


def centred(widget: QWidget, width: int) -> QWidget:
    """A widget in the middle, not wider than `width`."""
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(20, 20, 20, 20)
    layout.addStretch(1)
    layout.addWidget(widget, 100)
    layout.addStretch(1)
    widget.setMaximumWidth(width)
    return holder


Action = Callable[[], object]
