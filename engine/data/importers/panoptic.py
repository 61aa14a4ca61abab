"""COCO panoptic: a JSON file and PNG images whose colours number the segments of each picture."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.data import rle
from engine.data.importers.base import BAD_CONTENT, Reading, Source
from engine.data.importers.reader import FileReader, reason_of
from engine.data.importers.text import split_of
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
        reader.each(files, lambda name, path: reader.add(name, json.loads(source.read_text(path))))
        return reader.reading()


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


class _Reader(FileReader):
    format = "panoptic"

    def add(self, name: str, content: dict[str, Any]) -> None:
        """Read one file."""
        base = name.rsplit("/", 1)[0] if "/" in name else ""
        stem, split = name.rsplit("/", 1)[-1].rsplit(".", 1)[0], split_of(name.rsplit("/", 1)[-1])
        known: dict[Any, int] = {}
        for entry in content["categories"]:
            color = entry.get("color")
            rgb = color if isinstance(color, list) and len(color) == 3 else ()
            named = "#" + "".join(f"{int(part) & 255:02x}" for part in rgb) if rgb else None
            details = {"supercategory": entry["supercategory"]} if entry.get("supercategory") else {}
            known[entry["id"]] = self.labels.index(entry["name"], color=named, details=details)
        images = {entry["id"]: entry for entry in content["images"]}
        self._segments = {image for image in self.source.images if f"/{stem}/" in f"/{image}"}
        for entry in content["annotations"]:
            what = entry.get("file_name") or name if isinstance(entry, dict) else name
            try:
                if entry["image_id"] not in images:
                    raise BadInput(f"it belongs to an image {entry['image_id']} that the file does not list")
                picture = self._picture(images[entry["image_id"]], base, split)
                self._image(picture, entry, known, f"{base}/{stem}".lstrip("/"))
            except (BadInput, OSError, *BAD_CONTENT) as error:
                self.problem(what, reason_of(error))
        for image in images.values():
            try:
                self._picture(image, base, split)
            except (BadInput, *BAD_CONTENT) as error:
                self.problem(image.get("file_name"), reason_of(error))

    def _picture(self, entry: dict[str, Any], base: str, split: str | None) -> int:
        image, path = self._find(str(entry["file_name"]), base)
        width, height = entry.get("width"), entry.get("height")
        size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
        return self.picture(image, path, split, size=size)

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
        owner = self.pictures[picture]
        size = owner.size = owner.size or (width, height)
        if size != (width, height):
            raise BadInput(f"its segments are made for {width} × {height} px, the image has {size[0]} × {size[1]} px")
        segments = entry["segments_info"]
        if len(segments) > MAX_SEGMENTS:
            raise BadInput(f"it has {len(segments):,} segments; up to {MAX_SEGMENTS:,} are read")
        there = set(np.unique(numbers).tolist())
        for segment in segments:
            if segment["category_id"] not in known:
                self.problem(entry["file_name"], f"unknown category {segment['category_id']}")
            elif segment["id"] in there:
                text = rle.encode(numbers == segment["id"])
                details = {"flags": ["ignore"] if segment.get("iscrowd") else []}
                label = known[segment["category_id"]]
                self.shapes.add(picture, label, "mask", rle.bounds(text, height), None, text, details=details)
            else:
                self.problem(entry["file_name"], f"the segment {segment['id']} has no pixels")
