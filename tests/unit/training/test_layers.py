"""Every layer: it is built without a person naming its input, learns a step, answers the same once exported."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from engine.modeling.catalogue import component
from engine.modeling.check import check
from engine.modeling.compile import compile_graph
from engine.modeling.flow import flows
from engine.modeling.graph import Edge, Graph, Node, chain
from engine.modeling.measure import measure
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from engine.training.batches import Batch
from engine.training.load import load_module
from tests.unit.modeling.drawing import IMAGES, LAYERS, Drawing

GROWN = {"layer.crop": -2, "layer.pad": 2}  # places that a map of 16 gains


def drawing() -> Graph:
    """One network in which every layer stands once, behind a small stem or behind what it needs."""
    made = Drawing()
    stem = made.add("layer.conv_block", [IMAGES], "stem", outputs=16, stride=4)
    other = made.add("layer.conv_block", [stem], "other", outputs=16)
    coarse = made.add("layer.conv_block", [stem], "coarse", outputs=8, stride=2)
    vector = made.add("layer.flatten", [stem], "flat", grid=2)
    features = made.add("layer.features", [stem, coarse], "pyramid")
    for type_ in LAYERS:
        (port,) = component(type_).inputs
        sources = {"images": [IMAGES], "features": [features], "vector": [vector]}.get(port.kind, [stem])
        if port.many:
            sources = (
                [stem, coarse] if type_ == "layer.features" else [stem, other] if port.kind == "tensor" else sources
            )
        made.add(type_, sources, type_.partition(".")[2] + "_")
    return made.finish()


@pytest.fixture(scope="module")
def graph() -> Graph:
    return drawing()


@pytest.fixture(scope="module")
def module(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    path: Path = tmp_path_factory.mktemp("layers") / "model.py"
    path.write_text(compile_graph(graph), "utf-8")
    return load_module(path)


def test_every_layer_gives_the_shape_that_is_told_while_it_is_drawn(graph: Graph) -> None:
    told, misfits = flows(graph)
    shapes = measure(graph, 2).shapes
    assert not any(misfits.values())
    for (node, output), flow in told.items():
        found = component(graph.node(node).type)
        if found.section != "network" or flow.channels is None or found.outputs[0].kind == "features":
            continue
        shape = shapes[node][[port.name for port in found.outputs].index(output)]
        assert shape[1] == flow.channels, node
        if flow.stride is not None:
            assert shape[2] == shape[3] == 64 / flow.stride + GROWN.get(found.type, 0), node


def test_figures_know_how_far_layers_see(graph: Graph) -> None:
    sight = {name: figures.sight for name, figures in measure(graph, 2).nodes.items()}
    assert sight["stem"] == 3
    assert sight["conv2d_"] == 3 + 2 * 4
    assert sight["max_pool_"] == 3 + 4
    assert sight["pixel_unshuffle_"] == 3 + 4
    assert [sight[name] for name in ("relu_", "softmax_", "batch_norm_", "layer_norm_", "split_")] == [3] * 5
    assert sight["add_"] == sight["other"] == 3 + 2 * 4
    assert [sight[name] for name in ("squeeze_excite_", "self_attention_", "group_norm_", "global_pool_")] == [None] * 4


def test_one_step_reaches_every_weight_of_every_layer(module: ModuleType) -> None:
    torch.manual_seed(0)
    model = module.Model(3, 2)
    images, labels = torch.randn(4, 3, 64, 64), torch.tensor([0, 1, 0, 1])
    optimiser = model.configure_optimizers()["optimizer"]
    model.training_step(Batch(images, (labels,)), 0)["loss"].backward()
    optimiser.step()
    assert [name for name, value in model.named_parameters() if value.grad is None] == []
    assert all(torch.isfinite(value).all() for value in model.parameters())


@pytest.mark.slow
def test_every_layer_answers_the_same_after_export(module: ModuleType, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = EachLayer(module.Network(3, 2)).eval()
    images = torch.randn(1, 3, 64, 64)
    path = tmp_path / "model.onnx"
    torch.onnx.export(network, (images,), path, dynamo=True, verbose=False)
    import openvino

    given = openvino.compile_model(openvino.Core().read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(
        images.numpy()
    )
    with torch.no_grad():
        wanted = network(images)
    assert len(wanted) >= len(LAYERS)
    for number, one in enumerate(wanted):
        np.testing.assert_allclose(
            given[number], one.numpy(), atol=1e-3 * max(1.0, float(one.abs().max())), err_msg=network.names[number]
        )


class EachLayer(torch.nn.Module):
    """A network that gives what each of its layers gives, so that a wrong one is named."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network
        self.names: list[str] = []
        self.found: list[torch.Tensor] = []
        for name, child in network.named_children():
            child.register_forward_hook(lambda _m, _i, out, name=name: self.keep(name, out))

    def keep(self, name: str, out: object) -> None:
        for one in out if isinstance(out, tuple | list) else [out]:
            self.names.append(name)
            self.found.append(one)

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        self.names, self.found = [], []
        self.network(images)
        return self.found


def test_a_drawn_backbone_goes_into_a_neck_and_a_detector_that_learns(tmp_path: Path) -> None:
    graph = RECIPES["detection"].graph("drawn")
    graph.nodes = [node for node in graph.nodes if node.id != "backbone"]
    graph.edges = [edge for edge in graph.edges if "backbone" not in (edge.source, edge.target)]
    before = IMAGES
    for stride, first in ((8, 8), (16, 2), (32, 2)):
        found = component("layer.conv_block")
        graph.nodes.append(Node(f"s{stride}", found.type, 1, {**found.defaults(), "outputs": 8, "stride": first}))
        graph.edges.append(Edge(*before, f"s{stride}", "in"))
        before = (f"s{stride}", "out")
    graph.nodes.append(Node("features", "layer.features"))
    graph.edges += chain(["s32.out -> features.in", "s8.out -> features.in", "s16.out -> features.in"])
    graph.edges += chain(["features.features -> neck.features"])
    assert check(graph) == []
    code = compile_graph(graph)
    assert from_code(code, graph).lost == []
    (tmp_path / "model.py").write_text(code, "utf-8")
    model = load_module(tmp_path / "model.py").Model(3, 2)
    assert model.network.neck.strides == (8, 16, 32)
    targets = (torch.tensor([[[8.0, 8, 40, 40]]] * 2), torch.tensor([[0], [1]]))
    model.training_step(Batch(torch.randn(2, 3, 64, 64), targets), 0)["loss"].backward()
    idle = [name for name, value in model.named_parameters() if value.grad is None and ".locate." not in name]
    assert idle == []
