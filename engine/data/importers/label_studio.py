"""Label Studio JSON: tasks with the results of their annotations, and the labelling configuration beside them."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from engine.data import rle
from engine.data.importers.base import Labels, Picture, Problem, Reading, Shapes, Source
from engine.data.importers.text import clean_text
from engine.data.studio import config as studio
from engine.data.studio.regions import read
from engine.errors import BadInput

CONFIGS = ("labeling_config.xml", "label_config.xml", "config.xml")


class LabelStudioImporter:
    """The full JSON export: a list of tasks with annotations."""

    name = "label_studio"

    def recognise(self, source: Source) -> float:
        files = list(source.with_suffix(".json").values())[:20]
        return 0.93 if any(_looks_like_label_studio(path) for path in files) else 0.0

    def read(self, source: Source) -> Reading:
        files = {name: path for name, path in source.with_suffix(".json").items() if _looks_like_label_studio(path)}
        if source.path.is_file():
            source = source.sibling(source.path.parent)
        labels, shapes = Labels(), Shapes()
        flags = _schema(source, labels)
        pictures: list[Picture] = []
        named: dict[str, int] = {}
        for name, path in files.items():
            try:
                tasks = json.loads(source.read_text(path))
            except (BadInput, ValueError, RecursionError) as error:
                source.problems.append(Problem(name, f"not JSON: {error}"))
                continue
            for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks]):
                try:
                    reference, metadata = _reference(task)
                    image, image_path = _find(source, reference, name)
                except (BadInput, AttributeError, TypeError) as error:
                    what = f"{name}: task {task.get('id', number) if isinstance(task, dict) else number}"
                    source.problems.append(Problem(what, str(error)))
                    continue
                if image not in named:
                    named[image] = len(pictures)
                    split = metadata.pop("split", None)
                    pictures.append(Picture(image_path, image, split if split in ("train", "val", "test") else None))
                    pictures[-1].group = str(metadata.pop("group")) if metadata.get("group") else None
                    pictures[-1].metadata = metadata or None
                _add_task(shapes, named[image], pictures[named[image]], labels, task, flags, source.problems)
        if not pictures:
            reason = source.problems[0].reason if source.problems else "it has no tasks"
            raise BadInput(f"No task of {source.path} could be read: {reason}.")
        return Reading(pictures, labels.specs, shapes.table(), source.problems)


def _looks_like_label_studio(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError:
        return False
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    return start in (b"[", b"{") and b'"data"' in head and (b'"annotations"' in head or b'"from_name"' in head)


def _schema(source: Source, labels: Labels) -> frozenset[str]:
    """Take the labels of a configuration that lies beside the tasks; returns the names of attributes that are yes or no."""
    for name, path in source.with_suffix(".xml").items() if source.path.is_dir() else ():
        if name.rsplit("/", 1)[-1] in CONFIGS:
            try:
                config = studio.read(source.read_text(path))
            except BadInput as error:
                source.problems.append(Problem(name, str(error)))
                continue
            for spec in studio.schema(config)[0]:
                labels.index(spec.name, color=spec.color, details=spec.details, attributes=spec.attributes)
            return studio.flags(config)
    return frozenset()


def _reference(task: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    data = dict(task.get("data") or {})
    key = next((key for key in ("image", "img", "photo", "file") if isinstance(data.get(key), str)), None)
    if key is None:
        key = next(
            (key for key, value in data.items() if isinstance(value, str) and re.search(r"\.\w{3,4}$", value)), None
        )
    if key is None:
        raise BadInput("it names no image")
    return data.pop(key), data


def _find(source: Source, reference: str, name: str) -> tuple[str, str]:
    """The file: as named, after `?d=` of local files, or under the name it had before the upload put a code before it."""
    parts = urlsplit(reference)
    plain = parse_qs(parts.query).get("d", [""])[0] or unquote(parts.path)
    base = name.rsplit("/", 1)[0] if "/" in name else ""
    tries = [plain.lstrip("/") if parts.query or plain.startswith("/data/") else plain]
    last = plain.rsplit("/", 1)[-1]
    tries += [last, re.sub(r"^[0-9a-f]{8}-", "", last)]
    problem = BadInput("there is no such image file")
    for attempt in tries:
        try:
            return source.find_image(attempt, base)
        except BadInput as error:
            problem = error
            if ".." in attempt.split("/"):
                break
    raise BadInput(f"{clean_text(reference)}: {problem}")


def _add_task(
    shapes: Shapes, picture: int, entry: Picture, labels: Labels, task: dict[str, Any], flags: frozenset[str],
    problems: list[Problem],
) -> None:  # fmt: skip
    every = task.get("annotations") or task.get("completions")
    done = [a for a in every if isinstance(a, dict) and not a.get("was_cancelled")] if isinstance(every, list) else []
    for annotation in done:
        said = annotation.get("result")
        results = said if isinstance(said, list) else []
        for result in filter(lambda result: isinstance(result, dict), results):
            width, height = result.get("original_width"), result.get("original_height")
            if isinstance(width, int) and isinstance(height, int):
                entry.size = entry.size or (width, height)
        places: dict[str, int] = {}
        groups: dict[str, int] = {}
        regions = read(results, lambda reason: problems.append(Problem(entry.name, reason)), flags)
        for region in regions:
            group = groups.setdefault(region.group, picture * 1000 + len(groups) + 1) if region.group else 0
            details = {"z": region.z, "group": group, "track": region.track, "flags": list(region.flags)}
            points = [list(ring) for ring in region.points] or None
            try:
                if region.rle and entry.size and rle.pixels(region.rle) != entry.size[0] * entry.size[1]:
                    raise ValueError("its brush is made for another size of image")
                places[region.ref] = shapes.add(picture, labels.index(region.label), region.kind, region.box, points,
                                                region.rle, region.attributes, region.score, details)  # fmt: skip
            except ValueError as error:
                problems.append(Problem(entry.name, f"a region cannot be read: {error}"))
        for region in regions:
            related = [(places[ref], word) for ref, word in region.relations if ref in places]
            if related and region.ref in places:
                shapes.relate(places[region.ref], related)
