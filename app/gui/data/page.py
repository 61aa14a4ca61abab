"""The data page: every item as a thumbnail, filters and SQL, figures and versions, import and export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.gui.data.filters import FilterBar
from app.gui.data.query_box import Answer, AnswerTable, QueryBox
from app.gui.data.stats_panel import DataFigures, StatsPanel, read_figures
from app.gui.data.table_view import TableView
from app.gui.data.versions_panel import VersionsPanel, read_versions
from app.gui.operations import data as operations
from app.gui.shell.page import Page
from app.gui.shell.shell import Shell
from app.gui.widgets.controls import Card, PageHead, button, label, primary_button, row
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine
from app.gui.widgets.image_grid import ID_ROLE, ImageGrid
from engine.changes import Changes
from engine.workspace import Workspace

if TYPE_CHECKING:
    from app.gui.data.dialogs import ExportChoice, ImportChoice, VersionChoice
    from app.gui.data.map_view import MapView
    from app.gui.data.table_dialog import TableChoice
    from engine.data.exports import ExportReport
    from engine.data.imports import ImportReport
    from engine.data.versions import DatasetVersion

PROGRESS_MS = 120
PANEL_WIDTH = 280


class DataPage(Page):
    """Items in the middle, figures and versions on the right."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.setAcceptDrops(True)
        self._answer: Answer | None = None
        self._total = 0
        self._stale = False
        self._progress: operations.Progress | None = None
        self._make_parts()
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(PROGRESS_MS)
        self._timer.timeout.connect(self._show_progress)

    def _make_parts(self) -> None:
        shell = self.shell
        self.empty = EmptyState("data", action=self.ask_import)
        self.head = PageHead()
        self.import_button = primary_button("", self.ask_import)
        self.export_button = button("", self.ask_export)
        self.version_button = button("", self.ask_version)
        self.map_button = button("", self._show_map)
        self.map_button.setCheckable(True)
        self.map: MapView | None = None  # made when first asked for
        self.quality_button = button("", lambda: shell.go("quality"))
        for made in (self.quality_button, self.map_button, self.export_button, self.version_button, self.import_button):
            self.head.buttons.addWidget(made)
        self.filters = FilterBar(shell)
        self.filters.changed.connect(self.read_items)
        self.filters.query_toggled.connect(self._show_query)
        self.query = QueryBox(shell)
        self.query.hide()
        self.query.answered.connect(self._take_answer)
        self.query.cleared.connect(lambda: self._take_answer(None))
        self.grid = ImageGrid(shell)
        self.grid.setProperty("kind", "grid")
        self.grid.opened.connect(self._open_item)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._show_menu)
        self.grid.selection_changed.connect(lambda _ids: self._tell_status())
        self.table = AnswerTable()
        self.rows = TableView(shell)
        self.rows.closed.connect(self._close_table)
        self.none = label("", "quiet")
        self.none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.error = ErrorLine()
        self.busy = Card()
        self.busy_text, self.cancel = label("", "quiet"), button("", self._cancel)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.busy.body.addWidget(row(self.busy_text, 1, self.cancel))
        self.busy.body.addWidget(self.bar)
        self.busy.hide()
        self.stats = StatsPanel(shell)
        self.stats.chosen.connect(lambda kind, value: self.filters.choose(**{kind: value}))
        self.versions = VersionsPanel(shell)
        self.versions.asked_for_new.connect(self.ask_version)
        self.versions.opened.connect(self.show_table)

    def _lay_out(self) -> None:
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedLayout()
        outer.addLayout(self._stack)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        for part in (self.empty, self.split):
            self._stack.addWidget(part)
        self._middle = QStackedLayout()
        left, side = QWidget(self.split), QFrame(self.split)
        column = QVBoxLayout(left)
        column.setContentsMargins(20, 20, 12, 0)
        column.setSpacing(12)
        for part in (self.head, self.busy, self.error, self.filters, self.query):
            column.addWidget(part)
        column.addLayout(self._middle, 1)
        for part in (
            self.grid,
            self.table,
            self.rows,
            self.none,
        ):  # only now: without a parent the first would open as a window
            self._middle.addWidget(part)
        self.tabs = QTabWidget(side)
        self.tabs.setDocumentMode(True)
        for part in (self.stats, self.versions):
            scroll = QScrollArea()
            self.tabs.addTab(scroll, "")
            holder = QFrame(scroll)
            holder.setProperty("kind", "panel")
            inner = QVBoxLayout(holder)
            inner.setContentsMargins(14, 14, 14, 14)
            inner.addWidget(part)
            if part is self.stats:
                inner.addStretch(1)
            scroll.setWidgetResizable(True)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setWidget(holder)
        side.setProperty("kind", "side")
        side.setMinimumWidth(240)
        inner = QVBoxLayout(side)
        inner.setContentsMargins(1, 4, 0, 0)
        inner.addWidget(self.tabs)
        self.split.setHandleWidth(1)
        self.split.setStretchFactor(0, 1)
        self.split.setCollapsible(0, False)
        width = int(self.shell.settings.value("data.panel", PANEL_WIDTH))
        self.split.setSizes([1000, width])
        self.split.splitterMoved.connect(lambda: self.shell.settings.set_value("data.panel", self.split.sizes()[1]))
        self._stack.setCurrentIndex(1)

    # the page ------------------------------------------------------------------------------------------------------

    def opened(self, workspace: Workspace) -> None:
        """Read everything."""
        self._answer = None
        self.read_items()
        self._read_figures()
        self._read_versions()

    def closed(self) -> None:
        """Keep nothing of the workspace."""
        self.map_button.setChecked(False)
        if self.map is not None:
            self.map.clear()
        self._timer.stop()
        self.grid.items.clear()
        self.versions.show_versions([])
        self.rows.clear()
        self._middle.setCurrentWidget(self.grid)
        self.error.clear()
        self.busy.hide()

    def shown(self, **arguments: Any) -> None:
        """Show items, a panel, a filter, or ask to import what was given (`add`)."""
        if arguments.get("panel") == "versions":
            self.tabs.setCurrentIndex(1)
        if "items" in arguments:
            self.map_button.setChecked(False)
            self._take_answer(Answer(ids=[int(item) for item in arguments["items"]]))
        if "item" in arguments:
            self.grid.select_id(int(arguments["item"]))
        if "table" in arguments:
            self.ask_table(str(arguments["table"]))
        if arguments.get("add"):
            self.ask_import(str(arguments["add"]))
        for kind in ("label", "split", "state"):
            if kind in arguments:
                self.filters.choose(**{kind: str(arguments[kind])})
        if self._stale:
            self._stale = False
            self.read_items()
            self._read_figures()
        self._tell_status()

    def refresh(self, changes: Changes) -> None:
        """Read again what changed; figures only when the page is seen."""
        if changes.touches("versions"):
            self._read_versions()
        if not changes.touches("items", "annotations", "labels"):
            return
        known = None if changes.everything or changes.touches("labels") else _ids(changes)
        self.grid.reread(known)
        if self.isVisible():
            self.read_items()
            self._read_figures()
        else:
            self._stale = True

    def commands(self) -> list[tuple[str, Any]]:
        """What the palette offers here."""
        return [
            (self.tr("Import data…"), self.ask_import),
            (self.tr("A table as a data version…"), self.ask_table),
            (self.tr("Export data…"), self.ask_export),
            (self.tr("Create a data version…"), self.ask_version),
            (self.tr("Map of the images"), self.map_button.click),
            (self.tr("More images like this one"), self._similar_to_current),
            (self.tr("Quality: progress, suspicious labels, agreement"), lambda: self.shell.go("quality")),
            (self.tr("Blind round on the chosen images"), self._begin_round),
            (self.tr("Assign the chosen images to people"), lambda: self.shell.go("quality", assign=self._chosen())),
            (self.tr("Ask with SQL"), lambda: self.filters.query.setChecked(True)),
            (self.tr("Show items with a problem"), lambda: self.filters.choose(state="problem")),
            (self.tr("Show items that are not labelled"), lambda: self.filters.choose(state="unlabelled")),
        ]

    def retranslate(self) -> None:
        """Set the texts in the language now chosen."""
        self.head.title.setText(self.tr("Data"))
        self.import_button.setText(self.tr("Import…"))
        self.export_button.setText(self.tr("Export…"))
        self.version_button.setText(self.tr("Create version…"))
        self.map_button.setText(self.tr("Map"))
        self.quality_button.setText(self.tr("Quality"))
        self.quality_button.setToolTip(self.tr("Progress, suspicious labels, agreement of people, report of the data"))
        self.map_button.setToolTip(self.tr("All images on a map: what looks alike lies together"))
        self.cancel.setText(self.tr("Cancel"))
        self.none.setText(self.tr("No item fits the filter."))
        self.tabs.setTabText(0, self.tr("Figures"))
        self.tabs.setTabText(1, self.tr("Versions"))
        self.grid.setAccessibleName(self.tr("Items"))
        self.empty.show_text(
            self.tr("No images yet"),
            self.tr(
                "Bring in a folder of images, with or without labels (COCO, VOC, YOLO, LabelMe, Label Studio, CSV, masks), "
                "or a table (CSV, TSV, Parquet), or drop it here."
            ),
            self.tr("Import…"),
            "lineside data import PATH",
        )
        for part in (self.filters, self.query, self.table, self.stats, self.versions, self.rows, self.map):
            if part is not None:
                part.retranslate()
        self._tell_count()

    def _begin_round(self) -> None:
        """Have several people label the chosen images, unseen by each other."""
        self.shell.go("quality", tab="agreement", items=self._chosen(), ask=True)

    def _chosen(self) -> list[int]:
        """The selected items, in their order; all that fit the filter when none is."""
        rows = sorted(index.row() for index in self.grid.selectionModel().selectedIndexes())
        return [self.grid.items.ids[row] for row in rows] or list(self.grid.items.ids)

    # items ---------------------------------------------------------------------------------------------------------

    def read_items(self) -> None:
        """Ask which items fit."""
        if self.shell.workspace is None:
            return
        chosen, answer = self.filters.filter(), self._answer
        if answer is not None and answer.ids is not None:
            from dataclasses import replace

            chosen = replace(chosen, ids=tuple(answer.ids))

        def read(ws: Workspace) -> tuple[list[int], int]:
            from engine.data.browse import count_items, item_ids

            return item_ids(ws, chosen), count_items(ws)

        self.shell.read(read, self._show_items, key="data.items", on_error=self.error.show_error)

    def _show_items(self, found: tuple[list[int], int]) -> None:
        ids, self._total = found
        if ids != self.grid.items.ids:
            self.grid.show_ids(ids)
        self._show_stack()
        if self._answer is None or self._answer.ids is not None:
            self._show_middle(self.grid if ids else self.none)
        for part in (self.export_button, self.version_button):
            part.setEnabled(self._total > 0)
        self._tell_count()
        self._tell_status()

    def _show_stack(self) -> None:
        """The page, or what belongs there while there is nothing; where there are only tables, the newest one."""
        tables = [version for version in self.versions.versions if version.is_table]
        self._stack.setCurrentIndex(1 if self._total or self._progress or tables else 0)
        if not self._total and tables and self.rows.version is None:
            self.show_table(tables[0])

    def show_table(self, version: DatasetVersion) -> None:
        """Show the rows of a version."""
        self.map_button.setChecked(False)
        self.rows.show_version(version)
        self._middle.setCurrentWidget(self.rows)

    def _close_table(self) -> None:
        self.rows.clear()
        self._middle.setCurrentWidget(self.grid if self.grid.items.ids else self.none)
        self._take_answer(self._answer)

    def _open_item(self, item: int) -> None:
        """Label it; when only some items are shown, go on through these."""
        if len(self.grid.items.ids) < self._total:
            self.shell.go("labeling", item=item, items=self.grid.ids())
        else:
            self.shell.go("labeling", item=item)

    def _show_menu(self, place: QPoint) -> None:
        """What can be done with the item under the pointer."""
        index = self.grid.indexAt(place)
        if index.isValid():
            item = index.data(ID_ROLE)
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(self.tr("Label it")).triggered.connect(lambda: self._open_item(item))
            menu.addAction(self.tr("More images like this one")).triggered.connect(lambda: self.show_similar(item))
            menu.popup(self.grid.viewport().mapToGlobal(place))

    def _similar_to_current(self) -> None:
        item = self.grid.current_id()
        if item is not None:
            self.show_similar(item)

    def show_similar(self, item: int) -> None:
        """Show what looks like an item."""
        from app.gui.widgets.similar_dialog import SimilarDialog

        SimilarDialog(self, self.shell, item).show()

    def _tell_count(self) -> None:
        shown = len(self.grid.items.ids)
        if shown == self._total:
            self.head.text.setText(self.tr("{count} items").format(count=f"{self._total:,}"))
        else:
            text = self.tr("{shown} of {count} items")
            self.head.text.setText(text.format(shown=f"{shown:,}", count=f"{self._total:,}"))

    def _tell_status(self) -> None:
        if not self.isVisible():
            return
        chosen = len(self.grid.selectionModel().selectedIndexes())
        text = self.tr("{count} items").format(count=f"{self._total:,}")
        if chosen:
            text += " · " + self.tr("{count} chosen").format(count=f"{chosen:,}")
        self.shell.set_status(text)

    def _show_query(self, shown: bool) -> None:
        self.query.setVisible(shown)
        if shown:
            self.query.edit.setFocus()
        else:
            self._take_answer(None)

    def _take_answer(self, answer: Answer | None) -> None:
        self._answer = answer
        if answer is not None and answer.ids is None:
            self.table.show_answer(answer)
            self._show_middle(self.table)
        else:
            self.read_items()

    def _show_middle(self, part: QWidget) -> None:
        """Show the items, the answer of a query or a word in the middle, unless the map or a table is there."""
        if (self.map is None or not self.map_button.isChecked()) and self.rows.version is None:
            self._middle.setCurrentWidget(part)

    def _show_map(self) -> None:
        """The map in the middle, or the items again."""
        if not self.map_button.isChecked() or self.shell.workspace is None:
            self.map_button.setChecked(False)
            self._take_answer(self._answer)
            return
        if self.map is None:
            from app.gui.data.map_view import MapView

            self.map = MapView(self.shell)
            self.map.opened.connect(lambda item: self.shell.go("labeling", item=item))
            self.map.label_wanted.connect(lambda ids: self.shell.go("labeling", item=ids[0], items=ids))
            self.map.show_wanted.connect(lambda ids: self.shown(items=ids))
            self._middle.addWidget(self.map)
        self.rows.clear()
        self._middle.setCurrentWidget(self.map)
        self.map.read()

    def _read_figures(self) -> None:
        if self.shell.workspace is not None:
            self.shell.read(read_figures, self._show_figures, key="data.figures", on_error=self.error.show_error)

    def _show_figures(self, found: DataFigures) -> None:
        self.stats.show_figures(found)
        self.filters.show_labels(list(found.stats.labels))

    def _read_versions(self) -> None:
        if self.shell.workspace is not None:
            self.shell.read(read_versions, self._show_versions, key="data.versions", on_error=self.error.show_error)

    def _show_versions(self, versions: list[DatasetVersion]) -> None:
        self.versions.show_versions(versions)
        self._show_stack()

    # import, export, versions --------------------------------------------------------------------------------------

    def ask_import(self, path: str = "") -> None:
        """Ask what to import, or how to freeze what is a table."""
        from app.gui.data.dialogs import ImportDialog
        from app.gui.data.table_dialog import is_table

        if is_table(path):
            self.ask_table(path)
            return
        ImportDialog(self, path, self.start_import, self.ask_label_studio, self.ask_table).open()

    def ask_table(self, path: str = "") -> None:
        """Ask what the columns of a table are for."""
        from app.gui.data.table_dialog import TableDialog, choose_table

        path = path or choose_table(self)
        if path:
            taken = {version.name for version in self.versions.versions}
            TableDialog(self, self.shell, path, taken, self.start_table).open()

    def start_table(self, choice: TableChoice) -> None:
        """Freeze a table in the background."""
        progress = self._begin(self.tr("Creating version {name}").format(name=choice.name))
        self.shell.run(
            operations.create_table(choice, progress),
            self.tr("Create version"),
            on_done=self._created,
            on_error=self._failed,
        )

    def start_import(self, choice: ImportChoice) -> None:
        """Import in the background."""
        progress = self._begin(self.tr("Importing {name}").format(name=Path(choice.path).name))
        self.shell.run(
            operations.import_data(
                choice.path,
                choice.format,
                choice.link,
                choice.split,
                progress,
                sequence=choice.sequence,
                every=choice.every,
            ),
            self.tr("Import"),
            on_done=self._imported,
            on_error=self._failed,
            initiator=self,
        )

    def _imported(self, report: ImportReport) -> None:
        self._end()
        shell = self.shell
        told = self.tr("{imported} items imported, {skipped} were there already.").format(
            imported=f"{report.imported:,}", skipped=f"{report.skipped:,}"
        )
        problems = list(report.problems)
        if problems:
            told += " " + self.tr("{count} files or entries have a problem.").format(count=f"{len(problems):,}")
            shell.notice(told, self.tr("Show them"), lambda: self._show_report(report), "warning")
        else:
            shell.notice(told, self.tr("Start labelling"), lambda: shell.go("labeling"), "good")

    def _show_report(self, report: ImportReport) -> None:
        from app.gui.data.dialogs import ReportDialog, problem_lines

        text = self.tr("Everything else was imported. These were left out or mended, for the reason given.")
        ReportDialog(self, self.tr("What the import found"), text, problem_lines(report)).open()

    def ask_label_studio(self) -> None:
        """Exchange with a Label Studio server."""
        from app.gui.data.label_studio import LabelStudioDialog

        LabelStudioDialog(self, self.shell).open()

    def ask_export(self) -> None:
        """Ask what to export."""
        from app.gui.data.dialogs import ExportDialog

        names = [version.name for version in self.versions.versions]
        ExportDialog(self, names, self.start_export, self.ask_label_studio).open()

    def start_export(self, choice: ExportChoice) -> None:
        """Export in the background."""
        progress = self._begin(self.tr("Exporting to {name}").format(name=Path(choice.out).name))
        self.shell.run(
            operations.export_data(choice.out, choice.format, choice.version, choice.images, progress),
            self.tr("Export"),
            on_done=self._exported,
            on_error=self._failed,
        )

    def _exported(self, report: ExportReport) -> None:
        self._end()
        told = self.tr("{count} items written to {path}.").format(count=f"{report.written:,}", path=report.path)
        if not report.not_expressible:
            self.shell.notice(told, kind="good")
            return
        told += " " + self.tr("The format could not say everything.")
        self.shell.notice(told, self.tr("Show what"), lambda: self._show_losses(report), "warning")

    def _show_losses(self, report: ExportReport) -> None:
        from app.gui.data.dialogs import ReportDialog, loss_lines

        text = self.tr("The rest was written. A data version keeps everything.")
        ReportDialog(self, self.tr("What the format cannot say"), text, loss_lines(report)).open()

    def ask_version(self) -> None:
        """Ask how to freeze a version."""
        from app.gui.data.dialogs import VersionDialog

        taken = {version.name for version in self.versions.versions}
        number = len(taken) + 1
        while f"v{number}" in taken:
            number += 1
        VersionDialog(self, f"v{number}", self._total, self.start_version).open()

    def start_version(self, choice: VersionChoice) -> None:
        """Create it in the background."""
        progress = self._begin(self.tr("Creating version {name}").format(name=choice.name), can_cancel=False)
        self.shell.run(
            operations.create_version(choice.name, choice.split, choice.seed, choice.group, choice.where, progress),
            self.tr("Create version"),
            on_done=self._created,
            on_error=self._failed,
        )

    def _created(self, version: DatasetVersion) -> None:
        self._end()
        shell = self.shell
        if version.is_table:
            told = self.tr("Version {name} holds {count} rows.").format(name=version.name, count=f"{version.items:,}")
            self.tabs.setCurrentIndex(1)
            self.show_table(version)
        else:
            told = self.tr("Version {name} holds {count} items.").format(name=version.name, count=f"{version.items:,}")
        shell.notice(told, self.tr("Draw a model"), lambda: shell.go("modeling"), "good")

    def _begin(self, text: str, can_cancel: bool = True) -> operations.Progress:
        self.error.clear()
        self._progress = operations.Progress()
        self._progress.text = text
        self.cancel.setVisible(can_cancel)
        self.cancel.setEnabled(True)
        self.busy.show()
        self._stack.setCurrentIndex(1)
        self.import_button.setEnabled(False)
        self._timer.start()
        self._show_progress()
        return self._progress

    def _show_progress(self) -> None:
        if self._progress is not None:
            self.busy_text.setText(f"{self._progress.text} · {round(self._progress.fraction * 100)} %")
            self.bar.setValue(round(self._progress.fraction * 1000))

    def _end(self) -> None:
        self._timer.stop()
        self._progress = None
        self.busy.hide()
        self.import_button.setEnabled(True)
        self.read_items()

    def _cancel(self) -> None:
        if self._progress is not None:
            self._progress.cancel()
            self.cancel.setEnabled(False)

    def _failed(self, error: Exception) -> None:
        from engine.data.imports import ImportCancelled

        self._end()
        if isinstance(error, ImportCancelled):
            self.shell.save_state("", "")
            self.shell.notice(self.tr("Cancelled; nothing was kept."))
        else:
            self.error.show_error(error)

    # dropping ------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders, files and archives."""
        urls = event.mimeData().urls()
        if urls and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask how to import what was dropped."""
        self.ask_import(event.mimeData().urls()[0].toLocalFile())


def _ids(changes: Changes) -> list[int] | None:
    """The items that changed, where that can be told."""
    items = [item for item in changes.items if isinstance(item, int)]
    return items if items and len(items) < 5000 else None
