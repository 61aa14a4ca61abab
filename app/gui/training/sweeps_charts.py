"""Charts of a sweep: a line for each trial across all values that were tried, and how much each value decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.training.sweeps_reading import Axis
from app.gui.widgets.curves import load_pyqtgraph


class _Chart(QWidget):
    """A still plot in the colours of the theme."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._pg, self._colors = load_pyqtgraph(), colors
        self.plot = self._pg.PlotWidget(background=None, enableMenu=False)
        self.plot.setMenuEnabled(False)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.setMinimumHeight(110)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)

    def _clear(self) -> None:
        self.plot.clear()
        self.plot.setBackground(self._colors("panel"))
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(self._pg.mkPen(self._colors("line"), width=1))
            axis.setTextPen(self._colors("quiet"))


class ParallelLines(_Chart):
    """Parallel coordinates; a click on a line chooses its trial.

    Attributes:
        lines: the curve of each trial by its number.
    """

    chosen = Signal(int)

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__(colors)
        self.lines: dict[int, Any] = {}
        self._places: dict[int, float] = {}
        self._mark = 0
        self.plot.hideAxis("left")
        self.plot.getAxis("bottom").setHeight(40)

    def show_axes(self, axes: Sequence[Axis], name: Callable[[str], str]) -> None:
        """Draw the trials; the higher the figure (the last axis), the stronger the line."""
        self._clear()
        self._places, self.lines = dict(axes[-1].places) if axes else {}, {}
        for at, axis in enumerate(axes):
            self.plot.addItem(self._pg.InfiniteLine(at, pen=self._pg.mkPen(self._colors("line"), width=1)))
            for place, text in axis.ticks:
                item = self._pg.TextItem(
                    text,
                    color=self._colors("text"),
                    fill=self._colors("panel"),
                    anchor=(1 if at == len(axes) - 1 else 0, 0.5),
                )
                item.setPos(at, place)
                item.setZValue(2)
                self.plot.addItem(item)
        for number in sorted({number for axis in axes for number in axis.places}):
            points = [(at, axis.places[number]) for at, axis in enumerate(axes) if number in axis.places]
            curve = self._pg.PlotCurveItem([x for x, _ in points], [y for _, y in points], antialias=True)
            curve.setClickable(True, width=12)
            curve.sigClicked.connect(lambda *_, number=number: self.chosen.emit(number))
            self.plot.addItem(curve)
            self.lines[number] = curve
        names = [(at, "\n" * (at % 2) + name(axis.key)) for at, axis in enumerate(axes)]  # in two rows, side by side
        self.plot.getAxis("bottom").setTicks([names])
        room = 0.12 * max(1, len(axes) - 1)  # for the names at both ends
        self.plot.setXRange(-room, max(1, len(axes) - 1) + room, padding=0)
        self.plot.setYRange(-0.08, 1.08, padding=0)
        self.mark(self._mark)

    def mark(self, number: int) -> None:
        """Lift one trial out."""
        self._mark = number
        for trial, curve in self.lines.items():
            color = QColor(self._colors("warning" if trial == number else "accent"))
            color.setAlphaF(1.0 if trial == number else 0.2 + 0.7 * self._places.get(trial, 0.0))
            curve.setPen(self._pg.mkPen(color, width=3 if trial == number else 1.4))
            curve.setZValue(1 if trial == number else 0)


class ImportanceBars(_Chart):
    """A bar for each value: its share in how far the trials differ."""

    def show_shares(self, shares: Mapping[str, float], name: Callable[[str], str]) -> None:
        """The largest on top."""
        self._clear()
        order = sorted(shares.items(), key=lambda entry: entry[1])
        places = list(range(len(order)))
        bars = self._pg.BarGraphItem(
            x0=0, y=places, height=0.6, width=[share for _, share in order], brush=self._colors("accent"), pen=None
        )
        self.plot.addItem(bars)
        for place, (_, share) in zip(places, order, strict=True):
            item = self._pg.TextItem(f"{share:.0%}", color=self._colors("quiet"), anchor=(0, 0.5))
            item.setPos(share, place)
            self.plot.addItem(item)
        self.plot.getAxis("left").setTicks(
            [[(place, name(key)) for place, (key, _) in zip(places, order, strict=True)]]
        )
        self.plot.getAxis("bottom").setTicks([[(0, "0 %"), (0.5, "50 %"), (1, "100 %")]])
        self.plot.setXRange(0, 1.12, padding=0)
        self.plot.setYRange(-0.6, max(0.6, len(order) - 0.4), padding=0)
