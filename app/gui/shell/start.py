"""The start page: recent workspaces, the demo, a new workspace from a folder of images, opening another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.gui.shell.frame import centred
from app.gui.shell.page import Page
from app.gui.shell.shell import Shell
from app.gui.widgets.controls import Card, button, label, primary_button, row
from app.gui.widgets.errors import ErrorLine

PATH_ROLE = Qt.ItemDataRole.UserRole


class StartPage(Page):
    """What one sees without a workspace."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setAcceptDrops(True)
        self.demo = None
        self._make_parts()
        self._lay_out()
        shell.opening.connect(self._show_opening)
        shell.theme.theme_changed.connect(self._tint)

    def _make_parts(self) -> None:
        self.title, self.text = label("", "title"), label("", "quiet", wrap=True)
        self.new_picture, self.demo_picture = QLabel(), QLabel()
        self.new_title, self.new_text = label("", "heading"), label("", "quiet", wrap=True)
        self.demo_title, self.demo_text = label("", "heading"), label("", "quiet", wrap=True)
        self.new = primary_button("", self._choose_images)
        self.start_demo = button("", self._start_demo)
        self.open_other = button("", self._choose_workspace)
        self.empty = button("", self._choose_new)
        self.recent = QListWidget()
        self.recent.itemActivated.connect(lambda item: self.open(item.data(PATH_ROLE)))
        self.recent.itemClicked.connect(lambda item: self.open(item.data(PATH_ROLE)))
        self.recent.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.none = label("", "quiet", wrap=True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress_text = label("", "quiet")
        self.cancel = button("", self._cancel_demo)
        self.error = ErrorLine()
        self.busy = Card()
        self.busy.body.addWidget(row(self.progress_text, 1, self.cancel))
        self.busy.body.addWidget(self.progress)
        self.busy.hide()

    def _lay_out(self) -> None:
        self.new_card, self.demo_card, self.recent_card = Card(), Card(), Card()
        parts = (
            (self.new_card, self.new_picture, self.new_title, self.new_text, row(self.new, self.empty, 1)),
            (self.demo_card, self.demo_picture, self.demo_title, self.demo_text, row(self.start_demo, 1)),
        )
        for card, picture, title, text, buttons in parts:
            for part in (picture, title, text):
                card.body.addWidget(part)
            card.body.addStretch(1)
            card.body.addWidget(buttons)
        self.recent_card.head.addWidget(self.open_other)
        self.recent_card.body.addWidget(self.none)
        self.recent_card.body.addWidget(self.recent)
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(16)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.title)
        head.addWidget(self.text)
        grid.addLayout(head, 0, 0, 1, 2)
        grid.addWidget(self.error, 1, 0, 1, 2)
        grid.addWidget(self.busy, 2, 0, 1, 2)
        grid.addWidget(self.new_card, 3, 0)
        grid.addWidget(self.demo_card, 3, 1)
        grid.addWidget(self.recent_card, 4, 0, 1, 2)
        grid.setRowStretch(5, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(centred(body, 860))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)

    def shown(self, **arguments: Any) -> None:
        """Read the list of recent workspaces."""
        self.recent.clear()
        for path, name in self.shell.settings.recent():
            item = QListWidgetItem(f"{name}\n{path}")
            item.setIcon(self.shell.icon("folder", "quiet"))
            item.setData(PATH_ROLE, path)
            item.setToolTip(path)
            self.recent.addItem(item)
        some = self.recent.count() > 0
        self.none.setVisible(not some)
        self.recent.setVisible(some)
        self.recent.setFixedHeight(min(6, max(1, self.recent.count())) * 50 + 8)

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.title.setText(self.tr("From images to a model beside the line"))
        self.text.setText(
            self.tr("Everything stays on this machine, in one folder: the workspace. No network is needed.")
        )
        self.new_title.setText(self.tr("Start with your own images"))
        self.new_text.setText(
            self.tr("Choose a folder of images, with or without labels (COCO, VOC, YOLO, LabelMe …), or drop it here.")
        )
        self.new.setText(self.tr("Choose images…"))
        self.empty.setText(self.tr("Empty workspace…"))
        self.demo_title.setText(self.tr("See the whole job first"))
        self.demo_text.setText(
            self.tr(
                "Synthetic pictures of machined parts are labelled, learned, evaluated, packaged and served, "
                "in about four minutes. You then look around in the result."
            )
        )
        self.start_demo.setText(self.tr("Run the demo"))
        self.recent_card.set_heading(self.tr("Recent workspaces"))
        self.open_other.setText(self.tr("Open another…"))
        self.none.setText(self.tr("None yet. A workspace is a folder with all data of one project."))
        self.recent.setAccessibleName(self.tr("Recent workspaces"))
        self.cancel.setText(self.tr("Cancel"))
        self._tint()

    # opening -------------------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Open a workspace; what goes wrong is told here."""
        self.error.clear()
        self.shell.open_workspace(path, on_done=lambda _ws: self.shell.go("data"), on_error=self._failed)

    def create(self, path: str, images: str = "") -> None:
        """Make a workspace, and import images when given."""
        self.error.clear()

        def made(_workspace: object) -> None:
            if images:
                self.shell.go("data", add=images)
            else:
                self.shell.go("data")

        self.shell.open_workspace(path, create=True, on_done=made, on_error=self._failed)

    def _failed(self, error: Exception) -> None:
        from engine.errors import WorkspaceBusy, WorkspaceDamaged

        self.shell.go("start")
        if isinstance(error, WorkspaceBusy):
            hint = self.tr("Close the workspace in the other program first; then try again.")
            self.error.show_error(f"{error} {hint}")
        elif isinstance(error, WorkspaceDamaged):
            hint = self.tr("Its images are untouched. The damaged files were kept beside the store for repair.")
            self.error.show_error(f"{error} {hint}")
        else:
            self.error.show_error(error)

    def _show_opening(self, path: str) -> None:
        self.busy.setVisible(bool(path))
        self.cancel.setVisible(False)
        self.progress.setRange(0, 0)
        self.progress_text.setText(self.tr("Opening {path} …").format(path=path))
        for part in (self.new, self.start_demo, self.open_other, self.empty, self.recent):
            part.setEnabled(not path)

    def _choose_workspace(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.tr("Open a workspace"), str(Path.home()))
        if path:
            self.open(path)

    def _choose_new(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.tr("Choose an empty folder for the workspace"))
        if path:
            self.create(path)

    def _choose_images(self) -> None:
        images = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder of images"), str(Path.home()))
        if images:
            self.from_images(images)

    def from_images(self, images: str) -> None:
        """Ask where the workspace goes, make it, import the images."""
        suggested = _free_folder(Path.home() / "Lineside" / (Path(images).stem or "workspace"))
        suggested.parent.mkdir(parents=True, exist_ok=True)
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Where shall the workspace be made?"), str(suggested), options=QFileDialog.Option.ShowDirsOnly
        )
        if path:
            self.create(path, images)

    # the demo ------------------------------------------------------------------------------------------------------

    def _start_demo(self) -> None:
        from app.gui.shell.demo import DemoRun

        self.error.clear()
        folder = _free_folder(Path(self.shell.settings.value("demo_folder", "") or Path.home() / "Lineside" / "demo"))
        self.demo = DemoRun(folder, self)
        self.demo.progressed.connect(self._show_demo)
        self.demo.ended.connect(self._demo_ended)
        self.busy.show()
        self.cancel.show()
        self.start_demo.setEnabled(False)
        self._show_demo(-1, self.tr("The demo starts …"))
        self.demo.start()

    def _show_demo(self, fraction: float, text: str) -> None:
        self.progress.setRange(0, 0 if fraction < 0 else 1000)
        if fraction >= 0:
            self.progress.setValue(round(fraction * 1000))
        self.progress_text.setText(text)

    def _demo_ended(self, folder: str, error: str, details: str) -> None:
        self.busy.hide()
        self.start_demo.setEnabled(True)
        self.demo = None
        if error:
            self.error.show_error(error, details=details)
        elif folder:
            self.open(folder)

    def _cancel_demo(self) -> None:
        if self.demo is not None:
            self.demo.cancel()

    # dropping ------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders and zip files."""
        if event.mimeData().hasUrls() and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a workspace, or make one from images."""
        path = event.mimeData().urls()[0].toLocalFile()
        if (Path(path) / "workspace.toml").is_file():
            self.open(path)
        else:
            self.from_images(path)

    def _tint(self) -> None:
        for picture, name in ((self.new_picture, "image"), (self.demo_picture, "demo")):
            picture.setPixmap(self.shell.icon(name, "accent").pixmap(24, 24))


def _free_folder(wanted: Path) -> Path:
    """The wanted folder, or with a number behind when it is taken."""
    number, folder = 1, wanted
    while folder.exists() and any(folder.iterdir()):
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder
