"""Graph → code → graph, as tests of several rooms ask for it."""

from __future__ import annotations

from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph
from engine.modeling.readback import from_code


def read_back(graph: Graph) -> str:
    """The code of a graph, after it was read back as the very same graph, with it and without it at hand."""
    code = compile_graph(graph)
    back = from_code(code, graph)
    assert back.graph == graph
    assert back.not_expressible == []
    assert compile_graph(from_code(code).graph) == code
    assert max(map(len, code.splitlines())) <= 120
    return code
