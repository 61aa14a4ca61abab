"""Bytes of an image file to pixels: the one decoder that import, training, evaluation and serving share."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from engine.serving.errors import BadImage

Pixels = npt.NDArray[np.uint8]
Colours = Literal["auto", "rgb", "gray"]

MAX_PIXELS = 256_000_000
# Named readers only: the others are not needed, slow to load, and more surface for hostile files.
FORMATS = tuple(
    reader.format
    for reader in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        BmpImagePlugin.BmpImageFile,
        TiffImagePlugin.TiffImageFile,
        WebPImagePlugin.WebPImageFile,
        PpmImagePlugin.PpmImageFile,
        GifImagePlugin.GifImageFile,
    )
)
_MAX_SAMPLE_VALUE = 281  # TIFF tag: the white point of cameras that give 10 or 12 bits in 16

# The limit below is checked before any pixel is decoded, and says what is wrong; Pillow's own only warns up to twice its own.
Image.MAX_IMAGE_PIXELS = None


def decode(
    source: bytes | bytearray | memoryview | Path | str,
    page: int = 0,
    colours: Colours = "auto",
    max_pixels: int = MAX_PIXELS,
) -> Pixels:
    """Pixels of one image, upright.

    Args:
        source: the file's bytes, or its path.
        page: of a multi-page TIFF.
        colours: "auto" keeps grey images grey; "rgb" and "gray" convert.
        max_pixels: width × height above which the image is refused before anything is decoded.

    Returns:
        (H, W, 3) RGB or (H, W, 1) grey, uint8 in [0, 255]; EXIF orientation applied, transparency dropped,
        16 bits scaled down by their full range (or by the file's own MaxSampleValue).

    Raises:
        BadImage: not an image, a part is missing, too many pixels, or no such page.
    """
    file = io.BytesIO(source) if isinstance(source, bytes | bytearray | memoryview) else Path(source)
    try:
        with Image.open(file, formats=FORMATS) as image:
            check_size(image.width, image.height, max_pixels)
            if page:
                _seek(image, page)
                check_size(image.width, image.height, max_pixels)
            return _pixels(image, colours)
    except BadImage:
        raise
    except UnidentifiedImageError as error:
        raise BadImage(_unreadable(source)) from error
    except FileNotFoundError as error:
        raise BadImage("The file does not exist.") from error
    except MemoryError as error:
        raise BadImage("The image needs more memory than there is.") from error
    except (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, KeyError, IndexError, TypeError) as error:
        # Pillow's decoders raise any of these on damaged files.
        raise BadImage(
            f"The image is damaged or cut off ({str(error).rstrip('.') or type(error).__name__})."
        ) from error


def check_size(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse a picture whose header announces more pixels than allowed.

    Raises:
        BadImage: it does, or it has none.
    """
    if width < 1 or height < 1:
        raise BadImage("The image has no pixels.")
    if width * height > max_pixels:
        limit = f"{max_pixels / 1e6:.0f} million" if max_pixels >= 1_000_000 else str(max_pixels)
        raise BadImage(f"The image has {width} × {height} pixels; more than {limit} are not accepted.")


def to_channels(image: npt.NDArray[np.generic], channels: int) -> Pixels:
    """Bring pixels of any of the usual shapes to (H, W, channels) uint8; weights of grey are ITU-R 601 as in Pillow.

    Raises:
        BadImage: not (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), or not uint8.
    """
    if image.dtype != np.uint8:
        raise BadImage(f"Pixels are uint8 in 0 … 255; these are {image.dtype}.")
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or 0 in image.shape:
        raise BadImage(f"An image has the shape (H, W), (H, W, 1) or (H, W, 3); this one has {image.shape}.")
    pixels: Pixels = image[:, :, :3]  # type: ignore[assignment]  # the dtype was checked above
    if pixels.shape[2] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=2)
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))[:, :, None]


def _seek(image: Image.Image, page: int) -> None:
    pages = getattr(image, "n_frames", 1)
    if not 0 <= page < pages:
        raise BadImage(f"The image has {pages} page{'s' if pages > 1 else ''}; page {page + 1} does not exist.")
    image.seek(page)


def _pixels(image: Image.Image, colours: Colours) -> Pixels:
    if image.mode.startswith("I") or image.mode == "F":
        upright = _to_8_bits(image)
    else:
        target = {"auto": "L" if image.mode in ("1", "L", "LA") else "RGB", "rgb": "RGB", "gray": "L"}[colours]
        upright = ImageOps.exif_transpose(image).convert(target)
    if colours == "rgb" and upright.mode != "RGB":
        upright = upright.convert("RGB")
    pixels = np.asarray(upright)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Grey with more than 8 bits, scaled by its full range so that the same brightness gives the same value in every file."""
    tags = getattr(image, "tag_v2", {})
    white = tags.get(_MAX_SAMPLE_VALUE, 65535)
    white = max(int(white[0] if isinstance(white, tuple) else white), 1)
    upright = ImageOps.exif_transpose(image)
    values = np.asarray(upright)
    if image.mode == "F":
        peak = float(np.nanmax(values, initial=0.0))
        white = 1 if peak <= 1 else 255 if peak <= 255 else 65535
    scaled = np.clip(np.nan_to_num(values.astype(np.float32)) * (255 / white), 0, 255)
    return Image.fromarray(scaled.astype(np.uint8))


def _unreadable(source: bytes | bytearray | memoryview | Path | str) -> str:
    size = len(source) if isinstance(source, bytes | bytearray | memoryview) else Path(source).stat().st_size
    if size == 0:
        return "The file is empty."
    return "This is not an image of a known format (JPEG, PNG, BMP, TIFF, WebP, GIF, PNM)."
