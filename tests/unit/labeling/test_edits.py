"""Edits, the log, undo and redo."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from engine.changes import changed
from engine.data.imports import remove_items
from engine.data.records import (
    Annotation,
    Comment,
    Label,
    Review,
    annotation_from_json,
    annotation_from_row,
    annotation_to_json,
    annotation_to_row,
)
from engine.labeling import edits, log, schema
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.history import item_history, shape_history
from engine.labeling.states import ItemState, item_states, labelled_count
from engine.workspace import Workspace

LABELS = 2  # each made by a step that can be undone too


@pytest.fixture
def items(workspace: Workspace) -> Workspace:
    with workspace.transaction("Import images") as tx:
        ids = [1, 2, 3]
        tx.insert("item", pa.table({"id": ids, "name": ["a.png", "b.png", "c.png"], "tx": [tx.id] * 3}))
    schema.add_label(workspace, "scratch")
    schema.add_label(workspace, "dent")
    return workspace


def box(item: int = 1, **values: object) -> Annotation:
    return Annotation(
        **{"id": 0, "item_id": item, "label_id": 1, "kind": "box", "x": 1.0, "y": 2.0, "w": 3.0, "h": 4.0} | values
    )


def test_an_added_box_is_read_back_as_it_was_given(items: Workspace) -> None:
    shape = box(attributes={"深": 1}, score=None, points=((1.0, 2.0, 3.0, 4.0),))
    changes = edits.apply(items, 1, [Add(shape)], "Draw box")
    (read,) = edits.annotations_of(items, 1)
    assert read == shape.with_(id=read.id, author="tester")
    assert changes == changed(items=1, annotations=read.id)


def test_a_change_keeps_the_other_fields_and_makes_a_prediction_the_persons_own(items: Workspace) -> None:
    edits.apply(items, 1, [Add(box(origin="model", score=0.7, author="detector:1"))])
    (old,) = edits.annotations_of(items, 1)
    edits.apply(items, 1, [Change(old.id, {"x": 9.0})], "Move")
    (new,) = edits.annotations_of(items, 1)
    assert new == old.with_(x=9.0, origin="person", author="tester")


def test_accepting_a_prediction_leaves_its_shape(items: Workspace) -> None:
    edits.apply(items, 1, [Add(box(origin="model", score=0.7))])
    (old,) = edits.annotations_of(items, 1)
    assert item_states(items, [1, 2]) == {1: ItemState(0, 1), 2: ItemState()}
    edits.accept(items, 1, [old.id])
    (new,) = edits.annotations_of(items, 1)
    assert (new.origin, new.x, new.score) == ("person", 1.0, 0.7)
    assert item_states(items, [1]) == {1: ItemState(1, 0)}
    assert labelled_count(items) == 1


def test_removing_what_is_gone_changes_nothing_and_says_so(items: Workspace) -> None:
    edits.apply(items, 1, [Add(box())])
    (old,) = edits.annotations_of(items, 1)
    with pytest.raises(edits.AnnotationGone, match="not there any more"):
        edits.apply(items, 1, [Remove(old.id), Remove(old.id + 99)])
    assert edits.annotations_of(items, 1) == [old]


def test_undo_and_redo_go_all_the_way_and_survive_a_restart(items: Workspace) -> None:
    path = items.path
    states = [edits.annotations_of(items, 1)]
    start = edits.undo_depth(items)[0]
    edits.apply(items, 1, [Add(box()), Add(box(x=50.0))])
    states.append(edits.annotations_of(items, 1))
    edits.apply(
        items,
        1,
        [Change(states[-1][0].id, {"label_id": 2, "kind": "polygon", "points": ((0.0, 0.0, 5.0, 5.0, 1.0, 9.0),)})],
    )
    states.append(edits.annotations_of(items, 1))
    edits.apply(items, 1, [Remove(states[-1][1].id)])
    states.append(edits.annotations_of(items, 1))
    items.close()
    with Workspace.open(path) as again:
        assert edits.undo_depth(again) == (start + 3, 0)
        for state in reversed(states[:-1]):
            assert edits.undo(again).items == {1}
            assert edits.annotations_of(again, 1) == state
        assert edits.undo_depth(again) == (start, 3)
    with Workspace.open(path) as again:
        for state in states[1:]:
            edits.redo(again)
            assert edits.annotations_of(again, 1) == state
        assert edits.redo(again) is None
        edits.undo(again)
        edits.apply(again, 2, [Add(box(2))])
        assert edits.undo_depth(again) == (start + 3, 0), "a new action ends what could be redone"


def test_undo_without_anything_to_undo_says_none(workspace: Workspace) -> None:
    assert edits.undo(workspace) is None
    assert edits.redo(workspace) is None


def test_random_work_is_undone_to_the_start_and_redone_to_the_end(items: Workspace) -> None:
    choose = random.Random(3)
    seen = {0: _everything(items)}
    start = edits.undo_depth(items)[0]
    for step in range(1, 41):
        item = choose.choice([1, 2, 3])
        there = edits.annotations_of(items, item)
        if there and choose.random() < 0.3:
            batch = [Remove(a.id) for a in choose.sample(there, choose.randint(1, len(there)))]
        elif there and choose.random() < 0.5:
            batch = [Change(choose.choice(there).id, {"x": choose.random()})]
        else:
            batch = [Add(box(item, x=choose.random())) for _ in range(choose.choice([1, 2, 12]))]
        edits.apply(items, item, batch)
        seen[step] = _everything(items)
    for step in reversed(range(40)):
        edits.undo(items)
        assert _everything(items) == seen[step]
    assert edits.undo_depth(items) == (start, 40)
    for step in range(1, 41):
        edits.redo(items)
        assert _everything(items) == seen[step]


def test_the_history_of_an_item_names_every_action_down_to_its_import(items: Workspace) -> None:
    edits.apply(items, 1, [Add(box())], "Draw box")
    (shape,) = edits.annotations_of(items, 1)
    edits.apply(items, 1, [Change(shape.id, {"x": 5.0})], "Move")
    edits.undo(items)
    assert [entry.action for entry in item_history(items, 1)] == ["Undo: Move", "Move", "Draw box", "Import images"]
    assert [entry.action for entry in item_history(items, 2)] == ["Import images"]
    newest, move, drawn = shape_history(items, shape.id)
    assert (newest.before.x, newest.after.x) == (5.0, 1.0)
    assert (move.parent, newest.parent, drawn.parent) == (drawn.edit, move.edit, None)


def test_a_removed_id_is_not_given_again_after_a_restart(items: Workspace) -> None:
    edits.apply(items, 1, [Add(box())])
    (shape,) = edits.annotations_of(items, 1)
    edits.apply(items, 1, [Remove(shape.id)])
    path = items.path
    items.close()
    with Workspace.open(path) as again:
        assert again.new_ids("annotation", 1) > shape.id


def test_undo_leaves_out_what_was_on_an_item_that_has_gone(items: Workspace) -> None:
    edits.apply(items, 1, [Add(box())])
    edits.apply(items, 1, [Remove(edits.annotations_of(items, 1)[0].id)])
    with items.transaction("Remove items") as tx:
        tx.execute("DELETE FROM item WHERE id = 1")
    edits.undo(items)
    assert edits.annotations_of(items, 1) == []
    edits.undo(items)
    assert edits.undo_depth(items) == (LABELS, 2)
    edits.redo(items)
    assert edits.undo_depth(items) == (LABELS + 1, 1)


def test_what_cannot_be_undone_does_not_stand_in_the_way_of_what_can(items: Workspace) -> None:
    edits.apply(items, 1, [Add(box())])
    edits.apply(items, 2, [Add(box())])
    remove_items(items, [2])
    edits.undo(items)
    edits.undo(items)
    assert edits.annotations_of(items, 1) == []
    assert edits.undo_depth(items) == (LABELS, 2)
    items.close()
    with Workspace.open(items.path) as again:
        assert edits.undo_depth(again) == (LABELS, 2)


def test_rows_and_json_keep_every_field() -> None:
    shape = Annotation(
        7, 1, 2, "keypoints", 1.5, 2.0, 3.0, 4.0, ((1.0, 2.0, 2.0),), "abc", {"深": [1]}, 0.5, "model", "me"
    )
    assert annotation_from_row(annotation_to_row(shape)) == shape
    assert annotation_from_json(annotation_to_json(shape)) == shape


def _everything(ws: Workspace) -> list[Annotation]:
    return [shape for item in (1, 2, 3) for shape in edits.annotations_of(ws, item)]


def test_what_the_details_hold_comes_back_from_the_store_and_from_the_log(items: Workspace) -> None:
    shape = Annotation(
        0, 1, 1, "ellipse", 1.0, 2.0, 8.0, 4.0, ((5.0, 4.0, 4.0, 2.0, 0.0),),
        z=-2, group=7, track=9, flags=("ignore", "occluded"), relations=((3, "above"),),
    )  # fmt: skip
    edits.apply(items, 1, [Add(shape)])
    (stored,) = edits.annotations_of(items, 1)
    assert (stored.z, stored.group, stored.track, stored.flags, stored.relations) == (
        -2, 7, 9, ("ignore", "occluded"), ((3, "above"),),
    )  # fmt: skip
    edits.undo(items)
    edits.redo(items)
    assert edits.annotations_of(items, 1) == [stored]


def test_a_review_and_a_comment_are_taken_back_like_annotations(items: Workspace) -> None:
    review, comment = Review(1, "accepted", author="me"), Comment(5, 1, "what is this?", x=3.0, y=4.0)
    with items.transaction("Accept item") as tx:
        changes = log.put(items, tx, [log.Step(None, review), log.Step(None, comment)])
    assert changes.reviews == {1}
    assert not changes.items
    assert items.query("SELECT state FROM review") == [("accepted",)]
    edits.undo(items)
    assert items.query("SELECT count(*) FROM review") == items.query("SELECT count(*) FROM comment") == [(0,)]
    edits.redo(items)
    assert items.query("SELECT text, x, resolved FROM comment") == [("what is this?", 3.0, False)]


def test_renaming_a_label_keeps_what_formats_added_to_it(items: Workspace) -> None:
    with items.transaction("Import COCO") as tx:
        label = Label(31, "hand", "#112233", details={"keypoints": ["a", "b"], "skeleton": [[0, 1]]})
        log.put(items, tx, [log.Step(None, label)])
    schema.rename_label(items, 31, "palm")
    assert next(label for label in schema.labels(items) if label.id == 31).details["keypoints"] == ["a", "b"]
