"""Optimisers as the compiled code uses them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

FLOOR = 0.01  # of the rate at the end


@dataclass(frozen=True)
class AdamW:
    """AdamW (Loshchilov & Hutter 2019); the rate rises over `warmup` of the steps, then falls along a cosine."""

    rate: float = 0.003
    weight_decay: float = 0.02
    warmup: float = 0.05
    backbone_factor: float = 1.0

    def configure(self, model: nn.Module, steps: int) -> dict[str, Any]:
        """What `LightningModule.configure_optimizers` returns."""
        optimiser = torch.optim.AdamW(self._groups(model), lr=self.rate)
        warm = max(1.0, self.warmup * steps)

        def factor(step: int) -> float:
            if step < warm:
                return (step + 1) / (warm + 1)
            progress = min(1.0, (step - warm) / max(1.0, steps - warm))
            return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * progress))

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
