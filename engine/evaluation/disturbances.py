"""What goes wrong with pictures on a line: light, contrast, blur, noise, a turned part, JPEG, dirt on the lens."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import UsageError
from engine.serving.images import Pixels, decode
from engine.serving.predictor import Prediction

SIDE = 640  # px of the long side for which sizes are meant; they grow with the picture
SEED = 7
DIRT_STRENGTH, DIRT_GREY = 0.75, 45.0


@dataclass(frozen=True)
class Disturbance:
    """One kind, with levels from hardly to badly disturbed.

    Attributes:
        unit: what a level counts.
        apply: pixels (H, W, 1 | 3) uint8 and a level → pixels of the same shape.
    """

    name: str
    unit: str
    levels: tuple[float, ...]
    apply: Callable[[Pixels, float], Pixels]


def light(pixels: Pixels, factor: float) -> Pixels:
    """Times a factor; what is too bright is clipped, as on a sensor."""
    return _bytes(pixels * np.float32(factor))


def contrast(pixels: Pixels, factor: float) -> Pixels:
    """Distances from the mean times a factor."""
    mean = np.float32(pixels.mean())
    return _bytes((pixels - mean) * np.float32(factor) + mean)


def blur(pixels: Pixels, sigma: float) -> Pixels:
    """Gaussian of `sigma` px on a picture of 640 px: out of focus."""
    import cv2

    blurred: Any = cv2.GaussianBlur(pixels, (0, 0), max(0.3, sigma * _scale(pixels)))
    return blurred.reshape(pixels.shape)  # type: ignore[no-any-return]


def noise(pixels: Pixels, deviation: float) -> Pixels:
    """Gaussian noise, the same on each picture of a size: a dark scene with high gain."""
    random = np.random.default_rng(SEED)
    return _bytes(pixels + deviation * random.standard_normal(pixels.shape, dtype=np.float32))


def rotation(pixels: Pixels, degrees: float) -> Pixels:
    """About the centre; corners are filled with the border's pixels."""
    import cv2

    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    turned: Any = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return turned.reshape(pixels.shape)  # type: ignore[no-any-return]


def jpeg(pixels: Pixels, quality: float) -> Pixels:
    """Through JPEG of a quality from 100 to 1."""
    import cv2

    written, data = cv2.imencode(
        ".jpg", pixels[..., ::-1] if pixels.shape[2] == 3 else pixels, [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
    )
    assert written
    read: Any = cv2.imdecode(data, cv2.IMREAD_COLOR if pixels.shape[2] == 3 else cv2.IMREAD_GRAYSCALE)
    return np.ascontiguousarray(read[..., ::-1]) if pixels.shape[2] == 3 else read[..., None]


def dirt(pixels: Pixels, share: float) -> Pixels:
    """Soft dark spots that cover a share of the picture, always at the same places: they are on the lens."""
    cover = _spots(pixels.shape[0], pixels.shape[1], share)[..., None] * np.float32(DIRT_STRENGTH)
    return _bytes(pixels * (1 - cover) + DIRT_GREY * cover)


DISTURBANCES = (
    Disturbance("darker", "×", (0.85, 0.7, 0.55, 0.4, 0.25), light),
    Disturbance("brighter", "×", (1.15, 1.3, 1.5, 1.75, 2.0), light),
    Disturbance("contrast", "×", (0.8, 0.6, 0.45, 0.3, 0.2), contrast),
    Disturbance("blur", "px", (0.5, 1.0, 2.0, 3.0, 5.0), blur),
    Disturbance("noise", "/255", (5.0, 10.0, 20.0, 35.0, 50.0), noise),
    Disturbance("rotation", "°", (1.0, 2.0, 3.0, 5.0, 8.0), rotation),
    Disturbance("jpeg", "quality", (80.0, 50.0, 30.0, 15.0, 7.0), jpeg),
    Disturbance("dirt", "share", (0.01, 0.03, 0.06, 0.1, 0.2), dirt),
)


def named(names: Sequence[str]) -> list[Disturbance]:
    """Those of these names; all without any.

    Raises:
        UsageError: there is none of a name.
    """
    known = {one.name: one for one in DISTURBANCES}
    for name in names:
        if name not in known:
            raise UsageError(f"There is no disturbance “{name}”; there are: {', '.join(known)}.")
    return [one for one in DISTURBANCES if not names or one.name in names]


class Disturbed:
    """A model that is shown each picture disturbed; in all else it is the model (`engine.evaluation.predictor.Looks`)."""

    def __init__(self, predictor: Any, disturbance: Disturbance, level: float) -> None:
        self.manifest = predictor.manifest
        self._predictor, self._disturbance, self._level = predictor, disturbance, level

    def predict(self, image: Path, *, page: int = 0, score_threshold: float | None = None) -> Prediction:
        """What the model says of the disturbed picture; found boxes are turned back."""
        pixels = decode(image, page, "rgb" if self.manifest.input.channels == 3 else "gray")
        shown = self._disturbance.apply(pixels, self._level)
        found: Prediction = self._predictor.predict(shown, score_threshold=score_threshold)
        return turned_back(found, self._level) if self._disturbance.apply is rotation else found


def turned_back(found: Prediction, degrees: float) -> Prediction:
    """Boxes found on a rotated picture at the places that they have on the upright one; each keeps its width and height.

    Rotated boxes turn with it.
    """
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    middle_x, middle_y = (found.width - 1) / 2, (found.height - 1) / 2
    detections = []
    for one in found.detections:
        x0, y0, x1, y1 = one.box
        x, y = (x0 + x1) / 2 - middle_x, (y0 + y1) / 2 - middle_y
        back_x, back_y = x * cos - y * sin + middle_x, x * sin + y * cos + middle_y
        half_w, half_h = (x1 - x0) / 2, (y1 - y0) / 2
        box, turned = (back_x - half_w, back_y - half_h, back_x + half_w, back_y + half_h), one.rotated
        if turned:
            x, y = turned[0] - middle_x, turned[1] - middle_y
            place = (x * cos - y * sin + middle_x, x * sin + y * cos + middle_y)
            turned = (*place, *turned[2:4], turned[4] + degrees)
        detections.append(replace(one, box=box, rotated=turned))
    return replace(found, detections=tuple(detections))


def _spots(height: int, width: int, share: float) -> npt.NDArray[np.float32]:
    """(H, W) in [0, 1]: how much each pixel is covered. More spots are added for a larger share, none moves."""
    import cv2

    random, cover = np.random.default_rng(SEED), np.zeros((height, width), np.uint8)
    long = max(height, width)
    while cover.mean() < share * 255:
        x, y, size = random.uniform(0, width), random.uniform(0, height), random.uniform(0.015, 0.05) * long
        cv2.circle(cover, (round(x), round(y)), max(1, round(size)), 255, -1)
    soft: Any = cv2.GaussianBlur(cover, (0, 0), max(0.5, long / 160))
    return soft.astype(np.float32) / np.float32(255)  # type: ignore[no-any-return]


def _scale(pixels: Pixels) -> float:
    return float(max(pixels.shape[0], pixels.shape[1])) / SIDE


def _bytes(values: Any) -> Pixels:
    result: Pixels = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return result
