"""Who gave a shape what it has: for each part of it the last edit that changed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.data.records import Annotation, annotation_from_json
from engine.labeling.history import _local
from engine.labeling.merging.resolve import fields_of
from engine.labeling.timeline import Timeline, timeline

if TYPE_CHECKING:
    from engine.workspace import Workspace


@dataclass(frozen=True)
class Blame:
    """One part of a shape, and who made it so.

    Attributes:
        field: "label", "place", "order", "group", "track", "attribute NAME", "flag NAME", "relation NAME", "made".
        edit: None: as it was imported or predicted.
    """

    field: str
    author: str
    at: datetime
    edit: int | None


def blame(ws: Workspace, item_id: int) -> dict[int, list[Blame]]:
    """The annotations that an item has now, each with who made which part of it."""
    from engine.labeling.edits import annotations_of

    story = timeline(ws, item_id)
    return {shape.id: of_shape(story, shape) for shape in annotations_of(ws, item_id)}


def of_shape(story: Timeline, shape: Annotation, until: datetime | None = None) -> list[Blame]:
    """Who gave a shape what it has, as far as was done up to a moment."""
    found: dict[Any, Blame] = {}
    now = fields_of(shape)
    if shape.id in story.imported:
        moment, first = story.imported[shape.id]
        found["made"] = Blame("made", first.author, _local(moment[0]), None)
        found |= {name: Blame(_word(name), first.author, _local(moment[0]), None) for name in fields_of(first)}
    for _, node in story.edits.get(shape.id, ()):
        if until is not None and _local(node.created) > until:
            break
        before = fields_of(annotation_from_json(node.before)) if node.before else {}
        after = fields_of(annotation_from_json(node.after)) if node.after else {}
        entry = (node.author, _local(node.created), node.id)
        if not before and node.after:
            found.setdefault("made", Blame("made", *entry))
        for name in before.keys() | after.keys():
            if before.get(name) != after.get(name) and after.get(name) == now.get(name):
                found[name] = Blame(_word(name), *entry)
    plain = fields_of(Annotation(0, 0, 0, ""))
    kept = [name for name in found if name == "made" or (name in now and now[name] != plain.get(name))]
    return [found[name] for name in sorted(kept, key=lambda name: (name != "made", str(name)))]


def _word(name: Any) -> str:
    if isinstance(name, tuple):
        kind, what = name
        return f"{kind} {what if isinstance(what, str) else what[-1]}"
    return {"label_id": "label", "shape": "place", "z": "order"}.get(name, str(name))
