"""The schema that is being edited: labels with where their parts come from, until the changes are applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.data.colors import next_color
from engine.data.records import Label
from engine.errors import BadInput
from engine.labeling import schema
from engine.labeling.migration import Draft

WAS = "was"  # in an attribute of the editor: its name in the store; None for a new one
VALUES_WERE = "values were"  # the values it had in the store


class SchemaEditing:
    """Holds the labels as they shall be; `draft` is what the engine gets."""

    def __init__(self, labels: Sequence[Label] = ()) -> None:
        self.stored = {label.id: label for label in labels}
        self.labels: dict[int, Label] = {label.id: replace(label, attributes=_open(label)) for label in labels}
        self.merged: dict[int, int] = {}
        self.splits: dict[int, tuple[str, dict[Any, int]]] = {}
        self.points: dict[int, list[int | None]] = {
            label.id: list(range(len(label.details.get("keypoints", ())))) for label in labels
        }
        self._next = -1

    @classmethod
    def from_draft(cls, labels: Sequence[Label], draft: Draft) -> SchemaEditing:
        """The editing of a schema that was read from a file."""
        made = cls(labels)
        made.labels = {}
        made.merged = dict(draft.merged)
        for label in draft.labels:
            made.labels[label.id] = replace(label, attributes=tuple(_sourced(made.stored.get(label.id), label, draft)))
            made.points[label.id] = list(draft.keypoints.get(label.id) or _places(made.stored.get(label.id), label))
            made._next = min(made._next, label.id - 1)
        return made

    def copy(self) -> SchemaEditing:
        """The state as it is, to come back to."""
        made = SchemaEditing(list(self.stored.values()))
        made.labels, made.merged, made.splits = dict(self.labels), dict(self.merged), dict(self.splits)
        made.points = {number: list(places) for number, places in self.points.items()}
        made._next = self._next
        return made

    @property
    def changed(self) -> bool:
        """Whether applying would do anything."""
        return self.draft() != SchemaEditing(list(self.stored.values())).draft()

    def draft(self) -> Draft:
        """What the engine gets: labels in the order of the tree."""
        attributes, values = {}, {}
        made = []
        for place, label in enumerate(self.ordered()):
            entries = []
            for entry in label.attributes:
                plain = {key: value for key, value in entry.items() if key not in (WAS, VALUES_WERE)}
                entries.append(plain)
                if entry.get(WAS) and entry[WAS] != entry["name"]:
                    attributes[label.id, entry["name"]] = entry[WAS]
                renamed = _renamed(entry.get(VALUES_WERE, ()), entry.get("values", ()))
                if renamed:
                    values[label.id, entry["name"]] = renamed
            made.append(replace(label, attributes=tuple(entries), position=place))
        keypoints = {i: tuple(self.points[i]) for i in self.points if i in self.labels and i in self.stored}
        splits = {number: entry for number, entry in self.splits.items() if number in self.labels}
        return Draft(tuple(made), dict(self.merged), splits, attributes, values, keypoints)

    def ordered(self) -> list[Label]:
        """All labels, each followed by those below it."""
        below: dict[int | None, list[Label]] = {}
        for label in self.labels.values():
            below.setdefault(label.parent, []).append(label)
        out, rest = [], below.get(None, [])[::-1]
        while rest:
            out.append(rest.pop())
            rest += below.get(out[-1].id, [])[::-1]
        return out

    def add(self, name: str, parent: int | None = None) -> Label:
        """A new label below another one.

        Raises:
            LabelExists, BadInput: the name is taken, or empty.
        """
        name = schema._checked_name(list(self.labels.values()), name, parent)
        label = Label(self._next, name, next_color(one.color for one in self.labels.values()), parent)
        self._next -= 1
        self.labels[label.id] = label
        self.points[label.id] = []
        return label

    def remove(self, label_id: int) -> None:
        """Take a label away; those below it move up."""
        gone = self.labels.pop(label_id)
        for other in list(self.labels.values()):
            if other.parent == label_id:
                self.labels[other.id] = replace(other, parent=gone.parent)

    def split(self, label_id: int, attribute: str) -> None:
        """A label of its own below this one for each value of an attribute; its annotations follow.

        Raises:
            BadInput: the attribute has no values to choose from.
        """
        label = self.labels[label_id]
        entry = next((one for one in label.attributes if one["name"] == attribute), None)
        if entry is None or entry.get("type") != "choice" or not entry.get("values"):
            raise BadInput("Only an attribute with values to choose from can become labels; choose such a one.")
        below = {one.name: one.id for one in self.labels.values() if one.parent == label_id}
        made = {value: below.get(value) or self.add(str(value), label_id).id for value in entry["values"]}
        self.splits[label_id] = (attribute, made)

    def set(self, label_id: int, **values: Any) -> None:
        """Change fields of a label."""
        self.labels[label_id] = replace(self.labels[label_id], **values)

    def set_detail(self, label_id: int, name: str, value: Any) -> None:
        """Change a detail; what is empty goes."""
        details = {**self.labels[label_id].details, name: value}
        self.set(label_id, details={key: kept for key, kept in details.items() if kept})

    def arrange(self, order: Sequence[tuple[int, int | None]]) -> None:
        """Labels with their parents in the order of the tree."""
        self.labels = {number: replace(self.labels[number], parent=parent) for number, parent in order}

    def set_skeleton(
        self, label_id: int, names: Sequence[str], edges: Sequence[Sequence[int]],
        places: Sequence[Sequence[float]], sources: Sequence[int | None], twins: Sequence[int], sigmas: Sequence[float],
    ) -> None:  # fmt: skip
        """Change the keypoints.

        Args:
            places: where they lie in the drawing (0 to 1).
            sources: their old numbers.
            twins: the point that each changes places with in a mirror; −1: none.
            sigmas: how exactly each is placed; 0: as usual.
        """
        self.set_detail(label_id, "keypoints", list(names))
        self.set_detail(label_id, "skeleton", [list(edge) for edge in edges])
        self.set_detail(label_id, "places", [[round(value, 3) for value in place] for place in places])
        self.set_detail(label_id, "mirrored", [[names[a], names[b]] for a, b in enumerate(twins) if b > a])
        self.set_detail(label_id, "sigmas", {name: one for name, one in zip(names, sigmas, strict=True) if one})
        self.points[label_id] = list(sources)


def _open(label: Label) -> tuple[dict[str, Any], ...]:
    return tuple(
        {**entry, WAS: entry["name"], VALUES_WERE: list(entry.get("values", ()))} for entry in label.attributes
    )


def _sourced(stored: Label | None, label: Label, draft: Draft) -> list[dict[str, Any]]:
    known = {entry["name"]: entry for entry in stored.attributes} if stored is not None else {}
    made = []
    for entry in label.attributes:
        was = draft.attributes.get((label.id, entry["name"]), entry["name"])
        back = {new: old for old, new in draft.values.get((label.id, entry["name"]), {}).items()}
        values = [back.get(value, value) for value in entry.get("values", ())]
        made.append({**entry, WAS: was if was in known else None, VALUES_WERE: values})
    return made


def _places(stored: Label | None, label: Label) -> list[int | None]:
    names = list(stored.details.get("keypoints", ())) if stored is not None else []
    return [names.index(name) if name in names else None for name in label.details.get("keypoints", ())]


def _renamed(before: Sequence[Any], after: Sequence[Any]) -> Mapping[Any, Any]:
    """Values that stand where another one stood are that one with another name; only when none was added or removed."""
    if len(before) != len(after):
        return {}
    return {
        old: new
        for old, new in zip(before, after, strict=True)
        if old != new and old not in after and new not in before
    }
