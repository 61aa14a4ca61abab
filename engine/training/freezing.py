"""Stages of a backbone that keep their weights, for the whole training or at its beginning."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn

SIDE_PX = 64  # of the image that tells which weights a stage has


class Freeze(pl.Callback):  # type: ignore[misc]  # Lightning is not typed here
    """Keeps the first stages of the backbone as they are: neither their weights nor their statistics change.

    The optimiser holds their weights all the same, so that they can join after `steps` steps (0: never).
    """

    def __init__(self, stages: int, steps: int) -> None:
        self.stages, self.steps = stages, steps
        self.frozen: list[nn.Parameter] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Freeze, unless the training goes on behind the frozen steps."""
        if self.stages and not (self.steps and trainer.global_step >= self.steps):
            self.frozen = [weight for stage in stages_of(pl_module.network)[: self.stages] for weight in stage]
            self._set(pl_module.network, learns=False)

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        """Let them learn when their time has come."""
        if self.frozen and self.steps and trainer.global_step >= self.steps:
            self._set(pl_module.network, learns=True)
            self.frozen = []

    def _set(self, network: nn.Module, *, learns: bool) -> None:
        chosen = {id(weight) for weight in self.frozen}
        for weight in self.frozen:
            weight.requires_grad_(learns)
        for part in network.modules():
            own = list(part.parameters(recurse=False))
            if own and all(id(weight) in chosen for weight in own):
                part.train(learns)


def backbone_of(network: nn.Module) -> nn.Module | None:
    """The part that sees the image first and gives feature maps."""
    return next((part for part in network.children() if hasattr(part, "strides")), None)


def stages_of(network: nn.Module) -> list[list[nn.Parameter]]:
    """The backbone's weights by the first of its feature maps that depends on them; none without a backbone."""
    backbone = backbone_of(network)
    if backbone is None:
        return []
    weights = list(backbone.parameters())
    modes = {part: part.training for part in backbone.modules()}
    image = torch.zeros(1, weights[0].shape[1], SIDE_PX, SIDE_PX, device=weights[0].device)
    with torch.enable_grad():
        features = backbone.eval()(image)
        found: list[list[nn.Parameter]] = []
        seen: set[int] = set()
        for feature in features:
            gradients = torch.autograd.grad(feature.sum(), weights, retain_graph=True, allow_unused=True)
            reached = [weight for weight, grad in zip(weights, gradients, strict=True) if grad is not None]
            found.append([weight for weight in reached if id(weight) not in seen])
            seen.update(id(weight) for weight in reached)
    for part, mode in modes.items():
        part.training = mode
    return found
