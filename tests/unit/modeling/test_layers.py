"""Networks drawn of single layers: what fits is known while they are drawn, and drawing and code say the same."""

from __future__ import annotations

import re
from typing import Any, get_args, get_origin

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.modeling.catalogue import catalogue, component
from engine.modeling.check import Issue, check
from engine.modeling.compile import compile_graph
from engine.modeling.figures import NotBuilt, figures
from engine.modeling.flow import flows
from engine.modeling.graph import Edge, Graph
from engine.modeling.measure import measure
from engine.modeling.readback import from_code
from engine.modeling.reserved import RESERVED
from tests.unit.modeling.drawing import IMAGES, LAYERS, Drawing

LARGEST = 24  # of a random number, so that networks stay small


def values_of(type_: str) -> st.SearchStrategy[dict[str, Any]]:
    fields = component(type_).Parameters.model_fields
    return st.fixed_dictionaries({name: value_of(field) for name, field in fields.items()})


def value_of(field: Any) -> st.SearchStrategy[Any]:
    if field.annotation is bool:
        return st.booleans()
    if get_origin(field.annotation) is not None:
        return st.sampled_from(get_args(field.annotation))
    limits = {type(one).__name__: one for one in field.metadata}
    low = getattr(limits.get("Ge"), "ge", 0)
    high = getattr(limits.get("Le"), "le", 0.9)
    if field.annotation is int:
        step = getattr(limits.get("MultipleOf"), "multiple_of", 1)
        return st.integers(-(-low // step), min(high, LARGEST) // step).map(lambda number: number * step)
    return st.floats(max(low, 0.05), min(high, 0.9))


@st.composite
def drawings(draw: st.DrawFn) -> Graph:
    """Layers put behind each other in any order, with any values that fit, each taking from anything before."""
    drawing = Drawing()
    for _ in range(draw(st.integers(1, 12))):
        type_ = draw(st.sampled_from(LAYERS))
        (port,) = component(type_).inputs
        most = 4 if port.many else 1
        values = draw(values_of(type_))

        def choose(offered: list[Any], most: int = most) -> list[Any]:
            return draw(st.lists(st.sampled_from(offered), min_size=1, max_size=most, unique=True))

        drawing.try_to_add(type_, choose, **values)
    return drawing.finish()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawings())
def test_any_drawing_of_layers_comes_back_from_its_code(graph: Graph) -> None:
    assert [issue for issue in check(graph) if issue.severity == "error"] == []
    code = compile_graph(graph)
    back = from_code(code, graph)
    assert back.graph == graph
    assert back.lost == []
    alone = from_code(code)
    assert compile_graph(alone.graph) == code
    assert {(edge.source, edge.target) for edge in alone.graph.edges} == {(e.source, e.target) for e in graph.edges}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawings())
def test_what_is_told_of_channels_and_strides_is_what_the_network_has(graph: Graph) -> None:
    try:
        shapes = measure(graph, 3).shapes
    except NotBuilt as error:  # sizes, which only the network knows: a window larger than its map, halves of odd sides
        if not re.search(r"size|dimension|pad", str(error)):
            raise
        return
    for (node, output), flow in flows(graph)[0].items():
        found = component(graph.node(node).type)
        if node not in shapes or found.outputs[0].kind not in ("tensor", "vector") or flow.channels is None:
            continue
        shape = shapes[node][[port.name for port in found.outputs].index(output)]
        assert shape[1] == flow.channels, node


def at(graph: Graph, node: str) -> list[Issue]:
    return [issue for issue in check(graph) if issue.node == node and issue.severity == "error"]


def between(graph: Graph, drawing: Drawing, source: str, target: str, type_: str, **values: Any) -> None:
    """Put a component where a suggestion says."""
    (old,) = [edge for edge in graph.edges if (edge.source, edge.target) == (source, target)]
    end = drawing.add(type_, [(source, old.output)], **values)
    graph.edges[graph.edges.index(old)] = Edge(*end, target, old.input)


def by_title(title: str) -> str:
    return next(found.type for found in catalogue().values() if found.title.en == title)


@pytest.mark.parametrize(
    ("first", "second", "join"),
    [
        ({"outputs": 16}, {"outputs": 8}, "layer.add"),
        ({"outputs": 16}, {"outputs": 8}, "layer.multiply"),
        ({"outputs": 16}, {"outputs": 16, "stride": 4}, "layer.add"),
        ({"outputs": 16}, {"outputs": 8, "stride": 2}, "layer.concat"),
    ],
)
def test_what_is_suggested_at_a_join_mends_it(first: dict[str, int], second: dict[str, int], join: str) -> None:
    drawing = Drawing()
    graph = drawing.graph
    ends = [drawing.add("layer.conv2d", [IMAGES], name, **v) for name, v in (("a", first), ("b", second))]
    drawing.add(join, ends, "join")
    (issue,) = at(graph, "join")
    told = re.fullmatch(r"Put “(.+)” with (factor )?(\d+)( channels)? between (\w+) and it\.", issue.suggestion.en)
    assert told, issue.suggestion.en
    assert told[5] in issue.suggestion.zh and "“" in issue.suggestion.zh
    between(graph, drawing, told[5], "join", by_title(told[1]), **{"factor" if told[2] else "outputs": int(told[3])})
    assert at(graph, "join") == []


@pytest.mark.parametrize(
    ("given", "taker"),
    [
        ("layer.conv2d", "layer.linear"),
        ("layer.conv2d", "head.vector"),
        ("layer.global_pool", "layer.relu"),
        ("layer.conv2d", "head.classification"),
        ("backbone.small", "layer.relu"),
    ],
)
def test_what_is_suggested_between_unlike_kinds_fits(given: str, taker: str) -> None:
    drawing = Drawing()
    end = drawing.add(given, [IMAGES], "a")
    drawing.add(taker, [end], "b")
    (issue,) = at(drawing.graph, "b")
    told = re.fullmatch(r"Put “(.+)” between them\.", issue.suggestion.en)
    assert told, issue.suggestion.en
    between(drawing.graph, drawing, "a", "b", by_title(told[1]))
    assert [issue.place for issue in at(drawing.graph, "b")] == []


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("layer.group_norm", {"groups": 5}),
        ("layer.conv2d", {"groups": 3}),
        ("layer.self_attention", {"heads": 3}),
        ("layer.to_map", {"size": 5}),
    ],
)
def test_a_number_that_does_not_divide_the_channels_is_told_with_one_that_does(type_: str, values: dict) -> None:
    drawing = Drawing()
    end = drawing.add("layer.conv2d", [IMAGES], "a", outputs=8)
    if type_ == "layer.to_map":
        end = drawing.add("layer.flatten", [end], grid=4)
    drawing.add(type_, [end], "b", **values)
    (issue,) = at(drawing.graph, "b")
    told = re.fullmatch(r"Set (\w+) to (\d+)\.", issue.suggestion.en)
    assert told, issue.suggestion.en
    drawing.graph.node("b").parameters[told[1]] = int(told[2])
    assert at(drawing.graph, "b") == []


def test_maps_for_a_neck_halve_from_one_to_the_next_and_a_drawn_backbone_goes_into_a_detector() -> None:
    drawing = Drawing()
    ends = [drawing.add("layer.conv2d", [IMAGES], f"s{s}", stride=s) for s in (4, 16)]
    drawing.add("layer.features", ends, "features")
    assert "4, 16" in at(drawing.graph, "features")[0].message.en
    drawing.graph.node("s4").parameters["stride"] = 8
    assert at(drawing.graph, "features") == []


def test_names_that_pytorch_has_itself_are_refused_in_a_network() -> None:
    own = {name for name in dir(torch.nn.Module()) if not name.startswith("_")}
    assert own <= RESERVED
    drawing = Drawing()
    drawing.add("layer.relu", [IMAGES], "training")
    assert "Call it training_1." in at(drawing.graph, "training")[0].suggestion.en


def test_a_layer_that_nothing_takes_from_is_only_a_warning() -> None:
    drawing = Drawing()
    drawing.add("layer.relu", [IMAGES], "idle")
    graph = drawing.graph
    assert [issue.severity for issue in check(graph) if issue.node == "idle"] == ["warning"]


def test_a_shape_that_does_not_fit_is_told_at_the_layer_with_what_it_was_given() -> None:
    drawing = Drawing()
    cropped = drawing.add("layer.crop", [IMAGES], "cropped")
    drawing.add("layer.add", [IMAGES, cropped], "join")
    with pytest.raises(NotBuilt, match="join: it is given 1×3×64×64 and 1×3×62×62") as told:
        figures(drawing.finish())
    assert told.value.node == "join"
