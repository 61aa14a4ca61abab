"""Merging two workspaces: what goes together, what is kept side by side, and what must not happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.data.imports import remove_items
from engine.data.records import Comment, Review
from engine.errors import BadInput, NotAWorkspace, WorkspaceBusy, WorkspaceDamaged
from engine.labeling import edits, log, schema
from engine.labeling.conflicts import counts, settle_all
from engine.labeling.edits import Add, Change, Remove
from engine.labeling.history import item_history
from engine.labeling.log import Step
from engine.labeling.merging.merge import merge
from engine.workspace import Workspace
from tests.unit.labeling.merging.merging_work import add_items, box, copy, import_boxes, knowledge, new, shapes


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Workspace]:
    with new(tmp_path / "ours") as ws:
        edits.apply(ws, 1, [Add(box(1))], "Draw box")
        yield ws


@pytest.fixture
def theirs(ours: Workspace) -> Iterator[Workspace]:
    """A copy that another laptop works in."""
    with copy(ours, "theirs") as ws:
        ws.author = "yi"
        yield ws


def merged(ws: Workspace, other: Workspace):
    other.close()
    return merge(ws, other.path)


def test_what_both_sides_added_is_there_and_undo_takes_back_only_the_own(ours: Workspace, theirs: Workspace) -> None:
    edits.apply(ours, 1, [Add(box(1, 10.0))], "Draw box")
    edits.apply(theirs, 1, [Add(box(1, 20.0))], "Draw box")
    report = merged(ours, theirs)
    assert sorted(shape.x for shape in shapes(ours)) == [1.0, 10.0, 20.0]
    assert (report.edits, report.conflicts, report.together) == (1, 0, 0)
    assert report.backup is not None and report.backup.exists()
    edits.undo(ours)
    assert sorted(shape.x for shape in shapes(ours)) == [1.0, 20.0]
    assert "yi" in {entry.author for entry in item_history(ours, 1)}


def test_a_move_and_a_new_label_of_the_same_box_go_together(ours: Workspace, theirs: Workspace) -> None:
    (shape,) = shapes(ours)
    edits.apply(ours, 1, [Change(shape.id, {"x": 30.0})], "Move")
    edits.apply(theirs, 1, [Change(shape.id, {"label_id": 2, "flags": ("occluded",)})], "Change label")
    report = merged(ours, theirs)
    (now,) = shapes(ours)
    assert (now.x, now.label_id, now.flags) == (30.0, 2, ("occluded",))
    assert (report.together, report.conflicts) == (1, 0)


def test_after_they_went_together_the_next_edit_follows_both(ours: Workspace, theirs: Workspace) -> None:
    (shape,) = shapes(ours)
    edits.apply(ours, 1, [Change(shape.id, {"x": 30.0})], "Move")
    edits.apply(theirs, 1, [Change(shape.id, {"label_id": 2})], "Change label")
    merged(ours, theirs)
    edits.apply(ours, 1, [Change(shape.id, {"label_id": 1})], "Change label")
    with Workspace.open(theirs.path) as again:
        ours.close()
        report = merge(again, ours.path)
        (now,) = shapes(again)
        assert (now.x, now.label_id) == (30.0, 1)
        assert report.conflicts == 0
        assert again.query("SELECT * FROM conflict") == []


def test_two_moves_of_the_same_box_wait_for_a_choice_and_the_same_one_is_shown_everywhere(
    ours: Workspace, theirs: Workspace
) -> None:
    (shape,) = shapes(ours)
    edits.apply(ours, 1, [Change(shape.id, {"x": 30.0})], "Move")
    edits.apply(theirs, 1, [Change(shape.id, {"x": 40.0})], "Move")
    report = merged(ours, theirs)
    assert report.conflicts == 1
    with Workspace.open(theirs.path) as again:
        ours.close()
        merge(again, ours.path)
        with Workspace.open(ours.path) as here:
            assert knowledge(again) == knowledge(here)
            assert [shape.x for shape in shapes(again)] == [40.0]


def test_removed_here_and_moved_there_keeps_the_moved_one_and_asks(ours: Workspace, theirs: Workspace) -> None:
    (shape,) = shapes(ours)
    edits.apply(ours, 1, [Remove(shape.id)], "Delete")
    edits.apply(theirs, 1, [Change(shape.id, {"x": 40.0})], "Move")
    assert merged(ours, theirs).conflicts == 1
    assert [shape.x for shape in shapes(ours)] == [40.0]


def test_the_same_change_on_both_sides_is_no_conflict(ours: Workspace, theirs: Workspace) -> None:
    (shape,) = shapes(ours)
    for ws in (ours, theirs):
        edits.apply(ws, 1, [Change(shape.id, {"x": 30.0})], "Move")
    report = merged(ours, theirs)
    assert report.conflicts == 0
    assert [shape.x for shape in shapes(ours)] == [30.0]


def test_merging_again_changes_nothing(ours: Workspace, theirs: Workspace) -> None:
    edits.apply(theirs, 2, [Add(box(2))], "Draw box")
    merged(ours, theirs)
    before = knowledge(ours)
    report = merge(ours, theirs.path)
    assert knowledge(ours) == before
    assert (report.edits, report.items, report.annotations, report.media) == (0, 0, 0, 0)
    assert report.backup is None


def test_workspaces_that_began_apart_share_items_and_labels_by_content_and_name(tmp_path: Path) -> None:
    with new(tmp_path / "a", labels=("scratch", "dent")) as a, new(tmp_path / "b", 0, labels=("dent", "hole")) as b:
        add_items(b, [5, 2])  # 2 is also in the other one, as its third item
        edits.apply(b, 2, [Add(box(2, label=1))], "Draw box")
        edits.apply(b, 1, [Add(box(1, 7.0, label=2))], "Draw box")
        report = merged(a, b)
        assert (report.items, report.edits) == (1, 4)  # two boxes, two labels
        names = {label.id: label.name for label in schema.labels(a)}
        items = dict(a.query("SELECT id, name FROM item"))
        assert sorted((items[s.item_id], names[s.label_id]) for s in shapes(a)) == [
            ("2.png", "dent"),
            ("5.png", "hole"),
        ]
        assert sorted(names.values()) == ["dent", "hole", "scratch"]


def test_a_renamed_label_is_still_the_same_label(ours: Workspace, theirs: Workspace) -> None:
    schema.rename_label(theirs, 1, "crack")
    edits.apply(ours, 2, [Add(box(2, label=1))], "Draw box")
    merged(ours, theirs)
    assert [label.name for label in schema.labels(ours)] == ["crack", "dent"]
    assert {shape.label_id for shape in shapes(ours)} == {1}


def test_a_label_that_was_removed_there_but_is_used_here_stays(ours: Workspace, theirs: Workspace) -> None:
    schema.remove_label(theirs, 2)
    edits.apply(ours, 2, [Add(box(2, label=2))], "Draw box")
    merged(ours, theirs)
    assert [label.name for label in schema.labels(ours)] == ["scratch", "dent"]


def test_two_labels_that_came_to_the_same_name_are_told_apart(ours: Workspace, theirs: Workspace) -> None:
    schema.rename_label(ours, 1, "hole")
    schema.add_label(theirs, "hole")
    merged(ours, theirs)
    assert sorted(label.name for label in schema.labels(ours)) == ["dent", "hole", "hole (2)"]


def test_one_import_on_two_laptops_gives_each_shape_once_and_real_twins_twice(tmp_path: Path) -> None:
    boxes = [("0.png", 1.0), ("0.png", 1.0), ("1.png", 3.0)]
    with new(tmp_path / "a") as a, new(tmp_path / "b") as b:
        import_boxes(a, boxes)
        import_boxes(b, boxes)
        moved = shapes(b)[2]
        edits.apply(b, moved.item_id, [Change(moved.id, {"x": 50.0})], "Move")
        merged(a, b)
        assert sorted(shape.x for shape in shapes(a)) == [1.0, 1.0, 50.0]
        edits.undo(a)  # nothing of the own but labels: the import is no step of undo
        assert sorted(shape.x for shape in shapes(a)) == [1.0, 1.0, 50.0]


def test_reviews_and_comments_come_along_and_the_later_review_holds(ours: Workspace, theirs: Workspace) -> None:
    for ws, state in ((ours, "in review"), (theirs, "accepted")):
        with ws.transaction("Review") as tx:
            log.put(ws, tx, [Step(None, Review(1, state, "", tx.author, str(tx.at)))])
        with ws.transaction("Comment") as tx:
            log.put(ws, tx, [Step(None, Comment(ws.new_ids("comment", 1), 1, state, 3.0, 4.0, created=str(tx.at)))])
    merged(ours, theirs)
    assert ours.query("SELECT state FROM review") == [("accepted",)]
    assert sorted(ours.query("SELECT text FROM comment")) == [("accepted",), ("in review",)]


def test_a_shape_undone_after_a_merge_takes_the_others_work_along_and_redo_brings_it_back(
    ours: Workspace, theirs: Workspace
) -> None:
    (shape,) = shapes(ours)
    edits.apply(theirs, 1, [Change(shape.id, {"x": 40.0})], "Move")
    merged(ours, theirs)
    edits.undo(ours)
    assert shapes(ours) == []
    edits.redo(ours)
    assert [shape.x for shape in shapes(ours)] == [40.0]


def test_an_open_or_missing_workspace_is_refused(ours: Workspace, theirs: Workspace, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceBusy, match="close it there first"):
        merge(ours, theirs.path)
    with pytest.raises(NotAWorkspace, match="not a workspace"):
        merge(ours, tmp_path / "nothing")
    with pytest.raises(BadInput, match="itself"):
        merge(ours, ours.path)


def test_edits_that_share_a_number_are_refused(ours: Workspace, theirs: Workspace) -> None:
    edits.apply(ours, 1, [Add(box(1))], "Draw box")
    with theirs.transaction("As a cloned disk would") as tx:
        ident = ours.query("SELECT max(id) FROM edit")[0][0]
        tx.execute("INSERT INTO edit (id, tx, op, annotation_id, item_id) VALUES (?, ?, 'add', 5, 1)", [ident, tx.id])
    before = knowledge(ours)
    with pytest.raises(BadInput, match="same number"):
        merged(ours, theirs)
    assert knowledge(ours) == before


def test_imported_annotations_that_share_a_number_are_refused(ours: Workspace, theirs: Workspace) -> None:
    for ws, x in ((ours, 1.0), (theirs, 2.0)):
        with ws.transaction("As a cloned disk would") as tx:
            tx.execute(
                "INSERT INTO annotation (id, item_id, label_id, kind, x, y, w, h, origin, tx)"
                " VALUES (77, 1, 1, 'box', ?, 1, 1, 1, 'import', ?)",
                [x, tx.id],
            )
    with pytest.raises(BadInput, match="same number"):
        merged(ours, theirs)


@pytest.mark.parametrize("again", [False, True], ids=["removed", "removed and imported again"])
def test_an_image_that_was_removed_here_comes_back_with_all_work_of_both_sides(
    ours: Workspace, theirs: Workspace, again: bool
) -> None:
    for ws, x in ((ours, 10.0), (theirs, 20.0)):
        edits.apply(ws, 3, [Add(box(3, x))], "Draw box")
    edits.apply(ours, 1, [Add(box(1, 30.0))], "Draw box")
    remove_items(ours, [1])
    if again:
        add_items(ours, [0])
    merged(ours, theirs)
    items = dict(ours.query("SELECT id, name FROM item"))
    assert sorted((items[s.item_id], s.x) for s in shapes(ours)) == [
        ("0.png", 1.0), ("0.png", 30.0), ("2.png", 10.0), ("2.png", 20.0)
    ]  # fmt: skip
    item = next(ident for ident, name in items.items() if name == "0.png")
    assert [entry.action for entry in item_history(ours, item)].count("Draw box") == 2
    with Workspace.open(theirs.path) as other:
        merged(other, ours)
        with Workspace.open(ours.path) as back:
            assert knowledge(other) == knowledge(back)


def test_the_number_of_a_removed_image_is_not_given_to_another_one(ours: Workspace) -> None:
    edits.apply(ours, 3, [Add(box(3))], "Draw box")
    edits.apply(ours, 3, [Remove(shapes(ours)[-1].id)], "Remove")
    remove_items(ours, [3])
    ours.close()
    with Workspace.open(ours.path) as ws:
        add_items(ws, [77])
        edits.undo(ws)  # of the removal on the image that is gone
        assert [shape.item_id for shape in shapes(ws)] == [1]


def test_undo_after_a_merge_leaves_what_others_changed(ours: Workspace, theirs: Workspace) -> None:
    (shape,) = shapes(ours)
    schema.rename_label(ours, 1, "ours")
    edits.apply(ours, 1, [Change(shape.id, {"x": 30.0, "z": 2})], "Move")
    edits.apply(theirs, 1, [Change(shape.id, {"label_id": 2, "flags": ("occluded",)})], "Change label")
    schema.recolor_label(theirs, 1, "#123456")
    merged(ours, theirs)
    assert [(label.name, label.color) for label in schema.labels(ours)][:1] == [("ours", "#123456")]
    edits.undo(ours)
    (now,) = shapes(ours)
    assert (now.x, now.z, now.label_id, now.flags) == (1.0, 0, 2, ("occluded",))
    edits.redo(ours)
    (now,) = shapes(ours)
    assert (now.x, now.z, now.label_id, now.flags) == (30.0, 2, 2, ("occluded",))
    edits.undo(ours)
    edits.undo(ours)
    assert [(label.name, label.color) for label in schema.labels(ours)][:1] == [("scratch", "#123456")]


def test_undo_of_what_others_went_on_from_leaves_their_work(ours: Workspace, theirs: Workspace) -> None:
    (shape,) = shapes(ours)
    edits.apply(ours, 1, [Change(shape.id, {"x": 30.0, "z": 2})], "Move")
    ours.close()
    merge(theirs, ours.path)
    edits.apply(theirs, 1, [Change(shape.id, {"x": 40.0})], "Move")
    with Workspace.open(ours.path) as again:
        merged(again, theirs)
        edits.undo(again)
        (now,) = shapes(again)
        assert (now.x, now.z) == (40.0, 0)


def test_undo_of_a_removal_takes_the_side_that_others_kept(ours: Workspace, theirs: Workspace) -> None:
    (shape,) = shapes(ours)
    edits.apply(ours, 1, [Remove(shape.id)], "Remove")
    edits.apply(theirs, 1, [Change(shape.id, {"x": 40.0})], "Move")
    assert merged(ours, theirs).conflicts == 1
    edits.undo(ours)
    assert [shape.x for shape in shapes(ours)] == [40.0]
    assert counts(ours) == {}
    edits.redo(ours)
    assert shapes(ours) == []


def test_a_workspace_whose_newest_work_cannot_be_read_is_not_merged_without_it(
    ours: Workspace, theirs: Workspace
) -> None:
    edits.apply(theirs, 1, [Add(box(1))], "Draw box")
    wal = theirs.path / "store.duckdb.wal"
    log_ = wal.read_bytes()
    store = (theirs.path / "store.duckdb").read_bytes()
    theirs.close()
    (theirs.path / "store.duckdb").write_bytes(store)  # as after a power cut
    wal.write_bytes(log_[: len(log_) // 2] + bytes(64) + log_[len(log_) // 2 + 64 :])
    before = knowledge(ours)
    with pytest.raises(WorkspaceDamaged, match=r"newest changes in .*theirs"):
        merge(ours, theirs.path)
    assert knowledge(ours) == before


def test_three_sides_of_which_two_agree_give_two_shapes_when_both_are_kept(ours: Workspace, theirs: Workspace) -> None:
    (shape,) = shapes(ours)
    third = copy(ours, "third")
    for ws, x in ((ours, 10.0), (theirs, 20.0), (third, 20.0)):
        edits.apply(ws, 1, [Change(shape.id, {"x": x})], "Move")
    merged(ours, theirs)
    merged(ours, third)
    assert counts(ours) == {1: 1}
    settle_all(ours, "both")
    assert sorted(shape.x for shape in shapes(ours)) == [10.0, 20.0]
    assert counts(ours) == {}
