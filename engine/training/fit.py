"""Training of a compiled model: Lightning does the steps, the callbacks around it do the book-keeping."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import pickle
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pytorch_lightning as pl
import torch
from safetensors.torch import load_file
from torch import nn

from engine.data.versions import read_version
from engine.jobs.context import JobFailure
from engine.modeling.nets.classification import LossOfClasses
from engine.modeling.nets.losses import LossByCounts
from engine.serving.manifest import OBJECTS, ModelManifest
from engine.training.boosting import boost
from engine.training.callbacks import Clip, Noise, Plateau, Recorder, WeightAverage, waited
from engine.training.contract import callbacks_of, data_of, is_complete, model_of, name_of
from engine.training.devices import Device, choose_device
from engine.training.dynamics import Recorder as Dynamics
from engine.training.dynamics import is_cheap
from engine.training.folds import rotate, rotate_rows
from engine.training.freezing import Freeze
from engine.training.gather import gather, set_limit
from engine.training.health import Answered, Health, keep_answers
from engine.training.load import WEIGHTS, load_module, save_network
from engine.training.mistakes import connect_mistakes
from engine.training.optimisers import Optimiser
from engine.training.reporting import Reporter, Terminal
from engine.training.runner import share_cores
from engine.training.samples import Images
from engine.training.settings import (
    CHOICE,
    Boosting,
    ExportSettings,
    Gathering,
    GradientNoise,
    Keep,
    Settled,
    Thresholds,
    TimeLimit,
    Training,
)
from engine.training.starting import put_file, take_start
from engine.training.tables import Table, require_targets
from engine.training.teaching import connect, put_folder
from engine.training.together import is_first, together
from engine.training.validate import thresholds_of, validate
from engine.training.watching import Watcher
from engine.workspace import write_atomically

Found = TypeVar("Found")
LOADING_SHARE = 0.02  # of the progress bar


def train_here(file: str) -> None:
    """The command line of a compiled model."""
    parser = argparse.ArgumentParser(description="Train this model.")
    parser.add_argument("--version-dir", required=True, help="WORKSPACE/versions/<number>")
    parser.add_argument("--out", default=".", help="folder for weights and records (default: here)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="start", type=Path, help="a safetensors file whose weights to start from")
    parser.add_argument(
        "--teacher", type=Path, help="WORKSPACE/runs/RUN of the model to learn from, where the code has a teacher"
    )
    options = parser.parse_args()
    if os.name == "posix" and "OMP_WAIT_POLICY" not in os.environ:
        share_cores()  # is read when PyTorch loads, so begin once more
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606
    folder = Path(options.out)
    folder.mkdir(parents=True, exist_ok=True)
    code = Path(file).read_bytes()
    if not (folder / "model.py").exists() or (folder / "model.py").read_bytes() != code:
        write_atomically(folder / "model.py", code)
    if options.start is not None:
        put_file(options.start, folder)
    if options.teacher is not None:
        put_folder(options.teacher, folder)
    result = fit(folder, Path(options.version_dir), options.seed, Terminal())
    print(json.dumps(result))
    sys.exit(0)


@dataclasses.dataclass
class Prepared:
    """A training before its first step: code, settings, device, images and the model with its first weights.

    Attributes:
        images: `Images`, or the `Table` whose rows take their place.
        started: where the first weights are from, if from elsewhere than the drawing; see `engine.training.starting`.
    """

    module: ModuleType
    training: Training | Gathering | Boosting
    device: Device
    data: Any
    images: Any
    manifest: ModelManifest
    model: Any
    in_memory: bool
    started: dict[str, Any]


def prepare(
    folder: Path,
    version: Path,
    seed: int,
    reporter: Reporter,
    device: Device | None = None,
    fold: tuple[int, int] | None = None,
) -> Prepared:
    """Load the model.py of a folder and the images of a version; the same seed gives the same first weights.

    Args:
        fold: (number from 0, count): what is train and what val follows from it; see `engine.training.folds`.
    """
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 0)) or os.cpu_count() or 1)
    module = load_module(folder / "model.py")
    training: Training | Gathering | Boosting = _find(module, Training | Gathering | Boosting)
    device = device or choose_device(precision=training.precision)
    reporter.emit("device", **device.to_json())
    pl.seed_everything(seed, verbose=False)
    data = data_of(module, str(version), seed)
    connect_mistakes(data, folder)
    images, thresholds = _find(data, Images | Table), _find(module, Thresholds)
    if fold is not None:
        if isinstance(images, Table):
            rotate_rows(images, *fold)
        else:
            rotate(images, _groups(version), *fold)
    in_memory = images.load(lambda part, message: reporter.progress(part * LOADING_SHARE, message))
    for name, reason in images.skipped.items():
        reporter.log(f"Left out {name}: {reason}")
    for note in notes_of(images):
        reporter.log(note)
    manifest = images.manifest(name_of(module, folder), thresholds)
    if (wanted := _of_kind(vars(module).values(), ExportSettings)) is not None:
        manifest = dataclasses.replace(manifest, extra={**manifest.extra, "export": dataclasses.asdict(wanted)})
    manifest.save(folder)
    torch.manual_seed(seed)
    model = model_of(module)(manifest.made_for, manifest.answers)
    if isinstance(images, Table):
        require_targets(model.network, images)
    started = take_start(model.network, folder, module, manifest, reporter)
    connect(model, folder, manifest, reporter)
    model.to(memory_format=torch.channels_last)
    for part in model.modules():
        if isinstance(part, LossByCounts):
            part.told(torch.from_numpy(images.train.counts(len(manifest.labels))))
    if isinstance(training, Training) and training.class_weights == "balanced":
        _balance(model, images, reporter)
    return Prepared(module, training, device, data, images, manifest, model, in_memory, started)


def fit(
    folder: Path,
    version: Path,
    seed: int,
    reporter: Reporter,
    device: Device | None = None,
    dynamics: bool | None = None,
    fold: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Train the model.py of a run folder; goes on from its checkpoint where there is one.

    Writes metrics.jsonl, checkpoints/last.ckpt, weights.safetensors and model.json into the folder.

    Args:
        dynamics: record how each training annotation is learnt (see `engine.training.dynamics`); default: where that
            costs next to nothing.
        fold: see `prepare`.

    Returns:
        metrics of the last check on the val images, steps, seconds, labels, device, skipped images.

    Raises:
        JobFailure: bad data, or a loss that is no number.
        Cancelled: a person stopped it; the checkpoint is written.
    """
    begun = prepare(folder, version, seed, reporter, device, fold)
    training = begun.training
    if isinstance(training, Gathering):
        return _gather(folder, begun, training, reporter)
    if isinstance(training, Boosting):
        return _boost(folder, begun, training, seed, reporter)
    module, device, data = begun.module, begun.device, begun.data
    images, manifest, model = begun.images, begun.manifest, begun.model
    if device.accelerator == "cuda" and not training.deterministic and is_complete(module) and manifest.table is None:
        from engine.training.batch_size import largest_batch

        training = largest_batch(folder, module, model, data, training, device, reporter)
    count = _processes(begun, training, reporter)
    work = {"version": str(version), "seed": seed, "fold": fold}
    average = WeightAverage(model.network, training.averaging, training.steps)
    run = _runner(device, manifest.task)
    best = _Best(folder, average, training, manifest.task, reporter)
    if training.best is not None:
        reporter.emit("judge", figure=best.metric.name, higher=best.metric.higher)
    watch = Dynamics(folder, images.train, manifest) if _records(dynamics, images, training) else None

    def check() -> dict[str, float]:
        if not is_first():
            return {}
        with judging(average.network) as network:
            if watch is not None:
                watch.look(model.global_step, network, run)
            if manifest.task == "anomaly":
                set_limit(network, images.val, manifest, run)
            keep_answers(folder, model.global_step, network, images.val, manifest, run)
            spy = Answered(run, manifest)
            figures = validate(network, images.val, manifest, spy, training.asked)
        watcher.checked(model.global_step, figures, spy.never(images.val) if figures else [])
        health.checked(model.global_step)
        return figures

    watcher = Watcher(folder, training, CHOICE[manifest.task], reporter, rows=manifest.table is not None)
    health = Health(training, watcher, reporter, device.accelerator == "cuda")
    recorder = Recorder(folder, training, seed, reporter, check, best.keep, best.over)
    recorder.watcher, recorder.health = watcher, health
    best.recorder = recorder
    plateau = [Plateau(recorder, best.metric)] if _waits_for_better(model) else []
    noise = [Noise(one) for one in training.callbacks if isinstance(one, GradientNoise)]
    scaled = device.precision == "16-mixed"  # Lightning takes the scale out of the gradient before it cuts it
    clip = [] if scaled else [Clip(training.clip)]
    recorder.checkpoint.parent.mkdir(exist_ok=True)
    resumed = _resumable(recorder.checkpoint, reporter)
    if watch is not None and resumed is not None:
        watch.resume(int(torch.load(resumed, map_location="meta", weights_only=True)["global_step"]))
    with _quiet(), _repeatable(training.deterministic), together(count, folder, work, model, reporter) as group:
        trainer = pl.Trainer(
            max_steps=training.steps, max_epochs=1 if is_complete(module) else -1, accelerator="gpu" if device.accelerator == "cuda" else "cpu", devices=1,
            precision=device.precision, gradient_clip_val=training.clip if scaled else None, accumulate_grad_batches=training.accumulate,
            callbacks=[Freeze(training.freeze, training.freeze_steps), *group.before, average, health, recorder, *plateau, *noise, *callbacks_of(module), *clip, *group.behind],
            logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
            limit_val_batches=0, num_sanity_val_steps=0, use_distributed_sampler=False, default_root_dir=folder,
        )  # fmt: skip
        try:
            trainer.fit(model, datamodule=data, ckpt_path=resumed, weights_only=True)
        except torch.OutOfMemoryError as error:
            text = (
                f"The memory of {device.name} is full; make the images a step (train.batch) smaller, with more batches"
                " for one step (train.accumulate) in their place, or the crop."
                if manifest.table is None
                else f"The memory of {device.name} is full; take fewer rows a step (train.batch), or a smaller network."
            )
            raise JobFailure(text, kind="out_of_memory") from error
    best.finish()
    _own_thresholds(folder, begun, run, reporter)
    reporter.artifact(folder / WEIGHTS, "weights")
    return {
        "metrics": recorder.checked[-1][1] if recorder.checked else {},
        "kept_step": best.step,
        "steps": recorder.step,
        "batch": training.batch,
        "seconds": round(recorder.elapsed(), 2),
        "energy": health.used(),
        "warnings": watcher.warnings,
        **_about(begun),
    }


def _processes(begun: Prepared, training: Training, reporter: Reporter) -> int:
    """How many processes share each batch.

    Raises:
        JobFailure: they cannot.
    """
    count = training.processes
    if count > 1 and (
        begun.device.accelerator != "cpu" or begun.manifest.table is not None or not is_complete(begun.module)
    ):
        reporter.log(f"{count} processes share images on a CPU only; this training runs in one.")
        return 1
    if training.batch % count:
        raise JobFailure(
            f"{training.batch} images (train.batch) cannot be shared by {count} processes (train.processes)."
        )
    if count > 1 and _waits_for_better(begun.model):
        raise JobFailure(
            "The schedule “plateau” needs one process (train.processes); choose another one (optimiser.schedule)."
        )
    return count


def _own_thresholds(folder: Path, begun: Prepared, run: Any, reporter: Reporter) -> None:
    """Let each label of a multilabel model be said from its own score on, where the drawing asks for it and val tells."""
    manifest, images = begun.manifest, begun.images
    if manifest.task != "multilabel" or _find(begun.module, Thresholds).labels != "f1" or not len(images.val):
        return
    begun.model.network.load_state_dict(load_file(folder / WEIGHTS))
    with judging(begun.model.network.to(begun.device.accelerator)) as network:
        found = thresholds_of(network, images.val, manifest, run)
    dataclasses.replace(manifest, postprocess=dataclasses.replace(manifest.postprocess, thresholds=found)).save(folder)
    told = ", ".join(f"{label} {own:.2f}" for label, own in zip(manifest.labels, found, strict=True))
    reporter.log(f"A label is said from its own score on, by the best F1 on val: {told}.")


def _gather(folder: Path, begun: Prepared, gathering: Gathering, reporter: Reporter) -> dict[str, Any]:
    images, manifest, device = begun.images, begun.manifest, begun.device
    run, training = _runner(device, manifest.task), gathering.over(len(images.train))

    def check() -> dict[str, float]:
        with judging(begun.model.network) as network:
            set_limit(network, images.val, manifest, run)
            return validate(network, images.val, manifest, run, gathering.metrics)

    with _quiet():
        accelerator = "gpu" if device.accelerator == "cuda" else "cpu"
        figures, seconds = gather(folder, begun.model, begun.data, training.steps, accelerator, reporter, check)
    reporter.artifact(folder / WEIGHTS, "weights")
    return _without_gradients(begun, figures, training.steps, training.steps, training.batch, seconds)


def _boost(folder: Path, begun: Prepared, boosting: Boosting, seed: int, reporter: Reporter) -> dict[str, Any]:
    network, table = begun.model.network, begun.images
    run = _runner(begun.device, begun.manifest.task)

    def check() -> dict[str, float]:
        with judging(network):
            return validate(network, table.val, begun.manifest, run, boosting.metrics)

    grown = boost(folder, network, table, boosting, seed, reporter, check)
    reporter.artifact(folder / WEIGHTS, "weights")
    told = _without_gradients(begun, grown.figures, grown.kept, grown.made, len(table.train), grown.seconds)
    return {**told, "parameters": grown.leaves}


def _without_gradients(
    begun: Prepared, figures: dict[str, float], kept: int, steps: int, batch: int, seconds: float
) -> dict[str, Any]:
    return {
        "metrics": figures,
        "kept_step": kept,
        "steps": steps,
        "batch": batch,
        "seconds": round(seconds, 2),
        "energy": {},
        "warnings": [],
        **_about(begun),
    }


def notes_of(data: Images | Table) -> list[str]:
    """What a person should know of the data, in sentences."""
    return data.notes if isinstance(data, Table) else []


def _about(begun: Prepared) -> dict[str, Any]:
    images, manifest = begun.images, begun.manifest
    return {
        "labels": list(manifest.labels),
        "task": manifest.task,
        "version_digest": manifest.version_digest,
        "device": begun.device.to_json(),
        "start": begun.started,
        "in_memory": begun.in_memory,
        "items": {"train": len(images.train), "val": len(images.val)},
        "skipped": images.skipped,
        "notes": notes_of(images),
        "parameters": sum(part.numel() for part in begun.model.network.parameters()),
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


def _groups(version: Path) -> dict[int, str]:
    items = read_version(version.absolute().parent.parent, int(version.name)).items
    if "group_key" not in items.column_names:
        return {}
    return dict(zip(items["key"].to_pylist(), items["group_key"].to_pylist(), strict=True))


def _balance(model: Any, images: Images | Table, reporter: Reporter) -> None:
    """Let rare labels count more, where the loss can."""
    loss = next((part for part in model.modules() if isinstance(part, LossOfClasses)), None)
    if loss is None:
        reporter.log("The loss of this model knows no weights of labels; train.class_weights changes nothing.")
        return
    loss.balance(images.train.counts(len(images.labels)).tolist())
    assert loss.weights is not None
    told = zip(images.labels, loss.weights.tolist(), strict=True)
    reporter.log("Weights of the labels: " + ", ".join(f"{label} × {weight:.2f}" for label, weight in told) + ".")


@contextmanager
def _repeatable(wanted: bool) -> Iterator[None]:
    """Only operations that give the same result each time; cuBLAS reads its setting when the device is first used."""
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    if wanted:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.backends.cudnn.benchmark = before[1]


def _records(wanted: bool | None, images: Images | Table, training: Training) -> bool:
    if images.task != "classification" and images.task not in OBJECTS:
        return False  # several labels have no margin; whether a pixel or a good image is learnt says nothing of a label
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
    """Keeps the weights of the best check, and tells when no more training is needed.

    Attributes:
        metric: by which it is judged.
    """

    def __init__(self, folder: Path, average: WeightAverage, training: Training, task: str, reporter: Reporter) -> None:
        self.folder, self.average, self.training, self.reporter = folder, average, training, reporter
        self.metric = training.judge(task)
        self.how = _of_kind(training.callbacks, Keep) or Keep()
        self.recorder: Recorder | None = None
        self.step = 0

    def keep(self, figures: dict[str, float]) -> None:
        assert self.recorder is not None
        if figures and self.metric.name not in figures and len(self.recorder.checked) == 1:
            self.reporter.log(
                f"Val cannot tell {self.metric.name}, by which the best weights are kept; the last are kept."
            )
        earlier = [self.metric.worth(found) for _, found in self.recorder.checked[:-1]]
        last = not figures or not earlier or self.how.which == "last"
        if last or self.metric.worth(figures) >= max(earlier) - self.how.margin:
            save_network(self.average.network, self.folder / WEIGHTS)
            self.step = self.recorder.checked[-1][0] if self.recorder.checked else self.recorder.training.steps

    def over(self, checked: bool) -> str:
        """Why the training ends here, in a sentence; "": it does not."""
        assert self.recorder is not None
        assert self.recorder.watcher is not None
        for stop in self.training.stops if checked else ():
            metric = stop.metric or self.metric
            if waited([metric.worth(found) for _, found in self.recorder.checked], stop.margin) >= stop.patience:
                return f"the last {stop.patience} checks were no better."
        for one in self.training.callbacks:
            if isinstance(one, TimeLimit) and self.recorder.elapsed() >= 60 * one.minutes:
                return f"the {one.minutes:g} minutes are over."
            if isinstance(one, Settled) and self.recorder.watcher.is_still(one.steps, one.margin):
                return f"the loss of the last {one.steps} steps is hardly below that of those before."
        return ""

    def finish(self) -> None:
        if not (self.folder / WEIGHTS).exists():
            save_network(self.average.network, self.folder / WEIGHTS)


def _of_kind(values: Iterable[Any], kind: type[Found]) -> Found | None:
    return next((value for value in values if isinstance(value, kind)), None)


def _find(place: Any, kind: Any) -> Any:
    for value in vars(place).values():
        if isinstance(value, kind):
            return value
    if kind is Thresholds:
        return Thresholds()
    if kind == Training | Gathering | Boosting and not is_complete(place):
        return Training()
    where = place.__name__ if isinstance(place, ModuleType) else type(place).__name__
    name = getattr(kind, "__name__", "Training")
    raise JobFailure(f"The model code has no {name} in {where}; take the code that the drawing gives again.")


def _runner(device: Device, task: str) -> Any:
    # Distances are differences of large numbers, and their limit must hold for the exported network.
    exact = task == "anomaly"

    def run(network: nn.Module, images: torch.Tensor) -> Any:
        with nullcontext() if exact else device.autocast():
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
