"""A map of all items: what looks alike lies together; a lasso chooses items to label or to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from app.gui.data.filters import split_text
from app.gui.operations import curation as operations
from app.gui.widgets.controls import button, label
from app.gui.widgets.curves import load_pyqtgraph
from app.gui.widgets.empty import EmptyState
from app.gui.widgets.errors import ErrorLine
from app.gui.widgets.job_strip import JobStrip

if TYPE_CHECKING:
    from app.gui.shell.shell import Shell
    from engine.curation.map2d import ItemMap
    from engine.workspace import Workspace

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
GROUPS_SHOWN = 12
POINT = 6  # px
FEWEST_OUTLIERS = 5


class MapView(QWidget):
    """Points in the colours of their groups; drag draws a lasso, the wheel zooms, the right button pans.

    Signals:
        opened: the item that was double-clicked.
        label_wanted, show_wanted: items that the lasso holds.
    """

    opened = Signal(int)
    label_wanted = Signal(list)
    show_wanted = Signal(list)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.found: ItemMap | None = None
        self.colors: dict[str, str] = {}
        self.chosen: list[int] = []
        self.coloring = QComboBox()
        self.coloring.setObjectName("map_coloring")
        self.coloring.currentIndexChanged.connect(self._color)
        self.coloring_name, self.remark = label("", "quiet"), label("", "quiet")
        self.count = label("", "quiet")
        self.compare_more = button("", self.compare, "link")
        self.twins, self.odd = button("", self.choose_duplicates, "link"), button("", self.choose_outliers, "link")
        self.show_button = button("", lambda: self.show_wanted.emit(self.chosen))
        self.label_button = button("", lambda: self.label_wanted.emit(self.chosen))
        self.strip, self.error = JobStrip(shell), ErrorLine()
        self.strip.ended.connect(lambda _job, state: self.read() if state == "done" else None)
        self.empty = EmptyState("grid", action=self.compare)
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._plot: Any = None
        self._layers: list[Any] = []
        self._build()
        self.retranslate()
        shell.theme.theme_changed.connect(self._color)

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.coloring_name.setText(self.tr("Colours"))
        names = (
            ("label", self.tr("Label")), ("split", self.tr("Split")), ("state", self.tr("Labelled or not")),
            ("queue", self.tr("Queue")),
        )  # fmt: skip
        chosen = max(self.coloring.currentIndex(), 0)
        self.coloring.blockSignals(True)
        self.coloring.clear()
        for name, text in names:
            self.coloring.addItem(text, name)
        self.coloring.setCurrentIndex(chosen)
        self.coloring.blockSignals(False)
        self.show_button.setText(self.tr("Show these"))
        self.label_button.setText(self.tr("Label these"))
        self.compare_more.setText(self.tr("Compare the new images"))
        self.twins.setText(self.tr("Near-duplicates"))
        self.twins.setToolTip(self.tr("Choose all but one of each group of images that look nearly the same"))
        self.odd.setText(self.tr("Outliers"))
        self.odd.setToolTip(self.tr("Choose the images that are most unlike all others"))
        self.empty.show_text(
            self.tr("No map yet"),
            self.tr("The images are compared once, in the background; then what looks alike lies together here."),
            self.tr("Compare the images"),
            "lineside data duplicates",
        )
        self.strip.retranslate()
        self._color()
        self._say()

    def read(self) -> None:
        """Read the map in the background."""
        if self.shell.workspace is not None:
            self.shell.read(_read, self._take, key="data.map", on_error=self.error.show_error)

    def clear(self) -> None:
        """Keep nothing of the workspace."""
        self.found, self.chosen = None, []
        self.strip.clear()
        self._show_layers([])
        self._stack.setCurrentIndex(0)

    def compare(self) -> None:
        """Embed what is not embedded yet, as a job."""
        title = self.tr("Compare the images")

        def started(job: str) -> None:
            if job:
                self.strip.follow(job, title)
            else:
                self.read()

        self.shell.run(operations.compare(False), title, started, self.error.show_error)

    def choose(self, ring: Sequence[Sequence[float]]) -> None:
        """Choose the items within a line in map coordinates; fewer than three corners choose nothing."""
        from engine.curation.map2d import inside

        self.chosen = []
        if self.found is not None and len(ring) > 2:
            held = inside(self.found.places, np.asarray(ring, np.float64))
            self.chosen = [int(item) for item in self.found.ids[held]]
        self._color()
        self._say()

    def choose_duplicates(self) -> None:
        """Choose what could be left out without a loss: all but the first of each group of near-duplicates."""
        self._choose_found(_duplicates, self.tr("No images look nearly the same."))

    def choose_outliers(self) -> None:
        """Choose the images that lie farthest from their nearest others."""
        self._choose_found(_outliers, self.tr("There are too few images to tell."))

    def _choose_found(self, question: Callable[[Workspace], list[int]], none: str) -> None:
        self.count.setText(self.tr("Comparing…"))

        def take(ids: list[int]) -> None:
            self.chosen = ids
            self._color()
            self._say()
            if not ids:
                self.count.setText(none)

        def failed(error: Exception) -> None:
            self._say()
            self.error.show_error(error)

        self.shell.read(question, take, key="data.map.find", on_error=failed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape chooses nothing, Ctrl+A everything."""
        if event.key() == Qt.Key.Key_Escape and self.chosen:
            self.choose(())
        elif event.key() == Qt.Key.Key_A and event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.found:
            self.chosen = [int(item) for item in self.found.ids]
            self._color()
            self._say()
        else:
            super().keyPressEvent(event)

    def _take(self, answer: tuple[ItemMap, dict[str, str]]) -> None:
        self.found, self.colors = answer
        there = set(self.found.ids.tolist())
        self.chosen = [item for item in self.chosen if item in there]
        self._stack.setCurrentIndex(1 if len(self.found.ids) else 0)
        if len(self.found.ids):
            self._make_plot()
            low, high = self.found.places.min(axis=0), self.found.places.max(axis=0)
            self._plot.setRange(xRange=(low[0], high[0]), yRange=(low[1], high[1]), padding=0.05)
        self._color()
        self._say()

    def _say(self) -> None:
        number = QLocale().toString
        self.count.setText(
            self.tr("{0} chosen").format(number(len(self.chosen)))
            if self.chosen
            else self.tr("Drag a line around points to choose them.")
        )
        for part in (self.show_button, self.label_button):
            part.setEnabled(bool(self.chosen))
        missing = self.found.missing if self.found else 0
        self.compare_more.setVisible(missing > 0 and self.found is not None and len(self.found.ids) > 0)
        if self.found is not None:
            shown = self.tr("{0} images; two principal components, {1} % of the differences")
            self.remark.setText(shown.format(number(len(self.found.ids)), round(100 * self.found.explained)))

    def _color(self) -> None:
        """A layer for each group, the chosen ones on top."""
        if self.found is None or self._plot is None:
            return
        names = np.array(self.found.groups[self.coloring.currentData() or "label"])
        theme = self.shell.theme
        self._plot.setBackground(theme.color("panel"))
        layers, told = [], []
        known = sorted(set(names.tolist()) - {""}, key=lambda name: -int((names == name).sum()))
        for place, name in enumerate(["", *known]):
            held = names == name
            if held.any():
                color = self._color_of(name, place - 1)
                layers.append((self.found.places[held], self.found.ids[held], color, POINT))
                told.append((self._text_of(name), color, int(held.sum())))
        if self.chosen:
            held = np.isin(self.found.ids, self.chosen)
            layers.append((self.found.places[held], self.found.ids[held], theme.color("accent"), POINT + 4))
        self._show_layers(layers)
        self._tell_groups(told)

    def _color_of(self, name: str, place: int) -> QColor:
        if not name:
            return self.shell.theme.color("quiet")
        states = {"labelled": "good", "suggested": "warning", "waiting": "accent", "done": "good", "skipped": "warning"}
        if self.coloring.currentData() in ("state", "queue"):
            return self.shell.theme.color(states.get(name, "quiet"))
        return QColor(self.colors.get(name, PALETTE[place % len(PALETTE)]))

    def _text_of(self, name: str) -> str:
        words = {
            "": self.tr("none"), "(several)": self.tr("several labels"), "labelled": self.tr("labelled"),
            "suggested": self.tr("suggested by a model"), "waiting": self.tr("waiting"), "done": self.tr("done"),
            "skipped": self.tr("skipped"),
        }  # fmt: skip
        return words.get(name) or (split_text(name) if self.coloring.currentData() == "split" else name)

    def _tell_groups(self, told: Sequence[tuple[str, QColor, int]]) -> None:
        from html import escape

        shown = [
            f'<span style="color:{color.name()}">●</span>&nbsp;{escape(name)}&nbsp;{QLocale().toString(count)}'
            for name, color, count in told[:GROUPS_SHOWN]
        ]
        self.legend.setText(" &nbsp; ".join([*shown, "…"] if len(told) > GROUPS_SHOWN else shown))

    def _show_layers(self, layers: Sequence[tuple[Any, Any, QColor, int]]) -> None:
        if self._plot is None:
            return
        pg = load_pyqtgraph()
        for old in self._layers:
            self._plot.removeItem(old)
        self._layers = []
        for places, ids, color, size in layers:
            soft = QColor(color)
            soft.setAlpha(190)
            points = pg.ScatterPlotItem(
                pos=places, size=size, brush=pg.mkBrush(soft), pen=None, data=ids.tolist(), pxMode=True, useCache=True
            )
            self._plot.addItem(points)
            self._layers.append(points)

    def _double_clicked(self, x: float, y: float) -> None:
        for points in reversed(self._layers):
            from PySide6.QtCore import QPointF

            hit = points.pointsAt(QPointF(x, y))
            if len(hit):
                self.opened.emit(int(hit[0].data()))
                return

    def _make_plot(self) -> None:
        if self._plot is None:
            self._plot = make_plot(self.choose, self._double_clicked)
            self._plot.setAccessibleName(self.tr("Map of the images"))
            self._plot_place.addWidget(self._plot)

    def _build(self) -> None:
        top, foot = QHBoxLayout(), QHBoxLayout()
        for part in (self.coloring_name, self.coloring):
            top.addWidget(part)
        top.addWidget(self.remark)
        top.addWidget(self.compare_more)
        top.addStretch(1)
        top.addWidget(self.twins)
        top.addWidget(self.odd)
        foot.addWidget(self.count)
        foot.addStretch(1)
        foot.addWidget(self.show_button)
        foot.addWidget(self.label_button)
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(8)
        column.addLayout(top)
        self._plot_place = QVBoxLayout()
        column.addLayout(self._plot_place, 1)
        column.addWidget(self.legend)
        column.addLayout(foot)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(shown)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.error)
        whole.addWidget(self.strip)
        whole.addLayout(self._stack, 1)


def make_plot(chosen: Callable[[list[tuple[float, float]]], object], opened: Callable[[float, float], object]) -> Any:
    """A plot without axes in which the left button draws a lasso; pyqtgraph is loaded here, when the first map is shown."""
    pg = load_pyqtgraph()

    class LassoBox(pg.ViewBox):  # type: ignore[misc]
        """A view whose left drag is a line around points."""

        def __init__(self) -> None:
            super().__init__(enableMenu=False)
            self.line = pg.PlotCurveItem(pen=pg.mkPen("#2dd4bf", width=1))
            self.ring: list[tuple[float, float]] = []

        def mouseDragEvent(self, event: Any, axis: Any = None) -> None:
            if event.button() != Qt.MouseButton.LeftButton:
                super().mouseDragEvent(event, axis)
                return
            event.accept()
            at = self.mapSceneToView(event.scenePos())
            if event.isStart():
                start = self.mapSceneToView(event.buttonDownScenePos())
                self.ring = [(start.x(), start.y())]
                self.addItem(self.line, ignoreBounds=True)
            self.ring.append((at.x(), at.y()))
            if event.isFinish():
                self.removeItem(self.line)
                chosen(self.ring)
            else:
                xs, ys = zip(*self.ring, self.ring[0], strict=True)
                self.line.setData(list(xs), list(ys))

        def mouseClickEvent(self, event: Any) -> None:
            if event.double() and event.button() == Qt.MouseButton.LeftButton:
                at = self.mapSceneToView(event.scenePos())
                opened(at.x(), at.y())
                event.accept()

    plot = pg.PlotWidget(background=None, viewBox=LassoBox())
    plot.hideButtons()
    for axis in ("left", "bottom"):
        plot.hideAxis(axis)
    plot.setMouseEnabled(x=True, y=True)
    plot.disableAutoRange()
    plot.setMinimumHeight(200)
    return plot


def _read(ws: Workspace) -> tuple[ItemMap, dict[str, str]]:
    from engine.curation.map2d import item_map
    from engine.data.records import read_labels

    return item_map(ws), {entry.name: entry.color for entry in read_labels(ws)}


def _duplicates(ws: Workspace) -> list[int]:
    from engine.curation.similar import gallery, near_duplicates

    found = gallery(ws)
    return [found.item_ids[row] for rows in near_duplicates(found.vectors) for row in rows[1:]]


def _outliers(ws: Workspace) -> list[int]:
    from engine.curation.similar import gallery, outliers

    found = gallery(ws)
    count = min(max(FEWEST_OUTLIERS, len(found.targets) // 50), len(found.targets) // 4)
    return [found.item_ids[row] for row in np.argsort(-outliers(found.vectors))[:count].tolist()]
