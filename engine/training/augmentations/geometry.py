"""Place and form: boxes and what each pixel is follow; what comes from outside of the image is grey."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.images import Pixels
from engine.training.augment import PAD
from engine.training.augmentations.step import Random, Step, about, shaped
from engine.training.samples import Floats, View, visible

Matrix = npt.NDArray[np.float64]
Map = npt.NDArray[np.float32]
ALONG = np.linspace(0, 1, 9, dtype=np.float32)  # points of each edge of a box that is bent
ROUNDS = 12  # of turning a field of shifts round


def warped(view: View, matrix: Matrix) -> View:
    """The view under a (3, 3) matrix of continuous coordinates, in which pixel i reaches from i to i + 1."""
    import cv2

    half = _moved(0.5, 0.5)
    centers = np.linalg.inv(half) @ matrix @ half  # OpenCV counts from the middle of the first pixel
    size = view.pixels.shape[1::-1]
    grey = (PAD, PAD, PAD)
    pixels = shaped(
        cv2.warpPerspective(view.pixels, centers, size, flags=cv2.INTER_LINEAR, borderValue=grey), view.pixels
    )
    classes = view.classes
    if classes is not None:
        classes = np.asarray(cv2.warpPerspective(classes, centers, size, flags=cv2.INTER_NEAREST), np.uint8)
    corners = view.boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]].astype(np.float64)
    found = corners @ matrix[:2, :2].T + matrix[:2, 2]
    return _with_boxes(view, found / (corners @ matrix[2, :2] + matrix[2, 2])[..., None], pixels, classes)


def bent(view: View, dx: Map, dy: Map) -> View:
    """The view with each pixel taken from (dx, dy) px beside it; the shifts (H, W) must be smooth."""
    import cv2

    rows, columns = view.pixels.shape[:2]
    x, y = dx + np.arange(columns, dtype=np.float32), dy + np.arange(rows, dtype=np.float32)[:, None]
    grey = (PAD, PAD, PAD)
    pixels = shaped(cv2.remap(view.pixels, x, y, cv2.INTER_LINEAR, borderValue=grey), view.pixels)
    classes = view.classes
    if classes is not None:
        classes = np.asarray(cv2.remap(classes, x, y, cv2.INTER_NEAREST), np.uint8)
    if not len(view.boxes):
        return replace(view, pixels=pixels, classes=classes)
    edges = _edges(view.boxes)
    points = edges.copy()
    for _ in range(ROUNDS):  # q + d(q) = p, so q = p − d(q)
        at = np.ascontiguousarray((points - 0.5).reshape(1, -1, 2))
        shifts = [cv2.remap(field, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for field in (dx, dy)]
        points = edges - np.stack(shifts, -1).reshape(edges.shape)
    return _with_boxes(view, points, pixels, classes)


def _edges(boxes: Floats) -> Floats:
    """Points along the edges of boxes (G, 4): (G, 36, 2)."""
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    along = low + (high - low) * ALONG[None, :, None]
    sides = [
        np.stack(np.broadcast_arrays(x, y), -1)
        for x, y in (
            (along[..., 0], low[..., 1]),
            (along[..., 0], high[..., 1]),
            (low[..., 0], along[..., 1]),
            (high[..., 0], along[..., 1]),
        )
    ]
    return np.concatenate(sides, 1).astype(np.float32)


def _with_boxes(view: View, points: npt.NDArray[Any], pixels: Pixels, classes: Pixels | None) -> View:
    """The boxes around points (G, K, 2), without those that left the image; a label of the whole image stays."""
    if not len(view.boxes):
        return replace(view, pixels=pixels, classes=classes)
    rows, columns = pixels.shape[:2]
    hulls = np.concatenate([points.min(1), points.max(1)], 1).astype(np.float32)
    boxes, labels = visible(hulls, view.labels, columns, rows)
    return View(pixels, boxes, labels, classes)


def _moved(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def _about_middle(view: View, matrix: Matrix) -> Matrix:
    x, y = view.pixels.shape[1] / 2, view.pixels.shape[0] / 2
    found: Matrix = _moved(x, y) @ matrix @ _moved(-x, -y)
    return found


@dataclass(frozen=True)
class Rotation(Step):
    """Turned by at most ± degrees about the middle."""

    degrees: float = 8.0

    def change(self, view: View, random: Random) -> View:
        """Turned."""
        angle = math.radians(about(random, self.degrees))
        cos, sin = math.cos(angle), math.sin(angle)
        return warped(view, _about_middle(view, np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])))


@dataclass(frozen=True)
class Shear(Step):
    """Slanted by at most ± degrees, both ways."""

    degrees: float = 6.0

    def change(self, view: View, random: Random) -> View:
        """Slanted."""
        x, y = (math.tan(math.radians(about(random, self.degrees))) for _ in "xy")
        return warped(view, _about_middle(view, np.array([[1, x, 0], [y, 1, 0], [0, 0, 1]])))


@dataclass(frozen=True)
class Perspective(Step):
    """A camera that does not look straight down: each corner moved by at most `strength` of the side."""

    strength: float = 0.06

    def change(self, view: View, random: Random) -> View:
        """Seen askew."""
        import cv2

        rows, columns = view.pixels.shape[:2]
        corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
        shifts = random.uniform(-self.strength, self.strength, (4, 2)) * (columns, rows)
        return warped(view, cv2.getPerspectiveTransform(corners, (corners + shifts).astype(np.float32)))


@dataclass(frozen=True)
class Zoom(Step):
    """Larger or smaller about the middle.

    Attributes:
        amount: 0.2 is from 83 % to 120 %.
        stretch: of the width against the height, in the same way.
    """

    amount: float = 0.2
    stretch: float = 0.0

    def change(self, view: View, random: Random) -> View:
        """Enlarged or made smaller; the frame stays."""
        size, form = (math.exp(about(random, math.log1p(amount))) for amount in (self.amount, self.stretch))
        return warped(view, _about_middle(view, np.diag([size * math.sqrt(form), size / math.sqrt(form), 1])))


@dataclass(frozen=True)
class Shift(Step):
    """Moved by at most ± `amount` of the width and of the height."""

    amount: float = 0.1

    def change(self, view: View, random: Random) -> View:
        """Moved by whole pixels."""
        rows, columns = view.pixels.shape[:2]
        return warped(
            view, _moved(round(about(random, self.amount) * columns), round(about(random, self.amount) * rows))
        )


@dataclass(frozen=True)
class Elastic(Step):
    """Bent as rubber (Simard et al. 2003), for parts that give way.

    Attributes:
        strength: shift of a point at most, px.
        size: of a bend, px; larger is smoother.
    """

    strength: float = 6.0
    size: int = 120

    def change(self, view: View, random: Random) -> View:
        """Shifts between the points of a coarse grid, smoothly interpolated."""
        import cv2

        rows, columns = view.pixels.shape[:2]
        grid = max(4, rows // self.size + 3), max(4, columns // self.size + 3)
        # no more than a fifth of a grid step either way, or the surface would fold over
        reach = min(self.strength, 0.2 * min(rows / grid[0], columns / grid[1]))
        coarse = random.uniform(-reach, reach, (2, *grid)).astype(np.float32)
        dx, dy = (cv2.resize(shifts, (columns, rows), interpolation=cv2.INTER_CUBIC) for shifts in coarse)
        return bent(view, np.asarray(dx, np.float32), np.asarray(dy, np.float32))


@dataclass(frozen=True)
class LensDistortion(Step):
    """Barrel or pincushion: the corners move by at most ± `strength` of their distance from the middle."""

    strength: float = 0.08

    def change(self, view: View, random: Random) -> View:
        """Brown's first radial term."""
        rows, columns = view.pixels.shape[:2]
        x, y = (
            np.arange(columns, dtype=np.float32) + 0.5 - columns / 2,
            np.arange(rows, dtype=np.float32) + 0.5 - rows / 2,
        )
        squares = (x * x)[None] + (y * y)[:, None]
        factor = squares * np.float32(about(random, self.strength) * 4 / (rows * rows + columns * columns))
        return bent(view, factor * x[None], factor * y[:, None])
