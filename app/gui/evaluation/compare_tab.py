"""Two models side by side: their figures, what the difference is worth, and the items that got worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QComboBox

from app.gui.evaluation.insights import InsightTab
from app.gui.evaluation.reading import Seen
from app.gui.evaluation.words import bounds, figure_name, shown
from app.gui.widgets.controls import label, link_button, row
from app.gui.widgets.tables import fill, table

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.evaluation.compare import Comparison, ItemChange
    from engine.evaluation.results import EvaluationRow
    from engine.workspace import Workspace

INKS = {"better": "good", "worse": "bad", "open": "quiet"}


class CompareTab(InsightTab):
    """The evaluation that is seen against another one of the same items."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._found: Comparison | None = None
        self.name, self.other = label("", "quiet"), QComboBox()
        self.name.setBuddy(self.other)
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.other.activated.connect(lambda _: self._compare())
        self.worse = link_button("", lambda: self._open(worse=True))
        self.better = link_button("", lambda: self._open(worse=False))
        self.table = table("compare_table")
        self.verdict, self.note = label("", wrap=True), label("", "quiet", wrap=True)
        self.none = label("", "quiet", wrap=True)
        self.choice = row(self.name, self.other, 1, self.worse, self.better)
        for part in (self.choice, self.table, self.verdict, self.note, self.none):
            self.column.addWidget(part)
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.name.setText(self.tr("Against"))
        self.other.setAccessibleName(self.tr("Model to compare with"))
        self.table.setAccessibleName(self.tr("Figures of both models"))
        self.none.setText(
            self.tr("No other model was evaluated on these items yet; evaluate one, and choose it here to compare.")
        )
        self._show()

    def recolor(self) -> None:
        """Take the colours of the theme."""
        self._show()

    def _read(self, seen: Seen) -> None:
        self._found = None
        self._ask(lambda workspace: _others(workspace, seen), self._offer)

    def _offer(self, others: list[EvaluationRow]) -> None:
        before, wanted = self.other.currentData(), self.seen.before if self.seen else ""
        self.other.clear()
        for one in others:
            as_trained = one.precision == "torch"
            self.other.addItem(one.model if as_trained else f"{one.model} · {one.precision.upper()}", one.id)
        at = max(self.other.findData(before), self.other.findText(wanted), 0)
        self.other.setCurrentIndex(at)
        self._compare()
        self._show()

    def _compare(self) -> None:
        first, seen = self.other.currentData(), self.seen
        if first is not None and seen is not None:
            from engine.evaluation.compare import compare_in

            self._ask(lambda workspace: compare_in(workspace, first, seen.id), self._take)

    def _take(self, found: Comparison) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        found, there = self._found, self.other.count() > 0
        self.none.setVisible(not there)
        self.choice.setVisible(there)
        for part in (self.table, self.verdict, self.note, self.worse, self.better):
            part.setVisible(there and found is not None)
        if found is None:
            return
        names = (found.a["model"], found.b["model"])
        heads = [self.tr("Figure"), *names, self.tr("Difference"), self.tr("95 % of it"), ""]
        words = {"better": self.tr("better"), "worse": self.tr("worse"), "open": self.tr("may be chance")}
        rows = [
            [figure_name(one.name), shown(one.name, one.a), shown(one.name, one.b), shown(one.name, one.change, True),
             bounds(one.name, one.low, one.high, True), "" if one.change is None else words[one.kind]]
            for one in found.figures
        ]  # fmt: skip
        fill(self.table, heads, rows, most=12)
        for at, one in enumerate(found.figures):
            self.table.item(at, 5).setForeground(QBrush(self.shell.theme.color(INKS[one.kind])))
        for column in range(1, 5):
            for at in range(len(rows)):
                self.table.item(at, column).setTextAlignment(
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                )
            self.table.horizontalHeaderItem(column).setTextAlignment(Qt.AlignmentFlag.AlignRight)
        self.worse.setText(self.tr("{} items got worse").format(len(found.worse)))
        self.better.setText(self.tr("{} items got better").format(len(found.better)))
        self.worse.setEnabled(bool(found.worse))
        self.better.setEnabled(bool(found.better))
        self._tell(found)

    def _tell(self, found: Comparison) -> None:
        """What the test says, in words."""
        test, (a, b) = found.test, (found.a["model"], found.b["model"])
        p = QLocale().toString(test.p, "g", 2)
        if test.significant:
            text = self.tr("A real difference (p = {0}): {1} items are right with {2} only, {3} with {4} only.")
        else:
            text = self.tr(
                "The difference may be chance (p = {0}): {1} items are right with {2} only, {3} with {4} only."
            )
        self.verdict.setText(text.format(p, test.only_a, a, test.only_b, b))
        label = self.tr("has its true label")
        known = {
            "classification": label,
            "tabular": label,
            "multilabel": self.tr("has all its labels right"),
            "anomaly": self.tr("is judged good or bad as it is"),
        }
        right = known.get(found.task, self.tr("has nothing missed, mislabelled or falsely reported"))
        note = self.tr("Right: the item {}. McNemar’s exact test; intervals by drawing the same items for both.")
        parts = [note.format(right)]
        if found.only_a or found.only_b:
            parts.append(
                self.tr("{} items that only one of them saw are left out.").format(found.only_a + found.only_b)
            )
        if found.relabelled:
            parts.append(self.tr("{0} items had other labels when {1} was evaluated.").format(found.relabelled, a))
        self.note.setText(" ".join(parts))

    def _open(self, worse: bool) -> None:
        found = self._found
        if found is None:
            return
        changes: list[ItemChange] = found.worse if worse else found.better
        text = self.tr("Worse than with {}") if worse else self.tr("Better than with {}")
        self._want(text.format(found.a["model"]), [change.item_key for change in changes])


def _others(workspace: Workspace, seen: Seen) -> list[EvaluationRow]:
    """The newest evaluation of each other model of the task, or precision, on the same split of the same version."""
    from engine.evaluation.results import list_evaluations
    from engine.training.models import list_models

    rows = list_evaluations(workspace)
    mine = next(row for row in rows if row.id == seen.id)
    task = {model.id: model.task for model in list_models(workspace)}
    alike = [row for row in rows if task.get(row.model_id) == task.get(mine.model_id)]
    same = [row for row in alike if (row.version_id, row.split) == (mine.version_id, mine.split)]
    newest = {(row.model, row.precision): row for row in reversed(same)}
    newest.pop((mine.model, mine.precision), None)
    return sorted(newest.values(), key=lambda row: -row.id)
