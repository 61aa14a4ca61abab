"""Pascal VOC: one XML file per image with boxes, rotated boxes (robndbox) or polygons."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data.importers.base import Labels, Picture, Problem, Reading, Shapes, Source
from engine.data.importers.text import split_of
from engine.errors import BadInput

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FLAGS = ("pose", "truncated", "difficult", "occluded")


class VocImporter:
    """A folder with XML files anywhere below; splits from ImageSets/Main/*.txt or the folders' names."""

    name = "voc"

    def recognise(self, source: Source) -> float:
        return 0.9 if any(_looks_like_voc(path) for path in list(source.with_suffix(".xml").values())[:20]) else 0.0

    def read(self, source: Source) -> Reading:
        files = source.with_suffix(".xml")
        if source.path.is_file():
            parent = source.path.parent
            source = source.sibling(parent if source.images else parent.parent)
            files = {name: path for name, path in source.files.items() if path == files.get(path.name)} or files
        splits = _image_sets(source)
        labels, shapes = Labels(), Shapes()
        pictures: list[Picture] = []
        named: set[str] = set()
        for number, (name, path) in enumerate(files.items()):
            if number % 200 == 0:
                source.progress(0.01, f"Reading {name}")
            try:
                root = parse_xml(source.read_text(path))
                if root.tag != "annotation":
                    raise BadInput("not a VOC annotation")
                picture = _picture(source, root, name, splits)
                if picture.name in named:
                    raise BadInput(f"another file annotates {picture.name} already; the first one counts")
            except BadInput as error:
                source.problems.append(Problem(name, str(error)))
                continue
            named.add(picture.name)
            pictures.append(picture)
            for entry in root.iter("object"):
                try:
                    _object(shapes, len(pictures) - 1, labels, entry)
                except (ValueError, TypeError) as error:
                    source.problems.append(Problem(name, f"an object cannot be read: {error}"))
        pictures += [
            Picture(path, name, splits.get(Path(path).stem) or _folder_split(name))
            for name, path in source.images.items()
            if name not in named and not re.search(r"(^|/)Segmentation(Class|Object)/", name)
        ]
        if not pictures:
            raise BadInput(f"No VOC annotation in {source.path} could be read.")
        return Reading(pictures, labels.specs, shapes.table(), source.problems)


def parse_xml(text: str) -> Element:
    """The root of an XML text without entities: a document type is refused, so none can be defined.

    Raises:
        BadInput: not well-formed, or it defines a document type.
    """
    from xml.etree import ElementTree

    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise BadInput("it defines a document type or entities, which an annotation never needs; not read")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # the text is decoded already, whatever it says
    try:
        return ElementTree.fromstring(text)  # noqa: S314  no entities can be in it
    except (ElementTree.ParseError, ValueError) as error:
        raise BadInput(f"not well-formed XML: {error}") from error


def _looks_like_voc(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"<annotation" in file.read(2048)
    except OSError:
        return False


def _picture(source: Source, root: Element, name: str, splits: dict[str, str]) -> Picture:
    base = name.rsplit("/", 1)[0] if "/" in name else ""
    stem = name.rsplit("/", 1)[-1].removesuffix(".xml").removesuffix(".XML")
    file_name = (root.findtext("filename") or "").strip()
    try:
        image, path = source.find_image(file_name, base) if file_name else ("", "")
    except BadInput:
        if ".." in file_name or file_name.startswith("/"):
            raise
        image = ""
    if not image:  # many tools leave the name of an earlier copy in the file
        image = source.find_stem(stem, base) or ""
        if not image:
            raise BadInput(f"its image “{file_name or stem}” is not there")
        path = source.images[image]
    width, height = (root.findtext(f"size/{side}") or "" for side in ("width", "height"))
    size = (int(float(width)), int(float(height))) if _number(width) and _number(height) else None
    split = splits.get(stem) or splits.get(Path(image).stem) or _folder_split(name)
    return Picture(path, image, split, size=size if size and min(size) > 0 else None)


def _object(shapes: Shapes, picture: int, labels: Labels, entry: Element) -> None:
    name = (entry.findtext("name") or "").strip()
    if not name:
        raise ValueError("it has no name")
    attributes: dict[str, Any] = {
        flag: int(text) if (text := value.strip()).isdigit() else text
        for flag in FLAGS
        if (value := entry.findtext(flag)) and value.strip() not in ("", "0", "Unspecified")
    }
    flags = [flag for flag in ("occluded", "truncated") if attributes.get(flag) == 1 and attributes.pop(flag)]
    details = {"flags": flags}
    attributes |= {
        child.findtext("name", "").strip(): child.findtext("value", "").strip()
        for child in entry.iterfind("attributes/attribute")
        if child.findtext("name", "").strip()
    }
    label = labels.index(name)
    polygon, box, rotated = entry.find("polygon"), entry.find("bndbox"), entry.find("robndbox")
    if polygon is not None and len(polygon):
        points = _polygon(polygon)
        if len(points) < 6:
            raise ValueError("its polygon has fewer than three points")
        shapes.add(picture, label, "polygon", None, [points], None, attributes, None, details)
    elif rotated is not None:
        cx, cy, w, h, angle = (_float(rotated.findtext(key)) for key in ("cx", "cy", "w", "h", "angle"))
        shapes.add(picture, label, "rotated_box", None, [corners(cx, cy, w, h, angle)], None, attributes, None, details)
    elif box is not None:
        left, top, right, bottom = (_float(box.findtext(key)) for key in ("xmin", "ymin", "xmax", "ymax"))
        left, right, top, bottom = min(left, right), max(left, right), min(top, bottom), max(top, bottom)
        values = [round(value, 6) for value in (left, top, right - left, bottom - top)]
        shapes.add(picture, label, "box", values, None, None, attributes, None, details)
    else:
        raise ValueError("it has no box")


def corners(cx: float, cy: float, w: float, h: float, angle: float) -> list[float]:
    """The four corners, clockwise, of a box turned by `angle` radians about its centre."""
    c, s = math.cos(angle), math.sin(angle)
    around = ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
    return [round(value, 6) for dx, dy in around for value in (cx + dx * c - dy * s, cy + dx * s + dy * c)]


def _polygon(polygon: Element) -> list[float]:
    if polygon.find("pt") is not None:
        return [_float(pt.findtext(axis)) for pt in polygon.iterfind("pt") for axis in ("x", "y")]
    count = len(polygon) // 2
    return [_float(polygon.findtext(f"{axis}{index}")) for index in range(1, count + 1) for axis in ("x", "y")]


def _image_sets(source: Source) -> dict[str, str]:
    """The split of each image's stem by ImageSets/Main/train.txt and the like."""
    found: dict[str, str] = {}
    for name, path in source.files.items():
        folder, _, file = name.rpartition("/")
        split = split_of(file.removesuffix(".txt"))
        if file in ("train.txt", "val.txt", "test.txt") and "ImageSets" in folder and split:
            for line in source.read_text(path).splitlines():
                if line.strip():
                    found.setdefault(Path(line.split()[0]).stem if "." in line else line.split()[0], split)
    return found


def _folder_split(name: str) -> str | None:
    from engine.data.importers.folder import split_of_folders

    return split_of_folders(name)


def _number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _float(text: str | None) -> float:
    if text is None:
        raise ValueError("a coordinate is missing")
    return float(text)
