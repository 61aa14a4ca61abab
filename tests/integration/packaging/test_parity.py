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
from engine.serving.manifest import InputSpec, ModelManifest, Skeleton
from engine.training.load import load_module

SIZE = InputSpec(width=64, height=64, channels=1)
CLIP = Skeleton(("left", "right"))
MANIFESTS = {
    "rotated": ModelManifest("turned", "rotated", ("a", "b"), input=SIZE),
    "points": ModelManifest("posed", "keypoints", ("clip",), input=SIZE, skeletons=(CLIP,)),
}


class Off(nn.Module):
    """A network of which one answer is off by an amount in one column."""

    def __init__(self, network: nn.Module, answer: str, column: int, amount: float) -> None:
        super().__init__()
        self.network, self.answer, self.column, self.amount = network, answer, column, amount

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        found = dict(zip(MANIFESTS[self.answer].outputs, self.network(images), strict=True))
        found[self.answer] = found[self.answer].clone()
        found[self.answer][..., self.column] += self.amount
        return tuple(found.values())


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Path]]:
    made = {}
    for answer, manifest in MANIFESTS.items():
        folder = tmp_path_factory.mktemp(answer)
        graph = RECIPES[manifest.task].graph("small").with_parameters({"backbone.width": 8, "neck.width": 16})
        (folder / "model.py").write_text(compile_graph(graph), "utf-8")
        network = load_module(folder / "model.py").Network(1, manifest.answers)
        made[answer] = deployed(network, manifest.task).eval(), folder / "fp32"
        convert(made[answer][0], manifest, folder / "fp32")
    return made


@pytest.mark.parametrize(
    ("answer", "column", "allowed", "refused"),
    [
        ("rotated", 0, 0.1, 0.2), ("rotated", 3, 0.1, 0.2), ("rotated", 5, 0.015, 0.03),
        ("points", 0, 0.1, 0.2), ("points", 1, 0.1, 0.2), ("points", 2, 0.015, 0.03),
    ],
)  # fmt: skip
def test_places_may_be_off_by_rounding_of_pixels_and_angles_and_what_is_visible_by_less(
    exported, answer: str, column: int, allowed: float, refused: float
) -> None:
    network, folder = exported[answer]
    images = [np.random.default_rng(0).normal(size=(1, 1, 64, 64)).astype(np.float32)]
    parity(Off(network, answer, column, allowed), folder, images)
    with pytest.raises(ExportFailed, match=answer):
        parity(Off(network, answer, column, refused), folder, images)
