"""An item as a picture, with what is annotated on it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from engine.data.records import Annotation
from engine.labeling.geometry import outlines, vertices

LINE_SHARE = 400  # an outline's width is this part of the longer side
MASK_SHADE = 96
OTHER = "#D55E00"
FONTS = ("wqy-microhei.ttc", "NotoSansCJK-Regular.ttc", "msyh.ttc", "PingFang.ttc", "DejaVuSans.ttf")


def picture(path: Path, page: int) -> Image.Image:
    """An image file as RGB, upright."""
    from engine.serving.images import decode

    return Image.fromarray(decode(path, page, "rgb"))


def drawn(image: Image.Image, rows: Sequence[Mapping[str, Any]], colors: Mapping[str, str]) -> Image.Image:
    """The picture with the annotations of a version (its rows, in px) and their labels."""
    made = image.copy()
    draw = ImageDraw.Draw(made)
    width = max(2, max(image.size) // LINE_SHARE)
    for row in rows:
        color = colors.get(row["label"]) or OTHER
        if row["rle"]:
            made.paste(color, mask=_mask(row["rle"], image))
        shape = _shape(row)
        for line in outlines(shape):
            places = [tuple(place) for place in line.tolist()]
            draw.line(places if shape.kind == "polyline" else [*places, places[0]], color, width)
        if shape.kind in ("point", "keypoints"):
            for x, y in vertices(shape).tolist():
                draw.ellipse((x - 2 * width, y - 2 * width, x + 2 * width, y + 2 * width), color)
        _name(draw, row["label"], (shape.x or 0, shape.y or 0), color, width)
    return made


def _shape(row: Mapping[str, Any]) -> Annotation:
    points = tuple(tuple(ring) for ring in row["points"] or ())
    return Annotation(0, 0, 0, row["kind"], row["x"], row["y"], row["w"], row["h"], points)


def _mask(rle: str, image: Image.Image) -> Image.Image:
    from engine.data.rle import decode

    return (
        Image.fromarray(decode(rle, image.height, image.width)).convert("L").point(lambda value: value and MASK_SHADE)
    )


def _name(draw: ImageDraw.ImageDraw, text: str, corner: tuple[float, float], color: str, width: int) -> None:
    size = max(11, 6 * width)
    place = (corner[0], max(0.0, corner[1] - size - width))
    draw.text(place, text, color, _font(size), stroke_width=1, stroke_fill="white")


@cache
def _font(size: int) -> Any:
    """One that has Chinese, where the machine has one."""
    for name in FONTS:
        with contextlib.suppress(OSError):
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)
