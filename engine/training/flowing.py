"""One item sent through a drawing and one step of learning, with hooks at each part. Loads PyTorch: for the companion only.

Layers that normalise by the batch take the numbers of this one image while nothing is trained, and keep no memory of it;
with trained or pretrained weights they do what they do in service.
"""

from __future__ import annotations

import re
import tempfile
import traceback
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import BadInput, LinesideError
from engine.labeling.assist.companion import Answer
from engine.modeling.catalogue import component_of
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph, Node
from engine.modeling.nets.anomaly import AnomalyHead, Remembering
from engine.serving.errors import BadImage, BadManifest
from engine.serving.images import decode
from engine.serving.manifest import ModelManifest
from engine.training.batches import collate
from engine.training.describing import Labels, Said, Seen, decoded, describe, gradients, loss, seen
from engine.training.flow_version import is_known, write_version
from engine.training.load import WEIGHTS
from engine.training.samples import Images, View
from engine.training.settings import Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 4  # networks
FILE = "model.py"  # in tracebacks
FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError, BadImage,
    BadInput,
)  # fmt: skip  # of a drawing or its data: told at the node
_networks: OrderedDict[tuple[Any, ...], nn.Module] = OrderedDict()


class _Stopped(Exception):
    """A node could not do its part."""

    def __init__(self, node: str, error: BaseException) -> None:
        super().__init__(str(error))
        self.node, self.error = node, error


@dataclass
class _Flow:
    """What one item gives rise to."""

    ports: list[tuple[str, str, list[Seen]]] = field(default_factory=list)
    milliseconds: dict[str, float] = field(default_factory=dict)
    gradients: dict[str, float] = field(default_factory=dict)
    loss: dict[str, float] = field(default_factory=dict)
    is_known: bool = True
    waiting: str = ""
    failure: dict[str, str] | None = None

    @contextmanager
    def step(self, node: str) -> Iterator[None]:
        """Time one node; what goes wrong is its fault."""
        start = perf_counter()
        try:
            yield
        except FAULTS as error:
            raise _Stopped(node, error) from error
        self.milliseconds[node] = self.milliseconds.get(node, 0.0) + (perf_counter() - start) * 1000


def flows(
    graph: Graph, items: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]],
    labels: Sequence[Sequence[str]], run: Path | None, seed: int, augment: bool,
) -> Answer:  # fmt: skip
    """Send items through; see `engine.training.flow.flow`, which asks for it and reads the answer.

    Raises:
        BadInput: the drawing has errors, or the weights are not those of this drawing.
    """
    known = {str(name): str(color) for name, color in labels}
    manifest = None if run is None else _manifest(run)
    if manifest is not None:
        known = {name: known.get(name, "#888888") for name in manifest.labels}
        graph = _with_channels(graph, manifest.input.channels)
    code = compile_graph(graph)
    space: dict[str, Any] = {"__name__": "flowing"}
    try:
        exec(compile(code, FILE, "exec"), space)  # noqa: S102 (in a process beside the window)
    except Exception as error:
        raise BadInput(f"The code of “{graph.name}” cannot be run: {type(error).__name__}: {error}") from error
    arrays: dict[str, Any] = {}
    found = []
    for number, item in enumerate(items):
        one = _Flow()
        weights = "fresh" if run is None else "trained"
        try:
            weights = _send(one, graph, code, space, item, others, Labels.of(known), run, seed, augment)
        except _Stopped as stopped:
            one.failure = {"node": stopped.node, "message": _words(stopped.error)}
        found.append(_document(one, number, item, known, weights, arrays))
    return {"flows": found}, arrays


def _send(
    one: _Flow, graph: Graph, code: str, space: dict[str, Any], item: Mapping[str, Any],
    others: Sequence[Mapping[str, Any]], labels: Labels, run: Path | None, seed: int, augment: bool,
) -> str:  # fmt: skip
    """Data, augmentation, network, loss, gradients; whatever ran before a failure stays in `one`. Returns the weights' kind."""
    one.is_known = is_known(item, labels.names, graph.task)
    source = _first(graph, "data")
    with tempfile.TemporaryDirectory() as scratch, one.step(source):
        version = write_version(Path(scratch), item, others, labels.names, graph.task)
        data = space["Data"](str(version), seed)
        images = next(value for value in vars(data).values() if isinstance(value, Images))
        images.look()
        view = (images.val if graph.task == "anomaly" else images.train).view(0)
    manifest = images.manifest(graph.name, next((v for v in space.values() if isinstance(v, Thresholds)), None))
    truth = labels.with_truth(
        view, one.is_known and graph.task in ("classification", "anomaly"), several=graph.task == "multilabel"
    )
    original = decode(Path(item["path"]), int(item["page"]))
    _show(one, graph, source, [decoded(original), seen("canvas", view, truth)])
    for node in _of(graph, "data"):
        if node.id != source:  # it chooses among the items, and here there is one
            _show(one, graph, node.id, [seen("canvas", view, truth)])
    view = _augmented(one, graph, data, view, np.random.default_rng(seed), augment, truth)
    with one.step(next((node.id for node in reversed(_of(graph, "augment"))), source)):
        batch = collate([view], manifest)
    model, weights = _network(graph, code, space, manifest, run)
    _learn(one, graph, model, batch, Said(view, truth, manifest), weights)
    return weights


def _augmented(
    one: _Flow, graph: Graph, data: Any, view: View, random: np.random.Generator, augment: bool, labels: Labels
) -> View:
    """The view after each step of augmentation, shown at its ports; each draws as it does in a `Chain`."""
    steps = _of(graph, "augment")
    for node, own in zip(steps, random.spawn(len(steps)) if len(steps) > 1 else [random], strict=False):
        with one.step(node.id):
            view = getattr(data, node.id)(view, own) if augment else view
        for port in component_of(node).outputs:  # type: ignore[union-attr]
            what = {"images": "pixels", "targets": "targets"}.get(port.kind, "canvas")
            one.ports.append((node.id, port.name, [seen(what, view, labels)]))
    return view


def _learn(one: _Flow, graph: Graph, model: nn.Module, batch: Any, said: Said, weights: str) -> None:
    parts = dict(model.get_submodule("network").named_children())
    losses = {
        node.id: part for node in _of(graph, "loss") if isinstance(part := getattr(model, node.id, None), nn.Module)
    }
    judge = next((part for part in parts.values() if isinstance(part, AnomalyHead)), None)
    if isinstance(judge, Remembering) and weights != "trained":
        one.waiting = next(name for name, part in parts.items() if part is judge)
    if judge is not None and weights == "trained":
        said = replace(said, limit=float(judge.limit))
    hooks = _Hooks(one, parts | losses)
    model.zero_grad(set_to_none=True)
    torch.manual_seed(0)
    try:
        if learns := one.is_known and bool(losses):
            answer = model.training_step(batch, 0)  # type: ignore[operator]
        else:
            model.network(batch.images)  # type: ignore[operator]
    except Exception as error:  # a person's own code may fail in any way
        raise _Stopped(hooks.inside[-1] if hooks.inside else "", error) from error
    finally:
        hooks.remove()
        _show_parts(one, graph, hooks.outputs, said)
    if not learns:
        return
    one.loss = {
        name: float(value) for name, value in answer.items() if isinstance(value, Tensor) and value.numel() == 1
    }
    for node in _of(graph, "loss"):
        _show(one, graph, node.id, [loss(one.loss)])
    if isinstance(total := answer.get("loss"), Tensor) and total.requires_grad:
        with one.step("backward"):
            total.backward()  # type: ignore[no-untyped-call]
        one.gradients = {name: norm for name, part in parts.items() if (norm := _norm(part)) is not None}
        for node in _of(graph, "optimiser"):
            _show(one, graph, node.id, [gradients(one.gradients)])
    model.zero_grad(set_to_none=True)


class _Hooks:
    """Outputs and times of modules by name; `inside` names those that were entered and not left."""

    def __init__(self, one: _Flow, parts: Mapping[str, nn.Module]) -> None:
        self.outputs: dict[str, Any] = {}
        self.inside: list[str] = []
        self._one, self._begun = one, dict[str, float]()
        self._hooks: list[Any] = []
        for name, part in parts.items():
            self._hooks += [
                part.register_forward_pre_hook(lambda _m, _i, name=name: self._enter(name)),
                part.register_forward_hook(lambda _m, _i, out, name=name: self._leave(name, out)),
            ]

    def remove(self) -> None:
        """Take them off."""
        for hook in self._hooks:
            hook.remove()

    def _enter(self, name: str) -> None:
        self.inside.append(name)
        self._begun[name] = perf_counter()

    def _leave(self, name: str, output: Any) -> None:
        self.inside.remove(name)
        self.outputs[name] = output
        self._one.milliseconds[name] = (perf_counter() - self._begun[name]) * 1000


def _show_parts(one: _Flow, graph: Graph, outputs: Mapping[str, Any], said: Said) -> None:
    for node in _of(graph, "network"):
        if node.id not in outputs or node.id == one.waiting:
            continue
        ports = component_of(node).outputs  # type: ignore[union-attr]
        values = [outputs[node.id]] if len(ports) == 1 else outputs[node.id]
        for port, value in zip(ports, values, strict=False):
            one.ports.append((node.id, port.name, describe(value, port.kind, said)))


def _show(one: _Flow, graph: Graph, node_id: str, shown: list[Seen]) -> None:
    for port in component_of(graph.node(node_id)).outputs:  # type: ignore[union-attr]
        one.ports.append((node_id, port.name, shown))


def _network(
    graph: Graph, code: str, space: dict[str, Any], manifest: ModelManifest, run: Path | None
) -> tuple[nn.Module, str]:
    """The model of the drawing with its weights; the newest few are kept, whatever changes before the network."""
    learnt = code[code.index("class Network") : code.index("class Data(")]
    stamp = (run / WEIGHTS).stat().st_mtime_ns if run is not None and (run / WEIGHTS).is_file() else 0
    key = (code[: code.index("NAME =")], learnt, manifest.input.channels, len(manifest.labels), str(run), stamp)
    given = [node.id for node in graph.nodes if node.parameters.get("weights", "none") != "none"]
    if key in _networks:
        _networks.move_to_end(key)
    else:
        _networks[key] = _built(graph, code, space, manifest, run, given)
        while len(_networks) > KEPT:
            _networks.popitem(last=False)
    return _networks[key], "trained" if run is not None else "pretrained" if given else "fresh"


def _built(
    graph: Graph, code: str, space: dict[str, Any], manifest: ModelManifest, run: Path | None, pretrained: list[str]
) -> nn.Module:
    torch.manual_seed(0)
    try:
        model: nn.Module = space["Model"](manifest.input.channels, len(manifest.labels))
    except FAULTS as error:
        raise _Stopped(_node_of(error, code), error) from error
    network = model.get_submodule("network")
    if run is not None:
        _load(network, run, graph.name)
    model.eval()
    for name, part in network.named_children():
        if run is None and name not in pretrained:
            _by_image(part)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


def _by_image(part: nn.Module) -> None:
    """Normalise by the numbers of this image, where there are several a channel, and remember none of it."""

    def choose(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        module.training = inputs[0].numel() > inputs[0].shape[0] * inputs[0].shape[1]

    for module in part.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = 0.0
            module.register_forward_pre_hook(choose)


def _load(network: nn.Module, run: Path, name: str) -> None:
    from safetensors.torch import load_file

    try:
        network.load_state_dict(load_file(run / WEIGHTS))
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(
            f"The trained weights are not those of “{name}” as it is drawn now: parts were added, removed or resized since."
            " Look at it with fresh weights, or train it again."
        ) from error


def _manifest(run: Path) -> ModelManifest:
    try:
        return ModelManifest.load(run)
    except BadManifest as error:
        raise BadInput(str(error)) from error


def _with_channels(graph: Graph, channels: int) -> Graph:
    sources = [node.id for node in _of(graph, "data") if "channels" in component_of(node).Parameters.model_fields]  # type: ignore[union-attr]
    return graph.with_parameters({f"{name}.channels": str(channels) for name in sources})


def _node_of(error: BaseException, code: str) -> str:
    """The node whose line of the code was being run: `self.NAME = …` or `self.network.NAME.load_pretrained()`."""
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    named = [
        re.match(r"        self\.(?:network\.)?(\w+)", line) for line in code.splitlines()[: max(lines[-1:], default=0)]
    ]
    found = [match.group(1) for match in named if match is not None]
    return found[-1] if found else ""


def _words(error: BaseException) -> str:
    if isinstance(error, LinesideError | BadImage):
        return str(error)
    return (str(error).splitlines() or [""])[0] or type(error).__name__


def _norm(part: nn.Module) -> float | None:
    squares = [value.grad.float().square().sum() for value in part.parameters() if value.grad is not None]
    return float(torch.stack(squares).sum().sqrt()) if squares else None


def _of(graph: Graph, section: str) -> list[Node]:
    return [node for node in graph.in_order() if (found := component_of(node)) is not None and found.section == section]


def _first(graph: Graph, section: str) -> str:
    return _of(graph, section)[0].id


def _document(
    one: _Flow, number: int, item: Mapping[str, Any], labels: Mapping[str, str], weights: str, arrays: dict[str, Any]
) -> dict[str, Any]:
    ports = [
        [node, port, [shown.document(f"{number}.{node}.{port}.{place}", arrays) for place, shown in enumerate(found)]]
        for node, port, found in one.ports
    ]
    return {
        "item": item["id"], "name": item["name"], "ports": ports, "milliseconds": one.milliseconds,
        "gradients": one.gradients, "loss": one.loss, "labels": dict(labels), "weights": weights,
        "is_known": one.is_known, "waiting": one.waiting, "failure": one.failure,
    }  # fmt: skip
