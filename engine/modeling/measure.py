"""A network sent through by one image on PyTorch's meta device. Loads PyTorch: for workers and the companion only."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from engine.modeling.compile import compile_graph
from engine.modeling.figures import Figures, NodeFigures
from engine.modeling.graph import Graph

WHOLE = float("inf")
BYTES = 4  # of a number
ACROSS = ("mean", "addmm", "mm", "bmm", "_softmax", "baddbmm", "native_layer_norm", "adaptive_avg_pool")


def measure(graph: Graph, classes: int) -> Figures:
    """Build the network and send images through it: one as training sees it for shapes, a whole one for the rest.

    Raises:
        BadInput: the graph has errors.
        RuntimeError: the parts do not fit together; PyTorch's words.
    """
    space: dict[str, Any] = {"__name__": "measured"}
    exec(compile(compile_graph(graph), "model.py", "exec"), space)  # noqa: S102 (the code is this program's own)
    width, height, crop, channels = _input(graph)
    with torch.device("meta"):
        network: nn.Module = space["Network"](channels, classes).eval()
        whole = _Look(network, torch.empty(1, channels, height, width))
        seen = _Look(network, torch.empty(1, channels, crop, crop)) if crop else whole
    nodes = {
        name: NodeFigures(
            sum(value.numel() for value in child.parameters()),
            whole.work.get(name, 0),
            sum(one.numel() for one in whole.outputs.get(name, [])) * BYTES,
            whole.sight.of(whole.outputs.get(name, []), max(width, height)),
            [list(one.shape) for one in seen.outputs.get(name, [])],
        )
        for name, child in network.named_children()
    }
    total = sum(value.numel() for value in network.parameters())
    return Figures(total, whole.total, whole.sight.bytes, nodes)


class _Look:
    """What one image gives rise to: outputs, multiplications and sight by part."""

    def __init__(self, network: nn.Module, images: Tensor) -> None:
        self.outputs: dict[str, list[Tensor]] = {}
        hooks = [
            child.register_forward_hook(lambda _m, _i, out, name=name: self.outputs.update({name: list(_tensors(out))}))
            for name, child in network.named_children()
        ]
        self.sight = _Sight(images)
        with torch.no_grad(), FlopCounterMode(display=False) as flops, self.sight:
            network(images)
        for hook in hooks:
            hook.remove()
        counts = flops.get_flop_counts()
        self.work = {
            name.partition(".")[2]: sum(each.values()) // 2 for name, each in counts.items() if name.count(".") == 1
        }
        self.total = flops.get_total_flops() // 2


class _Sight(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch does not say
    """Follows how far back each tensor sees: (px of the input per place, side in px of what one place sees).

    After Araujo, Norris, Sim 2019, “Computing Receptive Fields of Convolutional Neural Networks”, eq. 2.
    """

    def __init__(self, images: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0
        self._kept: list[Tensor] = [images]  # as long as they live no other tensor has their id
        self._seen: dict[int, tuple[float, float]] = {id(images): (1.0, 1.0)}

    def of(self, tensors: list[Tensor], whole: int) -> int | None:
        """The widest of some tensors; None when it is the whole image."""
        sights = [self._seen[id(one)][1] for one in tensors if id(one) in self._seen]
        return int(max(sights)) if sights and max(sights) < whole else None

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        before = [self._seen[id(one)] for one in _tensors(args) if id(one) in self._seen]
        if not before:  # weights and constants
            return output
        step, side = (max(values) for values in zip(*before, strict=True))
        seen = _after(func._schema.name.removeprefix("aten::"), args, output, step, side)
        for one in _tensors(output):
            self._kept.append(one)
            self._seen[id(one)] = seen
            if not func.is_view:
                self.bytes += one.numel() * BYTES
        return output


def _after(name: str, args: Any, output: Any, step: float, side: float) -> tuple[float, float]:
    if name == "convolution":
        kernel, stride, dilation, transposed = args[1].shape[-1], args[3][-1], args[5][-1], args[6]
        if transposed:
            return step / stride, side + (kernel - 1) * dilation * step / stride
        return step * stride, side + (kernel - 1) * dilation * step
    if name.startswith(("max_pool2d", "avg_pool2d")):
        kernel, stride = args[1][-1], (args[2] or args[1])[-1] if len(args) > 2 else args[1][-1]
        return step * stride, side + (kernel - 1) * step
    if name.startswith("upsample"):
        factor = output.shape[-1] / args[0].shape[-1]
        return step / factor, side + (0.0 if "nearest" in name else step)
    if name == "native_layer_norm" and args[0].ndim == 4 and len(args[1]) == 1:
        return step, side
    if any(word in name for word in ACROSS):
        return step, WHOLE
    return step, side


def _tensors(value: Any) -> list[Tensor]:
    """All tensors of an answer: a tensor, a list, a tuple, a dict or a dataclass of them."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    parts = value if isinstance(value, list | tuple) else list(getattr(value, "__dict__", {}).values())
    return [one for part in parts if not isinstance(part, int | float | str | bool | None) for one in _tensors(part)]


def _input(graph: Graph) -> tuple[int, int, int, int]:
    """Width and height of a whole image, the side of the crops that training sees (0: none), and the channels."""
    parameters = {node.type: node.parameters for node in graph.nodes}
    data = parameters.get("data.images", {})
    crop = int(parameters.get("augment.boxes", {}).get("crop", 0))
    return int(data.get("width", 640)), int(data.get("height", 640)), crop, 1 if str(data.get("channels")) == "1" else 3
