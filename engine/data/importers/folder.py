"""Images without annotations, and folders that are named after the class of the images in them."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import re
from dataclasses import replace

from engine.data.importers.base import Labels, Picture, Reading, Shapes, Source
from engine.data.importers.text import clean_text, split_of
from engine.errors import BadInput


class FolderImporter:
    """All images below a folder, or one image file. Option `sequence`: they are frames, in the order of their names."""

    name = "folder"

    def recognise(self, source: Source) -> float:
        return 0.1 if source.path.is_dir() or source.path.suffix.lower() in _suffixes() else 0.0

    def read(self, source: Source) -> Reading:
        if source.path.is_file():
            pictures = [Picture(str(source.path), clean_text(source.path.name))]
        else:
            pictures = [Picture(path, name, split_of_folders(name)) for name, path in source.images.items()]
        if not pictures:
            raise BadInput(f"There are no images in {source.path}; choose the folder that holds them.")
        if source.options.get("sequence"):
            pictures = _as_frames(pictures, source)
        return Reading(pictures, [], Shapes().table(), source.problems)


class FolderPerClassImporter:
    """`scratch/1.jpg`, `dent/2.jpg`, or the same below train/, val/ and test/: each image has the class of its folder."""

    name = "folder_per_class"

    def recognise(self, source: Source) -> float:
        if not source.path.is_dir() or not source.images:
            return 0.0
        if source.with_suffix(".json", ".xml", ".txt", ".yaml", ".csv"):
            return 0.0
        in_splits = [name for name in source.images if split_of_folders(name)]
        classes = {_class_of(name) for name in source.images if name.count("/") > 1 or name not in in_splits}
        plain = {"images", "image", "img", "imgs", "jpegimages", "masks", "labels", "annotations", ""}
        sure = len(classes) >= (1 if in_splits else 2) and not any(name.lower() in plain for name in classes)
        return 0.6 if sure else 0.0

    def read(self, source: Source) -> Reading:
        labels, shapes = Labels(), Shapes()
        pictures: list[Picture] = []
        for name, path in source.images.items():
            label = _class_of(name)
            if label:
                shapes.add(len(pictures), labels.index(label), "class")
            pictures.append(Picture(path, name, split_of_folders(name)))
        if not labels.specs:
            raise BadInput(f"{source.path} has no sub-folders with images; for a plain folder use --format folder.")
        return Reading(pictures, labels.specs, shapes.table(), source.problems)


def split_of_folders(name: str) -> str | None:
    """The split that one of the folders in an image's name is called after."""
    for part in name.split("/")[:-1]:
        if part.lower() in ("train", "training", "val", "valid", "validation", "test", "testing"):
            return split_of(part)
    return None


def _as_frames(pictures: list[Picture], source: Source) -> list[Picture]:
    """The images of each folder as the frames of a sequence, in the order of the numbers in their names."""
    from engine.data.importers.video import whole

    every = whole(source.options.get("every", 1))
    folders: dict[str, list[Picture]] = {}
    for picture in pictures:
        folders.setdefault(picture.name.rpartition("/")[0], []).append(picture)
    found = []
    for folder, frames in folders.items():
        group = folder or clean_text(source.root.name)
        frames.sort(key=lambda picture: natural(picture.name))
        found += [
            replace(picture, group=group, metadata={"frame": number})
            for number, picture in enumerate(frames)
            if number % every == 0
        ]
    return found


def natural(name: str) -> list[tuple[int, str]]:
    """Names in the order that a person expects: 9 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _class_of(name: str) -> str:
    """The folder that holds the image, unless that is only a split's."""
    folders = name.split("/")[:-1]
    return folders[-1] if folders and not (len(folders) == 1 and split_of_folders(name)) else ""


def _suffixes() -> frozenset[str]:
    from engine.data.images import SUFFIXES

    return SUFFIXES
