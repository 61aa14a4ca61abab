"""Augmentation: each sample a little different every time, a pure function of the random generator it is given."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.serving.images import Pixels
from engine.training.samples import Floats, Integers, Samples

VISIBLE = 0.5  # share of a box that a crop must hold for it to be learnt
PAD = 114


@dataclass(frozen=True)
class AsTheyAre:
    """No augmentation."""

    def __call__(self, samples: Samples, index: int, _random: np.random.Generator) -> tuple[Pixels, Floats, Integers]:
        """The canvas, its boxes and labels."""
        sample = samples.items[index]
        return samples.canvas(index), sample.boxes, sample.labels


@dataclass(frozen=True)
class AugmentBoxes:
    """Crops around objects, size, symmetry and light; see `engine.modeling.catalogue.data.AugmentBoxes`."""

    flip_horizontal: bool = True
    flip_vertical: bool = True
    quarter_turns: bool = True
    brightness: float = 0.1
    contrast: float = 0.1
    scale: float = 0.15
    crop: int = 320
    on_objects: float = 0.8

    def __call__(self, samples: Samples, index: int, random: np.random.Generator) -> tuple[Pixels, Floats, Integers]:
        """A crop (crop, crop, C) uint8, its boxes (G, 4) xyxy in px of the crop, and their labels."""
        sample, canvas = samples.items[index], samples.canvas(index)
        rows, columns = canvas.shape[:2]
        width, height = (self.crop, self.crop) if self.crop else (columns, rows)
        factor = math.exp(random.uniform(-self.scale, self.scale)) if self.scale else 1.0
        wide, high = width / factor, height / factor  # of the window on the canvas
        chosen = None
        if len(sample.boxes) and random.random() < self.on_objects:
            box = sample.boxes[random.integers(len(sample.boxes))]
            chosen = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
        left = _place(random, wide, columns, chosen[0] if chosen else None)
        top = _place(random, high, rows, chosen[1] if chosen else None)
        pixels = cut(canvas, left, top, factor, width, height)
        boxes = (sample.boxes - np.array([left, top, left, top], np.float32)) * np.float32(factor)
        boxes, labels = _visible(boxes, sample.labels, width, height)
        pixels, boxes = _turned(self, random, pixels, boxes)
        return _lit(self.brightness, self.contrast, random, pixels), boxes, labels


@dataclass(frozen=True)
class AugmentImages:
    """Shift, size, symmetry and light of whole images."""

    flip_horizontal: bool = True
    flip_vertical: bool = True
    quarter_turns: bool = True
    brightness: float = 0.1
    contrast: float = 0.1
    scale: float = 0.15
    shift: float = 0.08
    erase: float = 0.0

    def __call__(self, samples: Samples, index: int, random: np.random.Generator) -> tuple[Pixels, Floats, Integers]:
        """The canvas (H, W, C) uint8, no boxes, its label."""
        sample, canvas = samples.items[index], samples.canvas(index)
        rows, columns = canvas.shape[:2]
        factor = math.exp(random.uniform(-self.scale, self.scale)) if self.scale else 1.0
        left = (columns - columns / factor) / 2 + random.uniform(-self.shift, self.shift) * columns
        top = (rows - rows / factor) / 2 + random.uniform(-self.shift, self.shift) * rows
        pixels = cut(canvas, left, top, factor, columns, rows)
        pixels, boxes = _turned(self, random, pixels, sample.boxes)
        pixels = _lit(self.brightness, self.contrast, random, pixels)
        if self.erase and random.random() < self.erase:
            side = random.uniform(0.1, 0.35)
            x, y = int(random.uniform(0, 1 - side) * columns), int(random.uniform(0, 1 - side) * rows)
            pixels = pixels.copy()
            pixels[y : y + int(side * rows), x : x + int(side * columns)] = PAD
        return pixels, boxes, sample.labels


def cut(canvas: Pixels, left: float, top: float, factor: float, width: int, height: int) -> Pixels:
    """The window of the canvas at (left, top) px, enlarged by `factor` to width × height px; outside is padded."""
    x, y = round(left), round(top)
    rows, columns = canvas.shape[:2]
    if factor == 1.0 and 0 <= x <= columns - width and 0 <= y <= rows - height:
        return canvas[y : y + height, x : x + width]
    import cv2

    # Pixel centres: output o shows the canvas at (o + ½) / factor + left − ½.
    matrix = np.array([[factor, 0, (0.5 - left) * factor - 0.5], [0, factor, (0.5 - top) * factor - 0.5]], np.float64)
    pixels = cv2.warpAffine(canvas, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(PAD, PAD, PAD))
    result: Pixels = np.asarray(pixels, np.uint8).reshape(height, width, canvas.shape[2])
    return result


def _place(random: np.random.Generator, window: float, length: int, center: float | None) -> float:
    """Where a window begins on an axis: on the canvas where it fits, so that it holds `center` if given."""
    room = length - window
    if room <= 0:
        return float(random.uniform(room, 0)) if room < -0.5 else 0.0
    if center is None:
        return float(np.floor(random.uniform(0, room + 1))) if room >= 1 else 0.0
    return float(np.clip(np.floor(center - random.uniform(0.1, 0.9) * window), 0, room))


def _visible(boxes: Floats, labels: Integers, width: int, height: int) -> tuple[Floats, Integers]:
    inside = boxes.clip(0, np.array([width, height, width, height], np.float32))
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    kept = (inside[:, 2:] - inside[:, :2]).prod(1) > VISIBLE * area
    return inside[kept], labels[kept]


def _turned(
    settings: AugmentBoxes | AugmentImages, random: np.random.Generator, pixels: Pixels, boxes: Floats
) -> tuple[Pixels, Floats]:
    height, width = pixels.shape[:2]
    draws = random.random(3) < 0.5  # always three, so that a setting does not shift what is drawn after it
    if settings.flip_horizontal and draws[0]:
        pixels, boxes = (
            pixels[:, ::-1],
            np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1),
        )
    if settings.flip_vertical and draws[1]:
        pixels, boxes = (
            pixels[::-1],
            np.stack([boxes[:, 0], height - boxes[:, 3], boxes[:, 2], height - boxes[:, 1]], 1),
        )
    if settings.quarter_turns and draws[2] and width == height:
        pixels, boxes = pixels.transpose(1, 0, 2), boxes[:, [1, 0, 3, 2]]
    return pixels, boxes


def _lit(brightness: float, contrast: float, random: np.random.Generator, pixels: Pixels) -> Pixels:
    if not brightness and not contrast:
        return pixels
    lift = random.uniform(-brightness, brightness) * 255
    gain = 1 + random.uniform(-contrast, contrast)
    levels = (np.arange(256) - 127.5) * gain + 127.5 + lift
    return levels.clip(0, 255).astype(np.uint8)[pixels]
