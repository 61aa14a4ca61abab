"""The largest batch that fits into an accelerator's memory."""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import Any

import torch

from engine.jobs.context import JobFailure
from engine.training.batches import Batches
from engine.training.devices import Device
from engine.training.reporting import Reporter
from engine.training.samples import Images
from engine.training.settings import Training

LARGEST = 8  # times the batch of the drawing; above it a step is rather better than a larger batch
SHARE = 0.85  # of the memory that a step may take


def largest_batch(
    module: ModuleType, model: Any, data: Any, training: Training, device: Device, reporter: Reporter
) -> Training:
    """Try batches from large to small; steps and rate are scaled, so that as many images are seen (√ rule for Adam).

    Raises:
        JobFailure: one image is too much already.
    """
    images = next(value for value in vars(data).values() if isinstance(value, Images))
    augment = next(value for value in vars(data).values() if callable(value))
    factor = float(LARGEST)
    while training.batch * factor >= 1:
        tried = dataclasses.replace(
            training, batch=int(training.batch * factor), steps=max(100, round(training.steps / factor))
        )
        if _fits(model, Batches(images.train, augment, tried, 0), device):
            break
        factor /= 2
    else:
        raise JobFailure(
            f"One image does not fit into the memory of {device.name}; make the crop smaller.", kind="out_of_memory"
        )
    if factor != 1:
        reporter.log(
            f"{tried.batch} images a step instead of {training.batch}, {tried.steps} steps: what the memory holds."
        )
        name = next(name for name, value in vars(module).items() if value is training)
        setattr(module, name, tried)
        for name, value in vars(model).items():
            if dataclasses.is_dataclass(value) and hasattr(value, "rate"):
                setattr(model, name, dataclasses.replace(value, rate=value.rate * factor**0.5))  # type: ignore[type-var]
    return tried


def _fits(model: Any, batches: Batches, device: Device) -> bool:
    """One step forward and backward on a batch; the weights are not changed, statistics of normalisation are put back."""
    before = {name: value.clone() for name, value in model.state_dict().items()}
    kind = torch.bfloat16 if device.precision == "bf16-mixed" else torch.float16
    torch.cuda.reset_peak_memory_stats()
    try:
        model.cuda().train()
        batch = batches.batch(0)
        on_device = type(batch)(batch.images.cuda(), tuple(target.cuda() for target in batch.targets))
        with torch.autocast("cuda", kind):
            model.training_step(on_device, 0)["loss"].backward()
        taken = torch.cuda.max_memory_allocated()
    except torch.OutOfMemoryError:
        return False
    finally:
        model.zero_grad(set_to_none=True)
        model.load_state_dict(before)
        torch.cuda.empty_cache()
    return bool(taken < SHARE * torch.cuda.get_device_properties(0).total_memory)
