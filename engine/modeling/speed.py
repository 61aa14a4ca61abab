"""How fast this machine multiplies when it learns, and how much a training of a drawing multiplies: an estimate of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.labeling.assist.companion import Answer, shared
from engine.labeling.assist.frames import Arrays
from engine.modeling.graph import Graph

if TYPE_CHECKING:
    from engine.modeling.figures import Figures

PASSES = 3  # one forward, two backward: for the values and for the weights
SLOWER = (
    1.0,
    2.0,
    4.0,
)  # low, middle, high: steps of the recipes against plain convolutions (1.2 to 3.0 measured), loss and data
REPEATS = 3
TIMEOUT_S = 90.0


@dataclass(frozen=True)
class Seconds:
    """A length of time with the interval that it may well lie in, s."""

    low: float
    middle: float
    high: float


def estimate(graph: Graph, images: int) -> Seconds:
    """How long a training of a drawing takes here, by a short measurement in the process beside the window.

    Args:
        images: that a model looks at which remembers instead of learning; for others the drawing tells how many.

    Raises:
        LinesideError: the network cannot be built, or the process cannot answer.
    """
    answer, _ = shared().call("model.speed", {"graph": graph.to_json(), "images": images}, timeout_s=TIMEOUT_S)
    low, middle, high = (answer["work"] / answer["rate"] * factor for factor in SLOWER)
    return Seconds(low, middle, high)


def answer(arguments: dict[str, Any], arrays: Arrays) -> Answer:
    """The part of the process beside the window: {graph, images} → multiplications of the training, and of a second."""
    from engine.modeling.figures import CLASSES
    from engine.modeling.measure import measure

    del arrays
    graph = Graph.from_json(arguments["graph"])
    values = {node.type: node.parameters for node in graph.nodes}
    data = values.get("data.images", {})
    width, height = int(data.get("width", 640)), int(data.get("height", 640))
    crop = int(values.get("augment.boxes", {}).get("crop", 0))
    seen = crop * crop / (width * height) if crop else 1.0
    work = _work_of_an_image(graph, measure(graph, CLASSES)) * seen * images_seen(graph, int(arguments["images"]))
    return {"work": work, "rate": _rate()}, {}


def images_seen(graph: Graph, images: int) -> int:
    """How many images a training looks at, each as often as it comes; `images` are those that there are."""
    for node in graph.nodes:
        if node.type == "train.gather":
            return images * int(node.parameters.get("passes", 1))
        if node.type == "train.boost":
            return images * int(node.parameters.get("rounds", 1000))
        if node.type == "train.fit":
            return int(node.parameters.get("steps", 3000)) * int(node.parameters.get("batch", 16))
    return 0


def _work_of_an_image(graph: Graph, figures: Figures) -> int:
    """Multiplications of a step: what does not learn is gone through once."""
    if graph.task != "anomaly":
        return figures.multiplications * PASSES
    learns = any(node.type == "train.fit" for node in graph.nodes)
    network = [node.id for node in graph.in_order() if node.id in figures.nodes]
    return sum(
        figures.nodes[name].multiplications * (PASSES if learns and name == network[-1] else 1) for name in network
    )


def _rate() -> float:
    """Multiplications a second of convolutions that learn, the best of a few; measured once a process."""
    if not _measured:
        _measured.append(_measure_rate())
    return _measured[0]


_measured: list[float] = []


def _measure_rate() -> float:
    import time

    import torch
    from torch import nn

    count, width, side = 4, 32, 80
    device = "cuda" if torch.cuda.is_available() else "cpu"
    layers = nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
        nn.Conv2d(width, width * 2, 1, bias=False), nn.BatchNorm2d(width * 2), nn.ReLU(),
    ).to(device)  # fmt: skip
    images = torch.rand(count, width, side, side, device=device)
    work = count * side * side * (width * width * 9 + width * width * 2) * PASSES
    times = []
    for _ in range(REPEATS + 1):
        begun = time.perf_counter()
        layers(images).sum().backward()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begun)
    return work / min(times[1:])
