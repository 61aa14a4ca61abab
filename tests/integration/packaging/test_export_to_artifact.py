from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.imports import import_data
from engine.data.versions import create_version
from engine.errors import UsageError
from engine.jobs import wait
from engine.packaging import measure
from engine.packaging.artifacts import get_artifact, list_artifacts, remove_artifact
from engine.packaging.export import export_model, quantize_model, read_export
from engine.packaging.image import package_model
from engine.packaging.oci import Layout
from engine.packaging.quantize import quantize_run
from engine.serving.manifest import ModelManifest
from engine.serving.predictor import openvino_predictor
from engine.workspace import Workspace

pytestmark = pytest.mark.slow

CODE = """
import torch
from torch import nn


class Network(nn.Module):
    def __init__(self, channels, labels):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(channels, 16, 3, 2, 1), nn.ReLU6(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU6())
        self.head = nn.Linear(32, labels)

    def forward(self, images):
        return self.head(self.layers(images).mean((2, 3)))
"""


@pytest.fixture
def trained(workspace: Workspace, tmp_path: Path) -> Path:
    """A run whose network tells red from green, as if training had made it."""
    import torch
    from safetensors.torch import save_file

    random = np.random.default_rng(0)
    for label, channel in (("red", 0), ("green", 1)):
        for number in range(20):
            pixels = random.integers(0, 60, (48, 48, 3), np.uint8)
            pixels[..., channel] += 120
            path = tmp_path / "images" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    import_data(workspace, tmp_path / "images", format="folder_per_class")
    version = create_version(workspace, "v1", split="60/20/20")
    run = workspace.path / "runs" / "r1"
    run.mkdir()
    (run / "model.py").write_text(CODE)
    (run / "run.json").write_text(json.dumps({"version": version.id, "version_digest": version.digest}))
    manifest = {"name": "colours", "task": "classification", "labels": ["green", "red"], "input": {"width": 32, "height": 32},
                "preprocess": {"resize": "stretch"}}  # fmt: skip
    ModelManifest.from_json(manifest).save(run)
    from engine.training.load import build_network

    torch.manual_seed(0)
    network = build_network(run)
    images = torch.rand(64, 3, 32, 32) * 0.25
    labels = torch.arange(64) % 2
    images[torch.arange(64), 1 - labels] += 0.5
    optimiser = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(100):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(images), labels).backward()
        optimiser.step()
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, run / "weights.safetensors")
    with workspace.transaction("Train") as tx:
        tx.execute("INSERT INTO model VALUES (1, 'colours', 1, 'r1', 'classification', ?, ?, '{\"accuracy\": 1}', '{}')",
                   [version.id, tx.at])  # fmt: skip
    return run


def test_a_model_becomes_an_export_an_int8_network_and_an_artifact(workspace: Workspace, trained: Path) -> None:
    status = wait(workspace, export_model(workspace, "colours"))
    assert status.state == "done", status
    found = read_export(trained)
    assert found is not None
    assert found["parity"]["probabilities"] < 1e-4
    assert found["dynamic_batch"]
    assert found["precisions"]["fp32"]["accuracy"] == 100
    assert (trained / "export/fp32/model.onnx").is_file()

    status = wait(workspace, quantize_model(workspace, "colours:1"))
    assert status.state == "done", status
    found = read_export(trained)
    assert found is not None
    assert found["precisions"]["int8"]["drop_pt"] <= 0.5
    assert found["chosen"] in found["precisions"]
    int8 = openvino_predictor(trained / "export/int8")
    assert int8.manifest.precision == "int8"
    red = np.zeros((40, 40, 3), np.uint8)
    red[..., 0] = 150
    assert int8.predict(red).classification.label == "red"  # type: ignore[union-attr]

    for _ in range(2):  # the second makes the same again
        status = wait(workspace, package_model(workspace, "colours", precision="int8"))
        assert status.state == "done", status
    (artifact,) = list_artifacts(workspace)
    assert (artifact.name, artifact.precision, artifact.reference) == ("colours:1", "int8", "colours:1-int8")
    assert get_artifact(workspace, artifact.digest[7:17]) == get_artifact(workspace, "colours") == artifact
    layout = Layout(workspace.path / "artifacts")
    layout.check(artifact.digest)
    assert artifact.details["labels"]["io.lineside.version-digest"]
    remove_artifact(workspace, "colours:1")
    assert list_artifacts(workspace) == []
    assert not layout.has(artifact.digest)
    with pytest.raises(UsageError, match="no artifact"):
        get_artifact(workspace, "colours")


def test_an_int8_network_that_the_split_cannot_judge_is_not_kept(
    workspace: Workspace, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "accuracy_of", lambda *_: None)
    made = quantize_run(trained, workspace.path, lambda *_: None)
    assert "int8" not in made.precisions
    assert "cannot tell what it loses" in made.rejected["int8"]
    assert not (trained / "export/int8").exists()


def test_what_does_not_exist_is_named(workspace: Workspace, trained: Path) -> None:
    with pytest.raises(UsageError, match="no model"):
        export_model(workspace, "none")
    with pytest.raises(UsageError, match="windows"):
        package_model(workspace, "colours", platform="windows/amd64")
    with pytest.raises(UsageError, match="fp8"):
        package_model(workspace, "colours", precision="fp8")
    with pytest.raises(UsageError, match="points"):
        quantize_model(workspace, "colours", max_drop=-1)
