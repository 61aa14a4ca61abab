"""Measuring on the image: a drag measures a length, three clicks an angle; and the dialog that calibrates by a length."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QDoubleSpinBox, QFormLayout, QWidget

from app.gui.labeling.tools.base import SHIFT, THRESHOLD, Pointer, Tool
from app.gui.widgets.controls import label, roomy, row
from engine.labeling import geometry

if TYPE_CHECKING:
    from app.gui.labeling.canvas import Canvas
    from engine.labeling.calibration import Scale

Point = tuple[float, float]


class MeasureTool(Tool):
    """Nothing of the annotations changes; the last measure stays until Escape or another tool."""

    name = "measure"
    drags = True
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas, scale: Callable[[], Scale | None]) -> None:
        super().__init__(canvas)
        self._scale = scale
        self.points: list[Point] = []
        self._start: Pointer | None = None
        self._at: Point | None = None
        self._open = False  # whether a further click goes on

    @property
    def busy(self) -> bool:
        return self._start is not None

    def hint(self) -> str:
        return QCoreApplication.translate(
            "LabelingView", "Drag to measure a length · three clicks measure an angle · Shift: straight"
        )

    @property
    def length(self) -> float:
        """The measured length in px; 0 without one."""
        return math.dist(*self.points) if len(self.points) == 2 else 0.0

    def press(self, pointer: Pointer) -> None:
        self._start = pointer
        if not self._open or len(self.points) >= 3:
            self.points, self._open = [], True
        self.points.append(self._placed(pointer))
        self.canvas.update()

    def move(self, pointer: Pointer, down: bool) -> None:
        self._at = self._placed(pointer)
        self.canvas.update()

    def release(self, pointer: Pointer) -> None:
        start, self._start = self._start, None
        if start is not None and pointer.far_from(start) > 2 * THRESHOLD:
            self.points, self._open = [self.points[-1], self._placed(pointer)], False
        elif len(self.points) == 3:
            self._open = False
        self.canvas.update()

    def finish(self) -> bool:
        done, self._open = self._open, False
        self.canvas.update()
        return done

    def cancel(self) -> bool:
        had, self.points, self._start, self._open = bool(self.points), [], None, False
        self.canvas.update()
        return had

    def left(self) -> None:
        self.cancel()

    def paint(self, painter: QPainter) -> None:
        points = list(self.points)
        if self._open and self._at is not None and 0 < len(points) < 3:
            points.append(self._at)
        if len(points) < 2:
            return
        placed = [self.canvas.view.point(*point) for point in points]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor(0, 0, 0, 170), 4.0), (QColor("#ffffff"), 1.6)):
            painter.setPen(QPen(color, width))
            painter.drawPolyline(QPolygonF(placed))
            for end, other in ((placed[0], placed[1]), (placed[-1], placed[-2])):
                painter.drawLine(*_tick(end, other))
        if len(points) == 3:
            self._paint_angle(painter, placed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        text = self._angle_text(points) if len(points) == 3 else self._length_text(points[0], points[1])
        self.canvas.draw_chip(painter, text, placed[-1] + QPointF(12, 10), bold=True)

    def _paint_angle(self, painter: QPainter, placed: list[QPointF]) -> None:
        middle = placed[1]
        turns = [math.degrees(math.atan2(-(p.y() - middle.y()), p.x() - middle.x())) for p in (placed[0], placed[2])]
        span = (turns[1] - turns[0] + 180) % 360 - 180
        painter.setPen(QPen(self.canvas.look.accent, 2))
        area = QRectF(middle.x() - 22, middle.y() - 22, 44, 44)
        painter.drawArc(area, round(turns[0] * 16), round(span * 16))

    def _length_text(self, a: Point, b: Point) -> str:
        px = math.dist(a, b)
        scale = self._scale()
        size = f"{px:.1f} px"
        return size if scale is None else f"{length_text(scale, px)}  ·  {size}"

    def _angle_text(self, points: list[Point]) -> str:
        one, two = (math.atan2(p[1] - points[1][1], p[0] - points[1][0]) for p in (points[0], points[2]))
        return f"{abs((math.degrees(two - one) + 180) % 360 - 180):.1f}°"

    def _placed(self, pointer: Pointer) -> Point:
        if pointer.has(SHIFT) and self.points:
            return geometry.constrained(pointer.x, pointer.y, *self.points[-1])
        return pointer.x, pointer.y


class CalibrateDialog(QDialog):
    """Asks how long the measured line is, or how large a px is."""

    def __init__(self, parent: QWidget, px: float, scale: Scale | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Size of a pixel"))
        self._px = px
        self.length, self.size = QDoubleSpinBox(), QDoubleSpinBox()
        self.unit = QComboBox()
        self.unit.addItems(["mm", "µm"])
        for box, decimals in ((self.length, 3), (self.size, 4)):
            box.setDecimals(decimals)
            box.setRange(0, 1_000_000)
            roomy(box)
        self.size.setSuffix(" µm/px")
        now = scale.um_per_px if scale is not None else 0.0
        self.size.setValue(now)
        self.length.setValue(px * now / 1000)
        self.only = QCheckBox(self.tr("For this image only"))
        self.only.setChecked(scale is not None and scale.own)
        form = QFormLayout(self)
        form.setVerticalSpacing(12)
        if px:
            remark = self.tr("The measured line is {0} px long.").format(f"{px:.1f}")
            form.addRow(label(remark, kind="quiet", wrap=True))
            form.addRow(self.tr("Its true length"), row(self.length, self.unit))
        else:
            text = self.tr("To calibrate by a known length, measure it first (F9); or type the size of a pixel.")
            form.addRow(label(text, kind="quiet", wrap=True))
        form.addRow(self.tr("Size of a pixel"), self.size)
        form.addRow(self.only)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.forget = buttons.addButton(self.tr("Forget"), QDialogButtonBox.ButtonRole.ResetRole)
        for button in buttons.buttons():
            button.setAutoDefault(False)  # Enter is OK
        buttons.button(QDialogButtonBox.StandardButton.Ok).setDefault(True)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setProperty("kind", "primary")
        self.forget.setEnabled(scale is not None)
        self.forget.setToolTip(self.tr("Lengths are given in pixels again"))
        self.forget.clicked.connect(lambda: (self.size.setValue(0), self.accept()))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        self.length.valueChanged.connect(self._take_length)
        self.unit.currentIndexChanged.connect(self._take_length)
        (self.length if px else self.size).setFocus()

    @property
    def um_per_px(self) -> float | None:
        """What was said; None: forget it."""
        return self.size.value() or None

    def _take_length(self) -> None:
        um = self.length.value() * (1000 if self.unit.currentIndex() == 0 else 1)
        if self._px and um:
            self.size.setValue(um / self._px)


def length_text(scale: Scale, px: float) -> str:
    """A length in µm or mm, as is usual for its size."""
    um = px * scale.um_per_px
    return f"{um:.1f} µm" if um < 1000 else f"{um / 1000:.3f} mm"


def _tick(end: QPointF, other: QPointF) -> tuple[QPointF, QPointF]:
    turn = math.atan2(end.y() - other.y(), end.x() - other.x()) + math.pi / 2
    side = QPointF(math.cos(turn), math.sin(turn)) * 7
    return end - side, end + side
