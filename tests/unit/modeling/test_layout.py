"""Nodes are laid out along the flow."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.layout import SIZE, arrange
from engine.modeling.recipes import RECIPES


@st.composite
def graphs(draw) -> Graph:
    count = draw(st.integers(1, 12))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    edges = [Edge(f"n{a}", "out", f"n{b}", "in") for a, b in draw(st.lists(ends, max_size=20))]
    return Graph("any", "detection", [Node(f"n{number}", "x") for number in range(count)], edges)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.sampled_from([0.2, 1.0, 2.0, float("inf")]))
def test_no_two_cards_lie_over_each_other_whatever_is_connected(graph: Graph, shape: float) -> None:
    places = arrange(graph, shape=shape)
    assert places.keys() == {node.id for node in graph.nodes}
    boxes = [(x, y, x + SIZE[0], y + SIZE[1]) for x, y in places.values()]
    for number, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_wire_runs_to_the_right(recipe: str) -> None:
    graph = RECIPES[recipe].graph("model")
    places = arrange(graph, {"backbone": (300.0, 120.0)})
    for edge in graph.edges:
        assert places[edge.source][0] < places[edge.target][0]
    assert min(x for x, _ in places.values()) == 0
    assert min(y for _, y in places.values()) == 0
    if "optimiser" not in places:
        return
    before_train = max(x for node, (x, _) in places.items() if x < places["train"][0] and node != "optimiser")
    assert places["optimiser"][0] == before_train  # not far to the left, where nothing else of it is


def test_wires_into_one_card_do_not_cross() -> None:
    places = arrange(RECIPES["detection"].graph("model"))
    assert places["loss"][1] < places["optimiser"][1]  # as the ports of the training


def test_a_long_flow_goes_on_in_rows_that_fit_where_it_is_looked_at() -> None:
    graph = RECIPES["detection"].graph("model")
    places = arrange(graph, shape=1.5)
    width = max(x for x, _ in places.values()) + SIZE[0]
    height = max(y for _, y in places.values()) + SIZE[1]
    assert 0.7 < width / height < 3
    assert len({x for x, _ in arrange(graph).values()}) == 8
