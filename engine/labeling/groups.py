"""What ties shapes together: groups, relations, drawing order, flags. Functions answer with edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import UsageError
from engine.labeling.edits import Change, Edit

if TYPE_CHECKING:
    from engine.data.records import Annotation

VIEW_FLAGS = ("hidden", "locked")  # say how a shape is shown and handled, not what it is


@dataclass(frozen=True)
class Relation:
    """One shape's tie to another of the same item."""

    start: int
    name: str
    end: int


def group(shapes: Sequence[Annotation]) -> list[Edit]:
    """Make shapes one group: clicking one selects all.

    Raises:
        UsageError: fewer than two.
    """
    if len(shapes) < 2:
        raise UsageError("Choose two or more shapes to group them: Ctrl+click adds one.")
    number = min(shape.id for shape in shapes)
    return [Change(shape.id, {"group": number}) for shape in shapes if shape.group != number]


def ungroup(shapes: Sequence[Annotation]) -> list[Edit]:
    """Take shapes out of their groups."""
    return [Change(shape.id, {"group": 0}) for shape in shapes if shape.group]


def members(shapes: Iterable[Annotation], chosen: Sequence[int]) -> list[int]:
    """The chosen shapes and all of their groups, in the order chosen."""
    everything = list(shapes)
    groups = {shape.group for shape in everything if shape.id in set(chosen)} - {0}
    more = [shape.id for shape in everything if shape.group in groups]
    return list(dict.fromkeys([*chosen, *more]))


def relate(start: Annotation, end: Annotation, name: str) -> list[Edit]:
    """Tie one shape to another; the same tie twice is one.

    Raises:
        UsageError: they are the same shape, or of two items.
    """
    if start.id == end.id or start.item_id != end.item_id:
        raise UsageError("A relation needs two different shapes of one image; pick another one as its end.")
    if (end.id, name) in start.relations:
        return []
    return [Change(start.id, {"relations": tuple(sorted({*start.relations, (end.id, name)}))})]


def unrelate(start: Annotation, relation: Relation) -> list[Edit]:
    """Untie."""
    kept = tuple(entry for entry in start.relations if entry != (relation.end, relation.name))
    return [Change(start.id, {"relations": kept})] if kept != start.relations else []


def relations(shapes: Sequence[Annotation], of: int | None = None) -> list[Relation]:
    """The ties between shapes that are there; with `of`, only that one's, its own first."""
    there = {shape.id for shape in shapes}
    found = [Relation(shape.id, name, end) for shape in shapes for end, name in shape.relations if end in there]
    if of is None:
        return found
    return sorted((tie for tie in found if of in (tie.start, tie.end)), key=lambda tie: tie.start != of)


def to_front(shapes: Sequence[Annotation], chosen: Sequence[int]) -> list[Edit]:
    """Draw the chosen shapes above all others; their own order stays."""
    return _stack(shapes, chosen, max((s.z for s in shapes if s.id not in set(chosen)), default=-1) + 1)


def to_back(shapes: Sequence[Annotation], chosen: Sequence[int]) -> list[Edit]:
    """Draw the chosen shapes below all others; their own order stays."""
    count = len({shape.z for shape in shapes if shape.id in set(chosen)})
    return _stack(shapes, chosen, min((s.z for s in shapes if s.id not in set(chosen)), default=count) - count)


def set_flag(shapes: Sequence[Annotation], flag: str, on: bool) -> list[Edit]:
    """Set or clear a flag of `records.FLAGS`; to hide or lock a suggestion is not to accept it."""
    return [
        Change(
            shape.id,
            {
                **(_still_suggested(shape) if flag in VIEW_FLAGS else {}),
                "flags": tuple(sorted({*shape.flags, flag} if on else {*shape.flags} - {flag})),
            },
        )
        for shape in shapes
        if (flag in shape.flags) != on
    ]


def set_attribute(shapes: Sequence[Annotation], name: str, value: object) -> list[Edit]:
    """Give shapes a value; None takes it away."""
    edits: list[Edit] = []
    for shape in shapes:
        values = {key: old for key, old in shape.attributes.items() if key != name}
        if value is not None:
            values[name] = value
        if values != dict(shape.attributes):
            edits.append(Change(shape.id, {"attributes": values}))
    return edits


def _still_suggested(shape: Annotation) -> dict[str, Any]:
    """What a change of the view alone says more, so that a prediction does not become the person's own."""
    return {"origin": shape.origin, "author": shape.author} if shape.origin == "model" else {}


def _stack(shapes: Sequence[Annotation], chosen: Sequence[int], lowest: int) -> list[Edit]:
    wanted = set(chosen)
    mine = [shape for shape in shapes if shape.id in wanted]
    levels = {z: place for place, z in enumerate(sorted({shape.z for shape in mine}))}
    new = {shape.id: lowest + levels[shape.z] for shape in mine}
    return [Change(s.id, {**_still_suggested(s), "z": new[s.id]}) for s in mine if s.z != new[s.id]]
