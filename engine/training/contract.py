"""What the code of a run has to have: all that a drawn graph compiles to, or the least that a person's own file needs.

Complete code has three classes: `Network(channels, classes)` from images (N, C, H, W) to the task's answer (classification:
scores (N, classes); detection: `Positions`), `Model(channels, classes)` a LightningModule with `network`, and
`Data(version, seed)` a LightningDataModule. Of keypoints `classes` is a tuple: how many points each label has.

The least is

    TASK = "classification"  # or "detection"

    class Mine(pl.LightningModule):
        def __init__(self, channels: int, classes: int) -> None: ...  # sets self.network, a module from images to answers
        def training_step(self, batch, index): ...                    # a loss, or a dict with "loss"
        def configure_optimizers(self): ...

`batch` is an `engine.training.batches.Batch`. What else may be there: a LightningDataModule of its own, made by (version, seed),
whose batches go to `training_step` as they are (one that is to be resumed exactly gives the same batches for the same
`trainer.global_step`); or a `torch.utils.data.Dataset` made by (version), whose items are stacked to batches of `Training.batch` in
an order that the seed and the step alone decide; `Training(…)`, `Thresholds(…)` and `ExportSettings(…)` under any name; subclasses of
`pytorch_lightning.Callback`, made without arguments. `self.network` is what is measured on the val images, kept and exported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from engine.errors import BadInput

if TYPE_CHECKING:
    from torch import nn

    from engine.training.settings import Training


def is_complete(module: Any) -> bool:
    """Whether the code has the three classes of a compiled graph."""
    return all(hasattr(module, name) for name in ("Network", "Model", "Data"))


def name_of(module: ModuleType, folder: Path) -> str:
    """The model's name: NAME, else what the run is called."""
    import json

    if hasattr(module, "NAME"):
        return str(module.NAME)
    run = folder / "run.json" if (folder / "run.json").exists() else folder.parent / "run.json"  # of a fold
    return str(json.loads(run.read_text("utf-8"))["graph"])


def model_of(module: ModuleType) -> Callable[[int, int], Any]:
    """What makes the LightningModule of (channels, classes).

    Raises:
        BadInput: there is none, more than one, or it has no `network`.
    """
    import pytorch_lightning as pl
    from torch import nn

    cls = module.Model if hasattr(module, "Model") else _only(module, pl.LightningModule)
    if cls is None:
        raise BadInput(f"{module.__file__}: there is no LightningModule; see lineside train --help.")

    def make(channels: int, classes: int) -> Any:
        model = cls(channels, classes)
        if not isinstance(getattr(model, "network", None), nn.Module):
            raise BadInput(
                f"{module.__file__}: {cls.__name__} has no self.network; it is the module from images to answers that is kept."
            )
        return model

    return make


def network_of(module: ModuleType) -> Callable[[int, int], nn.Module]:
    """What makes the network of (channels, classes)."""
    if hasattr(module, "Network"):
        return module.Network  # type: ignore[no-any-return]
    make = model_of(module)
    return lambda channels, classes: make(channels, classes).network


def data_of(module: ModuleType, version: str, seed: int) -> Any:
    """The LightningDataModule of a version; it has the `Images` that labels, val images and the input's size come from."""
    import pytorch_lightning as pl

    from engine.training.augment import AsTheyAre
    from engine.training.batches import Batches
    from engine.training.samples import Images
    from engine.training.settings import Training as Settings

    if hasattr(module, "Data"):
        return module.Data(version, seed)
    own = _only(module, pl.LightningDataModule)
    found = {type(value): value for value in vars(module).values() if isinstance(value, Settings)}
    training = found.get(Settings, Settings())

    rows = _dataset_of(module) if own is None else None

    class Data(pl.LightningDataModule):  # type: ignore[misc]  # Lightning is not typed here
        """The images of the version as they are, or the items of the code's own Dataset."""

        def __init__(self) -> None:
            super().__init__()
            self.data = Images(version, module.TASK)

        def train_dataloader(self) -> Any:
            step = self.trainer.global_step
            if rows is not None:
                return own_batches(rows(version), training, seed, step, f"{module.__file__}: {rows.__name__}")
            return Batches(self.data.train, AsTheyAre(), training, seed, start=step)

    if own is None:
        return Data()
    data = own(version, seed)
    if not any(isinstance(value, Images) for value in vars(data).values()):
        data.images_of_version = Images(version, module.TASK)
    return data


def own_batches(dataset: Any, training: Training, seed: int, step: int, where: str) -> Any:
    """Batches of a person's Dataset from a step on; the same seed and step give the same ones.

    Raises:
        BadInput: it has no items.
    """
    import numpy as np
    from torch.utils.data import DataLoader

    count = len(dataset)
    if not count:
        raise BadInput(f"{where} has no items to train on.")

    class Order:
        """Numbers of items, batch by batch; each epoch in another order."""

        def __iter__(self) -> Iterator[list[int]]:
            epoch, order = -1, np.empty(0, np.int64)
            for number in range(step * training.accumulate, len(self)):
                batch = []
                for place in range(number * training.batch, (number + 1) * training.batch):
                    if place // count != epoch:
                        epoch = place // count
                        order = np.random.default_rng([seed, epoch]).permutation(count)
                    batch.append(int(order[place % count]))
                yield batch

        def __len__(self) -> int:
            return training.steps * training.accumulate

    return DataLoader(dataset, batch_sampler=Order())


def _dataset_of(module: ModuleType) -> Any:
    from torch.utils.data import Dataset, IterableDataset

    found = _only(module, Dataset)
    if found is not None and issubclass(found, IterableDataset):
        raise BadInput(
            f"{module.__file__}: {found.__name__} only goes forward, so a training could not be resumed; give it __getitem__"
            " and __len__, or write a LightningDataModule around it."
        )
    return found


def callbacks_of(module: ModuleType) -> list[Any]:
    """The callbacks that the code brings."""
    import pytorch_lightning as pl

    return [cls() for cls in _classes(module, pl.Callback)]


def _classes(module: ModuleType, base: type) -> list[Any]:
    """Subclasses that the code itself writes."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
    ]


def _only(module: ModuleType, base: type) -> Any:
    found = _classes(module, base)
    if len(found) > 1:
        names = " and ".join(one.__name__ for one in found)
        raise BadInput(
            f"{module.__file__}: {names} are both a {base.__name__}; call the one that is meant Model or Data."
        )
    return found[0] if found else None
