"""What a set of edits of one thing says: a function of the set alone, so that the order of merges does not matter.

The edits of a thing form a graph (parents). One newest edit: its state holds. Several: they are compared with what they have
in common, field by field (a three-way merge, as of text in Mens, "A State-of-the-Art Survey on Software Merging", 2002). Fields
that only one side changed go together; where two sides changed the same field differently a person has to choose, and until
then one version is shown, always the same one everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from engine.data.records import Annotation

T = TypeVar("T")
_ABSENT = object()
_SHAPE = ("kind", "x", "y", "w", "h", "points", "rle")


@dataclass(frozen=True)
class Node(Generic[T]):
    """One edit: what was before it, what after."""

    id: int
    parents: tuple[int, ...]
    before: T | None
    after: T | None
    created: datetime
    author: str = ""


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What a thing is now.

    Attributes:
        state: None: it does not exist.
        heads: the newest edits; the one that is shown first.
        open: a person has to choose between them.
    """

    state: T | None
    heads: tuple[int, ...]
    open: bool = False


def annotation(nodes: Sequence[Node[Annotation]]) -> Outcome[Annotation]:
    """The state of an annotation."""
    tips = newest(nodes)
    if len(tips) == 1:
        return Outcome(tips[0].after, (tips[0].id,))
    heads = tuple(node.id for node in tips)
    drawn = [node for node in tips if not _made(node)]
    if len(drawn) < len(tips):  # nobody chooses between what was interpolated: it follows the key frames
        shown = next((node for node in (*drawn, *tips) if node.after is not None), tips[0])
        if len({content(node.after) for node in drawn if node.after is not None}) < 2:
            return Outcome(shown.after, (shown.id, *(head for head in heads if head != shown.id)))
    if len({content(node.after) for node in tips}) == 1:
        return Outcome(tips[0].after, heads)
    origin = common_state(nodes, tips)
    merged = _merged(origin, [node.after for node in tips if node.after is not None])
    if origin is None or merged is None or any(node.after is None for node in tips):
        return Outcome(tips[0].after, heads, open=True)
    return Outcome(merged, heads)


def _made(node: Node[Annotation]) -> bool:
    state = node.after if node.after is not None else node.before
    return state is not None and "interpolated" in state.flags


def latest(nodes: Sequence[Node[T]]) -> Outcome[T]:
    """The state of what is never left open: each field of a label, review or comment as it was last changed."""
    tips = newest(nodes)
    heads = tuple(node.id for node in tips)
    states = [node.after for node in tips if node.after is not None]
    origin = common_state(nodes, tips) if len(states) > 1 else None
    if origin is None:
        return Outcome(tips[0].after, heads)
    names = [entry.name for entry in fields(origin)]  # type: ignore[arg-type]  # a record
    start = {name: getattr(origin, name) for name in names}
    changed = {
        name: next((getattr(state, name) for state in states if getattr(state, name) != start[name]), start[name])
        for name in names
    }
    return Outcome(replace(states[0], **changed), heads)  # type: ignore[type-var]


def newest(nodes: Sequence[Node[T]]) -> list[Node[T]]:
    """The edits that no other one follows: what still exists before what was removed, then the latest first."""
    followed = {parent for node in nodes for parent in node.parents}
    tips = [node for node in nodes if node.id not in followed]
    return sorted(tips, key=lambda node: (node.after is not None, node.created, node.id), reverse=True)


def common_state(nodes: Sequence[Node[T]], tips: Sequence[Node[T]]) -> T | None:
    """The latest state that all of the tips go back to."""
    known = {node.id: node for node in nodes}
    shared = set.intersection(*(_ancestors(known, tip) for tip in tips))
    if shared:  # not the latest by the clock: clocks of laptops differ
        followed = {parent for edit in shared for parent in known[edit].parents}
        return max((known[edit] for edit in shared - followed), key=lambda node: (node.created, node.id)).after
    roots = sorted((node for node in nodes if not any(parent in known for parent in node.parents)), key=lambda n: n.id)
    return next((node.before for node in roots if node.before is not None), None)


def _ancestors(known: Mapping[int, Node[T]], tip: Node[T]) -> set[int]:
    found: set[int] = set()
    waiting = list(tip.parents)
    while waiting:
        edit = waiting.pop()
        if edit in known and edit not in found:
            found.add(edit)
            waiting.extend(known[edit].parents)
    return found


def fields_of(shape: Annotation) -> dict[Any, Any]:
    """The parts of an annotation that can be changed independently of each other."""
    found: dict[Any, Any] = {
        "label_id": shape.label_id,
        "shape": tuple(getattr(shape, name) for name in _SHAPE),
        "z": shape.z,
        "group": shape.group,
        "track": shape.track,
    }
    found |= {("attribute", name): _frozen(value) for name, value in shape.attributes.items()}
    found |= {("flag", name): True for name in shape.flags}
    found |= {("relation", tuple(relation)): True for relation in shape.relations}
    return found


def _merged(origin: Annotation | None, shapes: Sequence[Annotation]) -> Annotation | None:
    """The changes of all sides together; None where they contradict each other. The first of `shapes` is the latest."""
    if origin is None or not shapes:
        return None
    start, sides = fields_of(origin), [fields_of(shape) for shape in shapes]
    result: dict[Any, Any] = {}
    donor: dict[Any, Annotation] = {}
    for field in dict.fromkeys([*start, *(name for side in sides for name in side)]):
        was = start.get(field, _ABSENT)
        said = [(side.get(field, _ABSENT), shape) for side, shape in zip(sides, shapes, strict=True)]
        changed = [(value, shape) for value, shape in said if value != was]
        if any(value != changed[0][0] for value, _ in changed):
            return None
        result[field], donor[field] = changed[0] if changed else (was, origin)
    return _built(result, donor, shapes)


def made_on(now: Annotation, start: Annotation, goal: Annotation) -> Annotation:
    """The way from `start` to `goal`, made on a third state: parts that are there not as in `start` stay as they are."""
    parts, was, will = fields_of(now), fields_of(start), fields_of(goal)
    result: dict[Any, Any] = {}
    donor: dict[Any, Annotation] = {}
    for field in dict.fromkeys([*parts, *was, *will]):
        found = parts.get(field, _ABSENT)
        left = found != was.get(field, _ABSENT)
        result[field], donor[field] = (found, now) if left else (will.get(field, _ABSENT), goal)
    untouched = now.origin == start.origin and now.author == start.author
    said = goal if untouched else now
    return _built(result, donor, [now]).with_(origin=said.origin, author=said.author, score=said.score)


def _built(fields: Mapping[Any, Any], donor: Mapping[Any, Annotation], shapes: Sequence[Annotation]) -> Annotation:
    there = [field for field, value in fields.items() if value is not _ABSENT]
    shape = donor["shape"]
    attributes = {name[1]: donor[name].attributes[name[1]] for name in there if name[0] == "attribute"}
    return shapes[0].with_(
        **{name: getattr(shape, name) for name in _SHAPE},
        **{name: fields[name] for name in ("label_id", "z", "group", "track")},
        attributes=dict(sorted(attributes.items())),
        flags=tuple(sorted(name[1] for name in there if name[0] == "flag")),
        relations=tuple(sorted(name[1] for name in there if name[0] == "relation")),
        origin="person" if any(each.origin == "person" for each in shapes) else shapes[0].origin,
    )


def content(shape: Annotation | None) -> Any:
    """What makes two states the same, whoever made them."""
    return None if shape is None else frozenset(fields_of(shape).items())


def _frozen(value: Any) -> Any:
    """Values of attributes are JSON: made comparable, and 1, 1.0 and true kept apart."""
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(entry)) for key, entry in value.items()))
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else (type(value).__name__, value)
