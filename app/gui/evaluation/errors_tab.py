"""Kinds of mistake as bars: how often each is made, and what mending it would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from app.gui.evaluation.bars import Bar, Bars
from app.gui.evaluation.insights import OF_OBJECTS, InsightTab
from app.gui.evaluation.reading import Seen
from app.gui.widgets.controls import label

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.evaluation.errors import ErrorKind


class ErrorsTab(InsightTab):
    """The six kinds of TIDE."""

    tasks = OF_OBJECTS

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._kinds: list[ErrorKind] = []
        self.note = label("", "quiet", wrap=True)
        self.bars = Bars(shell.theme.color)
        self.bars.chosen.connect(self._open)
        self.column.addWidget(self.note)
        self.column.addWidget(self.bars)
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.note.setText(
            self.tr(
                "How much mAP@.5 would gain if one kind of mistake were mended; a click shows its images. After TIDE."
            )
        )
        self.bars.setAccessibleName(self.tr("Kinds of mistake"))
        self._show()

    def recolor(self) -> None:
        """Take the colours of the theme."""
        self.bars.update()

    def _read(self, seen: Seen) -> None:
        from engine.evaluation.errors import error_types

        self._ask(lambda _: error_types(seen.evaluation), self._take)

    def _take(self, kinds: list[ErrorKind]) -> None:
        self._kinds = kinds
        self._show()

    def _show(self) -> None:
        words = self._words()
        gain = self.tr("{0} × · +{1} mAP")
        self.bars.show_bars(
            [
                Bar(words[kind.name][0], kind.gain, gain.format(kind.count, QLocale().toString(kind.gain, "f", 3)),
                    words[kind.name][1])
                for kind in self._kinds
            ]
        )  # fmt: skip

    def _words(self) -> dict[str, tuple[str, str]]:
        """Name and meaning of each kind."""
        return {
            "localisation": (
                self.tr("Off the place"),
                self.tr("The right label, and a box that fits badly (localisation)"),
            ),
            "classification": (
                self.tr("Wrong label"),
                self.tr("In the right place, with another label (classification)"),
            ),
            "both": (self.tr("Off, and wrong label"), self.tr("A box that fits badly, with another label")),
            "duplicate": (
                self.tr("Reported twice"),
                self.tr("A second box for what a surer one stands for (duplicate)"),
            ),
            "background": (self.tr("Where nothing is"), self.tr("A box on sound background: a false reject")),
            "missed": (self.tr("Missed"), self.tr("A true object that no box is about")),
        }

    def _open(self, at: int) -> None:
        kind = self._kinds[at]
        self._want(self._words()[kind.name][0], kind.items)
