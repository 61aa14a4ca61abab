"""CVAT 1.1 XML: images with shapes, or a video's tracks over frames, with attributes, groups and drawing order."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.data import rle
from engine.data.importers.base import Picture, Reading, Source, turned
from engine.data.importers.folder import natural, split_of_folders
from engine.data.importers.reader import FileReader
from engine.data.importers.text import clean_text, split_of
from engine.data.importers.voc import parse_xml
from engine.errors import BadInput

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TYPES = {"select": "choice", "radio": "choice", "number": "number", "checkbox": "flag", "text": "text"}
SHAPES = ("box", "polygon", "polyline", "points", "ellipse", "mask", "skeleton", "tag")


class CvatImporter:
    """A folder with annotations.xml and the images, one such folder per task, or the XML file alone."""

    name = "cvat"

    def recognise(self, source: Source) -> float:
        return 0.94 if any(_looks_like_cvat(path) for path in list(source.with_suffix(".xml").values())[:20]) else 0.0

    def read(self, source: Source) -> Reading:
        files = {name: path for name, path in source.with_suffix(".xml").items() if _looks_like_cvat(path)}
        if source.path.is_file():
            source = source.sibling(source.path.parent)
        reader = _Reader(source)
        reader.each(files, lambda name, path: reader.add(name, parse_xml(source.read_text(path))))
        reader.rest()
        return reader.reading()


def _looks_like_cvat(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return b"<annotations" in head and (b"<meta" in head or b"<image" in head or b"<track" in head)


class _Reader(FileReader):
    format = "CVAT"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._types: dict[tuple[str, str], str] = {}
        self._skeletons: dict[str, list[str]] = {}
        self._tracks = 0
        self._frame_size: tuple[int, int] | None = None
        self._sequence = ""

    def add(self, name: str, root: Element) -> None:
        """Read one file."""
        if root.tag != "annotations":
            raise BadInput("not a CVAT file: its root is not “annotations”")
        self.name, self.base = name, name.rsplit("/", 1)[0] if "/" in name else ""
        for entry in root.iterfind("meta//labels/label"):
            self._label(entry)
        for entry in root.iterfind("image"):
            self._image(entry)
        tracks = root.findall("track")
        if tracks:
            sides = [_whole(root.findtext(f"meta//original_size/{side}"), 0) for side in ("width", "height")]
            self._frame_size = (sides[0], sides[1]) if min(sides) > 0 else None
            self._sequence = (
                self.base.rsplit("/", 1)[-1] or clean_text(root.findtext("meta/task/name") or "") or "frames"
            )
            frames = self._frames({_whole(shape.get("frame"), -1) for entry in tracks for shape in entry})
            for entry in tracks:
                self._track(entry, frames)

    def rest(self) -> None:
        """Images that no file names."""
        for name, path in self.source.images.items():
            if name not in self.index:
                self.pictures.append(Picture(path, name, split_of_folders(name)))

    def _label(self, entry: Element) -> None:
        name = clean_text((entry.findtext("name") or "").strip())
        if not name:
            self.problem(self.name, "a label without a name; left out")
            return
        attributes = []
        for each in entry.iterfind("attributes/attribute"):
            key, kind = (each.findtext("name") or "").strip(), TYPES.get(each.findtext("input_type") or "", "text")
            values = [value for value in (each.findtext("values") or "").split("\n") if value]
            said: dict[str, Any] = {"name": key, "type": kind, "default": _value(each.findtext("default_value"), kind)}
            if kind == "choice":
                said["values"] = values
            elif kind == "number" and len(values) >= 2:
                said["range"] = [_value(value, "number") for value in values[:2]]
            attributes.append({k: v for k, v in said.items() if v not in (None, "", [])})
            self._types[name, key] = kind
        parent = (entry.findtext("parent") or "").strip()
        if parent:  # a joint of a skeleton
            self._skeletons.setdefault(parent, []).append(name)
            return
        color = entry.findtext("color") or ""
        color = color if re.fullmatch(r"#[0-9a-fA-F]{6}", color) else ""
        details: dict[str, Any] = {}
        if entry.findtext("type") == "skeleton":
            details = _skeleton(entry.findtext("svg") or "")
        self.labels.index(name, attributes=attributes, color=color.lower() or None, details=details)

    def _image(self, entry: Element) -> None:
        name = entry.get("name") or ""
        try:
            size = (int(float(entry.get("width") or 0)), int(float(entry.get("height") or 0)))
            image, path = self.source.find_image(name, self.base)
            if image in self.index:
                raise BadInput("the image is listed twice; the first one counts")
            split = split_of(entry.get("subset") or "") or split_of_folders(image)
            picture = self.picture(image, path, split, size=size if min(size) > 0 else None)
        except (BadInput, ValueError, OverflowError) as error:
            self.problem(clean_text(name) or self.name, str(error))
            return
        for shape in entry:
            self._shape(shape, shape.get("label") or "", picture, size, {})

    def _frame(self, image: str, frame: int) -> int:
        path, split = self.source.images[image], split_of_folders(image)
        return self.picture(image, path, split, self._sequence, {"frame": frame}, self._frame_size)

    def _frames(self, told: set[int]) -> dict[int, str]:
        """The image of each frame: by the number at the end of its name, else by its place in their order.

        CVAT counts frames from 0. Images that count from 1 are meant by their places, if there are enough of them.
        """
        prefix = self.base + "/" if self.base else ""
        names = [name for name in self.source.images if name.startswith(prefix)]
        if not names:
            self.problem(self.name, "there are no images of its frames; export the task with its images")
        numbers = {int(match[1]): name for name in names if (match := re.search(r"(\d+)\.\w+$", name))}
        if len(numbers) < len(names):
            return dict(enumerate(sorted(names, key=natural)))
        if 0 in told and 0 not in numbers and max(told) < len(numbers):
            return dict(enumerate(numbers[number] for number in sorted(numbers)))
        return numbers

    def _track(self, entry: Element, frames: dict[int, str]) -> None:
        self._tracks += 1
        last = -1
        shapes = sorted((s for s in entry if s.tag in SHAPES), key=lambda shape: _whole(shape.get("frame"), -1))
        missing = 0
        for shape in shapes:
            frame = _whole(shape.get("frame"), -1)
            if shape.get("outside") == "1":
                if last >= 0:
                    self.shapes.flag(last, "ends")
                last = -1
                continue
            if frame not in frames:
                missing += 1
                continue
            picture = self._frame(frames[frame], frame)
            flags = ["interpolated"] if shape.get("keyframe") == "0" else []
            details = {"track": self._tracks, "flags": flags, "group": _whole(entry.get("group_id"), 0)}
            last = self._shape(shape, entry.get("label") or "", picture, self._frame_size, details)
        if missing:
            self.problem(f"{self.name}: track {entry.get('id')}", f"there is no image of {missing} of its frames")

    def _shape(
        self, shape: Element, label: str, picture: int, size: tuple[int, int] | None, details: dict[str, Any]
    ) -> int:
        """Add one shape; returns its place, −1 if it could not be read."""
        if shape.tag not in SHAPES:
            if shape.tag not in ("attribute",):
                self.problem(self.pictures[picture].name, f"a shape of the kind “{shape.tag}” is not read")
            return -1
        flags = [*details.get("flags", ()), *(["occluded"] if shape.get("occluded") == "1" else [])]
        group = _whole(shape.get("group_id"), 0) or details.get("group", 0)
        details |= {"flags": sorted(flags), "z": _whole(shape.get("z_order"), 0), "group": group}
        attributes = {
            key: _value(each.text, self._types.get((label, key), "text"))
            for each in shape.iterfind("attribute")
            if (key := each.get("name") or "")
        }
        place = -1
        try:
            for kind, box, points, text in self._parts(shape, label, size):
                known = self.labels.index(label)
                place = self.shapes.add(picture, known, kind, box, points, text, attributes, details=details)
        except (ValueError, TypeError, OverflowError) as error:
            self.problem(self.pictures[picture].name, f"a {shape.tag} cannot be read: {error}")
        return place

    def _parts(self, shape: Element, label: str, size: tuple[int, int] | None) -> Iterator[tuple[str, Any, Any, Any]]:
        """(kind, box, points, rle) of a shape; several for a list of points."""

        def number(key: str, default: str | None = None) -> float:
            text = shape.get(key, default)
            if text is None:
                raise ValueError(f"“{key}” is missing")
            return float(text)

        tag, degrees = shape.tag, number("rotation", "0")
        if tag == "tag":
            yield "class", None, None, None
        elif tag == "box":
            left, top, right, bottom = (number(key) for key in ("xtl", "ytl", "xbr", "ybr"))
            w, h = round(right - left, 6), round(bottom - top, 6)
            if degrees:
                yield "rotated_box", None, [turned(left + w / 2, top + h / 2, w, h, degrees)], None
            else:
                yield "box", (left, top, w, h), None, None
        elif tag == "ellipse":
            yield "ellipse", None, [[*(number(key) for key in ("cx", "cy", "rx", "ry")), degrees]], None
        elif tag == "mask":
            yield "mask", *_mask(shape, size)
        elif tag == "skeleton":
            yield "keypoints", None, [self._joints(shape, label)], None
        else:
            points = [float(v) for pair in (shape.get("points") or "").split(";") if pair for v in pair.split(",")]
            if len(points) % 2 or len(points) < {"polygon": 6, "polyline": 4}.get(tag, 2):
                raise ValueError(f"{len(points) / 2:g} points")
            if tag == "points":
                yield from (("point", None, [points[i : i + 2]], None) for i in range(0, len(points), 2))
            else:
                yield tag, None, [points], None

    def _joints(self, shape: Element, label: str) -> list[float]:
        spec = self.labels.specs[self.labels.index(label)]
        names = spec.details.setdefault("keypoints", list(self._skeletons.get(label, [])))
        found: dict[str, list[float]] = {}
        for joint in shape.iterfind("points"):
            name = joint.get("label") or ""
            x, y = (float(value) for value in (joint.get("points") or "").split(";")[0].split(","))
            visible = 0.0 if joint.get("outside") == "1" else 1.0 if joint.get("occluded") == "1" else 2.0
            found[name] = [x, y, visible] if visible else [0.0, 0.0, 0.0]
            if name not in names:
                names.append(name)
        return [value for name in names for value in found.get(name, [0.0, 0.0, 0.0])]


def _skeleton(svg: str) -> dict[str, Any]:
    """Names and edges of a skeleton as CVAT keeps them: a drawing whose circles and lines carry data attributes."""
    names: dict[str, str] = {}
    for circle in re.findall(r"<circle\b[^>]*>", svg):
        node, name = re.search(r'data-node-id="([^"]*)"', circle), re.search(r'data-label-name="([^"]*)"', circle)
        if node and name:
            from xml.sax.saxutils import unescape

            names[node[1]] = unescape(name[1], {"&quot;": '"', "&apos;": "'", "&#10;": "\n"})
    order = list(names)
    edges = []
    for line in re.findall(r"<line\b[^>]*>", svg):
        ends = [re.search(rf'data-node-{end}="([^"]*)"', line) for end in ("from", "to")]
        if all(end and end[1] in names for end in ends):
            edges.append([order.index(end[1]) for end in ends if end])
    return {key: value for key, value in (("keypoints", list(names.values())), ("skeleton", edges)) if value}


def _mask(shape: Element, size: tuple[int, int] | None) -> tuple[tuple[float, ...], None, str]:
    """Run lengths of the part (left, top, width, height), row by row, as a mask of the whole image."""
    import numpy as np

    left, top, width, height = (int(float(shape.get(key) or 0)) for key in ("left", "top", "width", "height"))
    counts = np.array([int(part) for part in (shape.get("rle") or "").split(",")], np.int64)
    if size is None:
        raise ValueError("a mask of a video; the size of its frames is not said")
    if min(left, top) < 0 or min(width, height) < 1 or left + width > size[0] or top + height > size[1]:
        raise ValueError("its mask stands over the edge of the image")
    if (counts < 0).any() or counts.sum() != width * height:
        raise ValueError("its mask does not have as many pixels as it says")
    whole = np.zeros((size[1], size[0]), bool)
    whole[top : top + height, left : left + width] = np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(
        height, width
    )
    text = rle.encode(whole)
    return rle.bounds(text, size[1]), None, text


def _value(text: str | None, kind: str) -> Any:
    if kind == "flag":
        return (text or "").strip().lower() == "true"
    if kind == "number":
        try:
            value = float(text or "")
        except ValueError:
            return text
        if not math.isfinite(value):
            return text
        return int(value) if value == int(value) else value
    return text or ""


def _whole(text: str | None, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        return default
