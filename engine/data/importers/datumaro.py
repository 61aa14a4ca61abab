"""Datumaro JSON: annotations/<subset>.json beside images/, with groups, drawing order, attributes and skeleton joints."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.data import rle
from engine.data.importers.base import BAD_CONTENT, Reading, Source, turned
from engine.data.importers.folder import split_of_folders
from engine.data.importers.reader import FileReader, reason_of
from engine.data.importers.text import clean_text, split_of
from engine.data.records import FLAGS
from engine.errors import BadInput

WORDS = {"is_crowd": "ignore"} | {flag: flag for flag in FLAGS}


class DatumaroImporter:
    """A folder that Datumaro (or CVAT as “Datumaro 1.0”) wrote, or one of its JSON files."""

    name = "datumaro"

    def recognise(self, source: Source) -> float:
        files = list(source.with_suffix(".json").values())[:20]
        return 0.94 if any(_looks_like_datumaro(path) for path in files) else 0.0

    def read(self, source: Source) -> Reading:
        files = {name: path for name, path in source.with_suffix(".json").items() if _looks_like_datumaro(path)}
        if source.path.is_file():
            folder = source.path.parent
            source = source.sibling(folder.parent if folder.name == "annotations" else folder)
        reader = _Reader(source)
        reader.each(files, lambda name, path: reader.add(name, json.loads(source.read_text(path))))
        return reader.reading()


def _looks_like_datumaro(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
            file.seek(max(0, path.stat().st_size - (1 << 16)))
            both = head + file.read()
    except OSError:
        return False
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and b'"items"' in both and b'"categories"' in both


class _Reader(FileReader):
    format = "Datumaro"

    def add(self, name: str, content: dict[str, Any]) -> None:
        """Read one subset."""
        self.name, self.base = name, name.rsplit("/", 1)[0] if "/" in name else ""
        self.subset = clean_text(name.rsplit("/", 1)[-1].removesuffix(".json"))
        self.known = self._categories(content.get("categories") or {})
        for number, item in enumerate(content["items"]):
            try:
                picture = self._picture(item)
                entries = list(item.get("annotations") or [])
            except (BadInput, *BAD_CONTENT) as error:
                what = item.get("id", number) if isinstance(item, dict) else number
                self.problem(f"{name}: {what}", reason_of(error))
                continue
            for entry in entries:
                try:
                    self._add(picture, entry)
                except BAD_CONTENT as error:
                    kind = entry.get("type") if isinstance(entry, dict) else entry
                    self.problem(self.pictures[picture].name, f"a {kind} cannot be read: {reason_of(error)}")

    def _categories(self, categories: dict[str, Any]) -> list[int]:
        entries = (categories.get("label") or {}).get("labels") or []
        joints = {each["label_id"]: each for each in (categories.get("points") or {}).get("items") or []}
        colors = {
            each["label_id"]: "#" + "".join(f"{int(each[part]) & 255:02x}" for part in "rgb")
            for each in (categories.get("mask") or {}).get("colormap") or []
            if all(isinstance(each.get(part), int) for part in "rgb")
        }
        found = []
        for ident, entry in enumerate(entries):
            details: dict[str, Any] = {}
            if ident in joints:
                edges = [list(map(int, edge)) for edge in joints[ident].get("joints") or []]
                first = 0 if any(0 in edge for edge in edges) else 1
                details = {"keypoints": list(map(str, joints[ident].get("labels") or [])),
                           "skeleton": sorted([a - first, b - first] for a, b in edges)}  # fmt: skip
            details = {key: value for key, value in details.items() if value}
            parent = clean_text(str(entry.get("parent") or "")).strip() or None
            name = str(entry["name"])
            found.append(self.labels.index(name, parent=parent, color=colors.get(ident), details=details))
        return found

    def _picture(self, item: dict[str, Any]) -> int:
        media = item.get("image") or item.get("media") or {}
        reference = str(media.get("path") or "")
        ident = str(item["id"])
        base = f"/{self.base}".removesuffix("/annotations").lstrip("/")
        image, path = "", ""
        problem = BadInput("there is no such image file")
        for guess in (f"images/{self.subset}/{reference}", f"images/{reference}", reference) if reference else ():
            try:
                image, path = self.source.find_image(guess, base)
                break
            except BadInput as error:
                problem = error
        if not image:
            if ".." in reference.split("/") or ".." in ident.split("/"):
                raise problem
            image = self.source.find_stem(ident.rsplit("/", 1)[-1], f"{base}/images/{self.subset}") or ""
            if not image:
                raise problem
            path = self.source.images[image]
        size: list[int] = media.get("size") or []
        whole = (int(size[1]), int(size[0])) if len(size) == 2 and min(size) > 0 else None
        extra = {key: value for key, value in (item.get("attr") or {}).items() if key not in ("id", "group_key")}
        group = (item.get("attr") or {}).get("group_key")
        split = split_of(self.subset) or split_of_folders(image)
        return self.picture(image, path, split, str(group) if group else None, extra or None, whole)

    def _add(self, picture: int, entry: dict[str, Any]) -> None:
        attributes = dict(entry.get("attributes") or {})
        told = [key for key, value in attributes.items() if key in WORDS and isinstance(value, bool)]
        flags = sorted({WORDS[key] for key in told if attributes.pop(key)})
        if attributes.pop("keyframe", True) is False:
            flags = sorted({*flags, "interpolated"})
        details = {"flags": flags, "group": int(entry.get("group") or 0), "z": int(entry.get("z_order") or 0),
                   "track": int(attributes.pop("track_id", 0) or 0)}  # fmt: skip
        score = attributes.pop("score", None)
        kind, box, points, text = self._shape(picture, entry)
        number = entry.get("label_id")
        if number is not None and not 0 <= number < len(self.known):
            raise ValueError(f"unknown category {number}")
        label = self.known[number] if number is not None else self.labels.index("(no name)")
        self.shapes.add(picture, label, kind, box, points, text, attributes,
                        float(score) if isinstance(score, int | float) else None, details)  # fmt: skip

    def _shape(self, picture: int, entry: dict[str, Any]) -> tuple[str, Any, Any, str | None]:
        kind, points = entry.get("type"), entry.get("points") or []
        if kind == "label":
            return "class", None, None, None
        if kind == "bbox":
            x, y, w, h = entry["bbox"]
            return "box", (x, y, w, h), None, None
        if kind == "rotated_bbox":
            cx, cy, w, h, degrees = (entry[key] for key in ("cx", "cy", "w", "h", "r"))
            return "rotated_box", None, [turned(cx, cy, w, h, degrees)], None
        if kind == "ellipse":
            x1, y1, x2, y2 = points or [entry[key] for key in ("x1", "y1", "x2", "y2")]
            ellipse = [(x1 + x2) / 2, (y1 + y2) / 2, abs(x2 - x1) / 2, abs(y2 - y1) / 2, float(entry.get("r") or 0)]
            return "ellipse", None, [ellipse], None
        if kind in ("polygon", "polyline"):
            if len(points) % 2 or len(points) < (6 if kind == "polygon" else 4):
                raise ValueError(f"{len(points) / 2:g} points")
            return kind, None, [points], None
        if kind == "points":
            visible = entry.get("visibility") or []
            if len(points) == 2 and (not visible or visible == [2]):
                return "point", None, [points], None
            pairs = zip(points[::2], points[1::2], visible or [2] * (len(points) // 2), strict=True)
            return "keypoints", None, [[value for x, y, v in pairs for value in (x, y, v)]], None
        if kind == "mask":
            box, text = self._mask(picture, entry["rle"])
            return "mask", box, None, text
        raise ValueError("this type is not read")

    def _mask(self, picture: int, mask: dict[str, Any]) -> tuple[tuple[float, ...], str]:
        height, width = map(int, mask["size"])
        counts = mask["counts"]
        text = counts if isinstance(counts, str) else rle.compress(counts)
        owner = self.pictures[picture]
        size = owner.size = owner.size or (width, height)
        if height < 1 or rle.pixels(text) != height * width or size != (width, height):
            raise ValueError("its mask does not have as many pixels as the image")
        return rle.bounds(text, height), text
