"""A file of expectations held against the model: what is asked, what was found, and the items behind a failure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QFileDialog, QSizePolicy

from app.gui.evaluation.insights import OF_OBJECTS, InsightTab
from app.gui.evaluation.reading import Seen
from app.gui.evaluation.words import disturbance_name, figure_name
from app.gui.widgets.controls import button, label, row
from app.gui.widgets.tables import fill, table

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.evaluation.expectations import Verdict
    from engine.packaging.gate import Checked
    from engine.workspace import Workspace


class ChecksTab(InsightTab):
    """Chooses a file, judges by what was measured already, and shows one row for each expectation."""

    tasks = (*OF_OBJECTS, "classification", "multilabel")

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._path: Path | None = None
        self._found: Checked | None = None
        self.text = label("", wrap=True)
        self.choose = button("", self._choose)
        self.table = table("check_table")
        self.table.itemClicked.connect(lambda item: self._open(item.row()))
        self.table.itemActivated.connect(lambda item: self._open(item.row()))
        self.note = label("", "quiet", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        head = row(self.text, self.choose)
        for part in (head, self.table, self.note):
            self.column.addWidget(part)
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.choose.setText(self.tr("Check against a file…"))
        self.choose.setToolTip(
            self.tr("A TOML file of expectations: least figures, latency, disturbances, no regressions")
        )
        self.table.setAccessibleName(self.tr("Expectations"))
        self.note.setText(
            self.tr(
                "Only what was measured already counts here; lineside check measures the rest, and ends with 1 on a failure."
            )
        )
        self._show()

    def recolor(self) -> None:
        """Take the colours of the theme."""
        self._show()

    def check(self, path: Path) -> None:
        """Hold the file against the model that is seen."""
        self._path, self._found = path, None
        self._show()
        if self.seen is not None:
            self.error.clear()
            self._read(self.seen)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("File of expectations"), "", "TOML (*.toml)")
        dialog.fileSelected.connect(lambda name: self.check(Path(name)))
        dialog.open()

    def _read(self, seen: Seen) -> None:
        path = self._path
        if path is not None:
            self._ask(lambda workspace: _checked(workspace, seen, path), self._take)

    def _take(self, found: Checked) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        found = self._found
        self.table.setVisible(found is not None)
        self.note.setVisible(found is not None)
        if found is None or self._path is None:
            self.text.setText(
                self.tr("Write down what a model must do before it is released, and check it by one click.")
            )
            return
        failed = sum(not one.passed for one in found.verdicts)
        text = self.tr("{0}: {1} of {2} expectations not met.") if failed else self.tr("{0}: all {2} expectations met.")
        self.text.setText(text.format(self._path.name, failed, len(found.verdicts)))
        heads = ["", self.tr("What"), self.tr("Asked"), self.tr("Found"), self.tr("Why")]
        fill(self.table, heads, [self._row(one) for one in found.verdicts], most=12)
        for at, one in enumerate(found.verdicts):
            self.table.item(at, 0).setForeground(QBrush(self.shell.theme.color("good" if one.passed else "bad")))
            for column in range(5):
                self.table.item(at, column).setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def _row(self, one: Verdict) -> list[str]:
        asked = {"at_least": self.tr("at least {}"), "at_most": self.tr("at most {}"), "holds": self.tr("holds to {}"),
                 "worse_by": self.tr("worse by at most {}")}[one.kind]  # fmt: skip
        mark = self.tr("met") if one.passed else self.tr("not met")
        name = ": ".join(
            filter(None, (one.part, disturbance_name(one.figure) if one.kind == "holds" else self._name(one.figure)))
        )
        return [mark, name, asked.format(_number(one.bound)), _number(one.found), self._why(one)]

    def _name(self, figure: str) -> str:
        known = {"latency_ms": self.tr("Latency, ms"), "items": self.tr("Items with more mistakes"),
                 "evaluation": self.tr("Evaluation")}  # fmt: skip
        return known.get(figure) or figure_name(figure)

    def _why(self, one: Verdict) -> str:
        if one.reason == "breaks":
            return self.tr("breaks at {}").format(_number(one.at))
        known = {
            "cannot_tell": self.tr("this split cannot tell"), "not_measured": self.tr("not measured yet"),
            "nothing_bad": self.tr("no bad item to judge by; allow it with good_alone = true"),
        }  # fmt: skip
        return known.get(one.reason, "" if one.at is None else f"95 %: {_number(one.at)}")

    def _open(self, at: int) -> None:
        one = self._found.verdicts[at] if self._found is not None else None
        if one is not None and one.items:
            self._want(self.table.item(at, 1).text(), list(one.items))


def _number(value: float | None) -> str:
    return "–" if value is None else QLocale().toString(float(value), "g", 4)


def _checked(workspace: Workspace, seen: Seen, path: Path) -> Checked:
    from engine.evaluation.expectations import read_expectations
    from engine.evaluation.results import list_evaluations
    from engine.packaging.gate import check_model

    mine = next(row for row in list_evaluations(workspace) if row.id == seen.id)
    return check_model(workspace, mine.model_id, mine.version_id, read_expectations(path))
