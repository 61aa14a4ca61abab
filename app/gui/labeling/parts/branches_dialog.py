"""The dialogs for merging and for branches of labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QListWidget, QListWidgetItem, QWidget

from app.gui.widgets.controls import button, label, row
from app.gui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from engine.labeling.branches import Branch, Comparison


class MergeDialog(Dialog):
    """Asks which workspace or bundle is to be merged."""

    def __init__(self, parent: QWidget, chosen: Callable[[Path], object]) -> None:
        super().__init__(parent, "", width=520)
        self._chosen = chosen
        self.setWindowTitle(self.tr("Merge what was labelled elsewhere"))
        self.title.setText(self.windowTitle())
        self.text.setText(
            self.tr(
                "Edits of both sides are kept. What does not contradict goes together by itself; of the rest both versions"
                " are shown, and you choose. The store is backed up before. A merge cannot be undone by Ctrl+Z."
            )
        )
        self.text.show()
        self.path = QLineEdit()
        self.path.setObjectName("merge_path")
        self.path.setPlaceholderText(self.tr("Folder of a workspace, or a bundle (.zip)"))
        self.body.addWidget(self.path)
        self.body.addWidget(row(button(self.tr("Folder…"), self._folder), button(self.tr("Bundle…"), self._file), 1))
        self.accept_button.setText(self.tr("Merge"))
        self.accept_button.setObjectName("merge_accept")
        self.accept_button.show()
        self.on_accept = self._take

    def _folder(self) -> None:
        found = QFileDialog.getExistingDirectory(self, self.windowTitle())
        if found:
            self.path.setText(found)

    def _file(self) -> None:
        found, _ = QFileDialog.getOpenFileName(self, self.windowTitle(), "", self.tr("Bundles (*.zip)"))
        if found:
            self.path.setText(found)

    def _take(self) -> bool:
        text = self.path.text().strip()
        if not text or not Path(text).expanduser().exists():
            self.error.show_error(self.tr("There is nothing at this path; choose a folder or a file."))
            return False
        self._chosen(Path(text).expanduser())
        return True


class BranchesDialog(Dialog):
    """Lists the branches and what can be done with them; the part does it.

    Signals:
        create, open, compare, merge, remove: a name.
        go: the id of an item that differs.
    """

    create = Signal(str)
    open = Signal(str)
    compare = Signal(str)
    merge = Signal(str)
    remove = Signal(str)
    go = Signal(int)

    def __init__(self, parent: QWidget, trunk: Path | None) -> None:
        super().__init__(parent, "", width=560, cancel=" ")
        self.setWindowTitle(self.tr("Branches of labels"))
        self.title.setText(self.windowTitle())
        self.cancel_button.setText(self.tr("Close"))
        self.text.setText(
            self.tr(
                "A branch is a copy of the labels to try something or to have a second opinion. It uses the same image files,"
                " and is compared and merged when you like."
            )
        )
        self.text.show()
        self.name = QLineEdit()
        self.name.setObjectName("branch_name")
        self.name.setPlaceholderText(self.tr("Name of a new branch"))
        self.add = button(self.tr("Create"), self._create)
        self.add.setObjectName("branch_create")
        self.list = QListWidget()
        self.list.setObjectName("branch_list")
        self.list.setMinimumHeight(110)
        self.found = QListWidget()
        self.found.setObjectName("branch_differences")
        self.summary = label("", "quiet", wrap=True)
        self.actions_ = {
            name: button(text, lambda name=name: self._emit(name), kind)
            for name, text, kind in (
                ("open", self.tr("Open"), ""),
                ("compare", self.tr("Compare"), ""),
                ("merge", self.tr("Merge"), ""),
                ("remove", self.tr("Remove"), "danger"),
            )
        }
        for name, made in self.actions_.items():
            made.setObjectName(f"branch_{name}")
        self.body.addWidget(row(self.name, self.add))
        self.body.addWidget(self.list)
        self.body.addWidget(row(*self.actions_.values(), 1))
        self.body.addWidget(self.summary)
        self.body.addWidget(self.found, 1)
        if trunk is not None:
            back = button(
                self.tr("Open the workspace that this branch belongs to"), lambda: self.open.emit(str(trunk)), "link"
            )
            self.body.addWidget(back)
        self.found.hide()
        self.name.returnPressed.connect(self._create)
        self.list.currentItemChanged.connect(lambda *_: self._enable())
        self.list.itemDoubleClicked.connect(lambda _: self._emit("open"))
        self.found.itemActivated.connect(lambda item: self.go.emit(item.data(Qt.ItemDataRole.UserRole)))

    def show_branches(self, found: Sequence[Branch]) -> None:
        """List them."""
        self.list.clear()
        for entry in found:
            made = QLocale().toString(entry.created.replace(tzinfo=None), QLocale.FormatType.ShortFormat)
            item = QListWidgetItem(f"{entry.name}    {made}")
            item.setData(Qt.ItemDataRole.UserRole, entry.name)
            self.list.addItem(item)
        if not found:
            self.summary.setText(self.tr("No branches yet. Give one a name above."))
        self.list.setCurrentRow(self.list.count() - 1)
        self._enable()

    def show_comparison(self, name: str, found: Comparison) -> None:
        """Say how much differs, and where."""
        counts = found.counts()
        if found.items:
            text = self.tr("“{0}”: {1} shapes the same, {2} changed, {3} only here, {4} only there, on {5} images:")
            self.summary.setText(
                text.format(name, *(counts[k] for k in ("same", "changed", "only_here", "only_there", "items")))
            )
        else:
            self.summary.setText(
                self.tr("“{0}”: nothing differs, {1} shapes are the same.").format(name, counts["same"])
            )
        self.found.clear()
        for entry in found.items:
            text = self.tr("{0}    changed {1}, only here {2}, only there {3}").format(
                entry.item, len(entry.changed), len(entry.only_here), len(entry.only_there)
            )
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, entry.item_id)
            self.found.addItem(item)
        self.found.setVisible(bool(found.items))

    def _create(self) -> None:
        if self.name.text().strip():
            self.create.emit(self.name.text().strip())
            self.name.clear()

    def _emit(self, name: str) -> None:
        item = self.list.currentItem()
        if item is not None:
            getattr(self, name).emit(item.data(Qt.ItemDataRole.UserRole))

    def _enable(self) -> None:
        for made in self.actions_.values():
            made.setEnabled(self.list.currentItem() is not None)
