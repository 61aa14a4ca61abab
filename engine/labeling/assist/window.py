"""A square part of an image around a click, brought to a small size, and what can be seen in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.labeling.assist.outlines import Outlines

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Map = NDArray[np.float32]

SIDE = 96  # px of a window, whatever part of the image it shows
MARGIN = 4  # px: what comes closer to the border goes on outside
ODD, EDGES = (2.0, 3.0, 4.5, 6.5, 9.0), (2.0, 3.0, 4.5)  # from when on a pixel is odd, and its gradient that of an edge
GAPS = (0, 1, 2, 4)  # px that are closed


@dataclass(frozen=True)
class Window:
    """`SIDE` × `SIDE` px that show a part of the image from (left, top) on, each as large as `scale` px of the image."""

    pixels: NDArray[np.uint8]
    left: float
    top: float
    scale: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the image is in the window."""
        return (x - self.left) / self.scale, (y - self.top) / self.scale

    @property
    def inside(self) -> tuple[slice, slice]:
        """Rows and columns that show the image; outside of it there is none to show."""
        height, width = self.pixels.shape[:2]
        x0, y0 = (max(0, round(-edge / self.scale)) for edge in (self.left, self.top))
        x1 = min(SIDE, round((width - self.left) / self.scale))
        y1 = min(SIDE, round((height - self.top) / self.scale))
        return slice(y0, y1), slice(x0, x1)

    @cached_property
    def lab(self) -> Map:
        """(SIDE, SIDE, 3) lightness and two colours (CIELAB), without the finest noise."""
        import cv2
        import numpy as np

        part = self.warp(self.pixels, area=True)
        if part.ndim == 2 or part.shape[2] == 1:
            part = np.repeat(part.reshape(SIDE, SIDE, 1), 3, 2)
        lab = cv2.cvtColor(part.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
        return np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.7), np.float32)

    @cached_property
    def gradient(self) -> tuple[Map, Map, Map]:
        """(strength, x, y): strength of all channels in units of its median; x and y of the lightness alike."""
        import cv2
        import numpy as np

        dx, dy = (cv2.Sobel(self.lab, cv2.CV_32F, *order, scale=0.25) for order in ((1, 0), (0, 1)))
        strength = np.sqrt(_weighted(dx * dx + dy * dy, 1, 1, 1))
        unit = np.float32(max(float(np.median(strength[self.inside])), 0.25))
        return np.asarray(strength / unit, np.float32), dx[..., 0] / unit, dy[..., 0] / unit

    @cached_property
    def oddness(self) -> Map:
        """How far a pixel is from what is usual around it, in units of the median of that."""
        import cv2
        import numpy as np

        bytes_of = np.array([[2.55, 0, 0, 0], [0, 1, 0, 128], [0, 0, 1, 128]], np.float32)
        lab = np.clip(cv2.transform(self.lab, bytes_of), 0, 255)
        usual = cv2.medianBlur(lab.astype(np.uint8), 41)
        off = np.sqrt(_weighted(np.square(lab - usual), 1, 4, 4))
        return np.asarray(off / np.float32(max(float(np.median(off[self.inside])), 1.0)), np.float32)

    @cached_property
    def figures(self) -> Map:
        """(9, SIDE, SIDE) what candidates are judged by, 0 outside the image; the first is 1 inside."""
        import numpy as np

        strength, odd, lab = self.gradient[0], self.oddness, self.lab
        figures = np.zeros((9, SIDE, SIDE), np.float32)
        maps = [1, np.minimum(strength, 8), strength > 2.5, np.minimum(odd, 10), odd > 3, *np.moveaxis(lab / 20, 2, 0)]
        for number, one in enumerate(maps):
            figures[number] = one
        figures[8] = figures[5] ** 2
        shown = np.zeros((SIDE, SIDE), bool)
        shown[self.inside] = True
        return figures * shown

    @cached_property
    def running(self) -> NDArray[np.float64]:
        """(SIDE² + 1, 9) sums of the figures of all px before, row after row."""
        import numpy as np

        columns = self.figures.reshape(len(self.figures), -1).T
        sums = np.zeros((SIDE * SIDE + 1, columns.shape[1]))
        np.cumsum(columns, 0, np.float64, out=sums[1:])
        return sums

    @cached_property
    def outlines(self) -> tuple[Outlines, ...]:
        """Of what looks odd, and of what has strong borders."""
        return Outlines(self.oddness, ODD, GAPS), Outlines(self.gradient[0], EDGES, GAPS)

    def likeness(self, x: float, y: float) -> Map:
        """How far each pixel's colour is from that around a place of the window, in lightness steps (CIELAB)."""
        import cv2
        import numpy as np

        row, column = min(max(int(y), 1), SIDE - 2), min(max(int(x), 1), SIDE - 2)
        around = self.lab[row - 1 : row + 2, column - 1 : column + 2].reshape(-1, 3)
        apart = cv2.subtract(self.lab, (*np.median(around, 0).tolist(), 0.0))
        return np.sqrt(_weighted(np.square(apart), 1, 1, 1))

    def warp(self, image: NDArray[Any], *, area: bool = False) -> NDArray[Any]:
        """The part of an image or mask (H, W[, C]) that the window shows, (SIDE, SIDE[, C])."""
        import cv2
        import numpy as np

        whole = round(SIDE * self.scale)
        x, y = round(self.left), round(self.top)
        height, width = image.shape[:2]
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + whole, width), min(y + whole, height)
        part = np.ascontiguousarray(image[y0:y1, x0:x1])
        edges = (y0 - y, y + whole - y1, x0 - x, x + whole - x1)
        if any(edges):
            border = cv2.BORDER_REPLICATE if area else cv2.BORDER_CONSTANT
            part = cv2.copyMakeBorder(part, *edges, border)
        if whole == SIDE:
            return np.asarray(part)
        return np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA))

    def spread(self, mask: Map) -> tuple[NDArray[np.float32], int, int]:
        """Values of the window at the image's own resolution, with their left and top: what lies outside is cut."""
        import cv2
        import numpy as np

        whole = round(SIDE * self.scale)
        x, y = round(self.left), round(self.top)
        large = mask if whole == SIDE else cv2.resize(mask, (whole, whole), interpolation=cv2.INTER_LINEAR)
        height, width = self.pixels.shape[:2]
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + whole, width), min(y + whole, height)
        return np.asarray(large[y0 - y : y1 - y, x0 - x : x1 - x], np.float32), x0, y0


def around(pixels: NDArray[np.uint8], x: float, y: float, scale: float) -> Window:
    """The window with a place of the image in its middle."""
    half = SIDE * scale / 2
    return Window(pixels, float(round(x - half)), float(round(y - half)), scale)


def _weighted(channels: Map, *weights: float) -> Map:
    """The weighted sum (H, W) of the channels (H, W, 3)."""
    import cv2
    import numpy as np

    return np.asarray(cv2.transform(channels, np.array([weights], np.float32)), np.float32).reshape(channels.shape[:2])
