"""Label schemas as JSON files: written, read as a whole or added to the one there is; categories of COCO too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.data.colors import next_color
from engine.data.records import Label
from engine.errors import BadInput
from engine.labeling.migration import Draft

FORMAT, VERSION = "lineside label schema", 1
LIMIT = 20_000_000  # bytes: a schema is small
ATTRIBUTE = ("name", "type", "values", "default", "required", "range")


def document(labels: Sequence[Label]) -> dict[str, Any]:
    """A schema as JSON values: labels with those below them, skeletons by the names of their points."""
    return {"format": FORMAT, "version": VERSION, "labels": _below(labels, None)}


def write(labels: Sequence[Label], path: Path) -> None:
    """Write a schema file."""
    path.write_text(json.dumps(document(labels), ensure_ascii=False, indent=2) + "\n", "utf-8")


def read(path: Path) -> dict[str, Any]:
    """The JSON object of a schema file or of a COCO file.

    Raises:
        BadInput: there is none.
    """
    try:
        if path.stat().st_size > LIMIT and path.suffix != ".json":
            raise BadInput(f"{path.name} is too large for a label schema; choose another file.")
        found = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path.name} cannot be read as JSON: {error}; choose another file.") from error
    except RecursionError as error:
        raise BadInput(f"{path.name} is nested too deep for a label schema; choose another file.") from error
    if not isinstance(found, dict) or not ("labels" in found or "categories" in found):
        raise BadInput(
            f"{path.name} has neither “labels” nor “categories”; write one with: lineside label schema export."
        )
    return found


def draft(content: Mapping[str, Any], labels: Sequence[Label], *, whole: bool) -> Draft:
    """The schema that a file stands for, its labels found again by their names.

    Labels, attributes, values and keypoints may say `was`: the name that they have until now; a label's `merge` lists
    labels that become it.

    Args:
        whole: whether labels that the file does not have go; otherwise they stay, after the others' update.

    Raises:
        BadInput: the file does not say what it has to.
    """
    from engine.labeling import schema_form

    schema_form.check(content)
    reader = _Reader(labels)
    for entry in _entries(content):
        reader.take(entry, None)
    if not whole:
        reader.keep_others()
    return reader.draft()


class _Reader:
    """Goes through the entries of a file and notes where each part comes from."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self.old = {label.id: label for label in labels}
        self.made: dict[int, Label] = {}
        self.merged: dict[int, int] = {}
        self.attributes: dict[tuple[int, str], str] = {}
        self.values: dict[tuple[int, str], dict[Any, Any]] = {}
        self.keypoints: dict[int, list[int | None]] = {}

    def take(self, entry: Any, parent: int | None) -> None:
        """One label of the file, and those below it."""
        name = " ".join(str(entry["name"]).split())
        if not name:
            raise BadInput("A label of the file has no name; give it one.")
        old = self._found(str(entry.get("was", name)), parent if parent is None or parent > 0 else -1)
        number = old.id if old else -len(self.made) - 1
        base = old or Label(number, name, "")
        color = str(entry.get("color") or base.color or next_color(x.color for x in (*self.old.values(), *self.made.values())))  # fmt: skip
        self.made[number] = replace(
            base,
            name=name,
            color=color.upper(),
            parent=parent,
            shortcut=str(entry.get("key", base.shortcut)),
            shapes=tuple(map(str, entry.get("shapes", base.shapes))),
            attributes=self._attributes(number, entry["attributes"]) if "attributes" in entry else base.attributes,
            details=self._details(number, base, entry),
        )
        for other in entry.get("merge", ()):
            gone = self._found(str(other), parent)
            if gone is not None:
                self.merged[gone.id] = number
        for below in entry.get("labels", ()):
            self.take(below, number)

    def keep_others(self) -> None:
        """Labels that the file does not name stay as they are."""
        for label in self.old.values():
            if label.id not in self.made and label.id not in self.merged:
                self.made[label.id] = label

    def draft(self) -> Draft:
        """All of it."""
        taken = {label.shortcut for number, label in self.made.items() if number in self.old and label.shortcut}
        labels = [
            replace(label, shortcut="") if number not in self.old and label.shortcut in taken else label
            for number, label in self.made.items()
        ]
        return Draft(tuple(labels), self.merged, {}, self.attributes, self.values, self.keypoints)

    def _found(self, name: str, parent: int | None) -> Label | None:
        free = [label for label in self.old.values() if label.name == name and label.id not in self.made]
        return next((label for label in free if label.parent == parent), free[0] if len(free) == 1 else None)

    def _attributes(self, number: int, entries: Any) -> tuple[dict[str, Any], ...]:
        made = []
        for entry in entries:
            name = str(entry["name"])
            attribute = {key: entry[key] for key in ATTRIBUTE if entry.get(key) not in (None, [], "")} | {"name": name}
            if not attribute.get("required", True):
                del attribute["required"]
            if entry.get("was"):
                self.attributes[number, name] = str(entry["was"])
            if "values" in attribute:
                attribute["values"] = [self._value(number, name, value) for value in attribute["values"]]
            made.append(attribute)
        return tuple(made)

    def _value(self, number: int, name: str, value: Any) -> str:
        if isinstance(value, Mapping):
            if "was" in value:
                self.values.setdefault((number, name), {})[value["was"]] = str(value.get("value", ""))
            return str(value.get("value", ""))
        return str(value)

    def _details(self, number: int, base: Label, entry: Mapping[str, Any]) -> dict[str, Any]:
        details = dict(base.details)
        for key in ("relations", "supercategory", "mirrored", "sigmas"):
            if key in entry:
                details[key] = entry[key]
        if "keypoints" in entry:
            old = list(base.details.get("keypoints", ()))
            names, places = [], []
            for point in entry["keypoints"]:
                name = str(point["name"] if isinstance(point, Mapping) else point)
                was = str(point.get("was", name)) if isinstance(point, Mapping) else name
                names.append(name)
                places.append(old.index(was) if was in old else None)
            details["keypoints"] = names
            known = [
                [places.index(end) for end in edge] for edge in details.get("skeleton", ()) if set(edge) <= set(places)
            ]
            details["skeleton"] = [_edge(edge, names) for edge in entry["skeleton"]] if "skeleton" in entry else known
            if places != list(range(len(old))):
                self.keypoints[number] = places
        return {key: value for key, value in details.items() if value}


def _edge(edge: Any, names: Sequence[str]) -> list[int]:
    """A line of a skeleton, by names or by places from 0."""
    try:
        return [names.index(end) if isinstance(end, str) else int(end) for end in edge]
    except (ValueError, TypeError) as error:
        raise BadInput(f"A line of a skeleton connects a point that is not there: {edge}.") from error


def _entries(content: Mapping[str, Any]) -> Iterator[Any]:
    if "labels" in content:
        if int(content.get("version", VERSION)) > VERSION:
            raise BadInput("This schema was written by a newer Lineside; open it there, or update this one.")
        yield from content["labels"]
        return
    for category in content["categories"]:
        entry: dict[str, Any] = {"name": str(category["name"])}
        if category.get("supercategory"):
            entry["supercategory"] = str(category["supercategory"])
        if category.get("keypoints"):
            entry["keypoints"] = list(map(str, category["keypoints"]))
            entry["skeleton"] = [[int(end) - 1 for end in edge] for edge in category.get("skeleton") or ()]
        yield entry


def _below(labels: Sequence[Label], parent: int | None) -> list[dict[str, Any]]:
    return [_entry(label, labels) for label in labels if label.parent == parent]


def _entry(label: Label, labels: Sequence[Label]) -> dict[str, Any]:
    names = list(label.details.get("keypoints", ()))
    entry = {
        "name": label.name,
        "color": label.color,
        "key": label.shortcut,
        "shapes": list(label.shapes),
        "attributes": [dict(attribute) for attribute in label.attributes],
        "keypoints": names,
        "skeleton": [[names[end] for end in edge] for edge in label.details.get("skeleton", ())],
        "mirrored": [list(pair) for pair in label.details.get("mirrored", ())],
        "sigmas": dict(label.details.get("sigmas", {})),
        "relations": list(label.details.get("relations", ())),
        "supercategory": label.details.get("supercategory", ""),
        "labels": _below(labels, label.id),
    }
    return {key: value for key, value in entry.items() if value or key in ("name", "color")}
