"""LabelMe: one JSON file per image with polygons, rectangles, circles, lines, points and masks."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import base64
import hashlib
import io
import json
import math
from pathlib import Path
from typing import Any

from engine.data import rle
from engine.data.importers.base import BAD_CONTENT, Labels, Picture, Problem, Reading, Shapes, Source, clockwise
from engine.data.importers.folder import split_of_folders
from engine.data.records import FLAGS
from engine.errors import BadInput

_SUFFIX = {"jpeg": "jpg", "tiff": "tif"}


class LabelMeImporter:
    """A folder of images with a JSON file beside each."""

    name = "labelme"

    def recognise(self, source: Source) -> float:
        files = list(source.with_suffix(".json").values())[:20]
        return 0.92 if any(_looks_like_labelme(path) for path in files) else 0.0

    def read(self, source: Source) -> Reading:
        files = source.with_suffix(".json")
        if source.path.is_file():
            source = source.sibling(source.path.parent)
        labels, shapes = Labels(), Shapes()
        pictures: list[Picture] = []
        named: set[str] = set()
        for name, path in files.items():
            try:
                content = json.loads(source.read_text(path))
                if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
                    raise BadInput("not a LabelMe file: it has no list of shapes")
                picture = _picture(source, content, name)
                if picture.name in named:
                    raise BadInput(f"another file annotates {picture.name} already; the first one counts")
            except (BadInput, ValueError, RecursionError) as error:
                source.problems.append(
                    Problem(name, str(error) if isinstance(error, BadInput) else f"not JSON: {error}")
                )
                continue
            named.add(picture.name)
            pictures.append(picture)
            flags = content.get("flags")
            for flag in [flag for flag, on in flags.items() if on] if isinstance(flags, dict) else []:
                shapes.add(len(pictures) - 1, labels.index(flag), "class")
            for shape in content["shapes"]:
                try:
                    _add(shapes, len(pictures) - 1, labels, shape, picture.size)
                except (BadInput, OSError, *BAD_CONTENT) as error:
                    source.problems.append(Problem(name, f"a shape cannot be read: {error}"))
        pictures += [
            Picture(path, name, split_of_folders(name)) for name, path in source.images.items() if name not in named
        ]
        if not pictures:
            raise BadInput(f"No LabelMe annotation in {source.path} could be read.")
        return Reading(pictures, labels.specs, shapes.table(), source.problems)


def _looks_like_labelme(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError:
        return False
    return b'"shapes"' in head and head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")


def _picture(source: Source, content: dict[str, Any], name: str) -> Picture:
    base = name.rsplit("/", 1)[0] if "/" in name else ""
    reference = str(content.get("imagePath") or "")
    try:
        image, path = source.find_image(reference, base)
    except BadInput:
        found = source.find_stem(name.rsplit("/", 1)[-1].rsplit(".", 1)[0], base)
        if ".." in reference.replace("\\", "/").split("/"):
            raise
        if found is None:
            image, path = _unpacked(source, content, name)
        else:
            image, path = found, source.images[found]
    width, height = content.get("imageWidth"), content.get("imageHeight")
    size = (width, height) if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0 else None
    return Picture(path, image, split_of_folders(name) or split_of_folders(image), size=size)


def _unpacked(source: Source, content: dict[str, Any], name: str) -> tuple[str, str]:
    """The image that lies inside of the annotation file, as a file."""
    from engine.data.images import BadImage, probe_bytes

    text = content.get("imageData")
    if not isinstance(text, str) or not text:
        raise BadInput("there is no such image file")
    if source.scratch is None:
        raise BadInput("its image lies inside of the file, so it cannot be linked to; import without linking")
    try:
        data = base64.b64decode(text, validate=True)
        kind = probe_bytes(data).format.lower()
    except (ValueError, BadImage) as error:
        raise BadInput(f"its image inside of the file cannot be read: {error}") from error
    image = f"{name.rsplit('.', 1)[0]}.{_SUFFIX.get(kind, kind)}"
    path = source.scratch() / f"{hashlib.sha256(data).hexdigest()}.{_SUFFIX.get(kind, kind)}"
    path.write_bytes(data)
    return image, str(path)


def _add(shapes: Shapes, picture: int, labels: Labels, shape: dict[str, Any], size: tuple[int, int] | None) -> None:
    kind = shape.get("shape_type") or "polygon"
    points = [[float(x), float(y)] for x, y in shape.get("points") or []]
    if not all(math.isfinite(value) for point in points for value in point):
        raise ValueError("a coordinate is no number")
    label = labels.index(shape["label"])
    attributes: dict[str, Any] = {"description": shape["description"]} if shape.get("description") else {}
    said = {str(flag): on for flag, on in (shape.get("flags") or {}).items()}
    ours = sorted(flag for flag, on in said.items() if on is True and flag in FLAGS)
    others = {flag: on for flag, on in said.items() if flag not in ours}
    attributes |= {"flags": others} if others else {}
    group = shape.get("group_id")
    details = {"flags": ours, "group": f"g{group}" if group is not None else ""}
    flat = [value for point in points for value in point]
    if kind == "rectangle" and len(points) in (2, 4):
        left, top = min(flat[::2]), min(flat[1::2])
        box = [round(value, 6) for value in (left, top, max(flat[::2]) - left, max(flat[1::2]) - top)]
        shapes.add(picture, label, "box", box, None, None, attributes, None, details)
    elif kind == "mask" and shape.get("mask"):
        mask = _mask(shape["mask"], points, size)
        shapes.add(picture, label, "mask", rle.bounds(mask, (size or (0, 0))[1]), None, mask, attributes, None, details)
    elif kind == "circle" and len(points) == 2:
        (cx, cy), (ex, ey) = points
        radius = round(math.hypot(ex - cx, ey - cy), 6)
        shapes.add(picture, label, "ellipse", None, [[cx, cy, radius, radius, 0.0]], None, attributes, None, details)
    elif kind in ("oriented_rectangle", "rotation") and len(points) == 4:
        shapes.add(picture, label, "rotated_box", None, [clockwise(flat)], None, attributes, None, details)
    elif kind in ("line", "linestrip") and len(points) >= 2:
        shapes.add(picture, label, "polyline", None, [flat], None, attributes, None, details)
    elif kind in ("point", "points") and points:
        for pair in points:
            shapes.add(picture, label, "point", None, [pair], None, attributes, None, details)
    elif kind == "polygon" and len(points) >= 3:
        shapes.add(picture, label, "polygon", None, [flat], None, attributes, None, details)
    else:
        raise ValueError(f"a {kind} with {len(points)} points")


def _mask(text: str, points: list[list[float]], size: tuple[int, int] | None) -> str:
    import numpy as np
    from PIL import Image

    from engine.data.images import probe_bytes

    if size is None or len(points) != 2:
        raise ValueError("its mask needs two corners and the size of the image")
    data = base64.b64decode(text)
    probe_bytes(data)
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        part = np.asarray(image.convert("L")) > 0
    width, height = size
    left, top = round(points[0][0]), round(points[0][1])
    if left < 0 or top < 0 or left + part.shape[1] > width or top + part.shape[0] > height:
        raise ValueError("its mask stands over the edge of the image")
    whole = np.zeros((height, width), bool)
    whole[top : top + part.shape[0], left : left + part.shape[1]] = part
    return rle.encode(whole)
