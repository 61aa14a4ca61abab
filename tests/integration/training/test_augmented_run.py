"""A training with a chain of augmentation, balanced images and a rate that waits for better checks, cut short and resumed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.data.imports import import_data
from engine.data.sample import make_sample
from engine.data.versions import create_version
from engine.jobs.context import Cancelled
from engine.modeling.catalogue import catalogue
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.recipes import RECIPES
from engine.training.callbacks import FALL
from engine.training.fit import fit
from engine.training.reporting import Terminal
from engine.workspace import Workspace

SETTINGS = {
    "data.width": 64, "data.height": 64, "augment.crop": 32, "backbone.width": 8, "neck.width": 16, "train.batch": 2,
    "train.steps": 16, "train.checks": 8, "optimiser.schedule": "plateau", "optimiser.warmup": 0.0, "optimiser.rate": 1e-5,
}  # fmt: skip
PARTS = ("data.sampler", "augment.mosaic", "augment.elastic", "augment.sensor_noise")


class StopsAfter(Terminal):
    """A person who stops the training after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def should_stop(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Cancelled


def drawn() -> Graph:
    graph = RECIPES["detection"].graph("parts").with_parameters(SETTINGS)
    graph.edges = [edge for edge in graph.edges if edge.input != "samples"]
    before = "data"
    for number, type_ in enumerate(PARTS):
        graph.nodes.append(Node(f"part{number}", type_, 1, catalogue()[type_].defaults()))
        graph.edges.append(Edge(before, "samples", f"part{number}", "samples"))
        before = f"part{number}"
    graph.edges.append(Edge(before, "samples", "augment", "samples"))
    return graph


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def version(workspace: Workspace, tmp_path: Path) -> Path:
    """Of ten synthetic parts."""
    import_data(workspace, make_sample(tmp_path / "sample", count=10))
    return workspace.path / "versions" / str(create_version(workspace, "v1", split="70/30/0").id)


def test_a_run_that_was_cut_short_goes_on_as_an_unbroken_one(version: Path, tmp_path: Path) -> None:
    code = compile_graph(drawn())
    for name in ("unbroken", "cut"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.py").write_text(code, "utf-8")
    fit(tmp_path / "unbroken", version, 3, Terminal())
    for steps in (6, 5):
        with pytest.raises(Cancelled):
            fit(tmp_path / "cut", version, 3, StopsAfter(steps))
    fit(tmp_path / "cut", version, 3, Terminal())
    whole = lines(tmp_path / "unbroken")
    assert lines(tmp_path / "cut") == whole
    rates = [line["rate"] for line in whole if "rate" in line]
    assert len(rates) == 16
    # checks at steps 2, 4 …: nothing is better than the first, so from 6 and from 10 on the rate is a third of before
    assert rates[5] == pytest.approx(1e-5)
    assert rates[7] == pytest.approx(1e-5 * FALL)
    assert rates[-1] < 1e-5 * FALL


def test_a_loss_that_weighs_labels_is_told_how_many_there_are(tmp_path: Path) -> None:
    import cv2
    import numpy as np
    import torch

    for number in range(20):
        path = tmp_path / "images" / ("rare" if number % 5 == 0 else "usual") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((32, 32), number + (200 if number % 5 == 0 else 40), np.uint8))
    with Workspace.create(tmp_path / "workspace") as workspace:
        import_data(workspace, tmp_path / "images", format="folder_per_class")
        version = workspace.path / "versions" / str(create_version(workspace, "v1", split="100/0/0").id)
    graph = RECIPES["classification-small"].graph("sort").with_parameters(
        {"data.width": 32, "data.height": 32, "backbone.width": 8, "train.steps": 2, "train.batch": 2}
    )  # fmt: skip
    graph.node("loss").type, graph.node("loss").parameters = "loss.class_balanced", {"beta": 0.99}
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "model.py").write_text(compile_graph(graph), "utf-8")
    labels = fit(folder, version, 0, Terminal())["labels"]
    state = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    counts = dict(zip(labels, state["loss.counts"].tolist(), strict=True))
    assert counts == {"rare": 4.0, "usual": 16.0}
