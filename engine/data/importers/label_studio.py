"""Label Studio JSON: rectangles (turned ones too), polygons, brushes, key points and choices, in percent of the image."""

# ruff: noqa: D102  what the methods do is told by the protocol in base.py
from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from engine.data import brush, rle
from engine.data.importers.base import Labels, Picture, Problem, Reading, Shapes, Source, clean_text
from engine.errors import BadInput

TYPES = {"rectanglelabels", "polygonlabels", "brushlabels", "keypointlabels", "choices", "ellipselabels"}


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
                _add_task(shapes, named[image], pictures[named[image]], labels, task, source.problems)
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
    shapes: Shapes, picture: int, entry: Picture, labels: Labels, task: dict[str, Any], problems: list[Problem]
) -> None:
    done = [a for a in task.get("annotations") or task.get("completions") or [] if not a.get("was_cancelled")]
    for annotation in done:
        for result in annotation.get("result") or []:
            kind = result.get("type")
            if kind not in TYPES:
                if kind not in (None, "relation"):
                    problems.append(Problem(entry.name, f"a result of the type “{kind}” is not read"))
                continue
            try:
                _add(shapes, picture, entry, labels, kind, result)
            except (ValueError, TypeError, KeyError) as error:
                problems.append(Problem(entry.name, f"a result of the type “{kind}” cannot be read: {error}"))


def _add(shapes: Shapes, picture: int, entry: Picture, labels: Labels, kind: str, result: dict[str, Any]) -> None:
    value = result["value"]
    attributes = dict(result.get("meta") or {}).get("attributes") or {}
    if kind == "choices":
        for choice in value["choices"]:
            shapes.add(picture, labels.index(choice), "class", attributes=attributes)
        return
    names = value.get(kind) or ["(no name)"]
    width, height = int(result["original_width"]), int(result["original_height"])
    if width < 1 or height < 1:
        raise ValueError("the size of its image is missing")
    entry.size = (width, height)

    def px(x: float, y: float) -> tuple[float, float]:
        return round(float(x) * width / 100, 6), round(float(y) * height / 100, 6)

    for name in names:
        label = labels.index(name)
        if kind == "rectanglelabels":
            (x, y), (w, h) = px(value["x"], value["y"]), px(value["width"], value["height"])
            turn = math.radians(float(value.get("rotation") or 0))
            if turn:
                c, s = math.cos(turn), math.sin(turn)
                corners = [
                    v for dx, dy in ((0, 0), (w, 0), (w, h), (0, h)) for v in (x + dx * c - dy * s, y + dx * s + dy * c)
                ]
                ring = [round(v, 4) for v in corners]
                shapes.add(picture, label, "rotated_box", None, [ring], None, attributes)
            else:
                shapes.add(picture, label, "box", (x, y, w, h), None, None, attributes)
        elif kind == "polygonlabels":
            ring = [v for x, y in value["points"] for v in px(x, y)]
            if len(ring) < 6:
                raise ValueError("fewer than three points")
            shapes.add(picture, label, "polygon", None, [ring], None, attributes)
        elif kind == "keypointlabels":
            shapes.add(picture, label, "point", None, [list(px(value["x"], value["y"]))], None, attributes)
        elif kind == "ellipselabels":
            (cx, cy), (rx, ry) = px(value["x"], value["y"]), px(value["radiusX"], value["radiusY"])
            turns = [index * math.tau / 64 for index in range(64)]
            ring = [round(v, 3) for t in turns for v in (cx + rx * math.cos(t), cy + ry * math.sin(t))]
            shapes.add(picture, label, "polygon", None, [ring], None, attributes)
        else:
            mask = rle.encode(brush.decode(value["rle"], height, width))
            shapes.add(picture, label, "mask", rle.bounds(mask, height), None, mask, attributes)
