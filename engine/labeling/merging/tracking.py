"""Tracks after a merge: what people drew is merged, and what lies between their key frames is interpolated from that anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from engine.data.records import ANNOTATION_COLUMNS, Annotation, annotation_from_row
from engine.labeling import log, tracks

if TYPE_CHECKING:
    from engine.workspace import Transaction

_TRACK = "(coalesce(after, before)::JSON ->> 'track')::BIGINT"
_HAS_ONE = "contains(coalesce(after, before), '\"track\"') AND annotation_id IS NOT NULL"


def whole(tx: Transaction, touched: Collection[int], names: Mapping[int, int]) -> tuple[set[int], set[int]]:
    """The tracks of annotations, and all annotations that are or were of them."""
    listed = f"SELECT DISTINCT {_TRACK} FROM edit WHERE annotation_id IN (SELECT unnest(?::BIGINT[])) AND {_HAS_ONE}"
    of_old = [old for old, now in names.items() if now in touched]
    found = {track for (track,) in tx.execute(listed, [[*touched, *of_old]]).fetchall() if track}
    if not found:
        return set(), set()
    found |= {names[track] for track in found if track in names}
    found |= {old for old, now in names.items() if now in found}
    rows = tx.execute(
        f"SELECT DISTINCT annotation_id FROM edit WHERE {_HAS_ONE} AND {_TRACK} IN (SELECT unnest(?::BIGINT[]))",
        [list(found)],
    ).fetchall()
    return found, {names.get(ident, ident) for (ident,) in rows}


def interpolate(tx: Transaction, touched: Collection[int]) -> None:
    """Bring what is interpolated in line with the key frames; where both sides made it, one is left on each frame.

    It follows from the edits alone and is no edit itself, so that it is the same everywhere. Imported shapes stay.
    """
    rows = tx.execute(
        f"SELECT {ANNOTATION_COLUMNS}, edit FROM annotation WHERE details IS NOT NULL"
        " AND (details ->> '$.track')::BIGINT IN (SELECT unnest(?::BIGINT[])) ORDER BY id",
        [list(touched)],
    ).fetchall()
    by_track: dict[int, list[tuple[Annotation, int | None]]] = {}
    for row in rows:
        shape = annotation_from_row(row[:-1])
        by_track.setdefault(shape.track, []).append((shape, row[-1]))
    for shapes in by_track.values():
        _interpolate(tx, shapes)


def _interpolate(tx: Transaction, shapes: list[tuple[Annotation, int | None]]) -> None:
    order = [row[0] for row in tx.execute(tracks.FRAMES, [shapes[0][0].item_id]).fetchall()]
    there, doubled = tracks.one_each([shape for shape, _ in shapes])
    wanted = tracks.wanted(order, there)
    edited = {shape.id for shape, edit in shapes if edit is not None}
    made = [shape for shape in there.values() if tracks.MADE in shape.flags and shape.item_id in order]
    gone = [shape.id for shape in (*doubled, *(shape for shape in made if shape.item_id not in wanted))]
    changed = {shape.id: wanted[shape.item_id] for shape in made if wanted.get(shape.item_id, shape) != shape}
    taken = log.take(tx, [ident for ident in (*gone, *changed) if ident in edited], None)
    log.insert(tx, [(changed[ident], edit) for ident, (_, edit) in taken.items() if ident in changed])
