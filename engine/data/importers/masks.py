"""Mask images: a PNG per picture in which the value of a pixel is its class, or a black-and-white one per defect."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import re
from pathlib import Path

from engine.data import rle
from engine.data.importers.base import Labels, Picture, Problem, Reading, Shapes, Source
from engine.data.importers.folder import split_of_folders
from engine.errors import BadInput

FOLDERS = frozenset({"mask", "masks", "ground_truth", "segmentationclass", "annotations", "labels", "gt", "label"})
MAX_CLASSES = 64
IGNORE = 255


class MasksImporter:
    """`images/1.jpg` with `masks/1.png`; or as MVTec: test/scratch/1.png with ground_truth/scratch/1_mask.png."""

    name = "masks"

    def recognise(self, source: Source) -> float:
        if not source.path.is_dir():
            return 0.0
        masks = _masks(source)
        texts = source.with_suffix(".json", ".xml")
        return 0.7 if masks and not texts and _pairs(source, masks) else 0.0

    def read(self, source: Source) -> Reading:
        masks = _masks(source)
        pairs = _pairs(source, masks)
        names = _names(source)
        labels, shapes = Labels(), Shapes()
        for name in names.values():
            labels.index(name)
        pictures: list[Picture] = []
        used: set[str] = set()
        for number, (name, path) in enumerate(source.images.items()):
            if name in masks:
                continue
            picture = Picture(path, name, split_of_folders(name))
            pictures.append(picture)
            for mask in pairs.get(name, []):
                used.add(mask)
                try:
                    picture.size = _add(shapes, len(pictures) - 1, labels, source, mask, masks[mask], names)
                except (BadInput, OSError, ValueError) as error:
                    source.problems.append(Problem(mask, str(error)))
            if number % 50 == 0:
                source.progress(0.01, f"Reading {name}")
        source.problems += [Problem(name, "there is no image for this mask") for name in masks if name not in used]
        if not pictures:
            raise BadInput(f"There are no images in {source.path}; masks need theirs.")
        return Reading(pictures, labels.specs, shapes.table(), source.problems)


def _masks(source: Source) -> dict[str, Path]:
    return {
        name: Path(path)
        for name, path in source.images.items()
        if name[name.rfind(".") :].lower() in (".png", ".bmp", ".tif", ".tiff")
        and FOLDERS & {part.lower() for part in name.split("/")[:-1]}
    }


def _stem(name: str) -> str:
    return re.sub(
        r"[_-](mask|gt|label|labelids|seg|segmentation)$", "", name.rsplit("/", 1)[-1].rsplit(".", 1)[0], flags=re.I
    )


def _pairs(source: Source, masks: dict[str, Path]) -> dict[str, list[str]]:
    """The masks of each image: same name, and the same sub-folders where that is not enough."""
    by_stem: dict[str, list[str]] = {}
    for name in source.images:
        if name not in masks:
            by_stem.setdefault(name.rsplit("/", 1)[-1].rsplit(".", 1)[0], []).append(name)
    found: dict[str, list[str]] = {}
    for mask in masks:
        same = by_stem.get(_stem(mask), [])
        if len(same) > 1:
            folders = {part for part in mask.split("/")[:-1] if part.lower() not in FOLDERS}
            same = [name for name in same if folders <= set(name.split("/")[:-1])]
        if len(same) == 1:
            found.setdefault(same[0], []).append(mask)
    return found


def _names(source: Source) -> dict[int, str]:
    """Class names by pixel value, from classes.txt: “1 scratch” or “scratch” on line 1 (from 0)."""
    for name, path in source.files.items():
        if name.rsplit("/", 1)[-1].lower() in ("classes.txt", "labels.txt", "labelmap.txt"):
            names: dict[int, str] = {}
            for number, line in enumerate(line for line in source.read_text(path).splitlines() if line.strip()):
                match = re.match(r"\s*(\d+)[\s,:]+(.+)", line)
                value, text = (int(match[1]), match[2]) if match else (number, line.split(":")[0])
                if value:
                    names[value] = text.strip()
            return names
    return {}


def _add(
    shapes: Shapes, picture: int, labels: Labels, source: Source, name: str, path: Path, names: dict[int, str]
) -> tuple[int, int]:
    import numpy as np
    from PIL import Image

    from engine.data.images import probe_bytes

    probe_bytes(source.read_bytes(path))
    with Image.open(path) as image:
        if image.mode not in ("L", "P", "1", "I;16", "I"):
            raise BadInput("a mask in colours; only grey and palette masks say which class a pixel is")
        pixels = np.asarray(image).astype(np.int64)
    height, width = pixels.shape
    values = [int(value) for value in np.unique(pixels) if value]
    if len(values) > MAX_CLASSES:
        raise BadInput(f"it has {len(values)} different values; a mask has one per class")
    if values in ([255], [1]) and not names:
        folder = name.split("/")[-2] if name.count("/") else ""
        names = {
            values[0]: folder if folder.lower() not in FOLDERS and not split_of_folders(f"{folder}/") else "defect"
        }
    elif IGNORE in values and IGNORE not in names:
        values.remove(IGNORE)
    for value in values:
        if names and value not in names:
            source.problems.append(Problem(name, f"unknown category {value}"))
            continue
        text = rle.encode(pixels == value)
        label = labels.index(names.get(value) or f"class_{value}")
        shapes.add(picture, label, "mask", rle.bounds(text, height), None, text)
    return width, height
