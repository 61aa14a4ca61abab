"""How well each named point is placed: a row for each, and the images behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt

from app.gui.evaluation.insights import InsightTab
from app.gui.evaluation.reading import Seen
from app.gui.evaluation.words import shown
from app.gui.widgets.controls import label
from app.gui.widgets.tables import fill, table

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.evaluation.keypoints import PointFigures

MOST_ROWS = 12


class PointsTab(InsightTab):
    """A table of points; Enter or a click shows the images in which one lies wrong."""

    tasks = ("keypoints",)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._figures: list[PointFigures] = []
        self.note = label("", "quiet", wrap=True)
        self.table = table("point_table")
        self.table.itemActivated.connect(lambda item: self._open(item.row()))
        self.table.itemClicked.connect(lambda item: self._open(item.row()))
        self.table.setCursor(Qt.CursorShape.PointingHandCursor)
        for part in (self.note, self.table):
            self.column.addWidget(part)
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.note.setText(
            self.tr(
                "How far each point lies from where a person put it. PCK: the share of points that are off by no more than"
                " 5 % of their object's longer side; those of missed objects are not. A click shows the images in which"
                " one is wrong."
            )
        )
        self.table.setAccessibleName(self.tr("Figures by point"))
        self._show()

    def _read(self, seen: Seen) -> None:
        from engine.evaluation.keypoints import point_figures

        self._ask(lambda _: point_figures(seen.evaluation), self._take)

    def _take(self, figures: list[PointFigures]) -> None:
        self._figures = figures
        self._show()

    def _show(self) -> None:
        heads = (
            self.tr("Point"), self.tr("Marked"), self.tr("Object missed"), self.tr("Mean error, px"), "PCK@5 %",
            self.tr("Visibility right"),
        )  # fmt: skip
        fill(
            self.table,
            heads,
            [
                [f"{one.label} · {one.point}", one.count, one.missed, _px(one.error), shown("pck", one.pck),
                 shown("visibility", one.seen)]
                for one in self._figures
            ],
            MOST_ROWS,
        )  # fmt: skip

    def _open(self, at: int) -> None:
        one = self._figures[at]
        self._want(f"{one.label} · {one.point}", one.items)


def _px(value: float | None) -> str:
    return "–" if value is None else QLocale().toString(value, "f", 2)
