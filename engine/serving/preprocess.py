"""From an image to the network's input tensor; evaluation, preview and serving all come through here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.serving import rotated
from engine.serving.errors import BadImage
from engine.serving.images import Pixels, to_channels
from engine.serving.manifest import ModelManifest

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Geometry:
    """How the image lies in the input tensor: input = image × scale + pad, both in px."""

    width: int  # of the image
    height: int
    scale_x: float
    scale_y: float
    pad_x: float
    pad_y: float

    def to_image(self, boxes: Floats) -> Floats:
        """Boxes (K, 4) xyxy in input px to image px, clipped to the image."""
        shift = np.array([self.pad_x, self.pad_y] * 2, np.float32)
        factor = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        limit = np.array([self.width, self.height] * 2, np.float32)
        placed: Floats = (boxes - shift) / factor
        return np.clip(placed, 0, limit)

    def rotated_to_image(self, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Rotated boxes (K, 5) in input px to image px; one that the resizing slanted gets the smallest around it."""
        corners = rotated.corners(boxes) - np.array([self.pad_x, self.pad_y])
        return rotated.enclosing(corners / np.array([self.scale_x, self.scale_y]))

    def points_to_image(self, points: Floats) -> Floats:
        """Points (…, 2) xy in input px to image px; they may lie outside of it."""
        shift = np.array([self.pad_x, self.pad_y], np.float32)
        placed: Floats = np.divide(points - shift, np.array([self.scale_x, self.scale_y], np.float32), dtype=np.float32)
        return placed

    def to_input(self, boxes: Floats) -> Floats:
        """Boxes (K, 4) xyxy in image px to input px."""
        shift = np.array([self.pad_x, self.pad_y] * 2, np.float32)
        factor = np.array([self.scale_x, self.scale_y] * 2, np.float32)
        return boxes * factor + shift


def fit(width: int, height: int, manifest: ModelManifest) -> Geometry:
    """Where an image of `width` × `height` px comes to lie in the model's input.

    Raises:
        BadImage: the model takes only images of its own size.
    """
    spec, resize = manifest.input, manifest.preprocess.resize
    if resize == "stretch":
        return Geometry(width, height, spec.width / width, spec.height / height, 0, 0)
    if resize == "none":
        if (width, height) != (spec.width, spec.height):
            raise BadImage(
                f"The image has {width} × {height} pixels; the model “{manifest.name}” takes exactly"
                f" {spec.width} × {spec.height}."
            )
        return Geometry(width, height, 1, 1, 0, 0)
    if resize == "tiles":  # the one in the middle
        left, top = max(0, width - spec.width) // 2, max(0, height - spec.height) // 2
        return Geometry(width, height, 1, 1, -left, -top)
    scale = min(spec.width / width, spec.height / height)
    inner_width, inner_height = max(1, round(width * scale)), max(1, round(height * scale))
    return Geometry(
        width,
        height,
        inner_width / width,
        inner_height / height,
        (spec.width - inner_width) // 2,
        (spec.height - inner_height) // 2,
    )


def resize(image: Pixels, manifest: ModelManifest, place: Geometry | None = None) -> tuple[Pixels, Geometry]:
    """The image on the input's canvas, still uint8 (H, W, C); bilinear with the support of the shrinking, as in Pillow.

    Args:
        place: of a model that looks at tiles: which one; None: the one in the middle.
    """
    spec = manifest.input
    pixels = to_channels(image, spec.channels)
    geometry = place or fit(pixels.shape[1], pixels.shape[0], manifest)
    if manifest.preprocess.resize == "tiles":
        left, top = int(-geometry.pad_x), int(-geometry.pad_y)
        pixels = pixels[top : top + spec.height, left : left + spec.width]
        return _padded(pixels, manifest, 0, 0), geometry
    inner = (round(geometry.width * geometry.scale_x), round(geometry.height * geometry.scale_y))
    if inner != (pixels.shape[1], pixels.shape[0]):
        picture = Image.fromarray(np.ascontiguousarray(pixels if spec.channels == 3 else pixels[:, :, 0]))
        resized = np.asarray(picture.resize(inner, Image.Resampling.BILINEAR))
        pixels = resized.reshape(inner[1], inner[0], spec.channels)
    if inner == (spec.width, spec.height):
        return pixels, geometry
    return _padded(pixels, manifest, int(geometry.pad_x), int(geometry.pad_y)), geometry


def _padded(pixels: Pixels, manifest: ModelManifest, left: int, top: int) -> Pixels:
    spec = manifest.input
    canvas = np.full((spec.height, spec.width, spec.channels), manifest.preprocess.pad_value, np.uint8)
    canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return canvas


def normalise(canvas: Pixels, manifest: ModelManifest) -> Floats:
    """(H, W, C) uint8 to (1, C, H, W) float32: (pixel × scale − mean) / std."""
    spec = manifest.preprocess
    channels = manifest.input.channels
    std = np.broadcast_to(np.asarray(spec.std, np.float32), (channels,))
    mean = np.broadcast_to(np.asarray(spec.mean, np.float32), (channels,))
    tensor = np.empty((1, channels, *canvas.shape[:2]), np.float32)
    for channel in range(channels):
        plane = tensor[0, channel]
        np.multiply(canvas[:, :, channel], np.float32(spec.scale) / std[channel], out=plane, dtype=np.float32)
        plane -= mean[channel] / std[channel]
    return tensor


def prepare(image: Pixels, manifest: ModelManifest) -> tuple[Floats, Geometry]:
    """The network's input (1, C, H, W) float32 for one image (H, W, 1 | 3) uint8, and how to map boxes back.

    Raises:
        BadImage: the image does not fit the model.
    """
    canvas, geometry = resize(image, manifest)
    return normalise(canvas, manifest), geometry
