"""What training would see of one item: the augmentation of a graph, several times."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import UsageError
from engine.modeling.compile import compile_graph
from engine.modeling.graph import Graph
from engine.training.augmentations.step import Chain
from engine.training.load import load_module
from engine.training.samples import Samples, View


def augmented(
    graph: Graph, version: Path | str, item_key: int, count: int = 8, seed: int = 0, until: str = ""
) -> list[View]:
    """`count` examples of an item, made by the code that would train. Loads PyTorch: for workers and the companion only.

    Args:
        version: the folder WORKSPACE/versions/<number>.
        item_key: of an item of the train or the val split.
        until: id of the last step to be done; "": all. The same seed and number draw the same at every step before it.

    Raises:
        BadInput: the graph has errors, or the version does not suit its task.
        UsageError: the version has no such item, or the graph no such step.
        BadImage: the file cannot be read.
    """
    data = _data(graph, version)
    images = next(value for value in vars(data).values() if hasattr(value, "look"))
    images.look()
    samples, index = _find((images.train, images.val), item_key)
    steps = {name: value for name, value in vars(data).items() if callable(value)}
    if until and until not in steps:
        raise UsageError(f"The graph has no step of augmentation “{until}”; it has {', '.join(steps)}.")
    names = list(steps)[: list(steps).index(until) + 1 if until else None]
    whole = samples.view(index)
    chain = Chain(*(steps[name] for name in names)) if len(steps) > 1 else next(iter(steps.values()))
    return [chain(whole, np.random.default_rng([seed, number])) for number in range(count)]


def _data(graph: Graph, version: Path | str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.py"
        path.write_text(compile_graph(graph), "utf-8")
        return load_module(path).Data(str(version))


def _find(splits: tuple[Samples, ...], item_key: int) -> tuple[Samples, int]:
    for samples in splits:
        for index, item in enumerate(samples.items):
            if item.key == item_key:
                return samples, index
    raise UsageError(
        f"Neither the train nor the val split of this version has an item {item_key} that can be learnt from."
    )
