"""Light: how bright the part is, how evenly it is lit, what shines and what throws a shadow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.images import Pixels
from engine.training.augmentations.step import PixelStep, Random, about, shaped

Map = npt.NDArray[np.float32]
COARSE = 8  # px of the image for one of a map that is smooth anyway


def levels(pixels: Pixels, table: npt.NDArray[Any]) -> Pixels:
    """Each grey level exchanged for that in `table` (256,)."""
    import cv2

    return shaped(cv2.LUT(pixels, table.clip(0, 255).astype(np.uint8)), pixels)


def lit(pixels: Pixels, gain: Map) -> Pixels:
    """Pixels (H, W, C) times a map (H, W)."""
    import cv2

    factors = gain if pixels.shape[2] == 1 else cv2.cvtColor(gain, cv2.COLOR_GRAY2RGB)
    return shaped(cv2.multiply(pixels, factors.reshape(pixels.shape), dtype=cv2.CV_8U), pixels)


def fine(coarse: Map, pixels: Pixels) -> Map:
    """A coarse smooth map brought to the size of the pixels."""
    import cv2

    return np.asarray(cv2.resize(coarse, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def grid(pixels: Pixels) -> tuple[Map, Map]:
    """X (1, w) and y (h, 1) of a coarse map, from −1 to 1."""
    rows, columns = (max(2, length // COARSE) for length in pixels.shape[:2])
    return np.linspace(-1, 1, columns, dtype=np.float32)[None], np.linspace(-1, 1, rows, dtype=np.float32)[:, None]


@dataclass(frozen=True)
class Brightness(PixelStep):
    """Brightness and contrast.

    Attributes:
        brightness: at most added or taken away, share of white.
        contrast: at most more or less, share.
    """

    brightness: float = 0.15
    contrast: float = 0.2

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Stretched about the middle grey, then lifted."""
        lift, gain = about(random, self.brightness) * 255, 1 + about(random, self.contrast)
        return levels(pixels, (np.arange(256) - 127.5) * gain + 127.5 + lift)


@dataclass(frozen=True)
class Gamma(PixelStep):
    """Exposure and the camera's curve: v^γ with γ from 1 / (1 + strength) to 1 + strength."""

    strength: float = 0.5

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Black and white stay, what lies between becomes darker or lighter."""
        power = math.exp(about(random, math.log1p(self.strength)))
        return levels(pixels, 255 * (np.arange(256) / 255) ** power)


@dataclass(frozen=True)
class Clahe(PixelStep):
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994), of the lightness alone.

    Attributes:
        limit: of the contrast, at most.
        tiles: that the image is divided into, each way.
    """

    limit: float = 3.0
    tiles: int = 8

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Contrast raised place by place."""
        import cv2

        change = cv2.createCLAHE(float(random.uniform(1, max(1, self.limit))), (self.tiles, self.tiles))
        if pixels.shape[2] == 1:
            return shaped(change.apply(pixels), pixels)
        lightness = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)
        lightness[..., 0] = change.apply(lightness[..., 0])
        return shaped(cv2.cvtColor(lightness, cv2.COLOR_YCrCb2RGB), pixels)


@dataclass(frozen=True)
class UnevenLight(PixelStep):
    """Light that falls off from one side to the other, by at most ± strength at the edges."""

    strength: float = 0.4

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """A straight slope of light in any direction."""
        x, y = grid(pixels)
        angle, slope = random.uniform(0, 2 * math.pi), random.uniform(0, self.strength)
        return lit(pixels, fine((1 + slope * (math.cos(angle) * x + math.sin(angle) * y)).astype(np.float32), pixels))


@dataclass(frozen=True)
class Vignette(PixelStep):
    """Corners darker than the middle, by at most `strength`."""

    strength: float = 0.5

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Darkens with the square of the distance."""
        x, y = grid(pixels)
        fall = random.uniform(0, self.strength) / 2
        return lit(pixels, fine((1 - fall * (x * x + y * y)).astype(np.float32), pixels))


@dataclass(frozen=True)
class Shadow(PixelStep):
    """The shadow of something beside the part: a half or a strip, its edge soft, darker by at most `strength`."""

    strength: float = 0.5

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """A strip in any direction; often it reaches beyond the image, then it is a half."""
        x, y = grid(pixels)
        angle, edge = random.uniform(0, 2 * math.pi), random.uniform(0.02, 0.3)
        across = math.cos(angle) * x + math.sin(angle) * y
        begin, width = random.uniform(-0.9, 0.7), random.uniform(0.3, 2)
        inside = ((across - begin) / edge).clip(0, 1) * ((begin + width - across) / edge).clip(0, 1)
        dark = random.uniform(0.3, 1) * self.strength
        return lit(pixels, fine((1 - dark * inside).astype(np.float32), pixels))


@dataclass(frozen=True)
class Glare(PixelStep):
    """Bright spots as shiny metal throws them back.

    Attributes:
        strength: at most added in the middle of a spot, share of white.
        count: spots at most.
        size: of a spot at most, share of the image's side.
    """

    strength: float = 0.7
    count: int = 3
    size: float = 0.2

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Soft ellipses of light."""
        import cv2

        x, y = grid(pixels)
        light = np.zeros((y.size, x.size), np.float32)
        for _ in range(int(random.integers(1, self.count + 1))):
            middle, angle = random.uniform(-1, 1, 2), random.uniform(0, math.pi)
            long, short = self.size * random.uniform(0.4, 1), self.size * random.uniform(0.1, 0.5)
            u = math.cos(angle) * (x - middle[0]) + math.sin(angle) * (y - middle[1])
            v = math.cos(angle) * (y - middle[1]) - math.sin(angle) * (x - middle[0])
            light += np.exp(-((u / long) ** 2) - (v / short) ** 2) * np.float32(random.uniform(0.3, 1))
        added = fine(light.clip(max=1), pixels) * np.float32(self.strength * 255)
        bright = added if pixels.shape[2] == 1 else cv2.cvtColor(added, cv2.COLOR_GRAY2RGB)
        return shaped(cv2.add(pixels, bright.reshape(pixels.shape), dtype=cv2.CV_8U), pixels)


@dataclass(frozen=True)
class LightBands(PixelStep):
    """Stripes along the rows: lamps that flicker under a rolling shutter or a line camera.

    Attributes:
        strength: of the stripes at most, share.
        stripes: over the height, at most.
    """

    strength: float = 0.15
    stripes: int = 12

    def pixels(self, pixels: Pixels, random: Random) -> Pixels:
        """Rows lighter and darker in turn."""
        count, phase = random.uniform(1, max(1, self.stripes)), random.uniform(0, 2 * math.pi)
        rows = np.sin(np.linspace(phase, phase + 2 * math.pi * count, pixels.shape[0], dtype=np.float32))
        gain = 1 + np.float32(random.uniform(0, self.strength)) * rows
        return lit(pixels, np.repeat(gain[:, None], pixels.shape[1], 1).astype(np.float32))
