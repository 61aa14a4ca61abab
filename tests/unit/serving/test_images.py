from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.serving.errors import BadImage
from engine.serving.images import decode, to_channels


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def picture(width: int = 40, height: int = 30) -> Image.Image:
    ramp = np.linspace(0, 255, width * height * 3).reshape(height, width, 3).astype(np.uint8)
    return Image.fromarray(ramp)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_formats_give_the_very_pixels(kind: str) -> None:
    assert np.array_equal(decode(encoded(picture(), kind)), np.asarray(picture()))


@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"progressive": True}), ("WEBP", {}), ("JPEG", {"quality": 95})]
)
def test_lossy_formats_give_about_the_pixels(kind: str, options: dict[str, Any]) -> None:
    assert np.abs(decode(encoded(picture(), kind, **options)).astype(int) - np.asarray(picture())).mean() < 4


def test_the_orientation_of_the_camera_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(encoded(picture(40, 30), "JPEG", exif=exif)).shape == (40, 30, 3)


def test_cmyk_becomes_rgb() -> None:
    assert decode(encoded(picture().convert("CMYK"), "JPEG")).shape == (30, 40, 3)


def test_grey_stays_grey_unless_asked_otherwise() -> None:
    grey = encoded(picture().convert("L"))
    assert decode(grey).shape == (30, 40, 1)
    assert decode(grey, colours="rgb").shape == (30, 40, 3)
    assert decode(encoded(picture()), colours="gray").shape == (30, 40, 1)


def test_sixteen_bits_are_scaled_by_their_range() -> None:
    values = np.array([[0, 257, 65535]], np.uint16)
    assert decode(encoded(Image.fromarray(values), "PNG"))[0, :, 0].tolist() == [0, 1, 255]
    assert decode(encoded(Image.fromarray(values), "TIFF"))[0, :, 0].tolist() == [0, 1, 255]


def test_twelve_bits_in_a_tiff_that_says_so_use_the_whole_range() -> None:
    values = np.array([[0, 2048, 4095]], np.uint16)
    tagged = encoded(Image.fromarray(values), "TIFF", tiffinfo={281: 4095})
    assert decode(tagged)[0, :, 0].tolist() == [0, 127, 255]


def test_a_page_of_a_tiff_is_found_and_a_page_beyond_the_last_is_not(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    picture().save(path, save_all=True, append_images=[Image.new("RGB", (7, 5), "white")])
    assert decode(path, page=1).shape == (5, 7, 3)
    with pytest.raises(BadImage, match="2 pages"):
        decode(path, page=2)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"%PDF-1.7"])
def test_what_is_no_image_is_refused(content: bytes) -> None:
    with pytest.raises(BadImage):
        decode(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
def test_a_cut_off_image_is_refused_and_not_filled_with_grey(kind: str) -> None:
    whole = encoded(picture(300, 200), kind)
    with pytest.raises(BadImage):
        decode(whole[: len(whole) // 2])


def test_a_header_that_announces_too_many_pixels_is_refused_before_decoding() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    with pytest.raises(BadImage, match="50000 × 50000"):
        decode(bomb)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="does not exist"):
        decode(tmp_path / "none.png")


def test_real_boards_and_parts_are_read(shared_data: Path) -> None:
    found = [path for path in sorted(shared_data.rglob("*")) if path.suffix.lower() in (".jpg", ".png", ".jpeg")]
    for path in found[:: max(1, len(found) // 20)]:
        assert decode(path).ndim == 3


def test_pixels_of_any_usual_shape_get_the_channels_asked_for() -> None:
    assert to_channels(np.zeros((4, 5), np.uint8), 3).shape == (4, 5, 3)
    assert to_channels(np.zeros((4, 5, 4), np.uint8), 3).shape == (4, 5, 3)
    assert to_channels(np.full((4, 5, 3), 9, np.uint8), 1).tolist() == np.full((4, 5, 1), 9).tolist()
    with pytest.raises(BadImage, match="float64"):
        to_channels(np.zeros((4, 5)), 3)
    with pytest.raises(BadImage, match="shape"):
        to_channels(np.zeros((1, 4, 5, 3), np.uint8), 3)
