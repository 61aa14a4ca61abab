"""Intelligent scissors: a line that follows edges from the last click to the mouse.

Mortensen and Barrett, Intelligent Scissors for Image Composition, SIGGRAPH 1995, as OpenCV's `IntelligentScissorsMB` has
it. The ways from a click to all places are laid once, in a part of the image around it; the line to a place is then read
from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 256  # px around a click in which the line follows edges
SNAP = 4  # px within which a click is put on the strongest edge
TOLERANCE = 0.75  # px by which the simplified line may leave the found one


class LiveWire:
    """Lines along the edges of one image (H, W, 1 or 3) uint8. Places are in px of the image."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels
        self._map: Any = None
        self._corner = (0, 0)
        self._size = (0, 0)
        self._start = (0.0, 0.0)

    def anchor(self, x: float, y: float) -> None:
        """Lay the ways from a place."""
        import cv2

        height, width = self._pixels.shape[:2]
        left, top = max(0, int(x) - REACH), max(0, int(y) - REACH)
        right, bottom = min(width, int(x) + REACH), min(height, int(y) + REACH)
        part = np.ascontiguousarray(self._pixels[top:bottom, left:right])
        tool = cv2.segmentation.IntelligentScissorsMB()
        tool.setEdgeFeatureCannyParameters(30, 90)
        tool.setGradientMagnitudeMaxLimit(180)
        tool.applyImage(part[:, :, 0] if part.shape[2] == 1 else part)
        self._corner, self._size, self._start = (left, top), (right - left, bottom - top), (x, y)
        tool.buildMap(self._inside(x, y))
        self._map = tool

    def path(self, x: float, y: float) -> NDArray[np.float64]:
        """The line (N, 2) from the anchor to a place; straight where the place is out of reach."""
        import cv2

        column, row = int(x) - self._corner[0], int(y) - self._corner[1]
        straight = np.array([self._start, (x, y)])
        if self._map is None or not (0 <= column < self._size[0] and 0 <= row < self._size[1]):
            return straight
        found = self._map.getContour((column, row))
        if found is None or len(found) < 3:
            return straight
        line = cv2.approxPolyDP(found.reshape(-1, 1, 2).astype(np.float32), TOLERANCE, False).reshape(-1, 2)
        line = line + np.array(self._corner) + 0.5
        if np.hypot(*(line[0] - self._start)) > np.hypot(*(line[-1] - self._start)):
            line = line[::-1]
        line[0], line[-1] = self._start, (x, y)
        return np.asarray(line, np.float64)

    def nearest_edge(self, x: float, y: float) -> tuple[float, float]:
        """The place of the strongest edge near a place; the place itself where there is none."""
        import cv2

        height, width = self._pixels.shape[:2]
        left, top = max(0, int(x) - SNAP - 2), max(0, int(y) - SNAP - 2)
        right, bottom = min(width, int(x) + SNAP + 3), min(height, int(y) + SNAP + 3)
        part = self._pixels[top:bottom, left:right].astype(np.float32).mean(2)
        if min(part.shape) < 5:
            return x, y
        strength = np.hypot(cv2.Sobel(part, cv2.CV_32F, 1, 0), cv2.Sobel(part, cv2.CV_32F, 0, 1))
        rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
        away = np.hypot(columns + left + 0.5 - x, rows + top + 0.5 - y)
        strength[away > SNAP] = 0
        if strength.max() < 40:
            return x, y
        row, column = np.unravel_index(int((strength / (1 + 0.15 * away)).argmax()), strength.shape)
        return float(column + left) + 0.5, float(row + top) + 0.5

    def _inside(self, x: float, y: float) -> tuple[int, int]:
        column, row = int(x) - self._corner[0], int(y) - self._corner[1]
        return min(max(column, 0), self._size[0] - 1), min(max(row, 0), self._size[1] - 1)
