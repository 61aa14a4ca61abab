"""What a graph's network is like: shapes, weights, work, memory and sight of each part.

PyTorch's meta device does the arithmetic: no memory, no data, no weights. It runs in the process beside the window, which
keeps PyTorch loaded, so that a drawing is measured again at every change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.errors import BadInput
from engine.labeling.assist.companion import Answer, shared
from engine.labeling.assist.frames import Arrays
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph

CLASSES = 4  # when the labels are not known yet
TIMEOUT_S = 90.0


class NotBuilt(BadInput):
    """A network that cannot be built.

    Attributes:
        node: where it fails; empty when that is not known.
        reason: why, without the names of graph and node.
    """

    def __init__(self, message: str, node: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.node, self.reason = node, reason


@dataclass(frozen=True)
class NodeFigures:
    """What one part of a network is like, for one whole image as the served model sees it.

    Attributes:
        parameters: weights that are learnt.
        multiplications: of weights with values, and of values with values.
        memory: bytes of all that the part gives on, as 32-bit numbers.
        sight: side of the square of the input that one place of the answer can see, px; None: the whole image.
        shapes: of each tensor that it gives while it is trained, for a batch of 1; training may see crops.
    """

    parameters: int = 0
    multiplications: int = 0
    memory: int = 0
    sight: int | None = 1
    shapes: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True)
class Figures:
    """What a network is like; `nodes` by node id."""

    parameters: int = 0
    multiplications: int = 0
    memory: int = 0
    nodes: Mapping[str, NodeFigures] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, list[list[int]]]:
        """By node id, the shape of each tensor that the node gives."""
        return {name: node.shapes for name, node in self.nodes.items()}


def figures(graph: Graph, classes: int = CLASSES) -> Figures:
    """Measure in the process beside the window; the first time takes some seconds, later ones a fraction of one.

    Raises:
        Superseded: a newer drawing came meanwhile.
        NotBuilt: the network cannot be built; says at which node and why.
        BadInput: the graph has errors.
    """
    request = {"graph": graph.to_json(), "classes": max(1, classes), "code": compile_graph(graph)}
    answer, _ = shared().call("model.measure", request, replaces="model.measure", timeout_s=TIMEOUT_S)
    if "failed" in answer:
        raise NotBuilt(*answer["failed"])
    nodes = {name: NodeFigures(**node) for name, node in answer.pop("nodes").items()}
    return Figures(nodes=nodes, **answer)


def answer(arguments: dict[str, Any], arrays: Arrays) -> Answer:
    """The part of the process beside the window: {graph, classes, code} → Figures as JSON, or what failed."""
    from engine.modeling.measure import measure

    del arrays
    try:
        figures = measure(Graph.from_json(arguments["graph"]), int(arguments["classes"]), arguments["code"])
    except NotBuilt as error:
        return {"failed": [str(error), error.node, error.reason]}, {}
    return asdict(figures), {}
