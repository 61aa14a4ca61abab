"""Every fix that is offered mends what it is offered for."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.modeling.check import Issue, check, mend
from engine.modeling.graph import Edge, Graph, Node, chain
from engine.modeling.notes import Group
from engine.modeling.recipes import RECIPES


def detection() -> Graph:
    return RECIPES["detection"].graph("pcb")


def areas() -> Graph:
    """A drawing of a task that has one loss only."""
    return RECIPES["segmentation"].graph("areas")


def without(graph: Graph, *nodes: str) -> Graph:
    graph.nodes = [node for node in graph.nodes if node.id not in nodes]
    graph.edges = [edge for edge in graph.edges if not {edge.source, edge.target} & set(nodes)]
    return graph


def spoilt() -> dict[str, Graph]:
    """One drawing for each thing that can be wrong."""
    graphs = {
        "a value that is too small": detection().with_parameters({"neck.width": 3}),
        "a value between steps": detection().with_parameters({"neck.width": 61}),
        "a value of no type": detection().with_parameters({"neck.width": "wide"}),
        "a slip in a choice": detection().with_parameters({"data.resize": "leterbox"}),
        "a slip in a name": detection().with_parameters({"train.stepps": 5}),
        "a name of nothing": detection().with_parameters({"train.zzz": 5}),
        "a name that is no name": detection(),
        "an open input": detection(),
        "two edges": detection(),
        "an edge to nowhere": detection(),
        "an edge to no port": detection(),
        "unlike ends": detection(),
        "a circle": detection(),
        "no loss": without(areas(), "loss"),
        "no optimiser": without(detection(), "optimiser"),
        "two losses": detection(),
        "another task": areas(),
    }
    graphs["a name that is no name"].node("evaluate").id = "2 values"
    graphs["a name that is no name"].edges = [e for e in detection().edges if e.target != "evaluate"]
    graphs["an open input"].edges = [e for e in detection().edges if e.target != "head"]
    graphs["two edges"].nodes.append(Node("pan", "neck.pan"))
    graphs["two edges"].edges += chain(["backbone.features -> pan.features", "pan.pyramid -> head.pyramid"])
    graphs["an edge to nowhere"].edges += chain(["ghost.x -> neck.features"])
    graphs["an edge to no port"].edges += chain(["backbone.features -> neck.odd"])
    graphs["unlike ends"] = without(detection(), "neck")
    graphs["unlike ends"].edges += chain(["backbone.features -> head.pyramid"])
    graphs["a circle"].nodes += [Node("n2", "neck.fpn")]
    graphs["a circle"].edges += [Edge("head", "positions", "backbone", "images")]
    graphs["two losses"].nodes.append(Node("loss_2", "loss.detection"))
    graphs["another task"].node("loss").type = "loss.classification"
    return graphs


def key(issue: Issue) -> tuple[str, str, str]:
    return issue.node, issue.place, issue.message.en


@pytest.mark.parametrize("name", spoilt())
def test_each_fix_that_is_offered_mends_its_issue_and_leaves_the_drawing_it_was_made_for(name: str) -> None:
    graph = spoilt()[name]
    before = deepcopy(graph)
    issues = [issue for issue in check(graph) if issue.fixes]
    assert issues, f"nothing is offered for {name}"
    for issue in issues:
        for fix in issue.fixes:
            assert fix.title.zh
            after = fix.apply(graph)
            assert key(issue) not in {key(one) for one in check(after)}, fix.title.en
            assert Graph.loads(after.dumps()) == after
    assert graph == before


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("a value that is too small", ("neck", "width", 16)),
        ("a value between steps", ("neck", "width", 64)),
        ("a value of no type", ("neck", "width", 64)),
        ("a slip in a choice", ("data", "resize", "letterbox")),
        ("a slip in a name", ("train", "steps", 5)),
    ],
)
def test_values_become_the_nearest_allowed_or_the_default(name: str, what: tuple[str, str, object]) -> None:
    mended, done = mend(spoilt()[name])
    assert len(done) == 1
    assert mended.node(what[0]).parameters[what[1]] == what[2]
    assert check(mended) == []


@pytest.mark.parametrize(
    "name",
    ["an open input", "an edge to nowhere", "an edge to no port", "no loss", "another task", "a name that is no name"],
)
def test_what_can_be_mended_in_one_way_only_is_mended_unasked(name: str) -> None:
    mended, done = mend(spoilt()[name])
    assert done
    assert not [issue for issue in check(mended) if issue.node != "node_2_values"], check(mended)


def test_what_a_person_has_to_choose_is_left_to_them() -> None:
    for name in ("two edges", "unlike ends", "a circle", "two losses", "no optimiser"):
        graph = spoilt()[name]
        offered = max(len(issue.fixes) for issue in check(graph))
        assert offered >= 2 or name == "a circle", name
    graph = spoilt()["no optimiser"]
    assert mend(graph)[0] == graph


def test_a_part_that_is_added_is_wired_and_lies_where_nothing_else_does() -> None:
    mended, _ = mend(spoilt()["no loss"])
    assert check(mended) == []
    assert {edge.source for edge in mended.edges if edge.target == "loss"} == {"head", "augment"}
    places = [node.position for node in mended.nodes]
    assert len(set(places)) == len(places)


def test_a_component_put_between_takes_the_wire() -> None:
    graph = spoilt()["unlike ends"]
    (issue,) = [issue for issue in check(graph) if issue.place == "pyramid"]
    assert [fix.title.en for fix in issue.fixes[:2]] == [
        "Put “Feature pyramid (FPN)” between them.",
        "Put “Two-way pyramid (PAN)” between them.",
    ]
    assert check(issue.fixes[1].apply(graph)) == []


def test_a_renamed_node_keeps_its_wires_and_its_group() -> None:
    graph = detection()
    graph.node("head").id = "the-head"
    graph.edges = [Edge("neck", "pyramid", "the-head", "pyramid"), *[e for e in graph.edges if e.target != "head"]]
    graph.edges = [Edge("the-head", e.output, e.target, e.input) if e.source == "head" else e for e in graph.edges]
    graph.groups = [Group("g", "G", ("neck", "the-head"))]
    mended, _ = mend(graph)
    assert check(mended) == []
    assert mended.groups[0].nodes == ("neck", "the_head")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_mending_ends_whatever_is_spoilt(data: st.DataObject) -> None:
    graph = RECIPES[data.draw(st.sampled_from(list(RECIPES)))].graph("model")
    lost = data.draw(st.sets(st.sampled_from([node.id for node in graph.nodes]), max_size=4))
    graph.nodes = [node for node in graph.nodes if node.id not in lost]
    graph.edges = data.draw(st.permutations(graph.edges))[: data.draw(st.integers(0, len(graph.edges)))]
    for node in graph.nodes[:3]:
        node.parameters["odd"] = data.draw(st.integers(-3, 3))
    mended, done = mend(graph)
    assert not any(
        issue.fixes[:1] and issue.fixes[0].sure and (issue, issue.fixes[0]) not in done for issue in check(mended)
    )


def test_steps_that_take_the_same_images_are_put_in_a_row_and_a_loose_one_before_the_last() -> None:
    from engine.modeling.graph import Edge, Node

    graph = RECIPES["detection"].graph("x")
    graph.nodes += [Node("blur", "augment.blur"), Node("dust", "augment.dust")]
    graph.edges.append(Edge("data", "samples", "blur", "samples"))
    graph.edges.append(Edge("blur", "samples", "dust", "samples"))
    forked = next(issue for issue in check(graph) if issue.node == "data")
    row = forked.fixes[0].apply(graph)
    assert [edge.source for edge in row.sources("augment", "samples")] == ["blur"]
    mended = mend(row)[0]
    assert check(mended) == []
    assert [edge.source for edge in mended.sources("augment", "samples")] == ["dust"]
    assert [edge.source for edge in mended.sources("dust", "samples")] == ["blur"]
