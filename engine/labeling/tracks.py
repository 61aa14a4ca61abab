"""Tracks: the same thing on the frames of a sequence, drawn by people on key frames and interpolated between them.

Frames are items of one group whose metadata has a frame number. A track is the annotations with its number. Those that a
person drew are its key frames; between two of them the store holds interpolated shapes, which follow when a key frame
changes, in the same transaction and so in the same step of undo. After a key frame with the flag "ends" there is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.changes import Changes
from engine.data.records import ANNOTATION_COLUMNS, Annotation, annotation_from_row
from engine.errors import UsageError
from engine.labeling import log
from engine.labeling.interpolation import between
from engine.labeling.log import Step

if TYPE_CHECKING:
    from engine.workspace import Transaction, Workspace

MADE = "interpolated"
FRAMES = (
    "SELECT id, (metadata ->> '$.frame')::BIGINT, name FROM item WHERE group_key = (SELECT group_key FROM item WHERE id = ?)"
    " AND metadata ->> '$.frame' IS NOT NULL ORDER BY 2, 1"
)


@dataclass(frozen=True)
class Frame:
    """One item of a sequence; `number` as the video counts, from 0."""

    item_id: int
    number: int
    name: str


@dataclass(frozen=True)
class Track:
    """One thing over the frames of a sequence: the shape on each frame that has one, by the item's id."""

    id: int
    label_id: int
    shapes: Mapping[int, Annotation]

    @property
    def keys(self) -> list[int]:
        """Items on which a person drew it."""
        return [item for item, shape in self.shapes.items() if is_key(shape)]


def is_key(shape: Annotation) -> bool:
    """Whether a person drew it, rather than interpolation or a tracker."""
    return shape.origin != "model" and MADE not in shape.flags


def frames_of(ws: Workspace, item_id: int) -> list[Frame]:
    """The sequence that an item belongs to, in the order of time; empty when it is no frame of one."""
    found = [Frame(*row) for row in ws.query(FRAMES, [item_id])]
    return found if any(frame.item_id == item_id for frame in found) else []


def tracks_of(ws: Workspace, frames: Sequence[Frame]) -> list[Track]:
    """All tracks of a sequence, by the number of the track; shapes in the order of the frames."""
    place = {frame.item_id: index for index, frame in enumerate(frames)}
    if not place:
        return []
    rows = ws.query(
        f"SELECT {ANNOTATION_COLUMNS} FROM annotation WHERE item_id BETWEEN ? AND ? AND item_id IN (SELECT unnest(?::BIGINT[]))"
        " AND (details ->> '$.track') IS NOT NULL",
        [min(place), max(place), list(place)],
    )
    by_track: dict[int, list[Annotation]] = {}
    for row in rows:
        shape = annotation_from_row(row)
        by_track.setdefault(shape.track, []).append(shape)
    found = []
    for track, shapes in sorted(by_track.items()):
        shapes.sort(key=lambda shape: place[shape.item_id])
        found.append(Track(track, shapes[0].label_id, {shape.item_id: shape for shape in shapes}))
    return found


def begin(ws: Workspace, item_id: int, annotation_id: int) -> Changes:
    """Make a shape the first key frame of a new track.

    Raises:
        UsageError: the item is no frame of a sequence, or the shape has a track already.
    """
    if not frames_of(ws, item_id):
        raise UsageError(
            "This image is no frame of a sequence; import a video, or a folder with --sequence, to follow things over time."
        )
    return _change_key(ws, item_id, annotation_id, "Begin track", track=annotation_id)


def end(ws: Workspace, item_id: int, annotation_id: int, *, ends: bool = True) -> Changes:
    """Say that a track has a gap after this frame, or that it goes on."""
    with ws.transaction("End track" if ends else "Go on with track") as tx:
        shape, parent = _take_one(tx, item_id, annotation_id)
        if not shape.track:
            raise UsageError("This shape belongs to no track; begin one with it first.")
        flags = {flag for flag in shape.flags if flag not in ("ends", MADE)} | ({"ends"} if ends else set())
        after = shape.with_(flags=tuple(sorted(flags)), origin="person", author=tx.author)
        changes = log.put(ws, tx, [Step(shape, after, parent)])
        return changes | follow(ws, tx, [changes_of(shape, after)])


def go_on(ws: Workspace, item_id: int, track: int) -> Changes:
    """Add a key frame of a track to an item: where it was interpolated that shape, else a copy of the nearest one.

    Raises:
        UsageError: the track has a key frame here, or there is no such track in this sequence.
    """
    frames = frames_of(ws, item_id)
    found = next((one for one in tracks_of(ws, frames) if one.id == track), None)
    if found is None:
        raise UsageError(f"There is no track {track} in this sequence.")
    here = found.shapes.get(item_id)
    if here is not None and is_key(here):
        raise UsageError("The track has a key frame on this image already; move the shape instead.")
    if here is not None:
        return _change_key(ws, item_id, here.id, "Add key frame")
    place = {frame.item_id: index for index, frame in enumerate(frames)}
    nearest = min(found.keys or found.shapes, key=lambda item: (abs(place[item] - place[item_id]), place[item]))
    copied = found.shapes[nearest].with_(
        id=ws.new_ids("annotation", 1), item_id=item_id, origin="person", score=None, group=0, relations=(),
        flags=tuple(flag for flag in found.shapes[nearest].flags if flag != MADE),
    )  # fmt: skip
    with ws.transaction("Add key frame") as tx:
        changes = log.put(ws, tx, [Step(None, copied.with_(author=tx.author))])
        return changes | follow(ws, tx, [changes_of(None, copied)])


def remove(ws: Workspace, item_id: int, track: int) -> Changes:
    """Remove a track with all its shapes."""
    found = next((one for one in tracks_of(ws, frames_of(ws, item_id)) if one.id == track), None)
    if found is None:
        raise UsageError(f"There is no track {track} in this sequence.")
    with ws.transaction("Remove track") as tx:
        taken = log.take(tx, [shape.id for shape in found.shapes.values()], None)
        return log.put(ws, tx, [Step(shape, None, parent) for shape, parent in taken.values()])


@dataclass(frozen=True)
class Touched:
    """What an edit did to a track: on which item, and whether an interpolated shape was taken away there."""

    track: int
    item_id: int
    gap: bool = False


def changes_of(before: Annotation | None, after: Annotation | None) -> Touched:
    """What going from one state of a shape to the other means for its track."""
    shape = after or before
    assert shape is not None
    track = shape.track or (before.track if before is not None else 0)
    return Touched(track, shape.item_id, after is None and before is not None and MADE in before.flags)


def follow_steps(ws: Workspace, tx: Transaction, steps: Sequence[Step], *, gaps: bool = True) -> Changes:
    """What is interpolated between key frames goes along with them: to be called after the steps were written.

    Args:
        gaps: an interpolated shape that was removed leaves a gap in its track.
    """
    states = [(step.before, step.after) for step in steps if isinstance(step.record, Annotation)]
    if not any(state.track for pair in states for state in pair if isinstance(state, Annotation)):
        return Changes()
    touched = [changes_of(before, after) for before, after in states]  # type: ignore[arg-type]
    return follow(ws, tx, touched if gaps else [replace(one, gap=False) for one in touched])


def follow(ws: Workspace, tx: Transaction, touched: Iterable[Touched]) -> Changes:
    """Interpolate anew the tracks that an edit of the same transaction touched."""
    by_track: dict[int, list[Touched]] = {}
    for one in touched:
        if one.track:
            by_track.setdefault(one.track, []).append(one)
    changes = Changes()
    for track, ones in by_track.items():
        frames = [Frame(*row) for row in tx.execute(FRAMES, [ones[0].item_id]).fetchall()]
        changes |= _follow(ws, tx, track, frames, {one.item_id for one in ones if one.gap})
    return changes


def _follow(ws: Workspace, tx: Transaction, track: int, frames: Sequence[Frame], gaps: set[int]) -> Changes:
    order = [frame.item_id for frame in frames]
    if not order:
        return Changes()
    rows = tx.execute(
        f"SELECT {ANNOTATION_COLUMNS}, edit FROM annotation WHERE item_id BETWEEN ? AND ?"
        " AND (details ->> '$.track')::BIGINT = ?",
        [min(order), max(order), track],
    ).fetchall()
    edits = {row[0]: row[-1] for row in rows}
    there, doubled = one_each([annotation_from_row(row[:-1]) for row in rows])
    aim = wanted(order, _with_gaps(order, there, gaps))
    changed = [there[item].id for item, shape in aim.items() if item in there and there[item] != shape]
    gone = [shape.id for item, shape in there.items() if MADE in shape.flags and item not in aim]
    gone += [shape.id for shape in doubled]
    kept = {there[item].id: shape for item, shape in aim.items() if item in there}
    taken = log.take(tx, [*changed, *gone], None)
    steps = [Step(shape, kept.get(ident), edits[ident]) for ident, (shape, _) in taken.items()]
    new = [shape for item, shape in aim.items() if item not in there]
    first = ws.new_ids("annotation", len(new)) if new else 0
    steps += [Step(None, shape.with_(id=first + number, author=tx.author)) for number, shape in enumerate(new)]
    return log.put(ws, tx, steps)


def one_each(shapes: Iterable[Annotation]) -> tuple[dict[int, Annotation], list[Annotation]]:
    """The shape of a track that counts on each item, and interpolated ones beside it, as two people may have made them."""
    found: dict[int, Annotation] = {}
    ordered = sorted(shapes, key=lambda shape: (not is_key(shape), MADE in shape.flags, shape.id))
    beside = [shape for shape in ordered if found.setdefault(shape.item_id, shape) is not shape]
    return found, [shape for shape in beside if MADE in shape.flags]


def _with_gaps(order: Sequence[int], there: dict[int, Annotation], gaps: set[int]) -> dict[int, Annotation]:
    """An interpolated shape that was taken away leaves a gap: its neighbours become key frames, the one before it ends."""
    found = dict(there)
    for place, item in enumerate(order):
        if item not in gaps:
            continue
        before = next((other for other in reversed(order[:place]) if other in found), None)
        after = next((other for other in order[place + 1 :] if other in found), None)
        if before is not None:
            flags = (set(found[before].flags) - {MADE}) | {"ends"}
            found[before] = found[before].with_(flags=tuple(sorted(flags)))
        if after is not None:
            found[after] = found[after].with_(flags=tuple(flag for flag in found[after].flags if flag != MADE))
    return found


def wanted(order: Sequence[int], there: Mapping[int, Annotation]) -> dict[int, Annotation]:
    """What a track should look like: its shape on each item, those that a tracker suggested left as they are."""
    keys = [(place, there[item]) for place, item in enumerate(order) if item in there and is_key(there[item])]
    found = {shape.item_id: shape for _, shape in keys}
    for (start, a), (stop, b) in pairwise(keys):
        if "ends" in a.flags:
            continue
        for place in range(start + 1, stop):
            old = there.get(order[place])
            made = between(a, b, (place - start) / (stop - start))
            if made is None or (old is not None and old.origin == "model"):
                continue
            flags = tuple(sorted({*made.flags, MADE} - {"ends"}))
            made = made.with_(item_id=order[place], flags=flags, group=0, relations=(), score=None)
            found[order[place]] = made.with_(id=0) if old is None else made.with_(id=old.id, author=old.author)
    return found


def _change_key(ws: Workspace, item_id: int, annotation_id: int, action: str, **values: object) -> Changes:
    with ws.transaction(action) as tx:
        shape, parent = _take_one(tx, item_id, annotation_id)
        if "track" in values and shape.track:
            raise UsageError("This shape belongs to a track already.")
        flags = tuple(flag for flag in shape.flags if flag != MADE)
        after = shape.with_(**{"origin": "person", "author": tx.author, "flags": flags, **values})
        changes = log.put(ws, tx, [Step(shape, after, parent)])
        return changes | follow(ws, tx, [changes_of(shape, after)])


def _take_one(tx: Transaction, item_id: int, annotation_id: int) -> tuple[Annotation, int | None]:
    taken = log.take(tx, [annotation_id], item_id)
    if annotation_id not in taken:
        raise log.AnnotationGone(
            f"Annotation {annotation_id} of item {item_id} is not there any more; open the item again."
        )
    return taken[annotation_id]
