"""Distillation: the network learns to answer as its teacher does; a teacher that does not fit is named in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import BadInput, UsageError
from engine.modeling.check import check
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph, Node, chain
from engine.modeling.nets.detection import Positions
from engine.modeling.nets.teacher import Teacher
from engine.modeling.readback import from_code
from engine.modeling.recipes import RECIPES
from engine.training.batches import Batch
from engine.training.fit import fit
from engine.training.load import build_network, load_module
from engine.training.runs import start_run
from engine.training.teaching import connect, model_named, put_folder
from engine.workspace import Workspace
from tests.unit.training.tiny import TINY, Told

from engine.serving.manifest import ModelManifest  # isort: skip

SORTS = {"data.width": 64, "data.height": 64, "backbone.width": 8, "data.channels": "1"}


def taught(recipe: str, values: dict[str, Any], **parameters: Any) -> Graph:
    """The recipe with a teacher between its loss and its training."""
    graph = RECIPES[recipe].graph("pupil").with_parameters(values)
    graph.nodes.append(
        Node(
            "teacher",
            "loss.teacher",
            1,
            {"model": "big:1", "weight": 0.5, "temperature": 4.0, "features": 0.0} | parameters,
        )
    )
    kept = [edge for edge in graph.edges if (edge.source, edge.target) != ("loss", "train")]
    graph.edges = [*kept, *chain(["loss.loss -> teacher.loss", "teacher.loss -> train.loss"])]
    return graph


def a_model(folder: Path, recipe: str, labels: tuple[str, ...], values: dict[str, Any]) -> Path:
    """A run folder as a training leaves it, with weights by chance."""
    folder.mkdir(parents=True)
    graph = RECIPES[recipe].graph("big").with_parameters(values)
    (folder / "model.py").write_text(compile_graph(graph), "utf-8")
    document = {"name": "big", "task": graph.task, "labels": list(labels), "preprocess": {"mean": [0.5], "std": [0.25]},
                "input": {"width": values["data.width"], "height": values["data.height"], "channels": 1}}  # fmt: skip
    ModelManifest.from_json(document).save(folder)
    torch.manual_seed(5)
    save_file(
        {name: value.contiguous() for name, value in build_network(folder).state_dict().items()},
        folder / "weights.safetensors",
    )
    return folder


def pupil(folder: Path, graph: Graph, labels: tuple[str, ...], teacher: Path) -> tuple[Any, Told]:
    """Its model with the teacher listening."""
    a_model(folder, graph.recipe, labels, {"data.width": 64, "data.height": 64, "backbone.width": 8})
    (folder / "model.py").write_text(compile_graph(graph), "utf-8")
    put_folder(teacher, folder)
    torch.manual_seed(0)
    model = load_module(folder / "model.py").Model(1, len(labels))
    connect(model, folder, ModelManifest.load(folder), told := Told())
    return model, told


@pytest.mark.parametrize("recipe", ["classification-small", "multilabel-small", "segmentation", "detection"])
def test_the_drawing_compiles_to_one_step_that_weighs_both_and_is_read_back(recipe: str) -> None:
    graph = taught(recipe, {})
    assert [issue for issue in check(graph) if issue.severity == "error"] == []
    code = compile_graph(graph)
    assert "return self.teacher(self.loss(answer, *batch.targets), batch.images, answer)" in code
    again = from_code(code, graph)
    assert again.graph == graph
    assert again.lost == []
    assert model_named(code) == "big:1"
    alone = from_code(code)
    assert {(edge.source, edge.target) for edge in alone.graph.edges} >= {("loss", "teacher"), ("teacher", "train")}
    assert ("loss", "train") not in {(edge.source, edge.target) for edge in alone.graph.edges}


def test_a_network_of_other_size_and_order_of_labels_comes_to_answer_as_its_teacher_does(tmp_path: Path) -> None:
    big = a_model(
        tmp_path / "big",
        "classification-small",
        ("b", "a"),
        SORTS | {"backbone.width": 16, "data.width": 96, "data.height": 96},
    )
    graph = taught("classification-small", SORTS | {"head.dropout": 0.0}, weight=1.0, temperature=1.0)
    model, told = pupil(tmp_path / "small", graph, ("a", "b"), big)
    assert any("Learns from big:1" in line for line in told.lines)
    images, labels = torch.randn(8, 1, 64, 64), torch.zeros(8, dtype=torch.long)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    found = []
    for _ in range(30):
        optimiser.zero_grad()
        losses = model.training_step(Batch(images, (labels,)), 0)
        losses["loss"].backward()
        optimiser.step()
        found.append(float(losses["imitation"]))
    assert found[-1] < 0.2 * found[0]
    teacher = build_network(big)
    assert not any("teacher." in name and "adapters" not in name for name in model.state_dict())  # is not kept twice
    assert teacher.training  # the file alone was read; the one that teaches is its own


def test_the_teachers_answer_is_the_least_of_each_imitation() -> None:
    taught = Teacher("m", weight=1.0, temperature=2.0)
    scores = torch.tensor([[2.0, -1.0, 0.5]])
    maps = torch.randn(1, 3, 4, 4)
    boxes = torch.tensor([[[0.0, 0, 10, 10], [5.0, 5, 20, 20]]])
    where = Positions(torch.tensor([[[3.0, -4.0], [-2.0, 1.0]]]), boxes, torch.zeros(2, 2), torch.ones(2))
    cases = {"classification": (scores, scores + torch.tensor([0.0, 1, 0])), "segmentation": (maps, maps.flip(1)),
             "multilabel": (scores, -scores), "detection": (where, where._replace(boxes=boxes + 3))}  # fmt: skip
    for task, (same, other) in cases.items():
        taught.listen(task, lambda _, same=same: same)
        losses = {"loss": torch.tensor(7.0)}
        at, away = (float(taught(losses, scores, answer)["loss"]) for answer in (same, other))
        assert at == pytest.approx(0, abs=1e-5)
        assert away > 0.05
    by_hand = 4 * float(torch.nn.functional.kl_div(torch.log_softmax((scores + torch.tensor([0.0, 1, 0])) / 2, 1),
                                                   torch.softmax(scores / 2, 1), reduction="batchmean"))  # fmt: skip
    taught.listen("classification", lambda _: scores)
    assert float(
        taught({"loss": torch.tensor(0.0)}, scores, scores + torch.tensor([0.0, 1, 0]))["loss"]
    ) == pytest.approx(by_hand, rel=1e-4)


def test_a_detector_learns_from_boxes_and_maps_and_a_training_runs_with_it(
    version_folder: Path, tmp_path: Path
) -> None:
    from engine.data.versions import read_version
    from engine.training.marks import labels_of

    labels = labels_of("detection", read_version(version_folder.parent.parent, int(version_folder.name)))
    values = TINY | {"data.channels": "1"}
    big = a_model(tmp_path / "big", "detection", labels, values | {"backbone.width": 16, "neck.width": 24})
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "model.py").write_text(compile_graph(taught("detection", values, features=1.0)), "utf-8")
    put_folder(big, folder)
    result = fit(folder, version_folder, 1, told := Told())
    assert result["steps"] == 6
    assert any("its answers count 50%" in line for line in told.lines)
    assert "imitation" in (folder / "metrics.jsonl").read_text()


def test_a_teacher_that_does_not_fit_is_named_in_words(tmp_path: Path, workspace: Workspace) -> None:
    big = a_model(
        tmp_path / "big", "segmentation", ("a", "b"), {"data.width": 96, "data.height": 96, "backbone.width": 8}
    )
    graph = taught("segmentation", {"data.width": 64, "data.height": 64, "augment.crop": 64, "backbone.width": 8})
    with pytest.raises(BadInput, match="sees images of 96 × 96 px, and this model of 64 × 64"):
        pupil(tmp_path / "size", graph, ("a", "b"), big)
    with pytest.raises(BadInput, match="tells a, b apart, and this version has a, c"):
        pupil(tmp_path / "labels", graph, ("a", "c"), big)
    with pytest.raises(BadInput, match="is a segmentation model, and this one is for classification"):
        pupil(tmp_path / "task", taught("classification-small", SORTS), ("a", "b"), big)
    (tmp_path / "size" / "teacher" / "weights.safetensors").write_bytes(b"PK\x03\x04")
    with pytest.raises(BadInput, match="no safetensors file"):
        put_folder(tmp_path / "size" / "teacher", tmp_path / "other")
    model = load_module(tmp_path / "size" / "model.py").Model(1, 2)
    with pytest.raises(BadInput, match="is not with this run"):
        connect(model, tmp_path, ModelManifest.load(big), Told())


def test_a_run_whose_teacher_is_not_named_or_not_there_does_not_begin(workspace: Workspace, version: Any) -> None:
    with pytest.raises(BadInput, match="no model is named for it"):
        start_run(workspace, taught("detection", TINY, model=""), version.id)
    with pytest.raises(UsageError):
        start_run(workspace, taught("detection", TINY, model="nobody:7"), version.id)
    assert not list((workspace.path / "runs").iterdir())
