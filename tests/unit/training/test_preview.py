"""What training would see of an item is shown by the code that trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import UsageError
from engine.modeling.catalogue import catalogue
from engine.modeling.graph import Edge, Graph, Node
from engine.modeling.recipes import RECIPES
from engine.training.preview import augmented
from engine.training.samples import Images


def graph() -> Graph:
    """Noise, blur, crops."""
    found = RECIPES["detection"].graph("part").with_parameters(
        {"data.width": 96, "data.height": 96, "augment.crop": 64}
    )  # fmt: skip
    found.edges = [edge for edge in found.edges if edge.input != "samples"]
    for before, name, type_ in (("data", "noise", "augment.gaussian_noise"), ("noise", "soft", "augment.blur")):
        found.nodes.append(Node(name, type_, 1, {**catalogue()[type_].defaults(), "probability": 1.0}))
        found.edges.append(Edge(before, "samples", name, "samples"))
    found.edges.append(Edge("soft", "samples", "augment", "samples"))
    return found


@pytest.fixture
def key(version_folder: Path) -> int:
    """Of an item of the train split."""
    return Images(str(version_folder), "detection").train.items[0].key


def test_an_item_is_shown_step_by_step(version_folder: Path, key: int) -> None:
    crops = augmented(graph(), version_folder, key, count=3, seed=4)
    assert [view.pixels.shape for view in crops] == [(64, 64, 3)] * 3
    assert (crops[0].pixels != crops[1].pixels).any()
    noisy = augmented(graph(), version_folder, key, count=2, seed=4, until="noise")
    soft = augmented(graph(), version_folder, key, count=2, seed=4, until="soft")
    assert [view.pixels.shape for view in (*noisy, *soft)] == [(96, 96, 3)] * 4

    def roughness(view: np.ndarray) -> float:
        return float(np.abs(np.diff(view.astype(float), axis=0)).mean())

    assert all(roughness(b.pixels) < roughness(a.pixels) for a, b in zip(noisy, soft, strict=True))
    again = augmented(graph(), version_folder, key, count=2, seed=4, until="noise")
    assert all((a.pixels == b.pixels).all() for a, b in zip(noisy, again, strict=True))


def test_an_item_or_a_step_that_is_not_there_is_named(version_folder: Path, key: int) -> None:
    with pytest.raises(UsageError, match="no step of augmentation “sharp”; it has noise, soft, augment"):
        augmented(graph(), version_folder, key, until="sharp")
    with pytest.raises(UsageError, match="has an item -5"):
        augmented(graph(), version_folder, -5)
