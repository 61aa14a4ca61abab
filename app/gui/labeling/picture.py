"""Pictures for the canvas: decoded off the UI thread, ready for neighbours before they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QImage, QPainter

from app.gui.labeling.background import Background

SMALL = 4_000_000  # px up to which 4 bytes a px are spent for the fastest drawing
KEPT = 160_000_000  # px that may be kept decoded beside the open one

Key = tuple[str, int]  # path, page


@dataclass(frozen=True)
class Picture:
    """A decoded image with halved copies of it, so that far-out views are sharp and quick."""

    levels: tuple[QImage, ...] = ()
    problem: str = ""
    pixels: Any = field(default=None, repr=False)  # what the levels' memory belongs to

    @property
    def width(self) -> int:
        """In px of the item."""
        return self.levels[0].width() if self.levels else 0

    @property
    def height(self) -> int:
        """In px of the item."""
        return self.levels[0].height() if self.levels else 0

    def draw(
        self, painter: QPainter, view_area: QRectF, scale: float, x: float, y: float, *, smooth: bool = True
    ) -> None:
        """Draw the part that is in `view_area` of the widget; the painter is clipped to it."""
        if not self.levels:
            return
        ratio = painter.device().devicePixelRatioF()
        level = 0
        while level + 1 < len(self.levels) and scale * ratio * 2 ** (level + 1) <= 1.0:
            level += 1
        image = self.levels[level]
        whole = QRectF(x, y, self.width * scale, self.height * scale)
        part = whole.intersected(view_area)
        if part.isEmpty():
            return
        fx, fy = image.width() / whole.width(), image.height() / whole.height()
        # whole px of the source, so that panning does not make the picture shimmer
        source = QRectF((part.x() - x) * fx, (part.y() - y) * fy, part.width() * fx, part.height() * fy)
        # and two more around it: smoothing at the border of a part needs its neighbours
        source = QRectF(source.toAlignedRect().adjusted(-2, -2, 2, 2).intersected(image.rect()))
        target = QRectF(x + source.x() / fx, y + source.y() / fy, source.width() / fx, source.height() / fy)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth and scale * ratio < 2.0)
        painter.drawImage(target, image, source)


def load(path: Path, page: int) -> Picture:
    """Decode a file as the models see it, and halve it down. For worker threads."""
    from engine.serving.errors import BadImage
    from engine.serving.images import decode

    try:
        return from_pixels(decode(path, page))
    except BadImage as error:
        return Picture(problem=str(error))
    except Exception as error:  # whatever a damaged file does, the page says it and goes on
        return Picture(problem=f"{type(error).__name__}: {error}")


def from_pixels(pixels: Any) -> Picture:
    """(H, W, 1) or (H, W, 3) uint8 as a picture with its levels.

    numpy and Pillow do the work: unlike QImage they let the UI thread run meanwhile.
    """
    import numpy as np
    from PIL import Image

    array = np.ascontiguousarray(pixels)
    height, width, channels = array.shape
    if width * height <= SMALL:
        first, memory = _rgb32(array)
    else:
        kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
        first, memory = QImage(array.data, width, height, width * channels, kind), array
    levels, kept = [first], [memory]
    small = Image.fromarray(array[:, :, 0] if channels == 1 else array)
    while max(small.size) > 768:
        small = small.reduce(2)
        image, memory = _rgb32(np.asarray(small))
        levels.append(image)
        kept.append(memory)
    return Picture(tuple(levels), pixels=kept)


def _rgb32(array: Any) -> tuple[QImage, Any]:
    """Pixels in the format that is drawn fastest, and the memory that has to live as long as the image."""
    import numpy as np

    height, width = array.shape[:2]
    memory = np.empty((height, width, 4), np.uint8)
    memory[:, :, :3] = array[:, :, ::-1] if array.ndim == 3 else array[:, :, None]
    memory[:, :, 3] = 255
    return QImage(memory.data, width, height, width * 4, QImage.Format.Format_RGB32), memory


class PictureLoader(QObject):
    """Loads pictures in threads and keeps the latest; `loaded` comes in the UI thread.

    Signals:
        loaded: (key, picture), once for each picture that was asked for.
    """

    loaded = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[Key, Picture] = OrderedDict()
        self._background = Background(2, self)
        self._background.done.connect(self._take)

    def get(self, key: Key) -> Picture | None:
        """The picture, when it is there already."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def ask(self, key: Key, *, urgent: bool = False) -> None:
        """Have it loaded; urgent ones overtake those that are loaded for later."""
        if key not in self._kept:
            self._background.ask(key, lambda: load(Path(key[0]), key[1]), 0 if urgent else 1)

    def only(self, keys: list[Key]) -> None:
        """Ask for these, the first before the others, and forget what was asked for before and has not begun."""
        self._background.keep_only(keys)
        for place, key in enumerate(keys):
            self.ask(key, urgent=place == 0)

    def clear(self) -> None:
        """Forget all pictures."""
        self.only([])
        self._kept.clear()

    def finish(self) -> None:
        """Wait for the threads; for the end of the page."""
        self._background.finish()

    def _take(self, key: Key, picture: Picture) -> None:
        self._kept[key] = picture
        while len(self._kept) > 2 and sum(p.width * p.height for p in self._kept.values()) > KEPT:
            self._kept.popitem(last=False)
        while len(self._kept) > 24:
            self._kept.popitem(last=False)
        self.loaded.emit(key, picture)
