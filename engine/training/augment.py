"""Augmentation: each sample a little different every time, a pure function of the random generator it is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.serving.images import Pixels
from engine.training.samples import OF_OBJECTS, Floats, View, inside

Places = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
Planes = Callable[[Pixels], Pixels]

PAD = 114


@dataclass(frozen=True)
class AsTheyAre:
    """No augmentation."""

    def __call__(self, view: View, _random: np.random.Generator) -> View:
        """The same view."""
        return view


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

    def __call__(self, view: View, random: np.random.Generator) -> View:
        """A crop (crop, crop, C) with the boxes that are in it."""
        rows, columns = view.pixels.shape[:2]
        width, height = (self.crop, self.crop) if self.crop else (columns, rows)
        factor = math.exp(random.uniform(-self.scale, self.scale)) if self.scale else 1.0
        wide, high = width / factor, height / factor  # of the window on the canvas
        chosen = None
        if len(view.boxes) and random.random() < self.on_objects:
            box = view.boxes[random.integers(len(view.boxes))]
            chosen = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
        left = _place(random, wide, columns, chosen[0] if chosen else None)
        top = _place(random, high, rows, chosen[1] if chosen else None)
        seen = visible(windowed(view, left, top, factor, width, height))
        return _lit(self.brightness, self.contrast, random, _turned(self, random, seen))


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

    def __call__(self, view: View, random: np.random.Generator) -> View:
        """The image moved within its frame, its label."""
        rows, columns = view.pixels.shape[:2]
        factor = math.exp(random.uniform(-self.scale, self.scale)) if self.scale else 1.0
        left = (columns - columns / factor) / 2 + random.uniform(-self.shift, self.shift) * columns
        top = (rows - rows / factor) / 2 + random.uniform(-self.shift, self.shift) * rows
        window = (left, top, factor, columns, rows)
        turned = _lit(self.brightness, self.contrast, random, _turned(self, random, windowed(view, *window)))
        if self.erase and random.random() < self.erase:
            side = random.uniform(0.1, 0.35)
            x, y = int(random.uniform(0, 1 - side) * columns), int(random.uniform(0, 1 - side) * rows)
            pixels = turned.pixels.copy()
            pixels[y : y + int(side * rows), x : x + int(side * columns)] = PAD
            turned = replace(turned, pixels=pixels)
        return turned


def cut(canvas: Pixels, left: float, top: float, factor: float, width: int, height: int) -> Pixels:
    """The window of the canvas at (left, top) px, enlarged by `factor` to width × height px; outside is padded."""
    x, y = round(left), round(top)
    rows, columns = canvas.shape[:2]
    if factor == 1.0 and 0 <= x <= columns - width and 0 <= y <= rows - height:
        return canvas[y : y + height, x : x + width]
    import cv2

    pixels = cv2.warpAffine(
        canvas, _matrix(left, top, factor), (width, height), flags=cv2.INTER_LINEAR, borderValue=(PAD, PAD, PAD)
    )
    result: Pixels = np.asarray(pixels, np.uint8).reshape(height, width, canvas.shape[2])
    return result


def cut_classes(classes: Pixels, left: float, top: float, factor: float, width: int, height: int) -> Pixels:
    """The same window of what each pixel (H, W) is, by the nearest one; outside is background."""
    import cv2

    window = cv2.warpAffine(classes, _matrix(left, top, factor), (width, height), flags=cv2.INTER_NEAREST)
    return np.asarray(window, np.uint8)


def _matrix(left: float, top: float, factor: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Pixel centres: output o shows the canvas at (o + ½) / factor + left − ½."""
    return np.array([[factor, 0, (0.5 - left) * factor - 0.5], [0, factor, (0.5 - top) * factor - 0.5]], np.float64)


def _place(random: np.random.Generator, window: float, length: int, center: float | None) -> float:
    """Where a window begins on an axis: on the canvas where it fits, so that it holds `center` if given."""
    room = length - window
    if room <= 0:
        return float(random.uniform(room, 0)) if room < -0.5 else 0.0
    if center is None:
        return float(np.floor(random.uniform(0, room + 1))) if room >= 1 else 0.0
    return float(np.clip(np.floor(center - random.uniform(0.1, 0.9) * window), 0, room))


def windowed(view: View, left: float, top: float, factor: float, width: int, height: int) -> View:
    """What of the view lies in a window of it (see `cut`), with all of its objects."""
    window = (left, top, factor, width, height)
    return moved(
        view,
        cut(view.pixels, *window),
        lambda places: (places - np.array([left, top], np.float32)) * np.float32(factor),
        lambda plane: cut_classes(plane, *window),
    )


def moved(view: View, pixels: Pixels, place: Places, plane: Planes, boxes: Floats | None = None) -> View:
    """The view with other pixels, to which all that lies on it follows.

    Args:
        place: where points (…, 2) xy in px come to lie.
        plane: what a plane (H, W) uint8, such as a mask, becomes.
        boxes: where the boxes come to lie, if not where their corners do.
    """
    if boxes is None:
        boxes = hulls(place(view.boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]))
    corners, points, masks, classes = view.corners, view.points, view.masks, view.classes
    if corners is not None:
        corners = place(corners).astype(np.float32)
        boxes = hulls(corners)
    if points is not None:
        points = np.concatenate([place(points[..., :2]), points[..., 2:]], -1).astype(np.float32)
    if masks is not None:
        masks = np.array([plane(mask) for mask in masks], np.uint8).reshape(len(masks), *pixels.shape[:2])
    return View(pixels, boxes, view.labels, None if classes is None else plane(classes), corners, points, masks)


def hulls(points: npt.NDArray[Any]) -> Floats:
    """The boxes (G, 4) xyxy around points (G, K, 2)."""
    return np.concatenate([points.min(1), points.max(1)], 1).astype(np.float32)


def visible(view: View) -> View:
    """Boxes cut to the frame, without the objects of which too little is left; a label of the whole image stays."""
    if not len(view.boxes):
        return view
    height, width = view.pixels.shape[:2]
    boxes, kept = inside(view.boxes, width, height)
    points = view.points
    if points is not None:  # what left the image is not to be learnt
        points = points.copy()
        points[((points[..., :2] < 0) | (points[..., :2] > (width, height))).any(-1), 2] = 0
    return replace(view, boxes=boxes, points=points).only(kept)


def together(pixels: Pixels, classes: Pixels | None, views: Sequence[View]) -> View:
    """An image with the objects of several views, which lie on it already."""
    found: dict[str, Any] = {}
    for name in OF_OBJECTS:
        values = [getattr(view, name) for view in views]
        found[name] = None if any(value is None for value in values) else np.concatenate(values)
    return View(pixels, classes=classes, **found)


def _turned(settings: AugmentBoxes | AugmentImages, random: np.random.Generator, view: View) -> View:
    draws = random.random(3) < 0.5  # always three, so that a setting does not shift what is drawn after it
    if settings.flip_horizontal and draws[0]:
        view = mirrored(view)
    if settings.flip_vertical and draws[1]:
        view = flipped(view)
    if settings.quarter_turns and draws[2] and view.pixels.shape[0] == view.pixels.shape[1]:
        view = transposed(view)
    return view


def mirrored(view: View) -> View:
    """Left and right exchanged."""
    ends, signs = np.array([view.pixels.shape[1], 0], np.float32), np.array([-1, 1], np.float32)
    return _swapped(
        moved(view, view.pixels[:, ::-1], lambda places: ends + signs * places, lambda plane: plane[:, ::-1])
    )


def flipped(view: View) -> View:
    """Top and bottom exchanged."""
    ends, signs = np.array([0, view.pixels.shape[0]], np.float32), np.array([1, -1], np.float32)
    return _swapped(moved(view, view.pixels[::-1], lambda places: ends + signs * places, lambda plane: plane[::-1]))


def _swapped(view: View) -> View:
    """After a mirror: what was a left point is a right one."""
    if view.points is None:
        return view
    twins = view.points[..., 3].astype(np.int64)[..., None]
    points = np.concatenate([np.take_along_axis(view.points[..., :3], twins, 1), view.points[..., 3:]], -1)
    return replace(view, points=points)


def transposed(view: View) -> View:
    """Rows and columns exchanged; with the mirrors this gives all quarter turns."""
    return _swapped(
        moved(view, view.pixels.transpose(1, 0, 2), lambda places: places[..., ::-1], lambda plane: plane.T)
    )


def _lit(brightness: float, contrast: float, random: np.random.Generator, view: View) -> View:
    if not brightness and not contrast:
        return view
    lift = random.uniform(-brightness, brightness) * 255
    gain = 1 + random.uniform(-contrast, contrast)
    levels = (np.arange(256) - 127.5) * gain + 127.5 + lift
    return replace(view, pixels=levels.clip(0, 255).astype(np.uint8)[view.pixels])
