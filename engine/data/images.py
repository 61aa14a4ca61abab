"""What an image file is, told from its headers without decoding it, and its small pictures for the window."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 1_000_000_000  # 30k × 20k passes and is labelled by tiles; models take what engine.serving.images decodes
MAX_SIDE = 100_000
_LARGE_FILE = 100_000_000  # bytes of a TIFF from which on its small picture is made by bands
_WHOLE = 256_000_000  # px up to which an image is decoded whole for its small picture
MAX_PAGES = 10_000
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".tif", ".tiff", ".webp"})


class BadImage(BadInput):
    """The file cannot be used as an image; the message is the reason."""


@dataclass(frozen=True)
class ImageInfo:
    """Size in px as shown (after EXIF orientation); `pages` is more than 1 for a multi-page TIFF only.

    `page_sizes` has one (width, height, channels, bits) per page.
    """

    width: int
    height: int
    channels: int
    bits: int
    format: str
    pages: int = 1
    orientation: int = 1
    page_sizes: tuple[tuple[int, int, int, int], ...] = ()


def probe(path: Path) -> ImageInfo:
    """Read an image's headers and check that the file is whole.

    Raises:
        BadImage: with the reason: empty, not an image, truncated, too large.
    """
    try:
        return probe_bytes(path.read_bytes())
    except OSError as error:
        raise BadImage(f"cannot be read: {error.strerror or error}") from error


def probe_bytes(data: bytes) -> ImageInfo:
    """As `probe`, for the bytes of a file.

    Raises:
        BadImage: with the reason.
    """
    if not data:
        raise BadImage("the file is empty")
    reader = next((reader for magic, reader in _READERS if data.startswith(magic)), None)
    if reader is None or (reader is _webp and data[8:12] != b"WEBP"):
        raise BadImage("not an image that Lineside reads (JPEG, PNG, BMP, TIFF, WebP)")
    try:
        info = reader(data)
    except (struct.error, IndexError) as error:
        raise BadImage("truncated: the header is incomplete") from error
    for width, height, _, _ in info.page_sizes or ((info.width, info.height, 0, 0),):
        _check_size(width, height)
    return info


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise BadImage(f"its header says {width} × {height} px")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise BadImage(
            f"its header says {width:,} × {height:,} px; images up to {MAX_PIXELS // 1_000_000} million px"
            f" and {MAX_SIDE:,} px a side are read"
        )


def _jpeg(data: bytes) -> ImageInfo:
    position, size, orientation = 2, None, 1
    while True:
        while data[position] == 0xFF and data[position + 1] == 0xFF:  # fill bytes
            position += 1
        if data[position] != 0xFF:
            raise BadImage("damaged: a JPEG segment does not begin where it should")
        marker = data[position + 1]
        if marker == 0xD9:
            raise BadImage("damaged: the JPEG ends before its picture")
        (length,) = struct.unpack_from(">H", data, position + 2)
        if marker in (0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF):
            size = struct.unpack_from(">BHHB", data, position + 4)
        elif marker == 0xE1 and data[position + 4 : position + 10] == b"Exif\0\0":
            orientation = _exif_orientation(data[position + 10 : position + 2 + length]) or orientation
        elif marker == 0xDA:
            break
        position += 2 + length
    if size is None:
        raise BadImage("damaged: the JPEG does not say its size")
    bits, height, width, channels = size
    if width * height <= MAX_PIXELS and data.rfind(b"\xff\xd9", position) < 0:
        raise BadImage("truncated: the end of the JPEG is missing")
    if orientation >= 5:
        width, height = height, width
    return ImageInfo(width, height, channels, bits, "jpeg", orientation=orientation)


def _exif_orientation(tiff: bytes) -> int:
    """Orientation (1–8) of an EXIF block; 1 when it does not say or is damaged."""
    try:
        order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        (offset,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, offset)
        for index in range(count):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, offset + 2 + 12 * index)
            if tag == 0x0112 and kind == 3 and 1 <= value <= 8:
                return int(value)
    except (KeyError, struct.error):
        pass
    return 1


_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}


def _png(data: bytes) -> ImageInfo:
    width, height, bits, color = struct.unpack_from(">IIBB", data, 16)
    if color not in _PNG_CHANNELS or data[12:16] != b"IHDR":
        raise BadImage("damaged: the PNG header is not one")
    _check_size(width, height)
    position, orientation = 8, 1
    while data[position + 4 : position + 8] != b"IEND":
        if position + 12 > len(data):
            raise BadImage("truncated: the end of the PNG is missing")
        (length,) = struct.unpack_from(">I", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise BadImage(f"truncated: {end + 16 - len(data):,} bytes or more of the PNG are missing")
        if zlib.crc32(memoryview(data)[position + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise BadImage("damaged: a PNG checksum does not match")
        if data[position + 4 : position + 8] == b"eXIf":
            orientation = _exif_orientation(data[position + 8 : end])
        position = end + 4
    if orientation >= 5:
        width, height = height, width
    return ImageInfo(
        width, height, _PNG_CHANNELS[color], 8 if color == 3 else max(bits, 8), "png", orientation=orientation
    )


def _bmp(data: bytes) -> ImageInfo:
    (offset,) = struct.unpack_from("<I", data, 10)
    if struct.unpack_from("<I", data, 14)[0] == 12:
        width, height, _, depth = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, depth, compression = struct.unpack_from("<iiHHI", data, 18)
    height = abs(height)
    _check_size(width, height)
    missing = offset + (width * depth + 31) // 32 * 4 * height - len(data)
    if compression in (0, 3) and missing > 0:
        raise BadImage(f"truncated: {missing:,} bytes of the BMP are missing")
    return ImageInfo(width, height, 4 if depth == 32 else 3, 8, "bmp")


def _webp(data: bytes) -> ImageInfo:
    (length,) = struct.unpack_from("<I", data, 4)
    if length + 8 > len(data):
        raise BadImage(f"truncated: {length + 8 - len(data):,} bytes of the WebP are missing")
    return _by_pillow(data, "WEBP")


def _tiff(data: bytes) -> ImageInfo:
    return _by_pillow(data, "TIFF")


_MODES = {"1": (1, 8), "L": (1, 8), "P": (3, 8), "LA": (2, 8), "RGB": (3, 8), "RGBA": (4, 8), "CMYK": (4, 8),
          "YCbCr": (3, 8), "LAB": (3, 8), "I": (1, 32), "F": (1, 32), "RGBX": (4, 8)}  # fmt: skip


def _by_pillow(data: bytes, name: str) -> ImageInfo:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the limit here is ours and speaks in words
    sizes: list[tuple[int, int, int, int]] = []
    try:
        with Image.open(io.BytesIO(data), formats=[name]) as image:
            pages = getattr(image, "n_frames", 1) if name == "TIFF" else 1
            if pages > MAX_PAGES:
                raise BadImage(f"it has {pages:,} pages; up to {MAX_PAGES:,} are read")
            orientation = int(image.getexif().get(0x0112, 1) or 1)
            for page in range(pages):
                image.seek(page)
                if name == "TIFF":
                    _check_strips(image, len(data))
                channels, bits = _MODES.get(image.mode, (1, 16) if image.mode.startswith("I;16") else (3, 8))
                if name == "TIFF":
                    bits = max(8, *(int(bit) for bit in _numbers(image.tag_v2.get(258, (8,)))))  # type: ignore[attr-defined]
                width, height = image.size
                sizes.append((height, width, channels, bits) if orientation >= 5 else (width, height, channels, bits))
    except BadImage:
        raise
    except Exception as error:
        raise BadImage(f"truncated or damaged: {str(error).splitlines()[0][:120] or type(error).__name__}") from error
    return ImageInfo(*sizes[0], name.lower(), len(sizes), orientation, tuple(sizes))


def _check_strips(image: object, length: int) -> None:
    """Check that the strips or tiles of the current TIFF page lie within the file."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    for offsets, counts in ((273, 279), (324, 325)):
        for offset, count in zip(_numbers(tags.get(offsets, ())), _numbers(tags.get(counts, ())), strict=False):
            if offset + count > length:
                raise BadImage(f"truncated: {offset + count - length:,} bytes or more of the TIFF are missing")


def _numbers(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


_READERS: tuple[tuple[bytes, Callable[[bytes], ImageInfo]], ...] = (
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"BM", _bmp),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    (b"II+\0", _tiff),
    (b"MM\0+", _tiff),
    (b"RIFF", _webp),
)


def thumbnail(path: Path, page: int, size: int, cache: Path | None = None, digest: str = "") -> bytes:
    """A small JPEG, at most `size` px a side, upright; kept in `cache` by digest, page and size when these are given.

    Raises:
        BadImage: the file cannot be decoded.
    """
    kept = cache / f"{digest[:2]}" / f"{digest}-{page}-{size}.jpg" if cache is not None and digest else None
    if kept is not None and kept.is_file():
        return kept.read_bytes()
    small = _shrunk(path, page, size, cache.with_name("tiles") if cache is not None else None)
    if kept is not None:
        import contextlib
        import uuid

        with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
            kept.parent.mkdir(parents=True, exist_ok=True)
            partial = kept.with_name(f".{uuid.uuid4().hex}.part")
            partial.write_bytes(small)
            partial.replace(kept)
    return small


def _shrunk(path: Path, page: int, size: int, tiles: Path | None) -> bytes:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(path) as image:
            if page:
                image.seek(page)
            _check_size(*image.size)
            if image.format in ("JPEG", "MPO"):
                image.draft("RGB" if image.mode not in ("L",) else "L", (size, size))  # decodes 1/2, 1/4, 1/8 only
            shown: Image.Image = _by_bands(path, page, size) or _by_tiles(path, page, image, tiles) or image
            if shown.mode.startswith(("I", "F")):
                shown = _to_eight_bits(shown)
            reducing = max(1, min(shown.size) // (2 * size))
            if reducing > 1:
                shown = shown.reduce(reducing)
            shown.thumbnail((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
            shown = ImageOps.exif_transpose(shown)
            if shown.mode in ("RGBA", "LA", "P", "PA"):
                rgba = shown.convert("RGBA")
                shown = Image.new("RGB", rgba.size, (255, 255, 255))
                shown.paste(rgba, mask=rgba.getchannel("A"))
            out = io.BytesIO()
            shown.convert("L" if shown.mode in ("L", "1") else "RGB").save(out, "JPEG", quality=82)
            return out.getvalue()
    except BadImage:
        raise
    except Exception as error:
        raise BadImage(f"cannot be decoded: {str(error).splitlines()[0][:120] or type(error).__name__}") from error


def _by_bands(path: Path, page: int, size: int) -> Image.Image | None:
    """Every so many px of a TIFF that is too large to be decoded whole; None for all others."""
    import numpy as np
    from PIL import Image

    from engine.data import tiff

    if path.stat().st_size < _LARGE_FILE:
        return None
    try:
        found = tiff.read_page(path, page)
    except tiff.BadTiff:
        return None
    step = max(1, min(found.width, found.height) // (2 * size))
    rows, top = [], 0
    for band in tiff.bands(path, found):
        rows.append(band[-top % step :: step, ::step, :3])
        top += len(band)
    values = np.concatenate(rows)
    values = values[:, :, 0] if values.shape[2] == 1 else values
    if values.dtype != np.uint8:
        low, high = float(values.min()), float(values.max())
        values = ((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
    return Image.fromarray(values)


def _by_tiles(path: Path, page: int, image: Image.Image, tiles: Path | None) -> Image.Image | None:
    """What is left of an image that is too large to be decoded here: the last level of its tiles; None for all others."""
    import numpy as np
    from PIL import Image

    from engine.data.pixels import Adjustment, shown
    from engine.data.tiles import Pyramid, folder_of

    if image.width * image.height <= _WHOLE or image.format in ("JPEG", "MPO"):
        return None
    try:
        pyramid = Pyramid(folder_of(tiles or path.parent, path, page))
    except (OSError, ValueError, KeyError):
        pyramid = None
    if pyramid is None or not pyramid.complete:
        raise BadImage("too large to be made small before it was opened once")
    level = len(pyramid.shapes) - 1
    height, width = pyramid.shapes[level]
    pixels = shown(pyramid.region(level, 0, 0, width, height), Adjustment(), pyramid.window)
    return Image.fromarray(np.squeeze(pixels, 2) if pixels.shape[2] == 1 else pixels)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """A 16- or 32-bit grey picture, stretched between its darkest and brightest pixel as a person would want to see it."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(image, dtype=np.float32)
    low, high = float(pixels.min()), float(pixels.max())
    scaled = (pixels - low) * (255.0 / (high - low)) if high > low else pixels * 0
    return Image.fromarray(scaled.astype(np.uint8))
