"""The SQL box: read-only questions over the documented views; the answer is items where there is an id, else a table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTableView, QVBoxLayout, QWidget

from app.gui.shell.theme import mono_font
from app.gui.widgets.controls import button, label, primary_button, row
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.workspace import Workspace

LIMIT = 20_000
STATEMENT = r"\s*(select|with|from|delete|insert|update|create|drop|alter|attach|copy|pragma|set|call)\b"
Index = QModelIndex | QPersistentModelIndex


@dataclass
class Answer:
    """What a question gave: ids of items, or a table."""

    ids: list[int] | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)


def ask(ws: Workspace, sql: str) -> Answer:
    """Ask; a condition alone is taken as one over the view items."""
    from engine.data.browse import ItemFilter, item_ids
    from engine.data.query import select

    if not re.match(STATEMENT, sql, re.IGNORECASE):
        return Answer(ids=item_ids(ws, ItemFilter(sql=sql)))
    table = select(ws, sql, LIMIT)
    names = list(table.column_names)
    of_items = "item_id" in names or ("id" in names and re.search(r"\bfrom\s+items\b", sql, re.IGNORECASE))
    if of_items:
        column = "item_id" if "item_id" in names else "id"
        return Answer(ids=list(dict.fromkeys(value for value in table[column].to_pylist() if value is not None)))
    columns = [table[at].to_pylist() for at in range(len(names))]
    return Answer(columns=names, rows=list(zip(*columns, strict=True)))


class QueryBox(QFrame):
    """Where the question is written; errors stand right below it."""

    answered = Signal(object)  # Answer
    cleared = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.edit = _Edit()
        self.edit.run.connect(self.run)
        self.edit.setFont(mono_font(13))
        self.edit.setFixedHeight(64)
        self.go = primary_button("", self.run)
        self.go.setProperty("kind", "")
        self.views = label("", "small", wrap=True)
        self.error = ErrorLine()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.edit)
        layout.addWidget(row(self.views, 1, self.go))
        layout.addWidget(self.error)
        self.retranslate()

    def run(self) -> None:
        """Ask the workspace."""
        sql = self.edit.toPlainText().strip()
        self.error.clear()
        if not sql:
            self.cleared.emit()
            return
        self._shell.read(lambda ws: ask(ws, sql), self.answered.emit, key="data.query", on_error=self._failed)

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.edit.setPlaceholderText(
            "width > 2000 AND split = 'train'      SELECT label, count(*) FROM annotations GROUP BY label"
        )
        self.edit.setAccessibleName(self.tr("SQL question"))
        self.go.setText(self.tr("Ask (Ctrl ↵)"))
        self.views.setText(self.tr("Views: items, annotations, labels, history, versions, models, evaluations"))

    def _failed(self, error: Exception) -> None:
        self.error.show_error(error)


class _Edit(QPlainTextEdit):
    run = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setProperty("kind", "code")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl Enter asks."""
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.run.emit()
            return
        super().keyPressEvent(event)


class RowsModel(QAbstractTableModel):
    """Rows of an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = Answer()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.answer.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.answer.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self.answer.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and isinstance(value, int | float):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.answer.columns[section] if orientation == Qt.Orientation.Horizontal else str(section + 1)
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation == Qt.Orientation.Horizontal:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def show_answer(self, answer: Answer) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.answer = answer
        self.endResetModel()


class AnswerTable(QWidget):
    """The table of an answer, which can be copied for a spreadsheet."""

    def __init__(self) -> None:
        super().__init__()
        self.model = RowsModel()
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setShowGrid(False)
        self.view.setAlternatingRowColors(True)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(28)
        self.view.horizontalHeader().setStretchLastSection(True)
        self.view.horizontalHeader().setHighlightSections(False)
        self.count = label("", "quiet")
        self.copy = button("", self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(row(self.count, 1, self.copy))
        layout.addWidget(self.view, 1)
        self.retranslate()

    def show_answer(self, answer: Answer) -> None:
        """Show these rows."""
        self.model.show_answer(answer)
        for column in range(min(12, len(answer.columns))):
            self.view.setColumnWidth(column, max(90, min(320, self.view.sizeHintForColumn(column) + 24)))
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        rows = len(self.model.answer.rows)
        self.count.setText(self.tr("{count} rows").format(count=f"{rows:,}"))
        self.copy.setText(self.tr("Copy as table"))
        self.view.setAccessibleName(self.tr("Answer"))

    def _copy(self) -> None:
        answer = self.model.answer
        lines = [
            "\t".join(answer.columns),
            *("\t".join("" if v is None else str(v) for v in line) for line in answer.rows),
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))
