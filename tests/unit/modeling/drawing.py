"""Graphs of single layers for tests: built as a person draws them, checked at each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.modeling.catalogue import catalogue, component, component_of, fits
from engine.modeling.check import check
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.recipes import RECIPES

LAYERS = [name for name, found in catalogue().items() if name.startswith("layer.")]
FRAME = ("data", "augment", "loss", "optimiser", "train", "evaluate")
IMAGES = ("augment", "images")
End = tuple[str, str]


class Drawing:
    """A classifier whose network is drawn of layers; colour images of 64 × 64 px."""

    def __init__(self) -> None:
        graph = RECIPES["classification-small"].graph("drawn")
        graph = graph.with_parameters({"data.width": 64, "data.height": 64, "data.channels": "3"})
        graph.nodes = [node for node in graph.nodes if node.id in FRAME]
        graph.edges = [edge for edge in graph.edges if {edge.source, edge.target} <= set(FRAME)]
        self.graph = graph
        self.ends: list[End] = [IMAGES]

    def kind(self, end: End) -> str:
        return next(port.kind for port in component_of(self.graph.node(end[0])).outputs if port.name == end[1])

    def fitting(self, kind: str) -> list[End]:
        return [end for end in self.ends if fits(self.kind(end), kind)]

    def add(self, type_: str, sources: Sequence[End], node_id: str = "", **values: Any) -> End:
        """Put a layer behind others; the first input takes all sources when it is for several."""
        found = component(type_)
        node = Node(node_id or f"n{len(self.graph.nodes)}", type_, found.version, {**found.defaults(), **values})
        found = component_of(node)
        self.graph.nodes.append(node)
        for number, source in enumerate(sources):
            port = found.inputs[0 if found.inputs[0].many else number]
            self.graph.edges.append(Edge(*source, node.id, port.name))
        self.ends += [(node.id, port.name) for port in found.outputs]
        return node.id, found.outputs[0].name

    def try_to_add(self, type_: str, choose: Callable[[list[End]], Sequence[End]], **values: Any) -> bool:
        """As `add`, unless nothing fits or the check finds an error with the new layer."""
        (port,) = component(type_).inputs
        offered = self.fitting(port.kind)
        if not offered:
            return False
        before = (list(self.graph.nodes), list(self.graph.edges), list(self.ends))
        node, _ = self.add(type_, choose(offered), **values)
        if any(issue.severity == "error" and issue.node == node for issue in check(self.graph)):
            self.graph.nodes, self.graph.edges, self.ends = before
            return False
        return True

    def finish(self) -> Graph:
        """Bring all that nothing takes from into one vector, and that to the loss."""
        used = {(edge.source, edge.output) for edge in self.graph.edges}
        vectors = []
        for end in [end for end in self.ends if end not in used or end == IMAGES]:
            kind = self.kind(end)
            if kind == "features":
                end, kind = self.add("layer.feature_map", [end]), "tensor"
            if fits(kind, "tensor"):
                end = self.add("layer.global_pool", [end])
            vectors.append(end)
        answer = self.add("head.vector", [self.add("layer.vector_concat", vectors)], "head")
        self.graph.edges.append(Edge(*answer, "loss", "logits"))
        return self.graph
