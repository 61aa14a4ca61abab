"""The graph document: what is saved is what is loaded."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput, UsageError
from engine.modeling.graph import Edge, Graph, Node, chain
from engine.modeling.graphs import list_graphs, load_graph, new_graph, remove_graph, save_graph
from engine.modeling.recipes import RECIPES
from engine.workspace import Workspace

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
extras = st.dictionaries(st.from_regex(r"x_[a-z]{1,5}", fullmatch=True), values, max_size=2)
nodes = st.builds(
    Node,
    id=names,
    type=names,
    version=st.integers(1, 9),
    parameters=st.dictionaries(names, values, max_size=3),
    position=st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)),
    extra=extras,
)
graphs = st.builds(
    Graph,
    name=names,
    task=st.sampled_from(["detection", "classification", "later"]),
    nodes=st.lists(nodes, max_size=5),
    edges=st.lists(st.builds(Edge, names, names, names, names), max_size=5),
    recipe=names,
    extra=extras,
)


@given(graphs)
def test_any_graph_survives_saving_and_loading_unknown_parts_included(graph: Graph) -> None:
    assert Graph.loads(graph.dumps()) == graph


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"nodes": [{"id": "a"}]}', '{"nodes": [], "edges": [{"from": "a", "to": "b.c"}]}']
)
def test_what_is_no_graph_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadInput):
        Graph.loads(text)


def test_a_graph_of_a_later_schema_is_refused_not_misread() -> None:
    with pytest.raises(BadInput, match="schema 2"):
        Graph.from_json({"schema": 2, "nodes": []})


def test_parameters_are_set_on_a_copy() -> None:
    graph = RECIPES["detection"].graph("pcb")
    changed = graph.with_parameters({"train.steps": 7})
    assert changed.node("train").parameters["steps"] == 7
    assert graph.node("train").parameters["steps"] == 3000
    with pytest.raises(UsageError, match="has no node “trian”"):
        graph.with_parameters({"trian.steps": 7})


def test_nodes_come_after_what_they_take_from() -> None:
    graph = RECIPES["detection"].graph("pcb")
    graph.nodes.reverse()
    order = [node.id for node in graph.in_order()]
    assert all(order.index(edge.source) < order.index(edge.target) for edge in graph.edges)
    graph.edges += chain(["head.positions -> backbone.images"])
    assert len(graph.in_order()) == len(graph.nodes)


def test_graphs_of_a_workspace_are_made_listed_saved_and_removed(workspace: Workspace) -> None:
    assert "焊点" in new_graph(workspace, "焊点", "detection").graphs
    with pytest.raises(UsageError, match="already"):
        new_graph(workspace, "焊点", "detection")
    graph = load_graph(workspace, "焊点")
    graph.node("train").parameters["steps"] = 12
    save_graph(workspace, graph)
    assert load_graph(workspace, "焊点").node("train").parameters["steps"] == 12
    (workspace.path / "graphs" / "broken.json").write_text("{")
    assert [entry.name for entry in list_graphs(workspace)] == ["焊点"]
    remove_graph(workspace, "焊点")
    with pytest.raises(UsageError, match="no model graph"):
        load_graph(workspace, "焊点")


@pytest.mark.parametrize("name", ["", "../escape", "a/b", ".hidden", "a\nb", "con:1", "a" * 100])
def test_a_name_that_is_no_file_name_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(UsageError):
        new_graph(workspace, name, "detection")


def test_the_file_is_readable_json_in_utf8(workspace: Workspace) -> None:
    new_graph(workspace, "焊点", "classification")
    text = (workspace.path / "graphs" / "焊点.json").read_text("utf-8")
    assert "焊点" in text
    assert json.loads(text)["schema"] == 1
