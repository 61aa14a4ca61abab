"""Noise of the camera."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.images import Pixels
from engine.training.augmentations.step import PixelStep, Random, shaped


@cache
def _quantiles() -> npt.NDArray[np.float32]:
    """The standard normal in 256 equal shares: a random byte becomes a normal number at a tenth of the cost of one."""
    from statistics import NormalDist

    middles = np.array([NormalDist().inv_cdf((index + 0.5) / 256) for index in range(256)])
    return np.asarray(middles / middles.std(), np.float32)


def _bytes(random: Random, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(random.bytes(int(np.prod(shape))), np.uint8).reshape(shape)


def _normal(random: Random, like: Pixels, deviation: float, kind: Any = np.int16) -> npt.NDArray[Any]:
    """Normal numbers in the shape of the pixels."""
    import cv2

    return np.asarray(cv2.LUT(_bytes(random, like.shape), (_quantiles() * deviation).astype(kind))).reshape(like.shape)


def added(pixels: Pixels, noise: npt.NDArray[Any]) -> Pixels:
    """The sum, held between black and white."""
    import cv2

    return shaped(cv2.add(pixels, noise, dtype=cv2.CV_8U), pixels)


@dataclass(frozen=True)
class GaussianNoise(PixelStep):
    """The same noise everywhere; its deviation is at most `strength` grey levels."""

    strength: float = 12.0

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Normal numbers added."""
        deviation = float(random.uniform(0, self.strength))
        return added(pixels, _normal(random, pixels, deviation, np.float32))


@dataclass(frozen=True)
class SensorNoise(PixelStep):
    """The noise of counted photons: grows with the root of the light (Poisson, by its normal limit).

    Attributes:
        strength: deviation of white at most, grey levels.
    """

    strength: float = 16.0

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Normal numbers added, their deviation by each pixel's level."""
        import cv2

        roots = np.sqrt(np.arange(256) / 255, dtype=np.float32) * np.float32(random.uniform(0, self.strength))
        deviation = np.asarray(cv2.LUT(pixels, roots)).reshape(pixels.shape)
        return added(pixels, cv2.multiply(deviation, _normal(random, pixels, 1.0, np.float32)).reshape(pixels.shape))


@dataclass(frozen=True)
class SaltAndPepper(PixelStep):
    """Dead and hot pixels: at most `share` of all, half black, half white."""

    share: float = 0.005

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Single pixels exchanged."""
        rows, columns = pixels.shape[:2]
        count = int(random.uniform(0, self.share) * rows * columns)
        changed = pixels.copy()
        places = random.integers(rows, size=count), random.integers(columns, size=count)
        changed[places] = (random.integers(2, size=count) * 255).astype(np.uint8)[:, None]
        return changed


@dataclass(frozen=True)
class ColumnNoise(PixelStep):
    """Columns that are a little lighter or darker, as line cameras have them; at most `strength` grey levels."""

    strength: float = 6.0

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """One normal number for each column."""
        columns = np.asarray(random.normal(0, random.uniform(0, self.strength), pixels.shape[1]), np.int16)
        noise = np.broadcast_to(columns[None, :, None], pixels.shape)
        return added(pixels, np.ascontiguousarray(noise))
