"""What an exporter writes from: items with their annotations, of the workspace as it is or of a version."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.data.exporters.rows import COLUMNS, Rows
from engine.data.records import Annotation

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass
class ExportItem:
    """One item: where its file is, what it is called in the export, and what is said of it."""

    path: str  # not a Path: there are many thousand items
    name: str
    page: int
    pages: bool  # the file has several pages; this one becomes a file of its own
    width: int
    height: int
    split: str | None
    group: str | None
    metadata: dict[str, Any]
    annotations: Sequence[Annotation]

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return split_suffix(self.name)[0]


@dataclass
class Dump:
    """All that is exported. `labels` maps label id to its name, in the order of the schema; `rows`: all annotations."""

    items: list[ExportItem]
    labels: dict[int, str]
    colors: dict[int, str] = field(default_factory=dict)
    details: dict[int, dict[str, Any]] = field(default_factory=dict)
    attributes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    rows: Rows | None = None

    @property
    def splits(self) -> list[str | None]:
        """The splits that occur, in their usual order."""
        found = {item.split for item in self.items}
        return [split for split in ("train", "val", "test", None) if split in found]


class Places:
    """Places of images in an export, of which no two differ in their suffix alone: their annotation files would be one."""

    def __init__(self) -> None:
        self._stems: set[str] = set()

    def of(self, name: str) -> str:
        """The name, with a number where one with this stem has been given out."""
        stem, suffix = split_suffix(name)
        unique, number = stem, 1
        while unique.lower() in self._stems:  # also on file systems that do not tell A from a
            number += 1
            unique = f"{stem}-{number}"
        self._stems.add(unique.lower())
        return unique + suffix


def split_suffix(name: str) -> tuple[str, str]:
    """A name without its suffix, and the suffix with its dot."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if dot and "/" not in suffix else (name, "")


class Losses:
    """Counts what a format cannot say, in words."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, what: str, count: int = 1) -> None:
        """Note that something was left out or changed."""
        self._counts[what] += count

    def details(self, annotation: Annotation, *told: str) -> None:
        """Note what of an annotation's details is set and not `told`: z, group, track, relations, names of flags."""
        for name, what in (("z", "the drawing order"), ("group", "groups of shapes"), ("track", "tracks"),
                           ("relations", "relations")):  # fmt: skip
            if getattr(annotation, name) and name not in told:
                self.add(f"{what} cannot be told")
        for flag in annotation.flags:
            if flag not in told:
                self.add(f"the flag “{flag}” cannot be told")

    def lines(self) -> list[str]:
        """One line each, with how often."""
        return [f"{what} ({count:,})" for what, count in sorted(self._counts.items())]


class Exporter(Protocol):
    """One format."""

    name: str

    def write(self, dump: Dump, out: Path, files: Files, losses: Losses) -> None:
        """Write the annotations into `out` and the images through `files`."""
        ...


@dataclass
class Files:
    """Puts image files into the export, and tells how far it is."""

    out: Path
    copy: bool = True
    progress: Callable[[float, str], None] = lambda _fraction, _message: None
    total: int = 1
    _done: int = 0

    def put(self, item: ExportItem, name: str) -> None:
        """Write an item's image at `out`/`name`."""
        self._done += 1
        if self._done % 32 == 0:
            self.progress(self._done / max(self.total, 1), f"{self._done:,} of {self.total:,} images")
        if self.copy:
            target = self.out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if item.pages:
                _write_page(item, target)
            else:
                _copy(Path(item.path), target)


def load(ws: Workspace, version: str | int | None, losses: Losses) -> Dump:
    """Everything of the workspace, or of a version; names are made safe and unique."""
    items, rows, labels = _of_workspace(ws) if version is None else _of_version(ws, version)
    files = Counter(row["path"] for row in items)
    used: set[str] = set()
    found = []
    for row in items:
        several = files[row["path"]] > 1 or row["page"] > 0
        name = _safe(row["name"], several)
        if several:
            losses.add("pages of multi-page files become files of their own")
        unique, number = name, 1
        while unique.lower() in used:  # also on file systems that do not tell A from a
            number += 1
            stem, suffix = split_suffix(name)
            unique = f"{stem}-{number}{suffix}"
        used.add(unique.lower())
        found.append(
            ExportItem(row["path"], unique, row["page"], several, row["width"], row["height"], row["split"],
                       row["group_key"], json.loads(row["metadata"]) if row["metadata"] else {}, rows.of(row["id"]))
        )  # fmt: skip
    return Dump(
        found,
        {row["id"]: row["name"] for row in labels},
        {row["id"]: row["color"] or "#888888" for row in labels},
        {row["id"]: row.get("details") or {} for row in labels},
        {row["id"]: row.get("attributes") or [] for row in labels},
        {row["id"]: row["parent"] for row in labels if row.get("parent")},
        rows,
    )


def _of_workspace(ws: Workspace) -> tuple[list[dict[str, Any]], Rows, list[dict[str, Any]]]:
    from engine.data.chunks import label_names
    from engine.data.items import linked_path
    from engine.data.records import read_labels

    columns = ("id", "digest", "name", "page", "width", "height", "split", "group_key", "metadata", "link")
    rows = ws.query(f"SELECT {', '.join(columns)} FROM item ORDER BY id")
    items = [dict(zip(columns, row, strict=True)) for row in rows]
    media = ws.path / "media"
    for item in items:
        digest = item["digest"]
        item["path"] = str(linked_path(item["link"])) if item["link"] else f"{media}/{digest[:2]}/{digest}"
    names = ", ".join("item_id AS item" if name == "item" else name for name in COLUMNS)
    table = ws.arrow(f"SELECT {names} FROM annotation WHERE origin <> 'model' ORDER BY item_id, id")
    attributes = {label.id: [dict(each) for each in label.attributes] for label in read_labels(ws)}
    labels = [row | {"attributes": attributes.get(row["id"])} for row in label_names(ws.cursor()).rows]
    return items, Rows(table), labels


def _of_version(ws: Workspace, version: str | int) -> tuple[list[dict[str, Any]], Rows, list[dict[str, Any]]]:
    from engine.data.versions import get_version, read_version
    from engine.errors import BadInput

    chosen = get_version(ws, version)
    if chosen.is_table:
        raise BadInput(f"The version “{chosen.name}” holds a table; these formats are of images and annotations.")
    data = read_version(ws.path, chosen.id)
    items = [row | {"id": row["key"]} for row in data.items.to_pylist()]
    items.sort(key=lambda row: (row["name"], row["page"]))
    names = ["item" if name == "item_key" else name for name in data.annotations.column_names]
    table = data.annotations.rename_columns(names).sort_by([("item", "ascending"), ("id", "ascending")])
    return items, Rows(table), list(data.manifest["labels"])


def _safe(name: str, page: bool) -> str:
    """A relative path that no file system refuses and that leads nowhere else."""
    parts = [re.sub(r'[\x00-\x1f<>:"|?*\\]', "_", part).strip() for part in name.split("/")]
    parts = [part for part in parts if part not in ("", ".", "..")] or ["image"]
    if page:
        stem, _, number = parts[-1].partition("#")
        parts[-1] = f"{stem.rsplit('.', 1)[0]}-page{number or 1}.png"
    return "/".join(parts)


def _copy(source: Path, target: Path) -> None:
    from engine.data.media import copy_file

    target.unlink(missing_ok=True)
    copy_file(source, target)


def _write_page(item: ExportItem, target: Path) -> None:
    from PIL import Image

    with Image.open(item.path) as image:
        image.seek(item.page)
        image.save(target, "PNG")


def number(value: float, digits: int = 6) -> float | int:
    """A coordinate as a person would write it: 12 rather than 12.0."""
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def text_file(path: Path, content: str) -> None:
    """Write an annotation file in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8", newline="\n")


def json_file(path: Path, content: Any, indent: int | None = None) -> None:
    """Write a JSON file in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=indent), "utf-8")


def box_of(annotation: Annotation) -> tuple[float, float, float, float] | None:
    """The bounding box; None for a class."""
    if annotation.x is None or annotation.y is None or annotation.w is None or annotation.h is None:
        return None
    return annotation.x, annotation.y, annotation.w, annotation.h


def area_of(ring: Sequence[float]) -> float:
    """Signed area of a polygon (x0, y0, x1, y1, …): the shoelace formula."""
    xs, ys = tuple(ring[::2]), tuple(ring[1::2])
    pairs = zip(xs, ys, (*xs[1:], xs[0]), (*ys[1:], ys[0]), strict=True)
    return sum(x0 * y1 - x1 * y0 for x0, y0, x1, y1 in pairs) / 2


def angle_of(ring: Sequence[float]) -> tuple[float, float, float, float, float]:
    """(centre x, centre y, width, height, degrees clockwise in [0, 360)) of the corners of a rotated box."""
    x0, y0, x1, y1, x2, y2, x3, y3 = ring
    w, h = math.hypot(x1 - x0, y1 - y0), math.hypot(x3 - x0, y3 - y0)
    return (x0 + x2) / 2, (y0 + y2) / 2, w, h, math.degrees(math.atan2(y1 - y0, x1 - x0)) % 360


def other_attributes(annotation: Annotation, known: set[str] | frozenset[str] = frozenset()) -> Mapping[str, Any]:
    """Attributes that the format has no field for."""
    return {key: value for key, value in annotation.attributes.items() if key not in known}


def remove_tree(folder: Path) -> None:
    """Remove a half-written export."""
    shutil.rmtree(folder, ignore_errors=True)


def relative(path: Path, start: Path) -> str:
    """`path` as seen from the folder `start`, with /."""
    return os.path.relpath(path, start).replace(os.sep, "/")
