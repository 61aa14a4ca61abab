"""Shapes on the edges and parameter counts of a graph, without any memory: `python -m engine.modeling.shapes graph.json`.

PyTorch's meta device does the arithmetic. It runs in a process of its own, because the window never loads PyTorch.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine.errors import LinesideError
from engine.modeling.graph import Graph

CLASSES = 4  # when the labels are not known yet
TIMEOUT_S = 60


def describe(graph: Graph, classes: int = CLASSES) -> dict[str, Any]:
    """Shapes for one image: {"nodes": {id: {"parameters": n, "outputs": [[1, 32, 160, 160], …]}}, "parameters": total,
    "multiplications": of one image}. Loads PyTorch.

    Raises:
        BadInput: the graph has errors.
    """
    import torch
    from torch import nn

    from engine.modeling.compile import compile_graph

    scope: dict[str, Any] = {"__name__": "graph"}
    exec(compile(compile_graph(graph), "model.py", "exec"), scope)  # noqa: S102  # our own compiled code
    settings = next((node.parameters for node in graph.nodes if node.type == "data.images"), {})
    channels = 1 if str(settings.get("channels")) == "1" else 3
    shape = (1, channels, int(settings.get("height", 640)), int(settings.get("width", 640)))
    nodes: dict[str, dict[str, Any]] = {}
    work = [0]

    def count(module: nn.Module, _: Any, output: Any) -> None:
        weight = module.weight
        assert isinstance(weight, torch.Tensor)
        places = output.shape[-2] * output.shape[-1] if isinstance(module, nn.Conv2d) else 1
        work[0] += weight.numel() * places

    with torch.device("meta"):
        network = scope["Network"](channels, classes).eval()
        for part in network.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                part.register_forward_hook(count)
        for name, part in network.named_children():
            entry = nodes.setdefault(
                name, {"parameters": sum(value.numel() for value in part.parameters()), "outputs": []}
            )
            part.register_forward_hook(lambda _m, _i, out, entry=entry: entry.update(outputs=_shapes(out)))
        network(torch.empty(shape))
    total = sum(value.numel() for value in network.parameters())
    return {"input": list(shape), "nodes": nodes, "parameters": total, "multiplications": work[0]}


def describe_shapes(graph: Graph, classes: int = CLASSES) -> dict[str, Any]:
    """`describe` in a process of its own; takes some seconds.

    Raises:
        LinesideError: the network cannot be built with these parameters; the message tells why.
    """
    command = [sys.executable, "-m", "engine.modeling.shapes", "-", "--classes", str(classes)]
    here = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    done = subprocess.run(
        command, input=graph.dumps(), capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT_S, env=environment,
        check=False,
    )  # fmt: skip
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise LinesideError(f"The shapes of “{graph.name}” cannot be worked out: {reason}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _shapes(output: Any) -> list[list[int]]:
    import torch

    if isinstance(output, torch.Tensor):
        return [list(output.shape)]
    return [list(part.shape) for part in output]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("graph", help="graph.json, or - for stdin")
    parser.add_argument("--classes", type=int, default=CLASSES)
    options = parser.parse_args()
    text = sys.stdin.read() if options.graph == "-" else Path(options.graph).read_text("utf-8")
    try:
        print(json.dumps(describe(Graph.loads(text), options.classes)))
    except (LinesideError, RuntimeError, ValueError, TypeError) as error:
        print(str(error).splitlines()[0], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
