"""What is wrong with a graph is said at the port or the parameter, with a suggestion."""

from __future__ import annotations

import pytest

from engine.errors import BadInput
from engine.modeling.catalogue import KINDS, catalogue
from engine.modeling.check import Issue, check, connection_issue, require_sound
from engine.modeling.graph import Edge, Graph, Node, chain
from engine.modeling.recipes import RECIPES


def detection() -> Graph:
    return RECIPES["detection"].graph("pcb")


def only(issues: list[Issue], node: str, place: str) -> Issue:
    (found,) = [issue for issue in issues if (issue.node, issue.place) == (node, place)]
    return found


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_is_sound(recipe: str) -> None:
    assert check(RECIPES[recipe].graph("model")) == []


def test_an_edge_between_unlike_ports_names_what_would_fit_between() -> None:
    graph = detection()
    wrong = Edge("backbone", "features", "head", "pyramid")
    issue = connection_issue(graph, wrong)
    assert issue is not None
    assert "Feature pyramid (FPN)" in issue.suggestion.en
    assert "特征金字塔" in issue.suggestion.zh
    graph.edges = [edge for edge in graph.edges if edge.target != "head"] + [wrong]
    assert only(check(graph), "head", "pyramid").severity == "error"


def test_an_open_input_says_who_could_give() -> None:
    graph = detection()
    graph.edges = [edge for edge in graph.edges if edge.target != "head"]
    assert "neck.pyramid" in only(check(graph), "head", "pyramid").suggestion.en


def test_a_parameter_out_of_range_or_unknown_is_named() -> None:
    graph = detection().with_parameters({"neck.width": 13, "train.stepps": 5, "data.channels": "2"})
    issues = check(graph)
    assert "multiple of 8" in only(issues, "neck", "width").message.en
    assert "steps" in only(issues, "train", "stepps").suggestion.en
    assert only(issues, "data", "channels")


def test_two_edges_at_one_input_an_edge_to_nowhere_and_a_circle_are_errors() -> None:
    graph = detection()
    graph.edges += chain(
        ["augment.images -> backbone.images", "ghost.x -> neck.features", "head.positions -> neck.features"]
    )
    texts = " ".join(str(issue) for issue in check(graph))
    assert "More than one edge" in texts
    assert "“ghost”" in texts
    assert "circle" in texts


def test_an_unknown_component_and_a_missing_part_keep_the_graph_from_being_compiled() -> None:
    graph = detection()
    graph.nodes.append(Node("extra", "vendor.thing"))
    graph.nodes = [node for node in graph.nodes if node.id != "optimiser"]
    texts = [str(issue) for issue in check(graph)]
    assert any("vendor.thing" in text for text in texts)
    assert any("no part for optimiser" in text for text in texts)
    with pytest.raises(BadInput, match="more"):
        require_sound(graph)


def test_a_component_of_another_task_is_refused() -> None:
    graph = detection()
    graph.node("loss").type = "loss.classification"
    assert "classification" in only(check(graph), "loss", "").message.en


def test_a_name_that_is_no_python_name_is_refused() -> None:
    graph = detection()
    graph.node("head").id = "class"
    assert any("cannot be a name in code" in str(issue) for issue in check(graph))


def test_every_component_has_words_in_both_languages_and_known_ports() -> None:
    for component in catalogue().values():
        assert component.title.zh
        assert component.help.en.endswith(".")
        assert component.help.zh.endswith("。")
        assert all(port.kind in KINDS and port.help.zh for port in (*component.inputs, *component.outputs))
        for name, field in component.Parameters.model_fields.items():
            extra = field.json_schema_extra
            assert field.title and isinstance(extra, dict) and extra["title_zh"], f"{component.type}.{name}"


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("neck.width", 17, "8 的倍数"),
        ("neck.width", 8, "不小于 16 的数"),
        ("neck.width", 512, "不大于 256 的数"),
        ("neck.width", "wide", "整数"),
        ("neck.finest", 5, "以下之一：4, 8 or 16"),
        ("optimiser.rate", 0, "大于 0 的数"),
        ("optimiser.rate", "fast", "数字"),
        ("augment.flip_vertical", "maybe", "是或否"),
    ],
)
def test_what_a_value_should_be_is_said_in_chinese_too(key: str, value: object, wanted: str) -> None:
    (issue,) = check(RECIPES["detection"].graph("pcb").with_parameters({key: value}))
    assert wanted in issue.suggestion.zh
    assert "should be" not in issue.suggestion.zh
