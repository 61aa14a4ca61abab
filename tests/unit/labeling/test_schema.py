"""The label schema."""

from __future__ import annotations

import pyarrow as pa
import pytest

from engine.data.colors import OKABE_ITO
from engine.data.records import Annotation
from engine.errors import BadInput
from engine.labeling import edits, schema
from engine.labeling.edits import Add
from engine.workspace import Workspace


def names(ws: Workspace) -> list[str]:
    return [label.name for label in schema.labels(ws)]


def test_labels_get_the_colours_that_everyone_can_tell_apart_then_new_hues(workspace: Workspace) -> None:
    for number in range(20):
        schema.add_label(workspace, f"label {number}")
    colors = [label.color for label in schema.labels(workspace)]
    assert tuple(colors[:7]) == OKABE_ITO
    assert len(set(colors)) == 20


def test_two_labels_of_one_parent_cannot_have_one_name(workspace: Workspace) -> None:
    schema.add_label(workspace, "  open  circuit ")
    assert names(workspace) == ["open circuit"]
    with pytest.raises(schema.LabelExists, match="open circuit"):
        schema.add_label(workspace, "open circuit")
    schema.add_label(workspace, "open circuit", parent=1)
    with pytest.raises(BadInput, match="needs a name"):
        schema.rename_label(workspace, 1, "   ")
    with pytest.raises(BadInput, match="#rrggbb"):
        schema.recolor_label(workspace, 1, "red")
    with pytest.raises(schema.UnknownLabel):
        schema.rename_label(workspace, 9, "x")


def test_changes_of_the_schema_are_undone_like_any_other_edit(workspace: Workspace) -> None:
    schema.add_label(workspace, "a")
    schema.add_label(workspace, "b")
    before = schema.labels(workspace)
    schema.rename_label(workspace, 1, "c")
    schema.recolor_label(workspace, 2, "#123456")
    schema.reorder_labels(workspace, [2, 1])
    after = schema.labels(workspace)
    assert [label.name for label in after] == ["b", "c"]
    for _ in range(3):
        edits.undo(workspace)
    assert schema.labels(workspace) == before
    for _ in range(3):
        edits.redo(workspace)
    assert schema.labels(workspace) == after


@pytest.mark.parametrize("count", [3, 40])
def test_removing_a_label_takes_its_annotations_along_and_undo_brings_both_back(
    workspace: Workspace, count: int
) -> None:
    _annotated(workspace, count)
    before = edits.annotations_of(workspace, 1)
    changes = schema.remove_label(workspace, 1)
    assert edits.annotations_of(workspace, 1) == []
    assert names(workspace) == ["b"]
    assert changes.items == {1} and changes.labels == {1}
    edits.undo(workspace)
    assert edits.annotations_of(workspace, 1) == before
    assert names(workspace) == ["a", "b"]


def test_merging_labels_moves_the_annotations(workspace: Workspace) -> None:
    _annotated(workspace, 3)
    schema.merge_labels(workspace, 1, into=2)
    assert {shape.label_id for shape in edits.annotations_of(workspace, 1)} == {2}
    assert schema.label_usage(workspace) == {2: 3}


def test_a_removed_labels_id_is_not_given_again(workspace: Workspace) -> None:
    schema.add_label(workspace, "a")
    schema.remove_label(workspace, 1)
    schema.add_label(workspace, "b")
    assert schema.labels(workspace)[0].id == 2


def test_keys_are_digits_in_order_unless_a_label_has_its_own(workspace: Workspace) -> None:
    for number in range(11):
        schema.add_label(workspace, f"label {number}")
    schema.set_shortcut(workspace, 3, "1")
    keys = schema.keys(schema.labels(workspace))
    assert (keys[3], keys[1], keys[2], keys[4]) == ("1", "2", "3", "4")
    assert 11 not in keys
    schema.set_shortcut(workspace, 1, "1")
    assert schema.labels(workspace)[2].shortcut == ""


def test_below_a_removed_label_the_others_move_up(workspace: Workspace) -> None:
    schema.add_label(workspace, "defect")
    schema.add_label(workspace, "scratch", parent=1)
    schema.remove_label(workspace, 1)
    assert schema.labels(workspace)[0].parent is None


def _annotated(ws: Workspace, count: int) -> None:
    schema.add_label(ws, "a")
    schema.add_label(ws, "b")
    with ws.transaction("Import images") as tx:
        tx.insert("item", pa.table({"id": [1], "name": ["a.png"], "tx": [tx.id]}))
    edits.apply(ws, 1, [Add(Annotation(0, 1, 1, "box", float(n), 0.0, 1.0, 1.0)) for n in range(count)])


def test_a_kind_of_shape_that_there_is_not_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="“square” of “scratch” is no kind of shape"):
        schema.add_label(workspace, "scratch", shapes=("box", "square"))
    assert names(workspace) == []
    schema.add_label(workspace, "scratch", shapes=("box", "box"))
    with pytest.raises(BadInput, match="no kind of shape"):
        schema.set_shapes(workspace, 1, ["square"])
    assert schema.labels(workspace)[0].shapes == ("box",)
