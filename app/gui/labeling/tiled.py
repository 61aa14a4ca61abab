"""Large images by tiles: the canvas shows what there is, coarse at first, and sharp tiles as threads bring them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QImage, QPainter

from app.gui.labeling.background import Background
from app.gui.labeling.picture import Picture, rgb32
from engine.data import pixels, tiles
from engine.data.pixels import Adjustment
from engine.data.tiles import TILE, Pyramid

KEPT = 160_000_000  # bytes of tiles that are kept as they are drawn
COARSE = 2  # levels from the top that are read at once: they are small

Place = tuple[int, int, int]  # level, row, column


@dataclass(frozen=True)
class Large(Picture):
    """What is known of a large image before anything of it is shown; made in a thread, where no `Store` may be."""

    path: Path = Path()
    page: int = 0
    folder: Path = Path()
    size: tuple[int, int] = (0, 0)
    small: Path = Path()  # where the film strip keeps its small picture


class Store(QObject):
    """The tiles of one image as they are drawn.

    Signals:
        ready: (x, y, w, h) in px of the item, of a tile that is there now.
    """

    ready = Signal(QRectF)

    def __init__(self, image: Large) -> None:
        super().__init__()
        self.image, self.folder, self.size = image, image.folder, image.size
        self.pyramid: Pyramid | None = None
        self.coarse = QImage()  # the film strip's small picture stands in for what is not there
        self._kept: OrderedDict[tuple[Place, Adjustment], tuple[QImage, Any]] = OrderedDict()
        self._bytes = 0
        self._background = Background(2, self)
        self._background.done.connect(self._take)
        self.look()

    @property
    def complete(self) -> bool:
        """Whether the pyramid is made."""
        return self.pyramid is not None and self.pyramid.complete

    @property
    def progress(self) -> float:
        """How much of it is made, 0 … 1."""
        return self.pyramid.progress if self.pyramid is not None else 0.0

    def look(self) -> bool:
        """Find out what there is by now; whether there is more than before."""
        if self.pyramid is None:
            try:
                self.pyramid = Pyramid(self.folder)
            except (OSError, ValueError, KeyError, TypeError):
                return self._look_coarse()
            self.size = self.pyramid.shapes[0][1], self.pyramid.shapes[0][0]
            return True
        fresh = not self.pyramid.complete and self._look_coarse()
        return self.pyramid.look() or fresh

    def _look_coarse(self) -> bool:
        if self.coarse.isNull():
            self.coarse = QImage(str(self.image.small))
            return not self.coarse.isNull()
        return False

    def get(self, place: Place, adjustment: Adjustment, *, wait: bool = False) -> QImage | None:
        """A tile when it is there; else a thread is asked for it, unless it is to be waited for."""
        key = (place, adjustment)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found[0]
        pyramid = self.pyramid
        if pyramid is None or pyramid.tile(*place) is None:
            return None
        if wait:
            self._keep(key, _drawn(pyramid, place, adjustment))
            return self._kept[key][0]
        self._background.ask(key, lambda: _drawn(pyramid, place, adjustment))
        return None

    def forget_asked(self) -> None:
        """What was asked for and has not begun is not needed any more."""
        self._background.keep_only(())

    def finish(self) -> None:
        """Wait for the threads."""
        self._background.finish()

    def _take(self, key: tuple[Place, Adjustment], found: tuple[QImage, Any]) -> None:
        self._keep(key, found)
        level, row, column = key[0]
        side = TILE << level
        self.ready.emit(QRectF(column * side, row * side, side, side))

    def _keep(self, key: tuple[Place, Adjustment], found: tuple[QImage, Any]) -> None:
        self._kept[key] = found
        self._bytes += found[0].sizeInBytes()
        while self._bytes > KEPT and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1][0].sizeInBytes()


class TiledPicture(Picture):
    """A picture whose pixels are on the disk; draws like any other."""

    # A frozen dataclass without fields of its own: what it adds is set here, once.

    def __init__(self, store: Store, adjustment: Adjustment | None = None) -> None:
        super().__init__(adjustment=adjustment or Adjustment())
        object.__setattr__(self, "store", store)
        object.__setattr__(self, "levels", (QImage(1, 1, QImage.Format.Format_RGB32),))

    store: Store

    @property
    def width(self) -> int:
        return self.store.size[0]

    @property
    def height(self) -> int:
        return self.store.size[1]

    @property
    def depth(self) -> str:
        return str(self.store.pyramid.dtype) if self.store.pyramid is not None else "uint8"

    @property
    def channels(self) -> int:
        return self.store.pyramid.channels if self.store.pyramid is not None else 1

    @property
    def whole(self) -> bool:
        return False

    def adjusted(self, adjustment: Adjustment) -> TiledPicture:
        return TiledPicture(self.store, adjustment)

    def listen(self, drawn: Callable[[QRectF], None]) -> None:
        self.store.ready.connect(drawn)

    def leave(self, drawn: Callable[[QRectF], None]) -> None:
        self.store.forget_asked()
        self.store.ready.disconnect(drawn)

    def finish(self) -> None:
        self.store.finish()

    def sample(self) -> Any:
        pyramid = self.store.pyramid
        if pyramid is None or not pyramid.complete:
            return None
        level = len(pyramid.shapes) - 1
        height, width = pyramid.shapes[level]
        return pyramid.region(level, 0, 0, width, height)

    def natural(self) -> tuple[float, float]:
        return self.store.pyramid.window if self.store.pyramid is not None else (0.0, 255.0)

    def value(self, x: int, y: int) -> tuple[float, ...]:
        pyramid = self.store.pyramid
        tile = pyramid.tile(0, y // TILE, x // TILE) if pyramid is not None and x >= 0 and y >= 0 else None
        if tile is None or y % TILE >= tile.shape[0] or x % TILE >= tile.shape[1]:
            return ()
        return tuple(tile[y % TILE, x % TILE].tolist())

    def part(self, x: int, y: int, w: int, h: int) -> Any:
        pyramid = self.store.pyramid
        if pyramid is None:
            return np.zeros((h, w, 3), np.uint8)
        found = pixels.shown(pyramid.region(0, x, y, w, h), Adjustment(), pyramid.window)
        return np.repeat(found, 3, axis=2) if found.shape[2] == 1 else found

    def draw(
        self, painter: QPainter, view_area: QRectF, scale: float, x: float, y: float, *, smooth: bool = True
    ) -> None:
        pyramid = self.store.pyramid
        whole = QRectF(x, y, self.width * scale, self.height * scale)
        part = whole.intersected(view_area)
        if not self.store.complete and not self.store.coarse.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(whole, self.store.coarse)
        if pyramid is None or part.isEmpty():
            return
        ratio = painter.device().devicePixelRatioF()
        level = 0
        while level + 1 < len(pyramid.shapes) and scale * ratio * 2 ** (level + 1) <= 1.0:
            level += 1
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth and scale * ratio < 2.0)
        side = TILE * scale * 2**level
        rows, columns = pyramid.grid(level)
        for row in range(max(0, int((part.top() - y) // side)), min(rows, int((part.bottom() - y) // side) + 1)):
            for column in range(
                max(0, int((part.left() - x) // side)), min(columns, int((part.right() - x) // side) + 1)
            ):
                self._draw_tile(painter, (level, row, column), scale, x, y)

    def _draw_tile(self, painter: QPainter, place: Place, scale: float, x: float, y: float) -> None:
        """A tile, or the part of a coarser one that stands in for it."""
        assert self.store.pyramid is not None
        level, row, column = place
        top = len(self.store.pyramid.shapes) - 1
        image = self.store.get(place, self.adjustment, wait=level > top - COARSE)
        if image is not None:
            side = scale * 2**level
            # half a px more than it needs at the far sides, so that no seam shows
            target = QRectF(
                x + column * TILE * side, y + row * TILE * side, image.width() * side, image.height() * side
            )
            painter.drawImage(target, image)
            return
        for above in range(level + 1, top + 1):
            shift = above - level
            coarse = self.store.get((above, row >> shift, column >> shift), self.adjustment, wait=above > top - COARSE)
            if coarse is None:
                continue
            size = TILE / 2**shift
            left, upper = (column - (column >> shift << shift)) * size, (row - (row >> shift << shift)) * size
            source = QRectF(left, upper, size, size).intersected(QRectF(coarse.rect()))
            unit = scale * 2**above
            target = QRectF(
                x + ((column >> shift) * TILE + left) * unit, y + ((row >> shift) * TILE + upper) * unit,
                source.width() * unit, source.height() * unit,
            )  # fmt: skip
            painter.drawImage(target, coarse, source)
            return


def look(path: Path, page: int, cache: Path) -> Large | None:
    """An image that is too large to be held in memory; None for all others. Reads the header only."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            if page:
                image.seek(page)
            if image.width * image.height < tiles.LARGE:
                return None
            turned = int(image.getexif().get(0x0112, 1) or 1) >= 5
            size = (image.height, image.width) if turned else (image.width, image.height)
    except Exception:  # whatever is wrong with it, decoding says it
        return None
    return Large(
        path=path,
        page=page,
        folder=tiles.folder_of(cache, path, page),
        size=size,
        small=cache.with_name("thumbs") / path.name[:2] / f"{path.name}-{page}-192.jpg",
    )


def _drawn(pyramid: Pyramid, place: Place, adjustment: Adjustment) -> tuple[QImage, Any]:
    values = pyramid.tile(*place)
    assert values is not None
    return rgb32(pixels.shown(np.asarray(values), adjustment, pyramid.window))
