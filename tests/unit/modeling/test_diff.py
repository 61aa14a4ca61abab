"""What differs between two drawings."""

from __future__ import annotations

from engine.modeling.diff import difference
from engine.modeling.graph import Edge, Node, chain
from engine.modeling.notes import Comment, Group
from engine.modeling.recipes import RECIPES


def test_a_drawing_does_not_differ_from_itself_nor_by_places_notes_and_defaults_that_are_not_written() -> None:
    one, other = RECIPES["detection"].graph("a"), RECIPES["detection"].graph("b")
    other.node("neck").position = (900, 900)
    other.comments, other.groups = [Comment("note_1", "x")], [Group("g", "G", ("neck",))]
    del other.node("neck").parameters["width"]
    assert difference(one, other).same
    assert difference(one, other).lines() == []


def test_added_removed_and_changed_nodes_values_and_edges_are_told() -> None:
    one = RECIPES["detection"].graph("a")
    other = one.with_parameters({"optimiser.rate": 0.01, "neck.odd": [1]})
    other.nodes = [node for node in other.nodes if node.id != "evaluate"] + [Node("pan", "neck.pan")]
    other.node("backbone").type = "backbone.resnet"
    other.edges = [edge for edge in other.edges if edge.target != "evaluate"] + chain(
        ["backbone.features -> pan.features"]
    )
    found = difference(one, other)
    assert [node.id for node in found.added] == ["pan"]
    assert [node.id for node in found.removed] == ["evaluate"]
    changed = {change.id: change for change in found.changed}
    assert changed["optimiser"].parameters == {"rate": (0.008, 0.01)}
    assert changed["neck"].parameters == {"odd": (None, [1])}
    assert changed["backbone"].types == ("backbone.small", "backbone.resnet")
    assert found.edges_removed == [Edge("train", "model", "evaluate", "model")]
    assert "~ optimiser: rate: 0.008 → 0.01" in found.lines()
    assert "+ backbone.features → pan.features" in found.lines()
    assert not found.to_json()["same"]


def test_backwards_it_tells_the_opposite() -> None:
    one, other = RECIPES["detection"].graph("a"), RECIPES["classification"].graph("b")
    there, back = difference(one, other), difference(other, one)
    assert there.task == ("detection", "classification")
    assert [node.id for node in there.added] == [node.id for node in back.removed]
    assert there.edges_removed == back.edges_added
