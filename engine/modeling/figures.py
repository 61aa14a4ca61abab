"""Parameters and shapes of a graph's network, found on PyTorch's meta device: no memory, no data, no weights."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.errors import LinesideError
from engine.modeling.graph import Graph

TIMEOUT_S = 90


@dataclass(frozen=True)
class Figures:
    """What a network is like.

    Attributes:
        parameters: of the whole network; `nodes` by node id.
        shapes: by node id, the shape of each tensor that the node gives, for a batch of 1.
    """

    parameters: int = 0
    nodes: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, list[list[int]]] = field(default_factory=dict)


def figures(graph: Graph, classes: int = 1) -> Figures:
    """Measure in a process of its own, so that the caller need not load PyTorch (some seconds).

    Raises:
        LinesideError: the network cannot be built; the message says why.
    """
    command = [sys.executable, "-P", "-m", "engine.modeling.figures", str(max(1, classes))]
    try:
        done = subprocess.run(
            command, input=graph.dumps(), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise LinesideError(f"The network of “{graph.name}” could not be measured within {TIMEOUT_S} s.") from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        raise LinesideError(f"The network of “{graph.name}” cannot be built: {reason}")
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def measure(graph: Graph, classes: int) -> Figures:
    """Build the network on the meta device and send one image through it."""
    import torch

    from engine.modeling.compile import compile_graph

    space: dict[str, Any] = {"__name__": "measured"}
    exec(compile(compile_graph(graph), "model.py", "exec"), space)  # noqa: S102 (the code is this program's own)
    width, height, channels = _input(graph)
    shapes: dict[str, list[list[int]]] = {}
    with torch.device("meta"):
        network = space["Network"](channels, classes)
        for name, child in network.named_children():
            child.register_forward_hook(
                lambda _module, _inputs, output, name=name: shapes.update({name: _shapes(output)})
            )
        network(torch.empty(1, channels, height, width))
    nodes = {name: sum(p.numel() for p in child.parameters()) for name, child in network.named_children()}
    return Figures(sum(p.numel() for p in network.parameters()), nodes, shapes)


def _input(graph: Graph) -> tuple[int, int, int]:
    """Width, height and channels of what the network sees while it is trained."""
    parameters = {node.type: node.parameters for node in graph.nodes}
    data = parameters.get("data.images", {})
    crop = parameters.get("augment.boxes", {}).get("crop", 0)
    width, height = (crop, crop) if crop else (data.get("width", 640), data.get("height", 640))
    return int(width), int(height), 1 if str(data.get("channels")) == "1" else 3


def _shapes(output: Any) -> list[list[int]]:
    """Shapes of all tensors of an output: a tensor, a list, a tuple, a dict or a dataclass of them."""
    if hasattr(output, "shape"):
        return [list(output.shape)]
    parts = output if isinstance(output, list | tuple) else getattr(output, "__dict__", {}).values()
    return [shape for part in parts if not isinstance(part, int | float | str) for shape in _shapes(part)]


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Graph.loads(sys.stdin.read()), int(sys.argv[1])))))
