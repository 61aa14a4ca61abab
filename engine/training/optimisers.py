"""Optimisers as the compiled code uses them: which rule changes the weights, and how its rate goes over the steps."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

FLOOR = 0.01  # of the rate at the end
FALLS = ((0.6, 0.1), (0.85, 0.01))  # of “steps”: from this share of the way on, this share of the rate
FLAT = 0.7  # of “flat”: so much of the way at the full rate


@dataclass(frozen=True)
class Optimiser(ABC):
    """What all of them have.

    Attributes:
        rate: the highest learning rate.
        weight_decay: how fast weights shrink by themselves; biases and normalisation do not.
        warmup: share of the steps over which the rate rises.
        schedule: how it goes on: one of `SCHEDULES`.
        backbone_factor: of the rate, for weights that are learnt already.
    """

    rate: float = 0.003
    weight_decay: float = 0.02
    warmup: float = 0.05
    schedule: str = "cosine"
    backbone_factor: float = 1.0

    @abstractmethod
    def rule(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """The rule for groups of weights, each with its rate and decay."""

    def configure(self, model: nn.Module, steps: int) -> dict[str, Any]:
        """What `LightningModule.configure_optimizers` returns."""
        optimiser = self.rule(self._groups(model))
        warm, course = max(1.0, self.warmup * steps), SCHEDULES[self.schedule]

        def factor(step: int) -> float:
            if step < warm:
                return (step + 1) / (warm + 1)
            return course(min(1.0, (step - warm) / max(1.0, steps - warm)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _groups(self, model: nn.Module) -> list[dict[str, Any]]:
        """Weights decay, biases and normalisation do not; what is learnt already moves slower."""
        learnt = {
            id(parameter)
            for part in model.modules()
            if getattr(part, "pretrained", False)
            for parameter in part.parameters()
        }
        groups = []
        for slow in (False, True):
            for decays in (True, False):
                chosen = [
                    parameter
                    for parameter in model.parameters()
                    if parameter.requires_grad and (id(parameter) in learnt) == slow and (parameter.ndim > 1) == decays
                ]
                if chosen:
                    rate = self.rate * (self.backbone_factor if slow else 1.0)
                    groups.append({"params": chosen, "lr": rate, "weight_decay": self.weight_decay if decays else 0.0})
        return groups


@dataclass(frozen=True)
class AdamW(Optimiser):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

    def rule(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """AdamW; on the CPU in one pass over the weights, which takes a fraction of the time."""
        on_cpu = all(weight.device.type == "cpu" for group in groups for weight in group["params"])
        return torch.optim.AdamW(groups, lr=self.rate, fused=on_cpu or None)


@dataclass(frozen=True)
class NAdam(Optimiser):
    """Adam with Nesterov's look ahead (Dozat 2016), the decay decoupled."""

    def rule(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """NAdam."""
        return torch.optim.NAdam(groups, lr=self.rate, decoupled_weight_decay=True)


@dataclass(frozen=True)
class RAdam(Optimiser):
    """Adam that holds back while its estimates are unsure (Liu et al. 2020), the decay decoupled."""

    def rule(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """RAdam."""
        return torch.optim.RAdam(groups, lr=self.rate, decoupled_weight_decay=True)


@dataclass(frozen=True)
class SGD(Optimiser):
    """Stochastic gradient descent with Nesterov's momentum (Sutskever et al. 2013)."""

    rate: float = 0.05
    weight_decay: float = 0.0005
    momentum: float = 0.9

    def rule(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """SGD."""
        return torch.optim.SGD(groups, lr=self.rate, momentum=self.momentum, nesterov=self.momentum > 0)


@dataclass(frozen=True)
class RMSprop(Optimiser):
    """Each weight's step divided by the running size of its gradient (Tieleman & Hinton 2012)."""

    rate: float = 0.001
    momentum: float = 0.9

    def rule(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """RMSprop."""
        return torch.optim.RMSprop(groups, lr=self.rate, momentum=self.momentum)


def _cosine(way: float) -> float:
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * way))


def _steps(way: float) -> float:
    return next((factor for start, factor in reversed(FALLS) if way >= start), 1.0)


def _restarts(way: float) -> float:
    """Three cosines, each twice as long as the one before (Loshchilov & Hutter 2017, SGDR)."""
    start, length = next((start, length) for start, length in ((3, 4), (1, 2), (0, 1)) if way * 7 >= start)
    return _cosine((way * 7 - start) / length)


SCHEDULES: dict[str, Callable[[float], float]] = {  # share of the way behind the warm-up → share of the rate
    "cosine": _cosine,
    "linear": lambda way: FLOOR + (1 - FLOOR) * (1 - way),
    "steps": _steps,
    "poly": lambda way: FLOOR + (1 - FLOOR) * (1 - way) ** 2,
    "exponential": lambda way: FLOOR**way,
    "flat": lambda way: _cosine(max(0.0, (way - FLAT) / (1 - FLAT))),
    "restarts": _restarts,
    "plateau": lambda _: 1.0,  # engine.training.callbacks.Plateau lowers it
    "constant": lambda _: 1.0,
}
