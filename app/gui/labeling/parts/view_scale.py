"""Rulers along the edges of the canvas, the size of a px in a chip, measuring and calibrating."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPen

from app.gui.labeling.actions import Entry
from app.gui.labeling.parts.part import Part
from app.gui.labeling.parts.view_measure import CalibrateDialog, MeasureTool

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem
    from app.gui.labeling.tools.base import Tool
    from engine.changes import Changes
    from engine.labeling.calibration import Scale as PixelSize
    from engine.workspace import Workspace

WIDTH = 20  # px of a ruler
APART = 70  # px between figures


class Scale(Part):
    """What the canvas says about sizes."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.canvas = page.canvas
        self.size: PixelSize | None = None
        self.rulers = str(page.shell.settings.value("labeling/rulers")).lower() == "true"
        self._pointer = QPointF(-1, -1)
        self.measure = MeasureTool(self.canvas, lambda: self.size)
        self.canvas.installEventFilter(self)

    def entries(self) -> Sequence[Entry]:
        return [
            Entry("measure", self.tr("Measure lengths and angles"), ("F9",), "ruler", checkable=True, group="tool"),
            Entry("rulers", self.tr("Rulers"), ("Ctrl+F8",), checkable=True, group="view"),
            Entry("calibrate", self.tr("Size of a pixel…"), ("Shift+F9",)),
        ]

    def tools(self) -> Sequence[Tool]:
        return [self.measure]

    def do(self, name: str) -> None:
        if name == "rulers":
            self.rulers = self.page.acts["rulers"].isChecked()
            self.page.shell.settings.set_value("labeling/rulers", self.rulers)
            self._make_room()
        elif name == "calibrate" and self.page.item_id:
            dialog = CalibrateDialog(self.page, self.measure.length, self.size)
            dialog.accepted.connect(lambda: self.calibrate(dialog.um_per_px, only_this=dialog.only.isChecked()))
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def calibrate(self, um_per_px: float | None, *, only_this: bool) -> None:
        """Say how large a px is, of this image or of all; what is said of all counts for this one too."""
        this = self.page.item_id
        item = this if only_this else None
        forget_own = not only_this and self.size is not None and self.size.own

        def operation(ws: Workspace) -> Changes:
            from engine.labeling.calibration import set_scale

            if forget_own:
                set_scale(ws, None, this)
            return set_scale(ws, um_per_px, item)

        self.page.writer.write(operation, self.tr("Calibrate"), lambda _changes: self._read())

    def retranslate(self) -> None:
        self.page.acts["rulers"].setChecked(self.rulers)
        self._make_room()

    def item_shown(self, found: OpenItem) -> None:
        self._read()

    def closed(self) -> None:
        self._take(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.rulers and isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            before, self._pointer = self._pointer, event.position()
            for at in (before, self._pointer):
                self.canvas.update(round(at.x()) - 2, 0, 4, WIDTH)
                self.canvas.update(0, round(at.y()) - 2, WIDTH, 4)
        return False

    def paint(self, painter: QPainter) -> None:
        if not self.rulers or not self.canvas.picture.levels:
            return
        canvas = self.canvas
        unit, px = ("px", 1.0) if self.size is None else ("mm", 1000 / self.size.um_per_px)
        step = _round_step(APART / (canvas.view.scale * px))
        ground = canvas.chip_ground
        font = QFont(canvas.font())
        font.setPixelSize(10)
        painter.setFont(font)
        painter.fillRect(QRectF(0, 0, canvas.width(), WIDTH), ground)
        painter.fillRect(QRectF(0, WIDTH, WIDTH, canvas.height() - WIDTH), ground)
        painter.setPen(QPen(canvas.chip_text, 1))
        self._paint_across(painter, step, px)
        self._paint_down(painter, step, px)
        painter.fillRect(QRectF(0, 0, WIDTH, WIDTH), canvas.chip_ground)
        painter.setPen(canvas.chip_text)
        painter.drawText(QRectF(0, 0, WIDTH, WIDTH), Qt.AlignmentFlag.AlignCenter, unit)
        painter.setPen(QPen(canvas.look.accent, 1))
        painter.drawLine(QPointF(self._pointer.x(), WIDTH - 10), QPointF(self._pointer.x(), WIDTH))
        painter.drawLine(QPointF(WIDTH - 10, self._pointer.y()), QPointF(WIDTH, self._pointer.y()))

    def _paint_across(self, painter: QPainter, step: float, px: float) -> None:
        view = self.canvas.view
        for value, whole in _ticks(
            view.to_image(QPointF(WIDTH, 0))[0] / px, self.canvas.width() / view.scale / px, step
        ):
            x = round(value * px * view.scale + view.x)
            if x < WIDTH:
                continue
            painter.drawLine(QPointF(x, WIDTH - (10 if whole else 4)), QPointF(x, WIDTH))
            if whole:
                painter.drawText(QPointF(x + 3, 10), f"{value:g}")

    def _paint_down(self, painter: QPainter, step: float, px: float) -> None:
        view = self.canvas.view
        for value, whole in _ticks(
            view.to_image(QPointF(0, WIDTH))[1] / px, self.canvas.height() / view.scale / px, step
        ):
            y = round(value * px * view.scale + view.y)
            if y < WIDTH:
                continue
            painter.drawLine(QPointF(WIDTH - (10 if whole else 4), y), QPointF(WIDTH, y))
            if whole:
                painter.save()
                painter.translate(10, y - 3)
                painter.rotate(-90)
                painter.drawText(QPointF(0, 0), f"{value:g}")
                painter.restore()

    def _make_room(self) -> None:
        self.canvas.edge = WIDTH if self.rulers else 0
        self.canvas.update()

    def _read(self) -> None:
        item = self.page.item_id
        if not item:
            return

        def question(ws: Workspace) -> PixelSize | None:
            from engine.labeling.calibration import scale_of

            return scale_of(ws, item)

        self.page._ask(question, self._take)

    def _take(self, size: PixelSize | None) -> None:
        if size != self.size:
            self.canvas.update()  # rulers and measures, too
        self.size = size
        self.canvas.set_chip("scale", "" if size is None else f"{size.um_per_px:.4g} µm/px")


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that is not below a number."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _ticks(first: float, span: float, step: float) -> list[tuple[float, bool]]:
    """Places of the small marks in a range, and which of them are large ones."""
    begin = math.floor(first / step) * 5
    return [
        (round(number * step / 5, 9), number % 5 == 0)
        for number in range(begin, begin + math.ceil(span / step) * 5 + 6)
    ]
