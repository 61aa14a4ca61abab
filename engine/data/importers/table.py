"""CSV tables: a row per box or per image, with or without a header, in UTF-8 or GBK."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

from engine.data.importers.base import BAD_CONTENT, Labels, Picture, Problem, Reading, Shapes, Source
from engine.data.importers.folder import split_of_folders
from engine.data.importers.text import clean_text
from engine.errors import BadInput

NAMES = {
    "file": ("filename", "file_name", "file", "image", "image_path", "imagepath", "path", "img", "image_id", "name", "文件名", "图片", "图像", "文件", "路径"),
    "label": ("class", "label", "category", "class_name", "classname", "label_name", "标签", "类别", "缺陷", "缺陷类型", "类型"),
    "left": ("xmin", "x_min", "x1", "left", "bbox_x1"),
    "top": ("ymin", "y_min", "y1", "top", "bbox_y1"),
    "right": ("xmax", "x_max", "x2", "right", "bbox_x2"),
    "bottom": ("ymax", "y_max", "y2", "bottom", "bbox_y2"),
    "x": ("x", "bbox_x"), "y": ("y", "bbox_y"), "w": ("w", "bbox_w", "box_width", "bbox_width"),
    "h": ("h", "bbox_h", "box_height", "bbox_height"),
    "width": ("width", "image_width", "img_width", "宽", "宽度"), "height": ("height", "image_height", "img_height", "高", "高度"),
    "split": ("split", "subset", "set", "划分"), "group": ("group", "lot", "part", "group_key", "批次", "工件"),
    "attributes": ("attributes",),
}  # fmt: skip


class CsvImporter:
    """Tables whose columns are known by their names, or path,x1,y1,x2,y2,class without a header."""

    name = "csv"

    def recognise(self, source: Source) -> float:
        return 0.8 if any(_columns(path) for path in list(source.with_suffix(".csv", ".tsv").values())[:10]) else 0.0

    def read(self, source: Source) -> Reading:
        files = source.with_suffix(".csv", ".tsv")
        if source.path.is_file():
            folder = source.path.parent
            files = {clean_text(source.path.name): source.path}
            source = source.sibling(folder)
        reader = _Reader(source)
        for name, path in files.items():
            reader.add(name, path)
        if not reader.pictures:
            reason = source.problems[0].reason if source.problems else "no column names an image"
            raise BadInput(f"No image of the table in {source.path} could be found: {reason}.")
        return Reading(reader.pictures, reader.labels.specs, reader.shapes.table(), source.problems)


def tells_of_images(path: Path) -> bool:
    """Whether a table's columns name images and what is on them."""
    return bool(_columns(path))


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.labels, self.shapes = Labels(), Shapes()
        self.pictures: list[Picture] = []
        self._index: dict[str, int] = {}
        self._missing: set[str] = set()

    def add(self, name: str, path: Path) -> None:
        try:
            columns = _columns(path)
            rows = _rows(self.source, path)
        except (BadInput, csv.Error) as error:
            self.source.problems.append(Problem(name, str(error)))
            return
        if columns is None:
            self.source.problems.append(
                Problem(name, "no column names an image file; the header should have “filename”")
            )
            return
        base = name.rsplit("/", 1)[0] if "/" in name else ""
        start = 0 if columns.pop("no header", None) is not None else 1
        for number, row in enumerate(rows[start:], start + 1):
            cells = {key: row[place].strip() for key, place in columns.items() if place < len(row)}
            if not any(cells.values()):
                continue
            try:
                self._row(cells, base)
            except (BadInput, *BAD_CONTENT) as error:
                if str(error) not in self._missing:
                    self.source.problems.append(Problem(f"{name}:{number}", str(error)))

    def _row(self, cells: dict[str, str], base: str) -> None:
        reference = cells.get("file", "")
        if not reference:
            raise ValueError("the row names no image")
        if reference in self._missing:
            return
        if reference not in self._index:
            try:
                name, path = self.source.find_image(reference, base)
            except BadInput as error:
                self._missing.add(reference)
                raise BadInput(f"{reference}: {error}") from error
            size = None
            if cells.get("width") and cells.get("height") and ("left" in cells or "w" in cells):
                size = (int(float(cells["width"])), int(float(cells["height"])))
            split = cells.get("split", "").lower() or None
            split = {"valid": "val", "validation": "val", "training": "train", "testing": "test"}.get(
                split or "", split
            )
            known = split if split in ("train", "val", "test") else split_of_folders(name)
            self._index[reference] = len(self.pictures)
            self.pictures.append(Picture(path, name, known, cells.get("group") or None, size=size))
        if cells.get("label"):
            attributes: dict[str, Any] = json.loads(cells["attributes"]) if cells.get("attributes") else {}
            if not isinstance(attributes, dict):
                raise ValueError("its attributes are no JSON object")
            box = _box(cells)
            kind = "class" if box is None else "box"
            self.shapes.add(self._index[reference], self.labels.index(cells["label"]), kind, box, attributes=attributes)


def _box(cells: dict[str, str]) -> list[float] | None:
    corner = [cells.get(key, "") for key in ("left", "top", "right", "bottom")]
    sized = [cells.get(key, "") for key in ("x", "y", "w", "h")]
    if not any(corner) and not all(sized):
        sized = [*sized[:2], cells.get("width", ""), cells.get("height", "")]  # x, y, width, height of the box itself
        if not (sized[0] and sized[1]):
            return None
    values = [float(value) for value in (corner if any(corner) else sized)]
    if not all(map(math.isfinite, values)):
        raise ValueError("a coordinate is no number")
    if any(corner):
        left, top, right, bottom = values
        return [round(v, 6) for v in (min(left, right), min(top, bottom), abs(right - left), abs(bottom - top))]
    return values


def _rows(source: Source, path: Path) -> list[list[str]]:
    text = source.read_text(path)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _columns(path: Path) -> dict[str, int] | None:
    """Which column is what; None if no column names image files."""
    try:
        with path.open("rb") as file:
            head = file.read(8192)
        from engine.data.importers.text import decode_text

        lines = decode_text(head.rsplit(b"\n", 1)[0] if b"\n" in head else head).splitlines()
    except OSError:
        return None
    if not lines:
        return None
    delimiter = max(",;\t", key=lines[0].count)
    header = [cell.strip().strip("\ufeff").lower() for cell in next(csv.reader(lines[:1], delimiter=delimiter), [])]
    found = {key: header.index(name) for key, names in NAMES.items() for name in names[::-1] if name in header}
    if "file" in found:
        return found
    suffix = Path(header[0]).suffix if header else ""
    from engine.data.images import SUFFIXES

    if suffix in SUFFIXES and len(header) == 6:
        return dict(zip(("file", "left", "top", "right", "bottom", "label"), range(6), strict=True)) | {"no header": 0}
    if suffix in SUFFIXES and len(header) == 2:
        return {"file": 0, "label": 1, "no header": 0}
    return None
