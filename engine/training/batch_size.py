"""The largest batch that fits into an accelerator's memory."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from engine.jobs.context import JobFailure
from engine.training.augmentations.step import Chain
from engine.training.batches import Batches
from engine.training.devices import Device
from engine.training.reporting import Reporter
from engine.training.samples import Images
from engine.training.settings import Training
from engine.workspace import write_atomically

LARGEST = 8.0  # times the batch of the drawing; above it a step is rather better than a larger batch
SHARE = 0.85  # of the memory that a step may take


def largest_batch(
    folder: Path, module: ModuleType, model: Any, data: Any, training: Training, device: Device, reporter: Reporter
) -> Training:
    """Settings with the largest batch that fits; steps and rate are scaled, so that as many images are seen (√ rule).

    The choice is kept in the run's batch.json: a resumed run must not choose anew.

    Raises:
        JobFailure: one image is too much already.
    """
    kept = folder / "batch.json"
    if kept.exists():
        factor = float(json.loads(kept.read_text("utf-8"))["factor"])
    else:
        factor = _largest_factor(model, data, training, device)
        write_atomically(kept, json.dumps({"factor": factor}).encode())
    if factor == 1:
        return training
    chosen, growth = _scaled(training, factor)
    reporter.log(
        f"{chosen.batch} images at once instead of {training.batch}, {chosen.accumulate} times a step, {chosen.steps} steps:"
        " what the memory holds."
    )
    name = next(name for name, value in vars(module).items() if value is training)
    setattr(module, name, chosen)  # the compiled code reads its settings from there
    for name, value in list(vars(model).items()):
        if dataclasses.is_dataclass(value) and not isinstance(value, type) and hasattr(value, "rate"):
            setattr(model, name, dataclasses.replace(value, rate=value.rate * growth**0.5))
    return chosen


def _largest_factor(model: Any, data: Any, training: Training, device: Device) -> float:
    images = next(value for value in vars(data).values() if isinstance(value, Images))
    augment = Chain(*(value for value in vars(data).values() if callable(value)))
    factor = LARGEST
    while training.batch * factor >= 1:
        if _fits(model, Batches(images.train, augment, _scaled(training, factor)[0], 0), device):
            return factor
        factor /= 2
    text = f"One image does not fit into the memory of {device.name}; make the crop smaller."
    raise JobFailure(text, kind="out_of_memory")


def _scaled(training: Training, factor: float) -> tuple[Training, float]:
    """The batch times `factor`, with fewer or more of them for a step; and by how much a step's images grow after all."""
    batch = int(training.batch * factor)
    accumulate = max(1, round(training.accumulate * training.batch / batch))
    growth = batch * accumulate / (training.batch * training.accumulate)
    steps = training.steps if growth == 1 else max(100, round(training.steps / growth))
    return dataclasses.replace(training, batch=batch, accumulate=accumulate, steps=steps), growth


def _fits(model: Any, batches: Batches, device: Device) -> bool:
    """One step forward and backward on a batch; the weights are not changed, statistics of normalisation are put back."""
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.cuda.reset_peak_memory_stats()
    try:
        model.cuda().train()
        batch = batches.batch(0)
        on_device = type(batch)(batch.images.cuda(), tuple(target.cuda() for target in batch.targets))
        with device.autocast():
            model.training_step(on_device, 0)["loss"].backward()
        taken = torch.cuda.max_memory_allocated()
    except torch.OutOfMemoryError:
        return False
    finally:
        model.zero_grad(set_to_none=True)
        model.load_state_dict(before)
        torch.cuda.empty_cache()
    return bool(taken < SHARE * torch.cuda.get_device_properties(0).total_memory)
