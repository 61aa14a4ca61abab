"""Choosing how much simpler outlines shall be, with the result on the canvas meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QDoubleSpinBox, QSlider

from app.gui.widgets.controls import label, roomy, row
from app.gui.widgets.dialog import Dialog
from engine.data.records import Annotation
from engine.labeling import combine

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage

LARGEST = 20.0  # px
STEPS = 100


class SimplifyDialog(Dialog):
    """A slider from exact to coarse; `made` is what the shapes would be."""

    def __init__(self, page: LabelingPage, shapes: Sequence[Annotation], size: tuple[int, int]) -> None:
        super().__init__(page, "", width=420)
        self.page, self.shapes, self.size_ = page, list(shapes), size
        self.made = list(shapes)
        title = self.tr("Simplify")
        self.setWindowTitle(title)
        self.title.setText(title)
        self.text.setText(self.tr("The outline moves by at most this many pixels. The picture shows the result."))
        self.text.show()
        self.accept_button.setText(title)
        self.accept_button.show()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setAccessibleName(self.tr("Tolerance"))
        self.number = QDoubleSpinBox()
        self.number.setRange(0.0, LARGEST)
        self.number.setDecimals(2)
        self.number.setSingleStep(0.25)
        self.number.setSuffix(" px")
        roomy(self.number)
        self.points = label("", "quiet")
        self.body.addWidget(row(self.slider, self.number))
        self.body.addWidget(self.points)
        self.slider.valueChanged.connect(lambda at: self.number.setValue((at / STEPS) ** 2 * LARGEST))
        self.number.valueChanged.connect(self._show)
        kept = page.shell.settings.value("labeling/simplify", 1.0)
        self.number.setValue(float(kept) if str(kept).replace(".", "", 1).isdigit() else 1.0)
        self._show()
        self.finished.connect(self._end)

    def _show(self) -> None:
        tolerance = self.number.value()
        self.slider.blockSignals(True)
        self.slider.setValue(round((tolerance / LARGEST) ** 0.5 * STEPS))
        self.slider.blockSignals(False)
        self.made = [combine.simplify(shape, tolerance, self.size_) for shape in self.shapes]
        before, after = (sum(map(combine.points_of, shapes)) for shapes in (self.shapes, self.made))
        number = QLocale().toString
        self.points.setText(self.tr("{0} points instead of {1}").format(number(after), number(before)))
        self.page.canvas.set_live({shape.id: shape for shape in self.made})

    def _end(self) -> None:
        self.page.shell.settings.set_value("labeling/simplify", self.number.value())
        self.page.canvas.set_live({})
        self.page.canvas.setFocus()
