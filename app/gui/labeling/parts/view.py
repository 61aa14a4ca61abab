"""How the image is shown: adjustments of the view alone, remembered for each workspace and depth; one key resets them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QMouseEvent

from app.gui.labeling.actions import Entry
from app.gui.labeling.background import Background
from app.gui.labeling.parts.part import Part
from app.gui.labeling.parts.view_panel import AdjustPanel
from app.gui.labeling.picture import Picture, equalised
from engine.data import pixels
from engine.data.pixels import Adjustment

if TYPE_CHECKING:
    from app.gui.labeling.page import LabelingPage
    from app.gui.labeling.reading import OpenItem

FRAME_MS = 30  # the view is drawn anew at most this often while a slider moves
PATIENCE = 12  # so many frames a drawing may need before the next one replaces it
THRESHOLD = 4.0  # px before a press of the right button is a drag


class View(Part):
    """The panel, the chip, and dragging with the right button: sideways contrast, up and down brightness."""

    def __init__(self, page: LabelingPage) -> None:
        super().__init__(page)
        self.canvas = page.canvas
        self.adjustments: dict[str, Adjustment] = {}
        self._raw = Picture()
        self._from: QPointF | None = None
        self._window = (0.0, 255.0)
        self._moved = False
        self._waited = 0
        self.panel = AdjustPanel(self.canvas)
        self.panel.hide()
        self.panel.changed.connect(self.adjust)
        self.panel.closed.connect(lambda: self._show_panel(False))
        self._draw = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._draw.timeout.connect(self._show)
        self._work = Background(1, self)
        self._work.done.connect(self._take_equalised)
        self.canvas.develop = self._develop
        self.canvas.installEventFilter(self)

    def entries(self) -> Sequence[Entry]:
        return [
            Entry("adjust_view", self.tr("Brightness, contrast, window"), ("F6",), "sun", checkable=True, group="view"),
            Entry("reset_view", self.tr("Show the image unadjusted"), ("Shift+F6",)),
        ]

    def do(self, name: str) -> None:
        if name == "adjust_view":
            self._show_panel(self.page.acts[name].isChecked())
        elif name == "reset_view":
            self.adjust(Adjustment())

    def retranslate(self) -> None:
        self.panel.retranslate()
        self._say()

    def take_theme(self) -> None:
        color = self.page.shell.theme.color
        histogram = self.panel.histogram
        histogram.line, histogram.text, histogram.accent = color("line"), color("quiet"), color("accent")

    def closed(self) -> None:
        self.adjustments.clear()
        self._raw = Picture()

    def finish(self) -> None:
        self._work.finish()

    def item_shown(self, found: OpenItem) -> None:
        if self.panel.isVisible():
            self._fill_panel()
        self._say()

    @property
    def adjustment(self) -> Adjustment:
        """How pictures of this depth are shown."""
        depth = self._raw.depth
        if depth not in self.adjustments:
            self.adjustments[depth] = Adjustment.from_json(str(self.page.shell.settings.value(self._key(depth)) or ""))
        return self.adjustments[depth]

    def adjust(self, adjustment: Adjustment) -> None:
        """Show pictures of this depth in this way from now on."""
        self.adjustments[self._raw.depth] = adjustment
        self.page.shell.settings.set_value(self._key(self._raw.depth), adjustment.to_json())
        if self.panel.isVisible():
            self.panel.show_adjustment(adjustment)
        self._say()
        if not self._draw.isActive():
            self._waited = 0
            self._draw.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place_panel()
        if isinstance(event, QContextMenuEvent) and event.reason() == QContextMenuEvent.Reason.Mouse:
            return event.spontaneous()  # whether it is a click is known at the release
        if isinstance(event, QMouseEvent):
            return self._right_button(event)
        return False

    def _right_button(self, event: QMouseEvent) -> bool:
        right = Qt.MouseButton.RightButton
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == right and self._raw.levels:
            self._from, self._moved = event.position(), False
            self._window = self.adjustment.window or self._raw.natural()
        elif event.type() == QEvent.Type.MouseMove and self._from is not None and event.buttons() & right:
            self._drag(event.position() - self._from)
            return True
        elif event.type() == QEvent.Type.MouseButtonRelease and event.button() == right:
            begun, self._from = self._from, None
            if begun is not None and not self._moved and event.spontaneous():
                self.canvas.customContextMenuRequested.emit(QPoint(event.position().toPoint()))
        return False

    def _drag(self, moved: QPointF) -> None:
        """As medical viewers do: sideways the width of the window, up and down its level."""
        if not self._moved and moved.manhattanLength() < THRESHOLD:
            return
        self._moved = True
        low, high = self._window
        natural = self._raw.natural()
        least = (natural[1] - natural[0]) / 1000
        width = min(max((high - low) * math.exp(-moved.x() / 200), least), least * 1e6)
        level = (low + high) / 2 + moved.y() / 300 * (high - low)
        self.adjust(self.adjustment.with_(window=(level - width / 2, level + width / 2)))

    def _develop(self, picture: Picture) -> Picture:
        """What the canvas shows of a picture that was loaded."""
        self._raw = picture
        adjusted = picture if self.adjustment.plain else picture.adjusted(self.adjustment)
        self._ask_equalised(adjusted)
        return adjusted

    def _show(self) -> None:
        if not self.canvas.sharp and self._waited < PATIENCE:  # let what is being drawn come to its end
            self._waited += 1
            self._draw.start()
            return
        if self._raw.levels:
            self.canvas.set_picture(self._develop(self._raw))

    def _ask_equalised(self, picture: Picture) -> None:
        if picture.adjustment.clahe and picture.whole:
            self._work.keep_only(())
            self._work.ask((id(self._raw), picture.adjustment), lambda: equalised(picture))

    def _take_equalised(self, key: tuple[int, Adjustment], picture: Picture) -> None:
        if key == (id(self._raw), self.adjustment):
            self.canvas.set_picture(picture)

    def _show_panel(self, visible: bool) -> None:
        self.page.acts["adjust_view"].setChecked(visible)
        if visible:
            self._fill_panel()
            self._place_panel()
        self.panel.setVisible(visible)
        self._say()
        (self.panel.histogram if visible else self.canvas).setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill_panel(self) -> None:
        sample = self._raw.sample()
        self.panel.adjustment = self.adjustment
        if sample is None:
            return
        bounds = pixels.extent(sample)
        counts = pixels.histogram(sample, bounds)
        self.panel.show_picture(counts, bounds, self._raw.natural(), local=self._raw.whole)

    def _place_panel(self) -> None:
        self.panel.adjustSize()
        self.panel.move(12, max(8, self.canvas.height() - self.panel.height() - 48))

    def _say(self) -> None:
        """The chip beside the scale says what is not as the file has it."""
        now, texts = self.adjustment, []
        if now.brightness or now.contrast:
            texts.append(
                self.tr("Brightness {0} · contrast {1}").format(_signed(now.brightness), _signed(now.contrast))
            )
        if now.window:
            texts.append(self.tr("Window {0} – {1}").format(*(f"{value:.4g}" for value in now.window)))
        if now.gamma != 1.0:
            texts.append(f"γ {now.gamma:.2f}")
        if 0 <= now.channel < 3 and self._raw.channels > 1:
            texts.append((self.tr("Red"), self.tr("Green"), self.tr("Blue"))[now.channel])
        if now.clahe:
            texts.append("CLAHE")
        said = texts and self._raw.levels and not self.panel.isVisible()  # the panel says it already
        self.canvas.set_chip("view", " · ".join(texts) if said else "")

    def _key(self, depth: str) -> str:
        workspace = self.page.shell.workspace
        return f"labeling/{workspace.id if workspace is not None else ''}/view_{depth}"


def _signed(value: int) -> str:
    return f"{value:+d}" if value else "0"
