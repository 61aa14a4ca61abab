"""Open Images CSV: boxes, labels of whole images and segmentation masks, coordinates as parts of the image."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

from engine.data import rle
from engine.data.importers.base import Picture, Reading, Source
from engine.data.importers.folder import split_of_folders
from engine.data.importers.reader import FileReader
from engine.data.importers.text import decode_text, split_of
from engine.errors import BadInput

FLAGS = {"IsOccluded": "occluded", "IsTruncated": "truncated", "IsGroupOf": "ignore"}
OTHERS = ("IsDepiction", "IsInside")
MAX_REPORTED = 50


class OpenImagesImporter:
    """`*-annotations-bbox.csv` and the like beside `class-descriptions*.csv`; images by their id anywhere below."""

    name = "open_images"

    def recognise(self, source: Source) -> float:
        files = list(source.with_suffix(".csv").values())[:20]
        return 0.93 if any(_is_table(path) for path in files) else 0.0

    def read(self, source: Source) -> Reading:
        files = source.with_suffix(".csv")
        if source.path.is_file():
            source = source.sibling(source.path.parent)
        reader = _Reader(source, _names(source))
        reader.each({name: path for name, path in files.items() if _is_table(path)}, reader.add)
        reader.rest()
        if not reader.pictures:
            raise BadInput(f"There are no images in {source.path}; Open Images tables need theirs.")
        return reader.reading(normalised=True)


def _is_table(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return {"ImageID", "LabelName"} <= set(decode_text(file.readline(8192)).strip().split(","))
    except OSError:
        return False


def _names(source: Source) -> dict[str, str]:
    """Names by label ids (“/m/01g317”), from class-descriptions.csv."""
    found: dict[str, str] = {}
    for name, path in source.with_suffix(".csv").items() if source.path.is_dir() else source.sibling(
        source.path.parent
    ).with_suffix(".csv").items():  # fmt: skip
        if "class-descriptions" in name.rsplit("/", 1)[-1]:
            for row in csv.reader(io.StringIO(source.read_text(path), newline="")):
                if len(row) == 2 and row[0] != "LabelName":
                    found[row[0]] = row[1]
    return found


class _Reader(FileReader):
    def __init__(self, source: Source, names: dict[str, str]) -> None:
        super().__init__(source)
        self.names = names
        for name in names.values():
            self.labels.index(name)
        self._counts: Counter[str] = Counter()
        masks = (name for name in source.images if "masks" in name.lower().split("/")[:-1])
        self._masks = {name.rsplit("/", 1)[-1]: name for name in masks}

    def add(self, name: str, path: Path) -> None:
        """Read one table: what it holds is told by its columns."""
        reader = csv.DictReader(io.StringIO(self.source.read_text(path), newline=""))
        columns = set(reader.fieldnames or ())
        read = self._mask if "MaskPath" in columns else self._box if "XMin" in columns else self._class
        split, missing, bad = split_of(name.rsplit("/", 1)[-1]), set[str](), 0
        self._counts.clear()
        for number, row in enumerate(reader, 2):
            try:
                ident = row.get("ImageID") or ""
                if ident in missing:
                    continue
                picture = self._picture(ident, split)
                if picture is None:
                    missing.add(ident)
                    if len(missing) <= MAX_REPORTED:
                        self.problem(f"{name}:{number}", f"there is no image “{ident}”")
                    continue
                label = row.get("LabelName") or ""
                read(row, picture, self.labels.index(self.names.get(label, label)))
            except (ValueError, TypeError, KeyError, OSError, BadInput) as error:
                bad += 1
                if bad <= MAX_REPORTED:
                    self.problem(f"{name}:{number}", f"the row cannot be read: {error}")
        for what, count in ((len(missing), "images of the table are not there"), (bad, "rows cannot be read")):
            if what > MAX_REPORTED:
                self.problem(name, f"{what:,} {count}")
        if self._counts["absent"]:
            reason = f"{self._counts['absent']:,} labels verified to be absent are left out"
            self.problem(name, reason)

    def rest(self) -> None:
        """Images that no table names."""
        for name, path in self.source.images.items():
            if name not in self.index and name not in self._masks.values():
                self.pictures.append(Picture(path, name, split_of_folders(name)))

    def _picture(self, ident: str, split: str | None) -> int | None:
        if ".." in ident or "/" in ident or "\\" in ident:
            raise BadInput("its image id leads to another folder")
        image = self.source.find_stem(ident, split or "")
        if not ident or image is None:
            return None
        return self.picture(image, self.source.images[image], split or split_of_folders(image))

    def _class(self, row: dict[str, str], picture: int, label: int) -> None:
        confidence = float(row.get("Confidence") or 1)
        if confidence == 0:
            self._counts["absent"] += 1
            return
        self.shapes.add(picture, label, "class", score=confidence if confidence < 1 else None)

    def _box(self, row: dict[str, str], picture: int, label: int) -> None:
        box = self._corners(row, "")
        confidence = float(row.get("Confidence") or 1)
        flags = sorted(flag for key, flag in FLAGS.items() if row.get(key) == "1")
        attributes: dict[str, Any] = {key: True for key in OTHERS if row.get(key) == "1"}
        score = confidence if 0 <= confidence < 1 else None
        self.shapes.add(picture, label, "box", box, attributes=attributes, score=score, details={"flags": flags})

    @staticmethod
    def _corners(row: dict[str, str], prefix: str) -> tuple[float, float, float, float]:
        left, right, top, bottom = (float(row[f"{prefix}{key}"]) for key in ("XMin", "XMax", "YMin", "YMax"))
        return left, top, right - left, bottom - top

    def _mask(self, row: dict[str, str], picture: int, label: int) -> None:
        import numpy as np
        from PIL import Image

        from engine.data.images import probe_bytes

        reference = row["MaskPath"].rsplit("/", 1)[-1]
        if reference not in self._masks:
            raise BadInput(f"there is no mask “{reference}”")
        path = Path(self.source.images[self._masks[reference]])
        shown = probe_bytes(self.source.read_bytes(Path(self.pictures[picture].path)))
        width, height = shown.width, shown.height
        probe_bytes(self.source.read_bytes(path))
        with Image.open(path) as image:
            mask = np.asarray(image.convert("L").resize((width, height), Image.Resampling.NEAREST)) > 0
        text = rle.encode(mask)
        x, y, w, h = rle.bounds(text, height)
        self.shapes.add(picture, label, "mask", (x / width, y / height, w / width, h / height), None, text)
