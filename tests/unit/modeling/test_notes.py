"""Comments and groups are kept with the drawing, and change nothing of the model."""

from __future__ import annotations

import pytest

from engine.errors import BadInput
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph
from engine.modeling.notes import Comment, Group, kept
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES


def marked() -> Graph:
    graph = RECIPES["detection"].graph("pcb")
    graph.comments = [Comment("note_1", "Ask Li about\nthe light", 10, 20, 200, 80, "blue", {"by": "Li"})]
    graph.groups = [Group("group_1", "Network", ("backbone", "neck", "head"), folded=True, extra={"hue": 3})]
    return graph


def test_comments_and_groups_survive_the_file_and_what_a_later_program_wrote_in_them_too() -> None:
    again = Graph.loads(marked().dumps())
    assert again == marked()


def test_a_file_of_before_has_none_and_is_written_as_it_was() -> None:
    plain = RECIPES["detection"].graph("pcb")
    document = plain.to_json()
    assert "comments" not in document
    assert "groups" not in document
    assert Graph.from_json(document) == plain


def test_the_code_is_the_same_with_and_without_them() -> None:
    assert compile_graph(marked()) == compile_graph(RECIPES["detection"].graph("pcb"))


def test_reading_code_back_keeps_them_and_a_group_loses_what_the_code_lost() -> None:
    code = compile_graph(marked())
    assert from_code(code, marked()).graph == marked()
    lines = [line for line in code.splitlines() if "self.neck" not in line]
    found = from_code("\n".join(lines), marked()).graph
    assert found.groups[0].nodes == ("backbone",)  # the head is made from the neck
    assert found.comments == marked().comments


def test_a_node_is_in_one_group_at_most_and_an_empty_group_goes() -> None:
    groups = [Group("a", "A", ("x", "y")), Group("b", "B", ("y",)), Group("c", "C", ("z", "gone"))]
    assert kept(groups, {"x", "y", "z"}) == [groups[0], Group("c", "C", ("z",))]


def test_a_comment_is_never_too_small_to_be_taken_hold_of() -> None:
    assert (Comment("a").sized(-3, 7).width, Comment("a").sized(-3, 7).height) == (96, 48)


@pytest.mark.parametrize(
    "marks",
    [
        {"comments": 3},
        {"comments": [{"text": "no id"}]},
        {"comments": [{"id": "a", "size": ["x", 2]}]},
        {"groups": [{"id": "a"}]},
        {"groups": ["a"]},
        {"groups": [{"id": "a", "nodes": 7}]},
    ],
)
def test_damaged_ones_are_said_to_be_damaged(marks: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        Graph.from_json({**RECIPES["detection"].graph("pcb").to_json(), **marks})
