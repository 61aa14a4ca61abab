"""Tracks over the frames of a sequence: key frames, what is interpolated, gaps, undo."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.imports import item_key
from engine.data.records import Annotation
from engine.errors import UsageError
from engine.labeling import conflicts, edits, schema, tracks
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.interpolation import between
from engine.labeling.merging.merge import merge
from engine.labeling.timeline import restore, timeline
from engine.workspace import Workspace
from tests.unit.labeling.merging.merging_work import copy, knowledge

FRAMES = 11


@pytest.fixture
def sequence(workspace: Workspace) -> Workspace:
    fill(workspace)
    with workspace.transaction("Import image") as tx:
        tx.insert("item", pa.table({"id": [99], "name": ["still.jpg"], "tx": [tx.id]}))
    return workspace


def fill(workspace: Workspace) -> None:
    """Give a workspace the frames of a video."""
    ids = list(range(1, FRAMES + 1))
    with workspace.transaction("Import video") as tx:
        metadata = [f'{{"frame": {5 * n}}}' for n in range(FRAMES)]
        keys = {"key": [item_key(f"{n:064x}") for n in ids], "digest": [f"{n:064x}" for n in ids], "page": [0] * FRAMES}
        size = {"width": [200] * FRAMES, "height": [100] * FRAMES}
        table = (
            keys
            | size
            | {"id": ids, "name": [f"{n:03d}.jpg" for n in ids], "group_key": ["clip"] * FRAMES, "metadata": metadata}
        )
        tx.insert("item", pa.table(table | {"tx": [tx.id] * FRAMES}))
    schema.add_label(workspace, "part")


def draw(ws: Workspace, item: int, x: float, track: int = 0) -> Annotation:
    shape = Annotation(0, item, 1, "box", x, 20.0, 10.0, 10.0, track=track)
    (made,) = edits.apply(ws, item, [Add(shape)]).annotations & {a.id for a in edits.annotations_of(ws, item)}
    return next(a for a in edits.annotations_of(ws, item) if a.id == made)


def shapes_of(ws: Workspace) -> list[Annotation]:
    return [shape for item in range(1, FRAMES + 1) for shape in edits.annotations_of(ws, item)]


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


def test_undo_and_redo_of_a_key_frame_leave_no_gap(sequence: Workspace) -> None:
    track_over_all(sequence)
    before = shapes_of(sequence)
    edits.undo(sequence)
    assert set(places(sequence)) == {1}
    edits.redo(sequence)
    assert shapes_of(sequence) == before


def test_a_restored_key_frame_takes_along_what_is_between(sequence: Workspace) -> None:
    track_over_all(sequence)
    (last,) = edits.annotations_of(sequence, FRAMES)
    edits.apply(sequence, FRAMES, [Change(last.id, {"x": 0.0})], "Move")
    assert places(sequence)[6] == 0.0
    story = timeline(sequence, FRAMES)
    restore(sequence, FRAMES, story.at(len(story.entries) - 2))
    assert places(sequence)[6] == 50.0
    edits.undo(sequence)
    assert places(sequence)[6] == 0.0


def test_a_restored_interpolated_shape_stays_as_it_was_then(sequence: Workspace) -> None:
    track_over_all(sequence)
    (last,) = edits.annotations_of(sequence, FRAMES)
    edits.apply(sequence, FRAMES, [Change(last.id, {"x": 0.0})], "Move")
    story = timeline(sequence, 6)
    restore(sequence, 6, story.at(len(story.entries) - 2))
    assert (places(sequence)[6], places(sequence)[11]) == (50.0, 0.0)
    assert not restore(sequence, 6, story.at(len(story.entries) - 2)).annotations


def test_a_track_that_two_people_went_on_with_has_one_shape_on_each_frame_and_no_conflict(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ours") as ours:
        fill(ours)
        first = draw(ours, 1, 0.0)
        tracks.begin(ours, 1, first.id)
        draw(ours, 5, 40.0, track=first.id)
        with copy(ours, "theirs") as theirs:
            edits.apply(theirs, 5, [Change(edits.annotations_of(theirs, 5)[0].id, {"x": 0.0})], "Move")
            draw(theirs, 9, 40.0, track=first.id)
            edits.apply(ours, 1, [Change(first.id, {"x": 80.0})], "Move")
            draw(ours, FRAMES, 60.0, track=first.id)
        merge(ours, theirs.path)
        assert conflicts.counts(ours) == {}
        assert places(ours) == {1: 80, 2: 60, 3: 40, 4: 20, 5: 0, 6: 10, 7: 20, 8: 30, 9: 40, 10: 50, 11: 60}
        assert ours.query("SELECT count(*) FROM annotation") == [(FRAMES,)]
    with Workspace.open(theirs.path) as other:
        merge(other, ours.path)
        with Workspace.open(ours.path) as again:
            assert knowledge(other) == knowledge(again)
        edits.apply(other, 5, [Change(edits.annotations_of(other, 5)[0].id, {"x": 40.0})], "Move")
        assert places(other)[7] == 40.0
        edits.undo(other)
        edits.undo(other)  # the key frame on 9
        assert places(other)[9] == 40.0


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
