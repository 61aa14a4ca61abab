"""Colour: of the light and of the camera; grey images stay as they are."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from engine.serving.images import Pixels
from engine.training.augmentations.step import PixelStep, Random, about, shaped


class ColourStep(PixelStep):
    """A step that means something for RGB images only."""

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Grey images as they are."""
        return self.coloured(pixels, random) if pixels.shape[2] == 3 else pixels

    @abstractmethod
    def coloured(self, pixels: Pixels, random: Random) -> Pixels:
        """Other RGB pixels (H, W, 3)."""


def mixed(pixels: Pixels, matrix: np.ndarray) -> Pixels:
    """Each colour a sum of the three: (3, 3) matrix times RGB."""
    import cv2

    return shaped(cv2.transform(pixels, matrix.astype(np.float32)), pixels)


def saturation(amount: float) -> np.ndarray:
    """Matrix that leaves the lightness (ITU-R BT.601) and multiplies the distance from grey by `amount`."""
    return np.eye(3) * amount + (1 - amount) * np.array([[0.299, 0.587, 0.114]])


@dataclass(frozen=True)
class ColourShift(ColourStep):
    """Each of red, green and blue up or down by at most `strength`, share of white."""

    strength: float = 0.08

    def coloured(self, pixels: Pixels, random: Random) -> Pixels:
        """Three tables of levels."""
        import cv2

        shifts = random.uniform(-self.strength, self.strength, 3) * 255
        table = (np.arange(256)[None, :, None] + shifts).clip(0, 255).astype(np.uint8)
        return shaped(cv2.LUT(pixels, table), pixels)


@dataclass(frozen=True)
class Saturation(ColourStep):
    """Colours paler or stronger, by at most ± strength."""

    strength: float = 0.4

    def coloured(self, pixels: Pixels, random: Random) -> Pixels:
        """The distance from grey multiplied."""
        return mixed(pixels, saturation(1 + about(random, self.strength)))


@dataclass(frozen=True)
class Hue(ColourStep):
    """All colours turned about the grey axis by at most ± degrees."""

    degrees: float = 12.0

    def coloured(self, pixels: Pixels, random: Random) -> Pixels:
        """Rodrigues' rotation about (1, 1, 1)."""
        angle = math.radians(about(random, self.degrees))
        third, side = (1 - math.cos(angle)) / 3, math.sin(angle) / math.sqrt(3)
        matrix = np.full((3, 3), third) + np.eye(3) * math.cos(angle)
        return mixed(pixels, matrix + side * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]))


@dataclass(frozen=True)
class Grey(ColourStep):
    """A colour image without its colours."""

    probability: float = 0.1

    def coloured(self, pixels: Pixels, _random: Random) -> Pixels:
        """The lightness three times."""
        return mixed(pixels, saturation(0))


@dataclass(frozen=True)
class WhiteBalance(ColourStep):
    """Light that is warmer or colder: red against blue by at most ± strength, green by a third of it."""

    strength: float = 0.2

    def coloured(self, pixels: Pixels, random: Random) -> Pixels:
        """A gain for each colour."""
        warm, tint = about(random, self.strength), about(random, self.strength / 3)
        return mixed(pixels, np.diag([1 + warm, 1 + tint, 1 - warm]))
