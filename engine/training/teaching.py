"""The teacher of a training: a model of the workspace, copied into the run, that the network learns to answer like."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput
from engine.serving.manifest import FILE as MANIFEST
from engine.serving.manifest import ModelManifest
from engine.training.starting import WEIGHTS, tensor_names

if TYPE_CHECKING:
    from torch import Tensor, nn

    from engine.training.reporting import Reporter
    from engine.workspace import Workspace

FOLDER = "teacher"
CODE = "model.py"
TASKS = ("classification", "multilabel", "segmentation", "detection")
WHOLE = ("classification", "multilabel")  # tasks whose answers have no place in the image


def model_named(code: str, cls: str = "Teacher") -> str | None:
    """The model that a call of the class names in a model's code, which is read, not run; None: there is no such call."""
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == cls:
            given = [word.value for word in call.keywords if word.arg == "model"] + call.args[:1]
            return str(given[0].value) if given and isinstance(given[0], ast.Constant) else ""
    return None


def teacher_of(ws: Workspace, name: str) -> Path:
    """The run folder of the model that is named as a teacher.

    Raises:
        BadInput: no model is named.
        UsageError: there is no such model.
    """
    from engine.training.models import get_model

    if not name:
        raise BadInput(
            "The drawing has a teacher, but no model is named for it; choose one of the workspace: --set teacher.model=NAME:NUMBER"
        )
    return get_model(ws, name).folder


def put_folder(run_folder: Path, folder: Path) -> None:
    """Copy the model of a run into the folder of another one as its teacher.

    Raises:
        BadInput: it holds no trained model.
    """
    missing = [name for name in (CODE, MANIFEST, WEIGHTS) if not (run_folder / name).is_file()]
    if missing:
        raise BadInput(f"The teacher in {run_folder} has no {' and no '.join(missing)}; take a model that was trained.")
    tensor_names(run_folder / WEIGHTS)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for name in (CODE, MANIFEST, WEIGHTS):
        shutil.copyfile(run_folder / name, folder / FOLDER / name)


def connect(model: nn.Module, folder: Path, manifest: ModelManifest, reporter: Reporter) -> None:
    """Let the teacher of a model, where it has one, answer from the folder of the run; for workers only.

    Raises:
        BadInput: the teacher is not there, or is of another task, other labels or another size.
    """
    from engine.modeling.nets.teacher import Teacher

    taught = next((part for part in model.modules() if isinstance(part, Teacher)), None)
    if taught is None:
        return
    place = next(
        (one for one in (folder / FOLDER, folder.parent / FOLDER) if one.is_dir()), None
    )  # of a fold: its run's
    if place is None:
        raise BadInput(
            f"The teacher “{taught.model}” is not with this run; lineside train copies it there, and a file that runs by itself"
            " takes it as --teacher WORKSPACE/runs/RUN."
        )
    theirs = ModelManifest.load(place)
    _check(taught.model, theirs, manifest)
    network = _network(place)
    own: Any = model.network
    if manifest.task == "detection" and _strides(network) != _strides(own):
        raise BadInput(
            f"The teacher {taught.model} answers at the strides {_strides(network)}, and this model at"
            f" {_strides(own)}; give both necks the same finest stride."
        )
    taught.listen(manifest.task, _Asked(network, theirs, manifest))
    if taught.features:
        _compare_maps(taught, own, network)
    reporter.log(
        f"Learns from {taught.model or theirs.name} as well: its answers count {taught.weight:.0%}, the labels {1 - taught.weight:.0%}."
    )


def _check(name: str, theirs: ModelManifest, mine: ModelManifest) -> None:
    if theirs.task != mine.task or mine.task not in TASKS:
        raise BadInput(f"The teacher {name} is a {theirs.task} model, and this one is for {mine.task}.")
    if set(theirs.labels) != set(mine.labels):
        raise BadInput(
            f"The teacher {name} tells {', '.join(theirs.labels)} apart, and this version has {', '.join(mine.labels)};"
            " a teacher knows the same labels."
        )
    sizes = [(one.input.width, one.input.height) for one in (theirs, mine)]
    if mine.task not in WHOLE and sizes[0] != sizes[1]:
        raise BadInput(
            f"The teacher {name} sees images of {sizes[0][0]} × {sizes[0][1]} px, and this model of {sizes[1][0]} × {sizes[1][1]};"
            f" set data.width={sizes[0][0]} and data.height={sizes[0][1]}, so that their answers are of the same places."
        )


def _network(place: Path) -> nn.Module:
    from safetensors.torch import load_file

    from engine.training.load import build_network

    network = build_network(place)
    try:
        network.load_state_dict(load_file(place / WEIGHTS))
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(f"The weights of the teacher do not fit its model: {str(error).splitlines()[0]}") from error
    return network.eval().requires_grad_(False)


class _Asked:
    """The teacher's answer to images as the network sees them: in its own colours, scale and size, its labels put in order."""

    def __init__(self, network: nn.Module, theirs: ModelManifest, mine: ModelManifest) -> None:
        self.network, self.theirs, self.mine = network, theirs, mine
        self.order = [theirs.labels.index(label) for label in mine.labels]

    def __call__(self, images: Tensor) -> Any:
        answer = self.network.to(images.device)(self._seen(images))
        if self.mine.task == "detection":
            return answer._replace(logits=answer.logits[..., self.order])
        background = [0] if self.mine.task == "segmentation" else []
        return answer[:, [*background, *(label + len(background) for label in self.order)]]

    def _seen(self, images: Tensor) -> Tensor:
        import torch
        from torch.nn import functional

        def spread(values: tuple[float, ...]) -> Tensor:
            return torch.tensor(values, device=images.device).view(1, -1, 1, 1)

        mine, theirs = self.mine.preprocess, self.theirs.preprocess
        shares = (images * spread(mine.std) + spread(mine.mean)) / mine.scale  # 0 … 255
        if self.theirs.input.channels != images.shape[1]:
            grey = (shares * spread((0.299, 0.587, 0.114))).sum(1, keepdim=True) if images.shape[1] == 3 else shares
            shares = grey.expand(-1, self.theirs.input.channels, -1, -1)
        if self.mine.task in WHOLE and self.theirs.input.width != self.mine.input.width:
            size = (self.theirs.input.height, self.theirs.input.width)
            shares = functional.interpolate(shares, size=size, mode="bilinear", antialias=True)
        return (shares * theirs.scale - spread(theirs.mean)) / spread(theirs.std)


def _compare_maps(taught: Any, own: nn.Module, teacher: nn.Module) -> None:
    mine, theirs = _reader(own), _reader(teacher)
    if mine is None or theirs is None:
        raise BadInput(
            "teacher.features compares the maps of a neck or backbone, and one of the two networks has neither."
        )
    if tuple(mine.strides) != tuple(theirs.strides):
        raise BadInput(
            f"teacher.features compares maps at the same strides; the teacher's are {', '.join(map(str, theirs.strides))}, and"
            f" these {', '.join(map(str, mine.strides))}."
        )
    taught.read_maps(mine, theirs, list(zip(_channels(mine), _channels(theirs), strict=True)))


def _strides(network: nn.Module) -> str:
    """Of the positions that a detector answers at."""
    found: list[Any] = [part.strides for part in network.modules() if hasattr(part, "strides")]
    return ", ".join(map(str, found[-1])) if found else ""


def _reader(network: nn.Module) -> Any:
    """The last part that gives maps of several strides: the neck, or else the backbone."""
    parts = [part for part in network.children() if hasattr(part, "strides") and hasattr(part, "channels")]
    return parts[-1] if parts else None


def _channels(part: Any) -> list[int]:
    return list(part.channels) if isinstance(part.channels, list | tuple) else [part.channels] * len(part.strides)
