"""Networks drawn of single layers: what fits is known while they are drawn, and drawing and code say the same."""

from __future__ import annotations

import re
from typing import Any, get_args, get_origin

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.modeling.catalogue import catalogue, component
from engine.modeling.check import RESERVED, Issue, check
from engine.modeling.compile import compile_graph
from engine.modeling.flow import flows
from engine.modeling.graph import Edge, Graph
from engine.modeling.measure import measure
from engine.modeling.readback import from_code
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


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
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


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawings())
def test_what_is_told_of_channels_and_strides_is_what_the_network_has(graph: Graph) -> None:
    try:
        shapes = measure(graph, 3).shapes
    except RuntimeError as error:  # sizes, which only the network knows: a window larger than its map, halves of odd sides
        assert re.search(r"size|dimension|pad", str(error)), error
        return
    for (node, output), flow in flows(graph)[0].items():
        found = component(graph.node(node).type)
        if node not in shapes or found.outputs[0].kind not in ("tensor", "vector") or flow.channels is None:
            continue
        shape = shapes[node][[port.name for port in found.outputs].index(output)]
        assert shape[1] == flow.channels, node
        if flow.stride is not None and "layer.crop" not in str(graph.nodes) and "valid" not in str(graph.nodes):
            assert abs(shape[3] * flow.stride - 64) <= 64, node  # padding and odd sides move it by some places
