"""The panel that adjusts how the image is shown: histogram with its window, gamma, brightness, contrast, CLAHE, channel."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFrame, QGridLayout, QSlider, QVBoxLayout, QWidget

from app.gui.widgets.controls import button, label, roomy, row
from engine.data.pixels import Adjustment, Window

CHANNELS = (QColor("#e5484d"), QColor("#30a46c"), QColor("#3e82f7"))
GRAB = 10.0  # px around a handle


class Histogram(QWidget):
    """How often values occur, with a handle for black and one for white.

    Signals:
        window_changed: the two values, while a handle is dragged or moved by keys (Shift: the white one).
    """

    window_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(72)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setObjectName("histogram")
        self.line, self.text, self.accent = QColor("#dfe3e8"), QColor("#667085"), QColor("#0b7a75")
        self.bounds: Window = (0.0, 255.0)
        self.window_: Window = (0.0, 255.0)
        self._curves: list[np.ndarray] = []
        self._held = -1

    def show_values(self, counts: np.ndarray | None, bounds: Window, window: Window) -> None:
        """Other values: (channels, bins) counts between bounds."""
        self.bounds, self.window_ = bounds, window
        if counts is not None:
            heights = np.sqrt(counts.astype(float))
            self._curves = list(heights / max(heights[:, 1:-1].max(initial=1.0), 1.0))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        area = self._area()
        left, right = (self._place(value) for value in self.window_)
        tint = QColor(self.accent)
        tint.setAlpha(36)
        painter.fillRect(QRectF(left, area.top(), right - left, area.height()), tint)
        for place, heights in enumerate(self._curves):
            color = QColor(CHANNELS[place] if len(self._curves) > 1 else self.text)
            color.setAlpha(150)
            xs = np.linspace(area.left(), area.right(), len(heights))
            ys = area.bottom() - np.minimum(heights, 1.0) * (area.height() - 4)
            points = [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(QPolygonF([area.bottomLeft(), *points, area.bottomRight()]))
        painter.setPen(QPen(self.line, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        for place, x in enumerate((left, right)):
            painter.setPen(QPen(self.accent, 1.5))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setBrush(QColor("black") if place == 0 else QColor("white"))
            painter.drawEllipse(QPointF(x, area.bottom() + 6), 5, 5)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.accent, 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        distances = [abs(self._place(value) - event.position().x()) for value in self.window_]
        self._held = int(np.argmin(distances))
        if distances[0] == distances[1]:
            self._held = int(event.position().x() > self._place(self.window_[1]))
        self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held >= 0:
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() not in steps:
            super().keyPressEvent(event)
            return
        handle = int(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        by = steps[Qt.Key(event.key())] * (self.bounds[1] - self.bounds[0]) / 255
        self._set(handle, self.window_[handle] + by)

    def _move_to(self, x: float) -> None:
        area = self._area()
        share = (x - area.left()) / area.width()
        self._set(self._held, self.bounds[0] + share * (self.bounds[1] - self.bounds[0]))

    def _set(self, handle: int, value: float) -> None:
        low, high = self.bounds
        least = (high - low) / 512
        value = min(max(value, low), high)
        black, white = self.window_
        window = (min(value, white - least), white) if handle == 0 else (black, max(value, black + least))
        self.window_ = window
        self.update()
        self.window_changed.emit(window)

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(8, 4, -8, -14)

    def _place(self, value: float) -> float:
        area, (low, high) = self._area(), self.bounds
        return area.left() + min(max((value - low) / (high - low), 0.0), 1.0) * area.width()


class AdjustPanel(QFrame):
    """All adjustments of the view.

    Signals:
        changed: an `Adjustment`.
        closed: the person is done with it.
    """

    changed = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("adjust_panel")
        self.setProperty("kind", "card")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFixedWidth(296)
        self.adjustment = Adjustment()
        self._natural: Window = (0.0, 255.0)
        self._filling = False
        self.title = label(kind="heading")
        self.histogram = Histogram()
        self.low, self.high = QDoubleSpinBox(), QDoubleSpinBox()
        self.gamma, self.brightness = _slider(-100, 100), _slider(-100, 100)
        self.contrast, self.clahe = _slider(-100, 100), _slider(0, 80)
        self.channel = QComboBox()
        self.captions = {name: label() for name in ("gamma", "brightness", "contrast", "clahe", "channel")}
        self.figures = {name: label(kind="small") for name in ("gamma", "brightness", "contrast", "clahe")}
        self.automatic, self.full = button("", self._automatic), button("", self._full)
        self.reset, self.close_ = button("", self._reset), button("", self.closed.emit)
        self._build()
        self._connect()
        self.retranslate()

    def retranslate(self) -> None:
        """Take the words of the language."""
        self.title.setText(self.tr("View"))
        self.histogram.setAccessibleName(self.tr("Histogram with the values shown black and white"))
        self.histogram.setToolTip(
            self.tr("Drag the handles: values shown black and white. Keys: ← →, with Shift the white one")
        )
        for name, text in (
            ("gamma", self.tr("Gamma")),
            ("brightness", self.tr("Brightness")),
            ("contrast", self.tr("Contrast")),
            ("clahe", self.tr("Local contrast")),
            ("channel", self.tr("Channel")),
        ):
            self.captions[name].setText(text)
        self.clahe.setToolTip(self.tr("CLAHE: evens out brightness in 8 × 8 fields; of the view alone"))
        self.low.setAccessibleName(self.tr("Value shown black"))
        self.high.setAccessibleName(self.tr("Value shown white"))
        self.automatic.setText(self.tr("Auto"))
        self.automatic.setToolTip(self.tr("All but the darkest and brightest thousandth of this image"))
        self.full.setText(self.tr("Full range"))
        self.reset.setText(self.tr("Reset"))
        self.close_.setText(self.tr("Close"))
        texts = [self.tr("All"), self.tr("Red"), self.tr("Green"), self.tr("Blue")]
        self._filling = True
        kept = max(self.channel.currentIndex(), 0)
        self.channel.clear()
        self.channel.addItems(texts)
        self.channel.setCurrentIndex(kept)
        self._filling = False

    def show_picture(self, counts: np.ndarray | None, bounds: Window, natural: Window, *, local: bool) -> None:
        """Another picture: its histogram between bounds, its own window, whether CLAHE is to be had."""
        self._natural = natural
        self._filling = True
        span = bounds[1] - bounds[0]
        for box in (self.low, self.high):
            box.setDecimals(0 if span > 4 else min(4 + math.ceil(-math.log10(span / 4)), 12))
            box.setRange(bounds[0], bounds[1])
            box.setSingleStep((bounds[1] - bounds[0]) / 255)
        self.histogram.bounds = bounds
        self.histogram.show_values(counts, bounds, self.adjustment.window or natural)
        colours = counts is not None and len(counts) > 1
        self.channel.setVisible(colours)
        self.captions["channel"].setVisible(colours)
        self.clahe.setEnabled(local)
        self._filling = False
        self.show_adjustment(self.adjustment)
        self.adjustSize()

    def show_adjustment(self, adjustment: Adjustment) -> None:
        """Set all controls, without saying that they changed."""
        self.adjustment = adjustment
        window = adjustment.window or self._natural
        self._filling = True
        self.low.setValue(window[0])
        self.high.setValue(window[1])
        self.gamma.setValue(round(np.log2(adjustment.gamma) * 50))
        self.brightness.setValue(adjustment.brightness)
        self.contrast.setValue(adjustment.contrast)
        self.clahe.setValue(round(adjustment.clahe * 10))
        self.channel.setCurrentIndex(adjustment.channel + 1)
        self.histogram.show_values(None, self.histogram.bounds, window)
        self._filling = False
        self.figures["gamma"].setText(f"{adjustment.gamma:.2f}")
        self.figures["brightness"].setText(f"{adjustment.brightness:+d}")
        self.figures["contrast"].setText(f"{adjustment.contrast:+d}")
        self.figures["clahe"].setText(f"{adjustment.clahe:.1f}" if adjustment.clahe else "–")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # what lies below must not be drawn on

    def _take_numbers(self) -> None:
        """The window as it was typed; its own figures rounded are still the picture's own window."""
        if self._filling:
            return
        low, high = self.low.value(), self.high.value()
        step = 10.0 ** -self.low.decimals()
        own = all(abs(a - b) < step for a, b in zip((low, high), self._natural, strict=True))
        self._say(self.adjustment.with_(window=None if own or high <= low else (low, high)))

    def _take(self) -> None:
        if self._filling:
            return
        self._say(
            self.adjustment.with_(
                gamma=round(float(2 ** (self.gamma.value() / 50)), 3),
                brightness=self.brightness.value(),
                contrast=self.contrast.value(),
                clahe=self.clahe.value() / 10,
                channel=self.channel.currentIndex() - 1,
            )
        )

    def _take_window(self, window: Window) -> None:
        self._say(self.adjustment.with_(window=window))

    def _automatic(self) -> None:
        self._say(self.adjustment.with_(window=None))

    def _full(self) -> None:
        self._say(self.adjustment.with_(window=self.histogram.bounds))

    def _reset(self) -> None:
        self._say(Adjustment())

    def _say(self, adjustment: Adjustment) -> None:
        self.show_adjustment(adjustment)
        self.changed.emit(adjustment)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.histogram)
        column.addWidget(row(self.low, self.high))
        column.addWidget(row(self.automatic, self.full))
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for place, (name, slider) in enumerate(self._sliders().items()):
            grid.addWidget(self.captions[name], place, 0)
            grid.addWidget(slider, place, 1)
            grid.addWidget(self.figures[name], place, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.captions["channel"], 4, 0)
        grid.addWidget(self.channel, 4, 1, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(2, 34)
        column.addLayout(grid)
        column.addWidget(row(self.reset, self.close_))
        roomy(self.low, self.high)

    def _connect(self) -> None:
        self.histogram.window_changed.connect(self._take_window)
        for box in (self.low, self.high):
            box.setKeyboardTracking(False)
            box.valueChanged.connect(self._take_numbers)
        for name, slider in self._sliders().items():
            slider.setObjectName(f"view_{name}")
            slider.valueChanged.connect(self._take)
        self.channel.currentIndexChanged.connect(self._take)

    def _sliders(self) -> dict[str, QSlider]:
        return {"gamma": self.gamma, "brightness": self.brightness, "contrast": self.contrast, "clahe": self.clahe}


def _slider(low: int, high: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(low, high)
    slider.setPageStep(10)
    return slider
