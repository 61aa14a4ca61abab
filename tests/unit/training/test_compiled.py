"""The code of every recipe learns: one step on random images moves every weight."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.modeling.compile import compile_graph
from engine.modeling.recipes import RECIPES
from engine.training.batches import Batch
from engine.training.load import load_module


@pytest.mark.parametrize("recipe", RECIPES)
def test_one_step_of_a_recipe_reaches_every_weight(recipe: str, tmp_path: Path) -> None:
    graph = RECIPES[recipe].graph("model")
    learnt = [node.id for node in graph.nodes if node.parameters.get("weights") == "imagenet"]
    graph = graph.with_parameters({f"{node}.weights": "none" for node in learnt})
    (tmp_path / "model.py").write_text(compile_graph(graph), "utf-8")
    module = load_module(tmp_path / "model.py")
    torch.manual_seed(0)
    model = module.Model(3, 2)
    images = torch.randn(2, 3, 64, 64)
    boxes = torch.tensor([[[8.0, 8, 40, 40]], [[0.0, 0, 60, 60]]])
    labels = torch.tensor([[0], [1]])
    targets = (boxes, labels) if graph.task == "detection" else (labels[:, 0],)
    settings = model.configure_optimizers()
    losses = model.training_step(Batch(images, targets), 0)
    losses["loss"].backward()
    settings["optimizer"].step()
    # Of the boxes' branches only those of levels that hold an object learn; everything else must.
    idle = [name for name, value in model.named_parameters() if value.grad is None and ".locate." not in name]
    assert idle == []
    assert all(torch.isfinite(value).all() for value in model.parameters())
