"""The dialogs of the data page: what to import, what to export, how to make a version, what an import reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.gui.data.filters import split_text
from app.gui.data.table_dialog import SUFFIXES, is_table
from app.gui.widgets.controls import FieldRow, button, label, link_button, roomy, row
from app.gui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from engine.data.exports import ExportReport
    from engine.data.imports import ImportReport

FORMAT_NAMES = {
    "coco": "COCO",
    "coco_panoptic": "COCO panoptic",
    "cvat": "CVAT 1.1",
    "datumaro": "Datumaro",
    "mot": "MOT Challenge",
    "open_images": "Open Images",
    "voc": "Pascal VOC",
    "yolo": "YOLO",
    "labelme": "LabelMe",
    "label_studio": "Label Studio",
    "csv": "CSV",
}
SHOWN_PROBLEMS = 2000


def format_text(name: str) -> str:
    """The name of a format."""
    from PySide6.QtCore import QCoreApplication

    names = {
        "auto": QCoreApplication.translate("Format", "Recognise by itself"),
        "cvat-video": QCoreApplication.translate("Format", "CVAT 1.1, video with tracks"),
        "yolo-detect": QCoreApplication.translate("Format", "YOLO: boxes"),
        "yolo-segment": QCoreApplication.translate("Format", "YOLO: outlines"),
        "yolo-obb": QCoreApplication.translate("Format", "YOLO: rotated boxes"),
        "yolo-pose": QCoreApplication.translate("Format", "YOLO: key points"),
        "yolo-classify": QCoreApplication.translate("Format", "YOLO: classes"),
        "masks": QCoreApplication.translate("Format", "Mask pictures"),
        "folder_per_class": QCoreApplication.translate("Format", "One folder per class"),
        "folder": QCoreApplication.translate("Format", "Plain folder of images"),
    }
    return names.get(name) or FORMAT_NAMES.get(name, name)


def _offer_server(dialog: Dialog, server: Callable[[], object] | None) -> None:
    """A button at the lower left that leads to a Label Studio server instead of files."""
    if server is None:
        return
    from PySide6.QtCore import QCoreApplication

    made = link_button(
        QCoreApplication.translate("Format", "Label Studio server…"), lambda: (dialog.reject(), server())
    )
    dialog.buttons.layout().insertWidget(0, made)


@dataclass
class ImportChoice:
    """What to import, and how."""

    path: str
    format: str
    link: bool
    split: str | None
    sequence: bool = False
    every: int = 1


class ImportDialog(Dialog):
    """Where the data are and how to take them."""

    def __init__(
        self, parent: QWidget, path: str, chosen: Callable[[ImportChoice], object],
        server: Callable[[], object] | None = None, as_table: Callable[[str], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent, "", width=520)
        _offer_server(self, server)
        self._as_table = as_table
        if as_table is not None:
            offer = link_button(self.tr("Table to learn from…"), self._take_table)
            offer.setToolTip(self.tr("Rows of measurements or settings (CSV, TSV, Parquet) with a column to foretell"))
            self.buttons.layout().insertWidget(1, offer)
        from engine.data.importers import FORMATS

        self._chosen = chosen
        self.setWindowTitle(self.tr("Import data"))
        self.title.setText(self.windowTitle())
        self.text.setText(
            self.tr("A folder, an annotation file or a zip archive. Importing the same twice adds nothing.")
        )
        self.text.show()
        self.path = QLineEdit(path)
        self.path.setMinimumWidth(260)
        folder = button(self.tr("Folder…"), self._choose_folder)
        file = button(self.tr("File…"), self._choose_file)
        self.path_row = FieldRow(self.tr("From"), self.path)
        self.format = QComboBox()
        for name in ("auto", *FORMATS):
            self.format.addItem(format_text(name), name)
        self.split = QComboBox()
        for name, text in (
            ("", self.tr("As the source says")),
            *((s, split_text(s)) for s in ("train", "val", "test")),
        ):
            self.split.addItem(text, name)
        self.link = QCheckBox(self.tr("Leave the images where they are (link instead of copy)"))
        self.link.setToolTip(self.tr("Saves space; you will be told when a linked file changes or is gone."))
        self.sequence = QCheckBox(self.tr("The images of a folder are frames, in the order of their names"))
        self.sequence.setToolTip(self.tr("For following things over time; the frames of a folder stay in one split."))
        self.every = QSpinBox()
        self.every.setRange(1, 1000)
        roomy(self.every)
        self.every.setToolTip(self.tr("Of a video or a sequence take each N-th frame."))
        self.body.addWidget(self.path_row)
        self.body.addWidget(row(folder, file, 1))
        self.body.addWidget(FieldRow(self.tr("Format"), self.format))
        self.body.addWidget(FieldRow(self.tr("Split"), self.split))
        self.body.addWidget(self.link)
        self.body.addWidget(self.sequence)
        self.every_row = FieldRow(self.tr("Each N-th frame"), self.every)
        self.body.addWidget(self.every_row)
        self.sequence.toggled.connect(self._show_frames)
        self.path.textChanged.connect(self._show_frames)
        self._show_frames()
        self.accept_button.setText(self.tr("Import"))
        self.accept_button.show()
        self.on_accept = self._take

    def _take(self) -> bool:
        path = self.path.text().strip()
        if not path or not Path(path).expanduser().exists():
            self.path_row.set_problem(self.tr("Nothing is there; choose a folder or a file."))
            self.path.setFocus()
            return False
        if self._as_table is not None and is_table(path):
            self._as_table(path)
            return True
        self._chosen(
            ImportChoice(
                path, self.format.currentData(), self.link.isChecked(), self.split.currentData() or None,
                self.sequence.isChecked(), self.every.value(),
            )
        )  # fmt: skip
        return True

    def _take_table(self) -> None:
        path = self.path.text().strip()
        self.reject()
        if self._as_table is not None:
            self._as_table(path if Path(path).suffix.lower() in SUFFIXES else "")

    def _show_frames(self) -> None:
        """How many frames to take matters for a sequence and for a video alone."""
        from engine.data.importers.video import SUFFIXES

        video = self.path.text().strip().lower().endswith(SUFFIXES)
        self.sequence.setVisible(not video)
        self.every_row.setVisible(video or self.sequence.isChecked())

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder"), self.path.text() or str(Path.home()))
        self._show(path)

    def _choose_file(self) -> None:
        kinds = self.tr("Annotations and archives") + " (*.json *.csv *.tsv *.parquet *.zip *.yaml *.xml *.txt);;"
        kinds += self.tr("Videos") + " (*.mp4 *.avi *.mov *.mkv *.webm *.m4v *.mpg *.mpeg);;*"
        path, _ = QFileDialog.getOpenFileName(
            self, self.tr("Choose a file"), self.path.text() or str(Path.home()), kinds
        )
        self._show(path)

    def _show(self, path: str) -> None:
        if path:
            self.path.setText(path)
            self.path_row.set_problem("")


@dataclass
class ExportChoice:
    """What to write, where and how."""

    out: str
    format: str
    version: str | None
    images: bool


class ExportDialog(Dialog):
    """Where the data go and in which format."""

    def __init__(
        self, parent: QWidget, versions: list[str], chosen: Callable[[ExportChoice], object],
        server: Callable[[], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent, "", width=520)
        _offer_server(self, server)
        from engine.data.exporters import NAMES

        self._chosen = chosen
        self.setWindowTitle(self.tr("Export data"))
        self.title.setText(self.windowTitle())
        self.text.setText(self.tr("Writes a new folder, or a zip archive, that other programs read."))
        self.text.show()
        self.version = QComboBox()
        self.version.addItem(self.tr("The workspace as it is now"), "")
        for name in versions:
            self.version.addItem(name, name)
        self.format = QComboBox()
        for name in NAMES:
            self.format.addItem(format_text(name), name)
        self.out = QLineEdit()
        self.out_row = FieldRow(self.tr("To a new folder, or a name ending in .zip"), self.out)
        self.images = QCheckBox(self.tr("Write the images too"))
        self.images.setChecked(True)
        self.body.addWidget(FieldRow(self.tr("What"), self.version))
        self.body.addWidget(FieldRow(self.tr("Format"), self.format))
        self.body.addWidget(self.out_row)
        self.body.addWidget(row(button(self.tr("Choose…"), self._choose), 1))
        self.body.addWidget(self.images)
        self.accept_button.setText(self.tr("Export"))
        self.accept_button.show()
        self.on_accept = self._take

    def _choose(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Export to"), str(Path.home() / "export"))
        if path:
            self.out.setText(path)
            self.out_row.set_problem("")

    def _take(self) -> bool:
        out = self.out.text().strip()
        if not out or Path(out).expanduser().exists():
            problem = self.tr("Something is there already; choose a new name.") if out else self.tr("Say where to.")
            self.out_row.set_problem(problem)
            return False
        self._chosen(
            ExportChoice(out, self.format.currentData(), self.version.currentData() or None, self.images.isChecked())
        )
        return True


@dataclass
class VersionChoice:
    """How to freeze a version."""

    name: str
    split: str | None
    seed: int
    group: str | None
    where: str | None


class VersionDialog(Dialog):
    """Name and splits of a new version."""

    def __init__(self, parent: QWidget, name: str, items: int, chosen: Callable[[VersionChoice], object]) -> None:
        super().__init__(parent, "", width=480)
        self._chosen = chosen
        self.setWindowTitle(self.tr("Create a data version"))
        self.title.setText(self.windowTitle())
        text = self.tr("Freezes {count} items with their annotations and splits. A version never changes again.")
        self.text.setText(text.format(count=f"{items:,}"))
        self.text.show()
        self.name = QLineEdit(name)
        self.name.selectAll()
        self.name_row = FieldRow(self.tr("Name"), self.name)
        self.deal = QComboBox()
        self.deal.addItem(self.tr("Keep the imported splits; deal 70/15/15 where there are none"), "keep")
        self.deal.addItem(self.tr("Deal anew: training / validation / test"), "deal")
        self.deal.currentIndexChanged.connect(self._show_dealing)
        self.shares = [QSpinBox() for _ in range(3)]
        for box, share in zip(self.shares, (70, 15, 15), strict=True):
            box.setRange(0, 100)
            box.setSuffix(" %")
            box.setValue(share)
        self.seed = QSpinBox()
        roomy(*self.shares, self.seed)
        self.seed.setRange(0, 999_999)
        self.dealing = row(*self.shares, label(self.tr("Seed"), "quiet"), self.seed, 1)
        self.group, self.where = QLineEdit(), QLineEdit()
        self.group.setPlaceholderText("group_key")
        self.where.setPlaceholderText("annotations > 0 AND problem IS NULL")
        self.body.addWidget(self.name_row)
        self.body.addWidget(FieldRow(self.tr("Splits"), self.deal))
        self.body.addWidget(self.dealing)
        tip = self.tr("SQL over the view items. Items of one part, lot or camera then stay in one split.")
        self.body.addWidget(FieldRow(self.tr("Keep together by (optional)"), self.group, tip))
        tip = self.tr("SQL condition over the view items.")
        self.body.addWidget(FieldRow(self.tr("Only items where (optional)"), self.where, tip))
        self.accept_button.setText(self.tr("Create"))
        self.accept_button.show()
        self.on_accept = self._take
        self._show_dealing()
        self.name.setFocus()

    def _show_dealing(self) -> None:
        self.dealing.setVisible(self.deal.currentData() == "deal")

    def _take(self) -> bool:
        name = self.name.text().strip()
        if not name:
            self.name_row.set_problem(self.tr("A version needs a name."))
            return False
        deal = self.deal.currentData() == "deal"
        shares = [box.value() for box in self.shares]
        if deal and sum(shares) != 100:
            self.error.show_error(self.tr("The shares add up to {sum} %; make it 100.").format(sum=sum(shares)))
            return False
        split = "/".join(map(str, shares)) if deal else None
        group, where = self.group.text().strip() or None, self.where.text().strip() or None
        self._chosen(VersionChoice(name, split, self.seed.value(), group, where))
        return True


class ReportDialog(Dialog):
    """What could not be taken, file by file, with the reason."""

    def __init__(self, parent: QWidget, title: str, text: str, lines: list[tuple[str, str]]) -> None:
        super().__init__(parent, title, text, width=720)
        self.lines = lines
        table = QTableWidget(min(len(lines), SHOWN_PROBLEMS), 2)
        table.setHorizontalHeaderLabels([self.tr("File"), self.tr("Reason")])
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(28)
        table.setShowGrid(False)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setMinimumHeight(260)
        for at, (path, reason) in enumerate(lines[:SHOWN_PROBLEMS]):
            for column, value in enumerate((path, reason)):
                cell = QTableWidgetItem(value)
                cell.setToolTip(value)
                table.setItem(at, column, cell)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(0, 260)
        table.horizontalHeader().setStretchLastSection(True)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table = table
        self.body.addWidget(table, 1)
        self.cancel_button.setText(self.tr("Close"))
        copy = button(self.tr("Copy the list"), self._copy)
        self.buttons.layout().insertWidget(0, copy)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{path}\t{reason}" for path, reason in self.lines))


def problem_lines(report: ImportReport) -> list[tuple[str, str]]:
    """What an import could not take."""
    return [(problem.path, problem.reason) for problem in report.problems]


def loss_lines(report: ExportReport) -> list[tuple[str, str]]:
    """What a format could not say."""
    return [("", text) for text in report.not_expressible]
