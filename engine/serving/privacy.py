"""How much of an image may be kept: without what is no pixel, without parts of it, only what was found, or nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from engine.serving.images import MAX_PIXELS, Pixels, decode
from engine.serving.rules import Rules

MARGIN = 0.1  # around what was found, of its size
JPEG = b"\xff\xd8"
PNG = b"\x89PNG\r\n\x1a\n"
PIXELS_OF_PNG = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT pHYs bKGD".split()
)  # chunks that say how it looks and nothing else
PLACED_IN_JPEG = frozenset((0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE))  # EXIF, makers' own and comments


def permitted(
    image: bytes | Pixels, prediction: Mapping[str, Any], rules: Rules, most: int = MAX_PIXELS
) -> tuple[bytes, tuple[int, int] | None]:
    """What of an image may be kept: the bytes of a file, empty where nothing, and where it lies within the image.

    Raises:
        BadImage: it cannot be decoded.
    """
    if rules.image == "none":
        return b"", None
    if (
        isinstance(image, bytes)
        and not rules.hide
        and (rules.image == "whole" or (rules.image == "stripped" and _plain(image)))
    ):
        return image, None
    pixels = decode(image, max_pixels=most) if isinstance(image, bytes) else image
    pixels = _hidden(pixels, rules.hide)
    offset = None
    if rules.image == "crops":
        around = _around([one["box"] for one in prediction.get("detections", ())], pixels)
        if around is None:
            return b"", None
        left, top, right, bottom = around
        pixels, offset = pixels[top:bottom, left:right], (left, top)
    return encoded(pixels, "JPEG" if isinstance(image, bytes) and image.startswith(JPEG) else "PNG"), offset


def encoded(pixels: Pixels, kind: str = "PNG") -> bytes:
    """Pixels (H, W, 1 | 3) as an image file."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)).save(
        file, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {})
    )
    return file.getvalue()


def _hidden(pixels: Pixels, parts: Sequence[Sequence[float]]) -> Pixels:
    """Each part painted over with its mean colour: what was there cannot be brought back."""
    if not parts:
        return pixels
    painted = pixels.copy()
    height, width = pixels.shape[:2]
    for left, top, right, bottom in parts:
        rows = slice(int(top * height), int(np.ceil(bottom * height)))
        columns = slice(int(left * width), int(np.ceil(right * width)))
        painted[rows, columns] = painted[rows, columns].mean((0, 1)).astype(np.uint8)
    return painted


def _around(boxes: Sequence[Sequence[float]], pixels: Pixels) -> tuple[int, int, int, int] | None:
    """What encloses all boxes, with a margin."""
    if not boxes:
        return None
    height, width = pixels.shape[:2]
    edges = np.array(boxes, np.float64)
    low, high = edges[:, :2].min(0), edges[:, 2:].max(0)
    margin = np.maximum(MARGIN * (high - low), 1)
    left, top = np.clip(np.floor(low - margin), 0, (width - 1, height - 1)).astype(int).tolist()
    right, bottom = np.clip(np.ceil(high + margin), (left + 1, top + 1), (width, height)).astype(int).tolist()
    return left, top, right, bottom


def _plain(image: bytes) -> bool:
    """Whether a file holds nothing but pixels; of kinds other than JPEG and PNG that is not known."""
    if image.startswith(JPEG):
        return _plain_jpeg(image)
    return image.startswith(PNG) and _plain_png(image)


def _plain_jpeg(image: bytes) -> bool:
    """By the segments before the first scan (ITU-T T.81, B.1.1)."""
    place = 2
    while place + 4 <= len(image) and image[place] == 0xFF:
        marker, size = image[place + 1], int.from_bytes(image[place + 2 : place + 4], "big")
        named = image[place + 4 : place + 16]
        if marker in PLACED_IN_JPEG or (marker == 0xE2 and not named.startswith(b"ICC_PROFILE")):
            return False
        if marker == 0xDA:
            return image.endswith(b"\xff\xd9")
        place += 2 + size
    return False


def _plain_png(image: bytes) -> bool:
    """By the chunks (RFC 2083); nothing follows the last."""
    place = len(PNG)
    while place + 12 <= len(image):
        size, kind = int.from_bytes(image[place : place + 4], "big"), image[place + 4 : place + 8]
        place += 12 + size
        if kind not in PIXELS_OF_PNG:
            return False
        if kind == b"IEND":
            return place == len(image)
    return False
