"""Outlines of what stands out in a map of a window, at several thresholds and with gaps of several widths closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Masks = NDArray[np.uint8]

NEAREST = 2.5  # px: how far from a part a click may be that means it


class Outlines:
    """What is found once in a map (SIDE, SIDE), so that each further click asks only which part is meant."""

    def __init__(self, values: NDArray[np.float32], levels: Sequence[float], gaps: Sequence[int]) -> None:
        self._found = list(_outlines(values, levels, gaps))
        self._shape = values.shape
        self._filled: dict[bytes, list[Masks]] = {}

    def at(self, x: float, y: float) -> Iterator[Masks]:
        """The parts with the place in or near them, filled; once more each without what is thin on it."""
        for boxed in self._found:
            border = _nearest(boxed, x, y)
            if border is not None:
                known = border.tobytes()
                if known not in self._filled:
                    self._filled[known] = _filled(border, self._shape)
                yield from self._filled[known]


def _outlines(
    values: NDArray[np.float32], levels: Sequence[float], gaps: Sequence[int]
) -> Iterator[list[tuple[tuple[int, int, int, int], Any]]]:
    """For each level and gap, if not the same as for the gap before, outer borders with their boxes (x, y, w, h)."""
    import cv2
    import numpy as np

    # closing the gaps of a map of levels is closing the gaps at each level
    steps = np.zeros(values.shape, np.uint8)
    for level in levels:
        steps += values > level
    closed = [_closed(steps, gap) for gap in gaps]
    for level in range(1, len(levels) + 1):
        seen = None
        for image in closed:
            chosen = (image >= level).view(np.uint8)
            if seen is not None and np.array_equal(seen, chosen):
                continue
            seen = chosen
            borders, _ = cv2.findContours(chosen, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
            yield [(cv2.boundingRect(border), border) for border in borders if len(border) >= 3]


def _closed(image: Masks, gap: int) -> Masks:
    import cv2
    import numpy as np

    if not gap:
        return image
    height, width = image.shape
    padded = cv2.copyMakeBorder(image, gap, gap, gap, gap, cv2.BORDER_CONSTANT)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc(gap))
    return np.asarray(closed[gap : gap + height, gap : gap + width], np.uint8)


def _nearest(boxed: list[tuple[tuple[int, int, int, int], Any]], x: float, y: float) -> Any:
    import cv2

    best, nearest = None, -NEAREST
    for (left, top, width, height), border in boxed:
        if left - 3 <= x <= left + width + 3 and top - 3 <= y <= top + height + 3:
            distance = cv2.pointPolygonTest(border, (float(x), float(y)), True)
            if distance > nearest:
                best, nearest = border, distance
    return best


def _filled(border: Any, shape: tuple[int, ...]) -> list[Masks]:
    import cv2
    import numpy as np

    mask = np.zeros(shape, np.uint8)
    cv2.drawContours(mask, [border], -1, 1, cv2.FILLED)
    smooth = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc(2)), np.uint8)
    return [mask, smooth] if smooth.any() else [mask]


@cache
def disc(radius: int) -> NDArray[np.uint8]:
    """A disc for morphology, (2 r + 1) px across."""
    import cv2
    import numpy as np

    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)
