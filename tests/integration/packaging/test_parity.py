"""How far an export may be from the trained network: places in px of the image, what tells an angle by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor, nn

from engine.modeling.compile import compile_graph
from engine.modeling.nets.deployed import deployed
from engine.modeling.recipes import RECIPES
from engine.packaging.convert import ExportFailed, convert, parity
from engine.serving.manifest import InputSpec, ModelManifest
from engine.training.load import load_module

MANIFEST = ModelManifest("turned", "rotated", ("a", "b"), input=InputSpec(width=64, height=64, channels=1))


class Off(nn.Module):
    """A network whose rotated boxes are off by an amount in one column."""

    def __init__(self, network: nn.Module, column: int, amount: float) -> None:
        super().__init__()
        self.network, self.column, self.amount = network, column, amount

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        found = dict(zip(MANIFEST.outputs, self.network(images), strict=True))
        found["rotated"] = found["rotated"].clone()
        found["rotated"][..., self.column] += self.amount
        return tuple(found.values())


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("parity")
    graph = RECIPES["rotated"].graph("turned").with_parameters({"backbone.width": 8, "neck.width": 16})
    (folder / "model.py").write_text(compile_graph(graph), "utf-8")
    network = deployed(load_module(folder / "model.py").Network(1, 2), "rotated").eval()
    convert(network, MANIFEST, folder / "fp32")
    return network, folder / "fp32"


@pytest.mark.parametrize(("column", "allowed", "refused"), [(0, 0.1, 0.2), (3, 0.1, 0.2), (5, 0.015, 0.03)])
def test_places_of_rotated_boxes_may_be_off_by_rounding_of_pixels_and_angles_by_less(
    exported, column: int, allowed: float, refused: float
) -> None:
    network, folder = exported
    images = [np.random.default_rng(0).normal(size=(1, 1, 64, 64)).astype(np.float32)]
    parity(Off(network, column, allowed), folder, images)
    with pytest.raises(ExportFailed, match="rotated"):
        parity(Off(network, column, refused), folder, images)
