"""The lines of a log as a list: as many as are kept, those of a level shown, those with what is looked for marked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics

from app.gui.shell.theme import mono_font

if TYPE_CHECKING:
    from app.gui.deployment.log_follow import Piece
    from engine.deployment.logs import LogLine

KEPT = 20_000
COLORS = {"warning": "warning", "error": "bad", "critical": "bad", "debug": "quiet"}
Index = QModelIndex | QPersistentModelIndex


class LogLines(QAbstractListModel):
    """Grows below and above; where there are more than KEPT lines, the oldest pieces go."""

    def __init__(self, colors: Callable[[str], QColor], parent: Any = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._pieces: deque[tuple[str, list[LogLine]]] = deque()  # where it begins, its lines
        self.shown: list[LogLine] = []
        self.level, self.looked_for = "debug", ""
        metrics = QFontMetrics(mono_font())
        self._letter, self._height, self._widest = metrics.horizontalAdvance("M"), metrics.height() + 2, 0

    @property
    def start(self) -> str:
        """Where the first line that is kept stands; "": it is the first of all, or there is none."""
        return self._pieces[0][0] if self._pieces else ""

    @property
    def count(self) -> int:
        """Of lines that are kept, shown or not."""
        return sum(len(lines) for _, lines in self._pieces)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return line.text.replace("\n", " ")
            case Qt.ItemDataRole.ToolTipRole:
                return line.raw[:2000]
            case Qt.ItemDataRole.FontRole:
                return mono_font()
            case Qt.ItemDataRole.ForegroundRole:
                return self._colors(COLORS[line.level]) if line.level in COLORS else None
            case Qt.ItemDataRole.BackgroundRole:
                return self._colors("accent_ground") if self.looked_for and self.has(line) else None
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(self._widest * self._letter + 16, self._height)
        return None

    def clear(self) -> None:
        """No line any more."""
        self.beginResetModel()
        self._pieces.clear()
        self.shown, self._widest = [], 0
        self.endResetModel()

    def add(self, piece: Piece) -> int:
        """Put lines below or above; how many of those shown went from the top for it."""
        if not piece.lines:
            if piece.above and self._pieces:
                self._pieces[0] = ("", self._pieces[0][1])
            return 0
        lines = [line for line in piece.lines if line.reaches(self.level)]
        widest = max((_width(line.text) for line in lines), default=0)
        if widest > self._widest:
            self._widest = min(widest, 1000)
            self.layoutChanged.emit()
        place = 0 if piece.above else len(self.shown)
        if lines:
            self.beginInsertRows(QModelIndex(), place, place + len(lines) - 1)
            self.shown[place:place] = lines
            self.endInsertRows()
        self._pieces.insert(0 if piece.above else len(self._pieces), (piece.start, list(piece.lines)))
        return self._drop()

    def show_level(self, level: str) -> None:
        """Leave out what is below a level."""
        self.beginResetModel()
        self.level = level
        self.shown = [line for _, lines in self._pieces for line in lines if line.reaches(level)]
        self._widest = min(1000, max((_width(line.text) for line in self.shown), default=0))
        self.endResetModel()

    def look_for(self, text: str) -> int:
        """Mark the lines with a text; how many there are."""
        self.looked_for = text.casefold()
        if self.shown:
            self.dataChanged.emit(self.index(0), self.index(len(self.shown) - 1), [Qt.ItemDataRole.BackgroundRole])
        return sum(map(self.has, self.shown)) if text else 0

    def has(self, line: LogLine) -> bool:
        """Whether a line has what is looked for."""
        return self.looked_for in line.text.casefold()

    def next(self, row: int, step: int) -> int:
        """The next row from one that has what is looked for, around the end; -1: none has."""
        for distance in range(1, len(self.shown) + 1):
            at = (row + step * distance) % len(self.shown)
            if self.has(self.shown[at]):
                return at
        return -1

    def _drop(self) -> int:
        dropped = 0
        while self.count > KEPT and len(self._pieces) > 1:
            _, lines = self._pieces.popleft()
            gone = sum(line.reaches(self.level) for line in lines)
            if gone:
                self.beginRemoveRows(QModelIndex(), 0, gone - 1)
                del self.shown[:gone]
                self.endRemoveRows()
            dropped += gone
        return dropped


def _width(text: str) -> int:
    """In letters; Chinese ones are twice as wide."""
    return len(text) + sum(letter > "⺀" for letter in text)


def raw_text(lines: Sequence[LogLine]) -> str:
    """As they were written."""
    return "\n".join(line.raw for line in lines)
