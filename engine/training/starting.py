"""Weights that a training starts from: those of a model of the workspace, or of a safetensors file; nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput
from engine.serving.manifest import ModelManifest
from engine.training.contract import network_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from torch import Tensor, nn

    from engine.training.reporting import Reporter
    from engine.workspace import Workspace

FILE = "start.safetensors"
ORIGIN = "start.json"
WEIGHTS = "weights.safetensors"


@dataclass
class Taken:
    """What a network took over.

    Attributes:
        names: of its weights that it took.
        left: by name of its other weights, why not.
        unused: names in the file that it has no place for.
    """

    names: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def put_start(ws: Workspace, source: str, folder: Path) -> dict[str, Any]:
    """Copy the weights that a run shall start from into its folder; gives what run.json tells of them.

    Args:
        source: a model of the workspace ("pcb:3", a name, an id), or the path of a safetensors file.

    Raises:
        BadInput: the file is no safetensors file, or has no weights.
        UsageError: there is no such model.
    """
    from engine.training.models import get_model

    path = Path(source).expanduser()
    if path.suffix or path.is_file():
        return put_file(path, folder)
    model = get_model(ws, source)
    origin = {"model": model.title, "run": model.run_id, "labels": list(ModelManifest.load(model.folder).labels)}
    return _put(model.folder / WEIGHTS, folder, origin)


def put_file(path: Path, folder: Path) -> dict[str, Any]:
    """As `put_start`, for a file."""
    return _put(path, folder, {"file": str(path)})


def _put(path: Path, folder: Path, origin: dict[str, Any]) -> dict[str, Any]:
    names = tensor_names(path)
    shutil.copyfile(path, folder / FILE)
    digest = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    origin |= {"sha256": digest, "tensors": len(names)}
    (folder / ORIGIN).write_text(json.dumps(origin, ensure_ascii=False), "utf-8")
    return origin


def tensor_names(path: Path) -> list[str]:
    """The names in a safetensors file, whose header is checked by that.

    Raises:
        BadInput: there is no such file, or it is something else or damaged, or empty.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise BadInput(f"There is no file {path} to take weights from.")
    try:
        with safe_open(path, framework="np") as file:
            names = list(file.keys())
    except (SafetensorError, OSError, ValueError) as error:
        raise BadInput(
            f"{path} is no safetensors file, or damaged ({error}). Other files of weights are not read, because they can"
            " run code; convert them with safetensors.torch.save_file."
        ) from error
    if not names:
        raise BadInput(f"{path} holds no weights.")
    return names


def take_start(
    network: nn.Module, folder: Path, module: ModuleType, manifest: ModelManifest, reporter: Reporter
) -> dict[str, Any]:
    """Load the run's start weights, where it has some, into the network; tell what fitted and what did not.

    Weights that depend on the labels are left out when the labels are others.

    Raises:
        BadInput: nothing fits, or a weight is no number.
    """
    if not (folder / FILE).exists():
        return {}
    from safetensors.torch import load_file

    origin: dict[str, Any] = json.loads((folder / ORIGIN).read_text("utf-8"))
    name = origin.get("model") or origin.get("file", FILE)
    of_labels: set[str] = set()
    if "labels" in origin and tuple(origin["labels"]) != manifest.labels:
        of_labels = _of_labels(network, module, manifest)
    taken = take(network, load_file(folder / FILE), of_labels)
    if not taken.names:
        raise BadInput(f"No weight of {name} fits this model by name and shape; nothing could be taken over.")
    reporter.log(f"Started from {name}: {len(taken.names)} of {len(taken.names) + len(taken.left)} weights taken.")
    for reason, parts in _grouped(taken.left):
        reporter.log(f"Not taken, {reason}: {', '.join(parts)}.")
    if taken.unused:
        reporter.log(f"In {name} without a place here: {', '.join(_parts(taken.unused))}.")
    return origin | {"taken": len(taken.names), "left": taken.left, "unused": taken.unused}


def take(network: nn.Module, tensors: dict[str, Tensor], but: set[str]) -> Taken:
    """Copy what fits by name and shape; a file of a backbone alone may name its weights without the backbone's name.

    Raises:
        BadInput: a weight is no number.
    """
    import torch

    from engine.training.freezing import backbone_of

    own = network.state_dict()
    backbone = backbone_of(network)
    prefixes = [""] + [f"{name}." for name, part in network.named_children() if part is backbone]
    named = max(
        (
            {prefix + name if prefix + name in own else name: value for name, value in tensors.items()}
            for prefix in prefixes
        ),
        key=lambda found: sum(name in own and own[name].shape == found[name].shape for name in found),
    )
    taken = Taken(unused=[name for name in named if name not in own])
    for name, mine in own.items():
        theirs = named.get(name)
        if theirs is None:
            taken.left[name] = "not in the file"
        elif name in but:
            taken.left[name] = "the labels are others"
        elif theirs.shape != mine.shape:
            taken.left[name] = f"{_size(theirs)} there and {_size(mine)} here"
        elif not torch.isfinite(theirs.float()).all():
            raise BadInput(f"The weight {name} to start from holds values that are no numbers; take another file.")
        else:
            mine.copy_(theirs)
            taken.names.append(name)
    if backbone is not None and all(part not in taken.left for part in own if part.startswith(prefixes[1])):
        backbone.pretrained = True  # type: ignore[assignment]  # its rate is that of what has learnt already
    return taken


def _of_labels(network: nn.Module, module: ModuleType, manifest: ModelManifest) -> set[str]:
    """Weights whose shape follows the number of labels."""
    import torch

    with torch.device("meta"):
        other = network_of(module)(manifest.made_for, _one_more(manifest.answers)).state_dict()
    return {name for name, value in network.state_dict().items() if other[name].shape != value.shape}


def _one_more(answers: Any) -> Any:
    """Labels, or labels of which one has more points."""
    return answers + 1 if isinstance(answers, int) else (*answers, max(answers) + 1)


def _grouped(left: dict[str, str]) -> list[tuple[str, list[str]]]:
    reasons = dict.fromkeys(left.values())
    return [(reason, _parts([name for name, why in left.items() if why == reason])) for reason in reasons]


def _parts(names: Sequence[str]) -> list[str]:
    """The modules that names of weights belong to, each once."""
    return list(dict.fromkeys(name.rpartition(".")[0] or name for name in names))


def _size(value: Tensor) -> str:
    return " × ".join(map(str, value.shape)) or "one number"
