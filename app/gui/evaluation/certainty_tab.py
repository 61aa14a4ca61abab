"""Whether scores can be believed: said against right, and bad images against good ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QGridLayout, QWidget

from app.gui.evaluation.bars import Bar, Bars
from app.gui.evaluation.insights import InsightTab
from app.gui.evaluation.reading import Seen
from app.gui.widgets.controls import label

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from app.gui.widgets.curves import Curves
    from engine.evaluation.certainty import Bin, Calibration, Roc


class CertaintyTab(InsightTab):
    """Reliability as a curve and as bars that open the wrong answers, and the ROC curve beside it."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._found: tuple[Calibration, Roc | None] | None = None
        self._bins: list[Bin] = []
        self.curves: list[Curves] = []
        self.reliability, self.separation = label("", wrap=True), label("", wrap=True)
        self.bars = Bars(shell.theme.color)
        self.bars.chosen.connect(self._open)
        self.bars_note = label("", "quiet", wrap=True)
        self.holder = QWidget()
        self.grid = QGridLayout(self.holder)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(12)
        for at, text in enumerate((self.reliability, self.separation)):
            self.grid.addWidget(text, 0, at)
            self.grid.setColumnStretch(at, 1)
        for part in (self.holder, self.bars_note, self.bars):
            self.column.addWidget(part)

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.bars_note.setText(
            self.tr("Wrong answers by the score that the model gave them; a click shows their items.")
        )
        self.bars.setAccessibleName(self.tr("Wrong answers by score"))
        self._show()

    def recolor(self) -> None:
        """Take the colours of the theme."""
        for curves in self.curves:
            curves.recolor()
        self.bars.update()

    def _read(self, seen: Seen) -> None:
        if not self.curves:
            from app.gui.widgets.curves import Curves

            self.curves = [Curves(self.shell.theme.color, (12, 8)), Curves(self.shell.theme.color, (-8, -8))]
            for at, curves in enumerate(self.curves):
                curves.setFixedHeight(220)
                self.grid.addWidget(curves, 1, at)
        self._ask(lambda _: _looked(seen), self._take)

    def _take(self, found: tuple[Calibration, Roc | None]) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        if self._found is None:
            return
        found, roc = self._found
        number = QLocale().toString
        self.reliability.setText(
            self.tr("Nothing was reported, so there is nothing to believe.")
            if found.error is None
            else self.tr("On average the score is {} off the share that is right (expected calibration error).").format(
                number(found.error, "f", 3)
            )
        )
        said = [(one.said, one.right) for one in found.bins if one.said is not None and one.right is not None]
        ideal = {self.tr("as often as it says"): [(0.0, 0.0), (1.0, 1.0)]}
        for part in (self.reliability, self.curves[0]):
            part.setVisible(bool(found.bins))
        self.curves[0].show_curves({self.tr("is right"): said, **ideal}, (0.0, 1.0), x_range=(0.0, 1.0))
        self.separation.setText(self._roc_text(roc))
        self.curves[1].setVisible(roc is not None)
        if roc is not None:
            points = [(false, hit) for false, hit, _ in roc.points]
            chance = {self.tr("by chance"): [(0.0, 0.0), (1.0, 1.0)]}
            self.curves[1].show_curves(
                {self.tr("bad found over good rejected"): points, **chance}, (0.0, 1.0), x_range=(0.0, 1.0)
            )
        self._bins = [one for one in found.bins if one.wrong_items]
        self.bars_note.setVisible(bool(self._bins))
        self.bars.setVisible(bool(self._bins))
        self.bars.show_bars([self._bar(one) for one in self._bins])

    def _roc_text(self, roc: Roc | None) -> str:
        if roc is None:
            return self.tr(
                "To tell bad items from good ones the split needs both (for classification and tables: a label “good”)."
            )
        value, low, high = (QLocale().toString(roc.auc[end] or 0.0, "f", 3) for end in ("value", "low", "high"))
        text = self.tr("A bad item gets a higher score than a good one in {0} of all pairs (AUROC; 95 %: {1} … {2}).")
        return text.format(value, low, high)

    def _bar(self, one: Bin) -> Bar:
        name = f"{QLocale().toString(one.low, 'f', 1)} – {QLocale().toString(one.high, 'f', 1)}"
        wrong = round(one.count * (1 - (one.right or 0)))
        return Bar(name, wrong, self.tr("{0} of {1}").format(wrong, one.count))

    def _open(self, at: int) -> None:
        one = self._bins[at]
        self._want(self.tr("Wrong at scores from {}").format(QLocale().toString(one.low, "f", 1)), one.wrong_items)


def _looked(seen: Seen) -> tuple[Any, Any]:
    from engine.evaluation.certainty import calibration, roc

    return calibration(seen.evaluation), roc(seen.evaluation)
