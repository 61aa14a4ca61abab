"""Masks as pictures: decoded in a thread, cropped to their bounds, coloured once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QColor, QImage

from app.gui.labeling.background import Background

if TYPE_CHECKING:
    from engine.data.records import Annotation

LARGEST = 4_000_000  # px of one mask's picture; larger ones are shown coarser
KEPT = 24_000_000  # px that are kept

Key = tuple[str, float, float, float, float, int, bool]
Found = tuple[QImage, QRectF]


class MaskImages(QObject):
    """Pictures of masks by their RLE and colour.

    Signals:
        ready: the bounds (in px of the item) of a mask whose picture is there now.
    """

    ready = Signal(QRectF)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.height = 0  # of the item: RLE runs down its columns
        self._kept: OrderedDict[Key, tuple[QImage, Any]] = OrderedDict()
        self._background = Background(1, self)
        self._background.done.connect(self._take)

    def get(self, shape: Annotation, color: QColor) -> Found | None:
        """A mask's picture and where it lies on the item; None while it is being decoded."""
        if not shape.rle or shape.x is None or shape.y is None or not shape.w or not shape.h or not self.height:
            return None
        key = (shape.rle, shape.x, shape.y, shape.w, shape.h, color.rgb(), shape.origin == "model")
        found = self._kept.get(key)
        if found is None:
            height = self.height
            self._background.ask(key, lambda: _picture(key, height))
            return None
        self._kept.move_to_end(key)
        return found[0], QRectF(*key[1:5])

    def finish(self) -> None:
        """Wait for the thread."""
        self._background.finish()

    def _take(self, key: Key, found: tuple[QImage, Any]) -> None:
        self._kept[key] = found
        while len(self._kept) > 1 and sum(i.width() * i.height() for i, _ in self._kept.values()) > KEPT:
            self._kept.popitem(last=False)
        self.ready.emit(QRectF(*key[1:5]))


def _picture(key: Key, height: int) -> tuple[QImage, Any]:
    """The coloured picture with a firm edge, and the memory it needs."""
    import numpy as np

    text, x, y, w, h, rgb, suggested = key
    step = max(1, int(np.ceil((w * h / LARGEST) ** 0.5)))
    try:
        mask = _sampled(text, height, (int(x), int(y), max(int(w), 1), max(int(h), 1)), step)
    except ValueError:  # a damaged mask is not drawn; the list shows that it is there
        mask = np.zeros((1, 1), bool)
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    alpha = np.where(mask & inner, 60 if suggested else 96, np.where(mask, 235, 0)).astype(np.uint16)
    blue_green_red = np.array([rgb & 255, rgb >> 8 & 255, rgb >> 16 & 255, 255], np.uint16)
    memory = np.ascontiguousarray(alpha[:, :, None] * blue_green_red // 255).astype(np.uint8)
    rows, columns = mask.shape
    return QImage(memory.data, columns, rows, columns * 4, QImage.Format.Format_ARGB32_Premultiplied), memory


def _sampled(text: str, height: int, box: tuple[int, int, int, int], step: int) -> Any:
    """Every `step`th px of a part of a mask as (rows, columns) bool: looks them up in the ends of the runs.

    Raises:
        ValueError: the text is not a mask.
    """
    import numpy as np

    from engine.data import rle

    x, y, w, h = box
    ends = np.cumsum(rle.runs(text))
    places = (np.arange(x, x + w, step)[:, None] * height + np.arange(y, y + h, step)).ravel()
    odd = np.searchsorted(ends, places, side="right") % 2 == 1
    odd &= places < (ends[-1] if len(ends) else 0)
    return np.ascontiguousarray(odd.reshape(-1, len(range(y, y + h, step))).T)
