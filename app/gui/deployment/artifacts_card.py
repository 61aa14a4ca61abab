"""The list of artifacts: choose the one to release, copy its digest, save it as a file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QMimeData, Qt, Signal
from PySide6.QtGui import QDrag, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from app.gui.deployment.push_card import size_text
from app.gui.deployment.reading import ArtifactLine
from app.gui.deployment.target_row import ARTIFACT
from app.gui.widgets.controls import Card, button, label

ROW_PX = 30
MOST_ROWS = 5


class ArtifactTree(QTreeWidget):
    """Rows that can be dragged onto a target; what is dragged is the artifact's digest."""

    dragged = Signal(bool)  # a drag began, or ended

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Carry the chosen artifact."""
        item = self.currentItem()
        if item is None:
            return
        drag, data = QDrag(self), QMimeData()
        data.setData(ARTIFACT, str(item.data(0, Qt.ItemDataRole.UserRole)).encode())
        drag.setMimeData(data)
        carried = label(f"{item.text(0)} · {item.text(1)}", "chip")
        carried.adjustSize()
        drag.setPixmap(carried.grab())
        self.dragged.emit(True)
        drag.exec(Qt.DropAction.CopyAction)
        self.dragged.emit(False)


class ArtifactsCard(Card):
    """Newest first; the newest is chosen at first."""

    chosen = Signal()
    save_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, ArtifactLine] = {}
        self.tree = ArtifactTree()
        self.tree.setDragEnabled(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.itemSelectionChanged.connect(self.chosen)
        self.copy, self.save = button("", self._copy), button("", self._save)
        for widget in (self.copy, self.save):
            self.head.addWidget(widget)
        self.body.addWidget(self.tree)
        self.retranslate()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.set_heading(
            self.tr("Artifacts"), self.tr("the same image runs on every target; drag one onto a target to deploy it")
        )
        self.tree.setHeaderLabels(
            [
                self.tr("Model"),
                self.tr("Digest"),
                self.tr("Size"),
                self.tr("Platform"),
                self.tr("Computes in"),
                self.tr("Signed"),
                self.tr("Made"),
            ]
        )
        self.tree.setAccessibleName(self.tr("Artifacts"))
        self.copy.setText(self.tr("Copy digest"))
        self.save.setText(self.tr("Save as file…"))
        self.save.setToolTip(self.tr("One file that Docker and podman load, for a USB stick"))

    def show_lines(self, lines: Sequence[ArtifactLine]) -> None:
        """Show these and keep the choice."""
        before = self.current
        self._lines = {line.digest: line for line in lines}
        self.tree.blockSignals(True)
        self.tree.clear()
        for line in lines:
            made = QLocale().toString(line.created, QLocale.FormatType.ShortFormat)
            texts = [
                line.name,
                line.short,
                size_text(line.bytes),
                line.platform,
                line.precision.upper(),
                self._signed(line),
                made,
            ]
            item = QTreeWidgetItem(self.tree, texts)
            item.setData(0, Qt.ItemDataRole.UserRole, line.digest)
            item.setToolTip(1, line.digest)
            if not line.signed:
                item.setToolTip(5, self.tr("It is signed when it is first released, if this machine has a keyring."))
            if before is not None and line.digest == before.digest:
                self.tree.setCurrentItem(item)
        if self.tree.currentItem() is None and lines:
            self.tree.setCurrentItem(self.tree.topLevelItem(0))
        self.tree.blockSignals(False)
        header = self.tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setFixedHeight(ROW_PX * (min(MOST_ROWS, max(1, len(lines))) + 1) + 6)
        self.chosen.emit()

    def _signed(self, line: ArtifactLine) -> str:
        return self.tr("release {number}").format(number=line.signed) if line.signed else self.tr("not yet")

    @property
    def current(self) -> ArtifactLine | None:
        """The chosen artifact."""
        item = self.tree.currentItem()
        return self._lines.get(item.data(0, Qt.ItemDataRole.UserRole)) if item is not None else None

    def _copy(self) -> None:
        if self.current is not None:
            QGuiApplication.clipboard().setText(self.current.digest)

    def _save(self) -> None:
        if self.current is not None:
            self.save_wanted.emit(self.current.digest)
