"""What looks like an image or a shape: a grid of results, the most alike first, to go through or to show as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem, QWidget

from app.gui.operations import curation as operations
from app.gui.widgets.controls import button
from app.gui.widgets.dialog import Dialog
from app.gui.widgets.image_grid import ImageGrid
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.curation.similar import Alike
    from engine.workspace import Workspace

COUNT = 60
SIDE = 112


class SimilarDialog(Dialog):
    """Compares first where that was not done yet, as a job; then shows."""

    def __init__(self, parent: QWidget, shell: Shell, item: int, shape: int = 0) -> None:
        super().__init__(parent, "", width=760)
        self.shell, self.item, self.shape = shell, item, shape
        self.alike: list[Alike] = []
        self.resize(820, 620)
        self.setWindowTitle(self.tr("Shapes like this one") if shape else self.tr("Images like this one"))
        self.title.setText(self.windowTitle())
        self.text.setText(self.tr("Comparing…"))
        self.text.show()
        self.strip = JobStrip(shell)
        self.strip.ended.connect(self._compared)
        self.grid: ImageGrid | CropGrid = CropGrid() if shape else ImageGrid(shell, SIDE)
        self.grid.setMinimumHeight(380)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.grid, 1)
        self.cancel_button.setText(self.tr("Close"))
        self.show_data = button(self.tr("Show as data"), lambda: self._go("data"))
        self.buttons.layout().insertWidget(0, self.show_data)
        self.accept_button.setText(self.tr("Label these"))
        self.on_accept = lambda: self._go("labeling")
        self.show_data.hide()
        if isinstance(self.grid, ImageGrid):
            self.grid.opened.connect(self._open)
        else:
            self.grid.itemActivated.connect(lambda entry: self._open(entry.data(Qt.ItemDataRole.UserRole)))
        shell.run(operations.compare(bool(shape)), self.windowTitle(), self._started, self.error.show_error)

    def ids(self) -> list[int]:
        """The items to go on with: the chosen ones, or all that are shown."""
        chosen = self.grid.selected_ids()
        every = list(dict.fromkeys(one.item_id for one in self.alike))
        return [item for item in every if item in set(chosen)] if chosen else every

    def _started(self, job: str) -> None:
        if job:
            self.strip.follow(job, self.windowTitle())
        else:
            self._read()

    def _compared(self, _job: str, state: str) -> None:
        if state == "done":
            self._read()

    def _read(self) -> None:
        item, shape = self.item, self.shape
        self.shell.read(lambda ws: read_alike(ws, item, shape), self._show, on_error=self.error.show_error)

    def _show(self, found: list[Alike]) -> None:
        self.alike = found
        number = QLocale().toString
        count = self.tr("The {0} most alike, first the nearest. Double-click opens one.")
        self.text.setText(
            count.format(number(len(found))) if found else self.tr("There is nothing to compare it with.")
        )
        if isinstance(self.grid, ImageGrid):
            captions = {one.item_id: self.tr("{0} % alike").format(round(100 * one.likeness)) for one in found}
            self.grid.show_ids(captions, lambda item: captions.get(item, ""))
        else:
            self.shell.read(lambda ws: read_crops(ws, found), self.grid.show_crops)
        self.accept_button.setVisible(bool(found))
        self.show_data.setVisible(bool(found))

    def _open(self, item: int) -> None:
        self.shell.go("labeling", item=item)
        self.close()

    def _go(self, page: str) -> None:
        items = self.ids()
        if page == "labeling":
            self.shell.go(page, item=items[0], items=items)
        else:
            self.shell.go(page, items=items)
            self.close()


class CropGrid(QListWidget):
    """Shapes as they look, with how much each is like the one asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "grid")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(QSize(SIDE + 16, SIDE + 34))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def selected_ids(self) -> list[int]:
        """Items of the chosen shapes."""
        return [entry.data(Qt.ItemDataRole.UserRole) for entry in self.selectedItems()]

    def show_crops(self, crops: Sequence[tuple[Alike, QImage]]) -> None:
        """Show these."""
        self.clear()
        for one, picture in crops:
            entry = QListWidgetItem(QIcon(QPixmap.fromImage(picture)), f"{round(100 * one.likeness)} %")
            entry.setData(Qt.ItemDataRole.UserRole, one.item_id)
            self.addItem(entry)


def read_alike(ws: Workspace, item: int, shape: int) -> list[Alike]:
    """Items like an item, or shapes like a shape."""
    from engine.curation.similar import like_item, like_shape

    return like_shape(ws, shape, COUNT) if shape else like_item(ws, item, COUNT)


def read_crops(ws: Workspace, found: Sequence[Alike]) -> list[tuple[Alike, QImage]]:
    """What the shapes look like; ones whose image cannot be read are left out."""
    from pathlib import Path

    from engine.curation.embedder import crop_of
    from engine.curation.worklist import targets
    from engine.serving.errors import BadImage
    from engine.serving.images import decode

    items = list(dict.fromkeys(one.item_id for one in found))
    known = {one.annotation_id: one for one in targets(ws, items, shapes=True)}
    decoded: dict[int, Any] = {}
    crops = []
    for one in found:
        target = known.get(one.annotation_id)
        if target is None:
            continue
        try:
            if one.item_id not in decoded:
                decoded[one.item_id] = decode(Path(target.path), target.page, "rgb")
        except BadImage:
            continue
        crop = crop_of(decoded[one.item_id], target)
        height, width, _ = crop.shape
        held = crop.tobytes()  # a QImage only points at what it is made from
        crops.append((one, QImage(held, width, height, 3 * width, QImage.Format.Format_RGB888).copy()))
    return crops
