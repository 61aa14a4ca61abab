"""The command palette (Ctrl K): every command, page, item, model and setting, found by typing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from app.gui.shell.frame import STEPS, page_title
from app.gui.shell.languages import LANGUAGES

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from app.gui.shell.window import MainWindow
    from engine.workspace import Workspace

WIDTH, ROWS = 560, 11
FOUND_ITEMS = 30
TYPING_MS = 120


@dataclass(frozen=True)
class Entry:
    """One thing to choose: what is shown, what kind it is, what it does."""

    text: str
    kind: str
    icon: str
    act: Callable[[], object]


class CommandPalette(QDialog):
    """A search field over a list; Enter does, Escape closes."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._window = window
        self._shell = window.shell
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Type a command, an item, a model, a setting…"))
        self.search.setAccessibleName(self.tr("Command palette"))
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setIconSize(QSize(16, 16))
        self.list.setUniformItemSizes(True)
        self.list.setFixedHeight(ROWS * 30 + 8)
        self.list.itemClicked.connect(lambda _item: self._do())
        frame = QFrame()
        frame.setProperty("kind", "card")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(10, 10, 10, 10)
        inner.addWidget(self.search)
        inner.addWidget(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        self._commands = self._all_commands()
        self._models: list[Entry] = []
        self._items: list[Entry] = []
        self._shown: list[Entry] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self._ask_items)
        self.search.textChanged.connect(lambda: (self._show(), self._timer.start()))

    def open_over(self) -> None:
        """Show it below the search field of the top bar."""
        if self._shell.workspace is not None:
            self._shell.read(find_models, self._take_models, key="palette.models", on_error=lambda _error: None)
        self._show()
        self.adjustSize()
        corner = self._window.mapToGlobal(self._window.rect().topLeft())
        self.move(corner.x() + (self._window.width() - WIDTH) // 2, corner.y() + 52)
        self.show()
        self.search.setFocus()

    def texts(self) -> list[str]:
        """What is offered now."""
        return [entry.text for entry in self._shown]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list, Enter chooses."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(
                event.key()
            )  # type: ignore[call-overload]
            if step is not None:
                last = self.list.count() - 1
                self.list.setCurrentRow(max(0, min(last, self.list.currentRow() + step)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._do()
                return True
        return False

    def _do(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._shown):
            act = self._shown[row].act
            self.close()
            QTimer.singleShot(0, self._window, act)

    def _show(self) -> None:
        words = self.search.text().lower().split()
        entries = [*self._commands, *self._models]
        found = [entry for entry in entries if all(word in f"{entry.text} {entry.kind}".lower() for word in words)]
        found.sort(key=lambda entry: not entry.text.lower().startswith(self.search.text().lower().strip()))
        self._shown = [*found, *(self._items if words else [])]
        self.list.clear()
        for entry in self._shown:
            item = QListWidgetItem(self._shell.icon(entry.icon, "quiet"), f"{entry.text}    {entry.kind}")
            item.setSizeHint(QSize(0, 30))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _all_commands(self) -> list[Entry]:
        window, shell = self._window, self._shell
        opened = shell.workspace is not None
        page, setting, command = self.tr("page"), self.tr("setting"), self.tr("command")
        entries = []
        current = window.pages.get(window.page_name)
        for text, act in current.commands() if current is not None else []:
            entries.append(Entry(text, command, "play", act))
        names = [*(STEPS if opened else ()), *(["labels", "quality", "jobs"] if opened else []), "start", "settings"]
        entries += [Entry(page_title(name), page, name, lambda name=name: shell.go(name)) for name in names]
        for path, name in shell.settings.recent():
            if not opened or str(shell.workspace.path) != path:  # type: ignore[union-attr]
                text = self.tr("Open workspace {name}").format(name=name)
                entries.append(Entry(text, command, "folder", lambda path=path: shell.open_workspace(path)))
        for theme, text in (("light", self.tr("Light theme")), ("dark", self.tr("Dark theme"))):
            icon = "sun" if theme == "light" else "moon"
            entries.append(Entry(text, setting, icon, lambda theme=theme: self._use_theme(theme)))
        entries += [
            Entry(name, setting, "language", lambda code=code: self._use_language(code))
            for code, name in LANGUAGES.items()
        ]
        entries.append(Entry(self.tr("Your name"), setting, "person", lambda: shell.go("settings", setting="author")))
        entries.append(Entry(self.tr("Fold the navigation"), command, "fold", window.rail.toggle))
        if opened:
            entries.append(Entry(self.tr("Python console"), command, "console", window.toggle_console))
            entries.append(Entry(self.tr("Close the workspace"), command, "close", self._close_workspace))
        return entries

    def _close_workspace(self) -> None:
        self._shell.close_workspace()
        self._shell.go("start")

    def _use_theme(self, name: str) -> None:
        self._shell.settings.theme = name
        self._shell.theme.use(name)

    def _use_language(self, code: str) -> None:
        from app.gui.shell.languages import use_language

        self._shell.settings.language = code
        use_language(code)

    def _take_models(self, found: list[tuple[str, str]]) -> None:
        kinds = {"modeling": self.tr("model graph"), "evaluation": self.tr("model")}
        shell = self._shell
        self._models = [
            Entry(name, kinds[page], page, lambda page=page, name=name: go_to_model(shell, page, name))
            for page, name in found
        ]
        self._show()

    def _ask_items(self) -> None:
        text = self.search.text().strip()
        if self._shell.workspace is None or len(text) < 2:
            self._items = []
            return
        self._shell.read(
            lambda ws: find_items(ws, text), self._take_items, key="palette.items", on_error=lambda _error: None
        )

    def _take_items(self, found: list[tuple[int, str]]) -> None:
        kind, shell = self.tr("item"), self._shell
        self._items = [
            Entry(name, kind, "image", lambda item=item: shell.go("labeling", item=item)) for item, name in found
        ]
        self._show()


def go_to_model(shell: Shell, page: str, name: str) -> None:
    """Show a graph, or the evaluation of a model."""
    shell.go(page, **({"graph": name} if page == "modeling" else {"model": name}))


def find_items(ws: Workspace, text: str) -> list[tuple[int, str]]:
    """Some items whose name has the text."""
    from engine.data.browse import ItemFilter, item_ids, item_rows

    return [(row.id, row.name) for row in item_rows(ws, item_ids(ws, ItemFilter(text=text))[:FOUND_ITEMS])]


def find_models(ws: Workspace) -> list[tuple[str, str]]:
    """Graphs and trained models as (page, name)."""
    from engine.training.models import list_models

    graphs = [("modeling", path.stem) for path in sorted((ws.path / "graphs").glob("*.json"))]
    return [*graphs, *(("evaluation", f"{model.name}:{model.number}") for model in list_models(ws))]
