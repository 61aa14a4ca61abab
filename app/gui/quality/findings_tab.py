"""The list of suspicious labels: rules with their counts, pictures of what they found, mended here or on the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QListView, QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from app.gui.quality.reading import CROP, MOST_CROPS
from app.gui.quality.words import finding_text, fix_text, rule_text
from app.gui.widgets.controls import button, label, primary_button, row
from app.gui.widgets.empty import EmptyState

if TYPE_CHECKING:
    from engine.labeling.findings import Finding

RULE = Qt.ItemDataRole.UserRole


class FindingsTab(QWidget):
    """Signals:
    opened: findings to go through on the labelling page, and the place of the one to begin with.
    fix, ignore: findings, and for fix what to do ("": as proposed).
    crops_wanted: findings whose pictures are to be shown.
    asked: look again.
    """

    opened = Signal(list, int)
    fix = Signal(list, str)
    ignore = Signal(list)
    crops_wanted = Signal(list)
    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self.rules = QListWidget()
        self.rules.setObjectName("rule_list")
        self.rules.setFixedWidth(236)
        self.rules.setFrameShape(QListWidget.Shape.NoFrame)
        self.rules.currentItemChanged.connect(lambda *_: self._show_rule())
        self.tiles = QListWidget()
        self.tiles.setObjectName("finding_tiles")
        self.tiles.setViewMode(QListView.ViewMode.IconMode)
        self.tiles.setResizeMode(QListView.ResizeMode.Adjust)
        self.tiles.setMovement(QListView.Movement.Static)
        self.tiles.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.tiles.setIconSize(QSize(CROP, CROP))
        self.tiles.setGridSize(QSize(CROP + 16, CROP + 34))
        self.tiles.setUniformItemSizes(True)
        self.tiles.setWordWrap(False)
        self.tiles.setFrameShape(QListWidget.Shape.NoFrame)
        self.tiles.itemActivated.connect(lambda item: self._open(self.tiles.row(item)))
        self.tiles.itemSelectionChanged.connect(self._say)
        self.text = label("", "quiet", wrap=True)
        self.open_button = primary_button("", lambda: self._open(max(0, self.tiles.currentRow())))
        self.open_button.setObjectName("findings_open")
        self.be_button = button("", lambda: self.ignore.emit(self.chosen()))
        self.be_button.setObjectName("findings_ignore")
        self.again = button("", self.asked.emit)
        self.fixes = QHBoxLayout()
        self.fixes.setSpacing(8)
        tools = QWidget()
        line = QHBoxLayout(tools)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.open_button)
        line.addLayout(self.fixes)
        line.addWidget(self.be_button)
        line.addStretch(1)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.text)
        column.addWidget(tools)
        column.addWidget(self.tiles, 1)
        work = QWidget()
        layout = QHBoxLayout(work)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.rules)
        layout.addWidget(right, 1)
        self.none = EmptyState("check", action=self.asked.emit)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.none)
        self.stack.addWidget(work)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 12, 0, 0)
        whole.addWidget(self.stack, 1)
        whole.addWidget(row(1, self.again))

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.none.show_text(
            self.tr("Nothing suspicious"),
            self.tr("No label is tiny, outside, double, crossed or out of proportion."),
            self.tr("Look again"),
            "lineside label check",
        )
        self.open_button.setText(self.tr("Go through them"))
        self.open_button.setToolTip(self.tr("Open on the labelling page; F8 mends, Shift+F8 lets be, F7 goes on"))
        self.be_button.setText(self.tr("Let be"))
        self.be_button.setToolTip(self.tr("Not listed again"))
        self.again.setText(self.tr("Look again"))
        self.show_findings(self.findings)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show these; the rule that is looked at stays."""
        from engine.labeling.findings import counts

        self.findings = list(findings)
        chosen = self.rule()
        self.rules.blockSignals(True)
        self.rules.clear()
        for rule, count in counts(self.findings).items():
            item = QListWidgetItem(f"{rule_text(rule)}   {QLocale().toString(count)}")
            item.setData(RULE, rule)
            item.setSizeHint(QSize(0, 30))
            self.rules.addItem(item)
            if rule == chosen:
                self.rules.setCurrentItem(item)
        if self.rules.currentRow() < 0:
            self.rules.setCurrentRow(0)
        self.rules.blockSignals(False)
        self.stack.setCurrentIndex(1 if self.findings else 0)
        self.again.setVisible(bool(self.findings))
        self._show_rule()

    def rule(self) -> str:
        """The rule that is looked at."""
        item = self.rules.currentItem()
        return str(item.data(RULE)) if item is not None else ""

    def of_rule(self) -> list[Finding]:
        """What it found."""
        return [finding for finding in self.findings if finding.rule == self.rule()]

    def chosen(self) -> list[Finding]:
        """The selected ones, or all of the rule."""
        found = self.of_rule()
        rows = [self.tiles.row(item) for item in self.tiles.selectedItems()]
        return [found[at] for at in sorted(rows) if at < len(found)] or found

    def show_crops(self, crops: Sequence[tuple[Finding, QImage, str]]) -> None:
        """The pictures have come."""
        found = self.of_rule()
        place = {finding.key: at for at, finding in enumerate(found)}
        for finding, image, name in crops:
            at = place.get(finding.key)
            if at is not None and at < self.tiles.count():
                item = self.tiles.item(at)
                item.setIcon(QIcon(QPixmap.fromImage(image)))
                item.setText(name.rpartition("/")[2])
                item.setToolTip(f"{name}\n{finding_text(finding)}")

    def _show_rule(self) -> None:
        found = self.of_rule()
        self.tiles.clear()
        ground = QPixmap(CROP, CROP)
        ground.fill(self.palette().midlight().color())
        for _ in found[:MOST_CROPS]:
            self.tiles.addItem(QListWidgetItem(QIcon(ground), "…"))
        self._buttons()
        self._say()
        if found:
            self.crops_wanted.emit(found)

    def _buttons(self) -> None:
        from engine.labeling.findings import RULES

        while self.fixes.count():
            old = self.fixes.takeAt(0).widget()
            if old is not None:
                old.deleteLater()
        for how in RULES.get(self.rule(), ()):
            made = button(fix_text(how), lambda how=how: self.fix.emit(self.chosen(), how))
            made.setObjectName(f"findings_{how}")
            self.fixes.addWidget(made)

    def _say(self) -> None:
        found, selected = self.of_rule(), len(self.tiles.selectedItems())
        if not found:
            self.text.setText("")
            return
        number = QLocale().toString
        first = finding_text(self.chosen()[0])
        if selected == 1:
            self.text.setText(first)
        elif selected:
            self.text.setText(
                self.tr("{0} of {1} selected; the buttons take these.").format(selected, number(len(found)))
            )
        else:
            more = len(found) - MOST_CROPS
            text = self.tr("{0} found; the buttons take all of them unless some are selected.").format(
                number(len(found))
            )
            self.text.setText(text + (" " + self.tr("The first {0} are shown.").format(MOST_CROPS) if more > 0 else ""))

    def _open(self, at: int) -> None:
        if self.of_rule():
            self.opened.emit(self.of_rule(), at)
