"""A trained network out of a run folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from engine.errors import BadInput
from engine.modeling.nets.deployed import deployed
from engine.serving.manifest import ModelManifest
from engine.training.contract import network_of

WEIGHTS = "weights.safetensors"


def load_module(path: Path) -> ModuleType:
    """The compiled code of a run as a module.

    Raises:
        BadInput: the file is missing or does not run; the message gives the line.
    """
    name = f"lineside_run_{path.parent.name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise BadInput(f"There is no model code at {path}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a person may have edited the file
        line = error.lineno if isinstance(error, SyntaxError) else line_of(error, path) or "?"
        raise BadInput(f"{path}, line {line}: {type(error).__name__}: {error}") from error
    return module


def load_network(run_folder: Path | str, weights: str = WEIGHTS) -> nn.Module:
    """The network of a run in eval mode and float32, with the outputs that are exported.

    It takes prepared images (N, channels, height, width) float32 and returns, for detection, boxes (N, K, 4) xyxy in
    input px and scores (N, K, C) in [0, 1]; for classification, probabilities (N, C).

    Raises:
        BadInput: a file of the run is missing or damaged.
    """
    from safetensors.torch import load_file

    folder = Path(run_folder)
    manifest = ModelManifest.load(folder)
    network = build_network(folder)
    try:
        network.load_state_dict(load_file(folder / weights))
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"The weights {folder / weights} do not fit the model: {reason}") from error
    return deployed(network, manifest.task).eval().requires_grad_(False)


def build_network(run_folder: Path) -> nn.Module:
    """The network of a run before any weights are read."""
    manifest = ModelManifest.load(run_folder)
    module = load_module(run_folder / "model.py")
    network: nn.Module = network_of(module)(manifest.made_for, manifest.answers)
    return network


def save_network(network: nn.Module, path: Path) -> None:
    """Write weights so that a reader sees the old or the new file."""
    from safetensors.torch import save

    from engine.workspace import write_atomically

    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    write_atomically(path, save(state))


def example_input(run_folder: Path | str) -> torch.Tensor:
    """Zeros in the shape of the model's input, (1, channels, height, width)."""
    spec = ModelManifest.load(run_folder).input
    return torch.zeros(1, spec.channels, spec.height, spec.width)


def line_of(error: BaseException, path: Path) -> int:
    """The line of a file where an error comes from, the innermost one; 0: from elsewhere."""
    step, line = error.__traceback__, 0
    while step is not None:
        if step.tb_frame.f_code.co_filename == str(path):
            line = step.tb_lineno
        step = step.tb_next
    return line
