"""How much of an image is kept: no place and no name beside the pixels, no part that is to be hidden."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.serving.errors import BadImage
from engine.serving.privacy import permitted
from engine.serving.rules import Rules

SECRET = b"Wang Wei, 31.23 N"
FOUND = {"detections": [{"label": "dent", "score": 0.4, "box": [20, 10, 40, 30]}]}


def picture() -> Image.Image:
    return Image.fromarray((np.mgrid[0:60, 0:80].sum(0) % 256).astype(np.uint8)).convert("RGB")


def saved(kind: str, **more: object) -> bytes:
    file = io.BytesIO()
    picture().save(file, kind, **more)
    return file.getvalue()


def with_secret(kind: str) -> bytes:
    """Where cameras and programs leave more than pixels."""
    if kind == "PNG":
        notes = PngInfo()
        notes.add_text("Author", SECRET.decode())
        return saved("PNG", pnginfo=notes)
    if kind == "comment":
        return saved("JPEG", comment=SECRET)
    if kind == "EXIF":
        exif = Image.Exif()
        exif[0x9286] = SECRET.decode()
        return saved("JPEG", exif=exif)
    return saved("JPEG") + SECRET  # behind the end of the file


@pytest.mark.parametrize("kind", ["EXIF", "comment", "PNG", "trailing"])
def test_only_pixels_are_kept(kind):
    image = with_secret(kind)
    assert SECRET in image
    left, _ = permitted(image, FOUND, Rules())
    assert SECRET not in left
    assert Image.open(io.BytesIO(left)).size == (80, 60)
    assert permitted(image, FOUND, Rules(image="whole"))[0] == image


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_file_of_nothing_but_pixels_stays_as_it_is(kind):
    image = saved(kind)
    assert permitted(image, FOUND, Rules()) == (image, None)


def test_only_what_was_found_is_kept_and_where_it_was():
    left, offset = permitted(saved("PNG"), FOUND, Rules(image="crops"))
    pixels = np.asarray(Image.open(io.BytesIO(left)))
    assert offset == (18, 8) and pixels.shape[:2] == (24, 24)
    assert (pixels == np.asarray(picture())[8:32, 18:42]).all()
    assert permitted(saved("PNG"), {"detections": []}, Rules(image="crops")) == (b"", None)
    beyond = {"detections": [{"box": [-50, -50, 900, 900]}]}
    assert Image.open(io.BytesIO(permitted(saved("PNG"), beyond, Rules(image="crops"))[0])).size == (80, 60)


def test_what_is_to_be_hidden_has_one_colour():
    left, _ = permitted(saved("PNG"), FOUND, Rules(hide=((0, 0, 0.5, 0.25),)))
    pixels = np.asarray(Image.open(io.BytesIO(left)).convert("RGB"))
    assert len(np.unique(pixels[:15, :40])) == 1
    assert (pixels[15:] == np.asarray(picture())[15:]).all()


def test_nothing_of_the_image_is_kept_where_nothing_may_be():
    assert permitted(b"not even an image", FOUND, Rules(image="none")) == (b"", None)
    with pytest.raises(BadImage):
        permitted(b"not even an image", FOUND, Rules())
