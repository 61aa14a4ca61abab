"""The right panel of the data page: how many items, labels and splits there are; each figure filters the items."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QLayout, QVBoxLayout, QWidget

from app.gui.data.filters import split_text
from app.gui.shell.theme import ui_font
from app.gui.widgets.controls import label, line

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.data.browse import Stats
    from engine.workspace import Workspace

SHOWN_LABELS = 40


@dataclass
class DataFigures:
    """What the panel shows."""

    stats: Stats
    colors: dict[str, str] = field(default_factory=dict)


def read_figures(ws: Workspace) -> DataFigures:
    """Counts and the colours of labels."""
    from engine.data.browse import stats
    from engine.data.records import read_labels

    return DataFigures(stats(ws), {entry.name: entry.color for entry in read_labels(ws)})


class CountBar(QAbstractButton):
    """A name, a count and a bar in a colour; a click filters by it."""

    def __init__(self, shell: Shell, name: str, count: int, most: int, color: str) -> None:
        super().__init__()
        self._theme, self._count, self._most, self._color = shell.theme, count, max(1, most), color
        self.setText(name)
        self.setAccessibleName(f"{name}: {count}")
        self.setToolTip(name)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedHeight(30)

    def sizeHint(self) -> QSize:
        return QSize(160, 30)

    def paintEvent(self, event: QEvent) -> None:
        """Draw name and count over a thin bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse() or self.hasFocus():
            painter.setBrush(self._theme.color("hover"))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        font = ui_font(13)
        painter.setFont(font)
        count = f"{self._count:,}"
        width = QFontMetrics(font).horizontalAdvance(count)
        text = self.rect().adjusted(4, 2, -4, -8)
        painter.setPen(self._theme.color("quiet"))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
        painter.setPen(self._theme.color("accent" if self.hasFocus() else "text"))
        shown = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, text.width() - width - 10)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setPen(Qt.PenStyle.NoPen)
        ground = QRectF(4, self.height() - 6, self.width() - 8, 3)
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(ground, 1.5, 1.5)
        from PySide6.QtGui import QColor

        painter.setBrush(QColor(self._color))
        ground.setWidth(max(3.0 if self._count else 0.0, ground.width() * self._count / self._most))
        painter.drawRoundedRect(ground, 1.5, 1.5)


class StatsPanel(QWidget):
    """Figures over the whole workspace; `chosen(kind, value)` when one is clicked: label, split or state."""

    chosen = Signal(str, str)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._shown: DataFigures | None = None
        self.titles = {name: label("", "heading") for name in ("data", "labels", "splits")}
        self.figures = QGridLayout()
        self.figures.setHorizontalSpacing(12)
        self.figures.setVerticalSpacing(6)
        self.figures.setColumnStretch(0, 1)
        self.labels, self.splits = QVBoxLayout(), QVBoxLayout()
        for part in (self.labels, self.splits):
            part.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.titles["data"])
        layout.addLayout(self.figures)
        layout.addSpacing(4)
        layout.addWidget(line())
        layout.addWidget(self.titles["labels"])
        layout.addLayout(self.labels)
        layout.addSpacing(4)
        layout.addWidget(line())
        layout.addWidget(self.titles["splits"])
        layout.addLayout(self.splits)
        shell.theme.theme_changed.connect(self.retranslate)

    def show_figures(self, found: DataFigures) -> None:
        """Show these."""
        self._shown = found
        self.retranslate()

    def retranslate(self) -> None:
        """Build the rows in the language and colours now chosen."""
        self.titles["data"].setText(self.tr("Whole workspace"))
        self.titles["labels"].setText(self.tr("Annotations by label"))
        self.titles["splits"].setText(self.tr("Items by split"))
        for part in (self.figures, self.labels, self.splits):
            _empty(part)
        if self._shown is None:
            return
        stats, colors = self._shown.stats, self._shown.colors
        share = f" · {round(100 * stats.labelled / stats.items)} %" if stats.items else ""
        rows = [
            (self.tr("Items"), f"{stats.items:,}"),
            (self.tr("Labelled"), f"{stats.labelled:,}{share}"),
            (self.tr("Annotations"), f"{stats.annotations:,}"),
            (self.tr("With a problem"), f"{stats.problems:,}"),
            (self.tr("Size on disk"), size_text(stats.bytes)),
        ]
        for at, (name, value) in enumerate(rows):
            self.figures.addWidget(label(name, "quiet"), at, 0)
            self.figures.addWidget(label(value), at, 1, Qt.AlignmentFlag.AlignRight)
        most = max(stats.labels.values(), default=0)
        for name, count in list(stats.labels.items())[:SHOWN_LABELS]:
            self._bar(self.labels, "label", name, name, count, most, colors.get(name, "#98a2b3"))
        if not stats.labels:
            self.labels.addWidget(label(self.tr("No labels yet."), "quiet"))
        accent = self._shell.theme.color("accent").name()
        for name, count in stats.splits.items():
            self._bar(self.splits, "split", name or "none", split_text(name), count, stats.items, accent)
        if not stats.splits:
            self.splits.addWidget(label(self.tr("No items yet."), "quiet"))

    def _bar(self, into: QVBoxLayout, kind: str, value: str, name: str, count: int, most: int, color: str) -> None:
        bar = CountBar(self._shell, name, count, most, color)
        bar.clicked.connect(lambda: self.chosen.emit(kind, value))
        into.addWidget(bar)


def _empty(layout: QLayout) -> None:
    while layout.count():
        part = layout.takeAt(0).widget()
        if part is not None:
            part.hide()
            part.deleteLater()


def size_text(count: int) -> str:
    """A number of bytes in the largest fitting unit."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return ""
