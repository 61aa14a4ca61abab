"""YOLO text labels: boxes, segments, oriented boxes, poses; with data.yaml or classes.txt, or without names."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from engine.data.importers.base import LabelSpec, Picture, Problem, Reading, Shapes, Source, clockwise
from engine.data.importers.folder import split_of_folders
from engine.data.importers.text import clean_text, label_name
from engine.errors import BadInput

TASKS = ("detect", "segment", "obb", "pose")
_NAME_FILES = ("classes.txt", "obj.names", "labels.names", "names.txt")


class YoloImporter:
    """A folder with `images` and `labels` side by side, or each text file beside its image."""

    name = "yolo"

    def recognise(self, source: Source) -> float:
        if source.path.is_file():
            return 0.9 if source.path.suffix.lower() in (".yaml", ".yml") else 0.0
        texts = [path for name, path in _label_files(source).items()][:20]
        if not texts or not source.images:
            return 0.0
        return 0.85 if any(_looks_like_labels(path) for path in texts) else 0.3 if _settings(source) else 0.0

    def read(self, source: Source) -> Reading:
        if source.path.is_file():
            source = source.sibling(source.path.parent)
        settings = _settings(source)
        names = _names(source, settings)
        texts = _label_files(source)
        splits = _listed(source, settings)
        task, shape = str(source.options.get("task") or settings.get("task") or ""), _keypoint_shape(settings)
        lines: list[tuple[int, str, int, list[float]]] = []  # picture, file, line number, values
        pictures: list[Picture] = []
        used: set[str] = set()
        for name, path in source.images.items():
            text_name = _label_name(name, texts)
            split = splits.get(name) or splits.get(name.rsplit("/", 1)[0]) or split_of_folders(name)
            pictures.append(Picture(path, name, split))
            if text_name is not None:
                used.add(text_name)
                lines += [(len(pictures) - 1, text_name, *line) for line in _lines(source, text_name, texts[text_name])]
        source.problems += [Problem(name, "there is no image for these labels") for name in texts if name not in used]
        if not pictures:
            raise BadInput(f"There are no images in {source.path}; YOLO labels need theirs.")
        if task not in TASKS:
            task = _guess_task([values for *_, values in lines], shape)
        details: dict[str, Any] = {"kpt_shape": list(shape)} if task == "pose" and shape else {}
        details |= {"flip_idx": settings["flip_idx"]} if task == "pose" and "flip_idx" in settings else {}
        numbers = {int(values[0]) for *_, values in lines}
        labels: dict[int, str] = names or {number: f"class_{number}" for number in sorted(numbers)}
        index = {number: place for place, number in enumerate(labels)}
        shapes = Shapes()
        for picture, file, line, values in lines:
            try:
                if int(values[0]) not in index:
                    raise ValueError(f"unknown category {values[0]:g}")
                _add(shapes, picture, index[int(values[0])], values[1:], task, shape)
            except ValueError as error:
                source.problems.append(Problem(f"{file}:{line}", str(error)))
        told = settings.get("kpt_names")
        joints: dict[int, list[Any]] = told if isinstance(told, dict) else {}
        specs = [
            LabelSpec(
                label, details=details | ({"keypoints": list(map(str, joints[number]))} if joints.get(number) else {})
            )
            for number, label in labels.items()
        ]
        return Reading(pictures, specs, shapes.table(), source.problems, normalised=True)


def _add(
    shapes: Shapes, picture: int, label: int, values: list[float], task: str, shape: tuple[int, int] | None
) -> None:
    if task == "pose" and shape and len(values) == 4 + shape[0] * shape[1]:
        rest, step = values[4:], shape[1]
        points = [[*rest[i : i + 2], rest[i + 2] if step == 3 else 2.0] for i in range(0, len(rest), step)]
        if not any(visible for *_, visible in points):  # a box between poses
            shapes.add(picture, label, "box", _box(values))
            return
        shapes.add(picture, label, "keypoints", _box(values), [[value for point in points for value in point]])
    elif len(values) in (4, 5):
        shapes.add(picture, label, "box", _box(values), score=values[4] if len(values) == 5 else None)
    elif task == "obb" and len(values) == 8:
        shapes.add(picture, label, "rotated_box", None, [clockwise(values)])
    elif len(values) >= 6 and len(values) % 2 == 0 and task != "pose":
        shapes.add(picture, label, "polygon", None, [values])
    else:
        raise ValueError(f"{len(values)} numbers after the class are neither a box nor a {task} shape")


def _box(values: list[float]) -> tuple[float, float, float, float]:
    cx, cy, w, h = values[:4]
    return cx - w / 2, cy - h / 2, w, h


def _guess_task(rows: list[list[float]], shape: tuple[int, int] | None) -> str:
    if shape and any(len(row) == 5 + shape[0] * shape[1] for row in rows):
        return "pose"
    lengths = {len(row) for row in rows}
    if lengths == {9}:
        return "obb"
    return "segment" if any(length > 6 for length in lengths) else "detect"


def _settings(source: Source) -> dict[str, Any]:
    """The content of data.yaml; empty without one."""
    import yaml

    files = source.with_suffix(".yaml", ".yml")
    for name in sorted(files, key=lambda name: (name.count("/"), "data" not in name, name)):
        try:
            data = source.read_bytes(files[name])
            if len(data) > 1 << 20:
                continue
            content = yaml.safe_load(data.decode("utf-8-sig", "replace"))
        except (yaml.YAMLError, BadInput, ValueError, RecursionError) as error:
            source.problems.append(Problem(name, f"cannot be read as YAML: {str(error).splitlines()[0]}"))
            continue
        names = content.get("names") if isinstance(content, dict) else None
        if isinstance(names, dict) and not all(str(key).isdecimal() for key in names):
            source.problems.append(Problem(name, "the keys of its names are no numbers; not read"))
        elif isinstance(content, dict) and "names" in content:
            return content
    return {}


def _names(source: Source, settings: dict[str, Any]) -> dict[int, str]:
    names = settings.get("names")
    if isinstance(names, list):
        return {index: label_name(str(name)) for index, name in enumerate(names)}
    if isinstance(names, dict):
        return {
            int(index): label_name(str(name)) for index, name in sorted(names.items(), key=lambda pair: int(pair[0]))
        }
    for name, path in source.with_suffix(".txt", ".names").items():
        if name.rsplit("/", 1)[-1].lower() in _NAME_FILES:
            lines = [label_name(line) for line in source.read_text(path).split("\n")]
            return {index: line for index, line in enumerate(lines) if line}
    return {}


def _keypoint_shape(settings: dict[str, Any]) -> tuple[int, int] | None:
    shape = settings.get("kpt_shape")
    if (
        isinstance(shape, list)
        and len(shape) == 2
        and all(isinstance(value, int) for value in shape)
        and shape[1] in (2, 3)
    ):
        return shape[0], shape[1]
    return None


def _listed(source: Source, settings: dict[str, Any]) -> dict[str, str]:
    """The split of image folders, or of single images, that data.yaml names."""
    found: dict[str, str] = {}
    for split in ("train", "val", "test"):
        entries = settings.get(split)
        for entry in entries if isinstance(entries, list) else [entries]:
            if not isinstance(entry, str):
                continue
            place = re.sub(r"^(\.\.?/)+", "", clean_text(entry).replace("\\", "/")).rstrip("/")
            if not place.endswith(".txt"):
                found[place] = split
            elif place in source.files:
                for line in source.read_text(source.files[place]).splitlines():
                    found[re.sub(r"^(\.\.?/)+", "", line.strip())] = split
    return found


def _label_files(source: Source) -> dict[str, Path]:
    known = (*_NAME_FILES, "train.txt", "val.txt", "test.txt", "valid.txt", "readme.txt", "notes.txt")
    return {
        name: path
        for name, path in source.with_suffix(".txt").items()
        if (name.rsplit("/", 1)[-1].lower() not in known or "labels" in name.split("/")[:-1])
        and not name.lower().startswith("readme")
    }


def _label_name(image: str, texts: dict[str, Path]) -> str | None:
    """The text file of an image: `images` in its path replaced by `labels`, or beside it."""
    stem = image.rsplit(".", 1)[0]
    folders = image.split("/")
    for place in [index for index, folder in enumerate(folders[:-1]) if folder == "images"][::-1]:
        other = "/".join([*folders[:place], "labels", *folders[place + 1 :]]).rsplit(".", 1)[0] + ".txt"
        if other in texts:
            return other
    return next((name for name in (f"{stem}.txt", f"labels/{stem}.txt") if name in texts), None)


def _looks_like_labels(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            first = file.readline(4096).split()
        return len(first) >= 5 and first[0].isdigit() and all(0 <= float(value) <= 1.5 for value in first[1:5])
    except (OSError, ValueError):
        return False


def _lines(source: Source, name: str, path: Path) -> list[tuple[int, list[float]]]:
    found: list[tuple[int, list[float]]] = []
    try:
        text = source.read_text(path)
    except BadInput as error:
        source.problems.append(Problem(name, str(error)))
        return []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            values = [float(value) for value in line.split()]
            if len(values) < 5 or not all(map(math.isfinite, values)) or values[0] != int(values[0]) or values[0] < 0:
                raise ValueError
        except ValueError:
            source.problems.append(Problem(f"{name}:{number}", f"not a YOLO label: “{line.strip()[:60]}”"))
        else:
            found.append((number, values))
    return found
