"""Tracks over the frames of a sequence: key frames, what is interpolated, gaps, undo."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.records import Annotation
from engine.errors import UsageError
from engine.labeling import edits, schema, tracks
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.interpolation import between
from engine.workspace import Workspace

FRAMES = 11


@pytest.fixture
def sequence(workspace: Workspace) -> Workspace:
    ids = list(range(1, FRAMES + 1))
    with workspace.transaction("Import video") as tx:
        metadata = [f'{{"frame": {5 * n}}}' for n in range(FRAMES)]
        table = {"id": ids, "name": [f"{n:03d}.jpg" for n in ids], "group_key": ["clip"] * FRAMES, "metadata": metadata}
        tx.insert("item", pa.table(table | {"tx": [tx.id] * FRAMES}))
        tx.insert("item", pa.table({"id": [99], "name": ["still.jpg"], "tx": [tx.id]}))
    schema.add_label(workspace, "part")
    return workspace


def draw(ws: Workspace, item: int, x: float, track: int = 0) -> Annotation:
    shape = Annotation(0, item, 1, "box", x, 20.0, 10.0, 10.0, track=track)
    (made,) = edits.apply(ws, item, [Add(shape)]).annotations & {a.id for a in edits.annotations_of(ws, item)}
    return next(a for a in edits.annotations_of(ws, item) if a.id == made)


def places(ws: Workspace) -> dict[int, float]:
    found = tracks.tracks_of(ws, tracks.frames_of(ws, 1))
    return {item: shape.x for one in found for item, shape in one.shapes.items()}


def track_over_all(ws: Workspace) -> int:
    first = draw(ws, 1, 0.0)
    tracks.begin(ws, 1, first.id)
    draw(ws, FRAMES, 100.0, track=first.id)
    return first.id


def test_frames_come_in_the_order_of_time_and_a_still_image_has_none(sequence: Workspace) -> None:
    assert [frame.number for frame in tracks.frames_of(sequence, 4)] == [5 * n for n in range(FRAMES)]
    assert tracks.frames_of(sequence, 99) == []
    shape = draw(sequence, 99, 0.0)
    with pytest.raises(UsageError, match="no frame of a sequence"):
        tracks.begin(sequence, 99, shape.id)


def test_between_two_key_frames_the_shape_moves_evenly(sequence: Workspace) -> None:
    track_over_all(sequence)
    assert places(sequence) == {item: 10.0 * (item - 1) for item in range(1, FRAMES + 1)}
    (one,) = tracks.tracks_of(sequence, tracks.frames_of(sequence, 1))
    assert one.keys == [1, FRAMES]


def test_moving_an_interpolated_shape_makes_it_a_key_frame_that_its_neighbours_follow(sequence: Workspace) -> None:
    track_over_all(sequence)
    (middle,) = edits.annotations_of(sequence, 6)
    edits.apply(sequence, 6, [Change(middle.id, {"x": 0.0})], "Move")
    assert places(sequence)[5] == 0.0
    assert places(sequence)[7] == 20.0
    edits.undo(sequence)
    assert places(sequence)[5] == 40.0


def test_all_that_follows_is_one_step_of_undo(sequence: Workspace) -> None:
    first = draw(sequence, 1, 0.0)
    tracks.begin(sequence, 1, first.id)
    before = places(sequence)
    draw(sequence, FRAMES, 100.0, track=first.id)
    edits.undo(sequence)
    assert places(sequence) == before
    edits.redo(sequence)
    assert len(places(sequence)) == FRAMES


def test_removing_an_interpolated_shape_leaves_a_gap_that_stays(sequence: Workspace) -> None:
    track_over_all(sequence)
    (middle,) = edits.annotations_of(sequence, 6)
    edits.apply(sequence, 6, [Remove(middle.id)], "Delete")
    assert 6 not in places(sequence)
    (last,) = edits.annotations_of(sequence, FRAMES)
    edits.apply(sequence, FRAMES, [Change(last.id, {"x": 110.0})], "Move")
    assert 6 not in places(sequence)
    assert set(places(sequence)) == set(range(1, FRAMES + 1)) - {6}


def test_a_track_that_ends_is_not_interpolated_until_it_goes_on(sequence: Workspace) -> None:
    first = track_over_all(sequence)
    tracks.end(sequence, 1, first)
    assert set(places(sequence)) == {1, FRAMES}
    tracks.end(sequence, 1, first, ends=False)
    assert len(places(sequence)) == FRAMES


def test_going_on_with_a_track_copies_its_nearest_shape(sequence: Workspace) -> None:
    first = draw(sequence, 1, 30.0)
    tracks.begin(sequence, 1, first.id)
    tracks.go_on(sequence, 5, first.id)
    assert places(sequence) == dict.fromkeys(range(1, 6), 30.0)
    with pytest.raises(UsageError, match="key frame on this image already"):
        tracks.go_on(sequence, 5, first.id)


def test_a_trackers_suggestion_is_neither_a_key_frame_nor_overwritten(sequence: Workspace) -> None:
    first = draw(sequence, 1, 0.0)
    tracks.begin(sequence, 1, first.id)
    suggested = Annotation(0, 3, 1, "box", 500.0, 20.0, 10.0, 10.0, track=first.id, origin="model", score=0.9)
    edits.apply(sequence, 3, [Add(suggested)])
    draw(sequence, 5, 40.0, track=first.id)
    assert places(sequence) == {1: 0.0, 2: 10.0, 3: 500.0, 4: 30.0, 5: 40.0}


def test_removing_a_track_takes_all_its_shapes_and_undo_brings_them_back(sequence: Workspace) -> None:
    first = track_over_all(sequence)
    tracks.remove(sequence, 1, first)
    assert places(sequence) == {}
    edits.undo(sequence)
    assert len(places(sequence)) == FRAMES


number = st.floats(0, 500).map(lambda value: round(value, 3))


@given(st.lists(number, min_size=8, max_size=8), st.floats(0, 1))
def test_boxes_between_lie_between(values: list[float], share: float) -> None:
    a = Annotation(1, 1, 1, "box", *values[:4])
    b = Annotation(2, 2, 1, "box", *values[4:])
    made = between(a, b, share)
    assert made is not None
    for name in "xywh":
        low, high = sorted((getattr(a, name), getattr(b, name)))
        assert low - 0.001 <= getattr(made, name) <= high + 0.001


def test_a_turned_box_keeps_its_size_while_it_turns() -> None:
    from engine.data.importers.base import bounds, turned

    def box(degrees: float) -> Annotation:
        ring = tuple(turned(50, 50, 40, 20, degrees))
        return Annotation(1, 1, 1, "rotated_box", *bounds([ring]), (ring,))

    made = between(box(0), box(90), 0.5)
    assert made is not None
    assert made.points[0] == pytest.approx(box(45).points[0], abs=0.01)


def test_masks_and_polygons_with_other_numbers_of_points_have_nothing_between_them() -> None:
    three = Annotation(1, 1, 1, "polygon", 0, 0, 1, 1, ((0, 0, 1, 0, 1, 1),))
    four = Annotation(1, 1, 1, "polygon", 0, 0, 1, 1, ((0, 0, 1, 0, 1, 1, 0, 1),))
    assert between(three, four, 0.5) is None
    mask = Annotation(1, 1, 1, "mask", 0, 0, 1, 1, rle="1")
    assert between(mask, mask, 0.5) is None
