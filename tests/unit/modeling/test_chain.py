"""Steps of augmentation in a row: compiled, read back, and what is wrong with a chain is said in words."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.modeling.catalogue import catalogue
from engine.modeling.check import check
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Edge, Graph, Node, chain
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from tests.round_trip import read_back

STEPS = [name for name, found in catalogue().items() if found.section == "augment" and found.outputs == found.inputs]
SAMPLER = "data.sampler"


def chained(recipe: str, *types: str, names: list[str] | None = None) -> Graph:
    """A recipe with those parts between the dataset and its augmentation."""
    graph = RECIPES[recipe].graph("model")
    graph.edges = [edge for edge in graph.edges if edge.input != "samples"]
    before = "data"
    for number, type_ in enumerate(types):
        name = names[number] if names else f"step{number}"
        graph.nodes.append(Node(name, type_, 1, catalogue()[type_].defaults()))
        graph.edges.append(Edge(before, "samples", name, "samples"))
        before = name
    graph.edges.append(Edge(before, "samples", "augment", "samples"))
    return graph


def of_task(task: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name for name in STEPS if task in catalogue()[name].tasks])


@settings(max_examples=40, deadline=None)
@given(
    recipe=st.sampled_from(["detection", "classification-small"]),
    draw=st.data(),
    sampled=st.booleans(),
)
def test_any_chain_of_the_catalogue_is_read_back_as_it_was(recipe: str, draw: st.DataObject, sampled: bool) -> None:
    steps = draw.draw(st.lists(of_task(RECIPES[recipe].task), max_size=6))
    types = [SAMPLER] * sampled + steps
    names = draw.draw(st.permutations([f"part{number}" for number in range(len(types))]))
    graph = chained(recipe, *types, names=names)
    graph.nodes = draw.draw(st.permutations(graph.nodes))
    read_back(graph)


def test_the_code_names_the_steps_in_their_order() -> None:
    code = compile_graph(
        chained("detection", SAMPLER, "augment.blur", "augment.mosaic", names=["rare", "soft", "four"])
    )
    assert "self.soft = Blur(probability=0.5, strength=1.5)" in code
    assert "self.four = Mosaic(self.data, probability=0.5)" in code
    call = next(
        part for part in ast.walk(ast.parse(code)) if isinstance(part, ast.Call) and ast.unparse(part.func) == "Chain"
    )
    assert ast.unparse(call) == "Chain(self.soft, self.four, self.augment)"
    assert "sampler=self.rare)" in code


def test_steps_exchanged_in_the_code_are_exchanged_in_the_drawing() -> None:
    graph = chained("detection", "augment.blur", "augment.jpeg", names=["soft", "small"])
    code = compile_graph(graph)
    one, other = "            self.soft,\n", "            self.small,\n"
    back = from_code(code.replace(one + other, other + one), graph).graph
    assert {(edge.source, edge.target) for edge in back.edges if edge.input == "samples"} == {
        ("data", "small"),
        ("small", "soft"),
        ("soft", "augment"),
    }


def words(graph: Graph) -> str:
    return " ".join(f"{issue} {issue.message.zh}{issue.suggestion.zh}" for issue in check(graph))


def test_a_chain_that_branches_is_named_where_it_does() -> None:
    graph = chained("detection", "augment.blur", "augment.jpeg")
    graph.edges = [edge for edge in graph.edges if edge.target != "step1"] + chain(["step0.samples -> step1.samples"])
    graph.edges = [edge for edge in graph.edges if edge.target != "augment"] + chain(
        ["step0.samples -> augment.samples"]
    )
    found = words(graph)
    assert "step0.samples: step1 and augment take its images; the images can go one way only." in found
    assert "step1.samples: Nothing takes the images that it gives. Connect it to augment.samples." in found
    assert "依次串联" in found


def test_a_chain_without_an_end_says_what_could_be_its_end() -> None:
    graph = chained("detection", "augment.blur")
    graph.nodes = [node for node in graph.nodes if node.id != "augment"]
    graph.edges = [edge for edge in graph.edges if "augment" not in (edge.source, edge.target)]
    assert "step0.samples: Nothing takes the images that it gives. Add “Crops and symmetry”." in words(graph)


def test_what_balances_stands_right_behind_the_dataset() -> None:
    assert check(chained("detection", SAMPLER, "augment.blur")) == []
    assert "step1.samples: It chooses images before they are changed." in words(
        chained("detection", "augment.blur", SAMPLER)
    )
    assert "step1.samples" in words(chained("detection", SAMPLER, SAMPLER))


@pytest.mark.parametrize("recipe", ["detection", "classification-small"])
def test_images_as_they_are_need_no_other_end(recipe: str) -> None:
    graph = chained(recipe, "augment.gamma")
    node = graph.node("augment")
    node.type, node.parameters = "augment.none", {}
    assert check(graph) == []
    assert from_code(compile_graph(graph), graph).graph == graph
