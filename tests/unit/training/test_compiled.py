"""The code of every recipe learns: one step on random images moves every weight that is to learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from engine.modeling.compile import compile_graph
from engine.modeling.recipes import RECIPES
from engine.training.batches import Batch
from engine.training.load import load_module
from engine.training.settings import Gathering

FIELDS = (4, 2)  # slots of a table's
LABELS = torch.tensor([[0], [1]])
BOXES = torch.tensor([[[8.0, 8, 40, 40]], [[0.0, 0, 60, 60]]])
TARGETS = {
    "detection": (BOXES, LABELS),
    "rotated": (torch.tensor([[[24.0, 24, 30, 12, 0, 1]], [[30.0, 30, 60, 50, 1, 0]]]), LABELS),
    "keypoints": (BOXES, LABELS, torch.tensor([[[[9.0, 9, 2], [39, 20, 1]]], [[[5.0, 50, 2], [0, 0, 0]]]])),
    "instances": (BOXES, LABELS, torch.ones(2, 1, 64, 64, dtype=torch.uint8)),
    "multilabel": (LABELS,),
    "segmentation": ((torch.arange(2 * 64 * 64) % 3).reshape(2, 64, 64),),
}


def compiled(recipe: str, folder: Path) -> tuple[Any, Batch]:
    """The model of a recipe without learnt weights, and a batch of two random images."""
    graph = RECIPES[recipe].graph("model")
    learnt = [node.id for node in graph.nodes if node.parameters.get("weights") == "imagenet"]
    graph = graph.with_parameters({f"{node}.weights": "none" for node in learnt})
    (folder / "model.py").write_text(compile_graph(graph), "utf-8")
    module = load_module(folder / "model.py")
    torch.manual_seed(0)
    images = torch.randn(2, 3, 64, 64) if graph.task != "tabular" else torch.ones(2, 1, 2, len(FIELDS))
    return module, Batch(images, TARGETS.get(graph.task, (LABELS[:, 0],)))


def remembers(recipe: str) -> bool:
    """Whether it learns by looking at images once."""
    return "train.gather" in RECIPES[recipe].components.values()


@pytest.mark.parametrize("recipe", [name for name in RECIPES if "optimiser" in RECIPES[name].components])
def test_one_step_of_a_recipe_reaches_every_weight(recipe: str, tmp_path: Path) -> None:
    module, batch = compiled(recipe, tmp_path)
    task = RECIPES[recipe].task
    model = module.Model(FIELDS if task == "tabular" else 3, (2, 1) if task == "keypoints" else 2)
    settings = model.configure_optimizers()
    losses = model.training_step(batch, 0)
    losses["loss"].backward()
    settings["optimizer"].step()
    # Of the boxes' branches only those of levels that hold an object learn; everything else must, but what judges.
    learners = {name: value for name, value in model.named_parameters() if value.requires_grad}
    assert [name for name, value in learners.items() if value.grad is None and ".locate." not in name] == []
    assert all(torch.isfinite(value).all() for value in model.parameters())
    frozen = {name for name, value in model.named_parameters() if not value.requires_grad}
    judged = {name for name, _ in model.named_parameters() if name.startswith("network.backbone.")}
    assert frozen == (judged if RECIPES[recipe].task == "anomaly" else set())


@pytest.mark.parametrize("recipe", [name for name in RECIPES if remembers(name)])
def test_a_recipe_without_gradients_knows_what_it_has_seen(recipe: str, tmp_path: Path) -> None:
    module, batch = compiled(recipe, tmp_path)
    assert any(isinstance(value, Gathering) for value in vars(module).values())
    model = module.Model(3, 2)
    with torch.no_grad():
        model.on_train_start()
        for _ in range(2):
            model.training_step(batch, 0)
        model.on_train_end()
        seen, other = model.network(batch.images), model.network(batch.images.flip(3) * 3 + 1)
    assert (seen.scores < other.scores).all()
    assert seen.maps.shape == (2, 8, 8)
