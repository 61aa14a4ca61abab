"""Figures of parts of the split: objects by size, items by anything that SQL can say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from app.gui.evaluation.insights import OF_OBJECTS, InsightTab
from app.gui.evaluation.reading import Seen
from app.gui.evaluation.words import bounds, figure_name, shown
from app.gui.widgets.controls import label, row
from app.gui.widgets.tables import fill, table

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.evaluation.slices import Group
    from engine.workspace import Workspace

COCO, THIRDS = ":coco", ":thirds"
SHOWN = ("map50", "miou", "auroc", "accuracy", "missed", "false_reject")
EXPRESSIONS = ("width > 600", "group_key", "format", "split")
METADATA_KEYS = 6


class GroupsTab(InsightTab):
    """A choice by what to group, or an expression of one's own, and the groups as a table; Enter opens one."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._groups: list[Group] = []
        self._by = ""
        self.name, self.by = label("", "quiet"), QComboBox()
        self.by.setObjectName("group_by")
        self.by.setEditable(True)
        self.by.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.by.setMinimumWidth(300)
        self.by.activated.connect(lambda _: self._group())
        self.by.lineEdit().returnPressed.connect(self._group)
        self.name.setBuddy(self.by)
        self.table = table("group_table")
        self.table.itemActivated.connect(lambda item: self._open(item.row()))
        self.table.itemClicked.connect(lambda item: self._open(item.row()))
        self.table.setCursor(Qt.CursorShape.PointingHandCursor)
        self.note = label("", "quiet", wrap=True)
        for part in (row(self.name, self.by, 1), self.table, self.note):
            self.column.addWidget(part)
        self.column.removeWidget(self.error)
        self.column.insertWidget(1, self.error)
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.name.setText(self.tr("Group by"))
        self.by.setAccessibleName(self.tr("Group by"))
        self.by.setToolTip(
            self.tr("Any SQL expression over items, such as width > 600 or metadata->>'lot'; Enter groups")
        )
        self.table.setAccessibleName(self.tr("Figures by group"))
        self._offer(self._metadata())
        self._show()

    def _metadata(self) -> list[str]:
        return [text for at in range(self.by.count()) if (text := self.by.itemText(at)).startswith("metadata->>")]

    def _read(self, seen: Seen) -> None:
        del seen
        self._ask(_metadata_keys, self._offer)
        self._group()

    def _offer(self, keys: list[str]) -> None:
        text, sizes = (
            self.by.currentText(),
            {COCO: self.tr("Size: small, medium, large"), THIRDS: self.tr("Size: thirds")},
        )
        known = self.by.findText(text)
        before = self.by.itemData(known) if known >= 0 else None
        detector = self.seen is None or self.seen.evaluation.summary["task"] in OF_OBJECTS
        self.by.clear()
        for name, words in sizes.items() if detector else ():
            self.by.addItem(words, name)
        for expression in [*keys, *EXPRESSIONS]:
            self.by.addItem(expression)
        if before in sizes and detector:
            self.by.setCurrentIndex(self.by.findData(before))
        elif text and before not in sizes:
            self.by.setEditText(text)

    def _group(self) -> None:
        seen, text = self.seen, self.by.currentText().strip()
        if seen is None or not text:
            return
        self._by = str(self.by.itemData(self.by.findText(text)) or text) if self.by.findText(text) >= 0 else text
        by = self._by
        self.error.clear()
        self._ask(lambda workspace: _grouped(workspace, seen, by), self._take)

    def _take(self, groups: list[Group]) -> None:
        self._groups = groups
        self._show()

    def _show(self) -> None:
        groups = self._groups
        self.table.setVisible(bool(groups))
        sizes = self._by in (COCO, THIRDS)
        names = [name for name in SHOWN if groups and name in groups[0].figures]
        heads = [self.tr("Group"), self.tr("Objects") if sizes else self.tr("Items")]
        heads += [text for name in names for text in (figure_name(name), "95 %")]
        fill(self.table, heads, [self._row(group, names) for group in groups], most=10)
        self.note.setText(
            self.tr("A click shows the images with a missed object of this size.")
            if sizes
            else self.tr("A click shows the items of a group. What the items are like now counts.")
        )
        self.note.setVisible(bool(groups))

    def _row(self, group: Group, names: list[str]) -> list[Any]:
        known = {"small": self.tr("small (below 32² px)"), "medium": self.tr("medium (to 96² px)"),
                 "large": self.tr("large (from 96² px)"), "true": self.tr("yes"), "false": self.tr("no"),
                 "(none)": self.tr("(none)")}  # fmt: skip
        cells: list[Any] = [known.get(group.name, group.name), group.count]
        for name in names:
            figure = group.figures[name]
            cells += [shown(name, figure["value"]), bounds(name, figure["low"], figure["high"])]
        return cells

    def _open(self, at: int) -> None:
        group = self._groups[at]
        heading = self.tr("Missed: {}") if self._by in (COCO, THIRDS) else f"{self._by}: {{}}"
        self._want(heading.format(self.table.item(at, 0).text()), group.items)


def _grouped(workspace: Workspace, seen: Seen, by: str) -> list[Group]:
    from engine.evaluation.slices import by_expression, by_size

    if by in (COCO, THIRDS):
        return by_size(seen.evaluation, by[1:])
    return by_expression(workspace, seen.evaluation, by)


def _metadata_keys(workspace: Workspace) -> list[str]:
    """Expressions for the most frequent keys of the items' metadata."""
    rows = workspace.query(
        "SELECT name, count(*) AS n FROM (SELECT unnest(json_keys(metadata)) AS name FROM item WHERE metadata IS NOT NULL)"
        " GROUP BY name ORDER BY n DESC, name LIMIT ?",
        [METADATA_KEYS],
    )
    quoted = [name.replace("'", "''") for name, _ in rows]
    return [f"metadata->>'{name}'" for name in quoted]
