"""Layers that join several maps or vectors, and that part one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.modeling.nets.layers.base import Layer


class Add(Layer):
    """The sum of maps of one shape: a shortcut."""

    def __init__(self, channels: Sequence[int], strides: Sequence[float]) -> None:
        super().__init__(channels[0], strides[0])

    def forward(self, *maps: Tensor) -> Tensor:
        """Of (N, C, H, W) each the same."""
        return sum(maps[1:], maps[0])


class Multiply(Layer):
    """The product of maps; one of a single channel weighs all channels of the others."""

    def __init__(self, channels: Sequence[int], strides: Sequence[float]) -> None:
        super().__init__(max(channels), strides[0])

    def forward(self, *maps: Tensor) -> Tensor:
        """Of (N, C or 1, H, W) each one of (N, C, H, W)."""
        product = maps[0]
        for one in maps[1:]:
            product = product * one
        return product


class Concat(Layer):
    """The channels of all maps behind each other."""

    def __init__(self, channels: Sequence[int], strides: Sequence[float]) -> None:
        super().__init__(sum(channels), strides[0])

    def forward(self, *maps: Tensor) -> Tensor:
        """(N, sum of C, H, W)."""
        return torch.cat(maps, 1)


class Split(Layer):
    """The first `share` of the channels, and the rest."""

    channels: tuple[int, int]  # type: ignore[assignment]

    def __init__(self, channels: int, stride: float, share: float = 0.5) -> None:
        super().__init__(channels, stride)
        first = min(channels - 1, max(1, round(channels * share)))
        self.channels = (first, channels - first)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) to (N, C₁, H, W) and (N, C₂, H, W)."""
        return x[:, : self.channels[0]], x[:, self.channels[0] :]


class VectorConcat(Layer):
    """Vectors behind each other."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__(sum(channels))

    def forward(self, *vectors: Tensor) -> Tensor:
        """(N, sum of D)."""
        return torch.cat(vectors, 1)
