"""Every backbone, neck and head of the catalogue, put into a recipe: it compiles, is read back, learns a step and exports."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.sample_keypoints import make_keypoint_sample
from engine.data.versions import create_version
from engine.modeling.catalogue import catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph, Node, chain
from engine.modeling.nets import anomaly, multilabel, segmentation
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from engine.serving.manifest import OBJECTS
from engine.training.batches import Batch
from engine.training.load import load_module
from engine.training.validate import validate
from engine.workspace import Workspace

BACKBONES = [name for name in catalogue() if name.startswith("backbone.")]
NECKS = [name for name in catalogue() if name.startswith("neck.")]
SMALLEST = {
    "backbone.small": {"width": 8},
    "backbone.efficientnet_lite0": {"weights": "none"},
    "backbone.mobilenet_v3": {"size": "small"},
    "backbone.convnext": {"size": "atto"},
    "backbone.vit": {"width": 48, "depth": 2},
    "neck.fpn": {"width": 16, "finest": 4},
    "neck.pan": {"width": 16, "finest": 4},
}
LEARNERS = [  # what is put into a recipe in the place of another, and steps between the dataset and its augmentation
    name for name, found in catalogue().items()
    if (found.section in ("loss", "optimiser", "augment") or (found.section == "data" and found.inputs))
    and found.tasks != ("tabular",)  # see test_targets
]  # fmt: skip
RECIPE_OF = {"classification": "classification-small", "multilabel": "multilabel-small", "anomaly": "anomaly-student"}
TASKS = ("detection", "rotated", "classification", "segmentation", "instances", "anomaly", "keypoints", "multilabel")
PAIRS = [*((backbone, "neck.fpn") for backbone in BACKBONES), *(("backbone.small", neck) for neck in NECKS[1:])]


def detector(backbone: str, neck: str) -> Graph:
    graph = RECIPES["detection"].graph("part")
    for node_id, type_ in (("backbone", backbone), ("neck", neck)):
        node, found = graph.node(node_id), catalogue()[type_]
        node.type, node.version = type_, found.version
        node.parameters = {**found.defaults(), **SMALLEST.get(type_, {})}
    return graph


@pytest.mark.parametrize(("backbone", "neck"), PAIRS)
def test_a_part_compiles_is_read_back_and_learns_a_step(backbone: str, neck: str, tmp_path: Path) -> None:
    graph = detector(backbone, neck)
    code = compile_graph(graph)
    assert from_code(code, graph).graph == graph
    (tmp_path / "model.py").write_text(code, "utf-8")
    torch.manual_seed(0)
    model = load_module(tmp_path / "model.py").Model(1, 2)
    images = torch.randn(2, 1, 64, 64)
    targets = (torch.tensor([[[8.0, 8, 40, 40]], [[0.0, 0, 60, 60]]]), torch.tensor([[0], [1]]))
    optimiser = model.configure_optimizers()["optimizer"]
    model.training_step(Batch(images, targets), 0)["loss"].backward()
    optimiser.step()
    # of the boxes' branches only those of levels that hold an object learn; everything else must
    assert [n for n, value in model.named_parameters() if value.grad is None and ".locate." not in n] == []


def with_part(type_: str) -> Graph:
    """A recipe of the component's task with it, on a tiny network."""
    found = catalogue()[type_]
    task = next(task for task in TASKS if task in found.tasks)
    graph = RECIPES[RECIPE_OF.get(task, task)].graph("part")
    backbone = graph.node("backbone")
    backbone.type, backbone.parameters = "backbone.small", catalogue()["backbone.small"].defaults()
    graph = graph.with_parameters({"data.width": 64, "data.height": 64, "backbone.width": 8})
    if "crop" in graph.node("augment").parameters:
        graph = graph.with_parameters({"augment.crop": 0})
    if task in OBJECTS:
        graph = graph.with_parameters({"neck.width": 16})
    if [port.kind for port in found.inputs] == ["loss"]:  # between the loss and the training
        graph.nodes.append(Node("part", type_, found.version, found.defaults()))
        edges = [edge for edge in graph.edges if (edge.source, edge.target) != ("loss", "train")]
        graph.edges = [*edges, *chain(["loss.loss -> part.loss", "part.loss -> train.loss"])]
        return graph
    place = found.type.partition(".")[0]
    if found.outputs != found.inputs:
        node = graph.node(place)
        node.type, node.parameters = type_, found.defaults()
        return graph.with_parameters({"augment.crop": 0}) if type_ == "augment.boxes" else graph
    graph.nodes.append(Node("part", type_, found.version, found.defaults()))
    edges = [edge for edge in graph.edges if edge.target != "augment"]
    graph.edges = [*edges, *chain(["data.samples -> part.samples", "part.samples -> augment.samples"])]
    return graph


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By task, the folder of a version of eight small parts."""
    folder = tmp_path_factory.mktemp("versions")
    random = np.random.default_rng(0)
    for number in range(8):
        path = folder / "sorted" / ("good", "spot")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), random.integers(0, 255, (64, 64, 3), np.uint8))
    sources = {
        "detection": (make_sample(folder / "sample", count=8), "auto"),
        "rotated": (make_sample(folder / "turned", count=8, rotated=True), "auto"),
        "classification": (folder / "sorted", "folder_per_class"),
        "segmentation": (make_sample(folder / "outlined", count=8, outlines=True), "auto"),
        "instances": (folder / "outlined" / "annotations.json", "auto"),
        "anomaly": (make_sample(folder / "good", count=8, good_every=1), "auto"),
        "keypoints": (make_keypoint_sample(folder / "pointed", count=8), "auto"),
    }
    found = {}
    for task, (source, format_) in sources.items():
        with Workspace.create(folder / task) as workspace:
            import_data(workspace, source, format=format_)
            found[task] = workspace.path / "versions" / str(create_version(workspace, "v1", split="70/30/0").id)
    return found | {"multilabel": found["detection"]}


@pytest.mark.parametrize("type_", LEARNERS)
def test_what_a_network_learns_with_compiles_is_read_back_and_learns_a_step_of_real_images(
    type_: str, versions: dict[str, Path], tmp_path: Path
) -> None:
    graph = with_part(type_)
    code = compile_graph(graph)
    assert from_code(code, graph).graph == graph
    (tmp_path / "model.py").write_text(code, "utf-8")
    module = load_module(tmp_path / "model.py")
    data = module.Data(str(versions[graph.task]), seed=1)
    data.trainer = SimpleNamespace(global_step=3)
    torch.manual_seed(0)
    model = module.Model(3, data.data.manifest().answers)
    batches = data.train_dataloader()
    batches.training = replace(batches.training, batch=4)
    batch = batches.batch(0)
    assert batch.images.shape == (4, 3, 64, 64)
    settings = model.configure_optimizers()
    before = [value.clone() for value in model.parameters()]
    loss = model.training_step(batch, 0)["loss"]
    loss.backward()
    settings["optimizer"].step()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(value).all() for value in model.parameters())
    assert any((value != old).any() for value, old in zip(model.parameters(), before, strict=True))


@pytest.mark.parametrize(
    ("type_", "task"),
    [(name, task) for name, found in catalogue().items() if found.section == "metric"
     for task in found.tasks if task not in ("anomaly", "tabular")],
)  # fmt: skip
def test_every_figure_is_told_of_real_images_by_the_network_that_is_drawn_with_it(
    type_: str, task: str, versions: dict[str, Path], tmp_path: Path
) -> None:
    graph = with_part(
        next(name for name, found in catalogue().items() if found.section == "loss" and task == found.tasks[0])
    )
    graph.nodes.append(Node("figure", type_, 1, catalogue()[type_].defaults()))
    graph.edges += chain(["figure.metric -> train.metrics"])
    (tmp_path / "model.py").write_text(compile_graph(graph), "utf-8")
    module = load_module(tmp_path / "model.py")
    images = module.Data(str(versions[task]), seed=1).data
    images.load(lambda *_: None)
    manifest = images.manifest()
    torch.manual_seed(0)
    network = module.Model(manifest.made_for, manifest.answers).network.eval()
    (asked,) = module.TRAIN.metrics
    figures = validate(network, images.train, manifest, lambda network, tensor: network(tensor), [asked])
    usual = validate(network, images.train, manifest, lambda network, tensor: network(tensor))
    assert figures.pop(asked.name) >= 0 or not asked.higher
    assert {name: value for name, value in usual.items() if name != asked.name} == figures


@pytest.mark.slow
def test_all_backbones_and_heads_of_pixels_answer_the_same_after_export(tmp_path: Path) -> None:
    torch.manual_seed(0)
    code = {name: compile_graph(detector(name, "neck.fpn")) for name in BACKBONES}
    networks = []
    for number, text in enumerate(code.values()):
        (tmp_path / f"model{number}.py").write_text(text, "utf-8")
        networks.append(load_module(tmp_path / f"model{number}.py").Network(1, 2).backbone)
    small = networks[BACKBONES.index("backbone.small")]
    heads = [
        segmentation.UNetHead(small.channels, small.strides, 1, 2, width=8),
        segmentation.DeepLabHead(small.channels, small.strides, 2, width=16),
        multilabel.MultiLabelHead(small.channels, 2),
        anomaly.StudentTeacher(small.channels, small.strides, 1, width=16),
        *(kind(small.channels, small.strides) for kind in (anomaly.PatchCore, anomaly.PaDiM)),
    ]
    together = Together(networks, small, heads).eval()  # one export of all: most of its time goes into beginning
    images = torch.randn(1, 1, 64, 64)
    together.look_at(torch.randn(3, 1, 64, 64))
    path = tmp_path / "model.onnx"
    torch.onnx.export(together, (images,), path, dynamo=True, verbose=False)
    import openvino

    given = openvino.compile_model(openvino.Core().read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(
        images.numpy()
    )
    with torch.no_grad():
        wanted = together(images)
    assert len(wanted) == 4 * len(BACKBONES) + 3 + 3 * 2
    for number, one in enumerate(wanted):
        np.testing.assert_allclose(given[number], one.numpy(), atol=1e-3 * float(one.abs().max()))


class Together(torch.nn.Module):
    """Several backbones side by side, and several heads on one of them."""

    def __init__(self, backbones: list[torch.nn.Module], small: torch.nn.Module, heads: list[torch.nn.Module]) -> None:
        super().__init__()
        self.backbones, self.small, self.heads = torch.nn.ModuleList(backbones), small, torch.nn.ModuleList(heads)

    @torch.no_grad()
    def look_at(self, images: torch.Tensor) -> None:
        """Give the heads that remember something to compare with."""
        for head in self.heads:
            if isinstance(head, anomaly.Remembering):
                head.begin()
                head(self.small(images))
                head.settle()

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        answers = [one for backbone in self.backbones for one in backbone(images)]
        features = self.small(images)
        for head in self.heads:
            both = isinstance(head, segmentation.UNetHead | anomaly.StudentTeacher)
            said = head(features, images) if both else head(features)
            answers += list(said) if isinstance(said, tuple) else [said]
        return answers


def test_there_are_as_many_components_as_one_meets() -> None:
    sections = Counter(found.section for found in catalogue().values())
    layers = sum(type_.startswith("layer.") for type_ in catalogue())
    assert len(catalogue()) >= 120
    assert (sections["augment"] >= 25, layers >= 35, sections["loss"] >= 15) == (True, True, True)


@pytest.mark.parametrize("type_", catalogue())
def test_every_component_says_in_both_languages_what_it_is(type_: str) -> None:
    found = catalogue()[type_]
    for text in (found.title, found.help, *(port.help for port in (*found.inputs, *found.outputs))):
        assert text.en.strip()
        assert text.zh.strip()
    for name, field in found.Parameters.model_fields.items():
        more = field.json_schema_extra
        assert isinstance(more, dict), name
        assert field.title, name
        assert more["title_zh"], name
        assert bool(more["help_en"]) == bool(more["help_zh"]), name
