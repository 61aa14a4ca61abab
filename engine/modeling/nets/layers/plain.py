"""Layers after which a map has the same shape: normalisation, dropout, activation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.modeling.nets.convnext import ChannelNorm
from engine.modeling.nets.layers.base import Around, Layer


class BatchNorm(Around):
    """Each channel over the whole batch."""

    def __init__(self, channels: int, stride: float, momentum: float = 0.03) -> None:
        super().__init__(nn.BatchNorm2d(channels, momentum=momentum), channels, stride)


class GroupNorm(Around):
    """Groups of channels over one image: does not depend on the batch."""

    def __init__(self, channels: int, stride: float, groups: int = 8) -> None:
        super().__init__(nn.GroupNorm(groups, channels), channels, stride)


class LayerNorm2d(Around):
    """All channels of each place."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(ChannelNorm(channels, eps=1e-6), channels, stride)


class InstanceNorm(Around):
    """Each channel of one image."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.InstanceNorm2d(channels, affine=True), channels, stride)


class Dropout(Around):
    """Single values are hidden while training."""

    def __init__(self, channels: int, stride: float, share: float = 0.2) -> None:
        super().__init__(nn.Dropout(share), channels, stride)


class ChannelDropout(Around):
    """Whole channels are hidden while training."""

    def __init__(self, channels: int, stride: float, share: float = 0.1) -> None:
        super().__init__(nn.Dropout2d(share), channels, stride)


class StochasticDepth(Layer):
    """The branch is left out for some images while training (Huang et al. 2016); belongs before an addition."""

    def __init__(self, channels: int, stride: float, share: float = 0.1) -> None:
        super().__init__(channels, stride)
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """The same shape; what is kept is scaled, so that the mean stays."""
        if not self.training or self.share == 0:
            return x
        kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.share
        return x * kept / (1 - self.share)


class Identity(Around):
    """What comes in."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.Identity(), channels, stride)


class ReLU(Around):
    """Negative values become 0."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.ReLU(), channels, stride)


class LeakyReLU(Around):
    """Negative values become small."""

    def __init__(self, channels: int, stride: float, slope: float = 0.01) -> None:
        super().__init__(nn.LeakyReLU(slope), channels, stride)


class PReLU(Around):
    """As the leaky one, with a slope for each channel that is learnt."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.PReLU(channels), channels, stride)


class ELU(Around):
    """Negative values go towards −α."""

    def __init__(self, channels: int, stride: float, alpha: float = 1.0) -> None:
        super().__init__(nn.ELU(alpha), channels, stride)


class SiLU(Around):
    """x · sigmoid(x)."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.SiLU(), channels, stride)


class GELU(Around):
    """x · Φ(x)."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.GELU(), channels, stride)


class Hardswish(Around):
    """As SiLU, of straight pieces."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.Hardswish(), channels, stride)


class Sigmoid(Around):
    """Between 0 and 1."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.Sigmoid(), channels, stride)


class Tanh(Around):
    """Between −1 and 1."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.Tanh(), channels, stride)


class Softmax(Around):
    """Over the channels of each place, they add up to 1."""

    def __init__(self, channels: int, stride: float) -> None:
        super().__init__(nn.Softmax(1), channels, stride)
