"""Finding in a drawing."""

from __future__ import annotations

import pytest

from engine.modeling.graph import Node
from engine.modeling.notes import Comment, Group
from engine.modeling.recipes import RECIPES
from engine.modeling.search import find


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NECK", {"neck"}),
        ("pyramid fpn", {"neck"}),
        ("weight_decay", {"optimiser"}),
        ("rate=0.008", {"optimiser"}),
        ("rate=0.00", set()),
        ("letterbox", {"data"}),
        ("weight decay", {"optimiser"}),
        ("li said", {"note_1"}),
        ("seeing", {"group_1"}),
        ("from.the.future", {"odd"}),
        ("", set()),
        ("   ", set()),
        ("no such thing", set()),
    ],
)
def test_names_titles_parameters_values_comments_and_groups_are_found(text: str, found: set[str]) -> None:
    graph = RECIPES["detection"].graph("pcb")
    graph.nodes.append(Node("odd", "from.the.future"))
    graph.comments = [Comment("note_1", "Li said so")]
    graph.groups = [Group("group_1", "Seeing", ("backbone",))]
    assert {hit.id for hit in find(graph, text)} == found


def test_titles_are_found_in_the_language_of_the_window_and_say_where() -> None:
    graph = RECIPES["detection"].graph("pcb")
    assert [hit.id for hit in find(graph, "特征金字塔", "zh_CN")] == ["neck"]
    (hit,) = find(graph, "学习率", "zh_CN")
    assert hit.text == "rate = 0.008 (学习率)"
