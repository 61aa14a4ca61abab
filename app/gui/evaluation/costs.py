"""The card that finds the threshold by what mistakes cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QLocale
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout

from app.gui.evaluation.cost_chart import CostChart, cost_curve
from app.gui.widgets.controls import Card, label, roomy


class CostCard(Card):
    """Two costs, a curve, and a sentence that says what the best threshold means."""

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._points: list[tuple[float, float, float]] = []
        self._served = 0.0
        self.chart = CostChart(colors)
        self.miss, self.false = QDoubleSpinBox(), QDoubleSpinBox()
        roomy(self.miss, self.false)
        self._miss_name, self._false_name = label("", "quiet"), label("", "quiet")
        self.sentence = label("", "quiet", wrap=True)
        for field, value in ((self.miss, 10.0), (self.false, 1.0)):
            field.setRange(0, 1_000_000)
            field.setDecimals(1)
            field.setValue(value)
            field.setMinimumWidth(84)
            field.valueChanged.connect(self._draw)
        row = QHBoxLayout()
        row.setSpacing(8)
        for name, field in ((self._miss_name, self.miss), (self._false_name, self.false)):
            name.setBuddy(field)
            row.addWidget(name)
            row.addWidget(field)
            row.addSpacing(8)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self.chart, 1)
        self.body.addWidget(self.sentence)
        self.retranslate()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.set_heading(self.tr("Threshold by cost"))
        self._miss_name.setText(self.tr("A miss costs"))
        self._false_name.setText(self.tr("a false reject"))
        self._miss_name.setToolTip(self.tr("A defect that is not found (missed)"))
        self._false_name.setToolTip(self.tr("Something sound that is reported as a defect"))
        self.chart.setAccessibleName(self.tr("Cost over the threshold"))
        self._draw()

    def show_points(
        self, points: Sequence[tuple[float, float, float]], served: float, costs: tuple[float, float] | None = None
    ) -> None:
        """Show (threshold, missed, false rejects) counts; `served` is the threshold in use."""
        self._points, self._served = list(points), served
        if costs is not None:
            for field, value in zip((self.miss, self.false), costs, strict=True):
                field.blockSignals(True)
                field.setValue(value)
                field.blockSignals(False)
        self._draw()

    @property
    def cost_now(self) -> float | None:
        """What the mistakes at the served threshold cost on these items."""
        near = min(self._points, key=lambda point: abs(point[0] - self._served), default=None)
        return None if near is None else near[1] * self.miss.value() + near[2] * self.false.value()

    def _draw(self) -> None:
        curve = cost_curve(self._points, self.miss.value(), self.false.value())
        self.chart.show_curve(curve, self.tr("on these items"))
        best = self.chart.best
        if best is None:
            self.sentence.setText(self.tr("This evaluation cannot tell: it has nothing to find or nothing sound."))
            return
        at = QLocale().toString(best[0], "f", 2)
        now = QLocale().toString(self._served, "f", 2)
        self.sentence.setText(
            self.tr(
                "Cheapest at {0}: below it too much that is sound is rejected, above it defects get through. In use: {1}."
            ).format(at, now)
        )
