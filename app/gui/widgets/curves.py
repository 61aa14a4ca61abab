"""Live curves. pyqtgraph is loaded when the first plot is made, not at the start of the program."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

LINE_COLORS = ("#0b7a75", "#D55E00", "#0072B2", "#CC79A7", "#B7791F", "#2B8CC4", "#7A5CC4")
DARK_LINE_COLORS = ("#2dd4bf", "#ff8a4c", "#56B4E9", "#e29ac6", "#f5c04e", "#8fd0f5", "#b39cf0")
KNOWN_COLORS = frozenset(color.casefold() for color in (*LINE_COLORS, *DARK_LINE_COLORS))
STRETCHES = 400  # of a long curve: more than the plot has pixels for
Points = Sequence[tuple[float, float]]


def load_pyqtgraph() -> Any:
    """The plotting library, set up for this window system."""
    os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
    import pyqtgraph

    pyqtgraph.setConfigOptions(antialias=True)
    return pyqtgraph


def _thinned(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """X and y to draw of points (n, 2): of a long curve the lowest and highest of each of some hundred stretches."""
    xs, ys = points.T
    stretch = len(xs) // STRETCHES
    if stretch < 4:
        return xs, ys
    whole = len(xs) // stretch * stretch
    rows = np.where(np.isnan(ys[:whole]), np.inf, ys[:whole]).reshape(-1, stretch)
    low = rows.argmin(1)
    high = np.where(np.isinf(rows), -np.inf, rows).argmax(1)
    starts = np.arange(0, whole, stretch)
    kept = np.zeros(len(xs), np.bool_)  # np.unique would import numpy.ma first, which takes half of what a window may
    kept[[0, -1]] = kept[starts + low] = kept[starts + high] = kept[whole:] = True
    return xs[kept], ys[kept]


class Curves(QWidget):
    """One plot of named curves over steps; its menu copies it as a picture or as data."""

    def __init__(
        self, colors: Callable[[str], QColor], legend: tuple[int, int] = (-8, 4), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        pg = load_pyqtgraph()
        self._pg, self._colors = pg, colors
        self._lines: dict[str, Any] = {}
        self._data: dict[str, list[tuple[float, float]]] = {}
        self._marks: list[Any] = []
        self._marked: list[float] = []
        self.plot = pg.PlotWidget(background=None, enableMenu=False)  # a menu costs 10 ms, and is not shown
        self.plot.setMenuEnabled(False)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.disableAutoRange()  # `_fit` sets it once; else each curve and each resize measures all points again
        self.plot.setMinimumHeight(120)
        self._legend = self.plot.addLegend(offset=legend, labelTextSize="9pt")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self._picture = QAction(self, triggered=self._copy_picture)
        self._table = QAction(self, triggered=self._copy_data)
        for action in (self._picture, self._table):
            self.addAction(action)
        self.plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.retranslate()
        self.recolor()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self._picture.setText(self.tr("Copy as picture"))
        self._table.setText(self.tr("Copy as data"))

    def recolor(self) -> None:
        """Draw axes and curves in the colours of the theme."""
        for index, line in enumerate(self._lines.values()):
            if line.opts["pen"].color().name().casefold() in KNOWN_COLORS:
                line.setPen(self._pg.mkPen(self._line_color(index), width=1))
        quiet, line = self._colors("quiet"), self._colors("line")
        self.plot.setBackground(self._colors("panel"))
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(self._pg.mkPen(line, width=1))
            axis.setTextPen(quiet)
        self._legend.setLabelTextColor(quiet)
        self.plot.showGrid(x=False, y=True, alpha=0.12)

    def show_curves(
        self,
        curves: Mapping[str, Points],
        y_range: tuple[float, float] | None = None,
        x_range: tuple[float, float] | None = None,
        colors: Mapping[str, str] | None = None,
    ) -> None:
        """Show these curves; those that are not named go away. Ranges are fitted when not given."""
        for name in list(self._lines):
            if name not in curves:
                self.plot.removeItem(self._lines.pop(name))
        self._data = {name: list(points) for name, points in curves.items()}
        drawn = {name: np.array(points, np.float64).reshape(-1, 2) for name, points in curves.items()}
        for name, points in drawn.items():
            line = self._lines.get(name)
            if line is None:
                color = (colors or {}).get(name) or self._line_color(len(self._lines))
                line = self._lines[name] = self.plot.plot(name=name, pen=self._pg.mkPen(color, width=1))
            few = len(points) < 40
            line.setSymbol("o" if few else None)
            if few:
                line.setSymbolSize(4)
                line.setSymbolBrush(line.opts["pen"].color())
                line.setSymbolPen(None)
            line.setData(*_thinned(points))
        self._fit(np.concatenate([*drawn.values(), np.empty((0, 2))]), y_range, x_range)

    def mark(self, places: Sequence[float]) -> None:
        """Draw an upright line at each of these places, and no others."""
        if places == self._marked:
            return
        self._marked = list(places)
        for line in self._marks:
            self.plot.removeItem(line)
        pen = self._pg.mkPen(self._colors("warning"), width=1, style=Qt.PenStyle.DashLine)
        self._marks = [self.plot.addLine(x=place, pen=pen) for place in places]

    def _line_color(self, index: int) -> str:
        dark = self._colors("panel").lightness() < 128
        return (DARK_LINE_COLORS if dark else LINE_COLORS)[index % len(LINE_COLORS)]

    def _fit(
        self, points: np.ndarray, y_range: tuple[float, float] | None, x_range: tuple[float, float] | None
    ) -> None:
        points = points[np.isfinite(points).all(1)]  # a loss that is no number is drawn as a gap
        if not len(points):
            return
        (start, least), (end, most) = points.min(0).tolist(), points.max(0).tolist()
        low, high = y_range or (least, most)
        room = (high - low) * 0.08 or 0.1
        left, right = x_range or (start, max(end, start + 1))
        self.plot.setXRange(left, right, padding=0.02)
        self.plot.setYRange(low if y_range else low - room, high if y_range else high + room, padding=0.02)

    def _copy_picture(self) -> None:
        QGuiApplication.clipboard().setPixmap(self.grab())

    def _copy_data(self) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter="\t")
        writer.writerow(["curve", "step", "value"])
        for name, points in self._data.items():
            writer.writerows((name, x, y) for x, y in points)
        QGuiApplication.clipboard().setText(text.getvalue())
