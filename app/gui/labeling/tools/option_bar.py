"""A small bar over the canvas for the size or tolerance of the tool in use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider

from app.gui.labeling.tools import hints
from app.gui.labeling.tools.mask import LARGEST_BRUSH

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas

TOP = 44  # px below the upper edge of the canvas, under the hint
STEPS = 200  # of the slider


class OptionBar(QFrame):
    """Shows a slider while the tool has an option; keys and wheel move it too, and it never takes the focus."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.setObjectName("tool_options")
        self.setProperty("kind", "card")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._canvas = canvas
        self._name = QLabel()
        self._value = QLabel()
        self._value.setProperty("kind", "quiet")
        self._value.setMinimumWidth(48)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setFixedWidth(150)
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(10)
        for widget in (self._name, self.slider, self._value):
            row.addWidget(widget)
        self.slider.valueChanged.connect(self._slid)
        canvas.installEventFilter(self)
        canvas.tool_changed.connect(self.follow)
        canvas.kit.option_changed.connect(self.follow)
        canvas.kit.hint_changed.connect(self.follow)
        self.hide()

    def follow(self, _what: str = "") -> None:
        """Show the option of the tool in use."""
        option = self._canvas.tool.option
        self.setVisible(bool(option))
        if not option:
            return
        value = self._canvas.kit.options[option]
        translate = QCoreApplication.translate
        names = {"brush": translate("Tools", "Size"), "tolerance": translate("Tools", "Tolerance")}
        self._name.setText(names[option])
        self._value.setText(f"{value:.0f} px" if option == "brush" else f"{value:.0f}")
        self.slider.setAccessibleName(names[option])
        self.slider.blockSignals(True)
        self.slider.setValue(_place(option, value))
        self.slider.blockSignals(False)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._arrange()
        return False

    def _arrange(self) -> None:
        self.adjustSize()
        canvas = self._canvas
        lines = len(hints.fold(canvas.hint, QFontMetrics(canvas.look.font), canvas.width() - 60))
        self.move((canvas.width() - self.width()) // 2, int(canvas.edge) + TOP + 26 * max(lines - 1, 0))
        self.raise_()

    def _slid(self, place: int) -> None:
        option = self._canvas.tool.option
        if option:
            self._canvas.kit.set_option(option, _value(option, place))


def _place(option: str, value: float) -> int:
    """Where a value stands on the slider: sizes by their logarithm, since small ones want care."""
    if option == "brush":
        return round(STEPS * math.log(max(value, 1.0)) / math.log(LARGEST_BRUSH))
    return round(STEPS * value / 255)


def _value(option: str, place: int) -> float:
    if option == "brush":
        return float(round(LARGEST_BRUSH ** (place / STEPS)))
    return float(round(255 * place / STEPS))
