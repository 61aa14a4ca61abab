"""The parts of the panel of what flows: a picture with its figures, bars, and the field that chooses an item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QIcon, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.gui.modeling.flow_tiles import pixmap
from app.gui.modeling.flow_words import broken_of, figures_of, name_of, number

if TYPE_CHECKING:
    from engine.training.flow import Bar, Shown

Colors = Callable[[str], QColor]
ROW, BARS_WIDTH, LEAST, CARD_WIDTH = 22.0, 168, 64, 168
SUGGEST_AFTER_MS = 200


class Line(QWidget):
    """A line of text that takes no more room than there is; the whole of it is in the tooltip."""

    def __init__(self, text: str, color: QColor) -> None:
        super().__init__()
        self._text, self._color = text, color
        self.setFixedHeight(round(self.fontMetrics().height()) + 2)
        self.setMinimumWidth(CARD_WIDTH)
        self.setToolTip(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._color)
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)


class PictureView(QWidget):
    """A picture as large as its place allows, without changing its proportions."""

    def __init__(self, picture: QPixmap) -> None:
        super().__init__()
        self._picture = picture
        self.setMinimumSize(LEAST, LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(self._picture.width() * 200 // max(1, self._picture.height()), 200)

    def resizeEvent(self, event: object) -> None:
        wide = round(self.height() * self._picture.width() / max(1, self._picture.height()))
        self.setFixedWidth(max(LEAST, min(wide, 640)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(QPointF(0, 0), size.toSizeF())
        shape = QPainterPath()
        shape.addRoundedRect(place, 6, 6)
        painter.setClipPath(shape)
        painter.drawPixmap(place, self._picture, QRectF(self._picture.rect()))


class BarsView(QWidget):
    """Names with values as bars; below zero they go to the left, and what is true has a tick."""

    def __init__(self, bars: Sequence[Bar], tones: Mapping[str, str], colors: Colors) -> None:
        super().__init__()
        self._bars, self._tones, self._colors = list(bars), tones, colors
        self.setMinimumWidth(BARS_WIDTH)
        self.setMinimumHeight(round(ROW * min(len(self._bars), 4)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setToolTip("\n".join(f"{bar.name}: {number(bar.value)}" for bar in self._bars))

    def sizeHint(self) -> QSize:
        return QSize(BARS_WIDTH, round(ROW * len(self._bars)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        count = min(len(self._bars), max(1, int(self.height() // ROW)))
        metrics = QFontMetricsF(self.font())
        names = min(110.0, max(metrics.horizontalAdvance(self._name(bar)) for bar in self._bars[:count]) + 10)
        values = max(metrics.horizontalAdvance(self._value(bar)) for bar in self._bars[:count]) + 8
        room = self.width() - names - values
        lengths = [bar.share if bar.share is not None else bar.value for bar in self._bars]
        low, high = min(0.0, *lengths, 0.0), max([length for length in lengths if length == length] + [1e-9])
        if any(bar.share is not None for bar in self._bars):
            high = 1.0
        for row, (bar, length) in enumerate(list(zip(self._bars, lengths, strict=True))[:count]):
            self._paint_row(painter, row, bar, names, room, (low, high, length))

    def _paint_row(
        self, painter: QPainter, row: int, bar: Bar, names: float, room: float, span: tuple[float, float, float]
    ) -> None:
        low, high, length = span
        zero, scale = names + room * (-low / (high - low)), room / (high - low)
        top = row * ROW
        painter.setPen(self._colors("good" if bar.truth else "text"))
        text = QFontMetricsF(self.font()).elidedText(self._name(bar), Qt.TextElideMode.ElideRight, names - 8)
        painter.drawText(QRectF(0, top, names, ROW), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._tones.get(bar.name, "") or self._colors("accent")))
        end = zero + (length if length == length else 0.0) * scale
        painter.drawRoundedRect(QRectF(min(zero, end), top + 5, max(2.0, abs(end - zero)), ROW - 10), 2, 2)
        painter.setPen(self._colors("quiet"))
        painter.drawText(
            QRectF(names + room, top, self.width() - names - room, ROW),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            self._value(bar),
        )

    @staticmethod
    def _name(bar: Bar) -> str:
        return f"✓ {bar.name}" if bar.truth else bar.name

    @staticmethod
    def _value(bar: Bar) -> str:
        return f"{bar.share * 100:.0f} %" if bar.share is not None else number(bar.value)


class ShownCard(QWidget):
    """One thing that flows: its name, its picture, its bars, its figures."""

    def __init__(
        self, shown: Shown, place: int, count: int, tones: Mapping[str, str], colors: Colors, whose: str = ""
    ) -> None:
        super().__init__()
        self.shown = shown
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        name = name_of(shown, place, count)
        column.addWidget(Line(f"{whose} · {name}" if whose else name, colors("text")))
        row = QHBoxLayout()
        row.setSpacing(10)
        if shown.picture is not None:
            row.addWidget(PictureView(pixmap(shown.picture)))
        if shown.bars:
            row.addWidget(BarsView(shown.bars, tones, colors))
        row.addStretch(1)
        column.addLayout(row, 1)
        for text in figures_of(shown).splitlines():
            column.addWidget(Line(text, colors("quiet")))
        if broken_of(shown):
            column.addWidget(Line(broken_of(shown), colors("bad")))


class ItemPicker(QWidget):
    """The item that flows: back, its name, on; a part of a name and Enter goes to the first item with it."""

    stepped = Signal(int)
    wanted = Signal(str)
    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.back, self.on, self.field = QToolButton(), QToolButton(), QLineEdit()
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.activated.connect(lambda text: self.wanted.emit(str(text)))
        self.field.setCompleter(completer)
        self._timer = QTimer(self, singleShot=True, interval=SUGGEST_AFTER_MS)
        self._timer.timeout.connect(lambda: self.typed.emit(self.field.text()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.back)
        row.addWidget(self.field, 1)
        row.addWidget(self.on)
        for button, step in ((self.back, -1), (self.on, 1)):
            button.setFixedSize(26, 30)
            button.clicked.connect(lambda _=False, step=step: self.stepped.emit(step))
        self.field.returnPressed.connect(lambda: self.wanted.emit(self.field.text()))
        self.field.textEdited.connect(lambda _: self._timer.start())

    def set_icons(self, icon: Callable[[str], QIcon]) -> None:
        """Take the arrows of the theme."""
        self.back.setIcon(icon("chevron-left"))
        self.on.setIcon(icon("chevron-right"))

    def show_name(self, name: str) -> None:
        """The item that is shown."""
        self._timer.stop()
        self.field.setText(name.rpartition("/")[2])
        self.field.setCursorPosition(0)
        self.field.setToolTip(name)

    def suggest(self, names: Sequence[str]) -> None:
        """Offer names for what was typed."""
        self._names.setStringList(list(names))
        if names and self.field.hasFocus():
            self.field.completer().complete()
