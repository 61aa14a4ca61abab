"""The list of data versions, each with its splits, and the difference of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.gui.data.filters import split_text
from app.gui.widgets.controls import button, label, row
from app.gui.widgets.errors import ErrorLine

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.data.diff import VersionDiff
    from engine.data.versions import DatasetVersion
    from engine.workspace import Workspace


def read_versions(ws: Workspace) -> list[DatasetVersion]:
    """All versions, newest first."""
    from engine.data.versions import list_versions

    return sorted(list_versions(ws), key=lambda version: version.id, reverse=True)


class VersionsPanel(QWidget):
    """Versions on top, what differs below."""

    asked_for_new = Signal()
    opened = Signal(object)  # the version of a table

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.versions: list[DatasetVersion] = []
        self.title, self.none = label("", "heading"), label("", "quiet", wrap=True)
        self.new = button("", self.asked_for_new.emit)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setMinimumHeight(150)
        self.list.itemActivated.connect(self._open)
        self.list.itemClicked.connect(self._open)
        self.compare_title = label("", "heading")
        self.old, self.newer = QComboBox(), QComboBox()
        self.compare = button("", self._compare)
        self.answer = label("", "", wrap=True)
        self.error = ErrorLine()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(row(self.title, 1, self.new))
        layout.addWidget(self.none)
        layout.addWidget(self.list, 2)
        layout.addWidget(self.compare_title)
        layout.addWidget(self.old)
        layout.addWidget(self.newer)
        layout.addWidget(row(1, self.compare))
        layout.addWidget(self.answer)
        layout.addWidget(self.error)
        layout.addStretch(1)

    def show_versions(self, versions: list[DatasetVersion]) -> None:
        """Show these, newest first."""
        self.versions = versions
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.title.setText(self.tr("Data versions"))
        self.new.setText(self.tr("Create…"))
        self.none.setText(self.tr("None yet. Training needs one: it freezes items, annotations and splits."))
        self.compare_title.setText(self.tr("What differs"))
        self.compare.setText(self.tr("Compare"))
        self.list.setAccessibleName(self.tr("Data versions"))
        self.old.setAccessibleName(self.tr("Older version"))
        self.newer.setAccessibleName(self.tr("Newer version"))
        self.none.setVisible(not self.versions)
        self.list.setVisible(bool(self.versions))
        several = sum(not version.is_table for version in self.versions) > 1
        for part in (self.compare_title, self.old, self.newer, self.compare, self.answer):
            part.setVisible(several)
        self.list.clear()
        for version in self.versions:
            splits = " · ".join(f"{split_text(name)} {count:,}" for name, count in version.splits.items())
            when = QLocale().toString(version.created, QLocale.FormatType.ShortFormat)
            if version.is_table:
                counts = self.tr("Table · {rows} rows").format(rows=f"{version.items:,}")
            else:
                counts = self.tr("{items} items · {annotations} annotations").format(
                    items=f"{version.items:,}", annotations=f"{version.annotations:,}"
                )
            item = QListWidgetItem(f"{version.name}\n{counts}\n{splits}\n{when} · {version.author}")
            item.setToolTip(self.tr("Show its rows") if version.is_table else version.digest)
            self.list.addItem(item)
        names = [version.name for version in self.versions if not version.is_table]
        for box, at in ((self.old, 1), (self.newer, 0)):
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(at if len(names) > at else -1)

    def _open(self, item: QListWidgetItem) -> None:
        version = self.versions[self.list.row(item)]
        if version.is_table:
            self.opened.emit(version)

    def _compare(self) -> None:
        old, new = self.old.currentText(), self.newer.currentText()
        self.error.clear()

        def read(ws: Workspace) -> VersionDiff:
            from engine.data.versions import diff

            return diff(ws, old, new)

        self._shell.read(read, self._show_difference, key="versions.diff", on_error=self.error.show_error)

    def _show_difference(self, found: VersionDiff) -> None:
        words = {"added": self.tr("new"), "removed": self.tr("gone"), "changed": self.tr("changed")}
        lines = []
        for name, counts in ((self.tr("Items"), found.items), (self.tr("Annotations"), found.annotations)):
            parts = [f"{words.get(what, what)} {count:,}" for what, count in counts.items() if count]
            if parts:
                lines.append(f"{name}: {', '.join(parts)}")
        if any(found.moved.values()):
            moved = ", ".join(f"{way} {count:,}" for way, count in found.moved.items() if count)
            lines.append(self.tr("Moved to another split: {moved}").format(moved=moved))
        labels = self.tr("Labels")
        for what, names in found.labels.items():
            if names:
                lines.append(f"{labels}: {words.get(what, what)} {', '.join(names)}")
        self.answer.setText("\n".join(lines) or self.tr("Nothing differs."))
