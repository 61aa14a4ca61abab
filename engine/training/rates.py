"""The learning-rate finder: a short training whose rate rises from next to nothing until the loss bursts.

Source: Smith, Cyclical learning rates for training neural networks (2017), section 3.3. That one batch is harder than
the next would hide the course of the loss, so each is also judged by the first weights, and what counts is the difference.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.training.augmentations.step import Chain
from engine.training.batches import Batch, Batches
from engine.training.callbacks import seed_dropout
from engine.training.devices import Device
from engine.training.fit import LOADING_SHARE, Prepared, prepare
from engine.training.optimisers import Optimiser
from engine.training.reporting import Reporter
from engine.training.settings import Training
from engine.workspace import write_atomically

LOWEST, HIGHEST, STEPS = 1e-6, 1.0, 100
SMOOTH = 0.2  # powers of ten, the deviation of the bell curve that smooths the losses
BURST = 1.5  # times the loss of the first weights: the end
WINDOW = 4  # points on each side that tell how steep the loss falls
FEWEST = 12
FALL = 0.01  # of the loss; one that falls less does not fall
FILE = "rates.json"


def find(folder: Path, version: Path, seed: int, reporter: Reporter) -> dict[str, Any]:
    """Raise the rate of the model.py in a folder step by step; nothing of what is learnt is kept.

    Returns:
        {"curve": [[rate, loss, smoothed loss], …], "suggested": rate or None, "lowest": rate of the lowest loss,
        "set": rate of the drawing, "node": name of its optimiser}; also in the folder's rates.json.
    """
    begun = prepare(folder, version, seed, reporter)
    points: list[tuple[float, float, float]] = []
    curve: list[tuple[float, float, float]] = []
    for number, point in enumerate(_steps(begun, seed), 1):
        reporter.should_stop()
        rate, loss, _ = point
        if not math.isfinite(loss):
            break
        points.append(point)
        curve = smoothed(points)
        reporter.metric(number, loss=loss, rate=rate)
        reporter.progress(LOADING_SHARE + (1 - LOADING_SHARE) * number / STEPS, f"Rate {rate:.1e}, loss {loss:.3f}")
        if number >= FEWEST and curve[-1][2] > BURST * float(np.mean([first for *_, first in points])):
            break
    lowest = min(curve, key=lambda point: point[2])[0] if curve else None
    name, optimiser = _optimiser(begun.model)
    found = {"curve": curve, "suggested": suggest(curve), "lowest": lowest, "set": optimiser.rate, "node": name}
    write_atomically(folder / FILE, json.dumps(found).encode())
    return found


def smoothed(points: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Rate, loss and loss of the first weights on the same images become rate, loss and smoothed loss of usual images."""
    rates, losses, first = np.array(points).T
    powers = np.log10(rates)
    weights = np.exp(-0.5 * ((powers[:, None] - powers) / SMOOTH) ** 2)
    means = first.mean() + weights @ (losses - first) / weights.sum(1)
    return list(zip(rates.tolist(), losses.tolist(), means.tolist(), strict=True))


def suggest(curve: Sequence[tuple[float, float, float]]) -> float | None:
    """The rate, in steps of 1, 2, 5, at which the smoothed loss falls most steeply before it is lowest; None: nowhere."""
    if len(curve) < FEWEST:
        return None
    rates = np.log10([point[0] for point in curve])
    losses = np.array([point[2] for point in curve])
    end = int(losses.argmin())
    if losses[0] - losses[end] < FALL * abs(losses[0]):
        return None
    slopes = {
        middle: float(np.polyfit(rates[part], losses[part], 1)[0])
        for middle in range(WINDOW, min(end + 1, len(curve) - WINDOW))
        if (part := slice(middle - WINDOW, middle + WINDOW + 1))
    }
    if not slopes or min(slopes.values()) >= 0:
        return None
    return _rounded(float(curve[min(slopes, key=lambda middle: slopes[middle])][0]))


def _steps(begun: Prepared, seed: int) -> Iterator[tuple[float, float, float]]:
    """Rate, loss, and what the first weights lose on the same images, of each step."""
    training, model, device = begun.training, begun.model, begun.device
    assert isinstance(training, Training)
    augment = Chain(*(value for value in vars(begun.data).values() if callable(value)))
    batches = Batches(begun.images.train, augment, training, seed)
    model.to(device.accelerator).train()
    first = copy.deepcopy(model).requires_grad_(False)
    optimiser = model.configure_optimizers()["optimizer"]
    shares = [group["initial_lr"] / _optimiser(model)[1].rate for group in optimiser.param_groups]
    for number in range(STEPS):
        rate = LOWEST * (HIGHEST / LOWEST) ** (number / (STEPS - 1))
        for group, share in zip(optimiser.param_groups, shares, strict=True):
            group["lr"] = rate * share
        losses = []
        for part in range(number * training.accumulate, (number + 1) * training.accumulate):
            batch = _on_device(batches.batch(part), device.accelerator)
            before, now = (_loss(each, batch, part, seed, device) for each in (first, model))
            torch.autograd.backward(now / training.accumulate)
            losses.append((float(now.detach()), float(before)))
        torch.nn.utils.clip_grad_norm_(model.parameters(), training.clip)
        optimiser.step()
        optimiser.zero_grad()
        mean, mean_before = np.mean(losses, axis=0)
        yield rate, float(mean), float(mean_before)


def _loss(model: Any, batch: Batch, number: int, seed: int, device: Device) -> torch.Tensor:
    seed_dropout(seed, number)
    with device.autocast():
        loss: torch.Tensor = model.training_step(batch, number)["loss"]
    return loss


def _optimiser(model: Any) -> tuple[str, Optimiser]:
    return next((name, value) for name, value in vars(model).items() if isinstance(value, Optimiser))


def _on_device(batch: Batch, accelerator: str) -> Batch:
    return Batch(batch.images.to(accelerator), tuple(target.to(accelerator) for target in batch.targets))


def _rounded(rate: float) -> float:
    power = 10.0 ** math.floor(math.log10(rate))
    return float(f"{min((1, 2, 5, 10), key=lambda digit: abs(math.log(digit * power / rate))) * power:.0e}")
