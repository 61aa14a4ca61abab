"""The label schema: names, colours, keys and order. Every change of it can be undone with the annotations'."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.changes import Changes
from engine.data.colors import next_color
from engine.data.records import KINDS, Annotation, Label, read_labels
from engine.errors import BadInput, UsageError
from engine.labeling import log
from engine.labeling.log import Step
from engine.labeling.values import TYPES, problem

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

KEYS = "123456789"


class LabelExists(UsageError):
    """Another label of the same parent has that name."""


class UnknownLabel(UsageError):
    """There is no such label."""


def labels(ws: Workspace) -> list[Label]:
    """All labels in their order."""
    return read_labels(ws)


def label_usage(ws: Workspace) -> dict[int, int]:
    """How many annotations each used label has."""
    return dict(ws.query("SELECT label_id, count(*) FROM annotation GROUP BY label_id"))


def keys(schema: Sequence[Label]) -> dict[int, str]:
    """The key of each label: its own, else the first free digit by its place in the list."""
    chosen = {label.id: label.shortcut for label in schema if label.shortcut}
    free = [key for key in KEYS if key not in chosen.values()]
    others = (label.id for label in schema if not label.shortcut)
    return chosen | dict(zip(others, free, strict=False))


def depth(label: Label, schema: Sequence[Label]) -> int:
    """How many labels lie above a label."""
    known = {one.id: one for one in schema}
    seen: set[int] = set()
    while label.parent in known and label.parent not in seen:
        seen.add(label.id)
        label = known[label.parent]
    return len(seen)


def add_label(
    ws: Workspace,
    name: str,
    color: str | None = None,
    parent: int | None = None,
    *,
    shortcut: str = "",
    shapes: Sequence[str] = (),
) -> Changes:
    """Add a label at the end of the list.

    Raises:
        LabelExists: the parent already has one of that name.
        BadInput: the name is empty, the colour is not #rrggbb, or there is no such kind of shape.
    """
    schema = labels(ws)
    label = Label(
        id=_fresh_id(ws),
        name=_checked_name(schema, name, parent),
        color=_checked_color(color) if color else next_color(label.color for label in schema),
        parent=_of(schema, parent).id if parent is not None else None,
        shortcut=shortcut,
        shapes=_checked_shapes(name, shapes),
        position=max((label.position for label in schema), default=-1) + 1,
    )
    with ws.transaction("Add label") as tx:
        return log.put(ws, tx, [Step(None, label), *_give_up_key(schema, label)])


def rename_label(ws: Workspace, label_id: int, name: str) -> Changes:
    """Give a label another name; annotations keep pointing at its id.

    Raises:
        LabelExists: another label of the same parent already has that name.
    """
    schema = labels(ws)
    label = _of(schema, label_id)
    return _change(ws, "Rename label", label, name=_checked_name(schema, name, label.parent, but=label_id))


def recolor_label(ws: Workspace, label_id: int, color: str) -> Changes:
    """Give a label another colour, "#rrggbb"."""
    return _change(ws, "Change colour", _of(labels(ws), label_id), color=_checked_color(color))


def set_shapes(ws: Workspace, label_id: int, shapes: Sequence[str]) -> Changes:
    """Say which kinds of annotation a label may have; empty: all.

    Raises:
        BadInput: there is no such kind.
    """
    label = _of(labels(ws), label_id)
    return _change(ws, "Change shapes", label, shapes=_checked_shapes(label.name, shapes))


def set_shortcut(ws: Workspace, label_id: int, key: str) -> Changes:
    """Choose the key of a label; a label that had it loses it. "" leaves it to the order."""
    schema = labels(ws)
    label = _of(schema, label_id)
    after = replace(label, shortcut=key)
    with ws.transaction("Change key") as tx:
        return log.put(ws, tx, [Step(label, after), *_give_up_key(schema, after)])


def reorder_labels(ws: Workspace, order: Sequence[int]) -> Changes:
    """Put the labels into the given order of ids; ones that are not named follow in their old order."""
    schema = labels(ws)
    named = [_of(schema, label_id) for label_id in order]
    wanted = [*named, *(label for label in schema if label.id not in set(order))]
    steps = [
        Step(label, replace(label, position=place)) for place, label in enumerate(wanted) if label.position != place
    ]
    if not steps:
        return Changes()
    with ws.transaction("Reorder labels") as tx:
        return log.put(ws, tx, steps)


def remove_label(ws: Workspace, label_id: int, *, move_to: int | None = None) -> Changes:
    """Remove a label. Its annotations go with it, or get the label `move_to`; labels below it move up to its parent.

    Raises:
        UnknownLabel: one of the two does not exist.
    """
    schema = labels(ws)
    label = _of(schema, label_id)
    if move_to is not None and _of(schema, move_to).id == label_id:
        raise UsageError(f"The label “{label.name}” cannot be moved into itself; choose another one.")
    children = [Step(child, replace(child, parent=label.parent)) for child in schema if child.parent == label_id]
    with ws.transaction("Remove label" if move_to is None else "Merge labels") as tx:
        steps = _annotation_steps(tx, label_id, move_to)
        return log.put(ws, tx, [*steps, *children, Step(label, None)])


def merge_labels(ws: Workspace, label_id: int, into: int) -> Changes:
    """Give all annotations of one label to another, and remove it."""
    return remove_label(ws, label_id, move_to=into)


def fresh_ids(ws: Workspace, drafts: Sequence[int]) -> dict[int, int]:
    """Ids for new labels by the numbers that they have in a draft."""
    first = _fresh_id(ws)
    return {draft: first + place for place, draft in enumerate(drafts)}


def check(schema: Sequence[Label]) -> None:
    """Whether labels make a schema.

    Raises:
        LabelExists: two labels of one parent have the same name.
        BadInput: what else is wrong, and where.
    """
    known = {label.id: label for label in schema}
    for label in schema:
        _checked_name(schema, label.name, label.parent, but=label.id)
        _checked_color(label.color)
        above, seen = label.parent, {label.id}
        while above is not None:
            if above in seen or above not in known:
                raise BadInput(f"“{label.name}” lies below itself or below a label that is gone; move it elsewhere.")
            seen.add(above)
            above = known[above].parent
        if any(other.shortcut == label.shortcut and other.id != label.id for other in schema if label.shortcut):
            raise BadInput(f"The key {label.shortcut} of “{label.name}” has another label too; choose another key.")
        _checked_shapes(label.name, label.shapes)
        _check_attributes(label)
        _check_skeleton(label)


def _check_attributes(label: Label) -> None:
    names = [str(entry.get("name", "")).strip() for entry in label.attributes]
    for entry, name in zip(label.attributes, names, strict=True):
        where = f"The attribute “{name}” of “{label.name}”"
        if not name or names.count(name) > 1:
            raise BadInput(f"{where} needs a name of its own; type one.")
        if entry.get("type", "text") not in TYPES:
            raise BadInput(f"{where} has no type; known are: {', '.join(TYPES)}.")
        if entry.get("type") == "choice" and not entry.get("values"):
            raise BadInput(f"{where} has nothing to choose from; add a value.")
        low, high = entry.get("range") or (None, None)
        if low is not None and high is not None and low > high:
            raise BadInput(f"{where} ends below its beginning; swap the limits.")
        if entry.get("default") is not None and (wrong := problem(entry, entry["default"])):
            raise BadInput(f"The default of the attribute “{name}” of “{label.name}” {wrong}; choose another one.")


def _check_skeleton(label: Label) -> None:
    names = list(label.details.get("keypoints", ()))
    if len(set(names)) != len(names) or not all(str(name).strip() for name in names):
        raise BadInput(f"Two keypoints of “{label.name}” have the same name, or one has none; rename them.")
    for edge in label.details.get("skeleton", ()):
        if len(edge) != 2 or edge[0] == edge[1] or not all(0 <= end < len(names) for end in edge):
            raise BadInput(f"The skeleton of “{label.name}” connects a point that is not there; connect it anew.")


def _annotation_steps(tx: Transaction, label_id: int, move_to: int | None) -> list[Step]:
    ids = [row[0] for row in tx.execute("SELECT id FROM annotation WHERE label_id = ?", [label_id]).fetchall()]
    after: Callable[[Annotation], Annotation | None] = lambda old: (  # noqa: E731
        None if move_to is None else old.with_(label_id=move_to)
    )
    return [Step(old, after(old), parent) for old, parent in log.take(tx, ids, None).values()]


def _change(ws: Workspace, action: str, label: Label, **values: object) -> Changes:
    after = replace(label, **values)  # type: ignore[arg-type]  # each caller gives one field of its own type
    if after == label:
        return Changes()
    with ws.transaction(action) as tx:
        return log.put(ws, tx, [Step(label, after)])


def _fresh_id(ws: Workspace) -> int:
    """An id that no label has or had: annotations of old versions keep meaning what they meant."""
    top = ws.query(
        "SELECT greatest((SELECT max(id) FROM label), (SELECT max(label_id) FROM annotation),"
        " (SELECT max(label_id) FROM label_key),"
        " (SELECT max((coalesce(before, after)::JSON ->> 'id')::INTEGER) FROM edit WHERE op = 'label'))"
    )[0][0]
    return int(top or 0) + 1


def _of(schema: Sequence[Label], label_id: int) -> Label:
    found = next((label for label in schema if label.id == label_id), None)
    if found is None:
        raise UnknownLabel(f"There is no label {label_id}; list the labels with: lineside label schema")
    return found


def _checked_name(schema: Sequence[Label], name: str, parent: int | None, but: int | None = None) -> str:
    name = " ".join(name.split())
    if not name:
        raise BadInput("A label needs a name; type one.")
    if any(label.name == name and label.parent == parent and label.id != but for label in schema):
        raise LabelExists(f"There is a label “{name}” already; choose another name.")
    return name


def _checked_shapes(name: str, shapes: Sequence[str]) -> tuple[str, ...]:
    if unknown := set(shapes) - set(KINDS):
        raise BadInput(f"“{min(unknown)}” of “{name}” is no kind of shape; known are: {', '.join(KINDS)}.")
    return tuple(dict.fromkeys(shapes))


def _checked_color(color: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", color):
        raise BadInput(f"“{color}” is not a colour; write it as #rrggbb.")
    return color.upper()


def _give_up_key(schema: Sequence[Label], winner: Label) -> list[Step]:
    return [
        Step(label, replace(label, shortcut=""))
        for label in schema
        if winner.shortcut and label.shortcut == winner.shortcut and label.id != winner.id
    ]
