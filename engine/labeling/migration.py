"""Another label schema, and what becomes of the annotations: counted first, then done in one transaction.

What is proposed never loses anything: values and shapes that the new schema does not know are left as they are, unless a
person chooses otherwise. Only the annotations of a label that goes need a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.changes import Changes
from engine.data.records import ANNOTATION_COLUMNS, Annotation, Label, annotation_from_row
from engine.errors import UsageError
from engine.labeling import log, schema
from engine.labeling.log import Step
from engine.labeling.values import as_type, in_range

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

LEAVE, CLEAR, REMOVE, CLIP, FILL = "leave", "clear", "remove", "clip", "fill"
TO_KIND, TO_VALUE, TO_LABEL = "kind:", "value:", "label:"  # choices that name what it becomes


@dataclass(frozen=True)
class Draft:
    """The schema that shall be, and where its parts come from.

    Attributes:
        labels: in their order; new ones have ids below 0.
        merged: removed label → the label that its annotations get.
        splits: label → (attribute, {value → label}): annotations with that value get that label.
        attributes: (label, attribute) → its name until now; others keep theirs.
        values: (label, attribute) → {value until now → value}.
        keypoints: label → for each keypoint its place until now, None for a new one; others are found by name.
    """

    labels: tuple[Label, ...]
    merged: Mapping[int, int] = field(default_factory=dict)
    splits: Mapping[int, tuple[str, Mapping[Any, int]]] = field(default_factory=dict)
    attributes: Mapping[tuple[int, str], str] = field(default_factory=dict)
    values: Mapping[tuple[int, str], Mapping[Any, Any]] = field(default_factory=dict)
    keypoints: Mapping[int, Sequence[int | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """One thing that happens to annotations.

    Attributes:
        text: English, with {0} … for `values`; the window translates it.
        choices: what a person may choose instead; empty: nothing to choose.
        choice: what will happen; "" where a person has to decide.
    """

    key: str
    text: str
    values: tuple[Any, ...]
    count: int
    choices: tuple[str, ...] = ()
    choice: str = ""

    @property
    def sentence(self) -> str:
        """The text with its values."""
        return self.text.format(*self.values)

    @property
    def undecided(self) -> bool:
        """Whether a person has to choose first."""
        return bool(self.choices) and not self.choice


@dataclass(frozen=True)
class Plan:
    """What a change of the schema does, before it is done.

    Attributes:
        labels: how many labels are (added, changed, removed).
        annotations: how many annotations will be changed or removed.
    """

    effects: tuple[Effect, ...]
    labels: tuple[int, int, int]
    annotations: int

    @property
    def undecided(self) -> list[Effect]:
        """What a person has to choose first."""
        return [effect for effect in self.effects if effect.undecided]


@dataclass(frozen=True)
class _Fate:
    """What becomes of one annotation; `label_id` None: it goes."""

    label_id: int | None
    kind: str
    attributes: Mapping[str, Any]
    keypoints: tuple[int | None, ...] | None = None


Note = Callable[..., str]  # (key, text, values, choices, proposed) → the choice


def plan(ws: Workspace, draft: Draft, choices: Mapping[str, str] | None = None) -> Plan:
    """What the draft would do with the annotations there are, each effect with its count.

    Raises:
        BadInput: the draft is no valid schema.
    """
    schema.check(draft.labels)
    before = schema.labels(ws)
    found: dict[str, Effect] = {}
    changed = 0
    for row in _kinds_of_annotations(ws, _touched(before, draft)):
        label_id, kind, attributes, count = row

        def note(
            key: str, text: str, values: tuple[Any, ...], options: tuple[str, ...] = (), proposed: str = "",
            count: int = count,
        ) -> str:  # fmt: skip
            choice = _chosen(choices, key, options, proposed)
            known = found.get(key)
            found[key] = Effect(key, text, values, count + (known.count if known else 0), options, choice)
            return choice

        fate = _fate(before, draft, label_id, kind, attributes, note)
        same = fate == _Fate(label_id, kind, attributes)
        changed += 0 if same else count
    return Plan(tuple(found.values()), _label_counts(before, draft), changed)


def apply(ws: Workspace, draft: Draft, choices: Mapping[str, str] | None = None, action: str = "") -> Changes:
    """Make the draft the schema and carry the annotations over: one transaction, one step to undo.

    Raises:
        UsageError: something is not decided yet; nothing is changed.
        BadInput: the draft is no valid schema.
    """
    undecided = plan(ws, draft, choices).undecided
    if undecided:
        raise UsageError(f"{undecided[0].sentence} Choose what becomes of them: {', '.join(undecided[0].choices)}.")
    before = schema.labels(ws)
    new_ids = schema.fresh_ids(ws, [label.id for label in draft.labels if label.id < 0])
    with ws.transaction(action or "Change schema") as tx:
        annotations = _annotation_steps(ws, tx, before, draft, choices or {}, new_ids)
        labels = _label_steps(before, draft, new_ids)
        return log.put(ws, tx, [*annotations, *labels])


def keypoint_places(old: Label, new: Label, draft: Draft) -> tuple[int | None, ...] | None:
    """For each keypoint of the new label its place in the old one; None: nothing changes."""
    names, wanted = list(old.details.get("keypoints", ())), list(new.details.get("keypoints", ()))
    named = draft.keypoints.get(new.id)
    places = tuple(named) if named is not None else tuple(names.index(n) if n in names else None for n in wanted)
    return None if places == tuple(range(len(names))) else places


def _kinds_of_annotations(ws: Workspace, labels: Sequence[int]) -> list[tuple[int, str, dict[str, Any], int]]:
    """Label, kind and attributes of annotations, and how many are alike."""
    import json

    if not labels:
        return []
    listed = ", ".join(map(str, labels))
    rows = ws.query(
        f"SELECT label_id, kind, attributes, count(*) FROM annotation WHERE label_id IN ({listed}) GROUP BY ALL ORDER BY ALL"
    )
    return [(label, kind, json.loads(text) if text else {}, count) for label, kind, text, count in rows]


def _touched(before: Sequence[Label], draft: Draft) -> list[int]:
    """The labels whose annotations may change."""
    after = {label.id: label for label in draft.labels}
    return [
        old.id
        for old in before
        if (new := after.get(old.id)) is None
        or old.id in draft.splits
        or (old.shapes, old.attributes) != (new.shapes, new.attributes)
        or keypoint_places(old, new, draft) is not None
        or any(key[0] == old.id for key in (*draft.attributes, *draft.values))
    ]


def _fate(
    before: Sequence[Label], draft: Draft, label_id: int, kind: str, attributes: Mapping[str, Any], note: Note
) -> _Fate:
    old = next(label for label in before if label.id == label_id)
    after = {label.id: label for label in draft.labels}
    target = _target(old, after, draft, attributes, note)
    if target is None:
        return _Fate(None, kind, attributes)
    new = after[target]
    if target == label_id:
        attributes = _attributes(old, new, draft, attributes, note)
    kind_after = _kind(old, new, kind, note)
    if kind_after is None:
        return _Fate(None, kind, attributes)
    places = None
    if kind == "keypoints" and target == label_id:
        places = keypoint_places(old, new, draft)
        if places is not None:
            _note_keypoints(old, new, places, note)
    return _Fate(target, kind_after, attributes, places)


def _target(
    old: Label, after: Mapping[int, Label], draft: Draft, attributes: Mapping[str, Any], note: Note
) -> int | None:
    """The label that an annotation gets; None: it goes with its own."""
    if old.id in draft.splits:
        name, targets = draft.splits[old.id]
        value = attributes.get(name)
        if _in(targets, value) and targets[value] in after:
            new = after[targets[value]]
            note(f"split:{old.id}:{value}", "“{0}” with {1} = {2} becomes “{3}”.", (old.name, name, value, new.name))
            return new.id
    if old.id in after:
        return old.id
    if draft.merged.get(old.id) in after:
        new = after[draft.merged[old.id]]
        note(f"merge:{old.id}", "“{0}” becomes “{1}”.", (old.name, new.name))
        return new.id
    options = (*(f"{TO_LABEL}{label_id}" for label_id in after if label_id > 0), REMOVE)
    choice = note(f"label:{old.id}", "The label “{0}” is removed.", (old.name,), options)
    return int(choice.removeprefix(TO_LABEL)) if choice.startswith(TO_LABEL) else None


def _kind(old: Label, new: Label, kind: str, note: Note) -> str | None:
    if not new.shapes or kind in new.shapes or (old.id == new.id and old.shapes and kind not in old.shapes):
        return kind
    from engine.labeling.convert import TARGETS

    possible = [f"{TO_KIND}{other}" for other in TARGETS.get(kind, ()) if other in new.shapes]
    text = "Shapes of kind {0} are no longer allowed for “{1}”."
    choice = note(f"kind:{old.id}:{kind}", text, (kind, new.name), (LEAVE, *possible, REMOVE), LEAVE)
    return None if choice == REMOVE else choice.removeprefix(TO_KIND) if choice.startswith(TO_KIND) else kind


def _attributes(
    old: Label, new: Label, draft: Draft, attributes: Mapping[str, Any], note: Note
) -> dict[str, Any]:  # fmt: skip
    known = {entry["name"]: entry for entry in old.attributes}
    wanted = {entry["name"]: entry for entry in new.attributes}
    names = {draft.attributes.get((new.id, name), name): name for name in wanted}
    made: dict[str, Any] = {}
    for name, value in attributes.items():
        if name not in known:
            made[name] = value
        elif name not in names:
            text = "The attribute “{0}” of “{1}” is removed."
            if note(f"attribute:{old.id}:{name}", text, (name, new.name), (LEAVE, CLEAR), LEAVE) != CLEAR:
                made[name] = value
        else:
            entry = wanted[names[name]]
            if names[name] != name:
                note(f"rename:{old.id}:{name}", "The attribute “{0}” of “{1}” is now called “{2}”.", (name, new.name, entry["name"]))  # fmt: skip
            renamed = draft.values.get((new.id, entry["name"]), {})
            after = _value(new, known[name], entry, renamed, value, note)
            if after is not None:
                made[entry["name"]] = after
    for name, entry in wanted.items():
        before = known.get(draft.attributes.get((new.id, name), name))
        fresh = entry.get("required") and not (before and before.get("required"))
        if fresh and name not in made and entry.get("default") is not None:
            text = "“{0}” of “{1}” is required now; {2} is its default."
            values = (name, new.name, entry["default"])
            if note(f"default:{old.id}:{name}", text, values, (LEAVE, FILL), LEAVE) == FILL:
                made[name] = entry["default"]
    return made


def _value(
    new: Label, old: Mapping[str, Any], entry: Mapping[str, Any], renamed: Mapping[Any, Any], value: Any, note: Note
) -> Any:
    """A value under the attribute's new definition; None: it goes."""
    name, kind = entry["name"], entry.get("type", "text")
    if _in(renamed, value):
        note(f"value:{new.id}:{name}:{value}", "The value {0} of “{1}” is now {2}.", (value, name, renamed[value]))
        value = renamed[value]
    if kind != old.get("type", "text"):
        changed = as_type(value, kind)
        if changed is None:
            text = "“{0}” of “{1}” is a {2} now; the value {3} is none."
            values = (name, new.name, kind, value)
            return _left(note(f"type:{new.id}:{name}:{value}", text, values, (LEAVE, CLEAR), LEAVE), value)
        if changed != value:
            note(f"typed:{new.id}:{name}", "“{0}” of “{1}” is a {2} now; values are converted.", (name, new.name, kind))
        value = changed
    if kind == "choice" and value not in entry.get("values", ()):
        if kind == old.get("type") and value not in old.get("values", ()) and value not in renamed.values():
            return value  # it was none before either
        options = (LEAVE, *(f"{TO_VALUE}{other}" for other in entry.get("values", ())), CLEAR)
        text = "The value {0} of “{1}” is no longer offered for “{2}”."
        choice = note(f"gone:{new.id}:{name}:{value}", text, (value, name, new.name), options, LEAVE)
        return choice.removeprefix(TO_VALUE) if choice.startswith(TO_VALUE) else _left(choice, value)
    if kind == "number" and entry.get("range") != old.get("range") and in_range(value, entry.get("range")) != value:
        text = "Values of “{0}” of “{1}” are outside {2} – {3}."
        limits = tuple("…" if limit is None else limit for limit in entry["range"])
        options = (LEAVE, CLIP, CLEAR)
        choice = note(f"range:{new.id}:{name}", text, (name, new.name, *limits), options, LEAVE)
        return in_range(value, entry["range"]) if choice == CLIP else _left(choice, value)
    return value


def _in(known: Mapping[Any, Any], value: Any) -> bool:
    """Whether a value is among the keys; lists and objects, which other tools write as values, never are."""
    return isinstance(value, Hashable) and value in known


def _left(choice: str, value: Any) -> Any:
    return None if choice == CLEAR else value


def _note_keypoints(old: Label, new: Label, places: Sequence[int | None], note: Note) -> None:
    names, wanted = list(old.details.get("keypoints", ())), list(new.details.get("keypoints", ()))
    gone = [name for index, name in enumerate(names) if index not in places]
    fresh = [name for name, place in zip(wanted, places, strict=False) if place is None]
    kept = [place for place in places if place is not None]
    if fresh:
        note(f"points+:{new.id}", "Skeletons of “{0}” get points without a place: {1}.", (new.name, ", ".join(fresh)))
    if gone:
        note(f"points-:{new.id}", "Skeletons of “{0}” lose points: {1}.", (new.name, ", ".join(gone)))
    if kept != sorted(kept):
        note(f"order:{new.id}", "The points of the skeletons of “{0}” get another order.", (new.name,))


def _annotation_steps(
    ws: Workspace, tx: Transaction, before: Sequence[Label], draft: Draft, choices: Mapping[str, str],
    new_ids: Mapping[int, int],
) -> list[Step]:  # fmt: skip
    touched = _touched(before, draft)
    if not touched:
        return []
    listed = ", ".join(map(str, touched))
    rows = tx.execute(f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE label_id IN ({listed})").fetchall()

    def note(
        key: str, _text: str, _values: tuple[Any, ...], options: tuple[str, ...] = (), proposed: str = ""
    ) -> str:  # fmt: skip
        return _chosen(choices, key, options, proposed)

    after: dict[int, Annotation | None] = {}
    sizes: dict[int, tuple[int, int]] = {}
    fates: dict[tuple[int, str, str | None], _Fate] = {}  # annotations that are alike share theirs
    text = ANNOTATION_COLUMNS.split(", ").index("attributes")
    for row in rows:
        old = annotation_from_row(row)
        key = (old.label_id, old.kind, row[text])
        fate = fates.get(key) or fates.setdefault(key, _fate(before, draft, *key[:2], old.attributes, note))
        if fate == _Fate(*key[:2], old.attributes):
            continue
        if fate.kind != old.kind and not sizes:
            sizes = {item: (w, h) for item, w, h in ws.query("SELECT id, width, height FROM item")}
        made = _carried(old, fate, sizes.get(old.item_id, (0, 0)), new_ids)
        if made != old:
            after[old.id] = made
    return [Step(old, after[old.id], parent) for old, parent in log.take(tx, list(after), None).values()]


def _carried(old: Annotation, fate: _Fate, size: tuple[int, int], new_ids: Mapping[int, int]) -> Annotation | None:
    if fate.label_id is None:
        return None
    after = old.with_(label_id=new_ids.get(fate.label_id, fate.label_id), attributes=fate.attributes)
    if fate.keypoints is not None and old.points:
        from engine.labeling import geometry

        rows = [old.points[0][i : i + 3] for i in range(0, len(old.points[0]) - 2, 3)]
        kept = [rows[place] if place is not None and place < len(rows) else (0.0, 0.0, 0.0) for place in fate.keypoints]
        points = [value for row in kept for value in row]
        after = geometry.with_points(after, [points]) if points else after.with_(points=())
    if fate.kind != old.kind:
        from engine.labeling import convert
        from engine.labeling.regions import CannotCombine

        try:
            after = convert.convert(after, fate.kind, size)
        except CannotCombine:  # outside the image, or without any point: it stays what it is
            return after
    return after


def _label_steps(before: Sequence[Label], draft: Draft, new_ids: Mapping[int, int]) -> list[Step]:
    old = {label.id: label for label in before}
    kept = {label.id for label in draft.labels}
    steps = [Step(label, None) for label in before if label.id not in kept]
    for place, label in enumerate(draft.labels):
        parent = None if label.parent is None else new_ids.get(label.parent, label.parent)
        after = replace(label, id=new_ids.get(label.id, label.id), parent=parent, position=place)
        if old.get(label.id) != after:
            steps.append(Step(old.get(label.id), after))
    return steps


def _label_counts(before: Sequence[Label], draft: Draft) -> tuple[int, int, int]:
    steps = _label_steps(before, draft, {})
    added = sum(step.before is None for step in steps)
    removed = sum(step.after is None for step in steps)
    return added, len(steps) - added - removed, removed


def _chosen(choices: Mapping[str, str] | None, key: str, options: tuple[str, ...], proposed: str) -> str:
    choice = (choices or {}).get(key, proposed)
    if choice and options and choice not in options:
        raise UsageError(f"“{choice}” cannot be chosen for {key}; it can be: {', '.join(options)}.")
    return choice if options else ""
