"""What lies over a part: patches that hide it, dirt on the lens, scratches. What is hidden is not to be learnt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.modeling.nets import IGNORED
from engine.serving.images import Pixels
from engine.training.augment import PAD
from engine.training.augmentations.light import lit
from engine.training.augmentations.step import PixelStep, Random, Step
from engine.training.keypoints import HIDDEN
from engine.training.samples import VISIBLE, View


def hidden(view: View, mask: npt.NDArray[np.bool_]) -> View:
    """The view with a mask (H, W) greyed; objects hidden for the most part are gone, hidden pixels are not learnt."""
    pixels = view.pixels.copy()
    pixels[mask] = PAD
    classes = view.classes
    if classes is not None:
        classes = np.where(mask, np.uint8(IGNORED), classes)
    seen = replace(view, pixels=pixels, classes=classes, points=_covered(view.points, mask))
    if not len(view.boxes):
        return seen
    return seen.only(np.array([_share(mask, box) <= VISIBLE for box in view.boxes]))


def _covered(points: npt.NDArray[np.float32] | None, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32] | None:
    """Points of which those under a mask are hidden, where they were visible."""
    if points is None:
        return None
    rows, columns = mask.shape
    x, y = (np.floor(points[..., axis]).astype(int) for axis in (0, 1))
    inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    under = inside & mask[y.clip(0, rows - 1), x.clip(0, columns - 1)]
    found = points.copy()
    found[under, 2] = np.minimum(found[under, 2], HIDDEN)
    return found


def _share(mask: npt.NDArray[np.bool_], box: npt.NDArray[np.float32]) -> float:
    left, top = (math.floor(value) for value in box[:2].clip(0))
    right, bottom = (math.ceil(value) for value in box[2:])
    under = mask[top : max(bottom, top + 1), left : max(right, left + 1)]
    return float(under.mean()) if under.size else 0.0


@dataclass(frozen=True)
class Erase(Step):
    """Patches hidden (Zhong et al. 2020; DeVries & Taylor 2017).

    Attributes:
        count: patches at most.
        size: side of a patch at most, share of the image's side.
    """

    count: int = 2
    size: float = 0.2

    def change(self, view: View, random: Random) -> View:
        """Greyed rectangles."""
        sides = np.array(view.pixels.shape[:2])
        mask = np.zeros(sides, np.bool_)
        for _ in range(int(random.integers(1, self.count + 1))):
            size = np.maximum(1, sides * random.uniform(0.25, 1, 2) * self.size).astype(int)
            top, left = (random.random(2) * (sides - size + 1)).astype(int)
            mask[top : top + size[0], left : left + size[1]] = True
        return hidden(view, mask)


@dataclass(frozen=True)
class GridMask(Step):
    """A grid of squares hidden (Chen et al. 2020).

    Attributes:
        share: of each cell's side that is hidden.
        cells: along a side at most.
    """

    share: float = 0.4
    cells: int = 8

    def change(self, view: View, random: Random) -> View:
        """Squares at equal distances, moved at random."""
        rows, columns = view.pixels.shape[:2]
        cell = max(2, round(max(rows, columns) / random.uniform(3, max(3, self.cells))))
        y, x = random.integers(cell, size=2)
        wide = round(cell * self.share)
        over = ((np.arange(rows) + y) % cell < wide)[:, None] & ((np.arange(columns) + x) % cell < wide)[None]
        return hidden(view, over)


@dataclass(frozen=True)
class Dust(PixelStep):
    """Dust and hairs on the lens: soft dark spots and lines in front of everything.

    Attributes:
        count: of spots at most; hairs are a fifth as many.
        strength: how dark at most, share.
    """

    count: int = 12
    strength: float = 0.6

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Darkened by a blurred drawing."""
        import cv2

        rows, columns = pixels.shape[:2]
        drawn = np.zeros((rows, columns), np.uint8)
        for _ in range(int(random.integers(1, self.count + 1))):
            middle = (int(random.integers(columns)), int(random.integers(rows)))
            cv2.circle(drawn, middle, int(random.integers(1, 5)), int(random.integers(100, 256)), -1, cv2.LINE_AA)
        for _ in range(int(random.integers(self.count // 5 + 1))):
            line = _hair(random, rows, columns, 0.25)
            cv2.polylines(drawn, [line], False, int(random.integers(100, 256)), 1, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(drawn, (0, 0), float(random.uniform(0.6, 2)))
        dark = soft.astype(np.float32) * np.float32(-random.uniform(0.3, 1) * self.strength / 255)
        return lit(pixels, dark + np.float32(1))


@dataclass(frozen=True)
class Scratches(PixelStep):
    """Fine scratches that are no defect, lighter or darker than the part.

    Attributes:
        count: at most.
        strength: grey levels lighter or darker at most.
        length: at most, share of the image's side.
    """

    count: int = 4
    strength: float = 40.0
    length: float = 0.5

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Thin lines, nearly straight."""
        import cv2

        rows, columns = pixels.shape[:2]
        drawn = np.zeros((rows, columns), np.uint8)
        for _ in range(int(random.integers(1, self.count + 1))):
            line = _hair(random, rows, columns, self.length, bend=0.06)
            cv2.polylines(drawn, [line], False, int(random.integers(80, 256)), 1, cv2.LINE_AA, 4)
        change = drawn.astype(np.float32) * np.float32(
            random.choice((-1, 1)) * random.uniform(0.3, 1) * self.strength / 255
        )
        added = change if pixels.shape[2] == 1 else cv2.cvtColor(change, cv2.COLOR_GRAY2RGB)
        return np.asarray(cv2.add(pixels, added.reshape(pixels.shape), dtype=cv2.CV_8U), np.uint8).reshape(pixels.shape)


def _hair(random: Random, rows: int, columns: int, length: float, bend: float = 0.35) -> npt.NDArray[np.int32]:
    """A curve of 16 pieces, (17, 2) xy in sixteenths of a px: the angle drifts from piece to piece."""
    angles = random.uniform(0, 2 * math.pi) + np.cumsum(random.normal(0, bend, 16))
    piece = random.uniform(0.3, 1) * length * max(rows, columns) / 16
    steps = np.stack([np.cos(angles), np.sin(angles)], 1) * piece
    path = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, 0)]) + random.random(2) * (columns, rows)
    return np.asarray(path * 16, np.int32)
