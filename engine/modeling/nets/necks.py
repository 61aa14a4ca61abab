"""Necks: they mix the features of a backbone's strides."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from engine.modeling.nets.blocks import ConvBlock, initialise


class FPN(nn.Module):
    """Feature pyramid: coarse context is added to fine detail (Lin et al. 2017, §3).

    Args:
        channels: of each feature map of the backbone.
        strides: of the same maps, fine to coarse.
        width: channels of every map that comes out.
        finest: the smallest stride that comes out; finer maps of the backbone are not used.
    """

    def __init__(self, channels: Sequence[int], strides: Sequence[int], width: int = 64, finest: int = 8) -> None:
        super().__init__()
        self.skipped = sum(stride < finest for stride in strides)
        self.strides = tuple(strides[self.skipped :])
        self.channels = width
        self.lateral = nn.ModuleList(ConvBlock(inputs, width, kernel=1) for inputs in channels[self.skipped :])
        self.smooth = nn.ModuleList(ConvBlock(width, width) for _ in self.strides)
        initialise(self)

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """One map of `width` channels for each of `strides`."""
        maps = [lateral(x) for lateral, x in zip(self.lateral, features[self.skipped :], strict=True)]
        for number in range(len(maps) - 1, 0, -1):
            maps[number - 1] = maps[number - 1] + functional.interpolate(maps[number], scale_factor=2.0, mode="nearest")
        return [smooth(x) for smooth, x in zip(self.smooth, maps, strict=True)]


class PAN(nn.Module):
    """A feature pyramid with a second way, from fine to coarse (Liu et al. 2018, PANet §3.1): place goes up, too.

    Args:
        channels: of each feature map of the backbone.
        strides: of the same maps, fine to coarse.
        width: channels of every map that comes out.
        finest: the smallest stride that comes out; finer maps of the backbone are not used.
    """

    def __init__(self, channels: Sequence[int], strides: Sequence[int], width: int = 64, finest: int = 8) -> None:
        super().__init__()
        self.down = FPN(channels, strides, width, finest)
        self.strides, self.channels = self.down.strides, width
        self.shrink = nn.ModuleList(ConvBlock(width, width, stride=2) for _ in self.strides[1:])
        self.smooth = nn.ModuleList(ConvBlock(width, width) for _ in self.strides[1:])
        initialise(self)

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """One map of `width` channels for each of `strides`."""
        maps: list[Tensor] = self.down(features)
        for number, (shrink, smooth) in enumerate(zip(self.shrink, self.smooth, strict=True), 1):
            maps[number] = smooth(maps[number] + shrink(maps[number - 1]))
        return maps
