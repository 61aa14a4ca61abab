"""The small parts that the networks are made of."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class SizedByData(nn.Module):
    """What is not learnt by gradients and has the size that the training's data gave it: it is loaded in that size."""

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        for name, value in self._buffers.items():
            if value is not None and (saved := state_dict.get(prefix + name)) is not None:
                setattr(self, name, value.new_empty(saved.shape))
        super()._load_from_state_dict(state_dict, prefix, *rest)


class ConvBlock(nn.Sequential):
    """Convolution, batch normalisation, ReLU (which INT8 inference fuses into one operation)."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.03),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions around a shortcut (He et al. 2016, fig. 2)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = ConvBlock(inputs, outputs, stride=stride)
        self.second = nn.Sequential(
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs, momentum=0.03)
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs, momentum=0.03)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        return torch.relu(self.shortcut(x) + self.second(self.first(x)))


def initialise(module: nn.Module) -> None:
    """He initialisation of every convolution, ones and zeros for normalisation."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)
