"""Training of a compiled model: Lightning does the steps, the callbacks around it do the book-keeping."""

from __future__ import annotations

import argparse
import json
import logging
import os
import pickle
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn

from engine.jobs.context import JobFailure
from engine.modeling.nets.losses import LossByCounts
from engine.serving.manifest import ModelManifest
from engine.training.callbacks import Plateau, Recorder, WeightAverage
from engine.training.contract import callbacks_of, data_of, is_complete, model_of, name_of
from engine.training.devices import Device, choose_device
from engine.training.dynamics import Recorder as Dynamics
from engine.training.dynamics import is_cheap
from engine.training.gather import gather, set_limit
from engine.training.load import WEIGHTS, load_module, save_network
from engine.training.optimisers import Optimiser
from engine.training.reporting import Reporter, Terminal
from engine.training.runner import share_cores
from engine.training.samples import Images
from engine.training.settings import Gathering, Thresholds, Training
from engine.training.tables import Table
from engine.training.validate import validate
from engine.workspace import write_atomically

# the figure by which the best weights are kept
CHOICE = {
    "detection": "val_map50",
    "classification": "val_accuracy",
    "segmentation": "val_miou",
    "anomaly": "val_auroc",
    "tabular": "val_auroc",
}
LOADING_SHARE = 0.02  # of the progress bar


def train_here(file: str) -> None:
    """The command line of a compiled model."""
    parser = argparse.ArgumentParser(description="Train this model.")
    parser.add_argument("--version-dir", required=True, help="WORKSPACE/versions/<number>")
    parser.add_argument("--out", default=".", help="folder for weights and records (default: here)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if os.name == "posix" and "OMP_WAIT_POLICY" not in os.environ:
        share_cores()  # is read when PyTorch loads, so begin once more
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    code = Path(file).read_bytes()
    if not (folder / "model.py").exists() or (folder / "model.py").read_bytes() != code:
        write_atomically(folder / "model.py", code)
    result = fit(folder, Path(options.version_dir), options.seed, Terminal())
    print(json.dumps(result))
    sys.exit(0)


def fit(
    folder: Path,
    version: Path,
    seed: int,
    reporter: Reporter,
    device: Device | None = None,
    dynamics: bool | None = None,
) -> dict[str, Any]:
    """Train the model.py of a run folder; goes on from its checkpoint where there is one.

    Writes metrics.jsonl, checkpoints/last.ckpt, weights.safetensors and model.json into the folder.

    Args:
        dynamics: record how each training annotation is learnt (see `engine.training.dynamics`); default: where that
            costs next to nothing.

    Returns:
        metrics of the last check on the val images, steps, seconds, labels, device, skipped images.

    Raises:
        JobFailure: bad data, or a loss that is no number.
        Cancelled: a person stopped it; the checkpoint is written.
    """
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 0)) or os.cpu_count() or 1)
    device = device or choose_device()
    reporter.emit("device", **device.to_json())
    module = load_module(folder / "model.py")
    pl.seed_everything(seed, verbose=False)
    data = data_of(module, str(version), seed)
    images, training, thresholds = (
        _find(data, Images | Table),
        _find(module, Training | Gathering),
        _find(module, Thresholds),
    )
    in_memory = images.load(lambda part, message: reporter.progress(part * LOADING_SHARE, message))
    for name, reason in images.skipped.items():
        reporter.log(f"Left out {name}: {reason}")
    for note in notes_of(images):
        reporter.log(note)
    manifest = images.manifest(name_of(module, folder), thresholds)
    manifest.save(folder)
    torch.manual_seed(seed)
    model = model_of(module)(manifest.made_for, len(manifest.labels))
    for part in model.modules():
        if isinstance(part, LossByCounts):
            part.told(torch.from_numpy(images.train.counts(len(manifest.labels))))
    model.to(memory_format=torch.channels_last)
    if isinstance(training, Gathering):
        return {**_gather(folder, model, data, images, training, manifest, device, reporter), "in_memory": in_memory}
    if device.accelerator == "cuda" and is_complete(module) and manifest.table is None:
        from engine.training.batch_size import largest_batch

        training = largest_batch(folder, module, model, data, training, device, reporter)
    average = WeightAverage(model.network, training.average)
    run = _runner(device, manifest.task)
    best = _Best(folder, average, CHOICE[manifest.task])
    watch = Dynamics(folder, images.train, manifest) if _records(dynamics, images, training) else None

    def check() -> dict[str, float]:
        with judging(average.network) as network:
            if watch is not None:
                watch.look(model.global_step, network, run)
            if manifest.task == "anomaly":
                set_limit(network, images.val, manifest, run)
            return validate(network, images.val, manifest, run)

    recorder = Recorder(folder, training, seed, reporter, check, best.keep)
    best.recorder = recorder
    plateau = [Plateau(recorder, CHOICE[manifest.task])] if _waits_for_better(model) else []
    recorder.checkpoint.parent.mkdir(exist_ok=True)
    resumed = _resumable(recorder.checkpoint, reporter)
    if watch is not None and resumed is not None:
        watch.resume(int(torch.load(resumed, map_location="meta", weights_only=True)["global_step"]))
    with _quiet():
        trainer = pl.Trainer(
            max_steps=training.steps, max_epochs=1 if is_complete(module) else -1, accelerator="gpu" if device.accelerator == "cuda" else "cpu", devices=1,
            precision=device.precision, gradient_clip_val=training.clip, callbacks=[average, recorder, *plateau, *callbacks_of(module)],
            logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
            limit_val_batches=0, num_sanity_val_steps=0, use_distributed_sampler=False, default_root_dir=folder,
        )  # fmt: skip
        try:
            trainer.fit(model, datamodule=data, ckpt_path=resumed, weights_only=True)
        except torch.OutOfMemoryError as error:
            text = f"The memory of {device.name} is full; make the images a step (train.batch) or the crop smaller."
            raise JobFailure(text, kind="out_of_memory") from error
    best.finish()
    reporter.artifact(folder / WEIGHTS, "weights")
    return {
        "metrics": recorder.checked[-1][1] if recorder.checked else {},
        "kept_step": best.step,
        "steps": training.steps,
        "batch": training.batch,
        "seconds": round(recorder.elapsed(), 2),
        "in_memory": in_memory,
        **_about(model, images, manifest, device),
    }


def _gather(
    folder: Path,
    model: Any,
    data: Any,
    images: Images,
    gathering: Gathering,
    manifest: ModelManifest,
    device: Device,
    reporter: Reporter,
) -> dict[str, Any]:
    run, training = _runner(device, manifest.task), gathering.over(len(images.train))

    def check() -> dict[str, float]:
        with judging(model.network) as network:
            set_limit(network, images.val, manifest, run)
            return validate(network, images.val, manifest, run)

    with _quiet():
        accelerator = "gpu" if device.accelerator == "cuda" else "cpu"
        figures, seconds = gather(folder, model, data, training.steps, accelerator, reporter, check)
    reporter.artifact(folder / WEIGHTS, "weights")
    return {
        "metrics": figures,
        "kept_step": training.steps,
        "steps": training.steps,
        "batch": training.batch,
        "seconds": round(seconds, 2),
        **_about(model, images, manifest, device),
    }


def notes_of(data: Images | Table) -> list[str]:
    """What a person should know of the data, in sentences."""
    return data.notes if isinstance(data, Table) else []


def _about(model: Any, images: Images | Table, manifest: ModelManifest, device: Device) -> dict[str, Any]:
    return {
        "labels": list(manifest.labels),
        "task": manifest.task,
        "version_digest": manifest.version_digest,
        "device": device.to_json(),
        "items": {"train": len(images.train), "val": len(images.val)},
        "skipped": images.skipped,
        "notes": notes_of(images),
        "parameters": sum(part.numel() for part in model.network.parameters()),
    }


@contextmanager
def judging(network: nn.Module) -> Iterator[nn.Module]:
    """The network as it is used; afterwards each part is as it was, learning or not."""
    modes = [(part, part.training) for part in network.modules()]
    try:
        yield network.eval()
    finally:
        for part, mode in modes:
            part.training = mode


def _records(wanted: bool | None, images: Images | Table, training: Training) -> bool:
    if images.task not in ("classification", "detection"):
        return False  # whether a pixel or a good image is learnt says nothing of a label
    return is_cheap(len(images.train), training) if wanted is None else wanted


def _waits_for_better(model: Any) -> bool:
    return any(isinstance(value, Optimiser) and value.schedule == "plateau" for value in vars(model).values())


def _resumable(checkpoint: Path, reporter: Reporter) -> Path | None:
    """The checkpoint, when there is one that can be read; a power cut may have left a damaged one."""
    if not checkpoint.exists():
        return None
    try:
        torch.load(checkpoint, map_location="meta", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError):
        reporter.log("The last checkpoint is damaged; the training begins anew.")
        checkpoint.unlink()
        return None
    reporter.log("Going on from the last checkpoint.")
    return checkpoint


class _Best:
    """Keeps the weights of the best check; a later one wins unless it is clearly worse."""

    MARGIN = 0.005  # differences below it are noise on a small val split

    def __init__(self, folder: Path, average: WeightAverage, figure: str) -> None:
        self.folder, self.average, self.figure = folder, average, figure
        self.recorder: Recorder | None = None
        self.step = 0

    def keep(self, figures: dict[str, float]) -> None:
        assert self.recorder is not None
        earlier = [found.get(self.figure, 0.0) for _, found in self.recorder.checked[:-1]]
        if not figures or not earlier or figures[self.figure] >= max(earlier) - self.MARGIN:
            save_network(self.average.network, self.folder / WEIGHTS)
            self.step = self.recorder.checked[-1][0] if self.recorder.checked else self.recorder.training.steps

    def finish(self) -> None:
        if not (self.folder / WEIGHTS).exists():
            save_network(self.average.network, self.folder / WEIGHTS)


def _find(place: Any, kind: Any) -> Any:
    for value in vars(place).values():
        if isinstance(value, kind):
            return value
    if kind is Thresholds:
        return Thresholds()
    if kind == Training | Gathering and not is_complete(place):
        return Training()
    where = place.__name__ if isinstance(place, ModuleType) else type(place).__name__
    name = getattr(kind, "__name__", "Training")
    raise JobFailure(f"The model code has no {name} in {where}; take the code that the drawing gives again.")


def _runner(device: Device, task: str) -> Any:
    # Distances are differences of large numbers, and their limit must hold for the exported network.
    mixed = device.precision != "32-true" and task != "anomaly"
    kind = torch.bfloat16 if device.precision == "bf16-mixed" else torch.float16

    def run(network: nn.Module, images: torch.Tensor) -> Any:
        with torch.autocast(device.accelerator, kind, enabled=mixed):
            return network(images.to(device.accelerator))

    return run


@contextmanager
def _quiet() -> Iterator[None]:
    """Lightning's advice is for people who write their own Trainer."""
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning.fabric", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
