"""Pictures for the canvas: decoded off the UI thread, ready for neighbours before they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QRect, QRectF, Signal
from PySide6.QtGui import QImage, QPainter

from app.gui.labeling.background import Background
from engine.data.pixels import Adjustment

SMALL = 4_000_000  # px up to which 4 bytes a px are spent for the fastest drawing
KEPT = 160_000_000  # px that may be kept decoded beside the open one

Key = tuple[str, int]  # path, page


@dataclass(frozen=True)
class Picture:
    """A decoded image with halved copies of it, so that far-out views are sharp and quick.

    Attributes:
        levels: as brightness by the picture's own window, or as `baked` says.
        values: the same levels in their full range, (H, W, C).
        window: the values that are black and white when nothing is adjusted.
        adjustment: how the values are shown.
        baked: the levels are adjusted already.
    """

    levels: tuple[QImage, ...] = ()
    problem: str = ""
    values: tuple[Any, ...] = field(default=(), repr=False)
    window: tuple[float, float] = (0.0, 255.0)
    adjustment: Adjustment = field(default_factory=Adjustment)
    baked: bool = False
    memory: Any = field(default=None, repr=False)  # what the levels' pixels belong to

    @property
    def width(self) -> int:
        """In px of the item."""
        return self.levels[0].width() if self.levels else 0

    @property
    def height(self) -> int:
        """In px of the item."""
        return self.levels[0].height() if self.levels else 0

    @property
    def depth(self) -> str:
        """The kind of its values: uint8, uint16 or float32."""
        return str(self.values[0].dtype) if self.values else "uint8"

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colours."""
        return int(self.values[0].shape[2]) if self.values else 1

    @property
    def whole(self) -> bool:
        """Whether all of it is in memory."""
        return bool(self.values)

    def adjusted(self, adjustment: Adjustment) -> Picture:
        """The same picture shown in another way; CLAHE is left to `equalised`."""
        return replace(self, adjustment=adjustment, baked=False)

    def natural(self) -> tuple[float, float]:
        """The values that are black and white when nothing is adjusted."""
        return self.window

    def listen(self, drawn: Callable[[QRectF], None]) -> None:
        """Say from now on which parts (px of the item) look better than before."""

    def finish(self) -> None:
        """Wait for its threads."""

    def leave(self, drawn: Callable[[QRectF], None]) -> None:
        """Say it no more."""

    def sample(self) -> Any:
        """Values of the whole picture, coarse: for histograms."""
        return self.values[-1] if self.values else None

    def value(self, x: int, y: int) -> tuple[float, ...]:
        """What the file has at a px."""
        if not self.values or not (0 <= x < self.width and 0 <= y < self.height):
            return ()
        return tuple(self.values[0][y, x].tolist())

    def part(self, x: int, y: int, w: int, h: int) -> Any:
        """(h, w, 3) uint8 of a part that lies inside, as it looks when nothing is adjusted."""
        from engine.data import pixels

        found = pixels.shown(self.values[0][y : y + h, x : x + w], Adjustment(), self.window)
        return np.repeat(found, 3, axis=2) if found.shape[2] == 1 else found

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
        # whole px of the source, so that panning does not make the picture shimmer, and two more around it: smoothing
        # at the border of a part needs its neighbours
        wanted = QRectF((part.x() - x) * fx, (part.y() - y) * fy, part.width() * fx, part.height() * fy)
        source = wanted.toAlignedRect().adjusted(-2, -2, 2, 2).intersected(image.rect())
        target = QRectF(x + source.x() / fx, y + source.y() / fy, source.width() / fx, source.height() / fy)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth and scale * ratio < 2.0)
        if self.adjustment.plain or self.baked:
            painter.drawImage(target, image, QRectF(source))
        else:
            painter.drawImage(target, self._shown(level, source))

    def _shown(self, level: int, source: QRect) -> QImage:
        from engine.data import pixels

        left, top = source.x(), source.y()
        values = self.values[level][top : top + source.height(), left : left + source.width()]
        return rgb32(pixels.shown(values, self.adjustment, self.window))[0].copy()


def load(path: Path, page: int) -> Picture:
    """Decode a file in its full range, and halve it down. For worker threads."""
    from engine.data import pixels
    from engine.serving.errors import BadImage

    try:
        return from_values(pixels.read(path, page))
    except BadImage as error:
        return Picture(problem=str(error))
    except Exception as error:  # whatever a damaged file does, the page says it and goes on
        return Picture(problem=f"{type(error).__name__}: {error}")


def from_pixels(values: Any) -> Picture:
    """(H, W, 1) or (H, W, 3) uint8 as a picture with its levels."""
    return from_values(values)


def from_values(values: Any) -> Picture:
    """(H, W, 1) or (H, W, 3) of any depth as a picture with its levels.

    numpy, OpenCV and Pillow do the work: unlike QImage they let the UI thread run meanwhile.
    """
    from engine.data import pixels

    each = [np.ascontiguousarray(values)]
    while max(each[-1].shape[:2]) > 768:
        each.append(pixels.halved(each[-1]))
    window = pixels.natural_window(each[-1])
    images, memory = zip(
        *[as_image(pixels.shown(one, Adjustment(), window) if one.dtype != np.uint8 else one) for one in each],
        strict=True,
    )
    return Picture(images, values=tuple(each), window=window, memory=memory)


def equalised(picture: Picture) -> Picture:
    """A picture adjusted with CLAHE, which needs all of it at once. For worker threads."""
    from engine.data import pixels

    adjustment = picture.adjustment
    whole = pixels.equalised(pixels.shown(picture.values[0], adjustment, picture.window), adjustment.clahe)
    made = from_values(whole)
    return replace(picture, levels=made.levels, memory=made.memory, baked=True)


def as_image(pixels: Any) -> tuple[QImage, Any]:
    """Pixels as an image, small ones in the format that is drawn fastest; and the memory that has to live as long."""
    height, width, channels = pixels.shape
    if width * height <= SMALL:
        return rgb32(pixels)
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    pixels = np.ascontiguousarray(pixels)
    return QImage(pixels.data, width, height, width * channels, kind), pixels


def rgb32(pixels: Any) -> tuple[QImage, Any]:
    """Pixels in the format that is drawn fastest, and the memory that has to live as long as the image."""
    height, width = pixels.shape[:2]
    memory = np.empty((height, width, 4), np.uint8)
    memory[:, :, :3] = pixels[:, :, ::-1]
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
        self.tiles: Path | None = None  # where large images are kept by tiles; without it they are decoded whole
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
            tiles = self.tiles
            self._background.ask(key, lambda: _load(Path(key[0]), key[1], tiles), 0 if urgent else 1)

    def forget_failed(self, key: Key) -> None:
        """One that could not be read is read anew when it is asked for: its file may be there again."""
        if key in self._kept and self._kept[key].problem:
            del self._kept[key]

    def only(self, keys: list[Key]) -> None:
        """Ask for these, the first before the others, and forget what was asked for before and has not begun."""
        self._background.keep_only(keys)
        for place, key in enumerate(keys):
            self.ask(key, urgent=place == 0)

    def clear(self) -> None:
        """Forget all pictures."""
        self.only([])
        while self._kept:
            self._forget()

    def finish(self) -> None:
        """Wait for the threads; for the end of the page."""
        self._background.finish()
        for picture in self._kept.values():
            picture.finish()

    def _take(self, key: Key, picture: Picture) -> None:
        from app.gui.labeling.tiled import Large, Store, TiledPicture

        if isinstance(picture, Large):
            picture = TiledPicture(Store(picture))
        self._kept[key] = picture
        while len(self._kept) > 2 and sum(p.width * p.height for p in self._kept.values() if p.whole) > KEPT:
            self._forget()
        while len(self._kept) > 24:
            self._forget()
        self.loaded.emit(key, picture)

    def _forget(self) -> None:
        self._kept.popitem(last=False)[1].finish()


def _load(path: Path, page: int, tiles: Path | None) -> Picture:
    from app.gui.labeling.tiled import look

    found = look(path, page, tiles) if tiles is not None else None
    return found or load(path, page)
