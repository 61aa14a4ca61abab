"""What a pixel looks like at several scales: the figures that a pixel classifier learns from.

The filters are those of ilastik's pixel classification (Berg et al., Nature Methods 2019): Gaussian, gradient magnitude,
Laplacian of Gaussian, eigenvalues of the structure tensor and of the Hessian, each at several widths.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Map = NDArray[np.float32]

WIDTHS = (0.7, 1.6, 3.5, 7.0)  # px, standard deviations
PER_WIDTH = 7  # figures of the lightness
COLOURS = 2  # figures of the colours at each width


class Stopped(Exception):
    """Somebody does not want the answer any more."""


def count(channels: int) -> int:
    """How many figures a pixel of an image with 1 or 3 channels has."""
    return len(WIDTHS) * (PER_WIDTH + (COLOURS if channels == 3 else 0))


def features(pixels: NDArray[np.uint8], stopped: Callable[[], bool] = lambda: False) -> Map:
    """(H, W, 1 or 3) uint8 to (H, W, F) float32.

    Raises:
        Stopped: `stopped` said so between two filters.
    """
    import cv2

    colours: list[Map] = []
    if pixels.shape[2] == 3:
        lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
        light, colours = np.ascontiguousarray(lab[..., 0]), [np.ascontiguousarray(lab[..., k]) for k in (1, 2)]
    else:
        light = pixels[..., 0].astype(np.float32) / 2.55
    found: list[Map] = []
    for width in WIDTHS:
        found += _of_light(light, width)
        found += [_blurred(colour, width) for colour in colours]
        if stopped():
            raise Stopped
    return np.stack(found, -1)


def _of_light(light: Map, width: float) -> list[Any]:
    import cv2

    smooth = _blurred(light, width)
    dx, dy = (cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3, scale=width / 8) for order in ((1, 0), (0, 1)))
    dxx, dyy, dxy = (
        cv2.Sobel(smooth, cv2.CV_32F, *order, ksize=3, scale=width**2 / 4) for order in ((2, 0), (0, 2), (1, 1))
    )
    tensor = _eigenvalues(*(_blurred(product, 2 * width) for product in (dx * dx, dy * dy, dx * dy)))
    roots = [np.sqrt(np.maximum(value, 0)) for value in tensor]
    return [smooth, np.sqrt(dx * dx + dy * dy), dxx + dyy, *roots, *_eigenvalues(dxx, dyy, dxy)]


def _eigenvalues(xx: Map, yy: Map, xy: Map) -> tuple[Map, Map]:
    """The larger and the smaller one of symmetric 2 × 2 matrices."""
    middle = np.asarray((xx + yy) / 2, np.float32)
    apart = np.asarray(np.sqrt(((xx - yy) / 2) ** 2 + xy * xy), np.float32)
    return middle + apart, middle - apart


def _blurred(image: Map, width: float) -> Map:
    import cv2

    return np.asarray(cv2.GaussianBlur(image, (0, 0), width, borderType=cv2.BORDER_REFLECT), np.float32)
