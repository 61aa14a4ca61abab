"""Masks as pixels: parts of an image that are painted, filled, moved and kept as COCO run lengths.

A mask in work is a `Patch`: only the part of the image that it needs, so that a stroke on a 600 MP image costs what the
stroke costs. Masks are (H, W) uint8, 0 or 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from engine.data import rle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.data.records import Annotation

    Floats = NDArray[np.float64]
    Pixels = NDArray[np.uint8]

Rect = tuple[int, int, int, int]  # x, y, w, h in px of the item

ROOM = 256  # px by which a patch grows more than it has to


class Patch:
    """The part of a mask that is worked on; it grows when something is painted outside it.

    Attributes:
        size: width and height of the item in px.
        x, y: where the part begins.
        pixels: (h, w) uint8, 0 or 1; all outside is 0.
    """

    def __init__(self, size: tuple[int, int], x: int = 0, y: int = 0, pixels: Pixels | None = None) -> None:
        self.size = size
        self.x, self.y = x, y
        self.pixels: Pixels = np.zeros((0, 0), np.uint8) if pixels is None else pixels

    @classmethod
    def of(cls, shape: Annotation, size: tuple[int, int]) -> Patch:
        """The pixels of a mask annotation.

        Raises:
            ValueError: the mask is damaged, or belongs to an image of another size.
        """
        if int(rle.runs(shape.rle or "").sum()) != size[0] * size[1]:
            raise ValueError("its mask does not have as many pixels as the image")
        pixels, x, y = cut(shape.rle or "", size[1])
        return cls(size, x, y, pixels)

    @property
    def rect(self) -> Rect:
        """What part of the item it covers."""
        return self.x, self.y, self.pixels.shape[1], self.pixels.shape[0]

    def cover(self, rect: Rect) -> None:
        """Grow until a region is covered, as far as it is inside the item."""
        left, top, right, bottom = _corners(_clipped(rect, self.size))
        if right <= left or bottom <= top:
            return
        mine = _corners(self.rect)
        if self.pixels.size:
            if mine[0] <= left and mine[1] <= top and right <= mine[2] and bottom <= mine[3]:
                return
            left, top = min(left, mine[0]), min(top, mine[1])
            right, bottom = max(right, mine[2]), max(bottom, mine[3])
        grown = _clipped((left - ROOM, top - ROOM, right - left + 2 * ROOM, bottom - top + 2 * ROOM), self.size)
        pixels = np.zeros((grown[3], grown[2]), np.uint8)
        if self.pixels.size:
            height, width = self.pixels.shape
            pixels[mine[1] - grown[1] :, mine[0] - grown[0] :][:height, :width] = self.pixels
        self.x, self.y, self.pixels = grown[0], grown[1], pixels

    def stroke(self, a: tuple[float, float], b: tuple[float, float], radius: float, value: int) -> Rect:
        """Paint (1) or erase (0) with a round brush from a to b; returns the region that may look different."""
        import cv2

        reach = int(radius) + 2
        left, top = int(min(a[0], b[0])) - reach, int(min(a[1], b[1])) - reach
        right, bottom = int(max(a[0], b[0])) + reach + 1, int(max(a[1], b[1])) + reach + 1
        rect = self._reached((left, top, right - left, bottom - top), value)
        if not rect[2] or not rect[3]:
            return rect
        shift, unit = 4, 16
        # pixel (i, j) is the square whose middle is at (i + 0.5, j + 0.5)
        ends = [(round((x - self.x - 0.5) * unit), round((y - self.y - 0.5) * unit)) for x, y in (a, b)]
        size = round(max(radius - 0.5, 0.0) * unit)
        for end in ends:
            cv2.circle(self.pixels, end, size, value, -1, cv2.LINE_8, shift)
        if a != b:
            cv2.line(
                self.pixels, ends[0], ends[1], value, 1, cv2.LINE_8, shift
            )  # also the thinnest brush leaves no gap
            quad = _swept(np.array(ends, np.float64), max(size, unit / 2))
            cv2.fillConvexPoly(self.pixels, quad, value, cv2.LINE_8, shift)
        return rect

    def fill(self, rings: Sequence[Floats], value: int = 1) -> Rect:
        """Paint or erase what rings enclose (even-odd); returns the region that may look different."""
        import cv2

        points = np.concatenate(list(rings))
        left, top = np.floor(points.min(axis=0)).astype(int).tolist()
        right, bottom = (np.ceil(points.max(axis=0)).astype(int) + 1).tolist()
        rect = self._reached((left, top, right - left, bottom - top), value)
        if not rect[2] or not rect[3]:
            return rect
        shift, unit = 4, 16
        here = [np.round((ring - [self.x + 0.5, self.y + 0.5]) * unit).astype(np.int32) for ring in rings]
        cv2.fillPoly(self.pixels, here, value, cv2.LINE_8, shift)
        return rect

    def put(self, pixels: Pixels, x: int, y: int, value: int = 1) -> Rect:
        """Paint or erase where `pixels`, whose corner lies at x, y, are set."""
        rect = self._reached((x, y, pixels.shape[1], pixels.shape[0]), value)
        if rect[2] and rect[3]:
            part = pixels[rect[1] - y :, rect[0] - x :][: rect[3], : rect[2]] > 0
            self.pixels[rect[1] - self.y :, rect[0] - self.x :][: rect[3], : rect[2]][part] = value
        return rect

    def has(self, x: float, y: float) -> bool:
        """Whether the pixel at a point is painted."""
        column, row = int(np.floor(x)) - self.x, int(np.floor(y)) - self.y
        height, width = self.pixels.shape
        return 0 <= column < width and 0 <= row < height and bool(self.pixels[row, column])

    def placed(self, shape: Annotation) -> Annotation | None:
        """The annotation with these pixels and their bounds; None when nothing is painted."""
        left, top, width, height = bounds(self.pixels)
        if not width:
            return None
        part = self.pixels[top : top + height, left : left + width]
        text = join(part, left + self.x, top + self.y, self.size)
        box = {"x": float(left + self.x), "y": float(top + self.y), "w": float(width), "h": float(height)}
        return shape.with_(kind="mask", points=(), rle=text, **box)

    def _reached(self, rect: Rect, value: int) -> Rect:
        """The part of a region that can be changed: all of the item when painting, what is there when erasing."""
        if value:
            self.cover(rect)
        left, top, right, bottom = _corners(rect)
        mine = _corners(self.rect)
        left, top = max(left, mine[0]), max(top, mine[1])
        return left, top, max(0, min(right, mine[2]) - left), max(0, min(bottom, mine[3]) - top)


def cut(text: str, height: int) -> tuple[Pixels, int, int]:
    """The pixels of a mask within its bounds, and where they begin: (h, w) uint8, x, y."""
    if not text:
        return np.zeros((0, 0), np.uint8), 0, 0
    left, top, width, rows = (int(value) for value in rle.bounds(text, height))
    counts = rle.runs(text)
    skip = left * height
    ends = np.clip(np.cumsum(counts) - skip, 0, width * height)
    lengths = np.diff(np.concatenate([[0], ends]))
    values = (np.arange(len(counts)) % 2).astype(np.uint8)
    columns = np.zeros(width * height, np.uint8)
    filled = np.repeat(values, lengths)
    columns[: len(filled)] = filled
    return np.ascontiguousarray(columns.reshape(width, height)[:, top : top + rows].T), left, top


def join(pixels: Pixels, x: int, y: int, size: tuple[int, int]) -> str:
    """The run lengths over a whole item of `size` (width, height) of pixels that lie at x, y; the rest is empty."""
    width, height = size
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + pixels.shape[1], width), min(y + pixels.shape[0], height)
    if right <= left or bottom <= top:
        return rle.compress([width * height])
    part = pixels[top - y : bottom - y, left - x : right - x] != 0
    rows, columns = np.nonzero(part[1:] != part[:-1])
    first, last = np.flatnonzero(part[0]), np.flatnonzero(part[-1])
    column = np.concatenate([columns, first, last]) + left
    row = np.concatenate([rows + 1, np.zeros_like(first), np.full_like(last, bottom - top)]) + top
    place = np.sort(column * height + row)  # down the columns, a start and an end by turns
    again = np.flatnonzero(place[1:] == place[:-1])  # a run that goes on in the next column
    place = np.delete(place, np.concatenate([again, again + 1]))
    counts = np.diff(np.concatenate([[0], place, [width * height]]))
    return rle.text_of(counts[:-1] if counts[-1] == 0 else counts)


def bounds(pixels: Pixels) -> Rect:
    """The part of an array that holds all that is set; of no size when nothing is."""
    import cv2

    if not pixels.size:
        return 0, 0, 0, 0
    x, y, w, h = cv2.boundingRect(pixels)
    return int(x), int(y), int(w), int(h)


def contains(text: str, height: int, x: float, y: float) -> bool:
    """Whether the pixel at a point belongs to a mask."""
    if not text or not 0 <= y < height or x < 0:
        return False
    try:
        ends = _ends(text)
    except ValueError:  # a damaged mask has no pixels
        return False
    place = int(x) * height + int(y)
    return bool(place < ends[-1] and np.searchsorted(ends, place, "right") % 2)


def area(text: str) -> int:
    """How many pixels a mask has."""
    return int(rle.runs(text)[1::2].sum()) if text else 0


def moved(shape: Annotation, dx: float, dy: float, size: tuple[int, int]) -> Annotation:
    """A mask shifted by whole px; what leaves the item is lost. A damaged one stays as it is."""
    pixels, x, y = _whole(shape, size)
    return _placed_or(shape, size, pixels, x + round(dx), y + round(dy))


def stretched(shape: Annotation, box: tuple[float, float, float, float], size: tuple[int, int]) -> Annotation:
    """A mask scaled so that its bounds become a box of whole px."""
    import cv2

    pixels, _, _ = _whole(shape, size)
    if not pixels.size:
        return shape
    wide, high = max(1, round(box[2])), max(1, round(box[3]))
    scaled = np.asarray(cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_NEAREST), np.uint8)
    return _placed_or(shape, size, scaled, round(box[0]), round(box[1]))


def rotated(shape: Annotation, degrees: float, cx: float, cy: float, size: tuple[int, int]) -> Annotation:
    """A mask turned clockwise around a point; what leaves the item is lost."""
    import cv2

    pixels, x, y = _whole(shape, size)
    if not pixels.size:
        return shape
    height, width = pixels.shape
    matrix = cv2.getRotationMatrix2D((0.0, 0.0), -degrees, 1.0)[:, :2]
    center = np.array([cx, cy])
    corners = (np.array([[x, y], [x + width, y], [x, y + height], [x + width, y + height]]) - center) @ matrix.T
    low = np.floor(corners.min(axis=0) + center).astype(int)
    high = np.ceil(corners.max(axis=0) + center).astype(int)
    # from middle of pixel to middle of pixel
    shift = matrix @ (np.array([x + 0.5, y + 0.5]) - center) + center - low - 0.5
    around = np.hstack([matrix, shift[:, None]])
    wide, tall = (max(1, int(value)) for value in high - low)
    turned = np.asarray(cv2.warpAffine(pixels, around, (wide, tall), flags=cv2.INTER_NEAREST), np.uint8)
    return _placed_or(shape, size, turned, int(low[0]), int(low[1]))


def hole_at(patch: Patch, x: float, y: float) -> tuple[Pixels, int, int] | None:
    """The empty region around a point when the mask encloses it: (h, w) 0 or 1, x, y."""
    import cv2

    column, row = int(x) - patch.x, int(y) - patch.y
    height, width = patch.pixels.shape
    if not (0 <= column < width and 0 <= row < height) or patch.pixels[row, column]:
        return None
    rim = np.pad(patch.pixels, 1)  # outside of the patch all is empty
    work = np.zeros((rim.shape[0] + 2, rim.shape[1] + 2), np.uint8)
    cv2.floodFill(rim, work, (column + 1, row + 1), 1, flags=4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8))
    found = work[1:-1, 1:-1]
    if found[0, 0]:
        return None
    return found[1:-1, 1:-1], patch.x, patch.y


def wand(pixels: Pixels, x: int, y: int, tolerance: float) -> Pixels:
    """The connected region of like colour around a pixel: (H, W) 0 or 1.

    A pixel is like the first one when no channel differs by more than `tolerance` (0 to 255).
    """
    import cv2

    image = np.ascontiguousarray(pixels)
    work = np.zeros((image.shape[0] + 2, image.shape[1] + 2), np.uint8)
    limit = (float(tolerance),) * 3
    flags = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
    cv2.floodFill(image, work, (x, y), 0, limit, limit, flags)
    return np.asarray(work[1:-1, 1:-1], np.uint8)


def like(pixels: Pixels, x: int, y: int, tolerance: float) -> Pixels:
    """All pixels of like colour, connected or not: (H, W) 0 or 1."""
    image = pixels.reshape(*pixels.shape[:2], -1).astype(np.int16)
    return np.asarray(np.abs(image - image[y, x]).max(axis=2) <= tolerance, np.uint8)


def _whole(shape: Annotation, size: tuple[int, int]) -> tuple[Pixels, int, int]:
    """The pixels of a mask within its bounds; none of a damaged one."""
    try:
        patch = Patch.of(shape, size)
    except ValueError:
        return np.zeros((0, 0), np.uint8), 0, 0
    return patch.pixels, patch.x, patch.y


def _placed_or(shape: Annotation, size: tuple[int, int], pixels: Pixels, x: int, y: int) -> Annotation:
    patch = Patch(size)
    patch.put(pixels, x, y)
    return patch.placed(shape) or shape


def _swept(ends: Floats, radius: float) -> NDArray[np.int32]:
    """The rectangle between two round ends."""
    along = ends[1] - ends[0]
    across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-9) * radius
    return np.round([ends[0] + across, ends[1] + across, ends[1] - across, ends[0] - across]).astype(np.int32)


def _corners(rect: Rect) -> Rect:
    return rect[0], rect[1], rect[0] + rect[2], rect[1] + rect[3]


def _clipped(rect: Rect, size: tuple[int, int]) -> Rect:
    left, top, right, bottom = _corners(rect)
    left, top = min(max(left, 0), size[0]), min(max(top, 0), size[1])
    return left, top, max(0, min(right, size[0]) - left), max(0, min(bottom, size[1]) - top)


@lru_cache(maxsize=512)
def _ends(text: str) -> NDArray[np.int64]:
    ends: NDArray[np.int64] = np.cumsum(rle.runs(text))
    return ends
