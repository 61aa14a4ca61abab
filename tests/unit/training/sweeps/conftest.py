"""Images that a tiny network sorts within some steps: dark and bright ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.data.imports import import_data
from engine.data.versions import create_version
from engine.modeling.graph import Graph
from engine.modeling.graphs import save_graph
from engine.modeling.recipes import RECIPES
from engine.workspace import Workspace

TINY = {
    "data.width": 32, "data.height": 32, "backbone.width": 8, "train.steps": 24, "train.checks": 4, "train.batch": 4,
    "train.average": 0.0, "optimiser.rate": 0.003, "optimiser.warmup": 0.0,
}  # fmt: skip


@pytest.fixture
def graph(workspace: Workspace, tmp_path: Path) -> Graph:
    """“shades” is drawn, and its images are version v1."""
    chance = np.random.default_rng(0)
    for label, level in (("dark", 60), ("bright", 190)):
        folder = tmp_path / "shades" / label
        folder.mkdir(parents=True)
        for number in range(10):
            image = np.clip(chance.normal(level, 25, (32, 32)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"{label}{number}.png"), image)
    import_data(workspace, tmp_path / "shades")
    create_version(workspace, "v1", split="60/40/0")
    drawn = RECIPES["classification-small"].graph("shades").with_parameters(TINY)
    save_graph(workspace, drawn)
    return drawn
