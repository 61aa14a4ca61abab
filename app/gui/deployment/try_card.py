"""Try an image: choose or drop a file, send it to a target, see what it finds and how long it took."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QTransform,
)
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QListWidget, QSizePolicy, QVBoxLayout, QWidget

from app.gui.widgets.controls import Card, button, label
from app.gui.widgets.errors import ErrorLine
from app.gui.widgets.objects import carried, draw_object, rect_of

LABEL_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
PATTERNS = "*.jpg *.jpeg *.png *.bmp *.tif *.tiff *.webp"
LARGEST = 2048


class ResultView(QWidget):
    """The image with the found boxes on it; takes dropped files."""

    dropped = Signal(str)

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._colors = colors
        self._image = QImage()
        self._size = QSize()
        self._found: list[Mapping[str, Any]] = []
        self._labels: list[str] = []
        self.hint = ""
        self.setAcceptDrops(True)
        self.setMinimumHeight(260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: QImage, size: QSize) -> None:
        """Show a picture; `size` is that of the whole image, whose px the boxes are in."""
        self._image, self._size, self._found = image, size, []
        self.update()

    def show_found(self, found: list[Mapping[str, Any]], labels: list[str], size: QSize) -> None:
        """Draw detections {label, score, box: xyxy}; colours by place in `labels`."""
        self._found, self._labels = found, labels
        if size.isValid():
            self._size = size
        self.update()

    def color_of(self, name: str) -> QColor:
        """The colour of a label."""
        index = self._labels.index(name) if name in self._labels else 0
        return QColor(LABEL_COLORS[index % len(LABEL_COLORS)])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors("image"))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        if self._image.isNull():
            painter.setPen(QPen(self._colors("line"), 1.5, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(10, 10, -10, -10), 8, 8)
            painter.setPen(self._colors("quiet"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.hint)
            return
        area = self._area()
        painter.drawImage(area, self._image)
        factor = area.width() / max(1, self._size.width())
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        for one in self._found:
            to_picture = QTransform.fromTranslate(area.left(), area.top()).scale(factor, factor)
            box = to_picture.mapRect(rect_of(one["box"]))
            color = self.color_of(one["label"])
            painter.setPen(QPen(color, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            draw_object(painter, one["box"], carried(one), to_picture)
            text = f"{one['label']} {one['score']:.2f}"
            tag = QRectF(box.left() - 1, box.top() - 16, QFontMetrics(font).horizontalAdvance(text) + 8, 16)
            tag.moveTop(max(area.top(), tag.top()))
            painter.fillRect(tag, color)
            painter.setPen(QColor("#10151c" if color.lightness() > 130 else "#ffffff"))
            painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files[0])

    def _area(self) -> QRectF:
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRectF(0, 0, size.width(), size.height())
        area.moveCenter(QRectF(self.rect()).center())
        return area


class TryCard(Card):
    """Hidden until `begin`."""

    file_chosen = Signal(str, str)

    def __init__(self, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self.target = ""
        self.view = ResultView(colors)
        self.view.dropped.connect(lambda path: self.file_chosen.emit(self.target, path))
        self.list = QListWidget()
        self.list.setMaximumWidth(300)
        self.list.setMinimumWidth(220)
        self.time = label("", "figure")
        self.time_note = label("", "small", wrap=True)
        self.found = label("", "heading")
        self.error = ErrorLine()
        self.choose, self.close_button = button("", self._choose), button("", self.hide, "flat")
        self.head.addWidget(self.choose)
        self.head.addWidget(self.close_button)
        side = QVBoxLayout()
        side.setSpacing(6)
        for part in (self.time, self.time_note, self.found):
            side.addWidget(part)
        side.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.view, 1)
        row.addLayout(side)
        self.body.addWidget(self.error)
        self.body.addLayout(row, 1)
        self.setMinimumHeight(360)
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Show the texts of the chosen language."""
        self.choose.setText(self.tr("Choose an image…"))
        self.close_button.setText(self.tr("Close"))
        self.view.hint = self.tr("Drop an image here, or choose one")
        self.view.setAccessibleName(self.tr("Image with what was found"))
        self.list.setAccessibleName(self.tr("What was found"))
        if self.target:
            self.set_heading(self.tr("Try an image on {}").format(self.target))

    def begin(self, target: str) -> None:
        """Make ready for a target."""
        self.target = target
        self.error.clear()
        self.view.show_image(QImage(), QSize())
        self.list.clear()
        for part in (self.time, self.time_note, self.found):
            part.setText("")
        self.retranslate()
        self.show()
        self.choose.setFocus()

    def waiting(self, image: QImage, size: QSize, name: str) -> None:
        """The image is on its way."""
        self.error.clear()
        self.view.show_image(image, size)
        self.list.clear()
        self.time.setText("…")
        self.time_note.setText(name)
        self.found.setText("")

    def show_answer(self, answer: Mapping[str, Any]) -> None:
        """Show a prediction as `/predict` gives it, with `round_trip_ms`."""
        locale = QLocale()
        times = answer.get("milliseconds") or {}
        inside = sum(float(value) for name, value in times.items() if name != "total")
        inside = float(times.get("total", inside))
        self.time.setText(f"{locale.toString(inside, 'f', 1)} ms")
        there_and_back = locale.toString(float(answer.get("round_trip_ms", 0)), "f", 0)
        parts = ", ".join(f"{name} {locale.toString(float(value), 'f', 1)}" for name, value in times.items())
        self.time_note.setText(self.tr("on the target; {0} ms there and back").format(there_and_back))
        self.time_note.setToolTip(parts)
        size = answer.get("image") or {}
        self.list.clear()
        if "detections" in answer:
            found = list(answer["detections"])
            labels = sorted({one["label"] for one in found})
            self.view.show_found(found, labels, QSize(int(size.get("width", 0)), int(size.get("height", 0))))
            self.found.setText(self.tr("%n found", "", len(found)))
            for one in found:
                self.list.addItem(f"{one['label']}  {one['score']:.2f}")
        else:
            self.found.setText(f"{answer.get('label', '')}  {float(answer.get('score', 0)):.2f}")

    def fail(self, error: Exception) -> None:
        """Say what went wrong, here."""
        self.time.setText("—")
        self.error.show_error(error)

    def _choose(self) -> None:
        images = self.tr("Images")
        path, _ = QFileDialog.getOpenFileName(
            self, self.tr("Choose an image"), str(Path.home()), f"{images} ({PATTERNS})"
        )
        if path:
            self.file_chosen.emit(self.target, path)
