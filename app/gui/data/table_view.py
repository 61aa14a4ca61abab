"""The rows of a table version: read a few hundred at a time, in the background, as one scrolls."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QTableView, QVBoxLayout, QWidget

from app.gui.data.filters import split_text
from app.gui.widgets.controls import button, label, row
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.data.tables import Pages
    from engine.data.versions import DatasetVersion
    from engine.workspace import Workspace

BLOCK, KEPT = 400, 12  # rows read together; blocks in memory
WIDTH = 120
Index = QModelIndex | QPersistentModelIndex


def cell_text(value: Any) -> str:
    """A value as it is shown; nothing where it is missing."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


class PagesModel(QAbstractTableModel):
    """The rows that are on screen; what is not read yet is asked for, and shown when it comes."""

    def __init__(self, shell: Shell, error: ErrorLine) -> None:
        super().__init__()
        self._shell, self._error = shell, error
        self.pages: Pages | None = None
        self.blocks: OrderedDict[int, list[list[Any]]] = OrderedDict()
        self._asked: set[int] = set()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() or self.pages is None else self.pages.count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() or self.pages is None else 1 + len(self.pages.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.TextAlignmentRole):
            return None
        block, place = divmod(index.row(), BLOCK)
        if block not in self.blocks:
            self._ask(block)
            return "…" if role == Qt.ItemDataRole.DisplayRole else None
        self.blocks.move_to_end(block)
        value = self.blocks[block][place][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return split_text(value) if index.column() == 0 else cell_text(value)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter if number else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or self.pages is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            return f"{section + 1:,}"
        return self.pages.columns[section - 1] if section else self.tr("Split")

    def show_pages(self, pages: Pages | None) -> None:
        """Show these rows from the first on."""
        self.beginResetModel()
        self.pages = pages
        self.blocks.clear()
        self._asked.clear()
        self.endResetModel()

    def _ask(self, block: int) -> None:
        pages = self.pages
        if block in self._asked or pages is None:
            return
        self._asked.add(block)

        def read(_ws: Workspace) -> list[list[Any]]:
            return pages.read(block * BLOCK, (block + 1) * BLOCK)

        self._shell.read(read, lambda rows: self._take(pages, block, rows), on_error=self._error.show_error)

    def _take(self, pages: Pages, block: int, rows: list[list[Any]]) -> None:
        if pages is not self.pages:
            return
        self._asked.discard(block)
        self.blocks[block] = rows
        while len(self.blocks) > KEPT:
            self.blocks.popitem(last=False)
        first = block * BLOCK
        self.dataChanged.emit(self.index(first, 0), self.index(first + len(rows) - 1, self.columnCount() - 1))


class TableView(QWidget):
    """A table version: its name, what it foretells, its rows."""

    closed = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.version: DatasetVersion | None = None
        self.title, self.text, self.error = label("", "heading"), label("", "quiet", wrap=True), ErrorLine()
        self.close_button = button("", self.closed.emit)
        self.model = PagesModel(shell, self.error)
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setShowGrid(False)
        self.view.setAlternatingRowColors(True)
        self.view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.view.verticalHeader().setDefaultSectionSize(28)
        self.view.horizontalHeader().setDefaultSectionSize(WIDTH)
        self.view.horizontalHeader().setHighlightSections(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.setSpacing(8)
        layout.addWidget(row(self.title, 1, self.close_button))
        layout.addWidget(self.text)
        layout.addWidget(self.error)
        layout.addWidget(self.view, 1)

    def show_version(self, version: DatasetVersion) -> None:
        """Show the rows of a version."""
        self.version = version
        self.error.clear()
        self.retranslate()

        def read(ws: Workspace) -> Pages:
            from engine.data.tables import Pages

            return Pages(ws.path, version.id)

        self._shell.read(read, self.model.show_pages, key="data.table", on_error=self.error.show_error)

    def clear(self) -> None:
        """Hold nothing of the workspace."""
        self.version = None
        self.model.show_pages(None)

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.close_button.setText(self.tr("Close table"))
        self.view.setAccessibleName(self.tr("Rows of the table"))
        if self.version is None:
            return
        settings = self.version.settings
        told = [
            self.tr("{count} rows of {file}").format(count=f"{self.version.items:,}", file=settings.get("table", "")),
            *(f"{split_text(name)} {count:,}" for name, count in self.version.splits.items()),
        ]
        for text, name in ((self.tr("foretells {0}"), "target"), (self.tr("leaves out {0}"), "ignored")):
            if settings.get(name):
                told.append(text.format(settings[name]))
        self.title.setText(self.version.name)
        self.text.setText(" · ".join(told))
