"""A network sent through by one image on PyTorch's meta device. Loads PyTorch: for workers and the companion only."""

from __future__ import annotations

import ast
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from engine.modeling.compile import compile_graph
from engine.modeling.figures import Figures, NodeFigures, NotBuilt
from engine.modeling.graph import Graph
from engine.serving.tables import Fields

WHOLE = float("inf")
BYTES = 4  # of a number
FIELDS, SLOTS = 10, 1000  # of a table, which the drawing does not know
POINTS = 4  # of each label, likewise
ACROSS = (
    "mean", "addmm", "mm", "bmm", "baddbmm", "native_layer_norm", "native_group_norm", "adaptive_avg_pool",
    "adaptive_max_pool", "amax", "_native_batch_norm_legit",
)  # fmt: skip
FILE = "model.py"  # the name that the code has in tracebacks


def measure(graph: Graph, classes: int, code: str | None = None) -> Figures:
    """Build the network and send images through it: one as training sees it for shapes, a whole one for the rest.

    Args:
        code: what the graph compiles to, where that is known already. It may hold a person's own code, which runs here.

    Raises:
        NotBuilt: the parts do not fit together, or own code fails; names the node.
        BadInput: the graph has errors.
    """
    code = compile_graph(graph) if code is None else code
    width, height, crop, channels = _input(graph)
    taken: dict[str, list[list[int]]] = {}
    try:
        space: dict[str, Any] = {"__name__": "measured"}
        exec(compile(code, FILE, "exec"), space)  # noqa: S102 (in a process beside the window)
        with torch.device("meta"):
            made_for = _fields(graph) if graph.task == "tabular" else channels
            answers = (POINTS,) * classes if graph.task == "keypoints" else classes
            network: nn.Module = space["Network"](made_for, answers).eval()
            whole = _Look(network, torch.empty(1, channels, height, width), taken)
            seen = _Look(network, torch.empty(1, channels, crop, crop), taken) if crop else whole
    except Exception as error:  # a person's own code may fail in any way
        raise _told(error, graph, code, taken) from error
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


def _fields(graph: Graph) -> Fields:
    said = next((str(node.parameters.get("target", "")) for node in graph.nodes if node.type == "data.table"), "")
    return Fields((SLOTS,) * FIELDS, len([part for part in said.split(",") if part.strip()]) or 1)


def _told(error: Exception, graph: Graph, code: str, taken: dict[str, list[list[int]]]) -> NotBuilt:
    """Which node failed, what it was given, and PyTorch's or Python's words."""
    step, place, inner = error.__traceback__, 0, 0
    while step is not None:
        frame = step.tb_frame.f_code
        if frame.co_filename == FILE:
            inner = step.tb_lineno
            if frame.co_qualname.startswith("Network."):
                place = step.tb_lineno
        step = step.tb_next
    reason = (str(error).splitlines() or [""])[0] or type(error).__name__
    if not isinstance(error, RuntimeError | ValueError):
        reason = f"{type(error).__name__}: {reason}"
    node = _node_at(place, code) if place else ""
    if inner and inner != place:
        reason += f" (line {inner} of the code: {code.splitlines()[inner - 1].strip()})"
    if node and taken.get(node):
        reason = f"it is given {' and '.join('×'.join(map(str, shape)) for shape in taken[node])}; {reason}"
    return NotBuilt(f"The network of “{graph.name}” cannot be built: {f'{node}: ' * bool(node)}{reason}", node, reason)


def _node_at(line: int, code: str) -> str:
    """The node whose statement stands at a line of the network."""
    for part in ast.walk(ast.parse(code)):
        if isinstance(part, ast.stmt) and not hasattr(part, "body") and part.lineno <= line <= (part.end_lineno or 0):
            names = [
                one for one in ast.walk(part) if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "self"
            ]
            made = [one.attr for one in names if isinstance(one.ctx, ast.Store)]
            return (made or [one.attr for one in names] or [""])[0]
    return ""


class _Look:
    """What one image gives rise to: outputs, multiplications and sight by part; `taken` gets what each part is given."""

    def __init__(self, network: nn.Module, images: Tensor, taken: dict[str, list[list[int]]]) -> None:
        self.outputs: dict[str, list[Tensor]] = {}
        hooks = [
            child.register_forward_hook(lambda _m, _i, out, name=name: self.outputs.update({name: list(_tensors(out))}))
            for name, child in network.named_children()
        ]
        hooks += [
            child.register_forward_pre_hook(
                lambda _m, given, name=name: taken.update({name: [list(one.shape) for one in _tensors(given)]})
            )
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
    if name == "_softmax":
        return (step, side) if args[0].ndim == 4 and args[1] == 1 else (step, WHOLE)
    if name == "native_batch_norm" and len(args) > 5 and not args[5]:
        return step, side
    if name in ("mean", "amax") and set(args[1]) == {1}:
        return step, side
    if name in ("pixel_shuffle", "pixel_unshuffle"):
        factor = args[1] if name == "pixel_shuffle" else 1 / args[1]
        return step / factor, side + (0 if factor > 1 else (args[1] - 1) * step)
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
    if graph.task == "tabular":
        return FIELDS, 2, 0, 1
    parameters = {node.type: node.parameters for node in graph.nodes}
    data = parameters.get("data.images", {})
    crop = int(parameters.get("augment.boxes", {}).get("crop", 0))
    return int(data.get("width", 640)), int(data.get("height", 640)), crop, 1 if str(data.get("channels")) == "1" else 3
