"""Layers that weigh channels and places against each other."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.modeling.nets import vit
from engine.modeling.nets.layers.base import Layer


class SqueezeExcite(Layer):
    """Each channel is weighed by what all of the map shows (Hu et al. 2018)."""

    def __init__(self, channels: int, stride: float, reduction: int = 4) -> None:
        super().__init__(channels, stride)
        inner = max(1, channels // reduction)
        self.weigh = nn.Sequential(
            nn.Conv2d(channels, inner, 1), nn.ReLU(), nn.Conv2d(inner, channels, 1), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        y: Tensor = x * self.weigh(x.mean((2, 3), keepdim=True))
        return y


class ChannelPlaceAttention(Layer):
    """Channels are weighed, then places (Woo et al. 2018, CBAM)."""

    def __init__(self, channels: int, stride: float, reduction: int = 4, kernel: int = 7) -> None:
        super().__init__(channels, stride)
        inner = max(1, channels // reduction)
        self.channel = nn.Sequential(nn.Conv2d(channels, inner, 1), nn.ReLU(), nn.Conv2d(inner, channels, 1))
        self.place = nn.Conv2d(2, 1, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        mean, most = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        x = x * torch.sigmoid(self.channel(mean) + self.channel(most))
        places = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return x * torch.sigmoid(self.place(places))


class SelfAttention(Layer):
    """Every place looks at every other one (Vaswani et al. 2017), beside a shortcut."""

    def __init__(self, channels: int, stride: float, heads: int = 4) -> None:
        super().__init__(channels, stride)
        self.norm, self.attention = nn.LayerNorm(channels), vit.Attention(channels, heads)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        places = x.flatten(2).transpose(1, 2)
        return _as_map(places + self.attention(self.norm(places)), x)


class TransformerBlocks(Layer):
    """Encoder blocks of attention and a two-layer network (Dosovitskiy et al. 2021)."""

    def __init__(self, channels: int, stride: float, heads: int = 4, depth: int = 1) -> None:
        super().__init__(channels, stride)
        self.blocks = nn.Sequential(*(vit.Block(channels, heads) for _ in range(depth)))

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return _as_map(self.blocks(x.flatten(2).transpose(1, 2)), x)


class Positions2d(Layer):
    """Adds sines and cosines of row and column, so that attention knows where a place is."""

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        rows, columns = x.shape[-2:]
        width = -(-self.channels // 4) * 4
        places = vit.places(rows, columns, width, x.device)[..., : self.channels]
        return x + _as_map(places, x)


def _as_map(places: Tensor, like: Tensor) -> Tensor:
    """(N, rows × columns, C) to (N, C, rows, columns)."""
    return places.transpose(1, 2).reshape(len(places), -1, *like.shape[-2:])
