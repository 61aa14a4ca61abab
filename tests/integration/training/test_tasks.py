"""The tasks beyond boxes and labels from a drawing to an answer over HTTP, each with its own kind of answer."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.sample_keypoints import make_keypoint_sample
from engine.data.versions import create_version, read_version
from engine.evaluation.evaluate import load_predictor
from engine.evaluation.predictor import evaluate_predictor
from engine.modeling.catalogue import catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.recipes import RECIPES
from engine.packaging.export import export_run
from engine.serving.manifest import OUTPUTS
from engine.training.answers import read_answers
from engine.training.fit import fit
from engine.training.reporting import Terminal
from engine.workspace import Workspace
from tests.unit.serving.conftest import Server

pytestmark = pytest.mark.slow
SMALL: dict[str, Any] = {"data.width": 96, "data.height": 96, "data.channels": "3", "backbone.width": 8}
CHANGES: dict[str, dict[str, Any]] = {
    "segmentation": {
        **SMALL, "augment.crop": 64, "head.width": 8, "train.steps": 6, "train.batch": 2, "train.checks": 1,
    },
    "rotated": {
        **SMALL, "augment.crop": 64, "neck.width": 16, "train.steps": 6, "train.batch": 2, "train.checks": 1,
        "evaluate.score": 0.001,
    },
    "instances": {
        **SMALL, "augment.crop": 64, "neck.width": 16, "train.steps": 6, "train.batch": 2, "train.checks": 1,
        "evaluate.score": 0.005,
    },
    "anomaly": {**SMALL, "head.memory": 100},
}  # fmt: skip
FIGURES = {
    "segmentation": ("miou", "pixel_accuracy"),
    "rotated": ("map50", "missed"),
    "instances": ("map50", "missed"),
    "anomaly": ("auroc", "pixel_auroc"),
}


@pytest.fixture
def folder(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty run on a version of 24 parts with outlines, a third of them good."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    import_data(workspace, make_sample(tmp_path / "sample", count=24, outlines=True, good_every=3))
    version = create_version(workspace, "v1", split="50/25/25")
    run = workspace.path / "runs" / "r1"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"version": version.id, "version_digest": version.digest}))
    return run


def train(recipe: str, folder: Path, workspace: Workspace) -> Any:
    """A recipe with small networks, trained and exported; what the training says."""
    graph = RECIPES[recipe].graph("parts")
    backbone, small = graph.node("backbone"), catalogue()["backbone.small"]
    backbone.type, backbone.parameters = small.type, small.defaults()
    graph = graph.with_parameters(CHANGES[recipe])
    (folder / "model.py").write_text(compile_graph(graph), "utf-8")
    return fit(folder, workspace.path / "versions" / "1", 0, Terminal())


@pytest.mark.parametrize("recipe", CHANGES)
def test_a_drawing_becomes_a_model_that_answers_the_same_trained_exported_and_served(
    recipe: str, folder: Path, workspace: Workspace
) -> None:
    assert train(recipe, folder, workspace)["metrics"]
    export = export_run(folder, workspace.path, lambda *_: None)
    assert set(export.parity) == set(OUTPUTS[recipe])
    version = read_version(workspace.path, 1)
    trained, exported = (
        evaluate_predictor(load_predictor(folder, precision), version) for precision in ("torch", "fp32")
    )
    for name in FIGURES[recipe]:
        assert exported.metrics[name] == pytest.approx(trained.metrics[name], abs=0.01)
    rows = [row for row in version.items.to_pylist() if row["split"] == "test"]
    step, shown = read_answers(workspace, folder)
    assert (step == 6 and any(row.get("true_rotated") for one in shown for row in one.rows)) == (recipe == "rotated")
    server = Server(folder / "export" / "fp32").wait_until_ready()
    try:
        metadata = server.get("/v2/models/parts")[1]
        said = [ask(server, Path(row["path"]).read_bytes()) for row in rows]
    finally:
        server.stop()
    assert {output["name"] for output in metadata["parameters"]["raw_outputs"]} == set(export.parity)
    assert recipe != "instances" or any(answer["detections"] for answer in said)
    for answer in said:
        assert (answer.get("label") in ("normal", "anomaly")) == (recipe == "anomaly")
        if recipe == "rotated":
            assert answer["detections"] and all(len(one["rotated"]) == 5 for one in answer["detections"])
            continue
        for region in answer["detections"]:
            counts = np.array(region["mask"]["counts"])
            assert region["mask"]["size"] == [320, 320]
            assert counts.sum() == 320 * 320
            assert counts[1::2].sum() == region["area"]


def test_a_model_of_keypoints_answers_points_with_their_names_trained_exported_and_served(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    import_data(workspace, make_keypoint_sample(tmp_path / "sample", count=16))
    version = create_version(workspace, "v1", split="50/25/25")
    folder = workspace.path / "runs" / "r1"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"version": version.id, "version_digest": version.digest}))
    values = {"train.steps": 6, "train.batch": 2, "train.checks": 1, "neck.width": 16, "evaluate.score": 0.004}
    graph = RECIPES["keypoints"].graph("parts").with_parameters({**SMALL, **values})
    (folder / "model.py").write_text(compile_graph(graph), "utf-8")
    assert set(fit(folder, workspace.path / "versions" / "1", 0, Terminal())["metrics"]) == {"val_map50", "val_map"}
    shown = json.loads((folder / "answers.json").read_text())["images"][0]
    assert len(shown["truth"]) == len(shown["true_more"])
    assert set(export_run(folder, workspace.path, lambda *_: None).parity) == {"boxes", "scores", "points"}
    data = read_version(workspace.path, 1)
    trained, exported = (evaluate_predictor(load_predictor(folder, precision), data) for precision in ("torch", "fp32"))
    assert exported.metrics["pck"] == pytest.approx(trained.metrics["pck"], abs=0.02)
    row = next(row for row in data.items.to_pylist() if row["split"] == "test")
    server = Server(folder / "export" / "fp32").wait_until_ready()
    try:
        metadata = server.get("/v2/models/parts")[1]
        answer = ask(server, Path(row["path"]).read_bytes())
    finally:
        server.stop()
    names = {"clip": ["tail", "neck", "left tab", "right tab"], "cable": ["plug", "tip"]}
    assert {label: one["points"] for label, one in answer["skeletons"].items()} == names
    assert metadata["parameters"]["skeletons"] == answer["skeletons"]
    assert answer["detections"]
    assert all(len(one["points"]) == len(names[one["label"]]) for one in answer["detections"])
    assert all(0 <= seen <= 1 for one in answer["detections"] for _, _, seen in one["points"])


def ask(server: Server, image: bytes) -> Any:
    """The finished answer for one image file."""
    data = base64.b64encode(image).decode()
    body = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": [data]}]}
    status, answer = server.post("/v2/models/parts/infer", json.dumps(body).encode())
    assert status == 200
    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    return json.loads(outputs["predictions"][0])
