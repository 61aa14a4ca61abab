"""What a table is before it becomes a version: its columns, its first rows, what they are for, and what gives the answer away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QFileDialog, QHeaderView, QLineEdit, QSpinBox, QWidget

from app.gui.data.table_view import cell_text
from app.gui.widgets.controls import FieldRow, button, label, roomy, row
from app.gui.widgets.dialog import Dialog
from app.gui.widgets.tables import fill, table

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.data.tables import Column, Roles
    from engine.training.leaks import Leak
    from engine.workspace import Workspace

SHOWN = 4  # rows
WAIT_MS = 400  # after the last change, before the table is looked at again
INPUT, TARGET, LEFT_OUT = "input", "target", "ignored"
SUFFIXES = (".csv", ".tsv", ".parquet")


@dataclass(frozen=True)
class TableChoice:
    """How to freeze a table.

    Attributes:
        split: arguments of `engine.data.tables.create_table`: split, seed, by, time, group.
    """

    name: str
    file: str
    roles: Roles
    split: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A file as it was read: its rows, and what its columns are."""

    rows: Any
    columns: list[Column]


@dataclass(frozen=True)
class Looked:
    """What would be learnt of it: rows of each split, values of the first target, what gives the answer away."""

    counts: dict[str, int]
    labels: tuple[str, ...]
    leaks: list[Leak]
    skipped: dict[str, str]


class TableDialog(Dialog):
    """Columns with their parts, splits, a name; leaks are named before anything is made."""

    def __init__(
        self, parent: QWidget, shell: Shell, file: str, taken: set[str], chosen: Callable[[TableChoice], object]
    ) -> None:
        super().__init__(parent, "", width=880)
        self._shell, self._file, self._taken, self._chosen = shell, file, taken, chosen
        self._draft: Draft | None = None
        self._leaky: list[str] = []
        self.setWindowTitle(self.tr("A table as a data version"))
        self.title.setText(self.windowTitle())
        self.text.setText(self.tr("Reading {0} …").format(Path(file).name))
        self.text.show()
        self._make_parts()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._look)
        self.accept_button.setText(self.tr("Create"))
        self.accept_button.show()
        self.accept_button.setEnabled(False)
        self.on_accept = self._take
        shell.read(self._read, self._show_draft, key="table.file", on_error=self._failed)

    def _make_parts(self) -> None:
        stem = Path(self._file).stem
        self.name = QLineEdit(_free(stem, self._taken))
        self.name_row = FieldRow(self.tr("Name"), self.name)
        self.columns, self.first = table("columns"), table("first")
        self.columns.setMinimumHeight(150)
        self.columns.setAccessibleName(self.tr("Columns"))
        self.first.setAccessibleName(self.tr("First rows"))
        self.roles: dict[str, QComboBox] = {}
        self.deal, self.along = QComboBox(), QComboBox()
        for text, name in (
            (self.tr("By chance"), ""),
            (self.tr("By time: the earliest rows train, the latest test"), "time"),
            (self.tr("By groups: equal values stay together"), "group"),
            (self.tr("By a column that says train, val or test"), "by"),
        ):
            self.deal.addItem(text, name)
        self.shares = [QSpinBox() for _ in range(3)]
        for box, share in zip(self.shares, (70, 15, 15), strict=True):
            box.setRange(0, 100)
            box.setSuffix(" %")
            box.setValue(share)
            box.valueChanged.connect(self._changed)
        self.seed = QSpinBox()
        self.seed.setRange(0, 999_999)
        self.seed.valueChanged.connect(self._changed)
        roomy(*self.shares, self.seed)
        self.seed_label = label(self.tr("Seed"), "quiet")
        self.good = QComboBox()
        self.good.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.good.addItem(self.tr("told by its name (OK, good, normal …)"), "")
        self.good.setToolTip(self.tr("With it, missed and false rejects are counted, and mistakes have a price."))
        self.found = label("", "", wrap=True)
        self.leave_out = button("", self._leave_out)
        self.leave_out.hide()
        self.deal.currentIndexChanged.connect(self._show_dealing)
        self.along.currentIndexChanged.connect(self._changed)
        for part in (
            row(self.name_row, FieldRow(self.tr("Value of a good part"), self.good), spacing=16),
            label(self.tr("Columns"), "heading"),
            self.columns,
            label(self.tr("First rows"), "heading"),
            self.first,
            FieldRow(self.tr("Splits"), row(self.deal, self.along, *self.shares, self.seed_label, self.seed, 1)),
            self.found,
            row(self.leave_out, 1),
        ):
            self.body.addWidget(part)
        self._show_dealing()

    # reading ---------------------------------------------------------------------------------------------------------

    def _read(self, _ws: Workspace) -> Draft:
        from engine.data.tables import columns_of, read_file

        rows = read_file(Path(self._file).expanduser())
        return Draft(rows, columns_of(rows))

    def _show_draft(self, draft: Draft) -> None:
        self._draft = draft
        self.text.setText(
            self.tr(
                "{rows} rows, {columns} columns. Choose what is to be foretold; a version never changes again."
            ).format(rows=f"{len(draft.rows):,}", columns=len(draft.columns))
        )
        names = [column.name for column in draft.columns]
        first = [[cell_text(value) for value in line.values()] for line in draft.rows.slice(0, SHOWN).to_pylist()]
        fill(self.first, names, first, SHOWN)
        self.first.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._show_columns(draft.columns)
        self.along.blockSignals(True)
        self.along.addItems(names)
        self.along.blockSignals(False)
        self._changed()

    def _show_columns(self, columns: list[Column]) -> None:
        kinds = {"category": self.tr("category"), "number": self.tr("number"), "": self.tr("not learnt from")}
        heads = [
            self.tr("Column"), self.tr("Use"), self.tr("Kind"), self.tr("Type"), self.tr("Missing"),
            self.tr("Different values"),
        ]  # fmt: skip
        lines = [
            [one.name, "", kinds[one.kind], one.type, f"{one.missing:.1%}" if one.missing else "–", one.distinct]
            for one in columns
        ]
        fill(self.columns, heads, lines)
        for place, column in enumerate(columns):
            box = QComboBox()
            for text, name in (
                (self.tr("learn from"), INPUT),
                (self.tr("foretell"), TARGET),
                (self.tr("leave out"), LEFT_OUT),
            ):
                box.addItem(text, name)
            box.setCurrentIndex(box.findData(TARGET if place == len(columns) - 1 else INPUT))
            box.setAccessibleName(column.name)
            box.currentIndexChanged.connect(self._changed)
            self.columns.setCellWidget(place, 1, box)
            self.roles[column.name] = box
        self.columns.verticalHeader().setDefaultSectionSize(32)

    # choosing --------------------------------------------------------------------------------------------------------

    def chosen_roles(self) -> Roles:
        """What the columns are for, as chosen."""
        from engine.data.tables import Roles

        return Roles(self._of(TARGET), self._of(LEFT_OUT), self.good.currentData() or "")

    def chosen_split(self) -> dict[str, Any]:
        """How rows are dealt, as chosen."""
        way = self.deal.currentData()
        if way == "by":
            return {"by": self.along.currentText()}
        split = "/".join(str(box.value()) for box in self.shares)
        return {"split": split, **({way: self.along.currentText()} if way else {}), "seed": self.seed.value()}

    def _of(self, role: str) -> str:
        return ", ".join(name for name, box in self.roles.items() if box.currentData() == role)

    def _show_dealing(self) -> None:
        way = self.deal.currentData()
        self.along.setVisible(bool(way))
        for part in self.shares:
            part.setVisible(way != "by")
        for part in (self.seed_label, self.seed):
            part.setVisible(way in ("", "group"))
        self._changed()

    def _changed(self) -> None:
        if self._draft is None:
            return
        self.accept_button.setEnabled(False)
        self.leave_out.hide()
        self.found.setText(self.tr("Looking whether a column gives the answer away …"))
        self._timer.start()

    def _look(self) -> None:
        draft, roles, split = self._draft, self.chosen_roles(), self.chosen_split()
        assert draft is not None
        self.error.clear()

        def look(_ws: Workspace) -> Looked:
            from collections import Counter

            from engine.data.tables import deal
            from engine.training.tables import look_at

            splits = deal(draft.rows, **split)
            seen = look_at(draft.rows, splits, roles)
            return Looked(dict(Counter(splits.tolist())), seen.labels, seen.leaks, seen.skipped)

        self._shell.read(look, self._show_looked, key="table.look", on_error=self._cannot)

    def _show_looked(self, seen: Looked) -> None:
        from app.gui.data.filters import split_text

        self._show_good(seen.labels)
        counts = " · ".join(f"{split_text(name)} {seen.counts.get(name, 0):,}" for name in ("train", "val", "test"))
        lines = [counts, *(self._leak_text(leak) for leak in seen.leaks)]
        if not seen.leaks:
            lines.append(self.tr("No column gives the answer away."))
        self.found.setText("\n".join(lines))
        self._leaky = sorted({leak.column for leak in seen.leaks if leak.column})
        self.leave_out.setText(self.tr("Leave out {0}").format(", ".join(self._leaky)))
        self.leave_out.setVisible(bool(self._leaky))
        self.accept_button.setEnabled(True)

    def _show_good(self, labels: tuple[str, ...]) -> None:
        if [self.good.itemData(at) for at in range(1, self.good.count())] == list(labels):
            return
        while self.good.count() > 1:
            self.good.removeItem(1)
        for value in labels:
            self.good.addItem(value, value)

    def _leak_text(self, leak: Leak) -> str:
        from engine.training.leaks import SAME

        if not leak.column:
            text = self.tr(
                "{count} of {all} rows of validation and test are in training as well: figures may be too good."
            )
            return text.format(count=f"{leak.value:,.0f}", all=f"{leak.of:,}")
        if leak.value == SAME:
            text = self.tr(
                "“{column}” says the same as “{target}” in every row. Is it known before? If not, leave it out."
            )
        else:
            text = self.tr(
                "“{column}” alone foretells “{target}” (AUC {value}). Is it known before? If not, leave it out."
            )
        return text.format(column=leak.column, target=leak.target, value=f"{leak.value:.3f}")

    def _leave_out(self) -> None:
        for name in self._leaky:
            box = self.roles[name]
            box.setCurrentIndex(box.findData(LEFT_OUT))

    def _cannot(self, error: Exception) -> None:
        self.found.setText("")
        self.error.show_error(error)

    def _failed(self, error: Exception) -> None:
        self.text.setText(self.tr("This file cannot be taken."))
        self.error.show_error(error)

    def _take(self) -> bool:
        name = self.name.text().strip()
        if not name or name in self._taken:
            problem = (
                self.tr("There is a version of that name; choose another.")
                if name
                else self.tr("A version needs a name.")
            )
            self.name_row.set_problem(problem)
            self.name.setFocus()
            return False
        self._chosen(TableChoice(name, self._file, self.chosen_roles(), self.chosen_split()))
        return True


def is_table(path: str) -> bool:
    """Whether a file is a table of rows to learn from; a CSV whose columns name images holds annotations."""
    file = Path(path).expanduser()
    if file.suffix.lower() not in SUFFIXES or not file.is_file():
        return False
    from engine.data.importers.table import tells_of_images

    return file.suffix.lower() == ".parquet" or not tells_of_images(file)


def choose_table(parent: QWidget) -> str:
    """Ask for a file; empty where none is chosen."""
    from PySide6.QtCore import QCoreApplication

    kinds = QCoreApplication.translate("TableDialog", "Tables") + f" ({' '.join(f'*{suffix}' for suffix in SUFFIXES)})"
    title = QCoreApplication.translate("TableDialog", "Choose a table")
    return QFileDialog.getOpenFileName(parent, title, str(Path.home()), kinds)[0]


def _free(stem: str, taken: set[str]) -> str:
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem} {number}"
    return name
