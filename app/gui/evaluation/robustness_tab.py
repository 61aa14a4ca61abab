"""How a model stands disturbed pictures: a curve for each disturbance, where it breaks, and the items that go wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QSizePolicy

from app.gui.evaluation.bars import Bar, Bars
from app.gui.evaluation.insights import OF_IMAGES, InsightTab
from app.gui.evaluation.reading import Seen
from app.gui.evaluation.words import disturbance_name, figure_name
from app.gui.widgets.controls import button, label, row

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from app.gui.widgets.curves import Curves
    from engine.evaluation.robustness import Robustness, Strain
    from engine.workspace import Workspace


class RobustnessTab(InsightTab):
    """Signals: measure_wanted, that the job is started."""

    measure_wanted = Signal()
    tasks = OF_IMAGES

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._found: Robustness | None = None
        self.curves: Curves | None = None
        self.text = label("", wrap=True)
        self.measure = button("", self.measure_wanted.emit)
        self.note = label("", "quiet", wrap=True)
        self.bars = Bars(shell.theme.color, "accent")
        self.bars.chosen.connect(self._open)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        head = row(self.text, self.measure)
        for part in (head, self.note, self.bars):
            self.column.addWidget(part)
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.measure.setText(self.tr("Measure robustness"))
        self.measure.setToolTip(self.tr("Look at up to 60 items in 41 states; it takes some minutes"))
        self.note.setText(
            self.tr(
                "How strong each disturbance may get before more than 5 points are lost; a click shows what goes wrong."
            )
        )
        self.bars.setAccessibleName(self.tr("Where the model breaks"))
        self._show()

    def recolor(self) -> None:
        """Take the colours of the theme."""
        if self.curves is not None:
            self.curves.recolor()
        self.bars.update()

    def look_again(self) -> None:
        """A measurement has ended."""
        if self.seen is not None:
            self.show_seen(self.seen)

    def _read(self, seen: Seen) -> None:
        self._ask(lambda workspace: _robustness(workspace, seen), self._take)

    def _take(self, found: Robustness | None) -> None:
        self._found = found
        if found is not None and self.curves is None:
            from app.gui.widgets.curves import Curves

            self.curves = Curves(self.shell.theme.color, (12, -8))
            self.curves.setFixedHeight(240)
            self.column.insertWidget(2, self.curves)
        self._show()

    def _show(self) -> None:
        found = self._found
        for part in (self.note, self.bars, self.curves):
            if part is not None:
                part.setVisible(found is not None)
        if found is None:
            self.text.setText(
                self.tr(
                    "Light, contrast, blur, noise, rotation, JPEG and dirt on the lens: how much of each does the model stand?"
                )
            )
            return
        broken = [strain for strain in found.strains if strain.breaks_at is not None]
        text = self.tr("{0} undisturbed: {1} on {2} items. {3} of {4} disturbances break it.")
        base = QLocale().toString(found.base, "f", 3)
        self.text.setText(text.format(figure_name(found.main), base, found.items, len(broken), len(found.strains)))
        lines = {
            disturbance_name(strain.name): [
                (0.0, found.base),
                *((at + 1.0, one.value) for at, one in enumerate(strain.levels)),
            ]
            for strain in found.strains
        }
        if self.curves is not None:
            self.curves.show_curves(lines, (0.0, 1.0), x_range=(-1.6, 5.0))
        self.bars.show_bars([self._bar(strain, disturbance_name(strain.name)) for strain in found.strains])

    def _bar(self, strain: Strain, name: str) -> Bar:
        held = next((at for at, one in enumerate(strain.levels) if one.level == strain.breaks_at), len(strain.levels))
        if strain.breaks_at is None:
            return Bar(name, held, self.tr("holds to {}").format(_level(strain.levels[-1].level, strain.unit)))
        return Bar(name, held, self.tr("breaks at {}").format(_level(strain.breaks_at, strain.unit)))

    def _open(self, at: int) -> None:
        if self._found is None:
            return
        strain = self._found.strains[at]
        level = next((one for one in strain.levels if one.level == strain.breaks_at), strain.levels[-1])
        heading = self.tr("Goes wrong with {0} {1}")
        self._want(heading.format(disturbance_name(strain.name), _level(level.level, strain.unit)), level.worse)


def _level(level: float, unit: str) -> str:
    text = QLocale().toString(level * 100 if unit == "share" else level, "g", 3)
    return {"×": f"× {text}", "share": f"{text} %", "quality": text}.get(unit, f"{text} {unit}")


def _robustness(workspace: Workspace, seen: Seen) -> Robustness | None:
    from engine.evaluation.results import list_evaluations
    from engine.evaluation.robustness import read_robustness
    from engine.training.models import get_model

    mine = next(row for row in list_evaluations(workspace) if row.id == seen.id)
    folder = get_model(workspace, mine.model_id).folder
    return read_robustness(folder, mine.version_id, mine.split, mine.precision)
