"""Live figures of the old and the new release side by side, each with a small curve of the last minutes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, QTimer
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.gui.widgets.controls import label
from app.gui.widgets.curves import load_pyqtgraph

if TYPE_CHECKING:
    from engine.deployment.live import Look, Side

POINTS = 180  # of a curve: three minutes of looks
NAMES = ("p99", "p50", "rate", "failed", "rejects", "drift", "disagreement")
SHARES = ("rejects", "drift", "disagreement")


class Tile(QWidget):
    """One figure: its name, the new release's value, what to compare it with, and both curves."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self.name, self.value, self.before = label("", "quiet"), label("—", "figure"), label("", "small")
        self.plot: Any = None
        self._lines: list[Any] = []
        self._points: tuple[deque[float], deque[float]] = (deque(maxlen=POINTS), deque(maxlen=POINTS))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part in (self.name, self.value, self.before):
            column.addWidget(part)
        column.addStretch(1)

    def make_plot(self) -> None:
        """Add the curves; some hundredths of a second, which is why the constructor does not."""
        pg = load_pyqtgraph()
        self.plot = pg.PlotWidget(background=None, enableMenu=False)
        self.plot.setFixedHeight(34)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.setAccessibleName(self.name.text())
        for axis in ("left", "bottom"):
            self.plot.hideAxis(axis)
        self._lines = [self.plot.plot(), self.plot.plot()]
        self.layout().addWidget(self.plot)
        self.recolor()
        self._draw()

    def recolor(self) -> None:
        """Draw the curves in the colours of the theme."""
        if self.plot is None:
            return
        self.plot.setBackground(self._colors("panel"))
        for line, color in zip(self._lines, ("quiet", "accent"), strict=True):
            line.setPen(load_pyqtgraph().mkPen(self._colors(color), width=1))

    def show_values(self, old: float | None, new: float | None, text: Callable[[float], str], before: str) -> None:
        """Show the newest values; without a new release the old one's stands large."""
        shown, other = (new, old) if new is not None else (old, None)
        self.value.setText("—" if shown is None else text(shown))
        self.before.setText(before.format(text(other)) if other is not None else "")
        for points, value in zip(self._points, (old, new), strict=True):
            points.append(float("nan") if value is None else value)
        self._draw()

    def _draw(self) -> None:
        for points, line in zip(self._points, self._lines, strict=False):
            line.setData(list(points), connect="finite")

    def forget(self) -> None:
        """Another release begins with empty curves."""
        for points in self._points:
            points.clear()


class Figures(QWidget):
    """All figures that a target gives; those that its task does not know take no room."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self.tiles = {name: Tile(colors) for name in NAMES}
        self._of: tuple[Any, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        for tile in self.tiles.values():
            row.addWidget(tile, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the curves when they are first seen, one in each turn, so that the window answers in between."""
        self._make_next()
        super().showEvent(event)

    def _make_next(self) -> None:
        if tile := next((one for one in self.tiles.values() if one.plot is None), None):
            tile.make_plot()
            QTimer.singleShot(0, self, self._make_next)

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        for name, tile in self.tiles.items():
            text, tip = _texts(name)
            tile.name.setText(text)
            tile.setToolTip(tip)
            if tile.plot is not None:
                tile.plot.setAccessibleName(text)

    def recolor(self) -> None:
        """Follow the theme."""
        for tile in self.tiles.values():
            tile.recolor()

    def show_look(self, look: Look) -> None:
        """Show a target as it was seen."""
        shown = tuple(side.release.id if side else 0 for side in (look.old, look.new))
        if shown != self._of:
            self._of = shown
            for tile in self.tiles.values():
                tile.forget()
        self.setEnabled(True)
        before = (look.old.release.name if look.old else "").replace("{", "{{").replace("}", "}}") + " {}"
        for name, tile in self.tiles.items():
            old, new = _value(look, look.old, name), _value(look, look.new, name)
            if name in ("drift", "disagreement"):
                old = None
            tile.show_values(old, new, _figure(name), before)
            tile.setVisible(name not in SHARES or not (old is None and new is None))
        if (side := look.new or look.old) is not None and side.answers:
            failed = f"{QLocale().toString(side.failed)} / {QLocale().toString(side.requests)}"
            self.tiles["failed"].value.setText(failed)
        if look.new and look.old and look.old.answers:
            failed = f"{QLocale().toString(look.old.failed)} / {QLocale().toString(look.old.requests)}"
            self.tiles["failed"].before.setText(before.format(failed))

    def show_lost(self) -> None:
        """The figures are old: they are drawn as such."""
        self.setEnabled(False)


def _value(look: Look, side: Side | None, name: str) -> float | None:
    if name in ("drift", "disagreement"):
        return look.drift if name == "drift" else look.disagreement
    if side is None or not side.answers:
        return None
    known: dict[str, float | None] = {
        "p99": side.p99_ms, "p50": side.p50_ms, "rate": side.rate, "failed": float(side.failed), "rejects": side.rejects,
    }  # fmt: skip
    return known[name]


def _figure(name: str) -> Callable[[float], str]:
    locale = QLocale()
    if name in SHARES:
        return lambda value: f"{locale.toString(100 * value, 'f', 1)} %"
    if name in ("p50", "p99"):
        return lambda value: f"≤ {locale.toString(value, 'f', 0 if value >= 10 else 1)} ms"
    return lambda value: locale.toString(value, "f", 1 if name == "rate" and value < 100 else 0)


def _texts(name: str) -> tuple[str, str]:
    translate = QCoreApplication.translate
    texts = {
        "p99": (translate("Rollout", "p99 time"), translate("Rollout", "99 of 100 answers of the last 30 s took at most this long, inside the release")),
        "p50": (translate("Rollout", "p50 time"), translate("Rollout", "Half of the answers of the last 30 s took at most this long, inside the release")),
        "rate": (translate("Rollout", "Requests a second"), translate("Rollout", "In the last 30 s")),
        "failed": (translate("Rollout", "Errors"), translate("Rollout", "Answers with a status from 400 on, of all since the release started")),
        "rejects": (translate("Rollout", "Reject rate"), translate("Rollout", "Parts called bad, of all since the release started")),
        "drift": (translate("Rollout", "Score drift"), translate("Rollout", "How far the surest scores of both releases lie apart (Kolmogorov-Smirnov distance)")),
        "disagreement": (translate("Rollout", "Disagreement"), translate("Rollout", "Mean difference of the answers to the same images")),
    }  # fmt: skip
    return texts[name]
