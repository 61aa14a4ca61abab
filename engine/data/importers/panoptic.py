"""COCO panoptic: a JSON file and PNG images whose colours number the segments of each picture."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.data import rle
from engine.data.importers.base import Labels, Picture, Problem, Reading, Shapes, Source, clean_text, split_of
from engine.errors import BadInput

MAX_SEGMENTS = 5_000
PLACES = 16  # of a file that are looked at


class PanopticImporter:
    """`panoptic_train.json` and `panoptic_train/*.png`, the pictures beside them or in a folder of their own."""

    name = "coco_panoptic"

    def recognise(self, source: Source) -> float:
        files = list(source.with_suffix(".json").values())[:20]
        return 0.97 if any(_looks_like_panoptic(path) for path in files) else 0.0

    def read(self, source: Source) -> Reading:
        files = {name: path for name, path in source.with_suffix(".json").items() if _looks_like_panoptic(path)}
        if source.path.is_file():
            source = source.sibling(source.path.parent)
            files = {name: path for name, path in source.with_suffix(".json").items() if path in files.values()}
        reader = _Reader(source)
        for name, path in files.items():
            try:
                reader.add(name, json.loads(source.read_text(path)))
            except (BadInput, ValueError, RecursionError, TypeError, AttributeError, KeyError) as error:
                source.problems.append(Problem(name, f"cannot be read: {error}"))
        if not reader.pictures:
            reason = source.problems[0].reason if source.problems else "there is no panoptic file"
            raise BadInput(f"No image of the panoptic annotations in {source.path} could be found: {reason}.")
        return Reading(reader.pictures, reader.labels.specs, reader.shapes.table(), source.problems)


def _looks_like_panoptic(path: Path) -> bool:
    """Each of its annotations has segments, so one of a few places of the file shows it."""
    try:
        with path.open("rb") as file:
            if not file.read(4096).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
                return False
            size = path.stat().st_size
            for place in range(PLACES):
                file.seek(max(0, size * place // PLACES - 64))
                if b'"segments_info"' in file.read(1 << 16):
                    return True
            return False
    except OSError:
        return False


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.labels, self.shapes = Labels(), Shapes()
        self.pictures: list[Picture] = []
        self._index: dict[str, int] = {}

    def add(self, name: str, content: dict[str, Any]) -> None:
        """Read one file."""
        base = name.rsplit("/", 1)[0] if "/" in name else ""
        stem, split = name.rsplit("/", 1)[-1].rsplit(".", 1)[0], split_of(name.rsplit("/", 1)[-1])
        known: dict[Any, int] = {}
        for entry in content["categories"]:
            color = entry.get("color")
            named = (
                f"#{color[0]:02x}{color[1]:02x}{color[2]:02x}" if isinstance(color, list) and len(color) == 3 else None
            )
            details = {"supercategory": entry["supercategory"]} if entry.get("supercategory") else {}
            known[entry["id"]] = self.labels.index(entry["name"], color=named, details=details)
        images = {entry["id"]: entry for entry in content["images"]}
        self._segments = {image for image in self.source.images if f"/{stem}/" in f"/{image}"}
        for entry in content["annotations"]:
            what = clean_text(str(entry.get("file_name") or name))
            try:
                if entry["image_id"] not in images:
                    raise BadInput(f"it belongs to an image {entry['image_id']} that the file does not list")
                picture = self._picture(images[entry["image_id"]], base, split)
                self._image(picture, entry, known, f"{base}/{stem}".lstrip("/"))
            except (BadInput, ValueError, OSError, KeyError, TypeError) as error:
                self.source.problems.append(Problem(what, str(error)))
        for image in images.values():
            try:
                self._picture(image, base, split)
            except BadInput as error:
                self.source.problems.append(Problem(clean_text(str(image.get("file_name"))), str(error)))

    def _picture(self, entry: dict[str, Any], base: str, split: str | None) -> int:
        image, path = self._find(str(entry["file_name"]), base)
        if image not in self._index:
            self._index[image] = len(self.pictures)
            width, height = entry.get("width"), entry.get("height")
            size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
            self.pictures.append(Picture(path, image, split, size=size))
        return self._index[image]

    def _find(self, reference: str, base: str) -> tuple[str, str]:
        """The picture, not the image of its segments that has the same name."""
        for guess in (reference, f"images/{reference}"):
            image, path = self.source.find_image(guess, base)
            if image not in self._segments:
                return image, path
        raise BadInput("there is no such image file")

    def _image(self, picture: int, entry: dict[str, Any], known: dict[Any, int], folder: str) -> None:
        import numpy as np
        from PIL import Image

        from engine.data.images import probe_bytes

        _, path = self.source.find_image(str(entry["file_name"]), folder)
        probe_bytes(self.source.read_bytes(Path(path)))
        with Image.open(path) as image:
            colors = np.asarray(image.convert("RGB")).astype(np.int32)
        numbers = colors[..., 0] + 256 * colors[..., 1] + 65536 * colors[..., 2]
        height, width = numbers.shape
        size = self.pictures[picture].size
        if size is not None and size != (width, height):
            raise BadInput(f"its segments are made for {width} × {height} px, the image has {size[0]} × {size[1]} px")
        segments = entry["segments_info"]
        if len(segments) > MAX_SEGMENTS:
            raise BadInput(f"it has {len(segments):,} segments; up to {MAX_SEGMENTS:,} are read")
        there = set(np.unique(numbers).tolist())
        for segment in segments:
            if segment["category_id"] not in known:
                self.source.problems.append(Problem(entry["file_name"], f"unknown category {segment['category_id']}"))
            elif segment["id"] in there:
                text = rle.encode(numbers == segment["id"])
                details = {"flags": ["ignore"] if segment.get("iscrowd") else []}
                label = known[segment["category_id"]]
                self.shapes.add(picture, label, "mask", rle.bounds(text, height), None, text, details=details)
            else:
                self.source.problems.append(Problem(entry["file_name"], f"the segment {segment['id']} has no pixels"))
