"""Sharpness: what lens, movement, compression and resolution leave of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.serving.images import Pixels
from engine.training.augmentations.step import PixelStep, Random, shaped


@dataclass(frozen=True)
class Blur(PixelStep):
    """A soft image: Gaussian with a deviation of at most `strength` px."""

    strength: float = 1.5

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Blurred."""
        import cv2

        return shaped(cv2.GaussianBlur(pixels, (0, 0), float(random.uniform(0.1, max(0.1, self.strength)))), pixels)


@dataclass(frozen=True)
class MotionBlur(PixelStep):
    """A part that moved while the shutter was open, by at most `length` px in any direction."""

    length: int = 9

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Averaged along a line."""
        import cv2

        half = random.uniform(0.5, max(0.5, self.length / 2))
        side = 2 * math.ceil(half) + 1
        angle, middle = random.uniform(0, math.pi), side // 2
        x, y = half * math.cos(angle), half * math.sin(angle)
        ends = [(round((middle + sign * x) * 256), round((middle + sign * y) * 256)) for sign in (-1, 1)]
        kernel = np.zeros((side, side), np.uint8)
        cv2.line(kernel, ends[0], ends[1], 255, 1, cv2.LINE_AA, 8)
        return shaped(cv2.filter2D(pixels, -1, kernel.astype(np.float32) / kernel.sum()), pixels)


@dataclass(frozen=True)
class Defocus(PixelStep):
    """A part out of focus: a disc of at most `radius` px instead of each point."""

    radius: float = 3.0

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Averaged over a disc."""
        import cv2

        radius = random.uniform(0.5, max(0.5, self.radius))
        ways = np.arange(-math.ceil(radius), math.ceil(radius) + 1)
        disc = (radius + 0.5 - np.hypot(ways[None], ways[:, None])).clip(0, 1).astype(np.float32)
        return shaped(cv2.filter2D(pixels, -1, disc / disc.sum()), pixels)


@dataclass(frozen=True)
class Sharpen(PixelStep):
    """Edges raised by the camera: the difference from a blurred image added, at most `strength` times."""

    strength: float = 1.0

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """An unsharp mask."""
        import cv2

        amount, soft = float(random.uniform(0, self.strength)), cv2.GaussianBlur(pixels, (0, 0), 1.5)
        return shaped(cv2.addWeighted(pixels, 1 + amount, soft.reshape(pixels.shape), -amount, 0), pixels)


@dataclass(frozen=True)
class Jpeg(PixelStep):
    """The blocks of a strong compression; the quality is at least `quality` of 100."""

    quality: int = 40

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Written as JPEG and read again."""
        import cv2

        quality = int(random.integers(self.quality, 101))
        _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return shaped(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if pixels.shape[2] == 1 else cv2.IMREAD_COLOR), pixels)


@dataclass(frozen=True)
class LowerResolution(PixelStep):
    """A camera of fewer pixels: made smaller, to at least `smallest` of the side, and large again."""

    smallest: float = 0.5

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Detail is gone, the size is the same."""
        import cv2

        share = random.uniform(min(1.0, self.smallest), 1)
        rows, columns = pixels.shape[:2]
        small = cv2.resize(
            pixels, (max(1, round(columns * share)), max(1, round(rows * share))), interpolation=cv2.INTER_AREA
        )
        return shaped(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR), pixels)
