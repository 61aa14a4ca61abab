"""An item at any time of its history, who made what of it, and going back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.labeling import edits, schema
from engine.labeling.blame import blame
from engine.labeling.edits import Add, Change, Remove, annotations_of
from engine.labeling.history import item_history
from engine.labeling.merging.merge import merge
from engine.labeling.timeline import item_at, restore, timeline
from engine.workspace import Workspace
from tests.unit.labeling.merging.merging_work import box, copy, import_boxes, new, shapes, work


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with new(tmp_path / "ours") as opened:
        import_boxes(opened, [("0.png", 1.0), ("0.png", 2.0)])
        yield opened


def test_the_item_at_each_action_is_what_was_there_after_it(ws: Workspace) -> None:
    seen = {}
    choose = random.Random(5)
    for _ in range(60):
        work(ws, choose, 1, removing=False)
        for entry in item_history(ws, 1, 1):
            seen[entry.tx] = annotations_of(ws, 1)
    story = timeline(ws, 1)
    assert len(seen) > 15
    imported = set(story.imported)  # when one that was edited since came is not known to the moment
    for tx, then in seen.items():
        if any(entry.tx == tx for entry in story.entries):
            drawn = [shape for shape in item_at(ws, 1, tx) if shape.id not in imported]
            assert drawn == [shape for shape in then if shape.id not in imported]
    assert story.at(len(story.entries) - 1) == annotations_of(ws, 1)


def test_an_imported_box_is_there_before_it_was_moved(ws: Workspace) -> None:
    one, two = shapes(ws)
    edits.apply(ws, 1, [Change(one.id, {"x": 50.0}), Remove(two.id)], "Move")
    story = timeline(ws, 1)
    assert [entry.action for entry in story.entries] == ["Import images", "Move"]
    assert [shape.x for shape in story.at(0)] == [1.0, 2.0]
    assert [shape.x for shape in story.at(1)] == [50.0]


def test_restoring_brings_back_all_or_one_and_is_one_step_to_undo(ws: Workspace) -> None:
    one, two = shapes(ws)
    edits.apply(ws, 1, [Change(one.id, {"x": 50.0})], "Move")
    edits.apply(ws, 1, [Remove(two.id), Add(box(1, 70.0))], "Redraw")
    before = annotations_of(ws, 1)
    then = timeline(ws, 1).at(0)
    restore(ws, 1, then)
    assert [shape.x for shape in annotations_of(ws, 1)] == [1.0, 2.0]
    edits.undo(ws)
    assert annotations_of(ws, 1) == before
    restore(ws, 1, then, only={two.id})
    assert sorted(shape.x for shape in annotations_of(ws, 1)) == [2.0, 50.0, 70.0]
    assert restore(ws, 1, annotations_of(ws, 1)).annotations == frozenset()


def test_a_shape_whose_label_is_gone_is_not_brought_back(ws: Workspace) -> None:
    edits.apply(ws, 1, [Add(box(1, 70.0, label=2))], "Draw box")
    then = annotations_of(ws, 1)
    schema.remove_label(ws, 2)
    restore(ws, 1, then)
    assert [shape.x for shape in annotations_of(ws, 1)] == [1.0, 2.0]


def test_blame_names_who_made_which_part(ws: Workspace) -> None:
    one, _ = shapes(ws)
    ws.author = "jia"
    edits.apply(ws, 1, [Change(one.id, {"label_id": 2, "attributes": {"depth": 3}})], "Change label")
    ws.author = "yi"
    edits.apply(ws, 1, [Change(one.id, {"x": 9.0, "flags": ("occluded",)})], "Move")
    told = {entry.field: entry.author for entry in blame(ws, 1)[one.id]}
    assert told == {"made": "tester", "label": "jia", "attribute depth": "jia", "place": "yi", "flag occluded": "yi"}


def test_what_came_by_a_merge_stands_at_its_own_time(ws: Workspace) -> None:
    with copy(ws, "theirs") as other:
        other.author = "yi"
        edits.apply(other, 1, [Add(box(1, 20.0))], "Draw box")
    edits.apply(ws, 1, [Add(box(1, 30.0))], "Draw box")
    merge(ws, other.path)
    story = timeline(ws, 1)
    assert [(entry.author, entry.action) for entry in story.entries][-2:] == [
        ("yi", "Draw box"),
        ("tester", "Draw box"),
    ]
    assert [shape.x for shape in sorted(story.at(len(story.entries) - 2), key=lambda s: s.x or 0)] == [1.0, 2.0, 20.0]


def test_an_action_elsewhere_is_no_state_of_the_item(ws: Workspace) -> None:
    edits.apply(ws, 2, [Add(box(2))], "Draw box")
    with pytest.raises(UsageError, match="did nothing to item 1"):
        item_at(ws, 1, ws.query("SELECT max(id) FROM tx")[0][0])
